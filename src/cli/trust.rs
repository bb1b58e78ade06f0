//! `offhook trust`: which certificates are accepted exactly as they are, per account, host and port.

use super::exit::Exit;
use super::say;
use super::whose::{AnyAccount, OneAccount};
use crate::engine::addresses;
use crate::engine::event::Problem;
use crate::io::accounts::Accounts;
use crate::io::paths::Paths;
use crate::io::tls::{Fingerprint, Lifetime, Pin, Trust};
use crate::machine::visible_line;
use serde_json::json;
use std::process::ExitCode;

/// `offhook trust`
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    wish: Option<Wish>,
    #[command(flatten)]
    add: Option<Add>,
    #[command(flatten)]
    account: OneAccount,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Which server, as the refusal named it
    #[arg(value_name = "HOST:PORT", value_parser = addresses::host_port)]
    place: (String, u16),
    /// SHA-256 of its certificate, 64 hexadecimal digits, with or without colons
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint, required = true)]
    sha256: Fingerprint,
    /// Only until you sign out of this machine
    #[arg(long)]
    session: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Lists what is trusted
    List {
        #[command(flatten)]
        account: AnyAccount,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Trusts a server's certificate no longer
    Remove {
        /// Which server
        #[arg(value_name = "HOST:PORT", value_parser = addresses::host_port)]
        place: (String, u16),
        #[command(flatten)]
        account: AnyAccount,
    },
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    Fingerprint::parse(text).ok_or_else(|| "a SHA-256 fingerprint is 64 hexadecimal digits, with or without colons".into())
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(match (args.wish, args.add) {
        (Some(Wish::List { account, json }), _) => list(&account, json),
        (Some(Wish::Remove { place, account }), _) => remove(&place, &account),
        (None, Some(add)) => self::add(add, &args.account),
        // What is missing was said with the command line.
        (None, None) => Ok(Exit::Usage),
    })
}

fn trust(paths: &Paths) -> Result<Trust, Problem> {
    Ok(Trust::new(&paths.config()?, paths.runtime()))
}

fn add(add: Add, account: &OneAccount) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let account = Accounts::open(&paths)?.choose(account.name())?;
    let (host, port) = add.place;
    let pin = Pin { account: account.clone(), host: host.clone(), port, sha256: add.sha256 };
    let (lifetime, how_long) = match add.session {
        true => (Lifetime::Session, "until you sign out of this machine"),
        false => (Lifetime::Lasting, "until you remove it"),
    };
    trust(&paths)?.add(pin, lifetime)?;
    say::note(&format!("Account {account} trusts that certificate at {}, {how_long}.", written(&host, port)));
    Ok(Exit::Done)
}

fn list(account: &AnyAccount, json: bool) -> Result<Exit, Problem> {
    let pins = trust(&Paths::from_environment()?)?.list()?;
    let meant = |pin: &Pin| account.of().is_none_or(|name| *name == pin.account);
    for (pin, lifetime) in pins.iter().filter(|(pin, _)| meant(pin)) {
        let session = *lifetime == Lifetime::Session;
        let (account, sha256) = (&pin.account.0, pin.sha256.to_string());
        let line = if json {
            json!({ "account": account, "host": pin.host, "port": pin.port, "sha256": sha256, "session": session }).to_string()
        } else {
            let place = written(&pin.host, pin.port);
            visible_line(&format!("{account}  {place}  {sha256}{}", if session { "  (this session)" } else { "" }))
        };
        if !say::line(&line)? {
            break;
        }
    }
    Ok(Exit::Done)
}

fn remove((host, port): &(String, u16), account: &AnyAccount) -> Result<Exit, Problem> {
    let place = written(host, *port);
    match trust(&Paths::from_environment()?)?.remove(account.of(), host, *port)? {
        0 => Err(Problem::local(format!("Nothing is trusted at {place}."), "See what is: offhook trust list")),
        1 => {
            say::note(&format!("One certificate at {place} is trusted no longer."));
            Ok(Exit::Done)
        }
        several => {
            say::note(&format!("{several} certificates at {place} are trusted no longer."));
            Ok(Exit::Done)
        }
    }
}

fn written(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
