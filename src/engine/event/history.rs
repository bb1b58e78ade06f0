//! What is on disk, as pages: conversations, their entries, calls, and what a search has found.

use super::call::CallEnd;
use super::chat::Message;
use super::names::{AccountName, MessageKey, Ticket};
use crate::machine::{RemoteText, Stamp};

/// A place in a conversation: entries are in the order of their time, and of their coming where that is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When it was written, or the call began.
    pub at: Stamp,
    /// The row in the store; calls and messages count apart.
    pub row: i64,
}

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: EntryKind,
}

/// What stands in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Somebody wrote.
    Message(Message),
    /// Somebody rang: the far side's URI is the partner's.
    Call(CallRecord),
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// At the newest entry, backwards.
    Newest,
    /// At the entry before this place, backwards.
    Before(Place),
    /// At the entry after this place, forwards.
    After(Place),
    /// With this message in the middle.
    Around(MessageKey),
}

/// Some entries of a conversation, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// With whom: bare address.
    pub with: String,
    /// Of the command that asked.
    pub ticket: Ticket,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// There are older ones on disk.
    pub more_before: bool,
    /// There are newer ones on disk.
    pub more_after: bool,
    /// The newest entry that the user has seen; none where nothing was ever seen.
    pub seen: Option<Place>,
}

/// A conversation in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// When its newest message was written.
    pub at: Option<Stamp>,
    /// Messages of the other side that the user has not seen.
    pub unread: u32,
    /// What the user has begun to write and not sent.
    pub draft: String,
}

/// A call in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// They called us.
    pub incoming: bool,
    /// The far side's URI, as it came.
    pub peer: RemoteText,
    /// What it called itself.
    pub name: RemoteText,
    /// When it began.
    pub began: Stamp,
    /// When it was answered, if it was.
    pub answered: Option<Stamp>,
    /// When it ended.
    pub ended: Stamp,
    /// How it ended.
    pub end: CallEnd,
    /// Why, as it came.
    pub reason: RemoteText,
}

impl CallRecord {
    /// They rang, and nobody here answered or declined.
    #[must_use]
    pub fn missed(&self) -> bool {
        self.incoming && self.answered.is_none() && !matches!(self.end, CallEnd::Declined | CallEnd::Local)
    }
}

/// A call in the history, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// On which account.
    pub account: AccountName,
    /// Where it stands.
    pub place: Place,
    /// The record.
    pub call: CallRecord,
}

/// A message that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Whose history.
    pub account: AccountName,
    /// With whom: bare address.
    pub with: String,
    /// The message.
    pub message: Message,
    /// What of its text to show: the words found, and some before and after.
    pub excerpt: RemoteText,
}
