//! Streaming change of sample rate, on rubato's synchronous FFT resampler. Nothing is allocated once it runs.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// A sample is no louder, whatever it says: twice the full scale, so that what is cut is cut as it would be anyway.
const LOUDEST: f32 = 65_536.0;

/// Samples at one rate in, at another out.
pub struct Resampler {
    fft: Fft<f32>,
    /// Not enough for a block yet.
    waiting: Vec<f32>,
    block: Vec<f32>,
    result: Vec<f32>,
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resampler").field("ratio", &self.fft.resample_ratio()).finish_non_exhaustive()
    }
}

impl Resampler {
    /// From `from` to `to` samples a second, in blocks of about 10 ms; it delays by half a block.
    ///
    /// # Errors
    /// A sentence, when a rate is zero.
    pub fn new(from: u32, to: u32) -> Result<Resampler, String> {
        Resampler::with_block(from, to, from / 100)
    }

    /// As [`Resampler::new`], with blocks of at least `block` samples of input: longer ones have a steeper filter.
    ///
    /// # Errors
    /// A sentence, when a rate or the block is zero.
    pub fn with_block(from: u32, to: u32, block: u32) -> Result<Resampler, String> {
        let size = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
        let window = WindowFunction::Hann2;
        let fft = Fft::new_custom(size(from), size(to), size(block), 1, 1, window, FixedSync::Both)
            .map_err(|error| format!("{from} Hz cannot be brought to {to} Hz: {error}."))?;
        let (input, output) = (fft.input_frames_next(), fft.output_frames_next());
        Ok(Resampler { fft, waiting: Vec::with_capacity(input * 8), block: vec![0.0; input], result: vec![0.0; output] })
    }

    /// How many samples of output the first sample of input is late.
    #[must_use]
    pub fn delay(&self) -> usize {
        self.fft.output_delay()
    }

    /// Takes samples; what comes of them is put behind what is in `out`.
    pub fn push(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        self.push_scaled(pcm.iter().map(|sample| f32::from(*sample)), out);
    }

    /// As [`Resampler::push`]; the samples are numbers of the same scale, ±32768.
    pub fn push_scaled(&mut self, pcm: impl Iterator<Item = f32>, out: &mut Vec<i16>) {
        for sample in pcm {
            // A file may hold what is no number, or one beyond all sound: the transform has no answer to these.
            self.waiting.push(if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 });
            if self.waiting.len() == self.block.len() {
                self.block.copy_from_slice(&self.waiting);
                self.waiting.clear();
                self.turn(out);
            }
        }
    }

    fn turn(&mut self, out: &mut Vec<i16>) {
        let (input, output) = (self.block.len(), self.result.len());
        let (Ok(block), Ok(mut result)) =
            (SequentialSlice::new(&self.block[..], 1, input), SequentialSlice::new_mut(&mut self.result[..], 1, output))
        else {
            return;
        };
        if self.fft.process_into_buffer(&block, &mut result, None).is_ok() {
            out.extend(self.result.iter().map(|sample| to_sample(*sample)));
        }
    }

    /// Forgets what it has heard.
    pub fn reset(&mut self) {
        self.fft.reset();
        self.waiting.clear();
    }
}

/// Rounded and held within the range; what is not a number is silence.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn to_sample(value: f32) -> i16 {
    // A float becomes the nearest integer that there is: `as` saturates, and makes zero of NaN.
    value.round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    fn through(from: u32, to: u32, frequency: f64) -> Vec<i16> {
        let mut resampler = Resampler::new(from, to).unwrap();
        let pcm: Vec<i16> = Sine::new(frequency, 0.5, from).take(from as usize * 2).collect();
        let mut out = Vec::new();
        for chunk in pcm.chunks(137) {
            resampler.push(chunk, &mut out);
        }
        out.split_off(to as usize)
    }

    /// How far everything else is below the tone, in dB.
    fn purity(pcm: &[i16], frequency: f64, rate: u32) -> f64 {
        let tone = level_of(pcm, frequency, rate);
        let all = pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64;
        let of_tone = (tone * 32768.0).powi(2) / 2.0;
        10.0 * (of_tone / (all - of_tone).max(1e-3)).log10()
    }

    #[test]
    fn tones_pass_unchanged_and_nothing_is_added() {
        for (from, to) in [(8_000, 48_000), (48_000, 8_000), (44_100, 48_000)] {
            for frequency in [300.0, 1000.0, 2500.0, 3100.0] {
                let out = through(from, to, frequency);
                let level = level_of(&out[..to as usize / 2], frequency, to);
                let loss = 20.0 * (level / 0.5).log10();
                let purity = purity(&out[..to as usize / 2], frequency, to);
                assert!(loss.abs() < 0.5, "{from} → {to}, {frequency} Hz: {loss:.2} dB");
                assert!(purity > 60.0, "{from} → {to}, {frequency} Hz: {purity:.1} dB");
            }
        }
    }

    #[test]
    fn what_8_khz_cannot_hold_is_cut_and_not_folded() {
        let out = through(48_000, 8_000, 6_000.0);
        let peak = out.iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!(peak < 30, "{peak}");
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let mut resampler = Resampler::new(8_000, 48_000).unwrap();
        let mut out = Vec::new();
        resampler.push_scaled([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().cycle().take(800), &mut out);
        assert!(out.len() == 4_800 && out.iter().all(|sample| *sample == 0), "{out:?}");
        resampler.push_scaled(std::iter::repeat_n(f32::MAX, 800), &mut out);
        assert_eq!(out.len(), 9_600);
    }

    #[test]
    fn as_much_comes_out_as_goes_in() {
        let mut resampler = Resampler::new(8_000, 48_000).unwrap();
        let mut out = Vec::new();
        for _ in 0..50 {
            resampler.push(&[0; 160], &mut out);
        }
        assert_eq!(out.len(), 48_000);
        assert!(Resampler::new(0, 8_000).is_err());
    }
}
