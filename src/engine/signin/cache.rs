//! What earlier launches have found, and how it changes. io/discovery keeps it in files of the configuration folder.

use super::bootstrap::Bootstrap;
use super::remembered::Remembered;
use crate::engine::event::{AccountName, Source};
use crate::protocol::dns::Srv;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What is kept from launch to launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// Domains that were Webex organisations when last asked, by services domain.
    pub webex: BTreeMap<String, Organisation>,
    /// What the SRV queries have found.
    pub srv: BTreeMap<SrvKey, SrvAnswer>,
    /// What the bootstrap file said when it was read.
    pub bootstrap: Option<Bootstrap>,
    /// What the last sign-in of each account has found.
    pub services: BTreeMap<AccountName, Remembered>,
    /// What `jabber-config.xml` has named as the voice services domain, by account.
    pub voice: BTreeMap<AccountName, VoiceDomain>,
}

/// A voice services domain that `jabber-config.xml` has named at the last sign-in that has read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceDomain {
    /// To whom, as USER@DOMAIN.
    pub address: String,
    /// It, in lower case.
    pub domain: String,
}

/// A Webex organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// It signs in with single sign-on.
    pub sso: bool,
}

/// Who asked whom about which domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SrvKey {
    /// Services domain.
    pub domain: String,
    /// Voice services domain, where it is another.
    pub voice_domain: Option<String>,
    /// `--dns`, else the system's name servers.
    pub dns: Option<SocketAddr>,
}

/// The record that was found, with all its targets: every launch draws their order anew (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrvAnswer {
    /// [`Source::CiscoUds`], [`Source::CupLogin`] or [`Source::CollabEdge`].
    pub source: Source,
    /// Its records.
    pub records: Vec<Srv>,
}

/// One change, to be kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheChange {
    /// This services domain is a Webex organisation.
    KeepWebex {
        /// Which.
        domain: String,
        /// What it is.
        organisation: Organisation,
    },
    /// It is none any more, or Webex is excluded.
    ForgetWebex {
        /// Which.
        domain: String,
    },
    /// The SRV query has found this.
    KeepSrv {
        /// Which query.
        key: SrvKey,
        /// What.
        answer: SrvAnswer,
    },
    /// It does not hold any more.
    ForgetSrv {
        /// Which query.
        key: SrvKey,
    },
    /// The bootstrap file was read, and says this.
    KeepBootstrap(Bootstrap),
    /// A sign-in has found this.
    KeepServices {
        /// Whose.
        account: AccountName,
        /// What.
        services: Box<Remembered>,
    },
    /// It does not hold any more.
    ForgetServices {
        /// Whose.
        account: AccountName,
    },
    /// `jabber-config.xml` names this voice services domain.
    KeepVoice {
        /// Whose.
        account: AccountName,
        /// Which.
        voice: VoiceDomain,
    },
    /// It names none any more.
    ForgetVoice {
        /// Whose.
        account: AccountName,
    },
}

impl Cache {
    /// Whether something is kept of this services domain.
    #[must_use]
    pub fn knows(&self, domain: &str) -> bool {
        self.webex.contains_key(domain) || self.srv.keys().any(|key| key.domain == domain)
    }

    /// What `jabber-config.xml` has named as the voice services domain to this address, as USER@DOMAIN: to this account, or to
    /// whichever has it.
    #[must_use]
    pub fn voice_domain(&self, account: Option<&AccountName>, address: &str) -> Option<&str> {
        let known = |of: &&VoiceDomain| of.address == address;
        let found = match account {
            Some(account) => self.voice.get(account).filter(known),
            None => self.voice.values().find(known),
        };
        found.map(|of| of.domain.as_str())
    }

    /// Applies `change`.
    pub fn apply(&mut self, change: &CacheChange) {
        match change.clone() {
            CacheChange::KeepWebex { domain, organisation } => drop(self.webex.insert(domain, organisation)),
            CacheChange::ForgetWebex { domain } => drop(self.webex.remove(&domain)),
            CacheChange::KeepSrv { key, answer } => drop(self.srv.insert(key, answer)),
            CacheChange::ForgetSrv { key } => drop(self.srv.remove(&key)),
            CacheChange::KeepBootstrap(bootstrap) => self.bootstrap = Some(bootstrap),
            CacheChange::KeepServices { account, services } => drop(self.services.insert(account, *services)),
            CacheChange::ForgetServices { account } => drop(self.services.remove(&account)),
            CacheChange::KeepVoice { account, voice } => drop(self.voice.insert(account, voice)),
            CacheChange::ForgetVoice { account } => drop(self.voice.remove(&account)),
        }
    }
}
