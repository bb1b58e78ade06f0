//! The life of what the user sends: on disk first, then on the wire, then acknowledged, and told at every step.
//!
//! On disk a message is *unsent* until the moment before it goes to the wire, and *unknown* from then until the server has
//! acknowledged it, so that whenever we are killed the disk tells the truth.

use super::outgoing::Outgoing;
use crate::engine::ask::{Answer, AskId, StoreQuestion};
use crate::engine::event::{Delivery, Event, Message, MessageKey, NoticeLevel, ProblemKind, Ticket};
use crate::engine::input::StanzaId;
use crate::machine::{Moment, RemoteText, Wake};
use crate::protocol::xmpp::{Known, message};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use xmpp_parsers::jid::Jid;

/// How long an acknowledgement may take before a ping is sent behind what waits for it.
const ACK_PATIENCE: Duration = Duration::from_secs(1);

/// Messages that are remembered after their acknowledgement: they may still come back, and be sent again then.
const DONE: usize = 100;

/// Why a message has failed that the user gave up.
const NOT_SENT: &str = "given up before it was sent";
const MAYBE_SENT: &str = "given up; it may have been sent";

/// How far a message in the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Being written to disk.
    Keeping,
    /// On disk as unsent.
    Unsent,
    /// On disk as unsent, being marked as unknown.
    Marking,
    /// On disk as unknown: the wire is next.
    Ready,
}

#[derive(Debug)]
struct Queued {
    message: Message,
    ticket: Option<Ticket>,
    step: Step,
    /// What it is on disk if it does not reach the wire this time: one that may have been sent before stays in doubt.
    before: Delivery,
}

/// What a question to the store was for.
#[derive(Debug)]
enum Wrote {
    Kept(MessageKey),
    Marked(MessageKey),
    Delivered(MessageKey, Delivery),
}

/// A ping behind messages that nobody acknowledges (XEP-0199).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AckPing {
    Idle,
    Due(Moment),
    /// It was sent after this stanza.
    Behind(StanzaId),
}

/// Our messages that are not known to be sent.
#[derive(Debug)]
pub(super) struct Conversations {
    queue: VecDeque<Queued>,
    on_wire: BTreeMap<StanzaId, Message>,
    /// Acknowledged, or failed, newest last.
    done: VecDeque<Message>,
    wrote: BTreeMap<AskId, Wrote>,
    ack: AckPing,
}

impl Conversations {
    pub(super) fn new() -> Conversations {
        let (queue, done) = (VecDeque::new(), VecDeque::new());
        Conversations { queue, on_wire: BTreeMap::new(), done, wrote: BTreeMap::new(), ack: AckPing::Idle }
    }

    /// The user has written `message`: to the disk with it.
    pub(super) fn write(&mut self, mut message: Message, ticket: Ticket, online: bool, out: &mut Outgoing) {
        message.delivery = if online { Delivery::Unknown } else { Delivery::Unsent };
        let ask = out.store(StoreQuestion::Keep { account: out.account(), message: message.clone() });
        self.wrote.insert(ask, Wrote::Kept(message.key.clone()));
        self.queue.push_back(Queued { message, ticket: Some(ticket), step: Step::Keeping, before: Delivery::Unsent });
    }

    /// The user wants this one sent once more; it is on disk.
    pub(super) fn write_again(&mut self, mut message: Message, known: Option<&mut Known>, now: Moment, out: &mut Outgoing) {
        self.done.retain(|done| done.key != message.key);
        let before = match message.delivery {
            Delivery::Unknown => Delivery::Unknown,
            _ => Delivery::Unsent,
        };
        message.delivery = Delivery::Unsent;
        self.queue.push_back(Queued { message, ticket: None, step: Step::Unsent, before });
        self.flush(known, now, out);
    }

    /// A message of this run that has failed, for sending it again.
    pub(super) fn failed(&self, key: &MessageKey) -> Option<&Message> {
        self.done.iter().find(|done| done.key == *key && matches!(done.delivery, Delivery::Failed(_)))
    }

