//! People and what they write.

use super::names::MessageKey;
use crate::machine::{RemoteText, Stamp};

/// A message in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the store.
    pub key: MessageKey,
    /// The stanza's `id`, or the origin id, as the sender wrote it.
    pub id: RemoteText,
    /// Who wrote it: full JID where known.
    pub from: RemoteText,
    /// To whom.
    pub to: RemoteText,
    /// The text.
    pub body: RemoteText,
    /// When it was written, as far as a trusted stamp says so, else when it came.
    pub at: Stamp,
    /// We wrote it, here or on another of our devices.
    pub ours: bool,
    /// It was missed, and comes from the archive (XEP-0313), or waited at a server that has one: it did not come live.
    pub archived: bool,
    /// For our own: how far it has come.
    pub delivery: Delivery,
}

/// How far a message of ours has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Not ours.
    Received,
    /// On disk, never handed to the wire.
    Unsent,
    /// On the wire, and the server has not acknowledged it yet. On disk it is [`Delivery::Unknown`] meanwhile, for we may be
    /// killed.
    OnWire,
    /// It may have been on the wire when we were killed or cut off: only the server knows.
    Unknown,
    /// The server has acknowledged it.
    Sent,
    /// A client of the other side says that it is there (XEP-0184).
    Delivered,
    /// It came back with an error.
    Failed(RemoteText),
}

/// A roster item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Bare JID.
    pub jid: String,
    /// The name that the user gave it; empty for none.
    pub name: RemoteText,
    /// Whether we see their presence.
    pub we_see_them: bool,
    /// Whether they see ours.
    pub they_see_us: bool,
    /// We have asked to see theirs, and they have not answered.
    pub asked: bool,
    /// Groups.
    pub groups: Vec<RemoteText>,
}

/// One resource's presence (RFC 6121 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Full JID, or bare where the server speaks.
    pub from: RemoteText,
    /// What is shown.
    pub show: Show,
    /// Text for people.
    pub status: RemoteText,
    /// −128 … 127.
    pub priority: i8,
    /// When it was said: delayed stamps count only from our own server or the sender's.
    pub at: Stamp,
}

/// Availability, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Show {
    /// `<show>chat</show>`
    Chat,
    /// No `<show/>`.
    Available,
    /// `<show>away</show>`
    Away,
    /// `<show>xa</show>`
    ExtendedAway,
    /// `<show>dnd</show>`
    DoNotDisturb,
    /// `type='unavailable'`
    Offline,
}

impl Show {
    /// The word of RFC 6121, and `available` and `offline` for the two that have none.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Show::Chat => "chat",
            Show::Available => "available",
            Show::Away => "away",
            Show::ExtendedAway => "xa",
            Show::DoNotDisturb => "dnd",
            Show::Offline => "offline",
        }
    }
}
