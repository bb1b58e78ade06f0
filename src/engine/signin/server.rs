//! A server that may be connected to: its name, its port, and whether the user must be asked about it first.

use crate::protocol::dns::Srv;

/// The port of UDS, EPAS and CCMCIP, and of the edge.
pub const HTTPS_PORT: u16 = 8443;

/// The port to which a read request of TFTP goes.
pub const TFTP_PORT: u16 = 69;

/// HOST:PORT.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Host name in lower case, or an address, IPv6 without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl Server {
    /// `host` at `port`; a final dot and upper case are taken off.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Server {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Server { host: host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(), port }
    }

    /// `text` as HOST or HOST:PORT; an IPv6 address that has a port stands in brackets.
    #[must_use]
    pub fn parse(text: &str, default_port: u16) -> Option<Server> {
        let text = text.trim();
        let (host, port) = match text.rsplit_once(':') {
            // More than one colon and no brackets: an IPv6 address without a port.
            Some((host, _)) if host.contains(':') && !host.ends_with(']') => (text, default_port),
            Some((host, port)) if !text.ends_with(']') => (host, port.parse().ok()?),
            _ => (text, default_port),
        };
        let server = Server::new(host, port);
        (is_host(&server.host) && port != 0).then_some(server)
    }

    /// Whether it is `domain` or lies in it.
    #[must_use]
    pub fn is_within(&self, domain: &str) -> bool {
        let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
        let before = self.host.strip_suffix(domain.as_str());
        !domain.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Server { host, port } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(out, "{open}{host}{close}:{port}")
    }
}

/// Whether `text` can be a host: letters, digits, hyphens, dots and underscores, or an IPv6 address.
fn is_host(text: &str) -> bool {
    let is_name = text.chars().all(|letter| letter.is_alphanumeric() || "-._".contains(letter));
    !text.is_empty() && text.len() <= 253 && !text.starts_with('.') && (is_name || text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// A server that a source of the order has named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Which.
    pub server: Server,
    /// It lies outside the services domain and the voice services domain: the user is asked before it is connected to, and
    /// nobody connects where nobody can be asked.
    pub ask_first: bool,
}

/// The server that a record names, where it can be one.
#[must_use]
pub fn of_record(record: &Srv) -> Option<Server> {
    let server = Server::new(&record.target, record.port);
    (is_host(&server.host) && server.port != 0).then_some(server)
}

/// The servers of these targets, sorted.
#[must_use]
pub(super) fn sorted(targets: &[Target]) -> Vec<Server> {
    let mut servers: Vec<Server> = targets.iter().map(|target| target.server.clone()).collect();
    servers.sort();
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_ports_are_read_and_others_refused() {
        let read = |text: &str| Server::parse(text, 8443).map(|server| server.to_string());
        assert_eq!(read("IMP.lab.example").as_deref(), Some("imp.lab.example:8443"));
        assert_eq!(read(" imp.lab.example.:443 ").as_deref(), Some("imp.lab.example:443"));
        assert_eq!(read("2001:db8::1").as_deref(), Some("[2001:db8::1]:8443"));
        assert_eq!(read("[2001:db8::1]").as_deref(), Some("[2001:db8::1]:8443"));
        assert_eq!(read("[2001:db8::1]:69").as_deref(), Some("[2001:db8::1]:69"));
        for wrong in ["", "a b", "imp:0", "imp:65536", "imp:x", "https://imp", "a/b", "\u{1b}[2J", ".imp"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_host_lies_within_its_domain_and_not_within_one_that_merely_ends_like_it() {
        let within = |host: &str| Server::new(host, 1).is_within("Lab.Example.");
        assert!(within("lab.example") && within("cucm1.lab.example") && within("a.b.LAB.example."));
        assert!(!within("evillab.example") && !within("lab.example.evil.test") && !within("192.0.2.1"));
        assert!(!Server::new("anything.test", 1).is_within(""));
    }
}
