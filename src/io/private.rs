//! Directories and files that are the user's alone: directories 0700, files 0600, never through a symbolic link, never
//! somebody else's. What is replaced is replaced whole, and is on disk before the call returns.
//!
//! An account file names a command that we run, and the history is nobody else's to read: so a file that others could
//! have written is refused rather than mended.

use crate::engine::event::Problem;
use rustix::fs::OFlags;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// No file of ours that is read whole is larger.
const LARGEST: u64 = 1 << 20;

/// Creates `path` with all that leads to it, or takes it over when it is a directory of ours; 0700 either way.
///
/// # Errors
/// It is a link, somebody else's, no directory, or cannot be made.
pub fn directory(path: &Path) -> Result<(), Problem> {
    let shown = path.display();
    let cannot = |why: std::io::Error| {
        Problem::local(
            format!("The directory {shown} cannot be made: {}.", said(&why)),
            room(&why).unwrap_or("Make it yourself, or point its XDG variable elsewhere."),
        )
    };
    let found = match path.symlink_metadata() {
        Err(why) if why.kind() == ErrorKind::NotFound => {
            // What leads to it may be shared and may be links; only the directory itself is ours.
            if let Some(parent) = path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(cannot)?;
            }
            match DirBuilder::new().mode(0o700).create(path) {
                Err(why) if why.kind() != ErrorKind::AlreadyExists => return Err(cannot(why)),
                _ => path.symlink_metadata().map_err(cannot)?,
            }
        }
        found => found.map_err(cannot)?,
    };
    is_ours(path, &found)?;
    tighten(path, &found, 0o700)
}

/// Whether what was found at `path` is a real directory of ours.
///
/// # Errors
/// It is a link, somebody else's, or no directory.
pub fn is_ours(path: &Path, found: &Metadata) -> Result<(), Problem> {
    let shown = path.display();
    if found.is_symlink() {
        return Err(Problem::local(
            format!("{shown} is a symbolic link, and offhook keeps private files in real directories only."),
            "Point its XDG variable to where the link leads, or replace the link by the directory.",
        ));
    }
    if !found.is_dir() {
        return Err(Problem::local(format!("{shown} is not a directory."), "Move it away."));
    }
    owned(path, found)
}

/// Opens a file for reading and writing at its end, making it when it is not there; 0600 either way.
///
/// # Errors
/// It is a link, somebody else's, or cannot be opened.
pub fn append(path: &Path) -> Result<File, Problem> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags())
        .open(path)
        .map_err(|why| unopened(path, &why))?;
    let found = file.metadata().map_err(|why| unopened(path, &why))?;
    regular(path, &found)?;
    owned(path, &found)?;
    tighten(path, &found, 0o600)?;
    Ok(file)
}

/// Makes sure that `path` is a file of ours with mode 0600, for libraries that open it by name. A file that is there is
/// never opened here: closing it would let go of the locks that a library of this process holds on it (fcntl).
///
/// # Errors
/// As for [`append`].
pub fn file(path: &Path) -> Result<(), Problem> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(flags()).open(path) {
        Ok(_) => return Ok(()),
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
        Err(why) => return Err(unopened(path, &why)),
    }
    let found = path.symlink_metadata().map_err(|why| unopened(path, &why))?;
    if found.is_symlink() {
        return Err(unopened(path, &rustix::io::Errno::LOOP.into()));
    }
    regular(path, &found)?;
    owned(path, &found)?;
    tighten(path, &found, 0o600)
}

/// Reads a whole file of text; `None` when there is none.
///
/// # Errors
/// It is a link, somebody else's, writable by others, too large, or not UTF-8.
pub fn read(path: &Path) -> Result<Option<String>, Problem> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    let text = String::from_utf8(bytes);
    text.map(Some)
        .map_err(|_| Problem::local(format!("{} is not UTF-8 text.", path.display()), "Write it anew, or move it away."))
}

