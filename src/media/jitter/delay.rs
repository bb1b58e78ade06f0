//! How long packets must wait, judged by how they have come: a percentile of their recent transit times.
//!
//! All is in samples at 48 kHz. A transit time is arrival less position; only differences of them mean anything, since
//! the two clocks know nothing of each other. Because only recent ones count, clock drift is followed by itself.

use std::collections::VecDeque;

/// What is remembered: ten seconds, or this many packets.
const MEMORY: i64 = 480_000;
const PACKETS: usize = 1024;

/// This part of the memory is to be in time, in hundredths …
const PERCENTILE: usize = 99;

/// … and this part of the newest packets, so that the wait grows after three late ones.
const NEWEST: usize = 50;
const PERCENTILE_OF_NEWEST: usize = 95;

/// Never less than the quickest packet and 5 ms: threads do not wake on the dot.
const LEAST: i64 = 240;

/// Never more than the quickest packet and 400 ms: who talks later than that is not in the conversation.
const MOST: i64 = 19_200;

/// A stream begins with 40 ms, as nothing is known of it, and keeps them for ten seconds.
const FIRST: i64 = 1_920;
const FIRST_LASTS: i64 = 480_000;

/// A transit time that differs by more than a second, or a silence as long, is a new time line and not jitter.
const NEW_LINE: i64 = 48_000;

/// Recent transit times.
#[derive(Debug)]
pub struct Delay {
    /// Arrival and transit, oldest first.
    recent: VecDeque<(i64, i64)>,
    /// The transit times, smallest first.
    sorted: Vec<i64>,
    /// What the percentiles say.
    enough: i64,
    began: i64,
}

impl Default for Delay {
    fn default() -> Delay {
        Delay { recent: VecDeque::with_capacity(PACKETS + 1), sorted: Vec::with_capacity(PACKETS + 1), enough: 0, began: 0 }
    }
}

impl Delay {
    /// Whether a packet of `position` that comes at `arrival`, newer than all before it, is on the time line that we know.
    #[must_use]
    pub fn knows(&self, arrival: i64, position: i64) -> bool {
        match (self.recent.back(), self.sorted.first()) {
            (Some((last, _)), Some(quickest)) => {
                arrival - last < NEW_LINE && (arrival.saturating_sub(position).saturating_sub(*quickest)).abs() < NEW_LINE
            }
            _ => false,
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.recent.clear();
        self.sorted.clear();
    }

    /// A packet came.
    pub fn note(&mut self, arrival: i64, position: i64) {
        if self.recent.is_empty() {
            self.began = arrival;
        }
        let transit = arrival.saturating_sub(position);
        self.recent.push_back((arrival, transit));
        let place = self.sorted.partition_point(|known| *known < transit);
        self.sorted.insert(place, transit);
        while self.recent.len() > PACKETS || self.recent.front().is_some_and(|(at, _)| arrival - at > MEMORY) {
            if let Some((_, old)) = self.recent.pop_front()
                && let Ok(place) = self.sorted.binary_search(&old)
            {
                self.sorted.remove(place);
            }
        }
        let mut newest = [0; NEWEST];
        let mut count = 0;
        for (place, (_, transit)) in newest.iter_mut().zip(self.recent.iter().rev()) {
            *place = *transit;
            count += 1;
        }
        let newest = newest.get_mut(..count).unwrap_or_default();
        newest.sort_unstable();
        self.enough = percentile(&self.sorted, PERCENTILE).max(percentile(newest, PERCENTILE_OF_NEWEST));
    }

    /// The transit of the quickest packet that we remember.
    #[must_use]
    pub fn quickest(&self) -> i64 {
        self.sorted.first().copied().unwrap_or(0)
    }

    /// How long after its position a packet is to be decoded: at `position + wait`. `extra` is waited on top of what the
    /// packets themselves need.
    #[must_use]
    pub fn wait(&self, now: i64, extra: i64) -> i64 {
        let quickest = self.quickest();
        let least = if now - self.began < FIRST_LASTS { FIRST } else { LEAST };
        self.enough.saturating_add(extra).clamp(quickest + least.max(LEAST + extra), quickest + MOST)
    }
}

/// The value that `percent` of the values do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let place = (sorted.len() * percent).div_ceil(100);
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets every 20 ms with these delays in samples; answers the wait beyond the quickest, at the end.
    fn after(delays: impl Iterator<Item = i64>) -> i64 {
        let mut delay = Delay::default();
        let mut now = 0;
        for (number, late) in (0_i64..).zip(delays) {
            now = number * 960 + late;
            delay.note(now, number * 960);
        }
        delay.wait(now, 0) - delay.quickest()
    }

    #[test]
    fn a_steady_stream_waits_no_longer_than_it_must() {
        assert_eq!(after((0..100).map(|_| 777)), FIRST);
        assert_eq!(after((0..600).map(|_| 777)), LEAST);
    }

    #[test]
    fn one_late_packet_in_a_hundred_is_given_up_and_two_are_waited_for() {
        assert_eq!(after((0..1200).map(|n| if n % 110 == 0 { 2400 } else { 0 })), LEAST);
        assert_eq!(after((0..1200).map(|n| if n % 50 == 0 { 2400 } else { 0 })), 2400);
    }

    #[test]
    fn it_grows_after_three_late_packets_and_shrinks_after_ten_seconds() {
        let late = |from: i64, to: i64| (0..to).map(move |n| if n >= from && n < from + 100 { 4800 } else { 0 });
        assert_eq!(after(late(600, 602)), LEAST);
        assert_eq!(after(late(600, 603)), 4800);
        assert_eq!(after(late(600, 1000)), 4800);
        assert_eq!(after(late(600, 1202)), LEAST);
    }

    #[test]
    fn it_is_bounded_and_a_jump_in_time_is_no_jitter() {
        assert_eq!(after((0..1000).map(|n| if n % 2 == 0 { 40_000 } else { 0 })), MOST);
        let mut delay = Delay::default();
        assert!(!delay.knows(0, 0));
        delay.note(0, 0);
        assert!(delay.knows(960, 960) && delay.knows(960 + 47_000, 960));
        assert!(!delay.knows(960, 960 + 50_000) && !delay.knows(960, -50_000) && !delay.knows(50_000, 50_000));
        assert!(!delay.knows(960, i64::MIN) && !delay.knows(960, i64::MAX));
    }
}
