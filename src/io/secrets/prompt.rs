//! Asks on the terminal, wherever stdin and stdout go. All of it blocks.

use crate::machine::Secret;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};

/// The terminal that the process belongs to, wherever its stdin and stdout go.
const TERMINAL: &str = "/dev/tty";

/// Puts the terminal back into the state in which it was found, however the prompt ends: hidden input must not outlive
/// us when the user gives up.
#[derive(Debug)]
pub struct Restore {
    terminal: File,
    found: Termios,
}

impl Restore {
    /// Takes note of the state of the terminal; `None` where there is no terminal.
    #[must_use]
    pub fn note() -> Option<Restore> {
        let terminal = OpenOptions::new().read(true).write(true).open(TERMINAL).ok()?;
        let found = tcgetattr(&terminal).ok()?;
        Some(Restore { terminal, found })
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.found);
    }
}

/// Asks for something that is not shown while it is typed.
///
/// # Errors
/// There is no terminal, or it was closed.
pub fn hidden(question: &str) -> std::io::Result<Secret> {
    rpassword::prompt_password(question).map(Secret::new)
}

/// Asks for yes or no; anything but yes is no.
///
/// # Errors
/// There is no terminal, or it was closed.
pub fn agreed(question: &str) -> std::io::Result<bool> {
    let mut terminal = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
    write!(terminal, "{question} [y/N] ")?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
