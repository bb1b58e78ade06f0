//! Opus for calls (RFC 6716, 7587): speech at 48 kHz with in-band FEC, and the three ways to get sound from a stream
//! with holes: decode, recover from the next packet, conceal.

#![deny(clippy::indexing_slicing)]

use opus::{Application, Bandwidth, Bitrate, Channels};

/// The longest packet that there may be: 120 ms (RFC 6716 §3.2.5).
pub const LONGEST: usize = 5760;

/// libopus makes sound in steps of 2.5 ms.
pub const STEP: usize = 120;

/// Bits a second, where the far side did not ask for less: full band speech, with room for FEC.
const BITRATE: u32 = 32_000;

/// The speech coder searches as well as it can from 8 on; 9 and 10 take longer and sound the same on speech.
const COMPLEXITY: i32 = 8;

/// From this loss on the bits go to what is understood: wideband with better FEC instead of full band …
const LOSSY: u8 = 4;

/// … until it is below this again.
const CLEAN: u8 = 2;

/// Our voice.
#[derive(Debug)]
pub struct Encoder {
    opus: opus::Encoder,
    robust: bool,
}

impl Encoder {
    /// An encoder that stays below `max_bitrate` bits a second, if one is given. It reckons with no loss until it hears
    /// of some.
    ///
    /// # Errors
    /// When libopus cannot be set up.
    pub fn new(max_bitrate: Option<u32>) -> Result<Encoder, opus::Error> {
        let mut opus = opus::Encoder::new(super::RATE, Channels::Mono, Application::Voip)?;
        let bitrate = max_bitrate.map_or(BITRATE, |most| most.clamp(6_000, BITRATE));
        opus.set_bitrate(Bitrate::Bits(i32::try_from(bitrate).unwrap_or(6_000)))?;
        opus.set_vbr(true)?;
        opus.set_complexity(COMPLEXITY)?;
        opus.set_inband_fec(true)?;
        Ok(Encoder { opus, robust: false })
    }

    /// The far side loses this many per cent of what we send. Where it loses none there is no FEC, which costs quality.
    pub fn reckon_with_loss(&mut self, percent: u8) {
        self.robust = if self.robust { percent >= CLEAN } else { percent >= LOSSY };
        // libopus makes better FEC when it reckons with more.
        let (widest, reckoned) = match self.robust {
            true => (Bandwidth::Wideband, percent.clamp(15, 25)),
            false => (Bandwidth::Fullband, percent),
        };
        // These values are all valid; libopus has nothing else to refuse.
        let _ = self.opus.set_max_bandwidth(widest);
        let _ = self.opus.set_packet_loss_perc(reckoned.into());
    }

    /// Encodes 10, 20, 40 or 60 ms into `packet`; the length of what is in it, `None` when there is nothing to send.
    pub fn encode(&mut self, pcm: &[i16], packet: &mut [u8]) -> Option<usize> {
        self.opus.encode(pcm, packet).ok().filter(|length| *length > 0)
    }
}

/// Their voice.
#[derive(Debug)]
pub struct Decoder {
    opus: opus::Decoder,
}

impl Decoder {
    /// A decoder that has heard nothing.
    ///
    /// # Errors
    /// When libopus cannot be set up.
    pub fn new() -> Result<Decoder, opus::Error> {
        Ok(Decoder { opus: opus::Decoder::new(super::RATE, Channels::Mono)? })
    }

    /// Puts the sound of `packet` behind what is in `out`. A broken packet is concealed.
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<i16>) {
        let Some(length) = duration(packet) else { return };
        if !self.append(packet, length, false, out) {
            self.conceal(length, out);
        }
    }

    /// Puts `length` samples behind what is in `out`: the sound just before `next`, from the FEC that is in it.
    pub fn recover(&mut self, next: &[u8], length: usize, out: &mut Vec<i16>) {
        if !self.append(next, length, true, out) {
            self.conceal(length, out);
        }
    }

    /// Puts `length` samples behind what is in `out`, as the sound may have gone on.
    pub fn conceal(&mut self, length: usize, out: &mut Vec<i16>) {
        let length = length.clamp(STEP, LONGEST) / STEP * STEP;
        if !self.append(&[], length, false, out) {
            out.resize(out.len() + length, 0);
        }
    }

    fn append(&mut self, packet: &[u8], length: usize, fec: bool, out: &mut Vec<i16>) -> bool {
        let before = out.len();
        out.resize(before + length, 0);
        let space = out.get_mut(before..).unwrap_or_default();
        let made = self.opus.decode(packet, space, fec).unwrap_or(0).min(length);
        out.truncate(before + made);
        made > 0
    }
}

