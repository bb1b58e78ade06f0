//! A TCP relay that a test can cut: every connection through it dies at once, and the next ones pass again.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Relay {
    pub port: u16,
    through: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// To this port of loopback.
    pub fn to(port: u16) -> Relay {
        Relay::rewriting(port, "", "")
    }

    /// The same, and what comes back has `new` for `old`, which are of one length.
    pub fn rewriting(port: u16, old: &'static str, new: &'static str) -> Relay {
        assert_eq!(old.len(), new.len());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), through: Arc::default() };
        let through = Arc::clone(&relay.through);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                through.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                let there = (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || carry(there.0, there.1, |_| {}));
                thread::spawn(move || carry(far, near, |octets| rewrite(octets, old.as_bytes(), new.as_bytes())));
            }
        });
        relay
    }

    /// Cuts every connection, and says whether there was one.
    pub fn cut(&self) -> bool {
        let cut = std::mem::take(&mut *self.through.lock().unwrap());
        for stream in &cut {
            // Its other end may have gone first.
            let _closed = stream.shutdown(Shutdown::Both);
        }
        !cut.is_empty()
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut octets = [0; 16384];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        change(&mut octets[..count]);
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn rewrite(octets: &mut [u8], old: &[u8], new: &[u8]) {
    if old.is_empty() {
        return;
    }
    for at in 0..(octets.len() + 1).saturating_sub(old.len()) {
        if octets[at..].starts_with(old) {
            octets[at..at + new.len()].copy_from_slice(new);
        }
    }
}
