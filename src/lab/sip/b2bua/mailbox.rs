//! A mailbox on the telephone: it greets, beeps, and records until whoever called hangs up or presses `#`.

use super::speech::{Cue, Speech};
use crate::lab::voices::Clip;
use crate::media::g711::Law;
use crate::media::resample::Resampler;
use crate::media::tone::Sine;
use crate::media::{Frame, RATE, SILENCE};

/// Octets of one message: three minutes.
const LONGEST: usize = 180 * 8_000;

/// What is shorter is no message: half a second.
const SHORTEST: usize = 4_000;

/// Frames of the beep.
const BEEP: u32 = 20;

/// A call to a mailbox.
#[derive(Debug)]
pub(super) struct Recorder {
    /// Whose mailbox it is.
    pub(super) number: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Greeting(Speech),
    Beeping { left: u32, tone: Sine },
    Recording { resampler: Option<Box<Resampler>>, sound: Vec<u8> },
    Done(Vec<u8>),
}

impl Recorder {
    /// For the mailbox of this number.
    pub(super) fn new(number: &str) -> Recorder {
        let greeting = [Cue::Pause(std::time::Duration::from_millis(400)), Cue::Say(Clip::Mailbox), Cue::HangUp];
        Recorder { number: number.to_owned(), stage: Stage::Greeting(Speech::new(&greeting)) }
    }

    /// The next 20 ms, while these are heard. None where the mailbox hangs up.
    pub(super) fn beat(&mut self, heard: &Frame) -> Option<Frame> {
        match &mut self.stage {
            Stage::Greeting(speech) => match speech.beat(heard) {
                Some(frame) => return Some(frame),
                None => self.beep(),
            },
            Stage::Beeping { left, tone } if *left > 0 => {
                *left -= 1;
                let mut frame = SILENCE;
                frame.iter_mut().zip(tone).for_each(|(place, sample)| *place = sample);
                return Some(frame);
            }
            Stage::Beeping { .. } => {
                let resampler = Resampler::new(RATE, 8_000).ok().map(Box::new);
                self.stage = Stage::Recording { resampler, sound: Vec::new() };
            }
            Stage::Recording { resampler, sound } => {
                let mut pcm = Vec::new();
                if let Some(resampler) = resampler {
                    resampler.push(heard, &mut pcm);
                }
                sound.extend(pcm.into_iter().map(|sample| Law::Mu.encode(sample)));
                if sound.len() >= LONGEST {
                    self.stage = Stage::Done(std::mem::take(sound));
                }
            }
            Stage::Done(_) => return None,
        }
        Some(SILENCE)
    }

    /// `#` goes on: from the greeting to the beep, from the message to its end.
    pub(super) fn pressed(&mut self, key: char) {
        match &mut self.stage {
            Stage::Greeting(_) if key == '#' => self.beep(),
            Stage::Recording { sound, .. } if key == '#' => self.stage = Stage::Done(std::mem::take(sound)),
            _ => {}
        }
    }

    fn beep(&mut self) {
        self.stage = Stage::Beeping { left: BEEP, tone: Sine::new(1000.0, 0.2, RATE) };
    }

    /// What was recorded; none when there is no message.
    pub(super) fn message(self) -> Option<Vec<u8>> {
        match self.stage {
            Stage::Recording { sound, .. } | Stage::Done(sound) => Some(sound).filter(|sound| sound.len() >= SHORTEST),
            Stage::Greeting(_) | Stage::Beeping { .. } => None,
        }
    }
}
