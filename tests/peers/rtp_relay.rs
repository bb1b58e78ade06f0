//! A path that loses packets, in user space: a relay between one phone and its proxy (SIP over UDP) that puts itself into
//! every session description, so that sound passes through it both ways and is lost at random, by a seed.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How often a quiet socket looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

pub struct RtpRelay {
    port: u16,
    media: Arc<Media>,
    wanted: Arc<AtomicBool>,
}

/// Where the two ends hear each stream, as far as their descriptions have said, and the relay's sockets towards them:
/// those of RTP and of RTCP. Side 0 is the phone, side 1 its proxy and whoever is behind it.
struct Media {
    ends: Mutex<[Option<SocketAddr>; 2]>,
    sockets: [[UdpSocket; 2]; 2],
    /// Packets of RTP from the phone that were lost.
    lost: AtomicU64,
}

impl RtpRelay {
    /// For one phone and one call, to the proxy at this port of loopback.
    pub fn start(proxy: u16, percent: u32, seed: u64) -> RtpRelay {
        let wanted = Arc::new(AtomicBool::new(true));
        let media = Arc::new(Media { ends: Mutex::new([None, None]), sockets: [pair(), pair()], lost: AtomicU64::new(0) });
        for (side, channel) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let (media, wanted) = (Arc::clone(&media), Arc::clone(&wanted));
            let mut dice = Dice(seed.wrapping_add(1 + side as u64 * 2 + channel as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            thread::spawn(move || {
                each(&media.sockets[side][channel], &wanted, |_, datagram| {
                    if dice.roll(100) < percent {
                        media.lost.fetch_add(u64::from((side, channel) == (0, 0)), Ordering::Relaxed);
                        return;
                    }
                    let end = media.ends.lock().unwrap()[1 - side];
                    if let Some(end) = end {
                        let to = SocketAddr::new(end.ip(), end.port() + channel as u16);
                        // A phone that has gone hears nothing more.
                        let _gone = media.sockets[1 - side][channel].send_to(datagram, to);
                    }
                });
            });
        }
        let near = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = near.local_addr().unwrap().port();
        signal(near, SocketAddr::from(([127, 0, 0, 1], proxy)), &media, &wanted);
        RtpRelay { port, media, wanted }
    }

    /// Packets of RTP from the phone that were lost.
    pub fn lost(&self) -> u64 {
        self.media.lost.load(Ordering::Relaxed)
    }

    /// The proxy that the phone is to be told.
    pub fn proxy(&self) -> String {
        format!("sip:127.0.0.1:{};transport=udp", self.port)
    }
}

impl Drop for RtpRelay {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Carries the signalling, with the sessions' descriptions changed. The proxy's Via names the relay while a request is
/// with the phone, so that the response comes back through it.
fn signal(near: UdpSocket, proxy: SocketAddr, media: &Arc<Media>, wanted: &Arc<AtomicBool>) {
    let far = UdpSocket::bind("127.0.0.1:0").unwrap();
    let phone = Arc::new(Mutex::new(None));
    let ours = near.local_addr().unwrap();
    let (out, out_phone, out_media, out_wanted) =
        (far.try_clone().unwrap(), Arc::clone(&phone), Arc::clone(media), Arc::clone(wanted));
    let back = near.try_clone().unwrap();
    thread::spawn(move || {
        each(&near, &out_wanted, |from, datagram| {
            *out_phone.lock().unwrap() = Some(from);
            let message = described(datagram, 0, &out_media);
            out.send_to(&if message.starts_with(b"SIP/2.0") { via(&message, ours, proxy) } else { message }, proxy).unwrap();
        });
    });
    let (media, wanted) = (Arc::clone(media), Arc::clone(wanted));
    thread::spawn(move || {
        each(&far, &wanted, |_, datagram| {
            if let Some(phone) = *phone.lock().unwrap() {
                let message = described(datagram, 1, &media);
                back.send_to(&if message.starts_with(b"SIP/2.0") { message } else { via(&message, proxy, ours) }, phone)
                    .unwrap();
            }
        });
    });
}

/// The message with another address in its topmost Via.
fn via(message: &[u8], from: SocketAddr, to: SocketAddr) -> Vec<u8> {
    String::from_utf8_lossy(message)
        .replacen(&format!("Via: SIP/2.0/UDP {from}"), &format!("Via: SIP/2.0/UDP {to}"), 1)
        .into_bytes()
}

/// The message with our address and port in place of those of `side`, if it has a description; they are kept.
fn described(message: &[u8], side: usize, media: &Media) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let Some((head, body)) = text.split_once("\r\n\r\n").filter(|(_, body)| body.starts_with("v=0")) else {
        return message.to_vec();
    };
    // Towards the other side.
    let ours = media.sockets[1 - side][0].local_addr().unwrap();
    let (mut address, mut port, mut lines) = (None, None, Vec::new());
    for line in body.lines() {
        if let Some(said) = line.strip_prefix("c=IN IP4 ") {
            address = said.parse().ok();
            lines.push(format!("c=IN IP4 {}", ours.ip()));
        } else if let Some((said, rest)) = line.strip_prefix("m=audio ").and_then(|line| line.split_once(' ')) {
            port = said.parse().ok();
            lines.push(format!("m=audio {} {rest}", ours.port()));
        } else if !line.starts_with("a=rtcp:") {
            lines.push(line.to_owned());
        }
    }
    if let (Some(address), Some(port)) = (address, port) {
        media.ends.lock().unwrap()[side] = Some(SocketAddr::new(address, port));
    }
    let body = lines.join("\r\n") + "\r\n";
    let head: Vec<String> = head
        .lines()
        .map(
            |line| if line.starts_with("Content-Length") { format!("Content-Length: {}", body.len()) } else { line.to_owned() },
        )
        .collect();
    format!("{}\r\n\r\n{body}", head.join("\r\n")).into_bytes()
}

/// Hands each datagram to `take` until nobody wants it any more.
fn each(socket: &UdpSocket, wanted: &AtomicBool, mut take: impl FnMut(SocketAddr, &[u8])) {
    socket.set_read_timeout(Some(LOOK)).unwrap();
    let mut buffer = vec![0; 65_536];
    while wanted.load(Ordering::Relaxed) {
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            take(from, &buffer[..length]);
        }
    }
}

/// RTP, and RTCP on the next port.
fn pair() -> [UdpSocket; 2] {
    let port = super::ports::free();
    [port, port + 1].map(|port| UdpSocket::bind(("127.0.0.1", port)).unwrap())
}

/// xorshift64*: the same losses in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        u32::try_from(mixed % u64::from(sides)).unwrap()
    }
}
