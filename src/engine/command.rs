//! What the user may want: the one enum that the screen, or a headless command, sends to the engine.

use super::event::{AccountName, CallId, MessageKey, PageFrom, PersonId, Show, SignInReply, Ticket, VoicemailId};
use crate::machine::Secret;

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
    /// Let our microphone be heard no more in a call, or again.
    Mute {
        /// Which.
        call: CallId,
        /// Silent, or heard.
        muted: bool,
    },
    /// Show this of ourselves (RFC 6121 §4): at once where signed in, and at each sign-in from now on.
    SetPresence {
        /// Of which account.
        account: AccountName,
        /// What is shown; [`Show::Offline`] shows nobody anything and stays signed in.
        show: Show,
        /// Text for people.
        status: String,
    },
    /// Put somebody in the roster, or change name and groups of who is there already; whoever is new is asked to let us
    /// see their presence.
    KeepContact {
        /// Whose roster.
        account: AccountName,
        /// As typed: a bare JID.
        jid: String,
        /// The user's name for them; empty for none.
        name: String,
        /// Groups.
        groups: Vec<String>,
    },
    /// Take somebody out of the roster; neither sees the other's presence any more.
    RemoveContact {
        /// Whose roster.
        account: AccountName,
        /// Bare JID.
        jid: String,
    },
    /// Let somebody who asked see our presence, and ask to see theirs where we do not.
    AllowSubscription {
        /// Whom they asked.
        account: AccountName,
        /// Bare JID of who asked.
        from: String,
    },
    /// Do not.
    RefuseSubscription {
        /// Whom they asked.
        account: AccountName,
        /// Bare JID of who asked.
        from: String,
    },
    /// The user is writing to somebody, or has stopped (XEP-0085).
    Typing {
        /// From whom.
        account: AccountName,
        /// Bare JID of the other side.
        to: String,
        /// Is writing.
        typing: bool,
    },
    /// Read the list of conversations from disk; answered by [`super::event::Event::Conversations`]. It is read
    /// without being asked for where there is a screen, before signing in: what comes after is told message by message.
    ReadConversations {
        /// Whose.
        account: AccountName,
    },
    /// Read some entries of a conversation from disk; answered by a page.
    ReadConversation {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
        /// Where the page begins.
        from: PageFrom,
        /// So many entries at most.
        count: u16,
        /// Echoed in the page.
        ticket: Ticket,
    },
    /// The user has seen all of a conversation that was told.
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
    /// Give up a message that is unsent, unknown or failed: it stays in the history as failed.
    GiveUp {
        /// Whose.
        account: AccountName,
        /// Which.
        message: MessageKey,
    },
    /// Search all messages of all accounts.
    Search {
        /// Words, as typed; the last one may be the beginning of a word.
        words: String,
        /// So many at most.
        count: u16,
        /// Echoed in what is found.
        ticket: Ticket,
    },
    /// Read calls of all accounts from the history, newest first.
    ReadCalls {
        /// Older than this place, else from the newest.
        before: Option<super::event::Place>,
        /// So many at most.
        count: u16,
        /// Echoed in what is read.
        ticket: Ticket,
    },
    /// The password that the user has typed; whatever waits for it goes on.
    GivePassword {
        /// Whose.
        account: AccountName,
        /// It.
        password: Secret,
        /// Keep it in the keyring once the server has accepted it.
        keep: bool,
    },
    /// The passphrase that the user has typed for the sealed file of passwords, or has chosen for a new one.
    GivePassphrase {
        /// It.
        passphrase: Secret,
    },
    /// Give none: whoever waits for it is signed out.
    LeaveSealed,
    /// Answer what the sign-in of an account by address asks.
    ReplySignIn {
        /// Of which account.
        account: AccountName,
        /// The answer.
        reply: SignInReply,
    },
    /// Read the settings of sign-in of an account by address; answered by [`super::event::Event::Settings`].
    ReadSettings {
        /// Whose.
        account: AccountName,
    },
    /// Change them. They count from the next sign-in on.
    ChangeSettings {
        /// Whose.
        account: AccountName,
        /// As typed.
        settings: NewSettings,
    },
    /// Accept this certificate of this server, exactly as it is, and sign in again.
    Trust {
        /// For which account.
        account: AccountName,
        /// The host, as it was named.
        host: String,
        /// Its port.
        port: u16,
        /// Fingerprint, as in [`super::event::Certificate::sha256`].
        sha256: String,
        /// Until the user logs out of this machine only.
        session: bool,
    },
    /// Keep a new account, and sign in.
    AddAccount(NewAccount),
    /// Sign out, and remove an account's file; its history stays.
    RemoveAccount {
        /// Which.
        account: AccountName,
    },
    /// Something with the mailbox of an account.
    Voicemail {
        /// Whose.
        account: AccountName,
        /// What.
        wish: VoicemailWish,
    },
    /// Something with the directory of an account.
    Directory {
        /// Whose.
        account: AccountName,
        /// What.
        wish: DirectoryWish,
    },
    /// Something with what is played.
    Player(PlayerWish),
    /// Look again at what there is for sound; answered by [`super::event::Event::Sound`].
    LookForSound,
    /// Use these devices for calls from now on.
    ChooseSound {
        /// By name; none for the system's default.
        input: Option<String>,
        /// By name; none for the system's default.
        output: Option<String>,
    },
    /// Play a tone and tell the level of the microphone, or stop doing so.
    TestSound {
        /// Begin, or stop.
        on: bool,
    },
}

