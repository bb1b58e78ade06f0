//! The Secret Service of a desktop (freedesktop.org's Secret Service API over the session bus): service `offhook`, user =
//! name of the entry.
//!
//! It may block: on a daemon that never answers, for a bounded time, and on its own dialogue as long as the user may take.
//! Having none is no error.

use super::vault::Vault;
use crate::machine::{Secret, visible_line};
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zbus_secret_service_keyring_store::Store;

/// The service under which passwords are kept.
const SERVICE: &str = "offhook";

/// It must be there by then.
const ANSWERS: Duration = Duration::from_secs(3);

/// Where a dialogue can be shown, the user has this long to unlock it; where none can be, nobody waits for one.
const UNLOCKS: Duration = Duration::from_secs(120);
const UNLOCKS_UNSEEN: Duration = Duration::from_secs(5);

/// What this process knows of it. What was not there may come; what did not answer is not waited for again.
static KNOWN: Mutex<Known> = Mutex::new(Known::Nothing);

#[derive(Debug)]
enum Known {
    Nothing,
    There(Arc<Store>),
    Silent,
}

/// The Secret Service, connected.
#[derive(Clone, Debug)]
pub struct SecretService(Arc<Store>);

impl SecretService {
    /// It; `None` where there is no session bus to find it on.
    ///
    /// # Errors
    /// There is a bus, and nothing on it that answers: a sentence.
    pub fn open() -> Result<Option<SecretService>, String> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Known::There(store) => return Ok(Some(SecretService(Arc::clone(store)))),
            Known::Silent => return Err(silent()),
            Known::Nothing => {}
        }
        if !is_there_a_bus() {
            return Ok(None);
        }
        match within(ANSWERS, Store::new) {
            Some(Ok(store)) => {
                *known = Known::There(Arc::clone(&store));
                Ok(Some(SecretService(store)))
            }
            Some(Err(why)) => Err(format!("The session bus has no Secret Service: {}.", visible_line(&why.to_string()))),
            None => {
                *known = Known::Silent;
                Err(silent())
            }
        }
    }

    fn act<T: Send + 'static>(
        &self,
        (what, name): (&str, &str),
        act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, String> {
        let (store, user) = (Arc::clone(&self.0), name.to_owned());
        let acted = within(patience(), move || store.build(SERVICE, &user, None).and_then(|entry| act(&entry)));
        match acted {
            Some(Ok(done)) => Ok(Some(done)),
            Some(Err(Error::NoEntry)) => Ok(None),
            Some(Err(why)) => Err(refused(what, name, &why)),
            None => Err(format!("The keyring {what} {name}: it is locked, and nobody has unlocked it.")),
        }
    }
}

impl Vault for SecretService {
    fn read(&self, name: &str) -> Result<Option<Secret>, String> {
        self.act(("does not tell the password", name), |entry| entry.get_password().map(Secret::new))
    }

    fn write(&self, name: &str, password: &Secret) -> Result<(), String> {
        let password = password.clone();
        let kept = self.act(("does not keep the password", name), move |entry| entry.set_password(password.expose()))?;
        kept.ok_or_else(|| format!("The keyring does not keep the password {name}: it has no place for it."))
    }

    fn delete(&self, name: &str) -> Result<bool, String> {
        let deleted = self.act(("does not forget the password", name), |entry| entry.delete_credential())?;
        Ok(deleted.is_some())
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let store = Arc::clone(&self.0);
        let listed = within(patience(), move || {
            let found = store.search(&HashMap::from([("service", SERVICE)]))?;
            let user = |entry: Entry| entry.get_attributes().ok()?.remove("username");
            Ok(found.into_iter().filter_map(user).collect())
        });
        listed.unwrap_or(Err(Error::NoStorageAccess(silent().into()))).map_err(|why: Error| refused("tells nothing", "", &why))
    }
}

/// Whether there is a session bus, as its specification says where.
fn is_there_a_bus() -> bool {
    if let Some(address) = std::env::var_os("DBUS_SESSION_BUS_ADDRESS") {
        return !address.is_empty();
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.is_some_and(|runtime: PathBuf| Path::new(&runtime).join("bus").exists())
}

/// How long it may take to unlock it.
fn patience() -> Duration {
    let shown = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if shown { UNLOCKS } else { UNLOCKS_UNSEEN }
}

/// Runs what may never return on a thread that is left behind then.
fn within<T: Send + 'static>(patience: Duration, act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = channel();
    let thread = std::thread::Builder::new().name("secret-service".into()).spawn(move || {
        // Nobody waits any more when this fails.
        let _ = tell.send(act());
    });
    thread.ok()?;
    told.recv_timeout(patience).ok()
}

fn silent() -> String {
    format!("The Secret Service has not answered within {} seconds.", ANSWERS.as_secs())
}

fn refused(what: &str, name: &str, why: &Error) -> String {
    // The whole of an error can hold what was being read; its kind cannot.
    let kind = match why {
        Error::NoStorageAccess(_) => "it is locked or out of reach".to_owned(),
        Error::BadEncoding(_) => "what it holds is not text".to_owned(),
        Error::Ambiguous(_) => "it holds several of that name".to_owned(),
        other => visible_line(&other.to_string()),
    };
    format!("The keyring {what} {name}: {kind}.").replace(" :", ":")
}