    /// Whether this run has `key` in its hands: nobody else needs to look after it.
    pub(super) fn holds(&self, key: &MessageKey) -> bool {
        self.queue.iter().any(|queued| queued.message.key == *key) || self.on_wire.values().any(|sent| sent.key == *key)
    }

    /// Puts to the wire, in the order in which they were written, what may go. `known` is there while the link is up.
    pub(super) fn flush(&mut self, known: Option<&mut Known>, now: Moment, out: &mut Outgoing) {
        let Some(known) = known else { return };
        for queued in self.queue.iter_mut().filter(|queued| queued.step == Step::Unsent) {
            queued.step = Step::Marking;
            let (message, delivery) = (queued.message.key.clone(), Delivery::Unknown);
            let ask = out.store(StoreQuestion::Deliver { account: out.account(), message: message.clone(), delivery });
            self.wrote.insert(ask, Wrote::Marked(message));
        }
        while self.queue.front().is_some_and(|queued| queued.step == Step::Ready) {
            let Some(queued) = self.queue.pop_front() else { return };
            self.put(queued.message, known, now, out);
        }
    }

    fn put(&mut self, message: Message, known: &mut Known, now: Moment, out: &mut Outgoing) {
        let Ok(to) = Jid::new(message.to.raw()) else {
            let why = RemoteText::from("it is addressed to nobody");
            return self.deliver(message.key, Delivery::Failed(why), out);
        };
        known.sent.remember(message.key.0.clone(), to.to_bare(), message.key.0.clone());
        let with_state = known.chat_states.may_be_tried_with(&to.to_bare());
        let stanza = message::chat(to, &message.key.0, message.body.raw(), with_state);
        let id = out.send_numbered(stanza);
        self.on_wire.insert(id, message);
        if self.ack == AckPing::Idle {
            self.ack = AckPing::Due(now + ACK_PATIENCE);
        }
    }

    /// Whether the answer was to a question of ours.
    pub(super) fn answered(
        &mut self,
        id: AskId,
        answer: &Answer,
        known: Option<&mut Known>,
        now: Moment,
        out: &mut Outgoing,
    ) -> bool {
        let Some(wrote) = self.wrote.remove(&id) else { return false };
        let trouble = match answer {
            Answer::Store(Err(why)) => Some(why.clone()),
            _ => None,
        };
        match wrote {
            Wrote::Kept(key) => self.kept(&key, trouble, known.is_some(), out),
            Wrote::Marked(key) => self.marked(&key, trouble, known.is_some(), out),
            Wrote::Delivered(message, delivery) => {
                if let Some(why) = trouble {
                    let what = format!("What became of a message could not be written to disk: {why}.");
                    out.notice(NoticeLevel::Error, ProblemKind::Local, what, "");
                }
                out.tell(Event::Delivery { account: out.account(), message, delivery });
            }
        }
        self.flush(known, now, out);
        true
    }

    /// A message is on disk, or cannot be: then it is not sent.
    fn kept(&mut self, key: &MessageKey, trouble: Option<String>, online: bool, out: &mut Outgoing) {
        let Some(at) = self.queue.iter().position(|queued| queued.message.key == *key) else { return };
        if let Some(why) = trouble {
            let Some(mut queued) = self.queue.remove(at) else { return };
            queued.message.delivery = Delivery::Failed(format!("it could not be kept on disk: {why}").into());
            let account = out.account();
            return out.tell(Event::Message { account, message: queued.message, ticket: queued.ticket });
        }
        let Some(queued) = self.queue.get_mut(at) else { return };
        let unknown = queued.message.delivery == Delivery::Unknown;
        queued.step = if unknown { Step::Ready } else { Step::Unsent };
        let (account, ticket) = (out.account(), queued.ticket.take());
        let mut message = queued.message.clone();
        if unknown && online {
            message.delivery = Delivery::OnWire;
        }
        out.tell(Event::Message { account, message, ticket });
        if unknown && !online {
            self.take_back(out);
        }
    }

