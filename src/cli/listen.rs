//! `offhook listen`

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use std::process::ExitCode;

/// `offhook listen`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// On which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// End after this many messages; otherwise on SIGINT
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(_args: Args) -> ExitCode {
    say::end(Err::<Exit, _>(Problem::local("This build cannot listen yet.", "")))
}
