//! How far an account's archive (XEP-0313) has been read.

use crate::engine::event::AccountName;
use rusqlite::{Connection, Error, OptionalExtension, named_params};

/// The archive id of the last result that was read.
///
/// # Errors
/// As SQLite's.
pub fn last(database: &Connection, account: &AccountName) -> Result<Option<String>, Error> {
    let mut asked = database.prepare_cached("SELECT last FROM archive_position WHERE account = :account")?;
    asked.query_row(named_params! { ":account": account.0 }, |row| row.get(0)).optional()
}

/// Forgets it: the archive belongs to an account that is no longer there.
///
/// # Errors
/// As SQLite's.
pub fn forget(database: &Connection, account: &AccountName) -> Result<(), Error> {
    let mut delete = database.prepare_cached("DELETE FROM archive_position WHERE account = :account")?;
    delete.execute(named_params! { ":account": account.0 }).map(drop)
}

/// Moves it.
///
/// # Errors
/// As SQLite's.
pub fn move_to(database: &Connection, account: &AccountName, last: &str) -> Result<(), Error> {
    let mut upsert = database.prepare_cached(
        "INSERT INTO archive_position (account, last) VALUES (:account, :last)
         ON CONFLICT (account) DO UPDATE SET last = excluded.last",
    )?;
    upsert.execute(named_params! { ":account": account.0, ":last": last }).map(drop)
}
