//! Who waits for the passphrase of the sealed file: services whose password is in it, and passwords that are to be kept in
//! it. One passphrase serves them all; it is tried beside everything else, and what waits is asked for anew when it fits.
//!
//! It refuses to know how the file is sealed, and where it is.

use super::wishes::Wish;
use crate::engine::ask::{AskId, SealedFile};
use crate::engine::event::{AccountName, Sealed, Service};
use crate::machine::Secret;

/// The sealed file, as the engine knows it.
#[derive(Debug, Default)]
pub struct Seal {
    /// What was told of it last.
    told: Sealed,
    /// Questions for a password that is in it.
    waiting: Vec<(AccountName, Service, AskId)>,
    /// What is to be kept in it: each a [`Wish::Keep`].
    keeping: Vec<Wish>,
}

impl Seal {
    /// A service waits for it; what is told where that is new.
    pub fn wait(&mut self, account: &AccountName, service: Service, id: AskId) -> Option<Sealed> {
        self.waiting.push((account.clone(), service, id));
        self.want(SealedFile::Locked)
    }

    /// A password is to be kept in it; what is told where that is new.
    pub fn keep(&mut self, wish: Wish, file: SealedFile) -> Option<Sealed> {
        self.keeping.push(wish);
        self.want(file)
    }

    /// What is told anew where a service of this account waits.
    #[must_use]
    pub fn told_to(&self, account: &AccountName) -> Option<Sealed> {
        self.waiting.iter().any(|(of, ..)| of == account).then_some(self.told)
    }

    /// The user has typed a passphrase: what is to be tried, if anything is wanted.
    pub fn give(&mut self, passphrase: Secret) -> Option<Wish> {
        let new = match self.told {
            Sealed::Passphrase { .. } => false,
            Sealed::NewPassphrase => true,
            Sealed::Settled | Sealed::Trying => return None,
        };
        self.told = Sealed::Trying;
        Some(Wish::Unseal { passphrase, new })
    }

    /// What was tried does not open it; what is told.
    pub fn refuse(&mut self) -> Sealed {
        let wanted = !self.waiting.is_empty() || !self.keeping.is_empty();
        self.told = if wanted { Sealed::Passphrase { refused: true } } else { Sealed::Settled };
        self.told
    }

    /// It is open, or is not there any more: everybody asks anew.
    pub fn settle(&mut self) -> Vec<Wish> {
        self.told = Sealed::Settled;
        let asked = self.waiting.drain(..).map(|(account, service, id)| Wish::Password { account, service, id });
        asked.chain(self.keeping.drain(..)).collect()
    }

    /// The user gives none: whose services wait, and what is not kept.
    pub fn leave(&mut self) -> (Vec<AccountName>, Vec<Wish>) {
        let mut accounts: Vec<AccountName> = self.waiting.iter().map(|(account, ..)| account.clone()).collect();
        accounts.sort();
        accounts.dedup();
        (accounts, std::mem::take(&mut self.keeping))
    }

    /// Nothing is wanted for this account any more: its open questions, and what is told where nobody waits now.
    pub fn forget(&mut self, account: &AccountName) -> (Vec<(Service, AskId)>, Option<Sealed>) {
        let (gone, stay) = std::mem::take(&mut self.waiting).into_iter().partition(|(of, ..)| of == account);
        self.waiting = stay;
        let gone: Vec<_> = gone;
        (gone.into_iter().map(|(_, service, id)| (service, id)).collect(), self.rest())
    }

    /// What is told where nobody waits any more.
    pub fn rest(&mut self) -> Option<Sealed> {
        let wanted = matches!(self.told, Sealed::Passphrase { .. } | Sealed::NewPassphrase);
        if !wanted || !self.waiting.is_empty() || !self.keeping.is_empty() {
            return None;
        }
        self.told = Sealed::Settled;
        Some(self.told)
    }

    fn want(&mut self, file: SealedFile) -> Option<Sealed> {
        let wanted = match (file, self.told) {
            (_, Sealed::Passphrase { .. } | Sealed::Trying) | (SealedFile::Absent, Sealed::NewPassphrase) => return None,
            (SealedFile::Absent, Sealed::Settled) => Sealed::NewPassphrase,
            // Somebody else has made it meanwhile.
            (SealedFile::Locked, Sealed::Settled | Sealed::NewPassphrase) => Sealed::Passphrase { refused: false },
        };
        self.told = wanted;
        Some(wanted)
    }
}
