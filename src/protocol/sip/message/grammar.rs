//! The small words of the grammar that every header field shares (RFC 3261 §25.1): tokens, quoted strings, lists.
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use std::borrow::Cow;

/// Whether `letter` may stand in a token.
#[must_use]
pub const fn is_token_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '!' | '%' | '*' | '_' | '+' | '`' | '\'' | '~')
}

/// Whether `text` is a token: not empty, and nothing but token characters.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_char)
}

/// `text` without the spaces and tabs around it. No other white space counts in SIP.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `text` with every CR, LF and NUL turned into a space, so that a value can never start a line of its own.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\r', '\n', '\0']) { Cow::Owned(text.replace(['\r', '\n', '\0'], " ")) } else { Cow::Borrowed(text) }
}

/// Splits at each `separator` that stands outside quoted strings and angle brackets; the parts are trimmed.
///
/// # Errors
/// When a quoted string or a bracket is never closed.
pub fn split(text: &str, separator: char) -> Result<Vec<&str>, Malformed> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut place = Place::Outside;
    for (at, letter) in text.char_indices() {
        place = place.after(letter);
        if letter == separator && matches!(place, Place::Outside) {
            parts.push(trim(text.get(start..at).unwrap_or_default()));
            start = at + letter.len_utf8();
        }
    }
    if !matches!(place, Place::Outside) {
        return Err(Malformed::new("list", "a quoted string or bracket is not closed"));
    }
    parts.push(trim(text.get(start..).unwrap_or_default()));
    Ok(parts)
}

/// Where the first `wanted` outside quoted strings stands, in bytes.
#[must_use]
pub fn find_unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = Place::Outside;
    for (at, letter) in text.char_indices() {
        if letter == wanted && matches!(quoted, Place::Outside) {
            return Some(at);
        }
        if letter == '"' || !matches!(quoted, Place::Outside) {
            quoted = quoted.after(letter);
        }
    }
    None
}

/// Where a scan stands.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    Quoted,
    Escaped,
    Bracketed,
}

impl Place {
    const fn after(self, letter: char) -> Place {
        match (self, letter) {
            (Place::Outside, '"') | (Place::Escaped, _) => Place::Quoted,
            (Place::Outside, '<') => Place::Bracketed,
            (Place::Quoted, '\\') => Place::Escaped,
            (Place::Quoted, '"') | (Place::Bracketed, '>') => Place::Outside,
            (place, _) => place,
        }
    }
}

/// The content of the quoted string `text`, without its escapes; `None` when it is not exactly one quoted string.
#[must_use]
pub fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?;
    let mut content = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    loop {
        match letters.next()? {
            '\\' => content.push(letters.next()?),
            '"' => return letters.next().is_none().then_some(content),
            letter => content.push(letter),
        }
    }
}

/// `text` as a quoted string. CR, LF and NUL become spaces.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in one_line(text).chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// A number of nothing but digits. One too large for `u32` saturates; the rules that care forbid it themselves.
#[must_use]
pub fn delta(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_outside_quotes_and_brackets_only() {
        let list = r#""a,b\"," <sip:c,d@e>;x="1,2" , <sip:f>"#;
        assert_eq!(split(list, ',').unwrap(), [r#""a,b\"," <sip:c,d@e>;x="1,2""#, "<sip:f>"]);
        assert_eq!(split("", ',').unwrap(), [""]);
        assert!(split(r#""never closed"#, ',').is_err());
        assert!(split(r#""trailing\"#, ',').is_err());
        assert!(split("<sip:a", ',').is_err());
    }

    #[test]
    fn quoted_strings_come_back_as_they_were() {
        for text in ["", "plain", r#"say "hi" \ bye"#, "Žofie"] {
            assert_eq!(unquote(&quote(text)).as_deref(), Some(text));
        }
        assert_eq!(quote("a\r\nVia: b\0"), "\"a  Via: b \"");
        assert_eq!(unquote(r#""a" b"#), None);
        assert_eq!(unquote(r#""a\"#), None);
    }

    #[test]
    fn a_delta_is_digits_only_and_saturates() {
        assert_eq!(delta("3600"), Some(3600));
        assert_eq!(delta("99999999999999999999"), Some(u32::MAX));
        assert_eq!(delta("+1"), None);
        assert_eq!(delta(""), None);
    }
}
