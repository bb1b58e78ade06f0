//! Two legs, and the path between them.

use offhook::lab::Link;
use offhook::machine::{Chance, Moment, Secret};
use offhook::media::tone::{Sine, level_of};
use offhook::media::{Channel, FRAME, Figures, Frame, Leg};
use offhook::protocol::rtp::{Cipher, Codec, Direction, Events, Keys, MediaPlan};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub const TICK: Duration = Duration::from_millis(20);
pub const LEVEL: f64 = 0.3;

pub fn address(number: usize) -> SocketAddr {
    SocketAddr::new([192, 0, 2, 1 + u8::try_from(number).unwrap()].into(), 4000)
}

pub fn plan(codec: Codec, remote: usize) -> MediaPlan {
    let payload_type = match codec {
        Codec::Opus => 111,
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
    };
    let remote = address(remote);
    MediaPlan {
        remote: Some(remote),
        remote_rtcp: Some(SocketAddr::new(remote.ip(), remote.port() + 1)),
        rtcp_mux: false,
        codec,
        send_payload_type: payload_type,
        receive: vec![(payload_type, codec)],
        send_events: Some(Events { payload_type: 101, clock_rate: codec.clock_rate() }),
        receive_events: Some(101),
        direction: Direction::SendRecv,
        ptime: 20,
        max_bitrate: None,
        seal: None,
        open: None,
    }
}

/// Key and salt of 30 octets, in base64.
pub fn keys(letter: char) -> Keys {
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(std::iter::repeat_n(letter, 40).collect()) }
}

/// A datagram on its way.
#[derive(Clone, Debug)]
pub struct Datagram {
    pub to: usize,
    pub channel: Channel,
    pub bytes: Vec<u8>,
}

/// Two legs and the path between them; both have the same beat.
pub struct Call {
    pub now: Moment,
    pub legs: [Leg; 2],
    /// From 0 to 1, from 1 to 0.
    pub links: [Link; 2],
    pub on_the_way: BTreeMap<(Moment, u64), Datagram>,
    pub count: u64,
    /// What each says, frame by frame.
    pub says: [Box<dyn FnMut(usize) -> Frame>; 2],
    pub frames: usize,
    pub heard: [Vec<i16>; 2],
    /// Everything that was sent, as it was sent.
    pub wire: Vec<(Moment, Datagram)>,
}

pub fn say(frequency: f64) -> Box<dyn FnMut(usize) -> Frame> {
    let mut sine = Sine::new(frequency, LEVEL, 48_000);
    Box::new(move |_| std::array::from_fn(|_| sine.next().unwrap()))
}

impl Call {
    pub fn new(plans: [MediaPlan; 2], link: impl Fn() -> Link) -> Call {
        let [first, second] = plans;
        let now = Moment::START;
        let legs = [Leg::new(now, first, Chance::seeded(1)), Leg::new(now, second, Chance::seeded(2))];
        let mut links = [link(), link()];
        links[1].chance = links[0].chance.fork();
        Call {
            now,
            legs,
            links,
            on_the_way: BTreeMap::new(),
            count: 0,
            says: [say(440.0), say(600.0)],
            frames: 0,
            heard: [vec![], vec![]],
            wire: vec![],
        }
    }

    pub fn of(codec: Codec, link: impl Fn() -> Link) -> Call {
        Call::new([plan(codec, 1), plan(codec, 0)], link)
    }

    pub fn run(&mut self, seconds: usize) {
        for _ in 0..seconds * 50 {
            self.now += TICK;
            while let Some(entry) = self.on_the_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let ((at, _), datagram) = entry.remove_entry();
                let from = address(1 - datagram.to);
                match datagram.channel {
                    Channel::Rtp => self.legs[datagram.to].receive(at, from, &datagram.bytes),
                    Channel::Rtcp => {
                        let from = SocketAddr::new(from.ip(), from.port() + 1);
                        self.legs[datagram.to].receive_rtcp(at, from, &datagram.bytes);
                    }
                }
            }
            for end in 0..2 {
                let mut frame = [0; FRAME];
                self.legs[end].play(self.now, &mut frame);
                self.heard[end].extend(frame);
                let ours = self.says[end](self.frames);
                let (link, on_the_way, count, wire, now) =
                    (&mut self.links[end], &mut self.on_the_way, &mut self.count, &mut self.wire, self.now);
                self.legs[end].capture(now, &ours, &mut |channel, to, bytes| {
                    let port = if channel == Channel::Rtp { 4000 } else { 4001 };
                    assert_eq!(to, SocketAddr::new(address(1 - end).ip(), port));
                    let datagram = Datagram { to: 1 - end, channel, bytes: bytes.to_vec() };
                    wire.push((now, datagram.clone()));
                    for at in link.arrivals(now) {
                        *count += 1;
                        on_the_way.insert((at, *count), datagram.clone());
                    }
                });
            }
            self.frames += 1;
        }
    }

    pub fn figures(&self) -> [Figures; 2] {
        [self.legs[0].figures(), self.legs[1].figures()]
    }

    /// Of the frames of an end from second `from` on, the share in which the other's tone is within 3 dB.
    pub fn continuity(&self, end: usize, from: usize) -> f64 {
        let frequency = [600.0, 440.0][end];
        let frames = self.heard[end][from * 48_000..].chunks_exact(FRAME);
        let good = frames.clone().filter(|frame| (0.7..1.42).contains(&(level_of(frame, frequency, 48_000) / LEVEL))).count();
        good as f64 / frames.len() as f64
    }
}

pub fn lossy(per_mille: u64) -> impl Fn() -> Link {
    move || Link { loss: per_mille, chance: Chance::seeded(77), ..Link::clean(Duration::from_millis(30)) }
}
