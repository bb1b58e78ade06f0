//! From one way of writing to another with the fewest bytes (ECMA-48 SGR, and xterm's colours).

use super::moves::put;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// How a cell is written, as far as the terminal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Of the letter.
    pub fg: Color,
    /// Behind it.
    pub bg: Color,
    /// Bold and the like.
    pub attributes: Modifier,
}

/// What is seen of a cell without a letter.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// An attribute, what turns it on, and what turns it off; 22 turns off two.
const ATTRIBUTES: [(Modifier, u8, u8); 7] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Ink {
    /// As a terminal writes that was told nothing.
    pub const PLAIN: Ink = Ink { fg: Color::Reset, bg: Color::Reset, attributes: Modifier::empty() };

    /// Of a cell. Nothing of ours blinks, and of bold and dim, which terminals mix in several ways, bold is taken.
    #[must_use]
    pub fn of(cell: &Cell) -> Ink {
        let mut attributes = cell.modifier.difference(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK);
        if attributes.contains(Modifier::BOLD) {
            attributes.remove(Modifier::DIM);
        }
        Ink { fg: cell.fg, bg: cell.bg, attributes }
    }

    /// Whether a blank in `self` looks like a blank in `other`.
    #[must_use]
    pub fn same_blank(self, other: Ink) -> bool {
        let seen = |ink: Ink| ink.attributes.intersection(SEEN_ON_BLANK);
        let drawn = !seen(self).is_empty();
        self.bg == other.bg && seen(self) == seen(other) && (!drawn || self == other)
    }

    /// Writes what leads from `before` to `self`; from anywhere when that is not known.
    pub fn write(self, bytes: &mut Vec<u8>, before: Option<Ink>) {
        if before == Some(self) {
            return;
        }
        let mut anew = vec![String::new()];
        self.differences(Ink::PLAIN, &mut anew);
        let mut parameters = anew;
        if let Some(before) = before {
            let mut changes = Vec::new();
            self.differences(before, &mut changes);
            let length = |list: &[String]| list.iter().map(|one| one.len() + 1).sum::<usize>();
            if length(&changes) <= length(&parameters) {
                parameters = changes;
            }
        }
        put(bytes, format_args!("\x1b[{}m", parameters.join(";")));
    }

    /// The parameters that lead from `before` to `self`.
    fn differences(self, before: Ink, parameters: &mut Vec<String>) {
        let mut off = Modifier::empty();
        for (attribute, _, code) in ATTRIBUTES {
            if before.attributes.contains(attribute) && !self.attributes.contains(attribute) && !off.contains(attribute) {
                let ended = ATTRIBUTES.iter().filter(|(_, _, other)| *other == code).map(|(attribute, ..)| *attribute);
                off.extend(ended);
                parameters.push(code.to_string());
            }
        }
        let standing = before.attributes.difference(off);
        for (attribute, code, _) in ATTRIBUTES {
            if self.attributes.contains(attribute) && !standing.contains(attribute) {
                parameters.push(code.to_string());
            }
        }
        if self.fg != before.fg {
            parameters.push(colour(self.fg, 30));
        }
        if self.bg != before.bg {
            parameters.push(colour(self.bg, 40));
        }
    }
}

/// The parameter for a colour; `ground` is 30 for letters and 40 for what is behind them.
fn colour(colour: Color, ground: u8) -> String {
    let sixteen = |number: u8| match number {
        0..=7 => (ground + number).to_string(),
        _ => (ground + 60 + number - 8).to_string(),
    };
    match colour {
        Color::Reset => (ground + 9).to_string(),
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
        Color::Indexed(number) => format!("{};5;{number}", ground + 8),
        Color::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", ground + 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(before: Option<Ink>, after: Ink) -> String {
        let mut bytes = Vec::new();
        after.write(&mut bytes, before);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_what_differs_is_written() {
        let ink = |fg, attributes| Ink { fg, bg: Color::Reset, attributes };
        let plain = Ink::PLAIN;
        for (before, after, bytes) in [
            (Some(plain), plain, ""),
            (None, plain, "\x1b[m"),
            (Some(ink(Color::Red, Modifier::BOLD)), plain, "\x1b[m"),
            (Some(plain), ink(Color::Red, Modifier::BOLD), "\x1b[1;31m"),
            (None, ink(Color::Red, Modifier::empty()), "\x1b[;31m"),
            (Some(ink(Color::Red, Modifier::BOLD)), ink(Color::Red, Modifier::DIM), "\x1b[22;2m"),
            (Some(ink(Color::Red, Modifier::BOLD)), ink(Color::Blue, Modifier::BOLD), "\x1b[34m"),
            (Some(plain), ink(Color::Rgb(1, 2, 3), Modifier::REVERSED), "\x1b[7;38;2;1;2;3m"),
            (Some(plain), ink(Color::LightBlue, Modifier::empty()), "\x1b[94m"),
        ] {
            assert_eq!(written(before, after), bytes, "{before:?} to {after:?}");
        }
    }
}
