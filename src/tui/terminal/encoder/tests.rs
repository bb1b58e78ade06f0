//! What a frame costs, to the byte, and that what is drawn as differences is what is drawn whole.

use super::*;
use crate::tui::terminal::Frames;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

const COLUMNS: u16 = 24;
const ROWS: u16 = 6;

/// Our terminal, and the one that understands its bytes.
struct Both {
    ours: Frames,
    theirs: vt100::Parser,
    links: Links,
}

impl Both {
    fn new() -> Both {
        let links = Links::default();
        let ours = Frames::new(Size::new(COLUMNS, ROWS), links.clone());
        let [rows, columns] = [ROWS, COLUMNS].map(|count| std::num::NonZero::new(count).unwrap());
        Both { ours, theirs: vt100::Parser::new(rows, columns, 0), links }
    }

    /// Draws a frame and gives its bytes.
    fn draw(&mut self, cursor: Option<(u16, u16)>, fill: impl Fn(&mut Buffer)) -> String {
        let bytes = self.ours.whole(|buffer| {
            fill(buffer);
            cursor.map(Position::from)
        });
        self.theirs.process(&bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// What is seen: letters with their look, where there is something to look at.
    fn seen(&self) -> Vec<String> {
        let screen = self.theirs.screen();
        let mut seen = Vec::new();
        for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
            let cell = screen.cell(row, column).unwrap();
            let letter = if cell.has_contents() { cell.contents() } else { " " };
            let look = format!("{:?} {} {}", cell.bgcolor(), cell.underline(), cell.inverse());
            let more = format!(" {:?} {} {} {}", cell.fgcolor(), cell.bold(), cell.dim(), cell.italic());
            let more = if letter == " " && !cell.underline() && !cell.inverse() { String::new() } else { more };
            seen.push(if cell.is_wide_continuation() { String::new() } else { format!("{letter} {look}{more}") });
        }
        seen
    }
}

fn line(buffer: &mut Buffer, row: u16, text: &str) {
    buffer.set_string(0, row, text, Style::new());
}

#[test]
fn a_character_typed_at_the_end_costs_itself() {
    let mut both = Both::new();
    let typed = |buffer: &mut Buffer, text: &str| {
        buffer.set_string(0, 2, text, Style::new().fg(Color::Cyan));
    };
    both.draw(Some((5, 2)), |buffer| typed(buffer, "hello"));
    assert_eq!(both.draw(Some((6, 2)), |buffer| typed(buffer, "hello,")), ",");
    assert_eq!(both.draw(Some((7, 2)), |buffer| typed(buffer, "hello,ž")), "ž");
    assert_eq!(both.draw(Some((6, 2)), |buffer| typed(buffer, "hello,")), "\x08 \x08");
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let mut both = Both::new();
    let frame = |buffer: &mut Buffer| line(buffer, 1, "people");
    assert_ne!(both.draw(Some((3, 1)), frame), "");
    for _ in 0..3 {
        assert_eq!(both.draw(Some((3, 1)), frame), "");
    }
    assert_eq!(both.draw(Some((4, 1)), frame), "\x1b[C", "the cursor alone");
    assert_eq!(both.draw(None, frame), "\x1b[?25l");
    assert_eq!(both.draw(None, frame), "");
    assert_eq!(both.draw(Some((4, 1)), frame), "\x1b[?25h", "it was there all the time");
}

#[test]
fn what_changes_far_apart_is_reached_by_the_shortest_way() {
    let mut both = Both::new();
    both.draw(None, |buffer| (0..ROWS).for_each(|row| line(buffer, row, "aaaaaaaa")));
    let bytes = both.draw(None, |buffer| {
        (0..ROWS).for_each(|row| line(buffer, row, "aaaaaaaa"));
        line(buffer, 0, "ba");
        line(buffer, 1, "b");
        line(buffer, 3, "aaab");
    });
    assert_eq!(bytes, "\x1b[Hb\n\rb\x1b[4;4Hb");
}

#[test]
fn many_blanks_are_erased() {
    let mut both = Both::new();
    both.draw(None, |buffer| line(buffer, 2, "onelonglineoftext!"));
    assert_eq!(both.draw(None, |buffer| line(buffer, 2, "o")), "\x1b[2G\x1b[17X");
    assert_eq!(both.theirs.screen().contents().trim(), "o");
}

#[test]
fn after_what_terminals_disagree_about_the_cursor_is_placed() {
    for (text, placed) in
        [("👍x", true), ("☎x", true), ("e\u{301}x", true), ("\u{5d0}x", true), ("한x", false), ("ž│x", false), ("漢x", false)]
    {
        let mut both = Both::new();
        both.draw(None, |_| {});
        let bytes = both.draw(None, |buffer| line(buffer, 1, text));
        let before = bytes.strip_suffix('x').unwrap();
        assert_eq!(before.ends_with('H'), placed, "{text}: {bytes:?}");
    }
}

#[test]
fn a_large_frame_is_shown_at_once_and_the_cursor_does_not_run_about() {
    let mut both = Both::new();
    let fill =
        |letter: &'static str| move |buffer: &mut Buffer| (0..ROWS).for_each(|row| line(buffer, row, &letter.repeat(60)));
    let looks = |buffer: &mut Buffer| {
        for (at, cell) in buffer.content.iter_mut().enumerate() {
            cell.set_symbol("z").set_fg(Color::Indexed((at % 200) as u8));
        }
    };
    both.draw(Some((0, 0)), fill("a"));
    let bytes = both.draw(Some((0, 0)), looks);
    assert!(bytes.starts_with("\x1b[?2026h\x1b[?25l") && bytes.ends_with("\x1b[?25h\x1b[?2026l"), "{bytes:?}");
    let small = both.draw(Some((0, 0)), |buffer| {
        looks(buffer);
        line(buffer, 0, "y");
    });
    assert!(!small.contains("?2026") && !small.contains("?25"), "{small:?}");
}

#[test]
fn a_control_character_in_a_cell_passes_as_a_mark() {
    let mut encoder = Encoder::new(Size::new(COLUMNS, ROWS), Links::default());
    let cells = ["\u{1b}]0;x\u{7}", "\u{9b}2J", "\u{1b}", "\u{7}", "\n"].map(|evil| {
        let mut cell = Cell::default();
        cell.set_symbol(evil);
        cell
    });
    encoder.draw((0u16..).zip(&cells).map(|(column, cell)| (column * 2, 1, cell)));
    let bytes = String::from_utf8(encoder.end(None)).unwrap();
    assert_eq!(bytes.matches('\u{fffd}').count(), 5, "{bytes:?}");
    let rest = bytes.replace("\x1b[", "");
    assert!(!rest.chars().any(char::is_control), "{bytes:?}");
}

#[test]
fn a_link_is_opened_and_closed_and_follows_its_address() {
    let mut both = Both::new();
    both.draw(None, |_| {});
    let (one, two) = (both.links.mark("https://one.test/"), both.links.mark("https://two.test/"));
    let linked = |style: Style| {
        move |buffer: &mut Buffer| {
            buffer.set_string(0, 0, "see it", style);
        }
    };
    let bytes = both.draw(None, linked(one));
    assert_eq!(bytes, "\x1b]8;;https://one.test/\x1b\\\x1b[H\x1b[msee it\x1b]8;;\x1b\\");
    let again = both.draw(None, linked(two));
    assert!(again.contains("https://two.test/") && again.contains("see it"), "the same letters lead elsewhere: {again:?}");
    assert_eq!(both.draw(None, linked(two)), "");
}

#[test]
fn after_a_resize_or_a_stranger_all_is_drawn_again() {
    let mut both = Both::new();
    let frame = |buffer: &mut Buffer| line(buffer, 0, "people");
    both.draw(None, frame);
    both.theirs.process(b"\x1b[31;1m\x1b[4;4Hbroadcast message");
    both.ours.forget();
    both.draw(None, frame);
    let mut fresh = Both::new();
    fresh.draw(None, frame);
    assert_eq!(both.seen(), fresh.seen());
    both.ours.resize(Size::new(COLUMNS - 4, ROWS - 1));
    let bytes = both.draw(None, frame);
    assert!(bytes.contains("\x1b[2J") && bytes.contains("people"), "{bytes:?}");
}

/// A piece of a frame: where, what, and how it looks.
type Piece = (u16, u16, String, u8, u8);

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let text = "[a-c ]{1,9}|[ ]{1,24}|[žλЖ│─▄ ]{1,6}|[漢한ア]{1,4}|(e\u{301}|x){1,4}|[\u{5d0}-\u{5d4}]{1,4}";
    prop::collection::vec((0..COLUMNS, 0..ROWS, text, 0u8..6, 0u8..16), 0..12)
}

