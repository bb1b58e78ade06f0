//! The half of a leg that speaks: from our frames and keys to datagrams.
//!
//! Under an encrypted plan nothing leaves that is not sealed: where sealing fails, nothing leaves.

#![deny(clippy::indexing_slicing)]

use super::encoder::{Encoder, LARGEST};
use super::frame::Frame;
use super::keypad::Keypad;
use super::level::Meter;
use crate::machine::{Chance, Moment};
use crate::protocol::rtp::dtmf::Slot;
use crate::protocol::rtp::{EventSender, Keys, MediaPlan, Sealer, Sender};

/// How packets are sealed.
#[derive(Debug)]
enum Lock {
    /// They are clear.
    Clear,
    /// With these keys.
    Sealed(Keys, Box<Sealer>),
    /// There are keys, and they are none: nothing may leave.
    Broken(Keys),
}

impl Lock {
    fn new(keys: Option<&Keys>) -> Lock {
        match keys {
            None => Lock::Clear,
            Some(keys) => match Sealer::new(keys) {
                Ok(sealer) => Lock::Sealed(keys.clone(), Box::new(sealer)),
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

/// Packets that say something about a path: one second.
const ENOUGH_TO_GUESS: u64 = 50;

/// Where the way back loses anything, ours is taken to lose this much at the least, in per cent: FEC pays from there on.
const LEAST_GUESS: u8 = 5;

/// Our sound.
#[derive(Debug)]
pub struct Outbound {
    /// The stream.
    pub sender: Sender,
    encoder: Option<Encoder>,
    lock: Lock,
    events: EventSender,
    keypad: Keypad,
    /// In per cent; `None` before the first report.
    loss: Option<f32>,
    packets: u64,
    octets: u64,
    meter: Meter,
    packet: Vec<u8>,
    sealed: Vec<u8>,
}

impl Outbound {
    /// A stream with an SSRC, first number and timestamp of its own.
    #[must_use]
    pub fn new(plan: &MediaPlan, chance: &mut Chance) -> Outbound {
        Outbound {
            sender: Sender::new(plan.codec.clock_rate(), chance),
            encoder: Encoder::new(plan),
            lock: Lock::new(plan.seal.as_ref()),
            events: EventSender::default(),
            keypad: Keypad::default(),
            loss: None,
            packets: 0,
            octets: 0,
            meter: Meter::default(),
            packet: Vec::with_capacity(2048),
            sealed: Vec::with_capacity(2048),
        }
    }

    /// Goes on under another plan, after `old`.
    pub fn replan(&mut self, old: &MediaPlan, plan: &MediaPlan, chance: &mut Chance) {
        let coding = |plan: &MediaPlan| (plan.codec, plan.ptime, plan.max_bitrate);
        if coding(old) != coding(plan) {
            self.encoder = Encoder::new(plan);
            self.reckon();
        }
        if self.sender.clock_rate() != plan.codec.clock_rate() {
            self.sender = Sender::new(plan.codec.clock_rate(), chance);
        }
        if self.lock.keys() != plan.seal.as_ref() {
            self.lock = Lock::new(plan.seal.as_ref());
        }
    }

    /// Queues a key.
    pub fn press(&mut self, key: char, plan: &MediaPlan) {
        match plan.send_events {
            Some(_) => _ = self.events.press(key),
            None => self.keypad.press(key),
        }
    }

    /// The far side has told how much of our sound it lost, in 256ths. More is believed at once, less bit by bit.
    pub fn heard_loss(&mut self, fraction: u8) {
        let percent = f32::from(fraction) / 2.56;
        self.loss = Some(self.loss.map_or(percent, |loss| percent.max((loss + percent) / 2.0)));
        self.reckon();
    }

    /// Before the far side has told anything, what we lose of its sound is the best guess: the way back is often the same.
    pub fn guess_loss(&mut self, lost: u64, received: u64) {
        if self.loss.is_none() && received + lost >= ENOUGH_TO_GUESS && lost > 0 {
            let percent = u8::try_from(lost * 100 / (lost + received)).unwrap_or(100);
            if let Some(encoder) = &mut self.encoder {
                encoder.reckon_with_loss(percent.max(LEAST_GUESS));
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn reckon(&mut self) {
        if let (Some(encoder), Some(loss)) = (&mut self.encoder, self.loss) {
            // Between 0 and 100 by its making; any loss at all is at least one.
            encoder.reckon_with_loss(if loss > 0.3 { loss.ceil() } else { 0.0 } as u8);
        }
    }

    /// Our next frame. Whatever it makes ready to send goes to `send`, unless `silent`: then the clock runs on alone.
    pub fn capture(&mut self, now: Moment, plan: &MediaPlan, pcm: &Frame, silent: bool, send: &mut dyn FnMut(&[u8])) {
        let mut frame = *pcm;
        self.keypad.sound(&mut frame);
        self.meter.hear(&frame);
        if silent {
            self.sender.rest(plan.codec.clock_rate() / 50);
            return;
        }
        let Some(encoder) = &mut self.encoder else { return };
        encoder.push(&frame);
        let mut payload = [0; LARGEST];
        while let Some(written) = encoder.encode(&mut payload) {
            let slot = match plan.send_events {
                Some(events) => self.events.draw(&mut self.sender, events, written.ticks, &mut self.packet),
                None => Ok(Slot::Sound),
            };
            let payload = payload.get(..written.length).unwrap_or_default();
            let octets = match slot {
                Ok(Slot::Event) => EVENT,
                Ok(Slot::Sound) if !payload.is_empty() => {
                    match self.sender.send(now, plan.send_payload_type, payload, written.ticks, &mut self.packet) {
                        Ok(()) => payload.len(),
                        Err(_) => continue,
                    }
                }
                _ => {
                    self.sender.rest(written.ticks);
                    continue;
                }
            };
            match &mut self.lock {
                Lock::Clear => send(&self.packet),
                Lock::Sealed(_, sealer) => match sealer.seal_rtp(&self.packet, &mut self.sealed) {
                    Ok(()) => send(&self.sealed),
                    Err(_) => continue,
                },
                Lock::Broken(_) => continue,
            }
            self.packets += 1;
            self.octets += u64::try_from(octets).unwrap_or(0);
        }
    }

    /// Seals an RTCP compound, where the plan wants it; `None` when it may not leave.
    pub fn seal_rtcp<'a>(&'a mut self, compound: &'a [u8]) -> Option<&'a [u8]> {
        match &mut self.lock {
            Lock::Clear => Some(compound),
            Lock::Sealed(_, sealer) => sealer.seal_rtcp(compound, &mut self.sealed).ok().map(|()| self.sealed.as_slice()),
            Lock::Broken(_) => None,
        }
    }

    /// Packets and payload octets sent.
    #[must_use]
    pub fn sent(&self) -> (u64, u64) {
        (self.packets, self.octets)
    }

    /// How loud it is, 0 … 1.
    #[must_use]
    pub fn level(&self) -> f32 {
        self.meter.level()
    }
}

/// Octets of a telephone-event payload (RFC 4733 §2.3).
const EVENT: usize = 4;
