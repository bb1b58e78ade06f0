//! What the engine asks of the world and hears back: DNS, the store, secrets, a media port. No future crosses into a
//! pure room: the engine says [`Question`] and, some inputs later, hears [`Answer`] under the same [`AskId`].

use super::command::{NewAccount, NewSettings};
use super::event::{
    AccountName, CallId, CallRecord, Conversation, Delivery, Hit, Message, MessageKey, Page, PageFrom, PastCall, Place,
    Problem, Refusal, Service, Setting, Sound, Ticket,
};
use super::settings::Account;
use super::signin::cup::Token;
use super::signin::{self, CacheChange, Choice, Launch, Server};
use crate::machine::{Secret, Stamp};
use crate::protocol::dns;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Joins an answer to its question. Never used twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// Something that only the world knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Of the DNS: the account's own name server, else those of the system.
    Dns(AccountName, dns::Question),
    /// What is known at a start of this account's sign-in by address: its settings, the caches and the bootstrap file.
    Launch(AccountName),
    /// What a sign-in by address asks; connections, cookies and trusted certificates are the account's.
    SignIn {
        /// Whose.
        account: AccountName,
        /// What.
        question: signin::Question,
    },
    /// Keep what discovery has found, for later launches.
    KeepDiscovery(CacheChange),
    /// Keep what the user has agreed to while they signed in, for later sign-ins.
    KeepChoice {
        /// Whose.
        account: AccountName,
        /// What.
        choice: Choice,
    },
    /// The account's password: its command's, else the one that is kept, else the user's.
    Password {
        /// Whose.
        account: AccountName,
        /// For which service, so that a prompt can say so.
        service: Service,
    },
    /// A one-time password for chat, of the presence server that the account is signed in at. Its own sign-in answers it; it
    /// never leaves the engine.
    Token {
        /// Whose.
        account: AccountName,
        /// Which node.
        node: Server,
        /// By a new session, else with the one that there is.
        fresh: bool,
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
    /// Keep the password that the server has accepted, where passwords are kept.
    KeepPassword {
        /// Whose.
        account: AccountName,
        /// For which service.
        service: Service,
        /// It.
        password: Secret,
    },
    /// Open the sealed file of passwords for this run, or make it.
    Unseal {
        /// What it is, or is to be, sealed with.
        passphrase: Secret,
        /// Make it: there is none yet.
        new: bool,
    },
    /// Pin a certificate.
    Trust {
        /// For which account.
        account: AccountName,
        /// The host, as it was named.
        host: String,
        /// Its port.
        port: u16,
        /// Fingerprint.
        sha256: String,
        /// Until the user logs out of this machine only.
        session: bool,
    },
    /// The settings of sign-in of an account by address, after this change where there is one.
    Settings {
        /// Whose.
        account: AccountName,
        /// As typed.
        change: Option<NewSettings>,
    },
    /// Check what the user typed, and keep it as an account.
    AddAccount(NewAccount),
    /// Remove an account's file, what is trusted for it, and its passwords wherever they are kept.
    RemoveAccount(AccountName),
    /// A photo that was kept for this account, and is not too old, by where it came from.
    KeptPhoto {
        /// Whose.
        account: AccountName,
        /// Its URL.
        url: String,
    },
    /// Keep a photo, so that it is not fetched again for a while. Others may have to go for it.
    KeepPhoto {
        /// Whose.
        account: AccountName,
        /// Its URL.
        url: String,
        /// The file.
        file: Arc<[u8]>,
    },
    /// What there is for sound, after the user's choice where one was made now.
    Sound(Option<ChosenSound>),
}

