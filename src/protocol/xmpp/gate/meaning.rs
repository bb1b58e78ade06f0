//! All that a stanza may mean, and all reasons for which one may be refused.

use crate::machine::Stamp;
use crate::protocol::xmpp::answer::Question;
use crate::protocol::xmpp::iq::{NoAnswer, Purpose};
use sha2::{Digest, Sha256};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::Show;
use xmpp_parsers::roster::Item;
use xmpp_parsers::stanza_error::StanzaError;

/// What a stanza means, now that it is known who said it.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Somebody says something to us.
    Said(Said),
    /// A carbon (XEP-0280): somebody says something to another of our devices, or we say it there.
    Carbon(Said),
    /// A result of an archive query of ours (XEP-0313).
    Archived {
        /// The query.
        query: String,
        /// The archive's id for it.
        id: String,
        /// What it holds.
        kept: Kept,
    },
    /// A message of ours came back (RFC 6120 §8.3).
    Bounced {
        /// Its id.
        id: String,
        /// Why.
        why: String,
    },
    /// A message of ours arrived (XEP-0184) or was displayed (XEP-0333).
    Receipt {
        /// Its id.
        id: String,
        /// Who has it.
        from: Jid,
    },
    /// Somebody is writing to us, or has stopped (XEP-0085).
    Typing {
        /// Who.
        from: BareJid,
        /// Is writing.
        typing: bool,
    },
    /// Somebody is there, or goes.
    Presence(Available),
    /// Somebody who sees us, or whom we see, changes that.
    Subscription {
        /// Who.
        from: BareJid,
        /// How.
        change: SubscriptionChange,
    },
    /// Presence that we sent came back.
    PresenceFailed {
        /// From whom.
        from: Jid,
        /// Why.
        why: String,
    },
    /// An answer to a request of ours.
    Answer {
        /// Which.
        purpose: Purpose,
        /// What.
        result: Result<Option<Element>, StanzaError>,
    },
    /// The server has changed our roster (RFC 6121 §2.1.6).
    RosterPush {
        /// As it is now.
        item: Item,
        /// To be sent back.
        reply: Iq,
    },
    /// Somebody asked us something.
    Question(Question),
    /// Nothing that concerns us: headlines, empty messages.
    Nothing,
}

/// What an archive has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Something was said.
    Said(Said),
    /// A message of ours arrived, as in [`Meaning::Receipt`].
    Receipt {
        /// Its id.
        id: String,
        /// Who has it.
        from: Jid,
    },
    /// Nothing that concerns us.
    Nothing,
}

/// Something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// We said it, here or on another device.
    pub ours: bool,
    /// The other side of the conversation.
    pub peer: BareJid,
    /// Who.
    pub from: Jid,
    /// To whom.
    pub to: Jid,
    /// The stanza's id.
    pub id: Option<String>,
    /// The id that its author gave it (XEP-0359).
    pub origin: Option<String>,
    /// The id that our archive gave it (XEP-0359, XEP-0313).
    pub archive: Option<String>,
    /// The text.
    pub body: String,
    /// When, where a trusted stamp says so.
    pub at: Option<Stamp>,
    /// Its author asks to be told that it is here (XEP-0184).
    pub asks_receipt: bool,
    /// Its author's client shows chat states (XEP-0085).
    pub shows_states: bool,
}

impl Said {
    /// What is the same for this message each time that it comes, live, as a carbon or from the archive.
    ///
    /// For our own it is the origin id; where another device of ours gave it none, a digest of what it sent. For what
    /// others say it is our archive's id, because ids that they choose may be chosen twice. `None` when there is nothing.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        if !self.ours {
            return self.archive.clone();
        }
        self.origin.clone().or_else(|| self.id.as_ref().map(|id| self.digest(id))).or_else(|| self.archive.clone())
    }

    fn digest(&self, id: &str) -> String {
        let digest = Sha256::new().chain_update(self.to.as_str()).chain_update([0]).chain_update(id);
        let digest = digest.chain_update([0]).chain_update(&self.body).finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// One resource's presence.
#[derive(Clone, Debug, PartialEq)]
pub struct Available {
    /// Who.
    pub from: Jid,
    /// `None` for unavailable, `Some(None)` for available without `<show/>`.
    pub show: Option<Option<Show>>,
    /// For people.
    pub status: String,
    /// −128 … 127.
    pub priority: i8,
    /// When it was said.
    pub at: Stamp,
}

/// What happened to a subscription (RFC 6121 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// `subscribe`: they ask to see us.
    Asked,
    /// `subscribed`: we may see them.
    Granted,
    /// `unsubscribe`: they no longer wish to see us.
    Withdrawn,
    /// `unsubscribed`: we may not see them, or no longer.
    Denied,
}

/// Why a stanza is not believed. It goes to the log, never to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A1: a carbon that our own account did not make, or of a conversation that is not ours.
    #[error("a carbon that is not of our own account")]
    Carbon,
    /// A2: an archive result that we did not ask for, or from another archive.
    #[error("an archive result that we did not ask for")]
    Archive,
    /// A3: a roster push by somebody who does not keep our roster, or of not exactly one item.
    #[error("a roster push that is not of our own server, or of not exactly one item")]
    RosterPush,
    /// A4: an event (XEP-0060, XEP-0163) that we are not subscribed to.
    #[error("a published event that we did not ask for")]
    Event,
    /// A5: an answer to nothing, or from another than who was asked.
    #[error(transparent)]
    Answer(#[from] NoAnswer),
    /// A8: a room that we are not in.
    #[error("a message of a room that we are not in")]
    Room,
    /// A9: a receipt, a marker or a bounce of something that we did not send there.
    #[error("it is about a message that we never sent there")]
    NeverSent,
    /// A10: wrapped too deep.
    #[error("it is nested too deep")]
    Deep,
    /// A12: addressed to somebody else.
    #[error("it is not for us")]
    NotForUs,
    /// A14: presence of somebody whom we are not subscribed to.
    #[error("presence of somebody whose presence we do not see")]
    Stranger,
    /// A14: a typing notice of somebody with whom we have nothing to do.
    #[error("a typing notice of somebody with whom we have nothing to do")]
    Typist,
    /// Our own server answers probes.
    #[error("a presence probe")]
    Probe,
    /// We are not subscribed to ourselves.
    #[error("a subscription in our own name")]
    Ourselves,
    /// It breaks its own standard.
    #[error("it is malformed")]
    Malformed,
}
