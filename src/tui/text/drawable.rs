//! What a text is drawn as: clusters about whose width terminals disagree are made tame, so that a row is as wide on the
//! terminal as it is in the buffer. It refuses to know where a line ends.
//!
//! | in the text | is drawn as |
//! |---|---|
//! | more than four combining marks on a letter | the first four |
//! | marks without a letter | the marks on `◌` |
//! | a sequence of emoji held by joiners (families, professions), a skin tone | its first emoji |
//! | a flag of two regional indicators | its two letters |
//! | a variation selector | nothing: the symbol as it is by default |
//! | zero-width and format characters, unless a script needs them inside a word | nothing |
//! | a tab | four spaces |
//! | another control character | its picture, as the gate of remote text shows it |
//! | private, unassigned and very wide characters | `�` |
//! | a cluster of more than two columns (long conjuncts, rows of Hangul leads) | clusters of two, parted by U+200C |
//!
//! Right-to-left text stays in logical order; [`isolate`](super::isolate) keeps it from moving its neighbours.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use crate::machine::visible_line;

/// What a tab is drawn as. Stops would need to know the column.
pub const TAB: &str = "    ";

/// Combining marks beyond this many on one letter are cut.
const MARKS: usize = 4;

/// The columns that a cluster may have.
const WIDEST: usize = 2;

/// Where a mark without a letter is put.
const PLACE: char = '◌';

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// `text` as it can be drawn on one row.
#[must_use]
pub fn drawable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let (drawn, vanished) = tame_all(text);
    // Neighbours of what vanished may have become one cluster.
    let drawn = if vanished { tame_all(&drawn).0 } else { drawn };
    if drawn == text { Cow::Borrowed(text) } else { Cow::Owned(drawn) }
}

/// `text`, tame, and whether a cluster of it is drawn as nothing.
fn tame_all(text: &str) -> (String, bool) {
    let mut drawn = String::with_capacity(text.len());
    let mut vanished = false;
    for cluster in text.graphemes(true) {
        let before = drawn.len();
        tame(cluster, &mut drawn);
        vanished |= drawn.len() == before;
    }
    (drawn, vanished)
}

/// Appends what one cluster is drawn as.
pub fn tame(cluster: &str, drawn: &mut String) {
    let mut letters = cluster.chars();
    let Some(base) = letters.next() else { return };
    if base == '\t' {
        drawn.push_str(TAB);
    } else if base.is_control() {
        drawn.push_str(&visible_line(cluster));
    } else if let Some(letter) = regional_letter(base) {
        drawn.push(letter);
        drawn.extend(letters.filter_map(regional_letter));
    } else if letters.as_str().is_empty() && is_plain(base) {
        drawn.push(base);
    } else {
        let used = tame_base(base, drawn);
        tame_marks(base, used, letters, drawn);
    }
}

/// Appends the first letter of a cluster, and says how many columns it takes.
fn tame_base(base: char, drawn: &mut String) -> usize {
    if base.is_whitespace() {
        let columns = base.width().unwrap_or(1).clamp(1, WIDEST);
        drawn.push_str(&TAB[..columns]);
        return columns;
    }
    let letter = match base {
        _ if is_format(base) => return 0,
        // The halfwidth sound marks stand alone only where nothing is before them.
        '\u{ff9e}' => '゛',
        '\u{ff9f}' => '゜',
        '⸺' | '⸻' => '—',
        _ => base,
    };
    match letter.width() {
        Some(0) if starts_cluster(letter) => drawn.push(char::REPLACEMENT_CHARACTER),
        Some(0) => drawn.extend([PLACE, letter]),
        Some(columns) if columns <= WIDEST && is_assigned(letter) => {
            drawn.push(letter);
            return columns;
        }
        _ => drawn.push(char::REPLACEMENT_CHARACTER),
    }
    1
}

