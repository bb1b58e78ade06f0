//! `offhook send`

use super::exit::Exit;
use super::say;
use crate::engine::addresses;
use crate::engine::event::Problem;
use std::process::ExitCode;

/// `offhook send`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// To whom, as in bob@example.test
    #[arg(value_parser = addresses::recipient)]
    pub jid: String,
    /// What to say
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub text: String,
}

/// Runs it.
#[must_use]
pub fn run(_args: Args) -> ExitCode {
    say::end(Err::<Exit, _>(Problem::local("This build cannot send yet.", "")))
}
