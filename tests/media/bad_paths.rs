//! Loss, bursts, jitter, reordering and doubles: what is heard all the same.

use super::call::{Call, LEVEL, lossy};
use offhook::lab::Link;
use offhook::machine::Chance;
use offhook::media::level::rms;
use offhook::media::opus::{Decoder, redundancy};
use offhook::media::tone::level_of;
use offhook::media::{Channel, FRAME, Frame};
use offhook::protocol::rtp::Codec;
use std::time::Duration;

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
    for (_, datagram) in sent {
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