/// Pieces of letters of one column.
fn narrow() -> impl Strategy<Value = Vec<Piece>> {
    prop::collection::vec((0..COLUMNS, 0..ROWS, "[a-c ]{1,12}|[žλЖ│─▄ ]{1,6}", 0u8..6, 0u8..16), 0..12)
}

fn room() -> impl Strategy<Value = Rect> {
    (0..COLUMNS, 0..ROWS, 1..COLUMNS, 1..ROWS)
        .prop_map(|(x, y, width, height)| Rect { x, y, width, height }.intersection(Rect::new(0, 0, COLUMNS, ROWS)))
}

fn place(buffer: &mut Buffer, pieces: &[Piece]) {
    for (x, y, text, colour, attributes) in pieces {
        let palette = [Color::Reset, Color::Red, Color::LightBlue, Color::Indexed(200), Color::Rgb(9, 8, 7), Color::Gray];
        let at = usize::from(*colour);
        let mut style = Style::new().fg(palette[at]).bg(palette[(at + 3) % palette.len()]);
        let known = [Modifier::BOLD, Modifier::DIM, Modifier::UNDERLINED, Modifier::REVERSED];
        for (bit, attribute) in known.into_iter().enumerate() {
            if attributes & (1 << bit) != 0 {
                style = style.add_modifier(attribute);
            }
        }
        buffer.set_string(*x, *y, text, style);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn frames_as_differences_are_the_frames(
        frames in prop::collection::vec((pieces(), prop::option::of((0..COLUMNS, 0..ROWS))), 1..6),
    ) {
        let mut both = Both::new();
        for (pieces, cursor) in &frames {
            both.draw(*cursor, |buffer| place(buffer, pieces));
            let mut whole = Both::new();
            whole.draw(*cursor, |buffer| place(buffer, pieces));
            prop_assert_eq!(both.seen(), whole.seen());
            prop_assert_eq!(both.theirs.screen().hide_cursor(), cursor.is_none());
            if let Some((x, y)) = cursor {
                prop_assert_eq!(both.theirs.screen().cursor_position(), (*y, *x));
            }
            // What ratatui holds is what is there.
            let mut meant = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
            place(&mut meant, pieces);
            let screen = both.theirs.screen();
            let mut column = 0;
            for y in 0..ROWS {
                while column < COLUMNS {
                    let cell = &meant[(column, y)];
                    let there = screen.cell(y, column).unwrap().contents();
                    prop_assert_eq!(if there.is_empty() { " " } else { there }, cell.symbol(), "{} {}", column, y);
                    column += cell.cell_width().max(1);
                }
                column = 0;
            }
        }
    }

    #[test]
    fn a_part_is_drawn_into_the_frame_that_is_there(
        frames in prop::collection::vec((narrow(), prop::option::of(room())), 1..8),
    ) {
        let area = Rect::new(0, 0, COLUMNS, ROWS);
        let (mut both, mut meant) = (Both::new(), Buffer::empty(area));
        for (pieces, room) in &frames {
            let mut drawn = Buffer::empty(area);
            place(&mut drawn, pieces);
            let room = room.unwrap_or(area);
            room.positions().for_each(|at| meant[at] = drawn[at].clone());
            let bytes = if room == area {
                both.ours.whole(|buffer| {
                    buffer.clone_from(&drawn);
                    None
                })
            } else {
                both.ours.part(room, |buffer| {
                    room.positions().for_each(|at| buffer[at] = drawn[at].clone());
                    None
                })
            };
            both.theirs.process(&bytes);
            let mut whole = Both::new();
            whole.draw(None, |buffer| buffer.clone_from(&meant));
            prop_assert_eq!(both.seen(), whole.seen(), "{}", room);
        }
    }
}
