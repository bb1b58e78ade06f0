//! Stories of two legs over bad paths, in virtual time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

use offhook::lab::Link;
use offhook::machine::{Chance, Moment, Secret};
use offhook::media::level::rms;
use offhook::media::opus::{Decoder, redundancy};
use offhook::media::tone::{Sine, level_of};
use offhook::media::{Channel, FRAME, Figures, Frame, Leg};
use offhook::protocol::rtp::{Cipher, Codec, Direction, Events, Keys, MediaPlan};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(20);
const LEVEL: f64 = 0.3;

fn address(number: usize) -> SocketAddr {
    SocketAddr::new([192, 0, 2, 1 + u8::try_from(number).unwrap()].into(), 4000)
}

fn plan(codec: Codec, remote: usize) -> MediaPlan {
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
fn keys(letter: char) -> Keys {
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(std::iter::repeat_n(letter, 40).collect()) }
}

/// A datagram on its way.
#[derive(Clone, Debug)]
struct Datagram {
    to: usize,
    channel: Channel,
    bytes: Vec<u8>,
}

/// Two legs and the path between them; both have the same beat.
struct Call {
    now: Moment,
    legs: [Leg; 2],
    /// From 0 to 1, from 1 to 0.
    links: [Link; 2],
    on_the_way: BTreeMap<(Moment, u64), Datagram>,
    count: u64,
    /// What each says, frame by frame.
    says: [Box<dyn FnMut(usize) -> Frame>; 2],
    frames: usize,
    heard: [Vec<i16>; 2],
    /// Everything that was sent, as it was sent.
    wire: Vec<(Moment, Datagram)>,
}

fn say(frequency: f64) -> Box<dyn FnMut(usize) -> Frame> {
    let mut sine = Sine::new(frequency, LEVEL, 48_000);
    Box::new(move |_| std::array::from_fn(|_| sine.next().unwrap()))
}

impl Call {
    fn new(plans: [MediaPlan; 2], link: impl Fn() -> Link) -> Call {
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

    fn of(codec: Codec, link: impl Fn() -> Link) -> Call {
        Call::new([plan(codec, 1), plan(codec, 0)], link)
    }

    fn run(&mut self, seconds: usize) {
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

    fn figures(&self) -> [Figures; 2] {
        [self.legs[0].figures(), self.legs[1].figures()]
    }

    /// Of the frames of an end from second `from` on, the share in which the other's tone is within 3 dB.
    fn continuity(&self, end: usize, from: usize) -> f64 {
        let frequency = [600.0, 440.0][end];
        let frames = self.heard[end][from * 48_000..].chunks_exact(FRAME);
        let good = frames.clone().filter(|frame| (0.7..1.42).contains(&(level_of(frame, frequency, 48_000) / LEVEL))).count();
        good as f64 / frames.len() as f64
    }
}

fn lossy(per_mille: u64) -> impl Fn() -> Link {
    move || Link { loss: per_mille, chance: Chance::seeded(77), ..Link::clean(Duration::from_millis(30)) }
}

#[test]
fn each_codec_carries_a_tone_both_ways_with_the_delay_that_it_must_have() {
    for codec in [Codec::Opus, Codec::Pcmu, Codec::Pcma] {
        let mut call = Call::of(codec, || Link::clean(Duration::from_millis(33)));
        call.run(3);
        for end in 0..2 {
            assert!(call.continuity(end, 1) > 0.99, "{codec:?} {end}: {}", call.continuity(end, 1));
            let figures = call.figures()[end];
            assert_eq!((figures.packets_sent, figures.lost), (150, 0), "{codec:?}");
            assert_eq!(figures.packets_received, 147, "{codec:?}: two are on their way, and the first only proves the source");
            // Packets come 13 ms after a beat: at the beats they have waited 7, 27, 47 ms, and 40 are wanted at first.
            assert!((figures.buffer_ms - 47.0).abs() < 0.05, "{codec:?}: {}", figures.buffer_ms);
            assert!(figures.jitter_ms < 0.01, "{codec:?}: {}", figures.jitter_ms);
            assert!(figures.level_in > 0.15 && figures.level_out > 0.15, "{codec:?}: {figures:?}");
        }
        call.run(40);
        let waited = call.figures()[0].buffer_ms;
        assert!((7.0..=32.0).contains(&waited), "{codec:?}: later it waits as little as it can, {waited} ms");
    }
}

#[test]
fn a_click_arrives_when_it_must() {
    for codec in [Codec::Pcmu, Codec::Opus] {
        let mut call = Call::of(codec, || Link::clean(Duration::from_millis(30)));
        // A short loud burst at the beginning of frame 100, which is sent at the end of it.
        call.says[0] = Box::new(|frame| {
            if frame == 100 { std::array::from_fn(|at| if at % 48 < 24 { 12_000 } else { -12_000 }) } else { [0; FRAME] }
        });
        call.run(4);
        let heard = &call.heard[1];
        let at = heard.iter().position(|sample| sample.unsigned_abs() > 3_000).unwrap();
        // Frames are numbered by the beat at which they are handed over: both streams are on one scale.
        let delay = (at as f64 - 100.0 * 960.0) / 48.0;
        // 30 ms of path, 50 of buffer at the beats (40 are wanted), and what the codec takes: two resamplers, or 6.5 ms.
        let expected = if codec == Codec::Opus { 80.0 + 6.5 } else { 80.0 + 10.0 };
        assert!((delay - expected).abs() < 2.0, "{codec:?}: {delay} ms");
    }
}

/// A voice-like sound: overtones of 150 Hz, four syllables a second.
fn voice(frame: usize) -> Frame {
    std::array::from_fn(|at| {
        let time = (frame * FRAME + at) as f64 / 48_000.0;
        let overtones = (1..12).map(|n| (time * 150.0 * f64::from(n) * std::f64::consts::TAU).sin() / f64::from(n));
        (overtones.sum::<f64>() * 4000.0 * (1.2 + (time * 25.0).sin())) as i16
    })
}

/// The share of 20 ms frames, from the first second on, that are within 6 dB of those of an unbroken call.
fn alike(whole: &[i16], heard: &[i16]) -> f64 {
    let pairs = whole.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)).skip(50);
    let good = pairs.clone().filter(|(a, b)| (0.5..2.0).contains(&(rms(b) / rms(a))));
    good.count() as f64 / pairs.len() as f64
}

