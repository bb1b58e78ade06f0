//! A web server: connections in, a service asked, answers out, in the order of the questions on each connection.

use super::super::late::Late;
use super::super::wire::{Carrier, Door, Line, Node, Places, WireIn, WireOut};
use super::codec::{Framer, head, write};
use super::delivery::{Delivery, ENDLESS, How};
use crate::machine::{Machine, Moment, Wake};
use crate::protocol::http::Request;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How much white space comes at a time.
const GUSH: usize = 64 * 1024;

/// A request, and which way it came.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// Through which door.
    pub door: Door,
    /// At whose address.
    pub node: Node,
    /// What is asked.
    pub request: &'a Request,
}

/// What stands behind a web server: a question and its answer, as values.
pub trait Service {
    /// The answer to a request.
    fn answer(&mut self, now: Moment, visit: Visit<'_>) -> Delivery;
}

/// A web server.
#[derive(Debug)]
pub struct Server<S> {
    service: S,
    secure: bool,
    places: Places,
    lines: BTreeMap<Line, Conversation>,
    late: Late<WireOut>,
}

#[derive(Debug)]
struct Conversation {
    framer: Framer,
    /// Nothing else begins before this.
    free_at: Moment,
    drip: Option<Drip>,
    /// Nothing more is heard.
    over: bool,
}

/// An answer that comes in pieces.
#[derive(Debug)]
struct Drip {
    rest: VecDeque<u8>,
    blanks: usize,
    every: Duration,
    next: Moment,
    keep_alive: bool,
}

impl<S: Service> Server<S> {
    /// One that asks this service, behind a door with this carrier.
    #[must_use]
    pub fn new(service: S, carrier: Carrier, places: Places) -> Server<S> {
        let secure = matches!(carrier, Carrier::Secure(_));
        Server { service, secure, places, lines: BTreeMap::new(), late: Late::default() }
    }

    /// The service behind it.
    pub fn service(&mut self) -> &mut S {
        &mut self.service
    }

    /// Answers what waits on a line, until something has to be waited for.
    fn go_on(&mut self, now: Moment, line: Line) {
        let Some(conversation) = self.lines.get_mut(&line) else { return };
        while conversation.drip.is_none() && !conversation.over {
            let Some(next) = conversation.framer.next_request() else { break };
            let begins = conversation.free_at.max(now);
            let (delivery, keep_alive) = match &next {
                Ok(asked) => {
                    let visit = Visit { door: line.door, node: line.node, request: &asked.request };
                    (self.service.answer(now, visit), asked.keep_alive)
                }
                Err(refusal) => (Delivery::whole(refusal.response()), false),
            };
            let at = begins + delivery.after;
            conversation.free_at = at;
            conversation.over = !keep_alive;
            match delivery.how {
                How::Whole(response) => self.late.say(now, at, WireOut::Say(line, write(&response, keep_alive))),
                How::Cut(response) => {
                    let mut bytes = write(&response, true);
                    bytes.truncate(bytes.len() - response.body.len().div_ceil(2));
                    conversation.over = true;
                    self.late.say(now, at, WireOut::Say(line, bytes));
                }
                How::Noise => {
                    conversation.over = true;
                    self.late.say(now, at, WireOut::Say(line, b"220 mail.example ESMTP\r\n".to_vec()));
                }
                How::Nobody => conversation.over = true,
                How::Never => {
                    conversation.over = true;
                    return;
                }
                How::Trickle(response, every) => {
                    let bytes = head(&response, response.body.len(), keep_alive);
                    self.late.say(now, at, WireOut::Say(line, bytes));
                    let rest = response.body.into();
                    conversation.drip = Some(Drip { rest, blanks: 0, every, next: at + every, keep_alive });
                }
                How::Endless(response) => {
                    let bytes = head(&response, ENDLESS + response.body.len(), keep_alive);
                    self.late.say(now, at, WireOut::Say(line, bytes));
                    let (rest, every) = (response.body.into(), Duration::from_millis(1));
                    conversation.drip = Some(Drip { rest, blanks: ENDLESS, every, next: at + every, keep_alive });
                }
            }
            if conversation.over && conversation.drip.is_none() {
                self.late.say(now, at, WireOut::Close(line));
            }
        }
    }

    /// Says the pieces of a line that are due.
    fn drip(&mut self, now: Moment, line: Line) {
        let Some(conversation) = self.lines.get_mut(&line) else { return };
        let Some(drip) = &mut conversation.drip else { return };
        while drip.next <= now {
            let piece = if drip.blanks > 0 {
                let length = GUSH.min(drip.blanks);
                drip.blanks -= length;
                vec![b' '; length]
            } else {
                drip.rest.pop_front().into_iter().collect()
            };
            let done = drip.blanks == 0 && drip.rest.is_empty();
            if !piece.is_empty() {
                self.late.say(now, drip.next, WireOut::Say(line, piece));
            }
            drip.next += drip.every.max(Duration::from_micros(1));
            if done {
                if !drip.keep_alive {
                    self.late.say(now, now, WireOut::Close(line));
                }
                conversation.drip = None;
                self.go_on(now, line);
                return;
            }
        }
    }

    fn heard(&mut self, now: Moment, line: Line, bytes: &[u8]) {
        let Some(conversation) = self.lines.get_mut(&line) else { return };
        if conversation.over {
            return;
        }
        conversation.framer.push(bytes);
        self.go_on(now, line);
        if let Some(conversation) = self.lines.get_mut(&line)
            && conversation.framer.continues()
        {
            let said = WireOut::Say(line, b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
            self.late.say(now, conversation.free_at, said);
        }
    }
}

impl<S: Service> Machine for Server<S> {
    type Input = WireIn;
    type Output = WireOut;

    fn handle(&mut self, now: Moment, input: WireIn) {
        match input {
            WireIn::Opened(line, _) => {
                let authority = format!("{}:{}", self.places.address(line.node), self.places.port(line.door));
                let framer = Framer::new(self.secure, authority);
                let conversation = Conversation { framer, free_at: now, drip: None, over: false };
                self.lines.insert(line, conversation);
            }
            WireIn::Heard(line, bytes) => self.heard(now, line, &bytes),
            WireIn::Closed(line) => {
                self.lines.remove(&line);
                let is_theirs = |said: &WireOut| matches!(said, WireOut::Say(to, _) | WireOut::Close(to) if *to == line);
                self.late.forget(is_theirs);
            }
            WireIn::Secured(_) | WireIn::Datagram(..) => {}
        }
    }

    fn expire(&mut self, now: Moment) {
        let dripping: Vec<Line> = self.lines.iter().filter(|(_, with)| with.drip.is_some()).map(|(line, _)| *line).collect();
        for line in dripping {
            self.drip(now, line);
        }
        self.late.expire(now);
    }

    fn poll(&mut self) -> Option<WireOut> {
        self.late.poll()
    }

    fn wake(&self) -> Option<Wake> {
        let drips = self.lines.values().filter_map(|with| with.drip.as_ref());
        let next = drips.map(|drip| drip.next).min().map(|at| Wake { at, why: "the next piece of an answer" });
        Wake::sooner(next, self.late.wake())
    }
}
