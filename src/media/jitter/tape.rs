//! Decoded sound around the playing head, and how it is made shorter or longer without being heard: by leaving out or
//! repeating about a pitch period, blended over 5 ms (waveform similarity overlap-add).

use crate::media::frame::{FRAME, Frame};

/// Sound that is kept behind the head.
const BEHIND: usize = 1_440;

/// What may be left out or repeated at once: 5 to 15 ms.
pub const SHORTEST: usize = 240;
const LONGEST: usize = 720;

/// The blend: 5 ms.
const BLEND: usize = 240;

/// What is compared: 10 ms.
const COMPARED: usize = 480;

/// Below this (−50 dB) nobody hears a cut.
const QUIET: f32 = 100.0;

/// Sound that lies before the head must reach this far for [`Tape::shorten`] to work.
pub const TO_SHORTEN: usize = LONGEST + COMPARED;

/// Decoded sound.
#[derive(Debug)]
pub struct Tape {
    samples: Vec<i16>,
    head: usize,
}

impl Default for Tape {
    fn default() -> Tape {
        let mut samples = Vec::with_capacity(32_768);
        samples.resize(BEHIND, 0);
        Tape { samples, head: BEHIND }
    }
}

impl Tape {
    /// How many samples are ready to be heard.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.samples.len().saturating_sub(self.head)
    }

    /// The end of the tape, to write on.
    pub fn end(&mut self) -> &mut Vec<i16> {
        &mut self.samples
    }

    /// Plays a frame; silence where nothing is ready.
    pub fn play(&mut self, out: &mut Frame) {
        let missing = FRAME.saturating_sub(self.ready());
        self.samples.resize(self.samples.len() + missing, 0);
        let end = self.head + FRAME;
        out.copy_from_slice(&self.samples[self.head..end]);
        self.samples.drain(..end - BEHIND);
        self.head = BEHIND;
    }

    /// Takes `length` samples off again that were written at `from` before the end.
    pub fn cut(&mut self, from_end: usize, length: usize) {
        let from = self.samples.len().saturating_sub(from_end).max(self.head);
        let to = (from + length).min(self.samples.len());
        self.samples.drain(from..to);
    }

    /// Whether the next 20 ms are too quiet for a cut to be heard.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let next = &self.samples[self.head..self.samples.len().min(self.head + FRAME)];
        energy(next) <= QUIET * QUIET * next.len() as f32
    }

    /// Leaves out up to `most` samples, if two places at least as alike as `likeness` (0 … 1) are found; how many.
    pub fn shorten(&mut self, most: usize, likeness: f32) -> usize {
        let most = most.min(LONGEST).min(self.ready().saturating_sub(COMPARED));
        if most < SHORTEST {
            return 0;
        }
        let head = self.head;
        let Some(lag) = self.find(most, likeness, |lag| head + lag) else { return 0 };
        self.blend(head, head + lag);
        self.samples.drain(head + BLEND..head + BLEND + lag);
        lag
    }

    /// Repeats 5 to 15 ms, if two places at least as alike as `likeness` (0 … 1) are found; how many samples.
    pub fn lengthen(&mut self, likeness: f32) -> usize {
        if self.ready() < COMPARED {
            return 0;
        }
        let head = self.head;
        let Some(lag) = self.find(LONGEST, likeness, |lag| head - lag) else { return 0 };
        // The blend leads back by the lag; from there the tape runs up to the head once more.
        let end = self.samples.len();
        for place in 0..BLEND {
            let mixed = mix(self.samples[head + place], self.samples[head - lag + place], place);
            self.samples.push(mixed);
        }
        self.samples.extend_from_within(head - lag + BLEND..head);
        self.samples[head..].rotate_right(lag);
        debug_assert_eq!(self.samples.len(), end + lag);
        lag
    }

    fn blend(&mut self, to: usize, from: usize) {
        for place in 0..BLEND {
            self.samples[to + place] = mix(self.samples[to + place], self.samples[from + place], place);
        }
    }

    /// The lag at which the sound at the head is most like that at `other(lag)`.
    fn find(&self, most: usize, likeness: f32, other: impl Fn(usize) -> usize) -> Option<usize> {
        let here = &self.samples[self.head..self.head + COMPARED];
        let measure = |lag: usize, step: usize| {
            let there = &self.samples[other(lag)..other(lag) + COMPARED];
            alike(here, there, step)
        };
        // Every fourth lag over every fourth sample first, then around the best of them.
        let coarse = (SHORTEST..=most).step_by(4).map(|lag| (measure(lag, 4), lag)).fold((-1.0, SHORTEST), better);
        let near = coarse.1.saturating_sub(3).max(SHORTEST)..=(coarse.1 + 3).min(most);
        let fine = near.map(|lag| (measure(lag, 1), lag)).fold((-1.0, coarse.1), better);
        let quiet = energy(here) <= QUIET * QUIET * COMPARED as f32;
        (quiet || fine.0 >= likeness).then_some(fine.1)
    }
}

