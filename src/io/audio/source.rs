//! What the far side hears, from a WAV file: any rate, mono or stereo, 8 to 32 bits or float, as 48 kHz mono.
//!
//! A thread of its own reads ahead, so that a slow disk does not hold up the call.

use crate::media::resample::Resampler;
use crate::media::{FRAME, Frame, RATE, SILENCE};
use hound::{SampleFormat, WavReader};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

/// Frames read ahead: one second.
const AHEAD: usize = 50;

/// A rate beyond this is no sound that we know.
const HIGHEST_RATE: u32 = 768_000;

/// An open WAV file, from its first sample on.
pub struct WavSource {
    reader: WavReader<BufReader<File>>,
    /// Where the file is not at our rate.
    resampler: Option<Resampler>,
    name: String,
}

impl std::fmt::Debug for WavSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WavSource").field("name", &self.name).finish_non_exhaustive()
    }
}

impl WavSource {
    /// Opens a file and checks that it is sound.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<WavSource, String> {
        let name = crate::machine::visible_line(&path.display().to_string());
        let reader = WavReader::open(path).map_err(|error| match error {
            hound::Error::IoError(error) => format!("{name} cannot be read: {error}."),
            hound::Error::FormatError(what) => format!("{name} is not a WAV file: {what}."),
            hound::Error::Unsupported => format!("{name} is a WAV file, but its sound is compressed; only PCM can be played."),
            other => format!("{name} cannot be played: {other}."),
        })?;
        let spec = reader.spec();
        if !(1..=2).contains(&spec.channels) {
            return Err(format!("{name} has {} channels; only mono and stereo can be played.", spec.channels));
        }
        if !(1000..=HIGHEST_RATE).contains(&spec.sample_rate) {
            return Err(format!("{name} has {} samples a second, which is no sound.", spec.sample_rate));
        }
        let known = match spec.sample_format {
            SampleFormat::Int => matches!(spec.bits_per_sample, 8 | 16 | 24 | 32),
            SampleFormat::Float => spec.bits_per_sample == 32,
        };
        if !known {
            return Err(format!("{name} has {} bits a sample, which cannot be played.", spec.bits_per_sample));
        }
        let resampler = (spec.sample_rate != RATE)
            .then(|| Resampler::with_block(spec.sample_rate, RATE, spec.sample_rate / 25))
            .transpose()?;
        Ok(WavSource { reader, resampler, name })
    }

    /// Begins to read. The frames come out of the [`Playing`].
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn play(self) -> std::io::Result<Playing> {
        let (frames, playing) = sync_channel(AHEAD);
        std::thread::Builder::new().name("wav reader".into()).spawn(move || self.read(&frames))?;
        Ok(Playing { frames: Some(playing) })
    }

    /// Reads to the end, or until nobody listens.
    fn read(mut self, frames: &SyncSender<Frame>) {
        let spec = self.reader.spec();
        let scale = match spec.sample_format {
            SampleFormat::Float => 32_768.0,
            SampleFormat::Int => 32_768.0 / 2_f32.powi(i32::from(spec.bits_per_sample) - 1),
        };
        let channels = usize::from(spec.channels);
        // The resampler's delay is cut off in front and given at the end.
        let mut cut = self.resampler.as_ref().map_or(0, Resampler::delay);
        let tail = cut.div_ceil(FRAME) + 1;
        let WavSource { reader, resampler, name } = &mut self;
        let mut samples: Box<dyn Iterator<Item = hound::Result<f32>>> = match spec.sample_format {
            SampleFormat::Float => Box::new(reader.samples::<f32>()),
            SampleFormat::Int => Box::new(reader.samples::<i32>().map(|sample| sample.map(|sample| sample as f32))),
        };
        let mut pcm: Vec<i16> = Vec::with_capacity(FRAME * 64);
        let mut block = Vec::with_capacity(4096);
        let mut left = usize::MAX;
        loop {
            block.clear();
            while block.len() < 1024 {
                let mut sum = 0.0;
                let mut whole = true;
                for _ in 0..channels {
                    match samples.next() {
                        Some(Ok(sample)) => sum += sample,
                        Some(Err(error)) => {
                            tracing::warn!("{name} breaks off: {error}");
                            whole = false;
                        }
                        None => whole = false,
                    }
                }
                if !whole {
                    break;
                }
                block.push(sum / channels as f32 * scale);
            }
            if block.is_empty() {
                // Silence pushes out what is still in the resampler.
                left = if left == usize::MAX { tail } else { left - 1 };
                if resampler.is_none() || left == 0 {
                    break;
                }
                block.resize(usize::try_from(spec.sample_rate / 50).unwrap_or(FRAME), 0.0);
            }
            match resampler {
                Some(resampler) => resampler.push_scaled(block.iter().copied(), &mut pcm),
                None => pcm.extend(block.iter().map(|sample| crate::media::resample::to_sample(*sample))),
            }
            let late = cut.min(pcm.len());
            pcm.drain(..late);
            cut -= late;
            while let Some(frame) = pcm.first_chunk::<FRAME>() {
                if frames.send(*frame).is_err() {
                    return;
                }
                pcm.drain(..FRAME);
            }
        }
        if !pcm.is_empty() {
            pcm.resize(FRAME, 0);
            if let Some(frame) = pcm.first_chunk::<FRAME>() {
                // Nobody listens any more: nothing is lost.
                let _ = frames.send(*frame);
            }
        }
    }
}

