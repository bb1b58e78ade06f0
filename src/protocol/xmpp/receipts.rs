//! Delivery receipts (XEP-0184), and markers (XEP-0333), which say at least as much.

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
    payloads.iter().find_map(|payload| {
        let received = Received::try_from(payload.clone()).map(|receipt| receipt.id);
        received.or_else(|_| Displayed::try_from(payload.clone()).map(|marker| marker.id.0)).ok()
    })
}
