//! A name, a URI and parameters: From, To, Contact, Route, Record-Route and their kin (RFC 3261 §20.10, §25.1 `name-addr`).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::grammar::{self, trim};
use super::params::Params;
use super::uri::Uri;

/// `"Display name" <uri>;parameters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name without quotes and escapes. Hostile text: it goes through the gate before anybody sees it.
    pub display_name: Option<String>,
    /// The URI.
    pub uri: Uri,
    /// The parameters of the header field, not those of the URI.
    pub params: Params,
}

impl NameAddr {
    /// `<uri>` alone.
    #[must_use]
    pub const fn new(uri: Uri) -> NameAddr {
        NameAddr { display_name: None, uri, params: Params::new() }
    }

    /// Reads one value of such a header field.
    ///
    /// Without angle brackets all that follows a semicolon belongs to the header field, and the URI may hold neither
    /// comma nor question mark (RFC 3261 §20).
    ///
    /// # Errors
    /// When a quote or bracket is not closed, when the name is neither tokens nor a quoted string, or when the URI or the
    /// parameters are malformed.
    pub fn parse(text: &str) -> Result<NameAddr, Malformed> {
        let bad = |why| Err(Malformed::new("name-addr", why));
        let text = trim(text);
        let Some(open) = grammar::find_unquoted(text, '<') else {
            if text.contains(['"', ',', '?']) {
                return bad("a URI with comma, question mark or quote needs angle brackets");
            }
            let params_at = text.find(';').unwrap_or(text.len());
            let (uri, params) = text.split_at_checked(params_at).unwrap_or((text, ""));
            return Ok(NameAddr { display_name: None, uri: Uri::parse(trim(uri))?, params: Params::parse(params)? });
        };
        let (name, rest) = text.split_at_checked(open).unwrap_or((text, ""));
        let Some((uri, params)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
            return bad("the angle bracket is not closed");
        };
        let display_name = match trim(name) {
            "" => None,
            name if name.starts_with('"') => match grammar::unquote(name) {
                Some(name) => Some(name),
                None => return bad("the display name is not one quoted string"),
            },
            // The grammar wants tokens; phones send other letters too, which do no harm as long as nothing is ambiguous.
            name if !name.contains(['"', ',', ';', ':', '@', '>', '\\']) => Some(name.to_owned()),
            _ => return bad("the display name needs quotes"),
        };
        Ok(NameAddr {
            display_name: display_name.filter(|name| !name.is_empty()),
            uri: Uri::parse(uri)?,
            params: Params::parse(trim(params))?,
        })
    }

    /// The tag of From or To.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").flatten()
    }

    /// Sets the tag.
    pub fn set_tag(&mut self, tag: &str) {
        self.params.set("tag", Some(tag));
    }
}

impl std::str::FromStr for NameAddr {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<NameAddr, Malformed> {
        NameAddr::parse(text)
    }
}

impl std::fmt::Display for NameAddr {
    /// The name always in quotes, the URI always in brackets: nothing to misread.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = &self.display_name {
            write!(out, "{} ", grammar::quote(name))?;
        }
        write!(out, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (text, written) in [
            ("sip:a@b;tag=1", "<sip:a@b>;tag=1"),
            ("<sip:a@b;lr>;tag=1", "<sip:a@b;lr>;tag=1"),
            ("Alice B <sip:a@b>", "\"Alice B\" <sip:a@b>"),
            (r#""A \"B\" \\ <C>, D"<sip:a@b> ; tag = 1"#, r#""A \"B\" \\ <C>, D" <sip:a@b>;tag=1"#),
            ("\"\" <sip:a@b>", "<sip:a@b>"),
            ("Žofie Nová <sip:a@b>", "\"Žofie Nová\" <sip:a@b>"),
            ("\"Žofie\" <tel:+1;x=y>;q=1", "\"Žofie\" <tel:+1;x=y>;q=1"),
        ] {
            assert_eq!(NameAddr::parse(text).unwrap().to_string(), written);
        }
        let to = NameAddr::parse("<sip:a@b>;tag=x").unwrap();
        assert_eq!(to.tag(), Some("x"));
    }

    #[test]
    fn what_can_be_misread_is_refused() {
        for bad in [
            "",
            "<",
            "</",
            "<>",
            "\"open <sip:a@b>",
            "\"trailing\\",
            "\"trailing\\\" <sip:a@b>",
            "sip:a@b?Route=x",
            "sip:a,b@c",
            "Bell, Alexander <sip:a@b>",
            "<sip:a@b",
            "<sip:a@b>x",
            "<sip:a@b>;;;;",
            "<sip: a@b>",
            "\"a\" \"b\" <sip:a@b>",
            "a <<sip:b@c>>",
        ] {
            assert!(NameAddr::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_display_name_cannot_start_a_header_field() {
        let mut from = NameAddr::new(Uri::sip(Some("a"), "b"));
        from.display_name = Some("Eve\"\r\nVia: x".into());
        from.set_tag("t\r\n;x");
        assert_eq!(from.to_string(), "\"Eve\\\"  Via: x\" <sip:a@b>;tag=tx");
    }
}
