//! The directory of account files: which accounts there are, and which one is meant.
//!
//! It refuses to know what is in a file.

use super::file::{self, StoredAccount};
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::io::paths::Paths;
use crate::io::private;
use std::path::PathBuf;

/// How account files end.
const ENDING: &str = "toml";

/// The user's accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    directory: PathBuf,
}

impl Accounts {
    /// Those of the user.
    ///
    /// # Errors
    /// Their directory cannot be made, or is not the user's alone.
    pub fn open(paths: &Paths) -> Result<Accounts, Problem> {
        Ok(Accounts { directory: paths.accounts()? })
    }

    /// The names of all, in order. Files whose names name no account are not ours and are left out.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn names(&self) -> Result<Vec<AccountName>, Problem> {
        let cannot = |why: std::io::Error| {
            let what = format!("{} cannot be read: {}.", self.directory.display(), private::said(&why));
            Problem::local(what, "See who owns it.")
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(cannot)? {
            let path = PathBuf::from(entry.map_err(cannot)?.file_name());
            let stem =
                path.file_stem().and_then(|stem| stem.to_str()).filter(|_| path.extension().is_some_and(|end| end == ENDING));
            names.extend(stem.and_then(|stem| addresses::account_name(stem).ok()));
        }
        names.sort();
        Ok(names)
    }

    /// Reads one; also says, in sentences, what in its file has no meaning.
    ///
    /// # Errors
    /// There is none of that name, or its file is wrong: with line and column.
    pub fn load(&self, name: &AccountName) -> Result<(StoredAccount, Vec<String>), Problem> {
        let path = self.path(name);
        match private::read(&path)? {
            Some(text) => file::parse(name.clone(), &path, &text),
            None => Err(self.unknown(name)),
        }
    }

    /// The account that is meant: the one that `wanted` names, else the only one there is.
    ///
    /// # Errors
    /// There is none, or there are several and none was named: the message lists the names.
    pub fn choose(&self, wanted: Option<&AccountName>) -> Result<AccountName, Problem> {
        let names = self.names()?;
        match (wanted, names.as_slice()) {
            (Some(wanted), names) => names.iter().find(|name| *name == wanted).cloned().ok_or_else(|| self.unknown(wanted)),
            (None, [only]) => Ok(only.clone()),
            (None, []) => {
                Err(Problem::local("There is no account yet.", "Add one: offhook account add NAME --address USER@DOMAIN"))
            }
            (None, several) => {
                Err(Problem::local(format!("There are several accounts: {}.", list(several)), "Say which one: --account NAME"))
            }
        }
    }

    /// Keeps a new account; says where.
    ///
    /// # Errors
    /// The name is taken, or the disk refuses.
    pub fn add(&self, stored: &StoredAccount) -> Result<PathBuf, Problem> {
        let name = &stored.account.name;
        let path = self.path(name);
        if private::create(&path, &file::write(stored))? {
            return Ok(path);
        }
        Err(Problem::local(
            format!("There is an account {name} already."),
            format!("Take another name, edit {}, or remove it first: offhook account remove {name}", path.display()),
        ))
    }

    /// Changes an account's file so that it is this account, whose address is the same; what else stands in it stays.
    ///
    /// # Errors
    /// There is none of that name, its file is wrong, or the disk refuses.
    pub fn change(&self, stored: &StoredAccount) -> Result<(), Problem> {
        let name = &stored.account.name;
        let path = self.path(name);
        let _lock = private::lock(&path)?;
        let text = private::read(&path)?.ok_or_else(|| self.unknown(name))?;
        let (before, _) = file::parse(name.clone(), &path, &text)?;
        let changed = file::rewrite(&text, &before, stored).filter(|text| {
            // It is read back before it is kept.
            file::parse(name.clone(), &path, text).is_ok_and(|(now, _)| now == *stored)
        });
        let Some(changed) = changed else {
            let what = format!("{} cannot be changed from here.", path.display());
            return Err(Problem::local(what, "Edit it by hand: its keys are the flags of offhook account add."));
        };
        if changed == text { Ok(()) } else { private::replace(&path, changed) }
    }

    /// Removes an account's file. What it has sent and received stays in the history.
    ///
    /// # Errors
    /// There is none of that name, or the disk refuses.
    pub fn remove(&self, name: &AccountName) -> Result<(), Problem> {
        if private::remove(&self.path(name))? { Ok(()) } else { Err(self.unknown(name)) }
    }

    fn path(&self, name: &AccountName) -> PathBuf {
        self.directory.join(format!("{name}.{ENDING}"))
    }

    fn unknown(&self, wanted: &AccountName) -> Problem {
        let next = match self.names().as_deref() {
            Ok([]) | Err(_) => format!("Add it: offhook account add {wanted} --address USER@DOMAIN"),
            Ok(names) => format!("The accounts are: {}.", list(names)),
        };
        Problem::local(format!("There is no account {wanted}."), next)
    }
}

fn list(names: &[AccountName]) -> String {
    names.iter().map(|name| name.0.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::accounts::Typed;

    fn account(name: &str) -> StoredAccount {
        let typed = Typed { jid: Some(format!("{name}@example.test")), ..Typed::default() };
        StoredAccount::check(AccountName(name.into()), typed).unwrap()
    }

    #[test]
    fn the_only_account_is_the_default_and_several_are_listed() {
        let root = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(&Paths::below(root.path())).unwrap();
        assert!(accounts.choose(None).unwrap_err().next.contains("offhook account add"));
        let named = |name: &str| accounts.choose(Some(&AccountName(name.into())));
        assert!(named("x").unwrap_err().next.contains("offhook account add x"));

        accounts.add(&account("work")).unwrap();
        assert_eq!(accounts.choose(None).unwrap().0, "work");
        accounts.add(&account("home.net")).unwrap();
        assert!(accounts.choose(None).unwrap_err().what.contains("home.net, work"));
        assert_eq!(named("home.net").unwrap().0, "home.net");
        let problem = named("x").unwrap_err().to_string();
        assert!(problem.contains("The accounts are: home.net, work."), "{problem}");
    }

    #[test]
    fn an_account_is_kept_once_and_removed_once() {
        let root = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(&Paths::below(root.path())).unwrap();
        let path = accounts.add(&account("work")).unwrap();
        assert!(accounts.add(&account("work")).unwrap_err().next.contains("offhook account remove work"));
        assert_eq!(accounts.load(&AccountName("work".into())).unwrap(), (account("work"), vec![]));
        for stray in ["work.toml~", ".work.toml.12", "notes.txt", "ž.toml"] {
            std::fs::write(path.with_file_name(stray), "").unwrap();
        }
        assert_eq!(accounts.names().unwrap().len(), 1);
        accounts.remove(&AccountName("work".into())).unwrap();
        assert!(accounts.remove(&AccountName("work".into())).unwrap_err().what.contains("no account work"));
        assert!(accounts.load(&AccountName("work".into())).is_err());
    }
}
