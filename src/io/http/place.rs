//! To whom a request goes, and which names count as theirs.

#![deny(clippy::indexing_slicing)]

use crate::engine::output::TlsNames;
use crate::io::tls::names;
use crate::protocol::http::Names;
use rustls_pki_types::ServerName;
use url::Url;

/// To whom a request goes, and what counts as them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Over https.
    pub encrypted: bool,
    /// As the DNS writes it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// By way of this.
    pub proxy: Option<Url>,
    /// Whose certificate it may be.
    pub names: Names,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&names::host_port(&self.host, self.port))
    }
}

impl Place {
    /// The host, and the domain for which it is wanted.
    #[must_use]
    pub fn wanted(&self) -> TlsNames {
        let host = self.host.clone();
        let domain = match &self.names {
            Names::Host => host.clone(),
            Names::Domains(domains) => {
                let own = domains.iter().find(|domain| names::lies_under(&host, &names::ascii(domain)));
                own.or(domains.first()).unwrap_or(&host).clone()
            }
        };
        TlsNames { domain, host }
    }

    /// The names that its certificate may show.
    #[must_use]
    pub fn accepted(&self) -> Vec<ServerName<'static>> {
        let of = |domain: &str| names::accepted(&TlsNames { domain: domain.to_owned(), host: self.host.clone() });
        match &self.names {
            Names::Host => of(&self.host),
            Names::Domains(domains) => domains.iter().flat_map(|domain| of(domain)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(host: &str, names: Names) -> Vec<String> {
        let place = Place { encrypted: true, host: host.into(), port: 8443, proxy: None, names };
        place.accepted().iter().map(|name| name.to_str().into_owned()).collect()
    }

    #[test]
    fn a_host_counts_where_somebody_named_it_or_under_a_domain() {
        let domains = |domains: &[&str]| Names::Domains(domains.iter().map(|domain| (*domain).to_owned()).collect());
        assert_eq!(shown("cas.webex.test", Names::Host), ["cas.webex.test"]);
        assert_eq!(shown("cucm1.lab.example", domains(&["lab.example"])), ["lab.example", "cucm1.lab.example"]);
        assert_eq!(
            shown("cucm1.voice.example", domains(&["lab.example", "voice.example"])),
            ["lab.example", "voice.example", "cucm1.voice.example"]
        );
        assert_eq!(shown("cucm1.evil.example", domains(&["lab.example"])), ["lab.example"]);
        assert_eq!(shown("cucm1.lab.example", domains(&[])), [""; 0]);
    }
}
