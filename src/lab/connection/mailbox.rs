//! Mailboxes: what was left for whom, in which folder it is, and whether it was heard.

use crate::lab::sip::b2bua::Deposited;
use crate::machine::{Chance, Stamp};
use std::collections::{BTreeMap, BTreeSet};

/// Messages of one mailbox: the oldest go first.
const MOST: usize = 64;

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// It has come.
    Inbox,
    /// It was deleted, and can be put back.
    Deleted,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Without the index before it.
    pub id: String,
    /// Where it is.
    pub folder: Folder,
    /// What it says it is about.
    pub subject: String,
    /// It was heard.
    pub read: bool,
    /// It is urgent.
    pub urgent: bool,
    /// Its sound is not for everybody.
    pub secure: bool,
    /// The number of who left it.
    pub caller: String,
    /// Their name.
    pub name: String,
    /// When it came.
    pub arrived: Stamp,
    /// G.711 µ-law, 8,000 octets a second.
    pub sound: Vec<u8>,
}

/// One mailbox.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    pub(super) messages: Vec<Kept>,
    /// Rises with every change of its folders.
    pub(super) usn: u64,
}

/// All mailboxes, by number.
#[derive(Debug)]
pub struct Mailboxes {
    all: BTreeMap<String, Mailbox>,
    /// Of which it is to be told anew what waits.
    changed: BTreeSet<String>,
    chance: Chance,
}

impl Mailboxes {
    /// Without messages.
    #[must_use]
    pub fn new(chance: Chance) -> Mailboxes {
        Mailboxes { all: BTreeMap::new(), changed: BTreeSet::new(), chance }
    }

    /// A message has been left, at this time. Answers its id.
    pub fn deposit(&mut self, at: Stamp, message: Deposited) -> String {
        let raw = self.chance.hex(16);
        let part = |from: usize, to: usize| raw.get(from..to).unwrap_or_default();
        let id = format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32));
        let Deposited { mailbox, caller, name, sound } = message;
        let (folder, subject) = (Folder::Inbox, format!("Message from {name} ({caller})"));
        let (read, urgent, secure) = (false, false, false);
        let kept = Kept { id: id.clone(), folder, subject, read, urgent, secure, caller, name, arrived: at, sound };
        let own = self.all.entry(mailbox.clone()).or_default();
        if own.messages.len() >= MOST {
            own.messages.remove(0);
        }
        own.messages.push(kept);
        own.usn += 1;
        self.changed.insert(mailbox);
        id
    }

    /// A message, to look at.
    #[must_use]
    pub fn message(&self, number: &str, id: &str) -> Option<&Kept> {
        self.all.get(number)?.messages.iter().find(|message| message.id == id)
    }

    /// Changes a message, if it is there.
    pub fn change(&mut self, number: &str, id: &str, change: impl FnOnce(&mut Kept)) -> bool {
        let Some(own) = self.all.get_mut(number) else { return false };
        let Some(message) = own.messages.iter_mut().find(|message| message.id == id) else { return false };
        change(message);
        own.usn += 1;
        self.changed.insert(number.to_owned());
        true
    }

    /// Removes those of a folder for good: this one, or all.
    pub(super) fn purge(&mut self, number: &str, is: impl Fn(&Kept) -> bool) {
        if let Some(own) = self.all.get_mut(number) {
            own.messages.retain(|message| !is(message));
            own.usn += 1;
            self.changed.insert(number.to_owned());
        }
    }

    pub(super) fn of(&self, number: &str) -> (&[Kept], u64) {
        self.all.get(number).map_or((&[], 0), |own| (own.messages.as_slice(), own.usn))
    }

    /// How many messages wait for a number: new ones, and old ones.
    #[must_use]
    pub fn waiting(&self, number: &str) -> (usize, usize) {
        let inbox = self.of(number).0.iter().filter(|message| message.folder == Folder::Inbox);
        let (old, new): (Vec<&Kept>, Vec<&Kept>) = inbox.partition(|message| message.read);
        (new.len(), old.len())
    }

    /// A number for which it is to be told anew what waits.
    pub fn next_change(&mut self) -> Option<String> {
        self.changed.pop_first()
    }
}
