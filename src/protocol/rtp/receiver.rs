//! Which packets are the far side's sound: one source at one address at a time.
//!
//! The address is latched to the first valid source (symmetric RTP, RFC 4961), which may differ from the signalled one
//! behind NAT. Another address is believed only when it is the signalled one, when its packets are authenticated
//! (SRTP), when the latched one has been silent, or after a new plan: who merely finds the port is not heard.
#![deny(clippy::indexing_slicing)]

use super::packet::Packet;
use super::source::{Reception, Source, Update};
use crate::machine::Moment;
use std::net::SocketAddr;
use std::time::Duration;

/// After this long without a packet another address may take over.
pub const SILENCE: Duration = Duration::from_secs(2);

/// For this long after another address was signalled any address may take over.
pub const CHANGEOVER: Duration = Duration::from_secs(5);

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is to be heard.
    Heard {
        /// Sequence number that counts on across wraps.
        extended: u64,
        /// The first of a source, or after its restart: what is buffered is of another stream.
        began: bool,
    },
    /// Its source has still to prove itself.
    Unproven,
    /// From an address that we do not hear.
    WrongAddress,
}

/// The receiving end of one stream.
#[derive(Debug, Default)]
pub struct Receiver {
    signalled: Option<SocketAddr>,
    /// Until then any address may be the next.
    open_until: Moment,
    current: Option<Stream>,
    /// Wants to become the current one.
    candidate: Option<Stream>,
    /// Of sources that are gone, and of the current one before restarts.
    past: Counts,
}

#[derive(Debug)]
struct Stream {
    source: Source,
    address: SocketAddr,
    last: Moment,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    received: u64,
    expected: u64,
}

impl Receiver {
    /// Hears nobody yet; `signalled` is the address that the plan names.
    #[must_use]
    pub fn new(signalled: Option<SocketAddr>) -> Receiver {
        Receiver { signalled, ..Receiver::default() }
    }

    /// A new plan names this address. When it is another one, a valid source from anywhere may take over for a while.
    pub fn expect(&mut self, now: Moment, signalled: Option<SocketAddr>) {
        if self.signalled != signalled {
            self.signalled = signalled;
            self.open_until = now + CHANGEOVER;
        }
    }

    /// A packet came. `authenticated`: SRTP has opened it.
    pub fn receive(
        &mut self,
        now: Moment,
        from: SocketAddr,
        packet: &Packet<'_>,
        clock_rate: u32,
        authenticated: bool,
    ) -> Arrival {
        if let Some(current) = &mut self.current
            && current.source.ssrc() == packet.ssrc
            && (current.address == from || authenticated)
        {
            current.address = from;
            current.last = now;
            if Some(from) == self.signalled || self.candidate.as_ref().is_none_or(|other| Some(other.address) != self.signalled)
            {
                self.candidate = None;
            }
            let before = Counts::of(&current.source);
            let update = current.source.update(packet.sequence);
            if let Update::Valid { began, .. } = update {
                if began {
                    self.past.add(before);
                }
                current.source.arrived(now, packet.timestamp, clock_rate);
            }
            return update.into();
        }
        if !authenticated && !self.may_take_over(now, from) {
            return Arrival::WrongAddress;
        }
        self.audition(now, from, packet, clock_rate, authenticated)
    }

    fn may_take_over(&self, now: Moment, from: SocketAddr) -> bool {
        let Some(current) = &self.current else { return true };
        let silent = now - current.last >= SILENCE;
        now < self.open_until || current.address == from || self.signalled == Some(from) || silent
    }

