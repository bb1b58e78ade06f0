//! The one definition of the command line: help, man pages, completions and parsing are derived from it.

use super::{
    account, answer, bootstrap, call, completions, directory, discover, doctor, keys, lab, listen, man, outbox, provision,
    reset, send, settings, theme, trust, voicemail,
};
use clap::{Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

/// Chats over XMPP and calls over SIP, with Opus, in a terminal.
///
/// offhook keeps your accounts in files, your history in one database, and your words on disk before they go out.
/// Nothing is sent in clear, and no certificate is taken on trust, unless you say so.
#[derive(Debug, Default, Parser)]
#[command(name = "offhook", version, propagate_version = true, after_long_help = AFTER, max_term_width = 100)]
pub struct Offhook {
    /// How much is logged to $XDG_STATE_HOME/offhook/offhook.log; words, passwords and tokens never are
    #[arg(long, global = true, value_enum, value_name = "LEVEL", default_value_t)]
    pub log_level: LogLevel,

    /// Leave every keyring alone: passwords are asked for each time, and kept nowhere
    ///
    /// For machines that are wiped, or not yours. With `account add` it is kept with the account, and holds whenever that
    /// signs in.
    #[arg(long, global = true)]
    pub no_store: bool,

    /// What to do; nothing: open the screen
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What stands below the help and in the man page.
const AFTER: &str = "\
Exit codes: 0 done; 1 the doctor has found something that does not work; 2 the command line is wrong; 3 the call was declined or they were busy; 4 nobody answered; 5 it failed.

Files: accounts, settings of sign-in, what discovery has found, and trust are under $XDG_CONFIG_HOME/offhook, the history under $XDG_DATA_HOME/offhook, photos under
$XDG_CACHE_HOME/offhook, logs under $XDG_STATE_HOME/offhook.";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds, lists and removes accounts
    Account(account::Args),
    /// Accepts the certificate of one server, exactly as it is
    Trust(trust::Args),
    /// Finds out how an address would sign in, step by step, and signs nobody in
    Discover(discover::Args),
    /// Settings of sign-in by address: who authenticates, what is left out; where passwords are kept
    Settings(settings::Args),
    /// Writes the bootstrap file, as an installer would
    Bootstrap(bootstrap::Args),
    /// Takes the settings of a ciscojabber://provision link
    Provision(provision::Args),
    /// Sends a message, and ends when the server has acknowledged it
    Send(send::Args),
    /// Prints messages and presence as they come
    Listen(listen::Args),
    /// Calls somebody
    Call(call::Args),
    /// Answers every call at once
    Answer(answer::Args),
    /// Shows messages that did not go out, or may not have
    Outbox(outbox::Args),
    /// Lists, plays, saves and deletes voicemail
    Voicemail(voicemail::Args),
    /// Finds people in the directory of the site, and shows what it knows of them
    Directory(directory::Args),
    /// Looks at terminal, sound, DNS, certificates, keyring, clock and folders: what works, what does not, and what to do
    Doctor(doctor::Args),
    /// Lists all that offhook keeps here, of one account or of all, asks, and removes it
    Reset(reset::Args),
    /// Shows which keys do what
    Keys(keys::Args),
    /// Checks themes
    Theme(theme::Args),
    /// Opens the screen on a deployment of its own: nothing of yours is read or written, and no network is needed
    Demo(lab::Args),
    /// Plays a whole deployment on this machine, until it is interrupted; its first line says where everything is
    Lab(lab::Args),
    /// Writes the man pages to a directory
    Man(man::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What failed
    Error,
    /// And what is odd
    Warn,
    /// And what happens
    #[default]
    Info,
    /// And how
    Debug,
    /// And every step of it
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> LevelFilter {
        match level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds() {
        Offhook::command().debug_assert();
    }

    #[test]
    fn no_arguments_say_what_is_the_default() {
        let read = Offhook::try_parse_from(["offhook"]).unwrap();
        assert_eq!(format!("{:?}", Offhook::default()), format!("{read:?}"));
    }

    #[test]
    fn the_log_is_at_the_level_that_was_named() {
        for (level, filter) in [(LogLevel::Error, "error"), (LogLevel::Trace, "trace")] {
            assert_eq!(LevelFilter::from(level).to_string(), filter);
        }
    }
}
