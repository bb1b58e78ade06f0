//! What the far side says about one audio stream, in one place: where it hears, what, which way, under which keys.
#![deny(clippy::indexing_slicing)]

use super::crypto::Crypto;
use super::description::{Connection, Description, Media, has, values};
use super::formats::{self, Format, number_of};
use crate::protocol::rtp::{Codec, Direction, Events, Keys, MediaPlan};
use std::net::{IpAddr, SocketAddr};

/// Milliseconds of sound a packet when nothing is said (RFC 3551 §4.2).
pub const USUAL_PTIME: u16 = 20;
/// Packet times that every codec of ours can make in one frame or a whole number of them.
const PTIMES: [u16; 4] = [60, 40, 20, 10];
/// What Opus can be asked to stay below (RFC 7587 §7.1).
const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;

/// How a profile protects its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// `RTP/AVP`, `RTP/AVPF`: not, unless there are keys (RFC 8643).
    None,
    /// `RTP/SAVP`, `RTP/SAVPF`: by keys in the description.
    Keys,
    /// `UDP/TLS/RTP/SAVP`, `UDP/TLS/RTP/SAVPF`: by DTLS (RFC 5764).
    Dtls,
}

impl Protection {
    /// Of a profile; `None` when it is not RTP.
    #[must_use]
    pub fn of(profile: &str) -> Option<Protection> {
        match profile.to_ascii_uppercase().as_str() {
            "RTP/AVP" | "RTP/AVPF" => Some(Protection::None),
            "RTP/SAVP" | "RTP/SAVPF" => Some(Protection::Keys),
            "UDP/TLS/RTP/SAVP" | "UDP/TLS/RTP/SAVPF" => Some(Protection::Dtls),
            _ => None,
        }
    }
}

/// One audio stream of theirs that is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs {
    /// By its profile.
    pub protection: Protection,
    /// Where it hears RTP, if that can be sent to.
    pub remote: Option<SocketAddr>,
    /// Where it hears RTCP when the ports are not shared.
    pub rtcp: Option<SocketAddr>,
    /// `a=rtcp-mux`
    pub mux: bool,
    /// Seen from there. An unspecified address means that it does not receive: the hold of RFC 2543.
    pub direction: Direction,
    /// What it hears, in its order of preference.
    pub formats: Vec<(u8, Format)>,
    /// Milliseconds of sound a packet that suit it and us.
    pub ptime: u16,
    /// `maxaveragebitrate` of its first Opus.
    pub max_bitrate: Option<u32>,
    /// Its usable `a=crypto` lines.
    pub cryptos: Vec<Crypto>,
    /// Whether it has such lines at all.
    pub speaks_of_keys: bool,
}

/// Our end of the same stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// What we hear: the numbers of our description.
    pub formats: Vec<(u8, Format)>,
    /// What we want or have offered.
    pub direction: Direction,
    /// RTCP on the same port is fine for us.
    pub mux: bool,
}

impl Theirs {
    /// Reads the stream; `None` when it is not audio over RTP, or refused.
    #[must_use]
    pub fn read(description: &Description, media: &Media) -> Option<Theirs> {
        if media.kind != "audio" || media.port == 0 {
            return None;
        }
        let protection = Protection::of(&media.profile)?;
        let connection = media.connection.as_ref().or(description.connection.as_ref());
        let address = match connection {
            Some(Connection::Address(address)) => Some(*address),
            _ => None,
        };
        let formats = formats::read(media);
        let said = direction_in(&media.attributes).or(direction_in(&description.attributes)).unwrap_or(Direction::SendRecv);
        let held = address.is_some_and(|address| address.is_unspecified());
        let mut lines = values(&media.attributes, "crypto").chain(values(&description.attributes, "crypto")).peekable();
        Some(Theirs {
            protection,
            remote: address.and_then(|address| reachable(address, media.port)),
            rtcp: rtcp_in(media, address),
            mux: has(&media.attributes, "rtcp-mux"),
            direction: if held { said.and(Direction::SendOnly) } else { said },
            ptime: ptime_of(media),
            max_bitrate: number_of(&formats, Format::Sound(Codec::Opus))
                .and_then(|number| formats::parameter(media, number, "maxaveragebitrate")?.parse().ok())
                .filter(|rate| BITRATES.contains(rate)),
            formats,
            speaks_of_keys: lines.peek().is_some(),
            cryptos: lines.filter_map(Crypto::parse).collect(),
        })
    }

