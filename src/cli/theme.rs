//! `offhook theme`: whether a theme file is right.

use super::exit::Exit;
use super::named_file::{read, verdict};
use super::say;
use crate::engine::event::Problem;
use crate::tui::theme::{Depth, ROLES, Theme};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `offhook theme`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Says what is wrong in a theme file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Prints what a theme gives a look to
    Roles,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    say::end(match &args.wish {
        Wish::Check { file } => check(file),
        Wish::Roles => roles(),
    })
}

fn check(file: &Path) -> Result<Exit, Problem> {
    let checked = Theme::parse(&read(file)?, Depth::True);
    Ok(verdict(file, checked.map(|_| "every role has a look.".to_owned())))
}

fn roles() -> Result<Exit, Problem> {
    for row in ROLES {
        if !say::line(&format!("{:20}  {}", row.name, row.help))? {
            break;
        }
    }
    Ok(Exit::Done)
}
