//! The town behind its doors: streams of XMPP, SIP in streams and datagrams, RTP, and HTTP, as bytes.

use super::people;
use super::services::{Town, TownIn, TownOut};
use crate::lab::late::Late;
use crate::lab::sip::b2bua;
use crate::lab::site::{Answers, Fault, Site};
use crate::lab::tokens::Tokens;
use crate::lab::wire::{Door, Line, Node, Places, WireIn, WireOut};
use crate::lab::xmpp::codec::{Settings, Stream, StreamIn, StreamOut};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::sip::flow::Transport;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// The doors of the town, but for those of sound.
pub const DOORS: [Door; 5] = [Door::Xmpp, Door::SipSecure, Door::SipStream, Door::SipDatagram, Door::Voicemail];

/// Streams of chat at one time.
const MOST_STREAMS: usize = 256;

/// What is no answer of any protocol here.
const NOISE: &[u8] = b"220 mail.example ESMTP\r\n";

/// The town, and what comes through its doors.
#[derive(Debug)]
pub struct Doors {
    town: Town,
    /// How streams are negotiated at the two nodes of IM and Presence.
    settings: [Arc<Settings>; 2],
    chat: Answers,
    phones: Answers,
    chance: Chance,
    streams: BTreeMap<Line, (usize, Stream)>,
    next_client: usize,
    /// Streams of SIP, and from where they come.
    calls: BTreeMap<Line, SocketAddr>,
    late: Late<WireOut>,
}

impl Doors {
    /// Of this site, whose day begins at `now`.
    #[must_use]
    pub fn new(now: Moment, site: &Site, places: &Places, clock: WallClock, seed: u64) -> Doors {
        Doors {
            town: Town::new(now, site, places, clock, seed),
            settings: settings(site, &Tokens::new()),
            chat: site.chat.answers.clone(),
            phones: site.phones.answers.clone(),
            chance: Chance::seeded(seed ^ 0x0073_7472_6561_6d73),
            streams: BTreeMap::new(),
            next_client: 0,
            calls: BTreeMap::new(),
            late: Late::default(),
        }
    }

    /// Takes the one-time passwords that the presence server hands out.
    #[must_use]
    pub fn with_tokens(mut self, site: &Site, tokens: &Tokens) -> Doors {
        self.settings = settings(site, tokens);
        self
    }

    fn opened(&mut self, now: Moment, line: Line, from: SocketAddr) {
        match line.door {
            Door::Xmpp if self.streams.len() >= MOST_STREAMS => self.late.say(now, now, WireOut::Close(line)),
            Door::Xmpp => {
                self.next_client += 1;
                let [home, backup] = &self.settings;
                let settings = Arc::clone(if line.node == Node::Backup { backup } else { home });
                let stream = Stream::new(now, settings, false, self.chance.fork());
                self.streams.insert(line, (self.next_client, stream));
            }
            Door::SipSecure | Door::SipStream => drop(self.calls.insert(line, from)),
            _ => {}
        }
    }

    fn heard(&mut self, now: Moment, line: Line, bytes: Vec<u8>) {
        match line.door {
            Door::Xmpp => match self.chat.fault {
                Fault::Silent => {}
                Fault::Noise => self.noise(now, line),
                _ => self.tell_stream(now, line, StreamIn::Received(bytes)),
            },
            Door::SipSecure | Door::SipStream => {
                let transport = if line.door == Door::SipSecure { Transport::Tls } else { Transport::Tcp };
                let Some(from) = self.calls.get(&line).copied() else { return };
                match self.phones.fault {
                    Fault::Silent => {}
                    Fault::Noise => self.noise(now, line),
                    _ => self.town.handle(now, TownIn::Phone(b2bua::In::Received { transport, from, bytes })),
                }
            }
            _ => {}
        }
    }

    fn noise(&mut self, now: Moment, line: Line) {
        self.late.say(now, now, WireOut::Say(line, NOISE.to_vec()));
        self.late.say(now, now, WireOut::Close(line));
    }

    fn closed(&mut self, now: Moment, line: Line) {
        if let Some((client, _)) = self.streams.remove(&line) {
            self.town.handle(now, TownIn::ChatBroken(client, line.number));
        }
        if let Some(from) = self.calls.remove(&line) {
            self.town.handle(now, TownIn::Phone(b2bua::In::Closed(from)));
        }
        self.late.forget(|said| matches!(said, WireOut::Say(to, _) | WireOut::Secure(to) | WireOut::Close(to) if *to == line));
    }

    fn datagram(&mut self, now: Moment, door: Door, from: SocketAddr, bytes: Vec<u8>) {
        match door {
            Door::SipDatagram if matches!(self.phones.fault, Fault::Silent | Fault::Noise) => {}
            Door::SipDatagram => {
                let transport = Transport::Udp;
                self.town.handle(now, TownIn::Phone(b2bua::In::Received { transport, from, bytes }));
            }
            Door::Media(port) => self.town.handle(now, TownIn::Phone(b2bua::In::Sound { port, from, bytes })),
            _ => {}
        }
    }

