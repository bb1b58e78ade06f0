//! The sealed file on the disk, 0600 and written whole or not at all, and the key of this process for it: the passphrase is
//! asked for once in a run. It refuses to know who asks.
//!
//! A file that is damaged is kept aside, and named.

use super::format::{COSTS, Key, NONCE, SALT, SealedFile, Unusable};
use crate::engine::event::Problem;
use crate::io::secrets::vault::Vault;
use crate::io::{entropy, private};
use crate::machine::Secret;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What opened a file in this process.
static OPENED: Mutex<Vec<(PathBuf, Key)>> = Mutex::new(Vec::new());

/// How a sealed file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none yet.
    Absent,
    /// It is there, and this process has no key for it.
    Locked,
    /// It is there and open.
    Open,
}

/// A sealed file.
#[derive(Clone, Debug)]
pub struct SealedVault {
    path: PathBuf,
}

impl SealedVault {
    /// The one at `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> SealedVault {
        SealedVault { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it stands.
    ///
    /// # Errors
    /// It cannot be read or used: a sentence, and it was kept aside if it is damaged.
    pub fn state(&self) -> Result<State, String> {
        let Some(file) = self.load()? else { return Ok(State::Absent) };
        Ok(if self.opened(&file).is_some() { State::Open } else { State::Locked })
    }

    /// Makes it, with a passphrase of the user's, and opens it.
    ///
    /// # Errors
    /// There is one already, or the disk refuses, or this machine has not the memory for it.
    pub fn create(&self, passphrase: &Secret) -> Result<(), String> {
        let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
        let mut chance = entropy::chance().map_err(|problem| problem.to_string())?;
        chance.fill(&mut salt);
        chance.fill(&mut nonce);
        let (file, key) = SealedFile::new(passphrase, COSTS, salt, nonce)?;
        let said = |problem: Problem| problem.to_string();
        if !private::create(&self.path, &file.write()?).map_err(said)? {
            return Err(format!("{} is there already.", self.path.display()));
        }
        self.keep_key(key);
        Ok(())
    }

    /// Opens it for this process; `false` where the passphrase is another.
    ///
    /// # Errors
    /// There is none, it cannot be used, or this machine has not the memory for it.
    pub fn unlock(&self, passphrase: &Secret) -> Result<bool, String> {
        let file = self.load()?.ok_or_else(|| self.absent())?;
        let key = file.key(passphrase)?;
        let opened = file.is_opened_by(&key);
        if opened {
            self.keep_key(key);
        }
        Ok(opened)
    }

    fn keep_key(&self, key: Key) {
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|(path, _)| *path != self.path);
        opened.push((self.path.clone(), key));
    }

    /// The key of this process, if it opens the file as it is now.
    fn opened(&self, file: &SealedFile) -> Option<Key> {
        let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = opened.iter().find(|(path, _)| *path == self.path).map(|(_, key)| key.clone())?;
        file.is_opened_by(&key).then_some(key)
    }

    fn load(&self) -> Result<Option<SealedFile>, String> {
        let Some(text) = private::read(&self.path).map_err(|problem| problem.to_string())? else { return Ok(None) };
        let shown = self.path.display();
        match SealedFile::parse(&text) {
            Ok(file) => Ok(Some(file)),
            Err(Unusable::Newer(version)) => Err(format!(
                "{shown} has version {version}, which a newer offhook has written: use that one, or move the file away."
            )),
            Err(Unusable::Damaged(why)) => {
                let aside = private::set_aside(&self.path).map_err(|problem| problem.to_string())?;
                Err(format!("{shown} is damaged: {why}. It is kept as {}; passwords are asked for anew.", aside.display()))
            }
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut SealedFile) -> Result<T, String>) -> Result<T, String> {
        let said = |problem: Problem| problem.to_string();
        let _lock = private::lock(&self.path).map_err(said)?;
        let mut file = self.load()?.ok_or_else(|| self.absent())?;
        let before = file.clone();
        let changed = change(&mut file)?;
        if file != before {
            private::replace(&self.path, &file.write()?).map_err(said)?;
        }
        Ok(changed)
    }

    fn absent(&self) -> String {
        "There is no sealed file yet. Make it: offhook settings passwords file".to_owned()
    }

    fn locked(&self) -> String {
        format!("{} is sealed, and its passphrase was not given.", self.path.display())
    }
}

