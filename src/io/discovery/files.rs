//! The files of discovery in the configuration folder, and the launch that is built from them.
//!
//! | file | what is in it | where it is damaged |
//! |---|---|---|
//! | `discovery.toml` | launches, caches, bootstrap values that were read | it is set aside, and asked anew |
//! | `settings.toml` | settings made by hand or by a link | nothing starts until it is mended: it says whom to trust with a password |
//! | `jabber-bootstrap.properties` | the bootstrap file | what cannot be understood counts as not set |
//!
//! Each is changed under a lock, so that processes side by side lose nothing of each other's.

use super::bootstrap;
use super::found::{Found, ReadBootstrap};
use super::known::Known;
use super::settings::Settings;
use crate::engine::event::{AccountName, Problem};
use crate::engine::settings::{Account, ByAddress};
use crate::engine::signin::{CacheChange, Launch};
use crate::io::paths::Paths;
use crate::io::private;
use crate::protocol::cisco::bootstrap::Bootstrap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const FOUND: &str = "discovery.toml";
const SETTINGS: &str = "settings.toml";

/// The files of discovery. Clones are one launch.
#[derive(Clone, Debug)]
pub struct DiscoveryFiles {
    folder: PathBuf,
    begun: Arc<Mutex<Begun>>,
}

/// What this launch knows of itself.
#[derive(Debug, Default)]
struct Begun {
    /// Nothing was launched before it; none before it is counted.
    first: Option<bool>,
    /// The bootstrap file as this launch has read it.
    bootstrap: Option<ReadBootstrap>,
    /// What the user should know of the files.
    notices: Vec<Problem>,
}

impl DiscoveryFiles {
    /// Those of the user. Nothing is counted yet.
    ///
    /// # Errors
    /// There is no configuration folder.
    pub fn open(paths: &Paths) -> Result<DiscoveryFiles, Problem> {
        Ok(DiscoveryFiles { folder: paths.config()?, begun: Arc::default() })
    }

