//! Keeping a new account, and removing one with all that counts for it: the same for the command line and the screen.
//! All of it blocks.

use super::directory::Accounts;
use super::file::{StoredAccount, Typed, Wrong};
use crate::engine::event::{AccountName, Problem};
use crate::io::discovery::DiscoveryFiles;
use crate::io::paths::Paths;
use crate::io::photos;
use crate::io::secrets;
use crate::io::store::Store;
use crate::io::tls::{Roots, Trust};
use std::path::{Path, PathBuf};

/// Why an account is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// What was typed is wrong.
    Wrong(Wrong),
    /// The file of authorities cannot be read.
    Authorities(Problem),
    /// Anything else.
    Problem(Problem),
}

/// Checks what was typed, and keeps it; also says where.
///
/// # Errors
/// It is wrong, its authorities cannot be read, the name is taken, or the disk refuses.
pub fn add(accounts: &Accounts, name: AccountName, mut typed: Typed) -> Result<(StoredAccount, PathBuf), NotKept> {
    typed.ca = typed.ca.map(|path| authorities(&path)).transpose().map_err(NotKept::Authorities)?;
    let stored = StoredAccount::check(name, typed).map_err(NotKept::Wrong)?;
    let path = accounts.add(&stored).map_err(NotKept::Problem)?;
    Ok((stored, path))
}

/// Changes an account that is kept: what stands in its file, as it would be typed. Answers what it is then.
///
/// # Errors
/// What it is then is wrong, its authorities cannot be read, or the disk refuses; nothing has changed then.
pub fn change(accounts: &Accounts, name: &AccountName, change: impl FnOnce(&mut Typed)) -> Result<StoredAccount, NotKept> {
    let (before, _) = accounts.load(name).map_err(NotKept::Problem)?;
    let mut typed = Typed::from(&before);
    change(&mut typed);
    typed.ca = typed.ca.map(|path| authorities(&path)).transpose().map_err(NotKept::Authorities)?;
    let stored = StoredAccount::check(name.clone(), typed).map_err(NotKept::Wrong)?;
    accounts.change(&stored).map_err(NotKept::Problem)?;
    Ok(stored)
}

/// The absolute path of a file of certificates that can be read.
fn authorities(path: &Path) -> Result<PathBuf, Problem> {
    Roots::load(Some(path))?;
    let absolute = std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
    absolute.ok_or_else(|| Problem::local("The path of the file of authorities is not UTF-8.", "Give it another name."))
}

/// Removes an account's file, its passwords wherever they are kept and the certificates trusted for it; its history stays.
/// Says in sentences what could not be removed: an account of this name may next be somebody else's, and nothing of this one
/// must count for it.
///
/// # Errors
/// There is none of that name, or the disk refuses.
pub fn remove(paths: &Paths, name: &AccountName) -> Result<Vec<String>, Problem> {
    Accounts::open(paths)?.remove(name)?;
    Ok(forget(paths, name))
}

/// Removes what counts for an account, but for its file and its history; says in sentences what could not be removed.
#[must_use]
pub fn forget(paths: &Paths, name: &AccountName) -> Vec<String> {
    let mut warnings = Vec::new();
    // Which place is chosen does not matter: it is looked into all of them.
    match secrets::Stores::new(paths, secrets::StoreChoice::Automatic) {
        Ok(stores) => warnings.extend(secrets::forget_account(&stores, name).err().into_iter().flatten()),
        Err(problem) => warnings.push(problem.to_string()),
    }
    let forgotten = paths.config().and_then(|config| Trust::new(&config, paths.runtime()).forget(name));
    warnings.extend(forgotten.err().map(|problem| problem.to_string()));
    warnings.extend(forget_archive_position(paths, name).err());
    let settings = DiscoveryFiles::open(paths).and_then(|files| files.forget(name));
    warnings.extend(settings.err().map(|problem| problem.to_string()));
    warnings.extend(photos::forget(paths, name).err());
    warnings
}

fn forget_archive_position(paths: &Paths, name: &AccountName) -> Result<(), String> {
    let opened = paths.history().and_then(|path| Store::open(&path));
    opened.map_err(|problem| problem.to_string())?.forget_archive_position(name)
}
