//! The call manager: what comes is heard, and finds its leg.

use super::bindings::Bindings;
use super::dress;
use super::flows::Flows;
use super::interface::{In, Out};
use super::leg::{CallLeg, LegId, PersonRings, RingId};
use super::ports::Ports;
use super::settings::Settings;
use crate::lab::sip::digest::{Guard, Verdict};
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::sip::digest::Algorithm;
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Frame, Framer, Headers, Message, Method, Request, Response};
use crate::protocol::sip::session::capabilities::{options, refuse_method, respond};
use crate::protocol::sip::session::interface::Unanswered;
use crate::protocol::sip::session::{self, Ask};
use crate::protocol::sip::transaction::{self, ClientKey, Failure, Layer, ServerKey, Timers};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a nonce is good for.
const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Streams that are heard at one time.
const MOST_STREAMS: usize = 256;

/// A call manager.
#[derive(Debug)]
pub struct B2bua {
    pub(super) settings: Settings,
    pub(super) chance: Chance,
    pub(super) layer: Layer,
    pub(super) flows: Flows,
    framers: BTreeMap<SocketAddr, Framer>,
    guard: Guard,
    pub(super) bindings: Bindings,
    pub(super) legs: BTreeMap<LegId, CallLeg>,
    pub(super) rings: BTreeMap<RingId, PersonRings>,
    /// Legs and wishes are numbered in one row.
    pub(super) numbered: u64,
    pub(super) asks: BTreeMap<ClientKey, (LegId, Ask)>,
    pub(super) next_key: u64,
    pub(super) waiting: BTreeMap<String, (usize, usize)>,
    pub(super) ports: Ports,
    /// When the next 20 ms of sound are due.
    pub(super) beat: Option<Moment>,
    out: VecDeque<Out>,
}

impl B2bua {
    /// Without devices.
    #[must_use]
    pub fn new(settings: Settings, mut chance: Chance) -> B2bua {
        B2bua {
            layer: Layer::new(Timers::default(), chance.fork()),
            flows: Flows::new(settings.heard.clone()),
            framers: BTreeMap::new(),
            guard: Guard::of_lines(&settings.realm, chance.fork()),
            bindings: Bindings::default(),
            legs: BTreeMap::new(),
            rings: BTreeMap::new(),
            numbered: 0,
            asks: BTreeMap::new(),
            next_key: 0,
            waiting: BTreeMap::new(),
            ports: Ports::new(),
            beat: None,
            out: VecDeque::new(),
            settings,
            chance,
        }
    }

    /// How many devices of this number are registered.
    #[must_use]
    pub fn devices(&self, now: Moment, number: &str) -> usize {
        self.bindings.of(now, number).len()
    }

    /// How many legs have sound.
    #[must_use]
    pub fn talking(&self) -> usize {
        self.legs.values().filter(|leg| leg.media.is_some()).count()
    }

    pub(super) fn say(&mut self, out: Out) {
        self.out.push_back(out);
    }

    fn received(&mut self, now: Moment, transport: Transport, from: SocketAddr, bytes: &[u8]) {
        let known = self.framers.contains_key(&from);
        if transport.is_reliable() && !known && self.framers.len() >= MOST_STREAMS {
            return self.say(Out::Close(from));
        }
        let Some(flow) = self.flows.coming(transport, from) else { return };
        if transport == Transport::Udp {
            if let Ok(message) = Message::parse(bytes) {
                self.layer.handle(now, transaction::Input::Received { flow, from, message });
            }
            return;
        }
        let framer = self.framers.entry(from).or_default();
        framer.push(bytes);
        for frame in framer.by_ref().collect::<Vec<_>>() {
            match frame {
                Ok(Frame::Message(message)) => {
                    self.layer.handle(now, transaction::Input::Received { flow, from, message });
                }
                Ok(Frame::KeepAlive { pong_needed: true }) => {
                    self.say(Out::Send { transport, to: from, bytes: b"\r\n".to_vec() });
                }
                Ok(Frame::KeepAlive { .. }) => {}
                // What follows a frame that cannot be read cannot be found.
                Err(_) => {
                    self.say(Out::Close(from));
                    return self.closed(now, from);
                }
            }
        }
    }

