//! `offhook settings`: the settings of sign-in by address that the guides call Advanced Settings, and where each value came
//! from.

use super::exit::Exit;
use super::say;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::engine::settings::ByAddress;
use crate::engine::signin::server::{HTTPS_PORT, TFTP_PORT};
use crate::engine::signin::{Excluded, Manual, Server};
use crate::io::accounts::Accounts;
use crate::io::discovery::settings::{Authenticator, CTI_PORT, Origin, name, names};
use crate::io::discovery::{DiscoveryFiles, files::Known};
use crate::io::paths::Paths;
use crate::machine::visible_line;
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use url::Url;

/// `offhook settings`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of which account; without it, of `discover` and of all accounts without settings of their own
    #[arg(long, value_name = "NAME", global = true)]
    account: Option<String>,
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
enum Place {
    First,
    Last,
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
    let account = account.as_deref().map(|name| by_address(&paths, name)).transpose()?;
    let files = DiscoveryFiles::open(&paths)?;
    match wish {
        Wish::Show { json } => show(&files, account.as_ref(), json),
        Wish::Authenticator { who } => authenticator(&files, account.map(|(name, _)| name), manual(who)),
        Wish::Exclude { services } => exclude(&files, account.map(|(name, _)| name), &services),
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

/// The account of this name, which must be one by address: others have nothing of this.
fn by_address(paths: &Paths, wanted: &str) -> Result<(AccountName, ByAddress), Problem> {
    let accounts = Accounts::open(paths)?;
    let name = accounts.choose(Some(wanted))?;
    match accounts.load(&name)?.0.account.address {
        Some(address) => Ok((name, address)),
        None => Err(Problem::local(
            format!("Account {name} is on open standards, and nothing is discovered for it."),
            "These settings are for accounts that were added with --address.",
        )),
    }
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

/// What a setting names beside the authenticator.
fn addresses_of(manual: Option<&Manual>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    match manual {
        Some(Manual::Cup { server } | Manual::Cucm { server }) => found.push(("server", server.to_string())),
        Some(Manual::Cucm8 { tftp, cti, ccmcip }) => {
            found.push(("tftp", tftp.to_string()));
            found.extend(cti.iter().map(|cti| ("cti", cti.to_string())));
            found.extend(ccmcip.iter().map(|ccmcip| ("ccmcip", ccmcip.to_string())));
        }
        Some(Manual::Webex { cas }) => found.extend(cas.iter().map(|cas| ("cas", cas.to_string()))),
        Some(Manual::Standard) | None => {}
    }
    found
}

fn show(files: &DiscoveryFiles, account: Option<&(AccountName, ByAddress)>, json: bool) -> Result<Exit, Problem> {
    let rows = rows(&files.known()?, account);
    if json {
        let mut object = Map::new();
        object.insert("account".into(), json!(account.map(|(name, _)| &name.0)));
        object.extend(rows.into_iter().map(|(name, value, source)| (name, json!({ "value": value, "source": source }))));
        say::line(&Value::Object(object).to_string())?;
        return Ok(Exit::Done);
    }
    for (name, value, source) in rows {
        let value = match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text,
            Value::Array(all) if all.is_empty() => "-".to_owned(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        if !say::line(&visible_line(&format!("{name:24}  {value}  ({source})")))? {
            break;
        }
    }
    Ok(Exit::Done)
}

/// Each value by name, and where it came from.
fn rows(known: &Known, account: Option<&(AccountName, ByAddress)>) -> Vec<(String, Value, &'static str)> {
    let whose = account.map(|(name, _)| name);
    let values = known.values(known.found.launches == 0);
    let settings = &known.settings;
    let (manual, origin) = settings.manual(whose);
    let mut rows = vec![("authenticator".to_owned(), json!(name(manual)), origin.name())];
    rows.extend(addresses_of(manual).into_iter().map(|(name, value)| (name.to_owned(), json!(value), origin.name())));
    let (excluded, origin) = known.excluded(whose, &values);
    rows.push(("excluded_services".into(), json!(names(excluded)), origin.name()));
    let of_address = account.map(|(_, address)| address.domain.as_str());
    for (name, link, file, address) in [
        ("services_domain", &settings.provisioned.services_domain, values.services_domain(), of_address),
        ("voice_services_domain", &settings.provisioned.voice_domain, values.voice_services_domain(), None),
    ] {
        let found = link.as_deref().map(|value| (value, Origin::Link.name()));
        let found = found.or(file.map(|value| (value, Origin::Bootstrap.name())));
        let (value, source) = found.or(address.map(|value| (value, "address"))).unzip();
        rows.push((name.into(), json!(value), source.unwrap_or(Origin::BuiltIn.name())));
    }
    let (order, origin) = if settings.bootstrap_first { ("first", Origin::Default) } else { ("last", Origin::BuiltIn) };
    rows.push(("bootstrap_file_read".into(), json!(order), origin.name()));
    let others = settings.provisioned.others.iter();
    rows.extend(others.map(|(name, value)| (format!("provision.{name}"), json!(value), Origin::Link.name())));
    rows.extend(values.iter().map(|(name, value)| (format!("bootstrap.{name}"), json!(value), Origin::Bootstrap.name())));
    rows
}
