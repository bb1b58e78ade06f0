//! `offhook outbox list|resend|forget`: messages that are on disk and did not go out, or may not have.

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use std::process::ExitCode;

/// `offhook outbox`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Lists them, oldest first
    List {
        /// Of which account; otherwise of all
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Sends one again; where it is not known whether it went out, it may arrive twice
    Resend(Resend),
    /// Gives one up: it stays in the history as failed
    Forget {
        /// Which, as `offhook outbox list` says
        key: String,
        /// Of which account; not needed where there is only one
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
    },
}

/// `offhook outbox resend`
#[derive(Debug, clap::Args)]
pub struct Resend {
    /// Which, as `offhook outbox list` says
    pub key: String,
    /// Of which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Do not ask: I know that it may arrive twice
    #[arg(long)]
    pub yes: bool,
}

/// Runs it.
#[must_use]
pub fn run(_args: Args) -> ExitCode {
    say::end(Err::<Exit, _>(Problem::local("This build has no outbox yet.", "")))
}
