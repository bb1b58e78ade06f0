//! Messages: kept before they go out, received once, delivered step by step.

use super::{conversations, partner, spacing};
use crate::engine::event::{AccountName, Delivery, Message, MessageKey, Place};
use crate::machine::{RemoteText, Stamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row, named_params};

/// The columns that [`read`] reads, which must be the first of a row: to look for their names costs more than to read them.
pub const COLUMNS: &str = "key, id, sender, recipient, body, at, ours, archived, delivery, error";

/// Rows that are looked at for messages that were not delivered.
const NEWEST: u16 = 10_000;

/// Keeps a message unless its key is there already; says whether it did. Its conversation knows of it at once.
///
/// # Errors
/// As SQLite's.
pub fn keep(database: &Connection, account: &AccountName, message: &Message) -> Result<bool, Error> {
    let Message { key, id, from, to, body, at, ours, archived, delivery } = message;
    let peer = partner::bare(if *ours { to } else { from }.raw());
    let (delivery, error) = written(delivery);
    let mut insert = database.prepare_cached(
        "INSERT INTO messages (account, key, peer, ours, id, sender, recipient, body, at, archived, delivery, error, time_key,
                               spaced)
         VALUES (:account, :key, :peer, :ours, :id, :sender, :recipient, :body, :at, :archived, :delivery, :error, :time_key,
                 :spaced)
         ON CONFLICT (account, key) DO NOTHING",
    )?;
    let values = named_params! {
        ":account": account.0, ":key": key.0, ":peer": peer, ":ours": ours, ":id": id.raw(), ":sender": from.raw(),
        ":recipient": to.raw(), ":body": body.raw(), ":at": at.micros(), ":archived": archived, ":delivery": delivery,
        ":error": error, ":time_key": time_key(database, *at)?, ":spaced": spacing::spaced(body.raw()),
    };
    if insert.execute(values)? == 0 {
        return Ok(false);
    }
    let row = database.last_insert_rowid();
    conversations::note(database, account, &peer, Place { at: *at, row }, *ours)?;
    Ok(true)
}

/// Messages that are read at once when the index of words is begun.
const FILLED: u16 = 1000;

/// Begins the index of words, of the messages that are there.
///
/// # Errors
/// As SQLite's.
pub fn fill_words(database: &Connection) -> Result<(), Error> {
    let mut asked = database.prepare("SELECT row, body FROM messages WHERE row > :row ORDER BY row LIMIT :limit")?;
    let mut update = database.prepare("UPDATE messages SET spaced = :spaced WHERE row = :row")?;
    let mut last = i64::MIN;
    loop {
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let some = asked.query_map(named_params! { ":row": last, ":limit": FILLED }, read)?;
        let some: Vec<(i64, String)> = some.collect::<Result<_, Error>>()?;
        let Some((newest, _)) = some.last() else { break };
        last = *newest;
        for (row, body) in some {
            if let Some(spaced) = spacing::spaced(&body) {
                update.execute(named_params! { ":row": row, ":spaced": spaced })?;
            }
        }
    }
    database.execute_batch("INSERT INTO words (words) VALUES ('rebuild')")
}

/// The row of the message that was kept last; 0 where there is none.
///
/// # Errors
/// As SQLite's.
pub fn newest_row(database: &Connection) -> Result<i64, Error> {
    database.prepare_cached("SELECT ifnull(max(row), 0) FROM messages")?.query_row([], |row| row.get(0))
}

/// Puts the words of all messages that were kept after this row into the index. For the end of the transaction that has kept
/// them, which must not change them before.
///
/// # Errors
/// As SQLite's.
pub fn index_words(database: &Connection, after: i64) -> Result<(), Error> {
    if newest_row(database)? <= after {
        return Ok(());
    }
    let mut insert = database.prepare_cached(
        "INSERT INTO words (rowid, body) SELECT time_key, coalesce(spaced, body) FROM messages WHERE row > :after ORDER BY row",
    )?;
    insert.execute(named_params! { ":after": after }).map(drop)
}

/// So many messages of one microsecond have keys of that microsecond.
const TIES: i64 = 1024;

/// As far as keys reach: into the year 2255, and as far back.
const LAST: i64 = 9_000_000_000_000_000;

/// The key of a new message of this time: after all that are as old, before all that are newer. Where more have the same
/// time than it has room for, somewhere after them.
fn time_key(database: &Connection, at: Stamp) -> Result<i64, Error> {
    let mut asked = database.prepare_cached("SELECT max(time_key) FROM messages WHERE time_key < :limit")?;
    let first = at.micros().clamp(-LAST, LAST) * TIES;
    let mut room = TIES;
    loop {
        let limit = first.saturating_add(room);
        let last: Option<i64> = asked.query_row(named_params! { ":limit": limit }, |row| row.get(0))?;
        let key = last.map_or(first, |last| first.max(last.saturating_add(1)));
        if key < limit || limit == i64::MAX {
            return Ok(key);
        }
        room = room.saturating_mul(2);
    }
}

