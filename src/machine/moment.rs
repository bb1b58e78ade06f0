//! `Moment`: monotonic time as an argument.
//!
//! A pure room cannot read a clock, so time is a value that the driver hands in. In `World` it is virtual.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// Time since the driver (or the `World`) started; never goes back. Microsecond resolution is enough for all we do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The instant at which the driver started.
    pub const START: Moment = Moment(Duration::ZERO);

    /// The moment `since_start` after the start.
    #[must_use]
    pub const fn at(since_start: Duration) -> Moment {
        Moment(since_start)
    }

    /// How long after the start this is.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Moment) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, step: Duration) -> Moment {
        Moment(self.0.saturating_add(step))
    }
}

impl AddAssign<Duration> for Moment {
    fn add_assign(&mut self, step: Duration) {
        *self = *self + step;
    }
}

impl Sub<Moment> for Moment {
    type Output = Duration;

    fn sub(self, earlier: Moment) -> Duration {
        self.since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_never_go_below_zero() {
        let early = Moment::START + Duration::from_millis(5);
        let late = early + Duration::from_millis(7);
        assert_eq!(late - early, Duration::from_millis(7));
        assert_eq!(early - late, Duration::ZERO);
    }
}
