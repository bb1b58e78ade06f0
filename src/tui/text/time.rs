//! Times as people say them. It reads no clock and knows no time zones: what is now and how far the clock on the wall is
//! from UTC are arguments.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta};

use crate::machine::Stamp;

/// The time of day, as in `09:12`; `offset` is in seconds east of UTC.
#[must_use]
pub fn clock(at: Stamp, offset: i32) -> String {
    there(at, offset).map_or_else(|| "--:--".to_owned(), |at| at.format("%H:%M").to_string())
}

/// The same to the second, as in `14:05:09`.
#[must_use]
pub fn clock_with_seconds(at: Stamp, offset: i32) -> String {
    format!("{}:{:02}", clock(at, offset), at.micros().div_euclid(1_000_000).rem_euclid(60))
}

/// The day, as in `Thursday 20 November`, with the year when it is not this one.
#[must_use]
pub fn day(at: Stamp, now: Stamp, offset: i32) -> String {
    let Some(at) = there(at, offset) else { return at.to_string() };
    let same_year = there(now, offset).is_some_and(|now| now.year() == at.year());
    at.format(if same_year { "%A %-d %B" } else { "%A %-d %B %Y" }).to_string()
}

/// When it was, as short as it can be said: `09:12` today, `20 Nov` this year, else `2024-11-20`.
#[must_use]
pub fn when(at: Stamp, now: Stamp, offset: i32) -> String {
    let (Some(then), Some(today)) = (there(at, offset), there(now, offset)) else { return clock(at, offset) };
    if then.date() == today.date() {
        return clock(at, offset);
    }
    then.format(if then.year() == today.year() { "%-d %b" } else { "%Y-%m-%d" }).to_string()
}

/// The day in a word or two: `today`, `yesterday`, `20 Nov` this year, else `2024-11-20`.
#[must_use]
pub fn day_word(at: Stamp, now: Stamp, offset: i32) -> String {
    let day = |at: Stamp| there(at, offset).map(|at| at.date());
    match (day(at), day(now)) {
        (Some(day), Some(today)) if day == today => "today".to_owned(),
        (Some(day), Some(today)) if day.succ_opt() == Some(today) => "yesterday".to_owned(),
        _ => when(at, now, offset),
    }
}

/// How long it lasted, as in `03:42`, and `1:03:42` from an hour on.
#[must_use]
pub fn length(lasted: Duration) -> String {
    let seconds = lasted.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// Whether both are on one day there.
#[must_use]
pub fn same_day(one: Stamp, other: Stamp, offset: i32) -> bool {
    there(one, offset).map(|at| at.date()) == there(other, offset).map(|at| at.date())
}

/// What the clock on the wall says there.
fn there(at: Stamp, offset: i32) -> Option<NaiveDateTime> {
    let utc = DateTime::from_timestamp_micros(at.micros())?.naive_utc();
    utc.checked_add_signed(TimeDelta::seconds(offset.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_word_where_the_clock_on_the_wall_is() {
        let at = |text: &str| Stamp::parse(text).unwrap();
        let now = at("2026-03-01T09:00:00Z");
        for (then, offset, word) in [
            ("2026-03-01T00:00:00Z", 0, "today"),
            ("2026-02-28T23:59:59Z", 0, "yesterday"),
            ("2026-02-28T23:59:59Z", 3600, "today"),
            ("2026-02-28T22:59:59Z", 3600, "yesterday"),
            ("2026-02-27T12:00:00Z", 0, "27 Feb"),
            ("2025-12-31T12:00:00Z", 0, "2025-12-31"),
            // A clock that was set back.
            ("2026-03-02T12:00:00Z", 0, "2 Mar"),
        ] {
            assert_eq!(day_word(at(then), now, offset), word, "{then} at {offset}");
        }
    }
}
