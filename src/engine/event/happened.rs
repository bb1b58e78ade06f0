//! The one enum of all that may happen.

use super::call::CallChange;
use super::chat::{Contact, Delivery, Message, Presence, Show};
use super::directory::DirectoryTold;
use super::history::{Conversation, Hit, Page, PastCall};
use super::link::{Identity, LinkState, Problem, Service};
use super::names::{AccountName, CallId, MessageKey, Ticket};
use super::notice::Notice;
use super::refusal::Refusal;
use super::sealed::Sealed;
use super::settings::Setting;
use super::signin::SignInTold;
use super::sound::Sound;
use super::voicemail::{Playing, VoicemailTold};
use std::collections::BTreeMap;

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
    /// The settings of sign-in of an account by address, as they hold now.
    Settings {
        /// Whose.
        account: AccountName,
        /// They.
        settings: Vec<Setting>,
        /// The user has just changed them.
        changed: bool,
    },
    /// What is wanted of the user for the sealed file of passwords.
    Sealed(Sealed),
    /// The account that the user typed is not kept.
    AccountRefused(Refusal),
    /// The settings of sign-in that the user typed are not kept, or could not be read.
    SettingsRefused {
        /// Whose.
        account: AccountName,
        /// Why.
        refusal: Refusal,
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
    /// An account is there, or was changed.
    Account {
        /// Which.
        account: AccountName,
        /// What it is.
        identity: Identity,
    },
    /// The sign-in of an account by address goes on.
    SignIn {
        /// Whose.
        account: AccountName,
        /// What is told of it.
        told: SignInTold,
    },
    /// An account was removed.
    AccountGone {
        /// Which.
        account: AccountName,
    },
    /// What we show of ourselves is now this.
    OwnPresence {
        /// Of which account.
        account: AccountName,
        /// What is shown.
        show: Show,
        /// Text for people.
        status: String,
    },
    /// Somebody asks no more to see our presence, or was answered.
    SubscriptionSettled {
        /// Whom they asked.
        account: AccountName,
        /// Bare JID of who asked.
        from: String,
    },
    /// Somebody is writing to us, or has stopped (XEP-0085).
    Typing {
        /// To whom.
        account: AccountName,
        /// Bare JID of who writes.
        from: String,
        /// Is writing.
        typing: bool,
    },
    /// The conversations that are on disk, by bare address; told once, before the account is signed in.
    Conversations {
        /// Whose.
        account: AccountName,
        /// All of them.
        conversations: BTreeMap<String, Conversation>,
    },
    /// The user has seen all of a conversation, here or in another process.
    Seen {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
    },
    /// What the user has begun to write is on disk.
    DraftKept {
        /// Whose.
        account: AccountName,
        /// To whom: bare address.
        with: String,
        /// The text; empty for none.
        text: String,
    },
    /// A page that was asked for.
    Page {
        /// Whose.
        account: AccountName,
        /// The entries.
        page: Page,
    },
    /// What a search has found, newest first.
    Found {
        /// Of the command that asked.
        ticket: Ticket,
        /// Newest first.
        hits: Vec<Hit>,
        /// There are more.
        more: bool,
    },
    /// Calls of the history that were asked for, newest first.
    PastCalls {
        /// Of the command that asked.
        ticket: Ticket,
        /// Newest first.
        calls: Vec<PastCall>,
        /// There are older ones.
        more: bool,
    },
    /// A page, calls, or what was searched for, cannot be told: the disk refuses.
    ReadFailed {
        /// Of the command that asked.
        ticket: Ticket,
        /// What happened, why, and what to do next.
        problem: Problem,
    },
    /// A call that has ended is in the history.
    CallKept(PastCall),
    /// A mailbox, or what waits there.
    Voicemail {
        /// Whose.
        account: AccountName,
        /// What is told of it.
        told: VoicemailTold,
    },
    /// The directory of an account, or what was found there.
    Directory {
        /// Whose.
        account: AccountName,
        /// What is told of it.
        told: DirectoryTold,
    },
    /// What is played, or about to be; nothing any more for none.
    Playing(Option<Playing>),
    /// What there is for sound.
    Sound(Sound),
    /// A test of the microphone goes on: its level, 0 … 1; none when the test has ended.
    SoundLevel(Option<f32>),
}
