//! `Leg`: one call's sound path, from datagrams to frames and back.
//!
//! It is driven: whoever drives it hands in datagrams as they come, and every 20 ms asks for a frame to be heard and
//! gives one to be sent. It refuses to know sockets, clocks, devices and SIP; what was agreed is its [`MediaPlan`].

#![deny(clippy::indexing_slicing)]

use super::figures::Figures;
use super::frame::Frame;
use super::inbound::Inbound;
use super::jitter::Counts;
use super::outbound::Outbound;
use crate::machine::{Chance, Moment};
use crate::protocol::rtp::packet::is_rtcp;
use crate::protocol::rtp::{MediaPlan, Reports};
use std::net::SocketAddr;
use std::time::Duration;

/// For this long after the far side has named another address, what still comes from the old one is not followed.
const CHANGEOVER: Duration = Duration::from_secs(2);

/// Frames in a second.
const SECOND: u32 = 50;

/// Which of a leg's two ports a datagram leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The RTP port, also of RTCP under `a=rtcp-mux`.
    Rtp,
    /// The RTCP port.
    Rtcp,
}

/// One call's sound path.
#[derive(Debug)]
pub struct Leg {
    plan: MediaPlan,
    chance: Chance,
    inbound: Inbound,
    outbound: Outbound,
    reports: Reports,
    /// Where the far side's RTCP truly comes from.
    rtcp_from: Option<SocketAddr>,
    /// The address that the far side has left, and until when.
    left: Option<(SocketAddr, Moment)>,
    compound: Vec<u8>,
    frames: u32,
}

impl Leg {
    /// A leg under `plan`, from `now` on; SSRC, first sequence number and timestamp come from `chance`.
    #[must_use]
    pub fn new(now: Moment, plan: MediaPlan, mut chance: Chance) -> Leg {
        Leg {
            inbound: Inbound::new(&plan),
            outbound: Outbound::new(&plan, &mut chance),
            reports: Reports::new(now, chance.fork()),
            rtcp_from: None,
            left: None,
            compound: Vec::with_capacity(2048),
            frames: 0,
            plan,
            chance,
        }
    }

    /// Goes on under another plan: what has not changed is not disturbed.
    pub fn replan(&mut self, now: Moment, plan: MediaPlan) {
        if self.plan.remote != plan.remote {
            self.left = self.inbound.receiver.latched().map(|old| (old, now + CHANGEOVER));
        }
        if self.plan.remote_rtcp != plan.remote_rtcp || self.plan.rtcp_mux != plan.rtcp_mux {
            self.rtcp_from = None;
        }
        self.inbound.replan(now, &plan);
        self.outbound.replan(&self.plan, &plan, &mut self.chance);
        self.plan = plan;
    }

    /// Hears another one from now on, who has a plan and a hearing of its own; answers the hearing that was there. What we
    /// send goes on as it was.
    pub fn turn(&mut self, plan: MediaPlan, inbound: Inbound) -> Inbound {
        self.outbound.replan(&self.plan, &plan, &mut self.chance);
        (self.rtcp_from, self.left) = (None, None);
        self.plan = plan;
        std::mem::replace(&mut self.inbound, inbound)
    }

    /// A datagram came to the RTP port from `from`.
    pub fn receive(&mut self, now: Moment, from: SocketAddr, datagram: &[u8]) {
        self.hear(now, from, datagram);
    }

    /// The same; whether it is sound of the far side's.
    pub fn hear(&mut self, now: Moment, from: SocketAddr, datagram: &[u8]) -> bool {
        if is_rtcp(datagram) {
            if self.plan.rtcp_mux {
                self.receive_rtcp(now, from, datagram);
            }
            return false;
        }
        self.inbound.receive(now, from, datagram, &self.plan)
    }