    /// Counts this launch, once. Where that cannot be kept, the launch goes on all the same.
    pub fn begin(&self) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.first.is_some() {
            return;
        }
        let counted = self.change_found(|found| {
            found.launches = found.launches.saturating_add(1);
            found.launches == 1
        });
        match counted {
            Ok((first, notice)) => {
                begun.first = Some(first);
                begun.notices.extend(notice);
            }
            Err(problem) => {
                begun.first = Some(self.read_found().is_ok_and(|found| found.launches == 0));
                begun.notices.push(problem);
            }
        }
    }

    /// Whether what is known of earlier launches can be read. Nothing is written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.read_found().is_ok()
    }

    /// What the user should know of the files, told once.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Problem> {
        std::mem::take(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner).notices)
    }

    /// What is known for a sign-in of this address, as the files stand; it counts as a launch when nothing did before.
    /// `account` is whose settings hold; with none, the default ones.
    ///
    /// # Errors
    /// The settings cannot be read or understood.
    pub fn launch(&self, account: Option<&AccountName>, address: &ByAddress, allow_cleartext: bool) -> Result<Launch, Problem> {
        self.begin();
        let known = self.known()?;
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let launch = known.launch(account, address, allow_cleartext, begun.first.unwrap_or_default());
        begun.notices.extend(known.trouble);
        begun.bootstrap = known.file;
        Ok(launch)
    }

    /// All that the files say, as it stands.
    ///
    /// # Errors
    /// The settings cannot be read or understood.
    pub fn known(&self) -> Result<Known, Problem> {
        let (file, trouble) = self.bootstrap_file();
        Ok(Known { settings: self.settings()?, found: self.read_found().unwrap_or_default(), file, trouble })
    }

    /// Keeps what discovery has found.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, change: &CacheChange) -> Result<(), Problem> {
        let read = match change {
            CacheChange::KeepBootstrap(_) => self.begun.lock().unwrap_or_else(PoisonError::into_inner).bootstrap.clone(),
            _ => None,
        };
        let ((), notice) = self.change_found(|found| {
            found.apply(change);
            if read.is_some() {
                found.bootstrap = read;
            }
        })?;
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).notices.extend(notice);
        Ok(())
    }

    /// The settings.
    ///
    /// # Errors
    /// They cannot be read or understood: with line and column.
    pub fn settings(&self) -> Result<Settings, Problem> {
        let path = self.folder.join(SETTINGS);
        let text = private::read(&path)?.unwrap_or_default();
        Settings::parse(&text).map_err(|why| {
            let what = format!("{}:{why}", path.display());
            Problem::local(what, "Mend it, or move it away and make the settings anew: they say which server gets a password.")
        })
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// They cannot be read, understood or written.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), Problem> {
        let path = self.folder.join(SETTINGS);
        let _lock = private::lock(&path)?;
        let mut settings = self.settings()?;
        change(&mut settings);
        private::replace(&path, &settings.write().map_err(|why| unwritten(&path, &why))?)
    }

    /// Changes the bootstrap file, unless `change` refuses; says where it is, and what `change` said.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn change_bootstrap<T, E>(
        &self,
        change: impl FnOnce(&mut Bootstrap) -> Result<T, E>,
    ) -> Result<(PathBuf, Result<T, E>), Problem> {
        let path = self.folder.join(bootstrap::FILE);
        let _lock = private::lock(&path)?;
        let mut file = Bootstrap::parse(&private::read(&path)?.unwrap_or_default());
        let changed = change(&mut file);
        if changed.is_ok() {
            private::replace(&path, file.write())?;
        }
        Ok((path, changed))
    }

    /// Forgets what was found for an account under settings that do not hold any more: its servers, and what the CAS said of
    /// its domain.
    ///
    /// # Errors
    /// The files cannot be read or written.
    pub fn settings_changed(&self, account: &Account) -> Result<(), Problem> {
        self.keep(&CacheChange::ForgetServices { account: account.name.clone() })?;
        self.keep(&CacheChange::ForgetVoice { account: account.name.clone() })?;
        let known = self.known()?;
        match known.domain_of(account).filter(|domain| known.found.cache.webex.contains_key(domain)) {
            Some(domain) => self.keep(&CacheChange::ForgetWebex { domain }),
            None => Ok(()),
        }
    }

    /// Forgets what the sign-ins of this address, as USER@DOMAIN, have found.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn forget_services(&self, address: &str) -> Result<(), Problem> {
        let forget = |found: &mut Found| {
            found.cache.services.retain(|_, services| services.address != address);
            found.cache.voice.retain(|_, voice| voice.address != address);
        };
        self.change_found(forget).map(|_| ())
    }

    /// Forgets the settings of an account that is gone, and what its sign-ins have found.
    ///
    /// # Errors
    /// The files cannot be read, understood or written.
    pub fn forget(&self, account: &AccountName) -> Result<(), Problem> {
        let found = self.read_found().unwrap_or_default();
        if found.cache.services.contains_key(account) {
            self.keep(&CacheChange::ForgetServices { account: account.clone() })?;
        }
        if found.cache.voice.contains_key(account) {
            self.keep(&CacheChange::ForgetVoice { account: account.clone() })?;
        }
        if self.settings()?.accounts.contains_key(account) {
            self.change_settings(|settings| drop(settings.accounts.remove(account)))?;
        }
        Ok(())
    }

    fn bootstrap_file(&self) -> (Option<ReadBootstrap>, Option<Problem>) {
        match private::read(&self.folder.join(bootstrap::FILE)) {
            Ok(text) => (text.as_deref().map(bootstrap::read), None),
            Err(problem) => (None, Some(problem)),
        }
    }

    fn read_found(&self) -> Result<Found, Damaged> {
        let text = private::read(&self.folder.join(FOUND)).map_err(Damaged::Unreadable)?;
        Found::parse(&text.unwrap_or_default()).map_err(Damaged::Senseless)
    }

    /// Changes what is known, under a lock. A file that is damaged is set aside, and its notice told.
    fn change_found<T>(&self, change: impl FnOnce(&mut Found) -> T) -> Result<(T, Option<Problem>), Problem> {
        let path = self.folder.join(FOUND);
        let _lock = private::lock(&path)?;
        let (mut found, notice) = match self.read_found() {
            Ok(found) => (found, None),
            Err(damaged) => {
                let notice = set_aside(&path, damaged)?;
                // Somebody has written it: this is no first launch.
                (Found { launches: 1, ..Found::default() }, Some(notice))
            }
        };
        let changed = change(&mut found);
        private::replace(&path, &found.write().map_err(|why| unwritten(&path, &why))?)?;
        Ok((changed, notice))
    }
}

/// Why a file cannot be used.
enum Damaged {
    Unreadable(Problem),
    Senseless(String),
}

