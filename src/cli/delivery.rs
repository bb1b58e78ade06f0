//! Waits until a message has come as far as it will, for the commands that send one and end.

use super::exit::Exit;
use super::say;
use crate::app::Headless;
use crate::engine::event::{Delivery, Event, LinkState, MessageKey, NoticeLevel, Problem, ProblemKind, Service, Ticket};
use std::time::Duration;

/// After the link was lost in mid-sending, this long is waited for it to come back and tell what has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which message.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// The one that our command of this ticket wrote; its key is not known before it is on disk.
    Written(Ticket),
    /// One of an earlier run, that our command takes up again.
    Again(MessageKey),
    /// The engine has it in its hands.
    Held(MessageKey),
}

/// Waits until the server has acknowledged the message, or it cannot; then signs out.
///
/// # Errors
/// It was refused, or nobody knows whether it has arrived.
pub async fn settled(mut chat: Headless, awaited: Awaited) -> Result<Exit, Problem> {
    let sent = tokio::time::timeout(PATIENCE, acknowledged(&mut chat, awaited)).await;
    chat.sign_out().await;
    sent.unwrap_or_else(|_| {
        let what =
            format!("The server did not acknowledge the message within {} s: it may have been sent.", PATIENCE.as_secs());
        Err(Problem::new(ProblemKind::Unreachable, what, "offhook outbox list shows what became of it."))
    })
}

async fn acknowledged(chat: &mut Headless, mut awaited: Awaited) -> Result<Exit, Problem> {
    let mut was_online = false;
    loop {
        match chat.event().await.ok_or_else(Headless::died)? {
            Event::Message { message, ticket: Some(ticket), .. } if awaited.is_written(ticket) => {
                if let Delivery::Failed(why) = &message.delivery {
                    return Err(refused(why));
                }
                awaited = Awaited::Held(message.key);
            }
            Event::Delivery { message, delivery, .. } if awaited.is(&message) => match delivery {
                Delivery::Sent => return Ok(Exit::Done),
                Delivery::Failed(why) => return Err(refused(&why)),
                Delivery::Received | Delivery::Unsent | Delivery::Unknown => awaited = Awaited::Held(message),
            },
            Event::Link { service: Service::Chat, state, .. } => match state {
                LinkState::Online { .. } => was_online = true,
                LinkState::Failed(problem) => return Err(problem),
                // A first attempt that fails is told at once; a link that was there is given time to come back.
                LinkState::Waiting { why, .. } if !was_online => return Err(why),
                LinkState::Waiting { why, .. } => say::note(&why.what),
                LinkState::Offline | LinkState::Connecting => {}
            },
            // Before the engine has it, nothing else would tell that it never will.
            Event::Notice(notice) if notice.level == NoticeLevel::Error && !awaited.is_held() => return Err(notice.problem),
            Event::Notice(notice) => say::note(&notice.problem.to_string()),
            _ => {}
        }
    }
}

fn refused(why: impl std::fmt::Display) -> Problem {
    Problem::local(format!("The message was refused: {why}"), "")
}

impl Awaited {
    fn is_written(&self, with: Ticket) -> bool {
        matches!(self, Awaited::Written(ticket) if *ticket == with)
    }

    fn is(&self, of: &MessageKey) -> bool {
        matches!(self, Awaited::Again(key) | Awaited::Held(key) if key == of)
    }

    fn is_held(&self) -> bool {
        matches!(self, Awaited::Held(_))
    }
}
