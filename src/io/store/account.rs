//! All that the history has of one account: how much it is, and its removal.

use crate::engine::event::AccountName;
use rusqlite::{Connection, Error, named_params};

/// How much is kept of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Messages.
    pub messages: i64,
    /// Calls.
    pub calls: i64,
    /// Conversations, with what was begun to be written in them.
    pub conversations: i64,
}

/// Counts it.
///
/// # Errors
/// As SQLite's.
pub fn count(database: &Connection, account: &AccountName) -> Result<Kept, Error> {
    let count = |table: &str| {
        let asked = format!("SELECT count(*) FROM {table} WHERE account = :account");
        database.query_row(&asked, named_params! { ":account": account.0 }, |row| row.get(0))
    };
    Ok(Kept { messages: count("messages")?, calls: count("calls")?, conversations: count("conversations")? })
}

/// Removes it.
///
/// # Errors
/// As SQLite's.
pub fn remove(database: &Connection, account: &AccountName) -> Result<(), Error> {
    for table in ["messages", "calls", "conversations", "archive_position"] {
        let delete = format!("DELETE FROM {table} WHERE account = :account");
        database.execute(&delete, named_params! { ":account": account.0 })?;
    }
    Ok(())
}

/// Writes the file anew without what was removed: its pages, its index of words and its log.
///
/// # Errors
/// As SQLite's.
pub fn overwrite(database: &Connection) -> Result<(), Error> {
    database.execute("INSERT INTO words (words) VALUES ('rebuild')", [])?;
    database.execute_batch("VACUUM")?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
