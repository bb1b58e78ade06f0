//! The half of a leg that hears: from datagrams to the far side's sound and keys.
//!
//! Under an encrypted plan nothing is believed that is not authentic; a clear packet is no packet then.

#![deny(clippy::indexing_slicing)]

use super::frame::{Frame, SILENCE};
use super::jitter::{self, JitterBuffer};
use super::level::Meter;
use crate::machine::Moment;
use crate::protocol::rtp::{Arrival, Codec, EventReceiver, Keys, MediaPlan, Opener, Packet, Receiver};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Comfort noise (RFC 3389): a packet of the stream, but no sound to us.
const COMFORT_NOISE: u8 = 13;

/// Keys that nobody has asked for yet; a flood beyond that is not listened to.
const MOST_KEYS: usize = 64;

/// How packets are opened.
#[derive(Debug)]
enum Lock {
    /// They are clear.
    Clear,
    /// With these keys.
    Sealed(Keys, Box<Opener>),
    /// There are keys, and they are none: nothing can be opened.
    Broken(Keys),
}

impl Lock {
    fn new(keys: Option<&Keys>) -> Lock {
        match keys {
            None => Lock::Clear,
            Some(keys) => match Opener::new(keys) {
                Ok(opener) => Lock::Sealed(keys.clone(), Box::new(opener)),
                Err(_) => Lock::Broken(keys.clone()),
            },
        }
    }

    fn keys(&self) -> Option<&Keys> {
        match self {
            Lock::Clear => None,
            Lock::Sealed(keys, _) | Lock::Broken(keys) => Some(keys),
        }
    }
}

/// The last packet of sound of a source that has still to prove itself (RFC 3550 A.1): it is the source's first, if the next
/// one proves that, and the beginning of a word is in it.
#[derive(Debug)]
struct Held {
    payload: Vec<u8>,
    /// When it came, in what it is coded, and its SSRC, sequence number and timestamp.
    of: Option<(Moment, Codec, u32, u16, u32)>,
}

impl Held {
    fn keep(&mut self, now: Moment, packet: &Packet<'_>, codec: Codec) {
        self.payload.clear();
        self.payload.extend_from_slice(packet.payload);
        self.of = Some((now, codec, packet.ssrc, packet.sequence, packet.timestamp));
    }

    /// It goes, to `buffer` if `next` is the packet that proves it.
    fn release(&mut self, next: &Packet<'_>, buffer: &mut JitterBuffer) {
        if let Some((at, codec, ssrc, sequence, timestamp)) = self.of.take()
            && (ssrc, sequence.wrapping_add(1)) == (next.ssrc, next.sequence)
        {
            buffer.insert(at, jitter::Arrival { sequence, timestamp, codec, payload: &self.payload });
        }
    }
}

/// The far side's sound.
#[derive(Debug)]
pub struct Inbound {
    /// Who is heard, and how well.
    pub receiver: Receiver,
    lock: Lock,
    buffer: JitterBuffer,
    held: Held,
    events: EventReceiver,
    keys: VecDeque<char>,
    octets: u64,
    meter: Meter,
    buffered_ms: f64,
    opened: Vec<u8>,
}

impl Inbound {
    /// Hears nobody yet.
    #[must_use]
    pub fn new(plan: &MediaPlan) -> Inbound {
        Inbound {
            receiver: Receiver::new(plan.remote),
            lock: Lock::new(plan.open.as_ref()),
            buffer: JitterBuffer::default(),
            held: Held { payload: Vec::with_capacity(2048), of: None },
            events: EventReceiver::default(),
            keys: VecDeque::with_capacity(MOST_KEYS),
            octets: 0,
            meter: Meter::default(),
            buffered_ms: 0.0,
            opened: Vec::with_capacity(2048),
        }
    }

    /// Goes on under another plan.
    pub fn replan(&mut self, now: Moment, plan: &MediaPlan) {
        self.receiver.expect(now, plan.remote);
        if self.lock.keys() != plan.open.as_ref() {
            self.lock = Lock::new(plan.open.as_ref());
        }
        if !plan.direction.receives() {
            self.buffer.begin();
        }
    }

