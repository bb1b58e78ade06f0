//! Whether two URIs mean the same resource (RFC 3261 §19.1.4; RFC 3966 §4 for telephone numbers).
#![deny(clippy::indexing_slicing)]

use super::params::Params;
use super::uri::{Scheme, Uri, escaped_byte, is_unreserved};
use std::collections::BTreeMap;

/// Parameters that never match when only one of the two URIs has them. The standard's examples add `transport`.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

impl Uri {
    /// Whether both name the same resource by RFC 3261 §19.1.4. Not transitive: the standard's rule is not.
    #[must_use]
    pub fn equivalent(&self, other: &Uri) -> bool {
        if self.scheme != other.scheme {
            return false;
        }
        match self.scheme {
            Scheme::Tel => telephone(&self.opaque) == telephone(&other.opaque),
            Scheme::Other(_) => self.opaque == other.opaque,
            Scheme::Sip | Scheme::Sips => {
                self.user.as_deref().map(normal) == other.user.as_deref().map(normal)
                    && self.password.as_deref().map(normal) == other.password.as_deref().map(normal)
                    && self.host.equivalent(&other.host)
                    && self.port == other.port
                    && params_match(&self.params, &other.params)
                    && header_map(&self.headers) == header_map(&other.headers)
            }
        }
    }
}

fn params_match(one: &Params, two: &Params) -> bool {
    let (one, two) = (param_map(one), param_map(two));
    let both_ways = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
        a.iter().all(|(name, value)| b.get(name).map_or(!DECISIVE.contains(&name.as_str()), |other| value == other))
    };
    both_ways(&one, &two) && both_ways(&two, &one)
}

fn param_map(params: &Params) -> BTreeMap<String, String> {
    let lower = |text: &str| normal(text).to_ascii_lowercase();
    params.iter().map(|(name, value)| (lower(name), value.map(lower).unwrap_or_default())).collect()
}

/// Headers of a URI, whose order does not count.
fn header_map(headers: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = headers
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (normal(name).to_ascii_lowercase(), normal(value)))
        .collect();
    pairs.sort();
    pairs
}

/// The number without visual separators, then its parameters in order of name (RFC 3966 §4).
fn telephone(text: &str) -> (String, Vec<String>) {
    let mut parts = text.split(';');
    let number =
        parts.next().unwrap_or_default().chars().filter(|letter| !matches!(letter, '-' | '.' | '(' | ')')).collect::<String>();
    let mut params: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
    params.sort();
    (number.to_ascii_lowercase(), params)
}

/// Escapes of unreserved characters undone, the others in capitals: texts that mean the same become the same.
fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut after_escape = 0;
    for (at, letter) in text.char_indices() {
        if at < after_escape {
            continue;
        }
        match escaped_byte(text.get(at..).unwrap_or_default()) {
            Some(byte) => {
                after_escape = at + 3;
                if is_unreserved(char::from(byte)) {
                    normal.push(char::from(byte));
                } else {
                    normal.push_str(&format!("%{byte:02X}"));
                }
            }
            None => normal.push(letter),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, two: &str) -> bool {
        let (one, two) = (Uri::parse(one).unwrap(), Uri::parse(two).unwrap());
        assert_eq!(one.equivalent(&two), two.equivalent(&one), "{one} {two}");
        one.equivalent(&two)
    }

    #[test]
    fn the_examples_of_rfc_3261_19_1_4_that_are_equivalent() {
        assert!(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
        assert!(same("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
        assert!(same(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ));
        assert!(same(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ));
    }

    #[test]
    fn the_examples_of_rfc_3261_19_1_4_that_are_not() {
        assert!(!same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
        assert!(!same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
        assert!(!same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
        assert!(!same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
        assert!(!same("sip:a@b", "sips:a@b"));
    }

    #[test]
    fn telephone_numbers_compare_without_their_separators() {
        assert!(same("tel:+1-201-555-0123", "tel:+1(201)555.0123"));
        assert!(!same("tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example"));
        assert!(same("urn:service:sos", "URN:service:sos"));
    }
}
