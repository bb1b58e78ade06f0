//! What a reset removes, gathered before anything is removed, item by item; and the removal of each. No link is
//! followed.

use crate::engine::event::{AccountName, Problem};
use crate::engine::signin::CacheChange;
use crate::io::accounts::{Accounts, keeping};
use crate::io::discovery::DiscoveryFiles;
use crate::io::discovery::known::Known;
use crate::io::paths::Paths;
use crate::io::private;
use crate::io::secrets::{Place, Stores, vault};
use crate::io::store::Store;
use crate::io::store::account::Kept;
use crate::io::tls::Trust;
use crate::io::tls::trust::session_folder;
use std::path::{Path, PathBuf};

/// Files below a folder beyond these are not ours; then the folder is left alone.
const MOST_FILES: usize = 10_000;

/// Something that is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Passwords, by the names under which they are kept there.
    Passwords(Place, Vec<String>),
    /// A file, with its size.
    File(PathBuf, u64),
    /// A folder of ours, empty by then.
    Folder(PathBuf),
    /// An account's part of the history.
    History(AccountName, Kept),
    /// What was set, found and trusted for an account.
    Settings(AccountName),
    /// What discovery has found where the account is.
    Found(String),
}

impl std::fmt::Display for Item {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Item::Passwords(place, names) => write!(out, "passwords {}: {}", place.wording(), names.join(", ")),
            Item::File(path, size) => write!(out, "{} ({})", path.display(), in_bytes(*size)),
            Item::Folder(path) => write!(out, "{}/", path.display()),
            Item::History(account, kept) => write!(
                out,
                "history of {account}: {} messages, {} calls, {} conversations with their drafts",
                kept.messages, kept.calls, kept.conversations
            ),
            Item::Settings(account) => {
                write!(out, "settings of {account}, what its sign-ins have found, and the certificates trusted for it")
            }
            Item::Found(domain) => write!(out, "what discovery has found for {domain}"),
        }
    }
}

/// All that will go, in the order in which it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What goes.
    pub items: Vec<Item>,
    /// What will stay, and why, in sentences.
    pub stays: Vec<String>,
}

impl Plan {
    /// Everything below the folders, and the passwords of all accounts.
    ///
    /// # Errors
    /// The accounts cannot be listed.
    pub fn of_all(paths: &Paths, stores: &Stores) -> Result<Plan, Problem> {
        let mut plan = Plan { items: Vec::new(), stays: Vec::new() };
        let accounts = Accounts::open(paths)?.names()?;
        let known: Vec<String> = accounts.iter().flat_map(vault::names).collect();
        for (place, vault) in stores.there() {
            match vault.names() {
                // What is in the file goes with it.
                _ if place == Place::File => {}
                Ok(names) => {
                    // The Secret Service is one for all folders: what is not of these accounts may be another's.
                    let (ours, others): (Vec<_>, Vec<_>) =
                        names.into_iter().partition(|name| place == Place::Keyutils || known.contains(name));
                    plan.passwords(place, ours);
                    if !others.is_empty() {
                        let others = others.join(", ");
                        plan.stays.push(format!("Passwords {} of accounts that are not here: {others}.", place.wording()));
                    }
                }
                Err(why) => plan.stays.push(why),
            }
        }
        let [config, data, cache, state] = paths.folders();
        // The log last: it tells of the rest.
        for folder in [data, cache, session_folder(paths.runtime()), config, state] {
            plan.folder(&folder);
        }
        Ok(plan)
    }

