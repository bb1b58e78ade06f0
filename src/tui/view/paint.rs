//! The brush: text at a place, cut where its room ends. Everything that is drawn passes here, made tame.

use crate::tui::preferences::Signs;
use crate::tui::terminal::Links;
use crate::tui::text::{self, Link};
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// What draws.
pub struct Brush<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// The looks.
    pub theme: &'a Theme,
    /// Which signs are drawn.
    pub signs: Signs,
    /// Links that the terminal can follow, where it can.
    pub links: Option<Links>,
    /// Where the terminal's cursor stands, if somewhere.
    pub cursor: Option<(u16, u16)>,
    /// Where a picture has its place, if there is one.
    pub picture: Option<Rect>,
}

impl Brush<'_> {
    /// Writes `words` from `x` on, never past the right side of `room`; says where the next would begin.
    pub fn put(&mut self, room: Rect, x: u16, y: u16, words: &str, role: Role) -> u16 {
        let style = self.theme.style(if is_quiet(role) && self.is_chosen(x, y) { Role::Text } else { role });
        self.put_styled(room, x, y, words, style)
    }

    /// This place is in the chosen row.
    fn is_chosen(&self, x: u16, y: u16) -> bool {
        let chosen = self.theme.style(Role::Selected).bg;
        chosen.is_some() && self.buffer.cell((x, y)).is_some_and(|cell| cell.style().bg == chosen)
    }

    /// [`Brush::put`] in a style of its own.
    pub fn put_styled(&mut self, room: Rect, x: u16, y: u16, words: &str, style: Style) -> u16 {
        let room = room.intersection(self.buffer.area);
        if y < room.top() || y >= room.bottom() || x < room.left() || x >= room.right() || words.is_empty() {
            return x;
        }
        let style = self.on_row(x, y, style);
        if words.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return self.put_plain(x, y, words, room.right() - x, style);
        }
        let words = text::fit(&text::drawable(words), usize::from(room.right() - x));
        self.buffer.set_stringn(x, y, words, usize::from(room.right() - x), style).0
    }

    /// The style on what is there: a reversed row is one colour, whatever stands in it.
    fn on_row(&self, x: u16, y: u16, style: Style) -> Style {
        let reversed = self.buffer.cell((x, y)).is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED));
        if reversed { Style { fg: None, bg: None, ..style }.remove_modifier(Modifier::DIM) } else { style }
    }

    /// [`Brush::put_styled`] for letters of one byte and one column, which most are.
    fn put_plain(&mut self, x: u16, y: u16, words: &str, columns: u16, style: Style) -> u16 {
        let from = self.buffer.index_of(x, y);
        let cells = self.buffer.content.iter_mut().skip(from).take(usize::from(columns));
        let last = usize::from(columns) - 1;
        let is_cut = words.len() > usize::from(columns);
        let mut end = x;
        for ((nth, letter), cell) in words.chars().enumerate().zip(cells) {
            cell.set_char(if is_cut && nth == last { text::CUT } else { letter }).set_style(style);
            end += 1;
        }
        end
    }

    /// Writes one sign of one column into each cell of `room`.
    fn fill(&mut self, room: Rect, sign: &str, role: Role) {
        let (style, room) = (self.theme.style(role), room.intersection(self.buffer.area));
        for at in room.positions() {
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.set_symbol(sign).set_style(style);
            }
        }
    }

    /// [`Brush::put`] for a link that stands there as it is, or a part of it: the terminal may follow it where its true host
    /// is what is read.
    pub fn put_link(&mut self, room: Rect, x: u16, y: u16, words: &str, link: &Link) -> u16 {
        let read = link.url.to_ascii_lowercase();
        let is_plain = link.host.as_ref().is_none_or(|host| read.contains(&host.to_ascii_lowercase()));
        let mark = self.links.as_ref().filter(|_| is_plain).map(|links| links.mark(&link.url)).unwrap_or_default();
        let style = self.theme.style(Role::Link).patch(mark);
        self.put_styled(room, x, y, words, style)
    }

    /// Writes `words` so that they end at the right side of `room`; says where they begin. Nothing is drawn where they do
    /// not fit behind `from`.
    pub fn put_right(&mut self, room: Rect, from: u16, y: u16, words: &str, role: Role) -> u16 {
        let wide = u16::try_from(text::width(&text::drawable(words))).unwrap_or(u16::MAX);
        match room.right().checked_sub(wide).filter(|x| *x >= from.max(room.left())) {
            Some(x) => {
                self.put(room, x, y, words, role);
                x
            }
            None => room.right(),
        }
    }

    /// Gives a room a style.
    pub fn fill_with(&mut self, room: Rect, role: Role) {
        self.buffer.set_style(room.intersection(self.buffer.area), self.theme.style(role));
    }

    /// Gives a whole row a style.
    pub fn row(&mut self, room: Rect, y: u16, role: Role) {
        self.fill_with(Rect { y, height: 1, ..room }, role);
    }

    /// Empties a room.
    pub fn clear(&mut self, room: Rect) {
        let room = room.intersection(self.buffer.area);
        for at in room.positions() {
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.reset();
            }
        }
        self.buffer.set_style(room, self.theme.style(Role::Text));
    }

    /// A line across, with words in it at the left.
    pub fn rule(&mut self, room: Rect, y: u16, words: &str, role: Role) {
        let dash = if self.signs == Signs::Ascii { "-" } else { "─" };
        self.fill(Rect { y, height: 1, ..room }, dash, Role::Rule);
        if !words.is_empty() {
            self.put(room, room.x + 3, y, &format!(" {words} "), role);
        }
    }

    /// A line down.
    pub fn upright(&mut self, x: u16, top: u16, bottom: u16) {
        let bar = if self.signs == Signs::Ascii { "|" } else { "│" };
        self.fill(Rect { x, y: top, width: 1, height: bottom.saturating_sub(top) }, bar, Role::Rule);
    }

    /// One of two signs.
    #[must_use]
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.signs == Signs::Ascii { ascii } else { unicode }
    }
}

