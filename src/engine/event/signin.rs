//! The trace of a sign-in by address: what was asked, of whom, over what, what was answered, and what was decided by which
//! rule. The names are those of `offhook discover --json`. No secret ever stands in it.

use super::link::Problem;
use crate::machine::{RemoteText, Stamp};
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
    /// The presence server's SOAP sign-in (EPAS).
    PresenceLogin,
    /// What the presence server says of the site and the user's services.
    PresenceProfile,
    /// The one-time password that XMPP is signed in with.
    OneTimePassword,
    /// The user's devices, by CCMCIP.
    ListedDevices,
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
            StepName::PresenceProfile => "presence-profile",
            StepName::OneTimePassword => "one-time-password",
            StepName::ListedDevices => "ccmcip-devices",
            StepName::Chat => "chat",
            StepName::Phone => "phone",
        }
    }
}

impl StepName {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            StepName::Source(Source::Manual) => "manual settings",
            StepName::Source(Source::WebexCache) => "Webex, cached",
            StepName::Source(Source::Cas) => "Webex, asked",
            StepName::Source(Source::SrvCache) => "DNS, cached",
            StepName::Source(Source::CiscoUds) => "DNS  _cisco-uds",
            StepName::Source(Source::CupLogin) => "DNS  _cuplogin",
            StepName::Source(Source::CollabEdge) => "DNS  _collab-edge",
            StepName::Source(Source::Bootstrap) => "bootstrap file",
            StepName::Source(Source::XmppClient) => "DNS  _xmpp-client",
            StepName::ClusterUser => "home cluster",
            StepName::Servers => "its nodes",
            StepName::Password => "password",
            StepName::User => "user",
            StepName::ServiceProfile => "service profile",
            StepName::ClientConfig => "client configuration",
            StepName::Devices => "devices",
            StepName::DeviceConfig => "device configuration",
            StepName::PresenceLogin => "presence sign-in",
            StepName::PresenceProfile => "presence profile",
            StepName::OneTimePassword => "one-time password",
            StepName::ListedDevices => "devices, by CCMCIP",
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

impl Authenticator {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Authenticator::Cucm => "Communications Manager",
            Authenticator::Cup => "Communications Manager IM & Presence",
            Authenticator::WebexMessenger => "Webex Messenger",
            Authenticator::WebexPlatform => "Webex",
            Authenticator::Standard => "open standards",
            Authenticator::Ask => "you are asked",
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

/// What only the user can say while they sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInAsk {
    /// This host lies outside of the domains of the services: may it be connected to?
    Host {
        /// Which.
        host: String,
        /// What it is named for.
        purpose: String,
    },
    /// May anything go in clear? This would be the first.
    Clear {
        /// As in `CSFANA.cnf.xml over TFTP from cucm1.lab.example:69`.
        leg: String,
        /// Why it would.
        why: Option<Problem>,
    },
    /// Which softphone is used?
    Device(Vec<DeviceChoice>),
}

/// A softphone to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceChoice {
    /// Its name.
    pub name: String,
    /// Its description, for people.
    pub description: RemoteText,
}

/// What the user has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInReply {
    /// Whether this host may be connected to.
    Host {
        /// Which.
        host: String,
        /// It may.
        allowed: bool,
    },
    /// Whether anything may go in clear.
    Clear(bool),
    /// The name of one of the devices.
    Device(String),
}

/// What stands ready in Advanced Settings, each as HOST:PORT: where `_cuplogin` leads, and what the presence server names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdvancedSettings {
    /// The presence server.
    pub cup: Option<String>,
    /// TFTP.
    pub tftp: Option<String>,
    /// CCMCIP.
    pub ccmcip: Option<String>,
    /// CTI.
    pub cti: Option<String>,
}

/// How the last sign-in by address has gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInTrace {
    /// In the order in which they began.
    pub steps: Vec<Step>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// What the user is asked now.
    pub ask: Option<SignInAsk>,
    /// What the client is for this user, once it is known.
    pub product_mode: ProductMode,
    /// What stands ready in Advanced Settings.
    pub advanced: AdvancedSettings,
    /// When it is tried again by itself, after nobody could be reached.
    pub again: Option<Stamp>,
}

/// What is told of a sign-in by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInTold {
    /// It begins anew: what was told of the last one counts no more.
    Began,
    /// How a step stands now; one of the same name takes the place of one that was under way.
    Step(Step),
    /// It is decided who will be asked.
    Decided(Decision),
    /// The user is asked, or no longer.
    Asks(Option<SignInAsk>),
    /// Nobody looks at a screen, and so what would have been asked was refused: what, and how to agree to it.
    Refused(Problem),
    /// What the account has is known.
    Found(ProductMode),
    /// What stands ready in Advanced Settings from now on.
    Advanced(AdvancedSettings),
    /// Nobody could be reached: it is tried again then, by itself.
    Again(Stamp),
}

impl SignInTrace {
    /// Adds what is told.
    pub fn apply(&mut self, told: &SignInTold) {
        match told {
            SignInTold::Began => *self = SignInTrace::default(),
            SignInTold::Step(step) => {
                let same = |known: &&mut Step| {
                    known.name == step.name && (known.outcome == Outcome::UnderWay || known.server == step.server)
                };
                match self.steps.iter_mut().rev().find(same) {
                    Some(known) => known.clone_from(step),
                    None => self.steps.push(step.clone()),
                }
            }
            SignInTold::Decided(decision) => self.decision = Some(decision.clone()),
            SignInTold::Asks(ask) => self.ask.clone_from(ask),
            SignInTold::Refused(_) => {}
            SignInTold::Found(mode) => self.product_mode = *mode,
            SignInTold::Advanced(advanced) => self.advanced.clone_from(advanced),
            SignInTold::Again(at) => self.again = Some(*at),
        }
    }
}
