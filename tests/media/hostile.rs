//! Whoever is on the path writes as well: replays, forgeries, clear packets in a sealed call, and noise.

use super::call::{Call, Datagram, address, keys, plan};
use offhook::lab::Link;
use offhook::machine::{Chance, Secret};
use offhook::media::{Channel, FRAME};
use offhook::protocol::rtp::{Cipher, Codec, Keys, MediaPlan};
use std::time::Duration;

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
