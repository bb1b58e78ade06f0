//! `settings.toml`: the settings of sign-in that were made by hand or by a link, for all accounts and for single ones, and
//! where passwords are kept. It refuses to know where the file is.

#![deny(clippy::indexing_slicing)]

use crate::engine::addresses;
use crate::engine::command::NewSettings;
use crate::engine::event::AccountName;
use crate::engine::signin::server::{HTTPS_PORT, TFTP_PORT};
use crate::engine::signin::{Excluded, Manual, Server};
use crate::io::secrets::StoreChoice;
use crate::machine::{line_and_column, visible_line};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The port of CTI (QBE).
pub const CTI_PORT: u16 = 2748;

/// What stands above it in the file.
const TITLE: &str = "# Settings of sign-in, as made by: offhook settings, offhook provision\n";

/// All settings of sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The bootstrap file stands before everything that is discovered: the other reading of the guides.
    pub bootstrap_first: bool,
    /// Where passwords are kept, where the user has said so.
    pub password_store: Option<StoreChoice>,
    /// For accounts without settings of their own, and for `discover`.
    pub default: Chosen,
    /// Of single accounts.
    pub accounts: BTreeMap<AccountName, Chosen>,
    /// What a link said.
    pub provisioned: Provisioned,
}

/// What the user has chosen; what is none was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Who authenticates.
    pub authenticator: Option<Authenticator>,
    /// `ServiceDiscoveryExcludedServices`
    pub excluded: Option<Excluded>,
    /// The softphone, where there are several. Of single accounts only, as what follows.
    pub device: Option<String>,
    /// Hosts outside of the domains that may be connected to, in lower case.
    pub hosts: BTreeSet<String>,
}

impl Chosen {
    /// This host may be connected to.
    pub fn allow(&mut self, host: &str) {
        self.hosts.insert(Server::new(host, 0).host);
    }

    /// Changes to what was typed, but for what stands in the account's file; hosts that were agreed to stay. What is wrong
    /// changes nothing.
    ///
    /// # Errors
    /// What is wrong.
    pub fn change(&mut self, typed: &NewSettings) -> Result<(), Wrong> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let device = given(&typed.device).map(|name| addresses::device(&name)).transpose();
        device.map_err(|what| Wrong { key: "device", what })?;
        *self = read(WrittenChosen {
            authenticator: given(&typed.authenticator),
            server: given(&typed.server),
            tftp: given(&typed.tftp),
            cti: given(&typed.cti),
            ccmcip: given(&typed.ccmcip),
            // The account's own CAS goes before it.
            cas: None,
            excluded_services: Some(typed.excluded.clone()),
            device: given(&typed.device),
            hosts: self.hosts.clone(),
            _cleartext: IgnoredAny,
        })?;
        Ok(())
    }
}

/// What is wrong with one value, and the right form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Of which setting.
    pub key: &'static str,
    /// In a sentence.
    pub what: String,
}

/// Who authenticates, as the user has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// Whoever discovery finds.
    Automatic,
    /// This one.
    By(Manual),
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Set for this account.
    Account,
    /// Set for all accounts without a setting of their own.
    Default,
    /// A link said it.
    Link,
    /// The bootstrap file said it.
    Bootstrap,
    /// `jabber-config.xml` said it at an earlier sign-in.
    ClientConfig,
    /// Nobody said anything.
    BuiltIn,
}

impl Origin {
    /// As `offhook settings show --json` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Account => "account",
            Origin::Default => "default",
            Origin::Link => "provision",
            Origin::Bootstrap => "bootstrap",
            Origin::ClientConfig => "client-config",
            Origin::BuiltIn => "built-in",
        }
    }
}

