//! Where our sound comes from and where the far side's goes: a closed set, so that devices of a sound card can join it.

use super::recorder::{Recorder, Recording};
use super::source::{Playing, WavSource};
use crate::media::{Frame, SILENCE};

/// Where our sound comes from.
#[derive(Debug)]
pub enum Source {
    /// Digital silence.
    Silent,
    /// A WAV file, then silence.
    Wav(Playing),
}

impl Source {
    /// Begins to read the file, if there is one.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(file: Option<WavSource>) -> Result<Source, String> {
        match file {
            None => Ok(Source::Silent),
            Some(file) => file.play().map(Source::Wav).map_err(|error| format!("The WAV file cannot be played: {error}.")),
        }
    }

    /// The next frame; `None` once, when all was played.
    pub fn frame(&mut self) -> Option<Frame> {
        match self {
            Source::Silent => Some(SILENCE),
            Source::Wav(playing) => playing.frame(),
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
}

impl Sink {
    /// Begins to record, if there is a recorder. `failed` is told when it cannot go on.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(recorder: Option<Recorder>, failed: impl FnOnce(String) + Send + 'static) -> Result<Sink, String> {
        match recorder {
            None => Ok(Sink::Silent),
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
        }
    }
}
