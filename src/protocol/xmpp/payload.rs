//! What stands in a stanza beside what every stanza has (RFC 6120 §8.4).

use xmpp_parsers::minidom::Element;

/// The payloads of `namespace` that can be read as this. Those of others are not looked at: a stanza may carry anything.
pub fn read<'a, T: TryFrom<Element> + 'a>(payloads: &'a [Element], namespace: &'a str) -> impl Iterator<Item = T> + 'a {
    payloads.iter().filter(move |payload| payload.has_ns(namespace)).filter_map(|payload| T::try_from(payload.clone()).ok())
}
