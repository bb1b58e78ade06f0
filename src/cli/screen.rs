//! `offhook` alone: the screen.

use super::exit::Exit;
use super::say;
use crate::app;
use crate::engine::event::Problem;
use crate::io::paths::Paths;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

/// Runs it. A fault of ours leaves the terminal as it was, and says where to read of it.
#[must_use]
pub fn run() -> ExitCode {
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| app::block_on(app::screen::run())));
    say::end(ran.unwrap_or_else(|_| Err(fault())).map(|()| Exit::Done))
}

fn fault() -> Problem {
    let log =
        Paths::from_environment().and_then(|paths| paths.log()).map(|log| format!(" It is written down in {}.", log.display()));
    Problem::local("offhook has failed by a fault of its own.", format!("Please report it.{}", log.unwrap_or_default()))
}
