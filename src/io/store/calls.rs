//! Calls that are over.

use crate::engine::event::{AccountName, CallRecord};
use crate::machine::Stamp;
use rusqlite::{Connection, Error, named_params};

/// Keeps a call.
///
/// # Errors
/// As SQLite's.
pub fn keep(database: &Connection, account: &AccountName, call: &CallRecord) -> Result<(), Error> {
    let CallRecord { incoming, peer, name, began, answered, ended, end, reason } = call;
    let mut insert = database.prepare_cached(
        "INSERT INTO calls (account, incoming, peer, name, began, answered, ended, end, reason)
         VALUES (:account, :incoming, :peer, :name, :began, :answered, :ended, :end, :reason)",
    )?;
    insert
        .execute(named_params! {
            ":account": account.0, ":incoming": incoming, ":peer": peer.raw(), ":name": name.raw(), ":began": began.micros(),
            ":answered": answered.map(Stamp::micros), ":ended": ended.micros(), ":end": end.word(), ":reason": reason.raw(),
        })
        .map(drop)
}