    /// A source that is not the current one: it becomes it when it is valid before the current one is heard again.
    fn audition(
        &mut self,
        now: Moment,
        from: SocketAddr,
        packet: &Packet<'_>,
        clock_rate: u32,
        authenticated: bool,
    ) -> Arrival {
        let same = |stream: &Stream| stream.source.ssrc() == packet.ssrc && stream.address == from;
        let trusted = authenticated && self.current.is_none();
        let mut stream = self.candidate.take().filter(same).unwrap_or_else(|| Stream {
            source: Source::new(packet.ssrc, packet.sequence, trusted),
            address: from,
            last: now,
        });
        stream.last = now;
        let update = stream.source.update(packet.sequence);
        if let Update::Valid { .. } = update {
            stream.source.arrived(now, packet.timestamp, clock_rate);
            if let Some(old) = self.current.replace(stream) {
                self.past.add(Counts::of(&old.source));
            }
            self.open_until = Moment::START;
        } else {
            self.candidate = Some(stream);
        }
        update.into()
    }

    /// Where the far side's packets come from, and where ours had better go.
    #[must_use]
    pub fn latched(&self) -> Option<SocketAddr> {
        self.current.as_ref().map(|current| current.address)
    }

    /// Whose packets are heard.
    #[must_use]
    pub fn ssrc(&self) -> Option<u32> {
        self.current.as_ref().map(|current| current.source.ssrc())
    }

    /// When the last packet of the current source came.
    #[must_use]
    pub fn last(&self) -> Option<Moment> {
        self.current.as_ref().map(|current| current.last)
    }

    /// Valid packets of all sources so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.counts().received
    }

    /// Expected less received, of all sources so far; never below zero here.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let counts = self.counts();
        counts.expected.saturating_sub(counts.received)
    }

    /// Interarrival jitter of the current source in milliseconds.
    #[must_use]
    pub fn jitter_ms(&self) -> f64 {
        self.current.as_ref().map_or(0.0, |current| current.source.jitter_ms())
    }

    /// The report block on the current source.
    pub fn report(&mut self) -> Option<Reception> {
        self.current.as_mut().map(|current| current.source.report())
    }

    fn counts(&self) -> Counts {
        let mut counts = self.past;
        counts.add(self.current.as_ref().map(|current| Counts::of(&current.source)).unwrap_or_default());
        counts
    }
}

impl Counts {
    fn of(source: &Source) -> Counts {
        Counts { received: source.received(), expected: source.expected() }
    }

    fn add(&mut self, other: Counts) {
        self.received += other.received;
        self.expected += other.expected;
    }
}

