//! What the gate must know of a session to judge what comes: who we are, what we asked, whom we see, what we sent.

use super::iq::Asked;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xmpp_parsers::jid::{BareJid, FullJid, Jid};

/// Messages of ours that are remembered for bounces and receipts.
const SENT: usize = 1000;

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
    /// Messages that we put on the wire.
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

    /// Whether `jid` is our server itself: only the domain.
    #[must_use]
    pub fn is_server(&self, jid: &Jid) -> bool {
        jid.as_str() == self.me.domain().as_str()
    }
}

/// The ids of the newest messages that we sent, and to whom.
#[derive(Clone, Debug, Default)]
pub struct SentTo {
    newest: VecDeque<(String, BareJid)>,
}

impl SentTo {
    /// Remembers that `id` went to `to`.
    pub fn remember(&mut self, id: String, to: BareJid) {
        if self.newest.len() == SENT {
            self.newest.pop_front();
        }
        self.newest.push_back((id, to));
    }

    /// Whether we sent `id` to `to`.
    #[must_use]
    pub fn holds(&self, id: &str, to: &BareJid) -> bool {
        self.newest.iter().any(|(sent, whom)| sent == id && whom == to)
    }
}
