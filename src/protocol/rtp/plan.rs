//! A media plan: what an offer and its answer have settled for one audio stream (RFC 3264), in the words of the sender.
//!
//! The engine makes one from SDP; media carries it out. Neither side sees the other.

use crate::machine::Secret;
use std::net::SocketAddr;

/// What the sound is coded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// RFC 6716 and 7587; on the wire always `opus/48000/2`.
    Opus,
    /// G.711 µ-law, 8 kHz (RFC 3551, static payload type 0).
    Pcmu,
    /// G.711 A-law, 8 kHz (RFC 3551, static payload type 8).
    Pcma,
}

impl Codec {
    /// The encoding name of SDP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The RTP clock rate in Hz.
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::Pcmu | Codec::Pcma => 8_000,
        }
    }
}

/// Which way sound flows, seen from us (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We send only: the far side is on hold.
    SendOnly,
    /// We receive only: we are on hold.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The direction of somebody who sends, receives, both or neither.
    #[must_use]
    pub const fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// The same stream, seen from the other end.
    #[must_use]
    pub const fn mirrored(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What is left when both directions, seen from the same end, must allow it (RFC 3264 §6.1).
    #[must_use]
    pub const fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// Whether we send sound.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether we are to hear sound.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}

/// How SRTP packets are sealed (RFC 4568 §6.2 names).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// `AES_CM_128_HMAC_SHA1_80`: 16 bytes of key, 14 of salt, a tag of 10.
    AesCm128HmacSha1_80,
}

/// One direction's SRTP key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The transform.
    pub cipher: Cipher,
    /// The `inline:` value of RFC 4568: base64 of key and salt.
    pub inline: Secret,
}

/// Telephone-events as the far side hears them (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// On the packets.
    pub payload_type: u8,
    /// Of their durations, in Hz. It should be that of the sound beside them (RFC 4733 §2.5.1); phones in the field list
    /// 8 kHz alone beside Opus, and expect durations at 8 kHz in packets whose timestamps are the sound's.
    pub clock_rate: u32,
}

/// One audio stream as agreed. It is immutable: a re-INVITE makes a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlan {
    /// Where our packets go; `None` while the far side has given no address to send to (port 0, held without one).
    pub remote: Option<SocketAddr>,
    /// Where our RTCP goes: `a=rtcp` (RFC 3605), else the next port, else the same one with `a=rtcp-mux` (RFC 5761).
    pub remote_rtcp: Option<SocketAddr>,
    /// RTP and RTCP share one port.
    pub rtcp_mux: bool,
    /// What we send, and by default hear.
    pub codec: Codec,
    /// Payload type on the packets that we send.
    pub send_payload_type: u8,
    /// Every payload type that we may hear, and what is in it.
    pub receive: Vec<(u8, Codec)>,
    /// Telephone-events that we may send.
    pub send_events: Option<Events>,
    /// Payload type of telephone-events that we may hear.
    pub receive_events: Option<u8>,
    /// Which way sound flows.
    pub direction: Direction,
    /// Milliseconds of sound a packet: `a=ptime`, 20 when it is not said.
    pub ptime: u16,
    /// Bits a second that the far side asked Opus to stay below (`maxaveragebitrate`, RFC 7587 §7.1).
    pub max_bitrate: Option<u32>,
    /// Keys for what we send; `None` is clear RTP. Both or neither are there.
    pub seal: Option<Keys>,
    /// Keys for what we hear.
    pub open: Option<Keys>,
}
