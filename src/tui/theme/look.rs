//! A theme: how each meaning looks.
//!
//! It refuses to know files, and what a terminal can show.

use super::role::{ROLES, Role};
use ratatui::style::Style;

/// How each [`Role`] looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// In the order of [`ROLES`].
    styles: Vec<Style>,
}

impl Theme {
    /// The theme in which a role looks as `look` says.
    #[must_use]
    pub fn new(look: impl Fn(Role) -> Style) -> Theme {
        Theme { styles: ROLES.iter().map(|row| look(row.role)).collect() }
    }

    /// How that looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}
