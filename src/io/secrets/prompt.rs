//! Asks on the terminal, wherever stdin and stdout go. All of it blocks.

use crate::machine::{Secret, visible_line};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use zeroize::Zeroizing;

/// The terminal that the process belongs to, wherever its stdin and stdout go.
const PATH: &str = "/dev/tty";

/// It is one for the whole process: one question at a time.
pub(super) static TERMINAL: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The longest line that a terminal gives at once.
const LINE: usize = 4096;

/// The terminal does not show what is typed, until this is dropped: then it is as it was found, however the prompt ended.
/// Hidden input must not outlive us when the user gives up.
#[derive(Debug)]
pub struct Hidden {
    terminal: File,
    found: Termios,
}

impl Hidden {
    /// Hides what is typed from now on; `None` where there is no terminal.
    #[must_use]
    pub fn begin() -> Option<Hidden> {
        let terminal = open().ok()?;
        let found = tcgetattr(&terminal).ok()?;
        let mut quiet = found.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &quiet).ok()?;
        Some(Hidden { terminal, found })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.found);
    }
}

/// Asks for a secret. [`Hidden`] comes first: a question that is seen is answered at once.
///
/// # Errors
/// There is no terminal, or it was closed, or what was typed is not UTF-8.
pub fn secret(question: &str) -> std::io::Result<Secret> {
    let mut terminal = open()?;
    write!(terminal, "{question}")?;
    // Never grown, so that no copy is left behind.
    let mut typed = Zeroizing::new(vec![0; LINE]);
    let count = terminal.read(&mut typed)?;
    // The end of the line was hidden too.
    writeln!(terminal)?;
    typed.truncate(count);
    let line = std::str::from_utf8(&typed).map_err(|_| ErrorKind::InvalidData)?;
    Ok(Secret::new(line.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Says a line on the terminal; where there is none, nobody hears it.
pub fn say(line: &str) {
    if let Ok(mut terminal) = open() {
        // A terminal that is gone needs to be told nothing.
        let _ = writeln!(terminal, "{}", visible_line(line));
    }
}

/// Asks for yes or no; anything but yes is no.
///
/// # Errors
/// There is no terminal, or it was closed.
pub fn agreed(question: &str) -> std::io::Result<bool> {
    let mut terminal = open()?;
    write!(terminal, "{question} [y/N] ")?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn open() -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).open(PATH)
}
