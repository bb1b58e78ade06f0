//! Right-to-left text between columns that must not move.
//!
//! Text stays in logical order in the buffer. What happens then is the terminal's: xterm, Alacritty, kitty, foot, tmux
//! and screen leave the cells where they are (words read backwards, nothing else moves); GNOME Terminal and all of VTE,
//! Konsole, mlterm and Apple's Terminal reorder each row (UAX #9), and a number or a mark right of a Hebrew name would
//! change places with it. A left-to-right mark (U+200E, no columns) after each such run and before the row ends that:
//! only the run itself is turned round.

use ratatui::buffer::Buffer;

const LEFT_TO_RIGHT_MARK: &str = "\u{200e}";

/// Closes each run of right-to-left text in what was drawn, so that it cannot reorder the rest of its row. The last
/// thing done to a frame; rows without such text are not touched.
pub fn isolate(buffer: &mut Buffer) {
    let columns = usize::from(buffer.area.width);
    if columns == 0 {
        return;
    }
    for row in buffer.content.chunks_mut(columns) {
        if !row.iter().any(|cell| is_right_to_left(cell.symbol())) {
            continue;
        }
        // From the right: a run ends at the last letter that goes to the left, and the next one left of it is the same
        // run unless a letter that goes to the right or two blanks (another column of the screen) part them.
        let mut closed = false;
        let mut blank = false;
        for cell in row.iter_mut().rev() {
            let symbol = cell.symbol();
            if is_right_to_left(symbol) {
                if !closed {
                    let symbol = format!("{symbol}{LEFT_TO_RIGHT_MARK}");
                    cell.set_symbol(&symbol);
                }
                (closed, blank) = (true, false);
            } else {
                let is_blank = symbol == " ";
                closed &= !(blank && is_blank || symbol.chars().any(char::is_alphabetic));
                blank = is_blank;
            }
        }
        if let Some(first) = row.first_mut() {
            let symbol = format!("{LEFT_TO_RIGHT_MARK}{}", first.symbol());
            first.set_symbol(&symbol);
        }
    }
}

/// Whether there is a letter in it that is written from the right (classes R and AL, and the numbers of Arabic).
#[must_use]
pub fn is_right_to_left(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(u32::from(letter), 0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefe | 0x1_0800..=0x1_0fff | 0x1_e800..=0x1_efff)
    })
}
