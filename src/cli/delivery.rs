//! Waits until a message has come as far as it will, for the commands that send one and end.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::say;
use crate::app::Headless;
use crate::engine::event::{Delivery, Event, LinkState, MessageKey, NoticeLevel, Problem, ProblemKind, Service, Ticket};
use futures::future::OptionFuture;
use std::pin::pin;
use std::time::Duration;
use tokio::time::sleep;

/// From the sign-in on, this long is waited for the acknowledgement, also where the link is lost in mid-sending. What
/// comes before the sign-in has bounds of its own, or is a user who types a password.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which message.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// The one that our command of this ticket wrote; its key is not known before it is on disk.
    Written(Ticket),
    /// One of an earlier run, that our command takes up again.
    Again(MessageKey),
    /// The engine has it in its hands, and it is on disk as this.
    Held(MessageKey, Delivery),
    /// It was refused, and is on disk as failed.
    Over,
}

/// Waits until the server has acknowledged the message, or it cannot, or the user gives up (SIGINT, SIGTERM); then signs out.
///
/// # Errors
/// It was refused, or nobody knows whether it has arrived; the error says where the message is.
pub async fn settled(mut chat: Headless, mut awaited: Awaited, mut interrupts: Interrupts) -> Result<Exit, Problem> {
    let sent = tokio::select! {
        sent = acknowledged(&mut chat, &mut awaited) => sent,
        () = interrupts.next() => Err(Problem::local("You gave up before the server had acknowledged the message.", "")),
    };
    // In order, so that the disk knows what is known, and a terminal that hides what is typed shows it again.
    chat.sign_out().await;
    // On a line of its own: what stands before it may be a command.
    sent.map_err(|problem| Problem { next: [&problem.next, awaited.whereabouts()].join("\n  ").trim().into(), ..problem })
}

async fn acknowledged(chat: &mut Headless, awaited: &mut Awaited) -> Result<Exit, Problem> {
    let (mut was_online, mut late) = (false, pin!(OptionFuture::from(None)));
    // What the last sign-in has found may lead nowhere: then it is found anew.
    let mut may_fail = chat.is_found();
    loop {
        let event = tokio::select! {
            event = chat.event() => event.ok_or_else(Headless::died)?,
            Some(()) = &mut late => {
                let what = format!("The server did not acknowledge the message within {} s.", PATIENCE.as_secs());
                return Err(Problem::new(ProblemKind::Unreachable, what, ""));
            }
        };
        match event {
            Event::Message { message, ticket: Some(ticket), .. } if awaited.is_written(ticket) => {
                if let Delivery::Failed(why) = &message.delivery {
                    *awaited = Awaited::Over;
                    return Err(refused(why));
                }
                *awaited = Awaited::Held(message.key, message.delivery);
            }
            Event::Delivery { message, delivery, .. } if awaited.is(&message) => match delivery {
                Delivery::Sent | Delivery::Delivered => return Ok(Exit::Done),
                Delivery::Failed(why) => {
                    *awaited = Awaited::Over;
                    return Err(refused(&why));
                }
                Delivery::Received | Delivery::Unsent | Delivery::OnWire | Delivery::Unknown => {
                    *awaited = Awaited::Held(message, delivery);
                }
            },
            Event::Link { service: Service::Chat, state, .. } => match state {
                LinkState::Online { .. } if was_online => {}
                LinkState::Online { .. } => {
                    was_online = true;
                    late.set(Some(sleep(PATIENCE)).into());
                }
                LinkState::Failed(problem) => return Err(problem),
                LinkState::Waiting { why, .. } if may_fail && !was_online => {
                    may_fail = false;
                    say::note(&why.what);
                }
                // A first attempt that fails is told at once; a link that was there is given time to come back.
                LinkState::Waiting { why, .. } if !was_online => return Err(why),
                LinkState::Waiting { why, .. } => say::note(&why.what),
                LinkState::Offline | LinkState::Connecting | LinkState::NeedsPassword { .. } => {}
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
        matches!(self, Awaited::Again(key) | Awaited::Held(key, _) if key == of)
    }

    fn is_held(&self) -> bool {
        matches!(self, Awaited::Held(..))
    }

    /// Where the message is when it has not come through, and how it gets on.
    fn whereabouts(&self) -> &'static str {
        match self {
            Awaited::Over => "",
            Awaited::Written(_) => "What is kept of it: offhook outbox list",
            Awaited::Held(_, Delivery::Unsent) => "The message was not sent, and is kept: offhook outbox list",
            Awaited::Again(_) | Awaited::Held(..) => "The message may have been sent: offhook outbox list",
        }
    }
}
