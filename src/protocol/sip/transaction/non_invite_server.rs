//! The non-INVITE server transaction: figure 8 of RFC 3261 §17.2.2.
//!
//! A state and moments, nothing else: the messages stand in [`super::server`].

use super::timers::Timers;
use crate::machine::{Moment, Wake};

/// Where a request that came is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonInviteServer {
    /// The user has said nothing.
    Trying {
        /// A user that has said nothing by then, 64·T1 later, never will: the peer's timer F has fired.
        until: Moment,
    },
    /// The user has sent a 1xx.
    Proceeding {
        /// As in `Trying`.
        until: Moment,
    },
    /// Answered; the answer is sent again for every retransmission.
    Completed {
        /// Timer J.
        until: Moment,
    },
    /// Over.
    Terminated,
}

impl NonInviteServer {
    /// The request has just come, and goes up.
    #[must_use]
    pub fn received(now: Moment, timers: &Timers) -> NonInviteServer {
        NonInviteServer::Trying { until: now + timers.f() }
    }

    /// The user responds. Answers whether this response goes out.
    pub fn respond(&mut self, now: Moment, status: u16, timers: &Timers, reliable: bool) -> bool {
        match *self {
            NonInviteServer::Trying { until } | NonInviteServer::Proceeding { until } => {
                let linger = timers.j(reliable);
                *self = if status < 200 {
                    NonInviteServer::Proceeding { until }
                } else if linger.is_zero() {
                    NonInviteServer::Terminated
                } else {
                    NonInviteServer::Completed { until: now + linger }
                };
                true
            }
            NonInviteServer::Completed { .. } | NonInviteServer::Terminated => false,
        }
    }

    /// The request has come again. Answers whether the last response is sent again.
    #[must_use]
    pub fn hear_again(&self) -> bool {
        matches!(self, NonInviteServer::Proceeding { .. } | NonInviteServer::Completed { .. })
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment) {
        if self.wake().is_some_and(|wake| wake.at <= now) {
            *self = NonInviteServer::Terminated;
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match *self {
            NonInviteServer::Trying { until } | NonInviteServer::Proceeding { until } => {
                Some(Wake { at: until, why: "the peer's timer F" })
            }
            NonInviteServer::Completed { until } => Some(Wake { at: until, why: "timer J" }),
            NonInviteServer::Terminated => None,
        }
    }
}
