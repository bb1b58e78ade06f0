//! What becomes of typed and pasted text before it is edited: line ends are line feeds, tabs are spaces, controls are
//! their pictures, and what acts unseen (bidirectional controls, zero-width spaces, tags) is left out. Joiners and
//! variation selectors stay: scripts and emoji need them.

use crate::machine::visible;
use crate::tui::text::drawable::TAB;

/// `text` as it can be edited and sent.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {
                letters.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            '\n' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push_str(TAB),
            _ if letter.is_control() => cleaned.push_str(&visible(letter.encode_utf8(&mut [0; 4]))),
            _ if letter.is_ascii() || letter.is_alphanumeric() || passes(letter) => cleaned.push(letter),
            _ => {}
        }
    }
    cleaned
}

/// Whether the gate lets it pass as it is.
fn passes(letter: char) -> bool {
    let mut bytes = [0; 4];
    let written = letter.encode_utf8(&mut bytes);
    visible(written) == *written
}