fn better(a: (f32, usize), b: (f32, usize)) -> (f32, usize) {
    if b.0 > a.0 { b } else { a }
}

/// From the first sound at the beginning of a blend to the second at its end.
#[allow(clippy::cast_possible_truncation)]
fn mix(from: i16, to: i16, place: usize) -> i16 {
    let share = (place as f32 + 0.5) / BLEND as f32;
    (f32::from(from) * (1.0 - share) + f32::from(to) * share).round() as i16
}

fn energy(pcm: &[i16]) -> f32 {
    pcm.iter().map(|sample| f32::from(*sample).powi(2)).sum()
}

/// Normalised correlation, −1 … 1.
fn alike(a: &[i16], b: &[i16], step: usize) -> f32 {
    let (mut product, mut of_a, mut of_b) = (0.0_f32, 1.0_f32, 1.0_f32);
    for (a, b) in a.iter().zip(b).step_by(step) {
        let (a, b) = (f32::from(*a), f32::from(*b));
        product += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    product / (of_a * of_b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::Sine;

    fn steepest(pcm: &[i16]) -> i32 {
        pcm.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap()
    }

    #[test]
    fn a_tone_is_made_shorter_and_longer_without_a_click() {
        for frequency in [95.0, 150.0, 220.0, 437.0, 1000.0] {
            let tone: Vec<i16> = Sine::new(frequency, 0.5, 48_000).take(48_000).collect();
            let (mut tape, mut heard, mut changed) = (Tape::default(), Vec::new(), 0);
            let mut source = tone.chunks(960).enumerate();
            while let Some((number, chunk)) = source.next() {
                tape.end().extend_from_slice(chunk);
                if number % 4 == 3 {
                    changed += tape.lengthen(0.7);
                } else if number % 4 == 1
                    && let Some((_, more)) = source.next()
                {
                    tape.end().extend_from_slice(more);
                    changed += tape.shorten(LONGEST, 0.7);
                }
                let mut out = [0; FRAME];
                tape.play(&mut out);
                heard.extend(out);
            }
            assert!(changed > 4800, "{frequency} Hz: {changed}");
            assert!(steepest(&heard[960..]) <= steepest(&tone) * 11 / 10, "{frequency} Hz clicks");
        }
    }

    #[test]
    fn not_a_sample_is_lost_or_made_up() {
        let mut tape = Tape::default();
        tape.end().extend(Sine::new(200.0, 0.5, 48_000).take(4800));
        let longer = tape.lengthen(0.5);
        assert!((SHORTEST..=LONGEST).contains(&longer));
        assert_eq!(tape.ready(), 4800 + longer);
        let shorter = tape.shorten(LONGEST, 0.5);
        assert!((SHORTEST..=LONGEST).contains(&shorter));
        assert_eq!(tape.ready(), 4800 + longer - shorter);
    }

    #[test]
    fn silence_may_always_be_changed_and_noise_only_when_it_must() {
        let mut tape = Tape::default();
        tape.end().extend([3; 4800]);
        assert!(tape.is_quiet());
        assert!(tape.shorten(LONGEST, 2.0) > 0 && tape.lengthen(2.0) > 0);
        let mut chance = crate::machine::Chance::seeded(1);
        let mut tape = Tape::default();
        tape.end().extend((0..4800).map(|_| i16::try_from(chance.below(20_000)).unwrap() - 10_000));
        assert!(!tape.is_quiet());
        assert_eq!((tape.shorten(LONGEST, 0.8), tape.lengthen(0.8)), (0, 0));
        assert!(tape.lengthen(-1.0) > 0);
    }

    #[test]
    fn an_empty_tape_plays_silence() {
        let mut tape = Tape::default();
        let mut out = [1; FRAME];
        tape.play(&mut out);
        assert_eq!(out, [0; FRAME]);
        assert_eq!((tape.shorten(LONGEST, -1.0), tape.lengthen(-1.0), tape.ready()), (0, 0, 0));
    }
}
