//! The roster (RFC 6121 §2): asked in full, kept by pushes.
//!
//! Versioning (§2.6) is not used: we keep no roster on disk to compare with.

use super::iq::Request;
use super::message::writable;
use std::collections::BTreeSet;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::roster::{Ask, Group, Item, Roster, Subscription};

/// Items that are read of one roster; more is not a list of people.
const ITEMS: usize = 20_000;

/// Asks for the whole roster.
#[must_use]
pub fn request() -> Request {
    Request::Get(Roster { ver: None, items: Vec::new() }.into())
}

/// Puts somebody in the roster, or changes what the user calls them (§2.3, §2.4). Groups are named once, and have a name.
#[must_use]
pub fn keep(jid: BareJid, name: &str, groups: &[String]) -> Request {
    let groups: BTreeSet<String> = groups.iter().filter(|group| !group.is_empty()).map(|group| writable(group)).collect();
    let name = (!name.is_empty()).then(|| writable(name));
    Request::Set(set(Item { name, groups: groups.into_iter().map(Group).collect(), ..item(jid, Subscription::None) }))
}

/// Takes somebody out; the server cancels both subscriptions (§2.5).
#[must_use]
pub fn remove(jid: BareJid) -> Request {
    Request::Set(set(item(jid, Subscription::Remove)))
}

fn item(jid: BareJid, subscription: Subscription) -> Item {
    Item { jid, name: None, subscription, ask: Ask::None, groups: Vec::new(), approved: None }
}

fn set(item: Item) -> Element {
    Roster { ver: None, items: vec![item] }.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_written_as_the_standard_wants_it() {
        let groups = ["work", "", "a", "work"].map(str::to_owned);
        let Request::Set(kept) = keep("bob@example.test".parse().unwrap(), "Bob\u{1}", &groups) else { panic!() };
        let item = kept.children().next().unwrap();
        assert_eq!((item.attr("jid"), item.attr("name")), (Some("bob@example.test"), Some("Bob\u{fffd}")));
        assert!(item.attr("ask").is_none() && item.attr("subscription").is_none_or(|word| word == "none"));
        assert_eq!(item.children().map(Element::text).collect::<Vec<_>>(), ["a", "work"]);
        let Request::Set(removed) = remove("bob@example.test".parse().unwrap()) else { panic!() };
        assert_eq!(removed.children().next().unwrap().attr("subscription"), Some("remove"));
    }
}