    fn closed(&mut self, now: Moment, from: SocketAddr) {
        self.framers.remove(&from);
        if let Some(flow) = self.flows.closed(from) {
            self.bindings.closed(flow.id);
            self.layer.handle(now, transaction::Input::FlowFailed { flow: flow.id });
        }
    }

    /// Hears what transactions and calls have to say, until they are silent.
    fn settle(&mut self, now: Moment) {
        loop {
            if let Some(output) = self.layer.poll() {
                self.hear_layer(now, output);
                continue;
            }
            let next = self.legs.iter_mut().find_map(|(id, leg)| Some((*id, leg.session.poll()?)));
            match next {
                Some((id, output)) => self.hear_session(now, id, output),
                None => break,
            }
        }
        self.legs.retain(|_, leg| !leg.session.is_gone());
        self.asks.retain(|_, (leg, _)| self.legs.contains_key(leg));
    }

    fn hear_layer(&mut self, now: Moment, output: transaction::Output) {
        match output {
            transaction::Output::Send { flow, to, bytes } => {
                if let Some((transport, to)) = self.flows.way(flow, to) {
                    self.say(Out::Send { transport, to, bytes });
                }
            }
            transaction::Output::Request { key, flow, from, request } => self.request(now, key, (flow, from), request),
            transaction::Output::Cancelled { key } => {
                self.legs.values_mut().for_each(|leg| leg.session.handle(now, session::Input::Cancelled(key)));
            }
            transaction::Output::Ack { request, .. } => {
                if let Some(id) = self.leg_of(&request.headers, true) {
                    self.tell(now, id, session::Input::Ack(request));
                }
            }
            transaction::Output::Response { key, response } => {
                let known = self.asks.get(&key).copied();
                if response.status >= 200 {
                    self.asks.remove(&key);
                }
                match known {
                    Some((id, ask)) => self.tell(now, id, session::Input::Response { ask: Some(ask), response }),
                    None => self.hear_stray(now, response),
                }
            }
            transaction::Output::Stray { response, .. } => self.hear_stray(now, response),
            transaction::Output::Failed { key, why } => {
                if let Some((id, ask)) = self.asks.remove(&key) {
                    let why = match why {
                        Failure::Timeout => Unanswered::Timeout,
                        Failure::Transport => Unanswered::Transport("the connection is gone".into()),
                    };
                    self.tell(now, id, session::Input::Failed { ask, why });
                }
            }
            transaction::Output::Unacknowledged { .. } => {}
        }
    }

    fn hear_stray(&mut self, now: Moment, response: Response) {
        if let Some(id) = self.leg_of(&response.headers, false) {
            self.tell(now, id, session::Input::Response { ask: None, response });
        }
    }

