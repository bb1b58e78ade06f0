//! Who has which number, and how the call manager behaves: what a site may say about it.

use super::speech::Cue;
use crate::protocol::rtp::Codec;
use crate::protocol::sip::flow::Transport;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How the call manager behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its own name: the host of the addresses of record.
    pub domain: String,
    /// Where it is heard, by each transport that it has.
    pub heard: BTreeMap<Transport, SocketAddr>,
    /// Where it hears and sends sound, on ports 16384 to 32766 (fact sheet §12.3).
    pub media: IpAddr,
    /// Keys by SDES on every leg; else sound goes in clear.
    pub encrypted: bool,
    /// Whether devices are asked for the password of their user. CUCM does that where the phone security profile says so;
    /// that the user is the `authName` and the realm that of bearer tokens is inferred (fact sheet §12.1).
    pub digest: bool,
    /// The realm of digests.
    pub realm: String,
    /// Whether devices are told that messages wait.
    pub tells_waiting: bool,
    /// For how long a binding is granted, whatever is asked for.
    pub expires: Duration,
    /// Whether a REGISTER is answered with 100 first (fact sheet §12.1). Not over UDP.
    pub trying: bool,
    /// Whether the Contact of the answer carries `x-cisco-newreg`.
    pub newreg: bool,
    /// Whether a REGISTER with `bulkregisterreq` gets a `x-cisco-remotecc-response`.
    pub remotecc_response: bool,
    /// What happens when a device registers that is registered elsewhere.
    pub second_client: SecondClient,
    /// Every request is refused with this.
    pub refuses: Option<u16>,
    /// How long it rings at somebody before their mailbox answers.
    pub ring: Duration,
    /// Whether calls that nobody answers go to the mailbox of the one who was called.
    pub forward_to_voicemail: bool,
    /// Numbers that are nobody's.
    pub numbers: Numbers,
    /// In order of preference.
    pub codecs: Vec<Codec>,
    /// Who has a number.
    pub subscribers: Vec<Subscriber>,
}

impl Settings {
    /// Heard at `here` by UDP and TCP, without subscribers, in clear.
    #[must_use]
    pub fn new(domain: &str, here: SocketAddr) -> Settings {
        Settings {
            domain: domain.to_owned(),
            heard: BTreeMap::from([(Transport::Udp, here), (Transport::Tcp, here)]),
            media: here.ip(),
            encrypted: false,
            digest: false,
            realm: "ccmsipline".into(),
            tells_waiting: true,
            expires: Duration::from_secs(120),
            trying: true,
            newreg: true,
            remotecc_response: false,
            second_client: SecondClient::Replaces,
            refuses: None,
            ring: Duration::from_secs(20),
            forward_to_voicemail: true,
            numbers: Numbers::default(),
            codecs: vec![Codec::Opus, Codec::Pcmu],
            subscribers: Vec::new(),
        }
    }

    /// Who has this number or this user name.
    pub(super) fn subscriber(&self, name: &str) -> Option<&Subscriber> {
        self.subscribers.iter().find(|person| person.number == name || person.user.eq_ignore_ascii_case(name))
    }
}

/// Numbers that are nobody's. `echo`, `conference` and `voicemail` can be called by these words, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Plays back what it hears.
    pub echo: String,
    /// Mixes all who call it.
    pub conference: String,
    /// The voicemail pilot: whoever calls it leaves a message for themselves.
    pub voicemail: String,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers { echo: "9000".into(), conference: "8000".into(), voicemail: "5000".into() }
    }
}

/// What happens when a device registers that is registered elsewhere (fact sheet §12.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondClient {
    /// The newer registration takes the place of the older one.
    #[default]
    Replaces,
    /// 403, with the warning "Registration is active for another client", unless the newer one insists.
    Refused,
}

/// Who has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The directory number.
    pub number: String,
    /// The user name.
    pub user: String,
    /// The name to show.
    pub name: String,
    /// For digest.
    pub password: String,
    /// What answers where no device of theirs is registered.
    pub answers: Answers,
}

/// What answers for somebody of whom no device is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Their mailbox.
    Mailbox,
    /// They themselves, after so long, and say this.
    Person(Duration, Vec<Cue>),
}
