//! Pages of a conversation: messages and calls in one line of time, each read by its index from where the page begins.

use super::{calls, conversations, messages, partner};
use crate::engine::event::{AccountName, Entry, EntryKind, MessageKey, Page, PageFrom, Place, Ticket};
use crate::machine::Stamp;
use rusqlite::{Connection, Error, OptionalExtension, Row, named_params};

/// After everything.
const END: Place = Place { at: Stamp::from_micros(i64::MAX), row: i64::MAX };

/// Which way it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To older ones.
    Back,
    /// To newer ones.
    Forth,
}

impl Way {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Way::Back => ("<", "DESC"),
            Way::Forth => (">", "ASC"),
        }
    }

    /// The messages beyond a place, nearest first.
    #[must_use]
    pub fn messages(self) -> String {
        let (beyond, order) = self.words();
        format!(
            "SELECT {}, row FROM messages
             WHERE account = :account AND peer = :peer AND (at, row) {beyond} (:at, :row)
             ORDER BY at {order}, row {order} LIMIT :limit",
            messages::COLUMNS
        )
    }

    /// The calls beyond a place, nearest first.
    #[must_use]
    pub fn calls(self) -> String {
        let (beyond, order) = self.words();
        format!(
            "SELECT row, {} FROM calls
             WHERE account = :account AND partner = :peer AND (began, row) {beyond} (:at, :row)
             ORDER BY began {order}, row {order} LIMIT :limit",
            calls::COLUMNS
        )
    }
}

/// One conversation.
struct Timeline<'a> {
    database: &'a Connection,
    account: &'a AccountName,
    peer: String,
}

/// Reads a page of the conversation with `with`; none where the message that was to stand in its middle is not in it.
///
/// # Errors
/// As SQLite's.
pub fn read(
    database: &Connection,
    account: &AccountName,
    with: String,
    from: &PageFrom,
    count: u16,
    ticket: Ticket,
) -> Result<Option<Page>, Error> {
    let timeline = Timeline { database, account, peer: partner::bare(&with) };
    let count = usize::from(count);
    let (mut entries, more_before, more_after) = match from {
        PageFrom::Newest => {
            let (entries, more) = timeline.some(Way::Back, END, count)?;
            (entries, more, false)
        }
        PageFrom::Before(place) => {
            let (entries, more) = timeline.some(Way::Back, *place, count)?;
            (entries, more, timeline.some(Way::Forth, before(*place), 0)?.1)
        }
        PageFrom::After(place) => {
            let (entries, more) = timeline.some(Way::Forth, *place, count)?;
            (entries, timeline.some(Way::Back, after(*place), 0)?.1, more)
        }
        PageFrom::Around(key) => {
            let Some(place) = timeline.place(key)? else { return Ok(None) };
            let up_to_it = (count / 2 + 1).min(count);
            let (mut entries, more_before) = timeline.some(Way::Back, after(place), up_to_it)?;
            let (newer, more_after) = timeline.some(Way::Forth, place, count - up_to_it)?;
            entries.extend(newer);
            (entries, more_before, more_after)
        }
    };
    entries.sort_by_key(|entry| entry.place);
    let seen = conversations::seen(database, account, &timeline.peer)?;
    Ok(Some(Page { with, ticket, entries, more_before, more_after, seen }))
}

impl Timeline<'_> {
    /// At most `count` entries beyond `from`, nearest first, and whether there are more.
    fn some(&self, way: Way, from: Place, count: usize) -> Result<(Vec<Entry>, bool), Error> {
        let read = |sql: &str, kind: fn(&Row<'_>) -> Result<(Stamp, EntryKind), Error>| {
            let mut asked = self.database.prepare_cached(sql)?;
            let limit = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
            let bounds = named_params! {
                ":account": self.account.0, ":peer": self.peer, ":at": from.at.micros(), ":row": from.row, ":limit": limit,
            };
            let entry = |row: &Row<'_>| {
                let (at, kind) = kind(row)?;
                Ok(Entry { place: Place { at, row: row.get("row")? }, kind })
            };
            asked.query_map(bounds, entry)?.collect::<Result<Vec<Entry>, Error>>()
        };
        let mut entries = read(&way.messages(), |row| {
            let message = messages::read(row)?;
            Ok((message.at, EntryKind::Message(message)))
        })?;
        entries.extend(read(&way.calls(), |row| {
            let call = calls::read(row)?;
            Ok((call.began, EntryKind::Call(call)))
        })?);
        entries.sort_by_key(|entry| entry.place);
        if way == Way::Back {
            entries.reverse();
        }
        let more = entries.len() > count;
        entries.truncate(count);
        Ok((entries, more))
    }

    fn place(&self, key: &MessageKey) -> Result<Option<Place>, Error> {
        let mut asked = self
            .database
            .prepare_cached("SELECT at, row FROM messages WHERE account = :account AND key = :key AND peer = :peer")?;
        let of = named_params! { ":account": self.account.0, ":key": key.0, ":peer": self.peer };
        asked.query_row(of, |row| Ok(Place { at: Stamp::from_micros(row.get(0)?), row: row.get(1)? })).optional()
    }
}

/// The place before it: what is beyond that includes it. Rows are whole numbers.
fn before(place: Place) -> Place {
    Place { row: place.row.saturating_sub(1), ..place }
}

fn after(place: Place) -> Place {
    Place { row: place.row.saturating_add(1), ..place }
}
