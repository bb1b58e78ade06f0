//! The password of an account: from its command at each sign-in, else from where passwords are kept, else from the user.
//!
//! Keyring and terminal block, perhaps for as long as the user is away: they run on threads of their own, that nothing
//! waits for when the program ends.

use super::command;
use super::memory::Memory;
use super::passphrase::unlock_on_terminal;
use super::prompt::{self, TERMINAL};
use super::stores::Stores;
use super::vault::Entry;
use crate::engine::event::AccountName;
use crate::io::aside::aside;
use crate::machine::{Secret, visible_line};
use std::sync::{Mutex, MutexGuard, PoisonError};

static MEMORY: Mutex<Memory> = Mutex::new(Memory::new());

/// Who asks the user where no password is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// We do, on the terminal.
    Terminal,
    /// The screen, which the terminal belongs to.
    Screen,
}

/// What is stored of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It.
    Password(Secret),
    /// None; and what is wrong with the place that keeps them, in a sentence, else nothing.
    None(String),
}

/// The password that is stored for an entry; `command` is the account's password command.
///
/// # Errors
/// The command fails: a sentence that says what to do.
pub async fn stored(stores: &Stores, entry: &Entry, command: Option<&str>) -> Result<Stored, String> {
    if let Some(command) = command {
        return command::run(command).await.map(Stored::Password);
    }
    let (places, of) = (stores.clone(), entry.clone());
    let found = aside("keyring", move || places.look_up(&of)).await.unwrap_or_else(Err);
    Ok(match found {
        // Where it could not be taken out of its place, it is not tried again all the same.
        Ok(Some(password)) if !memory().was_refused(entry, &password) => {
            memory().hand(entry, &password);
            Stored::Password(password)
        }
        Ok(_) => Stored::None(String::new()),
        Err(why) => Stored::None(why),
    })
}

/// The password of an entry; `command` is the account's password command, and `address` what it signs in as, for the prompt.
///
/// # Errors
/// The command fails, or there is none, and nobody to ask: a sentence that says what to do.
pub async fn password(stores: &Stores, entry: &Entry, command: Option<&str>, address: &str) -> Result<Secret, String> {
    if command.is_none() {
        unlock_on_terminal(stores).await?;
    }
    let trouble = match stored(stores, entry, command).await? {
        Stored::Password(password) => return Ok(password),
        Stored::None(trouble) => trouble,
    };
    let account = &entry.account;
    let _one_at_a_time = TERMINAL.lock().await;
    let typed = memory().typed(entry);
    if let Some(typed) = typed {
        memory().hand(entry, &typed);
        return Ok(typed);
    }
    let Some(hidden) = prompt::Hidden::begin() else {
        let gap = if trouble.is_empty() { "" } else { " " };
        return Err(format!(
            "{trouble}{gap}There is no password for account {account}, and no terminal to ask on. \
             Give the account a command that prints it: offhook account add … --password-command CMD"
        ));
    };
    if !trouble.is_empty() {
        tracing::warn!(account = %account, "{trouble}");
    }
    let unheard = |why: std::io::Error| format!("The terminal gave no password for account {account}: {why}.");
    let question = format!("Password of {account} ({}): ", visible_line(address));
    let password = aside("prompt", move || prompt::secret(&question)).await?.map_err(unheard)?;
    // The terminal is put back here, not on the thread: that one may still be waiting when the user gives up.
    drop(hidden);
    if password.expose().is_empty() {
        return Err(format!("No password was given for account {account}."));
    }
    let (places, of, kept) = (stores.clone(), entry.clone(), password.clone());
    aside("keyring", move || offer_to_keep(&places, &of, &kept)).await?.map_err(unheard)?;
    memory().type_in(entry, &password);
    Ok(password)
}

/// The server has refused the password that the service was handed: it is kept no longer for that service, and another
/// service's stays. Blocks.
///
/// # Errors
/// The place that keeps it refuses: a sentence.
pub fn refused(stores: &Stores, entry: &Entry) -> Result<(), String> {
    let refused = memory().refuse(entry);
    refused.map_or(Ok(()), |refused| stores.forget_refused(entry, &refused))
}

/// Forgets all passwords of an account that is removed, everywhere. Blocks.
///
/// # Errors
/// Each place that refuses, in a sentence.
pub fn forget(stores: &Stores, account: &AccountName) -> Result<(), Vec<String>> {
    memory().forget(account);
    stores.forget_account(account).map(drop)
}

fn offer_to_keep(stores: &Stores, entry: &Entry, password: &Secret) -> std::io::Result<()> {
    let Some(place) = stores.place() else { return Ok(()) };
    if !prompt::agreed(&format!("Keep it {}?", place.wording()))? {
        return Ok(());
    }
    // Chat and phone have been asked about as one.
    for service in entry.shared_by.iter().filter(|service| **service != entry.service).copied().chain([entry.service]) {
        let one = entry.of(service);
        let has_its_own = one != *entry && (stores.holds(&one) || memory().was_refused(&one, password));
        // It is good for this time all the same.
        if !has_its_own && let Err(why) = stores.keep(&one, password) {
            tracing::warn!(account = %entry.account, "{why}");
        }
    }
    Ok(())
}

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}
