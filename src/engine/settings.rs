//! What an account is: its addresses, its servers and what is allowed for it. Pure values; io/accounts keeps them in files,
//! and `addresses` reads what the user typed.

use super::event::AccountName;
use std::net::SocketAddr;
use url::Url;

/// One account: on open standards, or by its address, of which discovery finds the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name for it.
    pub name: AccountName,
    /// The address that discovery begins with; then chat and phone are what sign-in finds.
    pub address: Option<ByAddress>,
    /// XMPP, where it has it.
    pub chat: Option<ChatAccount>,
    /// SIP, where it has it.
    pub phone: Option<PhoneAccount>,
    /// `--allow-cleartext`: SIP over UDP or TCP, RTP without SRTP, XMPP without TLS; by address also CAS over http and
    /// configuration files over http and TFTP.
    pub allow_cleartext: bool,
}

/// `--address`: what discovery begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByAddress {
    /// The user, without the domain.
    pub user: String,
    /// The domain.
    pub domain: String,
    /// `--dns`: this name server alone.
    pub dns: Option<SocketAddr>,
    /// `--cas`: this CAS instead of that of Webex.
    pub cas: Option<Url>,
    /// `--tftp-port`, instead of 69.
    pub tftp_port: Option<u16>,
}

impl std::fmt::Display for ByAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}@{}", self.user, self.domain)
    }
}

/// The XMPP half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatAccount {
    /// Bare JID, as the user typed it and `jid` normalised it.
    pub jid: String,
    /// Where to connect, instead of asking the DNS.
    pub server: Option<XmppServer>,
}

/// `--xmpp-server 'HOST:PORT[;tls=direct]'`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmppServer {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS from the first byte (XEP-0368) instead of STARTTLS.
    pub direct_tls: bool,
}

impl std::fmt::Display for XmppServer {
    /// As `--xmpp-server` takes it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let XmppServer { host, port, direct_tls } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(out, "{open}{host}{close}:{port}{}", if *direct_tls { ";tls=direct" } else { "" })
    }
}

/// The SIP half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneAccount {
    /// Address of record, as in `sip:alice@example.test`.
    pub address: String,
    /// `--sip-proxy`: an outbound proxy URI with its transport, instead of RFC 3263.
    pub proxy: Option<String>,
}
