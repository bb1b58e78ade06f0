//! The passphrase of the sealed file, asked for on the terminal: to open it, once in a run, and to make it.

use super::prompt::{self, Hidden, TERMINAL};
use super::sealed::State;
use super::stores::Stores;
use crate::io::aside::aside;
use crate::machine::Secret;

/// So often it is asked for before one goes on without.
const ATTEMPTS: usize = 3;

/// Asks for the passphrase of the sealed file, if that is what keeps passwords and it is not open yet. Going on without one is
/// no error: each password is asked for then.
///
/// # Errors
/// The system gives no thread.
pub async fn unlock_on_terminal(stores: &Stores) -> Result<(), String> {
    let places = stores.clone();
    if !aside("keyring", move || places.wants_passphrase()).await? {
        return Ok(());
    }
    let _one_at_a_time = TERMINAL.lock().await;
    for _ in 0..ATTEMPTS {
        let places = stores.clone();
        // Somebody else may have been asked while we waited for the terminal.
        if places.sealed().state() != Ok(State::Locked) {
            return Ok(());
        }
        let Ok(passphrase) = ask("Passphrase of the sealed passwords (Enter: go on without): ").await? else { return Ok(()) };
        if passphrase.expose().is_empty() {
            return Ok(());
        }
        match aside("keyring", move || places.sealed().unlock(&passphrase)).await? {
            Ok(true) => return Ok(()),
            Ok(false) => prompt::say("That passphrase does not open the sealed passwords."),
            Err(why) => {
                prompt::say(&why);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Makes the sealed file with a new passphrase, which is asked for twice.
///
/// # Errors
/// There is no terminal, what was typed differs or is empty, or the file cannot be made: a sentence.
pub async fn seal_on_terminal(stores: &Stores) -> Result<(), String> {
    let _one_at_a_time = TERMINAL.lock().await;
    prompt::say("A new passphrase seals your passwords. Whoever forgets it types them anew.");
    let first = ask("New passphrase: ").await?.map_err(|()| NO_TERMINAL)?;
    if first.expose().is_empty() {
        return Err("An empty passphrase seals nothing: no file was made.".into());
    }
    let second = ask("The same again: ").await?.map_err(|()| NO_TERMINAL)?;
    if first != second {
        return Err("The two passphrases differ: no file was made.".into());
    }
    let places = stores.clone();
    aside("keyring", move || places.sealed().create(&first)).await?
}

const NO_TERMINAL: &str = "There is no terminal to ask for a passphrase on: no file was made.";

/// What is typed and not shown; an error inside where there is no terminal.
async fn ask(question: &'static str) -> Result<Result<Secret, ()>, String> {
    let Some(hidden) = Hidden::begin() else { return Ok(Err(())) };
    let typed = aside("prompt", move || prompt::secret(question)).await;
    // The terminal is put back here, not on the thread: that one may still be waiting when the user gives up.
    drop(hidden);
    Ok(typed?.map_err(drop))
}
