//! The header fields that CUCM puts on what it sends, which depend on the leg and not on the call.

use super::bindings;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{Method, NameAddr, Request, Response, Uri};

/// What devices are told that we take.
const ALLOW: &str = "INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY";

/// `number` at our end of `flow`.
pub(super) fn contact(number: &str, flow: &Flow) -> NameAddr {
    let mut uri = Uri::sip(Some(number), &host(flow));
    uri.port = Some(flow.local.port());
    uri.set_param("transport", Some(flow.transport.uri_token()));
    NameAddr::new(uri)
}

/// Our own address on `flow`, as it stands in a URI.
fn host(flow: &Flow) -> String {
    match flow.local.ip() {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Makes a request of the leg of `number` ready to go out. `party` is who is at the other end.
pub(super) fn request(flow: &Flow, number: &str, party: Option<&NameAddr>, request: &mut Request) {
    if matches!(request.method, Method::Invite | Method::Update) {
        request.headers.set("Contact", contact(number, flow));
        request.headers.set("Allow", ALLOW);
        request.headers.set("Supported", "timer,replaces,X-cisco-srtp-fallback");
        request.headers.set("Allow-Events", "kpml,dialog");
        if let Some(party) = party {
            request.headers.set("Remote-Party-ID", format!("{party};party=calling;screen=yes;privacy=off"));
        }
    }
    request.headers.set("User-Agent", "Cisco-CUCM12.5");
}

/// Makes a response of the leg of `number` ready to go out.
pub(super) fn response(flow: &Flow, number: &str, response: &mut Response) {
    let method = response.headers.cseq().map(|cseq| cseq.method);
    bindings::dress(response);
    if let (Ok(Method::Invite | Method::Update), 101..300) = (method, response.status) {
        response.headers.set("Contact", contact(number, flow));
        response.headers.set("Allow", ALLOW);
        response.headers.set("Supported", "timer,replaces,X-cisco-srtp-fallback");
        response.headers.set("Allow-Events", "kpml,dialog");
    }
}
