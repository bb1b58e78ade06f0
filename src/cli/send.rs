//! `offhook send`

use super::delivery::{self, Awaited};
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::ready::ready;
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::addresses;
use crate::engine::command::{Command, Services};
use crate::engine::event::{Problem, Ticket};
use crate::protocol::xmpp::message;
use std::process::ExitCode;

/// `offhook send`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: OneAccount,
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
    // Not a parser of the argument: what that refuses is printed raw, and this is refused for what it does to terminals.
    if let Some(letter) = args.text.chars().find(|letter| !message::is_writable(*letter)) {
        let what = format!("The text has the character U+{:04X}, which XMPP cannot carry.", u32::from(letter));
        say::failure(&Problem::local(what, "Leave it out. Nothing was sent."));
        return Exit::Usage.into();
    }
    say::end(block_on(send(args)))
}

async fn send(args: Args) -> Result<Exit, Problem> {
    let mut interrupts = Interrupts::hear()?;
    let chat = Headless::start(args.account.name(), no_sound()).await?;
    let chat = ready(chat, Services::SEND, Headless::needs_messages, &mut interrupts).await?;
    // On disk first: what was typed survives whatever connecting brings.
    chat.command(Command::Send { account: chat.name(), to: args.jid, body: args.text, ticket: TICKET }).await;
    chat.sign_in(Services::SEND).await;
    delivery::settled(chat, Awaited::Written(TICKET), interrupts).await
}
