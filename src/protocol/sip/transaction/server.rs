//! The server transactions: the requests that came, each with its diagram (RFC 3261 §17.2), and CANCEL (§9.2).
//!
//! It refuses to know requests that we sent.
#![deny(clippy::indexing_slicing)]

use super::interface::{Output, ServerKey};
use super::invite_server::{self, InviteServer};
use super::matching::ServerMatch;
use super::non_invite_server::NonInviteServer;
use super::timers::Timers;
use super::via;
use crate::machine::{Chance, Moment, Wake};
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::{Method, Request, Response};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// No more requests of others are under way at one time; what comes beyond is answered 503 and forgotten.
pub const MOST: usize = 1024;

/// All that are alive.
#[derive(Debug)]
pub struct Servers {
    timers: Timers,
    live: BTreeMap<ServerMatch, Server>,
    named: BTreeMap<ServerKey, ServerMatch>,
    next: u64,
}

#[derive(Debug)]
struct Server {
    /// None for a CANCEL: it is answered here.
    key: Option<ServerKey>,
    flow: Flow,
    to: SocketAddr,
    /// The last response.
    last: Option<Vec<u8>>,
    /// The To tag of the responses, once there is one.
    tag: Option<String>,
    diagram: Diagram,
}

#[derive(Debug)]
enum Diagram {
    Invite { state: InviteServer, trying: Vec<u8> },
    NonInvite(NonInviteServer),
}

impl Servers {
    /// None yet.
    #[must_use]
    pub fn new(timers: Timers) -> Servers {
        Servers { timers, live: BTreeMap::new(), named: BTreeMap::new(), next: 0 }
    }

    /// How many are alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether none is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Whether a refusal of ours is still being repeated, because nobody has acknowledged it.
    #[must_use]
    pub fn is_refusing(&self) -> bool {
        let refusing = |server: &Server| {
            matches!(server.diagram, Diagram::Invite { state: InviteServer::Completed { resend: Some(_), .. }, .. })
        };
        self.live.values().any(refusing)
    }

    /// A request came.
    pub fn hear(
        &mut self,
        now: Moment,
        flow: Flow,
        from: SocketAddr,
        mut request: Request,
        chance: &mut Chance,
        out: &mut VecDeque<Output>,
    ) {
        let id = ServerMatch::of(&request);
        let cancelled = ServerMatch::of_cancelled_invite(&request);
        // Without a Via that can be read nobody can be answered.
        if via::note_source(&mut request, from).is_err() {
            return;
        }
        let Some(id) = id.filter(|_| request.check().is_ok()) else {
            return refuse(400, flow, from, &request, chance, out);
        };
        let full = self.live.len() >= MOST;
        match (request.method.clone(), self.live.get_mut(&id)) {
            (Method::Ack, server) => {
                let up = server.is_none_or(|server| server.hear_ack(now, &self.timers));
                if up {
                    out.push_back(Output::Ack { flow, from, request });
                }
                self.forget_if_over(&id);
            }
            (_, Some(server)) => server.hear_again(out),
            (_, None) if full => refuse(503, flow, from, &request, chance, out),
            (Method::Cancel, None) => self.cancel(now, (flow, from), id, cancelled, &request, chance, out),
            (_, None) => {
                let key = ServerKey(self.next);
                self.next += 1;
                self.begin(now, Some(key), (flow, from), id, &request);
                out.push_back(Output::Request { key, flow, from, request });
            }
        }
    }

    fn begin(
        &mut self,
        now: Moment,
        key: Option<ServerKey>,
        (flow, from): (Flow, SocketAddr),
        id: ServerMatch,
        request: &Request,
    ) {
        let diagram = if request.method == Method::Invite {
            let trying = Response::to(request, 100, None).write();
            Diagram::Invite { state: InviteServer::received(now), trying }
        } else {
            Diagram::NonInvite(NonInviteServer::received(now, &self.timers))
        };
        let to = via::way_back(request, &flow, from);
        self.named.extend(key.map(|key| (key, id.clone())));
        self.live.insert(id, Server { key, flow, to, last: None, tag: None, diagram });
    }

    /// A CANCEL is answered here, with the tag of the INVITE's responses where there is one (RFC 3261 §9.2).
    #[allow(clippy::too_many_arguments, reason = "a CANCEL concerns two transactions at once")]
    fn cancel(
        &mut self,
        now: Moment,
        way: (Flow, SocketAddr),
        id: ServerMatch,
        invite: Option<ServerMatch>,
        request: &Request,
        chance: &mut Chance,
        out: &mut VecDeque<Output>,
    ) {
        let invite = invite.and_then(|invite| self.live.get(&invite));
        let status = if invite.is_some() { 200 } else { 481 };
        let tag = invite.and_then(|invite| invite.tag.clone()).unwrap_or_else(|| chance.hex(8));
        let cancelled = invite.filter(|invite| invite.is_proceeding()).and_then(|invite| invite.key);
        self.begin(now, None, way, id.clone(), request);
        self.answer(now, &id, &Response::to(request, status, Some(&tag)), out);
        out.extend(cancelled.map(|key| Output::Cancelled { key }));
    }

