//! What the hands know of each account, and what is asked about accounts: passwords, trust, new accounts and those that
//! go. A desk may be cloned: all clones are the same desk.
//!
//! It refuses to know who asks, and which account is signed in.

use crate::engine::accounts::free_name;
use crate::engine::ask::{NoPassword, NotKept, SealedFile};
use crate::engine::command::{NewAccount, NewSettings};
use crate::engine::event::{AccountName, Problem, Refusal, Service, Setting};
use crate::engine::settings::Account;
use crate::engine::signin::{CacheChange, Choice, Excluded, Launch};
use crate::io::accounts::keeping::{self, NotKept as NotAdded};
use crate::io::accounts::{Accounts, StoredAccount, Typed};
use crate::io::aside::aside;
use crate::io::carrier::Carrier;
use crate::io::discovery::DiscoveryFiles;
use crate::io::discovery::settings::{Chosen, Wrong};
use crate::io::discovery::shown::shown;
use crate::io::dns::Dns;
use crate::io::http::SystemProxy;
use crate::io::paths::Paths;
use crate::io::photos::Photos;
use crate::io::secrets::sealed::State;
use crate::io::secrets::{self, Asking, Entry, Place, StoreChoice, Stored, Stores};
use crate::io::tls::{Fingerprint, Lifetime, Pin, Roots, TlsSettings, Trust};
use crate::machine::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All accounts that are served.
#[derive(Clone, Debug)]
pub struct AccountDesk {
    paths: Paths,
    asking: Asking,
    served: Arc<Mutex<BTreeMap<AccountName, Served>>>,
    discovery: Arc<Mutex<Option<DiscoveryFiles>>>,
}

/// What is kept of one account.
#[derive(Clone, Debug)]
struct Served {
    stored: StoredAccount,
    /// What the account is from the next sign-in on.
    changed: Option<StoredAccount>,
    tls: Arc<TlsSettings>,
    carrier: Carrier,
}

impl AccountDesk {
    /// A desk that serves nobody yet. Where no password is stored, `asking` says who asks for it.
    #[must_use]
    pub fn new(paths: Paths, asking: Asking) -> AccountDesk {
        AccountDesk { paths, asking, served: Arc::default(), discovery: Arc::default() }
    }

    /// Who asks the user for a password.
    #[must_use]
    pub fn asking(&self) -> Asking {
        self.asking
    }

    /// Serves this account from now on. Reads files.
    ///
    /// # Errors
    /// Its authorities cannot be read.
    pub fn serve(&self, stored: StoredAccount) -> Result<(), Problem> {
        let account = stored.account.name.clone();
        let tls =
            TlsSettings { account: Some(account.clone()), roots: Roots::load(stored.ca.as_deref())?, trust: self.trusted()? };
        let tls = Arc::new(tls);
        let dns = stored.account.address.as_ref().and_then(|address| address.dns);
        let carrier = Carrier::new(Arc::clone(&tls), Dns::new(dns), SystemProxy::from_environment());
        self.served().insert(account, Served { stored, changed: None, tls, carrier });
        Ok(())
    }

    /// Serves it no longer.
    pub fn dismiss(&self, account: &AccountName) {
        self.served().remove(account);
    }

    /// What TLS needs to know of an account that is served.
    #[must_use]
    pub fn tls(&self, account: &AccountName) -> Option<Arc<TlsSettings>> {
        self.served().get(account).map(|served| Arc::clone(&served.tls))
    }

    /// What carries the questions of an account that is served.
    #[must_use]
    pub fn carrier(&self, account: &AccountName) -> Option<Carrier> {
        self.served().get(account).map(|served| served.carrier.clone())
    }

    /// The files of discovery: of one launch, however often they are asked for.
    ///
    /// # Errors
    /// There is no place for them.
    pub fn discovery(&self) -> Result<DiscoveryFiles, Problem> {
        let mut discovery = self.discovery.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*discovery {
            return Ok(open.clone());
        }
        Ok(discovery.insert(DiscoveryFiles::open(&self.paths)?).clone())
    }