    /// The number under which they hear `codec`.
    #[must_use]
    pub fn number_of(&self, codec: Codec) -> Option<u8> {
        number_of(&self.formats, Format::Sound(codec))
    }

    /// The plan that their end and ours make when `codec` is what we send; `None` when they do not hear it.
    #[must_use]
    pub fn plan(&self, ours: &Ours, codec: Codec, keys: Option<(Keys, Keys)>) -> Option<MediaPlan> {
        let send_payload_type = self.number_of(codec)?;
        let mux = self.mux && ours.mux;
        let (seal, open) = keys.unzip();
        Some(MediaPlan {
            remote: self.remote,
            remote_rtcp: if mux { self.remote } else { self.rtcp },
            rtcp_mux: mux,
            codec,
            send_payload_type,
            receive: self.heard(ours),
            send_events: self.events_for(codec),
            receive_events: self.heard_events(ours, codec),
            direction: ours.direction.and(self.direction.mirrored()),
            ptime: self.ptime,
            max_bitrate: if codec == Codec::Opus { self.max_bitrate } else { None },
            seal,
            open,
        })
    }

    /// Our numbers, and theirs where they mean nothing else: some send under their own.
    fn heard(&self, ours: &Ours) -> Vec<(u8, Codec)> {
        let sounds = |formats: &[(u8, Format)]| -> Vec<(u8, Codec)> {
            let sound = |(number, format): &(u8, Format)| match format {
                Format::Sound(codec) => Some((*number, *codec)),
                Format::Events(_) => None,
            };
            formats.iter().filter_map(sound).collect()
        };
        let mut heard = sounds(&ours.formats);
        for (number, codec) in sounds(&self.formats) {
            let free = !ours.formats.iter().any(|(known, _)| *known == number);
            if free && heard.iter().any(|(_, known)| *known == codec) {
                heard.push((number, codec));
            }
        }
        heard
    }

    /// Events that they hear beside `codec`: with its clock, else with the other one.
    fn events_for(&self, codec: Codec) -> Option<Events> {
        let with = |clock_rate: u32| {
            let payload_type = number_of(&self.formats, Format::Events(clock_rate))?;
            Some(Events { payload_type, clock_rate })
        };
        [codec.clock_rate(), 8_000, 48_000].into_iter().find_map(with)
    }

    /// Our number for the events that they have, too.
    fn heard_events(&self, ours: &Ours, codec: Codec) -> Option<u8> {
        let both = |clock: u32| {
            number_of(&self.formats, Format::Events(clock))?;
            number_of(&ours.formats, Format::Events(clock))
        };
        [codec.clock_rate(), 8_000, 48_000].into_iter().find_map(both)
    }
}

/// An address and port that a packet may be sent to.
fn reachable(address: IpAddr, port: u16) -> Option<SocketAddr> {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    let usable = port != 0 && !address.is_unspecified() && !address.is_multicast() && !broadcast;
    usable.then(|| SocketAddr::new(address, port))
}

/// `a=rtcp:53020 [IN IP4 126.16.64.4]` (RFC 3605), else the next port.
fn rtcp_in(media: &Media, address: Option<IpAddr>) -> Option<SocketAddr> {
    let said = values(&media.attributes, "rtcp").next().and_then(|value| {
        let mut words = value.split_ascii_whitespace();
        let port = words.next()?.parse::<u16>().ok()?;
        Some((port, words.nth(2).and_then(|address| address.parse().ok())))
    });
    match said {
        Some((port, own)) => reachable(own.or(address)?, port),
        None => reachable(address?, media.port.checked_add(1)?),
    }
}

fn direction_in(attributes: &[super::Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| match (attribute.name.as_str(), &attribute.value) {
        ("sendrecv", None) => Some(Direction::SendRecv),
        ("sendonly", None) => Some(Direction::SendOnly),
        ("recvonly", None) => Some(Direction::RecvOnly),
        ("inactive", None) => Some(Direction::Inactive),
        _ => None,
    })
}

/// `a=ptime` within `a=maxptime`, rounded down to what we make; nonsense counts as not said.
fn ptime_of(media: &Media) -> u16 {
    let read = |name| {
        let value = values(&media.attributes, name).next()?.trim().parse::<u16>().ok()?;
        (1..=1000).contains(&value).then_some(value)
    };
    let wish = read("ptime").unwrap_or(USUAL_PTIME).min(read("maxptime").unwrap_or(u16::MAX));
    PTIMES.into_iter().find(|ptime| *ptime <= wish).unwrap_or(10)
}
