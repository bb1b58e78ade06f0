//! Calls: how they begin, what happens to them, how they end.

use super::names::{AccountName, Ticket};
use crate::machine::{RemoteText, Stamp};
use std::time::Duration;

/// What happened to a call.
#[derive(Clone, Debug, PartialEq)]
pub enum CallChange {
    /// It is there: we call, or somebody calls us.
    Began {
        /// On which account.
        account: AccountName,
        /// They called us.
        incoming: bool,
        /// The far side's URI.
        peer: RemoteText,
        /// What it calls itself.
        name: RemoteText,
        /// Of our `Command::Call`.
        ticket: Option<Ticket>,
        /// When.
        at: Stamp,
    },
    /// The far side works on it (183 and the like), and neither rings nor is heard.
    Progress,
    /// The far side rings (180), or is heard before it answers.
    Ringing {
        /// Its sound comes before its answer (RFC 3960): an announcement, or a ringing of its own.
        early_media: bool,
    },
    /// Answered: sound flows.
    Answered {
        /// From the first INVITE to its 200.
        setup: Duration,
        /// As in `opus/48000`.
        codec: String,
        /// The sound is SRTP.
        encrypted: bool,
        /// It is SRTP, and its keys came over signalling that anybody on the way could read (RFC 4568 §7).
        keys_in_clear: bool,
        /// When.
        at: Stamp,
    },
    /// Another offer was agreed.
    Changed {
        /// We hold the far side.
        held_by_us: bool,
        /// The far side holds us.
        held_by_them: bool,
        /// As in `opus/48000`.
        codec: String,
        /// The sound is SRTP.
        encrypted: bool,
        /// As in [`CallChange::Answered`].
        keys_in_clear: bool,
    },
    /// What the media thread sees, a few times a second.
    Figures(Figures),
    /// The user wants the far side on hold, or back; [`CallChange::Changed`] tells when that is agreed. Told anew where it
    /// is not to be had.
    HoldWanted(bool),
    /// Our microphone is heard no more, or again.
    Muted(bool),
    /// What was to be played has come to its end.
    PlayedOut,
    /// The far side pressed a key.
    Dtmf(char),
    /// It is over, and these are its last figures.
    Ended {
        /// How.
        end: CallEnd,
        /// Why, for people: a reason phrase, or our own words.
        reason: RemoteText,
        /// As they stood at the end.
        figures: Figures,
    },
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallEnd {
    /// We hung up.
    Local,
    /// They hung up.
    Remote,
    /// They declined (603 and the like).
    Declined,
    /// They are busy (486, 600).
    Busy,
    /// Nobody answered in time (408, 480, 487, or our own patience).
    NoAnswer,
    /// Anything else.
    Failed,
}

impl CallEnd {
    /// The word in `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            CallEnd::Local => "local",
            CallEnd::Remote => "remote",
            CallEnd::Declined => "declined",
            CallEnd::Busy => "busy",
            CallEnd::NoAnswer => "no-answer",
            CallEnd::Failed => "failed",
        }
    }
}

/// What the media thread has counted for one call (RFC 3550 §6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets received and accepted.
    pub packets_received: u64,
    /// RTP payload octets sent.
    pub octets_sent: u64,
    /// RTP payload octets received.
    pub octets_received: u64,
    /// Expected less received; never below zero here.
    pub lost: u64,
    /// Interarrival jitter in milliseconds (RFC 3550 §6.4.1).
    pub jitter_ms: f64,
    /// Milliseconds that a packet waits in the jitter buffer before it is heard, now.
    pub buffer_ms: f64,
    /// Round-trip time in milliseconds from RTCP, where it is known.
    pub round_trip_ms: Option<f64>,
    /// Our level, 0 … 1.
    pub level_out: f32,
    /// The far side's level, 0 … 1.
    pub level_in: f32,
}
