//! Links in what people write. It finds them, and refuses to follow or to judge them.
//!
//! Ends as readers expect: the punctuation of the sentence and the bracket around a link are not part of it.

#![deny(clippy::indexing_slicing)]

use std::ops::Range;

use super::host;

/// What a link begins with. Others (`file:`, `javascript:`) are text.
const SCHEMES: [&str; 7] = ["https:", "http:", "xmpp:", "sips:", "sip:", "tel:", "mailto:"];

/// Longer ones are text: no honest link is, and a terminal may refuse them.
const LONGEST: usize = 2048;

/// A link in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// What it leads to: what stands there, without what could act on a terminal.
    pub url: String,
    /// The host that it really leads to, in ASCII (`xn--…`) when its letters could be taken for others; none for `tel:`.
    pub host: Option<String>,
}

/// The links in `text`, from left to right.
#[must_use]
pub fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(colon) = text.get(from..).and_then(|rest| rest.find(':')).map(|at| from + at) {
        match link_at(text, from, colon) {
            Some(link) => {
                from = link.range.end;
                found.push(link);
            }
            None => from = colon + 1,
        }
    }
    found
}

/// The link whose scheme ends at `colon` and begins not before `from`.
fn link_at(text: &str, from: usize, colon: usize) -> Option<Link> {
    let before = text.get(from..=colon)?;
    let scheme = SCHEMES.into_iter().find(|scheme| {
        before
            .len()
            .checked_sub(scheme.len())
            .and_then(|at| before.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(scheme))
    })?;
    let start = colon + 1 - scheme.len();
    if text.get(..start)?.chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    // Bounded, so that a text full of schemes is read in one go.
    let written = text.get(start..text.floor_char_boundary(start + LONGEST + 1))?;
    let written = trim(written.get(..written.find(ends_link).unwrap_or(written.len()))?);
    let rest = written.get(scheme.len()..)?;
    let host = match scheme {
        "http:" | "https:" => Some(host::shown(authority(rest.strip_prefix("//")?))?),
        "tel:" => {
            rest.chars().any(|letter| letter.is_ascii_digit()).then_some(())?;
            None
        }
        _ => {
            let (user, domain) = rest.rsplit_once('@')?;
            (!user.is_empty()).then_some(())?;
            Some(host::shown(authority(domain))?)
        }
    };
    (written.len() <= LONGEST).then(|| Link { range: start..start + written.len(), url: written.to_owned(), host })
}

/// What cannot stand in a link: white space, controls, what the gate shows instead of them, quotation marks.
fn ends_link(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '<' | '>' | '"' | '`' | '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '\u{2400}'..='\u{2426}')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Without the punctuation of the sentence around it; a closing bracket stays when the link opened it.
fn trim(mut link: &str) -> &str {
    while let Some(last) = link.chars().next_back() {
        let opens = match last {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '。' | '、' | '，' | '」' | '）' | '|' => '\0',
            _ => break,
        };
        if opens != '\0' && link.matches(opens).count() >= link.matches(last).count() {
            break;
        }
        let Some(shorter) = link.strip_suffix(last) else { break };
        link = shorter;
    }
    link
}

/// The host in `user@host:port/path?query#fragment`.
fn authority(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#', ';', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Option<String>)> {
        links(text).into_iter().map(|link| (link.url, link.host)).collect()
    }

    fn one(text: &str, url: &str, host: &str) {
        assert_eq!(found(text), [(url.to_owned(), (!host.is_empty()).then(|| host.to_owned()))], "{text}");
    }

    #[test]
    fn links_end_where_readers_expect() {
        one("see https://example.org/a.", "https://example.org/a", "example.org");
        one(
            "(https://en.wikipedia.org/wiki/SIP_(protocol))",
            "https://en.wikipedia.org/wiki/SIP_(protocol)",
            "en.wikipedia.org",
        );
        one("[a](http://example.org:8080/?q=1&r=[2]).", "http://example.org:8080/?q=1&r=[2]", "example.org");
        one("<HTTPS://Example.ORG>", "HTTPS://Example.ORG", "example.org");
        one("is it “https://a.example/b”?", "https://a.example/b", "a.example");
        one("xmpp:noc@rooms.lab.example?join, please", "xmpp:noc@rooms.lab.example?join", "rooms.lab.example");
        one("call sip:1002@lab.example;transport=tls!", "sip:1002@lab.example;transport=tls", "lab.example");
        one("sips:bo@[2001:db8::1]:5061", "sips:bo@[2001:db8::1]:5061", "[2001:db8::1]");
        one("tel:+46-8-555-01-02.", "tel:+46-8-555-01-02", "");
        one("mailto:bo@lab.example?subject=hi", "mailto:bo@lab.example?subject=hi", "lab.example");
        one("https://a.example\u{202e}gpj.exe", "https://a.example", "a.example");
        one("https://a.example␛]8;;", "https://a.example", "a.example");
    }

    #[test]
    fn what_is_no_link_is_text() {
        for text in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://",
            "https://.",
            "sip:",
            "sip:bo",
            "tel:now",
            "xhttp://a.b",
            "mailto:@b",
            "a:b",
            "https://[::zz]/",
            ":",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        assert!(links(&format!("https://a.example/{}", "a".repeat(LONGEST))).is_empty());
    }

    #[test]
    fn the_true_host_is_told() {
        one("https://paypal.com@evil.example/", "https://paypal.com@evil.example/", "evil.example");
        one("https://paypal.com:443@evil.example:80/x", "https://paypal.com:443@evil.example:80/x", "evil.example");
        one("https://evil.example\\@paypal.com/", "https://evil.example\\@paypal.com/", "evil.example");
        // The first a is Cyrillic; then all of it is.
        one("https://p\u{430}ypal.com", "https://p\u{430}ypal.com", "xn--pypal-4ve.com");
        one("https://\u{440}\u{430}\u{443}.com", "https://\u{440}\u{430}\u{443}.com", "xn--80a5ak.com");
        one("https://b\u{fc}cher.example/", "https://b\u{fc}cher.example/", "b\u{fc}cher.example");
        one("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "b\u{fc}cher.example");
        one("https://日本語.jp", "https://日本語.jp", "日本語.jp");
    }
}
