//! Messages that came: to disk, and then told, each once.
//!
//! What is told is what is new in this run. What was delayed or comes from the archive may have been told by an earlier
//! run, or by another process of the same account: it is told only when it is new on disk too.

use super::outgoing::Outgoing;
use super::turn::Turn;
use crate::engine::ask::{Answer, AskId, StoreAnswer, StoreQuestion};
use crate::engine::event::{Delivery, Event, Message, MessageKey, NoticeLevel, ProblemKind};
use crate::machine::RemoteText;
use crate::protocol::xmpp::Stanza;
use crate::protocol::xmpp::gate::Said;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Keys that are remembered as seen in this run.
const SEEN: usize = 20_000;

/// When a message is told that was not told in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// In any case.
    Always,
    /// When it is new on disk.
    WhenNew,
}

/// Messages on their way to disk, and those seen in this run.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    keeping: BTreeMap<AskId, (Vec<Message>, Telling)>,
    /// What is said to the author once the message is on disk.
    receipts: BTreeMap<AskId, Stanza>,
    seen: BTreeSet<MessageKey>,
    newest: VecDeque<MessageKey>,
}

impl Incoming {
    /// `said` as a message of the store.
    pub(super) fn message(said: Said, archived: bool, turn: &mut Turn<'_>) -> Message {
        let key = MessageKey(said.key().unwrap_or_else(|| turn.chance.hex(16)));
        Message {
            key,
            id: RemoteText::new(said.id.or(said.origin).unwrap_or_default()),
            from: RemoteText::new(said.from.to_string()),
            to: RemoteText::new(said.to.to_string()),
            body: RemoteText::new(said.body),
            at: said.at.unwrap_or(turn.stamp),
            ours: said.ours,
            archived,
            delivery: if said.ours { Delivery::Sent } else { Delivery::Received },
        }
    }

    /// Writes `messages` to disk, to be told as `telling` says once they are there.
    pub(super) fn keep(&mut self, messages: Vec<Message>, telling: Telling, out: &mut Outgoing) -> AskId {
        let ask = out.store(StoreQuestion::Receive { account: out.account(), messages: messages.clone() });
        self.keeping.insert(ask, (messages, telling));
        ask
    }

    /// Says `receipt` once what `ask` keeps is on disk.
    pub(super) fn confirm(&mut self, ask: AskId, receipt: impl Into<Stanza>) {
        self.receipts.insert(ask, receipt.into());
    }

    /// This key has been told in this run, or is being told.
    pub(super) fn see(&mut self, key: &MessageKey) -> bool {
        if !self.seen.insert(key.clone()) {
            return false;
        }
        self.newest.push_back(key.clone());
        if self.newest.len() > SEEN
            && let Some(oldest) = self.newest.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    /// Whether the answer was to a question of ours.
    pub(super) fn answered(&mut self, id: AskId, answer: &Answer, out: &mut Outgoing) -> bool {
        let Some((messages, telling)) = self.keeping.remove(&id) else { return false };
        let new: Option<BTreeSet<&MessageKey>> = match answer {
            Answer::Store(Ok(StoreAnswer::New(keys))) => Some(keys.iter().collect()),
            _ => None,
        };
        if let Some(receipt) = self.receipts.remove(&id).filter(|_| new.is_some()) {
            out.send(receipt);
        }
        if let Answer::Store(Err(why)) = answer {
            let what = format!("Messages that came could not be written to disk: {why}.");
            out.notice(NoticeLevel::Error, ProblemKind::Local, what, "");
        }
        for message in messages {
            let wanted = match telling {
                Telling::Always => true,
                Telling::WhenNew => new.as_ref().is_none_or(|new| new.contains(&message.key)),
            };
            if wanted && self.see(&message.key) {
                out.tell(Event::Message { account: out.account(), message, ticket: None });
            }
        }
        true
    }
}