    /// What is known for a sign-in by address of an account that is served. Reads files.
    ///
    /// # Errors
    /// It has no address, or the settings or its authorities cannot be read.
    pub fn launch(&self, account: &AccountName) -> Result<Launch, Problem> {
        let changed = self.served().get(account).and_then(|served| served.changed.clone());
        if let Some(changed) = changed {
            self.serve(changed)?;
        }
        let settings = self.served().get(account).map(|served| served.stored.account.clone());
        let address = settings.as_ref().and_then(|settings| settings.address.clone());
        let (Some(settings), Some(address)) = (settings, address) else {
            let what = format!("Account {account} has no address that discovery could begin with.");
            return Err(Problem::local(what, "Add one that has: offhook account add NAME --address USER@DOMAIN"));
        };
        let discovery = self.discovery()?;
        let launch = discovery.launch(Some(account), &address, settings.allow_cleartext);
        for notice in discovery.take_notices() {
            tracing::warn!("{notice}");
        }
        launch
    }

    /// The photos that are kept for an account.
    ///
    /// # Errors
    /// There is no place for them.
    pub fn photos(&self, account: &AccountName) -> Result<Photos, Problem> {
        Photos::open(&self.paths, account)
    }

    /// Keeps what discovery has found. Writes files.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep_discovery(&self, change: &CacheChange) -> Result<(), Problem> {
        self.discovery()?.keep(change)
    }

    /// Keeps what the user has agreed to at a sign-in of this account. Writes files.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep_choice(&self, account: &AccountName, choice: Choice) -> Result<(), Problem> {
        match choice {
            Choice::Host(host) => self.choose(account, |own| own.allow(&host)),
            Choice::Device(name) => self.choose(account, |own| own.device = Some(name)),
            Choice::Clear => {
                self.change_file(account, |typed| typed.allow_cleartext = true).map(drop).map_err(|why| why.problem)
            }
        }
    }

    /// The settings of sign-in of an account that is served, after this change. Reads and writes files.
    ///
    /// # Errors
    /// What was typed is wrong, or the disk refuses.
    pub fn settings(&self, name: &AccountName, change: Option<&NewSettings>) -> Result<Vec<Setting>, Refusal> {
        let discovery = self.discovery()?;
        if let Some(typed) = change {
            // What is wrong in one of the two files changes neither.
            let known = discovery.settings()?.accounts.remove(name).unwrap_or_default();
            let wrong = |Wrong { key, what }| wrong(key, what);
            known.clone().change(typed).map_err(wrong)?;
            let tftp_port = port(&typed.tftp_port)?;
            let changed = self.change_file(name, |file| {
                (file.dns, file.cas, file.tftp_port) = (given(&typed.dns), given(&typed.cas), tftp_port);
                (file.ca, file.allow_cleartext) = (given(&typed.ca).map(PathBuf::from), typed.allow_cleartext);
            })?;
            let mut refused = None;
            self.choose(name, |own| refused = own.change(typed).err())?;
            refused.map_or(Ok(()), |why| Err(wrong(why)))?;
            discovery.settings_changed(&changed)?;
        }
        let stored = self.served().get(name).map(|served| served.changed.as_ref().unwrap_or(&served.stored).clone());
        Ok(shown(&discovery.known()?, stored.as_ref()))
    }

    /// Changes what stands in an account's own file; it counts from the next sign-in on.
    fn change_file(&self, name: &AccountName, change: impl FnOnce(&mut Typed)) -> Result<Account, Refusal> {
        let changed = keeping::change(&Accounts::open(&self.paths)?, name, change).map_err(refusal)?;
        let account = changed.account.clone();
        if let Some(served) = self.served().get_mut(name) {
            served.changed = Some(changed);
        }
        Ok(account)
    }

    /// Changes what is chosen for an account.
    fn choose(&self, name: &AccountName, change: impl FnOnce(&mut Chosen)) -> Result<(), Problem> {
        self.discovery()?.change_settings(|settings| settings.choose(Some(name.clone()), change))
    }

    /// The password of an account: its command's, else the one that is kept, else the user's.
    ///
    /// # Errors
    /// There is none, and why; or the screen is to ask.
    pub async fn password(&self, account: &AccountName, service: Service) -> Result<Secret, NoPassword> {
        let Some(Served { stored, .. }) = self.served().get(account).cloned() else {
            return Err(NoPassword::Because(format!("There is no account {account}.")));
        };
        let stores = self.stores_of(&stored).await.map_err(|problem| NoPassword::Because(problem.to_string()))?;
        let (command, entry) = (stored.password_command.as_deref(), entry(&stored.account, service));
        match self.asking {
            Asking::Terminal => {
                let address = address(&stored.account, service);
                secrets::password(&stores, &entry, command, &address).await.map_err(NoPassword::Because)
            }
            Asking::Screen if command.is_none() && is_sealed(&stores).await? => Err(NoPassword::Sealed),
            Asking::Screen => match secrets::stored(&stores, &entry, command).await.map_err(NoPassword::Because)? {
                Stored::Password(password) => Ok(password),
                Stored::None(trouble) => {
                    if !trouble.is_empty() {
                        tracing::warn!(%account, "{trouble}");
                    }
                    Err(NoPassword::AskUser)
                }
            },
        }
    }

    /// Keeps a password where passwords are kept; says where.
    ///
    /// # Errors
    /// There is no such place, it refuses, or it is the sealed file and that is not open.
    pub async fn keep_password(
        &self,
        account: AccountName,
        service: Service,
        password: Secret,
    ) -> Result<&'static str, NotKept> {
        let Some(Served { stored, .. }) = self.served().get(&account).cloned() else {
            return Err(NotKept::Because(Problem::local(format!("There is no account {account}."), "")));
        };
        let stores = self.stores_of(&stored).await.map_err(NotKept::Because)?;
        let entry = entry(&stored.account, service);
        let keep = move || match stores.sealed_file() {
            Some(State::Locked) => Ok(Err(SealedFile::Locked)),
            Some(State::Absent) => Ok(Err(SealedFile::Absent)),
            Some(State::Open) | None => stores.keep(&entry, &password).map(Ok),
        };
        let next = "It is known until offhook ends; a command can give it at each start.";
        match aside("keyring", keep).await.unwrap_or_else(Err) {
            Ok(Ok(place)) => Ok(place.wording()),
            Ok(Err(file)) => Err(NotKept::Sealed(file)),
            Err(why) => Err(NotKept::Because(Problem::local(why, next))),
        }
    }

    /// Opens the sealed file for this run, or makes it where it is `new`; `false` where the passphrase is another.
    ///
    /// # Errors
    /// It cannot be used or made.
    pub async fn unseal(&self, passphrase: Secret, new: bool) -> Result<bool, Problem> {
        let sealed = Stores::new(&self.paths, StoreChoice::Only(Place::File))?.sealed().clone();
        let open = move || match new {
            true => sealed.create(&passphrase).map(|()| true),
            false => sealed.unlock(&passphrase),
        };
        let opened = aside("keyring", open).await.unwrap_or_else(Err);
        opened.map_err(|why| Problem::local(why, "What is wrong with it says offhook doctor."))
    }

    /// Forgets a password that the server has refused to this service, so that it is asked for instead of tried once more.
    pub async fn password_refused(&self, account: AccountName, service: Service) {
        let Some(Served { stored, .. }) = self.served().get(&account).cloned() else { return };
        let Ok(stores) = self.stores_of(&stored).await else { return };
        let entry = entry(&stored.account, service);
        let forgotten = aside("keyring", move || secrets::refused(&stores, &entry)).await.unwrap_or_else(Err);
        if let Err(why) = forgotten {
            tracing::warn!(%account, "{why}");
        }
    }

    /// Where the passwords of an account are kept, as the settings stand now. Reads files.
    async fn stores_of(&self, stored: &StoredAccount) -> Result<Stores, Problem> {
        let (desk, no_store) = (self.clone(), stored.no_store);
        let read = move || {
            let choice = desk.discovery()?.settings()?.password_store();
            Ok(Stores::new(&desk.paths, choice)?.for_account(no_store))
        };
        aside("settings", read).await.map_err(|why| Problem::local(why, ""))?
    }

    /// Trusts a certificate, exactly this one. Reads and writes files.
    ///
    /// # Errors
    /// The fingerprint is none, or the list cannot be written.
    pub fn trust(&self, account: AccountName, host: String, port: u16, sha256: &str, session: bool) -> Result<(), Problem> {
        let Some(sha256) = Fingerprint::parse(sha256) else {
            return Err(Problem::local("That is no SHA-256 fingerprint.", "It is 64 hexadecimal digits."));
        };
        let lifetime = if session { Lifetime::Session } else { Lifetime::Lasting };
        self.trusted()?.add(Pin { account, host, port, sha256 }, lifetime)
    }

    /// Checks what the user typed, keeps it as an account, and serves it. Reads and writes files.
    ///
    /// # Errors
    /// It is wrong, its name is taken, or the disk refuses.
    pub fn add(&self, new: NewAccount) -> Result<Account, Refusal> {
        let accounts = Accounts::open(&self.paths)?;
        let name = match new.name.trim() {
            "" => free_name(&new, &accounts.names()?),
            name => crate::engine::addresses::account_name(name).map_err(|why| wrong("name", why))?,
        };
        let without_cas = new.without_cas;
        let (stored, _) = keeping::add(&accounts, name, typed(&new)?).map_err(refusal)?;
        let account = stored.account.clone();
        if without_cas {
            self.choose(&account.name, |own| own.excluded = Some(Excluded { webex: true, ..Excluded::default() }))?;
        }
        self.serve(stored)?;
        Ok(account)
    }

    /// Removes an account's file and what counts for it. It is served until it is dismissed, so that it can sign out.
    ///
    /// # Errors
    /// There is none of that name, or the disk refuses.
    pub async fn remove(&self, account: AccountName) -> Result<(), Problem> {
        let paths = self.paths.clone();
        let removed = aside("removal", move || keeping::remove(&paths, &account)).await;
        for warning in removed.map_err(|why| Problem::local(why, ""))?? {
            tracing::warn!("{warning}");
        }
        Ok(())
    }

    fn trusted(&self) -> Result<Trust, Problem> {
        Ok(Trust::new(&self.paths.config()?, self.paths.runtime()))
    }

    fn served(&self) -> MutexGuard<'_, BTreeMap<AccountName, Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether its passphrase is wanted before a password can be looked up.
