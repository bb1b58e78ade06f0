//! What chat and phone on open standards ask of the DNS to find their servers: what is remembered of it answers them once,
//! and what they have found by asking is told, to be remembered.

use crate::engine::ask::AskId;
use crate::engine::signin::Names;
use crate::protocol::dns::{Answer, Question};
use std::collections::BTreeMap;

/// Names beyond these are not remembered.
const MOST: usize = 16;

/// The names of one account's servers.
#[derive(Debug, Default)]
pub struct NameBook {
    /// It answers once; what leads nowhere is asked for.
    remembered: BTreeMap<Question, Answer>,
    asked: BTreeMap<AskId, Question>,
    used: BTreeMap<Question, Answer>,
    is_news: bool,
}

impl NameBook {
    /// One in which these are remembered.
    #[must_use]
    pub fn new(names: &Names) -> NameBook {
        NameBook { remembered: names.iter().take(MOST).cloned().collect(), ..NameBook::default() }
    }

    /// A service asks this: the answer that is remembered.
    pub fn ask(&mut self, id: AskId, question: &Question) -> Option<Answer> {
        if matches!(question, Question::Addresses(_)) {
            return None;
        }
        if let Some(answer) = self.remembered.remove(question) {
            self.used.insert(question.clone(), answer.clone());
            return Some(answer);
        }
        self.asked.insert(id, question.clone());
        None
    }

    /// The DNS has answered.
    pub fn answered(&mut self, id: AskId, answer: &Answer) {
        let Some(question) = self.asked.remove(&id) else { return };
        if answer.trouble().is_none() && (self.used.len() < MOST || self.used.contains_key(&question)) {
            self.is_news |= self.used.insert(question, answer.clone()).as_ref() != Some(answer);
        }
    }

    /// A service stands by them: they are told where they are others than before.
    pub fn take_news(&mut self) -> Option<Names> {
        std::mem::take(&mut self.is_news).then(|| self.used.clone().into_iter().collect())
    }
}
