//! The server: what comes is heard, judged, answered or sent on.

use super::digest::Guard;
use super::faults::{Fault, LATE};
use super::fork::{Fork, Outcome};
use super::registrar::{Binding, Registrar};
use super::route::Flows;
use super::settings::Settings;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Frame, Framer, Message, Response};
use crate::protocol::sip::transaction::{self, ClientKey, Layer, ServerKey, Timers};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerIn {
    /// A datagram came, or a piece of a stream.
    Received {
        /// How.
        transport: Transport,
        /// From where.
        from: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// The stream from this address is gone.
    Closed(SocketAddr),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerOut {
    /// Send this.
    Send {
        /// How.
        transport: Transport,
        /// To where.
        to: SocketAddr,
        /// A whole message, or a keep-alive.
        bytes: Vec<u8>,
    },
    /// Close the stream from this address.
    Close(SocketAddr),
}

/// A message that came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When.
    pub at: Moment,
    /// How.
    pub transport: Transport,
    /// From where.
    pub from: SocketAddr,
    /// What.
    pub message: Message,
}

/// A server for one domain.
#[derive(Debug)]
pub struct Server {
    /// What a story may change at any time.
    pub settings: Settings,
    pub(super) domain: String,
    pub(super) chance: Chance,
    pub(super) layer: Layer,
    pub(super) flows: Flows,
    framers: BTreeMap<SocketAddr, Framer>,
    pub(super) guard: Guard,
    pub(super) registrar: Registrar,
    pub(super) passwords: BTreeMap<String, String>,
    pub(super) redirects: BTreeMap<String, Vec<String>>,
    faults: BTreeSet<Fault>,
    pub(super) forks: BTreeMap<ServerKey, Fork>,
    pub(super) branches: BTreeMap<ClientKey, ServerKey>,
    pub(super) next_branch: u64,
    heard: Vec<Heard>,
    /// The Vias below ours of the response that is being heard: our transactions are those of a user agent, which drop
    /// a response that is for somebody else too (RFC 3261 §8.1.3.3).
    below: Vec<String>,
    /// What was said, and when it may go.
    said: BTreeMap<(Moment, u64), ServerOut>,
    ready: VecDeque<ServerOut>,
    numbered: u64,
}

impl Server {
    /// A server for `domain`, heard at `here`, without users.
    #[must_use]
    pub fn new(domain: &str, here: SocketAddr, mut chance: Chance) -> Server {
        Server {
            settings: Settings::default(),
            domain: domain.to_owned(),
            layer: Layer::new(Timers::default(), chance.fork()),
            flows: Flows::new(here),
            framers: BTreeMap::new(),
            guard: Guard::new(domain, chance.fork()),
            registrar: Registrar::default(),
            passwords: BTreeMap::new(),
            redirects: BTreeMap::new(),
            faults: BTreeSet::new(),
            forks: BTreeMap::new(),
            branches: BTreeMap::new(),
            next_branch: 0,
            heard: Vec::new(),
            below: Vec::new(),
            said: BTreeMap::new(),
            ready: VecDeque::new(),
            numbered: 0,
            chance,
        }
    }

    /// Adds a user. Whoever says to be one must know the password; while there are no users, nobody is asked.
    pub fn add(&mut self, user: &str, password: &str) {
        self.passwords.insert(user.to_owned(), password.to_owned());
    }

    /// Calls of `user` are answered with 302 and these contacts.
    pub fn redirect(&mut self, user: &str, contacts: &[&str]) {
        self.redirects.insert(user.to_owned(), contacts.iter().map(|contact| (*contact).to_owned()).collect());
    }

    /// Binds a user by hand; a stream from there counts as open.
    pub fn bind(&mut self, user: &str, binding: Binding) {
        self.flows.coming(binding.transport, binding.source);
        self.registrar.bind(user, binding);
    }

    /// Forgets every binding.
    pub fn forget_bindings(&mut self) {
        self.registrar.clear();
    }

    /// Where a user is, at `now`.
    #[must_use]
    pub fn bindings(&self, now: Moment, user: &str) -> Vec<Binding> {
        self.registrar.bindings(now, user)
    }

    /// Begins or ends a fault.
    pub fn fault(&mut self, fault: Fault, there: bool) {
        if there {
            self.faults.insert(fault)
        } else {
            self.faults.remove(&fault)
        };
    }

    /// All messages that came, oldest first.
    #[must_use]
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// How often a password was asked for.
    #[must_use]
    pub fn challenges(&self) -> usize {
        self.guard.challenges
    }

    /// How many answers to that were wrong.
    #[must_use]
    pub fn wrong_answers(&self) -> usize {
        self.guard.wrong
    }

    /// Whether any transaction is alive.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.layer.is_empty()
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn say(&mut self, now: Moment, output: ServerOut) {
        if self.has(Fault::Slow) || !self.said.is_empty() {
            let late = if self.has(Fault::Slow) { LATE } else { Duration::ZERO };
            self.numbered += 1;
            self.said.insert((now + late, self.numbered), output);
        } else {
            self.ready.push_back(output);
        }
    }

    fn received(&mut self, now: Moment, transport: Transport, from: SocketAddr, bytes: &[u8]) {
        let flow = self.flows.coming(transport, from);
        if self.has(Fault::Drops) {
            if transport.is_reliable() {
                self.say(now, ServerOut::Close(from));
                self.closed(now, from);
            }
            return;
        }
        if self.has(Fault::Silent) {
            return;
        }
        if transport == Transport::Udp {
            if let Ok(message) = Message::parse(bytes) {
                self.message(now, flow, from, message);
            }
            return;
        }
        let framer = self.framers.entry(from).or_default();
        framer.push(bytes);
        for frame in framer.by_ref().collect::<Vec<_>>() {
            match frame {
                Ok(Frame::Message(message)) => self.message(now, flow, from, message),
                Ok(Frame::KeepAlive { pong_needed: true }) if self.settings.outbound => {
                    self.say(now, ServerOut::Send { transport, to: from, bytes: b"\r\n".to_vec() });
                }
                _ => {}
            }
        }
    }

    fn message(&mut self, now: Moment, flow: Flow, from: SocketAddr, message: Message) {
        self.heard.push(Heard { at: now, transport: flow.transport, from, message: message.clone() });
        let message = match message {
            Message::Response(response) => Message::Response(self.alone(response)),
            request => request,
        };
        self.layer.handle(now, transaction::Input::Received { flow, from, message });
    }

    /// A response with our Via alone; those below are kept.
    fn alone(&mut self, mut response: Response) -> Response {
        let vias = response.headers.vias().unwrap_or_default();
        self.below = vias.iter().skip(1).map(ToString::to_string).collect();
        if let Some(top) = vias.first() {
            response.headers.set("Via", top);
        }
        response
    }

    /// The response without our Via, and with those below it.
    fn without_us(&mut self, mut response: Response) -> Response {
        response.headers.remove("Via");
        for via in std::mem::take(&mut self.below).iter().rev() {
            response.headers.push_front("Via", via);
        }
        response
    }

    fn closed(&mut self, now: Moment, from: SocketAddr) {
        self.framers.remove(&from);
        self.registrar.closed(from);
        if let Some(flow) = self.flows.closed(from) {
            self.layer.handle(now, transaction::Input::FlowFailed { flow: flow.id });
        }
    }

    pub(super) fn respond(&mut self, now: Moment, key: ServerKey, response: Response) {
        self.layer.handle(now, transaction::Input::Respond { key, response });
    }

    /// Hears what the transactions have to say, until they are silent.
    fn settle(&mut self, now: Moment) {
        while let Some(output) = self.layer.poll() {
            match output {
                transaction::Output::Send { flow, to, bytes } => {
                    let (transport, to) = self.flows.way(flow, to);
                    self.say(now, ServerOut::Send { transport, to, bytes });
                }
                transaction::Output::Request { key, flow, from, request } => self.request(now, key, (flow, from), request),
                transaction::Output::Cancelled { key } => {
                    let branches = self.forks.get(&key).map(Fork::waiting).unwrap_or_default();
                    self.cancel(now, branches);
                }
                transaction::Output::Ack { flow, request, .. } => self.acknowledge(now, flow.transport, request),
                transaction::Output::Response { key, response } => {
                    let response = self.without_us(response);
                    self.branch(now, key, |fork, _| fork.hear(key, response));
                }
                transaction::Output::Failed { key, why } => self.branch(now, key, |fork, tag| fork.fail(key, why, tag)),
                // What no transaction knows goes no further (RFC 6026 §7.3).
                transaction::Output::Stray { .. } | transaction::Output::Unacknowledged { .. } => {}
            }
        }
        let due = self.said.extract_if(..=(now, u64::MAX), |_, _| true).map(|(_, output)| output);
        self.ready.extend(due);
    }

    fn cancel(&mut self, now: Moment, branches: Vec<ClientKey>) {
        for key in branches {
            self.layer.handle(now, transaction::Input::Cancel { key });
        }
    }

    /// Something has come of a branch.
    fn branch(&mut self, now: Moment, key: ClientKey, hear: impl FnOnce(&mut Fork, &str) -> Outcome) {
        let tag = self.chance.hex(6);
        let Some(fork) = self.branches.get(&key).and_then(|server| self.forks.get_mut(server)) else { return };
        let (server, outcome) = (fork.key, hear(fork, &tag));
        self.cancel(now, outcome.cancel);
        if let Some(response) = outcome.back {
            self.respond(now, server, response);
        }
    }
}

impl Machine for Server {
    type Input = ServerIn;
    type Output = ServerOut;

    fn handle(&mut self, now: Moment, input: ServerIn) {
        match input {
            ServerIn::Received { transport, from, bytes } => self.received(now, transport, from, &bytes),
            ServerIn::Closed(from) => self.closed(now, from),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.layer.expire(now);
        let due = |fork: &&mut Fork| fork.timer_c().is_some_and(|at| at <= now);
        let due: Vec<ClientKey> = self.forks.values_mut().filter(due).flat_map(|fork| fork.expire(now)).collect();
        self.cancel(now, due);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<ServerOut> {
        self.ready.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let late = self.said.keys().next().map(|(at, _)| Wake { at: *at, why: "a slow server speaks" });
        let timer_c = self.forks.values().filter_map(Fork::timer_c).min().map(|at| Wake { at, why: "timer C" });
        Wake::sooner(self.layer.wake(), Wake::sooner(timer_c, late))
    }
}
