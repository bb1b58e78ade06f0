//! A TCP relay that a test can cut: every connection through it dies at once, and the next ones pass again. It can take its
//! time over what it carries, change it, and tell of it; so can the one of datagrams.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Whoever has sent no datagram for so long sends none any more.
const SILENT: Duration = Duration::from_secs(30);

/// What goes by, when it leaves the near side or comes back there; lines have numbers that are never used again.
pub enum Passing<'a> {
    /// Somebody has connected.
    Opened(u64),
    /// They have sent this.
    There(u64, &'a [u8]),
    /// They get something.
    Back(u64),
}

/// How what is carried is treated.
#[derive(Clone)]
pub struct Habits {
    /// Each way takes so long; a connection takes both, once.
    pub delay: Duration,
    /// What comes back has the second for the first, which are of one length.
    pub rewrites: Vec<(Vec<u8>, Vec<u8>)>,
    /// Hears of all that goes by.
    pub told: Arc<dyn Fn(Passing<'_>) + Send + Sync>,
}

impl Default for Habits {
    fn default() -> Habits {
        Habits { delay: Duration::ZERO, rewrites: Vec::new(), told: Arc::new(|_| {}) }
    }
}

impl Habits {
    fn rewrite(&self, octets: &mut [u8]) {
        for (old, new) in &self.rewrites {
            assert_eq!(old.len(), new.len());
            for at in 0..(octets.len() + 1).saturating_sub(old.len()) {
                if octets[at..].starts_with(old) {
                    octets[at..at + new.len()].copy_from_slice(new);
                }
            }
        }
    }
}

/// What is carried, and when it is due.
type Due = (Instant, Vec<u8>);

fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub struct Relay {
    pub port: u16,
    through: Arc<Mutex<Vec<TcpStream>>>,
    refuses: Arc<AtomicBool>,
}

impl Relay {
    /// To this port of loopback.
    pub fn to(port: u16) -> Relay {
        Relay::rewriting(port, "", "")
    }

    /// The same, and what comes back has `new` for `old`, which are of one length.
    pub fn rewriting(port: u16, old: &'static str, new: &'static str) -> Relay {
        let rewrites = if old.is_empty() { vec![] } else { vec![(old.into(), new.into())] };
        Relay::between(([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], port).into(), Habits { rewrites, ..Habits::default() })
    }

    /// From one address to another.
    pub fn between(near: SocketAddr, far: SocketAddr, habits: Habits) -> Relay {
        let listener = TcpListener::bind(near).unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Relay { port, through: Arc::default(), refuses: Arc::default() };
        let (through, refuses) = (Arc::clone(&relay.through), Arc::clone(&relay.refuses));
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if refuses.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(far) else { continue };
                through.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                carry_both(near, far, &habits);
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

    /// Whoever comes is sent away from now on, or no longer.
    pub fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }
}

fn carry_both(near: TcpStream, far: TcpStream, habits: &Habits) {
    let line = number();
    (habits.told)(Passing::Opened(line));
    // To connect takes both ways, before the first word.
    let stands = Instant::now() + habits.delay * 2;
    let (there, back) = (channel(), channel());
    let (from, to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    let (asking, answering, told) = (habits.clone(), habits.clone(), Arc::clone(&habits.told));
    thread::spawn(move || {
        hear(from, there.0, |octets| {
            (asking.told)(Passing::There(line, octets));
            Instant::now().max(stands) + asking.delay
        });
    });
    thread::spawn(move || say(to, &there.1, || {}));
    thread::spawn(move || {
        hear(far, back.0, |octets| {
            answering.rewrite(octets);
            Instant::now() + answering.delay
        });
    });
    thread::spawn(move || say(near, &back.1, || told(Passing::Back(line))));
}

/// Reads until the end, and hands on what was heard with when it is due; the end is an empty piece.
fn hear(mut from: TcpStream, tell: Sender<Due>, due: impl Fn(&mut [u8]) -> Instant) {
    let mut octets = [0; 16384];
    let mut last = Instant::now();
    while let Ok(count @ 1..) = from.read(&mut octets) {
        last = due(&mut octets[..count]);
        if tell.send((last, octets[..count].to_vec())).is_err() {
            return;
        }
    }
    let _over = tell.send((last, Vec::new()));
}

/// Writes what is due, and ends both sides where it ends.
fn say(mut to: TcpStream, told: &Receiver<Due>, passed: impl Fn()) {
    for (due, octets) in told {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if octets.is_empty() {
            break;
        }
        passed();
        if to.write_all(&octets).is_err() {
            break;
        }
    }
    let _closed = to.shutdown(Shutdown::Both);
}

/// Carries datagrams from one address to another, and back to whoever has sent them.
pub fn datagrams(near: SocketAddr, far: SocketAddr, habits: Habits) {
    let near = UdpSocket::bind(near).unwrap();
    thread::spawn(move || {
        let mut known: HashMap<SocketAddr, (u64, Sender<Due>)> = HashMap::new();
        let mut octets = [0; 65_536];
        loop {
            let Ok((count, from)) = near.recv_from(&mut octets) else { continue };
            let (line, tell) = known.entry(from).or_insert_with(|| exchange(near.try_clone().unwrap(), from, far, &habits));
            (habits.told)(Passing::There(*line, &octets[..count]));
            // Who is silent for long is forgotten, and begins anew.
            if tell.send((Instant::now() + habits.delay, octets[..count].to_vec())).is_err() {
                known.remove(&from);
            }
        }
    });
}

/// What one of them sends, and gets.
fn exchange(near: UdpSocket, from: SocketAddr, far: SocketAddr, habits: &Habits) -> (u64, Sender<Due>) {
    let (line, (tell, told)) = (number(), channel::<Due>());
    let socket = UdpSocket::bind((far.ip(), 0)).unwrap();
    socket.connect(far).unwrap();
    socket.set_read_timeout(Some(SILENT)).unwrap();
    let (to, habits) = (socket.try_clone().unwrap(), habits.clone());
    thread::spawn(move || {
        for (due, octets) in told {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // Datagrams may be lost.
            let _sent = to.send(&octets);
        }
    });
    thread::spawn(move || {
        let mut octets = [0; 65_536];
        while let Ok(count) = socket.recv(&mut octets) {
            let mut octets = octets[..count].to_vec();
            habits.rewrite(&mut octets);
            thread::sleep(habits.delay);
            (habits.told)(Passing::Back(line));
            let _sent = near.send_to(&octets, from);
        }
    });
    (line, tell)
}