/// Appends what follows the first letter of a cluster, which took `used` columns.
fn tame_marks(base: char, mut used: usize, letters: std::str::Chars<'_>, drawn: &mut String) {
    let mut marks = 0;
    for letter in letters {
        match letter {
            // What an emoji is joined to goes with the joiner.
            ZERO_WIDTH_JOINER if !needs_joiners(base) => return,
            ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => {
                if needs_joiners(base) && used > 0 && !drawn.ends_with([ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER]) {
                    drawn.push(letter);
                }
            }
            '\u{1f3fb}'..='\u{1f3ff}' => {}
            _ if is_format(letter) => {}
            _ => {
                let starts = starts_cluster(letter);
                let columns = mark_width(letter);
                marks = if starts { 0 } else { marks + 1 };
                if marks > MARKS {
                    continue;
                }
                if used == 0 {
                    // Nothing of the base was drawn.
                    if !starts {
                        drawn.push(PLACE);
                        used = 1;
                    }
                } else if used + columns > WIDEST {
                    if !(starts && needs_joiners(base)) {
                        continue;
                    }
                    drawn.push(ZERO_WIDTH_NON_JOINER);
                    used = 0;
                }
                if used + columns <= WIDEST && is_assigned_or_mark(letter) {
                    drawn.push(letter);
                    used += columns;
                }
            }
        }
    }
}

/// Letters of one column that are drawn as they are.
fn is_plain(letter: char) -> bool {
    matches!(letter,
        ' '..='~' | '\u{a1}'..='\u{a8}' | '\u{aa}'..='\u{ac}' | '\u{af}'..='\u{2ff}' | '\u{400}'..='\u{481}'
        // Dashes, quotation marks, lines, blocks and the signs of presence.
        | '\u{2010}'..='\u{2027}' | '\u{2500}'..='\u{25a9}' | '\u{25b2}'..='\u{25b5}' | '\u{25b7}'..='\u{25bf}'
        | '\u{25c1}'..='\u{25d8}')
}

/// Whether it is always the beginning of a cluster but for the rules of its own script.
fn starts_cluster(letter: char) -> bool {
    let mut pair = String::from("a");
    pair.push(letter);
    pair.graphemes(true).nth(1).is_some()
}

/// The columns that a letter adds to its cluster.
fn mark_width(letter: char) -> usize {
    match letter {
        '\u{ff9e}' | '\u{ff9f}' => 1,
        _ => letter.width().unwrap_or(0),
    }
}

/// The letter of a regional indicator.
fn regional_letter(letter: char) -> Option<char> {
    let at = u32::from(letter).checked_sub(0x1_f1e6).filter(|at| *at < 26)?;
    char::from_u32(u32::from('A') + at)
}

/// Whether the standard library's Unicode gives it a shape; white space is seen to before.
fn is_assigned(letter: char) -> bool {
    matches!(letter, '\\' | '\'' | '"') || letter.escape_debug().nth(1).is_none()
}

/// The same, for what follows a letter.
fn is_assigned_or_mark(letter: char) -> bool {
    letter.width() == Some(0) || is_assigned(letter) || !starts_cluster(letter)
}

/// Scripts in which a joiner says how a word is written.
fn needs_joiners(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0600..=0x11ff | 0x1780..=0x18af | 0x1a20..=0x1cff | 0xa800..=0xabff | 0xd7b0..=0xd7ff | 0x1_0a00..=0x1_1fff)
}

/// Characters without a shape of their own: joiners, fillers, bidirectional controls, variation selectors, tags.
fn is_format(letter: char) -> bool {
    matches!(u32::from(letter),
        0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe_0000..=0xe_0fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_what_would_be_drawn_as_it_is() {
        for letter in ('\0'..=char::MAX).filter(|letter| is_plain(*letter)) {
            let clusters = format!("a{letter}{letter}b").graphemes(true).count();
            let mut drawn = String::new();
            assert_eq!((clusters, tame_base(letter, &mut drawn), drawn), (4, 1, letter.to_string()), "{letter:?}");
        }
    }
}
