//! `Leg`: one call's sound path, from datagrams to frames and back.
//!
//! It is driven: whoever drives it hands in datagrams as they come, and every 20 ms asks for a frame to be heard and
//! gives one to be sent. It refuses to know sockets, clocks, devices and SIP; what was agreed is its [`MediaPlan`].

use super::figures::Figures;
use super::frame::{Frame, SILENCE};
use crate::machine::{Chance, Moment};
use crate::protocol::rtp::MediaPlan;
use std::net::SocketAddr;

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
    figures: Figures,
}

impl Leg {
    /// A leg under `plan`; SSRC, first sequence number and timestamp come from `chance`.
    #[must_use]
    pub fn new(plan: MediaPlan, _chance: Chance) -> Leg {
        Leg { plan, figures: Figures::default() }
    }

    /// Goes on under another plan: what has not changed is not disturbed.
    pub fn replan(&mut self, plan: MediaPlan) {
        self.plan = plan;
    }

    /// A datagram came to the RTP port from `from`.
    pub fn receive(&mut self, _now: Moment, _from: SocketAddr, _datagram: &[u8]) {}

    /// A datagram came to the RTCP port from `from`.
    pub fn receive_rtcp(&mut self, _now: Moment, _from: SocketAddr, _datagram: &[u8]) {}

    /// The next 20 ms of the far side's sound.
    pub fn play(&mut self, _now: Moment, out: &mut Frame) {
        *out = SILENCE;
    }

    /// The next 20 ms of our sound.
    pub fn capture(&mut self, _now: Moment, _pcm: &Frame, _send: &mut dyn FnMut(Channel, SocketAddr, &[u8])) {}

    /// Sends a key, one of `0`–`9`, `*`, `#`, `A`–`D`, after those that are still on their way (RFC 4733).
    pub fn dtmf(&mut self, _key: char) {}

    /// The next key that the far side has pressed.
    pub fn heard_key(&mut self) -> Option<char> {
        None
    }

    /// The figures as they stand.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.figures
    }

    /// Says good-bye: RTCP BYE (RFC 3550 §6.6).
    pub fn bye(&mut self, _now: Moment, _send: &mut dyn FnMut(Channel, SocketAddr, &[u8])) {}
}
