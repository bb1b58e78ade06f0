//! The passwords of one account while somebody looks at a screen: who waits for one, what the user has typed, and what the
//! server has refused. What was typed serves for the whole run, so that nothing is asked twice; what was refused is never
//! tried again unless the user types it again.
//!
//! It refuses to know how a service signs in, and where passwords are stored.

use crate::engine::ask::{AskId, NoPassword};
use crate::engine::event::{LinkState, Problem, ProblemKind, Service};
use crate::engine::settings::Account;
use crate::machine::Secret;
use std::collections::BTreeMap;

/// The passwords of one account.
#[derive(Debug)]
pub struct Passwords {
    locks: BTreeMap<Service, Lock>,
}

/// What one service stands before.
#[derive(Debug)]
struct Lock {
    /// What the prompt calls it.
    address: String,
    /// What the user has typed.
    given: Option<Given>,
    /// What was handed to the service last.
    tried: Option<Secret>,
    /// What the server has refused last.
    refused: Option<Secret>,
    /// The question of the service that waits for the user.
    wait: Option<AskId>,
    /// What was told of the service last.
    shown: LinkState,
    /// What was told before the password was wanted.
    before: LinkState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    password: Secret,
    /// The user wants it kept once it is accepted.
    keep: bool,
}

/// What becomes of a service's question for the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It gets this one.
    Answer(Secret),
    /// Whatever stores passwords is asked.
    AskWorld,
}

/// What becomes of the answer of whatever stores passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It goes on to the service.
    Pass,
    /// The service gets what the user has typed instead.
    Use(Secret),
    /// The service waits for the user, and this is told of it.
    Wait(LinkState),
}

/// What becomes of something that a service tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What is told instead; nothing where the user is to see no change.
    pub state: Option<LinkState>,
    /// What the user is told besides.
    pub notice: Option<Problem>,
    /// The server has accepted it, and the user wants it kept.
    pub keep: Option<Secret>,
}

/// How a service goes on with the password that the user has typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// Its question is answered; first this is told of it.
    Answer(AskId, Option<LinkState>),
    /// It had given up, and signs in anew.
    SignIn,
}

impl Passwords {
    /// Nothing is known of any password.
    #[must_use]
    pub fn new(account: &Account) -> Passwords {
        let sign_in = account.address.as_ref().map(|address| (Service::SignIn, address.to_string()));
        let chat = account.chat.as_ref().map(|chat| (Service::Chat, chat.jid.clone()));
        let phone = account.phone.as_ref().map(|phone| (Service::Phone, phone.address.clone()));
        let all = sign_in.into_iter().chain(chat).chain(phone);
        Passwords { locks: all.map(|(service, address)| (service, Lock::new(address))).collect() }
    }

    /// Sign-in by address has found which services there are; their password is the one that it was accepted with.
    pub fn found(&mut self, account: &Account, known: Option<&Secret>) {
        for (service, lock) in Passwords::new(account).locks {
            let lock = self.locks.entry(service).or_insert(lock);
            if let (Some(password), None) = (known, &lock.given)
                && service != Service::SignIn
                && lock.refused.as_ref() != Some(password)
            {
                lock.given = Some(Given { password: password.clone(), keep: false });
            }
        }
    }

    /// A service asks for the password.
    pub fn asked(&mut self, service: Service) -> Asked {
        let Some(lock) = self.locks.get_mut(&service) else { return Asked::AskWorld };
        // A phone keeps its password as long as no server refuses it.
        if service == Service::Phone
            && let Some(tried) = lock.tried.take()
        {
            self.refuse(service, tried);
        }
        match self.locks.get_mut(&service) {
            Some(Lock { given: Some(given), tried, .. }) => {
                *tried = Some(given.password.clone());
                Asked::Answer(given.password.clone())
            }
            _ => Asked::AskWorld,
        }
    }

    /// What stores passwords has answered a service's question.
    pub fn answered(&mut self, service: Service, id: AskId, answer: &Result<Secret, NoPassword>) -> Stored {
        let Some(lock) = self.locks.get_mut(&service) else { return Stored::Pass };
        match answer {
            Ok(password) if lock.refused.as_ref() != Some(password) => {
                lock.tried = Some(password.clone());
                Stored::Pass
            }
            // The sealed file is not a service's business: nobody comes here with it.
            Err(NoPassword::Because(_) | NoPassword::Sealed) => Stored::Pass,
            Ok(_) | Err(NoPassword::AskUser) => {
                // The user may have typed it meanwhile.
                if let Some(given) = &lock.given {
                    lock.tried = Some(given.password.clone());
                    return Stored::Use(given.password.clone());
                }
                let wanted = lock.wanted();
                lock.wait = Some(id);
                lock.before = std::mem::replace(&mut lock.shown, wanted);
                Stored::Wait(lock.shown.clone())
            }
        }
    }