/// Devices by name; none for the system's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenSound {
    /// To be heard from.
    pub input: Option<String>,
    /// To be played to.
    pub output: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Dns`].
    Dns(dns::Answer),
    /// To [`Question::Launch`].
    Launch(Result<Box<Launch>, Problem>),
    /// To [`Question::SignIn`].
    SignIn(signin::Answer),
    /// To [`Question::Password`].
    Password(Result<Secret, NoPassword>),
    /// To [`Question::Token`].
    Token(Result<Token, Problem>),
    /// To [`Question::MediaPort`]: where RTP will be heard; RTCP is on the next port.
    MediaPort(Result<SocketAddr, String>),
    /// To [`Question::Store`].
    Store(Result<StoreAnswer, String>),
    /// To [`Question::KeepPassword`]: where it is kept, as the end of “it is kept …”.
    Kept(Result<&'static str, NotKept>),
    /// To [`Question::Unseal`]: whether the passphrase opens it.
    Unsealed(Result<bool, Problem>),
    /// To [`Question::Trust`], [`Question::RemoveAccount`], [`Question::KeepDiscovery`], [`Question::KeepChoice`] and
    /// [`Question::KeepPhoto`].
    Done(Result<(), Problem>),
    /// To [`Question::AddAccount`].
    Account(Result<Account, Refusal>),
    /// To [`Question::Settings`].
    Settings(Result<Vec<Setting>, Refusal>),
    /// To [`Question::KeptPhoto`]: the file, whatever is in it.
    Photo(Option<Vec<u8>>),
    /// To [`Question::Sound`].
    Sound(Sound),
}

/// Why there is no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPassword {
    /// None is stored: the user, who looks at a screen, is to be asked by it.
    AskUser,
    /// It is in the sealed file, whose passphrase has not been given.
    Sealed,
    /// In a sentence.
    Because(String),
}

/// Why a password is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// It is to be kept in the sealed file, which is not open.
    Sealed(SealedFile),
    /// Something else.
    Because(Problem),
}

/// Why the sealed file is not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedFile {
    /// Its passphrase has not been given.
    Locked,
    /// There is none yet.
    Absent,
}

impl std::fmt::Display for NoPassword {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoPassword::AskUser => out.write_str("There is no password stored, and the user has not been asked."),
            NoPassword::Sealed => out.write_str("The passwords are sealed, and their passphrase has not been given."),
            NoPassword::Because(why) => out.write_str(why),
        }
    }
}

/// What is asked of the disk. Each happens whole or not at all, and is on disk when it is answered. All but [`StoreQuestion::Search`] are answered in the order in which
/// they were asked, so that a page, or the list of conversations, holds just what was written before it was answered.
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
    /// A message of ours has come this far. What is [`Delivery::Sent`] never becomes unsent or unknown again, and what is
    /// [`Delivery::Delivered`] stays so: another process may have heard of it first.
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
    /// Our newest messages that went out and of which nobody has said that they arrived (XEP-0184); answered by
    /// [`StoreAnswer::Outstanding`], oldest first.
    Undelivered {
        /// Whose.
        account: AccountName,
        /// So many at most.
        count: u16,
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
        /// In whose conversation it stands, where its address does not say it.
        with: Option<String>,
        /// Whose.
        account: AccountName,
        /// The record.
        call: CallRecord,
    },
    /// One message of ours, whatever has become of it; answered as [`StoreQuestion::Outstanding`] is, with at most one.
    Ours {
        /// Whose.
        account: AccountName,
        /// Which.
        message: MessageKey,
    },
    /// All conversations of an account, as a list.
    Conversations {
        /// Whose.
        account: AccountName,
    },
    /// Some entries of a conversation.
    Page {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
        /// Where it begins.
        from: PageFrom,
        /// So many entries at most.
        count: u16,
        /// Echoed in the page.
        ticket: Ticket,
    },
    /// The user has seen a conversation up to its newest entry on disk.
    MarkSeen {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
    },
    /// Keep what the user has begun to write; empty for nothing.
    KeepDraft {
        /// Whose.
        account: AccountName,
        /// To whom: bare address.
        with: String,
        /// The text.
        text: String,
    },
    /// Search all messages.
    Search {
        /// Words, as typed; the last one may be the beginning of a word.
        words: String,
        /// So many at most.
        count: u16,
    },
    /// Calls of the history, newest first.
    Calls {
        /// Older than this, else from the newest.
        before: Option<Place>,
        /// So many at most.
        count: u16,
    },
}

/// What the disk answers.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreAnswer {
    /// Done, and on disk.
    Done,
    /// To [`StoreQuestion::Receive`]: those that were new.
    New(Vec<MessageKey>),
    /// To [`StoreQuestion::Outstanding`] and [`StoreQuestion::Undelivered`].
    Outstanding(Vec<Message>),
    /// To [`StoreQuestion::ArchivePosition`].
    ArchivePosition {
        /// Archive id, where the archive has been read before; empty when it was empty then.
        last: Option<String>,
        /// Of the newest message that is on disk.
        newest: Option<Stamp>,
    },
    /// To [`StoreQuestion::KeepCall`]: where it stands now.
    CallKept(Place),
    /// To [`StoreQuestion::Conversations`], by bare address.
    Conversations(BTreeMap<String, Conversation>),
    /// To [`StoreQuestion::Page`].
    Page(Page),
    /// To [`StoreQuestion::Search`], newest first, and whether there are more.
    Found(Vec<Hit>, bool),
    /// To [`StoreQuestion::Calls`], newest first, and whether there are more.
    Calls(Vec<PastCall>, bool),
}
