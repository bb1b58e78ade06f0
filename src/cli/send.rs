//! `offhook send`

use super::delivery::{self, Awaited};
use super::exit::Exit;
use super::say;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::addresses;
use crate::engine::command::{Command, Services};
use crate::engine::event::{Problem, Ticket};
use std::process::ExitCode;

/// `offhook send`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// To whom, as in bob@example.test
    #[arg(value_parser = addresses::recipient)]
    pub jid: String,
    /// What to say
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub text: String,
}

/// Of the only message.
const TICKET: Ticket = Ticket(1);

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(send(args)))
}

async fn send(args: Args) -> Result<Exit, Problem> {
    let chat = Headless::start(args.account.as_deref(), no_sound()).await?;
    chat.needs_chat()?;
    let account = chat.name();
    // On disk first: what was typed survives whatever signing in brings.
    chat.command(Command::Send { account: account.clone(), to: args.jid, body: args.text, ticket: TICKET }).await;
    chat.command(Command::SignIn { account, services: Services::SEND }).await;
    delivery::settled(chat, Awaited::Written(TICKET)).await
}
