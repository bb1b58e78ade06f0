//! From a microphone's thread to the beat of a call: what the card gives at its own pace comes out as a frame every 20 ms.
//!
//! The clocks of card and beat are matched by bending the resampler ([`Drift`]). Where a card is further off than that, or
//! late, frames of silence are put in or sound is left out, and counted.

use super::flow::Flow;
use super::ring::{Inlet, Outlet, ring};
use crate::machine::Moment;
use crate::media::elastic::{Drift, Elastic};
use crate::media::{FRAME, Frame, RATE, SILENCE};
use std::sync::Arc;
use std::time::Duration;

/// Sound kept in hand against a thread that comes late, in milliseconds: at first, and at most.
const MARGIN: usize = 10;
const LARGEST_MARGIN: usize = 60;

/// More than this above what is wanted is left out at once, in milliseconds.
const SLACK: usize = 80;

/// Frames without a gap after which a gap means that the margin is too small, and not that a card begins.
const STEADY: u64 = 100;

/// The end of a microphone that calls listen at.
#[derive(Debug)]
pub struct Capture {
    heard: Outlet,
    flow: Arc<Flow>,
    elastic: Elastic,
    drift: Drift,
    block: Vec<i16>,
    /// Samples of the card: in a second, in what it gives at once, and in the margin.
    rate: usize,
    period: usize,
    margin: usize,
    /// Frames given since the last gap; `None` while the margin fills.
    steady: Option<u64>,
    gaps: u64,
    left_out: u64,
}

impl Capture {
    /// For a card at `rate` that gives about `period` samples at once; and the ring's other end, for its thread.
    ///
    /// # Errors
    /// A sentence, when that is no rate of a sound card.
    pub fn new(rate: u32, period: usize, flow: Arc<Flow>) -> Result<(Inlet, Capture), String> {
        let elastic = Elastic::from_card(rate)?;
        let rate = usize::try_from(rate).unwrap_or(usize::MAX);
        // Half a second, and more where the card gives more at once.
        let (inlet, heard) = ring(rate / 2 + 2 * period);
        let block = vec![0; elastic.wanted() * 2];
        let (drift, margin) = (Drift::default(), rate * MARGIN / 1000);
        let capture = Capture { heard, flow, elastic, drift, block, rate, period, margin, steady: None, gaps: 0, left_out: 0 };
        Ok((inlet, capture))
    }

    /// The next 20 ms.
    pub fn frame(&mut self) -> Frame {
        self.frame_at(self.flow.now())
    }

    fn frame_at(&mut self, now: Moment) -> Frame {
        let target = self.rate * FRAME / usize::try_from(RATE).unwrap_or(1) + self.period + self.margin;
        // What waits in the card counts too: without it the buffer would seem to breathe as the two clocks pass each other.
        let in_card = samples(self.flow.since_turn(now), self.rate).min(2 * self.period);
        let mut fill = self.heard.waiting() + in_card;
        if fill < target && self.steady.is_none() {
            return SILENCE;
        }
        if fill > target + self.rate * SLACK / 1000 || self.steady.is_none() {
            self.heard.skip(fill - target);
            if self.steady.is_some() {
                self.left_out += u64::try_from(fill - target).unwrap_or(0);
            }
            fill = target;
            self.drift = Drift::from(target as f64);
        }
        let (wanted, waiting) = (self.elastic.wanted(), self.heard.waiting());
        let Some(block) = self.block.get_mut(..wanted).filter(|_| waiting >= wanted) else {
            self.gaps += 1;
            if self.steady.take().is_some_and(|frames| frames > STEADY) {
                self.margin = (self.margin * 2).min(self.rate * LARGEST_MARGIN / 1000);
            }
            return SILENCE;
        };
        self.steady = self.steady.map_or(Some(1), |frames| Some(frames + 1));
        self.heard.take(block.iter_mut());
        let made = self.elastic.frame(block);
        // A card that gives too much is to be turned into less.
        self.elastic.bend(-self.drift.steer(fill as f64, target as f64, self.rate as f64));
        made
    }

