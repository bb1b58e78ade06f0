//! The places that may keep passwords, in the order that was chosen, as one. All of it blocks.

use super::choice::{Place, StoreChoice};
use super::keyutils::Keyutils;
use super::sealed::{SealedVault, State};
use super::secret_service::SecretService;
use super::vault::{self, Entry, Vault};
use crate::engine::event::{AccountName, Problem};
use crate::io::paths::Paths;
use crate::machine::Secret;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// `--no-store`, or nothing of the user's own: this process touches no place that keeps passwords.
static NOTHING: AtomicBool = AtomicBool::new(false);

/// From now on this process looks for no password anywhere, and neither keeps nor forgets one.
pub fn keep_nothing() {
    NOTHING.store(true, Ordering::Relaxed);
}

/// The places, and which of them the user has chosen.
#[derive(Clone, Debug)]
pub struct Stores {
    choice: StoreChoice,
    sealed: SealedVault,
    /// The folder of the accounts.
    folder: PathBuf,
}

/// A vault that is there, and where it is.
pub type Opened = (Place, Box<dyn Vault>);

impl Stores {
    /// Those of the user below these paths.
    ///
    /// # Errors
    /// There is no place for a file.
    pub fn new(paths: &Paths, choice: StoreChoice) -> Result<Stores, Problem> {
        let sealed = SealedVault::new(paths.data()?.join("passwords.sealed"));
        let choice = if NOTHING.load(Ordering::Relaxed) { StoreChoice::Nowhere } else { choice };
        Ok(Stores { choice, sealed, folder: paths.config()? })
    }

    /// The same for an account that wants nothing kept, or that has no wish.
    #[must_use]
    pub fn for_account(&self, no_store: bool) -> Stores {
        let choice = if no_store { StoreChoice::Nowhere } else { self.choice };
        Stores { choice, ..self.clone() }
    }

    /// The sealed file, whether it is chosen or not.
    #[must_use]
    pub fn sealed(&self) -> &SealedVault {
        &self.sealed
    }

    /// How the sealed file stands, where it is chosen and can be used.
    #[must_use]
    pub fn sealed_file(&self) -> Option<State> {
        if self.choice.places().contains(&Place::File) { self.sealed.state().ok() } else { None }
    }

    /// The sealed file is chosen and there, and its passphrase is wanted.
    #[must_use]
    pub fn wants_passphrase(&self) -> bool {
        self.sealed_file() == Some(State::Locked)
    }

    /// Where what is new is kept: none where nothing is kept, no place is there, or the sealed file is not open.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let ready = |place: &Place| match place {
            Place::File => self.sealed.state() == Ok(State::Open),
            Place::SecretService | Place::Keyutils => self.open(*place).is_ok_and(|opened| opened.is_some()),
        };
        self.choice.places().iter().copied().find(ready)
    }

    /// A place, if it is there.
    ///
    /// # Errors
    /// It should be, and does not answer: a sentence.
    pub fn open(&self, place: Place) -> Result<Option<Opened>, String> {
        let boxed = |vault: Box<dyn Vault>| Some((place, vault));
        match place {
            Place::SecretService => Ok(SecretService::open()?.and_then(|service| boxed(Box::new(service)))),
            Place::Keyutils => Keyutils::open(&self.folder).map(|ring| boxed(Box::new(ring))),
            Place::File => Ok(boxed(Box::new(self.sealed.clone()))),
        }
    }

    /// The password of an entry, of the first place that has one.
    ///
    /// # Errors
    /// None has one, and one of them does not tell: a sentence.
    pub fn look_up(&self, entry: &Entry) -> Result<Option<Secret>, String> {
        let mut trouble = Ok(None);
        for place in self.choice.places() {
            let found = match self.open(*place) {
                Ok(Some((_, vault))) => vault::look_up(&*vault, entry),
                // A place that nobody insists on may be out of order: what is wrong with it is told by `doctor`.
                Err(why) if self.choice == StoreChoice::Automatic => {
                    tracing::info!("{why}");
                    Ok(None)
                }
                Ok(None) => Ok(None),
                Err(why) => Err(why),
            };
            match found {
                Ok(Some(password)) => return Ok(Some(password)),
                Ok(None) => {}
                Err(why) => trouble = trouble.and(Err(why)),
            }
        }
        trouble
    }

    /// Keeps the password of an entry; says where.
    ///
    /// # Errors
    /// Nothing is kept, no place is there, or it refuses: a sentence.
    pub fn keep(&self, entry: &Entry, password: &Secret) -> Result<Place, String> {
        if self.choice == StoreChoice::Nowhere {
            return Err(format!("The password of {} is kept nowhere, as you wish.", entry.account));
        }
        let mut why_not = None;
        for place in self.choice.places() {
            match self.open(*place) {
                Ok(Some((place, vault))) => return vault.write(&entry.name(), password).map(|()| place),
                Ok(None) => {}
                Err(why) => why_not = why_not.or(Some(why)),
            }
        }
        let why = why_not.unwrap_or_else(|| "There is no keyring.".to_owned());
        Err(format!("The password of {} is not kept: {why}", entry.account))
    }

    /// Whether there is a password under exactly this entry, in the place that keeps what is new.
    #[must_use]
    pub fn holds(&self, entry: &Entry) -> bool {
        let opened = self.place().and_then(|place| self.open(place).ok()?);
        opened.is_some_and(|(_, vault)| vault.read(&entry.name()).is_ok_and(|found| found.is_some()))
    }

    /// Forgets a password that a server has refused, wherever it is kept.
    ///
    /// # Errors
    /// The first refusal, after all was tried.
    pub fn forget_refused(&self, entry: &Entry, refused: &Secret) -> Result<(), String> {
        let mut refusal = Ok(());
        for place in self.choice.places() {
            if let Ok(Some((_, vault))) = self.open(*place) {
                refusal = refusal.and(vault::forget_refused(&*vault, entry, refused));
            }
        }
        refusal
    }

    /// The vaults that are there, chosen or not; none where nothing is to be touched.
    pub fn there(&self) -> impl Iterator<Item = Opened> + '_ {
        let touched = Place::ALL.into_iter().filter(|_| !NOTHING.load(Ordering::Relaxed));
        touched.filter_map(|place| self.open(place).ok().flatten())
    }

    /// Forgets all passwords of an account in every place that is there, chosen or not: an account of its name may next be
    /// somebody else's. Says in which places there were some.
    ///
    /// # Errors
    /// Each refusal, after all was tried.
    pub fn forget_account(&self, account: &AccountName) -> Result<Vec<Place>, Vec<String>> {
        let (mut places, mut refusals) = (Vec::new(), Vec::new());
        for (place, vault) in self.there() {
            match vault::forget_account(&*vault, account) {
                Ok(0) => {}
                Ok(_) => places.push(place),
                Err(why) => refusals.push(why),
            }
        }
        if refusals.is_empty() { Ok(places) } else { Err(refusals) }
    }
}