    /// All of one account, whether its file is still there or not.
    ///
    /// # Errors
    /// The accounts, the settings or the history cannot be read.
    pub fn of_account(paths: &Paths, stores: &Stores, account: &AccountName) -> Result<Plan, Problem> {
        let mut plan = Plan { items: Vec::new(), stays: Vec::new() };
        for (place, vault) in stores.there() {
            match vault.names() {
                Ok(there) => {
                    plan.passwords(place, vault::names(account).into_iter().filter(|name| there.contains(name)).collect())
                }
                Err(why) => plan.stays.push(why),
            }
        }
        let history = paths.history()?;
        let kept = match history.exists() {
            true => Store::open(&history)?.kept_of(account).map_err(|why| Problem::local(why, ""))?,
            false => Kept::default(),
        };
        if kept != Kept::default() {
            plan.items.push(Item::History(account.clone(), kept));
        }
        let known = DiscoveryFiles::open(paths)?.known()?;
        let is_trusted = Trust::new(&paths.config()?, paths.runtime()).list()?.iter().any(|(pin, _)| pin.account == *account);
        let is_found = known.found.cache.services.contains_key(account) || known.found.cache.voice.contains_key(account);
        if is_trusted || is_found || known.settings.accounts.contains_key(account) {
            plan.items.push(Item::Settings(account.clone()));
        }
        plan.folder(&paths.photos(account));
        let accounts = Accounts::open(paths)?;
        let path = paths.accounts()?.join(format!("{account}.toml"));
        if let Ok(found) = path.symlink_metadata() {
            if let Some(domain) = only_domain(&accounts, &known, account)?
                && known.found.cache.knows(&domain)
            {
                plan.items.push(Item::Found(domain));
            }
            plan.items.push(Item::File(path, found.len()));
        }
        plan.stays.push("The log stays: it may name the account, and holds nothing that was said.".into());
        Ok(plan)
    }

    fn passwords(&mut self, place: Place, names: Vec<String>) {
        if !names.is_empty() {
            self.items.push(Item::Passwords(place, names));
        }
    }

    fn folder(&mut self, folder: &Path) {
        match folder.symlink_metadata() {
            Err(_) => {}
            Ok(found) if found.is_symlink() => {
                self.stays.push(format!("{} is a symbolic link, and not followed.", folder.display()));
            }
            Ok(_) => {
                let mut items = Vec::new();
                match below(folder, &mut items) {
                    Ok(()) => self.items.extend(items),
                    Err(why) => self.stays.push(format!("{} stays as it is: {why}.", folder.display())),
                }
            }
        }
    }

    /// Removes all of it; says in sentences what could not be removed, and why.
    #[must_use]
    pub fn carry_out(&self, paths: &Paths, stores: &Stores) -> Vec<String> {
        self.items.iter().flat_map(|item| item.remove(paths, stores)).collect()
    }
}

impl Item {
    /// Removes it; what could not be, and why.
    fn remove(&self, paths: &Paths, stores: &Stores) -> Vec<String> {
        let said = |problem: Problem| vec![problem.to_string()];
        match self {
            Item::Passwords(place, names) => match stores.open(*place) {
                Ok(Some((_, vault))) => names.iter().filter_map(|name| vault.delete(name).err()).collect(),
                Ok(None) => vec![format!("The passwords {} are out of reach.", place.wording())],
                Err(why) => vec![why],
            },
            Item::File(path, _) => private::remove(path).err().map(said).unwrap_or_default(),
            Item::Folder(path) => match std::fs::remove_dir(path) {
                Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                    vec![format!("{} cannot be removed: {}.", path.display(), private::said(&why))]
                }
                _ => Vec::new(),
            },
            Item::History(account, _) => {
                let opened = paths.history().and_then(|path| Store::open(&path)).map_err(|problem| problem.to_string());
                opened.and_then(|mut store| store.remove_account(account)).err().into_iter().collect()
            }
            Item::Settings(account) => keeping::forget(paths, account),
            Item::Found(domain) => {
                DiscoveryFiles::open(paths).and_then(|files| forget(&files, domain)).err().map(said).unwrap_or_default()
            }
        }
    }
}

/// The services domain of an account by address that no other account shares.
fn only_domain(accounts: &Accounts, known: &Known, account: &AccountName) -> Result<Option<String>, Problem> {
    let domain = |name: &AccountName| known.domain_of(&accounts.load(name).ok()?.0.account);
    let Some(own) = domain(account) else { return Ok(None) };
    let shared = accounts.names()?.iter().any(|name| name != account && domain(name).as_ref() == Some(&own));
    Ok((!shared).then_some(own))
}