/// Too faint to be read on the background of the chosen row.
fn is_quiet(role: Role) -> bool {
    matches!(role, Role::Dim | Role::Offline | Role::Sent | Role::Waiting | Role::Placeholder | Role::Status)
}

/// The first row to draw so that the chosen one is in sight, moving as little as possible.
#[must_use]
pub fn scrolled(top: usize, chosen: usize, rows: usize, height: usize) -> usize {
    let lowest = rows.saturating_sub(height);
    let top = if chosen < top {
        chosen
    } else if chosen >= top + height.max(1) {
        chosen + 1 - height.max(1)
    } else {
        top
    };
    top.min(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    #[test]
    fn plain_words_are_drawn_as_all_words_are() {
        let theme = Theme::new(|_| Style::new().bold());
        let drawn = |words: &str, x: u16, columns: u16| {
            let mut buffer = Buffer::empty(Rect::new(2, 1, 30, 2));
            let mut brush =
                Brush { buffer: &mut buffer, theme: &theme, signs: Signs::Unicode, links: None, cursor: None, picture: None };
            let room = Rect { x: 4, y: 1, width: columns, height: 2 };
            let end = brush.put(room, 4 + x, 2, words, Role::Text);
            let fitted = text::fit(words, usize::from(columns - x));
            let mut other = Buffer::empty(Rect::new(2, 1, 30, 2));
            other.set_string(4 + x, 2, &fitted, Style::new().bold());
            assert_eq!((&buffer, end), (&other, 4 + x + u16::try_from(text::width(&fitted)).unwrap()), "{words:?}");
        };
        for words in ["a", "people", "exactly ten", "more than there is room for", "\u{e9}t\u{e9} is not plain, and is cut"] {
            for (x, columns) in [(0, 1), (0, 11), (3, 14), (0, 20)] {
                drawn(words, x, columns);
            }
        }
    }

    #[test]
    fn what_is_quiet_elsewhere_is_plain_in_the_chosen_row() {
        let theme = Theme::named("dark", crate::tui::theme::Depth::True).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 9, 2));
        let mut brush =
            Brush { buffer: &mut buffer, theme: &theme, signs: Signs::Unicode, links: None, cursor: None, picture: None };
        let room = Rect::new(0, 0, 9, 2);
        brush.row(room, 0, Role::Selected);
        brush.put(room, 0, 0, "dim", Role::Dim);
        brush.put(room, 0, 1, "dim", Role::Dim);
        let fg = |x, y| buffer.cell((x, y)).unwrap().fg;
        assert_eq!((fg(0, 0), Some(fg(0, 1))), (fg(8, 0), theme.style(Role::Dim).fg));
    }

    #[test]
    fn a_reversed_row_is_of_one_colour() {
        let theme = Theme::new(|role| match role {
            Role::Selected => Style::new().reversed(),
            Role::Unread => Style::new().blue().bold(),
            _ => Style::new().dark_gray().on_black().dim(),
        });
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
        let area = buffer.area;
        let mut brush =
            Brush { buffer: &mut buffer, theme: &theme, signs: Signs::Unicode, links: None, cursor: None, picture: None };
        brush.row(area, 0, Role::Selected);
        for (y, words) in [(0, "é2"), (1, "ab")] {
            brush.put(area, 0, y, words, Role::Unread);
            brush.put(area, 4, y, words, Role::Dim);
        }
        let cell = |x: u16, y: u16| {
            let cell = buffer.cell((x, y)).unwrap();
            (cell.fg, cell.bg, cell.modifier)
        };
        let (of_row, reversed) = (Color::Reset, Modifier::REVERSED);
        assert_eq!(cell(0, 0), (of_row, of_row, reversed | Modifier::BOLD));
        assert_eq!((cell(4, 0), cell(9, 0)), ((of_row, of_row, reversed), (of_row, of_row, reversed)));
        assert_eq!((cell(0, 1).0, cell(4, 1).1), (Color::Blue, Color::Black));
    }

    #[test]
    fn a_list_moves_no_more_than_it_must() {
        assert_eq!(scrolled(0, 4, 100, 5), 0);
        assert_eq!(scrolled(0, 5, 100, 5), 1);
        assert_eq!(scrolled(10, 3, 100, 5), 3);
        assert_eq!(scrolled(97, 99, 100, 5), 95);
        assert_eq!(scrolled(3, 0, 2, 5), 0);
        assert_eq!(scrolled(0, 7, 8, 0), 7);
    }
}
