//! The roster (RFC 6121 §2): asked in full, kept by pushes.
//!
//! Versioning (§2.6) is not used: we keep no roster on disk to compare with.

use super::iq::Request;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::roster::{Item, Roster};

/// Items that are read of one roster; more is not a list of people.
const ITEMS: usize = 20_000;

/// Asks for the whole roster.
#[must_use]
pub fn request() -> Request {
    Request::Get(Roster { ver: None, items: Vec::new() }.into())
}

/// Whether `payload` is about the roster.
#[must_use]
pub fn is_roster(payload: &Element) -> bool {
    payload.is("query", ns::ROSTER)
}

/// The items of an answer; none when it is malformed.
#[must_use]
pub fn items(payload: Element) -> Option<Vec<Item>> {
    let mut items = Roster::try_from(payload).ok()?.items;
    items.truncate(ITEMS);
    Some(items)
}

/// The one item of a push (§2.1.6); none when it is not exactly one.
#[must_use]
pub fn pushed(payload: Element) -> Option<Item> {
    let mut items = Roster::try_from(payload).ok()?.items;
    let item = items.pop()?;
    items.is_empty().then_some(item)
}
