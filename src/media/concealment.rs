//! Concealment for G.711 at 8 kHz: the last pitch period goes on, more of them as the gap grows, and fades within 60 ms
//! (after the method of ITU-T G.711 Appendix I, without its constant delay of 3.75 ms).

#![deny(clippy::indexing_slicing)]

/// The pitch periods that are looked for, in samples: 66 to 200 Hz. A higher voice repeats two or three of its own.
const SHORTEST: usize = 40;
const LONGEST: usize = 120;

/// What two candidates are compared over: 20 ms.
const COMPARED: usize = 160;

/// Three periods and the quarter that is overlapped.
const HISTORY: usize = 3 * LONGEST + LONGEST / 4;

/// Samples of a gap that sound in full, and after which there is nothing left.
const FULL: usize = 80;
const NOTHING: usize = 480;

/// Fills gaps in one voice.
#[derive(Clone, Debug)]
pub struct Concealment {
    /// The newest samples, oldest first.
    history: [i16; HISTORY],
    gap: Option<Gap>,
}

/// A gap that is being filled.
#[derive(Clone, Debug)]
struct Gap {
    /// What came before it.
    before: [i16; HISTORY],
    pitch: usize,
    periods: usize,
    /// Place in the loop of `periods` pitch periods.
    at: usize,
    /// Samples made so far.
    made: usize,
    /// From the loop's idea of the sample before the gap to what it truly was; it decays.
    step: f32,
}

impl Default for Concealment {
    fn default() -> Concealment {
        Concealment { history: [0; HISTORY], gap: None }
    }
}

impl Concealment {
    /// Sound that did arrive. After a gap its beginning is blended with what filled the gap.
    pub fn hear(&mut self, pcm: &mut [i16]) {
        if let Some(mut gap) = self.gap.take() {
            // The longer the gap, the longer the blend: 4 ms more for each 10 ms, up to 10 ms.
            let blend = (gap.pitch / 4 + 32 * (gap.made / 80)).min(80).min(pcm.len());
            for (place, sample) in pcm.iter_mut().take(blend).enumerate() {
                let new = (place as f32 + 0.5) / blend as f32;
                *sample = to_sample(f32::from(*sample) * new + gap.next() * (1.0 - new));
            }
        }
        self.remember(pcm);
    }

    /// Sound for a gap that goes on for as long as `out`.
    pub fn conceal(&mut self, out: &mut [i16]) {
        let history = &self.history;
        let gap = self.gap.get_or_insert_with(|| Gap::after(history));
        for sample in out.iter_mut() {
            *sample = to_sample(gap.next());
        }
        self.remember(out);
    }

    fn remember(&mut self, pcm: &[i16]) {
        let kept = HISTORY.saturating_sub(pcm.len());
        self.history.copy_within(HISTORY - kept.., 0);
        let newest = pcm.iter().rev().take(HISTORY).rev();
        for (place, sample) in self.history.iter_mut().skip(kept).zip(newest) {
            *place = *sample;
        }
    }
}

impl Gap {
    fn after(before: &[i16; HISTORY]) -> Gap {
        let pitch = pitch(before);
        let last = |back: usize| f32::from(before.get(HISTORY - back).copied().unwrap_or(0));
        Gap { before: *before, pitch, periods: 1, at: 0, made: 0, step: last(1) - last(pitch + 1) }
    }

    /// The next sample of the gap.
    fn next(&mut self) -> f32 {
        let quarter = self.pitch / 4;
        // More periods make it sound less like a machine; the newest one stays in its place, so that nothing jumps.
        let due = (1 + self.made / FULL).min(3);
        if due > self.periods && self.at + quarter < self.pitch * self.periods {
            self.at += self.pitch * (due - self.periods);
            self.periods = due;
        }
        let length = self.pitch * self.periods;
        let source = |back: usize| f32::from(self.before.get(HISTORY.saturating_sub(back)).copied().unwrap_or(0));
        let mut sample = source(length - self.at);
        let left = length - self.at;
        if left <= quarter {
            // The end of the loop leads over into what came before its beginning.
            let over = 1.0 - (left as f32 - 0.5) / quarter as f32;
            sample = sample * (1.0 - over) + source(length + left) * over;
        }
        if self.made < quarter {
            sample += self.step * (1.0 - self.made as f32 / quarter as f32);
        }
        let faded = self.made.saturating_sub(FULL) as f32 / (NOTHING - FULL) as f32;
        self.at = (self.at + 1) % length;
        self.made = (self.made + 1).min(NOTHING);
        sample * (1.0 - faded).max(0.0)
    }
}

/// The lag at which the newest 20 ms are most like what was before them.
fn pitch(history: &[i16; HISTORY]) -> usize {
    let newest = history.get(HISTORY - COMPARED..).unwrap_or_default();
    let mut best = (0.0_f32, LONGEST);
    for lag in SHORTEST..=LONGEST {
        let older = history.get(HISTORY - COMPARED - lag..).unwrap_or_default();
        let (mut product, mut energy) = (0.0_f32, 1.0_f32);
        for (a, b) in newest.iter().zip(older) {
            let (a, b) = (f32::from(*a), f32::from(*b));
            product += a * b;
            energy += b * b;
        }
        let likeness = product / energy.sqrt();
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    best.1
}

#[allow(clippy::cast_possible_truncation)]
fn to_sample(value: f32) -> i16 {
    value.round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    #[test]
    fn a_tone_goes_on_through_a_gap_without_a_click() {
        for frequency in [110.0, 180.0, 300.0, 440.0, 1000.0] {
            let tone: Vec<i16> = Sine::new(frequency, 0.3, 8000).take(1600).collect();
            let mut voice = Concealment::default();
            let mut heard = Vec::new();
            for (number, packet) in tone.chunks(160).enumerate() {
                let mut pcm = packet.to_vec();
                if number == 5 {
                    voice.conceal(&mut pcm)
                } else {
                    voice.hear(&mut pcm)
                }
                heard.extend(pcm);
            }
            let steepest = |pcm: &[i16]| pcm.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
            assert!(steepest(&heard) <= steepest(&tone) * 3 / 2, "{frequency} Hz clicks");
            let level = level_of(&heard[800..960], frequency, 8000);
            assert!(level > 0.2, "{frequency} Hz: {level}");
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence_within_60_ms() {
        let mut voice = Concealment::default();
        voice.hear(&mut Sine::new(200.0, 0.5, 8000).take(800).collect::<Vec<i16>>());
        let mut out = [0; 160];
        let mut levels = Vec::new();
        for _ in 0..4 {
            voice.conceal(&mut out);
            levels.push(crate::media::level::peak(&out));
        }
        assert!(levels[0] > 0.45 && levels[1] < levels[0] && levels[2] < levels[1], "{levels:?}");
        assert!(levels[3].abs() < f32::EPSILON, "{levels:?}");
        let mut back: Vec<i16> = Sine::new(200.0, 0.5, 8000).take(160).collect();
        voice.hear(&mut back);
        assert!(back[0].abs() < 300, "sound comes back gently");
    }

    #[test]
    fn any_length_is_filled_and_silence_stays_silence() {
        let mut voice = Concealment::default();
        for length in [0, 1, 7, 80, 480, 4000] {
            let mut out = vec![1; length];
            voice.conceal(&mut out);
            assert!(out.iter().all(|sample| *sample == 0));
            voice.hear(&mut out);
        }
    }
}
