//! What a subcommand says: results on stdout, everything else on stderr. A reader that has gone away is no failure.

use super::exit::Exit;
use crate::engine::event::{Lamp, LinkState, Problem};
use crate::io::log;
use crate::io::paths::Paths;
use crate::io::store::Store;
use crate::machine::visible_line;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;

/// Writes to stdout, and flushes it.
///
/// # Errors
/// It cannot be written, as where the disk under it is full. A broken pipe is `Ok`: see [`line`] for telling it.
pub fn results(text: &[u8]) -> Result<(), Problem> {
    written(text).map(drop)
}

/// Writes one line to stdout, and flushes it; `false` when nobody reads any more, so that one may as well stop.
///
/// # Errors
/// It cannot be written.
pub fn line(text: &str) -> Result<bool, Problem> {
    written(format!("{text}\n").as_bytes())
}

/// Writes one line to stderr: progress, and what the user should know.
pub fn note(text: &str) {
    // Where stderr is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Something is odd, and the work goes on.
pub fn warning(text: &str) {
    note(&format!("offhook: warning: {text}"));
}

/// Says what went wrong and what to do next.
pub fn failure(problem: &Problem) {
    note(&format!("offhook: {}", problem.what));
    if !problem.next.is_empty() {
        note(&format!("  {}", problem.next));
    }
}

/// What a service is doing, on one line.
pub fn link(state: &LinkState) {
    match state {
        LinkState::Online { address } => note(&format!("signed in as {}", visible_line(address))),
        LinkState::Waiting { why, retry_in } => {
            note(&format!("{} Trying again in {:.0} s.", why.what, retry_in.as_secs_f64().ceil()));
        }
        LinkState::Failed(why) => failure(why),
        LinkState::Offline | LinkState::Connecting | LinkState::NeedsPassword { .. } => {}
    }
}

/// What waits in a mailbox, where something does.
pub fn lamp(lamp: &Lamp) {
    match lamp {
        Lamp { lit: true, counts: Some((new, old)) } => note(&format!("voicemail is waiting: {new} new, {old} old")),
        Lamp { lit: true, counts: None } => note("voicemail is waiting"),
        Lamp { lit: false, .. } => {}
    }
}

/// The end of a subcommand.
#[must_use]
pub fn end(result: Result<Exit, Problem>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(problem) => {
            failure(&problem);
            Exit::Failed.into()
        }
    }
}

/// Starts the log at its place.
///
/// # Errors
/// There is no place for it.
pub fn start_log(level: LevelFilter) -> Result<(), Problem> {
    log::start(&Paths::from_environment()?.log()?, level)
}

/// Opens the history, and says what has become of one that was damaged.
///
/// # Errors
/// As for [`Store::open`].
pub fn open_history(paths: &Paths) -> Result<Store, Problem> {
    let mut store = Store::open(&paths.history()?)?;
    if let Some(notice) = store.take_notice() {
        warning(&notice.to_string());
    }
    Ok(store)
}

fn written(text: &[u8]) -> Result<bool, Problem> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(why) => Err(Problem::local(format!("The output cannot be written: {why}."), "")),
    }
}
