//! The re-login window: clients of a node that was lost sign in anew somewhere in it, so that the other node is not overrun.

use crate::machine::Chance;
use std::time::Duration;

/// Nobody is made to wait longer, whatever a server says.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Client Re-Login Lower Limit and Upper Limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    lower: Duration,
    upper: Duration,
}

impl Default for Window {
    /// The documented defaults.
    fn default() -> Window {
        Window { lower: Duration::from_secs(120), upper: Duration::from_secs(537) }
    }
}

impl Window {
    /// What a server says, in seconds: limits that it does not say are the documented ones, and the upper one is never below
    /// the lower one. None where it says neither.
    #[must_use]
    pub fn said(lower: Option<u64>, upper: Option<u64>) -> Option<Window> {
        if lower.is_none() && upper.is_none() {
            return None;
        }
        let documented = Window::default();
        let lower = lower.map_or(documented.lower, Duration::from_secs).min(LONGEST);
        let upper = upper.map_or(documented.upper, Duration::from_secs).min(LONGEST).max(lower);
        Some(Window { lower, upper })
    }

    /// Its limits, in seconds.
    #[must_use]
    pub fn limits(&self) -> (u64, u64) {
        (self.lower.as_secs(), self.upper.as_secs())
    }

    /// A time in it.
    #[must_use]
    pub fn draw(&self, chance: &mut Chance) -> Duration {
        let span = u64::try_from((self.upper - self.lower).as_millis()).unwrap_or(0);
        self.lower + Duration::from_millis(chance.below(span.saturating_add(1)))
    }

    /// Whether `time` lies in it.
    #[must_use]
    pub fn holds(&self, time: Duration) -> bool {
        (self.lower..=self.upper).contains(&time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept_and_wrong_ones_mended() {
        let seconds = |window: Window| (window.lower.as_secs(), window.upper.as_secs());
        assert_eq!(seconds(Window::default()), (120, 537));
        assert_eq!(Window::said(None, None), None);
        for (lower, upper, expected) in [
            (Some(60), Some(90), (60, 90)),
            (Some(60), None, (60, 537)),
            (None, Some(90), (120, 120)),
            (Some(0), Some(0), (0, 0)),
            (Some(u64::MAX), Some(u64::MAX), (3_600, 3_600)),
        ] {
            assert_eq!(Window::said(lower, upper).map(seconds), Some(expected));
        }
        let mut chance = Chance::seeded(3);
        let drawn: Vec<Duration> = (0..200).map(|_| Window::default().draw(&mut chance)).collect();
        assert!(drawn.iter().all(|time| Window::default().holds(*time)));
        assert!(drawn.iter().any(|time| time.as_secs() < 200) && drawn.iter().any(|time| time.as_secs() > 450));
    }
}
