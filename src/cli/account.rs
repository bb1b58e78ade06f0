//! `offhook account add|list|remove`

use super::exit::Exit;
use super::say;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::io::accounts::keeping::{self, NotKept};
use crate::io::accounts::{Accounts, StoredAccount, Typed};
use crate::io::discovery::DiscoveryFiles;
use crate::io::paths::Paths;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// `offhook account`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Adds an account: by address, or on open standards with chat, phone, or both
    ///
    /// By address, offhook finds the servers by itself: it asks the Webex query service (CAS) whether the domain is a Webex
    /// organisation, and the DNS for the site's own servers. An account given by --jid or --sip never asks CAS.
    ///
    /// The password is not part of it: it comes from --password-command at each sign-in, else from where passwords are kept
    /// (offhook settings passwords), else it is asked for. With --no-store it is kept nowhere.
    Add(Box<Add>),
    /// Lists the accounts
    List {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Removes an account, its passwords wherever they are kept and the certificates trusted for it; its history stays
    Remove {
        /// Which
        #[arg(value_parser = addresses::account_name)]
        name: AccountName,
    },
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("services").args(["address", "jid", "sip"]).required(true).multiple(true)))]
struct Add {
    /// What you call it: up to 64 ASCII letters, digits, “-”, “_” and “.”
    #[arg(value_parser = addresses::account_name)]
    name: AccountName,
    /// Address of which the servers are found, as in alice@example.test
    #[arg(long, value_name = "USER@DOMAIN", value_parser = address, conflicts_with_all = ["jid", "sip"])]
    address: Option<String>,
    /// With --address: ask this name server alone
    #[arg(long, value_name = "HOST:PORT", value_parser = name_server, requires = "address")]
    dns: Option<String>,
    /// With --address: ask this CAS instead of that of Webex
    #[arg(long, value_name = "URL", value_parser = cas, requires = "address")]
    cas: Option<String>,
    /// With --address: fetch files by TFTP from this port instead of 69
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), requires = "address")]
    tftp_port: Option<u16>,
    /// Address for chat, as in alice@example.test
    #[arg(long, value_name = "JID", value_parser = addresses::bare_jid)]
    jid: Option<String>,
    /// Server for chat, where the DNS does not tell: HOST:PORT, or 'HOST:PORT;tls=direct'
    #[arg(long, value_name = "HOST:PORT[;tls=direct]", value_parser = server, requires = "jid")]
    xmpp_server: Option<String>,
    /// Address for calls, as in sip:alice@example.test
    #[arg(long, value_name = "URI", value_parser = addresses::sip_address)]
    sip: Option<String>,
    /// Server for calls, where the DNS does not tell: 'sip:HOST:PORT;transport=udp|tcp|tls'
    #[arg(long, value_name = "URI", value_parser = addresses::sip_proxy, requires = "sip")]
    sip_proxy: Option<String>,
    /// PEM file of authorities to trust for this account, besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Allow SIP over UDP and TCP, sound without SRTP, chat without TLS, and with --address questions and files over http and
    /// TFTP, where others can listen
    #[arg(long)]
    allow_cleartext: bool,
    /// Command whose first line of output is the password, run by sh at each sign-in
    #[arg(long, value_name = "CMD")]
    password_command: Option<String>,
}

fn address(text: &str) -> Result<String, String> {
    addresses::user_at_domain(text).map(|(user, domain)| format!("{user}@{domain}"))
}

fn name_server(text: &str) -> Result<String, String> {
    addresses::name_server(text).map(|server| server.to_string())
}

fn cas(text: &str) -> Result<String, String> {
    addresses::cas(text).map(|url| url.to_string())
}

fn server(text: &str) -> Result<String, String> {
    addresses::xmpp_server(text).map(|server| server.to_string())
}

/// Runs it.
#[must_use]
pub fn run(args: Args, no_store: bool) -> ExitCode {
    say::end(match args.wish {
        Wish::Add(add) => self::add(*add, no_store),
        Wish::List { json } => list(json),
        Wish::Remove { name } => remove(&name),
    })
}

fn accounts() -> Result<Accounts, Problem> {
    Accounts::open(&Paths::from_environment()?)
}

/// Whether what is typed is a CAS that is asked in clear.
pub(super) fn is_clear_cas(cas: &str) -> bool {
    addresses::cas(cas).is_ok_and(|url| url.scheme() != "https")
}

/// The screen asks before a CAS is asked in clear; nobody is there who could be asked by a command.
pub(super) fn refuse_clear_cas(next: &str) -> Exit {
    let what = "That CAS is asked in clear, where anybody on the way can change the answer.";
    say::failure(&Problem::local(what, next));
    Exit::Usage
}

