//! `offhook man`: the man pages, from the definition of the command line, the table of actions and the keys of files.

use super::exit::Exit;
use super::{configuration, keys, say};
use crate::engine::event::Problem;
use crate::io::private;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `offhook man`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to; it is made when it is not there
    directory: PathBuf,
}

/// Runs it on the definition.
#[must_use]
pub fn run(args: &Args, definition: clap::Command) -> ExitCode {
    let written = write(&args.directory, definition);
    say::end(written.map(|()| Exit::Done).map_err(|why| {
        let what = format!("The man pages cannot be written to {}: {}.", args.directory.display(), private::said(&why));
        Problem::local(what, "Take another directory.")
    }))
}

fn write(directory: &Path, definition: clap::Command) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let add = definition.find_subcommand("account").and_then(|account| account.find_subcommand("add"));
    let configuration = add.map(configuration::man_page).unwrap_or_default();
    std::fs::write(directory.join("offhook-config.5"), configuration)?;
    clap_mangen::generate_to(definition.disable_help_subcommand(true), directory)?;
    std::fs::write(directory.join("offhook-keys.7"), keys::man_page())
}
