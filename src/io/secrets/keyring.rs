//! The user's keyring, where there is one: the Secret Service on Linux, service `offhook`, user = name of the account.
//!
//! All calls block, on D-Bus and perhaps on a dialogue: never call them on an async thread. Having no keyring is no error.

use crate::engine::event::AccountName;
use crate::machine::{Secret, visible_line};
use keyring::Error;
use keyring::v1::Entry;

/// The service under which passwords are kept.
const SERVICE: &str = "offhook";

/// Whether there is one that works.
#[must_use]
pub fn is_there() -> bool {
    Entry::store_status().is_ok()
}

/// The password that is kept for `account`; `None` where there is none, or no keyring.
///
/// # Errors
/// The keyring is there and does not tell, as when it stays locked: a sentence.
pub fn look_up(account: &AccountName) -> Result<Option<Secret>, String> {
    if !is_there() {
        return Ok(None);
    }
    match entry(account).and_then(|entry| entry.get_password()) {
        Ok(password) => Ok(Some(Secret::new(password))),
        Err(Error::NoEntry) => Ok(None),
        Err(why) => Err(refused("does not tell the password", account, &why)),
    }
}

/// Keeps the password of `account`.
///
/// # Errors
/// There is no keyring, or it refuses: a sentence.
pub fn keep(account: &AccountName, password: &Secret) -> Result<(), String> {
    entry(account)
        .and_then(|entry| entry.set_password(password.expose()))
        .map_err(|why| refused("does not keep the password", account, &why))
}

/// Forgets the password of `account`, if there is a keyring and it has one.
///
/// # Errors
/// The keyring is there and refuses: a sentence.
pub fn forget(account: &AccountName) -> Result<(), String> {
    if !is_there() {
        return Ok(());
    }
    match entry(account).and_then(|entry| entry.delete_credential()) {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(why) => Err(refused("does not forget the password", account, &why)),
    }
}

fn entry(account: &AccountName) -> Result<Entry, Error> {
    Entry::new(SERVICE, &account.0)
}

fn refused(what: &str, account: &AccountName, why: &Error) -> String {
    // The whole of an error can hold what was being read; its kind cannot.
    let kind = match why {
        Error::NoStorageAccess(_) => "it is locked or out of reach".to_owned(),
        Error::NoDefaultStore => "there is none".to_owned(),
        Error::BadEncoding(_) => "what it holds is not text".to_owned(),
        other => visible_line(&other.to_string()),
    };
    format!("The keyring {what} of {account}: {kind}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn having_no_keyring_is_no_error() {
        if is_there() {
            return;
        }
        let account = AccountName("nobody-has-this-account".into());
        assert_eq!(look_up(&account), Ok(None));
        assert_eq!(forget(&account), Ok(()));
        assert!(keep(&account, &Secret::new("x".into())).unwrap_err().contains("there is none"));
    }
}