    fn marked(&mut self, key: &MessageKey, trouble: Option<String>, online: bool, out: &mut Outgoing) {
        let Some(queued) = self.queue.iter_mut().find(|queued| queued.message.key == *key) else { return };
        if let Some(why) = trouble {
            queued.step = Step::Unsent;
            let (key, text) = (key.clone(), RemoteText::new(format!("it could not be marked on disk: {why}")));
            return self.fail(&key, text, out);
        }
        queued.step = Step::Ready;
        queued.message.delivery = Delivery::Unknown;
        let delivery = if online { Delivery::OnWire } else { Delivery::Unknown };
        out.tell(Event::Delivery { account: out.account(), message: key.clone(), delivery });
        if !online {
            self.take_back(out);
        }
    }

    /// The link is down: what did not reach it is again what it was before, and of what was on the wire only the server
    /// knows, until the stream is taken up again.
    pub(super) fn cut_off(&mut self, out: &mut Outgoing) {
        self.take_back(out);
        let open = |message: &&Message| !matches!(message.delivery, Delivery::Delivered | Delivery::Failed(_));
        for message in self.on_wire.values().filter(open) {
            let (account, message) = (out.account(), message.key.clone());
            out.tell(Event::Delivery { account, message, delivery: Delivery::Unknown });
        }
    }

    /// The link went down before these reached it: they are again what they were before.
    pub(super) fn take_back(&mut self, out: &mut Outgoing) {
        let mut back = Vec::new();
        for queued in self.queue.iter_mut().filter(|queued| queued.step == Step::Ready) {
            queued.step = Step::Unsent;
            queued.message.delivery = queued.before.clone();
            back.push((queued.message.key.clone(), queued.before.clone()));
        }
        for (key, before) in back {
            self.deliver(key, before, out);
        }
    }

    /// Writes how far a message has come, and tells it when that is on disk.
    pub(super) fn deliver(&mut self, message: MessageKey, delivery: Delivery, out: &mut Outgoing) {
        let (key, far) = (message.clone(), delivery.clone());
        let ask = out.store(StoreQuestion::Deliver { account: out.account(), message, delivery });
        self.wrote.insert(ask, Wrote::Delivered(key, far));
    }

    /// The server has it.
    pub(super) fn acknowledged(&mut self, id: StanzaId, now: Moment, out: &mut Outgoing) {
        if let Some(message) = self.on_wire.remove(&id) {
            self.sent(message, out);
        }
        self.rearm(now);
    }

    fn sent(&mut self, message: Message, out: &mut Outgoing) {
        // Who has it may say so before the server does.
        if message.delivery != Delivery::Delivered {
            self.deliver(message.key.clone(), Delivery::Sent, out);
        }
        self.remember(message);
    }

    /// The other side has it, whatever we thought of it.
    pub(super) fn arrived(&mut self, key: MessageKey, out: &mut Outgoing) {
        self.queue.retain(|queued| queued.message.key != key);
        for message in self.on_wire.values_mut().chain(&mut self.done).filter(|message| message.key == key) {
            message.delivery = Delivery::Delivered;
        }
        self.deliver(key, Delivery::Delivered, out);
    }

    /// The user gives up one that waits, or is under way; whether it is in our hands.
    pub(super) fn give_up(&mut self, key: &MessageKey, out: &mut Outgoing) -> bool {
        let waits = |queued: &Queued| queued.message.key == *key && queued.step != Step::Keeping;
        let queued = self.queue.iter().position(waits).and_then(|at| self.queue.remove(at));
        let why = match queued {
            Some(Queued { before: Delivery::Unknown, .. }) => MAYBE_SENT,
            Some(_) => NOT_SENT,
            None => match self.on_wire.values_mut().find(|message| message.key == *key) {
                // The stream has it, and may yet say what became of it.
                Some(message) if message.delivery != Delivery::Delivered => {
                    message.delivery = Delivery::Failed(MAYBE_SENT.into());
                    MAYBE_SENT
                }
                Some(_) => return true,
                None => return false,
            },
        };
        self.deliver(key.clone(), Delivery::Failed(why.into()), out);
        true
    }

