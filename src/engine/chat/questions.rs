//! What others ask us, answered a few at a time.
//!
//! Who has five hundred contacts is asked five hundred times at once what they are (XEP-0115): the server of each contact
//! asks, and answers are kept until the server has acknowledged them. So the first are answered at once, and the rest wait
//! as questions, which are small.

use super::outgoing::Outgoing;
use crate::machine::{Moment, Wake};
use crate::protocol::xmpp::answer::Question;
use std::collections::VecDeque;
use std::time::Duration;

/// Answered at once, and then after each pause.
const AT_ONCE: usize = 4;

/// Between some answers and the next.
const PAUSE: Duration = Duration::from_millis(10);

/// Questions that may wait; those beyond are answered at once.
const WAITING: usize = 4096;

/// Questions that are not answered yet.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: VecDeque<Question>,
    /// Since the last pause.
    answered: usize,
    /// The end of the pause.
    until: Option<Moment>,
}

impl Questions {
    /// Somebody asks.
    pub(super) fn hear(&mut self, question: Question, now: Moment, out: &mut Outgoing) {
        self.expire(now, out);
        if self.answered >= AT_ONCE && self.waiting.len() < WAITING {
            return self.waiting.push_back(question);
        }
        self.until.get_or_insert(now + PAUSE);
        self.answered += 1;
        out.send(question.answer());
    }

    /// Answers the next ones where it is time.
    pub(super) fn expire(&mut self, now: Moment, out: &mut Outgoing) {
        if self.until.is_none_or(|until| until > now) {
            return;
        }
        let next = self.waiting.drain(..self.waiting.len().min(AT_ONCE));
        self.answered = next.len();
        next.for_each(|question| out.send(question.answer()));
        self.until = (self.answered > 0).then(|| now + PAUSE);
    }

    /// The session is over, and nobody waits for an answer.
    pub(super) fn forget(&mut self) {
        *self = Questions::default();
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        let at = self.until.filter(|_| !self.waiting.is_empty())?;
        Some(Wake { at, why: "questions wait for an answer" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;

    #[test]
    fn many_questions_are_answered_a_few_at_a_time_and_none_is_forgotten() {
        let mut out = Outgoing::new(AccountName("work".into()), 0);
        let mut questions = Questions::default();
        let answered = |out: &mut Outgoing| std::iter::from_fn(|| out.poll()).count();
        let mut now = Moment::START;
        for number in 0..14 {
            questions.hear(Question::other(number.to_string(), None), now, &mut out);
        }
        let mut counts = vec![answered(&mut out)];
        while let Some(wake) = questions.wake() {
            questions.expire(now, &mut out);
            assert_eq!(answered(&mut out), 0, "it is not time yet");
            now = wake.at;
            questions.expire(now, &mut out);
            counts.push(answered(&mut out));
        }
        assert_eq!(counts, [4, 4, 4, 2]);
        questions.hear(Question::other("later".into(), None), now + PAUSE, &mut out);
        assert_eq!((answered(&mut out), questions.wake()), (1, None), "one alone is answered at once");
    }
}
