//! Who may speak to us by a datagram. Anybody can send one to our port, and scanners call every address that there is: what
//! is not from our server, and does not know what only our server and our calls know, is dropped and learns nothing.
//!
//! Streams are opened by us, to our server: whatever comes by one may speak.
#![deny(clippy::indexing_slicing)]

use super::agent::UserAgent;
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Message, Request};
use std::net::SocketAddr;

impl UserAgent {
    /// Whether a message that came by `flow` is looked at. Responses find their request, or nobody.
    pub(super) fn admits(&self, flow: &Flow, from: SocketAddr, message: &Message) -> bool {
        let Message::Request(request) = message else { return true };
        flow.transport.is_reliable()
            || self.flows.is_server(from.ip())
            || self.has_our_contact(request)
            || self.session_of(&request.headers, true).is_some()
    }

    /// Whether an INVITE that came by `flow` is for us (RFC 3261 §8.2.2.1). By a datagram it must name the user part of our
    /// Contact, as whoever has it from the registrar does; our server itself may also name our address of record.
    pub(super) fn is_called(&self, flow: &Flow, from: SocketAddr, request: &Request) -> bool {
        let user = request.uri.user_text();
        let names = |known: Option<String>| user.is_some() && user == known;
        let device = || self.config.device.as_ref().map(|device| device.contact.clone());
        flow.transport.is_reliable()
            || self.has_our_contact(request)
            || (flow.transport, flow.remote) == (Transport::Udp, from)
                && (names(self.config.address.user_text()) || names(device()))
    }

    /// It names the user part of our Contact, which is drawn for each flow and cannot be guessed. That of a device is no
    /// secret.
    fn has_our_contact(&self, request: &Request) -> bool {
        let contact = self.contact().filter(|_| self.config.device.is_none());
        contact.is_some_and(|contact| contact.uri.user.is_some() && contact.uri.user == request.uri.user)
    }
}
