//! The client transactions: the requests that we sent, each with its diagram (RFC 3261 §17.1).
//!
//! It refuses to know requests that come in.
#![deny(clippy::indexing_slicing)]

use super::hop;
use super::interface::{ClientKey, Failure, Output};
use super::invite_client::{self, InviteClient};
use super::matching::ClientMatch;
use super::non_invite_client::{self, NonInviteClient};
use super::timers::Timers;
use crate::machine::{Moment, Wake};
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::{Method, Request, Response};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// No more requests of ours are under way at one time.
pub const MOST: usize = 1024;

/// All that are alive.
#[derive(Debug)]
pub struct Clients {
    timers: Timers,
    live: BTreeMap<ClientMatch, Client>,
    named: BTreeMap<ClientKey, ClientMatch>,
}

#[derive(Debug)]
struct Client {
    /// None for a CANCEL: nobody waits for its end.
    key: Option<ClientKey>,
    flow: Flow,
    to: SocketAddr,
    bytes: Vec<u8>,
    diagram: Diagram,
}

#[derive(Debug)]
enum Diagram {
    Invite { state: InviteClient, request: Request, cancel: Cancel },
    NonInvite(NonInviteClient),
}

/// The CANCEL of an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    Unwanted,
    /// Held back until a 1xx comes.
    Wanted,
    Sent,
}

