//! A sound file as voicemail servers give it out: RIFF WAVE with PCM of 8 or 16 bits or G.711, one or two channels. It may
//! have come from anywhere: lengths that it names are held against what is there, and nothing is copied.
//!
//! It refuses to know files and devices: a file is bytes, and sound comes out sample by sample.
#![deny(clippy::indexing_slicing)]

use super::g711::Law;
use super::resample::Resampler;
use super::{FRAME, Frame, RATE};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Chunks that are looked at for the two that matter.
const CHUNKS: usize = 64;

/// Samples a second that sound is written at.
const RATES: [u32; 10] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// An octet, 128 is silence.
    Octets,
    /// Two octets, the lower one first.
    Words,
    /// An octet of G.711.
    G711(Law),
}

impl Coding {
    const fn octets(self) -> usize {
        match self {
            Coding::Octets | Coding::G711(_) => 1,
            Coding::Words => 2,
        }
    }
}

/// A file that can be played.
#[derive(Clone, Debug)]
pub struct Clip {
    file: Arc<[u8]>,
    sound: Range<usize>,
    coding: Coding,
    channels: usize,
    rate: u32,
}

impl Clip {
    /// Reads what the file is.
    ///
    /// # Errors
    /// A sentence: it is no such file, or its sound is written in another way.
    pub fn parse(file: Arc<[u8]>) -> Result<Clip, String> {
        if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
            return Err("what came is no WAV file.".into());
        }
        let (mut format, mut sound) = (None, None);
        let mut at = 12;
        for _ in 0..CHUNKS {
            let (Some(name), Some(length)) = (file.get(at..at + 4), u32_at(&file, at + 4)) else { break };
            let begins = at + 8;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            // A length that goes beyond the end is that of a file that was cut, or of a stream that knew no end.
            let ends = begins.saturating_add(length).min(file.len());
            match name {
                b"fmt " => format = Some(begins..ends),
                b"data" => {
                    sound = Some(begins..ends);
                    break;
                }
                _ => {}
            }
            // A chunk of odd length is followed by an octet that does not count.
            at = begins.saturating_add(length).saturating_add(length % 2);
        }
        let (Some(format), Some(sound)) = (format, sound) else { return Err("the WAV file has no sound in it.".into()) };
        let word = |at: usize| u16_at(&file, format.start + at).filter(|_| format.start + at + 2 <= format.end);
        let (Some(tag), Some(channels), Some(rate), Some(bits)) = (word(0), word(2), u32_at(&file, format.start + 4), word(14))
        else {
            return Err("the WAV file does not say how its sound is written.".into());
        };
        // The extensible format says further behind what it is.
        let tag = if tag == 0xfffe { word(24).unwrap_or(tag) } else { tag };
        let coding = match (tag, bits) {
            (1, 8) => Coding::Octets,
            (1, 16) => Coding::Words,
            (6, 8) => Coding::G711(Law::A),
            (7, 8) => Coding::G711(Law::Mu),
            (1, _) => return Err(format!("the WAV file has {bits} bits a sample.")),
            _ => return Err(format!("the sound of the WAV file is compressed (format {tag}).")),
        };
        if !(1..=2).contains(&channels) {
            return Err(format!("the WAV file has {channels} channels."));
        }
        if !RATES.contains(&rate) {
            return Err(format!("the WAV file has {rate} samples a second."));
        }
        Ok(Clip { sound, coding, channels: usize::from(channels), rate, file })
    }

    /// How many samples there are, of all channels together.
    fn len(&self) -> usize {
        self.sound.len() / (self.coding.octets() * self.channels)
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.time(self.len())
    }

    /// When a sample is heard.
    fn time(&self, sample: usize) -> Duration {
        let micros = u64::try_from(sample).unwrap_or(u64::MAX).saturating_mul(1_000_000) / u64::from(self.rate);
        Duration::from_micros(micros)
    }

    /// Which sample is heard then; the end where it is past it.
    fn sample_at(&self, time: Duration) -> usize {
        let samples = time.as_micros().saturating_mul(u128::from(self.rate)) / 1_000_000;
        usize::try_from(samples).unwrap_or(usize::MAX).min(self.len())
    }

    /// A sample, of the middle between the channels.
    fn sample(&self, number: usize) -> Option<i16> {
        let mut sum = 0_i32;
        for channel in 0..self.channels {
            let at = self.sound.start + (number * self.channels + channel) * self.coding.octets();
            if at + self.coding.octets() > self.sound.end {
                return None;
            }
            sum += match self.coding {
                Coding::Octets => (i32::from(*self.file.get(at)?) - 128) << 8,
                Coding::Words => i32::from(i16::from_le_bytes([*self.file.get(at)?, *self.file.get(at + 1)?])),
                Coding::G711(law) => i32::from(law.decode(*self.file.get(at)?)),
            };
        }
        i16::try_from(sum / i32::try_from(self.channels).ok()?).ok()
    }
}