/// What a link said (`offhook provision`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioned {
    /// `ServicesDomain`, in place of the address's domain.
    pub services_domain: Option<String>,
    /// `VoiceServicesDomain`
    pub voice_domain: Option<String>,
    /// `ServiceDiscoveryExcludedServices`
    pub excluded: Option<Excluded>,
    /// What has no effect here, as it was written.
    pub others: BTreeMap<String, String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bootstrap_first: bool,
    passwords: Option<String>,
    default: Option<WrittenChosen>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    account: BTreeMap<String, WrittenChosen>,
    provision: Option<WrittenProvision>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenChosen {
    authenticator: Option<String>,
    server: Option<String>,
    tftp: Option<String>,
    cti: Option<String>,
    ccmcip: Option<String>,
    cas: Option<String>,
    excluded_services: Option<Vec<String>>,
    device: Option<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    hosts: BTreeSet<String>,
    /// Of older offhooks. It stands in the account's file now, and does not count here: the user is asked anew.
    #[serde(rename = "cleartext", skip_serializing)]
    _cleartext: IgnoredAny,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenProvision {
    services_domain: Option<String>,
    voice_services_domain: Option<String>,
    excluded_services: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<String, String>,
}

impl Settings {
    /// Where passwords are kept.
    #[must_use]
    pub fn password_store(&self) -> StoreChoice {
        self.password_store.unwrap_or_default()
    }

    /// Who authenticates for this account, and where that came from: its own setting, else the default; none for Automatic.
    #[must_use]
    pub fn manual(&self, account: Option<&AccountName>) -> (Option<&Manual>, Origin) {
        let own = account.and_then(|account| self.accounts.get(account)).and_then(|own| own.authenticator.as_ref());
        let (chosen, origin) = match (own, &self.default.authenticator) {
            (Some(own), _) => (own, Origin::Account),
            (None, Some(default)) => (default, Origin::Default),
            (None, None) => return (None, Origin::BuiltIn),
        };
        match chosen {
            Authenticator::Automatic => (None, origin),
            Authenticator::By(manual) => (Some(manual), origin),
        }
    }

    /// What is excluded for this account, where somebody has said so: by its own setting, the default, or a link.
    #[must_use]
    pub fn excluded(&self, account: Option<&AccountName>) -> Option<(Excluded, Origin)> {
        let own = account.and_then(|account| self.accounts.get(account)).and_then(|own| own.excluded);
        let own = own.map(|excluded| (excluded, Origin::Account));
        let default = self.default.excluded.map(|excluded| (excluded, Origin::Default));
        own.or(default).or(self.provisioned.excluded.map(|excluded| (excluded, Origin::Link)))
    }

    /// Changes what is chosen for this account; with none, the default.
    pub fn choose(&mut self, account: Option<AccountName>, change: impl FnOnce(&mut Chosen)) {
        match account {
            None => change(&mut self.default),
            Some(account) => change(self.accounts.entry(account).or_default()),
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Where it cannot be understood, as LINE:COLUMN, and why.
    pub fn parse(text: &str) -> Result<Settings, String> {
        let written: Written = toml::from_str(text).map_err(|why| {
            let (line, column) = line_and_column(text, why.span().map_or(0, |span| span.start));
            format!("{line}:{column}: {}", visible_line(why.message()))
        })?;
        // Values have no place that is known by now; their words are unlikely enough.
        let wrong = |why: String| format!("1:1: {why}");
        let mut settings = Settings { bootstrap_first: written.bootstrap_first, ..Settings::default() };
        let store = |name: String| {
            let refused = || wrong(format!("“{}” is no place that keeps passwords.", visible_line(&name)));
            StoreChoice::parse(&name).ok_or_else(refused)
        };
        settings.password_store = written.passwords.map(store).transpose()?;
        settings.default = written.default.map(read).transpose().map_err(|why| wrong(why.what))?.unwrap_or_default();
        for (name, chosen) in written.account {
            let name = addresses::account_name(&name).map_err(wrong)?;
            settings.accounts.insert(name, read(chosen).map_err(|why| wrong(why.what))?);
        }
        if let Some(provision) = written.provision {
            settings.provisioned = Provisioned {
                services_domain: provision.services_domain,
                voice_domain: provision.voice_services_domain,
                excluded: provision.excluded_services.map(|names| excluded(&names)).transpose().map_err(wrong)?,
                others: provision.others,
            };
        }
        Ok(settings)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn write(&self) -> Result<String, String> {
        let Provisioned { services_domain, voice_domain, excluded, others } = self.provisioned.clone();
        let provision = WrittenProvision {
            services_domain,
            voice_services_domain: voice_domain,
            excluded_services: excluded.map(names),
            others,
        };
        let account = |(name, chosen): (&AccountName, &Chosen)| (name.0.clone(), written(chosen));
        let written = Written {
            bootstrap_first: self.bootstrap_first,
            passwords: self.password_store.map(|choice| choice.name().to_owned()),
            default: (self.default != Chosen::default()).then(|| written(&self.default)),
            account: self.accounts.iter().map(account).collect(),
            provision: (self.provisioned != Provisioned::default()).then_some(provision),
        };
        toml::to_string(&written).map(|text| format!("{TITLE}{text}")).map_err(|why| why.to_string())
    }
}

fn read(written: WrittenChosen) -> Result<Chosen, Wrong> {
    let wrong = |key| move |what| Wrong { key, what };
    let excluded = written.excluded_services.as_deref().map(excluded).transpose().map_err(wrong("excluded-services"))?;
    let host = |text: &String| Server::parse(text, HTTPS_PORT).map(|server| server.host);
    let hosts = written.hosts.iter().map(|text| host(text).ok_or_else(|| format!("“{}” is no host.", visible_line(text))));
    let hosts = hosts.collect::<Result<_, _>>().map_err(wrong("hosts"))?;
    let device = written.device.clone();
    Ok(Chosen { authenticator: authenticator(written)?, excluded, device, hosts })
}

fn authenticator(written: WrittenChosen) -> Result<Option<Authenticator>, Wrong> {
    const FORM: &str = "Write HOST or HOST:PORT, as in imp.example.test or [2001:db8::1]:8443.";
    let server = |key: &'static str, text: Option<String>, port: u16| -> Result<Option<Server>, Wrong> {
        let Some(text) = text else { return Ok(None) };
        let none = || Wrong { key, what: format!("“{}” is no server. {FORM}", visible_line(&text)) };
        Server::parse(&text, port).map(Some).ok_or_else(none)
    };
    let Some(named) = written.authenticator else { return Ok(None) };
    let wanted = |key: &'static str, server: Option<Server>| {
        server.ok_or_else(|| Wrong { key, what: format!("{} lacks its {key}. {FORM}", visible_line(&named)) })
    };
    let manual = match named.as_str() {
        "automatic" => return Ok(Some(Authenticator::Automatic)),
        "cup" => Manual::Cup { server: wanted("server", server("server", written.server, HTTPS_PORT)?)? },
        "cucm" => Manual::Cucm { server: wanted("server", server("server", written.server, HTTPS_PORT)?)? },
        "cucm8" => Manual::Cucm8 {
            tftp: wanted("tftp", server("tftp", written.tftp, TFTP_PORT)?)?,
            cti: server("cti", written.cti, CTI_PORT)?,
            ccmcip: server("ccmcip", written.ccmcip, HTTPS_PORT)?,
        },
        "webex" => {
            let cas = written.cas.as_deref().map(addresses::cas).transpose();
            Manual::Webex { cas: cas.map_err(|what| Wrong { key: "cas", what })? }
        }
        "standard" => Manual::Standard,
        other => {
            let what = format!("“{}” is no authenticator.", visible_line(other));
            return Err(Wrong { key: "authenticator", what });
        }
    };
    Ok(Some(Authenticator::By(manual)))
}

fn written(chosen: &Chosen) -> WrittenChosen {
    let manual = match &chosen.authenticator {
        Some(Authenticator::By(manual)) => Some(manual),
        Some(Authenticator::Automatic) | None => None,
    };
    let mut written = WrittenChosen {
        authenticator: chosen.authenticator.as_ref().map(|_| name(manual).to_owned()),
        excluded_services: chosen.excluded.map(names),
        device: chosen.device.clone(),
        hosts: chosen.hosts.clone(),
        ..WrittenChosen::default()
    };
    match manual {
        Some(Manual::Cup { server } | Manual::Cucm { server }) => written.server = Some(server.to_string()),
        Some(Manual::Cucm8 { tftp, cti, ccmcip }) => {
            written.tftp = Some(tftp.to_string());
            written.cti = cti.as_ref().map(Server::to_string);
            written.ccmcip = ccmcip.as_ref().map(Server::to_string);
        }
        Some(Manual::Webex { cas }) => written.cas = cas.as_ref().map(ToString::to_string),
        Some(Manual::Standard) | None => {}
    }
    written
}

/// The authenticator as `offhook settings` takes it; none is Automatic.
#[must_use]
pub const fn name(manual: Option<&Manual>) -> &'static str {
    match manual {
        None => "automatic",
        Some(Manual::Cup { .. }) => "cup",
        Some(Manual::Cucm { .. }) => "cucm",
        Some(Manual::Cucm8 { .. }) => "cucm8",
        Some(Manual::Webex { .. }) => "webex",
        Some(Manual::Standard) => "standard",
    }
}

/// `ServiceDiscoveryExcludedServices` as names.
#[must_use]
pub fn names(excluded: Excluded) -> Vec<String> {
    let named = [(excluded.webex, "WEBEX"), (excluded.cucm, "CUCM"), (excluded.cup, "CUP")];
    named.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect()
}

fn excluded(names: &[String]) -> Result<Excluded, String> {
    let mut excluded = Excluded::default();
    for name in names {
        match name.as_str() {
            "WEBEX" => excluded.webex = true,
            "CUCM" => excluded.cucm = true,
            "CUP" => excluded.cup = true,
            other => return Err(format!("“{}” is no service that can be excluded.", visible_line(other))),
        }
    }
    Ok(excluded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::secrets::Place;
    use proptest::prelude::*;

    fn server(text: &str) -> Server {
        Server::parse(text, 1).unwrap()
    }

    #[test]
    fn settings_are_written_as_they_are_read() {
        let store = Some(StoreChoice::Only(Place::File));
        let mut settings = Settings { bootstrap_first: true, password_store: store, ..Settings::default() };
        let by = |manual| Chosen { authenticator: Some(Authenticator::By(manual)), ..Chosen::default() };
        settings.default = Chosen { excluded: Some(Excluded::default()), ..by(Manual::Standard) };
        let cucm8 = Manual::Cucm8 { tftp: server("cucm1:6969"), cti: Some(server("cucm1:2748")), ccmcip: None };
        let mut agreed = Chosen { device: Some("CSFANA".into()), ..Chosen::default() };
        agreed.allow("CUCM9.Elsewhere.Example.");
        assert!(agreed.hosts.contains("cucm9.elsewhere.example"));
        let all = [
            Chosen { authenticator: Some(Authenticator::Automatic), ..Chosen::default() },
            Chosen { excluded: Some(Excluded { webex: true, cucm: true, cup: false }), ..Chosen::default() },
            by(Manual::Cup { server: server("[2001:db8::1]:8443") }),
            by(Manual::Cucm { server: server("cucm.lab.example:8443") }),
            by(cucm8),
            by(Manual::Webex { cas: Some("https://cas.example/x".parse().unwrap()) }),
            by(Manual::Webex { cas: None }),
            by(Manual::Standard),
            agreed,
        ];
        for (number, chosen) in all.into_iter().enumerate() {
            settings.choose(Some(AccountName(format!("a{number}.net"))), |known| *known = chosen);
        }
        settings.provisioned = Provisioned {
            services_domain: Some("lab.example".into()),
            voice_domain: Some("voice.example".into()),
            excluded: Some(Excluded { webex: true, cucm: false, cup: true }),
            others: [("Telephony_Enabled".to_owned(), "false".to_owned())].into(),
        };
        assert_eq!(Settings::parse(&settings.write().unwrap()), Ok(settings.clone()));
        assert_eq!(Settings::parse(&Settings::default().write().unwrap()), Ok(Settings::default()));
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
        let old = Settings::parse("[account.work]\ndevice = 'CSFANA'\ncleartext = true\n").unwrap();
        assert_eq!(old.accounts[&AccountName("work".into())].device.as_deref(), Some("CSFANA"), "all else counts");
        assert!(!old.write().unwrap().contains("cleartext"));
        let of = |account: &str| {
            let (manual, origin) = settings.manual(Some(&AccountName(account.into())));
            (name(manual), origin)
        };
        assert_eq!((of("a0.net"), of("a3.net")), (("automatic", Origin::Account), ("cucm", Origin::Account)));
        assert_eq!((of("a1.net"), of("new")), (("standard", Origin::Default), ("standard", Origin::Default)));
        assert_eq!(settings.manual(None), (Some(&Manual::Standard), Origin::Default));
        let excluded = |account: Option<&str>| settings.excluded(account.map(|name| AccountName(name.into())).as_ref());
        assert!(excluded(Some("a1.net")).is_some_and(|(is, origin)| is.cucm && origin == Origin::Account));
        assert_eq!(excluded(Some("a2.net")), Some((Excluded::default(), Origin::Default)));
        settings.default = Chosen::default();
        assert!(settings.excluded(None).is_some_and(|(is, origin)| is.cup && origin == Origin::Link));
    }

    #[test]
    fn what_is_typed_wrong_is_said_of_its_setting_and_changes_nothing() {
        let typed = |authenticator: &str| NewSettings { authenticator: authenticator.into(), ..NewSettings::default() };
        for (key, said, typed) in [
            ("server", "lacks its server", typed("cucm")),
            ("server", "“a b” is no server", NewSettings { server: "a b".into(), ..typed("cup") }),
            ("tftp", "lacks its tftp", typed("cucm8")),
            ("cti", "“:” is no server", NewSettings { tftp: "cucm1".into(), cti: ":".into(), ..typed("cucm8") }),
            ("ccmcip", "“:” is no server", NewSettings { tftp: "cucm1".into(), ccmcip: ":".into(), ..typed("cucm8") }),
            ("device", "“a phone” is no device", NewSettings { device: "a phone".into(), ..typed("automatic") }),
            ("authenticator", "“ldap” is no authenticator", typed("ldap")),
        ] {
            let mut chosen = Chosen { device: Some("CSFANA".into()), ..Chosen::default() };
            let before = chosen.clone();
            let wrong = chosen.change(&typed).unwrap_err();
            assert_eq!((wrong.key, wrong.what.contains(said)), (key, true), "{wrong:?}");
            assert_eq!(chosen, before);
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_never_counts_as_unset() {
        for (text, said) in [
            ("bootstrap-first = 3", "1:19: "),
            ("\n[default]\nauthenticator = 'ldap'", "“ldap” is no authenticator"),
            ("[account.x]\nauthenticator = 'cup'", "lacks its server"),
            ("[account.x]\nauthenticator = 'cucm8'\ntftp = 'a b'", "“a b” is no server"),
            ("[account.'../x']\nauthenticator = 'standard'", "cannot name an account"),
            ("[provision]\nexcluded-services = ['EDGE']", "“EDGE” is no service"),
            ("colour = 1", "unknown field"),
            ("passwords = 'wallet'", "“wallet” is no place"),
            ("[default]\nauthenticator = 'webex'\ncas = 'ftp://x'", "is not where CAS can be asked"),
        ] {
            let why = Settings::parse(text).unwrap_err();
            assert!(why.contains(said), "{text:?}: {why}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}|\\[default\\]\n(authenticator|server|tftp) = \"\\PC{0,9}\"") {
            let _ = Settings::parse(&text);
        }
    }
}
