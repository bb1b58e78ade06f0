//! What earlier runs have left on disk unsent or unknown: asked once, and again for a message that the user names.

use super::outgoing::Outgoing;
use crate::engine::ask::{Answer, AskId, StoreAnswer, StoreQuestion};
use crate::engine::event::{Delivery, Message, MessageKey};
use crate::protocol::xmpp::known::SENT;

/// What was asked.
#[derive(Debug)]
enum Step {
    NeverAsked,
    Asked(AskId),
    Known,
}

/// The questions.
#[derive(Debug)]
pub(super) struct Outstanding {
    step: Step,
    wanted: Vec<(AskId, MessageKey, Wish)>,
    undelivered: Option<AskId>,
}

/// What the user wants of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// That it is sent once more.
    SendAgain,
    /// That it is given up.
    GiveUp,
}

/// What the disk holds.
#[derive(Debug)]
pub(super) enum Found {
    /// All of it, in answer to the first question.
    All(Vec<Message>),
    /// Those that went out and of which nobody has said that they arrived.
    Undelivered(Vec<Message>),
    /// The one that the user named, and why.
    One(Box<Message>, Wish),
    /// There is no such message.
    Nothing(MessageKey),
    /// The disk did not say.
    Trouble(String),
}

impl Outstanding {
    pub(super) fn new() -> Outstanding {
        Outstanding { step: Step::NeverAsked, wanted: Vec::new(), undelivered: None }
    }

    pub(super) fn ask_once(&mut self, out: &mut Outgoing) {
        if matches!(self.step, Step::NeverAsked) {
            self.step = Step::Asked(out.store(StoreQuestion::Outstanding { account: out.account() }));
            self.undelivered = Some(out.store(StoreQuestion::Undelivered { account: out.account(), count: SENT }));
        }
    }

    pub(super) fn ask_for(&mut self, key: MessageKey, wish: Wish, out: &mut Outgoing) {
        let ask = out.store(StoreQuestion::Ours { account: out.account(), message: key.clone() });
        self.wanted.push((ask, key, wish));
    }

    /// What was found, if the answer was to a question of ours.
    pub(super) fn answered(&mut self, id: AskId, answer: &Answer) -> Option<Found> {
        if self.undelivered == Some(id) {
            self.undelivered = None;
            let Answer::Store(Ok(StoreAnswer::Outstanding(messages))) = answer else { return Some(Found::Undelivered(vec![])) };
            return Some(Found::Undelivered(messages.clone()));
        }
        let wanted = self.wanted.iter().position(|(ask, ..)| *ask == id).map(|at| self.wanted.remove(at));
        if wanted.is_none() && !matches!(self.step, Step::Asked(ask) if ask == id) {
            return None;
        }
        let messages = match answer {
            Answer::Store(Ok(StoreAnswer::Outstanding(messages))) => messages,
            Answer::Store(Err(why)) => return Some(Found::Trouble(why.clone())),
            _ => return Some(Found::Trouble("the answer is to another question".into())),
        };
        match wanted {
            None => {
                self.step = Step::Known;
                Some(Found::All(messages.clone()))
            }
            Some((_, key, wish)) => match messages.iter().find(|message| message.key == key && may_go_again(message)) {
                Some(message) => Some(Found::One(Box::new(message.clone()), wish)),
                None => Some(Found::Nothing(key)),
            },
        }
    }
}

/// It did not go out, or nobody knows whether it did.
fn may_go_again(message: &Message) -> bool {
    matches!(message.delivery, Delivery::Unsent | Delivery::Unknown | Delivery::Failed(_))
}
