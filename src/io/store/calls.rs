//! Calls that are over.

use super::partner;
use crate::engine::event::{AccountName, CallEnd, CallRecord, PastCall, Place};
use crate::machine::{RemoteText, Stamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row, named_params};

/// The columns that [`read`] reads.
pub const COLUMNS: &str = "incoming, peer, name, began, answered, ended, end, reason";

/// Every end that a call may have come to.
const ENDS: [CallEnd; 6] =
    [CallEnd::Local, CallEnd::Remote, CallEnd::Declined, CallEnd::Busy, CallEnd::NoAnswer, CallEnd::Failed];

/// Before the first row: calls have negative rows, so that none has the place of a message.
const FIRST: i64 = -(1 << 62);

/// Keeps a call in the conversation with its far side, or with whoever that is; says where it stands.
///
/// # Errors
/// As SQLite's.
pub fn keep(database: &Connection, account: &AccountName, with: Option<&str>, call: &CallRecord) -> Result<Place, Error> {
    let CallRecord { incoming, peer, name, began, answered, ended, end, reason } = call;
    let mut insert = database.prepare_cached(
        "INSERT INTO calls (row, account, incoming, peer, partner, name, began, answered, ended, end, reason)
         VALUES (coalesce((SELECT max(row) FROM calls), :first) + 1, :account, :incoming, :peer, :partner, :name, :began,
                 :answered, :ended, :end, :reason)
         RETURNING row",
    )?;
    let row = insert.query_row(
        named_params! {
            ":first": FIRST, ":account": account.0, ":incoming": incoming, ":peer": peer.raw(),
            ":partner": with.map_or_else(|| partner::of_call(peer.raw()), partner::bare), ":name": name.raw(), ":began": began.micros(),
            ":answered": answered.map(Stamp::micros), ":ended": ended.micros(), ":end": end.word(), ":reason": reason.raw(),
        },
        |row| row.get(0),
    )?;
    Ok(Place { at: *began, row })
}

/// The calls of all accounts before a place, newest first.
pub const BEFORE: &str = "
    SELECT account, row, incoming, peer, name, began, answered, ended, end, reason FROM calls
    WHERE (began, row) < (:at, :row) ORDER BY began DESC, row DESC LIMIT :limit";

/// At most `count` calls of all accounts before a place, else from the newest; and whether there are more.
///
/// # Errors
/// As SQLite's.
pub fn list(database: &Connection, before: Option<Place>, count: u16) -> Result<(Vec<PastCall>, bool), Error> {
    let mut asked = database.prepare_cached(BEFORE)?;
    let (at, row) = before.map_or((i64::MAX, i64::MAX), |place| (place.at.micros(), place.row));
    let one = |row: &Row<'_>| {
        let call = read(row)?;
        let place = Place { at: call.began, row: row.get("row")? };
        Ok(PastCall { account: AccountName(row.get("account")?), place, call })
    };
    let bounds = named_params! { ":at": at, ":row": row, ":limit": u32::from(count) + 1 };
    let mut calls = asked.query_map(bounds, one)?.collect::<Result<Vec<PastCall>, Error>>()?;
    let more = calls.len() > usize::from(count);
    calls.truncate(count.into());
    Ok((calls, more))
}

/// Reads a call from a row of [`COLUMNS`].
///
/// # Errors
/// A column holds what the schema does not allow.
pub fn read(row: &Row<'_>) -> Result<CallRecord, Error> {
    let text = |column: &str| row.get::<_, String>(column).map(RemoteText::new);
    let stamp = |column: &str| row.get(column).map(Stamp::from_micros);
    let word: String = row.get("end")?;
    let end = ENDS.into_iter().find(|end| end.word() == word);
    Ok(CallRecord {
        incoming: row.get("incoming")?,
        peer: text("peer")?,
        name: text("name")?,
        began: stamp("began")?,
        answered: row.get::<_, Option<i64>>("answered")?.map(Stamp::from_micros),
        ended: stamp("ended")?,
        end: end.ok_or_else(|| Error::InvalidColumnType(0, "end".into(), Type::Text))?,
        reason: text("reason")?,
    })
}

/// Joins the calls that were kept before there were partners to their conversations.
///
/// # Errors
/// As SQLite's.
pub fn find_partners(database: &Connection) -> Result<(), Error> {
    let mut asked = database.prepare("SELECT row, peer FROM calls WHERE partner = ''")?;
    let calls: Vec<(i64, String)> = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut update = database.prepare("UPDATE calls SET partner = :partner WHERE row = :row")?;
    for (row, peer) in calls {
        update.execute(named_params! { ":partner": partner::of_call(&peer), ":row": row })?;
    }
    Ok(())
}
