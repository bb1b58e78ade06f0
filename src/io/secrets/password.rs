//! The password of an account: from its command at each sign-in, else from the keyring, else from the user.
//!
//! Keyring and terminal block, perhaps for as long as the user is away: they run on threads of their own, that nothing
//! waits for when the program ends.

use super::{command, keyring, prompt};
use crate::engine::event::AccountName;
use crate::io::aside::aside;
use crate::machine::{Secret, visible_line};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The terminal is one for the whole process: one question at a time.
static TERMINAL: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What was typed in this process, so that chat and phone, or a lost link, do not ask twice.
static TYPED: Mutex<BTreeMap<AccountName, Secret>> = Mutex::new(BTreeMap::new());

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
    /// None; and what is wrong with the keyring, in a sentence, else nothing.
    None(String),
}

/// The password that is stored for `account`; `command` is its password command.
///
/// # Errors
/// The command fails: a sentence that says what to do.
pub async fn stored(account: &AccountName, command: Option<&str>) -> Result<Stored, String> {
    if let Some(command) = command {
        return command::run(command).await.map(Stored::Password);
    }
    let of = account.clone();
    let keyring = aside("keyring", move || keyring::look_up(&of)).await.unwrap_or_else(Err);
    Ok(match keyring {
        Ok(Some(password)) => Stored::Password(password),
        Ok(None) => Stored::None(String::new()),
        Err(why) => Stored::None(why),
    })
}

/// The password of `account`; `command` is its password command, and `address` what it signs in as, for the prompt.
///
/// # Errors
/// The command fails, or there is none, and nobody to ask: a sentence that says what to do.
pub async fn password(account: &AccountName, command: Option<&str>, address: &str) -> Result<Secret, String> {
    let trouble = match stored(account, command).await? {
        Stored::Password(password) => return Ok(password),
        Stored::None(trouble) => trouble,
    };
    let _one_at_a_time = TERMINAL.lock().await;
    if let Some(typed) = typed().get(account) {
        return Ok(typed.clone());
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
    let (of, kept) = (account.clone(), password.clone());
    aside("keyring", move || offer_to_keep(&of, &kept)).await?.map_err(unheard)?;
    typed().insert(account.clone(), password.clone());
    Ok(password)
}

/// Forgets the password of `account`, in the keyring and in this process: the account is removed, or the server has
/// refused it. Blocks.
///
/// # Errors
/// The keyring is there and refuses: a sentence.
pub fn forget(account: &AccountName) -> Result<(), String> {
    typed().remove(account);
    keyring::forget(account)
}

fn offer_to_keep(account: &AccountName, password: &Secret) -> std::io::Result<()> {
    if keyring::is_there() && prompt::agreed("Keep it in the keyring?")? {
        // It is good for this time all the same.
        if let Err(why) = keyring::keep(account, password) {
            tracing::warn!(account = %account, "{why}");
        }
    }
    Ok(())
}

fn typed() -> std::sync::MutexGuard<'static, BTreeMap<AccountName, Secret>> {
    TYPED.lock().unwrap_or_else(PoisonError::into_inner)
}