#[test]
fn in_a_quiet_net_every_sample_is_heard_as_it_was_decoded() {
    let mut call = Call::of(Codec::Opus, || Link {
        jitter: Duration::from_millis(10),
        chance: Chance::seeded(3),
        ..Link::clean(Duration::from_millis(30))
    });
    call.says = [Box::new(voice), Box::new(voice)];
    call.run(9);
    let (mut decoder, mut decoded, mut with_fec) = (Decoder::new().unwrap(), Vec::new(), 0);
    let sent = call.wire.iter().filter(|(_, datagram)| (datagram.to, datagram.channel) == (1, Channel::Rtp));
    // A clear stream is on probation for its first packet (RFC 3550 §A.1).
    for (_, datagram) in sent.skip(1) {
        let payload = &datagram.bytes[12..];
        with_fec += usize::from(redundancy(payload) > 0);
        decoder.decode(payload, &mut decoded);
    }
    assert_eq!(with_fec, 0, "where nothing is lost, nothing is said twice");
    let heard = &call.heard[1];
    let late = (1..8).map(|frames| frames * FRAME).find(|late| heard[*late..] == decoded[..heard.len() - late]);
    assert!(late.is_some_and(|late| heard[..late].iter().all(|sample| *sample == 0)), "{:?}", call.legs[1].counts());
}

#[test]
fn loss_is_covered_reported_and_counted() {
    for (codec, loss, good) in
        [(Codec::Opus, 50, 0.95), (Codec::Opus, 200, 0.85), (Codec::Pcmu, 50, 0.95), (Codec::Pcma, 200, 0.80)]
    {
        let mut calls = [0, loss].map(|loss| Call::of(codec, lossy(loss)));
        for call in &mut calls {
            call.says = [Box::new(voice), Box::new(voice)];
            call.run(9);
        }
        let [whole, call] = &mut calls;
        for end in 0..2 {
            let share = alike(&whole.heard[end], &call.heard[end]);
            assert!(share > good, "{codec:?} {loss}: {share}");
            let figures = call.figures()[end];
            let lost = figures.lost as f64 / (figures.lost + figures.packets_received) as f64;
            assert!((lost * 1000.0 - loss as f64).abs() < 50.0, "{codec:?}: {figures:?}");
            let counts = call.legs[end].counts();
            if codec == Codec::Opus {
                // What can be is recovered: what was spoken loud enough to get FEC, and whose successor came.
                let expected = figures.lost as f64 * (1.0 - lost);
                assert!(counts.recovered as f64 > expected * 0.4, "{figures:?} {counts:?}");
            }
        }
        // Reports may be lost as well; in time they come.
        calls[1].run(30);
        for figures in calls[1].figures() {
            assert!(figures.round_trip_ms.is_some_and(|time| (time - 60.0).abs() < 21.0), "{:?}", figures.round_trip_ms);
        }
    }
}

