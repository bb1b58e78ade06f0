//! Frames as the fewest bytes: the changed cells of a frame as what a terminal is told.
//!
//! It refuses to write, and to let a control character through: whatever stands in a cell is shown or replaced.
//! A frame of more than a few cells is shown at once where the terminal can (synchronized output, mode 2026).

use super::links::Links;
use super::moves::{At, move_cursor, put};
use super::sequences::TOGETHER;
use super::sgr::Ink;
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};
use ratatui::style::Color;
use std::collections::BTreeSet;

/// A frame with more bytes is shown at once, and the cursor does not run about in it.
const LARGE: usize = 256;

/// So many blanks side by side are erased (ECH) rather than written.
const ERASED: usize = 10;

/// What the terminal was told, and what it is told next.
#[derive(Debug)]
pub struct Encoder {
    size: Size,
    links: Links,
    /// The frame that is being drawn.
    frame: Vec<u8>,
    /// As the terminal stands, where that is certain.
    at: At,
    ink: Option<Ink>,
    shown: Option<bool>,
    /// Where letters of two columns stand, by row and column. Half of one that is overwritten becomes a blank of a look
    /// that terminals disagree about, and is not among what ratatui finds changed.
    wide: BTreeSet<(u16, u16)>,
}

impl Encoder {
    /// For a terminal of that size, which has just been entered.
    #[must_use]
    pub fn new(size: Size, links: Links) -> Encoder {
        Encoder { size, links, frame: Vec::new(), at: None, ink: None, shown: None, wide: BTreeSet::new() }
    }

    /// The terminal has that size now.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.at = None;
        self.wide.clear();
    }

    /// Somebody else wrote on the terminal, or it was left and entered again: nothing about it is certain.
    pub fn forget(&mut self) {
        (self.at, self.ink, self.shown) = (None, None, None);
    }

    /// The terminal is empty from here on.
    pub fn clear(&mut self) {
        self.dip(Ink::PLAIN);
        self.wide.clear();
        self.frame.extend_from_slice(b"\x1b[2J");
    }

    /// Gives these cells, row by row, to the frame.
    pub fn draw<'a>(&mut self, changed: impl IntoIterator<Item = (u16, u16, &'a Cell)>) {
        let cells: Vec<(u16, u16, &Cell)> = changed.into_iter().collect();
        let mut link = Color::Reset;
        let mut rest = cells.as_slice();
        while let Some(((x, y, cell), after)) = rest.split_first() {
            let (at, ink) = (Position { x: *x, y: *y }, Ink::of(cell));
            let erased = blanks(rest);
            link = self.link(link, if erased >= ERASED { Color::Reset } else { cell.underline_color });
            self.go(at);
            if erased >= ERASED {
                if !self.ink.is_some_and(|now| now.same_blank(Ink::PLAIN)) {
                    self.dip(Ink::PLAIN);
                }
                put(&mut self.frame, format_args!("\x1b[{erased}X"));
                rest = rest.get(erased..).unwrap_or_default();
                self.cover(at, u16::try_from(erased).unwrap_or(u16::MAX), rest);
                continue;
            }
            // A blank has no letter to colour.
            if !(cell.symbol() == " " && self.ink.is_some_and(|now| now.same_blank(ink))) {
                self.dip(ink);
            }
            let width = self.letter(cell, at);
            self.cover(at, width, after);
            if width == 2 {
                self.wide.insert((at.y, at.x));
            }
            rest = after;
        }
        self.link(link, Color::Reset);
    }

    /// Ends the frame with the cursor where it is to stand, if anywhere: its bytes, none where nothing changed.
    #[must_use]
    pub fn end(&mut self, cursor: Option<Position>) -> Vec<u8> {
        let large = self.frame.len() > LARGE;
        if let Some(cursor) = cursor {
            self.go(cursor);
        }
        let visible = cursor.is_some();
        // Hidden before anything moves, shown when all is where it should be.
        let hide = self.shown != Some(false) && (large || !visible);
        if self.frame.is_empty() && !hide && self.shown == Some(visible) {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(self.frame.len() + 32);
        let together = if large { TOGETHER } else { ("", "") };
        bytes.extend_from_slice(together.0.as_bytes());
        if hide {
            bytes.extend_from_slice(b"\x1b[?25l");
            self.shown = Some(false);
        }
        bytes.append(&mut self.frame);
        if visible && self.shown != Some(true) {
            bytes.extend_from_slice(b"\x1b[?25h");
        }
        self.shown = Some(visible);
        bytes.extend_from_slice(together.1.as_bytes());
        bytes
    }

    fn go(&mut self, to: Position) {
        move_cursor(&mut self.frame, self.at, to);
        self.at = Some(to);
    }

    fn dip(&mut self, ink: Ink) {
        ink.write(&mut self.frame, self.ink);
        self.ink = Some(ink);
    }

    /// Writes the symbol of a cell where the cursor is, and says how many columns it has.
    fn letter(&mut self, cell: &Cell, at: Position) -> u16 {
        // The gate stands before the buffer; this is the last door, and no byte of a sequence passes it.
        let symbol = match cell.symbol() {
            symbol if symbol.is_empty() || symbol.chars().any(char::is_control) => "\u{fffd}",
            symbol => symbol,
        };
        self.frame.extend_from_slice(symbol.as_bytes());
        let width = symbol.cell_width().max(1);
        // After the last column the cursor waits for the next letter, and where it is depends on the terminal.
        let next = Position { x: at.x.saturating_add(width), ..at };
        self.at = Some(next).filter(|next| next.x < self.size.width && is_certain(symbol));
        width
    }

    /// Those columns have been written over. The half of a wide letter that is left beside them is made a blank, unless
    /// it comes next.
    fn cover(&mut self, from: Position, columns: u16, next: &[(u16, u16, &Cell)]) {
        let end = from.x.saturating_add(columns);
        let halved = self.wide.contains(&(from.y, end.saturating_sub(1)));
        if !self.wide.is_empty() {
            for column in from.x..end {
                self.wide.remove(&(from.y, column));
            }
        }
        if halved && end < self.size.width && next.first().is_none_or(|(x, y, _)| (*x, *y) != (end, from.y)) {
            self.go(Position { x: end, y: from.y });
            self.dip(Ink::PLAIN);
            self.frame.push(b' ');
            self.at = Some(Position { x: end + 1, y: from.y }).filter(|at| at.x < self.size.width);
        }
    }

    /// Opens the link of the next cell, or closes the one that is open.
    fn link(&mut self, open: Color, next: Color) -> Color {
        if open == next {
            return open;
        }
        let address = self.links.address(next);
        if address.is_some() || self.links.address(open).is_some() {
            self.frame.extend_from_slice(b"\x1b]8;;");
            self.frame.extend_from_slice(address.unwrap_or_default().as_bytes());
            self.frame.extend_from_slice(b"\x1b\\");
        }
        next
    }
}

