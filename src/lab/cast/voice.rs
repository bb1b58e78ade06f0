//! A voice as a message that was left.

use crate::lab::voices::Clip;
use crate::media::g711::Law;
use crate::media::resample::Resampler;
use crate::media::{RATE, opus};

/// A clip as G.711 µ-law, 8,000 octets a second; empty where there is no codec for it.
#[must_use]
pub fn spoken(clip: Clip) -> Vec<u8> {
    let (Ok(mut decoder), Ok(mut resampler)) = (opus::Decoder::new(), Resampler::new(RATE, 8_000)) else { return Vec::new() };
    let (mut pcm, mut narrow) = (Vec::new(), Vec::new());
    for packet in clip.packets() {
        pcm.clear();
        decoder.decode(packet, &mut pcm);
        resampler.push(&pcm, &mut narrow);
    }
    narrow.into_iter().map(|sample| Law::Mu.encode(sample)).collect()
}
