//! The transaction layer: every message from the wire finds its transaction here, or begins one (RFC 3261 §17, §18).
//!
//! It refuses to know what a request means: dialogs, sessions and registrations stand above.
#![deny(clippy::indexing_slicing)]

use super::client::Clients;
use super::server::Servers;
use super::timers::Timers;
use super::via;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{Message, Method, Request, Response};
use std::collections::VecDeque;

pub use super::interface::{ClientKey, Failure, Input, Output, ServerKey};

/// All transactions of one user agent.
#[derive(Debug)]
pub struct Layer {
    chance: Chance,
    clients: Clients,
    servers: Servers,
    /// What is due next: found anew after everything that happens, because it is asked for far more often.
    wake: Option<Wake>,
    out: VecDeque<Output>,
}

impl Layer {
    /// Without transactions.
    #[must_use]
    pub fn new(timers: Timers, chance: Chance) -> Layer {
        Layer { chance, clients: Clients::new(timers), servers: Servers::new(timers), wake: None, out: VecDeque::new() }
    }

    /// How many transactions are alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Whether none is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a refusal of an INVITE is still being repeated, because nobody has acknowledged it.
    #[must_use]
    pub fn is_refusing(&self) -> bool {
        self.servers.is_refusing()
    }

    /// Puts our Via on top of a request. Answers its branch.
    fn put_via(&mut self, flow: &Flow, request: &mut Request) -> String {
        let branch = via::fresh_branch(&mut self.chance);
        request.headers.push_front("Via", via::ours(flow, &branch));
        branch
    }

    fn hear_response(&mut self, now: Moment, flow: Flow, response: Response) {
        if response.check().is_err() {
            return;
        }
        if let Some(response) = self.clients.hear(now, flow.id, response, &mut self.out) {
            let to_invite = response.headers.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
            if to_invite && (200..300).contains(&response.status) {
                self.out.push_back(Output::Stray { flow, response });
            }
        }
    }
}

impl Machine for Layer {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Received { flow, from, message: Message::Request(request) } => {
                self.servers.hear(now, flow, from, request, &mut self.chance, &mut self.out);
            }
            Input::Received { flow, message: Message::Response(response), .. } => self.hear_response(now, flow, response),
            Input::Request { key, flow, to, mut request } => {
                let branch = self.put_via(&flow, &mut request);
                self.clients.begin(now, Some(key), (flow, to), &branch, request, &mut self.out);
            }
            Input::Respond { key, response } => self.servers.respond(now, key, &response, &mut self.out),
            Input::Acknowledge { flow, to, mut request } => {
                self.put_via(&flow, &mut request);
                self.out.push_back(Output::Send { flow: flow.id, to, bytes: request.write() });
            }
            Input::FlowFailed { flow } => {
                self.clients.flow_failed(flow, &mut self.out);
                self.servers.flow_failed(flow);
            }
            Input::Cancel { key } => self.clients.cancel(now, key, &mut self.out),
        }
        self.wake = Wake::sooner(self.clients.wake(), self.servers.wake());
    }

    fn expire(&mut self, now: Moment) {
        self.clients.expire(now, &mut self.out);
        self.servers.expire(now, &mut self.out);
        self.wake = Wake::sooner(self.clients.wake(), self.servers.wake());
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.wake
    }
}
