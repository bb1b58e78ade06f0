//! What the files of discovery say together, and which of them holds. It refuses to know where they are, and changes nothing.

use super::bootstrap;
use super::found::{Found, ReadBootstrap};
use super::settings::{Origin, Settings};
use crate::engine::event::{AccountName, Problem};
use crate::engine::settings::{Account, ByAddress};
use crate::engine::signin::{BootstrapFile, Excluded, Launch};
use crate::protocol::cisco::bootstrap::Bootstrap;

/// All that the files say.
#[derive(Debug, Default)]
pub struct Known {
    /// The settings.
    pub settings: Settings,
    /// What earlier launches have found.
    pub found: Found,
    /// The bootstrap file.
    pub file: Option<ReadBootstrap>,
    /// Why the bootstrap file cannot be read, where that is so.
    pub trouble: Option<Problem>,
}

impl Known {
    /// What is known for a sign-in of this address, at the `first` launch or a later one. `account` is whose settings hold; with
    /// none, the default ones.
    #[must_use]
    pub fn launch(&self, account: Option<&AccountName>, address: &ByAddress, allow_cleartext: bool, first: bool) -> Launch {
        let values = self.values(first);
        let says = |read: &ReadBootstrap| bootstrap::says(&bootstrap::values(read));
        let mut cache = self.found.cache.clone();
        cache.bootstrap = self.found.bootstrap.as_ref().map(says);
        let own = account.and_then(|account| self.settings.accounts.get(account)).cloned().unwrap_or_default();
        Launch {
            account: account.cloned(),
            user: address.user.clone(),
            domain: self.services_domain(&values).map_or_else(|| address.domain.clone(), |(domain, _)| domain),
            voice_domain: self.said_voice_domain(&values).map(|(domain, _)| domain),
            first,
            manual: self.settings.manual(account).0.cloned(),
            excluded: self.excluded(account, &values).0,
            dns: address.dns,
            cas: address.cas.clone(),
            tftp_port: address.tftp_port,
            allow_cleartext,
            device: own.device,
            agreed_hosts: own.hosts,
            cache,
            bootstrap_file: self.file.as_ref().map(|file| BootstrapFile { says: says(file), is_new: self.is_new(file) }),
            bootstrap_first: self.settings.bootstrap_first,
        }
    }

    /// The services domain of an account by address, by which what discovery finds is kept.
    #[must_use]
    pub fn domain_of(&self, account: &Account) -> Option<String> {
        let said = self.services_domain(&self.values(self.is_unlaunched())).map(|(domain, _)| domain);
        account.address.as_ref().map(|address| said.unwrap_or_else(|| address.domain.clone()))
    }

    /// The bootstrap values that hold: of the file where it is read at this launch, else as they were kept.
    #[must_use]
    pub fn values(&self, first: bool) -> Bootstrap {
        let reads = self.file.as_ref().filter(|file| first || self.is_new(file));
        reads.or(self.found.bootstrap.as_ref()).map(bootstrap::values).unwrap_or_default()
    }

    /// Whether the next launch is the first.
    #[must_use]
    pub fn is_unlaunched(&self) -> bool {
        self.found.launches == 0
    }

    /// The services domain and where it came from, where that is not the address.
    #[must_use]
    pub fn services_domain(&self, values: &Bootstrap) -> Option<(String, Origin)> {
        said(self.settings.provisioned.services_domain.as_deref(), values.services_domain())
    }

    /// The voice services domain and where it came from, where there is one: of this account, or of all.
    #[must_use]
    pub fn voice_domain(&self, account: Option<&Account>, values: &Bootstrap) -> Option<(String, Origin)> {
        self.said_voice_domain(values).or_else(|| {
            let account = account?;
            let address = format!("{}@{}", account.address.as_ref()?.user, self.domain_of(account)?);
            let told = self.found.cache.voice_domain(Some(&account.name), &address)?;
            Some((told.to_owned(), Origin::ClientConfig))
        })
    }

    /// The same, where a link or the bootstrap file has said it.
    fn said_voice_domain(&self, values: &Bootstrap) -> Option<(String, Origin)> {
        said(self.settings.provisioned.voice_domain.as_deref(), values.voice_services_domain())
    }

    /// What is excluded for this account, and where that came from.
    #[must_use]
    pub fn excluded(&self, account: Option<&AccountName>, values: &Bootstrap) -> (Excluded, Origin) {
        let file = || bootstrap::excluded(values).map(|excluded| (excluded, Origin::Bootstrap));
        self.settings.excluded(account).or_else(file).unwrap_or((Excluded::default(), Origin::BuiltIn))
    }

    /// Whether CAS is asked at a sign-in of this account.
    #[must_use]
    pub fn asks_cas(&self, account: &Account) -> bool {
        let name = Some(&account.name);
        let (excluded, _) = self.excluded(name, &self.values(self.is_unlaunched()));
        account.address.is_some() && self.settings.manual(name).0.is_none() && !excluded.webex
    }

    fn is_new(&self, file: &ReadBootstrap) -> bool {
        self.found.bootstrap.as_ref().is_none_or(|read| read.sha256 != file.sha256)
    }
}

/// A domain that a link has said, else the bootstrap file.
fn said(link: Option<&str>, file: Option<&str>) -> Option<(String, Origin)> {
    let link = link.map(|domain| (domain.to_lowercase(), Origin::Link));
    link.or(file.map(|domain| (domain.to_lowercase(), Origin::Bootstrap)))
}