fn forget(files: &DiscoveryFiles, domain: &str) -> Result<(), Problem> {
    let cache = files.known()?.found.cache;
    if cache.webex.contains_key(domain) {
        files.keep(&CacheChange::ForgetWebex { domain: domain.to_owned() })?;
    }
    for key in cache.srv.into_keys().filter(|key| key.domain == domain) {
        files.keep(&CacheChange::ForgetSrv { key })?;
    }
    Ok(())
}

/// All files and folders below `folder`, and itself: what is inside before what it is in.
fn below(folder: &Path, items: &mut Vec<Item>) -> Result<(), String> {
    let said = |why: std::io::Error| private::said(&why);
    let mut inside: Vec<_> = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<_, _>>).map_err(said)?;
    inside.sort_by_key(std::fs::DirEntry::file_name);
    for entry in inside {
        if items.len() >= MOST_FILES {
            return Err("it holds more than offhook would ever have put there".into());
        }
        // Of the entry, not of what it may lead to.
        let found = entry.metadata().map_err(said)?;
        match found.is_dir() {
            true => below(&entry.path(), items)?,
            false => items.push(Item::File(entry.path(), found.len())),
        }
    }
    items.push(Item::Folder(folder.to_owned()));
    Ok(())
}

fn in_bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} kB", size.div_ceil(1_000)),
        _ => format!("{} MB", size.div_ceil(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::signin::Organisation;
    use crate::io::accounts::{StoredAccount, Typed};
    use crate::io::secrets::StoreChoice;

    #[test]
    fn what_was_found_in_another_domain_than_that_of_the_address_goes_with_the_last_account_of_it() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let stores = Stores::new(&paths, StoreChoice::Nowhere).unwrap();
        let (accounts, files) = (Accounts::open(&paths).unwrap(), DiscoveryFiles::open(&paths).unwrap());
        for name in ["work", "home"] {
            let typed = Typed { address: Some(format!("ana@{name}.example")), ..Typed::default() };
            accounts.add(&StoredAccount::check(AccountName(name.into()), typed).unwrap()).unwrap();
        }
        files.change_settings(|settings| settings.provisioned.services_domain = Some("link.example".into())).unwrap();
        for domain in ["link.example", "work.example"] {
            let organisation = Organisation { sso: true };
            files.keep(&CacheChange::KeepWebex { domain: domain.into(), organisation }).unwrap();
        }
        let found = |account: &str| {
            let plan = Plan::of_account(&paths, &stores, &AccountName(account.into())).unwrap();
            plan.items.into_iter().filter(|item| matches!(item, Item::Found(_))).collect::<Vec<_>>()
        };
        assert_eq!(found("work"), [], "the other account shares it");
        accounts.remove(&AccountName("home".into())).unwrap();
        assert_eq!(found("work"), [Item::Found("link.example".into())]);
    }

    #[test]
    fn what_cannot_be_removed_is_said_and_the_rest_goes() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(&home.path().join("home"));
        let stores = Stores::new(&paths, StoreChoice::Nowhere).unwrap();
        let (full, file) = (home.path().join("full"), home.path().join("full/file"));
        std::fs::create_dir(&full).unwrap();
        std::fs::write(&file, "").unwrap();
        let items = vec![Item::Folder(full.clone()), Item::File(file.join("below"), 0), Item::File(file.clone(), 0)];
        let left = Plan { items, stays: Vec::new() }.carry_out(&paths, &stores);
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left[0].contains("full cannot be removed: ") && left[1].contains("below cannot be removed: "), "{left:?}");
        assert!(!file.exists() && full.exists());
    }

    #[test]
    fn a_folder_that_is_a_link_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let (other, link) = (home.path().join("other"), home.path().join("link"));
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let mut plan = Plan { items: Vec::new(), stays: Vec::new() };
        plan.folder(&link);
        plan.folder(&home.path().join("absent"));
        assert!(plan.items.is_empty() && plan.stays[0].contains("symbolic link"), "{plan:?}");
    }
}
