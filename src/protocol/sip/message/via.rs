//! Via: the way a request came and its responses go back (RFC 3261 §18.2, §20.42; `rport`: RFC 3581).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::grammar::{self, trim};
use super::host::Host;
use super::params::Params;
use std::net::IpAddr;

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The transport token as written: `UDP`, `TCP`, `TLS`, or one that we do not know.
    pub transport: String,
    /// Where the sender wants the response (`sent-by`).
    pub host: Host,
    /// Its port, when written out.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params,
}

impl Via {
    /// A hop without parameters.
    #[must_use]
    pub fn new(transport: &str, host: Host, port: Option<u16>) -> Via {
        Via { transport: transport.to_owned(), host, port, params: Params::new() }
    }

    /// Reads one value: `SIP/2.0/UDP host:port;parameters`, with white space wherever RFC 3261 §25.1 allows it.
    ///
    /// # Errors
    /// When the protocol is not SIP/2.0, or any part is malformed.
    pub fn parse(text: &str) -> Result<Via, Malformed> {
        let bad = |why| Err(Malformed::new("Via", why));
        let mut pieces = text.splitn(3, '/');
        let (Some(name), Some(version), Some(rest)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return bad("not protocol/version/transport");
        };
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return bad("not SIP/2.0");
        }
        let Some((transport, rest)) = trim(rest).split_once([' ', '\t']) else { return bad("no sent-by") };
        if !grammar::is_token(transport) {
            return bad("the transport is not a token");
        }
        let rest = trim(rest);
        let params_at = rest.find(';').unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at_checked(params_at).unwrap_or((rest, ""));
        let (host, port) = Host::parse_with_port(sent_by)?;
        Ok(Via { transport: transport.to_owned(), host, port, params: Params::parse(params)? })
    }

    /// The branch, which names the transaction.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch").flatten()
    }

    /// Sets the branch.
    pub fn set_branch(&mut self, branch: &str) {
        self.params.set("branch", Some(branch));
    }

    /// The address that the request really came from; IPv6 with or without brackets (RFC 5118 §4.5).
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        Host::lenient(self.params.get("received")??).address()
    }

    /// Notes the address that the request really came from.
    pub fn set_received(&mut self, address: IpAddr) {
        self.params.set("received", Some(&address.to_string()));
    }

    /// The parameter `rport`: `None` when absent, `Some(None)` when asked for and not filled in yet.
    #[must_use]
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.get("rport").map(|port| port.and_then(|port| port.parse().ok()))
    }

    /// Asks for the response to the port that the request came from, or fills that port in.
    pub fn set_rport(&mut self, port: Option<u16>) {
        self.params.set("rport", port.map(|port| port.to_string()).as_deref());
    }
}

impl std::str::FromStr for Via {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Via, Malformed> {
        Via::parse(text)
    }
}

impl std::fmt::Display for Via {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SIP/2.0/")?;
        self.transport
            .chars()
            .filter(|&letter| grammar::is_token_char(letter))
            .try_for_each(|letter| write!(out, "{letter}"))?;
        write!(out, " {}", self.host)?;
        if let Some(port) = self.port {
            write!(out, ":{port}")?;
        }
        write!(out, "{}", self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (text, written) in [
            ("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"),
            ("SIP  / 2.0\t/ UDP   a.example : 5060 ; branch = b", "SIP/2.0/UDP a.example:5060;branch=b"),
            ("sip/2.0/tls-sctp [2001:db8::1]", "SIP/2.0/tls-sctp [2001:db8::1]"),
        ] {
            assert_eq!(Via::parse(text).unwrap().to_string(), written);
        }
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/3.0/UDP a",
            "SIP/2.0 a",
            "SIP/2.0/UDP 2001:db8::1",
            "SIP/2.0/UDP a;;b",
            "SIP/2.0//UDP a",
        ] {
            assert!(Via::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn received_and_rport_say_where_it_came_from() {
        let mut via = Via::parse("SIP/2.0/UDP a;received=2001:db8::9;rport=x").unwrap();
        assert_eq!(via.received(), "2001:db8::9".parse().ok());
        assert_eq!(via.rport(), Some(None));
        via.set_rport(Some(5070));
        via.set_received(IpAddr::from([192, 0, 2, 9]));
        via.set_branch("z9hG4bK2");
        assert_eq!(via.to_string(), "SIP/2.0/UDP a;received=192.0.2.9;rport=5070;branch=z9hG4bK2");
        assert_eq!(Via::parse("SIP/2.0/UDP a;received=[2001:db8::9]").unwrap().received(), "2001:db8::9".parse().ok());
    }
}
