//! `offhook account add|list|remove`

use super::exit::Exit;
use super::say;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::io::accounts::keeping::{self, NotKept};
use crate::io::accounts::{Accounts, StoredAccount, Typed};
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
    /// Adds an account: chat, phone, or both
    ///
    /// The password is not part of it: it comes from --password-command at each sign-in, else from the keyring, else it is
    /// asked for.
    Add(Box<Add>),
    /// Lists the accounts
    List {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Removes an account, its password in the keyring and the certificates trusted for it; its history stays
    Remove {
        /// Which
        #[arg(value_parser = addresses::account_name)]
        name: AccountName,
    },
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("services").args(["jid", "sip"]).required(true).multiple(true)))]
struct Add {
    /// What you call it: up to 64 ASCII letters, digits, “-”, “_” and “.”
    #[arg(value_parser = addresses::account_name)]
    name: AccountName,
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
    /// Allow SIP over UDP and TCP, sound without SRTP, and chat without TLS, where others can listen
    #[arg(long)]
    allow_cleartext: bool,
    /// Command whose first line of output is the password, run by sh at each sign-in
    #[arg(long, value_name = "CMD")]
    password_command: Option<String>,
}

fn server(text: &str) -> Result<String, String> {
    addresses::xmpp_server(text).map(|server| server.to_string())
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(match args.wish {
        Wish::Add(add) => self::add(*add),
        Wish::List { json } => list(json),
        Wish::Remove { name } => remove(&name),
    })
}

fn accounts() -> Result<Accounts, Problem> {
    Accounts::open(&Paths::from_environment()?)
}

fn add(add: Add) -> Result<Exit, Problem> {
    let Add { name, jid, xmpp_server, sip, sip_proxy, ca, allow_cleartext, password_command } = add;
    let typed = Typed { jid, xmpp_server, sip, sip_proxy, ca, allow_cleartext, password_command };
    match keeping::add(&accounts()?, name, typed) {
        Ok((stored, path)) => {
            say::note(&format!("Account {} is kept in {}.", stored.account.name, path.display()));
            Ok(Exit::Done)
        }
        Err(NotKept::Wrong(wrong)) => {
            let flag = wrong.key.map(|key| format!("--{key}: ")).unwrap_or_default();
            say::failure(&Problem::local(format!("{flag}{}", wrong.what), ""));
            Ok(Exit::Usage)
        }
        Err(NotKept::Problem(problem)) => Err(problem),
    }
}

fn list(json: bool) -> Result<Exit, Problem> {
    let accounts = accounts()?;
    let mut exit = Exit::Done;
    let mut objects = Vec::new();
    let mut rows = String::new();
    for name in accounts.names()? {
        match accounts.load(&name) {
            Ok((stored, warnings)) => {
                warnings.iter().for_each(|text| say::warning(text));
                rows.push_str(&row(&stored));
                objects.push(object(&stored));
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
        say::note("There is no account yet. Add one: offhook account add NAME --jid JID");
    } else {
        say::results(rows.as_bytes())?;
    }
    Ok(exit)
}

fn object(stored: &StoredAccount) -> serde_json::Value {
    let account = &stored.account;
    json!({
        "name": account.name.0,
        "jid": account.chat.as_ref().map(|chat| &chat.jid),
        "xmpp_server": account.chat.as_ref().and_then(|chat| chat.server.as_ref()).map(ToString::to_string),
        "sip": account.phone.as_ref().map(|phone| &phone.address),
        "sip_proxy": account.phone.as_ref().and_then(|phone| phone.proxy.as_ref()),
        "ca": stored.ca,
        "allow_cleartext": account.allow_cleartext,
        "password_command": stored.password_command,
    })
}

/// One account a line, in words that can be read aloud.
fn row(stored: &StoredAccount) -> String {
    let account = &stored.account;
    let mut words = vec![account.name.to_string()];
    if let Some(chat) = &account.chat {
        words.push(chat.jid.clone());
        words.extend(chat.server.iter().map(|server| format!("via {server}")));
    }
    if let Some(phone) = &account.phone {
        words.push(phone.address.clone());
        words.extend(phone.proxy.iter().map(|proxy| format!("via {proxy}")));
    }
    if account.allow_cleartext {
        words.push("(cleartext allowed)".into());
    }
    crate::machine::visible_line(&words.join("  ")) + "\n"
}

fn remove(name: &AccountName) -> Result<Exit, Problem> {
    for warning in keeping::remove(&Paths::from_environment()?, name)? {
        say::warning(&warning);
    }
    say::note(&format!("Account {name} is removed. Its history stays."));
    Ok(Exit::Done)
}
