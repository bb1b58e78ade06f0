//! What may happen to the engine: a closed enum that the driver, or a story in `World`, hands to `handle`.

use super::ask::{Answer, AskId};
use super::command::Command;
use super::event::{AccountName, CallId, Figures, Problem};
use crate::machine::{RemoteText, Stamp};
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::xmpp::Stanza;
use std::net::SocketAddr;
use std::time::Duration;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The user wants something.
    Command(Command),
    /// A question is answered.
    Answered(AskId, Answer),
    /// On an account's XMPP link.
    Xmpp(AccountName, XmppIn),
    /// On a SIP flow.
    Sip(SipIn),
    /// In the media thread.
    Media(CallId, MediaIn),
    /// On the sound devices.
    Sound(SoundIn),
    /// The wall clock was set, or the machine woke up: it says this now.
    WallClock(Stamp),
    /// Interfaces or routes have changed.
    NetworkChanged,
}

/// On the XMPP link of one account.
#[derive(Clone, Debug, PartialEq)]
pub enum XmppIn {
    /// The stream is up and a resource is bound.
    Up {
        /// Full JID.
        jid: String,
        /// It is the old stream, resumed (XEP-0198 §5): nothing is to be asked anew.
        resumed: bool,
    },
    /// The stream was lost, or this attempt to connect has failed. Stanzas that are not acknowledged stay with the link
    /// as long as the stream may be resumed.
    Down(Problem),
    /// As [`XmppIn::Down`], because the server sends us to another one: by `see-other-host` (RFC 6120 §4.9.3.19), or because its
    /// features name another home node than this (fact sheet §8.2).
    SentTo {
        /// HOST or HOST:PORT, as the server has said it.
        to: RemoteText,
        /// Nobody has been shown the password.
        unused: bool,
        /// For people.
        why: Problem,
    },
    /// A stanza came.
    Stanza(Stanza),
    /// The server has acknowledged it (XEP-0198), or answered a ping behind it.
    Acknowledged(StanzaId),
    /// It was handed to a stream that is lost for good: whether it arrived is unknown.
    Lost(StanzaId),
}

/// The engine's number for a stanza whose fate it wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StanzaId(pub u64);

/// On a SIP flow.
#[derive(Clone, Debug, PartialEq)]
pub enum SipIn {
    /// The flow is open.
    Opened(Flow),
    /// It could not be opened, or it has closed.
    Closed {
        /// Which.
        flow: FlowId,
        /// Why.
        why: Problem,
    },
    /// Bytes: for UDP one datagram, for streams whatever came.
    Received {
        /// On which flow.
        flow: FlowId,
        /// From where.
        from: SocketAddr,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// From the media thread of one call.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaIn {
    /// A few times a second.
    Figures(Figures),
    /// Nobody has answered yet, and sound comes; or it comes no more.
    Early(bool),
    /// What was to be played has come to its end.
    PlayedOut,
    /// The far side pressed a key (RFC 4733).
    Dtmf(char),
    /// The thread has stopped, and these are its last figures.
    Stopped(Figures),
    /// The recording has stopped (disk full, file gone) and why, in a sentence; the call goes on.
    RecordingFailed(String),
    /// It cannot go on: device, port, codec.
    Failed(String),
}

/// From the sound devices.
#[derive(Clone, Debug, PartialEq)]
pub enum SoundIn {
    /// A test goes on: the microphone's level, 0 … 1; none when it has ended.
    Level(Option<f32>),
    /// A device could not be opened, or is gone; calls go on silently on that side until the user chooses again.
    Failed(Problem),
    /// Of the file that was given this number to be played.
    Player(u64, PlayerIn),
}

/// From whatever plays messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlayerIn {
    /// It can be played, and is so long.
    Length(Duration),
    /// This is heard now; told a few times a second, and after every order.
    At(Duration),
    /// It was heard to its end, and the player has let it go.
    Ended,
    /// It cannot be played: why, in a sentence.
    Failed(String),
}
