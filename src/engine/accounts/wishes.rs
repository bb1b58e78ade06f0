//! What the engine asks of the world for accounts: to keep a password, to trust a certificate, to keep an account or to
//! remove one. Each wish is open until it is answered.

use crate::engine::ask::{AskId, Question};
use crate::engine::command::{NewAccount, NewSettings};
use crate::engine::event::{AccountName, Certificate, LinkState, Service};
use crate::machine::Secret;
use std::collections::BTreeMap;

/// Something that the user wants of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Keep the password that the server has accepted.
    Keep {
        /// Whose.
        account: AccountName,
        /// For which service.
        service: Service,
        /// It.
        password: Secret,
    },
    /// Ask again for a password that was sealed: the answer is for the service's own question.
    Password {
        /// Whose.
        account: AccountName,
        /// For which service.
        service: Service,
        /// The service's question.
        id: AskId,
    },
    /// Open the sealed file, or make it.
    Unseal {
        /// What was typed.
        passphrase: Secret,
        /// There is none yet.
        new: bool,
    },
    /// Trust this certificate, exactly as it is.
    Trust {
        /// For which account.
        account: AccountName,
        /// The host, as it was named.
        host: String,
        /// Its port.
        port: u16,
        /// Fingerprint.
        sha256: String,
        /// Until the user logs out of this machine only.
        session: bool,
    },
    /// Know the settings of sign-in, after this change where there is one.
    Settings {
        /// Of which account.
        account: AccountName,
        /// As typed.
        change: Option<NewSettings>,
    },
    /// Keep a new account.
    Add(NewAccount),
    /// Remove an account.
    Remove(AccountName),
}

impl Wish {
    fn question(&self) -> Question {
        match self.clone() {
            Wish::Keep { account, service, password } => Question::KeepPassword { account, service, password },
            Wish::Password { account, service, .. } => Question::Password { account, service },
            Wish::Unseal { passphrase, new } => Question::Unseal { passphrase, new },
            Wish::Trust { account, host, port, sha256, session } => Question::Trust { account, host, port, sha256, session },
            Wish::Settings { account, change } => Question::Settings { account, change },
            Wish::Add(new) => Question::AddAccount(new),
            Wish::Remove(account) => Question::RemoveAccount(account),
        }
    }

    /// Whether a service has failed for the certificate that this wish trusts.
    #[must_use]
    pub fn mends(&self, state: &LinkState) -> bool {
        let Wish::Trust { host, port, sha256, .. } = self else { return false };
        let LinkState::Failed(problem) = state else { return false };
        let shown =
            |certificate: &Certificate| certificate.host == *host && certificate.port == *port && certificate.sha256 == *sha256;
        problem.certificate.as_deref().is_some_and(shown)
    }
}

/// The open wishes.
#[derive(Debug)]
pub struct Wishes {
    /// Ask numbers are this and what follows.
    base: u64,
    made: u64,
    open: BTreeMap<AskId, Wish>,
    /// The password that was kept last.
    kept: Option<(AccountName, Secret)>,
}

impl Wishes {
    /// None is open.
    #[must_use]
    pub fn new(base: u64) -> Wishes {
        Wishes { base, made: 0, open: BTreeMap::new(), kept: None }
    }

    /// The question that carries a wish out.
    pub fn ask(&mut self, wish: Wish) -> (AskId, Question) {
        self.made += 1;
        let id = AskId(self.base + self.made);
        let question = wish.question();
        self.open.insert(id, wish);
        (id, question)
    }

    /// A password is kept; whether the user has not been told so yet: one that serves several services is kept for each.
    pub fn is_news(&mut self, account: &AccountName, password: &Secret) -> bool {
        let kept = Some((account.clone(), password.clone()));
        std::mem::replace(&mut self.kept, kept.clone()) != kept
    }

    /// Which wish an answer is for, once.
    pub fn answered(&mut self, id: AskId) -> Option<Wish> {
        self.open.remove(&id)
    }
}
