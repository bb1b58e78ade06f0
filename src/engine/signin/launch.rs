//! What is known when a sign-in by address starts: the address, the settings made by hand, what is excluded, the caches and
//! the bootstrap file. Pure values; whoever starts fills them from the account, the settings and the configuration folder.

use super::bootstrap::{Bootstrap, BootstrapFile};
use super::cache::{Cache, SrvKey};
use super::remembered::{Known, Names};
use super::server::Server;
use crate::engine::event::AccountName;
pub use crate::protocol::cisco::ExcludedServices as Excluded;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use url::Url;

/// Where the CAS of Webex is asked unless told otherwise: https, though the third guide still writes http.
pub const CAS: &str = "https://loginp.webexconnect.com/cas/FederatedSSO";

/// One start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// Whose settings hold, where it is an account's.
    pub account: Option<AccountName>,
    /// The user, without the domain.
    pub user: String,
    /// Services domain.
    pub domain: String,
    /// Where the SRV records of services stand, when that is another domain, as a link or the bootstrap file says. Servers in it
    /// are as good as those in the services domain.
    pub voice_domain: Option<String>,
    /// Nothing was launched from this configuration folder before.
    pub first: bool,
    /// What the user has set by hand; none for Automatic.
    pub manual: Option<Manual>,
    /// `ServiceDiscoveryExcludedServices`
    pub excluded: Excluded,
    /// `--dns`: this name server alone.
    pub dns: Option<SocketAddr>,
    /// `--cas`: this CAS instead of that of Webex. Where it has no path, the documented one is meant.
    pub cas: Option<Url>,
    /// `--tftp-port`
    pub tftp_port: Option<u16>,
    /// `--allow-cleartext`, or the user has agreed.
    pub allow_cleartext: bool,
    /// The softphone that the user has chosen among several.
    pub device: Option<String>,
    /// Hosts outside of the domains that the user has agreed to, in lower case.
    pub agreed_hosts: BTreeSet<String>,
    /// What earlier launches have found; empty with `--fresh`, but for the bootstrap values.
    pub cache: Cache,
    /// The bootstrap file, where there is one.
    pub bootstrap_file: Option<BootstrapFile>,
    /// The other reading of the guides: the bootstrap file stands before everything that is discovered.
    pub bootstrap_first: bool,
}

/// Settings made by hand (the guides' Advanced Settings).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manual {
    /// Cisco IM & Presence, its EPAS.
    Cup {
        /// Where.
        server: Server,
    },
    /// Cisco Communications Manager 9 or later, its UDS.
    Cucm {
        /// Where.
        server: Server,
    },
    /// Cisco Communications Manager 8.x, phone mode.
    Cucm8 {
        /// TFTP.
        tftp: Server,
        /// CTI: kept, and not used yet.
        cti: Option<Server>,
        /// CCMCIP, where it is another host than TFTP.
        ccmcip: Option<Server>,
    },
    /// Webex Messenger.
    Webex {
        /// Its CAS, where it is another than the documented one.
        cas: Option<Url>,
    },
    /// A server of open standards.
    Standard,
}

/// What the user has agreed to, or chosen, once for all sign-ins of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This host, outside of the domains, may be connected to.
    Host(String),
    /// Legs may go in clear.
    Clear,
    /// This softphone is used.
    Device(String),
}

impl Launch {
    /// The command that makes a setting of this account, for people.
    #[must_use]
    pub fn setting(&self, setting: &str) -> String {
        let whose = self.account.as_ref().map(|account| format!("--account {account} ")).unwrap_or_default();
        format!("offhook settings {whose}{setting}")
    }

    /// As it is typed: USER@DOMAIN.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.user, self.domain)
    }

    /// What is remembered of this address on open standards: the servers of chat and of calls, and what was asked of the DNS.
    #[must_use]
    pub fn standard(&self) -> Option<(&[Server], &[Server], &Names)> {
        let known = self.cache.services.get(self.account.as_ref()?)?;
        match &known.found {
            Known::Standard { phone, names } if known.address == self.address() => Some((&known.targets, phone, names)),
            Known::Standard { .. } | Known::Deployment(_) => None,
        }
    }

    /// The voice services domain that `jabber-config.xml` has named at an earlier sign-in, where nothing nearer to the user
    /// names one. That file may have come in clear: records are looked for there, and the user is asked about their servers.
    #[must_use]
    pub fn told_voice_domain(&self) -> Option<&str> {
        if self.voice_domain.is_some() {
            return None;
        }
        self.cache.voice_domain(self.account.as_ref(), &self.address())
    }

    /// The domain whose SRV records of services are asked.
    #[must_use]
    pub fn srv_domain(&self) -> &str {
        self.voice_domain.as_deref().or(self.told_voice_domain()).unwrap_or(&self.domain)
    }

    /// Under which an answer of the SRV query is kept.
    #[must_use]
    pub fn srv_key(&self) -> SrvKey {
        let voice_domain = Some(self.srv_domain()).filter(|voice| *voice != self.domain).map(ToOwned::to_owned);
        SrvKey { domain: self.domain.clone(), voice_domain, dns: self.dns }
    }

    /// Whether the bootstrap file is read at this launch: the first, and the next after it was written anew.
    #[must_use]
    pub fn reads_bootstrap(&self) -> bool {
        self.bootstrap_file.as_ref().is_some_and(|file| self.first || file.is_new)
    }

    /// The bootstrap values that hold at this launch: of the file when it is read, else as they were kept.
    #[must_use]
    pub fn bootstrap(&self) -> Option<&Bootstrap> {
        match &self.bootstrap_file {
            Some(file) if self.reads_bootstrap() => Some(&file.says),
            _ => self.cache.bootstrap.as_ref(),
        }
    }

    /// The CAS, without the question.
    #[must_use]
    pub fn cas(&self) -> Option<Url> {
        let set_by_hand = match &self.manual {
            Some(Manual::Webex { cas }) => cas.clone(),
            _ => None,
        };
        let documented = Url::parse(CAS).ok()?;
        let mut url = set_by_hand.or_else(|| self.cas.clone()).unwrap_or_else(|| documented.clone());
        if url.path().is_empty() || url.path() == "/" {
            url.set_path(documented.path());
        }
        Some(url)
    }

    /// What the CAS is asked.
    #[must_use]
    pub fn cas_question(&self) -> Option<Url> {
        let mut url = self.cas()?;
        url.query_pairs_mut().append_pair("org", &self.domain);
        Some(url)
    }

    /// HOST:PORT of the CAS.
    #[must_use]
    pub fn cas_server(&self) -> Option<Server> {
        let url = self.cas()?;
        Some(Server::new(url.host_str()?, url.port_or_known_default()?))
    }

    /// The first leg of discovery that would go in clear, named for people; none when all is encrypted or nothing is asked.
    /// (SRV records come over plain DNS by their nature.)
    #[must_use]
    pub fn clear_leg(&self) -> Option<String> {
        let is_known = self.cache.webex.contains_key(&self.domain);
        let asks_cas = self.manual.is_none() && !self.excluded.webex && !is_known;
        let url = self.cas().filter(|url| asks_cas && url.scheme() != "https")?;
        Some(format!("the Webex query to {}", self.cas_server().map_or_else(|| url.to_string(), |server| server.to_string())))
    }
}
