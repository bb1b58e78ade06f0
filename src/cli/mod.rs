//! The command line: one file a subcommand. Flags, help, man page and completions come from one definition.

use std::process::ExitCode;

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