    /// What went wrong so far: gaps, milliseconds left out, and the card's own overruns.
    #[must_use]
    pub fn faults(&self) -> [u64; 3] {
        let rate = u64::try_from(self.rate).unwrap_or(1).max(1);
        [self.gaps, (self.left_out + self.flow.starved()) * 1000 / rate, self.flow.xruns()]
    }
}

/// How many samples a card at `rate` gives or takes in this time.
pub(super) fn samples(time: Duration, rate: usize) -> usize {
    usize::try_from(time.as_nanos() * rate as u128 / 1_000_000_000).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    /// A card in virtual time: how far its clock is off, and what it gives at once.
    struct Card {
        rate: u32,
        ppm: f64,
        period: usize,
    }

    /// What a call hears of it in `seconds`, and the end itself. `stands` is when the card gives nothing.
    fn heard(card: &Card, seconds: u64, stands: std::ops::Range<f64>) -> (Vec<i16>, Capture) {
        let flow = Arc::new(Flow::default());
        let (mut inlet, mut capture) = Capture::new(card.rate, card.period, Arc::clone(&flow)).unwrap();
        let mut tone = Sine::new(1000.0, 0.5, card.rate);
        let every = card.period as f64 / (f64::from(card.rate) * (1.0 + card.ppm / 1e6));
        let (mut given, mut out) = (0.0, Vec::new());
        for beat in 0..seconds * 50 {
            let now = beat as f64 / 50.0;
            while given * every <= now {
                if !stands.contains(&now) {
                    inlet.put(tone.by_ref().take(card.period));
                    flow.turn(Moment::at(Duration::from_secs_f64(given * every)));
                }
                given += 1.0;
            }
            out.extend(capture.frame_at(Moment::at(Duration::from_secs_f64(now))));
        }
        (out, capture)
    }

    #[test]
    fn a_clock_that_is_off_costs_neither_a_gap_nor_a_sample_in_two_minutes() {
        for (rate, ppm, period) in
            [(48_000, 500.0, 960), (48_000, -500.0, 960), (44_100, 500.0, 4410), (16_000, -500.0, 160), (48_000, 1500.0, 256)]
        {
            let (out, capture) = heard(&Card { rate, ppm, period }, 120, 0.0..0.0);
            assert_eq!(capture.faults(), [0, 0, 0], "{rate} Hz {ppm} ppm {period}");
            let frequency = 1000.0 * (1.0 + ppm / 1e6);
            for part in out[48_000..].chunks_exact(4800).step_by(23) {
                let level = level_of(part, frequency, RATE);
                assert!((level - 0.5).abs() < 0.02, "{rate} Hz {ppm} ppm {period}: {level}");
            }
            let waits = capture.heard.waiting() as f64 / f64::from(rate);
            assert!(waits < 0.07 + 1.5 * period as f64 / f64::from(rate), "{rate} Hz {ppm} ppm: {waits} s wait");
        }
    }

    #[test]
    fn a_card_that_stands_still_is_silence_and_then_heard_again_without_delay() {
        let (out, capture) = heard(&Card { rate: 48_000, ppm: 0.0, period: 960 }, 20, 5.0..6.0);
        assert_eq!(capture.faults(), [1, 0, 0]);
        assert!(level_of(&out[5 * 48_000 + 9600..6 * 48_000], 1000.0, RATE) < 0.01);
        assert!((level_of(&out[10 * 48_000..10 * 48_000 + 4800], 1000.0, RATE) - 0.5).abs() < 0.02);
        assert!(capture.heard.waiting() < 4000, "{}", capture.heard.waiting());
    }

    #[test]
    fn sound_that_nobody_heard_is_not_heard_late() {
        let flow = Arc::new(Flow::default());
        let (mut inlet, mut capture) = Capture::new(48_000, 960, flow).unwrap();
        for _ in 0..100 {
            inlet.put(std::iter::repeat_n(1000, 960));
            if inlet.waiting() < 4000 {
                capture.frame();
            }
        }
        capture.frame();
        assert!(capture.heard.waiting() < 3000, "{}", capture.heard.waiting());
        assert!(Capture::new(0, 960, Arc::default()).is_err());
    }
}
