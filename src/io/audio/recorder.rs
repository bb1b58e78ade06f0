//! The recording of the far side: 48 kHz mono 16 bit WAV, valid at every second, also when we are killed.
//!
//! A thread of its own writes, so that a slow disk does not hold up the call.

use crate::media::{Frame, RATE};
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// Frames that may wait for the disk: five seconds.
const WAITING: usize = 250;

/// The header is brought up to date after so many frames: one second.
const FLUSH: usize = 50;

/// A recording that can begin.
pub struct Recorder {
    writer: WavWriter<BufWriter<File>>,
    name: String,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Recorder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Makes the file, empty and valid; one of that name is replaced.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong.
    pub fn create(path: &Path) -> Result<Recorder, String> {
        let name = crate::machine::visible_line(&path.display().to_string());
        let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let made = WavWriter::create(path, spec).and_then(|mut writer| writer.flush().map(|()| writer));
        let writer = made.map_err(|error| format!("{name} cannot be recorded to: {}.", plain(&error)))?;
        Ok(Recorder { writer, name })
    }

    /// Begins to write what the [`Recording`] is given. `failed` is told once, in a sentence, when it cannot go on.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn record(self, failed: impl FnOnce(String) + Send + 'static) -> std::io::Result<Recording> {
        let (frames, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("wav writer".into()).spawn(move || {
            let name = self.name.clone();
            if let Err(error) = self.write(&waiting) {
                failed(format!("The recording {name} has stopped: {}.", plain(&error)));
            }
        })?;
        Ok(Recording { frames: Some(frames), thread: Some(thread) })
    }

    fn write(mut self, frames: &Receiver<Frame>) -> hound::Result<()> {
        let mut unflushed = 0;
        while let Ok(frame) = frames.recv() {
            for sample in frame {
                self.writer.write_sample(sample)?;
            }
            unflushed += 1;
            if unflushed == FLUSH {
                self.writer.flush()?;
                unflushed = 0;
            }
        }
        self.writer.finalize()
    }
}

/// hound's words for the system's, where it is the system's fault.
fn plain(error: &hound::Error) -> String {
    match error {
        hound::Error::IoError(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// A recording that runs. When it is dropped the file is finished.
#[derive(Debug)]
pub struct Recording {
    frames: Option<SyncSender<Frame>>,
    thread: Option<JoinHandle<()>>,
}

impl Recording {
    /// Takes a frame. When the disk is seconds behind, the frame is lost rather than the call held up.
    pub fn take(&mut self, frame: &Frame) {
        if let Some(frames) = &self.frames
            && let Err(TrySendError::Disconnected(_)) = frames.try_send(*frame)
        {
            self.frames = None;
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.frames = None;
        if let Some(thread) = self.thread.take() {
            // It has told why, if it failed.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::FRAME;
    use std::sync::mpsc::channel;

    #[test]
    fn a_recording_is_what_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut recording = Recorder::create(&path).unwrap().record(|why| panic!("{why}")).unwrap();
        for number in 0..120 {
            recording.take(&[number; FRAME]);
        }
        drop(recording);
        let mut reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(reader.duration(), 120 * 960);
        assert_eq!((reader.spec().sample_rate, reader.spec().channels, reader.spec().bits_per_sample), (48_000, 1, 16));
        assert!(reader.samples::<i16>().enumerate().all(|(at, sample)| usize::try_from(sample.unwrap()).unwrap() == at / 960));
    }

    #[test]
    fn the_file_is_valid_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let recorder = Recorder::create(&path).unwrap();
        assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 0);
        let (frames, waiting) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || recorder.write(&waiting));
        for _ in 0..2 * FLUSH {
            frames.send([1; FRAME]).unwrap();
        }
        // Nothing is finished yet, and still what a killed process leaves behind can be read.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while hound::WavReader::open(&path).unwrap().duration() < 2 * 48_000 {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
        drop(frames);
        thread.join().unwrap().unwrap();
    }

    #[test]
    fn a_full_disk_is_told_in_a_sentence() {
        let path = Path::new("/dev/full");
        if !path.exists() {
            return;
        }
        let refused = Recorder::create(path).unwrap_err();
        assert!(refused.contains("/dev/full cannot be recorded to"), "{refused}");
        // A disk that fills up later: the writer is handed a file that takes nothing.
        let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        let writer = WavWriter::new(BufWriter::with_capacity(1 << 16, file), spec).unwrap();
        let (told, why) = channel();
        let recorder = Recorder { writer, name: "call.wav".into() };
        let mut recording = recorder.record(move |sentence| told.send(sentence).unwrap()).unwrap();
        for _ in 0..FLUSH {
            recording.take(&[1; FRAME]);
        }
        let why = why.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
        assert!(why.starts_with("The recording call.wav has stopped: "), "{why}");
    }
}
