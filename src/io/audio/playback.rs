//! From the beat of a call to a loudspeaker's thread: a frame every 20 ms becomes what the card takes at its own pace.
//!
//! The clocks of card and beat are matched by bending the resampler ([`Drift`]). Where a card is further off than that, or we
//! are late, silence is put in or frames are left out, and counted.

use super::capture::samples;
use super::flow::Flow;
use super::ring::{Inlet, Outlet, ring};
use crate::machine::Moment;
use crate::media::Frame;
use crate::media::elastic::{Drift, Elastic};
use std::sync::Arc;

/// Sound kept in hand against a thread that comes late, in milliseconds: at first, and at most.
const MARGIN: usize = 10;
const LARGEST_MARGIN: usize = 60;

/// More than this above what is wanted is left out at once, in milliseconds.
const SLACK: usize = 80;

/// Frames without a gap after which a gap means that the margin is too small, and not that a card begins.
const STEADY: u64 = 100;

/// The end of a loudspeaker that calls speak to.
#[derive(Debug)]
pub struct Playback {
    told: Inlet,
    flow: Arc<Flow>,
    elastic: Elastic,
    drift: Drift,
    /// Samples of the card: in a second, in what it takes at once, and in the margin.
    rate: usize,
    period: usize,
    margin: usize,
    /// How many samples had been missing when it last ran dry.
    starved: u64,
    /// Frames taken since then; `None` before the first.
    steady: Option<u64>,
    gaps: u64,
    left_out: u64,
}

impl Playback {
    /// For a card at `rate` that takes about `period` samples at once; and the ring's other end, for its thread.
    ///
    /// # Errors
    /// A sentence, when that is no rate of a sound card.
    pub fn new(rate: u32, period: usize, flow: Arc<Flow>) -> Result<(Playback, Outlet), String> {
        let elastic = Elastic::to_card(rate)?;
        let rate = usize::try_from(rate).unwrap_or(usize::MAX);
        let (told, outlet) = ring(rate / 2 + 2 * period);
        let (drift, margin) = (Drift::default(), rate * MARGIN / 1000);
        let playback =
            Playback { told, flow, elastic, drift, rate, period, margin, starved: 0, steady: None, gaps: 0, left_out: 0 };
        Ok((playback, outlet))
    }

    /// Takes the next 20 ms.
    pub fn take(&mut self, frame: &Frame) {
        self.take_at(self.flow.now(), frame);
    }

    fn take_at(&mut self, now: Moment, frame: &Frame) {
        // A card that has not begun would play all that waits for it, late.
        if self.flow.turns() == 0 {
            return;
        }
        let target = self.period + self.margin;
        // What the card took last and has not played counts too: without it the buffer would seem to breathe as the two
        // clocks pass each other.
        let played = samples(self.flow.since_turn(now), self.rate);
        let (in_card, starved) = (self.period.saturating_sub(played), self.flow.starved());
        let mut fill = self.told.waiting() + in_card;
        if self.steady.is_none() || starved != self.starved {
            if let Some(frames) = self.steady {
                self.gaps += 1;
                if frames > STEADY {
                    self.margin = (self.margin * 2).min(self.rate * LARGEST_MARGIN / 1000);
                }
            }
            self.starved = starved;
            self.steady = Some(0);
            self.told.put(std::iter::repeat_n(0, target.saturating_sub(fill)));
            fill = fill.max(target);
            self.drift = Drift::from(fill as f64);
        } else if fill > target + self.rate * SLACK / 1000 {
            self.left_out += 1;
            return;
        }
        self.steady = self.steady.map(|frames| frames + 1);
        // A card that takes too little is to be given less.
        self.elastic.bend(-self.drift.steer(fill as f64, target as f64, self.rate as f64));
        self.told.put(self.elastic.samples(frame));
    }

