//! How the streams of a server are negotiated: what a site may say about it.

use crate::lab::tokens::Tokens;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How the streams of a server are negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The domain that it serves.
    pub domain: String,
    /// The password of each account, by user name.
    pub passwords: BTreeMap<String, String>,
    /// One-time passwords, for `CISCO-VTG-TOKEN`.
    pub tokens: Tokens,
    /// Whether there is STARTTLS.
    pub starttls: StartTls,
    /// What is offered. The fact sheet (§8.2) has seen PLAIN and CISCO-VTG-TOKEN.
    pub mechanisms: Vec<Mechanism>,
    /// Whether PLAIN is offered where there is no TLS.
    pub plain_in_clear: bool,
    /// `<hostname xmlns='urn:xmpp:domain-based-name:0'/>` among the mechanisms: the home node, then its backup (fact sheet §8.2).
    pub hostnames: Vec<String>,
    /// Everybody is sent there (RFC 6120 §4.9.3.19), once they are under TLS where there is TLS.
    pub see_other_host: Option<String>,
    /// XEP-0198.
    pub stream_management: bool,
    /// Bytes that one element may have.
    pub longest_element: usize,
}

impl Settings {
    /// For `domain`, without accounts: TLS required, SCRAM and PLAIN.
    #[must_use]
    pub fn new(domain: &str) -> Settings {
        Settings {
            domain: domain.to_owned(),
            passwords: BTreeMap::new(),
            tokens: Tokens::new(),
            starttls: StartTls::Required,
            mechanisms: vec![Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::Plain],
            plain_in_clear: false,
            hostnames: Vec::new(),
            see_other_host: None,
            stream_management: true,
            longest_element: 256 * 1024,
        }
    }

    /// What is offered now.
    pub(super) fn offered(&self, encrypted: bool) -> impl Iterator<Item = Mechanism> {
        let hidden = move |mechanism: &Mechanism| mechanism.shows_the_secret() && !encrypted && !self.plain_in_clear;
        self.mechanisms.iter().copied().filter(move |mechanism| !hidden(mechanism))
    }
}

/// Whether there is STARTTLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartTls {
    /// Nothing is done without it.
    #[default]
    Required,
    /// Who wants it may have it.
    Offered,
    /// There is none.
    Absent,
}

/// A mechanism of SASL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// RFC 7677.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// RFC 5802.
    #[serde(rename = "scram-sha-1")]
    ScramSha1,
    /// RFC 4616.
    Plain,
    /// `userid=ana@lab.example`, NUL, `token=` and a one-time password (fact sheet §8.2).
    CiscoVtgToken,
}

impl Mechanism {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha1 => "SCRAM-SHA-1",
            Mechanism::Plain => "PLAIN",
            Mechanism::CiscoVtgToken => "CISCO-VTG-TOKEN",
        }
    }

    const fn shows_the_secret(self) -> bool {
        matches!(self, Mechanism::Plain | Mechanism::CiscoVtgToken)
    }
}
