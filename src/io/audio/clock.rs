//! The beat of 20 ms: absolute deadlines, so that nothing adds up; after a stall it goes on from now, without a burst.

use crate::machine::Moment;
use std::time::{Duration, Instant};

/// Beats that are made up for at most, when the thread was late. Beyond that the time is lost, as it is for a sound card.
const MAKE_UP: u32 = 3;

/// A beat.
#[derive(Debug)]
pub struct Beat {
    began: Instant,
    next: Duration,
    period: Duration,
}

impl Beat {
    /// Beats every `period`, first one period from now.
    #[must_use]
    pub fn new(period: Duration) -> Beat {
        Beat { began: Instant::now(), next: period, period }
    }

    /// The time since it began.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::at(self.began.elapsed())
    }

    /// How long until the next beat; zero when it is due.
    #[must_use]
    pub fn until_next(&self, now: Moment) -> Duration {
        self.next.saturating_sub(now.since_start())
    }

    /// Counts a beat that was due. Answers how many beats were left out, after a stall.
    pub fn count(&mut self, now: Moment) -> u32 {
        self.next += self.period;
        let behind = now.since_start().saturating_sub(self.next);
        let beats = u32::try_from(behind.as_nanos() / self.period.as_nanos().max(1)).unwrap_or(u32::MAX);
        if beats < MAKE_UP {
            return 0;
        }
        self.next += self.period * beats;
        beats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::START + Duration::from_millis(millis)
    }

    #[test]
    fn deadlines_are_absolute_and_a_stall_makes_no_burst() {
        let mut beat = Beat::new(Duration::from_millis(20));
        assert_eq!(beat.until_next(at(13)), Duration::from_millis(7));
        assert_eq!((beat.count(at(25)), beat.until_next(at(25))), (0, Duration::from_millis(15)));
        // 45 ms late: two more beats at once, on the old grid.
        assert_eq!((beat.count(at(85)), beat.until_next(at(85))), (0, Duration::ZERO));
        assert_eq!((beat.count(at(85)), beat.until_next(at(85))), (0, Duration::ZERO));
        assert_eq!((beat.count(at(85)), beat.until_next(at(85))), (0, Duration::from_millis(15)));
        // A second late: the beat that was due and the one that is, and what was between them is lost.
        assert_eq!((beat.count(at(1105)), beat.until_next(at(1105))), (49, Duration::ZERO));
        assert_eq!((beat.count(at(1105)), beat.until_next(at(1105))), (0, Duration::from_millis(15)));
    }
}
