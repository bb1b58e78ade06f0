//! Photos of the directory that were fetched, kept for a while: a private folder an account, below what can be fetched anew.
//! The oldest go when there are too many.
//!
//! It refuses to know what is in the files. All of it blocks.

use super::paths::Paths;
use super::private;
use crate::engine::event::{AccountName, Problem};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Photos of an account.
const MOST: usize = 200;

/// Bytes of all of them.
const BYTES: u64 = 20 << 20;

/// One that is older is fetched anew.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The photos of one account.
#[derive(Clone, Debug)]
pub struct Photos {
    folder: PathBuf,
}

impl Photos {
    /// Those of this account; the folder is made.
    ///
    /// # Errors
    /// It cannot be made, or is not the user's alone.
    pub fn open(paths: &Paths, account: &AccountName) -> Result<Photos, Problem> {
        let folder = paths.photos(account);
        let mut above: Vec<&Path> = folder.ancestors().take(3).collect();
        // What leads to it is ours, too.
        while let Some(directory) = above.pop() {
            private::directory(directory)?;
        }
        Ok(Photos { folder })
    }

    /// The photo that came from there; none where there is none, or an old one.
    #[must_use]
    pub fn read(&self, url: &str) -> Option<Vec<u8>> {
        let path = self.path(url);
        let written = path.symlink_metadata().and_then(|found| found.modified()).ok()?;
        let is_old = SystemTime::now().duration_since(written).is_ok_and(|age| age > OLDEST);
        if is_old {
            return None;
        }
        private::read_bytes(&path).ok()?
    }

    /// Keeps the photo that came from there.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, url: &str, file: &[u8]) -> Result<(), Problem> {
        private::replace(&self.path(url), file)?;
        self.make_room(MOST, BYTES)
    }

    /// Removes the oldest until no more than so many, of so many bytes, are there.
    fn make_room(&self, most: usize, bytes: u64) -> Result<(), Problem> {
        let cannot = |why: std::io::Error| {
            let what = format!("{} cannot be read: {}.", self.folder.display(), private::said(&why));
            Problem::local(what, "See who owns it.")
        };
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            // One may be gone by now: another process makes room, too.
            if let Ok(found) = entry.metadata() {
                kept.push((found.modified().unwrap_or(SystemTime::UNIX_EPOCH), found.len(), entry.path()));
            }
        }
        kept.sort();
        let (mut left, mut size) = (kept.len(), kept.iter().map(|(_, size, _)| size).sum::<u64>());
        for (_, length, path) in kept {
            if left <= most && size <= bytes {
                break;
            }
            private::remove(&path)?;
            (left, size) = (left - 1, size - length);
        }
        Ok(())
    }

    fn path(&self, url: &str) -> PathBuf {
        let name: String = Sha256::digest(url.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name)
    }
}

/// Removes all photos of an account.
///
/// # Errors
/// The disk refuses: why, in a sentence.
pub fn forget(paths: &Paths, account: &AccountName) -> Result<(), String> {
    let folder = paths.photos(account);
    match std::fs::remove_dir_all(&folder) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {}.", folder.display(), private::said(&why)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_photo_is_kept_for_its_place_and_its_account_alone() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let (work, other) = (AccountName("work".into()), AccountName("other".into()));
        let photos = Photos::open(&paths, &work).unwrap();
        photos.keep("https://a/../b", b"one").unwrap();
        photos.keep("https://a/../b", b"\xff\x00two").unwrap();
        assert_eq!(photos.read("https://a/../b").as_deref(), Some(&b"\xff\x00two"[..]));
        assert_eq!(photos.read("https://a/c"), None);
        assert_eq!(Photos::open(&paths, &other).unwrap().read("https://a/../b"), None);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&paths.photos(&work)), mode(&photos.path("https://a/../b"))), (0o700, 0o600));
        forget(&paths, &work).unwrap();
        forget(&paths, &work).unwrap();
        assert!(!paths.photos(&work).exists() && paths.photos(&other).exists());
    }

    #[test]
    fn old_ones_are_none_and_the_oldest_go_when_there_are_too_many() {
        let home = tempfile::tempdir().unwrap();
        let photos = Photos::open(&Paths::below(home.path()), &AccountName("work".into())).unwrap();
        for (at, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            photos.keep(name, &[7; 10]).unwrap();
            let age = Duration::from_secs(1_000 - at as u64);
            let file = std::fs::File::options().write(true).open(photos.path(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        photos.make_room(3, 1_000).unwrap();
        assert_eq!((photos.read("a"), photos.read("b").is_some()), (None, true));
        photos.make_room(3, 25).unwrap();
        assert_eq!((photos.read("b"), photos.read("c").is_some()), (None, true));
        let file = std::fs::File::options().write(true).open(photos.path("c")).unwrap();
        file.set_modified(SystemTime::now() - OLDEST - Duration::from_secs(9)).unwrap();
        assert_eq!((photos.read("c"), photos.read("d").is_some()), (None, true));
    }
}
