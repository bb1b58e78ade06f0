//! An account made ready for a headless command: one by address signs in first, so that it is known what it has.

use super::interrupt::Interrupts;
use super::say;
use crate::app::Headless;
use crate::engine::command::Services;
use crate::engine::event::{Event, LinkState, Problem, ProblemKind, Service};
use std::pin::pin;
use std::time::Duration;
use tokio::time::sleep;

/// A phone that is not registered after this time is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds what the account has, where it is by address, and sees that it has what `needs` asks for; else signs out again.
///
/// # Errors
/// It cannot sign in, it has not what is needed, or the user gives up.
pub async fn ready(
    mut headless: Headless,
    services: Services,
    needs: fn(&Headless) -> Result<(), Problem>,
    interrupts: &mut Interrupts,
) -> Result<Headless, Problem> {
    let found = tokio::select! {
        found = headless.find(services, remark) => found,
        () = interrupts.next() => Err(Problem::local("You gave up before the account was signed in.", "")),
    };
    match found.and_then(|()| needs(&headless)) {
        Ok(()) => Ok(headless),
        Err(problem) => {
            headless.sign_out().await;
            Err(problem)
        }
    }
}

/// Waits until the phone is registered.
///
/// # Errors
/// It cannot be, or the user gives up.
pub async fn registered(phone: &mut Headless, interrupts: &mut Interrupts) -> Result<(), Problem> {
    // What the last sign-in has found may lead nowhere: then it is found anew.
    let mut why = None;
    let mut late = pin!(sleep(PATIENCE));
    loop {
        let event = tokio::select! {
            event = phone.event() => event.ok_or_else(Headless::died)?,
            () = interrupts.next() => return Err(Problem::local("You gave up before the phone was registered.", "")),
            () = &mut late => return Err(why.unwrap_or_else(too_late)),
        };
        match event {
            Event::Link { service: Service::Phone, state, .. } => match state {
                LinkState::Online { .. } => return Ok(()),
                LinkState::Waiting { why: first, .. } if why.is_none() => {
                    say::note(&first.what);
                    why = Some(first);
                }
                LinkState::Failed(problem) | LinkState::Waiting { why: problem, .. } => return Err(problem),
                LinkState::Offline | LinkState::Connecting | LinkState::NeedsPassword { .. } => {}
            },
            event => remark(&event),
        }
    }
}

fn too_late() -> Problem {
    let what = format!("The phone was not registered within {} s.", PATIENCE.as_secs());
    Problem::new(ProblemKind::Unreachable, what, "")
}

fn remark(event: &Event) {
    if let Event::Notice(notice) = event {
        say::note(&notice.problem.to_string());
    }
}
