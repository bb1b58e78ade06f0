//! `offhook completions`: from the definition of the command line.

use super::exit::Exit;
use super::say;
use clap_complete::Shell;
use std::process::ExitCode;

/// `offhook completions`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs it on the definition.
#[must_use]
pub fn run(args: &Args, definition: &mut clap::Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, definition, "offhook", &mut script);
    say::end(say::results(&script).map(|()| Exit::Done))
}
