//! What people have written to each other before the lab begins: the archive of IM and Presence answers with it.

use crate::machine::Stamp;
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

impl Written {
    /// When it was written, if the lab begins at `now`.
    #[must_use]
    pub fn when(&self, now: Stamp) -> Stamp {
        const DAY: i64 = 86_400_000_000;
        let midnight = now.micros() - now.micros().rem_euclid(DAY);
        let hour = i64::try_from(self.at.0.as_micros()).unwrap_or(0);
        Stamp::from_micros(midnight.saturating_sub(i64::from(self.days_ago.0) * DAY).saturating_add(hour))
    }
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
    fn no_hour_and_no_day_are_refused() {
        for text in ["days-ago = 0\nat = '09:12'", "days-ago = 1\nat = '24:00'", "days-ago = 1\nat = '9'", "at = '09:12'"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
