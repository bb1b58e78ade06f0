//! One call, as the user sees it: which session carries it, how far it has come, and what was agreed about its sound.

use super::progress::Progress;
use crate::engine::event::{CallEnd, Figures, Ticket};
use crate::machine::stamp::WallClock;
use crate::machine::{Moment, RemoteText};
use crate::protocol::rtp::{Direction, MediaPlan};
use crate::protocol::sdp::Negotiator;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::SessionId;
use std::net::SocketAddr;
use std::time::Duration;

/// One call.
#[derive(Debug)]
pub struct Call {
    /// The session that carries it; another one after a retry with another offer.
    pub session: SessionId,
    /// They called us.
    pub incoming: bool,
    /// Where our INVITE goes.
    pub target: Option<Uri>,
    /// The far side's URI.
    pub peer: RemoteText,
    /// What it calls itself.
    pub name: RemoteText,
    /// Of the command that began it.
    pub ticket: Option<Ticket>,
    /// What the wall clock said when it began: a clock that is set in the middle of a call makes it neither longer nor
    /// shorter.
    pub clock: WallClock,
    /// When it began.
    pub began: Moment,
    /// When it was answered.
    pub answered: Option<Moment>,
    /// How far it has come.
    pub phase: Phase,
    /// The user wants the far side on hold.
    pub hold: bool,
    /// The user wants our microphone not to be heard.
    pub muted: bool,
    /// As the media thread last told.
    pub figures: Figures,
}

/// How far a call has come.
#[derive(Debug)]
pub enum Phase {
    /// Ours: waiting for a flow, whose local address goes into the offer.
    Connecting,
    /// Ours: waiting for a port.
    Preparing,
    /// Ours: INVITE is out.
    Inviting {
        /// Since when.
        since: Moment,
        /// Of the offer that is out.
        sound: Sound,
        /// What has come of it.
        progress: Progress,
    },
    /// Theirs: it rings here, and the port that an answer needs is on its way.
    Alerting {
        /// When their INVITE was there.
        since: Moment,
        /// Their offer, if there was one; it can be agreed to.
        offer: Option<Vec<u8>>,
        /// For the answer, once there is a port.
        negotiator: Negotiator,
        /// The user has answered already.
        answered: bool,
    },
    /// Theirs: it rings here, and all is there for an answer.
    Ringing {
        /// When their INVITE was there.
        since: Moment,
        /// What we say when the user answers.
        body: Vec<u8>,
        /// What that agrees on; `None` when theirs is still to come in the ACK.
        plan: Option<Box<MediaPlan>>,
        /// The offers.
        sound: Sound,
    },
    /// Theirs: we have answered, their ACK is to come.
    Accepting {
        /// From their INVITE to our 200.
        setup: Duration,
        /// As agreed, if it is.
        plan: Option<Box<MediaPlan>>,
        /// The offers.
        sound: Sound,
    },
    /// Sound flows, or is held.
    Talking {
        /// As agreed.
        plan: Box<MediaPlan>,
        /// The offers.
        sound: Sound,
        /// An offer of ours is on its way: whether it puts the far side on hold.
        offering: Option<bool>,
        /// The far side is on hold, as was agreed last.
        held: bool,
    },
    /// Over, but for the last figures of the media thread.
    Ending {
        /// How.
        end: CallEnd,
        /// Why.
        reason: String,
    },
}

/// The offer/answer side of a call: the port stands behind it.
#[derive(Debug)]
pub struct Sound {
    /// RFC 3264, for this session.
    pub negotiator: Negotiator,
    /// Where our RTP is heard.
    pub port: SocketAddr,
    /// It was offered as RTP/AVP with keys (RFC 8643); refused, it may be offered once as RTP/SAVP.
    pub opportunistic: bool,
}

impl Call {
    /// Which way we want sound to flow.
    #[must_use]
    pub fn wanted(&self) -> Direction {
        if self.hold { Direction::SendOnly } else { Direction::SendRecv }
    }

    /// When our patience ends.
    #[must_use]
    pub fn patience_ends(&self) -> Option<Moment> {
        match &self.phase {
            Phase::Inviting { since, .. } => Some(*since + PATIENCE),
            _ => None,
        }
    }

    /// Sound flows under `plan` from here on.
    pub fn start_talking(&mut self, plan: MediaPlan) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Connecting) {
            Phase::Inviting { sound, .. } | Phase::Accepting { sound, .. } => {
                Phase::Talking { plan: Box::new(plan), sound, offering: None, held: false }
            }
            other => other,
        };
    }

    /// Whether the user agent has a session for it that must be ended.
    #[must_use]
    pub fn has_session(&self) -> bool {
        !matches!(self.phase, Phase::Connecting | Phase::Preparing | Phase::Ending { .. })
    }

    /// Whether a port is open for it, and so a media thread that must be stopped.
    #[must_use]
    pub fn has_port(&self) -> bool {
        match &self.phase {
            Phase::Inviting { .. } | Phase::Ringing { .. } | Phase::Accepting { .. } | Phase::Talking { .. } => true,
            Phase::Connecting | Phase::Preparing | Phase::Alerting { .. } | Phase::Ending { .. } => false,
        }
    }
}

/// How long an INVITE of ours may stay without a final answer before the user is told that nobody answers.
/// RFC 3261 §16.6 gives proxies more than three minutes (timer C); ours ends first, with a CANCEL.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// As in `opus/48000`.
#[must_use]
pub fn codec_name(plan: &MediaPlan) -> String {
    format!("{}/{}", plan.codec.name(), plan.codec.clock_rate())
}
