//! A question with a few answers, each with a letter.

use super::whom::Whom;
use crate::engine::event::{AccountName, CallId, Certificate, SignInReply, VoicemailId};

/// What an answer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    Leave,
    /// Accept the certificate, for ever or for this login.
    Trust {
        /// For which account.
        account: AccountName,
        /// The certificate.
        certificate: Box<Certificate>,
        /// Until the user logs out of this machine only.
        session: bool,
    },
    /// Take somebody out of the roster.
    RemovePerson(Whom),
    /// Remove an account.
    RemoveAccount(AccountName),
    /// Let somebody see us.
    Allow(Whom),
    /// Do not.
    Refuse(Whom),
    /// Leave although a call goes on.
    Quit,
    /// Sign out although a call goes on.
    SignOut(AccountName),
    /// Sign out and in again.
    SignInAgain(AccountName),
    /// Answer what sign-in by address asks.
    SignIn(AccountName, SignInReply),
    /// Delete a message for good.
    DeleteVoicemail(AccountName, VoicemailId),
    /// Answer a call that will have no sound.
    AnswerSilently(CallId),
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub title: String,
    /// The facts to decide on: label, and what it is; a label may be empty.
    pub facts: Vec<(String, String)>,
    /// Letter, words, and what comes of it; the last one is what Esc means.
    pub answers: Vec<(char, &'static str, Answer)>,
    /// The chosen answer. It begins at the one that does the least.
    pub chosen: usize,
}

impl Question {
    /// A question whose harmless last answer is chosen.
    #[must_use]
    pub fn new(title: impl Into<String>, facts: Vec<(String, String)>, answers: Vec<(char, &'static str, Answer)>) -> Question {
        let chosen = answers.len().saturating_sub(1);
        Question { title: title.into(), facts, answers, chosen }
    }

    /// With the answer of that letter chosen.
    #[must_use]
    pub fn choosing(mut self, letter: char) -> Question {
        self.chosen = self.answers.iter().position(|(key, _, _)| *key == letter).unwrap_or(self.chosen);
        self
    }

    /// What the letter means.
    #[must_use]
    pub fn answer_of(&self, letter: char) -> Option<Answer> {
        self.answers.iter().find(|(key, _, _)| *key == letter).map(|(_, _, answer)| answer.clone())
    }

    /// What the chosen answer means.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answers.get(self.chosen).map_or(Answer::Leave, |(_, _, answer)| answer.clone())
    }
}
