//! What is known of each conversation as a whole: its newest message, how many are unread, how far the user has seen it,
//! and what they have begun to write. It is kept up with each message, so that nothing has to be counted.

use crate::engine::event::{AccountName, Conversation, Place};
use crate::machine::Stamp;
use rusqlite::{Connection, Error, OptionalExtension, Row, named_params};
use std::collections::BTreeMap;

/// A message is new: one of theirs is unread; with one of ours, written here or elsewhere, all before it is seen.
///
/// # Errors
/// As SQLite's.
pub fn note(database: &Connection, account: &AccountName, peer: &str, place: Place, ours: bool) -> Result<(), Error> {
    // Rows only grow: of two messages of one time the later one is the newer.
    let mut upsert = database.prepare_cached(
        "INSERT INTO conversations (account, peer, at, row, unread) VALUES (:account, :peer, :at, :row, NOT :ours)
         ON CONFLICT (account, peer) DO UPDATE SET
             at = max(coalesce(at, :at), :at),
             row = iif(at IS NULL OR at <= :at, :row, row),
             unread = iif(:ours, unread, unread + 1)",
    )?;
    upsert.execute(named_params! {
        ":account": account.0, ":peer": peer, ":at": place.at.micros(), ":row": place.row, ":ours": ours,
    })?;
    match ours {
        true if newest(database, account, peer)? == Some(place) => mark_seen(database, account, peer),
        true => mark_seen_before(database, account, peer, place),
        false => Ok(()),
    }
}

/// The newest message.
fn newest(database: &Connection, account: &AccountName, peer: &str) -> Result<Option<Place>, Error> {
    let mut asked = database
        .prepare_cached("SELECT at, row FROM conversations WHERE account = :account AND peer = :peer AND at IS NOT NULL")?;
    asked.query_row(named_params! { ":account": account.0, ":peer": peer }, read_place).optional()
}

/// The user has seen all that is older than this place.
fn mark_seen_before(database: &Connection, account: &AccountName, peer: &str, place: Place) -> Result<(), Error> {
    let mut update = database.prepare_cached(
        "UPDATE conversations SET
             unread = min(unread, (SELECT count(*) FROM messages
                                   WHERE account = :account AND peer = :peer AND (at, row) > (:at, :row) AND NOT ours)),
             seen_at = iif(seen_at IS NULL OR (seen_at, seen_row) < (:at, :row), :at, seen_at),
             seen_row = iif(seen_at IS NULL OR (seen_at, seen_row) < (:at, :row), :row, seen_row)
         WHERE account = :account AND peer = :peer",
    )?;
    let of = named_params! { ":account": account.0, ":peer": peer, ":at": place.at.micros(), ":row": place.row };
    update.execute(of).map(drop)
}

/// The user has seen all that is on disk.
///
/// # Errors
/// As SQLite's.
pub fn mark_seen(database: &Connection, account: &AccountName, peer: &str) -> Result<(), Error> {
    let mut asked = database.prepare_cached(
        "SELECT began, row FROM calls WHERE account = :account AND partner = :peer ORDER BY began DESC, row DESC LIMIT 1",
    )?;
    let call = asked.query_row(named_params! { ":account": account.0, ":peer": peer }, read_place).optional()?;
    let Some(newest) = newest(database, account, peer)?.max(call) else { return Ok(()) };
    let mut upsert = database.prepare_cached(
        "INSERT INTO conversations (account, peer, seen_at, seen_row) VALUES (:account, :peer, :at, :row)
         ON CONFLICT (account, peer) DO UPDATE SET unread = 0, seen_at = :at, seen_row = :row",
    )?;
    upsert
        .execute(named_params! {
            ":account": account.0, ":peer": peer, ":at": newest.at.micros(), ":row": newest.row,
        })
        .map(drop)
}

/// The user has seen all that is on disk, in all conversations of all accounts.
///
/// # Errors
/// As SQLite's.
pub fn mark_all_seen(database: &Connection) -> Result<(), Error> {
    let mut asked = database.prepare("SELECT account, peer FROM conversations")?;
    let of = asked.query_map([], |row| Ok((AccountName(row.get(0)?), row.get::<_, String>(1)?)))?;
    for (account, peer) in of.collect::<Result<Vec<_>, Error>>()? {
        mark_seen(database, &account, &peer)?;
    }
    Ok(())
}

/// The newest entry that the user has seen.
///
/// # Errors
/// As SQLite's.
pub fn seen(database: &Connection, account: &AccountName, peer: &str) -> Result<Option<Place>, Error> {
    let mut asked = database.prepare_cached(
        "SELECT seen_at, seen_row FROM conversations WHERE account = :account AND peer = :peer AND seen_at IS NOT NULL",
    )?;
    asked.query_row(named_params! { ":account": account.0, ":peer": peer }, read_place).optional()
}

/// Keeps what the user has begun to write; empty for nothing.
///
/// # Errors
/// As SQLite's.
pub fn keep_draft(database: &Connection, account: &AccountName, peer: &str, text: &str) -> Result<(), Error> {
    let mut upsert = database.prepare_cached(
        "INSERT INTO conversations (account, peer, draft) VALUES (:account, :peer, :text)
         ON CONFLICT (account, peer) DO UPDATE SET draft = :text",
    )?;
    upsert.execute(named_params! { ":account": account.0, ":peer": peer, ":text": text }).map(drop)
}

/// All in which something was written, or begun, by bare address.
///
/// # Errors
/// As SQLite's.
pub fn list(database: &Connection, account: &AccountName) -> Result<BTreeMap<String, Conversation>, Error> {
    let mut asked = database.prepare_cached(LIST)?;
    let read = |row: &Row<'_>| {
        let conversation =
            Conversation { at: row.get::<_, Option<i64>>(1)?.map(Stamp::from_micros), unread: row.get(2)?, draft: row.get(3)? };
        Ok((row.get(0)?, conversation))
    };
    asked.query_map(named_params! { ":account": account.0 }, read)?.collect()
}

/// The list: nothing else has to be looked at.
pub const LIST: &str = "
    SELECT peer, at, unread, draft FROM conversations
    WHERE account = :account AND (at IS NOT NULL OR draft <> '')";

fn read_place(row: &Row<'_>) -> Result<Place, Error> {
    Ok(Place { at: Stamp::from_micros(row.get(0)?), row: row.get(1)? })
}