/// How many samples at 48 kHz are in a packet (RFC 6716 §3.1, §3.2); `None` when it is not Opus.
#[must_use]
pub fn duration(packet: &[u8]) -> Option<usize> {
    let toc = *packet.first()?;
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3f),
    };
    let length = frames * frame_duration(toc);
    (STEP..=LONGEST).contains(&length).then_some(length)
}

/// Samples in one frame, from the configuration in the first octet.
fn frame_duration(toc: u8) -> usize {
    let size = u32::from((toc >> 3) & 3);
    match toc >> 3 {
        0..=11 if size == 3 => 2880,
        0..=11 => 480 << size,
        12..=15 => 480 << (size & 1),
        _ => 120 << size,
    }
}

/// How much of the sound before this packet its FEC holds, in samples; 0 when it holds none (RFC 6716 §4.2.4: the LBRR
/// flag follows the voice activity flags in the first octet of the first frame).
#[must_use]
pub fn redundancy(packet: &[u8]) -> usize {
    let Some(toc) = packet.first().copied() else { return 0 };
    // From 16 on there is no SILK part, and only that has FEC.
    if toc >> 3 >= 16 {
        return 0;
    }
    let Some(flags) = first_frame_octet(packet) else { return 0 };
    let length = frame_duration(toc);
    let parts = (length / 960).max(1);
    let mut redundant = (flags >> (7 - parts)) & 1 == 1;
    if toc & 0x04 != 0 {
        redundant |= (flags >> 6_usize.saturating_sub(2 * parts)) & 1 == 1;
    }
    if redundant { length } else { 0 }
}

/// The first octet of the first frame that is not empty at the front (RFC 6716 §3.2).
fn first_frame_octet(packet: &[u8]) -> Option<u8> {
    let (toc, rest) = packet.split_first()?;
    match toc & 3 {
        0 | 1 => rest.first().copied(),
        2 => skip_length(rest)?.first().copied(),
        _ => {
            let (flags, mut rest) = rest.split_first()?;
            if flags & 0x40 != 0 {
                while let Some((padding, after)) = rest.split_first() {
                    rest = after;
                    if *padding != 255 {
                        break;
                    }
                }
            }
            if flags & 0x80 != 0 {
                for _ in 1..(flags & 0x3f) {
                    rest = skip_length(rest)?;
                }
            }
            rest.first().copied()
        }
    }
}

