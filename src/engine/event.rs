//! What may happen: the one enum that the engine tells the screen. [`super::state::State`] is the fold of these.

use crate::machine::{RemoteText, Stamp};
use std::time::Duration;

/// The name the user gave an account: also the name of its file, so it is ASCII letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(pub String);

impl std::fmt::Display for AccountName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// A call of this run of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A number that the sender of a command chooses and finds again in the event that answers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A message in the store: for one that we wrote its origin id (XEP-0359), for one that came the id that the archive
/// gave it, else one that we made up. Unique within an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub String);

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A service of an account changed its state.
    Link {
        /// Whose.
        account: AccountName,
        /// Which.
        service: Service,
        /// What it is now.
        state: LinkState,
    },
    /// Chat: what was missed has been fetched from the archive, or there is no archive to ask.
    CaughtUp {
        /// Whose.
        account: AccountName,
    },
    /// A message is new in a conversation. One that we wrote is told once it is on disk.
    Message {
        /// Whose.
        account: AccountName,
        /// The message.
        message: Message,
        /// Of the `Command::Send` that it came from.
        ticket: Option<Ticket>,
    },
    /// How far one of our messages has come.
    Delivery {
        /// Whose.
        account: AccountName,
        /// Which.
        message: MessageKey,
        /// How far.
        delivery: Delivery,
    },
    /// A roster item is new or changed (RFC 6121 §2).
    Contact {
        /// Whose roster.
        account: AccountName,
        /// The item.
        contact: Contact,
    },
    /// A roster item was removed.
    ContactGone {
        /// Whose roster.
        account: AccountName,
        /// Bare JID.
        jid: String,
    },
    /// Somebody who may tell us so has a new presence.
    Presence {
        /// Whose session.
        account: AccountName,
        /// Who and what.
        presence: Presence,
    },
    /// Somebody asks to see our presence (RFC 6121 §3.1.3).
    SubscriptionAsked {
        /// Whom.
        account: AccountName,
        /// Bare JID of who asks.
        from: String,
    },
    /// A call began, moved on, or ended.
    Call {
        /// Which.
        call: CallId,
        /// What happened.
        change: CallChange,
    },
    /// The user should know.
    Notice(Notice),
}

/// The parts of an account that connect by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// XMPP.
    Chat,
    /// SIP.
    Phone,
}

/// What a service is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not signed in, and not trying.
    Offline,
    /// Looking for a server, connecting, authenticating.
    Connecting,
    /// Signed in. For chat, as this full JID; for the phone, as this address of record.
    Online {
        /// Full JID or address of record.
        address: String,
    },
    /// The link is lost; it will be tried again without the user.
    Waiting {
        /// What happened.
        why: Problem,
        /// After how long.
        retry_in: Duration,
    },
    /// It will not be tried again until the user acts: refused password, untrusted certificate, no server.
    Failed(Problem),
}

/// A failure as a value: what happened, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind, for exit codes and tests.
    pub kind: ProblemKind,
    /// What happened and why, in a sentence.
    pub what: String,
    /// What to do next, in a sentence; for a command line, the command.
    pub next: String,
}

impl Problem {
    /// A failure of `kind`: what happened, and what to do next.
    #[must_use]
    pub fn new(kind: ProblemKind, what: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem { kind, what: what.into(), next: next.into() }
    }

    /// A failure of our own disk, devices or settings.
    #[must_use]
    pub fn local(what: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Local, what, next)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.what)?;
        if !self.next.is_empty() {
            write!(out, " {}", self.next)?;
        }
        Ok(())
    }
}

/// The kinds of failure that programs tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No server was found, or none could be reached.
    Unreachable,
    /// The certificate is not trusted for this name.
    Untrusted,
    /// The server refused the password.
    Password,
    /// The server refused the account, or offers no way to sign in that is allowed.
    Refused,
    /// It would have gone in clear, and that is not allowed for this account.
    Clear,
    /// The other side broke the protocol, or refused for another reason.
    Protocol,
    /// Our own disk, devices or settings.
    Local,
}

/// A message in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the store.
    pub key: MessageKey,
    /// The stanza's `id`, or the origin id, as the sender wrote it.
    pub id: RemoteText,
    /// Who wrote it: full JID where known.
    pub from: RemoteText,
    /// To whom.
    pub to: RemoteText,
    /// The text.
    pub body: RemoteText,
    /// When it was written, as far as a trusted stamp says so, else when it came.
    pub at: Stamp,
    /// We wrote it, here or on another of our devices.
    pub ours: bool,
    /// It was missed, and comes from the archive (XEP-0313), or waited at a server that has one: it did not come live.
    pub archived: bool,
    /// For our own: how far it has come.
    pub delivery: Delivery,
}

/// How far a message of ours has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Not ours.
    Received,
    /// On disk, never handed to the wire.
    Unsent,
    /// On the wire, or it may have been when we were killed or cut off: only the server knows.
    Unknown,
    /// The server has acknowledged it.
    Sent,
    /// It came back with an error.
    Failed(RemoteText),
}

/// A roster item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Bare JID.
    pub jid: String,
    /// The name that the user gave it; empty for none.
    pub name: RemoteText,
    /// Whether we see their presence.
    pub we_see_them: bool,
    /// Whether they see ours.
    pub they_see_us: bool,
    /// We have asked to see theirs, and they have not answered.
    pub asked: bool,
    /// Groups.
    pub groups: Vec<RemoteText>,
}

/// One resource's presence (RFC 6121 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Full JID, or bare where the server speaks.
    pub from: RemoteText,
    /// What is shown.
    pub show: Show,
    /// Text for people.
    pub status: RemoteText,
    /// −128 … 127.
    pub priority: i8,
    /// When it was said: delayed stamps count only from our own server or the sender's.
    pub at: Stamp,
}

/// Availability, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Show {
    /// `<show>chat</show>`
    Chat,
    /// No `<show/>`.
    Available,
    /// `<show>away</show>`
    Away,
    /// `<show>xa</show>`
    ExtendedAway,
    /// `<show>dnd</show>`
    DoNotDisturb,
    /// `type='unavailable'`
    Offline,
}

impl Show {
    /// The word of RFC 6121, and `available` and `offline` for the two that have none.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Show::Chat => "chat",
            Show::Available => "available",
            Show::Away => "away",
            Show::ExtendedAway => "xa",
            Show::DoNotDisturb => "dnd",
            Show::Offline => "offline",
        }
    }
}

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
    },
    /// The far side rings (180), or progress with sound (183).
    Ringing {
        /// Sound comes before the answer.
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
    },
    /// What the media thread sees, a few times a second.
    Figures(Figures),
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

/// Something the user should know, outside any conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Whose account, if of one.
    pub account: Option<AccountName>,
    /// How much it matters.
    pub level: NoticeLevel,
    /// What happened, why, and what to do next.
    pub problem: Problem,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Something does not work as it should.
    Warning,
    /// Something does not work.
    Error,
}
