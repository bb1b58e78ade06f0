//! One or two layers in a `World`, and a log of all that they said.

use super::super::{ClientKey, Input, Layer, Output, ServerKey, Timers};
use crate::lab::world::{Link, Post, Route, World};
use crate::machine::{Chance, Machine, Moment};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Message, Method, Request, Response, Uri};
use std::net::SocketAddr;
use std::time::Duration;

pub const CLIENT: usize = 0;
pub const SERVER: usize = 1;

/// What the layers do with the world, and what its users do.
pub struct Wire {
    pub transport: Transport,
    /// From client to server, and back; without them nothing ever arrives.
    pub links: Option<[Link; 2]>,
    /// What the server's user answers to every request: after so many ms, with this status.
    pub answers: Vec<(u64, u16)>,
    pub log: Vec<(u64, usize, Output)>,
}

pub fn moment(millis: u64) -> Moment {
    Moment::START + Duration::from_millis(millis)
}

pub fn flow(side: usize, transport: Transport) -> Flow {
    let address = |side: usize| -> SocketAddr { ([192, 0, 2, 1 + side as u8], 5060).into() };
    Flow { id: FlowId(side as u64), transport, local: address(side), remote: address(1 - side) }
}

/// As a user makes it: without Via.
pub fn request(method: Method, number: u32) -> Request {
    let mut request = Request::new(method.clone(), Uri::sip(Some("bob"), "example.test"));
    request.headers.push("Max-Forwards", 70);
    request.headers.push("From", "<sip:alice@example.test>;tag=a1");
    request.headers.push("To", "<sip:bob@example.test>");
    request.headers.push("Call-ID", format!("call-{number}"));
    request.headers.push("CSeq", format!("{number} {method}"));
    request
}

pub fn response(request: &Request, status: u16, tag: &str) -> Message {
    Message::Response(Response::to(request, status, Some(tag)))
}

impl Wire {
    pub fn silent(transport: Transport) -> Wire {
        Wire { transport, links: None, answers: Vec::new(), log: Vec::new() }
    }

    pub fn joined(transport: Transport, answers: &[(u64, u16)]) -> Wire {
        let links = [Link::clean(Duration::ZERO), Link::clean(Duration::ZERO)];
        Wire { links: Some(links), answers: answers.to_vec(), ..Wire::silent(transport) }
    }

    pub fn flow(&self, side: usize) -> Flow {
        flow(side, self.transport)
    }

    /// When `side` sent what begins with `start`, in ms.
    pub fn sent(&self, side: usize, start: &str) -> Vec<u64> {
        let begins = |output: &Output| matches!(output, Output::Send { bytes, .. } if bytes.starts_with(start.as_bytes()));
        self.log.iter().filter(|(_, from, output)| *from == side && begins(output)).map(|(at, ..)| *at).collect()
    }

    /// The requests that `side` sent, as the peer parses them.
    pub fn requests_sent(&self, side: usize) -> Vec<Request> {
        let parsed = self.log.iter().filter(|(_, from, _)| *from == side).filter_map(|(_, _, output)| match output {
            Output::Send { bytes, .. } => Some(Message::parse(bytes).unwrap()),
            _ => None,
        });
        parsed.filter_map(|message| if let Message::Request(request) = message { Some(request) } else { None }).collect()
    }

    /// What the user of `side` was told, in ms and a few words.
    pub fn told(&self, side: usize) -> Vec<(u64, String)> {
        let words = |output: &Output| {
            Some(match output {
                Output::Send { .. } => return None,
                Output::Request { key, request, .. } => format!("request {} {}", key.0, request.method),
                Output::Cancelled { key } => format!("cancelled {}", key.0),
                Output::Ack { .. } => "ack".to_owned(),
                Output::Response { key, response } => format!("response {} {}", key.0, response.status),
                Output::Stray { response, .. } => format!("stray {}", response.status),
                Output::Failed { key, why } => format!("failed {} {why:?}", key.0),
                Output::Unacknowledged { key } => format!("unacknowledged {}", key.0),
            })
        };
        let of_side = self.log.iter().filter(|(_, from, _)| *from == side);
        of_side.filter_map(|(at, _, output)| Some((*at, words(output)?))).collect()
    }

