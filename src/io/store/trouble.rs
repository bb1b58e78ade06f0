//! What the database's failures mean for the user, in sentences.

use crate::engine::event::Problem;
use rusqlite::{Error, ErrorCode};
use std::path::Path;

/// The sentence for a failure of the database at `path`.
#[must_use]
pub fn problem(path: &Path, why: &Error) -> Problem {
    let shown = path.display();
    let (what, next) = match why.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            (format!("The disk is full, so nothing more can be kept in {shown}."), "Make room on the disk.")
        }
        Some(ErrorCode::ReadOnly) => (
            format!("The history {shown} cannot be written: it, or the disk under it, is read-only."),
            "Make it writable, or point XDG_DATA_HOME elsewhere.",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            format!("Another program holds the history {shown} and does not let go."),
            "See what has it open (fuser, lsof), end that, and try again.",
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            format!("The history {shown} is damaged."),
            "End every offhook and start again: the damaged file will be set aside and a new one begun.",
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            format!("The history {shown} cannot be opened."),
            "See who owns it and its directory, and whether you may write there.",
        ),
        Some(ErrorCode::SystemIoFailure) => {
            // SQLite says so too where a full disk leaves no room for what its processes share (the -shm file).
            (
                format!("The disk failed on the history {shown}: {why}."),
                "See whether the disk is full, and what the system's log says about it.",
            )
        }
        _ => (format!("The history {shown} failed: {why}."), ""),
    };
    Problem::local(what, next)
}

/// Whether the file itself is damaged, or no database at all.
#[must_use]
pub fn is_damage(why: &Error) -> bool {
    matches!(why.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
