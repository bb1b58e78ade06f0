//! The encoder of one stream: frames of 20 ms at 48 kHz become payloads of the agreed length in the agreed codec.

#![deny(clippy::indexing_slicing)]

use super::frame::Frame;
use super::g711::Law;
use super::opus;
use super::resample::Resampler;
use crate::protocol::rtp::{Codec, MediaPlan};

/// The longest payload that we write, in octets.
pub const LARGEST: usize = 1275;

/// An encoder and the sound that has not filled a packet yet.
#[derive(Debug)]
pub struct Encoder {
    coder: Coder,
    /// At the codec's own rate.
    waiting: Vec<i16>,
    /// Samples at that rate in a packet.
    packet: usize,
}

#[derive(Debug)]
enum Coder {
    Opus(opus::Encoder),
    G711(Law, Box<Resampler>),
}

/// A payload that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Octets.
    pub length: usize,
    /// Ticks of the RTP clock that it lasts.
    pub ticks: u32,
}

impl Encoder {
    /// An encoder as the plan says; `None` when the codec cannot be set up.
    #[must_use]
    pub fn new(plan: &MediaPlan) -> Option<Encoder> {
        let milliseconds = packet_time(plan.codec, plan.ptime);
        let rate = usize::try_from(plan.codec.clock_rate()).ok()?;
        let coder = match plan.codec {
            Codec::Opus => Coder::Opus(opus::Encoder::new(plan.max_bitrate).ok()?),
            Codec::Pcmu => Coder::G711(Law::Mu, Box::new(Resampler::new(super::RATE, 8_000).ok()?)),
            Codec::Pcma => Coder::G711(Law::A, Box::new(Resampler::new(super::RATE, 8_000).ok()?)),
        };
        Some(Encoder { coder, waiting: Vec::with_capacity(8192), packet: rate * milliseconds / 1000 })
    }

    /// Takes a frame of our sound.
    pub fn push(&mut self, pcm: &Frame) {
        match &mut self.coder {
            Coder::Opus(_) => self.waiting.extend_from_slice(pcm),
            Coder::G711(_, resampler) => resampler.push(pcm, &mut self.waiting),
        }
    }

    /// Writes the next payload, once there is sound enough for one.
    pub fn encode(&mut self, payload: &mut [u8; LARGEST]) -> Option<Payload> {
        let pcm = self.waiting.get(..self.packet)?;
        let length = match &mut self.coder {
            Coder::Opus(encoder) => encoder.encode(pcm, payload),
            Coder::G711(law, _) => {
                for (code, sample) in payload.iter_mut().zip(pcm) {
                    *code = law.encode(*sample);
                }
                Some(self.packet.min(LARGEST))
            }
        };
        self.waiting.drain(..self.packet);
        Some(Payload { length: length.unwrap_or(0), ticks: u32::try_from(self.packet).unwrap_or(0) })
    }

    /// The far side loses this many per cent of what we send.
    pub fn reckon_with_loss(&mut self, percent: u8) {
        if let Coder::Opus(encoder) = &mut self.coder {
            encoder.reckon_with_loss(percent);
        }
    }
}

/// Milliseconds of sound in a packet: what was agreed, as far as the codec and one datagram can hold it.
fn packet_time(codec: Codec, ptime: u16) -> usize {
    match (codec, ptime) {
        (Codec::Opus, 1..=19) => 10,
        (Codec::Opus, 40..=59) => 40,
        (Codec::Opus, 60..) => 60,
        (Codec::Opus, _) | (_, 0) => 20,
        (Codec::Pcmu | Codec::Pcma, ptime) => usize::from(ptime.clamp(10, 120)) / 10 * 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::frame::SILENCE;
    use crate::protocol::rtp::Direction;

    fn plan(codec: Codec, ptime: u16) -> MediaPlan {
        MediaPlan {
            remote: None,
            remote_rtcp: None,
            rtcp_mux: false,
            codec,
            send_payload_type: 0,
            receive: vec![],
            send_events: None,
            receive_events: None,
            direction: Direction::SendRecv,
            ptime,
            max_bitrate: None,
            seal: None,
            open: None,
        }
    }

    #[test]
    fn packets_have_the_agreed_length_whatever_it_is() {
        for (codec, ptime, ticks) in [
            (Codec::Opus, 20, 960),
            (Codec::Opus, 10, 480),
            (Codec::Opus, 60, 2880),
            (Codec::Opus, 30, 960),
            (Codec::Opus, 65_535, 2880),
            (Codec::Pcmu, 20, 160),
            (Codec::Pcma, 30, 240),
            (Codec::Pcma, 0, 160),
            (Codec::Pcmu, 65_535, 960),
        ] {
            let mut encoder = Encoder::new(&plan(codec, ptime)).unwrap();
            let mut total = 0;
            for _ in 0..60 {
                encoder.push(&SILENCE);
                while let Some(payload) = encoder.encode(&mut [0; LARGEST]) {
                    assert_eq!(payload.ticks, ticks);
                    assert!(payload.length > 0);
                    total += payload.ticks;
                }
            }
            assert_eq!(total, codec.clock_rate() * 12 / 10 / ticks * ticks, "{codec:?} {ptime}");
        }
    }
}
