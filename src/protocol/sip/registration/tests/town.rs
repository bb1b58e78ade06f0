//! A phone that registers over the transaction layer, and a town around it: flows that open or do not, and a registrar
//! that answers as its test says.

use super::super::{Input, Output, Registration, Settings, Status};
use crate::lab::world::{Post, Route, World};
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Message, Request, Response, Uri};
use crate::protocol::sip::transaction::{self, ClientKey, Layer, Timers};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// A registration joined to its transaction layer.
pub struct Phone {
    pub registration: Registration,
    layer: Layer,
    out: VecDeque<Said>,
}

#[derive(Clone)]
pub enum Heard {
    User(Input),
    Wire(Flow, Message),
}

pub enum Said {
    Wire(FlowId, Vec<u8>),
    Registration(Output),
}

impl Phone {
    fn settle(&mut self, now: Moment) {
        loop {
            if let Some(output) = self.registration.poll() {
                match output {
                    Output::Request { attempt, flow, to, request } => {
                        let key = ClientKey(attempt.into());
                        self.layer.handle(now, transaction::Input::Request { key, flow, to, request });
                    }
                    Output::Abandon { flow } => {
                        self.layer.handle(now, transaction::Input::FlowFailed { flow });
                        self.out.push_back(Said::Registration(Output::Abandon { flow }));
                    }
                    output => self.out.push_back(Said::Registration(output)),
                }
            } else if let Some(output) = self.layer.poll() {
                match output {
                    transaction::Output::Send { flow, bytes, .. } => self.out.push_back(Said::Wire(flow, bytes)),
                    transaction::Output::Response { key, response } => {
                        self.registration.handle(now, Input::Response { attempt: key.0 as u32, response });
                    }
                    transaction::Output::Failed { key, why } => {
                        self.registration.handle(now, Input::Failed { attempt: key.0 as u32, why });
                    }
                    other => panic!("{other:?}"),
                }
            } else {
                break;
            }
        }
    }
}

impl Machine for Phone {
    type Input = Heard;
    type Output = Said;