/// Skips a frame length: one octet, or two from 252 on.
fn skip_length(bytes: &[u8]) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    if *first >= 252 { rest.get(1..) } else { Some(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Sine, level_of};

    /// A voice-like sound: a low tone with overtones, its loudness changing.
    fn voice(samples: usize) -> Vec<i16> {
        let sample = |at: usize| {
            let time = at as f64 / 48_000.0;
            let voice: f64 = (1..12).map(|n| (time * 150.0 * f64::from(n) * std::f64::consts::TAU).sin() / f64::from(n)).sum();
            (voice * 4000.0 * (1.0 + (time * 20.0).sin())) as i16
        };
        (0..samples).map(sample).collect()
    }

    fn packets(encoder: &mut Encoder, length: usize, count: usize) -> Vec<Vec<u8>> {
        let encode = |frame: &[i16]| {
            let mut packet = vec![0; 1275];
            let used = encoder.encode(frame, &mut packet).unwrap();
            packet.truncate(used);
            packet
        };
        voice(length * count).chunks_exact(length).map(encode).collect()
    }

    fn lossy() -> Encoder {
        let mut encoder = Encoder::new(None).unwrap();
        encoder.reckon_with_loss(20);
        encoder
    }

    #[test]
    fn a_tone_comes_through() {
        let mut encoder = Encoder::new(None).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let tone: Vec<i16> = Sine::new(1000.0, 0.3, 48_000).take(48_000).collect();
        let (mut heard, mut sent) = (Vec::new(), 0);
        for frame in tone.chunks(960) {
            let mut packet = [0; 1275];
            let used = encoder.encode(frame, &mut packet).unwrap();
            sent += used;
            decoder.decode(&packet[..used], &mut heard);
        }
        assert_eq!(heard.len(), 48_000);
        assert!((level_of(&heard[24_000..], 1000.0, 48_000) - 0.3).abs() < 0.06);
        assert!(sent * 8 < 48_000, "{} bit/s", sent * 8);
    }

    #[test]
    fn the_far_side_may_ask_for_less() {
        let mut encoder = Encoder::new(Some(12_000)).unwrap();
        let mut sent = 0;
        for frame in Sine::new(300.0, 0.3, 48_000).take(96_000).collect::<Vec<i16>>().chunks(960) {
            sent += encoder.encode(frame, &mut [0; 1275]).unwrap();
        }
        assert!(sent * 4 < 15_000, "{} bit/s", sent * 4);
    }

    #[test]
    fn fec_comes_with_loss_and_costs_nothing_without() {
        let mut encoder = Encoder::new(None).unwrap();
        let share = |encoder: &mut Encoder| packets(encoder, 960, 100).iter().filter(|packet| redundancy(packet) > 0).count();
        assert_eq!(share(&mut encoder), 0, "before any loss is known");
        for (loss, with_fec) in [(0, false), (2, true), (20, true), (100, true), (0, false)] {
            encoder.reckon_with_loss(loss);
            assert_eq!(share(&mut encoder) > 50, with_fec, "{loss}");
        }
    }

    #[test]
    fn durations_and_fec_are_read_from_what_libopus_writes() {
        for length in [480, 960, 1920, 2880] {
            let packets = packets(&mut lossy(), length, 30);
            assert!(packets.iter().all(|packet| duration(packet) == Some(length)));
            let with_fec = packets.iter().filter(|packet| redundancy(packet) == length).count();
            assert!(with_fec > 10, "{length}: {with_fec}");
        }
        // Code 3: three frames of 20 ms; one of none; more than 120 ms.
        assert_eq!(duration(&[0b0100_1011, 3, 0]), Some(2880));
        assert_eq!(duration(&[0b0100_1011, 0]), None);
        assert_eq!(duration(&[0b0101_1011, 3]), None);
        assert_eq!(duration(&[]), None);
        assert_eq!(redundancy(&[0b1000_0000, 0xff]), 0);
    }

    #[test]
    fn fec_is_nearer_to_the_lost_frame_than_concealment() {
        let packets = packets(&mut lossy(), 960, 60);
        let (mut whole, mut recovered, mut concealed) =
            (Decoder::new().unwrap(), Decoder::new().unwrap(), Decoder::new().unwrap());
        let (mut error_of_fec, mut error_of_plc) = (0.0, 0.0);
        for (number, packet) in packets.iter().enumerate() {
            let (mut a, mut b, mut c) = (vec![], vec![], vec![]);
            whole.decode(packet, &mut a);
            if number % 5 == 4 && number + 1 < packets.len() {
                recovered.recover(&packets[number + 1], 960, &mut b);
                concealed.conceal(960, &mut c);
                let error =
                    |x: &[i16]| x.iter().zip(&a).map(|(x, y)| f64::from(i32::from(*x) - i32::from(*y)).powi(2)).sum::<f64>();
                error_of_fec += error(&b);
                error_of_plc += error(&c);
            } else {
                recovered.decode(packet, &mut b);
                concealed.decode(packet, &mut c);
            }
            assert_eq!((b.len(), c.len()), (960, 960));
        }
        assert!(error_of_fec < error_of_plc * 0.5, "{error_of_fec:e} {error_of_plc:e}");
    }

    #[test]
    fn broken_packets_give_sound_of_their_length_and_never_a_panic() {
        let mut decoder = Decoder::new().unwrap();
        let mut chance = crate::machine::Chance::seeded(3);
        for round in 0..3000_u64 {
            let mut packet = vec![0; usize::try_from(chance.below(80)).unwrap()];
            chance.fill(&mut packet);
            let mut out = Vec::new();
            match round % 3 {
                0 => decoder.recover(&packet, 960, &mut out),
                _ => decoder.decode(&packet, &mut out),
            }
            assert!(out.len() <= LONGEST);
            assert!(redundancy(&packet) <= 2880);
        }
    }
}
