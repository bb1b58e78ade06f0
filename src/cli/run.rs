//! Reads the command line and hands it to its subcommand.

use super::definition::{Command, Offhook};
use super::exit::Exit;
use super::{
    account, answer, bootstrap, call, completions, demo, directory, discover, doctor, keys, lab, listen, man, outbox,
    provision, reset, say, screen, send, settings, theme, trust, voicemail,
};
use crate::io::secrets::keep_nothing;
use crate::machine::visible;
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// What the arguments of the process say. Where there are none the definition with all its help is not even made: that was
/// a twelfth of what is done before the first frame.
fn parse() -> Result<Offhook, clap::Error> {
    if std::env::args_os().len() <= 1 { Ok(Offhook::default()) } else { Offhook::try_parse() }
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let offhook = match parse() {
        Ok(offhook) => offhook,
        Err(said) if said.use_stderr() => {
            // What it quotes may be anything, as names of files are.
            let said = visible(&said.render().to_string());
            if std::io::stderr().write_all(said.as_bytes()).is_err() {
                // Nobody is listening; that it failed is still in the exit code.
            }
            return Exit::Usage.into();
        }
        // Help and version come this way, too.
        Err(said) => {
            if said.print().and_then(|()| std::io::stdout().flush()).is_err() {
                // Nobody is listening to the help.
            }
            return Exit::Done.into();
        }
    };
    match offhook.command {
        Some(Command::Man(args)) => return man::run(&args, Offhook::command()),
        Some(Command::Completions(args)) => return completions::run(&args, &mut Offhook::command()),
        _ => {}
    }
    if let Err(problem) = say::start_log(offhook.log_level.into()) {
        say::warning(&problem.to_string());
    }
    if offhook.no_store {
        keep_nothing();
    }
    let Some(command) = offhook.command else { return screen::run() };
    match command {
        Command::Account(args) => account::run(args, offhook.no_store),
        Command::Trust(args) => trust::run(args),
        Command::Discover(args) => discover::run(args),
        Command::Settings(args) => settings::run(args),
        Command::Bootstrap(args) => bootstrap::run(&args),
        Command::Provision(args) => provision::run(&args),
        Command::Send(args) => send::run(args),
        Command::Listen(args) => listen::run(args),
        Command::Call(args) => call::run(args),
        Command::Answer(args) => answer::run(args),
        Command::Outbox(args) => outbox::run(args),
        Command::Voicemail(args) => voicemail::run(args),
        Command::Directory(args) => directory::run(args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Reset(args) => reset::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Theme(args) => theme::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Lab(args) => lab::run(args),
        Command::Man(_) | Command::Completions(_) => Exit::Done.into(),
    }
}
