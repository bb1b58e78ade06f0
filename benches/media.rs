//! How speech survives a bad path: codec, loss, jitter buffer and concealment, in virtual time. Prints figures, and
//! writes what was heard as WAV files, so that others' tools can score it (PESQ, STOI).
//!
//! `cargo bench --bench media [-- SPEECH.wav [FOLDER]]`; without a file it asks espeak-ng for some speech.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use offhook::machine::{Chance, Moment};
use offhook::media::encoder::{Encoder, LARGEST};
use offhook::media::jitter::{Arrival, Counts, JitterBuffer};
use offhook::media::resample::Resampler;
use offhook::media::{FRAME, Frame};
use offhook::protocol::rtp::{Codec, Direction, MediaPlan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(20);

/// A path, and what is sent over it.
struct Run {
    codec: Codec,
    /// Lost, out of 1000.
    loss: u64,
    /// At most this many milliseconds later than the quickest.
    jitter: u64,
}

struct Outcome {
    heard: Vec<i16>,
    octets: usize,
    counts: Counts,
    delay: Duration,
    cpu: Duration,
}

fn main() {
    let mut given = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let speech = given.next().map_or_else(espeak, PathBuf::from);
    let folder = given.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let pcm = read(&speech);
    write(&folder.join("sent.wav"), &pcm);
    println!(
        "codec    loss  jitter   bit/s  recovered  concealed  dropped  shortened  longer  delay ms  segSNR dB  ms of CPU/s"
    );
    for codec in [Codec::Opus, Codec::Pcmu] {
        for (loss, jitter) in [(0, 0), (50, 0), (200, 0), (0, 60), (50, 60)] {
            let run = Run { codec, loss, jitter };
            let out = carry(&run, &pcm);
            let seconds = pcm.len() as f64 / 48_000.0;
            let counts = out.counts;
            println!(
                "{:7} {:>4}% {:>4} ms {:>7.0}  {:>9}  {:>9}  {:>7}  {:>9}  {:>6}  {:>8.1}  {:>9.2}  {:>11.2}",
                codec.name(),
                loss / 10,
                jitter,
                out.octets as f64 * 8.0 / seconds,
                counts.recovered,
                counts.concealed,
                counts.dropped,
                counts.shortened,
                counts.lengthened,
                out.delay.as_secs_f64() * 1000.0,
                segmental_snr(&pcm, &out.heard),
                out.cpu.as_secs_f64() * 1000.0 / seconds,
            );
            write(&folder.join(format!("{}-{loss}-{jitter}.wav", codec.name())), &out.heard);
        }
    }
    println!("What was sent and heard is in {}.", folder.display());
}

/// Sends `pcm` over the path of `run`, with a report of loss every five seconds as RTCP gives it.
fn carry(run: &Run, pcm: &[i16]) -> Outcome {
    let plan = MediaPlan {
        remote: None,
        remote_rtcp: None,
        rtcp_mux: false,
        codec: run.codec,
        send_payload_type: 96,
        receive: vec![(96, run.codec)],
        send_events: None,
        receive_events: None,
        direction: Direction::SendRecv,
        ptime: 20,
        max_bitrate: None,
        seal: None,
        open: None,
    };
    let mut chance = Chance::seeded(42);
    let mut encoder = Encoder::new(&plan).expect("encoder");
    let mut buffer = JitterBuffer::default();
    let mut under_way: BTreeMap<(Moment, u16), (u32, Vec<u8>)> = BTreeMap::new();
    let (mut now, mut sequence, mut timestamp) = (Moment::START, 0_u16, 0_u32);
    let mut out = Outcome { heard: vec![], octets: 0, counts: Counts::default(), delay: Duration::ZERO, cpu: Duration::ZERO };
    for (number, chunk) in pcm.chunks_exact(FRAME).enumerate() {
        let frame: &Frame = chunk.try_into().expect("a frame");
        let began = Instant::now();
        if number % 250 == 125 {
            encoder.reckon_with_loss(u8::try_from(run.loss / 10).unwrap_or(100));
        }
        encoder.push(frame);
        let mut payload = [0; LARGEST];
        while let Some(written) = encoder.encode(&mut payload) {
            out.octets += written.length;
            if !chance.happens(run.loss) {
                let arrival = now + Duration::from_millis(30) + Duration::from_micros(chance.below(run.jitter * 1000 + 1));
                under_way.insert((arrival, sequence), (timestamp, payload[..written.length].to_vec()));
            }
            sequence = sequence.wrapping_add(1);
            timestamp = timestamp.wrapping_add(written.ticks);
        }
        now += TICK;
        while let Some(entry) = under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, sequence), (timestamp, payload)) = entry.remove_entry();
            buffer.insert(at, Arrival { sequence, timestamp, codec: run.codec, payload: &payload });
        }
        let mut frame = [0; FRAME];
        buffer.play(now, &mut frame);
        out.cpu += began.elapsed();
        out.heard.extend(frame);
    }
    out.counts = buffer.counts();
    out.delay = buffer.delay();
    out
}

