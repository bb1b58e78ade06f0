//! A theme: how each meaning looks, at the depth of the terminal.
//!
//! It refuses to know files.

use super::colour::Colour;
use super::depth::Depth;
use super::role::{ROLES, Role};
use ratatui::style::{Color, Modifier, Style};

/// How one meaning looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Of the letters.
    pub fg: Colour,
    /// Behind them.
    pub bg: Colour,
    /// Bold, dim, italic, underlined, reversed.
    pub attributes: Modifier,
}

impl Look {
    /// As ordinary text.
    pub const PLAIN: Look = Look { fg: Colour::Default, bg: Colour::Default, attributes: Modifier::empty() };

    /// The style at `depth`. `mono` is how it looks where there are no colours, should this have no attributes for it.
    #[must_use]
    pub fn style(self, depth: Depth, mono: impl FnOnce() -> Modifier) -> Style {
        if depth == Depth::Attributes {
            // What the colours said besides is said by what they are replaced with.
            let coloured = self.fg != Colour::Default || self.bg != Colour::Default;
            let attributes = if coloured || self.attributes.is_empty() { mono() } else { Modifier::empty() };
            return Style::new().add_modifier(self.attributes | attributes);
        }
        let (mut fg, mut bg, mut attributes) = (self.fg.at(depth), self.bg.at(depth), self.attributes);
        // Among sixteen a quiet grey behind text is the terminal's own background, or as loud as its text: a row that is
        // told by its background would not be told at all.
        if bg != self.bg && (matches!(bg, Colour::Named(0 | 7 | 8 | 15)) || bg == fg) {
            // Its letters were chosen for that background.
            (fg, bg) = (Colour::Default, Colour::Default);
            attributes.insert(mono());
        }
        let mut style = Style::new().add_modifier(attributes);
        // Where nothing is said a style leaves the colour of what is below it.
        style.fg = Some(fg.drawn()).filter(|drawn| *drawn != Color::Reset);
        style.bg = Some(bg.drawn()).filter(|drawn| *drawn != Color::Reset);
        style
    }
}

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
