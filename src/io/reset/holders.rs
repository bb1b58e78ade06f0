//! Which programs use these folders now: those that have one of our files open, as the system lists it.

use crate::machine::visible_line;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A program that uses the folders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// As it was called, on one line.
    pub called: String,
}

/// So much of a command line is shown.
const SHOWN: usize = 120;

/// Other processes that have one of these files open. What another user's process has open is not told to us.
#[must_use]
pub fn holders(files: &[&Path]) -> Vec<Holder> {
    let wanted: Vec<(u64, u64)> =
        files.iter().filter_map(|file| file.metadata().ok()).map(|file| (file.dev(), file.ino())).collect();
    let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let others = pids.filter(|pid| *pid != std::process::id() && has_open(*pid, &wanted));
    let mut found: Vec<Holder> = others.map(|pid| Holder { pid, called: called(pid) }).collect();
    found.sort();
    found
}

fn has_open(pid: u32, wanted: &[(u64, u64)]) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    // What a descriptor leads to is asked of the system, whatever its name says.
    let is_wanted =
        |entry: std::fs::DirEntry| std::fs::metadata(entry.path()).is_ok_and(|file| wanted.contains(&(file.dev(), file.ino())));
    open.filter_map(Result::ok).any(is_wanted)
}

fn called(pid: u32) -> String {
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).trim_end_matches('\0').replace('\0', " ");
    visible_line(&words).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Read;
    use std::process::{Command, Stdio};

    #[test]
    fn whoever_has_a_file_open_is_named() {
        let home = tempfile::tempdir().unwrap();
        let (path, other) = (home.path().join("history.lock"), home.path().join("other"));
        let _ours = File::create(&path).unwrap();
        File::create(&other).unwrap();
        assert_eq!(holders(&[&path]), [], "we do not count");
        std::fs::write(&path, "x").unwrap();
        let mut child = Command::new("tail").args(["-f", "-c", "1"]).arg(&path).stdout(Stdio::piped()).spawn().unwrap();
        // It has begun, and has the file open, when it shows what is in it.
        let mut shown = child.stdout.take().unwrap();
        shown.read_exact(&mut [0]).unwrap();
        let found = holders(&[&path, &home.path().join("absent")]);
        assert_eq!(found, [Holder { pid: child.id(), called: format!("tail -f -c 1 {}", path.display()) }]);
        assert_eq!(holders(&[&other]), []);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
