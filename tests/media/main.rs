//! Stories of two legs over good and bad paths, in virtual time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

mod bad_paths;
mod call;
mod hostile;
mod keys;

use call::{Call, LEVEL, TICK, address, plan, say};
use offhook::lab::Link;
use offhook::machine::{Chance, Moment};
use offhook::media::tone::level_of;
use offhook::media::{Channel, FRAME, Leg};
use offhook::protocol::rtp::{Codec, Direction, MediaPlan};
use std::net::SocketAddr;
use std::time::Duration;

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
fn the_first_packet_is_heard() {
    // One word of 20 ms, then silence: in clear, where a source has to prove itself first, and with keys.
    let (ours, theirs) = (Some(call::keys('A')), Some(call::keys('B')));
    for (seal, open) in [(None, None), (ours, theirs)] {
        let plans = [1, 0].map(|remote| plan(Codec::Pcmu, remote));
        let plans = match plans {
            [a, b] => [
                MediaPlan { seal: seal.clone(), open: open.clone(), ..a },
                MediaPlan { seal: open.clone(), open: seal.clone(), ..b },
            ],
        };
        let mut call = Call::new(plans, || Link::clean(Duration::from_millis(30)));
        let mut word = say(440.0);
        call.says[0] = Box::new(move |frame| if frame == 0 { word(0) } else { [0; FRAME] });
        call.run(1);
        let loudest = call.heard[1].chunks(480).map(|part| level_of(part, 440.0, 48_000)).fold(0.0, f64::max);
        assert!(loudest > LEVEL * 0.8, "{loudest}");
        let counts = call.legs[1].counts();
        assert_eq!((counts.dropped, counts.concealed), (0, 0), "{counts:?}");
        assert!(counts.decoded >= 45, "{counts:?}");
    }
}

#[test]
fn what_never_proves_to_be_a_source_is_not_heard() {
    let mut leg = Leg::new(Moment::START, plan(Codec::Pcmu, 0), Chance::seeded(5));
    let mut now = Moment::START;
    for round in 0..50_u64 {
        // Another source with each packet, as loud as can be.
        let mut peer = Leg::new(now, plan(Codec::Pcmu, 1), Chance::seeded(100 + round));
        peer.capture(now, &[20_000; FRAME], &mut |channel, _, bytes| {
            if channel == Channel::Rtp {
                leg.receive(now, address(0), bytes);
            }
        });
        let mut frame = [0; FRAME];
        leg.play(now, &mut frame);
        assert!(frame.iter().all(|sample| *sample == 0));
        now += TICK;
    }
    assert_eq!(leg.counts().decoded, 0);
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