impl From<Update> for Arrival {
    fn from(update: Update) -> Arrival {
        match update {
            Update::Valid { extended, began } => Arrival::Heard { extended, began },
            Update::Unproven => Arrival::Unproven,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    fn address(host: u8) -> SocketAddr {
        ([192, 0, 2, host], 4000).into()
    }

    fn packet(ssrc: u32, sequence: u16) -> Packet<'static> {
        Packet { payload_type: 0, marker: false, sequence, timestamp: u32::from(sequence) * 160, ssrc, payload: b"x" }
    }

    /// Packets `sequences` of `ssrc` from `host`, one a 20 ms from `millis` on; how many were heard.
    fn feed(receiver: &mut Receiver, millis: u64, host: u8, ssrc: u32, sequences: std::ops::Range<u16>, srtp: bool) -> usize {
        let begin = sequences.start;
        let heard = sequences.filter(|sequence| {
            let now = Moment::START + Duration::from_millis(millis + 20 * u64::from(sequence - begin));
            matches!(receiver.receive(now, address(host), &packet(ssrc, *sequence), RATE, srtp), Arrival::Heard { .. })
        });
        heard.count()
    }

    #[test]
    fn who_finds_the_port_is_not_heard() {
        let mut receiver = Receiver::new(Some(address(1)));
        assert_eq!(feed(&mut receiver, 0, 1, 7, 0..50, false), 49);
        // Another source, and one that has guessed the SSRC, from elsewhere.
        assert_eq!(feed(&mut receiver, 1000, 66, 8, 0..50, false), 0);
        assert_eq!(feed(&mut receiver, 1000, 66, 7, 50..90, false), 0);
        assert_eq!(receiver.latched(), Some(address(1)));
        assert_eq!((receiver.received(), receiver.lost()), (49, 0));
    }

    #[test]
    fn the_signalled_address_takes_the_latch_from_who_came_first() {
        let mut receiver = Receiver::new(Some(address(1)));
        assert_eq!(feed(&mut receiver, 0, 66, 8, 0..5, false), 4);
        let mut heard = 0;
        for step in 0..10_u16 {
            heard += feed(&mut receiver, 100, 66, 8, 5 + step..6 + step, false);
            heard += 100 * feed(&mut receiver, 100, 1, 7, step..step + 1, false);
        }
        assert_eq!(receiver.latched(), Some(address(1)));
        assert!(heard >= 800, "{heard}");
    }

    #[test]
    fn behind_nat_the_first_valid_source_is_heard_and_followed_after_silence() {
        let mut receiver = Receiver::new(Some(address(1)));
        assert_eq!(feed(&mut receiver, 0, 20, 7, 0..10, false), 9);
        assert_eq!(receiver.latched(), Some(address(20)));
        assert_eq!(feed(&mut receiver, 1000, 21, 7, 60..65, false), 0);
        assert_eq!(feed(&mut receiver, 2500, 21, 7, 130..140, false), 9);
        assert_eq!(receiver.latched(), Some(address(21)));
        assert_eq!((receiver.received(), receiver.lost()), (18, 0));
    }

    #[test]
    fn an_authenticated_source_is_heard_at_once_and_followed_at_once() {
        let mut receiver = Receiver::new(None);
        assert_eq!(feed(&mut receiver, 0, 1, 7, 0..10, true), 10);
        assert_eq!(feed(&mut receiver, 200, 2, 7, 10..20, true), 10);
        assert_eq!(receiver.latched(), Some(address(2)));
        assert_eq!((receiver.received(), receiver.lost()), (20, 0));
    }

    #[test]
    fn another_source_takes_over_when_it_is_proven_and_the_old_one_is_quiet() {
        let mut receiver = Receiver::new(None);
        feed(&mut receiver, 0, 1, 7, 0..10, false);
        let mut began = Vec::new();
        for sequence in 500..504 {
            let now = Moment::START + Duration::from_millis(200);
            began.push(receiver.receive(now, address(1), &packet(9, sequence), RATE, false));
        }
        let heard = |number: u64, began| Arrival::Heard { extended: 65_536 + number, began };
        assert_eq!(began, [Arrival::Unproven, heard(501, true), heard(502, false), heard(503, false)]);
        assert_eq!(receiver.ssrc(), Some(9));
        // A late packet of the old one changes nothing.
        assert_eq!(feed(&mut receiver, 300, 1, 7, 10..11, false), 0);
        assert_eq!(feed(&mut receiver, 300, 1, 9, 504..505, false), 1);
        assert_eq!(feed(&mut receiver, 300, 1, 7, 11..12, false), 0);
        assert_eq!(receiver.received(), 9 + 4);
    }

    #[test]
    fn a_new_plan_opens_the_latch() {
        let mut receiver = Receiver::new(Some(address(1)));
        feed(&mut receiver, 0, 1, 7, 0..10, false);
        receiver.expect(Moment::START, Some(address(1)));
        assert_eq!(feed(&mut receiver, 200, 30, 9, 0..10, false), 0);
        receiver.expect(Moment::START, Some(address(2)));
        assert_eq!(feed(&mut receiver, 400, 30, 9, 10..20, false), 9);
        assert_eq!(receiver.latched(), Some(address(30)));
    }

    #[test]
    fn loss_counts_across_restarts() {
        let mut receiver = Receiver::new(None);
        feed(&mut receiver, 0, 1, 7, 0..10, false);
        feed(&mut receiver, 300, 1, 7, 12..20, false);
        feed(&mut receiver, 600, 1, 7, 30_000..30_010, false);
        assert_eq!((receiver.received(), receiver.lost()), (9 + 8 + 9, 2));
    }
}