    fn tell_stream(&mut self, now: Moment, line: Line, input: StreamIn) {
        if let Some((_, stream)) = self.streams.get_mut(&line) {
            stream.handle(now, input);
        }
        self.settle_stream(now, line);
    }

    /// What a stream wants done.
    fn settle_stream(&mut self, now: Moment, line: Line) {
        let at = now + self.chat.delay();
        while let Some((client, stream)) = self.streams.get_mut(&line) {
            let (client, Some(out)) = (*client, stream.poll()) else { return };
            match out {
                StreamOut::Send(bytes) => match self.chat.fault {
                    Fault::Malformed => self.late.say(now, at, WireOut::Say(line, b"<stream:stream><<".to_vec())),
                    Fault::Truncated => {
                        self.late.say(now, at, WireOut::Say(line, bytes.iter().copied().take(bytes.len() / 2).collect()));
                        self.late.say(now, at, WireOut::Close(line));
                    }
                    _ => self.late.say(now, at, WireOut::Say(line, bytes)),
                },
                StreamOut::BeginTls => self.late.say(now, at, WireOut::Secure(line)),
                StreamOut::Close => {
                    self.late.say(now, at, WireOut::Close(line));
                    self.town.handle(now, TownIn::ChatBroken(client, line.number));
                }
                StreamOut::Server(what) => self.town.handle(now, TownIn::Chat(client, line.number, what)),
            }
        }
    }

    /// What the town says goes out by its doors.
    fn settle(&mut self, now: Moment) {
        while let Some(out) = self.town.poll() {
            match out {
                TownOut::Chat(client, _, told) => {
                    let line = self.streams.iter().find(|(_, (known, _))| *known == client).map(|(line, _)| *line);
                    if let Some(line) = line {
                        self.tell_stream(now, line, StreamIn::Server(told));
                    }
                }
                TownOut::Web(out) => self.late.say(now, now, out),
                TownOut::Phone(out) => self.phone_says(now, out),
            }
        }
    }

    fn phone_says(&mut self, now: Moment, out: b2bua::Out) {
        let at = now + self.phones.delay();
        let line_to = |to: SocketAddr| self.calls.iter().find(|(_, from)| **from == to).map(|(line, _)| *line);
        match out {
            b2bua::Out::Send { transport: Transport::Udp, to, bytes } => {
                self.late.say(now, at, WireOut::Datagram(Door::SipDatagram, Node::First, to, bytes));
            }
            b2bua::Out::Send { to, bytes, .. } => {
                if let Some(line) = line_to(to) {
                    self.late.say(now, at, WireOut::Say(line, bytes));
                }
            }
            b2bua::Out::Close(to) => {
                if let Some(line) = line_to(to) {
                    self.late.say(now, at, WireOut::Close(line));
                }
            }
            b2bua::Out::Sound { port, to, bytes } => {
                self.late.say(now, now, WireOut::Datagram(Door::Media(port), Node::First, to, bytes));
            }
            b2bua::Out::Deposited(_) | b2bua::Out::Rang(..) => {}
        }
    }
}

fn settings(site: &Site, tokens: &Tokens) -> [Arc<Settings>; 2] {
    [Node::First, Node::Backup].map(|node| Arc::new(people::streams(site, node, tokens)))
}

impl Machine for Doors {
    type Input = WireIn;
    type Output = WireOut;

    fn handle(&mut self, now: Moment, input: WireIn) {
        if input.door() == Door::Voicemail {
            self.town.handle(now, TownIn::Web(input));
            return self.settle(now);
        }
        match input {
            WireIn::Opened(line, from) => self.opened(now, line, from),
            WireIn::Heard(line, bytes) => self.heard(now, line, bytes),
            WireIn::Secured(line) => self.tell_stream(now, line, StreamIn::Encrypted),
            WireIn::Closed(line) => self.closed(now, line),
            WireIn::Datagram(door, _, from, bytes) => self.datagram(now, door, from, bytes),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.late.expire(now);
        let due = |stream: &Stream| stream.wake().is_some_and(|wake| wake.at <= now);
        let due: Vec<Line> = self.streams.iter().filter(|(_, (_, stream))| due(stream)).map(|(line, _)| *line).collect();
        for line in due {
            if let Some((_, stream)) = self.streams.get_mut(&line) {
                stream.expire(now);
            }
            self.settle_stream(now, line);
        }
        self.town.expire(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<WireOut> {
        self.late.poll()
    }

    fn wake(&self) -> Option<Wake> {
        let streams = self.streams.values().filter_map(|(_, stream)| stream.wake()).min();
        Wake::sooner(Wake::sooner(self.town.wake(), self.late.wake()), streams)
    }
}
