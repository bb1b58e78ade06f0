//! A resampler whose ratio gives a little: between the clock of a sound card and ours, whatever their nominal rates.
//!
//! rubato's asynchronous sinc resampler, 64 taps at the lower of the two rates: 0.7 ms late at ours. Nothing is allocated
//! once it runs.

use super::frame::{FRAME, Frame, RATE};
use super::resample::to_sample;
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Adjustable as _, Async, FixedAsync, Resampler as _, SincInterpolationParameters, WindowFunction};

/// How far the ratio may be bent, either way: 2,000 ppm, 3.5 cents.
pub const MOST: f64 = 0.002;

/// What the filter is long, in samples of the lower rate: its edge is as steep there as it is long.
const TAPS: usize = 64;

/// A filter is no longer than this, whatever the rates.
const LONGEST: usize = 1024;

/// From a card's rate to frames of ours, or from frames of ours to a card's rate.
pub struct Elastic {
    sinc: Async<f32>,
    input: Vec<f32>,
    output: Vec<f32>,
}

impl std::fmt::Debug for Elastic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Elastic").field("ratio", &self.sinc.resample_ratio()).finish_non_exhaustive()
    }
}

impl Elastic {
    /// From a card that runs at `rate`: each turn makes one frame.
    ///
    /// # Errors
    /// A sentence, when that is no rate of a sound card.
    pub fn from_card(rate: u32) -> Result<Elastic, String> {
        Elastic::new(rate, RATE, FixedAsync::Output)
    }

    /// To a card that runs at `rate`: each turn takes one frame.
    ///
    /// # Errors
    /// A sentence, when that is no rate of a sound card.
    pub fn to_card(rate: u32) -> Result<Elastic, String> {
        Elastic::new(RATE, rate, FixedAsync::Input)
    }

    fn new(from: u32, to: u32, fixed: FixedAsync) -> Result<Elastic, String> {
        let length = TAPS * usize::try_from(from.div_ceil(to.max(1)).max(1)).unwrap_or(LONGEST);
        let taps = SincInterpolationParameters::new(length.min(LONGEST), WindowFunction::BlackmanHarris2);
        let ratio = f64::from(to) / f64::from(from);
        let sinc = Async::new_sinc(ratio, 1.0 + 2.0 * MOST, &taps, FRAME, 1, fixed)
            .map_err(|error| format!("{from} Hz cannot be brought to {to} Hz: {error}."))?;
        let (most_in, most_out) = (sinc.input_frames_max(), sinc.output_frames_max());
        Ok(Elastic { sinc, input: vec![0.0; most_in], output: vec![0.0; most_out] })
    }

    /// Makes it turn out more samples for as many, by this part of one, or fewer when it is negative; at most [`MOST`].
    pub fn bend(&mut self, part: f64) {
        let part = if part.is_finite() { part.clamp(-MOST, MOST) } else { 0.0 };
        // Within the bounds that it was made with, and so never refused.
        let _ = self.sinc.set_resample_ratio_relative(1.0 + part, true);
    }

    /// How many samples the next turn takes.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.sinc.input_frames_next()
    }

    /// Takes [`Elastic::wanted`] samples of the card and makes a frame of them.
    pub fn frame(&mut self, pcm: &[i16]) -> Frame {
        let mut frame = [0; FRAME];
        let made = self.turn(pcm);
        for (sample, made) in frame.iter_mut().zip(made) {
            *sample = to_sample(*made);
        }
        frame
    }

    /// Takes a frame and makes samples for the card of it.
    pub fn samples(&mut self, frame: &Frame) -> impl ExactSizeIterator<Item = i16> {
        self.turn(frame).iter().map(|sample| to_sample(*sample))
    }

    fn turn(&mut self, pcm: &[i16]) -> &[f32] {
        let wanted = self.wanted();
        for (place, sample) in self.input.iter_mut().take(wanted).zip(pcm) {
            *place = f32::from(*sample);
        }
        let (length, room) = (self.input.len(), self.output.len());
        let (Ok(input), Ok(mut output)) =
            (SequentialSlice::new(&self.input[..], 1, length), SequentialSlice::new_mut(&mut self.output[..], 1, room))
        else {
            return &[];
        };
        let made = self.sinc.process_into_buffer(&input, &mut output, None).map_or(0, |(_, made)| made);
        self.output.get(..made).unwrap_or_default()
    }
}

