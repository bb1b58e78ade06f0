//! Tones: sines, the keys of a telephone (ITU-T Q.23), ringback (E.180); and how much of a tone is in a sound (Goertzel).

use std::f64::consts::TAU;

/// An endless sine.
#[derive(Clone, Debug)]
pub struct Sine {
    phase: f64,
    step: f64,
    amplitude: f64,
}

impl Sine {
    /// Of `frequency` Hz and `amplitude` 0 … 1, at `rate` samples a second.
    #[must_use]
    pub fn new(frequency: f64, amplitude: f64, rate: u32) -> Sine {
        Sine { phase: 0.0, step: TAU * frequency / f64::from(rate), amplitude: amplitude * 32_767.0 }
    }
}

impl Iterator for Sine {
    type Item = i16;

    #[allow(clippy::cast_possible_truncation)]
    fn next(&mut self) -> Option<i16> {
        let sample = self.amplitude * self.phase.sin();
        self.phase = (self.phase + self.step) % TAU;
        Some(sample.round() as i16)
    }
}

/// The two frequencies of a key, in Hz: row, then column. `None` for what is no key.
#[must_use]
pub fn key_frequencies(key: char) -> Option<(f64, f64)> {
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let place = "123A456B789C*0#D".chars().position(|known| known == key)?;
    Some((*ROWS.get(place / 4)?, *COLUMNS.get(place % 4)?))
}

/// The sound of a key, endless, at −7 dB in all.
#[must_use]
pub fn key(key: char, rate: u32) -> Option<impl Iterator<Item = i16>> {
    let (row, column) = key_frequencies(key)?;
    Some(Sine::new(row, 0.22, rate).zip(Sine::new(column, 0.22, rate)).map(|(low, high)| low.saturating_add(high)))
}

/// What a caller hears while it rings, endless: 425 Hz, one second in five, as in most of Europe.
pub fn ringback(rate: u32) -> impl Iterator<Item = i16> + Send {
    cadence(Sine::new(425.0, 0.2, rate), 1000, 5000, rate)
}

/// What rings when somebody calls, endless: a soft fifth, one second in four.
pub fn bell(rate: u32) -> impl Iterator<Item = i16> + Send {
    let fifth = Sine::new(440.0, 0.08, rate).zip(Sine::new(660.0, 0.06, rate)).map(|(low, high)| low.saturating_add(high));
    cadence(fifth, 1000, 4000, rate)
}

/// What a loudspeaker is tested with, endless: 440 Hz, softly, half of every second.
pub fn test(rate: u32) -> impl Iterator<Item = i16> + Send {
    cadence(Sine::new(440.0, 0.1, rate), 500, 1000, rate)
}

/// A tone that sounds for `on` of every `period` milliseconds, and begins and ends within 10 ms rather than with a click.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn cadence(tone: impl Iterator<Item = i16> + Send, on: u64, period: u64, rate: u32) -> impl Iterator<Item = i16> + Send {
    let samples = move |milliseconds: u64| milliseconds * u64::from(rate) / 1000;
    let (on, period, edge) = (samples(on), samples(period).max(1), samples(10).max(1));
    tone.zip(0_u64..).map(move |(sample, at)| {
        let at = at % period;
        let inside = at.min(on.saturating_sub(at)).min(edge);
        (f64::from(sample) * inside as f64 / edge as f64).round() as i16
    })
}

/// How much of a tone is in a sound, as the amplitude 0 … 1 that a sine of that frequency would have.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn level_of(pcm: &[i16], frequency: f64, rate: u32) -> f64 {
    if pcm.is_empty() {
        return 0.0;
    }
    let turn = TAU * frequency / f64::from(rate);
    let coefficient = 2.0 * turn.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in pcm {
        (last, before) = (f64::from(*sample) + coefficient * last - before, last);
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power.max(0.0).sqrt() / pcm.len() as f64 / 32_767.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_where_it_is_and_only_there() {
        let sine: Vec<i16> = Sine::new(1000.0, 0.25, 48_000).take(48_000).collect();
        assert!((level_of(&sine, 1000.0, 48_000) - 0.25).abs() < 0.001);
        assert!(level_of(&sine, 1100.0, 48_000) < 0.001);
    }

    #[test]
    fn every_key_has_its_two_tones() {
        for letter in "0123456789*#ABCD".chars() {
            let (row, column) = key_frequencies(letter).unwrap();
            let sound: Vec<i16> = key(letter, 8000).unwrap().take(8000).collect();
            assert!((level_of(&sound, row, 8000) - 0.22).abs() < 0.01);
            assert!((level_of(&sound, column, 8000) - 0.22).abs() < 0.01);
        }
        assert_eq!(key_frequencies('5'), Some((770.0, 1336.0)));
        assert!(key('x', 8000).is_none());
    }

    #[test]
    fn ringback_rings_one_second_in_five() {
        let sound: Vec<i16> = ringback(8000).take(8000 * 10).collect();
        let loud: Vec<bool> = sound.chunks(8000).map(|second| level_of(second, 425.0, 8000) > 0.1).collect();
        assert_eq!(loud, [true, false, false, false, false, true, false, false, false, false]);
    }

    #[test]
    fn bell_and_test_are_soft_and_do_not_click() {
        let steepest = |pcm: &[i16]| pcm.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
        let bell: Vec<i16> = bell(48_000).take(48_000 * 8).collect();
        assert!((level_of(&bell[..48_000], 440.0, 48_000) - 0.08).abs() < 0.01);
        assert!((level_of(&bell[..48_000], 660.0, 48_000) - 0.06).abs() < 0.01);
        assert!(bell[48_000..4 * 48_000].iter().all(|sample| *sample == 0));
        assert!(level_of(&bell[4 * 48_000..5 * 48_000], 440.0, 48_000) > 0.07, "it rings again");
        assert!(steepest(&bell) < 500, "{}", steepest(&bell));
        let test: Vec<i16> = test(48_000).take(48_000 * 2).collect();
        assert!((level_of(&test[..24_000], 440.0, 48_000) - 0.1).abs() < 0.01);
        assert!(test[24_000..48_000].iter().all(|sample| *sample == 0));
        assert!(steepest(&test) < 250, "{}", steepest(&test));
    }
}
