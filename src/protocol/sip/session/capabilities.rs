//! What we take and what we refuse, in the words of RFC 3261 §20: Allow, Accept, Supported, and the refusals that name them.
#![deny(clippy::indexing_slicing)]

use crate::protocol::sip::message::{Method, Request, Response, reason_phrase};

/// Methods that we take (RFC 3261 §20.5).
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY";

/// Bodies that we take (RFC 3261 §20.1).
pub const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/simple-message-summary";

/// Extensions that we know (RFC 3261 §20.37). Not 100rel: our early media asks for no reliability.
pub const SUPPORTED: &str = "timer";

/// The one kind of session description.
pub const SDP: &str = "application/sdp";

/// `status` for `request`, with its registered reason.
#[must_use]
pub fn respond(request: &Request, status: u16, tag: &str) -> Response {
    Response::to(request, status, Some(tag).filter(|tag| !tag.is_empty()))
}

/// `status` with words of our own.
#[must_use]
pub fn respond_saying(request: &Request, status: u16, tag: &str, reason: &str) -> Response {
    let mut response = respond(request, status, tag);
    response.reason = reason.to_owned();
    response
}

/// 500 to a request that comes at a bad time, to be tried again `after` seconds (RFC 3261 §14.2).
#[must_use]
pub fn retry_later(request: &Request, tag: &str, after: u64) -> Response {
    let mut response = respond(request, 500, tag);
    response.headers.set("Retry-After", after);
    response
}

/// 200 to OPTIONS (RFC 3261 §11.2).
#[must_use]
pub fn options(request: &Request, tag: &str) -> Response {
    let mut response = respond(request, 200, tag);
    response.headers.set("Allow", ALLOW);
    response.headers.set("Accept", ACCEPT);
    response.headers.set("Accept-Encoding", "identity");
    response.headers.set("Accept-Language", "en");
    response.headers.set("Supported", SUPPORTED);
    response
}

/// 415: a body that we cannot read (RFC 3261 §8.2.3).
#[must_use]
pub fn unsupported_body(request: &Request, tag: &str, accept: &str) -> Response {
    let mut response = respond(request, 415, tag);
    response.headers.set("Accept", accept);
    response
}

/// The refusal of a method that we take nowhere.
#[must_use]
pub fn refuse_method(request: &Request, tag: &str) -> Response {
    match request.method {
        Method::Refer => respond_saying(request, 603, tag, "Transfers Are Not Accepted"),
        // RFC 6665 §4.2.1.1: there is no event package that we serve.
        Method::Subscribe => {
            let mut response = respond_saying(request, 489, tag, "Bad Event");
            response.headers.set("Allow-Events", "message-summary");
            response
        }
        // Neither has a transaction or a dialog here that it could be about.
        Method::Prack | Method::Notify | Method::Bye | Method::Cancel => respond(request, 481, tag),
        Method::Other(_) => not_allowed(request, 501, tag),
        _ => not_allowed(request, 405, tag),
    }
}

fn not_allowed(request: &Request, status: u16, tag: &str) -> Response {
    let mut response = respond_saying(request, status, tag, &reason_phrase(status));
    response.headers.set("Allow", ALLOW);
    response
}

/// The options of Require that we do not know (RFC 3261 §8.2.2.3).
#[must_use]
pub fn unknown_options(request: &Request) -> Vec<String> {
    request
        .headers
        .require()
        .into_iter()
        .filter(|option| !SUPPORTED.split(", ").any(|known| known == *option))
        .map(str::to_owned)
        .collect()
}

/// The session description in a message: `Ok(None)` without a body, `Err` when the body is something else.
///
/// # Errors
/// When the body is not `application/sdp`.
pub fn session_description(content_type: Option<&str>, body: &[u8]) -> Result<Option<Vec<u8>>, NotSdp> {
    if body.is_empty() {
        return Ok(None);
    }
    let kind = content_type.and_then(|value| value.split(';').next()).unwrap_or(SDP).trim();
    if kind.eq_ignore_ascii_case(SDP) { Ok(Some(body.to_vec())) } else { Err(NotSdp) }
}

/// A body that is no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not application/sdp")]
pub struct NotSdp;
