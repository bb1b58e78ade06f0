//! The top Via: put on requests that go out, completed on requests that come in, and followed back by responses
//! (RFC 3261 §18.1.1, §18.2.1, §18.2.2; RFC 3581).
//!
//! `maddr` is not followed: an answer goes to where its request came from, never to a third party that the request names.
#![deny(clippy::indexing_slicing)]

use super::matching::MAGIC_COOKIE;
use crate::machine::Chance;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{Host, Malformed, Request, Via};
use std::net::SocketAddr;

/// A branch that nobody can guess.
#[must_use]
pub fn fresh_branch(chance: &mut Chance) -> String {
    format!("{MAGIC_COOKIE}{}", chance.hex(12))
}

/// Our Via for a request that goes out by `flow`: with `rport`, so that the answer finds its way back through a NAT.
#[must_use]
pub fn ours(flow: &Flow, branch: &str) -> Via {
    let mut via = Via::new(flow.transport.via_token(), Host::from(flow.local.ip()), Some(flow.local.port()));
    via.set_branch(branch);
    via.set_rport(None);
    via
}

/// Notes in the top Via where the request really came from: `received` when the client named another host, or asked with
/// `rport`; then `rport` too.
///
/// # Errors
/// When the top Via is missing or malformed.
pub fn note_source(request: &mut Request, from: SocketAddr) -> Result<(), Malformed> {
    let mut via = request.headers.via()?;
    let asked = via.rport().is_some();
    // What the client may have written there itself counts for nothing.
    via.params.remove("received");
    if asked {
        via.set_rport(Some(from.port()));
    }
    if asked || via.host.address() != Some(from.ip()) {
        via.set_received(from.ip());
    }
    request.headers.replace_top("Via", Some(via.to_string()));
    Ok(())
}

/// Where the responses to a request go that came from `from` by `flow`: back along a stream; for a datagram to the port
/// it came from when the client asked for that, else to the one that it named.
#[must_use]
pub fn way_back(request: &Request, flow: &Flow, from: SocketAddr) -> SocketAddr {
    if flow.transport.is_reliable() {
        return from;
    }
    match request.headers.via() {
        Ok(via) if via.rport().is_none() => SocketAddr::new(from.ip(), via.port.unwrap_or(flow.transport.default_port())),
        _ => from,
    }
}
