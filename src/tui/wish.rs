//! What the screen wants done: commands to the engine, and what only the terminal or the user's files can do.

use super::preferences::Preferences;
use crate::engine::command::Command;

/// Something to be done by whoever drives the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Of the engine.
    Command(Command),
    /// Put this into the clipboard of the user's terminal (OSC 52).
    Copy(String),
    /// Somebody wrote or rings.
    Notify(Alert),
    /// The preferences have changed: keep them, and load theme and keymap anew.
    Keep(Preferences),
    /// Draw everything again.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// Sign out and end.
    Quit,
}

/// A thing to ring the bell for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Who, as the user knows them.
    pub who: String,
    /// What they wrote, or that they ring.
    pub what: String,
    /// It is a call.
    pub call: bool,
}
