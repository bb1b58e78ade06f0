//! A flow: one way to reach a peer, opened by io and known here by number (RFC 5626 §2 calls it that).

use std::net::SocketAddr;

/// How SIP travels (RFC 3261 §18). UDP and TCP are clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: every message fits one, requests are retransmitted.
    Udp,
    /// A stream, in clear.
    Tcp,
    /// A stream under TLS.
    Tls,
}

impl Transport {
    /// Whether it delivers in order and without loss, so that transactions need not retransmit (RFC 3261 §17).
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Whether nobody on the way can read it.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Transport::Tls)
    }

    /// The port used when a URI names none (RFC 3261 §19.1.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
        }
    }

    /// The token of the Via header: `UDP`, `TCP`, `TLS`.
    #[must_use]
    pub const fn via_token(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// The value of the URI parameter `transport`: `udp`, `tcp`, `tls`.
    #[must_use]
    pub const fn uri_token(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }

    /// Reads either token, in any case.
    #[must_use]
    pub fn parse(token: &str) -> Option<Transport> {
        [Transport::Udp, Transport::Tcp, Transport::Tls].into_iter().find(|t| token.eq_ignore_ascii_case(t.uri_token()))
    }
}

/// The number by which io knows a flow. Chosen by whoever asks for it to be opened; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// An open flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// How it travels.
    pub transport: Transport,
    /// Our own address on it: a real interface address, never the unspecified one, so that it can stand in Via and Contact.
    pub local: SocketAddr,
    /// The peer that it was opened to. A datagram flow can hear from, and send to, others too.
    pub remote: SocketAddr,
}
