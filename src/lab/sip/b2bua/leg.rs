//! One leg of a call: its signalling, its sound, and what it is joined with.

use super::interface::Asked;
use super::mailbox::Recorder;
use super::speech::{Cue, Speech};
use crate::machine::Moment;
use crate::media::{self, Frame};
use crate::protocol::sdp::Negotiator;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::NameAddr;
use crate::protocol::sip::session::Session;
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;

/// A leg, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LegId(pub(super) u64);

/// A wish that it should ring, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RingId(pub(super) u64);

/// One leg.
#[derive(Debug)]
pub(super) struct CallLeg {
    pub(super) session: Session,
    /// Where its messages go.
    pub(super) way: (Flow, SocketAddr),
    /// The number of the telephone at its far end.
    pub(super) owner: String,
    /// The number that it has called, or that calls it: ours, to its far end.
    pub(super) other: String,
    /// Who calls, where it is we who call.
    pub(super) party: Option<NameAddr>,
    /// Of its sound; that of reports is the next one. None once it is over.
    pub(super) port: Option<u16>,
    pub(super) sdp: Negotiator,
    /// Their offer, while it is not answered.
    pub(super) offer: Option<Vec<u8>>,
    pub(super) media: Option<Box<media::Leg>>,
    /// Packets that have come, and when the last one was counted.
    pub(super) heard: (u64, Moment),
    pub(super) part: Part,
}

/// What a leg is joined with.
#[derive(Debug)]
pub(super) enum Part {
    /// Nothing yet, or nothing any more.
    Nothing,
    /// It has called, and these ring.
    Waiting {
        /// The number that it has called.
        called: String,
        /// Those that ring.
        legs: BTreeSet<LegId>,
        /// One of them does.
        rang: bool,
        /// Until then.
        until: Moment,
    },
    /// It rings, because somebody has called.
    Rings(For),
    /// It has called a person of the lab, who answers then.
    Answering {
        /// When.
        at: Moment,
        /// What they say.
        cues: Vec<Cue>,
    },
    /// It hears itself.
    Echo(VecDeque<Box<Frame>>),
    /// It hears all others who are in it.
    Conference,
    /// It leaves a message.
    Mailbox(Box<Recorder>),
    /// A person of the lab speaks, who has rung where there is a number.
    Person(Box<Speech>, Option<RingId>),
    /// Another leg.
    With(LegId),
}

/// Why a leg rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// This one has called.
    Leg(LegId),
    /// Somebody of the lab.
    Person(RingId),
}

/// Somebody of the lab rings.
#[derive(Debug)]
pub(super) struct PersonRings {
    pub(super) asked: Asked,
    pub(super) legs: BTreeSet<LegId>,
    pub(super) until: Moment,
}
