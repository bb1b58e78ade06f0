//! `offhook listen`

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::ready::ready;
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::command::Services;
use crate::engine::event::{Event, LinkState, Message, Presence, Problem, Service};
use crate::machine::visible_line;
use serde_json::json;
use std::process::ExitCode;

/// `offhook listen`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: OneAccount,
    /// End after this many messages; otherwise on SIGINT or SIGTERM
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(listen(args)))
}

async fn listen(args: Args) -> Result<Exit, Problem> {
    let mut interrupts = Interrupts::hear()?;
    let chat = Headless::start(args.account.name(), no_sound()).await?;
    let mut chat = ready(chat, Services::CHAT, Headless::needs_chat, &mut interrupts).await?;
    chat.sign_in(Services::CHAT).await;
    let mut heard = 0;
    let failed = loop {
        let event = tokio::select! {
            event = chat.event() => event.ok_or_else(Headless::died)?,
            () = interrupts.next() => break None,
        };
        let wanted = match event {
            // What we say on another device is not heard.
            Event::Message { message, .. } if message.ours => true,
            Event::Message { message, .. } => {
                heard += 1;
                say::line(&written_message(&message, args.json))? && Some(heard) != args.count
            }
            Event::Presence { presence, .. } => say::line(&written_presence(&presence, args.json))?,
            Event::Link { service: Service::Chat, state: LinkState::Failed(problem), .. } => break Some(problem),
            other => {
                remark(&other);
                true
            }
        };
        if !wanted {
            break None;
        }
    };
    chat.sign_out().await;
    failed.map_or(Ok(Exit::Done), Err)
}

/// What is said beside the results.
fn remark(event: &Event) {
    match event {
        Event::Link { service: Service::Chat, state, .. } => say::link(state),
        // What was missed is told, and what is said from now on is heard at once.
        Event::CaughtUp { .. } => say::note("listening"),
        Event::SubscriptionAsked { from, .. } => say::note(&format!("{} asks to see your presence", visible_line(from))),
        Event::Notice(notice) => say::note(&notice.problem.to_string()),
        _ => {}
    }
}

/// One line: JSON (which escapes by itself), or for people.
fn written_message(message: &Message, as_json: bool) -> String {
    if as_json {
        let (id, from, to, body) = (message.id.raw(), message.from.raw(), message.to.raw(), message.body.raw());
        let (at, archived) = (message.at.to_string(), message.archived);
        return json!({"type": "message", "id": id, "from": from, "to": to, "body": body, "at": at, "archived": archived})
            .to_string();
    }
    let archived = if message.archived { " (from the archive)" } else { "" };
    format!("{} {}{archived}: {}", message.at, message.from, message.body)
}

fn written_presence(presence: &Presence, as_json: bool) -> String {
    let (from, show, status, at) = (&presence.from, presence.show.word(), &presence.status, presence.at.to_string());
    if as_json {
        return json!({"type": "presence", "from": from.raw(), "show": show, "status": status.raw(), "at": at}).to_string();
    }
    let status = if status.is_empty() { String::new() } else { format!(" ({status})") };
    format!("{at} {from} is {show}{status}")
}
