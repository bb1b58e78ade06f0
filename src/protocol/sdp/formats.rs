//! Payload types: which number means which codec, in their description and in ours (RFC 3551, 4733, 7587).
#![deny(clippy::indexing_slicing)]

use super::description::{Attribute, Media, values};
use crate::protocol::rtp::Codec;
use std::collections::BTreeMap;

/// What is in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Sound.
    Sound(Codec),
    /// Telephone-events with this clock in Hz, which must be that of the sound beside them (RFC 4733 §2.5.1).
    Events(u32),
}

impl Format {
    /// The number that we give it where it is free.
    const fn usual_number(self) -> u8 {
        match self {
            Format::Sound(Codec::Pcmu) => 0,
            Format::Sound(Codec::Pcma) => 8,
            Format::Sound(Codec::Opus) => 96,
            Format::Events(48_000) => 97,
            Format::Events(_) => 101,
        }
    }

    /// Reads `opus/48000/2`. Opus counts even where the channels are wrongly left out or said to be one.
    fn parse(encoding: &str) -> Option<Format> {
        let mut parts = encoding.trim().split('/');
        let (name, clock, channels) = (parts.next()?, parts.next()?.parse::<u32>().ok()?, parts.next());
        let is = |expected: &str| name.eq_ignore_ascii_case(expected);
        let mono = matches!(channels, None | Some("1"));
        match clock {
            48_000 if is("opus") && (mono || channels == Some("2")) => Some(Format::Sound(Codec::Opus)),
            8_000 if is("PCMU") && mono => Some(Format::Sound(Codec::Pcmu)),
            8_000 if is("PCMA") && mono => Some(Format::Sound(Codec::Pcma)),
            8_000 | 48_000 if is("telephone-event") && mono => Some(Format::Events(clock)),
            _ => None,
        }
    }

    fn write(self) -> String {
        match self {
            Format::Sound(Codec::Opus) => "opus/48000/2".into(),
            Format::Sound(codec) => format!("{}/{}", codec.name(), codec.clock_rate()),
            Format::Events(clock) => format!("telephone-event/{clock}"),
        }
    }

    const fn parameters(self) -> Option<&'static str> {
        match self {
            Format::Sound(Codec::Opus) => Some("minptime=10;useinbandfec=1"),
            Format::Sound(_) => None,
            Format::Events(_) => Some("0-16"),
        }
    }
}

/// The formats of a stream that mean something to us, in their order.
///
/// The first `rtpmap` of a number counts, and the first mention of a number. Numbers that could be taken for RTCP
/// packet types (RFC 3551 §6, RFC 5761 §4) are not used.
#[must_use]
pub fn read(media: &Media) -> Vec<(u8, Format)> {
    let mut maps = BTreeMap::new();
    for value in values(&media.attributes, "rtpmap") {
        if let Some((number, encoding)) = value.trim_start().split_once(' ')
            && let Some(number) = payload_type(number)
        {
            maps.entry(number).or_insert(encoding);
        }
    }
    let mut found: Vec<(u8, Format)> = Vec::new();
    for number in numbers_in(media) {
        let format = match (maps.remove(&number), number) {
            (Some(encoding), _) => Format::parse(encoding),
            (None, 0) => Some(Format::Sound(Codec::Pcmu)),
            (None, 8) => Some(Format::Sound(Codec::Pcma)),
            _ => None,
        };
        if let Some(format) = format
            && matches!(number, 0..=63 | 96..=127)
            && !found.iter().any(|(known, _)| *known == number)
        {
            found.push((number, format));
        }
    }
    found
}

/// Every number that the stream gives a meaning to, ours or not: they are not to be given another (RFC 3264 §8.3.2).
pub fn numbers_in(media: &Media) -> impl Iterator<Item = u8> {
    media.formats.iter().filter_map(|format| payload_type(format))
}

/// A payload type without sign or leading zeros: what is answered must be what was offered.
fn payload_type(text: &str) -> Option<u8> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|number| canonical && *number < 128)
}

/// The number of the first such format.
#[must_use]
pub fn number_of(formats: &[(u8, Format)], format: Format) -> Option<u8> {
    formats.iter().find(|(_, known)| *known == format).map(|(number, _)| *number)
}

/// The value of `key` in the `fmtp` of `number`.
#[must_use]
pub fn parameter<'a>(media: &'a Media, number: u8, key: &str) -> Option<&'a str> {
    let of_number = |value: &'a str| {
        let (format, parameters) = value.split_once(' ')?;
        (payload_type(format) == Some(number)).then_some(parameters)
    };
    let parameters = values(&media.attributes, "fmtp").find_map(of_number)?;
    parameters.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim())
    })
}

