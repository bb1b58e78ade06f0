//! The client's end of its stream to a server: one connection after the other, what is not acknowledged kept for
//! resumption (XEP-0198).

use super::line::{FromServer, ToServer};
use crate::machine::{Machine, Moment, Wake};
use crate::protocol::xmpp::Stanza;
use std::collections::VecDeque;

/// What happens to attempts to connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// They go through.
    #[default]
    Open,
    /// They are refused at once.
    Closed,
    /// Nothing comes back.
    Silent,
    /// The certificate is not trusted.
    Untrusted,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum WireIn {
    /// Connect and sign in.
    Connect {
        /// Bare JID.
        jid: String,
        /// Resource.
        resource: String,
        /// Password.
        password: String,
    },
    /// Send; with a number, its fate is told.
    Send(Option<u64>, Stanza),
    /// End in order.
    Close,
    /// On this connection the server says this.
    Heard(u64, FromServer),
    /// The network cuts the connection: what is in flight is lost.
    Cut,
    /// From now on attempts to connect go so.
    Reach(Reach),
}

/// Why the stream is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection.
    Unreachable,
    /// Password.
    Refused,
    /// Certificate.
    Untrusted,
}

/// Something is to be done or told.
#[derive(Clone, Debug, PartialEq)]
pub enum WireOut {
    /// The stream is up.
    Up {
        /// Full JID.
        jid: String,
        /// It is the old one.
        resumed: bool,
    },
    /// It is not.
    Down(Trouble),
    /// A stanza came.
    Stanza(Stanza),
    /// The server has this one.
    Acknowledged(u64),
    /// Nobody knows about this one.
    Lost(u64),
    /// Over this connection, to the server.
    Send(u64, ToServer),
    /// This connection is gone; the server will notice.
    Broken(u64),
}

/// One client's end.
#[derive(Debug, Default)]
pub struct Wire {
    /// Number of the connection; what belongs to an older one is void.
    connection: u64,
    line: Line,
    session: Option<u64>,
    heard: u32,
    sent: u32,
    unacknowledged: VecDeque<(Option<u64>, Stanza)>,
    out: VecDeque<WireOut>,
    reach: Reach,
    attempts: Vec<Moment>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Down,
    Opening,
    Up,
}

impl Wire {
    /// An end whose first connection has this number. A new process on the same host takes a number of its own.
    #[must_use]
    pub fn new(connection: u64) -> Wire {
        Wire { connection, ..Wire::default() }
    }

    /// When attempts to connect were made.
    #[must_use]
    pub fn attempts(&self) -> &[Moment] {
        &self.attempts
    }

    fn connect(&mut self, now: Moment, jid: String, resource: String, password: String) {
        self.attempts.push(now);
        self.connection += 1;
        match self.reach {
            Reach::Open => {
                self.line = Line::Opening;
                let resume = self.session.map(|session| (session, self.heard));
                self.out.push_back(WireOut::Send(self.connection, ToServer::Open { jid, resource, password, resume }));
            }
            Reach::Silent => self.line = Line::Opening,
            Reach::Closed => self.out.push_back(WireOut::Down(Trouble::Unreachable)),
            Reach::Untrusted => self.out.push_back(WireOut::Down(Trouble::Untrusted)),
        }
    }

    fn send(&mut self, stanza: Stanza) {
        self.out.push_back(WireOut::Send(self.connection, ToServer::Stanza(stanza)));
    }

    fn heard(&mut self, what: FromServer) {
        match what {
            FromServer::Opened { jid, session, resumed } => {
                self.line = Line::Up;
                self.session = session;
                match resumed {
                    Some(count) => self.acknowledged(count),
                    None => self.forget(),
                }
                self.out.push_back(WireOut::Up { jid, resumed: resumed.is_some() });
                for (_, stanza) in self.unacknowledged.clone() {
                    self.send(stanza);
                }
            }
            FromServer::Refused => {
                self.line = Line::Down;
                self.connection += 1;
                self.out.push_back(WireOut::Down(Trouble::Refused));
            }
            FromServer::Replaced => {
                self.line = Line::Down;
                self.session = None;
                self.connection += 1;
                self.forget();
                self.out.push_back(WireOut::Down(Trouble::Unreachable));
            }
            FromServer::Stanza(stanza) => {
                self.heard += 1;
                if self.session.is_some() {
                    self.out.push_back(WireOut::Send(self.connection, ToServer::Ack(self.heard)));
                }
                self.out.push_back(WireOut::Stanza(stanza));
            }
            FromServer::Ack(count) => self.acknowledged(count),
        }
    }

    /// The server has `count` of the stanzas of this session.
    fn acknowledged(&mut self, count: u32) {
        let unacknowledged = u32::try_from(self.unacknowledged.len()).unwrap_or(u32::MAX);
        let before = self.sent.saturating_sub(unacknowledged);
        for _ in before..count.min(self.sent) {
            if let Some((Some(number), _)) = self.unacknowledged.pop_front() {
                self.out.push_back(WireOut::Acknowledged(number));
            }
        }
    }

    /// The session is gone: nobody knows what became of what was not acknowledged.
    fn forget(&mut self) {
        for (number, _) in std::mem::take(&mut self.unacknowledged) {
            self.out.extend(number.map(WireOut::Lost));
        }
        (self.heard, self.sent) = (0, 0);
    }
}

impl Machine for Wire {
    type Input = WireIn;
    type Output = WireOut;

    fn handle(&mut self, now: Moment, input: WireIn) {
        match input {
            WireIn::Connect { jid, resource, password } => self.connect(now, jid, resource, password),
            WireIn::Send(number, stanza) => {
                self.unacknowledged.push_back((number, stanza.clone()));
                self.sent += 1;
                if self.line == Line::Up {
                    self.send(stanza);
                }
            }
            WireIn::Close => {
                if self.line == Line::Up {
                    self.out.push_back(WireOut::Send(self.connection, ToServer::Close));
                }
                self.line = Line::Down;
                self.session = None;
                self.connection += 1;
                self.forget();
            }
            WireIn::Heard(connection, what) if connection == self.connection => self.heard(what),
            WireIn::Heard(..) => {}
            WireIn::Cut => {
                if self.line != Line::Down {
                    self.line = Line::Down;
                    self.out.push_back(WireOut::Broken(self.connection));
                    self.connection += 1;
                    self.out.push_back(WireOut::Down(Trouble::Unreachable));
                }
            }
            WireIn::Reach(reach) => self.reach = reach,
        }
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<WireOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        None
    }
}
