//! One person with all that is known of them, and the ways to reach them.

use crate::engine::event::{AccountName, DirectoryPerson, Photo, Ticket, dialled};
use crate::machine::{RemoteText, visible_line};

/// Somebody who is looked at.
#[derive(Debug)]
pub struct Card {
    /// Of which account.
    pub account: AccountName,
    /// What is known of them.
    pub person: DirectoryPerson,
    /// The chosen row of [`Card::ways`].
    pub row: usize,
    /// The directory is asked for the rest.
    pub asked: Option<Ticket>,
    /// Why no more is known.
    pub trouble: Option<String>,
    /// Their photo; none where it is not there, or not yet.
    pub photo: Option<Photo>,
    /// Why there is no photo, where one was wanted.
    pub no_photo: Option<String>,
}

/// A way to reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is, in a word.
    pub label: &'static str,
    /// What is written there. Fit for a terminal.
    pub shown: String,
    /// What opening it does.
    pub opens: Opens,
}

/// What opening a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// It calls this.
    Call(String),
    /// It chats with this address.
    Chat(String),
    /// Nothing: why.
    Nothing(&'static str),
}

impl Card {
    pub(super) fn new(account: AccountName, person: DirectoryPerson) -> Card {
        Card { account, person, row: 0, asked: None, trouble: None, photo: None, no_photo: None }
    }

    /// The ways to reach them.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        let person = &self.person;
        let number = |text: &RemoteText| {
            dialled(text.raw()).map_or(Opens::Nothing("That is no number that could be called."), Opens::Call)
        };
        let mut ways: Vec<Way> = person
            .numbers
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(line, text)| Way { label: line.name(), shown: text.to_string(), opens: number(text) })
            .collect();
        if !person.uri.is_empty() {
            let alone = DirectoryPerson { numbers: Vec::new(), ..person.clone() };
            let opens = alone.dials().map_or(Opens::Nothing("That is no address that could be called."), Opens::Call);
            ways.push(Way { label: "call", shown: person.uri.to_string(), opens });
        }
        if let Some(jid) = &person.jid {
            ways.push(Way { label: "chat", shown: visible_line(jid), opens: Opens::Chat(jid.clone()) });
        }
        if !person.email.is_empty() {
            let opens = Opens::Nothing("Mail is for another program.");
            ways.push(Way { label: "mail", shown: person.email.to_string(), opens });
        }
        ways
    }
}
