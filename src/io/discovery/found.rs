//! `discovery.toml`: how many launches there were, and what they have found. It refuses to know where the file is.

#![deny(clippy::indexing_slicing)]

use super::services::WrittenServices;
use crate::engine::addresses::account_name;
use crate::engine::event::{AccountName, Source};
use crate::engine::signin::{Cache, CacheChange, Organisation, SrvAnswer, SrvKey, VoiceDomain};
use crate::protocol::cisco::domain;
use crate::protocol::dns::Srv;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Answers of each kind beyond these, and records of an answer, are not kept.
const ANSWERS: usize = 32;
const RECORDS: usize = 64;

/// What stands above it in the file.
const TITLE: &str = "# What offhook has found where your accounts are. Without this file it asks again.\n";

/// What is known from earlier launches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// So many launches there were.
    pub launches: u64,
    /// The answers; without the bootstrap values, which stand in [`Found::bootstrap`].
    pub cache: Cache,
    /// The bootstrap file when it was last read.
    pub bootstrap: Option<ReadBootstrap>,
}

/// A bootstrap file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBootstrap {
    /// SHA-256 of the file, so that one written anew is known.
    pub sha256: String,
    /// What it said, by key.
    pub values: BTreeMap<String, String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    launches: u64,
    #[serde(default)]
    webex: Vec<WrittenWebex>,
    #[serde(default)]
    srv: Vec<WrittenSrv>,
    #[serde(default)]
    services: Vec<WrittenServices>,
    #[serde(default)]
    voice: Vec<WrittenVoice>,
    bootstrap: Option<ReadBootstrap>,
}

