//! What the index of words is to read: the text of a message, with gaps where its tokenizer (unicode61, which knows words
//! by the spaces between them) would see none. Signs and letters of scripts that are written without spaces become words
//! of one character each, so that any run of them is found as a phrase.

/// The gap: no XML document can hold it, and so no message.
pub const GAP: char = '\u{3}';

/// The text with gaps; none where it is its own. Say it of what is kept and of what is looked for, and they meet.
#[must_use]
pub fn spaced(text: &str) -> Option<String> {
    if text.is_ascii() || !text.chars().any(|letter| stands_alone(letter) || is_unseen(letter)) {
        return None;
    }
    let mut spaced = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if is_unseen(letter) {
            spaced.push(GAP);
        } else if stands_alone(letter) {
            spaced.extend([GAP, letter, GAP]);
        } else {
            spaced.push(letter);
        }
    }
    Some(spaced)
}

/// It is a word by itself: Thai, Lao, Burmese, Khmer, Hangul, kana, bopomofo, Han; symbols and emoji.
const fn stands_alone(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{2100}'..='\u{2bff}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{303c}'
        | '\u{3041}'..='\u{33ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}'
        | '\u{1f000}'..='\u{1fbff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// It is drawn as nothing: directions, joins and their like. The tokenizer, which is older than some of them, holds those
/// for letters.
const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_its_spaces_stays_as_it_is() {
        for text in ["", "two words", "Žluťoučký kůň, “quoted” – €5…", "Привет, мир", "שלום"] {
            assert_eq!(spaced(text), None, "{text}");
        }
    }

    #[test]
    fn signs_and_letters_without_spaces_stand_alone() {
        assert_eq!(spaced("a你好").as_deref(), Some("a\u{3}你\u{3}\u{3}好\u{3}"));
        assert_eq!(spaced("ok👍").as_deref(), Some("ok\u{3}👍\u{3}"));
        assert_eq!(spaced("\u{2068}Bob\u{2069}").as_deref(), Some("\u{3}Bob\u{3}"));
    }
}