/// Reads a whole file; `None` when there is none.
///
/// # Errors
/// It is a link, somebody else's, writable by others, or too large.
pub fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, Problem> {
    let file = match OpenOptions::new().read(true).custom_flags(flags()).open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(unopened(path, &why)),
    };
    let found = file.metadata().map_err(|why| unopened(path, &why))?;
    regular(path, &found)?;
    owned(path, &found)?;
    if found.mode() & 0o022 != 0 {
        let shown = path.display();
        return Err(Problem::local(
            format!("{shown} can be written by other users, so what it says is not taken for yours."),
            format!("Read it through, then run: chmod 600 '{shown}'"),
        ));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|why| unopened(path, &why))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Problem::local(format!("{} is larger than {LARGEST} bytes.", path.display()), "Move it away."));
    }
    Ok(Some(bytes))
}

/// Puts `text` in the place of whatever is at `path`, whole or not at all.
///
/// # Errors
/// The disk is full, read-only, or not ours.
pub fn replace(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Problem> {
    place(path, text.as_ref(), |draft| std::fs::rename(draft, path))
}

/// Puts `text` at `path` unless something is there, whole or not at all; says whether it did.
///
/// # Errors
/// The disk is full, read-only, or not ours.
pub fn create(path: &Path, text: &str) -> Result<bool, Problem> {
    let mut taken = false;
    place(path, text.as_bytes(), |draft| match std::fs::hard_link(draft, path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            taken = true;
            std::fs::remove_file(draft)
        }
        Err(why) => Err(why),
        Ok(()) => std::fs::remove_file(draft),
    })?;
    Ok(!taken)
}

/// Holds other processes off the file at `path`, until what is returned is dropped. The lock is a file beside it.
///
/// # Errors
/// Its directory cannot be made or written.
pub fn lock(path: &Path) -> Result<File, Problem> {
    directory(path.parent().unwrap_or(Path::new(".")))?;
    let beside = path.with_extension("lock");
    let lock = append(&beside)?;
    lock.lock().map_err(|why| unwritten(&beside, &why))?;
    Ok(lock)
}

/// Removes a file; says whether it was there.
///
/// # Errors
/// The directory is read-only or not ours.
pub fn remove(path: &Path) -> Result<bool, Problem> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_directory(path).map(|()| true).map_err(|why| unwritten(path, &why)),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(false),
        Err(why) => Err(Problem::local(
            format!("{} cannot be removed: {}.", path.display(), said(&why)),
            "See who owns its directory and whether it is read-only.",
        )),
    }
}

/// Gives a damaged file another name beside it, and says which; what was set aside before stays.
///
/// # Errors
/// The directory is read-only or not ours.
pub fn set_aside(path: &Path) -> Result<PathBuf, Problem> {
    let named = |ending: String| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    let numbered = (1_u32..100).map(|number| named(format!(".damaged-{number}")));
    let aside = numbered.into_iter().find(|aside| !aside.exists()).unwrap_or_else(|| named(".damaged".into()));
    std::fs::rename(path, &aside).map_err(|why| unwritten(&aside, &why))?;
    Ok(aside)
}

/// What an error of the operating system says, without its number.
#[must_use]
pub fn said(why: &std::io::Error) -> String {
    let text = why.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}

fn place(path: &Path, bytes: &[u8], settle: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Problem> {
    let draft = draft(path);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(flags()).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        settle(&draft)?;
        sync_directory(path)
    })();
    written.map_err(|why| {
        // The draft is worthless by now, and the error that stands tells more than one of clearing up.
        let _ = std::fs::remove_file(&draft);
        unwritten(path, &why)
    })
}

