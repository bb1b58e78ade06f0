//! Where offhook keeps things: the XDG base directories, each with a directory of our own below it.
//!
//! | what | where | roams |
//! |---|---|---|
//! | accounts, settings, caches of discovery | `$XDG_CONFIG_HOME/offhook` | yes |
//! | history | `$XDG_DATA_HOME/offhook` | no |
//! | what can be fetched anew: photos | `$XDG_CACHE_HOME/offhook` | no |
//! | logs | `$XDG_STATE_HOME/offhook` | no |
//! | what lasts as long as the user is signed in to the machine | `$XDG_RUNTIME_DIR/offhook` | no |
//!
//! It refuses to know what is in the files. Nothing is made until somebody needs it.

use super::private;
use crate::engine::event::{AccountName, Problem};
use etcetera::base_strategy::{BaseStrategy, Xdg};
use std::path::{Path, PathBuf};

/// The name of our directories.
const NAME: &str = "offhook";

/// The user's base directories, as the environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    cache: PathBuf,
    state: PathBuf,
    runtime: Option<PathBuf>,
}

impl Paths {
    /// From the environment; relative paths in it count as unset, as the standard wants.
    ///
    /// # Errors
    /// The user has no home directory.
    pub fn from_environment() -> Result<Paths, Problem> {
        let base = Xdg::new().map_err(|_| {
            Problem::local("You have no home directory, so there is no place for accounts and history.", "Set HOME.")
        })?;
        Ok(Paths {
            config: base.config_dir(),
            data: base.data_dir(),
            cache: base.cache_dir(),
            // The two that etcetera may leave out are left out on Windows only.
            state: base.state_dir().unwrap_or_else(|| base.data_dir()),
            runtime: base.runtime_dir(),
        })
    }

    /// All below one directory, for tests and for trying out.
    #[must_use]
    pub fn below(root: &Path) -> Paths {
        let at = |name: &str| root.join(name);
        Paths { config: at("config"), data: at("data"), cache: at("cache"), state: at("state"), runtime: Some(at("run")) }
    }

    /// Accounts, settings, trust, caches of discovery: what may follow the user to another machine.
    ///
    /// # Errors
    /// It cannot be made, or is not the user's alone.
    pub fn config(&self) -> Result<PathBuf, Problem> {
        own(self.config.join(NAME))
    }

    /// One TOML file an account.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn accounts(&self) -> Result<PathBuf, Problem> {
        own(self.config()?.join("accounts"))
    }

    /// The history.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn data(&self) -> Result<PathBuf, Problem> {
        own(self.data.join(NAME))
    }

    /// The database of messages and calls.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn history(&self) -> Result<PathBuf, Problem> {
        Ok(self.data()?.join("history.db"))
    }

    /// What can be fetched anew.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn cache(&self) -> Result<PathBuf, Problem> {
        own(self.cache.join(NAME))
    }

    /// Where the photos of an account's directory are kept, whether it is there or not. Nothing is made.
    #[must_use]
    pub fn photos(&self, account: &AccountName) -> PathBuf {
        self.cache.join(NAME).join("photos").join(&account.0)
    }

    /// Logs.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn state(&self) -> Result<PathBuf, Problem> {
        own(self.state.join(NAME))
    }

    /// The log file.
    ///
    /// # Errors
    /// As for [`Paths::config`].
    pub fn log(&self) -> Result<PathBuf, Problem> {
        Ok(self.state()?.join("offhook.log"))
    }

    /// Our folders, whether they are there or not: configuration, data, cache, state. Nothing is made.
    #[must_use]
    pub fn folders(&self) -> [PathBuf; 4] {
        [&self.config, &self.data, &self.cache, &self.state].map(|base| base.join(NAME))
    }

    /// `$XDG_RUNTIME_DIR` itself: what lasts until the user signs out of the machine goes below it. `None` where the machine
    /// offers no such place.
    #[must_use]
    pub fn runtime(&self) -> Option<&Path> {
        self.runtime.as_deref()
    }
}

fn own(path: PathBuf) -> Result<PathBuf, Problem> {
    private::directory(&path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_is_made_on_demand() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::below(root.path());
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "nothing before it is needed");
        assert_eq!(paths.folders()[0], root.path().join("config/offhook"));
        assert_eq!(paths.accounts().unwrap(), root.path().join("config/offhook/accounts"));
        assert_eq!(paths.history().unwrap(), root.path().join("data/offhook/history.db"));
        assert_eq!(paths.log().unwrap(), root.path().join("state/offhook/offhook.log"));
        assert!(paths.cache().unwrap().is_dir());
        assert_eq!(paths.runtime(), Some(root.path().join("run").as_path()));
    }
}
