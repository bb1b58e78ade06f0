//! What comes from the transaction layer: requests find their call or are answered here (RFC 3261 §8.2).
#![deny(clippy::indexing_slicing)]

use super::agent::UserAgent;
use super::binding::Leaving;
use super::input::SessionId;
use super::output::Output;
use crate::machine::Moment;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{Method, Request, Response, Scheme};
use crate::protocol::sip::session::capabilities::{
    ACCEPT, options, refuse_method, respond, respond_saying, session_description, unknown_options, unsupported_body,
};
use crate::protocol::sip::session::session_timer::{MIN_SE, is_too_small};
use crate::protocol::sip::session::{self, Session};
use crate::protocol::sip::transaction::{self, ServerKey};
use std::net::SocketAddr;

/// Calls that may be alive at one time.
const MOST_CALLS: usize = 16;

impl UserAgent {
    pub(super) fn hear_layer(&mut self, now: Moment, output: transaction::Output) {
        match output {
            transaction::Output::Send { flow, to, bytes } => self.say(Output::Send { flow, to, bytes }),
            transaction::Output::Request { key, flow, from, request } => {
                self.hear_request(now, key, flow, from, request);
            }
            transaction::Output::Cancelled { key } => {
                for id in self.sessions.keys().copied().collect::<Vec<_>>() {
                    self.tell_session(now, id, session::Input::Cancelled(key));
                }
            }
            transaction::Output::Ack { request, .. } => {
                if let Some(id) = self.session_of(&request.headers, true) {
                    self.tell_session(now, id, session::Input::Ack(request));
                }
            }
            transaction::Output::Response { key, response } => self.hear_response(now, key, response),
            transaction::Output::Stray { response, .. } => self.hear_stray(now, response),
            transaction::Output::Failed { key, why } => self.hear_failure(now, key, why),
            transaction::Output::Unacknowledged { .. } => {}
        }
    }

    fn hear_request(&mut self, now: Moment, key: ServerKey, flow: Flow, from: SocketAddr, request: Request) {
        let tag = self.chance.hex(8);
        let unknown = unknown_options(&request);
        if !unknown.is_empty() {
            let mut response = respond(&request, 420, &tag);
            response.headers.set("Unsupported", unknown.join(", "));
            self.respond(now, key, response);
            return;
        }
        let within = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if within {
            match self.session_of(&request.headers, true) {
                Some(id) => self.tell_session(now, id, session::Input::Request { key, request }),
                None => self.respond(now, key, respond(&request, 481, "")),
            }
            return;
        }
        if self.arrivals.has_come(now, &request) {
            self.respond(now, key, respond(&request, 482, &tag));
            return;
        }
        match request.method {
            Method::Invite if !self.is_called(&flow, from, &request) => self.respond(now, key, not_here(&request, &tag)),
            Method::Invite => self.hear_invite(now, key, request, &tag),
            Method::Options => self.respond(now, key, options(&request, &tag)),
            Method::Notify => self.hear_notify(now, key, flow, from, &request, &tag),
            // They belong to a call, and name none.
            Method::Update | Method::Info => self.respond(now, key, respond(&request, 481, &tag)),
            _ => self.respond(now, key, refuse_method(&request, &tag)),
        }
    }

    /// Somebody calls, and names us.
    fn hear_invite(&mut self, now: Moment, key: ServerKey, request: Request, tag: &str) {
        let alive = self.sessions.values().filter(|session| session.is_alive()).count();
        let encoded = request.headers.get("Content-Encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        let refusal = if matches!(request.uri.scheme, Scheme::Other(_)) {
            Some(not_here(&request, tag))
        } else if encoded {
            let mut response = unsupported_body(&request, tag, ACCEPT);
            response.headers.set("Accept-Encoding", "identity");
            Some(response)
        } else if session_description(request.headers.get("Content-Type"), &request.body).is_err() {
            Some(unsupported_body(&request, tag, "application/sdp"))
        } else if is_too_small(&request) {
            let mut response = respond(&request, 422, tag);
            response.headers.set("Min-SE", MIN_SE.as_secs());
            Some(response)
        } else if alive >= MOST_CALLS || self.binding.leaving != Leaving::No {
            Some(respond_saying(&request, 480, tag, "Temporarily Unavailable"))
        } else {
            None
        };
        if let Some(response) = refusal {
            self.respond(now, key, response);
            return;
        }
        let refused = respond(&request, 400, tag);
        match Session::incoming(now, key, request, self.chance.fork()) {
            Some(session) => {
                let id = SessionId(self.next_session);
                self.next_session += 2;
                self.sessions.insert(id, session);
            }
            None => self.respond(now, key, refused),
        }
    }

    /// Messages wait, if our server says so: nobody else may (RFC 3842 §5.2).
    fn hear_notify(&mut self, now: Moment, key: ServerKey, flow: Flow, from: SocketAddr, request: &Request, tag: &str) {
        let event = request.headers.get("Event").and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        let server = flow.transport.is_reliable() || from == flow.remote;
        if event.eq_ignore_ascii_case("message-summary") && server {
            self.respond(now, key, respond(request, 200, tag));
            self.say(Output::MessageWaiting { body: request.body.clone() });
        } else {
            self.respond(now, key, refuse_method(request, tag));
        }
    }
}

/// The refusal of a call for somebody who is not here: an address that nobody can call, or another user.
fn not_here(request: &Request, tag: &str) -> Response {
    respond(request, if matches!(request.uri.scheme, Scheme::Other(_)) { 416 } else { 404 }, tag)
}
