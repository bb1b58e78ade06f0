//! A site: what kind of deployment the lab plays. A small TOML that says which services there are, who the people are, and
//! how each service answers and fails. Every setting has a default, so that an empty file is a site.
//!
//! It refuses to know sockets and bytes. What the fact sheet does not know for certain is a setting here, which says so.
//! With the same site and the same seed, the same happens.
#![deny(clippy::indexing_slicing)]

mod answers;
mod cas;
mod chat;
mod directory;
mod dns;
mod epas;
mod files;
mod history;
mod nodes;
mod person;
mod phones;
mod uds;

pub use answers::{Answers, Certificate, Fault, Status};
pub use cas::{Cas, ErrorShape, Organisation};
pub use chat::{Chat, SendsHome};
pub use directory::{Directory, NameSearch, PhotoFormat, Photos};
pub use dns::{Dns, Record};
pub use epas::{BackupElement, Ccmcip, CcmcipRefusal, Epas, EpasRefusal, PropertyNames};
pub use files::{ClientConfig, Device, Files, Nesting, PresenceProduct, Profile};
pub use history::{CallTimes, Called, Written};
pub use nodes::Nodes;
pub use person::{Cluster, Person};
pub use phones::Phones;
pub use uds::{ChatOff, ProfileUri, Sessions, SingleSignOn, Uds};

use super::{cast, connection};
use crate::machine::line_and_column;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;

/// The site of `offhook demo`, and of `offhook lab` without `--site`; its people are those of every site that names none.
const DEFAULT: &str = include_str!("sites/default.toml");

/// The sites that come along: name and text.
const BUILT_IN: [(&str, &str); 9] = [
    ("default", DEFAULT),
    ("clear", include_str!("sites/clear.toml")),
    ("cucm8", include_str!("sites/cucm8.toml")),
    ("cup", include_str!("sites/cup.toml")),
    ("im-only", include_str!("sites/im-only.toml")),
    ("phone", include_str!("sites/phone.toml")),
    ("standard", include_str!("sites/standard.toml")),
    ("two-clusters", include_str!("sites/two-clusters.toml")),
    ("webex", include_str!("sites/webex.toml")),
];

/// What kind of deployment the lab plays.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Site {
    /// The services domain: what stands after `@` in everybody's address.
    pub domain: Domain,
    /// Where the SRV records of Cisco's services are, when it is not the services domain. That `_cisco-uds` is asked for
    /// there, while CAS is asked for the services domain, is inferred (fact sheet §2).
    pub voice_domain: Option<Domain>,
    /// The presence domain, when it is not the services domain: what stands after `@` for XMPP. EPAS and `jabber-config.xml`
    /// name it (fact sheet §6 and §8.1).
    pub presence_domain: Option<Domain>,
    /// Whether the phones are encrypted: SIP over TLS, keys of SRTP by SDES (`deviceSecurityMode` 3, fact sheet §5); and
    /// whether the URLs of configuration files are those over HTTPS (the fact sheet shows both, §3).
    pub encrypted: bool,
    /// How many nodes the first cluster has. Each has its own address.
    pub nodes: Nodes,
    /// Who works there. The first is whom the demo signs in.
    pub people: Vec<Person>,
    /// What they have written to each other before the lab begins, oldest first.
    pub history: Vec<Written>,
    /// Who has called whom before the lab begins, oldest first.
    pub calls: Vec<Called>,
    /// The name server.
    pub dns: Dns,
    /// The Webex directory of organisations.
    pub cas: Cas,
    /// User data services.
    pub uds: Uds,
    /// Whom the directory knows.
    pub directory: Directory,
    /// Photos of people.
    pub photos: Photos,
    /// What the nodes say of single sign-on.
    pub single_sign_on: SingleSignOn,
    /// The service profile.
    pub profile: Profile,
    /// `jabber-config.xml`.
    pub client_config: ClientConfig,
    /// What device configurations say.
    pub device: Device,
    /// How configuration files are given out.
    pub files: Files,
    /// IM and Presence.
    pub chat: Chat,
    /// EPAS of IM and Presence.
    pub epas: Epas,
    /// The list of devices of release 8.
    pub ccmcip: Ccmcip,
    /// The call manager.
    pub phones: Phones,
    /// Unity Connection.
    pub voicemail: connection::Settings,
    /// Who is played, and what they do.
    pub cast: cast::Settings,
}