impl Vault for SealedVault {
    fn read(&self, name: &str) -> Result<Option<Secret>, String> {
        let Some(file) = self.load()? else { return Ok(None) };
        let key = self.opened(&file).ok_or_else(|| self.locked())?;
        file.open(&key, name)
    }

    fn write(&self, name: &str, password: &Secret) -> Result<(), String> {
        let mut nonce = [0; NONCE];
        entropy::chance().map_err(|problem| problem.to_string())?.fill(&mut nonce);
        self.change(|file| {
            let key = self.opened(file).ok_or_else(|| self.locked())?;
            file.seal(&key, name, password, nonce)
        })
    }

    fn delete(&self, name: &str) -> Result<bool, String> {
        if self.load()?.is_none() {
            return Ok(false);
        }
        self.change(|file| Ok(file.remove(name)))
    }

    /// That needs no passphrase.
    fn names(&self) -> Result<Vec<String>, String> {
        Ok(self.load()?.map(|file| file.names().map(str::to_owned).collect()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    /// What another process sees.
    fn forget_keys(vault: &SealedVault) {
        OPENED.lock().unwrap().retain(|(path, _)| path != vault.path());
    }

    #[test]
    fn it_is_opened_once_in_a_run_and_by_its_passphrase_only() {
        let home = tempfile::tempdir().unwrap();
        let vault = SealedVault::new(home.path().join("offhook/passwords.sealed"));
        assert_eq!(
            (vault.state(), vault.read("work/chat"), vault.delete("work/chat")),
            (Ok(State::Absent), Ok(None), Ok(false))
        );
        assert!(vault.write("work/chat", &secret("x")).unwrap_err().contains("offhook settings passwords file"));
        assert!(vault.unlock(&secret("pp")).is_err());
        private::directory(&home.path().join("offhook")).unwrap();
        vault.create(&secret("pp")).unwrap();
        assert!(vault.create(&secret("another")).unwrap_err().contains("there already"));
        vault.write("work/chat", &secret("x")).unwrap();
        assert_eq!(vault.read("work/chat"), Ok(Some(secret("x"))));
        assert_eq!(vault.path().metadata().unwrap().mode() & 0o777, 0o600);

        forget_keys(&vault);
        assert_eq!(vault.state(), Ok(State::Locked));
        assert!(vault.read("work/chat").unwrap_err().contains("passphrase was not given"));
        assert!(vault.write("work/chat", &secret("y")).is_err());
        assert_eq!(vault.unlock(&secret("PP")), Ok(false));
        assert_eq!(vault.state(), Ok(State::Locked));
        assert_eq!(vault.unlock(&secret("pp")), Ok(true));
        assert_eq!(vault.read("work/chat"), Ok(Some(secret("x"))));

        forget_keys(&vault);
        assert_eq!(vault.names(), Ok(vec!["work/chat".to_owned()]));
        assert_eq!((vault.delete("work/chat"), vault.delete("work/chat")), (Ok(true), Ok(false)), "that needs no passphrase");
        assert_eq!(vault.names(), Ok(vec![]));
    }

    #[test]
    fn a_damaged_file_is_named_and_kept_aside() {
        let home = tempfile::tempdir().unwrap();
        let vault = SealedVault::new(home.path().join("passwords.sealed"));
        private::replace(vault.path(), "version = 1\nchecksum = \"0\"\n").unwrap();
        let said = vault.state().unwrap_err();
        assert!(said.contains("is damaged") && said.contains("passwords.sealed.damaged-1"), "{said}");
        assert_eq!(vault.state(), Ok(State::Absent));
        let aside = home.path().join("passwords.sealed.damaged-1");
        assert!(private::read(&aside).unwrap().unwrap().starts_with("version = 1"));
        private::replace(vault.path(), "version = 9\n").unwrap();
        assert!(vault.state().unwrap_err().contains("a newer offhook"));
        assert_eq!(private::read(vault.path()).unwrap().as_deref(), Some("version = 9\n"), "it is left alone");
    }

    #[test]
    fn processes_side_by_side_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().unwrap();
        let vault = SealedVault::new(home.path().join("passwords.sealed"));
        vault.create(&secret("pp")).unwrap();
        std::thread::scope(|threads| {
            for number in 0..8 {
                let vault = vault.clone();
                threads.spawn(move || vault.write(&format!("a{number}/chat"), &secret("x")).unwrap());
            }
        });
        assert_eq!(vault.names().unwrap().len(), 8);
    }
}
