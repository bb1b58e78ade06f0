//! URIs (RFC 3261 §19.1; tel: RFC 3966; any other scheme is kept as it came).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::host::Host;
use super::params::Params;

/// The scheme of a URI.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`, every hop encrypted.
    Sips,
    /// `tel:`, a telephone number.
    Tel,
    /// Any other, in lower case.
    Other(String),
}

/// A URI. Where the scheme is `tel:` or unknown only [`opaque`](Uri::opaque) has content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// The scheme.
    pub scheme: Scheme,
    /// The user, with its `%XX` escapes as written.
    pub user: Option<String>,
    /// The password, with its escapes. RFC 3261 §19.1.1 recommends against it.
    pub password: Option<String>,
    /// The host; an empty name where the scheme has none.
    pub host: Host,
    /// The port, when it is written out.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params,
    /// What follows the question mark, as written; empty when there is none.
    pub headers: String,
    /// What follows the colon of a `tel:` or unknown scheme, as written.
    pub opaque: String,
}

impl Uri {
    /// `sip:user@host`. What cannot stand in a user is escaped; `host` may be an address, with or without brackets.
    #[must_use]
    pub fn sip(user: Option<&str>, host: &str) -> Uri {
        let host = Host::lenient(host);
        Uri { user: user.filter(|user| !user.is_empty()).map(escape_user), ..Uri::empty(Scheme::Sip, host) }
    }

    fn empty(scheme: Scheme, host: Host) -> Uri {
        Uri {
            scheme,
            user: None,
            password: None,
            host,
            port: None,
            params: Params::new(),
            headers: String::new(),
            opaque: String::new(),
        }
    }

    /// Reads a URI.
    ///
    /// # Errors
    /// When there is no scheme, when it holds white space, quotes or angle brackets, or when a part of it is malformed.
    pub fn parse(text: &str) -> Result<Uri, Malformed> {
        let bad = |why| Err(Malformed::new("URI", why));
        if text.chars().any(breaks_a_uri) {
            return bad("white space, a quote or an angle bracket");
        }
        let Some((scheme, rest)) = text.split_once(':') else { return bad("no scheme") };
        let scheme = scheme.to_ascii_lowercase();
        let mut letters = scheme.chars();
        if !letters.next().is_some_and(|first| first.is_ascii_alphabetic()) || !letters.all(is_scheme_char) {
            return bad("no scheme");
        }
        let scheme = match scheme.as_str() {
            "sip" => Scheme::Sip,
            "sips" => Scheme::Sips,
            "tel" => Scheme::Tel,
            _ => Scheme::Other(scheme),
        };
        if matches!(scheme, Scheme::Tel | Scheme::Other(_)) {
            if rest.is_empty() {
                return bad("nothing after the scheme");
            }
            return Ok(Uri { opaque: rest.to_owned(), ..Uri::empty(scheme, Host::Name(String::new())) });
        }
        let (user_info, rest) = rest.split_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        if rest.contains('@') {
            return bad("more than one @");
        }
        let (user, password) = match user_info.map(|info| info.split_once(':').map_or((info, None), |(u, p)| (u, Some(p)))) {
            Some(("", _)) => return bad("an empty user"),
            Some((user, password)) => (Some(user.to_owned()), password.map(str::to_owned)),
            None => (None, None),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((_, "")) => return bad("no headers after the question mark"),
            Some((rest, headers)) => (rest, headers.to_owned()),
            None => (rest, String::new()),
        };
        let params_at = rest.find(';').unwrap_or(rest.len());
        let (host_port, params) = rest.split_at_checked(params_at).unwrap_or((rest, ""));
        let (host, port) = Host::parse_with_port(host_port)?;
        Ok(Uri { scheme, user, password, host, port, params: Params::parse(params)?, headers, opaque: String::new() })
    }

    /// The user without its escapes; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn user_text(&self) -> Option<String> {
        self.user.as_deref().map(unescape)
    }

    /// The value of the parameter `name`: `None` when absent, `Some(None)` when it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.get(name)
    }

    /// Sets the parameter `name`; what cannot stand in a URI parameter is escaped.
    pub fn set_param(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(|value| escape(value, |letter| is_unreserved(letter) || "[]/:&+$".contains(letter)));
        self.params.set(name, value.as_deref());
    }

    /// Whether it demands encryption on every hop (`sips:`).
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Sips
    }

    /// The parameter `transport`, as written.
    #[must_use]
    pub fn transport(&self) -> Option<&str> {
        self.params.get("transport").flatten()
    }
}

impl std::str::FromStr for Uri {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Uri, Malformed> {
        Uri::parse(text)
    }
}

