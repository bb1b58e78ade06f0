//! The shortest way of the cursor from one cell to another (ECMA-48 CUU, CUD, CUF, CUB, CHA, CUP, and BS, CR, LF).

use ratatui::layout::Position;
use std::io::Write;

/// Where the cursor is, as far as that is certain.
pub type At = Option<Position>;

/// Writes what moves the cursor to `to`: nothing when it is there, a step where that is shorter than the place. A line
/// feed only steps down here, for the output is raw.
pub fn move_cursor(bytes: &mut Vec<u8>, at: At, to: Position) {
    if at == Some(to) {
        return;
    }
    let mut place = Vec::with_capacity(10);
    match (to.y, to.x) {
        (0, 0) => place.extend_from_slice(b"\x1b[H"),
        (row, 0) => sequence(&mut place, row + 1, 'H'),
        (row, column) => put(&mut place, format_args!("\x1b[{};{}H", u32::from(row) + 1, u32::from(column) + 1)),
    }
    let Some(at) = at else {
        bytes.append(&mut place);
        return;
    };
    let mut step = Vec::with_capacity(10);
    match to.y.checked_sub(at.y) {
        Some(0) => {}
        Some(down @ 1..=3) => step.extend(std::iter::repeat_n(b'\n', usize::from(down))),
        Some(down) => sequence(&mut step, down, 'B'),
        None => sequence(&mut step, at.y - to.y, 'A'),
    }
    match (to.x.cmp(&at.x), to.x) {
        (std::cmp::Ordering::Equal, _) => {}
        (std::cmp::Ordering::Less, 0) => step.push(b'\r'),
        (std::cmp::Ordering::Less, _) if at.x - to.x <= 3 => {
            step.extend(std::iter::repeat_n(b'\x08', usize::from(at.x - to.x)));
        }
        (std::cmp::Ordering::Less, column) if at.x - to.x > column => sequence(&mut step, column + 1, 'G'),
        (std::cmp::Ordering::Less, _) => sequence(&mut step, at.x - to.x, 'D'),
        (std::cmp::Ordering::Greater, _) => sequence(&mut step, to.x - at.x, 'C'),
    }
    bytes.append(if step.len() < place.len() { &mut step } else { &mut place });
}

/// A sequence with a count; one is what is meant when nothing is said.
fn sequence(bytes: &mut Vec<u8>, count: u16, end: char) {
    match count {
        1 => put(bytes, format_args!("\x1b[{end}")),
        count => put(bytes, format_args!("\x1b[{count}{end}")),
    }
}

/// Writing to memory does not fail.
pub fn put(bytes: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    let _ = bytes.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moved(at: (u16, u16), to: (u16, u16)) -> String {
        let mut bytes = Vec::new();
        move_cursor(&mut bytes, Some(at.into()), to.into());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_shortest_way_is_taken() {
        for (at, to, bytes) in [
            ((5, 5), (5, 5), ""),
            ((5, 5), (6, 5), "\x1b[C"),
            ((5, 5), (25, 5), "\x1b[20C"),
            ((5, 5), (4, 5), "\x08"),
            ((5, 5), (0, 5), "\r"),
            ((5, 5), (0, 6), "\n\r"),
            ((5, 5), (5, 6), "\n"),
            ((5, 5), (5, 4), "\x1b[A"),
            ((70, 5), (2, 5), "\x1b[3G"),
            ((70, 5), (0, 0), "\x1b[H"),
            ((0, 0), (0, 20), "\x1b[21H"),
            ((0, 0), (40, 20), "\x1b[21;41H"),
        ] {
            assert_eq!(moved(at, to), bytes, "{at:?} to {to:?}");
        }
    }

    proptest! {
        #[test]
        fn the_cursor_arrives(from in (0u16..80, 0u16..24), to in (0u16..80, 0u16..24)) {
            let mut terminal = vt100::Parser::default();
            let mut bytes = Vec::new();
            move_cursor(&mut bytes, None, from.into());
            move_cursor(&mut bytes, Some(from.into()), to.into());
            terminal.process(&bytes);
            prop_assert_eq!(terminal.screen().cursor_position(), (to.1, to.0));
        }
    }
}
