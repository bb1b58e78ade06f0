//! `Stamp`: what the clock on the wall says, as a value.
//!
//! Messages, calls and certificates carry wall-clock time. A [`Stamp`] is never read here: io hands one in, and a
//! machine computes later ones from the [`Moment`]s it is given.

use super::Moment;
use chrono::{DateTime, SecondsFormat, Utc};

/// A point in UTC, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

impl Stamp {
    /// The stamp `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Stamp {
        Stamp(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 date-time, the profile of XEP-0082. `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Stamp> {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Stamp(at.timestamp_micros()))
    }

    /// The stamp of a `chrono` date-time, as the XMPP stanzas carry it.
    #[must_use]
    pub fn from_utc<Zone: chrono::TimeZone>(at: &DateTime<Zone>) -> Stamp {
        Stamp(at.timestamp_micros())
    }
}

impl std::fmt::Display for Stamp {
    /// RFC 3339 in UTC with milliseconds, as in `2026-11-22T09:12:00.000Z`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(at) => out.write_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(out, "{} µs", self.0),
        }
    }
}

/// The wall clock, pinned to a [`Moment`]: turns the moments a machine is given into stamps.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    moment: Moment,
    stamp: Stamp,
}

impl WallClock {
    /// The wall clock that says `stamp` at `moment`.
    #[must_use]
    pub const fn new(moment: Moment, stamp: Stamp) -> WallClock {
        WallClock { moment, stamp }
    }

    /// What the wall clock says at `now`.
    #[must_use]
    pub fn at(&self, now: Moment) -> Stamp {
        let micros = |d: std::time::Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
        let ahead = micros(now.since(self.moment)) - micros(self.moment.since(now));
        Stamp(self.stamp.0.saturating_add(ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_stamp_is_written_and_read_back() {
        let stamp = Stamp::from_micros(1_763_802_720_123_000);
        assert_eq!(stamp.to_string(), "2025-11-22T09:12:00.123Z");
        assert_eq!(Stamp::parse("2025-11-22T10:12:00.123+01:00"), Some(stamp));
        assert_eq!(Stamp::parse("yesterday"), None);
    }

    #[test]
    fn the_wall_clock_follows_the_moments() {
        let clock = WallClock::new(Moment::START + Duration::from_secs(2), Stamp::from_micros(10_000_000));
        assert_eq!(clock.at(Moment::START + Duration::from_secs(5)), Stamp::from_micros(13_000_000));
        assert_eq!(clock.at(Moment::START), Stamp::from_micros(8_000_000));
    }
}