#[test]
fn a_burst_of_loss_fades_and_the_voice_comes_back() {
    for codec in [Codec::Opus, Codec::Pcma] {
        let mut call = Call::of(codec, || Link::clean(Duration::from_millis(30)));
        call.run(3);
        call.links[0].loss = 1000;
        call.run(2);
        call.links[0].loss = 0;
        call.run(1);
        let second = |number: usize| &call.heard[1][number * 48_000..][..48_000];
        // Comfort noise for a second, then silence.
        assert!(rms(&second(3)[24_000..]) < 0.05, "{codec:?}: {}", rms(&second(3)[24_000..]));
        assert!(second(4)[24_000..].iter().all(|sample| *sample == 0), "{codec:?}");
        assert!(level_of(&second(5)[12_000..], 440.0, 48_000) > LEVEL * 0.8, "{codec:?}");
        assert!((99..=101).contains(&call.figures()[1].lost));
    }
}

#[test]
fn jitter_reordering_and_doubles_do_not_break_the_sound() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let mut call = Call::of(codec, || Link {
            jitter: Duration::from_millis(70),
            doubled: 50,
            chance: Chance::seeded(3),
            ..Link::clean(Duration::from_millis(20))
        });
        call.run(15);
        for end in 0..2 {
            assert!(call.continuity(end, 2) > 0.98, "{codec:?}: {}", call.continuity(end, 2));
            assert_eq!(call.figures()[end].lost, 0);
            assert!((10.0..50.0).contains(&call.figures()[end].jitter_ms));
        }
    }
}

#[test]
fn keys_are_heard_once_each_and_in_order_over_a_lossy_path() {
    const KEYS: &str = "0123456789*#ABCD";
    for codec in [Codec::Opus, Codec::Pcmu] {
        let mut call = Call::of(codec, lossy(100));
        call.run(1);
        for key in KEYS.chars() {
            call.legs[0].dtmf(key);
        }
        call.run(6);
        let heard: String = std::iter::from_fn(|| call.legs[1].heard_key()).collect();
        assert_eq!(heard, KEYS, "{codec:?}");
        assert_eq!(call.legs[0].heard_key(), None);
        // The voice is back after the keys.
        call.heard[1].clear();
        call.run(2);
        assert!(call.continuity(1, 0) > 0.7);
    }
}

#[test]
fn keys_are_tones_where_events_are_not_agreed() {
    let mut plans = [plan(Codec::Pcma, 1), plan(Codec::Pcma, 0)];
    for plan in &mut plans {
        (plan.send_events, plan.receive_events) = (None, None);
    }
    let mut call = Call::new(plans, || Link::clean(Duration::from_millis(20)));
    call.run(1);
    call.legs[0].dtmf('8');
    call.heard[1].clear();
    call.run(1);
    let both =
        call.heard[1].chunks(2400).filter(|part| level_of(part, 852.0, 48_000) > 0.15 && level_of(part, 1336.0, 48_000) > 0.15);
    assert!(both.count() >= 1);
}

