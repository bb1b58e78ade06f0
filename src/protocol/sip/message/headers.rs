//! Header fields in their order (RFC 3261 §7.3). Raw: what a value means is read by `typed.rs`.
#![deny(clippy::indexing_slicing)]

use super::grammar::{one_line, trim};
use super::header_name;

/// An ordered list of header fields under canonical names.
///
/// No value can hold CR, LF or NUL: [`push`](Headers::push) and its kin turn them into spaces, so that what came from
/// outside can never start a header field of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No header fields.
    #[must_use]
    pub const fn new() -> Headers {
        Headers(Vec::new())
    }

    /// The first value of `name`; compact names and any case are understood here and below.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of `name`, one a header line.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| header_name::is(known, name)).map(|(_, value)| value.as_str())
    }

    /// Every header line, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a line at the end.
    pub fn push(&mut self, name: &str, value: impl std::fmt::Display) {
        if let Some(line) = line(name, &value.to_string()) {
            self.0.push(line);
        }
    }

    /// Adds a line above all others, as a Via is added.
    pub fn push_front(&mut self, name: &str, value: impl std::fmt::Display) {
        if let Some(line) = line(name, &value.to_string()) {
            self.0.insert(0, line);
        }
    }

    /// Makes `value` the only one of `name`, where its first line stood, else at the end.
    pub fn set(&mut self, name: &str, value: impl std::fmt::Display) {
        let Some((name, value)) = line(name, &value.to_string()) else { return };
        let mut value = Some(value);
        self.0.retain_mut(|(known, old)| {
            if !header_name::is(known, &name) {
                return true;
            }
            match value.take() {
                Some(value) => {
                    *old = value;
                    true
                }
                None => false,
            }
        });
        if let Some(value) = value {
            self.0.push((name, value));
        }
    }

    /// Takes every line of `name` away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !header_name::is(known, name));
    }

    /// Replaces the topmost value of a list such as Via or Route, be it a line or the head of one, with `value`; takes it
    /// away when `value` is `None`.
    pub fn replace_top(&mut self, name: &str, value: Option<String>) {
        let Some(at) = self.0.iter().position(|(known, _)| header_name::is(known, name)) else { return };
        let Some((_, old)) = self.0.get_mut(at) else { return };
        let rest = super::grammar::split(old, ',')
            .ok()
            .and_then(|parts| parts.split_first().filter(|(_, rest)| !rest.is_empty()).map(|(_, rest)| rest.join(", ")));
        match [value.map(|value| trim(&one_line(&value)).to_owned()), rest] {
            [None, None] => {
                self.0.remove(at);
            }
            [Some(top), Some(rest)] => *old = format!("{top}, {rest}"),
            [one, other] => *old = one.or(other).unwrap_or_default(),
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A line as it is kept; `None` when nothing of the name can stand in a token.
fn line(name: &str, value: &str) -> Option<(String, String)> {
    let name = header_name::canonical(name);
    (!name.is_empty()).then(|| (name, trim(&one_line(value)).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_under_canonical_names() {
        let mut headers = Headers::new();
        headers.push("v", "SIP/2.0/UDP b");
        headers.push("FROM", "<sip:a@b>");
        headers.push_front("Via", "SIP/2.0/UDP a, SIP/2.0/UDP c");
        assert_eq!(headers.all("via").collect::<Vec<_>>(), ["SIP/2.0/UDP a, SIP/2.0/UDP c", "SIP/2.0/UDP b"]);
        assert_eq!(headers.get("f"), Some("<sip:a@b>"));
        headers.replace_top("Via", None);
        headers.replace_top("v", Some("x".into()));
        assert_eq!(headers.get("via"), Some("x"));
        headers.replace_top("v", None);
        headers.set("Subject", 1);
        headers.set("Via", "y");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("Via", "y"), ("From", "<sip:a@b>"), ("Subject", "1")]);
        headers.remove("s");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn nothing_can_start_a_line_of_its_own() {
        let mut headers = Headers::new();
        headers.push("Subject", "a\r\nVia: x\0\n");
        headers.set("X\r\nY: ", "1\r\n\r\n2");
        headers.push("\r\n", "gone");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("Subject", "a  Via: x"), ("Xy", "1    2")]);
    }
}
