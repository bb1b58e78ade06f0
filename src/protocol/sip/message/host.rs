//! The host of a URI or a Via (RFC 3261 §25.1 `host`; RFC 5954 for IPv6).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name or a literal address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A domain name, as written.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; in brackets on the wire.
    V6(Ipv6Addr),
}

impl Host {
    /// Reads a host: a name, an IPv4 address, or an IPv6 address in brackets.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Host, Malformed> {
        if let Some(inner) = text.strip_prefix('[') {
            let address =
                inner.strip_suffix(']').ok_or(Malformed::new("host", "the bracket of the IPv6 address is not closed"))?;
            return parse_v6(address).map(Host::V6).ok_or(Malformed::new("host", "not an IPv6 address"));
        }
        if let Ok(address) = text.parse() {
            return Ok(Host::V4(address));
        }
        if text.is_empty() {
            return Err(Malformed::new("host", "empty"));
        }
        if text.chars().all(is_name_char) {
            Ok(Host::Name(text.to_owned()))
        } else {
            Err(Malformed::new("host", "not a host name"))
        }
    }

    /// The host that `text` names: an address with or without brackets, else a name without what no name can hold.
    #[must_use]
    pub fn lenient(text: &str) -> Host {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(address) => Host::from(address),
            Err(_) => Host::Name(text.chars().filter(|&letter| is_name_char(letter)).collect()),
        }
    }

    /// The address, when it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some((*address).into()),
            Host::V6(address) => Some((*address).into()),
        }
    }

    /// Whether it is the same host; names compare without case.
    #[must_use]
    pub fn equivalent(&self, other: &Host) -> bool {
        match (self, other) {
            (Host::Name(one), Host::Name(two)) => one.eq_ignore_ascii_case(two),
            (one, two) => one == two,
        }
    }

    /// Splits `host[:port]`, white space around the colon allowed (RFC 3261 §25.1 `sent-by`), into host and port.
    ///
    /// # Errors
    /// When either is malformed.
    pub fn parse_with_port(text: &str) -> Result<(Host, Option<u16>), Malformed> {
        let bad_port = Malformed::new("port", "not a number from 0 to 65535");
        let (host, port) = match text.find(']').filter(|_| text.starts_with('[')) {
            Some(end) => {
                let (host, rest) = text.split_at_checked(end + 1).unwrap_or((text, ""));
                match super::grammar::trim(rest) {
                    "" => (host, None),
                    rest => (host, Some(rest.strip_prefix(':').ok_or(bad_port.clone())?)),
                }
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let host = Host::parse(super::grammar::trim(host))?;
        let Some(port) = port.map(super::grammar::trim) else { return Ok((host, None)) };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad_port);
        }
        Ok((host, Some(port.parse().map_err(|_| bad_port)?)))
    }
}

/// An IPv6 address; a third colon before an embedded IPv4 address, which the grammar of RFC 3261 demanded by mistake, does
/// not count (RFC 5118 §4.10).
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    let tail = text.split_once(":::").map(|(_, tail)| tail);
    let three_colons = tail.is_some_and(|tail| tail.parse::<Ipv4Addr>().is_ok());
    if three_colons { text.replacen(":::", "::", 1).parse().ok() } else { text.parse().ok() }
}

const fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_')
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Host {
        match address {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

impl std::fmt::Display for Host {
    /// As it stands in a URI; what no name can hold is left out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Host::Name(name) => {
                name.chars().filter(|&letter| is_name_char(letter)).try_for_each(|letter| write!(out, "{letter}"))
            }
            Host::V4(address) => write!(out, "{address}"),
            Host::V6(address) => write!(out, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(Host::parse("192.0.2.1").unwrap(), Host::V4(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(Host::parse("[2001:db8::1]").unwrap().to_string(), "[2001:db8::1]");
        assert_eq!(Host::parse("[::ffff:192.0.2.10]").unwrap().to_string(), "[::ffff:192.0.2.10]");
        assert_eq!(Host::parse("a-b.example.").unwrap(), Host::Name("a-b.example.".into()));
        assert_eq!(Host::parse("[2001:db8:::192.0.2.1]").unwrap(), Host::parse("[2001:db8::192.0.2.1]").unwrap());
        for bad in ["", "2001:db8::1", "[2001:db8:::1]", "[::1:::192.0.2.1]", "[::1", "a b", "a;b", "[]", "ex\u{e4}mple"] {
            assert!(Host::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Host::lenient("::1"), Host::V6(Ipv6Addr::LOCALHOST));
        assert_eq!(Host::lenient("a\r\nb"), Host::Name("ab".into()));
    }

    #[test]
    fn ports_are_numbers_that_fit() {
        assert_eq!(Host::parse_with_port("[::1]:5070").unwrap().1, Some(5070));
        assert_eq!(Host::parse_with_port("a : 5070").unwrap(), (Host::Name("a".into()), Some(5070)));
        for bad in ["a:", "a:65536", "a:-1", "a:+1", "a:1:2", "[::1]5", "[::1]:", "2001:db8::10"] {
            assert!(Host::parse_with_port(bad).is_err(), "{bad:?}");
        }
    }
}
