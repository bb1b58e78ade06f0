//! `offhook` alone: the screen.

use super::exit::Exit;
use super::say;
use crate::app;
use std::process::ExitCode;

/// Runs it.
#[must_use]
pub fn run() -> ExitCode {
    say::end(app::block_on(app::screen::run(app::no_sound())).map(|()| Exit::Done))
}
