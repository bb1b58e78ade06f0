//! The stream that we send (RFC 3550 §5.1): its SSRC, sequence numbers and timestamps, from random starts.
#![deny(clippy::indexing_slicing)]

use super::packet::{Malformed, Packet};
use crate::machine::{Chance, Moment};

/// One stream of packets. A codec with another clock rate gets another sender (RFC 7160 §4.1).
#[derive(Debug)]
pub struct Sender {
    ssrc: u32,
    clock_rate: u32,
    sequence: u16,
    timestamp: u32,
    packets: u32,
    octets: u32,
    talk: Talk,
    /// When a timestamp was the current one: reports say what it is now.
    clocked: Option<(Moment, u32)>,
}

/// Whether the next packet continues the sound of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Talk {
    Silent,
    Talking,
}

impl Sender {
    /// A stream with this clock rate in Hz. The first sequence number is below 2¹⁵, so that no receiver of SRTP can take
    /// a lost beginning for a rollover (RFC 3711 §3.3.1).
    #[must_use]
    pub fn new(clock_rate: u32, chance: &mut Chance) -> Sender {
        let [low, high, ..] = chance.u32().to_be_bytes();
        Sender {
            ssrc: chance.u32(),
            clock_rate,
            sequence: u16::from_be_bytes([low, high]) >> 1,
            timestamp: chance.u32(),
            packets: 0,
            octets: 0,
            talk: Talk::Silent,
            clocked: None,
        }
    }

    /// Writes the packet for the next `ticks` of the clock into `into`, with the marker when silence was before it.
    ///
    /// # Errors
    /// The payload type is above 127: nothing is written and nothing counted.
    pub fn send(
        &mut self,
        now: Moment,
        payload_type: u8,
        payload: &[u8],
        ticks: u32,
        into: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        self.clocked = Some((now, self.timestamp));
        self.send_at(payload_type, self.talk == Talk::Silent, self.timestamp, payload, into)?;
        self.talk = Talk::Talking;
        self.timestamp = self.timestamp.wrapping_add(ticks);
        Ok(())
    }

    /// The clock runs on by `ticks` without a packet: silence, or time that events take.
    pub fn rest(&mut self, ticks: u32) {
        self.talk = Talk::Silent;
        self.timestamp = self.timestamp.wrapping_add(ticks);
    }

    /// Writes a packet of this stream whose timestamp and marker are its own: telephone-events (RFC 4733 §2.5.1).
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub fn send_at(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let packet = Packet { payload_type, marker, sequence: self.sequence, timestamp, ssrc: self.ssrc, payload };
        packet.write(into)?;
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Whose packets these are.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Ticks a second.
    #[must_use]
    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// The timestamp of the next packet.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// What the timestamp is at `now`, for sender reports (RFC 3550 §6.4.1).
    #[must_use]
    pub fn timestamp_at(&self, now: Moment) -> u32 {
        match self.clocked {
            Some((at, timestamp)) => timestamp.wrapping_add(ticks_in(now - at, self.clock_rate)),
            None => self.timestamp,
        }
    }

    /// Packets sent; wraps, as the reports do.
    #[must_use]
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// Octets of payload sent; wraps, as the reports do.
    #[must_use]
    pub fn octets(&self) -> u32 {
        self.octets
    }
}

/// How many ticks a clock makes in a time, modulo 2³².
#[must_use]
pub fn ticks_in(time: std::time::Duration, clock_rate: u32) -> u32 {
    let ticks = time.as_micros() * u128::from(clock_rate) / 1_000_000;
    (ticks & u128::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_marker_begins_each_talkspurt_and_the_clock_never_stops() {
        let mut sender = Sender::new(48_000, &mut Chance::seeded(3));
        let (start, first) = (sender.timestamp(), sender.sequence);
        let mut bytes = Vec::new();
        let mut seen = Vec::new();
        for slot in 0..5 {
            let now = Moment::START + Duration::from_millis(20 * slot);
            if slot == 2 {
                sender.rest(960);
                continue;
            }
            sender.send(now, 96, b"xyz", 960, &mut bytes).unwrap();
            let packet = Packet::parse(&bytes).unwrap();
            seen.push((packet.marker, packet.timestamp.wrapping_sub(start), packet.sequence.wrapping_sub(first)));
        }
        assert_eq!(seen, [(true, 0, 0), (false, 960, 1), (true, 2880, 2), (false, 3840, 3)]);
        assert_eq!((sender.packets(), sender.octets()), (4, 12));
        let now = Moment::START + Duration::from_millis(85);
        assert_eq!(sender.timestamp_at(now).wrapping_sub(start), 4080);
    }

    #[test]
    fn sequence_numbers_wrap_and_start_low() {
        for seed in 0..1000 {
            assert!(Sender::new(8_000, &mut Chance::seeded(seed)).sequence < 1 << 15);
        }
        let mut sender = Sender::new(8_000, &mut Chance::seeded(1));
        sender.sequence = u16::MAX;
        let mut bytes = Vec::new();
        sender.send(Moment::START, 0, b"", 160, &mut bytes).unwrap();
        sender.send(Moment::START, 0, b"", 160, &mut bytes).unwrap();
        assert_eq!(Packet::parse(&bytes).unwrap().sequence, 0);
    }
}
