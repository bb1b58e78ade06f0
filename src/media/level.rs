//! How loud sound is, for meters: root mean square and peak, as parts of full scale.

/// A meter that rises at once and falls slowly, as a person reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    level: f32,
}

/// What is left of the old level after a frame of silence: −20 dB in about 0.9 s.
const FALL: f32 = 0.95;

impl Meter {
    /// Takes a frame.
    pub fn hear(&mut self, pcm: &[i16]) {
        self.level = rms(pcm).max(self.level * FALL);
        if self.level < 1.0 / 65_536.0 {
            self.level = 0.0;
        }
    }

    /// 0 … 1.
    #[must_use]
    pub fn level(self) -> f32 {
        self.level
    }
}

/// Root mean square, 0 … 1; a full-scale sine has 0.707.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn rms(pcm: &[i16]) -> f32 {
    if pcm.is_empty() {
        return 0.0;
    }
    let sum: f32 = pcm.iter().map(|sample| (f32::from(*sample) / 32_768.0).powi(2)).sum();
    (sum / pcm.len() as f32).sqrt()
}

/// The largest sample, 0 … 1.
#[must_use]
pub fn peak(pcm: &[i16]) -> f32 {
    pcm.iter().map(|sample| f32::from(*sample).abs()).fold(0.0, f32::max) / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::Sine;

    #[test]
    fn a_sine_has_its_known_levels() {
        let sine: Vec<i16> = Sine::new(1000.0, 0.5, 48_000).take(4800).collect();
        assert!((rms(&sine) - 0.5 / 2_f32.sqrt()).abs() < 1e-3);
        assert!((peak(&sine) - 0.5).abs() < 1e-3);
        assert!(rms(&[]).abs() < f32::EPSILON);
    }

    #[test]
    fn the_meter_rises_at_once_and_falls_to_nothing() {
        let mut meter = Meter::default();
        meter.hear(&[16_384; 960]);
        assert!((meter.level() - 0.5).abs() < 1e-3);
        meter.hear(&[0; 960]);
        assert!((0.45..0.5).contains(&meter.level()));
        for _ in 0..300 {
            meter.hear(&[0; 960]);
        }
        assert!(meter.level().abs() < f32::EPSILON);
    }
}