impl Default for Site {
    fn default() -> Site {
        Site {
            domain: Domain("lab.example".into()),
            voice_domain: None,
            presence_domain: None,
            encrypted: true,
            nodes: Nodes::One,
            people: Vec::new(),
            history: Vec::new(),
            calls: Vec::new(),
            dns: Dns::default(),
            cas: Cas::default(),
            uds: Uds::default(),
            directory: Directory::default(),
            photos: Photos::default(),
            single_sign_on: SingleSignOn::default(),
            profile: Profile::default(),
            client_config: ClientConfig::default(),
            device: Device::default(),
            files: Files::default(),
            chat: Chat::default(),
            epas: Epas::default(),
            ccmcip: Ccmcip::default(),
            phones: Phones::default(),
            voicemail: connection::Settings::default(),
            cast: cast::Settings::default(),
        }
    }
}

/// A domain name in lower case, without its final dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Domain(String);

impl Domain {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a host in it.
    #[must_use]
    pub fn host(&self, name: &str) -> String {
        format!("{name}.{}", self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = String;

    fn try_from(text: String) -> Result<Domain, String> {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let label = |label: &str| {
            let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            letters && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
        };
        // Names of hosts and services are put before it, and all of it fits into a name (RFC 1035 §2.3.4).
        let fits = name.len() <= 200 && name.split('.').all(label);
        if fits { Ok(Domain(name)) } else { Err(format!("{text:?} is no domain: write it as in \"lab.example\"")) }
    }
}

/// What is wrong with a site, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}")]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

impl Mistake {
    fn at(text: &str, span: Option<Range<usize>>, what: impl Into<String>) -> Mistake {
        let (line, column) = line_and_column(text, span.map_or(0, |span| span.start));
        Mistake { line, column, what: what.into() }
    }
}

impl Site {
    /// Reads a site. One that names no people has those of the default site.
    ///
    /// # Errors
    /// It is no TOML, has a key that no site has or a value that the key cannot have, or two people share a name, a
    /// number or a device.
    pub fn parse(text: &str) -> Result<Site, Mistake> {
        let mut site = Site::read(text)?;
        if site.people.is_empty() {
            site.people = Site::read(DEFAULT)?.people;
        }
        Ok(site)
    }

    /// One of the sites that come along.
    ///
    /// # Errors
    /// There is none of this name: the names that there are, for people; what is wrong in a file is none of theirs.
    pub fn built_in(name: &str) -> Result<Site, String> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let Some((_, text)) = found else {
            let names: Vec<&str> = BUILT_IN.iter().map(|(known, _)| *known).collect();
            return Err(format!("No site is called {name:?}; there are {}.", names.join(", ")));
        };
        Site::parse(text).map_err(|mistake| format!("Site {name}: {mistake}"))
    }

    fn read(text: &str) -> Result<Site, Mistake> {
        let site: Site = toml::from_str(text).map_err(|error| Mistake::at(text, error.span(), error.message()))?;
        let mut taken = BTreeSet::new();
        for person in &site.people {
            let devices = person.devices();
            let names = [("name", person.user()), ("number", person.extension())];
            let devices = devices.iter().map(|device| ("device", device.as_str()));
            for (what, value) in names.into_iter().chain(devices) {
                if !taken.insert((what, value.to_ascii_lowercase())) {
                    let span = if what == "number" { person.number.span() } else { person.name.span() };
                    return Err(Mistake::at(text, Some(span), format!("two people have the {what} {value:?}")));
                }
            }
        }
        let written = site.history.iter().flat_map(|written| [&written.from, &written.to]);
        let called = site.calls.iter().flat_map(|call| [&call.from, &call.to]);
        if let Some(stranger) = written.chain(called).find(|name| site.person(name).is_none()) {
            return Err(Mistake::at(text, None, format!("the history speaks of {stranger:?}, who is none of the people")));
        }
        Ok(site)
    }

    /// The person of this user name, whatever its case.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.user().eq_ignore_ascii_case(name))
    }

    /// The domain of XMPP.
    #[must_use]
    pub fn presence(&self) -> &Domain {
        self.presence_domain.as_ref().unwrap_or(&self.domain)
    }

    /// Somebody's address.
    #[must_use]
    pub fn address(&self, person: &Person) -> String {
        format!("{}@{}", person.user(), self.domain.as_str())
    }

    /// Whether anybody's home is the second cluster.
    #[must_use]
    pub fn has_second_cluster(&self) -> bool {
        self.people.iter().any(|person| person.cluster == Cluster::Second)
    }
}

#[cfg(test)]
mod tests;
