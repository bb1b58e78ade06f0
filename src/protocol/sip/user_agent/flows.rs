//! The flows of one account: the one to its server, which is kept while it is wanted, and others beside it where a
//! message has to go elsewhere or another way.
//!
//! It finds the server (RFC 3263), opens, falls back to the next address, waits longer and longer when none answers, and
//! keeps what is open alive (RFC 5626 §4.4). It refuses to know what is sent.

use super::failure::Failure;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::dns;
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::locate::{self, Locate, Means, NotFound, Target};
use crate::protocol::sip::message::Uri;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Pause after the first failure; doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A flow that was up for so long was a good one.
const HELD: Duration = Duration::from_secs(30);

/// How often a binding in a NAT on the way is refreshed (RFC 5626 §4.4.1 and §4.4.2 give 120 and 29 s at most).
const KEEP_STREAM: Duration = Duration::from_secs(90);
const KEEP_DATAGRAM: Duration = Duration::from_secs(25);

/// How long another flow may take to open before it counts as refused: some hosts drop what they do not take.
const SIDE_PATIENCE: Duration = Duration::from_secs(3);

/// Flows beside the one to the server.
const MOST_SIDES: usize = 16;

/// What the flows want done, or tell.
#[derive(Clone, Debug)]
pub enum Event {
    /// Open this.
    Open(FlowId, Target),
    /// Close this.
    Close(FlowId),
    /// Ask the DNS.
    Resolve(dns::Question),
    /// Send a keep-alive.
    KeepAlive(FlowId, SocketAddr),
    /// The flow to the server is up.
    Up(Flow),
    /// It is not, and is tried again after so long, if it is wanted.
    Down(Failure, Option<Duration>),
    /// It cannot be: nothing is tried again until somebody asks.
    Impossible(Failure),
    /// A flow beside is up.
    SideUp(Flow),
    /// A flow beside is down, or could not be opened.
    SideDown(FlowId),
}

/// The flow to the server.
#[derive(Debug)]
enum Primary {
    /// Nobody wants it.
    Idle,
    /// Its addresses are asked for.
    Locating(Locate),
    /// The first of these is being opened.
    Opening { id: FlowId, targets: VecDeque<Target> },
    /// It is up; the others are what is tried if it fails.
    Up { flow: Flow, others: VecDeque<Target>, keep: Moment, since: Moment },
    /// All have failed; it is tried again then.
    Waiting { at: Moment },
    /// There is no server, or none that may be used: nothing changes that by itself.
    Impossible,
}

#[derive(Debug)]
struct Side {
    id: FlowId,
    transport: Transport,
    remote: SocketAddr,
    /// `Err` until it is open: when it is given up.
    flow: Result<Flow, Moment>,
}

/// The flows of one account.
#[derive(Debug)]
pub struct Flows {
    /// Those to choose from, best first, and which one is tried.
    servers: Vec<Uri>,
    at: usize,
    means: Means,
    chance: Chance,
    next: u64,
    wanted: bool,
    failures: u32,
    primary: Primary,
    /// Every address that the servers have, as far as it was looked up.
    known: Vec<IpAddr>,
    sides: Vec<Side>,
    out: VecDeque<Event>,
}

impl Flows {
    /// Towards the first of `servers` that can be reached.
    #[must_use]
    pub fn new(servers: Vec<Uri>, cleartext: bool, first: FlowId, chance: Chance) -> Flows {
        let means = Means { transports: vec![Transport::Tls, Transport::Tcp, Transport::Udp], cleartext };
        Flows {
            servers,
            at: 0,
            means,
            chance,
            next: first.0,
            wanted: false,
            failures: 0,
            primary: Primary::Idle,
            known: Vec::new(),
            sides: Vec::new(),
            out: VecDeque::new(),
        }
    }

    /// Whether it is an address of one of our servers.
    #[must_use]
    pub fn is_server(&self, address: IpAddr) -> bool {
        self.known.contains(&address)
    }

    /// What we can do and may do.
    #[must_use]
    pub fn means(&self) -> &Means {
        &self.means
    }

    /// The flow to the server, when it is up.
    #[must_use]
    pub fn primary(&self) -> Option<Flow> {
        match &self.primary {
            Primary::Up { flow, .. } => Some(*flow),
            _ => None,
        }
    }

    /// In how long the flow to the server is tried again, where it is down.
    #[must_use]
    pub fn again_in(&self, now: Moment) -> Option<Duration> {
        match &self.primary {
            Primary::Waiting { at } => Some(at.since(now)),
            Primary::Locating(_) | Primary::Opening { .. } => Some(Duration::ZERO),
            Primary::Idle | Primary::Impossible | Primary::Up { .. } => None,
        }
    }

    /// A flow that is open, by its number.
    #[must_use]
    pub fn open(&self, id: FlowId) -> Option<Flow> {
        let side = self.sides.iter().find(|side| side.id == id).and_then(|side| side.flow.ok());
        self.primary().filter(|flow| flow.id == id).or(side)
    }