/// Mean over the 20 ms frames that hold speech of the ratio of what was sent to what differs, each held within −10 and
/// 35 dB. The delay is found first, by what is most alike, and once more every second, as the buffer may change it.
fn segmental_snr(sent: &[i16], heard: &[i16]) -> f64 {
    let value = |pcm: &[i16], at: usize| pcm.get(at).copied().map_or(0.0, f64::from);
    let (mut sum, mut count) = (0.0, 0);
    for (second, block) in sent.chunks(48_000).enumerate() {
        let start = second * 48_000;
        let likeness = |delay: usize, step: usize| -> f64 {
            (0..block.len()).step_by(step).map(|at| value(sent, start + at) * value(heard, start + at + delay)).sum()
        };
        let best = |delays: &mut dyn Iterator<Item = usize>, step| {
            delays.map(|delay| (likeness(delay, step), delay)).fold((f64::MIN, 0), |a, b| if b.0 > a.0 { b } else { a }).1
        };
        let coarse = best(&mut (0..24_000).step_by(8), 29);
        let delay = best(&mut (coarse.saturating_sub(12)..coarse + 12), 3);
        for frame in (0..block.len().saturating_sub(FRAME)).step_by(FRAME) {
            let (mut signal, mut noise) = (0.0, 1.0);
            for at in frame..frame + FRAME {
                let (a, b) = (value(sent, start + at), value(heard, start + at + delay));
                signal += a * a;
                noise += (a - b) * (a - b);
            }
            if signal > 1e5 * FRAME as f64 {
                sum += (10.0 * (signal / noise).log10()).clamp(-10.0, 35.0);
                count += 1;
            }
        }
    }
    sum / f64::from(count.max(1))
}

fn espeak() -> PathBuf {
    const TEXT: &str = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. \
        It is easy to tell the depth of a well. These days a chicken leg is a rare dish. Rice is often served in round bowls. \
        The juice of lemons makes fine punch. The box was thrown beside the parked truck. Four hours of steady work faced us.";
    let path = std::env::temp_dir().join("offhook-speech.wav");
    let done = std::process::Command::new("espeak-ng").args(["-w", &path.display().to_string(), TEXT]).status();
    assert!(done.is_ok_and(|status| status.success()), "espeak-ng is needed, or a WAV file as first argument");
    path
}

fn read(path: &Path) -> Vec<i16> {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.bits_per_sample), (1, 16), "mono, 16 bit");
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    let mut resampler = Resampler::new(spec.sample_rate, 48_000).expect("a rate");
    let mut pcm = Vec::new();
    resampler.push(&samples, &mut pcm);
    pcm
}

fn write(path: &Path, pcm: &[i16]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).expect("a file");
    for sample in pcm {
        writer.write_sample(*sample).expect("disk space");
    }
    writer.finalize().expect("disk space");
}
