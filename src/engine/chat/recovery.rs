//! What became of messages when nobody knows: they are looked up in the archive by their origin id, and told. Nothing is
//! ever sent again by itself.
//!
//! Found means sent. Absent means unsent only where the archive surely keeps the conversation, and only at the second
//! look, a minute after the first: what was in flight when we were cut off has arrived by then or never will.

use super::turn::Turn;
use crate::engine::event::{Message, MessageKey};
use crate::machine::{Moment, Stamp, Wake};
use crate::protocol::xmpp::Known;
use crate::protocol::xmpp::archive::{Begin, End, Keeps, Wanted};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use xmpp_parsers::jid::{BareJid, Jid};

/// Between the two looks.
const SECOND_LOOK: Duration = Duration::from_secs(60);

/// How much earlier than our own stamp we begin to look: clocks differ.
const SLACK: Duration = Duration::from_secs(600);

/// Results on a page.
const PAGE: usize = 100;

/// Pages that are read for one conversation.
const PAGES: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    First,
    Second,
}

#[derive(Debug)]
enum Step {
    /// No session with an archive.
    Idle,
    /// Nothing open; look again then.
    Due(Moment, Look),
    /// Reading one conversation after the other.
    Reading { look: Look, peers: VecDeque<BareJid>, peer: BareJid, query: String, wanted: Wanted, pages: usize },
    /// Nothing to look up.
    Ready,
}

/// Messages of unknown fate, and those of earlier runs that were never sent.
#[derive(Debug)]
pub(super) struct Recovery {
    unknown: BTreeMap<MessageKey, Message>,
    unsent: BTreeMap<MessageKey, Message>,
    keeps: Keeps,
    step: Step,
}

impl Recovery {
    pub(super) fn new() -> Recovery {
        Recovery { unknown: BTreeMap::new(), unsent: BTreeMap::new(), keeps: Keeps::Unsaid, step: Step::Idle }
    }

    /// Only the server knows about `message`.
    pub(super) fn add_unknown(&mut self, message: Message, now: Moment) {
        self.unknown.insert(message.key.clone(), message);
        if matches!(self.step, Step::Ready | Step::Due(..)) {
            self.step = Step::Due(now, Look::First);
        }
    }

    /// An earlier run has not sent `message`.
    pub(super) fn add_unsent(&mut self, message: Message) {
        self.unsent.insert(message.key.clone(), message);
    }

    /// The user decides about it: nobody else does any more.
    pub(super) fn take(&mut self, key: &MessageKey) -> Option<Message> {
        self.unknown.remove(key).or_else(|| self.unsent.remove(key))
    }

    /// It was seen in the archive or on another device; whether that was news.
    pub(super) fn found(&mut self, key: &MessageKey) -> bool {
        self.unknown.remove(key).is_some()
    }

    /// No session, or none with an archive.
    pub(super) fn reset(&mut self) {
        self.step = Step::Idle;
        self.keeps = Keeps::Unsaid;
    }

    /// What the archive says that it keeps.
    pub(super) fn keeps(&mut self, keeps: Keeps) {
        self.keeps = keeps;
    }

    /// There is an archive, and what was missed has been read.
    pub(super) fn begin(&mut self, known: &mut Known, turn: &mut Turn<'_>) {
        self.look(Look::First, known, turn);
    }

    pub(super) fn expire(&mut self, known: &mut Known, turn: &mut Turn<'_>) {
        if let Step::Due(at, look) = self.step
            && at <= turn.now
        {
            self.look(look, known, turn);
        }
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        match self.step {
            Step::Due(at, _) => Some(Wake { at, why: "a look into the archive" }),
            Step::Idle | Step::Ready | Step::Reading { .. } => None,
        }
    }

    fn look(&mut self, look: Look, known: &mut Known, turn: &mut Turn<'_>) {
        let peers: BTreeSet<BareJid> = self.unknown.values().filter_map(peer).collect();
        self.read_next(look, peers.into_iter().collect(), known, turn);
    }

    fn read_next(&mut self, look: Look, mut peers: VecDeque<BareJid>, known: &mut Known, turn: &mut Turn<'_>) {
        while let Some(with) = peers.pop_front() {
            let oldest = self.unknown.values().filter(|message| peer(message).as_ref() == Some(&with)).map(|m| m.at).min();
            let Some(oldest) = oldest else { continue };
            let slack = i64::try_from(SLACK.as_micros()).unwrap_or(i64::MAX);
            let start = Stamp::from_micros(oldest.micros().saturating_sub(slack));
            let wanted = Wanted { with: Some(with.clone()), start: None, begin: Begin::At(start), page: PAGE };
            let query = turn.ask_archive(known, &wanted);
            self.step = Step::Reading { look, peers, peer: with, query, wanted, pages: 1 };
            return;
        }
        self.step = match look {
            Look::First if !self.unknown.is_empty() => Step::Due(turn.now + SECOND_LOOK, Look::Second),
            Look::First | Look::Second => Step::Ready,
        };
    }

    /// A page came to its end. Answers the messages that are now known to be unsent.
    pub(super) fn end(&mut self, of: &str, end: &End, known: &mut Known, turn: &mut Turn<'_>) -> Vec<Message> {
        let Step::Reading { look, peers, peer: with, query, wanted, pages } = &mut self.step else { return Vec::new() };
        if query != of {
            return Vec::new();
        }
        known.queries.remove(of);
        let (look, peers, with) = (*look, std::mem::take(peers), with.clone());
        let open: Vec<MessageKey> =
            self.unknown.values().filter(|message| peer(message).as_ref() == Some(&with)).map(|m| m.key.clone()).collect();
        if let Some(wanted) = wanted.next(end).filter(|_| !open.is_empty() && *pages < PAGES) {
            let (query, pages) = (turn.ask_archive(known, &wanted), *pages + 1);
            self.step = Step::Reading { look, peers, peer: with, query, wanted, pages };
            return Vec::new();
        }
        let all_read = end.complete || end.last.is_none();
        let absent = look == Look::Second && all_read && self.keeps.surely(&with);
        let unsent = open.into_iter().filter(|_| absent).filter_map(|key| self.unknown.remove(&key)).collect::<Vec<_>>();
        for message in &unsent {
            self.unsent.insert(message.key.clone(), message.clone());
        }
        self.read_next(look, peers, known, turn);
        unsent
    }

    /// The archive gave an error, or nothing: what is unknown stays unknown.
    pub(super) fn failed(&mut self, of: &str, known: &mut Known) {
        if let Step::Reading { query, .. } = &self.step
            && query == of
        {
            known.queries.remove(of);
            self.step = Step::Idle;
        }
    }
}

/// With whom the conversation is.
fn peer(message: &Message) -> Option<BareJid> {
    Jid::new(message.to.raw()).ok().map(Jid::into_bare)
}
