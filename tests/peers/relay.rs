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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), through: Arc::default() };
        let through = Arc::clone(&relay.through);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                through.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    thread::spawn(move || carry(from, to));
                }
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

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
