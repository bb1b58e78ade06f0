//! Keep-alive of a flow by line ends (RFC 5626 §3.5.1 and §4.4.1): a NAT on the way keeps its binding, and where the
//! registrar speaks outbound, a stream that is dead is known to be so.
//!
//! STUN is not used: over UDP the same four bytes keep the binding, and every parser of SIP skips them.

use crate::machine::{Chance, Moment, Wake};
use std::time::Duration;

/// A ping.
pub const PING: &[u8] = b"\r\n\r\n";
/// How long a pong may take.
pub const PONG_IN: Duration = Duration::from_secs(10);
/// The longest pause: the shortest time that a NAT keeps a UDP binding (RFC 5626 §4.4.2).
const LONGEST: Duration = Duration::from_secs(30);
/// The shortest, whatever Flow-Timer says.
const SHORTEST: Duration = Duration::from_secs(5);

/// The keep-alive of one flow.
#[derive(Debug)]
pub struct KeepAlive {
    longest: Duration,
    pongs: Pongs,
    state: State,
}

/// Whether pings are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pongs {
    /// The far side has said so (`Require: outbound` in the answer to REGISTER), and the flow is a stream.
    Promised,
    /// Nobody knows.
    Unknown,
}

#[derive(Debug)]
enum State {
    Quiet { next: Moment },
    Pinged { until: Moment },
}

/// What passing time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// Nothing.
    Nothing,
    /// A ping is to be sent.
    Ping,
    /// No pong came: the flow is dead.
    Dead,
}

impl KeepAlive {
    /// Begins. `flow_timer` is what the registrar wants at most between pings (RFC 5626 §10).
    #[must_use]
    pub fn new(now: Moment, pongs: Pongs, flow_timer: Option<Duration>, chance: &mut Chance) -> KeepAlive {
        let longest = flow_timer.unwrap_or(LONGEST).clamp(SHORTEST, LONGEST);
        KeepAlive { longest, pongs, state: State::Quiet { next: now + pause(longest, chance) } }
    }

    /// A pong came.
    pub fn hear_pong(&mut self, now: Moment, chance: &mut Chance) {
        if let State::Pinged { .. } = self.state {
            self.state = State::Quiet { next: now + pause(self.longest, chance) };
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment, chance: &mut Chance) -> Expired {
        match self.state {
            State::Quiet { next } if next <= now => {
                self.state = match self.pongs {
                    Pongs::Promised => State::Pinged { until: now + PONG_IN },
                    Pongs::Unknown => State::Quiet { next: now + pause(self.longest, chance) },
                };
                Expired::Ping
            }
            State::Pinged { until } if until <= now => Expired::Dead,
            _ => Expired::Nothing,
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Wake {
        match self.state {
            State::Quiet { next } => Wake { at: next, why: "keep-alive" },
            State::Pinged { until } => Wake { at: until, why: "pong" },
        }
    }
}

/// Between five sixths and all of the longest pause: 25 to 30 s.
fn pause(longest: Duration, chance: &mut Chance) -> Duration {
    let sixth = u64::try_from(longest.as_millis() / 6).unwrap_or(0);
    longest - Duration::from_millis(chance.below(sixth + 1))
}