/// Which way to bend, from how full a buffer is between two clocks.
///
/// The mean of about a second is steered to a target: 1 ms too much is taken back within some seconds. In the long run a clock
/// that is `p` ppm off leaves the buffer `p` / 250 ms from the target, and pitch is never bent by more than [`MOST`]: clocks
/// up to 2,000 ppm apart are followed without a sample lost, with 8 ms in hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drift {
    mean: f64,
}

/// Frames over which the mean is taken.
const MEMORY: f64 = 50.0;

/// Seconds in which an excess is taken back.
const PATIENCE: f64 = 4.0;

impl Drift {
    /// The buffer was set to `fill` samples.
    #[must_use]
    pub fn from(fill: f64) -> Drift {
        Drift { mean: fill }
    }

    /// Once a frame: the part by which the buffer of a card at `rate`, with `fill` samples in it, is to be emptied faster.
    pub fn steer(&mut self, fill: f64, target: f64, rate: f64) -> f64 {
        self.mean += (fill - self.mean) / MEMORY;
        ((self.mean - target) / (rate * PATIENCE)).clamp(-MOST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    fn purity(pcm: &[i16], frequency: f64, rate: u32) -> f64 {
        let tone = level_of(pcm, frequency, rate);
        let all = pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64;
        let of_tone = (tone * 32768.0).powi(2) / 2.0;
        10.0 * (of_tone / (all - of_tone).max(1e-3)).log10()
    }

    #[test]
    fn tones_pass_at_every_rate_of_a_card() {
        for rate in [8_000, 16_000, 44_100, 48_000, 96_000, 192_000] {
            let mut card = Sine::new(1000.0, 0.5, rate);
            let mut elastic = Elastic::from_card(rate).unwrap();
            let mut ours = Vec::new();
            for _ in 0..75 {
                let pcm: Vec<i16> = card.by_ref().take(elastic.wanted()).collect();
                ours.extend(elastic.frame(&pcm));
            }
            let ours = &ours[24_000..];
            assert!((level_of(ours, 1000.0, RATE) - 0.5).abs() < 0.01, "{rate}: {}", level_of(ours, 1000.0, RATE));
            assert!(purity(ours, 1000.0, RATE) > 50.0, "{rate}: {}", purity(ours, 1000.0, RATE));

            let mut voice = Sine::new(1000.0, 0.5, RATE);
            let mut elastic = Elastic::to_card(rate).unwrap();
            let mut theirs = Vec::new();
            for _ in 0..75 {
                let mut frame = [0; FRAME];
                frame.iter_mut().zip(&mut voice).for_each(|(place, sample)| *place = sample);
                theirs.extend(elastic.samples(&frame));
            }
            let second = usize::try_from(rate).unwrap();
            let theirs = &theirs[second / 4..second / 4 + second];
            assert!((level_of(theirs, 1000.0, rate) - 0.5).abs() < 0.01, "{rate}: {}", level_of(theirs, 1000.0, rate));
            assert!(purity(theirs, 1000.0, rate) > 50.0, "{rate}: {}", purity(theirs, 1000.0, rate));
        }
        assert!(Elastic::from_card(0).is_err());
    }

    #[test]
    fn it_bends_as_far_as_it_may() {
        for part in [MOST, -MOST, 1.0, f64::NAN] {
            let mut elastic = Elastic::to_card(RATE).unwrap();
            elastic.bend(part);
            let made: usize = (0..500).map(|_| elastic.samples(&[0; FRAME]).len()).sum();
            let wanted = if part.is_nan() { 480_000.0 } else { 480_000.0 * (1.0 + part.clamp(-MOST, MOST)) };
            assert!((made as f64 - wanted).abs() < 5.0, "{part}: {made}");
        }
    }
}
