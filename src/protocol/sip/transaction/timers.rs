//! The timers of RFC 3261 §17 by their letters, as durations (table 4 of appendix A, and L and M of RFC 6026 §8.1).
//!
//! It refuses to know what is done when one fires.

use crate::machine::Moment;
use std::time::Duration;

/// A server transaction answers 100 by itself when its user has said nothing for so long (RFC 3261 §17.2.1).
pub const TRYING: Duration = Duration::from_millis(200);

/// The three estimates from which every timer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Round-trip time: 500 ms.
    pub t1: Duration,
    /// The longest pause between retransmissions of non-INVITE requests and INVITE responses: 4 s.
    pub t2: Duration,
    /// The longest time that a message stays in the network: 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl Timers {
    /// A: the first pause before an INVITE is sent again over an unreliable transport; doubles without end.
    #[must_use]
    pub fn a(&self) -> Duration {
        self.t1
    }

    /// B: an INVITE without any response is given up.
    #[must_use]
    pub fn b(&self) -> Duration {
        64 * self.t1
    }

    /// D: how long a refused INVITE absorbs retransmitted responses.
    #[must_use]
    pub fn d(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { Duration::from_secs(32).max(64 * self.t1) }
    }

    /// E: the first pause before another request is sent again; doubles up to T2.
    #[must_use]
    pub fn e(&self) -> Duration {
        self.t1
    }

    /// F: another request without a final response is given up.
    #[must_use]
    pub fn f(&self) -> Duration {
        64 * self.t1
    }

    /// G: the first pause before a refusal of an INVITE is sent again; doubles up to T2.
    #[must_use]
    pub fn g(&self) -> Duration {
        self.t1
    }

    /// H: the ACK to a refusal is no longer awaited.
    #[must_use]
    pub fn h(&self) -> Duration {
        64 * self.t1
    }

    /// I: how long retransmitted ACKs are absorbed.
    #[must_use]
    pub fn i(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t4 }
    }

    /// J: how long retransmissions of an answered request are absorbed.
    #[must_use]
    pub fn j(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { 64 * self.t1 }
    }

    /// K: how long retransmitted responses are absorbed.
    #[must_use]
    pub fn k(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t4 }
    }

    /// L: how long retransmissions of an accepted INVITE are absorbed (RFC 6026 §8.7).
    #[must_use]
    pub fn l(&self) -> Duration {
        64 * self.t1
    }

    /// M: how long further 2xx of forks are passed up (RFC 6026 §8.4).
    #[must_use]
    pub fn m(&self) -> Duration {
        64 * self.t1
    }
}

/// A schedule of retransmissions, each pause twice the one before, up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    /// When it is due next.
    pub at: Moment,
    /// The pause that ends then.
    pub pause: Duration,
}

impl Resend {
    /// The first one is due `pause` after `now`.
    #[must_use]
    pub fn after(now: Moment, pause: Duration) -> Resend {
        Resend { at: now + pause, pause }
    }

    /// The one that follows this one, which fires `now`.
    #[must_use]
    pub fn next(self, now: Moment, longest: Duration) -> Resend {
        Resend::after(now, self.pause.saturating_mul(2).min(longest))
    }
}
