//! What the user may do about messages that did not go out, or may not have.

use super::messages;
use crate::engine::event::{AccountName, Delivery, Message, MessageKey};
use crate::machine::RemoteText;
use rusqlite::{Connection, Error, OptionalExtension, named_params};

/// One message, with its account.
pub type Outgoing = (AccountName, Message);

/// All that are unsent or unknown, of one account or of all, in the order in which they were kept.
///
/// # Errors
/// As SQLite's.
pub fn list(database: &Connection, account: Option<&AccountName>) -> Result<Vec<Outgoing>, Error> {
    let mut asked = database.prepare(&format!(
        "SELECT {}, account FROM messages
         WHERE delivery IN ('unsent', 'unknown') AND (:account IS NULL OR account = :account) ORDER BY row",
        messages::COLUMNS
    ))?;
    let of = account.map(|name| name.0.as_str());
    let rows = asked
        .query_map(named_params! { ":account": of }, |row| Ok((AccountName(row.get("account")?), messages::read(row)?)))?;
    rows.collect()
}

/// The message of ours with this key, whatever has become of it.
///
/// # Errors
/// As SQLite's.
pub fn find(database: &Connection, account: &AccountName, key: &MessageKey) -> Result<Option<Message>, Error> {
    let mut asked = database
        .prepare(&format!("SELECT {} FROM messages WHERE account = :account AND key = :key AND ours", messages::COLUMNS))?;
    asked.query_row(named_params! { ":account": account.0, ":key": key.0 }, messages::read).optional()
}

/// Gives a message up: it stays in the history as failed. Says whether there was such a one to give up.
///
/// # Errors
/// As SQLite's.
pub fn forget(database: &Connection, account: &AccountName, key: &MessageKey) -> Result<bool, Error> {
    let why = match find(database, account, key)?.map(|message| message.delivery) {
        Some(Delivery::Unsent) => "given up before it was sent",
        Some(Delivery::Unknown) => "given up; it may have been sent",
        _ => return Ok(false),
    };
    messages::deliver(database, account, key, &Delivery::Failed(RemoteText::new(why)))
}
