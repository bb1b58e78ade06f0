//! The one trait: a machine is driven, it never runs.

use super::Moment;

/// When a machine wants to be called again, and why. The reason goes to logs and to failing tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wake {
    /// The earliest moment at which [`Machine::expire`] has something to do.
    pub at: Moment,
    /// What is due then, in the standard's own words ("timer B", "registration refresh").
    pub why: &'static str,
}

impl Wake {
    /// Whichever of the two comes first.
    #[must_use]
    pub fn sooner(a: Option<Wake>, b: Option<Wake>) -> Option<Wake> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }
}

/// A sans-IO state machine.
///
/// Whoever drives it calls [`handle`](Machine::handle) for each input and [`expire`](Machine::expire) when
/// [`wake`](Machine::wake) is reached, and after each of them [`poll`](Machine::poll) until it answers `None`.
/// A machine reads no clock, opens nothing, and makes no randomness of its own.
pub trait Machine {
    /// What may happen to it: a closed enum.
    type Input;
    /// What it may want done: a closed enum.
    type Output;

    /// Something happened at `now`.
    fn handle(&mut self, now: Moment, input: Self::Input);

    /// Time has come to `now`: whatever was due by then happens. Harmless when nothing is due.
    fn expire(&mut self, now: Moment);

    /// The next thing to be done, oldest first.
    fn poll(&mut self) -> Option<Self::Output>;

    /// When to call [`expire`](Machine::expire) next; `None` while nothing is awaited.
    fn wake(&self) -> Option<Wake>;
}
