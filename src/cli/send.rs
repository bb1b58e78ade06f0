//! `offhook send`

use super::exit::Exit;
use super::say;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::addresses;
use crate::engine::command::{Command, Services};
use crate::engine::event::{Delivery, Event, LinkState, NoticeLevel, Problem, ProblemKind, Service, Ticket};
use std::process::ExitCode;
use std::time::Duration;

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

/// After the link was lost in mid-sending, this long is waited for it to come back and tell what has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(send(args)))
}

async fn send(args: Args) -> Result<Exit, Problem> {
    let mut chat = Headless::start(args.account.as_deref(), no_sound()).await?;
    chat.needs_chat()?;
    let account = chat.name();
    // On disk first: what was typed survives whatever signing in brings.
    chat.command(Command::Send { account: account.clone(), to: args.jid, body: args.text, ticket: Ticket(1) }).await;
    chat.command(Command::SignIn { account, services: Services::SEND }).await;
    let sent = tokio::time::timeout(PATIENCE, acknowledged(&mut chat)).await;
    chat.sign_out().await;
    sent.unwrap_or_else(|_| {
        let what =
            format!("The server did not acknowledge the message within {} s: it may have been sent.", PATIENCE.as_secs());
        Err(Problem { kind: ProblemKind::Unreachable, what, next: "offhook outbox list shows what became of it.".into() })
    })
}

/// Waits until the server has acknowledged our message, or it cannot.
async fn acknowledged(chat: &mut Headless) -> Result<Exit, Problem> {
    let mut key = None;
    let mut was_online = false;
    loop {
        match chat.event().await.ok_or_else(Headless::died)? {
            Event::Message { message, ticket: Some(Ticket(1)), .. } => key = Some(message.key),
            Event::Delivery { message, delivery, .. } if Some(&message) == key.as_ref() => match delivery {
                Delivery::Sent => return Ok(Exit::Done),
                Delivery::Failed(why) => return Err(Problem::local(format!("The message was refused: {why}"), "")),
                Delivery::Received | Delivery::Unsent | Delivery::Unknown => {}
            },
            Event::Link { service: Service::Chat, state, .. } => match state {
                LinkState::Online { .. } => was_online = true,
                LinkState::Failed(problem) => return Err(problem),
                // A first attempt that fails is told at once; a link that was there is given time to come back.
                LinkState::Waiting { why, .. } if !was_online => return Err(why),
                LinkState::Waiting { why, .. } => say::note(&why.what),
                LinkState::Offline | LinkState::Connecting => {}
            },
            Event::Notice(notice) if notice.level == NoticeLevel::Error && key.is_none() => return Err(notice.problem),
            Event::Notice(notice) => say::note(&notice.problem.to_string()),
            _ => {}
        }
    }
}
