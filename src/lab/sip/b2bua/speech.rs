//! What somebody of the lab says and does on the telephone, cue by cue, 20 ms at a time.

use crate::lab::voices::Clip;
use crate::media::{Frame, SILENCE, opus};
use std::collections::VecDeque;
use std::time::Duration;

/// Frames in a second.
const SECOND: u32 = 50;

/// Louder than this on average is speech.
const LOUD: u64 = 300;

/// Somebody who has spoken and is silent for so long has finished.
const FINISHED: u32 = SECOND * 7 / 10;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cue {
    /// Say this.
    Say(Clip),
    /// Be silent for so long.
    Pause(Duration),
    /// Hear what they say until they have finished, or so long.
    Listen(Duration),
    /// Hang up.
    HangUp,
}

/// Cues as they are carried out.
#[derive(Debug)]
pub(super) struct Speech {
    cues: VecDeque<Cue>,
    now: Doing,
}

#[derive(Debug)]
enum Doing {
    /// Decoded as it is said.
    Saying {
        packets: VecDeque<&'static [u8]>,
        decoder: Box<opus::Decoder>,
    },
    Pausing {
        left: u32,
    },
    Listening {
        left: u32,
        spoke: bool,
        silent: u32,
    },
    Nothing,
}

impl Speech {
    pub(super) fn new(cues: &[Cue]) -> Speech {
        Speech { cues: cues.iter().cloned().collect(), now: Doing::Nothing }
    }

    /// The next 20 ms, while these are heard. None where they hang up.
    pub(super) fn beat(&mut self, heard: &Frame) -> Option<Frame> {
        loop {
            match &mut self.now {
                Doing::Saying { packets, decoder } => {
                    if let Some(packet) = packets.pop_front() {
                        return Some(decode(decoder, packet));
                    }
                }
                Doing::Pausing { left } if *left > 0 => {
                    *left -= 1;
                    return Some(SILENCE);
                }
                Doing::Listening { left, spoke, silent } => {
                    let loud = is_loud(heard);
                    *spoke |= loud;
                    *silent = if loud { 0 } else { *silent + 1 };
                    if *left > 0 && !(*spoke && *silent >= FINISHED) {
                        *left -= 1;
                        return Some(SILENCE);
                    }
                }
                Doing::Pausing { .. } | Doing::Nothing => {}
            }
            self.now = match self.cues.pop_front() {
                Some(Cue::Say(clip)) => match opus::Decoder::new() {
                    Ok(decoder) => Doing::Saying { packets: clip.packets().into(), decoder: Box::new(decoder) },
                    Err(_) => Doing::Nothing,
                },
                Some(Cue::Pause(time)) => Doing::Pausing { left: frames(time) },
                Some(Cue::Listen(time)) => Doing::Listening { left: frames(time), spoke: false, silent: 0 },
                Some(Cue::HangUp) => return None,
                // Who has nothing more to say stays on the line.
                None => Doing::Pausing { left: SECOND },
            };
        }
    }
}

fn decode(decoder: &mut opus::Decoder, packet: &[u8]) -> Frame {
    let mut pcm = Vec::with_capacity(SILENCE.len());
    decoder.decode(packet, &mut pcm);
    let mut frame = SILENCE;
    frame.iter_mut().zip(pcm).for_each(|(place, sample)| *place = sample);
    frame
}

fn frames(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / 20).unwrap_or(u32::MAX)
}

/// Whether somebody speaks in it.
pub(super) fn is_loud(frame: &Frame) -> bool {
    let sum: u64 = frame.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
    sum / frame.len() as u64 > LOUD
}
