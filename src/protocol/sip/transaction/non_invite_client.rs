//! The non-INVITE client transaction: figure 6 of RFC 3261 §17.1.2.
//!
//! A state and moments, nothing else: the messages stand in [`super::client`].

use super::timers::{Resend, Timers};
use crate::machine::{Moment, Wake};

/// Where a request that we sent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonInviteClient {
    /// Sent, and nothing heard.
    Trying {
        /// Timer E; none over a reliable transport.
        resend: Option<Resend>,
        /// Timer F.
        give_up: Moment,
    },
    /// A 1xx has come: it is sent again every T2 only.
    Proceeding {
        /// Timer E; none over a reliable transport.
        resend: Option<Resend>,
        /// Timer F.
        give_up: Moment,
    },
    /// Answered; retransmitted responses are absorbed.
    Completed {
        /// Timer K.
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
}

/// What passing time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// Nothing.
    Nothing,
    /// The request is sent again.
    Resend,
    /// There was no final response in time.
    TimedOut,
}

impl NonInviteClient {
    /// The request has just been sent.
    #[must_use]
    pub fn sent(now: Moment, timers: &Timers, reliable: bool) -> NonInviteClient {
        let resend = (!reliable).then(|| Resend::after(now, timers.e()));
        NonInviteClient::Trying { resend, give_up: now + timers.f() }
    }

    /// A response with this status has come.
    pub fn hear(&mut self, now: Moment, status: u16, timers: &Timers, reliable: bool) -> Heard {
        match *self {
            NonInviteClient::Trying { resend, give_up } | NonInviteClient::Proceeding { resend, give_up } => {
                let linger = timers.k(reliable);
                *self = if status < 200 {
                    NonInviteClient::Proceeding { resend, give_up }
                } else if linger.is_zero() {
                    NonInviteClient::Terminated
                } else {
                    NonInviteClient::Completed { until: now + linger }
                };
                Heard::Tell
            }
            NonInviteClient::Completed { .. } | NonInviteClient::Terminated => Heard::Nothing,
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment, timers: &Timers) -> Expired {
        match *self {
            NonInviteClient::Trying { give_up, .. } | NonInviteClient::Proceeding { give_up, .. } if give_up <= now => {
                *self = NonInviteClient::Terminated;
                Expired::TimedOut
            }
            NonInviteClient::Trying { resend: Some(resend), give_up } if resend.at <= now => {
                *self = NonInviteClient::Trying { resend: Some(resend.next(now, timers.t2)), give_up };
                Expired::Resend
            }
            NonInviteClient::Proceeding { resend: Some(resend), give_up } if resend.at <= now => {
                let resend = Resend::after(now, timers.t2);
                *self = NonInviteClient::Proceeding { resend: Some(resend), give_up };
                Expired::Resend
            }
            NonInviteClient::Completed { until } if until <= now => {
                *self = NonInviteClient::Terminated;
                Expired::Nothing
            }
            _ => Expired::Nothing,
        }
    }

    /// What is due next.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match *self {
            NonInviteClient::Trying { resend, give_up } | NonInviteClient::Proceeding { resend, give_up } => {
                let resend = resend.map(|resend| Wake { at: resend.at, why: "timer E" });
                Wake::sooner(resend, Some(Wake { at: give_up, why: "timer F" }))
            }
            NonInviteClient::Completed { until } => Some(Wake { at: until, why: "timer K" }),
            NonInviteClient::Terminated => None,
        }
    }
}
