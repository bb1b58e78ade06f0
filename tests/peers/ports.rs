//! Free ports on loopback.

use std::net::{TcpListener, UdpSocket};
use std::sync::Mutex;

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