#[test]
fn an_encrypted_call_believes_nothing_that_is_not_authentic() {
    let sealed = |number: usize| MediaPlan {
        seal: Some(keys(['A', 'B'][number])),
        open: Some(keys(['B', 'A'][number])),
        ..plan(Codec::Opus, 1 - number)
    };
    let mut call = Call::new([sealed(0), sealed(1)], || Link::clean(Duration::from_millis(30)));
    call.run(5);
    assert!(call.continuity(0, 1) > 0.99 && call.continuity(1, 1) > 0.99);
    assert!(call.figures().iter().all(|figures| figures.packets_received > 240 && figures.lost == 0));
    // Nothing on the wire is clear: no Opus packet decodes to the tone, and every packet is 10 octets of tag longer.
    let before = call.figures()[1];
    let now = call.now;
    let replayed: Vec<Datagram> = call.wire.iter().filter(|(_, datagram)| datagram.to == 1).map(|(_, d)| d.clone()).collect();
    for datagram in &replayed {
        let (leg, from) = (&mut call.legs[1], address(0));
        match datagram.channel {
            Channel::Rtp => leg.receive(now, from, &datagram.bytes),
            Channel::Rtcp => leg.receive_rtcp(now, from, &datagram.bytes),
        }
    }
    // Clear packets, of the right source and in sequence, and under no keys of ours.
    let mut clear = Call::of(Codec::Opus, || Link::clean(Duration::ZERO));
    clear.run(2);
    for (_, datagram) in clear.wire.iter().filter(|(_, datagram)| datagram.to == 1) {
        call.legs[1].receive(now, address(0), &datagram.bytes);
        call.legs[1].receive_rtcp(now, address(0), &datagram.bytes);
    }
    let mut forged = replayed[20].bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    call.legs[1].receive(now, address(0), &forged);
    let after = call.figures()[1];
    // What was in flight was replayed before it came, which is its arrival; nothing else counts.
    assert!(after.packets_received - before.packets_received <= 2, "{before:?} {after:?}");
    assert!(after.octets_received - before.octets_received < 400);
}

#[test]
fn a_plan_with_keys_that_are_none_sends_and_hears_nothing() {
    let broken = Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new("short".into()) };
    let mut plans = [plan(Codec::Opus, 1), plan(Codec::Opus, 0)];
    (plans[0].seal, plans[0].open) = (Some(broken.clone()), Some(broken));
    let mut call = Call::new(plans, || Link::clean(Duration::ZERO));
    call.run(10);
    assert!(call.wire.iter().all(|(_, datagram)| datagram.to == 0));
    assert_eq!((call.figures()[0].packets_sent, call.figures()[0].packets_received), (0, 0));
}

#[test]
fn holding_stops_the_sound_and_not_the_reports() {
    let mut call = Call::of(Codec::Opus, || Link::clean(Duration::from_millis(10)));
    call.run(2);
    call.legs[0].replan(call.now, MediaPlan { direction: Direction::Inactive, ..plan(Codec::Opus, 1) });
    call.legs[1].replan(call.now, MediaPlan { direction: Direction::RecvOnly, ..plan(Codec::Opus, 0) });
    let sent = call.figures().map(|figures| figures.packets_sent);
    call.run(1);
    call.heard = [vec![], vec![]];
    call.wire.clear();
    call.run(20);
    assert_eq!(call.figures().map(|figures| figures.packets_sent), sent);
    assert!(call.heard[0].iter().all(|sample| *sample == 0));
    assert!(call.wire.iter().filter(|(_, datagram)| datagram.channel == Channel::Rtcp).count() >= 4);
    for (number, leg) in call.legs.iter_mut().enumerate() {
        leg.replan(call.now, plan(Codec::Opus, 1 - number));
    }
    call.heard = [vec![], vec![]];
    call.run(2);
    assert!(call.continuity(0, 1) > 0.99 && call.continuity(1, 1) > 0.99);
    // The time on hold is no loss.
    assert!(call.figures().iter().all(|figures| figures.lost == 0));
}

#[test]
fn another_codec_in_the_middle_of_a_call_is_heard() {
    let mut call = Call::of(Codec::Opus, || Link::clean(Duration::from_millis(10)));
    call.run(2);
    let wide = MediaPlan { receive: vec![(111, Codec::Opus), (8, Codec::Pcma)], ..plan(Codec::Pcma, 1) };
    call.legs[0].replan(call.now, wide.clone());
    call.legs[1]
        .replan(call.now, MediaPlan { remote: Some(address(0)), remote_rtcp: plan(Codec::Opus, 0).remote_rtcp, ..wide });
    call.run(1);
    call.heard = [vec![], vec![]];
    call.run(2);
    assert!(call.continuity(0, 0) > 0.98 && call.continuity(1, 0) > 0.98);
}

