//! The gate that every remote string passes before it reaches a terminal, a log or a file name.
//!
//! Names, nicks, subjects, reason phrases, SDP, certificates and server errors are hostile: they may carry escape
//! sequences (ESC, CSI, OSC, 8-bit C1), bidirectional overrides, zero-width characters, or a thousand combining marks.
//! What can act on a terminal becomes visible text instead; nothing is silently dropped but marks beyond reason.

/// Combining marks beyond this many on one base character are cut.
const MARKS: usize = 8;

/// Text that came from outside. It compares and hashes raw, and can only be shown through the gate.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteText(String);

impl RemoteText {
    /// Takes `text` as it came.
    pub fn new(text: impl Into<String>) -> RemoteText {
        RemoteText(text.into())
    }

    /// The text as it came, for protocol comparisons, the store and JSON (which escapes by itself); never for a terminal.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for RemoteText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&visible_line(&self.0))
    }
}

impl std::fmt::Debug for RemoteText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "“{}”", visible_line(&self.0))
    }
}

impl From<String> for RemoteText {
    fn from(text: String) -> RemoteText {
        RemoteText(text)
    }
}

impl From<&str> for RemoteText {
    fn from(text: &str) -> RemoteText {
        RemoteText(text.to_owned())
    }
}

/// `text` with everything that could act on a terminal made visible; line feeds stay.
#[must_use]
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    for letter in text.chars() {
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        if marks > MARKS {
            continue;
        }
        match letter {
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            // C0 and DEL have pictures of their own (U+2400 block).
            '\0'..='\u{1f}' => shown.push(char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            _ if acts_unseen(letter) => shown.push_str(&format!("<U+{:04X}>", letter as u32)),
            _ => shown.push(letter),
        }
    }
    shown
}

/// [`visible`], on one line: a line feed is shown as `␊`, so that a name cannot break the row it stands in.
#[must_use]
pub fn visible_line(text: &str) -> String {
    let shown = visible(text);
    if shown.contains('\n') { shown.replace('\n', "\u{240a}") } else { shown }
}

/// Combining marks of the blocks that stack on a base character.
fn is_mark(letter: char) -> bool {
    matches!(letter as u32,
        0x0300..=0x036f | 0x0483..=0x0489 | 0x0591..=0x05bd | 0x0610..=0x061a | 0x064b..=0x065f | 0x0e31 | 0x0e34..=0x0e3a
        | 0x0e47..=0x0e4e | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

/// Characters that change what is around them without being seen: C1 controls, bidirectional controls, zero-width
/// characters but the joiners that scripts and emoji need, line and paragraph separators, tags, interlinear marks.
fn acts_unseen(letter: char) -> bool {
    matches!(letter as u32,
        0x80..=0x9f | 0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180e | 0x200b | 0x200e | 0x200f
        | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_visible_text() {
        assert_eq!(visible_line("a\u{1b}]52;c;eA==\u{7}b\u{9b}2J"), "a␛]52;c;eA==␇b<U+009B>2J");
        assert_eq!(visible_line("two\nlines\r"), "two␊lines␍");
        assert_eq!(visible("two\nlines"), "two\nlines");
        assert_eq!(visible_line("\u{7f}\u{202e}evil\u{200b}"), "␡<U+202E>evil<U+200B>");
    }

    #[test]
    fn nothing_that_passes_can_act_on_a_terminal() {
        for code in 0..=0x10_ffff_u32 {
            let Some(letter) = char::from_u32(code) else { continue };
            let shown = visible_line(&letter.to_string());
            assert!(!shown.chars().any(char::is_control), "U+{code:04X} passes");
        }
    }

    #[test]
    fn honest_text_passes_unchanged_and_marks_have_an_end() {
        for text in ["Žluťoučký kůň", "สวัสดี", "👩‍👩‍👧 family", "שלום", "e\u{301}"] {
            assert_eq!(visible_line(text), text);
        }
        let zalgo = format!("a{}", "\u{301}".repeat(1000));
        assert_eq!(visible_line(&zalgo).chars().count(), 1 + MARKS);
    }
}