#[derive(Serialize, Deserialize)]
struct WrittenWebex {
    domain: String,
    sso: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenSrv {
    domain: String,
    voice_domain: Option<String>,
    dns: Option<SocketAddr>,
    source: String,
    records: Vec<WrittenRecord>,
}

/// The voice services domain that an account's `jabber-config.xml` has named.
#[derive(Serialize, Deserialize)]
struct WrittenVoice {
    account: String,
    address: String,
    domain: String,
}

#[derive(Serialize, Deserialize)]
struct WrittenRecord {
    priority: u16,
    weight: u16,
    port: u16,
    target: String,
}

impl Found {
    /// Reads the file.
    ///
    /// # Errors
    /// Why it cannot be understood.
    pub fn parse(text: &str) -> Result<Found, String> {
        let written: Written = toml::from_str(text).map_err(|why| why.message().to_owned())?;
        let mut cache = Cache::default();
        for WrittenWebex { domain, sso } in written.webex {
            cache.apply(&CacheChange::KeepWebex { domain, organisation: Organisation { sso } });
        }
        for WrittenSrv { domain, voice_domain, dns, source, records } in written.srv {
            let source =
                [Source::CiscoUds, Source::CupLogin, Source::CollabEdge].into_iter().find(|known| known.name() == source);
            let source = source.ok_or("an SRV answer is of no record that is asked")?;
            let record = |WrittenRecord { priority, weight, port, target }| Srv { priority, weight, port, target };
            let answer = SrvAnswer { source, records: records.into_iter().map(record).collect() };
            cache.apply(&CacheChange::KeepSrv { key: SrvKey { domain, voice_domain, dns }, answer });
        }
        // What cannot be understood of them is asked anew.
        let services = written.services.into_iter().filter_map(WrittenServices::read);
        cache.services = services.take(ANSWERS).collect();
        let voice = |WrittenVoice { account, address, domain: named }: WrittenVoice| {
            Some((account_name(&account).ok()?, VoiceDomain { address, domain: domain(&named).ok()? }))
        };
        cache.voice = written.voice.into_iter().filter_map(voice).take(ANSWERS).collect();
        Ok(Found { launches: written.launches, cache, bootstrap: written.bootstrap })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn write(&self) -> Result<String, String> {
        let webex = |(domain, known): (&String, &Organisation)| WrittenWebex { domain: domain.clone(), sso: known.sso };
        let voice = |(account, VoiceDomain { address, domain }): (&AccountName, &VoiceDomain)| WrittenVoice {
            account: account.0.clone(),
            address: address.clone(),
            domain: domain.clone(),
        };
        let written = Written {
            launches: self.launches,
            webex: self.cache.webex.iter().take(ANSWERS).map(webex).collect(),
            srv: self.cache.srv.iter().take(ANSWERS).map(|(key, answer)| written_srv(key, answer)).collect(),
            services: self.cache.services.iter().take(ANSWERS).map(WrittenServices::of).collect(),
            voice: self.cache.voice.iter().take(ANSWERS).map(voice).collect(),
            bootstrap: self.bootstrap.clone(),
        };
        toml::to_string(&written).map(|text| format!("{TITLE}{text}")).map_err(|why| why.to_string())
    }

    /// Applies a change, and makes room for it where that is needed.
    pub fn apply(&mut self, change: &CacheChange) {
        match change {
            CacheChange::KeepSrv { key, .. } => make_room(&mut self.cache.srv, key),
            CacheChange::KeepWebex { domain, .. } => make_room(&mut self.cache.webex, domain),
            CacheChange::KeepServices { account, .. } => make_room(&mut self.cache.services, account),
            CacheChange::KeepVoice { account, .. } => make_room(&mut self.cache.voice, account),
            CacheChange::ForgetSrv { .. }
            | CacheChange::ForgetWebex { .. }
            | CacheChange::ForgetServices { .. }
            | CacheChange::ForgetVoice { .. }
            | CacheChange::KeepBootstrap(_) => {}
        }
        self.cache.apply(change);
    }
}

fn written_srv(key: &SrvKey, answer: &SrvAnswer) -> WrittenSrv {
    let mut records: Vec<&Srv> = answer.records.iter().collect();
    // Those that would be tried first are those that matter.
    records.sort_by_key(|record| record.priority);
    let record = |record: &Srv| {
        let Srv { priority, weight, port, target } = record.clone();
        WrittenRecord { priority, weight, port, target }
    };
    WrittenSrv {
        domain: key.domain.clone(),
        voice_domain: key.voice_domain.clone(),
        dns: key.dns,
        source: answer.source.name().to_owned(),
        records: records.into_iter().take(RECORDS).map(record).collect(),
    }
}

fn make_room<Key: Ord + Clone, Value>(known: &mut BTreeMap<Key, Value>, key: &Key) {
    while known.len() >= ANSWERS && !known.contains_key(key) {
        let Some(other) = known.keys().next().cloned() else { return };
        known.remove(&other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(domain: &str) -> SrvKey {
        SrvKey { domain: domain.into(), voice_domain: Some("voice.example".into()), dns: Some("127.1.2.3:53".parse().unwrap()) }
    }

    fn answer(records: u16) -> SrvAnswer {
        let record = |number: u16| Srv {
            priority: 2 * records - number,
            weight: 5,
            port: 8443,
            target: format!("cucm{number}.lab.example"),
        };
        SrvAnswer { source: Source::CiscoUds, records: (0..records).map(record).collect() }
    }

    #[test]
    fn what_is_found_is_written_as_it_is_read() {
        let mut found = Found { launches: 7, ..Found::default() };
        found.apply(&CacheChange::KeepWebex { domain: "lab.example".into(), organisation: Organisation { sso: true } });
        found.apply(&CacheChange::KeepSrv { key: key("lab.example"), answer: SrvAnswer { records: vec![], ..answer(0) } });
        found.apply(&CacheChange::KeepSrv {
            key: SrvKey { voice_domain: None, dns: None, ..key("b.example") },
            answer: answer(1),
        });
        let voice = |domain: &str| VoiceDomain { address: "ana@lab.example".into(), domain: domain.into() };
        let work = AccountName("work".into());
        found.apply(&CacheChange::KeepVoice { account: work.clone(), voice: voice("voice.example") });
        let values = [("Authenticator".to_owned(), "CUP".to_owned())].into();
        found.bootstrap = Some(ReadBootstrap { sha256: "ab".into(), values });
        assert_eq!(Found::parse(&found.write().unwrap()), Ok(found.clone()));
        found.apply(&CacheChange::ForgetWebex { domain: "lab.example".into() });
        found.apply(&CacheChange::ForgetSrv { key: key("lab.example") });
        assert_eq!((found.cache.webex.len(), found.cache.srv.len()), (0, 1));
        assert_eq!(found.cache.voice_domain(Some(&work), "ana@lab.example"), Some("voice.example"));
        let damaged = found.write().unwrap().replace("\"voice.example\"", "\"a b\"");
        assert_eq!(Found::parse(&damaged).unwrap().cache.voice.len(), 0, "what makes no sense is not used");
        found.apply(&CacheChange::ForgetVoice { account: work });
        assert!(found.cache.voice.is_empty());
        assert_eq!(Found::parse(""), Ok(Found::default()));
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_newest_is_kept() {
        let mut found = Found::default();
        for number in 0..2 * ANSWERS {
            found.apply(&CacheChange::KeepSrv { key: key(&format!("{}.example", 900 - number)), answer: answer(1_000) });
            assert!(found.cache.srv.contains_key(&key(&format!("{}.example", 900 - number))));
        }
        assert_eq!(found.cache.srv.len(), ANSWERS);
        let text = found.write().unwrap();
        assert!(text.len() < 1 << 20, "{} bytes", text.len());
        let read = Found::parse(&text).unwrap();
        let kept = read.cache.srv.values().next().unwrap();
        assert_eq!((kept.records.len(), kept.records[0].target.as_str()), (RECORDS, "cucm999.lab.example"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}|launches = \\PC{0,8}|\\[\\[srv\\]\\]\n(domain|source|dns) = \"\\PC{0,9}\"") {
            let _ = Found::parse(&text);
        }
    }
}
