//! [`Fetch`]: reads one file (RFC 1350 §4, RFC 2347).

use super::failure::Failure;
use super::packet::{ErrorCode, Options, Packet, ReadRequest};
use crate::machine::{Machine, Moment, RemoteText, Wake};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// Blocks of this size pass every link of today in one piece, tunnels included.
const BLOCK: u16 = 1_392;
/// Blocks without an option (RFC 1350 §2).
const PLAIN_BLOCK: usize = 512;
/// The first wait before something is sent again; each later one is twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchIn {
    /// Begin.
    Start,
    /// A datagram came.
    Received {
        /// From where.
        from: SocketAddr,
        /// It.
        bytes: Vec<u8>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchOut {
    /// Send a datagram, always from the same port.
    Send {
        /// To where.
        to: SocketAddr,
        /// It.
        bytes: Vec<u8>,
    },
    /// It is over. The port may be closed now; while it is open, a server that has missed our last word is answered.
    Done(Result<Vec<u8>, Failure>),
}

#[derive(Debug)]
enum State {
    Idle,
    /// The request is sent, nothing has come.
    Asked {
        with_options: bool,
    },
    /// From this port blocks of this size come; `next` is expected.
    Reading {
        peer: SocketAddr,
        block: usize,
        next: u16,
    },
    /// All is there; the last block was this.
    Read {
        peer: SocketAddr,
        last: u16,
    },
    Over,
}

/// Reads one file.
#[derive(Debug)]
pub struct Fetch {
    server: SocketAddr,
    file: String,
    limit: usize,
    patience: Duration,
    state: State,
    bytes: Vec<u8>,
    /// Sent again when nothing comes.
    last: Option<(SocketAddr, Vec<u8>)>,
    again: Moment,
    wait: Duration,
    deadline: Moment,
    out: VecDeque<FetchOut>,
}

impl Fetch {
    /// Will read `file` from `server`, at most `limit` bytes, within `patience`.
    #[must_use]
    pub fn new(server: SocketAddr, file: &str, limit: usize, patience: Duration) -> Fetch {
        Fetch {
            server,
            file: file.to_owned(),
            limit,
            patience,
            state: State::Idle,
            bytes: Vec::new(),
            last: None,
            again: Moment::START,
            wait: FIRST_WAIT,
            deadline: Moment::START,
            out: VecDeque::new(),
        }
    }

    fn ask(&mut self, now: Moment, with_options: bool) {
        let options = Options { block: Some(BLOCK), size: Some(0), timeout: None };
        let options = if with_options { options } else { Options::default() };
        self.state = State::Asked { with_options };
        let packet = Packet::Read(ReadRequest { file: self.file.clone(), options });
        self.send(now, self.server, &packet);
    }

    fn send(&mut self, now: Moment, to: SocketAddr, packet: &Packet) {
        let bytes = packet.write();
        self.last = Some((to, bytes.clone()));
        self.wait = FIRST_WAIT;
        self.again = now + self.wait;
        self.out.push_back(FetchOut::Send { to, bytes });
    }

    fn say(&mut self, to: SocketAddr, packet: &Packet) {
        self.out.push_back(FetchOut::Send { to, bytes: packet.write() });
    }

    fn fail(&mut self, failure: Failure) {
        self.state = State::Over;
        self.bytes = Vec::new();
        self.out.push_back(FetchOut::Done(Err(failure)));
    }

    fn fail_and_say(&mut self, to: SocketAddr, code: ErrorCode, failure: Failure) {
        self.say(to, &Packet::Error(code, failure.to_string()));
        self.fail(failure);
    }

    fn received(&mut self, now: Moment, from: SocketAddr, bytes: &[u8]) {
        let packet = Packet::parse(bytes);
        match self.state {
            State::Idle | State::Over => {}
            // The server answers from a port of its own; anybody else's datagram is none of ours.
            State::Asked { with_options } if from.ip() == self.server.ip() => self.first(now, from, packet, with_options),
            State::Reading { peer, block, next } if from == peer => self.block(now, peer, packet, block, next),
            State::Read { peer, last } if from == peer => {
                if matches!(packet, Ok(Packet::Data(block, _)) if block == last) {
                    self.say(peer, &Packet::Ack(last));
                }
            }
            State::Asked { .. } | State::Reading { .. } | State::Read { .. } => {
                if !matches!(packet, Ok(Packet::Error(..))) {
                    self.say(from, &Packet::Error(ErrorCode::UNKNOWN_TRANSFER, "not in this transfer".into()));
                }
            }
        }
    }

    fn first(&mut self, now: Moment, peer: SocketAddr, packet: Result<Packet, &'static str>, with_options: bool) {
        match packet {
            Ok(Packet::Error(ErrorCode::OPTIONS, _)) if with_options => self.ask(now, false),
            Ok(Packet::Error(code, said)) => self.refused(code, said),
            Ok(Packet::OptionAck(options)) if with_options => {
                if options.size.is_some_and(|size| size > self.limit as u64) {
                    return self.fail_and_say(peer, ErrorCode::FULL, Failure::TooLong(self.limit));
                }
                let block = options.block.map_or(PLAIN_BLOCK, usize::from);
                if block > usize::from(BLOCK) {
                    return self.fail_and_say(
                        peer,
                        ErrorCode::OPTIONS,
                        Failure::Malformed("larger blocks than were asked for"),
                    );
                }
                self.state = State::Reading { peer, block, next: 1 };
                self.send(now, peer, &Packet::Ack(0));
            }
            // A server that knows no options gives the first block at once.
            Ok(Packet::Data(1, _)) => self.block(now, peer, packet, PLAIN_BLOCK, 1),
            Ok(_) => {
                self.fail_and_say(peer, ErrorCode::ILLEGAL, Failure::Malformed("an answer that does not fit the question"))
            }
            Err(why) => self.fail_and_say(peer, ErrorCode::ILLEGAL, Failure::Malformed(why)),
        }
    }

    fn block(&mut self, now: Moment, peer: SocketAddr, packet: Result<Packet, &'static str>, block: usize, next: u16) {
        match packet {
            Ok(Packet::Data(number, bytes)) if number == next => {
                if bytes.len() > block {
                    return self.fail_and_say(peer, ErrorCode::ILLEGAL, Failure::Malformed("a longer block than was agreed"));
                }
                if self.bytes.len() + bytes.len() > self.limit {
                    return self.fail_and_say(peer, ErrorCode::FULL, Failure::TooLong(self.limit));
                }
                self.bytes.extend_from_slice(&bytes);
                self.send(now, peer, &Packet::Ack(number));
                if bytes.len() == block {
                    self.state = State::Reading { peer, block, next: next.wrapping_add(1) };
                } else {
                    self.state = State::Read { peer, last: number };
                    self.last = None;
                    self.out.push_back(FetchOut::Done(Ok(std::mem::take(&mut self.bytes))));
                }
            }
            // Our acknowledgement was lost. Blocks further back are echoes: to answer them would double everything after.
            Ok(Packet::Data(number, _)) if number == next.wrapping_sub(1) && next != 1 => self.say(peer, &Packet::Ack(number)),
            Ok(Packet::OptionAck(_)) if next == 1 => self.say(peer, &Packet::Ack(0)),
            Ok(Packet::Data(..) | Packet::OptionAck(_)) => {}
            Ok(Packet::Error(code, said)) => self.refused(code, said),
            Ok(Packet::Read(_) | Packet::Write | Packet::Ack(_)) => {
                self.fail_and_say(peer, ErrorCode::ILLEGAL, Failure::Malformed("a question in place of an answer"));
            }
            Err(why) => self.fail_and_say(peer, ErrorCode::ILLEGAL, Failure::Malformed(why)),
        }
    }

    fn refused(&mut self, code: ErrorCode, said: String) {
        self.fail(if code == ErrorCode::NOT_FOUND { Failure::NotFound } else { Failure::Refused(code, RemoteText::new(said)) });
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, State::Asked { .. } | State::Reading { .. })
    }
}

impl Machine for Fetch {
    type Input = FetchIn;
    type Output = FetchOut;

    fn handle(&mut self, now: Moment, input: FetchIn) {
        match input {
            FetchIn::Start => {
                self.deadline = now + self.patience;
                self.ask(now, true);
            }
            FetchIn::Received { from, bytes } => self.received(now, from, &bytes),
        }
    }

    fn expire(&mut self, now: Moment) {
        if !self.is_waiting() {
            return;
        }
        if now >= self.deadline {
            return self.fail(Failure::Timeout);
        }
        if now >= self.again
            && let Some((to, bytes)) = self.last.clone()
        {
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
            self.again = now + self.wait;
            self.out.push_back(FetchOut::Send { to, bytes });
        }
    }

    fn poll(&mut self) -> Option<FetchOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.is_waiting().then(|| {
            let retransmission = Wake { at: self.again, why: "TFTP retransmission" };
            retransmission.min(Wake { at: self.deadline, why: "TFTP deadline" })
        })
    }
}
