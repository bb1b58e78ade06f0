//! What becomes of a request: refused, challenged, registered, or sent on (RFC 3261 §16.3 to §16.6).

use super::digest::Verdict;
use super::faults::{Fault, RETRY_AFTER};
use super::fork::Fork;
use super::server::Server;
use crate::machine::{Machine, Moment};
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Method, Request, Response, Uri};
use crate::protocol::sip::transaction::{self, ClientKey, ServerKey};
use std::net::SocketAddr;

/// Where a request goes: its new Request-URI, and the way there.
struct Target {
    uri: Uri,
    way: (Flow, SocketAddr),
}

impl Server {
    /// A request has come, for the first time.
    pub(super) fn request(&mut self, now: Moment, key: ServerKey, (flow, from): (Flow, SocketAddr), mut request: Request) {
        let tag = self.chance.hex(6);
        if self.has(Fault::Unavailable) {
            let mut response = Response::to(&request, 503, Some(&tag));
            response.headers.push("Retry-After", RETRY_AFTER.as_secs());
            return self.respond(now, key, response);
        }
        if let Some(challenge) = self.challenge(now, &request, &tag) {
            return self.respond(now, key, challenge);
        }
        let ours = request.uri.host.to_string().eq_ignore_ascii_case(&self.domain);
        if ours && request.method == Method::Register {
            let response = self.registrar.register(now, &request, (flow.transport, from), &self.settings, &tag);
            return self.respond(now, key, response);
        }
        let came = request.clone();
        self.flows.take_own_routes(&mut request);
        let Some(hops) =
            request.headers.max_forwards().ok().map(|hops| hops.unwrap_or(70)).and_then(|hops| hops.checked_sub(1))
        else {
            return self.respond(now, key, Response::to(&request, 483, Some(&tag)));
        };
        request.headers.set("Max-Forwards", hops);
        let targets = match self.targets(now, &request, ours, &tag) {
            Ok(targets) => targets,
            Err(response) => return self.respond(now, key, response),
        };
        let mut sent = Vec::new();
        for Target { uri, way: (to_flow, to) } in targets {
            let mut copy = request.clone();
            copy.uri = uri;
            if self.settings.record_route {
                self.flows.record(&mut copy, flow.transport, to_flow.transport);
            }
            self.next_branch += 1;
            let branch = ClientKey(self.next_branch);
            self.branches.insert(branch, key);
            sent.push((branch, to_flow, to, copy));
        }
        self.forks.insert(key, Fork::new(now, key, came, sent.iter().map(|(branch, ..)| *branch)));
        for (key, flow, to, request) in sent {
            self.layer.handle(now, transaction::Input::Request { key, flow, to, request });
        }
    }

    /// The challenge, when a request must answer one and does not.
    fn challenge(&mut self, now: Moment, request: &Request, tag: &str) -> Option<Response> {
        let begins = request.headers.to().is_ok_and(|to| to.tag().is_none());
        let (status, asks, answers) = match request.method {
            _ if self.passwords.is_empty() => return None,
            Method::Register => (401, "WWW-Authenticate", "Authorization"),
            Method::Invite if begins => (407, "Proxy-Authenticate", "Proxy-Authorization"),
            _ => return None,
        };
        let password = |user: &str| self.passwords.get(user).cloned();
        let verdict = self.guard.judge(now, request, answers, password, self.settings.nonce_lifetime);
        if verdict == Verdict::Right {
            return None;
        }
        let mut response = Response::to(request, status, Some(tag));
        response.headers.push(asks, self.guard.challenge(now, self.settings.algorithm, verdict == Verdict::Stale));
        Some(response)
    }

    /// To whom a request goes, and by which way; or why to nobody.
    fn targets(&self, now: Moment, request: &Request, ours: bool, tag: &str) -> Result<Vec<Target>, Response> {
        let refuse = |status| Response::to(request, status, Some(tag));
        if let Some(route) = request.headers.routes().ok().and_then(|routes| routes.first().cloned()) {
            let way = self.flows.to_place(&self.registrar, &route.uri).ok_or_else(|| refuse(480))?;
            return Ok(vec![Target { uri: request.uri.clone(), way }]);
        }
        if !ours {
            let way = self.flows.to_place(&self.registrar, &request.uri).ok_or_else(|| refuse(480))?;
            return Ok(vec![Target { uri: request.uri.clone(), way }]);
        }
        let user = request.uri.user_text().unwrap_or_default();
        if let Some(contacts) = self.redirects.get(&user).filter(|_| request.method == Method::Invite) {
            let mut response = refuse(302);
            contacts.iter().for_each(|contact| response.headers.push("Contact", contact));
            return Err(response);
        }
        let bindings = self.registrar.bindings(now, &user).into_iter();
        let ways = bindings.filter_map(|bound| {
            let way = self.flows.leading(bound.transport, bound.source)?;
            Some(Target { uri: bound.contact, way })
        });
        let ways: Vec<_> = ways.collect();
        match (ways.is_empty(), self.passwords.contains_key(&user)) {
            (false, _) => Ok(ways),
            (true, true) => Err(refuse(480)),
            (true, false) => Err(refuse(404)),
        }
    }

    /// The ACK to a 2xx follows its dialog (RFC 3261 §16.6, without a transaction).
    pub(super) fn acknowledge(&mut self, now: Moment, came: Transport, mut request: Request) {
        self.flows.take_own_routes(&mut request);
        if let Ok(targets) = self.targets(now, &request, false, "") {
            for Target { uri, way: (flow, to) } in targets {
                let mut copy = Request { uri, ..request.clone() };
                if self.settings.record_route {
                    self.flows.record(&mut copy, came, flow.transport);
                }
                self.layer.handle(now, transaction::Input::Acknowledge { flow, to, request: copy });
            }
        }
    }
}
