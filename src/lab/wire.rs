//! What joins the lab's servers with whatever carries their bytes: sockets, or a test that holds both ends.
//!
//! A server at this level is a [`Machine`] from [`WireIn`] to [`WireOut`]: it says through which [`Door`]s it is reached
//! ([`Opening`]), hears lines open, speak and end, and datagrams. It refuses to know sockets and TLS: a door that is under
//! TLS says which certificate it shows, and whoever carries the bytes sees to it.

use super::site::Certificate;
use crate::machine::Machine;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A server, at the level of bytes.
pub type Server = Box<dyn Machine<Input = WireIn, Output = WireOut> + Send>;

/// What a server is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// DNS, over UDP.
    Dns,
    /// DNS, over TCP.
    DnsStream,
    /// The Webex directory of organisations.
    Cas,
    /// User data services, EPAS, CCMCIP, and whatever else a node says over HTTPS on 8443.
    Uds,
    /// Configuration files over HTTPS.
    FilesSecure,
    /// Configuration files over HTTP.
    FilesClear,
    /// Configuration files over TFTP.
    Tftp,
    /// XMPP; TLS begins when the server says so.
    Xmpp,
    /// SIP over TLS.
    SipSecure,
    /// SIP over TCP.
    SipStream,
    /// SIP over UDP.
    SipDatagram,
    /// RTP and RTCP: one of a row of UDP ports.
    Media(u16),
    /// Unity Connection.
    Voicemail,
}

/// A machine of the site. Each has an address of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The first node of the first cluster, and whatever stands alone.
    #[default]
    First,
    /// The second node of the first cluster.
    Second,
    /// The node of the second cluster.
    Other,
    /// The second node of IM and Presence.
    Backup,
}

impl Node {
    /// All of them, in the order of their addresses.
    pub const ALL: [Node; 4] = [Node::First, Node::Second, Node::Other, Node::Backup];
}

/// What carries the bytes of a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// UDP.
    Datagrams,
    /// TCP in clear.
    Stream,
    /// TLS from the first byte, with this certificate.
    Secure(Certificate),
    /// TCP in clear, and TLS with this certificate from [`WireOut::Secure`] on.
    Upgraded(Certificate),
}

/// A door that is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Which.
    pub door: Door,
    /// At whose address.
    pub node: Node,
    /// Over what.
    pub carrier: Carrier,
    /// Where it is by the documentation; 0 for anywhere.
    pub port: u16,
    /// Whether any other port will do when this one is not to be had; it is announced.
    pub movable: bool,
}

/// One connection. Its number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Through which door it came.
    pub door: Door,
    /// At whose address.
    pub node: Node,
    /// Which of them.
    pub number: u64,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireIn {
    /// Somebody at this address has connected; where the door is under TLS, that stands already.
    Opened(Line, SocketAddr),
    /// Bytes came.
    Heard(Line, Vec<u8>),
    /// The line is under TLS from now on, as the server wanted.
    Secured(Line),
    /// The line is gone, from their side or by a failure.
    Closed(Line),
    /// A datagram came from this address.
    Datagram(Door, Node, SocketAddr, Vec<u8>),
}

impl WireIn {
    /// Through which door it came.
    #[must_use]
    pub fn door(&self) -> Door {
        match self {
            WireIn::Opened(line, _) | WireIn::Heard(line, _) | WireIn::Secured(line) | WireIn::Closed(line) => line.door,
            WireIn::Datagram(door, ..) => *door,
        }
    }
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireOut {
    /// Send these bytes.
    Say(Line, Vec<u8>),
    /// After all that was said: TLS begins, and the client speaks first.
    Secure(Line),
    /// After all that was said: the line ends.
    Close(Line),
    /// Send a datagram from this door to this address.
    Datagram(Door, Node, SocketAddr, Vec<u8>),
}

/// Where the doors are: what the servers say of each other, and what is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The address of the first node; the others follow it.
    pub first: Ipv4Addr,
    /// Doors that are not where the documentation has them.
    pub moved: Vec<(Door, u16)>,
}

impl Default for Places {
    /// 127.0.0.1 and those after it, everything where the documentation has it.
    fn default() -> Places {
        Places { first: Ipv4Addr::LOCALHOST, moved: Vec::new() }
    }
}

impl Places {
    /// The address of a node.
    #[must_use]
    pub fn address(&self, node: Node) -> IpAddr {
        let step = Node::ALL.iter().position(|known| *known == node).and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        IpAddr::V4(Ipv4Addr::from_bits(self.first.to_bits().wrapping_add(step)))
    }

    /// The port of a door.
    #[must_use]
    pub fn port(&self, door: Door) -> u16 {
        let moved = self.moved.iter().find(|(known, _)| *known == door);
        moved.map_or_else(|| door.documented(), |(_, port)| *port)
    }

    /// Address and port of a door at the first node.
    #[must_use]
    pub fn of(&self, door: Door) -> SocketAddr {
        SocketAddr::new(self.address(Node::First), self.port(door))
    }
}

impl Door {
    /// The port that the documentation gives it.
    #[must_use]
    pub const fn documented(self) -> u16 {
        match self {
            Door::Dns | Door::DnsStream => 53,
            Door::Cas | Door::Voicemail => 443,
            Door::Uds => 8443,
            Door::FilesSecure => 6972,
            Door::FilesClear => 6970,
            Door::Tftp => 69,
            Door::Xmpp => 5222,
            Door::SipSecure => 5061,
            Door::SipStream | Door::SipDatagram => 5060,
            Door::Media(port) => port,
        }
    }
}