/// What may be wanted of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoicemailWish {
    /// Read what is in it.
    Read,
    /// Play a message from its beginning; it counts as heard then.
    Play(VoicemailId),
    /// Fetch the sound of a message; answered by [`super::event::VoicemailTold::Fetched`] under this ticket.
    Fetch(VoicemailId, Ticket),
    /// Mark a message as heard, or as not heard.
    Mark {
        /// Which.
        message: VoicemailId,
        /// It has been heard.
        read: bool,
    },
    /// Delete a message: where the server keeps what is deleted, it can be put back.
    Delete(VoicemailId),
    /// Put a message back that was deleted.
    Undelete(VoicemailId),
}

impl VoicemailWish {
    /// The message that it is about.
    #[must_use]
    pub fn message(&self) -> Option<&VoicemailId> {
        match self {
            VoicemailWish::Read => None,
            VoicemailWish::Play(message)
            | VoicemailWish::Fetch(message, _)
            | VoicemailWish::Mark { message, .. }
            | VoicemailWish::Delete(message)
            | VoicemailWish::Undelete(message) => Some(message),
        }
    }
}

/// What may be wanted of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryWish {
    /// Find people by a name, a number or an address, once nothing else was wanted for a moment; what was wanted before is
    /// wanted no longer. Answered by [`super::event::DirectoryTold::Found`] or `Failed` under this ticket.
    Search {
        /// As typed.
        words: String,
        /// So many at most.
        most: u16,
        /// Echoed in the answer.
        ticket: Ticket,
    },
    /// What was searched for last is wanted no longer.
    Cancel,
    /// All that is known of somebody; answered as a search that has found one, or nobody.
    Show {
        /// Who.
        person: PersonId,
        /// Echoed in the answer.
        ticket: Ticket,
    },
    /// Somebody's photo; answered by [`super::event::DirectoryTold::Photo`].
    Photo(PersonId),
}

/// What may be wanted of what is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayerWish {
    /// Stand still, or go on; what was heard to its end begins anew.
    Pause(bool),
    /// Go so many milliseconds on, or back, as far as there is sound.
    Seek(i64),
    /// Play nothing any more.
    Stop,
}

/// An account as the user typed it: by address, or on open standards. Empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// The user's name for it.
    pub name: String,
    /// `USER@DOMAIN`: discovery finds the servers.
    pub address: String,
    /// For an address: the name server to ask, as HOST:PORT.
    pub dns: String,
    /// For an address: the CAS to ask.
    pub cas: String,
    /// For an address: the port for files by TFTP.
    pub tftp_port: String,
    /// For an address: no CAS is asked, and so no Webex.
    pub without_cas: bool,
    /// JID.
    pub jid: String,
    /// `HOST:PORT[;tls=direct]`
    pub xmpp_server: String,
    /// SIP URI.
    pub sip: String,
    /// `sip:HOST:PORT;transport=udp|tcp|tls`
    pub sip_proxy: String,
    /// Path of a PEM file with authorities.
    pub ca: String,
    /// SIP and sound in clear are allowed.
    pub allow_cleartext: bool,
    /// The command that prints the password.
    pub password_command: String,
}

/// Settings of sign-in as the user typed them: the guides' Advanced Settings. Empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSettings {
    /// Who authenticates, as `offhook settings authenticator` takes it; `automatic` clears what was set by hand.
    pub authenticator: String,
    /// Of `cup` and `cucm`: HOST or HOST:PORT.
    pub server: String,
    /// Of `cucm8`.
    pub tftp: String,
    /// Of `cucm8`.
    pub cti: String,
    /// Of `cucm8`.
    pub ccmcip: String,
    /// The name server to ask, as HOST:PORT.
    pub dns: String,
    /// The CAS to ask, and of `webex`: a URL.
    pub cas: String,
    /// The port for files by TFTP.
    pub tftp_port: String,
    /// Path of a PEM file with authorities.
    pub ca: String,
    /// `WEBEX`, `CUCM` and `CUP`, as far as discovery leaves them out.
    pub excluded: Vec<String>,
    /// The softphone, where there are several.
    pub device: String,
    /// Legs may go in clear.
    pub allow_cleartext: bool,
}

/// Which of an account's services a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Services {
    /// XMPP.
    pub chat: bool,
    /// SIP: register, so that calls come in.
    pub phone: bool,
    /// The mailbox.
    pub voicemail: bool,
    /// XMPP: whether this process is there for what comes.
    pub attendance: Attendance,
}

impl Services {
    /// All that the account has.
    pub const ALL: Services = Services { chat: true, phone: true, voicemail: true, attendance: Attendance::Present };
    /// XMPP only.
    pub const CHAT: Services = Services { chat: true, phone: false, voicemail: false, attendance: Attendance::Present };
    /// XMPP only, and only to send.
    pub const SEND: Services = Services { chat: true, phone: false, voicemail: false, attendance: Attendance::Passing };
    /// SIP only.
    pub const PHONE: Services = Services { chat: false, phone: true, voicemail: false, attendance: Attendance::Present };
    /// None: what the account has is found out, and its directory can be asked.
    pub const DIRECTORY: Services = Services { chat: false, phone: false, voicemail: false, attendance: Attendance::Present };
    /// The mailbox only.
    pub const VOICEMAIL: Services = Services { chat: false, phone: false, voicemail: true, attendance: Attendance::Present };
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
