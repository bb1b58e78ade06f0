//! What a sign-in at Cisco Unified Communications Manager has found: who the user is, and which services they have where.

use crate::engine::event::{Authenticator, ProductMode};
use crate::engine::signin::Server;
use crate::engine::signin::cup::window::Window;
use crate::machine::RemoteText;
use crate::protocol::cisco::precedence::Origin;
use crate::protocol::cisco::{ClientConfig, PhotoUri, ServiceProfile};
use crate::protocol::sip::flow::Transport;

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// What the client is for this user.
    pub product_mode: ProductMode,
    /// Who says that the user is who they say, from now on.
    pub authenticator: Authenticator,
    /// Name for people.
    pub display_name: RemoteText,
    /// Chat and presence, where the user has them.
    pub chat: Option<ChatService>,
    /// The phone, where the user has one that can be used.
    pub phone: Option<DevicePhone>,
    /// Voicemail, where the user has it.
    pub voicemail: Option<VoicemailService>,
    /// Where people are searched for.
    pub directory: Directory,
    /// `jabber-config.xml`, empty where there is none; none where it could not be had.
    pub client_config: Option<ClientConfig>,
    /// The service profile; empty where there is none.
    pub service_profile: ServiceProfile,
    /// Values that hold, and where they came from.
    pub settled: Vec<Settled>,
}

/// IM and Presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatService {
    /// Bare JID.
    pub jid: String,
    /// XMPP servers in the order to try; empty for the SRV records of the JID's domain.
    pub servers: Vec<Server>,
    /// Messages are allowed; else contacts and presence only.
    pub messages: bool,
    /// EPAS at the same nodes, where XMPP wants one-time passwords; empty where it takes the password itself.
    pub logins: Vec<Server>,
    /// How long to wait before the next sign-in after a node was lost.
    pub window: Window,
    /// The domains that a node may send us to, beside that of the account.
    pub domains: Vec<String>,
}

impl ChatService {
    /// One that takes the password itself.
    #[must_use]
    pub fn new(jid: String, servers: Vec<Server>, messages: bool) -> ChatService {
        let (logins, domains, window) = (Vec::new(), Vec::new(), Window::default());
        ChatService { jid, servers, messages, logins, window, domains }
    }
}

/// A softphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePhone {
    /// Its name, as in `CSFANA`.
    pub device: String,
    /// Number of its model, as in 503.
    pub model: u32,
    /// Address of record, as in `sip:1001@cucm1.lab.example`.
    pub address: String,
    /// The directory number, or what else its line is called.
    pub number: String,
    /// Shown to those who are called.
    pub display_name: RemoteText,
    /// User part of the Contact.
    pub contact: String,
    /// User name for the digest.
    pub auth_name: String,
    /// Where to register, in the order to try.
    pub registrars: Vec<Registrar>,
    /// How securely.
    pub security: PhoneSecurity,
    /// Lowest and highest port for RTP.
    pub media_ports: (u16, u16),
    /// Byte of the type of service for sound.
    pub audio_tos: u8,
    /// Byte of the type of service for signalling.
    pub signalling_tos: u8,
    /// Asked for at registration, in seconds.
    pub register_expires: u32,
    /// RTP payload type of DTMF.
    pub dtmf_payload: u8,
    /// Number of the voicemail.
    pub voicemail_pilot: Option<String>,
    /// Changes with the configuration of the device.
    pub version_stamp: Option<String>,
}

/// A node to register with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrar {
    /// Where.
    pub server: Server,
    /// Over what.
    pub transport: Transport,
}

impl Registrar {
    /// As an outbound proxy URI.
    #[must_use]
    pub fn uri(&self) -> String {
        let transport = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        format!("sip:{};transport={transport}", self.server)
    }
}

/// How securely a device registers and talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneSecurity {
    /// Everything in clear.
    Clear,
    /// Signalling over TLS, media in clear.
    Authenticated,
    /// Signalling over TLS, media over SRTP with keys from the signalling (SDES).
    Encrypted,
}

/// Unity Connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoicemailService {
    /// Servers of its REST interface, in the order to try.
    pub servers: Vec<Server>,
    /// Whose user name and password it takes, as the profile says it; blank for its own.
    pub credentials_source: Option<RemoteText>,
}

/// The directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Nodes of UDS, in the order to try.
    pub uds: Vec<Server>,
    /// They are those that the user has signed in at with their password.
    pub is_home: bool,
    /// Shorter words are not searched for (`MinimumCharacterQuery`).
    pub shortest: u8,
    /// Where photos are (`UdsPhotoUriWithToken`).
    pub photos: Option<PhotoUri>,
}

impl Default for Directory {
    fn default() -> Directory {
        Directory { uds: Vec::new(), is_home: false, shortest: 3, photos: None }
    }
}

/// A value that holds, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// As the parameter is called in the guides.
    pub name: &'static str,
    /// It.
    pub value: RemoteText,
    /// Where it came from.
    pub origin: Origin,
}