    /// A service is to sign in: what is told anew where it waits for the user.
    pub fn sign_in(&mut self, service: Service) -> Option<LinkState> {
        let lock = self.locks.get_mut(&service).filter(|lock| lock.wait.is_some())?;
        lock.shown = lock.wanted();
        Some(lock.shown.clone())
    }

    /// The account signs out: the questions that nobody will answer any more.
    pub fn sign_out(&mut self) -> Vec<(Service, AskId)> {
        let waiting = self.locks.iter_mut().filter_map(|(service, lock)| Some((*service, lock.wait.take()?)));
        waiting.collect()
    }

    /// A service tells what it is doing.
    pub fn told(&mut self, service: Service, state: LinkState) -> Told {
        let Some(lock) = self.locks.get_mut(&service) else { return Told { state: Some(state), ..Told::default() } };
        match state {
            LinkState::Failed(mut problem) if problem.kind == ProblemKind::Password => {
                let refused = lock.tried.take();
                lock.wait = None;
                lock.shown = LinkState::NeedsPassword { address: lock.address.clone(), refused: true };
                let shown = lock.shown.clone();
                if let Some(refused) = refused {
                    self.refuse(service, refused);
                }
                problem.next = "It is not tried again: type the one that is right.".into();
                Told { state: Some(shown), notice: Some(problem), keep: None }
            }
            LinkState::Connecting | LinkState::Waiting { .. } if lock.is_locked() => {
                lock.before = state;
                Told::default()
            }
            state => {
                let accepted = matches!(state, LinkState::Online { .. });
                lock.shown = state.clone();
                let keep = if accepted { self.accept(service) } else { None };
                Told { state: Some(state), notice: None, keep }
            }
        }
    }

    /// The user has typed a password: it is for the services that wait, and for those that have not asked yet.
    pub fn give(&mut self, password: &Secret, keep: bool) -> Vec<(Service, Unlocked)> {
        let given = Given { password: password.clone(), keep };
        let mut unlocked = Vec::new();
        for (service, lock) in &mut self.locks {
            let waits = matches!(lock.shown, LinkState::NeedsPassword { .. });
            if !waits && lock.wait.is_none() {
                if lock.given.is_none() {
                    lock.given = Some(given.clone());
                    lock.refused = None;
                }
                continue;
            }
            lock.given = Some(given.clone());
            lock.refused = None;
            unlocked.push(match lock.wait.take() {
                Some(id) => {
                    lock.tried = Some(password.clone());
                    (*service, Unlocked::Answer(id, waits.then(|| lock.goes_on())))
                }
                None => (*service, Unlocked::SignIn),
            });
        }
        unlocked
    }

    /// What the server has refused is not tried again, by this service or by one that has not tried it yet.
    fn refuse(&mut self, service: Service, password: Secret) {
        for (other, lock) in &mut self.locks {
            let untried = *other == service || lock.tried.as_ref() != Some(&password);
            if untried && lock.given.as_ref().is_some_and(|given| given.password == password) {
                lock.given = None;
            }
        }
        if let Some(lock) = self.locks.get_mut(&service) {
            lock.refused = Some(password);
        }
    }

    /// The server has accepted what the service tried: what is to be kept for it, once.
    fn accept(&mut self, service: Service) -> Option<Secret> {
        let lock = self.locks.get_mut(&service)?;
        lock.refused = None;
        let given = lock.given.as_mut().filter(|given| given.keep && lock.tried.as_ref() == Some(&given.password))?;
        given.keep = false;
        Some(given.password.clone())
    }
}

impl Lock {
    fn new(address: String) -> Lock {
        let (shown, before) = (LinkState::Offline, LinkState::Offline);
        Lock { address, given: None, tried: None, refused: None, wait: None, shown, before }
    }

    fn wanted(&self) -> LinkState {
        LinkState::NeedsPassword { address: self.address.clone(), refused: self.refused.is_some() }
    }

    /// The service waits, and the user sees it.
    fn is_locked(&self) -> bool {
        self.wait.is_some() && matches!(self.shown, LinkState::NeedsPassword { .. })
    }

