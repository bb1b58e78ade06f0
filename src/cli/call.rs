//! `offhook call`

use super::call_report::CallReport;
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::ready::{ready, registered};
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on};
use crate::engine::command::{Command, Services};
use crate::engine::event::{CallChange, CallId, Event, Problem, Ticket};
use crate::io::audio::Sound;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Sleep;

/// `offhook call`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: OneAccount,
    /// A number, a SIP URI, or user@host
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub target: String,
    /// Play this file to them; silence after its end
    #[arg(long, value_name = "WAV")]
    pub play: Option<PathBuf>,
    /// Record them: 48 kHz, mono, 16 bit
    #[arg(long, value_name = "WAV")]
    pub record: Option<PathBuf>,
    /// Talk for this long, then hang up; otherwise until the file has been played
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub talk: Option<Duration>,
    /// At the end, one JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(call(args)))
}

async fn call(args: Args) -> Result<Exit, Problem> {
    let sound = Sound { play: args.play.clone(), record: args.record.clone() };
    let mut opened = Some(sound.open().map_err(|why| Problem::local(why, ""))?);
    let open = Box::new(move |_: CallId| opened.take().ok_or_else(|| "the sound files are in use".to_owned()));
    let mut interrupts = Interrupts::hear()?;
    let phone = Headless::start(args.account.name(), open).await?;
    let mut phone = ready(phone, Services::PHONE, Headless::needs_phone, &mut interrupts).await?;
    if phone.is_found()
        && let Err(problem) = registered(&mut phone, &mut interrupts).await
    {
        // Communications Manager lets only those devices call that are registered.
        phone.sign_out().await;
        return Err(problem);
    }
    let account = phone.name();
    phone.command(Command::Call { account, target: args.target.clone(), ticket: Ticket(1) }).await;
    let report = talk(&mut phone, &mut interrupts, args.talk).await?;
    phone.sign_out().await;
    if args.json {
        say::line(&report.json().to_string())?;
    }
    Ok(report.exit())
}

/// Follows the call to its end: hangs up after this time, once the file was played where none is said, or when the user gives
/// up.
async fn talk(phone: &mut Headless, interrupts: &mut Interrupts, time: Option<Duration>) -> Result<CallReport, Problem> {
    let mut report: Option<CallReport> = None;
    let mut talk: Option<Pin<Box<Sleep>>> = None;
    let mut given_up = false;
    // Whoever calls meanwhile is told that we are busy.
    let mut others = BTreeSet::new();
    loop {
        let event = tokio::select! {
            event = phone.event() => event.ok_or_else(Headless::died)?,
            () = over(&mut talk) => {
                talk = None;
                hang_up(phone, report.as_ref()).await;
                continue;
            }
            () = interrupts.next() => {
                given_up = true;
                hang_up(phone, report.as_ref()).await;
                continue;
            }
        };
        match event {
            Event::Call { call, change: CallChange::Began { incoming: true, .. } } => {
                others.insert(call);
                phone.command(Command::Decline { call, busy: true }).await;
            }
            Event::Call { call, .. } if others.contains(&call) => {}
            Event::Call { call, change } => {
                let report = report.get_or_insert_with(|| CallReport::new(call));
                if let Some(progress) = report.apply(&change) {
                    say::note(&progress);
                }
                match change {
                    CallChange::Began { .. } if given_up => phone.command(Command::HangUp { call }).await,
                    CallChange::Answered { .. } => talk = time.map(|time| Box::pin(tokio::time::sleep(time))),
                    CallChange::PlayedOut if time.is_none() => phone.command(Command::HangUp { call }).await,
                    CallChange::Ended { .. } => return Ok(report.clone()),
                    _ => {}
                }
            }
            Event::Notice(notice) => say::note(&notice.problem.to_string()),
            _ => {}
        }
    }
}

/// Gives the call up, or hangs up, if the engine has told of it.
async fn hang_up(phone: &Headless, report: Option<&CallReport>) {
    if let Some(report) = report {
        phone.command(Command::HangUp { call: report.call }).await;
    }
}

/// The end of the time that was given to the talk, once that has begun.
async fn over(talk: &mut Option<Pin<Box<Sleep>>>) {
    match talk {
        Some(time) => time.await,
        None => std::future::pending().await,
    }
}

/// More than nothing, less than a day.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "write seconds as in 10 or 2.5".to_owned())?;
    if number > 0.0 && number <= 86_400.0 {
        return Ok(Duration::from_secs_f64(number));
    }
    Err("take more than 0 and at most 86400 seconds".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_that_makes_sense() {
        assert_eq!(seconds("2.5").unwrap(), Duration::from_millis(2500));
        for bad in ["", "x", "0", "-1", "nan", "inf", "1e300"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
