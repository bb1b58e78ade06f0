//! Free ports on loopback.

use std::net::{TcpListener, UdpSocket};
use std::sync::Mutex;

/// What a case over IPv6 must name in its `needs`: loopback and, for baresip, another address.
pub const IPV6: &str = "IPv6";

/// Whether there is an address of IPv6 besides loopback and what is of one link only (proc(5)).
pub fn speaks_ipv6() -> bool {
    let addresses = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    UdpSocket::bind("[::1]:0").is_ok() && addresses.lines().any(|line| !line.ends_with(" lo") && !line.starts_with("fe80"))
}

/// Ports that this run has given out: the system may offer one again as soon as it is released.
static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());

/// A port that is free for TCP and UDP, and so is the next one.
pub fn free() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let Some(next) = port.checked_add(1) else { continue };
        let both = [port, next]
            .iter()
            .all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok() && UdpSocket::bind(("127.0.0.1", *port)).is_ok());
        let mut given = GIVEN.lock().unwrap();
        if both && !given.contains(&port) && !given.contains(&next) {
            given.extend([port, next]);
            return port;
        }
    }
}
