//! `offhook settings`: the settings of sign-in by address that the guides call Advanced Settings, where passwords are kept,
//! and where each value came from.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::{account, say};
use crate::app::block_on;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem, Setting, SettingValue};
use crate::engine::signin::server::{HTTPS_PORT, TFTP_PORT};
use crate::engine::signin::{CacheChange, Excluded, Manual, Server};
use crate::io::accounts::keeping::{self, NotKept};
use crate::io::accounts::{Accounts, StoredAccount, Typed, Wrong};
use crate::io::discovery::DiscoveryFiles;
use crate::io::discovery::settings::{Authenticator, CTI_PORT, Chosen, name, names};
use crate::io::discovery::shown::{addresses_of, shown};
use crate::io::paths::Paths;
use crate::io::secrets::sealed::State;
use crate::io::secrets::{self, StoreChoice, Stores};
use crate::machine::visible_line;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// `offhook settings`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of which account; without it, of `discover` and of all accounts without settings of their own
    #[arg(long, value_name = "NAME", global = true, value_parser = addresses::account_name)]
    account: Option<AccountName>,
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Says who authenticates: whoever discovery finds, or a server of yours
    Authenticator {
        #[command(subcommand)]
        who: Who,
    },
    /// Leaves services out of discovery
    ///
    /// webex: CAS is not asked; cucm: _cisco-uds is not asked; cup: _cuplogin is not asked; with all three, _collab-edge is
    /// not asked either. An excluded service's cached answer is dropped too. "none" asks them all.
    Exclude {
        /// Which
        #[arg(required = true, value_enum)]
        services: Vec<Excludable>,
    },
    /// Says when the bootstrap file is read: last, as the guides' numbered order has it, or before everything that is
    /// discovered, as one sentence of theirs says
    Bootstrap {
        /// When
        #[arg(value_enum)]
        place: Place,
    },
    /// Chooses among several softphones of the account
    Device {
        /// Its name, as in CSFANA; "ask" to be asked again
        #[arg(value_parser = addresses::device)]
        name: String,
    },
    /// Lets the account connect to a host that lies outside of the domains of its services, or no longer
    Host {
        /// Which of the two
        #[arg(value_enum)]
        verdict: HostVerdict,
        /// Which host
        #[arg(value_parser = https)]
        host: Server,
    },
    /// Asks this name server alone, instead of the system's
    Dns {
        /// HOST:PORT; "none" for the system's
        #[arg(value_parser = dns)]
        server: String,
    },
    /// Asks this CAS whether the domain is a Webex organisation, instead of that of Webex
    Cas {
        /// URL; "none" for that of Webex
        #[arg(value_parser = cas)]
        url: String,
    },
    /// Trusts the authorities of this file for the account, besides the system's
    Ca {
        /// PEM file; "none" for the system's alone
        file: String,
    },
    /// Fetches files by TFTP from this port, instead of 69
    TftpPort {
        /// Port; "none" for 69
        #[arg(value_parser = tftp_port)]
        port: String,
    },
    /// Lets what the account's deployment has in clear go in clear, where others can listen: calls, questions and files; or
    /// no longer
    Cleartext {
        /// Which of the two
        #[arg(value_enum)]
        verdict: ClearVerdict,
    },
    /// Says where passwords are kept, of all accounts
    ///
    /// automatic: the Secret Service of the desktop where there is one that answers, else the kernel's keyring; those who
    /// add an account with --no-store have nothing kept. What is kept elsewhere already stays there.
    Passwords {
        /// Where
        #[arg(value_enum)]
        store: PasswordStore,
    },
    /// Shows each value, and where it came from
    Show {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Who {
    /// Whoever discovery finds; clears what was set by hand
    Automatic,
    /// Cisco Unified Communications Manager IM & Presence
    Cup {
        /// HOST or HOST:PORT
        #[arg(value_parser = https)]
        server: Server,
    },
    /// Cisco Unified Communications Manager 9 or later
    Cucm {
        /// HOST or HOST:PORT
        #[arg(value_parser = https)]
        server: Server,
    },
    /// Cisco Unified Communications Manager 8.x, phone only
    Cucm8 {
        /// Where files are
        #[arg(long, value_name = "HOST[:PORT]", value_parser = tftp, required = true)]
        tftp: Server,
        /// Where desk phones are controlled; it is kept, and not used yet
        #[arg(long, value_name = "HOST", value_parser = cti)]
        cti: Option<Server>,
        /// Where devices are listed, if that is not the TFTP host
        #[arg(long, value_name = "HOST", value_parser = https)]
        ccmcip: Option<Server>,
    },
    /// Webex Messenger; sign-in there is not available yet
    Webex {
        /// Where CAS is, if not at Webex
        #[arg(long, value_name = "URL", value_parser = addresses::cas)]
        cas: Option<Url>,
    },
    /// Servers of open standards, found by their own SRV records
    Standard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Excludable {
    Webex,
    Cucm,
    Cup,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum HostVerdict {
    Allow,
    Forget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ClearVerdict {
    Allow,
    Refuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Place {
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PasswordStore {
    /// The Secret Service, else the kernel's keyring
    Automatic,
    /// The Secret Service of the desktop alone
    SecretService,
    /// The kernel's keyring alone: until this machine reboots
    Keyutils,
    /// A file that is sealed with a passphrase, which is asked for at each start
    File,
    /// Nowhere: they are asked for each time
    None,
}

impl From<PasswordStore> for StoreChoice {
    fn from(store: PasswordStore) -> StoreChoice {
        match store {
            PasswordStore::Automatic => StoreChoice::Automatic,
            PasswordStore::SecretService => StoreChoice::Only(secrets::Place::SecretService),
            PasswordStore::Keyutils => StoreChoice::Only(secrets::Place::Keyutils),
            PasswordStore::File => StoreChoice::Only(secrets::Place::File),
            PasswordStore::None => StoreChoice::Nowhere,
        }
    }
}

fn https(text: &str) -> Result<Server, String> {
    server(text, HTTPS_PORT)
}

fn tftp(text: &str) -> Result<Server, String> {
    server(text, TFTP_PORT)
}

fn cti(text: &str) -> Result<Server, String> {
    server(text, CTI_PORT)
}

/// Has the value taken back.
const NONE: &str = "none";

fn dns(text: &str) -> Result<String, String> {
    if text == NONE { Ok(text.to_owned()) } else { addresses::name_server(text).map(|server| server.to_string()) }
}

fn cas(text: &str) -> Result<String, String> {
    if text == NONE { Ok(text.to_owned()) } else { addresses::cas(text).map(|url| url.to_string()) }
}

fn tftp_port(text: &str) -> Result<String, String> {
    let port = text.parse::<u16>().is_ok_and(|port| port > 0);
    if port || text == NONE { Ok(text.to_owned()) } else { Err("A port is a number from 1 up to 65535.".to_owned()) }
}

fn server(text: &str, port: u16) -> Result<Server, String> {
    let form = "Write HOST or HOST:PORT, as in imp.example.test or [2001:db8::1]:8443.";
    Server::parse(text, port).ok_or_else(|| format!("“{}” is no server. {form}", visible_line(text)))
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(settings(args))
}

fn settings(Args { account, wish }: Args) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let account = account.map(|name| by_address(&paths, &name)).transpose()?;
    let files = DiscoveryFiles::open(&paths)?;
    match wish {
        Wish::Show { json } => show(&files, account.as_ref(), json),
        Wish::Authenticator { who } => authenticator(&files, account.map(|stored| stored.account.name), manual(who)),
        Wish::Exclude { services } => exclude(&files, account.map(|stored| stored.account.name), &services),
        Wish::Dns { server } => file(&paths, &files, account, |typed| typed.dns = given(server)),
        Wish::Cas { url } => match one(account)? {
            stored if !stored.account.allow_cleartext && account::is_clear_cas(&url) => {
                let allow = format!("To allow it: offhook settings --account {} cleartext allow", stored.account.name);
                Ok(account::refuse_clear_cas(&allow))
            }
            stored => file(&paths, &files, Some(stored), |typed| typed.cas = given(url)),
        },
        Wish::Ca { file: ca } => file(&paths, &files, account, |typed| typed.ca = given(ca).map(PathBuf::from)),
        Wish::TftpPort { port } => {
            file(&paths, &files, account, |typed| typed.tftp_port = given(port).and_then(|port| port.parse().ok()))
        }
        Wish::Device { name } => {
            let asks = name == "ask";
            own(&files, account, |own| own.device = (!asks).then_some(name.clone()))?;
            say::note(&if asks { "It is chosen anew at the next sign-in.".to_owned() } else { format!("{name} is used.") });
            Ok(Exit::Done)
        }
        Wish::Host { verdict: HostVerdict::Allow, host } => {
            own(&files, account, |own| own.allow(&host.host))?;
            say::note(&format!("{} may be connected to.", host.host));
            Ok(Exit::Done)
        }
        Wish::Host { verdict: HostVerdict::Forget, host } => {
            own(&files, account, |own| {
                own.hosts.remove(&host.host);
            })?;
            say::note(&format!("{} is not connected to, where it lies outside of the domains.", host.host));
            Ok(Exit::Done)
        }
        Wish::Cleartext { verdict } => cleartext(&paths, &files, account, verdict),
        Wish::Passwords { store } => passwords(&paths, &files, account.is_some(), store.into()),
        Wish::Bootstrap { place } => {
            files.change_settings(|settings| settings.bootstrap_first = place == Place::First)?;
            say::note(match place {
                Place::First => "The bootstrap file stands before everything that is discovered.",
                Place::Last => "The bootstrap file is read last.",
            });
            Ok(Exit::Done)
        }
    }
}

/// Where passwords are kept; a sealed file that is not there yet is made.
fn passwords(paths: &Paths, files: &DiscoveryFiles, is_of_one: bool, choice: StoreChoice) -> Result<Exit, Problem> {
    if is_of_one {
        say::failure(&Problem::local("Where passwords are kept holds for all accounts.", "Leave out --account."));
        return Ok(Exit::Usage);
    }
    let stores = Stores::new(paths, choice)?;
    let local = |why: String| Problem::local(why, "");
    if choice == StoreChoice::Only(secrets::Place::File) && stores.sealed().state().map_err(local)? == State::Absent {
        block_on(async {
            let mut interrupts = Interrupts::hear()?;
            tokio::select! {
                sealed = secrets::seal_on_terminal(&stores) => sealed.map_err(local),
                () = interrupts.next() => Err(local("You gave up: no file was made.".into())),
            }
        })?;
        say::note(&format!("The sealed file is {}.", stores.sealed().path().display()));
    }
    files.change_settings(|settings| settings.password_store = Some(choice))?;
    say::note(&match choice {
        StoreChoice::Automatic => "Passwords are kept in the keyring of the desktop, else in the kernel's.".to_owned(),
        StoreChoice::Only(place) => format!("Passwords are kept {}.", place.wording()),
        StoreChoice::Nowhere => "Passwords are kept nowhere, and asked for each time.".to_owned(),
    });
    Ok(Exit::Done)
}

/// The account of this name, which must be one by address: others have nothing of this.
fn by_address(paths: &Paths, wanted: &AccountName) -> Result<StoredAccount, Problem> {
    let accounts = Accounts::open(paths)?;
    let (stored, _) = accounts.load(&accounts.choose(Some(wanted))?)?;
    if stored.account.address.is_some() {
        return Ok(stored);
    }
    Err(Problem::local(
        format!("Account {} is on open standards, and nothing is discovered for it.", stored.account.name),
        "These settings are for accounts that were added with --address.",
    ))
}

/// Changes what only single accounts have.
fn own(files: &DiscoveryFiles, account: Option<StoredAccount>, change: impl FnOnce(&mut Chosen)) -> Result<(), Problem> {
    let name = one(account)?.account.name;
    files.change_settings(|settings| settings.choose(Some(name.clone()), change))?;
    // It was found under what held before.
    files.keep(&CacheChange::ForgetServices { account: name })
}

fn one(account: Option<StoredAccount>) -> Result<StoredAccount, Problem> {
    account.ok_or_else(|| Problem::local("This is set for one account.", "Say which: offhook settings --account NAME"))
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| text != NONE)
}

/// Changes what stands in an account's own file, as `offhook account add` has put it there.
fn file(
    paths: &Paths,
    files: &DiscoveryFiles,
    account: Option<StoredAccount>,
    change: impl FnOnce(&mut Typed),
) -> Result<Exit, Problem> {
    let name = one(account)?.account.name;
    let changed = match keeping::change(&Accounts::open(paths)?, &name, change) {
        Ok(stored) => stored.account,
        Err(NotKept::Wrong(Wrong { what, .. })) => {
            say::failure(&Problem::local(what, ""));
            return Ok(Exit::Usage);
        }
        Err(NotKept::Authorities(problem) | NotKept::Problem(problem)) => return Err(problem),
    };
    files.settings_changed(&changed)?;
    say::note("It counts from the next sign-in on.");
    Ok(Exit::Done)
}

fn cleartext(
    paths: &Paths,
    files: &DiscoveryFiles,
    account: Option<StoredAccount>,
    verdict: ClearVerdict,
) -> Result<Exit, Problem> {
    let allowed = verdict == ClearVerdict::Allow;
    let exit = file(paths, files, account, |typed| typed.allow_cleartext = allowed)?;
    if exit == Exit::Done {
        say::note(match allowed {
            true => "What its deployment has in clear goes in clear, where others can listen.",
            false => "Nothing of it goes in clear.",
        });
    }
    Ok(exit)
}

fn manual(who: Who) -> Option<Manual> {
    Some(match who {
        Who::Automatic => return None,
        Who::Cup { server } => Manual::Cup { server },
        Who::Cucm { server } => Manual::Cucm { server },
        Who::Cucm8 { tftp, cti, ccmcip } => Manual::Cucm8 { tftp, cti, ccmcip },
        Who::Webex { cas } => Manual::Webex { cas },
        Who::Standard => Manual::Standard,
    })
}

fn authenticator(files: &DiscoveryFiles, account: Option<AccountName>, manual: Option<Manual>) -> Result<Exit, Problem> {
    let whose = whose(account.as_ref());
    let chosen = manual.clone().map_or(Authenticator::Automatic, Authenticator::By);
    files.change_settings(|settings| settings.choose(account, |own| own.authenticator = Some(chosen)))?;
    say::note(&format!("The authenticator {whose} is {}.", in_words(manual.as_ref())));
    match manual {
        Some(Manual::Cucm8 { cti: Some(_), .. }) => {
            say::note("The CTI server is kept; desk phones cannot be controlled yet.");
        }
        Some(Manual::Webex { .. }) => say::note("Sign-in through Webex is not available yet: it ends with that decision."),
        _ => {}
    }
    Ok(Exit::Done)
}

fn exclude(files: &DiscoveryFiles, account: Option<AccountName>, services: &[Excludable]) -> Result<Exit, Problem> {
    if services.len() > 1 && services.contains(&Excludable::None) {
        say::failure(&Problem::local("“none” stands alone.", ""));
        return Ok(Exit::Usage);
    }
    let is = |service| services.contains(&service);
    let excluded = Excluded { webex: is(Excludable::Webex), cucm: is(Excludable::Cucm), cup: is(Excludable::Cup) };
    let whose = whose(account.as_ref());
    files.change_settings(|settings| settings.choose(account, |own| own.excluded = Some(excluded)))?;
    let names = names(excluded);
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    say::note(&format!("Left out of discovery {whose}: {names}."));
    Ok(Exit::Done)
}

fn whose(account: Option<&AccountName>) -> String {
    account.map_or_else(|| "by default".to_owned(), |account| format!("of account {account}"))
}

/// As it is typed.
fn in_words(manual: Option<&Manual>) -> String {
    let mut words = vec![name(manual).to_owned()];
    words.extend(addresses_of(manual).into_iter().map(|(_, value)| value));
    words.join(" ")
}

fn show(files: &DiscoveryFiles, account: Option<&StoredAccount>, json: bool) -> Result<Exit, Problem> {
    let rows = shown(&files.known()?, account);
    if json {
        let mut object = Map::new();
        object.insert("account".into(), json!(account.map(|stored| &stored.account.name.0)));
        let object_of = |row: Setting| (row.name, json!({ "value": value(row.value), "source": row.source }));
        object.extend(rows.into_iter().map(object_of));
        say::line(&Value::Object(object).to_string())?;
        return Ok(Exit::Done);
    }
    for Setting { name, value, source } in rows {
        if !say::line(&visible_line(&format!("{name:24}  {value}  ({source})")))? {
            break;
        }
    }
    Ok(Exit::Done)
}

fn value(value: SettingValue) -> Value {
    match value {
        SettingValue::Unset => Value::Null,
        SettingValue::Text(text) => Value::String(text),
        SettingValue::Number(number) => json!(number),
        SettingValue::List(all) => json!(all),
        SettingValue::Switch(on) => json!(on),
    }
}
