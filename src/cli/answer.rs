//! `offhook answer`

use super::call_report::CallReport;
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::ready::ready;
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on};
use crate::engine::command::{Command, Services};
use crate::engine::event::{CallChange, CallId, Event, LinkState, Problem, Service, VoicemailTold};
use crate::io::audio::Sound;
use crate::io::driver::sound_desk::OpenForCall;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `offhook answer`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: OneAccount,
    /// Play this file to them; silence after its end
    #[arg(long, value_name = "WAV")]
    pub play: Option<PathBuf>,
    /// Record them: 48 kHz, mono, 16 bit
    #[arg(long, value_name = "WAV")]
    pub record: Option<PathBuf>,
    /// End after this many calls; otherwise on SIGINT
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub calls: Option<u32>,
    /// At the end, one JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(answer(args)))
}

async fn answer(args: Args) -> Result<Exit, Problem> {
    let mut interrupts = Interrupts::hear()?;
    let phone = Headless::start(args.account.name(), opener(&args)?).await?;
    let mut phone = ready(phone, Services::PHONE, Headless::needs_phone, &mut interrupts).await?;
    phone.sign_in(Services::PHONE).await;

    let mut calls: BTreeMap<CallId, CallReport> = BTreeMap::new();
    let mut ended = Vec::new();
    let mut leaving = false;
    let failed = loop {
        let event = tokio::select! {
            event = phone.event() => event.ok_or_else(Headless::died)?,
            () = interrupts.next() => {
                if calls.is_empty() {
                    break None;
                }
                leaving = true;
                for call in calls.keys() {
                    phone.command(Command::HangUp { call: *call }).await;
                }
                continue;
            }
        };
        match event {
            Event::Call { call, change } => {
                let report = calls.entry(call).or_insert_with(|| CallReport::new(call));
                if let Some(progress) = report.apply(&change) {
                    say::note(&progress);
                }
                match change {
                    CallChange::Began { incoming: true, .. } => phone.command(Command::Answer { call }).await,
                    CallChange::Ended { .. } => ended.extend(calls.remove(&call)),
                    _ => {}
                }
                let enough = args.calls.is_some_and(|wanted| ended.len() >= wanted as usize);
                if enough || leaving && calls.is_empty() {
                    break None;
                }
            }
            Event::Link { service: Service::Phone, state: LinkState::Failed(problem), .. } => break Some(problem),
            Event::Link { service: Service::Phone, state, .. } => say::link(&state),
            Event::Notice(notice) => say::note(&notice.problem.to_string()),
            Event::Voicemail { told: VoicemailTold::Lamp(lamp), .. } => say::lamp(&lamp),
            _ => {}
        }
    };
    phone.sign_out().await;
    if args.json {
        let calls: Vec<_> = ended.iter().map(CallReport::json).collect();
        say::line(&serde_json::json!({ "calls": calls }).to_string())?;
    }
    if let Some(problem) = failed {
        return Err(problem);
    }
    let well = ended.iter().all(|report| report.exit() == Exit::Done);
    Ok(if well { Exit::Done } else { Exit::Failed })
}

/// Every call plays the same file; the first is recorded under the name that was given, the second with `-2` before the
/// ending, and so on. The first is opened now, so that a wrong name is told before anybody calls.
fn opener(args: &Args) -> Result<OpenForCall, Problem> {
    let sound =
        |number: usize| Sound { play: args.play.clone(), record: args.record.as_deref().map(|file| numbered(file, number)) };
    let mut first = Some(sound(1).open().map_err(|why| Problem::local(why, ""))?);
    let (play, record) = (args.play.clone(), args.record.clone());
    let mut opened = 1;
    Ok(Box::new(move |_| {
        if let Some(first) = first.take() {
            return Ok(first);
        }
        opened += 1;
        Sound { play: play.clone(), record: record.as_deref().map(|file| numbered(file, opened)) }.open()
    }))
}

/// `far.wav`, `far-2.wav`, `far-3.wav`.
fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{number}{ending}"))
}
