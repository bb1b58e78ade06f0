//! `offhook outbox list|resend|forget`: messages that are on disk and did not go out, or may not have.

use super::exit::Exit;
use super::whose::{AnyAccount, OneAccount};
use super::{resend, say};
use crate::engine::event::{AccountName, Delivery, Message, MessageKey, Problem};
use crate::io::accounts::Accounts;
use crate::io::paths::Paths;
use crate::io::store::Store;
use crate::machine::visible_line;
use serde_json::json;
use std::process::ExitCode;

/// `offhook outbox`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Lists them, oldest first
    List {
        #[command(flatten)]
        account: AnyAccount,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Sends one again; where it is not known whether it went out, it may arrive twice
    Resend(resend::Args),
    /// Gives one up: it stays in the history as failed
    Forget {
        /// Which, as `offhook outbox list` says
        key: String,
        #[command(flatten)]
        account: OneAccount,
    },
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    match args.wish {
        Wish::List { account, json } => say::end(list(&account, json)),
        Wish::Resend(args) => resend::run(args),
        Wish::Forget { key, account } => say::end(forget(&account, MessageKey(key))),
    }
}

fn list(account: &AnyAccount, json: bool) -> Result<Exit, Problem> {
    let store = say::open_history(&Paths::from_environment()?)?;
    let messages = store.outbox(account.of()).map_err(|why| Problem::local(why, ""))?;
    for (account, message) in &messages {
        let line = if json { object(account, message) } else { row(account, message) };
        if !say::line(&line)? {
            return Ok(Exit::Done);
        }
    }
    if messages.is_empty() && !json {
        say::note("Nothing waits, and nothing is in doubt.");
    }
    Ok(Exit::Done)
}

fn state(message: &Message) -> &'static str {
    if message.delivery == Delivery::Unsent { "unsent" } else { "unknown" }
}

fn object(account: &AccountName, message: &Message) -> String {
    json!({
        "account": account.0,
        "key": message.key.0,
        "to": message.to.raw(),
        "body": message.body.raw(),
        "at": message.at.to_string(),
        "delivery": state(message),
    })
    .to_string()
}

fn row(account: &AccountName, message: &Message) -> String {
    let state = match message.delivery {
        Delivery::Unsent => "not sent",
        _ => "may have been sent",
    };
    format!("{}  {account}  {}  to {}  ({state})  {}", visible_line(&message.key.0), message.at, message.to, message.body)
}

fn forget(account: &OneAccount, key: MessageKey) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let account = Accounts::open(&paths)?.choose(account.name())?;
    let mut store: Store = say::open_history(&paths)?;
    if store.forget(&account, &key).map_err(|why| Problem::local(why, ""))? {
        say::note("It is given up, and stays in the history as failed.");
        return Ok(Exit::Done);
    }
    Err(resend::not_waiting(&account, &key))
}
