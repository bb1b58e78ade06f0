//! Opens the database: private, checked, of our version. One that is damaged is set aside, never deleted.
//!
//! Beside `history.db` stands `history.lock`: every process that has the database open holds it shared; whoever checks
//! the database, or sets it aside, holds it alone. SQLite's own locks cannot say that of a file that is no database any
//! more. The whole database is read for checking only where there is a reason: the last process did not end in order, or
//! one has met with damage and has written so into `history.lock` (100 000 messages, 36 MB, took 80 to 200 ms).

use super::schema::{self, Unfit};
use super::trouble;
use crate::engine::event::Problem;
use crate::io::private;
use crate::machine::Stamp;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long to wait for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// What lies beside a database in WAL mode and belongs to it.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// An open database.
#[derive(Debug)]
pub struct Opened {
    /// It.
    pub database: Connection,
    /// Tells other processes that it is in use, as long as it lives.
    pub lock: File,
    /// Where the one before it was set aside, and what to do about that.
    pub set_aside: Option<Problem>,
}

enum Failure {
    Damaged,
    Other(Problem),
}

impl Failure {
    fn told(self, path: &Path) -> Problem {
        match self {
            Failure::Damaged => in_use(path),
            Failure::Other(problem) => problem,
        }
    }
}

/// How much of a database is looked at before it is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    None,
    All,
}

/// Opens the database at `path`, making it where there is none; its directory is there.
///
/// # Errors
/// It is somebody else's, of a newer version, held by another program, read-only, or damaged while another process has it
/// open.
pub fn open(path: &Path) -> Result<Opened, Problem> {
    let lock_path = path.with_extension("lock");
    let lock = private::append(&lock_path)?;
    let unlocked = |why: std::io::Error| {
        let what = format!("{} cannot be locked: {}.", lock_path.display(), private::said(&why));
        Problem::local(what, "Point XDG_DATA_HOME to a disk that can.")
    };
    let alone = match lock.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(why)) => return Err(unlocked(why)),
    };
    let (database, set_aside) = if alone {
        let opened = open_alone(path, &lock)?;
        lock.lock_shared().map_err(unlocked)?;
        opened
    } else {
        lock.lock_shared().map_err(unlocked)?;
        (connect(path, Check::None).map_err(|failure| failure.told(path))?, None)
    };
    Ok(Opened { database, lock, set_aside })
}

/// Opens the database at `path`, that this process has open already, once more: to read beside what is written.
///
/// # Errors
/// It is not there, or not to be read.
pub fn open_to_read(path: &Path) -> Result<Connection, Problem> {
    let failed = |why: rusqlite::Error| trouble::problem(path, &why);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let database = Connection::open_with_flags(real(path), flags).map_err(failed)?;
    database.busy_timeout(PATIENCE).map_err(failed)?;
    database.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    Ok(database)
}

/// Reads the whole database at `path`; nothing is mended.
///
/// # Errors
/// It is damaged, or not to be read.
pub fn look(path: &Path) -> Result<(), Problem> {
    let damaged = || {
        let what = format!("The history {} is damaged.", path.display());
        Problem::local(what, "The next start sets it aside and begins a new one.")
    };
    let database = open_to_read(path)?;
    match is_sound(&database) {
        Ok(true) => Ok(()),
        Ok(false) => Err(damaged()),
        Err(why) if trouble::is_damage(&why) => Err(damaged()),
        Err(why) => Err(trouble::problem(path, &why)),
    }
}

/// Writes down that the database is damaged, for the next process that opens it alone. Where even that cannot be written,
/// damage is met again, and told again.
pub fn mark_damaged(mut lock: &File) {
    let _ = lock.write_all(b"damaged\n");
}

fn open_alone(path: &Path, lock: &File) -> Result<(Connection, Option<Problem>), Problem> {
    let has = |file: &Path| file.metadata().is_ok_and(|found| found.len() > 0);
    let marked = lock.metadata().is_ok_and(|found| found.len() > 0);
    // Whoever closes last in order takes the log away.
    let check = if marked || has(&with(path, "-wal")) { Check::All } else { Check::None };
    let opened = match connect(path, check) {
        Err(Failure::Damaged) => {
            let place = aside(path)?;
            let database = connect(path, Check::None).map_err(|failure| failure.told(path))?;
            let what = format!(
                "The history {} was damaged. It is set aside as {}, and a new one begun.",
                path.display(),
                place.display()
            );
            (database, Some(Problem::local(what, "Some of it may be saved by: sqlite3 FILE .recover")))
        }
        Err(Failure::Other(problem)) => return Err(problem),
        Ok(database) => (database, None),
    };
    if marked {
        lock.set_len(0)
            .map_err(|why| Problem::local(format!("The history's lock cannot be written: {}.", private::said(&why)), ""))?;
    }
    Ok(opened)
}

fn in_use(path: &Path) -> Problem {
    Problem::local(
        format!("The history {} is damaged, and another offhook has it open.", path.display()),
        "End every offhook and start again: the damaged file will be set aside and a new one begun.",
    )
}

fn connect(path: &Path, check: Check) -> Result<Connection, Failure> {
    private::file(path).map_err(Failure::Other)?;
    let failed = |why: rusqlite::Error| match trouble::is_damage(&why) {
        true => Failure::Damaged,
        false => Failure::Other(trouble::problem(path, &why)),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut database = Connection::open_with_flags(real(path), flags).map_err(failed)?;
    settle(&database).map_err(failed)?;
    if check == Check::All && !is_sound(&database).map_err(failed)? {
        return Err(Failure::Damaged);
    }
    schema::migrate(&mut database, schema::STEPS).map_err(|unfit| match unfit {
        Unfit::Failed(why) => failed(why),
        Unfit::Newer(version) => Failure::Other(Problem::local(
            format!(
                "The history {} was written by a newer offhook: it is of version {version}, and this one knows {}.",
                path.display(),
                schema::STEPS.len()
            ),
            "Use the newer offhook.",
        )),
    })?;
    Ok(database)
}

/// SQLite's NOFOLLOW refuses links anywhere on the way; only the last step, which [`private`] has looked at, must be none.
fn real(path: &Path) -> PathBuf {
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    parent.zip(path.file_name()).map_or(path.to_owned(), |(parent, name)| parent.join(name))
}

fn settle(database: &Connection) -> Result<(), rusqlite::Error> {
    database.busy_timeout(PATIENCE)?;
    database.pragma_update(None, "trusted_schema", false)?;
    database.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // FULL: what is answered has been through fsync, and survives a loss of power; NORMAL survives a kill only. A message
    // costs 3.2 ms instead of 0.12 ms (a virtual disk); nobody types faster, and what is fetched comes many at a time.
    database.pragma_update(None, "synchronous", "FULL")
}

fn is_sound(database: &Connection) -> Result<bool, rusqlite::Error> {
    let said: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(said == "ok")
}

/// Moves the database and what belongs to it out of the way; says where to.
fn aside(path: &Path) -> Result<PathBuf, Problem> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Stamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)).to_string().replace(':', "");
    let place = with(path, &format!(".damaged-{now}"));
    for part in PARTS {
        match std::fs::rename(with(path, part), with(&place, part)) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                let what =
                    format!("The history {} is damaged and cannot be set aside: {}.", path.display(), private::said(&why));
                return Err(Problem::local(what, "Move it away yourself."));
            }
            _ => {}
        }
    }
    Ok(place)
}

fn with(base: &Path, part: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(part);
    PathBuf::from(name)
}