fn u16_at(file: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

fn u32_at(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

/// A clip on its way to the loudspeaker, in frames of 20 ms.
#[derive(Debug)]
pub struct Tape {
    clip: Clip,
    /// The next sample that is read.
    next: usize,
    /// Where it is not at our rate.
    resampler: Option<Resampler>,
    waiting: Vec<i16>,
}

impl Tape {
    /// At the beginning of a clip.
    ///
    /// # Errors
    /// A sentence: its rate cannot be brought to ours.
    pub fn new(clip: Clip) -> Result<Tape, String> {
        let resampler = (clip.rate != RATE).then(|| Resampler::new(clip.rate, RATE)).transpose()?;
        Ok(Tape { clip, next: 0, resampler, waiting: Vec::with_capacity(FRAME * 4) })
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.clip.length()
    }

    /// What is heard next.
    #[must_use]
    pub fn at(&self) -> Duration {
        self.clip.time(self.next)
    }

    /// Goes so many milliseconds on, or back, as far as there is sound.
    pub fn seek(&mut self, by: i64) {
        let step = Duration::from_millis(by.unsigned_abs());
        let to = if by < 0 { self.at().saturating_sub(step) } else { self.at().saturating_add(step) };
        self.next = self.clip.sample_at(to);
        self.waiting.clear();
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
    }

    /// The next frame; the last one is filled with silence, and then there is none.
    pub fn frame(&mut self) -> Option<Frame> {
        let mut read = false;
        while self.waiting.len() < FRAME {
            let Some(sample) = self.clip.sample(self.next) else { break };
            (self.next, read) = (self.next + 1, true);
            match &mut self.resampler {
                Some(resampler) => resampler.push(&[sample], &mut self.waiting),
                None => self.waiting.push(sample),
            }
        }
        if self.waiting.is_empty() && !read {
            return None;
        }
        self.waiting.resize(self.waiting.len().max(FRAME), 0);
        let frame = self.waiting.first_chunk().copied();
        self.waiting.drain(..FRAME);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    /// A file of this format, with these octets of sound; `said` is the length that it names.
    fn file(tag: u16, channels: u16, rate: u32, bits: u16, sound: &[u8], said: u32) -> Arc<[u8]> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0odd\0fmt \x12\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels) * u32::from(bits) / 8).to_le_bytes());
        file.extend((channels * bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(0_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(said.to_le_bytes());
        file.extend(sound);
        file.into()
    }

    fn of(tag: u16, channels: u16, rate: u32, bits: u16, sound: &[u8]) -> Result<Clip, String> {
        Clip::parse(file(tag, channels, rate, bits, sound, u32::try_from(sound.len()).unwrap()))
    }

    fn tone(rate: u32) -> Vec<i16> {
        Sine::new(440.0, 0.5, rate).take(rate as usize * 2).collect()
    }

    fn mu(rate: u32) -> Vec<u8> {
        tone(rate).into_iter().map(|sample| Law::Mu.encode(sample)).collect()
    }

    fn heard(clip: Clip) -> Vec<i16> {
        let mut tape = Tape::new(clip).unwrap();
        std::iter::from_fn(|| tape.frame()).flatten().collect()
    }

    #[test]
    fn every_way_to_write_a_tone_is_heard_as_that_tone() {
        let words = |rate| tone(rate).into_iter().flat_map(i16::to_le_bytes).collect::<Vec<u8>>();
        let both = tone(44_100)
            .into_iter()
            .flat_map(|sample| [sample.to_le_bytes(), sample.to_le_bytes()].concat())
            .collect::<Vec<u8>>();
        let octets =
            |rate| tone(rate).into_iter().map(|sample| u8::try_from((sample >> 8) + 128).unwrap()).collect::<Vec<u8>>();
        let a: Vec<u8> = tone(8_000).into_iter().map(|sample| Law::A.encode(sample)).collect();
        for clip in [
            of(7, 1, 8_000, 8, &mu(8_000)),
            of(6, 1, 8_000, 8, &a),
            of(1, 1, 8_000, 16, &words(8_000)),
            of(1, 1, 48_000, 16, &words(48_000)),
            of(1, 2, 44_100, 16, &both),
            of(1, 1, 11_025, 8, &octets(11_025)),
        ] {
            let clip = clip.unwrap();
            let what = format!("{:?} {}", clip.coding, clip.rate);
            assert_eq!(clip.length(), Duration::from_secs(2), "{what}");
            let heard = heard(clip);
            assert!(heard.len().abs_diff(96_000) <= 2 * FRAME, "{what}: {}", heard.len());
            let level = level_of(&heard[24_000..72_000], 440.0, RATE);
            assert!((level - 0.5).abs() < 0.03, "{what}: {level}");
        }
    }

    #[test]
    fn one_goes_on_and_back_as_far_as_there_is_sound() {
        let mut tape = Tape::new(of(7, 1, 8_000, 8, &mu(8_000)).unwrap()).unwrap();
        tape.seek(1_500);
        assert_eq!(tape.at(), Duration::from_millis(1_500));
        tape.seek(-5_000);
        assert_eq!(tape.at(), Duration::ZERO);
        tape.seek(i64::MAX);
        assert_eq!((tape.at(), tape.frame()), (Duration::from_secs(2), None));
        tape.seek(i64::MIN);
        assert!(tape.at().is_zero() && tape.frame().is_some());
        tape.seek(-10);
        let frames = std::iter::from_fn(|| tape.frame()).count();
        assert!((100..=101).contains(&frames), "{frames} frames of 20 ms are two seconds");
    }

    #[test]
    fn lengths_that_lie_are_held_against_what_is_there() {
        let sound = mu(8_000);
        for said in [u32::MAX, 20_000] {
            assert_eq!(Clip::parse(file(7, 1, 8_000, 8, &sound, said)).unwrap().length(), Duration::from_secs(2));
        }
        assert_eq!(Clip::parse(file(7, 1, 8_000, 8, &sound, 8_000)).unwrap().length(), Duration::from_secs(1));
        let odd = of(1, 2, 8_000, 16, &[1; 7]).unwrap();
        assert_eq!((odd.len(), heard(odd).len()), (1, FRAME));
        let empty = of(7, 1, 8_000, 8, &[]).unwrap();
        assert!(empty.length().is_zero() && heard(empty).is_empty());
    }

    #[test]
    fn what_cannot_be_played_is_said() {
        let says = |clip: Result<Clip, String>| clip.err().unwrap_or_default();
        assert!(says(Clip::parse(Arc::from(&b"<html>"[..]))).contains("no WAV file"));
        assert!(says(Clip::parse(Arc::from(&b"RIFF\x04\0\0\0WAVE"[..]))).contains("no sound in it"));
        assert!(
            says(Clip::parse(Arc::from(&b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x07\0data\0\0\0\0"[..]))).contains("how its sound")
        );
        assert!(says(of(49, 1, 8_000, 0, &[0; 65])).contains("compressed (format 49)"));
        assert!(says(of(1, 1, 8_000, 24, &[0; 30])).contains("24 bits"));
        assert!(says(of(1, 6, 8_000, 16, &[0; 24])).contains("6 channels"));
        assert!(says(of(7, 1, 7, 8, &[0; 24])).contains("7 samples a second"));
    }
}