/// The `rtpmap` and `fmtp` lines of our formats.
pub fn write(formats: &[(u8, Format)]) -> impl Iterator<Item = Attribute> {
    formats.iter().flat_map(|(number, format)| {
        let map = Attribute::with("rtpmap", format!("{number} {}", format.write()));
        let parameters = format.parameters().map(|parameters| Attribute::with("fmtp", format!("{number} {parameters}")));
        std::iter::once(map).chain(parameters)
    })
}

/// The numbers in use in one session: once given, a number keeps its meaning (RFC 3264 §8.3.2).
#[derive(Debug, Default)]
pub struct Numbers {
    ours: Vec<(u8, Format)>,
    taken: u128,
}

impl Numbers {
    /// The number of `format`: the one it has, else its usual one, else a free dynamic one. `None` when all are taken.
    pub fn draw(&mut self, format: Format) -> Option<u8> {
        if let Some(number) = number_of(&self.ours, format) {
            return Some(number);
        }
        let number = std::iter::once(format.usual_number()).chain(96..=127).find(|number| self.taken & bit(*number) == 0)?;
        self.learn(number, format);
        Some(number)
    }

    /// Their description has given `format` this number.
    pub fn learn(&mut self, number: u8, format: Format) {
        self.ours.retain(|(known, other)| *known != number && *other != format);
        self.ours.push((number, format));
        self.taken |= bit(number);
    }

    /// Their description uses the number for something.
    pub fn take(&mut self, number: u8) {
        self.taken |= bit(number);
    }
}

const fn bit(number: u8) -> u128 {
    1_u128.wrapping_shl(number as u32) * (number < 128) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio(formats: &str, attributes: &[(&str, &str)]) -> Media {
        Media {
            kind: "audio".into(),
            port: 4000,
            profile: "RTP/AVP".into(),
            formats: formats.split(' ').map(str::to_owned).collect(),
            connection: None,
            attributes: attributes.iter().map(|(name, value)| Attribute::with(name, (*value).into())).collect(),
        }
    }

    #[test]
    fn formats_are_read_in_their_order() {
        let media = audio(
            "114 9 0 8 00 +8 18 101 96 300 x",
            &[
                ("rtpmap", "114 OPUS/48000/2"),
                ("rtpmap", "9 G722/8000"),
                ("rtpmap", "101 telephone-event/8000"),
                ("rtpmap", "96 telephone-event/48000"),
                ("rtpmap", "300 PCMU/8000"),
            ],
        );
        let expected = [
            (114, Format::Sound(Codec::Opus)),
            (0, Format::Sound(Codec::Pcmu)),
            (8, Format::Sound(Codec::Pcma)),
            (101, Format::Events(8_000)),
            (96, Format::Events(48_000)),
        ];
        assert_eq!(read(&media), expected);
    }

    #[test]
    fn clashes_have_one_meaning() {
        // The first rtpmap counts, a number counts once, and a static number that is mapped is what its map says.
        let maps =
            [("rtpmap", "96 opus/48000/2"), ("rtpmap", "96 PCMU/8000"), ("rtpmap", "0 speex/8000"), ("rtpmap", "72 PCMA/8000")];
        assert_eq!(read(&audio("96 96 0 72", &maps)), [(96, Format::Sound(Codec::Opus))]);
    }

    #[test]
    fn parameters_are_found_by_number() {
        let media = audio("96 97", &[("fmtp", "97 a=1"), ("fmtp", "96 x; MaxAverageBitrate = 24000 ;y=1\0")]);
        assert_eq!(parameter(&media, 96, "maxaveragebitrate"), Some("24000"));
        assert_eq!(parameter(&media, 97, "maxaveragebitrate"), None);
        assert_eq!(parameter(&media, 98, "a"), None);
    }

    #[test]
    fn a_number_keeps_its_meaning() {
        let mut numbers = Numbers::default();
        numbers.take(96);
        numbers.take(97);
        numbers.take(255);
        assert_eq!(numbers.draw(Format::Sound(Codec::Opus)), Some(98));
        assert_eq!(numbers.draw(Format::Events(48_000)), Some(99));
        assert_eq!(numbers.draw(Format::Events(8_000)), Some(101));
        numbers.learn(114, Format::Sound(Codec::Opus));
        assert_eq!(numbers.draw(Format::Sound(Codec::Opus)), Some(114));
        assert_eq!(numbers.draw(Format::Sound(Codec::Pcmu)), Some(0));
    }
}
