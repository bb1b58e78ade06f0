//! What people have written to each other before the lab begins, which the archive of IM and Presence answers with; and who
//! has called whom, which only telephones know: it stands in the list of past calls of the demo.

use crate::machine::{Chance, Stamp};
use serde::Deserialize;
use std::time::Duration;

/// A message that was written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Written {
    /// So many days before the lab begins, one at least.
    days_ago: DaysAgo,
    /// At this hour of that day, in UTC.
    at: Hour,
    /// Who wrote it: a person's name.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What.
    pub says: String,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Called {
    /// So many days before the lab begins, one at least.
    days_ago: DaysAgo,
    /// At this hour of that day, in UTC; the second is drawn.
    at: Hour,
    /// Who called: a person's name.
    pub from: String,
    /// Whom: a person's name.
    pub to: String,
    /// They talked for about so many minutes; where it is not said, nobody answered.
    #[serde(default)]
    pub minutes: Option<u8>,
}

/// When a call began, was answered, and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimes {
    /// It rang.
    pub began: Stamp,
    /// Somebody answered, if they did.
    pub answered: Option<Stamp>,
    /// It was over.
    pub ended: Stamp,
}

impl Written {
    /// When it was written, if the lab begins at `now`.
    #[must_use]
    pub fn when(&self, now: Stamp) -> Stamp {
        before(now, self.days_ago, &self.at)
    }
}

impl Called {
    /// When it was, if the lab begins at `now`: with the same chance, the same.
    #[must_use]
    pub fn when(&self, now: Stamp, chance: &mut Chance) -> CallTimes {
        const SECOND: i64 = 1_000_000;
        let mut seconds = |least: i64, below: u64| (least + i64::try_from(chance.below(below)).unwrap_or(0)) * SECOND;
        let after = |at: Stamp, micros: i64| Stamp::from_micros(at.micros().saturating_add(micros));
        let began = after(before(now, self.days_ago, &self.at), seconds(0, 60));
        let answered = self.minutes.map(|_| after(began, seconds(2, 9)));
        let ended = match (answered, self.minutes) {
            (Some(answered), Some(minutes)) => after(answered, seconds(60 * i64::from(minutes) - 25, 50).max(9 * SECOND)),
            _ => after(began, seconds(15, 15)),
        };
        CallTimes { began, answered, ended }
    }
}

/// An hour of a day before `now`.
fn before(now: Stamp, DaysAgo(days): DaysAgo, Hour(hour): &Hour) -> Stamp {
    const DAY: i64 = 86_400_000_000;
    let midnight = now.micros() - now.micros().rem_euclid(DAY);
    let hour = i64::try_from(hour.as_micros()).unwrap_or(0);
    Stamp::from_micros(midnight.saturating_sub(i64::from(days) * DAY).saturating_add(hour))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
struct DaysAgo(u8);

impl TryFrom<u8> for DaysAgo {
    type Error = String;

    fn try_from(days: u8) -> Result<DaysAgo, String> {
        if days > 0 { Ok(DaysAgo(days)) } else { Err("what was written today may not have been yet: 1 is yesterday".into()) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Hour(Duration);

impl TryFrom<String> for Hour {
    type Error = String;

    fn try_from(text: String) -> Result<Hour, String> {
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)));
        match parts {
            Some((hour @ 0..24_u64, minute @ 0..60_u64)) => Ok(Hour(Duration::from_secs(hour * 3600 + minute * 60))),
            _ => Err(format!("{text:?} is no hour: write it as in \"09:12\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Written, toml::de::Error> {
        toml::from_str(&format!("from = 'bob'\nto = 'ana'\nsays = 'hello'\n{text}"))
    }

    #[test]
    fn it_was_written_at_that_hour_of_that_day() {
        let now = Stamp::parse("2026-11-22T00:30:00Z").unwrap();
        assert_eq!(read("days-ago = 1\nat = '09:12'").unwrap().when(now), Stamp::parse("2026-11-21T09:12:00Z").unwrap());
        assert_eq!(read("days-ago = 7\nat = '23:59'").unwrap().when(now), Stamp::parse("2026-11-15T23:59:00Z").unwrap());
    }

    #[test]
    fn a_call_is_that_minute_and_its_seconds_are_drawn() {
        let now = Stamp::parse("2026-11-22T00:30:00Z").unwrap();
        let call =
            |text: &str| toml::from_str::<Called>(&format!("days-ago = 1\nat = '09:12'\nfrom = 'bob'\nto = 'ana'\n{text}"));
        let seconds = |a: Stamp, b: Stamp| (b.micros() - a.micros()) / 1_000_000;
        let minute = Stamp::parse("2026-11-21T09:12:00Z").unwrap();
        for seed in 0..50 {
            let missed = call("").unwrap().when(now, &mut Chance::seeded(seed));
            assert!((0..60).contains(&seconds(minute, missed.began)) && missed.answered.is_none(), "{missed:?}");
            assert!((15..30).contains(&seconds(missed.began, missed.ended)), "{missed:?}");
            let talked = call("minutes = 3").unwrap().when(now, &mut Chance::seeded(seed));
            assert_eq!(talked, call("minutes = 3").unwrap().when(now, &mut Chance::seeded(seed)));
            assert!((2..11).contains(&seconds(talked.began, talked.answered.unwrap())), "{talked:?}");
            assert!((155..205).contains(&seconds(talked.answered.unwrap(), talked.ended)), "{talked:?}");
            let short = call("minutes = 0").unwrap().when(now, &mut Chance::seeded(seed));
            assert!(short.ended > short.answered.unwrap(), "{short:?}");
        }
    }

    #[test]
    fn no_hour_and_no_day_are_refused() {
        for text in ["days-ago = 0\nat = '09:12'", "days-ago = 1\nat = '24:00'", "days-ago = 1\nat = '9'", "at = '09:12'"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
