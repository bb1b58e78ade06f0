//! What the gate must know of a session to judge what comes: who we are, what we asked, whom we see, what we sent.

use super::chat_states::ChatStates;
use super::iq::Asked;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xmpp_parsers::jid::{BareJid, FullJid, Jid};

/// Messages of ours that are remembered for bounces and receipts.
pub const SENT: u16 = 1000;

/// One session's knowledge.
#[derive(Debug)]
pub struct Known {
    /// The full JID that the server bound.
    pub me: FullJid,
    /// Requests that wait for an answer.
    pub asked: Asked,
    /// Open archive queries by query id, and whose archive was asked.
    pub queries: BTreeMap<String, BareJid>,
    /// Those whose presence we are subscribed to.
    pub seen: BTreeSet<BareJid>,
    /// Those who are subscribed to our presence.
    pub watchers: BTreeSet<BareJid>,
    /// Who understands chat states.
    pub chat_states: ChatStates,
    /// Messages that our account sent, here or elsewhere.
    pub sent: SentTo,
    /// Who gives ids to stanzas that we may believe.
    pub stanza_ids: StanzaIds,
}

/// Whether a `<stanza-id/>` in the name of our account can only be our server's (XEP-0359 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StanzaIds {
    /// The server has not said that it takes out forged ones.
    #[default]
    Unproven,
    /// It announces `urn:xmpp:sid:0` or `urn:xmpp:mam:2`, and both oblige it to.
    OfOurServer,
}

impl Known {
    /// At the beginning of a session.
    #[must_use]
    pub fn new(me: FullJid) -> Known {
        Known {
            me,
            asked: Asked::default(),
            queries: BTreeMap::new(),
            seen: BTreeSet::new(),
            watchers: BTreeSet::new(),
            chat_states: ChatStates::default(),
            sent: SentTo::default(),
            stanza_ids: StanzaIds::default(),
        }
    }

    /// Our account.
    #[must_use]
    pub fn account(&self) -> BareJid {
        self.me.to_bare()
    }

    /// Whether `jid` is our account, with any resource or none.
    #[must_use]
    pub fn is_us(&self, jid: &Jid) -> bool {
        jid.to_bare() == self.me.to_bare()
    }

    /// Whether `jid` is our account itself: bare.
    #[must_use]
    pub fn is_account(&self, jid: &Jid) -> bool {
        *jid == self.me.to_bare()
    }

    /// Whether `jid` is somebody with whom we have to do: one of us sees the other, or we have written to them.
    #[must_use]
    pub fn knows(&self, jid: &BareJid) -> bool {
        self.seen.contains(jid) || self.watchers.contains(jid) || self.sent.went_to(jid)
    }

    /// Whether `jid` is our server itself: only the domain.
    #[must_use]
    pub fn is_server(&self, jid: &Jid) -> bool {
        jid.as_str() == self.me.domain().as_str()
    }
}

/// The newest messages of our account, and to whom they went.
#[derive(Clone, Debug, Default)]
pub struct SentTo {
    newest: VecDeque<Sent>,
}

#[derive(Clone, Debug)]
struct Sent {
    id: String,
    to: BareJid,
    key: String,
    fate: Fate,
}

/// What the other side has said of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Arrived,
}

impl SentTo {
    /// Remembers that the stanza `id`, which the store knows as `key`, went to `to`.
    pub fn remember(&mut self, id: String, to: BareJid, key: String) {
        self.newest.retain(|sent| sent.id != id || sent.to != to);
        if self.newest.len() >= usize::from(SENT) {
            self.newest.pop_front();
        }
        self.newest.push_back(Sent { id, to, key, fate: Fate::Open });
    }

    /// Whether we sent `id` to `to`.
    #[must_use]
    pub fn holds(&self, id: &str, to: &BareJid) -> bool {
        self.find(id, to).is_some()
    }

    /// Whether it is known that `id` has arrived at `to`.
    #[must_use]
    pub fn has_arrived(&self, id: &str, to: &BareJid) -> bool {
        self.find(id, to).is_some_and(|sent| sent.fate == Fate::Arrived)
    }

    /// `id` has arrived at `to`: its key, when that is news.
    pub fn arrive(&mut self, id: &str, to: &BareJid) -> Option<String> {
        let sent = self.newest.iter_mut().find(|sent| sent.id == id && sent.to == *to && sent.fate == Fate::Open)?;
        sent.fate = Fate::Arrived;
        Some(sent.key.clone())
    }

    fn find(&self, id: &str, to: &BareJid) -> Option<&Sent> {
        self.newest.iter().find(|sent| sent.id == id && sent.to == *to)
    }

    fn went_to(&self, to: &BareJid) -> bool {
        self.newest.iter().any(|sent| sent.to == *to)
    }
}
