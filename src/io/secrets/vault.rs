//! What a place is that keeps passwords, and under which names: one entry an account and service, so that what one
//! server refuses takes nothing from another.
//!
//! Earlier offhooks kept one entry an account. It is divided among the services when it is met: no copy is believed before
//! it was read back, and the old entry goes last.

use crate::engine::event::{AccountName, Service};
use crate::machine::Secret;

/// All services that a password may be for.
const ALL: [Service; 4] = [Service::SignIn, Service::Chat, Service::Phone, Service::Voicemail];

/// A place that keeps passwords by name. All of it blocks.
pub trait Vault {
    /// What is kept under `name`.
    ///
    /// # Errors
    /// It is there and does not tell: a sentence.
    fn read(&self, name: &str) -> Result<Option<Secret>, String>;

    /// Keeps it under `name`, in place of what was there.
    ///
    /// # Errors
    /// It refuses: a sentence.
    fn write(&self, name: &str, password: &Secret) -> Result<(), String>;

    /// Forgets what is kept under `name`; says whether there was something.
    ///
    /// # Errors
    /// It refuses: a sentence.
    fn delete(&self, name: &str) -> Result<bool, String>;

    /// All names under which something is kept.
    ///
    /// # Errors
    /// It does not tell: a sentence.
    fn names(&self) -> Result<Vec<String>, String>;
}

/// Whose password is meant, and for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Whose.
    pub account: AccountName,
    /// For which service.
    pub service: Service,
    /// The services that an account's single password was for.
    pub shared_by: Vec<Service>,
}

impl Entry {
    /// Under which it is kept.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.account, self.service)
    }

    /// The same account's entry for another service.
    #[must_use]
    pub fn of(&self, service: Service) -> Entry {
        Entry { service, ..self.clone() }
    }

    fn services(&self) -> impl Iterator<Item = Service> + '_ {
        ALL.into_iter().filter(|service| *service == self.service || self.shared_by.contains(service))
    }
}

/// An account's name has no “/” in it, so that no two entries have one name.
fn name(account: &AccountName, service: Service) -> String {
    format!("{account}/{}", service_name(service))
}

const fn service_name(service: Service) -> &'static str {
    match service {
        Service::SignIn => "cisco",
        Service::Chat => "chat",
        Service::Phone => "phone",
        Service::Voicemail => "voicemail",
    }
}

/// Every name that something of this account may be kept under; the one of earlier offhooks is the last.
#[must_use]
pub fn names(account: &AccountName) -> Vec<String> {
    ALL.iter().map(|service| name(account, *service)).chain([account.0.clone()]).collect()
}

/// The password of an entry.
///
/// # Errors
/// The vault does not tell.
pub fn look_up(vault: &dyn Vault, entry: &Entry) -> Result<Option<Secret>, String> {
    if let Some(password) = vault.read(&entry.name())? {
        return Ok(Some(password));
    }
    let shared = vault.read(&entry.account.0)?;
    if let Some(shared) = &shared
        && let Err(why) = divide(vault, entry, shared)
    {
        // It is where it was, and good for this time all the same.
        tracing::warn!(account = %entry.account, "{why}");
    }
    Ok(shared)
}

/// Forgets the password of an entry if it still is `refused`: another process may have kept the right one meanwhile. What
/// the account keeps for other services stays.
///
/// # Errors
/// The vault refuses.
pub fn forget_refused(vault: &dyn Vault, entry: &Entry, refused: &Secret) -> Result<(), String> {
    if let Some(shared) = vault.read(&entry.account.0)? {
        divide(vault, entry, &shared)?;
    }
    if vault.read(&entry.name())?.as_ref() == Some(refused) {
        vault.delete(&entry.name())?;
    }
    Ok(())
}

/// Forgets all that is kept of an account; says how much there was.
///
/// # Errors
/// The first refusal, after all was tried.
pub fn forget_account(vault: &dyn Vault, account: &AccountName) -> Result<usize, String> {
    let (mut there, mut refusal) = (0, Ok(()));
    for name in names(account) {
        match vault.delete(&name) {
            Ok(was) => there += usize::from(was),
            Err(why) => refusal = refusal.and(Err(why)),
        }
    }
    refusal.map(|()| there)
}

/// Gives each service a copy of its own, unless it has a password already, and lets go of the shared one.
fn divide(vault: &dyn Vault, entry: &Entry, shared: &Secret) -> Result<(), String> {
    for service in entry.services() {
        let name = name(&entry.account, service);
        if vault.read(&name)?.is_none() {
            vault.write(&name, shared)?;
            if vault.read(&name)?.as_ref() != Some(shared) {
                return Err(format!("The password of {} was not kept as it was given.", entry.account));
            }
        }
    }
    vault.delete(&entry.account.0).map(drop)
}

