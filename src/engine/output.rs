//! What the engine wants done: a closed enum that the driver carries out without deciding anything.

use super::ask::{AskId, Question};
use super::event::{AccountName, CallId, Event};
use super::input::StanzaId;
use crate::machine::Secret;
use crate::protocol::rtp::MediaPlan;
use crate::protocol::sip::flow::{FlowId, Transport};
use crate::protocol::xmpp::Stanza;
use std::net::SocketAddr;
use std::sync::Arc;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Tell the screen.
    Event(Event),
    /// Find out, and answer under this id.
    Ask(AskId, Question),
    /// On an account's XMPP link.
    Xmpp(AccountName, XmppOut),
    /// On a SIP flow.
    Sip(SipOut),
    /// In the media thread of a call.
    Media(CallId, MediaOut),
    /// On the sound devices, outside any call.
    Sound(SoundOut),
}

/// On the XMPP link of one account.
#[derive(Clone, Debug, PartialEq)]
pub enum XmppOut {
    /// Connect, authenticate and bind, or resume the stream that was lost. Answered by `Up` or `Down`. It replaces an
    /// attempt that is under way.
    Connect(XmppConnect),
    /// Send a stanza; with an id, its fate is told.
    Send(Option<StanzaId>, Stanza),
    /// End the stream in order and forget it.
    Close,
}

/// One attempt to sign in at one server.
#[derive(Clone, Debug, PartialEq)]
pub struct XmppConnect {
    /// Bare JID. Its domain names the stream and is what the certificate must show.
    pub jid: String,
    /// The resource to ask for.
    pub resource: String,
    /// The password.
    pub password: Secret,
    /// How long it is good for.
    pub lasts: Lasts,
    /// The stream goes on here, whichever home node its features name.
    pub stay: bool,
    /// Name of the host: the certificate may also show it, when it lies under the domain.
    pub host: String,
    /// Its addresses, in the order to try.
    pub addresses: Vec<SocketAddr>,
    /// How TLS begins.
    pub tls: XmppTls,
}

/// How long a password is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lasts {
    /// Until the user changes it: SCRAM or PLAIN.
    #[default]
    Long,
    /// For one stream: `CISCO-VTG-TOKEN`.
    Once,
}

/// How TLS begins on an XMPP stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmppTls {
    /// STARTTLS, and no further without it (RFC 7590).
    Required,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// STARTTLS where it is offered, else in clear: only with `--allow-cleartext`.
    Optional,
}

/// On SIP flows.
#[derive(Clone, Debug, PartialEq)]
pub enum SipOut {
    /// Open a flow. Answered by `Opened` or `Closed`.
    Open {
        /// The number that it gets.
        flow: FlowId,
        /// Whose: trust is kept per account.
        account: AccountName,
        /// How.
        transport: Transport,
        /// To where.
        remote: SocketAddr,
        /// TLS: the host name that was looked up, and the domain of the address of record; the certificate must show the
        /// domain, or the host when it lies under the domain.
        names: TlsNames,
    },
    /// Send bytes; `to` counts on a datagram flow only.
    Send {
        /// On which.
        flow: FlowId,
        /// To where.
        to: SocketAddr,
        /// A whole message.
        bytes: Vec<u8>,
    },
    /// Close it once all is sent.
    Close {
        /// Which.
        flow: FlowId,
    },
}

/// Which names a certificate may show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsNames {
    /// The domain of the account.
    pub domain: String,
    /// The host that we connect to, as it was named.
    pub host: String,
}

/// To the media thread of one call.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaOut {
    /// Nobody has answered yet, and these may be heard before they do, the newest last: the one that last began to send is,
    /// and nothing but silence and keys is sent. An empty list: nobody any more.
    Early(Vec<MediaPlan>),
    /// Begin, or go on under a new plan: the port and what is played and recorded stay.
    Run(Box<MediaPlan>),
    /// Press a key (RFC 4733).
    Dtmf(char),
    /// Silence instead of our sound, or our sound again; what is played goes on meanwhile.
    Mute(bool),
    /// We hold the far side, or not any more: a call that is held leaves the sound devices to the others.
    Hold(bool),
    /// Stop; answered by `Stopped`. The port is free again.
    Stop,
}

/// On the sound devices, outside any call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundOut {
    /// Ring like this until told otherwise; not at all for `None`. Calls that sound go before it.
    Ring(Option<Ring>),
    /// Play a tone and tell the level of the microphone, or stop doing so.
    Test(bool),
    /// To whatever plays messages.
    Player(PlayerOut),
}

/// To whatever plays messages, one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlayerOut {
    /// Play this file from its beginning, instead of another.
    Play {
        /// What is told of it bears this number.
        number: u64,
        /// It says that it is a WAV file, and may be anything.
        file: Arc<[u8]>,
    },
    /// Stand still, or go on.
    Pause(bool),
    /// Go so many milliseconds on, or back, as far as there is sound.
    Seek(i64),
    /// No more.
    Stop,
}

/// What is heard before a call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Somebody calls us.
    Bell,
    /// It rings at the far side (E.180).
    Ringback,
}