    /// The user gives up one that an earlier run has left.
    pub(super) fn give_up_old(&mut self, message: Message, out: &mut Outgoing) {
        let why = if message.delivery == Delivery::Unsent { NOT_SENT } else { MAYBE_SENT };
        self.deliver(message.key, Delivery::Failed(why.into()), out);
    }

    fn remember(&mut self, message: Message) {
        self.done.push_back(message);
        if self.done.len() > DONE {
            self.done.pop_front();
        }
    }

    /// The stream that had it is gone: only the server knows. The archive will be asked about it.
    pub(super) fn lost(&mut self, id: StanzaId, now: Moment, out: &mut Outgoing) -> Option<Message> {
        let message = self.on_wire.remove(&id)?;
        self.rearm(now);
        if matches!(message.delivery, Delivery::Delivered | Delivery::Failed(_)) {
            self.remember(message);
            return None;
        }
        let (account, key) = (out.account(), message.key.clone());
        out.tell(Event::Delivery { account, message: key, delivery: Delivery::Unknown });
        Some(message)
    }

    /// It came back, perhaps after the server had acknowledged it.
    pub(super) fn bounced(&mut self, id: &str, why: String, out: &mut Outgoing) {
        let key = MessageKey(id.to_owned());
        self.fail(&key, why.into(), out);
    }

    fn fail(&mut self, key: &MessageKey, why: RemoteText, out: &mut Outgoing) {
        let queued = self.queue.iter().position(|queued| queued.message.key == *key);
        let message = queued.and_then(|at| self.queue.remove(at)).map(|queued| queued.message).or_else(|| {
            let id = self.on_wire.iter().find(|(_, sent)| sent.key == *key).map(|(id, _)| *id)?;
            self.on_wire.remove(&id)
        });
        let done = |done: &mut VecDeque<Message>| {
            let at = done.iter().position(|done| done.key == *key)?;
            done.remove(at)
        };
        if let Some(mut message) = message.or_else(|| done(&mut self.done)) {
            message.delivery = Delivery::Failed(why.clone());
            self.remember(message);
        }
        self.deliver(key.clone(), Delivery::Failed(why), out);
    }

    /// Whether a ping is due behind what waits for its acknowledgement; if so, it counts as sent.
    pub(super) fn ping_due(&mut self, now: Moment) -> bool {
        let AckPing::Due(at) = self.ack else { return false };
        let Some((last, _)) = self.on_wire.last_key_value().filter(|_| at <= now) else { return false };
        self.ack = AckPing::Behind(*last);
        true
    }

    /// The ping was answered: the server has all that went before it.
    pub(super) fn ponged(&mut self, now: Moment, out: &mut Outgoing) {
        if let AckPing::Behind(last) = self.ack {
            let later = self.on_wire.split_off(&StanzaId(last.0 + 1));
            for (_, message) in std::mem::replace(&mut self.on_wire, later) {
                self.sent(message, out);
            }
        }
        self.ack = AckPing::Idle;
        self.rearm(now);
    }

    /// The ping was not answered in time, or its stream is gone.
    pub(super) fn unponged(&mut self, now: Moment) {
        self.ack = AckPing::Idle;
        self.rearm(now);
    }

    fn rearm(&mut self, now: Moment) {
        self.ack = match self.ack {
            AckPing::Idle if !self.on_wire.is_empty() => AckPing::Due(now + ACK_PATIENCE),
            AckPing::Due(_) if self.on_wire.is_empty() => AckPing::Idle,
            same => same,
        };
    }

    /// When a ping is due; only while the link is up.
    pub(super) fn wake(&self) -> Option<Wake> {
        match self.ack {
            AckPing::Due(at) => Some(Wake { at, why: "a ping behind what nobody acknowledged" }),
            AckPing::Idle | AckPing::Behind(_) => None,
        }
    }
}
