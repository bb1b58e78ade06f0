//! What the user may want: the one enum that the screen, or a headless command, sends to the engine.

use super::event::{AccountName, CallId, MessageKey, Ticket};

/// A wish of the user. Whatever comes of it is told by events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sign in: connect to chat, register the phone, whichever the account has.
    SignIn {
        /// Who.
        account: AccountName,
        /// Which services, for commands that need only one of them.
        services: Services,
    },
    /// Sign out in order: unavailable presence and end of stream, unregistration.
    SignOut {
        /// Who.
        account: AccountName,
    },
    /// Send `body` to `to`. It is on disk before it is on the wire.
    Send {
        /// From whom.
        account: AccountName,
        /// A bare or full JID as typed.
        to: String,
        /// The text.
        body: String,
        /// Echoed in [`super::event::Event::Message`], so that the sender knows its own.
        ticket: Ticket,
    },
    /// Send a message that is on disk as unsent, failed or unknown; the user has seen that it may arrive twice.
    SendAgain {
        /// From whom.
        account: AccountName,
        /// Which.
        message: MessageKey,
    },
    /// Call `target`: a number, a SIP URI, or `user@host`.
    Call {
        /// From which account.
        account: AccountName,
        /// As typed.
        target: String,
        /// Echoed in the first event of the call.
        ticket: Ticket,
    },
    /// Answer a ringing call.
    Answer {
        /// Which.
        call: CallId,
    },
    /// Refuse a ringing call: 603 where the user declines, 486 where `busy`.
    Decline {
        /// Which.
        call: CallId,
        /// Say busy instead of declined.
        busy: bool,
    },
    /// End a call, or give up a call that is not answered yet (CANCEL).
    HangUp {
        /// Which.
        call: CallId,
    },
    /// Put the far side on hold (re-INVITE, RFC 3264 §8.4).
    Hold {
        /// Which.
        call: CallId,
    },
    /// Take it back.
    Resume {
        /// Which.
        call: CallId,
    },
    /// Press a key: `0`–`9`, `*`, `#`, `A`–`D` (RFC 4733).
    Dtmf {
        /// Which call.
        call: CallId,
        /// Which key.
        key: char,
    },
}

/// Which of an account's services a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Services {
    /// XMPP.
    pub chat: bool,
    /// SIP: register, so that calls come in.
    pub phone: bool,
    /// XMPP: whether this process is there for what comes.
    pub attendance: Attendance,
}

impl Services {
    /// All that the account has.
    pub const ALL: Services = Services { chat: true, phone: true, attendance: Attendance::Present };
    /// XMPP only.
    pub const CHAT: Services = Services { chat: true, phone: false, attendance: Attendance::Present };
    /// XMPP only, and only to send.
    pub const SEND: Services = Services { chat: true, phone: false, attendance: Attendance::Passing };
    /// SIP only.
    pub const PHONE: Services = Services { chat: false, phone: true, attendance: Attendance::Present };
}

/// Whether a session is there for what comes, or only passes by to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attendance {
    /// Available presence, roster, carbons, and what was missed is fetched: what comes is for this process.
    #[default]
    Present,
    /// No presence and no catching up, so that what waits at the server still waits for the process that listens.
    Passing,
}