fn add(add: Add, no_store: bool) -> Result<Exit, Problem> {
    let Add { name, address, dns, cas, tftp_port, jid, xmpp_server, sip, sip_proxy, ca, allow_cleartext, password_command } =
        add;
    if !allow_cleartext && cas.as_deref().is_some_and(is_clear_cas) {
        return Ok(refuse_clear_cas("Give --cas a URL over https, or --allow-cleartext too."));
    }
    let typed = Typed {
        address,
        dns,
        cas,
        tftp_port,
        jid,
        xmpp_server,
        sip,
        sip_proxy,
        ca,
        allow_cleartext,
        password_command,
        no_store,
    };
    match keeping::add(&accounts()?, name, typed) {
        Ok((stored, path)) => {
            say::note(&format!("Account {} is kept in {}.", stored.account.name, path.display()));
            if DiscoveryFiles::open(&Paths::from_environment()?)?.known()?.asks_cas(&stored.account) {
                say::note(&asks_cas(&stored));
            }
            Ok(Exit::Done)
        }
        Err(NotKept::Wrong(wrong)) => {
            let flag = wrong.key.map(|key| format!("--{key}: ")).unwrap_or_default();
            say::failure(&Problem::local(format!("{flag}{}", wrong.what), ""));
            Ok(Exit::Usage)
        }
        Err(NotKept::Authorities(problem) | NotKept::Problem(problem)) => Err(problem),
    }
}

fn list(json: bool) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let accounts = Accounts::open(&paths)?;
    let known = DiscoveryFiles::open(&paths)?.known()?;
    let mut exit = Exit::Done;
    let mut objects = Vec::new();
    let mut rows = String::new();
    let mut asking = false;
    for name in accounts.names()? {
        match accounts.load(&name) {
            Ok((stored, warnings)) => {
                warnings.iter().for_each(|text| say::warning(text));
                let asks_cas = known.asks_cas(&stored.account);
                rows.push_str(&row(&stored, asks_cas));
                objects.push(object(&stored, asks_cas));
                asking |= asks_cas;
            }
            Err(problem) => {
                say::failure(&problem);
                exit = Exit::Failed;
            }
        }
    }
    if json {
        say::line(&json!({ "accounts": objects }).to_string())?;
    } else if rows.is_empty() && exit == Exit::Done {
        say::note("There is no account yet. Add one: offhook account add NAME --address USER@DOMAIN");
    } else {
        say::results(rows.as_bytes())?;
        if asking {
            say::note("To have an account not ask CAS: offhook settings --account NAME exclude webex");
        }
    }
    Ok(exit)
}

fn object(stored: &StoredAccount, asks_cas: bool) -> serde_json::Value {
    let account = &stored.account;
    json!({
        "name": account.name.0,
        "address": account.address.as_ref().map(ToString::to_string),
        "dns": account.address.as_ref().and_then(|address| address.dns),
        "cas": account.address.as_ref().and_then(|address| address.cas.as_ref()).map(|cas| cas.as_str()),
        "tftp_port": account.address.as_ref().and_then(|address| address.tftp_port),
        "asks_cas": asks_cas,
        "jid": account.chat.as_ref().map(|chat| &chat.jid),
        "xmpp_server": account.chat.as_ref().and_then(|chat| chat.server.as_ref()).map(ToString::to_string),
        "sip": account.phone.as_ref().map(|phone| &phone.address),
        "sip_proxy": account.phone.as_ref().and_then(|phone| phone.proxy.as_ref()),
        "ca": stored.ca,
        "allow_cleartext": account.allow_cleartext,
        "password_command": stored.password_command,
        "no_store": stored.no_store,
    })
}

/// One account a line, in words that can be read aloud.
fn row(stored: &StoredAccount, asks_cas: bool) -> String {
    let account = &stored.account;
    let mut words = vec![account.name.to_string()];
    if let Some(address) = &account.address {
        words.push(address.to_string());
        words.extend(address.dns.iter().map(|dns| format!("dns {dns}")));
        words.extend(address.cas.iter().map(|cas| format!("cas {cas}")));
        words.extend(address.tftp_port.iter().map(|port| format!("tftp {port}")));
    }
    if let Some(chat) = &account.chat {
        words.push(chat.jid.clone());
        words.extend(chat.server.iter().map(|server| format!("via {server}")));
    }
    if let Some(phone) = &account.phone {
        words.push(phone.address.clone());
        words.extend(phone.proxy.iter().map(|proxy| format!("via {proxy}")));
    }
    if asks_cas {
        words.push("(asks CAS)".into());
    }
    if account.allow_cleartext {
        words.push("(cleartext allowed)".into());
    }
    if stored.no_store {
        words.push("(no password is kept)".into());
    }
    crate::machine::visible_line(&words.join("  ")) + "\n"
}

/// What an account by address asks of others, and how that is turned off.
fn asks_cas(stored: &StoredAccount) -> String {
    let domain = stored.account.address.as_ref().map(|address| address.domain.as_str()).unwrap_or_default();
    format!(
        "It asks CAS whether {} is a Webex organisation. To have it not ask: offhook settings --account {} exclude webex",
        crate::machine::visible_line(domain),
        stored.account.name
    )
}

fn remove(name: &AccountName) -> Result<Exit, Problem> {
    for warning in keeping::remove(&Paths::from_environment()?, name)? {
        say::warning(&warning);
    }
    say::note(&format!("Account {name} is removed. Its history stays."));
    Ok(Exit::Done)
}
