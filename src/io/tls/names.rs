//! Which names a certificate may show: the account's domain, or the host that we connect to when it lies under it.
//!
//! SRV and NAPTR answers are not signed, so a host they name counts only under the domain (RFC 6125 §6.2.1, RFC 5922 §7).
//! A host that the user typed as an address counts too: nobody else chose it.

#![deny(clippy::indexing_slicing)]

use crate::engine::output::TlsNames;
use rustls_pki_types::ServerName;
use std::net::IpAddr;

/// `name` in the form in which certificates and TLS carry it: ASCII, lower case, no final dot, no brackets.
#[must_use]
pub fn ascii(name: &str) -> String {
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    idna::domain_to_ascii(bare).unwrap_or_else(|_| bare.to_ascii_lowercase())
}

/// Whether `host` is `domain` or lies under it; both as [`ascii`] gives them.
#[must_use]
pub fn lies_under(host: &str, domain: &str) -> bool {
    !domain.is_empty() && (host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// The names that are accepted, the domain first.
#[must_use]
pub fn accepted(names: &TlsNames) -> Vec<ServerName<'static>> {
    let (domain, host) = (ascii(&names.domain), ascii(&names.host));
    let mut accepted = Vec::new();
    if let Ok(name) = ServerName::try_from(domain.clone()) {
        accepted.push(name);
    }
    let typed_address = host.parse::<IpAddr>().is_ok();
    if host != domain
        && (typed_address || lies_under(&host, &domain))
        && let Ok(name) = ServerName::try_from(host)
    {
        accepted.push(name);
    }
    accepted
}

/// A host and a port as a command line takes them: IPv6 in brackets.
#[must_use]
pub fn host_port(host: &str, port: u16) -> String {
    let host = ascii(host);
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(domain: &str, host: &str) -> Vec<String> {
        let names = TlsNames { domain: domain.into(), host: host.into() };
        accepted(&names).iter().map(|name| name.to_str().into_owned()).collect()
    }

    #[test]
    fn a_host_counts_only_under_the_domain() {
        assert_eq!(shown("example.test", "xmpp.example.test."), ["example.test", "xmpp.example.test"]);
        assert_eq!(shown("Example.Test", "example.test"), ["example.test"]);
        assert_eq!(shown("example.test", "xmpp.evil.test"), ["example.test"]);
        assert_eq!(shown("example.test", "notexample.test"), ["example.test"]);
        assert_eq!(shown("", "xmpp.evil.test"), [""; 0]);
    }

    #[test]
    fn an_address_that_was_typed_counts_and_names_are_ascii() {
        assert_eq!(shown("example.test", "127.0.0.1"), ["example.test", "127.0.0.1"]);
        assert_eq!(shown("example.test", "[::1]"), ["example.test", "::1"]);
        assert_eq!(shown("bücher.example", "im.bücher.example"), ["xn--bcher-kva.example", "im.xn--bcher-kva.example"]);
        assert_eq!(host_port("::1", 5222), "[::1]:5222");
        assert_eq!(host_port("IM.Example.test", 5222), "im.example.test:5222");
    }
}
