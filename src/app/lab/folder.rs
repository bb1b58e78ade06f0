//! A private folder that goes when the lab ends; what a lab that was killed has left goes when the next one begins.
//!
//! A folder is locked as long as its lab lives. Only one of our own naming, which is ours, which nobody holds a lock on and
//! whose process is gone, is removed; no link is followed.

use crate::engine::event::Problem;
use crate::io::private::said;
use rustix::fs::OFlags;
use rustix::process::{Pid, geteuid, test_kill_process};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What all of them are called: this, the process, and a number.
const NAME: &str = "offhook-lab-";

/// It, and all that is in it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Says that its lab lives.
    _lock: Option<File>,
}

impl Folder {
    /// A new one, in the user's runtime folder where there is one.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Folder, Problem> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_dir());
        Folder::below(&runtime.unwrap_or_else(std::env::temp_dir))
    }

    fn below(parent: &Path) -> Result<Folder, Problem> {
        remove_dead(parent);
        let mut number = 0_u32;
        loop {
            let path = parent.join(format!("{NAME}{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    // Where there are no locks, nobody removes what might be in use.
                    let lock = open(&path).filter(|folder| folder.try_lock().is_ok());
                    return Ok(Folder { path, _lock: lock });
                }
                // Somebody else's, or of a process that had our number and was killed.
                Err(why) if why.kind() == ErrorKind::AlreadyExists && number < 1000 => number += 1,
                Err(why) => {
                    let shown = path.display();
                    let next = "Set TMPDIR to a folder that you may write to.";
                    return Err(Problem::local(format!("{shown} cannot be made: {}.", said(&why)), next));
                }
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is left to be done about a folder that cannot be removed; what is in it is no secret.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of labs that were killed.
fn remove_dead(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.filter_map(Result::ok) {
        let process = entry.file_name().to_str().and_then(process_of);
        let Some(process) = process.filter(|process| !lives(*process)) else { continue };
        let path = entry.path();
        // The lock is held while it goes, so that two who begin at once do not meet in it.
        if let Some(_lock) = open(&path).filter(|folder| is_ours(folder) && folder.try_lock().is_ok()) {
            tracing::info!("{} is of process {process}, which is gone: it is removed.", path.display());
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// Whose a folder of this name is, if it is one of a lab.
fn process_of(name: &str) -> Option<i32> {
    let (process, number) = name.strip_prefix(NAME)?.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(process) && is_number(number) { process.parse().ok() } else { None }
}

/// Whether there is such a process: a lab that has just begun may not have its lock yet.
fn lives(process: i32) -> bool {
    let Some(process) = Pid::from_raw(process) else { return true };
    test_kill_process(process) != Err(rustix::io::Errno::SRCH)
}

/// The folder itself; none where it is a link or a file.
fn open(path: &Path) -> Option<File> {
    let flags = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits();
    OpenOptions::new().read(true).custom_flags(i32::try_from(flags).ok()?).open(path).ok()
}

fn is_ours(folder: &File) -> bool {
    folder.metadata().is_ok_and(|about| about.uid() == geteuid().as_raw() && about.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A process that was there, and is not any more.
    fn gone() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        id
    }

    fn folder(parent: &Path, name: &str, mode: u32) -> PathBuf {
        let path = parent.join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("ca.pem"), "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_next_lab_removes_what_a_killed_one_has_left_and_nothing_else() {
        let (parent, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (parent, dead, alive) = (parent.path(), gone(), std::process::id());
        let left = folder(parent, &format!("{NAME}{dead}-0"), 0o700);
        // Of somebody whose numbers are others than ours (a container): its lock says that it lives.
        let locked = folder(parent, &format!("{NAME}{dead}-1"), 0o700);
        let lock = open(&locked).unwrap();
        lock.try_lock().unwrap();
        let kept = [
            locked.clone(),
            folder(parent, &format!("{NAME}{alive}-7"), 0o700),
            folder(parent, &format!("{NAME}{dead}"), 0o700),
            folder(parent, &format!("{NAME}{dead}-x"), 0o700),
            folder(parent, &format!("{NAME}{dead}-2"), 0o755),
            folder(parent, &format!("offhook-{dead}-0"), 0o700),
        ];
        let theirs = folder(elsewhere.path(), "precious", 0o700);
        symlink(&theirs, parent.join(format!("{NAME}{dead}-3"))).unwrap();
        symlink(&theirs, left.join("in-it")).unwrap();
        let file = parent.join(format!("{NAME}{dead}-4"));
        std::fs::write(&file, "x").unwrap();

        let new = Folder::below(parent).unwrap();
        assert!(!left.exists());
        for kept in kept.iter().chain([&file, &theirs, &parent.join(format!("{NAME}{dead}-3"))]) {
            assert!(kept.exists(), "{} is gone", kept.display());
        }
        assert!(theirs.join("ca.pem").exists(), "no link is followed");
        drop(lock);
        assert!(open(new.path()).unwrap().try_lock().is_err(), "a new one is locked as long as its lab lives");
        let path = new.path().to_owned();
        drop((new, Folder::below(parent).unwrap()));
        assert!(!path.exists() && !locked.exists());
    }
}
