//! One account's chat: its parts.

use super::catch_up::CatchUp;
use super::contacts::Contacts;
use super::conversations::Conversations;
use super::incoming::Incoming;
use super::link::Link;
use super::outgoing::Outgoing;
use super::outstanding::Outstanding;
use super::recovery::Recovery;
use crate::engine::command::Attendance;
use crate::engine::settings::Account;
use crate::machine::Chance;
use crate::machine::stamp::WallClock;
use crate::protocol::xmpp::Known;

/// Whether our server keeps an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    /// It has not said.
    Unsaid,
    /// It does.
    There,
    /// It does not.
    None,
}

/// One account's chat.
#[derive(Debug)]
pub struct Chat {
    pub(super) chance: Chance,
    pub(super) clock: WallClock,
    pub(super) out: Outgoing,
    pub(super) link: Link,
    pub(super) attendance: Attendance,
    /// The session: it outlives its link as long as the stream may be resumed.
    pub(super) known: Option<Known>,
    pub(super) archive: Archive,
    pub(super) contacts: Contacts,
    pub(super) conversations: Conversations,
    pub(super) incoming: Incoming,
    pub(super) catch_up: CatchUp,
    pub(super) recovery: Recovery,
    pub(super) outstanding: Outstanding,
}

impl Chat {
    /// The chat of `account`, signed out. Its questions are numbered from `ask_base` on.
    #[must_use]
    pub fn new(account: Account, ask_base: u64, mut chance: Chance, clock: WallClock) -> Chat {
        Chat {
            link: Link::new(&account, &mut chance),
            chance,
            clock,
            out: Outgoing::new(account.name, ask_base),
            attendance: Attendance::Present,
            known: None,
            archive: Archive::Unsaid,
            contacts: Contacts::default(),
            conversations: Conversations::new(),
            incoming: Incoming::default(),
            catch_up: CatchUp::new(),
            recovery: Recovery::new(),
            outstanding: Outstanding::new(),
        }
    }
}
