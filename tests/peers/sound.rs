//! WAV files for the calls: tones and speech made, recordings measured by frequency and level, and scored by PESQ.

use super::checkout;
use serde_json::Value;
use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;

pub const RATE: u32 = 48_000;

/// Makes the speech.
pub const ESPEAK: &str = "espeak-ng";
pub const SOX: &str = "sox";
/// Scores it.
pub const PYTHON: &str = ".venv/bin/python";

#[derive(Clone, Copy)]
pub struct Tone {
    pub hertz: f64,
    /// Of full scale.
    pub level: f64,
}

/// Samples of a tone.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn tone(tone: Tone, seconds: f64) -> Vec<i16> {
    let count = (seconds * f64::from(RATE)) as u32;
    (0..count).map(|at| (sine(tone.hertz, at) * tone.level * 32_767.0) as i16).collect()
}

fn sine(hertz: f64, at: u32) -> f64 {
    (TAU * hertz * f64::from(at) / f64::from(RATE)).sin()
}

/// Writes 48 kHz mono 16 bit.
pub fn write(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
}

/// A recording: mono, 16 bit.
pub struct Recording {
    pub rate: u32,
    pub samples: Vec<i16>,
}

impl Recording {
    pub fn read(path: &Path) -> Recording {
        let mut reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.bits_per_sample), (1, 16), "{}", path.display());
        Recording { rate: spec.sample_rate, samples: reader.samples::<i16>().map(Result::unwrap).collect() }
    }

    /// One of ours, which is always at 48 kHz.
    pub fn ours(path: &Path) -> Recording {
        let recording = Recording::read(path);
        assert_eq!(recording.rate, RATE, "{}", path.display());
        recording
    }

    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// The middle third, where nothing begins or ends.
    pub fn middle(&self) -> Recording {
        let third = self.samples.len() / 3;
        Recording { rate: self.rate, samples: self.samples[third..2 * third].to_vec() }
    }

    /// How loud the tone of this frequency is, of full scale.
    pub fn level_at(&self, hertz: f64) -> f64 {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (at, sample) in (0_u32..).zip(&self.samples) {
            let angle = TAU * hertz * f64::from(at) / f64::from(self.rate);
            real += f64::from(*sample) * angle.cos();
            imaginary += f64::from(*sample) * angle.sin();
        }
        2.0 * real.hypot(imaginary) / (self.samples.len() as f64 * 32_768.0)
    }

    /// How loud all of it is, as a sine of full scale would be 1.
    pub fn loudness(&self) -> f64 {
        let power: f64 = self.samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        (2.0 * power / self.samples.len().max(1) as f64).sqrt() / 32_768.0
    }
}

/// Who speaks.
pub enum Voice {
    Alice,
    Bob,
}

impl Voice {
    fn said(&self) -> [&'static str; 3] {
        match self {
            Voice::Alice => [
                "en-gb+f2",
                "158",
                "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. \
                 It is easy to tell the depth of a well. These days a chicken leg is a rare dish.",
            ],
            Voice::Bob => [
                "en-us+m3",
                "172",
                "Rice is often served in round bowls. The juice of lemons makes fine punch. \
                 The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.",
            ],
        }
    }

    /// Ten seconds of speech, and some of silence after it. It begins after a fifth of a second, as people do.
    pub fn speech(&self, path: &Path, silence: f64) {
        let [voice, words_a_minute, text] = self.said();
        let raw = path.with_extension("raw.wav");
        ran(Command::new(ESPEAK).args(["-v", voice, "-s", words_a_minute, "-w"]).arg(&raw).arg(text));
        let effects = format!("silence 1 0.01 0.5% gain -n -6 pad 0.2 10 trim 0 10.2 fade t 0 10.2 0.05 pad 0 {silence}");
        let mut sox = Command::new(SOX);
        ran(sox.arg(&raw).args(["-r", "48000", "-c", "1", "-b", "16"]).arg(path).args(effects.split(' ')));
    }
}

fn ran(command: &mut Command) {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&ended.stderr));
}

/// What a recording is worth.
#[derive(Debug)]
pub struct Score {
    /// From 1 to 4.64 (wide), 4.55 (narrow).
    pub pesq: f64,
    /// When the recording has what was sent.
    pub delay_ms: f64,
    /// How much later the last seconds are than the first.
    pub drift_ms: f64,
    /// The loudness of the first word against what was sent.
    pub first_word: f64,
}

/// What a codec can carry, and with which PESQ it is scored.
#[derive(Clone, Copy, Debug)]
pub enum Band {
    /// Up to 8 kHz, PESQ-WB.
    Wide,
    /// Up to 4 kHz, PESQ-NB.
    Narrow,
}

/// Scores a recording against what was sent.
pub fn score(sent: &Path, heard: &Path, band: Band) -> Score {
    let band = match band {
        Band::Wide => "wb",
        Band::Narrow => "nb",
    };
    let mut command = Command::new(checkout(PYTHON));
    let ended = command.arg(checkout("tests/peers/score.py")).arg(band).arg(sent).arg(heard).output().unwrap();
    assert!(ended.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&ended.stderr));
    let said: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let number = |field: &str| said[field].as_f64().unwrap_or_else(|| panic!("no {field}: {said}"));
    Score { pesq: number("pesq"), delay_ms: number("delay_ms"), drift_ms: number("drift_ms"), first_word: number("first_word") }
}