#[cfg(test)]
pub(in crate::io) mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    /// A vault that can be told to refuse.
    #[derive(Default)]
    pub(in crate::io) struct Memory {
        pub kept: RefCell<BTreeMap<String, String>>,
        /// So many writes and deletions are done before the rest is refused.
        pub willing: RefCell<Option<usize>>,
        /// What is written is lost.
        pub forgetful: bool,
    }

    impl Memory {
        pub fn with(kept: &[(&str, &str)]) -> Memory {
            let kept = kept.iter().map(|(name, password)| ((*name).to_owned(), (*password).to_owned())).collect();
            Memory { kept: RefCell::new(kept), ..Memory::default() }
        }

        fn willing(&self) -> Result<(), String> {
            match &mut *self.willing.borrow_mut() {
                Some(0) => Err("refused".into()),
                Some(left) => {
                    *left -= 1;
                    Ok(())
                }
                None => Ok(()),
            }
        }

        pub fn all(&self) -> Vec<String> {
            self.kept.borrow().iter().map(|(name, password)| format!("{name}={password}")).collect()
        }
    }

    impl Vault for Memory {
        fn read(&self, name: &str) -> Result<Option<Secret>, String> {
            Ok(self.kept.borrow().get(name).cloned().map(Secret::new))
        }

        fn write(&self, name: &str, password: &Secret) -> Result<(), String> {
            self.willing()?;
            if !self.forgetful {
                self.kept.borrow_mut().insert(name.into(), password.expose().into());
            }
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<bool, String> {
            self.willing()?;
            Ok(self.kept.borrow_mut().remove(name).is_some())
        }

        fn names(&self) -> Result<Vec<String>, String> {
            Ok(self.kept.borrow().keys().cloned().collect())
        }
    }

    pub(in crate::io) fn entry(service: Service) -> Entry {
        Entry { account: AccountName("work".into()), service, shared_by: vec![Service::Chat, Service::Phone] }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn what_one_server_refuses_takes_nothing_from_another() {
        let vault = Memory::with(&[("work/chat", "x"), ("work/phone", "x"), ("home/chat", "x")]);
        forget_refused(&vault, &entry(Service::Phone), &secret("x")).unwrap();
        assert_eq!(vault.all(), ["home/chat=x", "work/chat=x"]);
        forget_refused(&vault, &entry(Service::Chat), &secret("an older one")).unwrap();
        assert_eq!(vault.all(), ["home/chat=x", "work/chat=x"], "what is kept now was never refused");
        assert_eq!(forget_account(&vault, &AccountName("work".into())), Ok(1));
        assert_eq!(vault.all(), ["home/chat=x"]);
    }

    #[test]
    fn the_entry_of_earlier_offhooks_is_divided_among_the_services() {
        let vault = Memory::with(&[("work", "x"), ("work/phone", "own")]);
        assert_eq!(look_up(&vault, &entry(Service::Chat)), Ok(Some(secret("x"))));
        assert_eq!(vault.all(), ["work/chat=x", "work/phone=own"]);

        // Refused before it was ever divided: the other service keeps it, and it does not come back.
        let vault = Memory::with(&[("work", "x")]);
        forget_refused(&vault, &entry(Service::Chat), &secret("x")).unwrap();
        assert_eq!(vault.all(), ["work/phone=x"]);
        assert_eq!(look_up(&vault, &entry(Service::Chat)), Ok(None));
    }

    #[test]
    fn whatever_fails_on_the_way_the_password_is_still_there() {
        for willing in 0..4 {
            let vault = Memory::with(&[("work", "x")]);
            *vault.willing.borrow_mut() = Some(willing);
            assert_eq!(look_up(&vault, &entry(Service::Chat)), Ok(Some(secret("x"))), "{willing}");
            // The next run, on a good day.
            *vault.willing.borrow_mut() = None;
            for service in [Service::Phone, Service::Chat] {
                assert_eq!(look_up(&vault, &entry(service)), Ok(Some(secret("x"))), "{willing}");
            }
            look_up(&vault, &entry(Service::SignIn)).unwrap();
            assert!(!vault.kept.borrow().contains_key("work"), "{willing}: {:?}", vault.all());
        }
        let vault = Memory { forgetful: true, ..Memory::with(&[("work", "x")]) };
        assert_eq!(look_up(&vault, &entry(Service::Chat)), Ok(Some(secret("x"))));
        assert_eq!(vault.all(), ["work=x"], "what was not read back replaces nothing");
    }
}
