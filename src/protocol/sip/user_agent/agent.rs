//! The user agent: joins flows, transactions, registration and calls, and says who hears what.

use super::arrivals::Arrivals;
use super::binding::Binding;
use super::config::Config;
use super::credentials::Keys;
use super::failure::Failure;
use super::flows::{self, Flows};
use super::input::{Input, SessionId};
use super::output::Output;
use super::parcel::{Sent, Waiting};
use super::wire::{Heard, Wire};
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::dns;
use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::message::{NameAddr, Uri};
use crate::protocol::sip::registration;
use crate::protocol::sip::session::{self, Session};
use crate::protocol::sip::transaction::{self, ClientKey, Layer, Timers};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

/// One account's SIP side.
#[derive(Debug)]
pub struct UserAgent {
    pub(super) config: Config,
    pub(super) chance: Chance,
    pub(super) flows: Flows,
    pub(super) wire: Wire,
    pub(super) layer: Layer,
    pub(super) credentials: Keys,
    pub(super) binding: Binding,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// The next incoming call.
    pub(super) next_session: u64,
    pub(super) next_key: u64,
    pub(super) sent: BTreeMap<ClientKey, Sent>,
    pub(super) waiting: Vec<Waiting>,
    /// Requests of calls that wait for the password.
    pub(super) locked: Vec<(SessionId, session::Ask)>,
    /// Servers that take no streams, as far as we know.
    pub(super) no_stream: BTreeSet<SocketAddr>,
    pub(super) arrivals: Arrivals,
    /// Where calls were told that we are.
    pub(super) said_contact: Option<NameAddr>,
    pub(super) outputs: VecDeque<Output>,
}

impl UserAgent {
    /// With nothing open, and nothing wanted.
    #[must_use]
    pub fn new(config: Config, mut chance: Chance) -> UserAgent {
        let domain = Uri { user: None, password: None, headers: String::new(), ..config.address.clone() };
        let servers = if config.proxies.is_empty() { vec![domain] } else { config.proxies.clone() };
        let user = config.digest_user.clone().or_else(|| config.address.user_text()).unwrap_or_default();
        UserAgent {
            flows: Flows::new(servers, config.allow_cleartext, config.first_flow, chance.fork()),
            wire: Wire::default(),
            layer: Layer::new(Timers::default(), chance.fork()),
            credentials: Keys::new(user),
            binding: Binding::new(&config, chance.fork()),
            sessions: BTreeMap::new(),
            next_session: 1,
            next_key: 1,
            sent: BTreeMap::new(),
            waiting: Vec::new(),
            locked: Vec::new(),
            no_stream: BTreeSet::new(),
            arrivals: Arrivals::default(),
            said_contact: None,
            outputs: VecDeque::new(),
            config,
            chance,
        }
    }

