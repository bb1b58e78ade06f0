//! The INVITE client transaction: figure 5 of RFC 3261 §17.1.1, with the Accepted state of RFC 6026 §8.4.
//!
//! A state and moments, nothing else: the messages stand in [`super::client`].

use super::timers::{Resend, Timers};
use crate::machine::{Moment, Wake};
use std::time::Duration;

/// Where an INVITE that we sent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteClient {
    /// Sent, and nothing heard.
    Calling {
        /// Timer A; none over a reliable transport.
        resend: Option<Resend>,
        /// Timer B.
        give_up: Moment,
    },
    /// A 1xx has come.
    Proceeding {
        /// Once a CANCEL is out, the final response is awaited for 64·T1 only (RFC 3261 §9.1).
        give_up: Option<Moment>,
    },
    /// Refused, and acknowledged; retransmitted refusals are acknowledged again.
    Completed {
        /// Timer D.
        until: Moment,
    },
    /// Answered; further 2xx of this or another fork go up.
    Accepted {
        /// Timer M.
        until: Moment,
    },
    /// Over.
    Terminated,
}

/// What a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// It goes up.
    Tell,
    /// It is acknowledged here and has been told before.
    Acknowledge,
    /// It is acknowledged here and goes up.
    AcknowledgeAndTell,
}

/// What passing time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// Nothing.
    Nothing,
    /// The INVITE is sent again.
    Resend,
    /// There was no final response in time.
    TimedOut,
}

impl InviteClient {
    /// The INVITE has just been sent.
    #[must_use]
    pub fn sent(now: Moment, timers: &Timers, reliable: bool) -> InviteClient {
        let resend = (!reliable).then(|| Resend::after(now, timers.a()));
        InviteClient::Calling { resend, give_up: now + timers.b() }
    }

    /// A response with this status has come.
    pub fn hear(&mut self, now: Moment, status: u16, timers: &Timers, reliable: bool) -> Heard {
        match (*self, status) {
            (InviteClient::Calling { .. }, ..200) => {
                *self = InviteClient::Proceeding { give_up: None };
                Heard::Tell
            }
            (InviteClient::Proceeding { .. }, ..200) => Heard::Tell,
            (InviteClient::Calling { .. } | InviteClient::Proceeding { .. }, 200..300) => {
                *self = InviteClient::Accepted { until: now + timers.m() };
                Heard::Tell
            }
            (InviteClient::Calling { .. } | InviteClient::Proceeding { .. }, _) => {
                let linger = timers.d(reliable);
                *self =
                    if linger.is_zero() { InviteClient::Terminated } else { InviteClient::Completed { until: now + linger } };
                Heard::AcknowledgeAndTell
            }
            (InviteClient::Completed { .. }, 300..) => Heard::Acknowledge,
            (InviteClient::Accepted { .. }, 200..300) => Heard::Tell,
            (InviteClient::Completed { .. } | InviteClient::Accepted { .. } | InviteClient::Terminated, _) => Heard::Nothing,
        }
    }

    /// A CANCEL for it has just been sent.
    pub fn cancelled(&mut self, now: Moment, timers: &Timers) {
        if let InviteClient::Proceeding { give_up: give_up @ None } = self {
            *give_up = Some(now + 64 * timers.t1);
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment) -> Expired {
        match *self {
            InviteClient::Calling { give_up, .. } | InviteClient::Proceeding { give_up: Some(give_up) } if give_up <= now => {
                *self = InviteClient::Terminated;
                Expired::TimedOut
            }
            InviteClient::Calling { resend: Some(resend), give_up } if resend.at <= now => {
                *self = InviteClient::Calling { resend: Some(resend.next(now, Duration::MAX)), give_up };
                Expired::Resend
            }
            InviteClient::Completed { until } | InviteClient::Accepted { until } if until <= now => {
                *self = InviteClient::Terminated;
                Expired::Nothing
            }
            _ => Expired::Nothing,
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match *self {
            InviteClient::Calling { resend, give_up } => {
                let resend = resend.map(|resend| Wake { at: resend.at, why: "timer A" });
                Wake::sooner(resend, Some(Wake { at: give_up, why: "timer B" }))
            }
            InviteClient::Proceeding { give_up } => give_up.map(|at| Wake { at, why: "64·T1 after CANCEL" }),
            InviteClient::Completed { until } => Some(Wake { at: until, why: "timer D" }),
            InviteClient::Accepted { until } => Some(Wake { at: until, why: "timer M" }),
            InviteClient::Terminated => None,
        }
    }
}
