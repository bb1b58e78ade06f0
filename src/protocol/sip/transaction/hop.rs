//! Requests that go to the next hop only: the ACK to a refusal (RFC 3261 §17.1.1.3) and CANCEL (§9.1). Both are made
//! from the INVITE as it was sent.
#![deny(clippy::indexing_slicing)]

use crate::protocol::sip::message::{CSeq, Headers, Method, Request, Response};

/// The ACK to a final response other than 2xx: it has the To of the response.
#[must_use]
pub fn ack(invite: &Request, refusal: &Response) -> Option<Request> {
    let to = refusal.headers.get("To")?;
    of_hop(invite, Method::Ack, to)
}

/// The CANCEL for an INVITE.
#[must_use]
pub fn cancel(invite: &Request) -> Option<Request> {
    let to = invite.headers.get("To")?;
    of_hop(invite, Method::Cancel, to)
}

/// Request-URI, top Via, Route, From, Call-ID and the number of CSeq are those of the INVITE.
fn of_hop(invite: &Request, method: Method, to: &str) -> Option<Request> {
    let mut headers = Headers::new();
    headers.push("Via", invite.headers.via().ok()?);
    for route in invite.headers.all("Route") {
        headers.push("Route", route);
    }
    headers.push("Max-Forwards", "70");
    headers.push("From", invite.headers.get("From")?);
    headers.push("To", to);
    headers.push("Call-ID", invite.headers.get("Call-ID")?);
    let number = invite.headers.cseq().ok()?.number;
    headers.push("CSeq", CSeq { number, method: method.clone() });
    Some(Request { method, uri: invite.uri.clone(), headers, body: Vec::new() })
}
