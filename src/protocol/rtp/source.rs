//! What is known about one source of packets (RFC 3550 §6.4.1 and Appendix A): whether it is one at all (A.1), how much
//! of it was lost (A.3), how evenly it arrives (A.8).
#![deny(clippy::indexing_slicing)]

use super::sender::ticks_in;
use crate::machine::Moment;

/// A gap below this is loss; beyond it the source has restarted (A.1).
const MAX_DROPOUT: u16 = 3000;
/// A step back below this is a late packet (A.1).
const MAX_MISORDER: u16 = 100;
/// Packets in sequence that make a source (A.1).
const MIN_SEQUENTIAL: u8 = 2;
/// Where extended numbers begin: a late packet from before the first one stays above zero.
const FIRST_CYCLE: u64 = 1 << 16;

/// One source.
#[derive(Clone, Debug)]
pub struct Source {
    ssrc: u32,
    max_sequence: u16,
    cycles: u64,
    base: u64,
    /// The number that would prove a restart.
    bad_sequence: Option<u16>,
    /// Packets in sequence still wanted.
    probation: u8,
    received: u64,
    expected_before: u64,
    received_before: u64,
    transit: Option<Transit>,
    /// Sixteen times the jitter, in ticks (A.8).
    jitter: u64,
}

/// Of the last packet: what its jitter is measured against.
#[derive(Clone, Copy, Debug)]
struct Transit {
    relative: u32,
    timestamp: u32,
    clock_rate: u32,
}

/// What one more packet says about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// It is valid. Extended numbers count on across wraps.
    Valid {
        /// Sequence number with its cycles.
        extended: u64,
        /// It is the first of the source, or the first after a restart: earlier numbers mean nothing any more.
        began: bool,
    },
    /// Not yet: on probation, or far off and not yet confirmed by a second one.
    Unproven,
}

/// Reception in numbers, for a report block (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception {
    /// Whose.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative when packets came doubled.
    pub cumulative_lost: i64,
    /// The highest number and its cycles, in 32 bits.
    pub highest: u32,
    /// In ticks.
    pub jitter: u32,
}

impl Source {
    /// From its first packet, which it leaves to [`Source::update`]. One that is authenticated needs no probation.
    #[must_use]
    pub fn new(ssrc: u32, sequence: u16, authenticated: bool) -> Source {
        Source {
            ssrc,
            max_sequence: sequence.wrapping_sub(1),
            cycles: FIRST_CYCLE,
            base: FIRST_CYCLE,
            bad_sequence: None,
            probation: if authenticated { 1 } else { MIN_SEQUENTIAL },
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
        }
    }

    /// Whose packets these are.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// One more packet with this number (A.1, `update_seq`).
    pub fn update(&mut self, sequence: u16) -> Update {
        let step = sequence.wrapping_sub(self.max_sequence);
        if self.probation > 0 {
            self.probation = if step == 1 { self.probation - 1 } else { MIN_SEQUENTIAL - 1 };
            self.max_sequence = sequence;
            return if self.probation == 0 { self.begin(sequence) } else { Update::Unproven };
        }
        let extended = if step < MAX_DROPOUT {
            if sequence < self.max_sequence {
                self.cycles += 1 << 16;
            }
            self.max_sequence = sequence;
            self.bad_sequence = None;
            self.cycles + u64::from(sequence)
        } else if step <= 0_u16.wrapping_sub(MAX_MISORDER) {
            if self.bad_sequence == Some(sequence) {
                return self.begin(sequence);
            }
            self.bad_sequence = Some(sequence.wrapping_add(1));
            return Update::Unproven;
        } else {
            // Late or doubled; from before the wrap when its number is the higher one.
            let cycles = if sequence > self.max_sequence { self.cycles - FIRST_CYCLE } else { self.cycles };
            cycles + u64::from(sequence)
        };
        self.received += 1;
        Update::Valid { extended, began: false }
    }

    /// A.1, `init_seq`.
    fn begin(&mut self, sequence: u16) -> Update {
        self.max_sequence = sequence;
        self.cycles = FIRST_CYCLE;
        self.base = FIRST_CYCLE + u64::from(sequence);
        self.bad_sequence = None;
        self.received = 1;
        self.expected_before = 0;
        self.received_before = 0;
        self.transit = None;
        Update::Valid { extended: self.base, began: true }
    }

    /// How evenly it arrives (A.8). Packets that share a timestamp, as events do, say nothing about that.
    pub fn arrived(&mut self, now: Moment, timestamp: u32, clock_rate: u32) {
        let relative = ticks_in(now.since_start(), clock_rate).wrapping_sub(timestamp);
        if let Some(last) = self.transit
            && last.clock_rate == clock_rate
        {
            if last.timestamp == timestamp {
                return;
            }
            let difference = u64::from((relative.wrapping_sub(last.relative) as i32).unsigned_abs());
            self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
        } else {
            self.jitter = 0;
        }
        self.transit = Some(Transit { relative, timestamp, clock_rate });
    }

    /// Interarrival jitter in milliseconds.
    #[must_use]
    pub fn jitter_ms(&self) -> f64 {
        match self.transit {
            Some(transit) if transit.clock_rate > 0 => self.jitter as f64 / 16.0 * 1000.0 / f64::from(transit.clock_rate),
            _ => 0.0,
        }
    }