    pub(super) fn tell(&mut self, now: Moment, id: LegId, input: session::Input) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.session.handle(now, input);
        }
    }

    /// The leg that a message is about.
    fn leg_of(&self, headers: &Headers, incoming: bool) -> Option<LegId> {
        let call_id = headers.call_id().ok()?;
        let ours = if incoming { headers.to() } else { headers.from() }.ok()?;
        let tag = ours.tag()?;
        self.legs.iter().find(|(_, leg)| leg.session.is_about(call_id, tag)).map(|(id, _)| *id)
    }

    fn request(&mut self, now: Moment, key: ServerKey, (flow, from): (Flow, SocketAddr), request: Request) {
        if request.headers.to().is_ok_and(|to| to.tag().is_some()) {
            return match self.leg_of(&request.headers, true) {
                Some(id) => {
                    if let Some(leg) = self.legs.get_mut(&id) {
                        // A device whose connection was lost goes on by another one.
                        leg.way = (flow, from);
                    }
                    self.tell(now, id, session::Input::Request { key, request });
                }
                None => self.answer(now, key, &flow, respond(&request, 481, "")),
            };
        }
        let tag = self.chance.hex(8);
        if let Some(status) = self.settings.refuses {
            return self.answer(now, key, &flow, respond(&request, status, &tag));
        }
        match request.method {
            Method::Register => self.register(now, key, (flow, from), &request, &tag),
            Method::Invite => self.invited(now, key, (flow, from), request, &tag),
            Method::Options => self.answer(now, key, &flow, options(&request, &tag)),
            // Alarms and what devices say by remotecc (fact sheet §12.2) are taken note of.
            Method::Refer => self.answer(now, key, &flow, respond(&request, 202, &tag)),
            _ => self.answer(now, key, &flow, refuse_method(&request, &tag)),
        }
    }

    /// Answers a request that is no call.
    pub(super) fn answer(&mut self, now: Moment, key: ServerKey, flow: &Flow, mut response: Response) {
        dress::response(flow, "", &mut response);
        self.layer.handle(now, transaction::Input::Respond { key, response });
    }

    fn register(&mut self, now: Moment, key: ServerKey, way: (Flow, SocketAddr), request: &Request, tag: &str) {
        let named = request.headers.to().ok().and_then(|to| to.uri.user_text()).unwrap_or_default();
        let Some(person) = self.settings.subscriber(&named).cloned() else {
            return self.answer(now, key, &way.0, respond(request, 404, tag));
        };
        if self.settings.digest {
            let user = person.user.clone();
            let password = |name: &str| (name == user || name == person.number).then(|| person.password.clone());
            let verdict = self.guard.judge(now, request, "Authorization", password, NONCE_LIFETIME);
            if verdict != Verdict::Right {
                let mut response = respond(request, 401, tag);
                let challenge = self.guard.challenge(now, Algorithm::MD5, verdict == Verdict::Stale);
                response.headers.push("WWW-Authenticate", challenge);
                return self.answer(now, key, &way.0, response);
            }
        }
        if self.settings.trying && way.0.transport.is_reliable() {
            self.layer.handle(now, transaction::Input::Respond { key, response: Response::to(request, 100, None) });
        }
        let answer = self.bindings.register(now, &self.settings, &person.number, way, request, tag);
        self.layer.handle(now, transaction::Input::Respond { key, response: answer.response });
        if answer.is_new {
            self.tell_waiting(now, &person.number);
        }
    }

    /// Sends a request of a leg.
    pub(super) fn send(&mut self, now: Moment, id: LegId, ask: Option<Ask>, mut request: Request) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (flow, to) = leg.way;
        dress::request(&flow, &leg.other, leg.party.as_ref(), &mut request);
        let Some(ask) = ask else {
            return self.layer.handle(now, transaction::Input::Acknowledge { flow, to, request });
        };
        if !self.flows.is_open(&flow) {
            let why = Unanswered::Transport("the connection is gone".into());
            return self.tell(now, id, session::Input::Failed { ask, why });
        }
        let key = self.new_key();
        self.asks.insert(key, (id, ask));
        self.layer.handle(now, transaction::Input::Request { key, flow, to, request });
    }

    pub(super) fn new_key(&mut self) -> ClientKey {
        self.next_key += 1;
        ClientKey(self.next_key)
    }
}

impl Machine for B2bua {
    type Input = In;
    type Output = Out;

    fn handle(&mut self, now: Moment, input: In) {
        match input {
            In::Received { transport, from, bytes } => self.received(now, transport, from, &bytes),
            In::Closed(from) => self.closed(now, from),
            In::Sound { port, from, bytes } => return self.sound(now, port, from, &bytes),
            In::Ring(asked) => self.ring_for(now, asked),
            In::Waiting { number, new, old } => {
                if self.waiting.insert(number.clone(), (new, old)) != Some((new, old)) {
                    self.tell_waiting(now, &number);
                }
            }
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.layer.expire(now);
        for leg in self.legs.values_mut() {
            if leg.session.wake().is_some_and(|wake| wake.at <= now) {
                leg.session.expire(now);
            }
        }
        self.settle(now);
        self.expire_calls(now);
        self.beats(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let sessions = self.legs.values().filter_map(|leg| leg.session.wake()).min();
        let beat = self.beat.map(|at| Wake { at, why: "20 ms of sound" });
        let calls = self.calls_wake();
        Wake::sooner(Wake::sooner(self.layer.wake(), sessions), Wake::sooner(beat, calls))
    }
}
