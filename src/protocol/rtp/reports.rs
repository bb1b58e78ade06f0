//! When we report and what we learn from the far side's reports (RFC 3550 §6.2, §6.3, §6.4).
//!
//! Two members, one stream each. NTP times are counted from the start of the driver, which §6.4.1 allows: a report does
//! not tell what our clock says.
#![deny(clippy::indexing_slicing)]

use super::receiver::Receiver;
use super::rtcp::{self, Block, Item, Malformed, Sent};
use super::sender::Sender;
use crate::machine::{Chance, Moment};
use std::time::Duration;

/// The shortest interval, before it is drawn (§6.2).
const MINIMUM: f64 = 5.0;
/// Us and the far side.
const MEMBERS: f64 = 2.0;
/// Octets a second for RTCP: five per cent of a session of 64 kbit/s (§6.2).
const BANDWIDTH: f64 = 0.05 * 64_000.0 / 8.0;
/// Makes up for reconsideration (§6.3.1): e − 1.5.
const COMPENSATION: f64 = 1.218_28;
/// IP and UDP headers count in the size of a report (§6.2).
const BELOW: f64 = 28.0;
/// What a first report is taken to be in size (§6.3.2).
const FIRST_SIZE: f64 = 100.0;

/// Our side of RTCP for one stream each way.
#[derive(Debug)]
pub struct Reports {
    cname: String,
    chance: Chance,
    /// Of the last report sent, or of the start (`tp`).
    previous: Moment,
    /// Of the next one, or of its reconsideration (`tn`).
    next: Moment,
    /// None was sent yet: the minimum is halved.
    initial: bool,
    average_size: f64,
    /// Packets that had been sent at the last two reports.
    sent_before: [u32; 2],
    /// The last SR of the far side: whose, the middle of its NTP time, and when it came.
    heard: Option<(u32, u32, Moment)>,
    round_trip: Option<Duration>,
}

/// What a compound of the far side has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The source that we hear says good-bye. It ends nothing by itself: only signalling does.
    pub bye: bool,
    /// How the far side receives us: lost in 256ths since its last report.
    pub fraction_lost: Option<u8>,
}

impl Reports {
    /// Reports from `now` on, under a CNAME that means nothing (RFC 7022 §4.2).
    #[must_use]
    pub fn new(now: Moment, mut chance: Chance) -> Reports {
        let mut reports = Reports {
            cname: chance.hex(12),
            chance,
            previous: now,
            next: now,
            initial: true,
            average_size: FIRST_SIZE + BELOW,
            sent_before: [0; 2],
            heard: None,
            round_trip: None,
        };
        reports.next = now + reports.interval();
        reports
    }

    /// When to ask [`Reports::due`] again.
    #[must_use]
    pub fn wake(&self) -> Moment {
        self.next
    }

    /// Whether a report is to be written now. The time is drawn anew before it is (§6.3.6, timer reconsideration).
    pub fn due(&mut self, now: Moment) -> bool {
        if now < self.next {
            return false;
        }
        self.next = self.previous + self.interval();
        self.next <= now
    }

    /// Writes the report that is due, and sets the time of the next one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(
        &mut self,
        now: Moment,
        sender: &Sender,
        receiver: &mut Receiver,
        into: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        self.compose(now, sender, receiver, false, into)?;
        self.weigh(into.len());
        self.previous = now;
        self.initial = false;
        self.next = now + self.interval();
        Ok(())
    }

    /// Writes the last report, with BYE; among so few it goes at once (§6.3.7).
    ///
    /// # Errors
    /// It cannot be written.
    pub fn bye(&mut self, now: Moment, sender: &Sender, receiver: &mut Receiver, into: &mut Vec<u8>) -> Result<(), Malformed> {
        self.compose(now, sender, receiver, true, into)
    }

    /// Reads a compound of the far side. `ours` is the SSRC that we send under, `theirs` the one that we hear.
    ///
    /// # Errors
    /// The bytes are not RTCP.
    pub fn read(&mut self, now: Moment, bytes: &[u8], ours: u32, theirs: Option<u32>) -> Result<Told, Malformed> {
        let mut told = Told::default();
        for item in rtcp::parse(bytes)? {
            match item {
                Item::Report { ssrc, sent, blocks } => {
                    if let Some(sent) = sent
                        && theirs.is_none_or(|theirs| theirs == ssrc)
                    {
                        self.heard = Some((ssrc, middle(sent.ntp), now));
                    }
                    if let Some(block) = blocks.iter().find(|block| block.reception.ssrc == ours) {
                        told.fraction_lost = Some(block.reception.fraction_lost);
                        self.round_trip = round_trip(now, block).or(self.round_trip);
                    }
                }
                Item::Bye { sources } => told.bye |= theirs.is_some_and(|theirs| sources.contains(&theirs)),
                Item::Name { .. } => {}
            }
        }
        self.weigh(bytes.len());
        Ok(told)
    }

    /// The time to the far side and back, from its last report about us.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn compose(
        &mut self,
        now: Moment,
        sender: &Sender,
        receiver: &mut Receiver,
        leaving: bool,
        into: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let [older, newer] = self.sent_before;
        let sent = (sender.packets() != older).then(|| Sent {
            ntp: ntp(now),
            timestamp: sender.timestamp_at(now),
            packets: sender.packets(),
            octets: sender.octets(),
        });
        self.sent_before = [newer, sender.packets()];
        let block = receiver.report().map(|reception| match self.heard {
            Some((ssrc, last_report, at)) if ssrc == reception.ssrc => Block { reception, last_report, delay: short(now - at) },
            _ => Block { reception, last_report: 0, delay: 0 },
        });
        rtcp::write(sender.ssrc(), sent, block, &self.cname, leaving, into)
    }

    /// §6.3.3: a sixteenth of what is new.
    fn weigh(&mut self, bytes: usize) {
        self.average_size += (bytes as f64 + BELOW - self.average_size) / 16.0;
    }

    /// §6.3.1. Both members may send, so both share the whole bandwidth.
    fn interval(&mut self) -> Duration {
        let minimum = if self.initial { MINIMUM / 2.0 } else { MINIMUM };
        let calculated = (MEMBERS * self.average_size / BANDWIDTH).max(minimum);
        let drawn = 0.5 + f64::from(self.chance.u32()) / f64::from(u32::MAX);
        Duration::from_secs_f64(calculated * drawn / COMPENSATION)
    }
}