    /// What was to be heard is not.
    pub fn forget_sound(&mut self) {
        self.buffer.begin();
    }

    /// An RTP packet came. Whether it was believed, and is sound.
    pub fn receive(&mut self, now: Moment, from: SocketAddr, datagram: &[u8], plan: &MediaPlan) -> bool {
        let (bytes, authentic) = match &mut self.lock {
            Lock::Clear => (datagram, false),
            Lock::Sealed(_, opener) => match opener.open_rtp(datagram, &mut self.opened) {
                Ok(()) => (self.opened.as_slice(), true),
                Err(_) => return false,
            },
            Lock::Broken(_) => return false,
        };
        let Ok(packet) = Packet::parse(bytes) else { return false };
        let codec = plan.receive.iter().find(|(payload_type, _)| *payload_type == packet.payload_type).map(|(_, codec)| *codec);
        let is_event = plan.receive_events == Some(packet.payload_type);
        if codec.is_none() && !is_event && packet.payload_type != COMFORT_NOISE {
            return false;
        }
        let clock = codec.unwrap_or(plan.codec).clock_rate();
        let began = match self.receiver.receive(now, from, &packet, clock, authentic) {
            Arrival::Heard { began, .. } => began,
            Arrival::Unproven => {
                if let Some(codec) = codec.filter(|_| plan.direction.receives()) {
                    self.held.keep(now, &packet, codec);
                }
                return false;
            }
            Arrival::WrongAddress => return false,
        };
        if began {
            self.buffer.begin();
            self.events.forget();
            self.held.release(&packet, &mut self.buffer);
        }
        self.octets += u64::try_from(packet.payload.len()).unwrap_or(0);
        match codec {
            Some(codec) if plan.direction.receives() => {
                hear(&mut self.buffer, now, &packet, codec);
                true
            }
            None if is_event => {
                if let Some(key) = self.events.receive(packet.timestamp, packet.payload)
                    && self.keys.len() < MOST_KEYS
                {
                    self.keys.push_back(key);
                }
                false
            }
            _ => false,
        }
    }

    /// An RTCP compound came: its bytes in clear, if it is to be believed.
    pub fn open_rtcp<'a>(&'a mut self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        match &mut self.lock {
            Lock::Clear => Some(datagram),
            Lock::Sealed(_, opener) => opener.open_rtcp(datagram, &mut self.opened).ok().map(|()| self.opened.as_slice()),
            Lock::Broken(_) => None,
        }
    }

    /// Whether packets are authenticated.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        !matches!(self.lock, Lock::Clear)
    }

    /// The next frame.
    pub fn play(&mut self, now: Moment, plan: &MediaPlan, out: &mut Frame) {
        if plan.direction.receives() {
            self.buffer.play(now, out);
            self.buffered_ms = self.buffer.delay().as_secs_f64() * 1000.0;
        } else {
            *out = SILENCE;
            self.buffered_ms = 0.0;
        }
        self.meter.hear(out);
    }

    /// The next key that was pressed over there.
    pub fn heard_key(&mut self) -> Option<char> {
        self.keys.pop_front()
    }

    /// Payload octets received.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Milliseconds that sound waits here.
    #[must_use]
    pub fn buffered_ms(&self) -> f64 {
        self.buffered_ms
    }

    /// What the jitter buffer has done.
    #[must_use]
    pub fn counts(&self) -> jitter::Counts {
        self.buffer.counts()
    }

    /// How loud it is, 0 … 1.
    #[must_use]
    pub fn level(&self) -> f32 {
        self.meter.level()
    }
}

fn hear(buffer: &mut JitterBuffer, now: Moment, packet: &Packet<'_>, codec: Codec) {
    buffer.insert(
        now,
        jitter::Arrival { sequence: packet.sequence, timestamp: packet.timestamp, codec, payload: packet.payload },
    );
}
