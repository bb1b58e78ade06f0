//! Where our sound comes from and where the far side's goes: a closed set of files, devices and nothing.

use super::headset::Seat;
use super::recorder::{Recorder, Recording};
use super::source::{Playing, WavSource};
use crate::media::{Frame, SILENCE};
use std::sync::Arc;

/// Where our sound comes from.
#[derive(Debug)]
pub enum Source {
    /// Digital silence.
    Silent,
    /// A WAV file, then silence.
    Wav(Playing),
    /// The microphone.
    Microphone(Arc<Seat>),
}

impl Source {
    /// Begins to read the file, if there is one; else it is the microphone, if there is one.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(file: Option<WavSource>, seat: Option<&Arc<Seat>>) -> Result<Source, String> {
        match file {
            None => Ok(seat.map_or(Source::Silent, |seat| Source::Microphone(Arc::clone(seat)))),
            Some(file) => file.play().map(Source::Wav).map_err(|error| format!("The WAV file cannot be played: {error}.")),
        }
    }

    /// The next frame; `None` once, when all was played.
    pub fn frame(&mut self) -> Option<Frame> {
        match self {
            Source::Silent => Some(SILENCE),
            Source::Wav(playing) => playing.frame(),
            Source::Microphone(seat) => Some(seat.frame()),
        }
    }
}

/// Where the far side's sound goes.
#[derive(Debug)]
pub enum Sink {
    /// Nowhere.
    Silent,
    /// Into a WAV file.
    Wav(Recording),
    /// To the loudspeaker.
    Loudspeaker(Arc<Seat>),
}

impl Sink {
    /// Begins to record, if there is a recorder, and `failed` is told when it cannot go on; else it is the loudspeaker, if
    /// there is one.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(
        recorder: Option<Recorder>,
        seat: Option<&Arc<Seat>>,
        failed: impl FnOnce(String) + Send + 'static,
    ) -> Result<Sink, String> {
        match recorder {
            None => Ok(seat.map_or(Sink::Silent, |seat| Sink::Loudspeaker(Arc::clone(seat)))),
            Some(recorder) => {
                recorder.record(failed).map(Sink::Wav).map_err(|error| format!("The recording cannot begin: {error}."))
            }
        }
    }

    /// Takes a frame.
    pub fn take(&mut self, frame: &Frame) {
        match self {
            Sink::Silent => {}
            Sink::Wav(recording) => recording.take(frame),
            Sink::Loudspeaker(seat) => seat.take(frame),
        }
    }
}