    /// The user answers.
    pub fn respond(&mut self, now: Moment, key: ServerKey, response: &Response, out: &mut VecDeque<Output>) {
        if let Some(id) = self.named.get(&key).cloned() {
            self.answer(now, &id, response, out);
        }
    }

    fn answer(&mut self, now: Moment, id: &ServerMatch, response: &Response, out: &mut VecDeque<Output>) {
        if let Some(server) = self.live.get_mut(id) {
            server.respond(now, &self.timers, response, out);
        }
        self.forget_if_over(id);
    }

    /// A flow is gone: nobody can be answered by it any more.
    pub fn flow_failed(&mut self, flow: FlowId) {
        self.live.retain(|_, server| server.flow.id != flow);
        self.named.retain(|_, id| self.live.contains_key(id));
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment, out: &mut VecDeque<Output>) {
        let due = |server: &Server| server.wake().is_some_and(|wake| wake.at <= now);
        let due: Vec<ServerMatch> = self.live.iter().filter(|(_, server)| due(server)).map(|(id, _)| id.clone()).collect();
        for id in due {
            if let Some(server) = self.live.get_mut(&id) {
                server.expire(now, &self.timers, out);
            }
            self.forget_if_over(&id);
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        self.live.values().filter_map(Server::wake).min()
    }

    fn forget_if_over(&mut self, id: &ServerMatch) {
        if self.live.get(id).is_some_and(Server::is_over)
            && let Some(key) = self.live.remove(id).and_then(|server| server.key)
        {
            self.named.remove(&key);
        }
    }
}

impl Server {
    fn send(&self, bytes: Vec<u8>, out: &mut VecDeque<Output>) {
        out.push_back(Output::Send { flow: self.flow.id, to: self.to, bytes });
    }

    fn send_again(&self, out: &mut VecDeque<Output>) {
        if let Some(last) = &self.last {
            self.send(last.clone(), out);
        }
    }

    fn hear_again(&self, out: &mut VecDeque<Output>) {
        let again = match &self.diagram {
            Diagram::Invite { state, .. } => state.hear_again() == invite_server::Heard::Resend,
            Diagram::NonInvite(state) => state.hear_again(),
        };
        if again {
            self.send_again(out);
        }
    }

    /// Answers whether the ACK goes up.
    fn hear_ack(&mut self, now: Moment, timers: &Timers) -> bool {
        let reliable = self.flow.transport.is_reliable();
        match &mut self.diagram {
            Diagram::Invite { state, .. } => state.hear_ack(now, timers, reliable) == invite_server::Heard::Tell,
            Diagram::NonInvite(_) => false,
        }
    }

    fn respond(&mut self, now: Moment, timers: &Timers, response: &Response, out: &mut VecDeque<Output>) {
        let reliable = self.flow.transport.is_reliable();
        let goes_out = match &mut self.diagram {
            Diagram::Invite { state, .. } => state.respond(now, response.status, timers, reliable),
            Diagram::NonInvite(state) => state.respond(now, response.status, timers, reliable),
        };
        if goes_out {
            let tag = response.headers.to().ok().and_then(|to| to.tag().map(str::to_owned));
            self.tag = tag.or(self.tag.take());
            let bytes = response.write();
            self.last = Some(bytes.clone());
            self.send(bytes, out);
        }
    }

    fn expire(&mut self, now: Moment, timers: &Timers, out: &mut VecDeque<Output>) {
        match &mut self.diagram {
            Diagram::Invite { state, trying } => match state.expire(now, timers) {
                invite_server::Expired::Nothing => {}
                invite_server::Expired::Trying => {
                    self.last = Some(std::mem::take(trying));
                    self.send_again(out);
                }
                invite_server::Expired::Resend => self.send_again(out),
                invite_server::Expired::Unacknowledged => out.extend(self.key.map(|key| Output::Unacknowledged { key })),
            },
            Diagram::NonInvite(state) => state.expire(now),
        }
    }

    fn wake(&self) -> Option<Wake> {
        match &self.diagram {
            Diagram::Invite { state, .. } => state.wake(),
            Diagram::NonInvite(state) => state.wake(),
        }
    }

    fn is_proceeding(&self) -> bool {
        matches!(self.diagram, Diagram::Invite { state: InviteServer::Proceeding { .. }, .. })
    }

    fn is_over(&self) -> bool {
        matches!(
            self.diagram,
            Diagram::Invite { state: InviteServer::Terminated, .. } | Diagram::NonInvite(NonInviteServer::Terminated)
        )
    }
}

/// Answers without remembering anything. An ACK is never answered.
fn refuse(status: u16, flow: Flow, from: SocketAddr, request: &Request, chance: &mut Chance, out: &mut VecDeque<Output>) {
    if request.method != Method::Ack {
        let to = via::way_back(request, &flow, from);
        let bytes = Response::to(request, status, Some(&chance.hex(8))).write();
        out.push_back(Output::Send { flow: flow.id, to, bytes });
    }
}
