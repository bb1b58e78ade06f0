//! Names of header fields: without case, and the compact forms (RFC 3261 §7.3.3, §20; the registry of RFC 3968).

use super::grammar::is_token_char;
use std::borrow::Cow;

/// Compact form and full name.
const COMPACT: [(char, &str); 20] = [
    ('a', "Accept-Contact"),
    ('b', "Referred-By"),
    ('c', "Content-Type"),
    ('d', "Request-Disposition"),
    ('e', "Content-Encoding"),
    ('f', "From"),
    ('i', "Call-ID"),
    ('j', "Reject-Contact"),
    ('k', "Supported"),
    ('l', "Content-Length"),
    ('m', "Contact"),
    ('n', "Identity-Info"),
    ('o', "Event"),
    ('r', "Refer-To"),
    ('s', "Subject"),
    ('t', "To"),
    ('u', "Allow-Events"),
    ('v', "Via"),
    ('x', "Session-Expires"),
    ('y', "Identity"),
];

/// Names that we write with capitals that no rule gives.
const ODD: [&str; 9] =
    ["Call-ID", "CSeq", "Min-SE", "WWW-Authenticate", "MIME-Version", "RAck", "RSeq", "SIP-ETag", "SIP-If-Match"];

/// The full name of `name`, in the standard's capitals. What cannot stand in a token is left out.
#[must_use]
pub fn canonical(name: &str) -> String {
    if let Some(full) = full_name(name) {
        return full.to_owned();
    }
    if let Some(odd) = ODD.iter().find(|odd| odd.eq_ignore_ascii_case(name)) {
        return (*odd).to_owned();
    }
    let mut canonical = String::with_capacity(name.len());
    let mut capital = true;
    for letter in name.chars().filter(|&letter| is_token_char(letter)) {
        canonical.push(if capital { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
        capital = letter == '-';
    }
    canonical
}

/// Whether `name`, perhaps compact, means the field of the canonical name `known`.
#[must_use]
pub fn is(known: &str, name: &str) -> bool {
    known.eq_ignore_ascii_case(&full_name(name).map_or(Cow::Borrowed(name), Cow::Borrowed))
}

fn full_name(name: &str) -> Option<&'static str> {
    let mut letters = name.chars();
    let (letter, None) = (letters.next()?.to_ascii_lowercase(), letters.next()) else { return None };
    COMPACT.iter().find(|(compact, _)| *compact == letter).map(|(_, full)| *full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_odd_names_become_full_ones() {
        assert_eq!(canonical("v"), "Via");
        assert_eq!(canonical("I"), "Call-ID");
        assert_eq!(canonical("cseq"), "CSeq");
        assert_eq!(canonical("www-authenticate"), "WWW-Authenticate");
        assert_eq!(canonical("max-forwards"), "Max-Forwards");
        assert_eq!(canonical("FROM"), "From");
        assert_eq!(canonical("X-a\r\n: b"), "X-Ab");
        assert!(is("Via", "V") && is("Via", "vIA") && !is("Via", "Vi"));
    }
}
