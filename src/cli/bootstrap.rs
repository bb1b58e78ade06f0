//! `offhook bootstrap`: writes the bootstrap file that an installer would have written.

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use crate::io::discovery::DiscoveryFiles;
use crate::io::paths::Paths;
use std::process::ExitCode;

/// `offhook bootstrap`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The installer's arguments, as in AUTHENTICATOR=CUP CUP_ADDRESS=imp.example.test; CLEAR=1 empties what is there first
    #[arg(required = true, value_name = "NAME=VALUE")]
    arguments: Vec<String>,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    say::end(bootstrap(&args.arguments))
}

fn bootstrap(arguments: &[String]) -> Result<Exit, Problem> {
    let files = DiscoveryFiles::open(&Paths::from_environment()?)?;
    let (path, taken) = files.change_bootstrap(|file| file.take_arguments(arguments))?;
    match taken {
        Ok(remarks) => {
            remarks.iter().for_each(|remark| say::note(remark));
            say::note(&format!("Written to {}; it is read at the next launch.", path.display()));
            Ok(Exit::Done)
        }
        Err(why) => {
            say::failure(&Problem::local(why, ""));
            Ok(Exit::Usage)
        }
    }
}
