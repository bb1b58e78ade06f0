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