/// A name beside `path` that no other process takes, and that is not listed as an account.
fn draft(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn flags() -> i32 {
    // Not a link, and no waiting for a peer should it be a pipe.
    (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed()
}

fn regular(path: &Path, found: &Metadata) -> Result<(), Problem> {
    if found.is_file() {
        return Ok(());
    }
    Err(Problem::local(format!("{} is not a regular file.", path.display()), "Move it away."))
}

fn owned(path: &Path, found: &Metadata) -> Result<(), Problem> {
    let me = rustix::process::geteuid().as_raw();
    if found.uid() == me {
        return Ok(());
    }
    let shown = path.display();
    Err(Problem::local(
        format!("{shown} belongs to user {}, and offhook runs as user {me}.", found.uid()),
        format!("Run offhook as its owner, or run as root: chown -R {me} '{shown}'"),
    ))
}

fn tighten(path: &Path, found: &Metadata, mode: u32) -> Result<(), Problem> {
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(|why| unwritten(path, &why))
}

fn unopened(path: &Path, why: &std::io::Error) -> Problem {
    let shown = path.display();
    if rustix::io::Errno::from_io_error(why) == Some(rustix::io::Errno::LOOP) {
        return Problem::local(
            format!("{shown} is a symbolic link, and offhook keeps private files in real files only."),
            "Replace the link by the file it leads to.",
        );
    }
    let next = room(why).unwrap_or("See who owns it and whether you may read it.");
    Problem::local(format!("{shown} cannot be opened: {}.", said(why)), next)
}

fn unwritten(path: &Path, why: &std::io::Error) -> Problem {
    let next = room(why).unwrap_or("See who owns its directory and whether you may write there.");
    Problem::local(format!("{} cannot be written: {}.", path.display(), said(why)), next)
}

/// What to do where the disk itself takes nothing.
fn room(why: &std::io::Error) -> Option<&'static str> {
    match why.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some("Make room on the disk."),
        ErrorKind::ReadOnlyFilesystem => Some("Make the disk writable, or point its XDG variable elsewhere."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn directories_are_made_private_and_links_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("a/b/offhook");
        directory(&deep).unwrap();
        assert_eq!((mode(&deep), mode(&home.path().join("a"))), (0o700, 0o700));
        std::fs::set_permissions(&deep, Permissions::from_mode(0o755)).unwrap();
        directory(&deep).unwrap();
        assert_eq!(mode(&deep), 0o700, "an open directory of ours is closed");

        let link = home.path().join("link");
        std::os::unix::fs::symlink(&deep, &link).unwrap();
        assert!(directory(&link).unwrap_err().what.contains("symbolic link"));
        let flat = home.path().join("flat");
        std::fs::write(&flat, "").unwrap();
        assert!(directory(&flat).unwrap_err().what.contains("not a directory"));
        assert!(directory(&flat.join("below")).unwrap_err().what.contains("cannot be made"));
    }

    #[test]
    fn files_are_replaced_whole_and_created_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        assert_eq!(read(&path).unwrap(), None);
        assert!(create(&path, "one").unwrap());
        assert!(!create(&path, "two").unwrap(), "what is there stays");
        assert_eq!(read(&path).unwrap().as_deref(), Some("one"));
        replace(&path, "three").unwrap();
        assert_eq!((read(&path).unwrap().as_deref(), mode(&path)), (Some("three"), 0o600));
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no draft is left");
        assert!(remove(&path).unwrap());
        assert!(!remove(&path).unwrap());
    }

    #[test]
    fn what_others_may_have_written_is_not_believed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        replace(&path, "x").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let problem = read(&path).unwrap_err();
        assert!(problem.next.contains("chmod 600"), "{problem}");
        append(&path).unwrap();
        assert_eq!(mode(&path), 0o600);

        let link = home.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read(&link).unwrap_err().what.contains("symbolic link"));
        assert!(append(&link).unwrap_err().what.contains("symbolic link"));
        assert!(file(&link).unwrap_err().what.contains("symbolic link"));
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert!(read(home.path()).unwrap_err().what.contains("not a regular file"));
        std::fs::write(&path, [0xff]).unwrap();
        assert!(read(&path).unwrap_err().what.contains("not UTF-8"));
    }

    #[test]
    fn somebody_elses_directory_is_refused() {
        let root = Path::new("/");
        if rustix::process::geteuid().is_root() {
            let home = tempfile::tempdir().unwrap();
            std::os::unix::fs::chown(home.path(), Some(12345), None).unwrap();
            assert!(directory(home.path()).unwrap_err().what.contains("belongs to user 12345"));
        } else {
            assert!(directory(&root.join("usr")).unwrap_err().what.contains("belongs to user 0"));
        }
    }
}