impl std::fmt::Display for Uri {
    /// As it stands on the wire. Whatever a field holds, the text has no white space, quote or angle bracket.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match &self.scheme {
            Scheme::Tel => return write!(out, "tel:{}", escape(&self.opaque, |letter| !breaks_a_uri(letter))),
            Scheme::Other(name) => {
                name.chars().filter(|&letter| is_scheme_char(letter)).try_for_each(|letter| write!(out, "{letter}"))?;
                return write!(out, ":{}", escape(&self.opaque, |letter| !breaks_a_uri(letter)));
            }
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
        };
        write!(out, "{scheme}:")?;
        let plain = |letter: char| letter.is_ascii() && !breaks_a_uri(letter) && letter != '@';
        if let Some(user) = &self.user {
            write!(out, "{}", escape(user, |letter| plain(letter) && letter != ':'))?;
            if let Some(password) = &self.password {
                write!(out, ":{}", escape(password, plain))?;
            }
            out.write_str("@")?;
        }
        write!(out, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(out, ":{port}")?;
        }
        write!(out, "{}", self.params)?;
        if !self.headers.is_empty() {
            write!(out, "?{}", escape(&self.headers, plain))?;
        }
        Ok(())
    }
}

/// What ends a URI wherever it stands, or could act outside it.
fn breaks_a_uri(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || matches!(letter, '<' | '>' | '"')
}

const fn is_scheme_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.')
}

/// RFC 3261 §25.1 `unreserved`.
pub(super) const fn is_unreserved(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '!' | '~' | '*' | '\'' | '(' | ')')
}

fn escape_user(user: &str) -> String {
    escape(user, |letter| is_unreserved(letter) || "&=+$,;?/".contains(letter))
}

/// `text` with all but `plain` characters as `%XX` of their UTF-8. An escape that is there already stays.
fn escape(text: &str, plain: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let is_escape = letter == '%' && escaped_byte(text.get(at..).unwrap_or_default()).is_some();
        if is_escape || plain(letter) {
            escaped.push(letter);
        } else {
            let mut bytes = [0; 4];
            letter.encode_utf8(&mut bytes).bytes().for_each(|byte| escaped.push_str(&format!("%{byte:02X}")));
        }
    }
    escaped
}

/// The byte that `text` begins with when it begins with `%XX`.
pub(super) fn escaped_byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('%')?.get(..2)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut after_escape = 0;
    for (at, letter) in text.char_indices() {
        if at < after_escape {
            continue;
        }
        match escaped_byte(text.get(at..).unwrap_or_default()) {
            Some(byte) => {
                after_escape = at + 3;
                bytes.push(byte);
            }
            None => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_uri_is_read_and_written() {
        let text = "sips:al%20ice:se;cret@[2001:db8::1]:5070;transport=tcp;lr?subject=hi&x=y";
        let uri = Uri::parse(text).unwrap();
        assert_eq!(uri.to_string(), text);
        assert_eq!(uri.user_text().as_deref(), Some("al ice"));
        assert_eq!((uri.password.as_deref(), uri.port), (Some("se;cret"), Some(5070)));
        assert_eq!((uri.transport(), uri.param("LR"), uri.is_secure()), (Some("tcp"), Some(None), true));
        assert_eq!(uri.headers, "subject=hi&x=y");
        let odd = "sip:user;par=u%40example.net@example.com";
        assert_eq!(Uri::parse(odd).unwrap().user.as_deref(), Some("user;par=u%40example.net"));
    }

    #[test]
    fn other_schemes_are_kept_as_they_came() {
        for text in [
            "tel:+1-201-555-0123;phone-context=a",
            "urn:service:sos",
            "nobodyknowsthisscheme:totally@opaque?c;:",
            "http://x.example/a?b#c",
        ] {
            assert_eq!(Uri::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Uri::parse("TEL:+1").unwrap().scheme, Scheme::Tel);
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for bad in [
            "",
            "sip",
            ":",
            "sip:",
            "sip:@h",
            "sip:a@",
            "sip:a@b@c",
            "sip:a b@c",
            "sip:a@b; lr",
            "<sip:a@b>",
            "</",
            "/",
            "sip:a@b?",
            "sip:2001:db8::10",
            "sip:a@b:x",
            "sip:a@b;",
            "tel:",
            "1a:b",
            "sip:a@b\r\n",
            "sip:a@[::1",
            "*",
            "sip:a\u{0}@b",
        ] {
            assert!(Uri::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_uri_that_we_make_cannot_break_out_of_its_place() {
        let mut uri = Uri::sip(Some("a b>\r\n@ž%41"), "ex ample.com>\r\nX: y");
        uri.set_param("x", Some("1;lr?q @>"));
        uri.password = Some("p@\n".into());
        uri.headers = "h=\r\n".into();
        assert_eq!(uri.to_string(), "sip:a%20b%3E%0D%0A%40%C5%BE%41:p%40%0A@example.comXy;x=1%3Blr%3Fq%20%40%3E?h=%0D%0A");
        assert!(Uri::parse(&uri.to_string()).is_ok());
        assert_eq!(Uri::sip(None, "::1").to_string(), "sip:[::1]");
        assert_eq!(Uri::sip(Some("alice"), "192.0.2.1").to_string(), "sip:alice@192.0.2.1");
    }
}