    /// Packets that count: valid ones, also late and doubled ones.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many there should have been by the numbers (A.3).
    #[must_use]
    pub fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.cycles + u64::from(self.max_sequence) + 1 - self.base }
    }

    /// For a report block; the next one counts its fraction from here (A.3).
    pub fn report(&mut self) -> Reception {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (expected, received) = (self.expected(), self.received);
        let expected_since = signed(expected - self.expected_before);
        let lost_since = expected_since - signed(received - self.received_before);
        self.expected_before = expected;
        self.received_before = received;
        let fraction = if expected_since == 0 { 0 } else { (lost_since.max(0) << 8) / expected_since };
        Reception {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: signed(expected) - signed(received),
            highest: (((self.cycles - FIRST_CYCLE) + u64::from(self.max_sequence)) & u64::from(u32::MAX)) as u32,
            jitter: u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HELD: Update = Update::Unproven;

    fn valid(number: u64, began: bool) -> Update {
        Update::Valid { extended: FIRST_CYCLE + number, began }
    }

    fn proven(first: u16) -> Source {
        let mut source = Source::new(1, first, false);
        assert_eq!(source.update(first), HELD);
        assert_eq!(source.update(first.wrapping_add(1)), valid(u64::from(first.wrapping_add(1)), true));
        source
    }

    #[test]
    fn two_packets_in_sequence_make_a_source() {
        let mut source = Source::new(1, 10, false);
        let table = [(10, HELD), (12, HELD), (14, HELD), (13, HELD), (14, valid(14, true)), (16, valid(16, false))];
        for (sequence, update) in table {
            assert_eq!(source.update(sequence), update, "{sequence}");
        }
        assert_eq!((source.received(), source.expected()), (2, 3));
        let mut authenticated = Source::new(1, 10, true);
        assert_eq!(authenticated.update(10), valid(10, true));
    }

    #[test]
    fn numbers_count_on_across_the_wrap() {
        let mut source = proven(65_532);
        let table = [(65_534, 65_534), (0, 65_536), (65_535, 65_535), (2, 65_538), (1, 65_537), (2, 65_538)];
        for (sequence, extended) in table {
            assert_eq!(source.update(sequence), valid(extended, false), "{sequence}");
        }
        // Seven came, one of them twice, none is missing: one less than nothing lost.
        let report = source.report();
        assert_eq!((report.highest, report.cumulative_lost, report.fraction_lost), (65_538, -1, 0));
    }

    #[test]
    fn a_late_packet_from_before_the_first_is_below_it() {
        let mut source = proven(0);
        assert_eq!(source.update(65_534), Update::Valid { extended: 65_534, began: false });
    }

    #[test]
    fn a_jump_is_believed_when_it_is_confirmed() {
        let mut source = proven(100);
        assert_eq!(source.update(40_000), HELD);
        assert_eq!(source.update(102), valid(102, false));
        assert_eq!(source.update(40_001), HELD);
        assert_eq!(source.update(40_002), valid(40_002, true));
        assert_eq!((source.received(), source.expected()), (1, 1));
        assert_eq!(source.update(40_001), valid(40_001, false));
        // A gap of 2999 is loss.
        assert_eq!(source.update(43_001), valid(43_001, false));
        assert_eq!(source.report().cumulative_lost, 2997);
    }

    #[test]
    fn loss_is_reported_by_interval() {
        let mut source = proven(0);
        for sequence in 2..=10 {
            source.update(sequence);
        }
        assert_eq!(source.report().fraction_lost, 0);
        for sequence in (11..=18).filter(|sequence| sequence % 4 != 0) {
            source.update(sequence);
        }
        // 11, 13, 14, 15, 17, 18 of eight.
        let report = source.report();
        assert_eq!((report.fraction_lost, report.cumulative_lost, report.highest), (64, 2, 18));
        assert_eq!(source.report().fraction_lost, 0);
        source.update(18);
        assert_eq!((source.report().fraction_lost, source.report().cumulative_lost), (0, 1));
    }

    #[test]
    fn jitter_is_as_computed_by_hand() {
        // 8 kHz, 160 ticks a packet, arriving at these milliseconds: differences of transit 0, 80, 160, 80 ticks.
        let mut source = proven(0);
        let mut sixteenfold = Vec::new();
        for (index, millis) in [0, 20, 50, 50, 80].into_iter().enumerate() {
            let now = Moment::START + Duration::from_millis(1000 + millis);
            source.arrived(now, 5_000 + 160 * index as u32, 8_000);
            sixteenfold.push(source.jitter);
        }
        // J += D - (J + 8) / 16: 0; 0; 80; 80 + 160 - 5 = 235; 235 + 80 - 15 = 300.
        assert_eq!(sixteenfold, [0, 0, 80, 235, 300]);
        assert_eq!(source.report().jitter, 18);
        assert!((source.jitter_ms() - 300.0 / 16.0 / 8.0).abs() < 1e-9);
    }

    #[test]
    fn jitter_survives_wraps_jumps_and_repeated_timestamps() {
        let mut source = proven(0);
        let at = |millis| Moment::START + Duration::from_millis(millis);
        source.arrived(at(0), u32::MAX - 159, 8_000);
        source.arrived(at(20), 0, 8_000);
        assert_eq!(source.jitter, 0, "the timestamp has wrapped");
        source.arrived(at(300), 0, 8_000);
        assert_eq!(source.jitter, 0, "the same timestamp says nothing");
        for index in 0..10_000_u64 {
            source.arrived(at(index), (index as u32).wrapping_mul(0x8000_0001), 48_000);
        }
        assert!(source.jitter <= 1 << 36);
        source.arrived(at(99_999), 1, 8_000);
        assert_eq!(source.jitter, 0, "another clock begins anew");
    }
}
