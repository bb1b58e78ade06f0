//! Links that a terminal can follow (OSC 8, "Hyperlinks in Terminal Emulators").
//!
//! A cell of a link carries the number of its link as underline colour, which nothing else uses: so what is drawn anew
//! when a link changes comes from the comparison of frames like everything else. The host is the view's to show. Only
//! addresses that a browser, a mail program or a telephone opens become links.

use ratatui::style::{Color, Style};
use std::cell::RefCell;
use std::rc::Rc;

/// A longer address is no link; terminals cut at about 2,000 bytes.
const LONGEST: usize = 2000;

/// Addresses that are remembered. Their numbers are never used again in one program, so the bound is on memory only.
const MOST: usize = 4096;

/// What an address may begin with.
const SCHEMES: [&str; 7] = ["http://", "https://", "xmpp:", "sip:", "sips:", "tel:", "mailto:"];

/// The links on the screen. A clone is the same list: the view marks, the backend looks up.
#[derive(Clone, Debug, Default)]
pub struct Links(Rc<RefCell<Vec<String>>>);

impl Links {
    /// What a cell of this link is drawn with in addition; nothing when it is none that may be followed, or when there
    /// have been too many.
    #[must_use]
    pub fn mark(&self, address: &str) -> Style {
        let Some(safe) = safe(address) else { return Style::new() };
        let Ok(mut known) = self.0.try_borrow_mut() else { return Style::new() };
        let number = match known.iter().position(|one| *one == safe) {
            Some(number) => number,
            None if known.len() >= MOST => return Style::new(),
            None => {
                known.push(safe);
                known.len() - 1
            }
        };
        let [_, high, middle, low] = u32::try_from(number).unwrap_or_default().to_be_bytes();
        Style::new().underline_color(Color::Rgb(high, middle, low))
    }

    /// The address that a cell's underline colour stands for.
    #[must_use]
    pub fn address(&self, mark: Color) -> Option<String> {
        let Color::Rgb(high, middle, low) = mark else { return None };
        let number = usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?;
        self.0.try_borrow().ok()?.get(number).cloned()
    }
}

/// The address as it may stand in the sequence: of a scheme that opens nothing but what it says, every byte that is not
/// plain ASCII percent-encoded, so that nothing can end the sequence.
#[must_use]
pub fn safe(address: &str) -> Option<String> {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let known = SCHEMES.iter().any(|scheme| lower.starts_with(scheme));
    if !known || address.len() > LONGEST {
        return None;
    }
    let mut safe = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b'!'..=b'~' if !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') => {
                safe.push(char::from(byte))
            }
            _ => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    (safe.len() <= LONGEST).then_some(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_opens_what_it_says_becomes_a_link() {
        for (address, link) in [
            ("https://example.test/a?b=c;d#e", Some("https://example.test/a?b=c;d#e")),
            ("HTTPS://example.test", Some("HTTPS://example.test")),
            ("https://e.test/ž x", Some("https://e.test/%C5%BE%20x")),
            ("https://e.test/\u{1b}\\\u{7}\u{9c}", Some("https://e.test/%1B%5C%07%C2%9C")),
            ("tel:+46855501", Some("tel:+46855501")),
            ("xmpp:bo@example.test", Some("xmpp:bo@example.test")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("ž", None),
            ("", None),
        ] {
            assert_eq!(safe(address).as_deref(), link, "{address}");
        }
        assert_eq!(safe(&format!("https://e.test/{}", "ž".repeat(600))), None);
    }

    #[test]
    fn a_mark_stands_for_its_link() {
        let links = Links::default();
        let backend = links.clone();
        let (one, two) = (links.mark("https://one.test"), links.mark("https://two.test"));
        assert_eq!(links.mark("https://one.test"), one);
        assert_ne!(one, two);
        assert_eq!(backend.address(two.underline_color.unwrap()).as_deref(), Some("https://two.test"));
        assert_eq!(backend.address(Color::Reset), None);
        assert_eq!(links.mark("file:///x"), Style::new());
    }
}