/// Notes how far a message has come; says whether there is such a one. One that the server has acknowledged stays so
/// whatever another process, that asked the archive a moment too early, believes; only an error that comes back counts.
/// One that has arrived stays so whatever else is said.
///
/// # Errors
/// As SQLite's.
pub fn deliver(database: &Connection, account: &AccountName, key: &MessageKey, delivery: &Delivery) -> Result<bool, Error> {
    let (delivery, error) = written(delivery);
    let mut update = database.prepare_cached(
        "UPDATE messages SET
             error = iif(delivery = 'delivered', error, :error),
             delivery = CASE
                 WHEN delivery = 'delivered' OR delivery = 'sent' AND :delivery IN ('unsent', 'unknown') THEN delivery
                 ELSE :delivery
             END
         WHERE account = :account AND key = :key AND ours",
    )?;
    let changed =
        update.execute(named_params! { ":account": account.0, ":key": key.0, ":delivery": delivery, ":error": error })?;
    Ok(changed == 1)
}

/// Messages of ours that are unsent or unknown, in the order in which they were kept.
///
/// # Errors
/// As SQLite's.
pub fn outstanding(database: &Connection, account: &AccountName) -> Result<Vec<Message>, Error> {
    let mut asked = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE account = :account AND delivery IN ('unsent', 'unknown') ORDER BY row"
    ))?;
    asked.query_map(named_params! { ":account": account.0 }, read)?.collect()
}

/// Messages of ours that nobody has said to have, at most so many, in the order in which they were kept. Only among the
/// newest of all: who has not answered in that time will not.
///
/// # Errors
/// As SQLite's.
pub fn undelivered(database: &Connection, account: &AccountName, count: u16) -> Result<Vec<Message>, Error> {
    let mut asked = database.prepare_cached(&undelivered_sql())?;
    let found = asked.query_map(named_params! { ":account": account.0, ":count": count }, read)?;
    let mut found: Vec<Message> = found.collect::<Result<_, Error>>()?;
    found.reverse();
    Ok(found)
}

/// The question of [`undelivered`]: newest first, so that it ends when enough are found. No index of the account's
/// messages is of use for that.
pub fn undelivered_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM messages NOT INDEXED
         WHERE row > (SELECT ifnull(max(row), 0) FROM messages) - {NEWEST}
             AND account = :account AND ours AND delivery IN ('sent', 'unknown')
         ORDER BY row DESC LIMIT :count"
    )
}

/// When the newest message is from.
///
/// # Errors
/// As SQLite's.
pub fn newest(database: &Connection, account: &AccountName) -> Result<Option<Stamp>, Error> {
    let mut asked = database.prepare_cached("SELECT max(at) FROM messages WHERE account = :account")?;
    let micros: Option<i64> = asked.query_row(named_params! { ":account": account.0 }, |row| row.get(0))?;
    Ok(micros.map(Stamp::from_micros))
}

/// Reads a message from a row of [`COLUMNS`].
///
/// # Errors
/// A column holds what the schema does not allow.
pub fn read(row: &Row<'_>) -> Result<Message, Error> {
    let text = |column: usize| row.get::<_, String>(column).map(RemoteText::new);
    let word: String = row.get(8)?;
    let delivery = match word.as_str() {
        "received" => Delivery::Received,
        "unsent" => Delivery::Unsent,
        "unknown" => Delivery::Unknown,
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "failed" => Delivery::Failed(text(9)?),
        _ => return Err(Error::InvalidColumnType(8, "delivery".into(), Type::Text)),
    };
    Ok(Message {
        key: MessageKey(row.get(0)?),
        id: text(1)?,
        from: text(2)?,
        to: text(3)?,
        body: text(4)?,
        at: Stamp::from_micros(row.get(5)?),
        ours: row.get(6)?,
        archived: row.get(7)?,
        delivery,
    })
}

fn written(delivery: &Delivery) -> (&'static str, &str) {
    match delivery {
        Delivery::Received => ("received", ""),
        Delivery::Unsent => ("unsent", ""),
        // Whoever is killed now cannot say more.
        Delivery::OnWire | Delivery::Unknown => ("unknown", ""),
        Delivery::Sent => ("sent", ""),
        Delivery::Delivered => ("delivered", ""),
        Delivery::Failed(error) => ("failed", error.raw()),
    }
}