    pub(super) fn say(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn ask_dns(&mut self, question: dns::Question) {
        self.say(Output::Resolve(question));
    }

    fn receive(&mut self, now: Moment, id: FlowId, from: SocketAddr, bytes: &[u8]) {
        let Some(flow) = self.flows.open(id) else { return };
        for heard in self.wire.receive(&flow, bytes) {
            // What came before is dealt with first, even if the stream ends here.
            self.settle(now);
            match heard {
                Heard::Message(message) if !self.admits(&flow, from, &message) => {}
                Heard::Message(message) => {
                    self.layer.handle(now, transaction::Input::Received { flow, from, message: *message });
                }
                Heard::Ping => self.say(Output::Send { flow: id, to: flow.remote, bytes: b"\r\n".to_vec() }),
                Heard::Pong => self.binding.registration.handle(now, registration::Input::Pong { flow: id }),
                Heard::Lost => {
                    self.say(Output::Close { flow: id });
                    self.closed(now, id, "the server broke the protocol: where its next message begins cannot be told");
                }
            }
        }
    }

    fn closed(&mut self, now: Moment, id: FlowId, why: &str) {
        self.wire.forget(id);
        self.flows.closed(now, id, why);
        self.layer.handle(now, transaction::Input::FlowFailed { flow: id });
        self.binding.lost = Some(Failure::Unreachable(why.to_owned()));
        self.binding_flow_down(now, id);
    }

    /// Everything that the parts have to say is heard, until all are silent.
    fn settle(&mut self, now: Moment) {
        loop {
            if let Some(event) = self.flows.poll() {
                self.hear_flows(now, event);
            } else if let Some(output) = self.layer.poll() {
                self.hear_layer(now, output);
            } else if let Some(output) = self.binding.registration.poll() {
                self.hear_binding(now, output);
            } else if let Some((id, output)) = self.next_of_sessions() {
                self.hear_session(now, id, output);
            } else if !self.rest(now) {
                break;
            }
        }
        self.sessions.retain(|_, session| !session.is_gone());
    }

    fn hear_flows(&mut self, now: Moment, event: flows::Event) {
        match event {
            flows::Event::Open(flow, target) => {
                let (transport, remote, host) = (target.transport, target.address, target.host);
                self.say(Output::Open { flow, transport, remote, host });
            }
            flows::Event::Close(flow) => {
                self.wire.forget(flow);
                self.layer.handle(now, transaction::Input::FlowFailed { flow });
                self.binding_flow_down(now, flow);
                self.say(Output::Close { flow });
            }
            flows::Event::Resolve(question) => self.ask_dns(question),
            flows::Event::KeepAlive(flow, to) => self.keep_alive(flow, to),
            flows::Event::Up(flow) => {
                self.say(Output::Ready { local: flow.local, encrypted: flow.transport.is_encrypted() });
                self.binding_flow_up(now, flow);
                self.server_is_up(now);
                if !self.binding.wanted {
                    self.move_calls(now);
                }
            }
            flows::Event::Down(why, retry_in) => {
                self.server_lost(now, why, retry_in, false);
            }
            flows::Event::Impossible(why) => {
                self.server_lost(now, why, None, true);
            }
            flows::Event::SideUp(flow) => self.side_is_up(now, &flow),
            flows::Event::SideDown(flow) => self.side_is_down(now, flow),
        }
    }
}

impl Machine for UserAgent {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Connect => self.flows.want(now),
            Input::Password(password) => {
                self.credentials.learn(password.clone());
                self.binding.registration.handle(now, registration::Input::Password(password));
                self.unlock(now, true);
            }
            Input::NoPassword => {
                self.credentials.give_up();
                self.binding.registration.handle(now, registration::Input::NoPassword);
                self.unlock(now, false);
            }
            Input::Register => self.register(now),
            Input::Unregister => self.unregister(now),
            Input::Opened(flow) => self.flows.opened(now, flow),
            Input::Closed { flow, why } => self.closed(now, flow, &why),
            Input::Received { flow, from, bytes } => self.receive(now, flow, from, &bytes),
            Input::Resolved(question, answer) => {
                self.flows.resolved(now, &question, &answer);
                self.lookups_resolved(now, &question, &answer);
            }
            Input::Invite { session, target, offer } => self.invite(now, session, &target, offer),
            Input::Ring { session } => self.tell_session(now, session, session::Input::Ring),
            Input::Accept { session, body } => self.tell_session(now, session, session::Input::Accept(body)),
            Input::Reject { session, status } => self.tell_session(now, session, session::Input::Reject(status)),
            Input::End { session } => self.tell_session(now, session, session::Input::End),
            Input::Offer { session, body } => self.tell_session(now, session, session::Input::Offer(body)),
            Input::Answer { session, body } => self.tell_session(now, session, session::Input::Answer(body)),
            Input::RefuseOffer { session, status } => {
                self.tell_session(now, session, session::Input::RefuseOffer(status));
            }
            Input::NetworkChanged => self.flows.reopen(now),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.flows.expire(now);
        self.layer.expire(now);
        self.binding.registration.expire(now);
        for session in self.sessions.values_mut() {
            session.expire(now);
        }
        self.expire_waiting(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let waiting = self.waiting_until().map(|at| Wake { at, why: "a request waits for its flow" });
        let sessions = self.sessions.values().filter_map(Machine::wake).min();
        let refusal = self.refusal_until().map(|at| Wake { at, why: "a refusal is not acknowledged" });
        let parts = [refusal, self.flows.wake(), self.layer.wake(), self.binding.registration.wake(), sessions, waiting];
        parts.into_iter().fold(None, Wake::sooner)
    }
}
