//! What the engine asks of the world and hears back: DNS, the store, secrets, a media port. No future crosses into a
//! pure room: the engine says [`Question`] and, some inputs later, hears [`Answer`] under the same [`AskId`].

use super::event::{AccountName, CallId, Delivery, Message, MessageKey, Service};
use crate::machine::{Secret, Stamp};
use crate::protocol::dns;
use std::net::{IpAddr, SocketAddr};

/// Joins an answer to its question. Never used twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// Something that only the world knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Of the DNS.
    Dns(dns::Question),
    /// The account's password: the stored command, else the keyring, else the user.
    Password {
        /// Whose.
        account: AccountName,
        /// For which service, so that a prompt can say so.
        service: Service,
    },
    /// A pair of UDP ports for RTP and RTCP on this local address.
    MediaPort {
        /// For which call.
        call: CallId,
        /// The address that the flow to the SIP server has on our side.
        local: IpAddr,
    },
    /// Of the disk.
    Store(StoreQuestion),
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Dns`].
    Dns(dns::Answer),
    /// To [`Question::Password`]; `Err` says why there is none, in a sentence.
    Password(Result<Secret, String>),
    /// To [`Question::MediaPort`]: where RTP will be heard; RTCP is on the next port.
    MediaPort(Result<SocketAddr, String>),
    /// To [`Question::Store`].
    Store(Result<StoreAnswer, String>),
}

/// What is asked of the disk. Each is one transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreQuestion {
    /// Keep a message that we wrote, before it goes to the wire. `delivery` is [`Delivery::Unsent`], or
    /// [`Delivery::Unknown`] when it will go out as soon as this is answered.
    Keep {
        /// Whose.
        account: AccountName,
        /// The message.
        message: Message,
    },
    /// Keep messages that came, in this order, in one transaction; those whose key is there already change nothing.
    Receive {
        /// Whose.
        account: AccountName,
        /// With their conversation partner's bare JID in `from` or `to`.
        messages: Vec<Message>,
    },
    /// A message of ours has come this far. What is [`Delivery::Sent`] never becomes unsent or unknown again: another
    /// process may have heard of it first.
    Deliver {
        /// Whose.
        account: AccountName,
        /// Which.
        message: MessageKey,
        /// How far.
        delivery: Delivery,
    },
    /// Our messages whose delivery is unsent or unknown, oldest first.
    Outstanding {
        /// Whose.
        account: AccountName,
    },
    /// The newest archive id that we hold, and the newest stamp, to ask the archive for what came after.
    ArchivePosition {
        /// Whose.
        account: AccountName,
    },
    /// The archive has been read up to here.
    MoveArchivePosition {
        /// Whose.
        account: AccountName,
        /// Archive id of the last result (XEP-0313); empty when the archive was empty.
        last: String,
    },
    /// A call is over: for the history.
    KeepCall {
        /// Whose.
        account: AccountName,
        /// The record.
        call: CallRecord,
    },
}

/// What the disk answers.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreAnswer {
    /// Done, and on disk.
    Done,
    /// To [`StoreQuestion::Receive`]: those that were new.
    New(Vec<MessageKey>),
    /// To [`StoreQuestion::Outstanding`].
    Outstanding(Vec<Message>),
    /// To [`StoreQuestion::ArchivePosition`].
    ArchivePosition {
        /// Archive id, where the archive has been read before; empty when it was empty then.
        last: Option<String>,
        /// Of the newest message that is on disk.
        newest: Option<Stamp>,
    },
}

/// A call in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// They called us.
    pub incoming: bool,
    /// The far side's URI, as it came.
    pub peer: String,
    /// What it called itself.
    pub name: String,
    /// When it began.
    pub began: Stamp,
    /// When it was answered, if it was.
    pub answered: Option<Stamp>,
    /// When it ended.
    pub ended: Stamp,
    /// The word of [`super::event::CallEnd`].
    pub end: String,
    /// Why, as it came.
    pub reason: String,
}