    /// The words alone.
    pub fn words(&self, side: usize) -> Vec<String> {
        self.told(side).into_iter().map(|(_, words)| words).collect()
    }
}

impl Route<Layer> for Wire {
    fn route(&mut self, post: &mut Post<'_, Input>, from: usize, output: Output) {
        let now = post.now();
        match &output {
            Output::Send { bytes, .. } => {
                let peer = flow(1 - from, self.transport);
                if let Some(links) = &mut self.links {
                    let message = Message::parse(bytes).unwrap();
                    let received = Input::Received { flow: peer, from: flow(from, self.transport).local, message };
                    post.carry(&mut links[from], 1 - from, received);
                }
            }
            Output::Request { key, request, .. } => {
                for (after, status) in &self.answers {
                    let response = Response::to(request, *status, Some(&format!("b{}", key.0)));
                    post.deliver(now + Duration::from_millis(*after), from, Input::Respond { key: *key, response });
                }
            }
            Output::Response { response, .. } if response.is_success() => {
                if let Some(ack) = ack_to(response) {
                    let flow = flow(from, self.transport);
                    post.deliver(now, from, Input::Acknowledge { flow, to: flow.remote, request: ack });
                }
            }
            _ => {}
        }
        let millis = u64::try_from(now.since_start().as_millis()).unwrap();
        self.log.push((millis, from, output));
    }
}

/// What the user of a client sends when its INVITE is answered.
pub fn ack_to(response: &Response) -> Option<Request> {
    let cseq = response.headers.cseq().unwrap();
    if cseq.method != Method::Invite {
        return None;
    }
    let mut ack = request(Method::Ack, cseq.number);
    ack.headers.set("To", response.headers.get("To").unwrap());
    Some(ack)
}

/// A client and a server that knows nothing of it.
pub fn two_layers() -> World<Layer> {
    World::new((0..2).map(|seed| Layer::new(Timers::default(), Chance::seeded(seed))).collect())
}

/// The client sends a request at time zero, under key 1.
pub fn send(world: &mut World<Layer>, wire: &mut Wire, method: Method) -> Request {
    let flow = wire.flow(CLIENT);
    let input = Input::Request { key: ClientKey(1), flow, to: flow.remote, request: request(method, 1) };
    world.post(Moment::START, CLIENT, input);
    world.run(Moment::START, wire);
    wire.requests_sent(CLIENT).remove(0)
}

/// `side` hears `message` at `millis`, and all is run up to then.
pub fn hear(world: &mut World<Layer>, wire: &mut Wire, millis: u64, side: usize, message: impl Into<Heard>) {
    let Heard(message) = message.into();
    let flow = wire.flow(side);
    world.post(moment(millis), side, Input::Received { flow, from: flow.remote, message });
    world.run(moment(millis), wire);
}

/// The user of `side` answers the request `key` at `millis`.
pub fn respond(world: &mut World<Layer>, wire: &mut Wire, millis: u64, key: u64, request: &Request, status: u16) {
    let response = Response::to(request, status, Some("b1"));
    world.post(moment(millis), SERVER, Input::Respond { key: ServerKey(key), response });
    world.run(moment(millis), wire);
}

pub struct Heard(Message);

impl From<Message> for Heard {
    fn from(message: Message) -> Heard {
        Heard(message)
    }
}

impl From<Request> for Heard {
    fn from(request: Request) -> Heard {
        Heard(Message::Request(request))
    }
}

/// How many transactions `side` has.
pub fn alive(world: &World<Layer>, side: usize) -> usize {
    let layer = &world.machines()[side];
    assert!(!layer.is_empty() || layer.wake().is_none());
    layer.len()
}
