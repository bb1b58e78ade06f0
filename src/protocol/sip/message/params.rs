//! Parameters behind semicolons, of URIs and of header fields (RFC 3261 §25.1 `uri-parameters`, `generic-param`).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::grammar::{self, trim};

/// Parameters in their order. Names compare without case; values are kept as written, quotes and escapes included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Params {
        Params(Vec::new())
    }

    /// Reads `;name=value;flag`, white space allowed; an empty text holds none.
    ///
    /// # Errors
    /// When a name is missing, a value is empty or holds a separator, or a quoted string is not closed.
    pub fn parse(text: &str) -> Result<Params, Malformed> {
        let mut parts = grammar::split(text, ';')?.into_iter();
        if parts.next().is_some_and(|before| !before.is_empty()) {
            return Err(Malformed::new("parameters", "no semicolon before the first"));
        }
        parts.map(parse_one).collect::<Result<_, _>>().map(Params)
    }

    /// The value of `name`: `None` when it is absent, `Some(None)` when it stands without a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_deref())
    }

    /// The value of `name` without quotes and escapes; `None` when it is absent or has no value.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name)??;
        Some(grammar::unquote(value).unwrap_or_else(|| value.to_owned()))
    }

    /// Sets `name`, in its old place if it had one. A value that is neither a quoted string nor free of separators
    /// loses its separators: it can never become a second parameter or a second header field.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let name: String = name.chars().filter(|&letter| is_name_char(letter)).collect();
        let value = value.map(|value| match grammar::unquote(value) {
            Some(text) => grammar::quote(&text),
            None => value.chars().filter(|&letter| is_value_char(letter) && !matches!(letter, '?' | '@')).collect(),
        });
        let value = value.filter(|value| !value.is_empty());
        if name.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets `name` to `text` as a quoted string.
    pub fn set_quoted(&mut self, name: &str, text: &str) {
        self.set(name, Some(&grammar::quote(text)));
    }

    /// Takes `name` away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }
}

fn parse_one(part: &str) -> Result<(String, Option<String>), Malformed> {
    let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (trim(name), Some(trim(value))));
    if name.is_empty() || !name.chars().all(is_name_char) {
        return Err(Malformed::new("parameter", "bad name"));
    }
    if let Some(value) = value {
        let sound = if value.starts_with('"') { grammar::unquote(value).is_some() } else { value.chars().all(is_value_char) };
        if value.is_empty() || !sound || value.contains(['\r', '\n', '\0']) {
            return Err(Malformed::new("parameter", "bad value"));
        }
    }
    Ok((name.to_owned(), value.map(str::to_owned)))
}

fn is_value_char(letter: char) -> bool {
    !letter.is_control() && !letter.is_whitespace() && !matches!(letter, ';' | ',' | '"' | '<' | '>')
}

fn is_name_char(letter: char) -> bool {
    letter != '=' && is_value_char(letter)
}

impl std::fmt::Display for Params {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.0 {
            match value {
                Some(value) => write!(out, ";{name}={value}")?,
                None => write!(out, ";{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_written_in_order() {
        let params = Params::parse(r#" ; lr; Tag = a.b ;x="q;\",r" ; y=[::1]"#).unwrap();
        assert_eq!(params.to_string(), r#";lr;Tag=a.b;x="q;\",r";y=[::1]"#);
        assert_eq!(params.get("LR"), Some(None));
        assert_eq!(params.get("tag"), Some(Some("a.b")));
        assert_eq!(params.text("x").as_deref(), Some(r#"q;",r"#));
        assert_eq!(params.get("z"), None);
        for bad in [";", ";;a", "a", ";a=", ";=b", ";a=\"b", ";a=b c", ";a b", ";a=\"b\"c", ";a=\"b\r\nVia: c\""] {
            assert!(Params::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_set_value_can_start_nothing_new() {
        let mut params = Params::new();
        params.set("tag", Some("a\r\nVia: x;lr,b"));
        params.set("li\nne", Some(""));
        params.set_quoted("q", "a\"\r\n;b");
        assert_eq!(params.to_string(), ";tag=aVia:xlrb;line;q=\"a\\\"  ;b\"");
        params.set("TAG", None);
        params.remove("Q");
        assert_eq!(params.to_string(), ";tag;line");
    }
}
