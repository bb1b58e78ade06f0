//! Message carbons (XEP-0280): what our other devices say and hear.

use super::iq::Request;
use xmpp_parsers::carbons::{Enable, Received, Sent};
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::{delay::Delay, ns};

/// Asks for carbons in this session.
#[must_use]
pub fn enable() -> Request {
    Request::Set(Enable.into())
}

/// Which way the copied message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To another of our devices.
    Received,
    /// From another of our devices.
    Sent,
}

/// A copy, not yet judged.
#[derive(Clone, Debug)]
pub struct Copied {
    /// Which way it went.
    pub way: Way,
    /// When, as the wrapper says.
    pub delay: Option<Delay>,
    /// What was said.
    pub message: Message,
}

/// Whether `payload` wraps a copy.
#[must_use]
pub fn is_copy(payload: &Element) -> bool {
    payload.is("received", ns::CARBONS) || payload.is("sent", ns::CARBONS)
}

/// Takes the copy out of its wrapper; none when it is malformed.
#[must_use]
pub fn unwrap(payload: &Element) -> Option<Copied> {
    let (way, forwarded) = if payload.is("received", ns::CARBONS) {
        (Way::Received, Received::try_from(payload.clone()).ok()?.forwarded)
    } else {
        (Way::Sent, Sent::try_from(payload.clone()).ok()?.forwarded)
    };
    Some(Copied { way, delay: forwarded.delay, message: forwarded.message })
}
