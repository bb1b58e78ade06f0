//! What this process remembers of passwords: what was typed, so that chat and phone, or a lost link, do not ask twice; what
//! was handed out, so that what is refused is known; and what was refused, so that it is not handed to the same service again.

use super::vault::Entry;
use crate::engine::event::{AccountName, Service};
use crate::machine::Secret;
use std::collections::BTreeMap;

type Of = (AccountName, Service);

/// It.
#[derive(Debug, Default)]
pub struct Memory {
    typed: BTreeMap<Of, Secret>,
    handed: BTreeMap<Of, Secret>,
    refused: BTreeMap<Of, Secret>,
}

impl Memory {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Memory {
        Memory { typed: BTreeMap::new(), handed: BTreeMap::new(), refused: BTreeMap::new() }
    }

    /// What was typed for an entry, else for another service of its account, unless it was refused here.
    #[must_use]
    pub fn typed(&self, entry: &Entry) -> Option<Secret> {
        let own = self.typed.get(&of(entry));
        let siblings = self.typed.iter().filter(|((account, _), _)| *account == entry.account).map(|(_, typed)| typed);
        own.into_iter().chain(siblings).find(|typed| !self.was_refused(entry, typed)).cloned()
    }

    /// The user has typed it.
    pub fn type_in(&mut self, entry: &Entry, password: &Secret) {
        self.refused.remove(&of(entry));
        self.typed.insert(of(entry), password.clone());
        self.hand(entry, password);
    }

    /// It goes to the service now.
    pub fn hand(&mut self, entry: &Entry, password: &Secret) {
        self.handed.insert(of(entry), password.clone());
    }

    /// The server has refused what the service was handed: that, where it was handed anything.
    pub fn refuse(&mut self, entry: &Entry) -> Option<Secret> {
        let refused = self.handed.remove(&of(entry))?;
        self.typed.remove_entry(&of(entry));
        self.refused.insert(of(entry), refused.clone());
        Some(refused)
    }

    /// Whether the server has refused it to this service last.
    #[must_use]
    pub fn was_refused(&self, entry: &Entry, password: &Secret) -> bool {
        self.refused.get(&of(entry)) == Some(password)
    }

    /// Nothing of this account any more.
    pub fn forget(&mut self, account: &AccountName) {
        for all in [&mut self.typed, &mut self.handed, &mut self.refused] {
            all.retain(|(of, _), _| of != account);
        }
    }
}

fn of(entry: &Entry) -> Of {
    (entry.account.clone(), entry.service)
}

#[cfg(test)]
mod tests {
    use super::super::vault::tests::entry;
    use super::*;

    #[test]
    fn one_answer_serves_all_until_one_of_them_refuses_it() {
        let secret = |text: &str| Secret::new(text.into());
        let (chat, phone) = (entry(Service::Chat), entry(Service::Phone));
        let mut memory = Memory::new();
        memory.type_in(&chat, &secret("x"));
        assert_eq!(memory.typed(&phone), Some(secret("x")));
        memory.hand(&phone, &secret("x"));
        assert_eq!(memory.refuse(&phone), Some(secret("x")));
        assert_eq!(memory.refuse(&phone), None, "it was handed once");
        assert_eq!((memory.typed(&phone), memory.typed(&chat)), (None, Some(secret("x"))));
        memory.type_in(&phone, &secret("y"));
        assert_eq!((memory.typed(&phone), memory.typed(&chat)), (Some(secret("y")), Some(secret("x"))));
        // Typed again by hand, it is tried again.
        memory.refuse(&phone);
        memory.type_in(&phone, &secret("y"));
        assert_eq!(memory.typed(&phone), Some(secret("y")));
        memory.forget(&AccountName("home".into()));
        assert!(memory.typed(&chat).is_some());
        memory.forget(&AccountName("work".into()));
        assert_eq!((memory.typed(&chat), memory.refuse(&phone)), (None, None));
    }
}
