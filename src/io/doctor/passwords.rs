//! Tries the places that keep passwords, with an entry that is nobody's.

use crate::engine::doctor::passwords::{Place as Facts, Tried};
use crate::io::entropy;
use crate::io::secrets::sealed::State;
use crate::io::secrets::{Place, StoreChoice, Stores, vault::Vault};
use crate::machine::Secret;

/// No account's: their names have no blank.
const NAME: &str = "offhook doctor";

/// Tries each place; blocks as long as places may take. The sealed file is looked at, and not opened.
#[must_use]
pub fn try_all(stores: &Stores, choice: StoreChoice) -> Vec<Facts> {
    Place::ALL
        .into_iter()
        .map(|place| Facts { name: name(place), chosen: choice.places().contains(&place), tried: try_one(stores, place) })
        .collect()
}

fn try_one(stores: &Stores, place: Place) -> Tried {
    if place == Place::File {
        return match stores.sealed().state() {
            Ok(State::Absent) => Tried::Absent(String::new()),
            Ok(State::Locked | State::Open) => Tried::Sealed(stores.sealed().path().display().to_string()),
            Err(why) => Tried::Fails(why),
        };
    }
    match stores.open(place) {
        Ok(Some((_, vault))) => round_trip(&*vault).map_or_else(Tried::Fails, |()| Tried::Works),
        Ok(None) => Tried::Absent(String::new()),
        Err(why) => Tried::Absent(why),
    }
}

fn round_trip(vault: &dyn Vault) -> Result<(), String> {
    let word = entropy::chance().map_err(|problem| problem.to_string())?.hex(8);
    let word = Secret::new(word);
    vault.write(NAME, &word)?;
    let read = vault.read(NAME);
    let deleted = vault.delete(NAME)?;
    if read? != Some(word) {
        return Err("It does not tell what it was given.".into());
    }
    if !deleted || vault.read(NAME)?.is_some() {
        return Err("It does not forget what it was told to forget.".into());
    }
    Ok(())
}

const fn name(place: Place) -> &'static str {
    match place {
        Place::SecretService => "Secret Service",
        Place::Keyutils => "kernel keyring (until reboot)",
        Place::File => "sealed file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::secrets::vault::tests::Memory;

    #[test]
    fn a_trial_leaves_nothing_and_notices_what_forgets() {
        let vault = Memory::with(&[("work/chat", "x")]);
        assert_eq!(round_trip(&vault), Ok(()));
        assert_eq!(vault.all(), ["work/chat=x"]);
        let forgetful = Memory { forgetful: true, ..Memory::default() };
        assert!(round_trip(&forgetful).unwrap_err().contains("does not tell"));
        let refusing = Memory::default();
        *refusing.willing.borrow_mut() = Some(0);
        assert_eq!(round_trip(&refusing), Err("refused".into()));
    }
}