    /// The card takes sound.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.flow.turns() > 0
    }

    /// What went wrong so far: gaps, frames left out, and the card's own underruns.
    #[must_use]
    pub fn faults(&self) -> [u64; 3] {
        [self.gaps, self.left_out, self.flow.xruns()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};
    use crate::media::{FRAME, RATE};
    use std::time::Duration;

    /// What a card whose clock is off plays of a tone in `seconds`, and the end itself. `stands` is when we give nothing.
    fn played(rate: u32, ppm: f64, period: usize, seconds: u64, stands: std::ops::Range<f64>) -> (Vec<i16>, Playback) {
        let flow = Arc::new(Flow::default());
        let (mut playback, mut outlet) = Playback::new(rate, period, Arc::clone(&flow)).unwrap();
        let mut tone = Sine::new(1000.0, 0.5, RATE);
        let every = period as f64 / (f64::from(rate) * (1.0 + ppm / 1e6));
        let (mut taken, mut out) = (0.0, Vec::new());
        for beat in 0..seconds * 50 {
            let now = beat as f64 / 50.0;
            while taken * every <= now {
                let mut block = vec![0; period];
                let count = outlet.take(block.iter_mut());
                flow.turn(Moment::at(Duration::from_secs_f64(taken * every)));
                if count < period {
                    flow.starve(period - count);
                }
                out.extend(block);
                taken += 1.0;
            }
            if !stands.contains(&now) {
                let mut frame = [0; FRAME];
                frame.iter_mut().zip(&mut tone).for_each(|(place, sample)| *place = sample);
                playback.take_at(Moment::at(Duration::from_secs_f64(now)), &frame);
            }
        }
        (out, playback)
    }

    #[test]
    fn a_clock_that_is_off_costs_neither_a_gap_nor_a_sample_in_two_minutes() {
        for (rate, ppm, period) in
            [(48_000, 500.0, 960), (48_000, -500.0, 960), (44_100, 500.0, 4410), (16_000, -500.0, 160), (48_000, 1500.0, 256)]
        {
            let (out, playback) = played(rate, ppm, period, 120, 0.0..0.0);
            assert_eq!(playback.faults(), [0, 0, 0], "{rate} Hz {ppm} ppm {period}");
            let second = usize::try_from(rate).unwrap();
            for part in out[second..].chunks_exact(second / 10).step_by(23) {
                let level = level_of(part, 1000.0 / (1.0 + ppm / 1e6), rate);
                assert!((level - 0.5).abs() < 0.02, "{rate} Hz {ppm} ppm {period}: {level}");
            }
            let waits = playback.told.waiting() as f64 / f64::from(rate);
            assert!(waits < 0.07 + 1.5 * period as f64 / f64::from(rate), "{rate} Hz {ppm} ppm: {waits} s wait");
        }
    }

    #[test]
    fn when_we_are_late_the_card_plays_silence_and_goes_on_without_delay() {
        let (out, playback) = played(48_000, 0.0, 960, 20, 5.0..6.0);
        assert_eq!(playback.faults(), [1, 0, 0]);
        assert!(level_of(&out[5 * 48_000 + 9600..6 * 48_000], 1000.0, RATE) < 0.01);
        assert!((level_of(&out[10 * 48_000..10 * 48_000 + 4800], 1000.0, RATE) - 0.5).abs() < 0.02);
        assert!(playback.told.waiting() < 4000, "{}", playback.told.waiting());
    }

    #[test]
    fn a_card_that_stands_still_is_not_given_more_than_it_can_play_soon() {
        let flow = Arc::new(Flow::default());
        let (mut playback, mut outlet) = Playback::new(48_000, 960, Arc::clone(&flow)).unwrap();
        playback.take(&[1; FRAME]);
        assert_eq!(outlet.waiting(), 0, "it has not begun");
        flow.turn(flow.now());
        for _ in 0..100 {
            playback.take(&[1; FRAME]);
        }
        assert!(outlet.waiting() < 48_000 / 5, "{}", outlet.waiting());
        outlet.skip(usize::MAX);
        assert!(Playback::new(0, 960, Arc::default()).is_err());
    }
}