    fn handle(&mut self, now: Moment, input: Heard) {
        match input {
            Heard::User(input) => {
                if let Input::FlowDown { flow } = input {
                    self.layer.handle(now, transaction::Input::FlowFailed { flow });
                }
                self.registration.handle(now, input);
            }
            Heard::Wire(flow, message) => {
                self.layer.handle(now, transaction::Input::Received { flow, from: flow.remote, message });
            }
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.layer.expire(now);
        self.registration.expire(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Said> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        Wake::sooner(self.layer.wake(), self.registration.wake())
    }
}

type Registrar = Box<dyn FnMut(u64, &Request) -> Option<Response>>;

/// What surrounds the phone.
pub struct Town {
    pub transport: Transport,
    /// Given a request as the registrar sees it, what it answers; nothing, if it is silent.
    pub registrar: Registrar,
    /// Our address as the registrar sees it, where a NAT is on the way; drawn anew for every request.
    pub nat: Box<dyn FnMut() -> Option<SocketAddr>>,
    /// How the next flows open: the last digit of the server's address, or not at all. Then all to server 1.
    pub opens: VecDeque<Option<u8>>,
    /// The passwords that are there when one is wanted.
    pub passwords: VecDeque<&'static str>,
    /// Whether pings are answered.
    pub pongs: bool,
    pub flows: Vec<Flow>,
    /// What the user was told, in ms and a few words.
    pub told: Vec<(u64, String)>,
    pub registers: Vec<(u64, Request)>,
    pub pings: Vec<u64>,
}

impl Town {
    pub fn new(transport: Transport, registrar: impl FnMut(u64, &Request) -> Option<Response> + 'static) -> Town {
        Town {
            transport,
            registrar: Box::new(registrar),
            nat: Box::new(|| None),
            opens: VecDeque::new(),
            passwords: VecDeque::new(),
            pongs: false,
            flows: Vec::new(),
            told: Vec::new(),
            registers: Vec::new(),
            pings: Vec::new(),
        }
    }

    fn open(&mut self, post: &mut Post<'_, Heard>) {
        let id = FlowId(self.flows.len() as u64);
        let server = self.opens.pop_front().unwrap_or(Some(1));
        let to = SocketAddr::from(([192, 0, 2, server.unwrap_or(1)], 5060));
        let local = SocketAddr::from(([10, 0, 0, 5], 40_000 + id.0 as u16));
        let flow = Flow { id, transport: self.transport, local, remote: to };
        self.flows.push(flow);
        let input = if server.is_some() { Input::FlowUp { flow, to } } else { Input::FlowDown { flow: id } };
        post.deliver(post.now(), 0, Heard::User(input));
    }

    /// When REGISTERs were sent, without retransmissions.
    pub fn asked(&self) -> Vec<u64> {
        let mut last = 0;
        let mut asked = Vec::new();
        for (at, request) in &self.registers {
            let number = request.headers.cseq().unwrap().number;
            if number != last {
                asked.push(*at);
            }
            last = number;
        }
        asked
    }

    pub fn last(&self) -> &Request {
        &self.registers.last().unwrap().1
    }

    pub fn words(&self) -> Vec<&str> {
        self.told.iter().map(|(_, words)| words.as_str()).collect()
    }

    /// The last thing that was told, in words.
    pub fn now_told(&self) -> &str {
        self.words().last().copied().unwrap_or("")
    }
}

/// The waits that were told, in ms.
pub fn waits(town: &Town) -> Vec<u64> {
    let waits = town.told.iter().filter_map(|(_, words)| words.strip_prefix("waiting "));
    waits.map(|words| words.split(' ').next().unwrap().parse().unwrap()).collect()
}

impl Route<Phone> for Town {
    fn route(&mut self, post: &mut Post<'_, Heard>, _from: usize, said: Said) {
        let now = u64::try_from(post.now().since_start().as_millis()).unwrap();
        let words = match said {
            Said::Wire(flow, bytes) => {
                let Message::Request(mut request) = Message::parse(&bytes).unwrap() else { panic!("not a request") };
                let flow = self.flows[flow.0 as usize];
                if let Some(public) = (self.nat)() {
                    transaction::via::note_source(&mut request, public).unwrap();
                }
                self.registers.push((now, request.clone()));
                if let Some(response) = (self.registrar)(now, &request) {
                    let at = post.now() + Duration::from_millis(10);
                    post.deliver(at, 0, Heard::Wire(flow, Message::Response(response)));
                }
                return;
            }
            Said::Registration(Output::Send { flow, bytes, .. }) => {
                assert_eq!(bytes, b"\r\n\r\n");
                self.pings.push(now);
                if self.pongs {
                    post.deliver(post.now() + Duration::from_millis(20), 0, Heard::User(Input::Pong { flow }));
                }
                return;
            }
            Said::Registration(Output::OpenFlow) => return self.open(post),
            Said::Registration(Output::Abandon { flow }) => {
                self.told.push((now, format!("abandon {}", flow.0)));
                // As a user agent does: the next server, where the test names one.
                if !self.opens.is_empty() {
                    self.open(post);
                }
                return;
            }
            Said::Registration(Output::PasswordWanted) => {
                let password = self.passwords.pop_front();
                let input = password.map_or(Input::NoPassword, |text| Input::Password(Secret::new(text.to_owned())));
                post.deliver(post.now(), 0, Heard::User(input));
                "password wanted".to_owned()
            }
            Said::Registration(Output::Changed(status)) => match status {
                Status::Registering => "registering".to_owned(),
                Status::Registered { expires, .. } => format!("registered {}", expires.as_secs()),
                Status::Waiting { why, retry_in } => format!("waiting {} {why}", retry_in.as_millis()),
                Status::Failed(why) => format!("failed: {why}"),
                Status::Unregistered => "unregistered".to_owned(),
            },
            Said::Registration(Output::Request { .. }) => unreachable!("goes to the layer"),
        };
        self.told.push((now, words));
    }
}

pub fn phone(seed: u64) -> World<Phone> {
    let mut chance = Chance::seeded(seed);
    let address = Uri::sip(Some("alice"), "example.test");
    let settings = Settings::new(address, "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned());
    let layer = Layer::new(Timers::default(), chance.fork());
    World::new(vec![Phone { registration: Registration::new(settings, chance), layer, out: VecDeque::new() }])
}

pub fn at(seconds: u64) -> Moment {
    Moment::START + Duration::from_secs(seconds)
}

/// The user wants this at that second, and all is run up to then.
pub fn wish(world: &mut World<Phone>, town: &mut Town, seconds: u64, input: Input) {
    world.post(at(seconds), 0, Heard::User(input));
    world.run(at(seconds), town);
}

/// Registers at time zero and runs up to that second.
pub fn register(world: &mut World<Phone>, town: &mut Town, seconds: u64) {
    wish(world, town, 0, Input::Register);
    world.run(at(seconds), town);
}

/// 200 with the Contacts of the request that are not removed, each with this `expires`.
pub fn granted(request: &Request, expires: u32) -> Response {
    let mut response = Response::to(request, 200, Some("r"));
    for mut contact in request.headers.name_addrs("Contact").unwrap() {
        if contact.params.get("expires") != Some(Some("0")) {
            contact.params.set("expires", Some(&expires.to_string()));
            response.headers.push("Contact", contact);
        }
    }
    response
}

pub fn grants(expires: u32) -> impl FnMut(u64, &Request) -> Option<Response> {
    move |_, request| Some(granted(request, expires))
}

pub fn answer(request: &Request, status: u16) -> Response {
    Response::to(request, status, Some("r"))
}

/// A 401 with this nonce.
pub fn challenge(request: &Request, nonce: &str) -> Response {
    let mut response = answer(request, 401);
    response.headers.push("WWW-Authenticate", format!("Digest realm=\"example.test\", nonce=\"{nonce}\", qop=\"auth\""));
    response
}
