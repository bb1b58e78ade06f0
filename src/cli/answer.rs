//! `offhook answer`

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use std::path::PathBuf;
use std::process::ExitCode;

/// `offhook answer`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// On which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
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
pub fn run(_args: Args) -> ExitCode {
    say::end(Err::<Exit, _>(Problem::local("This build cannot answer yet.", "")))
}