/// Gives a damaged file another name; says so.
fn set_aside(path: &Path, damaged: Damaged) -> Result<Problem, Problem> {
    let why = match damaged {
        Damaged::Unreadable(problem) => problem.what,
        Damaged::Senseless(why) => format!("{} cannot be understood: {why}.", path.display()),
    };
    let aside = private::set_aside(path)?;
    let next = format!("It is kept as {}; what is known of servers is asked anew.", aside.display());
    Ok(Problem::local(why, next))
}

fn unwritten(path: &Path, why: &str) -> Problem {
    Problem::local(format!("{} cannot be written: {why}.", path.display()), "See to it that its directory is yours.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Source;
    use crate::engine::signin::{Excluded, Manual, Organisation, Server, SrvAnswer, SrvKey, VoiceDomain};
    use crate::io::discovery::settings::{Authenticator, Chosen};
    use std::fs;

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Home {
            Home(tempfile::tempdir().unwrap())
        }

        /// A new process.
        fn process(&self) -> DiscoveryFiles {
            DiscoveryFiles::open(&Paths::below(self.0.path())).unwrap()
        }

        fn file(&self, name: &str) -> PathBuf {
            self.0.path().join("config/offhook").join(name)
        }
    }

    fn address() -> ByAddress {
        ByAddress { user: "ana".into(), domain: "lab.example".into(), dns: None, cas: None, tftp_port: None }
    }

    fn write(files: &DiscoveryFiles, arguments: &[&str]) {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (_, taken) = files.change_bootstrap(|file| file.take_arguments(&arguments)).unwrap();
        assert_eq!(taken, Ok(vec![]));
    }

    fn launch(files: &DiscoveryFiles) -> Launch {
        files.launch(None, &address(), false).unwrap()
    }

    #[test]
    fn launches_are_counted_by_process() {
        let home = Home::new();
        let first = home.process();
        assert!(launch(&first).first && launch(&first.clone()).first, "a second account is no second launch");
        let second = home.process();
        second.begin();
        assert!(!launch(&second).first);
    }

    #[test]
    fn what_is_found_is_there_at_the_next_launch() {
        let home = Home::new();
        let files = home.process();
        let key = SrvKey { domain: "lab.example".into(), voice_domain: None, dns: None };
        let answer = SrvAnswer { source: Source::CiscoUds, records: vec![] };
        files.keep(&CacheChange::KeepSrv { key: key.clone(), answer: answer.clone() }).unwrap();
        let organisation = Organisation { sso: false };
        files.keep(&CacheChange::KeepWebex { domain: "lab.example".into(), organisation }).unwrap();
        let cache = launch(&home.process()).cache;
        assert_eq!((cache.srv.get(&key), cache.webex.len()), (Some(&answer), 1));
    }

    #[test]
    fn the_voice_domain_of_the_administrators_file_is_forgotten_with_what_else_was_found() {
        let home = Home::new();
        let files = home.process();
        let work = AccountName("work".into());
        let account = Account { name: work.clone(), address: Some(address()), chat: None, phone: None, allow_cleartext: false };
        let forgets: [&dyn Fn(); 3] =
            [&|| files.forget(&work).unwrap(), &|| files.forget_services("ana@lab.example").unwrap(), &|| {
                files.settings_changed(&account).unwrap()
            }];
        for forget in forgets {
            let voice = VoiceDomain { address: "ana@lab.example".into(), domain: "voice.example".into() };
            files.keep(&CacheChange::KeepVoice { account: work.clone(), voice }).unwrap();
            let at = |whose: Option<&AccountName>| files.launch(whose, &address(), false).unwrap().srv_domain().to_owned();
            assert_eq!((at(Some(&work)), at(None)), ("voice.example".into(), "voice.example".into()));
            assert_eq!(at(Some(&AccountName("other".into()))), "lab.example", "each account has its own file");
            files.forget_services("bob@lab.example").unwrap();
            assert_eq!(at(None), "voice.example");
            forget();
            assert_eq!((at(Some(&work)), at(None)), ("lab.example".into(), "lab.example".into()));
        }
    }

    #[test]
    fn a_bootstrap_file_is_read_once_and_again_when_it_is_written_anew() {
        let home = Home::new();
        let files = home.process();
        write(&files, &["AUTHENTICATOR=CUP", "CUP_ADDRESS=imp1.lab.example", "EXCLUDED_SERVICES=WEBEX"]);
        write(&files, &["VOICE_SERVICES_DOMAIN=Voice.example"]);
        let first = launch(&files);
        assert!(first.reads_bootstrap() && first.excluded == Excluded { webex: true, cucm: false, cup: false });
        assert_eq!(first.voice_domain.as_deref(), Some("voice.example"));
        files.keep(&CacheChange::KeepBootstrap(first.bootstrap().unwrap().clone())).unwrap();

        let second = launch(&home.process());
        assert!(!second.reads_bootstrap() && second.bootstrap() == first.bootstrap() && second.excluded == first.excluded);
        fs::rename(home.file(bootstrap::FILE), home.file("away")).unwrap();
        assert_eq!(launch(&home.process()).bootstrap(), first.bootstrap(), "what was read is kept");

        fs::rename(home.file("away"), home.file(bootstrap::FILE)).unwrap();
        write(&home.process(), &["CUP_ADDRESS=imp2.lab.example", "EXCLUDED_SERVICES="]);
        let process = home.process();
        let third = launch(&process);
        assert!(third.reads_bootstrap() && third.excluded == Excluded::default());
        assert_eq!(third.bootstrap().unwrap().cup, Some(Server::new("imp2.lab.example", 8443)));
        assert!(launch(&home.process()).reads_bootstrap(), "it was not kept, as where the process died: it is read again");
        process.keep(&CacheChange::KeepBootstrap(third.bootstrap().unwrap().clone())).unwrap();
        assert!(!launch(&home.process()).reads_bootstrap());
    }

    #[test]
    fn a_link_goes_before_the_bootstrap_file_and_an_account_before_the_default() {
        let home = Home::new();
        let files = home.process();
        write(&files, &["SERVICES_DOMAIN=file.example", "EXCLUDED_SERVICES=CUP"]);
        let work = AccountName("work".into());
        let cup = Manual::Cup { server: Server::new("imp.lab.example", 8443) };
        files
            .change_settings(|settings| {
                settings.provisioned.services_domain = Some("link.example".into());
                settings.choose(Some(work.clone()), |own| own.authenticator = Some(Authenticator::Automatic));
                settings.default = Chosen { authenticator: Some(Authenticator::By(cup.clone())), ..Chosen::default() };
                settings.bootstrap_first = true;
            })
            .unwrap();
        let launch = files.launch(None, &address(), true).unwrap();
        assert_eq!((launch.domain.as_str(), launch.excluded.cup, launch.bootstrap_first), ("link.example", true, true));
        assert_eq!(launch.manual, Some(cup));
        assert_eq!(files.launch(Some(&work), &address(), true).unwrap().manual, None);
        files.forget(&work).unwrap();
        assert!(files.launch(Some(&work), &address(), true).unwrap().manual.is_some());
    }

    #[test]
    fn damaged_files_are_set_aside_or_named_and_never_lost() {
        let home = Home::new();
        home.process().begin();
        for (damage, aside) in [("launches = [", "discovery.toml.damaged-1"), ("launches = -1", "discovery.toml.damaged-2")] {
            fs::write(home.file(FOUND), damage).unwrap();
            let files = home.process();
            assert!(!launch(&files).first, "somebody has launched before");
            let notices = files.take_notices();
            assert!(notices.len() == 1 && notices[0].next.contains(aside), "{notices:?}");
            assert_eq!(fs::read_to_string(home.file(aside)).unwrap(), damage);
            assert_eq!(files.take_notices(), []);
        }
        fs::write(home.file(FOUND), vec![b'#'; 2 << 20]).unwrap();
        let large = home.process();
        large.begin();
        assert!(large.take_notices()[0].what.contains("larger than"));

        fs::write(home.file(SETTINGS), "[default]\nauthenticator = 7").unwrap();
        let refused = home.process().launch(None, &address(), false).unwrap_err();
        assert!(refused.what.contains("settings.toml:2:17: "), "{refused}");
        assert!(home.process().change_settings(|_| {}).is_err());
        assert_eq!(fs::read_to_string(home.file(SETTINGS)).unwrap(), "[default]\nauthenticator = 7");
    }

    #[test]
    fn processes_side_by_side_lose_nothing_of_each_other() {
        let home = Home::new();
        std::thread::scope(|threads| {
            for number in 0..8 {
                let files = home.process();
                threads.spawn(move || {
                    let organisation = Organisation { sso: true };
                    files.keep(&CacheChange::KeepWebex { domain: format!("{number}.example"), organisation }).unwrap();
                });
            }
        });
        assert_eq!(launch(&home.process()).cache.webex.len(), 8);
    }
}