    /// The flow to the server is wanted from now on: it is opened, and opened again when it is lost.
    pub fn want(&mut self, now: Moment) {
        self.wanted = true;
        match self.primary {
            // Somebody is waiting for it.
            Primary::Idle | Primary::Waiting { .. } | Primary::Impossible => self.locate_first(now),
            _ => {}
        }
    }

    /// Something lives that needs it, though nobody is waiting: it is opened again when it is lost, in its time.
    pub fn keep(&mut self, now: Moment) {
        self.wanted = true;
        if let Primary::Idle = self.primary {
            self.locate_first(now);
        }
    }

    /// Nothing needs it any more: when it is lost it stays lost.
    pub fn release(&mut self) {
        self.wanted = false;
        if let Primary::Waiting { .. } = self.primary {
            self.primary = Primary::Idle;
        }
    }

    /// Closes everything.
    pub fn close(&mut self) {
        self.wanted = false;
        match std::mem::replace(&mut self.primary, Primary::Idle) {
            Primary::Up { flow, .. } => self.out.push_back(Event::Close(flow.id)),
            Primary::Opening { id, .. } => self.out.push_back(Event::Close(id)),
            _ => {}
        }
        let sides = std::mem::take(&mut self.sides);
        self.out.extend(sides.into_iter().map(|side| Event::Close(side.id)));
    }

    /// The network is another one: what is open may be dead, and its address is no longer ours.
    pub fn reopen(&mut self, now: Moment) {
        let wanted = self.wanted;
        self.close();
        self.failures = 0;
        if wanted {
            self.want(now);
        }
    }

    /// The server answers nothing, or says that it cannot serve us: its next address is opened, or the next
    /// server is looked for. False when there is none.
    pub fn fail_over(&mut self, now: Moment) -> bool {
        let Primary::Up { flow, others, .. } = &mut self.primary else { return false };
        if others.is_empty() && self.at + 1 >= self.servers.len() {
            return false;
        }
        let (id, targets) = (flow.id, std::mem::take(others));
        self.out.push_back(Event::Close(id));
        if targets.is_empty() {
            self.at += 1;
            self.locate(now);
        } else {
            self.try_first(targets);
        }
        true
    }

    /// The server on the other end of `id` does not serve us: another one is opened, or a stream anew. A datagram flow
    /// cannot be better another time.
    pub fn abandon(&mut self, now: Moment, id: FlowId) {
        let stream = self.primary().filter(|flow| flow.id == id).map(|flow| flow.transport.is_reliable());
        if let Some(stream) = stream
            && !self.fail_over(now)
            && stream
        {
            self.out.push_back(Event::Close(id));
            self.primary = Primary::Idle;
            if self.wanted {
                self.locate_first(now);
            }
        }
    }

    /// A flow beside the one to the server, by `transport` to `remote`: its number, and the flow once it is up.
    pub fn beside(&mut self, now: Moment, target: &Target) -> Option<(FlowId, Option<Flow>)> {
        let known = self.sides.iter().find(|side| side.transport == target.transport && side.remote == target.address);
        if let Some(side) = known {
            return Some((side.id, side.flow.ok()));
        }
        if self.sides.len() >= MOST_SIDES {
            return None;
        }
        let id = self.next_id();
        self.sides.push(Side { id, transport: target.transport, remote: target.address, flow: Err(now + SIDE_PATIENCE) });
        self.out.push_back(Event::Open(id, target.clone()));
        Some((id, None))
    }

    /// A flow is open.
    pub fn opened(&mut self, now: Moment, flow: Flow) {
        if let Some(side) = self.sides.iter_mut().find(|side| side.id == flow.id) {
            side.flow = Ok(flow);
            self.out.push_back(Event::SideUp(flow));
            return;
        }
        match &mut self.primary {
            Primary::Opening { id, targets } if *id == flow.id => {
                targets.pop_front();
                let others = std::mem::take(targets);
                self.primary = Primary::Up { flow, others, keep: now + keep_every(flow.transport), since: now };
                self.out.push_back(Event::Up(flow));
            }
            // It was given up in the meantime.
            _ => self.out.push_back(Event::Close(flow.id)),
        }
    }

    /// A flow is lost, or could not be opened.
    pub fn closed(&mut self, now: Moment, id: FlowId, why: &str) {
        if let Some(at) = self.sides.iter().position(|side| side.id == id) {
            self.sides.remove(at);
            self.out.push_back(Event::SideDown(id));
            return;
        }
        match &mut self.primary {
            Primary::Opening { id: opening, targets } if *opening == id => {
                targets.pop_front();
                let rest = std::mem::take(targets);
                if rest.is_empty() {
                    self.next_server(now, Failure::Unreachable(why.to_owned()));
                } else {
                    self.try_first(rest);
                }
            }
            Primary::Up { flow, since, .. } if flow.id == id => {
                // A server that takes connections and drops them at once is no better than one that takes none.
                if now.since(*since) >= HELD {
                    self.failures = 0;
                }
                if self.wanted {
                    self.pause(now, Failure::Unreachable(why.to_owned()));
                } else {
                    self.primary = Primary::Idle;
                }
            }
            _ => {}
        }
    }

