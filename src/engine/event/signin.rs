//! The trace of a sign-in by address: what was asked, of whom, over what, what was answered, and what was decided by which
//! rule. The names are those of `offhook discover --json`. No secret ever stands in it.

use std::time::Duration;

/// One source of the authenticator order, in its order ("How the Client Connects to Services"), then a step of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Settings that the user made by hand.
    Manual,
    /// An earlier answer that the domain is a Webex organisation.
    WebexCache,
    /// The CAS of Webex, asked.
    Cas,
    /// An earlier answer of the SRV query.
    SrvCache,
    /// `_cisco-uds._tcp`
    CiscoUds,
    /// `_cuplogin._tcp`
    CupLogin,
    /// `_collab-edge._tls`
    CollabEdge,
    /// The bootstrap file.
    Bootstrap,
    /// The SRV records of open standards: `_xmpps-client`, `_xmpp-client`, `_sips` and `_sip`. A step of our own.
    XmppClient,
}

impl Source {
    /// All, in the order in which the first that is found decides.
    pub const ORDER: [Source; 9] = [
        Source::Manual,
        Source::WebexCache,
        Source::Cas,
        Source::SrvCache,
        Source::CiscoUds,
        Source::CupLogin,
        Source::CollabEdge,
        Source::Bootstrap,
        Source::XmppClient,
    ];

    /// As `--json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Manual => "manual",
            Source::WebexCache => "webex-cache",
            Source::Cas => "cas",
            Source::SrvCache => "srv-cache",
            Source::CiscoUds => "_cisco-uds",
            Source::CupLogin => "_cuplogin",
            Source::CollabEdge => "_collab-edge",
            Source::Bootstrap => "bootstrap",
            Source::XmppClient => "_xmpp-client",
        }
    }
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepName {
    /// A source of the order.
    Source(Source),
    /// `GET /cucm-uds/clusterUser`: the home cluster.
    ClusterUser,
    /// `GET /cucm-uds/servers`: the nodes of the home cluster.
    Servers,
    /// The password is awaited, checked, accepted or refused.
    Password,
    /// `GET /cucm-uds/user/U`
    User,
    /// The service profile.
    ServiceProfile,
    /// `jabber-config.xml`
    ClientConfig,
    /// `GET /cucm-uds/user/U/devices`
    Devices,
    /// The configuration file of the device.
    DeviceConfig,
    /// The presence server's SOAP sign-in (EPAS), and its one-time password.
    PresenceLogin,
    /// The stream to the presence server.
    Chat,
    /// Registration of the phone.
    Phone,
}

impl StepName {
    /// As `--json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            StepName::Source(source) => source.name(),
            StepName::ClusterUser => "uds-cluster-user",
            StepName::Servers => "uds-servers",
            StepName::Password => "password",
            StepName::User => "uds-user",
            StepName::ServiceProfile => "service-profile",
            StepName::ClientConfig => "client-config",
            StepName::Devices => "uds-devices",
            StepName::DeviceConfig => "device-config",
            StepName::PresenceLogin => "presence-login",
            StepName::Chat => "chat",
            StepName::Phone => "phone",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended yet.
    UnderWay,
    /// It was there.
    Found,
    /// It definitely was not.
    Absent,
    /// It was asked and could not be had.
    Failed,
    /// It was asked and not answered in time: absent for this start, asked again soon after.
    Timeout,
    /// It was not asked, or nobody waited for it: the answer says why.
    Skipped,
}

impl Outcome {
    /// As `--json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::UnderWay => "under-way",
            Outcome::Found => "found",
            Outcome::Absent => "absent",
            Outcome::Failed => "failed",
            Outcome::Timeout => "timeout",
            Outcome::Skipped => "skipped",
        }
    }
}

/// One step of a sign-in. Remote text in it has passed the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub name: StepName,
    /// It was asked of somebody, not only looked up here.
    pub asked: bool,
    /// What was asked, as in `_cisco-uds._tcp.lab.example SRV`; none where nothing was.
    pub question: Option<String>,
    /// Of whom, as HOST:PORT.
    pub server: Option<String>,
    /// Over what: `dns`, `https`, `http`, `tftp`, `xmpp`, `sips` …
    pub transport: Option<String>,
    /// What came back, in a sentence.
    pub answer: Option<String>,
    /// How long it has taken.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// Who says that the user is who they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authenticator {
    /// Cisco Unified Communications Manager.
    Cucm,
    /// Cisco Unified Communications Manager IM and Presence ("CUP").
    Cup,
    /// Webex Messenger.
    WebexMessenger,
    /// Webex, in the days of its platform. Reserved.
    WebexPlatform,
    /// A server of open standards, by its own SRV records.
    Standard,
    /// Nobody is known: the user is asked.
    Ask,
}

impl Authenticator {
    /// As `--json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Authenticator::Cucm => "cucm",
            Authenticator::Cup => "cup",
            Authenticator::WebexMessenger => "webex-messenger",
            Authenticator::WebexPlatform => "webex-platform",
            Authenticator::Standard => "standard",
            Authenticator::Ask => "ask",
        }
    }
}

/// What the client is for this user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductMode {
    /// Not known before sign-in has told.
    #[default]
    Default,
    /// Chat, presence and calls.
    FullUc,
    /// Chat and presence only.
    ImOnly,
    /// Calls only.
    Phone,
    /// Calls, with contacts and their presence, without chat.
    PhoneWithContacts,
    /// Reserved.
    TeamMessaging,
}

impl ProductMode {
    /// As `--json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ProductMode::Default => "default",
            ProductMode::FullUc => "full-uc",
            ProductMode::ImOnly => "im-only",
            ProductMode::Phone => "phone",
            ProductMode::PhoneWithContacts => "phone-with-contacts",
            ProductMode::TeamMessaging => "team-messaging",
        }
    }
}

/// What discovery has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who will be asked who the user is.
    pub authenticator: Authenticator,
    /// Which source decided; none where the user is asked.
    pub source: Option<Source>,
    /// The rule that decided, in a sentence.
    pub rule: String,
    /// What is known of it so far.
    pub product_mode: ProductMode,
    /// HOST:PORT of the deciding source, in the order in which they will be tried (RFC 2782).
    pub servers: Vec<String>,
}
