//! What the thread of a sound card tells of its stream, without ever waiting: that it turns, what it lost, why it ended.

use crate::machine::Moment;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Errors in a row, without any sound between, after which a stream is taken for broken.
const ENOUGH: u64 = 20;

/// One stream of a card.
#[derive(Debug)]
pub struct Flow {
    began: Instant,
    turns: AtomicU64,
    /// Nanoseconds from the beginning to the last turn.
    turned: AtomicU64,
    starved: AtomicU64,
    xruns: AtomicU64,
    errors: AtomicU64,
    broken: OnceLock<String>,
}

impl Default for Flow {
    fn default() -> Flow {
        let none = AtomicU64::default;
        let (turns, turned, starved, xruns, errors) = (none(), none(), none(), none(), none());
        Flow { began: Instant::now(), turns, turned, starved, xruns, errors, broken: OnceLock::new() }
    }
}

impl Flow {
    /// The time since it began.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::at(self.began.elapsed())
    }

    /// The time since the card's last turn.
    #[must_use]
    pub fn since_turn(&self, now: Moment) -> Duration {
        now.since_start().saturating_sub(Duration::from_nanos(self.turned.load(Ordering::Relaxed)))
    }

    /// The card gives or takes sound.
    pub fn turn(&self, now: Moment) {
        self.turned.store(u64::try_from(now.since_start().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.errors.store(0, Ordering::Relaxed);
    }

    /// How often it did.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// We were late: so many samples were missing, or had no room.
    pub fn starve(&self, samples: usize) {
        self.starved.fetch_add(u64::try_from(samples).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Samples that were missing, or had no room.
    #[must_use]
    pub fn starved(&self) -> u64 {
        self.starved.load(Ordering::Relaxed)
    }

    /// The card itself ran over or dry.
    pub fn xrun(&self) {
        self.xruns.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it did.
    #[must_use]
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Ordering::Relaxed)
    }

    /// An error that may pass. Answers whether it is one of many in a row: then whoever hears of them should slow down.
    pub fn err(&self, why: &str) -> bool {
        let errors = self.errors.fetch_add(1, Ordering::Relaxed);
        if errors >= ENOUGH {
            self.break_off(why);
        }
        errors > 0
    }

    /// The stream is over.
    pub fn break_off(&self, why: &str) {
        // The first reason is the one that counts.
        let _ = self.broken.set(why.to_owned());
    }

    /// Why it is over, if it is.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_a_row_break_a_stream_and_others_do_not() {
        let flow = Flow::default();
        for _ in 0..100 {
            flow.err("hiccup");
            flow.turn(flow.now());
        }
        assert_eq!((flow.broken(), flow.turns()), (None, 100));
        for _ in 0..=ENOUGH {
            flow.err("the cable");
        }
        flow.break_off("later");
        assert_eq!(flow.broken(), Some("the cable"));
    }
}
