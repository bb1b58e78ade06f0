//! Delivery receipts (XEP-0184), and markers (XEP-0333), which say at least as much.

use super::payload;
use xmpp_parsers::displayed_markers::Displayed;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::receipts::Received;

/// Whether the author asks to be told that the message is here.
#[must_use]
pub fn is_asked(payloads: &[Element]) -> bool {
    payloads.iter().any(|payload| payload.is("request", ns::RECEIPTS))
}

/// Tells `to` that its message `id` is here.
#[must_use]
pub fn receipt(to: Jid, id: String) -> Message {
    Message::chat(to).with_payload(Received { id })
}

/// Which message of ours is said to have arrived, if it is said.
#[must_use]
pub fn about(payloads: &[Element]) -> Option<String> {
    let received = payload::read(payloads, ns::RECEIPTS).next().map(|Received { id }| id);
    received.or_else(|| payload::read(payloads, ns::DISPLAYED_MARKERS).next().map(|marker: Displayed| marker.id.0))
}
