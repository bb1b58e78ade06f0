//! What a call plays and where it is recorded: checked and opened before the call begins.

use super::headset::Seat;
use super::recorder::Recorder;
use super::source::WavSource;
use std::path::PathBuf;

/// Files as the user named them; without one, silence is played and nothing is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// The WAV file that the far side hears.
    pub play: Option<PathBuf>,
    /// The WAV file that the far side's sound goes to; it is replaced when it is there.
    pub record: Option<PathBuf>,
}

/// A [`Sound`] that can be used: the WAV file is readable sound, the recording's file is made.
#[derive(Debug, Default)]
pub struct OpenSound {
    /// What the far side hears.
    pub source: Option<WavSource>,
    /// Where its sound goes.
    pub recorder: Option<Recorder>,
    /// The devices, for what no file is for.
    pub seat: Option<Seat>,
}

impl Sound {
    /// Opens both files.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn open(&self) -> Result<OpenSound, String> {
        let source = self.play.as_deref().map(WavSource::open).transpose()?;
        let recorder = self.record.as_deref().map(Recorder::create).transpose()?;
        Ok(OpenSound { source, recorder, seat: None })
    }
}