/// 32.32 bits of seconds.
fn ntp(now: Moment) -> u64 {
    let time = now.since_start();
    (time.as_secs() << 32) | ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000)
}

/// Its middle: 16.16 bits.
const fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A time in 1/65536 s.
fn short(time: Duration) -> u32 {
    u32::try_from((time.as_micros() << 16) / 1_000_000).unwrap_or(u32::MAX)
}

/// §6.4.1: now, less the time of our report, less how long the far side has held it. `None` when it makes no sense.
fn round_trip(now: Moment, block: &Block) -> Option<Duration> {
    if block.last_report == 0 {
        return None;
    }
    let between = middle(ntp(now)).wrapping_sub(block.last_report);
    let there_and_back = between.checked_sub(block.delay)?;
    // Beyond a minute it is nonsense or mischief.
    (there_and_back < 60 << 16).then(|| Duration::from_secs_f64(f64::from(there_and_back) / 65_536.0))
}

#[cfg(test)]
mod tests {
    use super::super::packet::Packet;
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::START + Duration::from_millis(millis)
    }

    fn end(seed: u64) -> (Sender, Receiver, Reports) {
        let mut chance = Chance::seeded(seed);
        (Sender::new(8_000, &mut chance), Receiver::default(), Reports::new(at(0), chance))
    }

    #[test]
    fn two_ends_learn_their_round_trip() {
        let ((mut a, _, mut a_reports), (mut b, mut b_hears, mut b_reports)) = (end(1), end(2));
        let mut bytes = Vec::new();
        for slot in 0..3 {
            a.send(at(20 * slot), 0, b"x", 160, &mut bytes).unwrap();
            let packet = Packet::parse(&bytes).unwrap();
            b_hears.receive(at(20 * slot + 40), ([192, 0, 2, 1], 9).into(), &packet, 8_000, false);
        }
        b.send(at(0), 0, b"x", 160, &mut bytes).unwrap();
        a_reports.write(at(5_000), &a, &mut Receiver::default(), &mut bytes).unwrap();
        b_reports.read(at(5_040), &bytes, b.ssrc(), b_hears.ssrc()).unwrap();
        b_reports.write(at(7_000), &b, &mut b_hears, &mut bytes).unwrap();
        let told = a_reports.read(at(7_030), &bytes, a.ssrc(), Some(b.ssrc())).unwrap();
        assert_eq!(told, Told { bye: false, fraction_lost: Some(0) });
        let trip = a_reports.round_trip().unwrap().as_millis();
        assert!((69..=71).contains(&trip), "{trip}");
        b_reports.bye(at(8_000), &b, &mut b_hears, &mut bytes).unwrap();
        assert!(a_reports.read(at(8_030), &bytes, a.ssrc(), Some(b.ssrc())).unwrap().bye);
        assert!(!a_reports.read(at(8_030), &bytes, a.ssrc(), Some(77)).unwrap().bye, "of somebody else");
    }

    #[test]
    fn nonsense_about_the_round_trip_is_not_believed() {
        let (sender, mut receiver, mut reports) = end(1);
        let reception = super::super::source::Reception {
            ssrc: sender.ssrc(),
            fraction_lost: 0,
            cumulative_lost: 0,
            highest: 0,
            jitter: 0,
        };
        for (last_report, delay) in [(0, 0), (1, u32::MAX), (u32::MAX, 0), (1, 0)] {
            let mut bytes = Vec::new();
            let block = Some(Block { reception, last_report, delay });
            rtcp::write(5, None, block, "c", false, &mut bytes).unwrap();
            reports.read(at(100_000), &bytes, sender.ssrc(), Some(5)).unwrap();
            assert_eq!(reports.round_trip(), None, "{last_report} {delay}");
        }
        let mut bytes = Vec::new();
        reports.write(at(100_000), &sender, &mut receiver, &mut bytes).unwrap();
        let items = rtcp::parse(&bytes).unwrap();
        let [Item::Report { sent: None, blocks, .. }, Item::Name { .. }] = items.as_slice() else { panic!() };
        assert!(blocks.is_empty(), "nothing was sent and nobody is heard");
    }

    #[test]
    fn intervals_are_drawn_around_five_seconds_and_reconsidered() {
        let (sender, mut receiver, mut reports) = end(3);
        let (mut now, mut last, mut gaps, mut bytes) = (at(0), at(0), Vec::new(), Vec::new());
        while gaps.len() < 2_000 {
            now = reports.wake().max(now);
            if reports.due(now) {
                reports.write(now, &sender, &mut receiver, &mut bytes).unwrap();
                gaps.push((now - last).as_secs_f64());
                last = now;
            }
        }
        let first = gaps.remove(0);
        assert!((1.0..=3.1).contains(&first), "{first}");
        let (least, most) = (2.5 / COMPENSATION, 7.5 / COMPENSATION);
        assert!(gaps.iter().all(|gap| (least - 0.001..=most + 0.001).contains(gap)));
        // Reconsideration makes them longer than the 4.1 s that are drawn on average; the divisor brings about 5 s back.
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!((4.8..5.2).contains(&mean), "{mean}");
    }
}
