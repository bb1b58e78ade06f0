//! XMPP ping (XEP-0199): the request, and the acknowledgement of last resort.
//!
//! A server handles what one client sends in order (RFC 6120 §10.1), so any answer to a ping, even an error, says that it
//! has got everything that we sent before.

use super::iq::Request;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::ping::Ping;

/// A ping.
#[must_use]
pub fn request() -> Request {
    Request::Get(Ping.into())
}

/// Whether `payload` is a ping.
#[must_use]
pub fn is_ping(payload: &Element) -> bool {
    payload.is("ping", ns::PING)
}
