//! The Contact that we register, and what the registrar says of it (RFC 3261 §10.2.1 and §10.2.4, RFC 5626 §4.2.1).
#![deny(clippy::indexing_slicing)]

use super::interface::Device;
use crate::machine::Chance;
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Contacts, NameAddr, Response, Uri, Via};
use std::net::SocketAddr;

/// No binding is taken for longer than a day, whatever the registrar grants.
pub const LONGEST: u32 = 24 * 60 * 60;

/// A user part that only this flow of this process has: it tells our binding from those of our other devices, and nobody
/// who has not seen it can call us past the proxy.
#[must_use]
pub fn fresh_user(chance: &mut Chance) -> String {
    chance.hex(8)
}

/// Where we can be reached by `flow`, seen from outside at `public`.
#[must_use]
pub fn uri(user: &str, flow: &Flow, public: SocketAddr) -> Uri {
    let mut uri = Uri::sip(Some(user), &public.ip().to_string());
    uri.port = Some(public.port());
    if flow.transport != Transport::Udp {
        uri.set_param("transport", Some(flow.transport.uri_token()));
    }
    uri
}

/// The Contact value that asks for a binding, or for its end where `expires` is zero.
#[must_use]
pub fn value(uri: &Uri, instance: &str, device: Option<&Device>, outbound: bool, expires: u32) -> NameAddr {
    let mut contact = NameAddr::new(uri.clone());
    contact.params.set_quoted("+sip.instance", &format!("<{instance}>"));
    if let Some(Device { name, model, .. }) = device {
        contact.params.set_quoted("+u.sip!devicename.ccm.cisco.com", name);
        contact.params.set_quoted("+u.sip!model.ccm.cisco.com", &model.to_string());
    }
    if outbound {
        contact.params.set("reg-id", Some("1"));
    }
    contact.params.set("expires", Some(&expires.to_string()));
    contact
}

/// For how many seconds the registrar grants us our binding: the `expires` of our own Contact, else the Expires header,
/// else what we asked for. `None` when it lists other bindings and not ours, or ends ours.
///
/// Ours is known by its user part too, because gateways on the way rewrite the host.
#[must_use]
pub fn granted(response: &Response, contact: &Uri, asked: u32) -> Option<u32> {
    let general = response.headers.expires().ok().flatten().unwrap_or(asked);
    let seconds = match response.headers.contacts() {
        Ok(Contacts::List(list)) if !list.is_empty() => {
            let same = list.iter().find(|listed| listed.uri.equivalent(contact));
            let ours = same.or_else(|| list.iter().find(|listed| listed.uri.user == contact.user))?;
            ours.params.get("expires").flatten().and_then(|value| value.parse().ok()).unwrap_or(general)
        }
        _ => general,
    };
    (seconds > 0).then_some(seconds.min(LONGEST))
}

/// Our address as the registrar sees it: what it wrote into our Via (RFC 3261 §18.2.1, RFC 3581). `None` where it wrote nothing.
#[must_use]
pub fn seen_from_outside(via: &Via, local: SocketAddr) -> Option<SocketAddr> {
    let port = via.rport().flatten().filter(|port| *port != 0);
    match (via.received(), port) {
        (None, None) => None,
        (address, port) => Some(SocketAddr::new(address.unwrap_or(local.ip()), port.unwrap_or(local.port()))),
    }
}
