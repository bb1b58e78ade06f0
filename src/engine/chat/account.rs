//! One account's chat: its parts.

use super::catch_up::CatchUp;
use super::contacts::Contacts;
use super::conversations::Conversations;
use super::incoming::Incoming;
use super::link::Link;
use super::outgoing::Outgoing;
use super::outstanding::Outstanding;
use super::own_presence::OwnPresence;
use super::questions::Questions;
use super::recovery::Recovery;
use super::typing::Typing;
use crate::engine::command::Attendance;
use crate::engine::settings::Account;
use crate::engine::signin::cup::Group;
use crate::machine::Chance;
use crate::machine::stamp::WallClock;
use crate::protocol::xmpp::Known;
use crate::protocol::xmpp::known::SentTo;

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
    /// What went out before this session, while there is none.
    pub(super) sent_before: SentTo,
    pub(super) archive: Archive,
    pub(super) own_presence: OwnPresence,
    pub(super) contacts: Contacts,
    pub(super) typing: Typing,
    pub(super) conversations: Conversations,
    pub(super) incoming: Incoming,
    pub(super) catch_up: CatchUp,
    pub(super) recovery: Recovery,
    pub(super) outstanding: Outstanding,
    pub(super) questions: Questions,
    /// Messages may be sent; else there are contacts and presence only.
    pub(super) messages: bool,
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
            sent_before: SentTo::default(),
            archive: Archive::Unsaid,
            own_presence: OwnPresence::new(),
            contacts: Contacts::default(),
            typing: Typing::default(),
            conversations: Conversations::new(),
            incoming: Incoming::default(),
            catch_up: CatchUp::new(),
            recovery: Recovery::new(),
            outstanding: Outstanding::new(),
            questions: Questions::default(),
            messages: true,
        }
    }

    /// Whether messages may be sent: a deployment may give contacts and presence only.
    #[must_use]
    pub fn with_messages(mut self, messages: bool) -> Chat {
        self.messages = messages;
        self
    }

    /// At this redundancy group of presence servers, or at none.
    #[must_use]
    pub fn with_group(mut self, group: Option<Group>) -> Chat {
        self.join(group);
        self
    }

    /// Is at this group from now on, or at none.
    pub fn join(&mut self, group: Option<Group>) {
        self.link.join(group, self.chance.fork());
    }
}
