//! What earlier runs have left on disk unsent or unknown: asked once, and again for a message that the user names.

use super::outgoing::Outgoing;
use crate::engine::ask::{Answer, AskId, StoreAnswer, StoreQuestion};
use crate::engine::event::{Message, MessageKey};

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
    wanted: Vec<(AskId, MessageKey)>,
}

/// What the disk holds.
#[derive(Debug)]
pub(super) enum Found {
    /// All of it, in answer to the first question.
    All(Vec<Message>),
    /// The one that the user named.
    One(Box<Message>),
    /// There is no such message.
    Nothing(MessageKey),
    /// The disk did not say.
    Trouble(String),
}

impl Outstanding {
    pub(super) fn new() -> Outstanding {
        Outstanding { step: Step::NeverAsked, wanted: Vec::new() }
    }

    pub(super) fn ask_once(&mut self, out: &mut Outgoing) {
        if matches!(self.step, Step::NeverAsked) {
            self.step = Step::Asked(out.store(StoreQuestion::Outstanding { account: out.account() }));
        }
    }

    pub(super) fn ask_for(&mut self, key: MessageKey, out: &mut Outgoing) {
        let ask = out.store(StoreQuestion::Outstanding { account: out.account() });
        self.wanted.push((ask, key));
    }

    /// What was found, if the answer was to a question of ours.
    pub(super) fn answered(&mut self, id: AskId, answer: &Answer) -> Option<Found> {
        let wanted = self.wanted.iter().position(|(ask, _)| *ask == id).map(|at| self.wanted.remove(at).1);
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
            Some(key) => match messages.iter().find(|message| message.key == key) {
                Some(message) => Some(Found::One(Box::new(message.clone()))),
                None => Some(Found::Nothing(key)),
            },
        }
    }
}