async fn is_sealed(stores: &Stores) -> Result<bool, NoPassword> {
    let places = stores.clone();
    aside("keyring", move || places.wants_passphrase()).await.map_err(NoPassword::Because)
}

/// Under which a password is kept: of earlier offhooks, all services of an account had one.
fn entry(account: &Account, service: Service) -> Entry {
    let shared_by = match &account.address {
        Some(_) => vec![Service::SignIn],
        None => {
            let (chat, phone) = (account.chat.as_ref(), account.phone.as_ref());
            chat.map(|_| Service::Chat).into_iter().chain(phone.map(|_| Service::Phone)).collect()
        }
    };
    Entry { account: account.name.clone(), service, shared_by }
}

/// What a prompt calls the account's service.
fn address(account: &Account, service: Service) -> String {
    match service {
        Service::SignIn | Service::Voicemail => account.address.as_ref().map(ToString::to_string),
        Service::Chat => account.chat.as_ref().map(|chat| chat.jid.clone()),
        Service::Phone => account.phone.as_ref().map(|phone| phone.address.clone()),
    }
    .unwrap_or_default()
}

fn wrong(key: &'static str, why: String) -> Refusal {
    Refusal { key: Some(key), problem: Problem::local(why, "") }
}

fn refusal(why: NotAdded) -> Refusal {
    match why {
        NotAdded::Wrong(wrong) => Refusal { key: wrong.key, problem: Problem::local(wrong.what, "") },
        NotAdded::Authorities(problem) => Refusal { key: Some("ca"), problem },
        NotAdded::Problem(problem) => problem.into(),
    }
}

/// What was typed, unless that is nothing.
fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn port(text: &str) -> Result<Option<u16>, Refusal> {
    let no_port = |_| wrong("tftp-port", "A port is a number from 1 up to 65535.".to_owned());
    given(text).map(|port| port.parse()).transpose().map_err(no_port)
}

/// Empty fields are left out.
fn typed(new: &NewAccount) -> Result<Typed, Refusal> {
    Ok(Typed {
        address: given(&new.address),
        dns: given(&new.dns),
        cas: given(&new.cas),
        tftp_port: port(&new.tftp_port)?,
        jid: given(&new.jid),
        xmpp_server: given(&new.xmpp_server),
        sip: given(&new.sip),
        sip_proxy: given(&new.sip_proxy),
        ca: given(&new.ca).map(PathBuf::from),
        allow_cleartext: new.allow_cleartext,
        password_command: given(&new.password_command),
        no_store: false,
    })
}

#[cfg(test)]
#[path = "account_desk/tests.rs"]
mod tests;
