//! What a text is drawn as: clusters about whose width terminals disagree are made tame, so that a row is as wide on the
//! terminal as it is in the buffer. It refuses to know where a line ends.
//!
//! | in the text | is drawn as |
//! |---|---|
//! | more than four combining marks on a letter | the first four |
//! | marks without a letter | the marks on `◌` |
//! | a sequence of emoji held by joiners (families, professions), a skin tone | its first emoji |
//! | a flag of two regional indicators | its two letters |
//! | a halfwidth sound mark of Katakana | the combining one |
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

use super::columns::width;
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
    let mut rest = Some(cluster);
    while let Some(cluster) = rest {
        rest = tame_start(cluster, drawn);
    }
}

/// Appends what the beginning of a cluster is drawn as, and hands back what stands apart from it.
fn tame_start<'text>(cluster: &'text str, drawn: &mut String) -> Option<&'text str> {
    let mut letters = cluster.chars();
    let base = letters.next()?;
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
        return tame_marks(base, used, letters, drawn);
    }
    None
}

/// Appends the first letter of a cluster, and says how many columns it takes; marks need a letter with some.
fn tame_base(base: char, drawn: &mut String) -> usize {
    if base.is_whitespace() {
        let columns = base.width().unwrap_or(1).clamp(1, WIDEST);
        drawn.push_str(&TAB[..columns]);
        return 0;
    }
    let letter = match base {
        _ if is_format(base) => return 0,
        // The halfwidth sound marks stand alone only where nothing is before them.
        '\u{ff9e}' => '゛',
        '\u{ff9f}' => '゜',
        '⸺' | '⸻' => '—',
        _ if is_tone(base) => char::REPLACEMENT_CHARACTER,
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

/// Appends what follows the first letter of a cluster, which took `used` columns, and hands back what stands apart.
fn tame_marks<'text>(
    base: char,
    mut used: usize,
    mut letters: std::str::Chars<'text>,
    drawn: &mut String,
) -> Option<&'text str> {
    let replaced = drawn.ends_with(char::REPLACEMENT_CHARACTER);
    // A base that is a mark was put on a place.
    let mut marks = usize::from(base.width() == Some(0) && !is_format(base));
    let joins = needs_joiners(base) && used > 0 && !replaced && marks == 0;
    let start = drawn.len() - drawn.chars().next_back().map_or(0, char::len_utf8);
    loop {
        let rest = letters.as_str();
        let letter = letters.next()?;
        match letter {
            // What an emoji is joined to goes with the joiner.
            ZERO_WIDTH_JOINER if !needs_joiners(base) => return None,
            ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => {
                let parted = drawn.ends_with(ZERO_WIDTH_NON_JOINER);
                if joins && !parted {
                    if drawn.ends_with(ZERO_WIDTH_JOINER) {
                        drawn.pop();
                    }
                    drawn.push(letter);
                }
            }
            _ if is_tone(letter) || is_format(letter) => {}
            _ if starts_cluster(letter) => {
                // Parted when it is too wide with its own marks, or when together they have another width (Khmer).
                let together = used + letter.width().unwrap_or(0);
                let marks_of =
                    letters.clone().take_while(|letter| !starts_cluster(*letter)).filter_map(UnicodeWidthChar::width);
                let widest = together + marks_of.sum::<usize>();
                drawn.push(letter);
                let agreed = drawn.get(start..).is_some_and(|cluster| width(cluster) == together);
                if used == 0 || replaced || widest > WIDEST || !agreed || !is_assigned(letter) {
                    drawn.pop();
                    if joins {
                        if drawn.ends_with(ZERO_WIDTH_JOINER) {
                            drawn.pop();
                        }
                        drawn.push(ZERO_WIDTH_NON_JOINER);
                    }
                    return Some(rest);
                }
                (used, marks) = (together, 0);
            }
            _ => {
                // The halfwidth sound marks are counted by some as marks and by some as letters.
                let letter = match letter {
                    '\u{ff9e}' => '\u{3099}',
                    '\u{ff9f}' => '\u{309a}',
                    _ => letter,
                };
                let columns = letter.width().unwrap_or(0);
                marks += 1;
                if marks > MARKS || used + columns > WIDEST {
                    continue;
                }
                if used == 0 && marks == 1 {
                    // Nothing of the base was drawn.
                    drawn.push(PLACE);
                    used = 1;
                }
                drawn.push(letter);
                used += columns;
            }
        }
    }
}

/// Letters of one column that are drawn as they are.
fn is_plain(letter: char) -> bool {
    matches!(letter, ' '..='~' | '\u{a1}'..='\u{a8}' | '\u{aa}'..='\u{ac}' | '\u{af}'..='\u{2ff}' | '\u{400}'..='\u{481}')
}

/// Whether it is always the beginning of a cluster but for the rules of its own script.
fn starts_cluster(letter: char) -> bool {
    let mut pair = String::from("a");
    pair.push(letter);
    pair.graphemes(true).nth(1).is_some()
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

/// The colours of skin, which join what stands before them, whatever it is.
fn is_tone(letter: char) -> bool {
    matches!(letter, '\u{1f3fb}'..='\u{1f3ff}')
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
    fn clusters_become_tame() {
        for (text, drawn) in [
            ("Žluťoučký kůň, naïve – “ok” …", "Žluťoučký kůň, naïve – “ok” …"),
            ("👩\u{200d}👩\u{200d}👧 family", "👩 family"),
            ("👍🏿 fine", "👍 fine"),
            ("☎\u{fe0f} ❤\u{fe0f}", "☎ ❤"),
            ("⌚\u{fe0e}", "⌚"),
            ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
            ("🇫🇷 🇩", "FR D"),
            ("🏴\u{e0067}\u{e007f}", "🏴"),
            ("a\tb", "a    b"),
            ("a\nb\u{1b}[m\u{9b}", "a␊b␛[m<U+009B>"),
            ("\u{301}a", "◌\u{301}a"),
            ("pay\u{200b}pal\u{202e}x\u{feff}", "paypalx"),
            ("\u{e0b0} \u{10ffff}", "� �"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("नमस्ते", "नमस्ते"),
            ("क्षि", "क्\u{200c}षि"),
            ("a\u{200c}b", "ab"),
            ("x\u{3000}y\u{a0}z", "x  y z"),
            ("ｶ\u{ff9e}", "ｶ\u{3099}"),
            ("a \u{301}b", "a ◌\u{301}b"),
            ("שלום", "שלום"),
        ] {
            assert_eq!(drawable(text), drawn, "{text:?}");
        }
    }

    #[test]
    fn marks_have_an_end_and_plain_text_is_not_copied() {
        assert_eq!(drawable(&format!("a{}", "\u{301}".repeat(1000))).chars().count(), 1 + MARKS);
        assert!(matches!(drawable("plain"), Cow::Borrowed(_)));
        assert!(matches!(drawable("日本語"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_conjuncts_lose_no_letter() {
        let drawn = drawable("स्त्र्य");
        assert_eq!(drawn.replace(ZERO_WIDTH_NON_JOINER, ""), "स्त्र्य");
        assert!(drawn.graphemes(true).all(|cluster| width(cluster) <= WIDEST));
    }

    #[test]
    fn every_letter_by_itself_is_drawn_in_two_columns_at_most() {
        for letter in '\0'..=char::MAX {
            let drawn = drawable(letter.encode_utf8(&mut [0; 4])).into_owned();
            for cluster in drawn.graphemes(true) {
                assert!(width(cluster) <= WIDEST, "U+{:04X}", u32::from(letter));
            }
        }
    }
}
