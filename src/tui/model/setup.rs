//! What the screen begins with: what the user likes, and what the terminal is.

use crate::machine::Stamp;
use crate::tui::keymap::Keymap;
use crate::tui::preferences::Preferences;
use crate::tui::terminal::Pictures;
use crate::tui::theme::{Background, Theme};

/// How the hour is told: seconds that the wall is ahead of UTC at a time.
pub type Zone = fn(Stamp) -> i32;

/// What the screen begins with.
#[derive(Debug)]
pub struct Setup {
    /// What the user likes.
    pub preferences: Preferences,
    /// Its theme.
    pub theme: Theme,
    /// Its keymap.
    pub keymap: Keymap,
    /// Names of all themes there are.
    pub themes: Vec<String>,
    /// Names of all keymaps there are.
    pub keymaps: Vec<String>,
    /// How the hour is told.
    pub zone: Zone,
    /// What the clock says.
    pub now: Stamp,
    /// Whether the terminal can show pictures, and how.
    pub pictures: Pictures,
    /// What is behind the letters, as far as the terminal has said.
    pub background: Background,
}
