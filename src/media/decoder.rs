//! The decoder of one stream: payloads of any of our codecs become sound at 48 kHz, and so do the holes between them.

#![deny(clippy::indexing_slicing)]

use super::concealment::Concealment;
use super::g711::Law;
use super::opus;
use super::resample::Resampler;
use crate::protocol::rtp::Codec;

/// Samples at 48 kHz for one at 8 kHz.
const SIX: usize = 6;

/// A decoder, with all that it remembers of the stream.
#[derive(Debug)]
pub enum Decoder {
    /// Opus does all by itself.
    Opus(opus::Decoder),
    /// G.711: expanded, concealed at 8 kHz, then resampled.
    G711 {
        /// Which law.
        law: Law,
        /// Fills the holes.
        concealment: Box<Concealment>,
        /// From 8 to 48 kHz.
        resampler: Box<Resampler>,
        /// Between the two.
        pcm: Vec<i16>,
    },
}

impl Decoder {
    /// A decoder that has heard nothing; `None` when the codec cannot be set up.
    #[must_use]
    pub fn new(codec: Codec) -> Option<Decoder> {
        let law = match codec {
            Codec::Opus => return opus::Decoder::new().ok().map(Decoder::Opus),
            Codec::Pcmu => Law::Mu,
            Codec::Pcma => Law::A,
        };
        let resampler = Box::new(Resampler::new(codec.clock_rate(), super::RATE).ok()?);
        Some(Decoder::G711 { law, concealment: Box::default(), resampler, pcm: Vec::with_capacity(2048) })
    }

    /// Puts the sound of a payload behind what is in `out`.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        match self {
            Decoder::Opus(decoder) => decoder.decode(payload, out),
            Decoder::G711 { law, concealment, resampler, pcm } => {
                pcm.clear();
                pcm.extend(payload.iter().map(|code| law.decode(*code)));
                concealment.hear(pcm);
                resampler.push(pcm, out);
            }
        }
    }

    /// Puts `length` samples behind what is in `out`: the sound before `next`, from what `next` tells of it.
    pub fn recover(&mut self, next: &[u8], length: usize, out: &mut Vec<i16>) {
        match self {
            Decoder::Opus(decoder) => decoder.recover(next, length, out),
            Decoder::G711 { .. } => self.conceal(length, out),
        }
    }

    /// Puts `length` samples behind what is in `out`, as the sound may have gone on.
    pub fn conceal(&mut self, length: usize, out: &mut Vec<i16>) {
        match self {
            Decoder::Opus(decoder) => decoder.conceal(length, out),
            Decoder::G711 { concealment, resampler, pcm, .. } => {
                pcm.clear();
                pcm.resize(length / SIX, 0);
                concealment.conceal(pcm);
                resampler.push(pcm, out);
            }
        }
    }
}

/// How many samples at 48 kHz a payload holds; `None` when it holds no sound.
#[must_use]
pub fn duration(codec: Codec, payload: &[u8]) -> Option<usize> {
    match codec {
        Codec::Opus => opus::duration(payload),
        Codec::Pcmu | Codec::Pcma => Some(payload.len() * SIX).filter(|length| (1..=opus::LONGEST * 2).contains(length)),
    }
}

/// How many samples of the sound before it a payload can tell.
#[must_use]
pub fn redundancy(codec: Codec, payload: &[u8]) -> usize {
    match codec {
        Codec::Opus => opus::redundancy(payload),
        Codec::Pcmu | Codec::Pcma => 0,
    }
}
