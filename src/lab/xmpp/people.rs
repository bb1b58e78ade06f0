//! Accounts, their rosters and their sessions, as the server keeps them.

use super::archive::Archived;
use crate::machine::Moment;
use crate::protocol::xmpp::Stanza;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xmpp_parsers::jid::{BareJid, FullJid};
use xmpp_parsers::message::Message;
use xmpp_parsers::presence::Presence;
use xmpp_parsers::roster::{Ask, Item, Subscription};

/// One account.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) password: String,
    pub(super) roster: BTreeMap<BareJid, Item>,
    pub(super) archive: Vec<Archived>,
    /// Messages for nobody who is there.
    pub(super) offline: Vec<Message>,
    /// Those who asked to see them and are not answered.
    pub(super) asked: BTreeSet<BareJid>,
}

impl Person {
    pub(super) fn new(password: &str) -> Person {
        let (roster, archive) = (BTreeMap::new(), Vec::new());
        Person { password: password.to_owned(), roster, archive, offline: Vec::new(), asked: BTreeSet::new() }
    }

    /// The roster item for `jid`, made when it is not there.
    pub(super) fn item(&mut self, jid: &BareJid) -> &mut Item {
        self.roster.entry(jid.clone()).or_insert_with(|| Item {
            jid: jid.clone(),
            name: None,
            subscription: Subscription::None,
            ask: Ask::None,
            groups: Vec::new(),
            approved: None,
        })
    }
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) jid: FullJid,
    /// Which client, over which connection; none while it may be resumed.
    pub(super) line: Option<(usize, u64)>,
    /// When it is given up.
    pub(super) until: Option<Moment>,
    /// Stanzas that came.
    pub(super) heard: u32,
    /// Stanzas that went.
    pub(super) sent: u32,
    pub(super) unacknowledged: VecDeque<Stanza>,
    pub(super) presence: Option<Presence>,
    pub(super) carbons: bool,
    /// It has asked for the roster, so it hears of its changes.
    pub(super) interested: bool,
}

impl Session {
    pub(super) fn new(jid: FullJid, line: (usize, u64)) -> Session {
        Session {
            jid,
            line: Some(line),
            until: None,
            heard: 0,
            sent: 0,
            unacknowledged: VecDeque::new(),
            presence: None,
            carbons: false,
            interested: false,
        }
    }

    pub(super) fn account(&self) -> BareJid {
        self.jid.to_bare()
    }

    /// The client has `count` of the stanzas of this session.
    pub(super) fn acknowledged(&mut self, count: u32) {
        let unacknowledged = u32::try_from(self.unacknowledged.len()).unwrap_or(u32::MAX);
        for _ in self.sent.saturating_sub(unacknowledged)..count.min(self.sent) {
            self.unacknowledged.pop_front();
        }
    }
}

/// The subscription that has these two halves.
pub(super) fn subscription(we_see_them: bool, they_see_us: bool) -> Subscription {
    match (we_see_them, they_see_us) {
        (true, true) => Subscription::Both,
        (true, false) => Subscription::To,
        (false, true) => Subscription::From,
        (false, false) => Subscription::None,
    }
}

/// Whether the owner of the item sees the contact's presence.
pub(super) fn sees(item: &Item) -> bool {
    matches!(item.subscription, Subscription::To | Subscription::Both)
}

/// Whether the contact sees the owner's presence.
pub(super) fn is_seen(item: &Item) -> bool {
    matches!(item.subscription, Subscription::From | Subscription::Both)
}