impl Clients {
    /// None yet.
    #[must_use]
    pub fn new(timers: Timers) -> Clients {
        Clients { timers, live: BTreeMap::new(), named: BTreeMap::new() }
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

    /// Sends `request`, whose top Via is ours with this branch.
    pub fn begin(
        &mut self,
        now: Moment,
        key: Option<ClientKey>,
        way: (Flow, SocketAddr),
        branch: &str,
        request: Request,
        out: &mut VecDeque<Output>,
    ) {
        let (flow, to) = way;
        if self.live.len() >= MOST {
            out.extend(key.map(|key| Output::Failed { key, why: Failure::Transport }));
            return;
        }
        let id = ClientMatch { branch: branch.to_owned(), method: request.method.as_str().to_owned() };
        let bytes = request.write();
        let reliable = flow.transport.is_reliable();
        let diagram = if request.method == Method::Invite {
            Diagram::Invite { state: InviteClient::sent(now, &self.timers, reliable), request, cancel: Cancel::Unwanted }
        } else {
            Diagram::NonInvite(NonInviteClient::sent(now, &self.timers, reliable))
        };
        out.push_back(Output::Send { flow: flow.id, to, bytes: bytes.clone() });
        self.named.extend(key.map(|key| (key, id.clone())));
        self.live.insert(id, Client { key, flow, to, bytes, diagram });
    }

    /// A response came by `flow`. Answers it back when it belongs to none of ours.
    pub fn hear(&mut self, now: Moment, flow: FlowId, response: Response, out: &mut VecDeque<Output>) -> Option<Response> {
        let known = ClientMatch::of(&response).and_then(|id| {
            // What comes by another flow than its request went is not the server that we asked.
            let client = self.live.get_mut(&id).filter(|client| client.flow.id == flow)?;
            Some((id, client))
        });
        let Some((id, client)) = known else { return Some(response) };
        client.hear(now, &self.timers, response, out);
        self.cancel_if_wanted(now, &id, out);
        self.forget_if_over(&id);
        None
    }

    /// The INVITE is no longer wanted.
    pub fn cancel(&mut self, now: Moment, key: ClientKey, out: &mut VecDeque<Output>) {
        let Some(id) = self.named.get(&key).cloned() else { return };
        if let Some(Client { diagram: Diagram::Invite { cancel: cancel @ Cancel::Unwanted, .. }, .. }) = self.live.get_mut(&id)
        {
            *cancel = Cancel::Wanted;
            self.cancel_if_wanted(now, &id, out);
        }
    }

    /// Sends the CANCEL that is wanted, if a 1xx has come and no final response (RFC 3261 §9.1).
    fn cancel_if_wanted(&mut self, now: Moment, id: &ClientMatch, out: &mut VecDeque<Output>) {
        let Some(client) = self.live.get_mut(id) else { return };
        let Diagram::Invite { state: state @ InviteClient::Proceeding { .. }, request, cancel: cancel @ Cancel::Wanted } =
            &mut client.diagram
        else {
            return;
        };
        *cancel = Cancel::Sent;
        state.cancelled(now, &self.timers);
        let way = (client.flow, client.to);
        if let Some(cancel) = hop::cancel(request) {
            self.begin(now, None, way, &id.branch, cancel, out);
        }
    }

    /// A flow is gone, and with it whatever was sent by it.
    pub fn flow_failed(&mut self, flow: FlowId, out: &mut VecDeque<Output>) {
        let gone: Vec<ClientMatch> = self.ids(|client| client.flow.id == flow);
        for id in gone {
            let Some(client) = self.live.remove(&id) else { continue };
            let Some(key) = client.key else { continue };
            self.named.remove(&key);
            if client.is_unanswered() {
                out.push_back(Output::Failed { key, why: Failure::Transport });
            }
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment, out: &mut VecDeque<Output>) {
        for id in self.ids(|client| client.wake().is_some_and(|wake| wake.at <= now)) {
            if let Some(client) = self.live.get_mut(&id) {
                client.expire(now, &self.timers, out);
            }
            self.forget_if_over(&id);
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        self.live.values().filter_map(Client::wake).min()
    }

    fn ids(&self, which: impl Fn(&Client) -> bool) -> Vec<ClientMatch> {
        self.live.iter().filter(|(_, client)| which(client)).map(|(id, _)| id.clone()).collect()
    }

    fn forget_if_over(&mut self, id: &ClientMatch) {
        if self.live.get(id).is_some_and(Client::is_over)
            && let Some(key) = self.live.remove(id).and_then(|client| client.key)
        {
            self.named.remove(&key);
        }
    }
}

impl Client {
    fn hear(&mut self, now: Moment, timers: &Timers, response: Response, out: &mut VecDeque<Output>) {
        let reliable = self.flow.transport.is_reliable();
        let tell = match &mut self.diagram {
            Diagram::Invite { state, request, .. } => match state.hear(now, response.status, timers, reliable) {
                invite_client::Heard::Nothing => false,
                invite_client::Heard::Tell => true,
                heard @ (invite_client::Heard::Acknowledge | invite_client::Heard::AcknowledgeAndTell) => {
                    if let Some(ack) = hop::ack(request, &response) {
                        out.push_back(Output::Send { flow: self.flow.id, to: self.to, bytes: ack.write() });
                    }
                    heard == invite_client::Heard::AcknowledgeAndTell
                }
            },
            Diagram::NonInvite(state) => state.hear(now, response.status, timers, reliable) == non_invite_client::Heard::Tell,
        };
        if let Some(key) = self.key.filter(|_| tell) {
            out.push_back(Output::Response { key, response });
        }
    }

    fn expire(&mut self, now: Moment, timers: &Timers, out: &mut VecDeque<Output>) {
        let (resend, timed_out) = match &mut self.diagram {
            Diagram::Invite { state, .. } => {
                let expired = state.expire(now);
                (expired == invite_client::Expired::Resend, expired == invite_client::Expired::TimedOut)
            }
            Diagram::NonInvite(state) => {
                let expired = state.expire(now, timers);
                (expired == non_invite_client::Expired::Resend, expired == non_invite_client::Expired::TimedOut)
            }
        };
        if resend {
            out.push_back(Output::Send { flow: self.flow.id, to: self.to, bytes: self.bytes.clone() });
        }
        if let Some(key) = self.key.filter(|_| timed_out) {
            out.push_back(Output::Failed { key, why: Failure::Timeout });
        }
    }

    fn wake(&self) -> Option<Wake> {
        match &self.diagram {
            Diagram::Invite { state, .. } => state.wake(),
            Diagram::NonInvite(state) => state.wake(),
        }
    }

    fn is_over(&self) -> bool {
        matches!(
            self.diagram,
            Diagram::Invite { state: InviteClient::Terminated, .. } | Diagram::NonInvite(NonInviteClient::Terminated)
        )
    }

    /// Whether its user has not been told its end.
    fn is_unanswered(&self) -> bool {
        matches!(
            self.diagram,
            Diagram::Invite { state: InviteClient::Calling { .. } | InviteClient::Proceeding { .. }, .. }
                | Diagram::NonInvite(NonInviteClient::Trying { .. } | NonInviteClient::Proceeding { .. })
        )
    }
}
