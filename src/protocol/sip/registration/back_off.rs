//! How long to wait after a failure (RFC 5626 §4.5).

use crate::machine::Chance;
use std::time::Duration;

/// Longer and longer, and spread, so that a server that comes back is not met by everybody at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// Half of the longest wait after the first failure: 30 s where all flows of an account have failed.
    pub base: Duration,
    /// The longest wait ever: 1800 s.
    pub max: Duration,
}

impl Default for BackOff {
    fn default() -> BackOff {
        BackOff { base: Duration::from_secs(30), max: Duration::from_secs(1800) }
    }
}

impl BackOff {
    /// The wait after so many failures in a row: between half and all of min(max, base · 2^failures).
    #[must_use]
    pub fn draw(&self, failures: u32, chance: &mut Chance) -> Duration {
        let bound = self.base.saturating_mul(1 << failures.min(16)).min(self.max);
        let half = u64::try_from(bound.as_millis() / 2).unwrap_or(u64::MAX / 2);
        Duration::from_millis(half + chance.below(half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_between_half_and_all_of_the_bound_and_have_an_end() {
        let (back_off, mut chance) = (BackOff::default(), Chance::seeded(1));
        for (failures, bound) in [(1, 60), (2, 120), (3, 240), (5, 960), (6, 1800), (7, 1800), (u32::MAX, 1800)] {
            let drawn: Vec<_> = (0..200).map(|_| back_off.draw(failures, &mut chance).as_millis()).collect();
            let (least, most) = (bound * 500, bound * 1000);
            assert!(drawn.iter().all(|wait| (least..=most).contains(wait)), "{failures}: {drawn:?}");
            assert!(drawn.iter().max().unwrap() - drawn.iter().min().unwrap() > least / 2, "spread");
        }
    }
}
