//! How our folders stand, and whether what is in them can be read. Nothing is made, and nothing mended.

use crate::engine::doctor::folders::{Content, Folder, Standing};
use crate::engine::event::Problem;
use crate::io::accounts::Accounts;
use crate::io::discovery::DiscoveryFiles;
use crate::io::paths::Paths;
use crate::io::private;
use crate::io::store::database;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Looks at the folders, before anybody who uses them puts them right; blocks as long as the disk does.
#[must_use]
pub fn stand(paths: &Paths) -> Vec<Folder> {
    let [config, data, cache, state] = paths.folders();
    let all = [("accounts and settings", &config), ("history", &data), ("cache", &cache), ("log", &state)];
    let stand =
        |(what, path): (&'static str, &PathBuf)| Folder { what, path: path.display().to_string(), standing: standing(path) };
    all.into_iter().map(stand).collect()
}

/// Looks into what is kept there; blocks as long as the disk does.
#[must_use]
pub fn read(paths: &Paths) -> Vec<Content> {
    let [config, data, ..] = paths.folders();
    let mut contents = Vec::new();
    let mut say = |what, sound: Result<(), Problem>| {
        contents.push(Content { what, sound: sound.map_err(|problem| (problem.what, next(problem.next))) });
    };
    let history = data.join("history.db");
    if history.exists() {
        say("The history", database::look(&history));
    }
    if config.exists() {
        say("Each account's file", accounts(paths));
        say("What is set", DiscoveryFiles::open(paths).and_then(|files| files.settings()).map(drop));
    }
    contents
}

fn standing(path: &Path) -> Standing {
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Standing::Absent,
        Err(why) => {
            let what = format!("{} cannot be looked at: {}.", path.display(), private::said(&why));
            return Standing::Wrong(what, "See who owns the folder that it is in.".into());
        }
    };
    if let Err(problem) = private::is_ours(path, &found) {
        return Standing::Wrong(problem.what, next(problem.next));
    }
    let free = rustix::fs::statvfs(path).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    Standing::There { mode: found.mode() & 0o777, free }
}

fn accounts(paths: &Paths) -> Result<(), Problem> {
    let accounts = Accounts::open(paths)?;
    accounts.names()?.iter().try_for_each(|name| accounts.load(name).map(drop))
}

fn next(next: String) -> String {
    if next.is_empty() { "Mend it, or move it away.".into() } else { next }
}
