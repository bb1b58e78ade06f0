//! A pair of UDP ports for one audio stream: RTP on an even one, RTCP on the next (RFC 3550 §11), marked EF (RFC 4594 §4.1).

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// How many pairs are tried before giving up.
const TRIES: usize = 200;

/// The traffic class octet of Expedited Forwarding (RFC 3246): DSCP 46, two bits to the left.
const EXPEDITED: u8 = 46 << 2;

/// Two bound ports. They are free again when this is dropped.
#[derive(Debug)]
pub struct MediaPort {
    /// Even.
    rtp: UdpSocket,
    /// The next.
    rtcp: UdpSocket,
    address: SocketAddr,
}

impl MediaPort {
    /// Where RTP is heard; RTCP is heard on the next port.
    #[must_use]
    pub fn rtp_address(&self) -> SocketAddr {
        self.address
    }

    /// The sockets of RTP and of RTCP. Neither blocks.
    #[must_use]
    pub fn sockets(&self) -> [&UdpSocket; 2] {
        [&self.rtp, &self.rtcp]
    }
}

/// Binds a pair on `local`, on ports that the system chooses.
///
/// # Errors
/// When `local` is not ours, or no pair is free.
pub fn bind(local: IpAddr) -> io::Result<MediaPort> {
    // What does not fit is held until the end, so that the system does not offer it again.
    let mut unfit = Vec::new();
    while unfit.len() < TRIES {
        let rtp = UdpSocket::bind((local, 0))?;
        let address = rtp.local_addr()?;
        let pair = if address.port() % 2 == 0 { address.port().checked_add(1) } else { None };
        match pair.map(|port| UdpSocket::bind((local, port))) {
            Some(Ok(rtcp)) => {
                for socket in [&rtp, &rtcp] {
                    socket.set_nonblocking(true)?;
                    expedite(socket, local);
                }
                return Ok(MediaPort { rtp, rtcp, address });
            }
            _ => unfit.push(rtp),
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, format!("No two neighbouring UDP ports are free on {local}.")))
}

/// Asks the network for low delay. Where the system refuses, the call works all the same.
fn expedite(socket: &UdpSocket, local: IpAddr) {
    let asked = match local {
        IpAddr::V4(_) => rustix::net::sockopt::set_ip_tos(socket, EXPEDITED),
        IpAddr::V6(_) => rustix::net::sockopt::set_ipv6_tclass(socket, EXPEDITED.into()),
    };
    if let Err(error) = asked {
        tracing::debug!(%error, "RTP is sent without a traffic class");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_pair_is_even_and_the_next_and_no_two_pairs_share_a_port() {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let pairs: Vec<MediaPort> = (0..20).map(|_| bind(local).unwrap()).collect();
        let mut ports = std::collections::BTreeSet::new();
        for pair in &pairs {
            assert_eq!(pair.rtp_address().port() % 2, 0);
            assert_eq!(pair.rtcp.local_addr().unwrap().port(), pair.rtp_address().port() + 1);
            assert!(ports.insert(pair.rtp_address().port()));
        }
        assert_eq!(rustix::net::sockopt::ip_tos(&pairs[0].rtp).unwrap(), EXPEDITED);
    }

    #[test]
    fn a_foreign_address_is_refused() {
        assert!(bind("192.0.2.1".parse().unwrap()).is_err());
    }
}