    /// What is told when the wait is over: whoever was not signing in asked for a call.
    fn goes_on(&mut self) -> LinkState {
        self.shown = match self.before {
            LinkState::Offline => LinkState::Offline,
            _ => LinkState::Connecting,
        };
        self.shown.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;
    use crate::engine::settings::{ChatAccount, PhoneAccount};

    const BOTH: [Service; 2] = [Service::Chat, Service::Phone];

    fn passwords() -> Passwords {
        Passwords::new(&Account {
            name: AccountName("work".into()),
            address: None,
            chat: Some(ChatAccount { jid: "a@b".into(), server: None }),
            phone: Some(PhoneAccount { address: "sip:a@b".into(), proxy: None }),
            allow_cleartext: false,
        })
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    fn wrong() -> LinkState {
        LinkState::Failed(Problem::new(ProblemKind::Password, "The server refused the password.", "Mend it."))
    }

    /// A service asks, and nothing is stored.
    fn locked(passwords: &mut Passwords, service: Service, id: u64) -> Option<LinkState> {
        passwords.told(service, LinkState::Connecting);
        assert_eq!(passwords.asked(service), Asked::AskWorld);
        waiting(passwords.answered(service, AskId(id), &Err(NoPassword::AskUser)))
    }

    fn waiting(stored: Stored) -> Option<LinkState> {
        match stored {
            Stored::Wait(state) => Some(state),
            Stored::Pass | Stored::Use(_) => None,
        }
    }

    fn is_refused(state: Option<&LinkState>) -> Option<bool> {
        match state {
            Some(LinkState::NeedsPassword { refused, .. }) => Some(*refused),
            _ => None,
        }
    }

    #[test]
    fn one_answer_serves_all_who_wait_and_those_who_come_later() {
        let mut passwords = passwords();
        assert_eq!(is_refused(locked(&mut passwords, Service::Chat, 1).as_ref()), Some(false));
        let unlocked = passwords.give(&secret("x"), true);
        assert_eq!(unlocked, [(Service::Chat, Unlocked::Answer(AskId(1), Some(LinkState::Connecting)))]);
        passwords.told(Service::Phone, LinkState::Connecting);
        assert_eq!(passwords.asked(Service::Phone), Asked::Answer(secret("x")));
        let kept: Vec<_> =
            BOTH.map(|service| passwords.told(service, LinkState::Online { address: "a".into() }).keep).into_iter().collect();
        assert_eq!(kept, [Some(secret("x")), Some(secret("x"))], "each service's own is kept");
        assert_eq!(passwords.told(Service::Chat, LinkState::Online { address: "a".into() }).keep, None, "once");
        // Signed out and in again: nobody is asked.
        passwords.told(Service::Chat, LinkState::Offline);
        assert_eq!(passwords.asked(Service::Chat), Asked::Answer(secret("x")));
    }

    #[test]
    fn what_is_refused_is_asked_for_and_not_tried_again_by_anybody() {
        let mut passwords = passwords();
        locked(&mut passwords, Service::Chat, 1);
        passwords.give(&secret("x"), true);
        let told = passwords.told(Service::Chat, wrong());
        assert_eq!((is_refused(told.state.as_ref()), told.notice.is_some()), (Some(true), true));
        assert_eq!(is_refused(locked(&mut passwords, Service::Phone, 2).as_ref()), Some(false), "the phone asks for itself");
        // The world gives the refused one: it is held back.
        passwords.told(Service::Chat, LinkState::Connecting);
        assert_eq!(passwords.asked(Service::Chat), Asked::AskWorld);
        let held = waiting(passwords.answered(Service::Chat, AskId(3), &Ok(secret("x"))));
        assert_eq!(is_refused(held.as_ref()), Some(true));
        assert_eq!(passwords.give(&secret("y"), false).len(), 2);
        assert_eq!(passwords.told(Service::Chat, LinkState::Online { address: "a".into() }).keep, None);
    }

    #[test]
    fn a_phone_that_asks_again_has_had_its_password_refused() {
        let mut passwords = passwords();
        passwords.give(&secret("x"), false);
        assert_eq!(passwords.asked(Service::Phone), Asked::Answer(secret("x")));
        assert_eq!(passwords.asked(Service::Phone), Asked::AskWorld);
        let wanted = waiting(passwords.answered(Service::Phone, AskId(4), &Err(NoPassword::AskUser)));
        assert_eq!(is_refused(wanted.as_ref()), Some(true));
        // It was for a call, without signing in.
        let unlocked = passwords.give(&secret("y"), false);
        assert_eq!(unlocked, [(Service::Phone, Unlocked::Answer(AskId(4), Some(LinkState::Offline)))]);
    }

    #[test]
    fn what_is_typed_while_the_store_is_asked_is_used() {
        let mut passwords = passwords();
        passwords.told(Service::Chat, LinkState::Connecting);
        assert_eq!(passwords.asked(Service::Chat), Asked::AskWorld);
        assert!(passwords.give(&secret("x"), false).is_empty());
        let stored = passwords.answered(Service::Chat, AskId(1), &Err(NoPassword::AskUser));
        assert_eq!(stored, Stored::Use(secret("x")));
    }

    #[test]
    fn a_link_that_comes_and_goes_does_not_hide_the_question() {
        let mut passwords = passwords();
        locked(&mut passwords, Service::Phone, 1);
        let waiting = LinkState::Waiting { why: Problem::local("x", ""), retry_in: std::time::Duration::ZERO };
        assert_eq!(passwords.told(Service::Phone, waiting), Told::default());
        assert!(passwords.sign_in(Service::Phone).is_some() && passwords.sign_in(Service::Chat).is_none());
        assert_eq!(passwords.sign_out(), [(Service::Phone, AskId(1))]);
        assert!(passwords.sign_in(Service::Phone).is_none());
    }
}