    /// The DNS has answered.
    pub fn resolved(&mut self, now: Moment, question: &dns::Question, answer: &dns::Answer) {
        if let Primary::Locating(locate) = &mut self.primary {
            locate.handle(now, locate::Input::Answered(question.clone(), answer.clone()));
            self.follow(now);
        }
    }

    /// What was due by `now` happens.
    pub fn expire(&mut self, now: Moment) {
        match &mut self.primary {
            Primary::Waiting { at } if *at <= now => self.locate_first(now),
            Primary::Up { flow, keep, .. } if *keep <= now => {
                *keep = now + keep_every(flow.transport);
                self.out.push_back(Event::KeepAlive(flow.id, flow.remote));
            }
            _ => {}
        }
        let late = |side: &Side| side.flow.is_err_and(|until| until <= now);
        for side in self.sides.iter().filter(|side| late(side)) {
            self.out.push_back(Event::Close(side.id));
            self.out.push_back(Event::SideDown(side.id));
        }
        self.sides.retain(|side| !late(side));
    }

    /// Whether there is more to be done.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.out.is_empty()
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Event> {
        self.out.pop_front()
    }

    /// When something is due.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        let primary = match &self.primary {
            Primary::Waiting { at } => Some(Wake { at: *at, why: "the server is tried again" }),
            Primary::Up { keep, .. } => Some(Wake { at: *keep, why: "keep-alive" }),
            _ => None,
        };
        let sides = self.sides.iter().filter_map(|side| side.flow.err()).min();
        Wake::sooner(primary, sides.map(|at| Wake { at, why: "a flow beside does not open" }))
    }

    fn locate_first(&mut self, now: Moment) {
        self.at = 0;
        self.known.clear();
        self.locate(now);
    }

    /// Asks for the addresses of the server that is tried.
    fn locate(&mut self, now: Moment) {
        let chance = self.chance.fork();
        let Some(server) = self.servers.get(self.at) else { return };
        self.primary = Primary::Locating(Locate::new(server, self.means.clone(), chance));
        self.follow(now);
    }

    /// The server that was tried cannot be reached: the next one is, or all have failed.
    fn next_server(&mut self, now: Moment, why: Failure) {
        if self.wanted && self.at + 1 < self.servers.len() {
            self.at += 1;
            self.locate(now);
        } else {
            self.pause(now, why);
        }
    }

    /// Takes what the location says.
    fn follow(&mut self, now: Moment) {
        while let Primary::Locating(locate) = &mut self.primary {
            match locate.poll() {
                None => break,
                Some(locate::Output::Ask(question)) => self.out.push_back(Event::Resolve(question)),
                Some(locate::Output::Found(targets)) => {
                    self.known.extend(targets.iter().map(|target| target.address.ip()));
                    self.try_first(targets.into());
                }
                Some(locate::Output::NotFound(why @ NotFound::Dns { .. })) => {
                    self.next_server(now, Failure::NoServer(why.to_string()));
                }
                Some(locate::Output::NotFound(why)) => {
                    if self.at + 1 < self.servers.len() {
                        self.at += 1;
                        return self.locate(now);
                    }
                    let clear = matches!(why, NotFound::Clear { .. });
                    self.primary = Primary::Impossible;
                    let failure = if clear { Failure::Clear } else { Failure::NoServer(why.to_string()) };
                    self.out.push_back(Event::Impossible(failure));
                }
            }
        }
    }

    fn try_first(&mut self, targets: VecDeque<Target>) {
        let id = self.next_id();
        if let Some(first) = targets.front() {
            self.out.push_back(Event::Open(id, first.clone()));
        }
        self.primary = Primary::Opening { id, targets };
    }

    /// All have failed: a longer pause each time, spread so that not everybody comes back at once (RFC 5626 §4.5).
    fn pause(&mut self, now: Moment, why: Failure) {
        let longest = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        let half = u64::try_from(longest.as_millis() / 2).unwrap_or(0);
        let pause = Duration::from_millis(half + self.chance.below(half + 1));
        self.primary = if self.wanted { Primary::Waiting { at: now + pause } } else { Primary::Idle };
        self.out.push_back(Event::Down(why, self.wanted.then_some(pause)));
    }

    fn next_id(&mut self) -> FlowId {
        let id = FlowId(self.next);
        self.next += 1;
        id
    }
}

const fn keep_every(transport: Transport) -> Duration {
    if transport.is_reliable() { KEEP_STREAM } else { KEEP_DATAGRAM }
}
