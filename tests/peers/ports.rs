//! Free ports on loopback.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a case over IPv6 must name in its `needs`: loopback and, for baresip, another address.
pub const IPV6: &str = "IPv6";

/// Whether there is an address of IPv6 besides loopback and what is of one link only (proc(5)).
pub fn speaks_ipv6() -> bool {
    let addresses = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    UdpSocket::bind("[::1]:0").is_ok() && addresses.lines().any(|line| !line.ends_with(" lo") && !line.starts_with("fe80"))
}

/// Below what Linux gives to outgoing connections (32768 and up): a server that is stopped finds its port free again.
const FIRST: u32 = 10_240;
const SPAN: u32 = 22_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port that is free for TCP and UDP, and so is the next one; never given twice in one run.
pub fn free() -> u16 {
    range(2)
}

/// The first of `count` ports, of which the first two are free now; never given twice in one run.
pub fn range(count: u32) -> u16 {
    // Two runs on one machine begin at different places.
    let start = std::process::id().wrapping_mul(7919);
    loop {
        let drawn = start.wrapping_add(NEXT.fetch_add(count, Ordering::Relaxed)) % SPAN;
        let port = u16::try_from(FIRST + drawn).unwrap();
        let both = [port, port + 1]
            .iter()
            .all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok() && UdpSocket::bind(("127.0.0.1", *port)).is_ok());
        if both {
            return port;
        }
    }
}
