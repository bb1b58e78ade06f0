//! The INVITE server transaction: figure 7 of RFC 3261 §17.2.1, with the Accepted state of RFC 6026 §8.7.
//!
//! A state and moments, nothing else: the messages stand in [`super::server`].

use super::timers::{Resend, TRYING, Timers};
use crate::machine::{Moment, Wake};

/// Where an INVITE that came is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteServer {
    /// No final response yet.
    Proceeding {
        /// When a 100 goes out, unless the user has answered by then.
        trying: Option<Moment>,
    },
    /// Refused; the refusal is repeated until its ACK comes.
    Completed {
        /// Timer G; none over a reliable transport.
        resend: Option<Resend>,
        /// Timer H.
        give_up: Moment,
    },
    /// The ACK to the refusal has come; further ones are absorbed.
    Confirmed {
        /// Timer I.
        until: Moment,
    },
    /// Answered with 2xx; the user repeats it until its ACK comes (RFC 3261 §13.3.1.4), retransmitted INVITEs are absorbed.
    Accepted {
        /// Timer L.
        until: Moment,
    },
    /// Over.
    Terminated,
}

/// What a message from the peer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// The last response is sent again.
    Resend,
    /// It is an ACK to a 2xx, and goes up.
    Tell,
}

/// What passing time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// Nothing.
    Nothing,
    /// The user has been silent for 200 ms: 100 is sent.
    Trying,
    /// The refusal is sent again.
    Resend,
    /// The refusal was never acknowledged.
    Unacknowledged,
}

impl InviteServer {
    /// The INVITE has just come, and goes up.
    #[must_use]
    pub fn received(now: Moment) -> InviteServer {
        InviteServer::Proceeding { trying: Some(now + TRYING) }
    }

    /// The user responds. Answers whether this response goes out.
    pub fn respond(&mut self, now: Moment, status: u16, timers: &Timers, reliable: bool) -> bool {
        match (*self, status) {
            (InviteServer::Proceeding { .. }, ..200) => {
                *self = InviteServer::Proceeding { trying: None };
                true
            }
            (InviteServer::Proceeding { .. }, 200..300) => {
                *self = InviteServer::Accepted { until: now + timers.l() };
                true
            }
            (InviteServer::Proceeding { .. }, _) => {
                let resend = (!reliable).then(|| Resend::after(now, timers.g()));
                *self = InviteServer::Completed { resend, give_up: now + timers.h() };
                true
            }
            (InviteServer::Accepted { .. }, 200..300) => true,
            _ => false,
        }
    }

    /// The INVITE has come again.
    #[must_use]
    pub fn hear_again(&self) -> Heard {
        match self {
            InviteServer::Proceeding { .. } | InviteServer::Completed { .. } => Heard::Resend,
            InviteServer::Confirmed { .. } | InviteServer::Accepted { .. } | InviteServer::Terminated => Heard::Nothing,
        }
    }

    /// An ACK has come.
    pub fn hear_ack(&mut self, now: Moment, timers: &Timers, reliable: bool) -> Heard {
        match *self {
            InviteServer::Completed { .. } => {
                let linger = timers.i(reliable);
                *self =
                    if linger.is_zero() { InviteServer::Terminated } else { InviteServer::Confirmed { until: now + linger } };
                Heard::Nothing
            }
            InviteServer::Accepted { .. } => Heard::Tell,
            InviteServer::Proceeding { .. } | InviteServer::Confirmed { .. } | InviteServer::Terminated => Heard::Nothing,
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment, timers: &Timers) -> Expired {
        match *self {
            InviteServer::Proceeding { trying: Some(at) } if at <= now => {
                *self = InviteServer::Proceeding { trying: None };
                Expired::Trying
            }
            InviteServer::Completed { give_up, .. } if give_up <= now => {
                *self = InviteServer::Terminated;
                Expired::Unacknowledged
            }
            InviteServer::Completed { resend: Some(resend), give_up } if resend.at <= now => {
                *self = InviteServer::Completed { resend: Some(resend.next(now, timers.t2)), give_up };
                Expired::Resend
            }
            InviteServer::Confirmed { until } | InviteServer::Accepted { until } if until <= now => {
                *self = InviteServer::Terminated;
                Expired::Nothing
            }
            _ => Expired::Nothing,
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match *self {
            InviteServer::Proceeding { trying } => trying.map(|at| Wake { at, why: "200 ms before 100 Trying" }),
            InviteServer::Completed { resend, give_up } => {
                let resend = resend.map(|resend| Wake { at: resend.at, why: "timer G" });
                Wake::sooner(resend, Some(Wake { at: give_up, why: "timer H" }))
            }
            InviteServer::Confirmed { until } => Some(Wake { at: until, why: "timer I" }),
            InviteServer::Accepted { until } => Some(Wake { at: until, why: "timer L" }),
            InviteServer::Terminated => None,
        }
    }
}