    /// A datagram came to the RTCP port from `from`.
    pub fn receive_rtcp(&mut self, now: Moment, from: SocketAddr, datagram: &[u8]) {
        // Clear reports are believed only from where the sound comes from, or should.
        let expected = [self.inbound.receiver.latched(), self.plan.remote, self.plan.remote_rtcp];
        if !self.inbound.is_sealed() && !expected.iter().flatten().any(|known| known.ip() == from.ip()) {
            return;
        }
        let theirs = self.inbound.receiver.ssrc();
        let ours = self.outbound.sender.ssrc();
        let Some(compound) = self.inbound.open_rtcp(datagram) else { return };
        let Ok(told) = self.reports.read(now, compound, ours, theirs) else { return };
        self.rtcp_from = Some(from);
        if let Some(fraction) = told.fraction_lost {
            self.outbound.heard_loss(fraction);
        }
    }

    /// The next 20 ms of the far side's sound.
    pub fn play(&mut self, now: Moment, out: &mut Frame) {
        self.inbound.play(now, &self.plan, out);
    }

    /// The next 20 ms of our sound. `send` is called with what is to leave, and where to.
    pub fn capture(&mut self, now: Moment, pcm: &Frame, send: &mut dyn FnMut(Channel, SocketAddr, &[u8])) {
        self.frames = self.frames.wrapping_add(1);
        if self.frames.is_multiple_of(SECOND) {
            self.outbound.guess_loss(self.inbound.receiver.lost(), self.inbound.receiver.received());
        }
        let to = self.destination(now).filter(|_| self.plan.direction.sends());
        self.outbound.capture(now, &self.plan, pcm, to.is_none(), &mut |packet| {
            if let Some(to) = to {
                send(Channel::Rtp, to, packet);
            }
        });
        if self.reports.due(now)
            && self.reports.write(now, &self.outbound.sender, &mut self.inbound.receiver, &mut self.compound).is_ok()
        {
            self.send_compound(now, send);
        }
    }

    /// Sends a key, one of `0`–`9`, `*`, `#`, `A`–`D`, after those that are still on their way (RFC 4733).
    pub fn dtmf(&mut self, key: char) {
        self.outbound.press(key, &self.plan);
    }

    /// The next key that the far side has pressed.
    pub fn heard_key(&mut self) -> Option<char> {
        self.inbound.heard_key()
    }

    /// The figures as they stand.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let (packets_sent, octets_sent) = self.outbound.sent();
        Figures {
            packets_sent,
            packets_received: self.inbound.receiver.received(),
            octets_sent,
            octets_received: self.inbound.octets(),
            lost: self.inbound.receiver.lost(),
            jitter_ms: self.inbound.receiver.jitter_ms(),
            buffer_ms: self.inbound.buffered_ms(),
            round_trip_ms: self.reports.round_trip().map(|time| time.as_secs_f64() * 1000.0),
            level_out: self.outbound.level(),
            level_in: self.inbound.level(),
        }
    }

    /// What the jitter buffer has done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.inbound.counts()
    }

    /// Says good-bye: RTCP BYE (RFC 3550 §6.6).
    pub fn bye(&mut self, now: Moment, send: &mut dyn FnMut(Channel, SocketAddr, &[u8])) {
        if self.reports.bye(now, &self.outbound.sender, &mut self.inbound.receiver, &mut self.compound).is_ok() {
            self.send_compound(now, send);
        }
    }

    fn send_compound(&mut self, now: Moment, send: &mut dyn FnMut(Channel, SocketAddr, &[u8])) {
        let (channel, to) = if self.plan.rtcp_mux {
            (Channel::Rtp, self.destination(now))
        } else {
            (Channel::Rtcp, self.rtcp_from.or(self.plan.remote_rtcp))
        };
        // Without an address for sound there is none for reports.
        let (Some(to), Some(_)) = (to, self.plan.remote) else { return };
        if let Some(compound) = self.outbound.seal_rtcp(&self.compound) {
            send(channel, to, compound);
        }
    }

    /// Where our sound goes: to where theirs comes from (RFC 4961), at first to where they said.
    fn destination(&self, now: Moment) -> Option<SocketAddr> {
        let signalled = self.plan.remote?;
        let left = self.left.filter(|(_, until)| now < *until).map(|(address, _)| address);
        Some(self.inbound.receiver.latched().filter(|address| Some(*address) != left).unwrap_or(signalled))
    }
}