#[test]
fn sound_goes_to_where_it_comes_from_and_follows_a_new_plan_at_once() {
    let tone = |_: usize| [1000; FRAME];
    let mut peer = Leg::new(Moment::START, plan(Codec::Pcmu, 0), Chance::seeded(4));
    let mut leg = Leg::new(Moment::START, plan(Codec::Pcmu, 1), Chance::seeded(5));
    let (behind_nat, elsewhere): (SocketAddr, SocketAddr) =
        ("198.51.100.7:61000".parse().unwrap(), "203.0.113.9:7000".parse().unwrap());
    let mut now = Moment::START;
    let mut round = |leg: &mut Leg, from: SocketAddr| {
        let mut went = None;
        for number in 0..10 {
            now += TICK;
            peer.capture(now, &tone(number), &mut |channel, _, bytes| {
                if channel == Channel::Rtp {
                    leg.receive(now, from, bytes)
                }
            });
            leg.capture(now, &tone(number), &mut |channel, to, _| {
                if channel == Channel::Rtp {
                    went = Some(to)
                }
            });
        }
        (now, went.unwrap())
    };
    assert_eq!(round(&mut leg, behind_nat).1, behind_nat);
    let (now, _) = round(&mut leg, behind_nat);
    leg.replan(now, MediaPlan { remote: Some(elsewhere), ..plan(Codec::Pcmu, 1) });
    // What still comes from the old place does not call it back.
    assert_eq!(round(&mut leg, behind_nat).1, elsewhere);
    assert_eq!(round(&mut leg, elsewhere).1, elsewhere);
}

#[test]
fn rtcp_shares_the_port_where_that_is_agreed_and_a_call_ends_with_bye() {
    let mux = |remote: usize| MediaPlan { rtcp_mux: true, remote_rtcp: Some(address(remote)), ..plan(Codec::Pcmu, remote) };
    let mut call = Call::new([mux(1), mux(0)], || Link::clean(Duration::from_millis(25)));
    call.run(15);
    assert!(call.wire.iter().all(|(_, datagram)| datagram.channel == Channel::Rtp));
    assert!(call.figures().iter().all(|figures| figures.round_trip_ms.is_some() && figures.lost == 0));
    let mut bye = Vec::new();
    let now = call.now;
    call.legs[0].bye(now, &mut |channel, to, bytes| bye.push((channel, to, bytes.to_vec())));
    let (channel, to, bytes) = &bye[0];
    assert_eq!((*channel, *to), (Channel::Rtp, address(1)));
    assert!(bytes.windows(2).any(|pair| pair[1] == 203 && pair[0] == 0x81), "a BYE for one source is in {bytes:?}");
}

#[test]
fn mutated_and_random_datagrams_never_panic_and_never_grow_it() {
    let mut chance = Chance::seeded(99);
    let mut inputs = 0;
    for codec in [Codec::Opus, Codec::Pcmu] {
        for encrypted in [false, true] {
            let lock = |plan: MediaPlan| {
                if encrypted { MediaPlan { seal: Some(keys('A')), open: Some(keys('A')), ..plan } } else { plan }
            };
            let mut call = Call::new([lock(plan(codec, 1)), lock(plan(codec, 0))], || Link::clean(Duration::from_millis(10)));
            call.legs[0].dtmf('1');
            call.run(6);
            let real: Vec<Vec<u8>> = call.wire.iter().map(|(_, datagram)| datagram.bytes.clone()).collect();
            for round in 0..6_000_usize {
                let mut bytes = real[round % real.len()].clone();
                for _ in 0..=chance.below(4) {
                    let length = u64::try_from(bytes.len()).unwrap();
                    let at = usize::try_from(chance.below(length.max(1))).unwrap();
                    match chance.below(4) {
                        0 => bytes.truncate(at),
                        1 => bytes.extend_from_slice(&chance.u32().to_be_bytes()),
                        _ if at < bytes.len() => bytes[at] = chance.u32().to_be_bytes()[0],
                        _ => {}
                    }
                }
                let from = address(usize::try_from(chance.below(3)).unwrap());
                let leg = &mut call.legs[round % 2];
                if chance.happens(500) {
                    leg.receive(call.now, from, &bytes)
                } else {
                    leg.receive_rtcp(call.now, from, &bytes)
                }
                inputs += 1;
                if round % 7 == 0 {
                    call.now += Duration::from_millis(20);
                    let mut frame = [0; FRAME];
                    leg.play(call.now, &mut frame);
                    leg.capture(call.now, &frame, &mut |_, _, _| {});
                    while leg.heard_key().is_some() {}
                }
            }
        }
    }
    println!("{inputs} mutated datagrams");
}