/// A WAV file that is being played.
#[derive(Debug)]
pub struct Playing {
    frames: Option<Receiver<Frame>>,
}

impl Playing {
    /// The next frame: silence while the disk is behind; `None` once at the end, and silence from then on.
    pub fn frame(&mut self) -> Option<Frame> {
        let Some(frames) = &self.frames else { return Some(SILENCE) };
        match frames.try_recv() {
            Ok(frame) => Some(frame),
            Err(TryRecvError::Empty) => Some(SILENCE),
            Err(TryRecvError::Disconnected) => {
                self.frames = None;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};
    use hound::{WavSpec, WavWriter};

    fn written(spec: WavSpec, write: impl FnOnce(&mut WavWriter<std::io::BufWriter<File>>)) -> (tempfile::TempDir, Vec<i16>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tone.wav");
        let mut writer = WavWriter::create(&path, spec).unwrap();
        write(&mut writer);
        writer.finalize().unwrap();
        let mut playing = WavSource::open(&path).unwrap().play().unwrap();
        let mut heard = Vec::new();
        while let Ok(frame) = playing.frames.as_ref().unwrap().recv() {
            heard.extend(frame);
        }
        assert_eq!(playing.frame(), None);
        assert_eq!(playing.frame(), Some(SILENCE));
        (folder, heard)
    }

    #[test]
    fn any_pcm_is_played_as_48_khz_mono() {
        for (rate, channels, bits_per_sample, float) in [
            (48_000, 1, 16, false),
            (8_000, 1, 8, false),
            (44_100, 2, 16, false),
            (22_050, 1, 24, false),
            (96_000, 2, 32, false),
            (16_000, 1, 32, true),
            (11_025, 1, 16, false),
        ] {
            let sample_format = if float { SampleFormat::Float } else { SampleFormat::Int };
            let spec = WavSpec { channels, sample_rate: rate, bits_per_sample, sample_format };
            let (_folder, heard) = written(spec, |writer| {
                for sample in Sine::new(440.0, 0.5, rate).take(usize::try_from(rate).unwrap()) {
                    for _ in 0..channels {
                        let full = 2_f64.powi(i32::from(bits_per_sample) - 16);
                        match float {
                            true => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
                            false => writer.write_sample((f64::from(sample) * full) as i32).unwrap(),
                        }
                    }
                }
            });
            assert!(heard.len().abs_diff(48_000) <= 4 * FRAME, "{spec:?}: {}", heard.len());
            let level = level_of(&heard[..46_080], 440.0, 48_000);
            assert!((level - 0.5).abs() < 0.02, "{spec:?}: {level}");
        }
    }

    #[test]
    fn a_resampled_file_begins_at_its_beginning() {
        let spec = WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let (_folder, heard) = written(spec, |writer| {
            for at in 0..16_000 {
                writer.write_sample(if at == 8_000 { 20_000_i16 } else { 0 }).unwrap();
            }
        });
        let peak = heard.iter().enumerate().max_by_key(|(_, sample)| sample.unsigned_abs()).unwrap().0;
        assert!(peak.abs_diff(24_000) <= 3, "{peak}");
    }

    #[test]
    fn what_cannot_be_played_is_said_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let missing = WavSource::open(&folder.path().join("none.wav")).unwrap_err();
        assert!(missing.contains("none.wav cannot be read"), "{missing}");
        let text = folder.path().join("text.wav");
        std::fs::write(&text, "this is not sound").unwrap();
        let wrong = WavSource::open(&text).unwrap_err();
        assert!(wrong.contains("is not a WAV file"), "{wrong}");
        let six = folder.path().join("six.wav");
        let spec = WavSpec { channels: 6, sample_rate: 48_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        WavWriter::create(&six, spec).unwrap().finalize().unwrap();
        assert!(WavSource::open(&six).unwrap_err().contains("6 channels"));
    }

    #[test]
    fn a_file_that_breaks_off_is_played_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.wav");
        let spec = WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for _ in 0..4800 {
            writer.write_sample(1000_i16).unwrap();
        }
        writer.finalize().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..44 + 3001]).unwrap();
        let playing = WavSource::open(&path).unwrap().play().unwrap();
        let heard: Vec<Frame> = playing.frames.unwrap().iter().collect();
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[1].iter().filter(|sample| **sample == 1000).count(), 540);
    }
}