/// How many of `cells`, from the first on, stand side by side and are blank.
fn blanks(cells: &[(u16, u16, &Cell)]) -> usize {
    let Some((first, row, _)) = cells.first() else { return 0 };
    let blank = |(column, (x, y, cell)): &(u16, &(u16, u16, &Cell))| {
        let plain = cell.underline_color == Color::Reset && Ink::of(cell).same_blank(Ink::PLAIN);
        x == column && y == row && cell.symbol() == " " && plain
    };
    (*first..).zip(cells).take_while(blank).count()
}

/// Whether every terminal gives it the same width: one character of a script without marks, or of the wide ones on which
/// all agree. Emoji, symbols, marks, joiners, right-to-left and Indic letters are not; after those the cursor is placed.
fn is_certain(symbol: &str) -> bool {
    let mut letters = symbol.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    matches!(u32::from(letter),
        0x20..=0x7e
        // Latin, Greek, Cyrillic, Armenian.
        | 0xa0..=0xac | 0xae..=0x2ff | 0x370..=0x482 | 0x48a..=0x556 | 0x1e00..=0x1fff
        // Dashes, quotation marks, currencies, lines and blocks.
        | 0x2010..=0x2027 | 0x2030..=0x205e | 0x20a0..=0x20c0 | 0x2500..=0x259f
        | 0xfffd
        // Kana, ideographs, Hangul syllables, full-width forms.
        | 0x3001..=0x3029 | 0x3041..=0x3096 | 0x30a1..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff01..=0xff60)
}

#[cfg(test)]
mod tests;
