//! The key help while it is open, as a value: how far it is scrolled, and what it is narrowed by.

use crate::tui::action::Action;
use crate::tui::editor::Field;

/// What moves in a list. Everybody tries it first and finds it: it is shown last, on one line.
pub const MOVES: [Action; 6] = [Action::Next, Action::Previous, Action::PageDown, Action::PageUp, Action::First, Action::Last];

/// The key help while it is open.
#[derive(Debug, Default)]
pub struct KeyHelp {
    /// Lines that it is scrolled down.
    pub top: usize,
    /// What it is narrowed by.
    pub field: Field,
}
