//! `offhook outbox resend`

use super::delivery::{self, Awaited};
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::ready::ready;
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::command::{Command, Services};
use crate::engine::event::{AccountName, Delivery, MessageKey, Problem};
use crate::io::accounts::Accounts;
use crate::io::paths::Paths;
use crate::machine::visible_line;
use std::process::ExitCode;

/// `offhook outbox resend`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which, as `offhook outbox list` says
    pub key: String,
    #[command(flatten)]
    account: OneAccount,
    /// I know that it may arrive twice: needed where it may have been sent
    #[arg(long)]
    pub yes: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    let agreed = Paths::from_environment().and_then(|paths| agreed(&paths, args));
    say::end(agreed.and_then(|(account, key)| block_on(resend(account, key))))
}

async fn resend(account: AccountName, key: MessageKey) -> Result<Exit, Problem> {
    let mut interrupts = Interrupts::hear()?;
    let chat = Headless::start(Some(&account), no_sound()).await?;
    let chat = ready(chat, Services::SEND, Headless::needs_messages, &mut interrupts).await?;
    chat.command(Command::SendAgain { account, message: key.clone() }).await;
    chat.sign_in(Services::SEND).await;
    delivery::settled(chat, Awaited::Again(key), interrupts).await
}

/// The message that is to be sent again, once it is clear that the user knows what may come of it.
fn agreed(paths: &Paths, args: Args) -> Result<(AccountName, MessageKey), Problem> {
    let account = Accounts::open(paths)?.choose(args.account.name())?;
    let key = MessageKey(args.key);
    let found = say::open_history(paths)?.find(&account, &key).map_err(|why| Problem::local(why, ""))?;
    match found.map(|message| message.delivery) {
        Some(Delivery::Unsent) => Ok((account, key)),
        Some(Delivery::Unknown) if args.yes => Ok((account, key)),
        Some(Delivery::Unknown) => Err(Problem::local(
            "That message may have been sent already, and would then arrive twice.",
            "If it shall be sent all the same, add --yes. To give it up: offhook outbox forget KEY",
        )),
        Some(_) | None => Err(not_waiting(&account, &key)),
    }
}

/// No message of that key is unsent or unknown.
#[must_use]
pub fn not_waiting(account: &AccountName, key: &MessageKey) -> Problem {
    Problem::local(
        format!("No message with the key {} waits in the outbox of account {account}.", visible_line(&key.0)),
        "See what does: offhook outbox list",
    )
}
