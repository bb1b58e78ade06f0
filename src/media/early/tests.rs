//! One caller, and forks that begin to be heard and fall silent.

use super::*;
use crate::machine::{Chance, Secret};
use crate::media::tone::{Sine, level_of};
use crate::media::{Channel, FRAME, RATE, SILENCE as QUIET};
use crate::protocol::rtp::{Cipher, Codec, Direction, Keys, Packet};

const TICK: Duration = Duration::from_millis(20);
const TONES: [f64; 3] = [440.0, 700.0, 1300.0];

fn at(fork: usize) -> SocketAddr {
    ([192, 0, 2, 10 + u8::try_from(fork).unwrap()], 4000).into()
}

fn keys(letter: u8) -> Keys {
    let inline = String::from_utf8(vec![letter; 40]).unwrap();
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(inline) }
}

/// Towards `fork`; under keys where they are sealed: ours are the same for all.
fn plan(fork: usize, sealed: bool) -> MediaPlan {
    MediaPlan {
        remote: Some(at(fork)),
        remote_rtcp: Some(at(fork)),
        rtcp_mux: true,
        codec: Codec::Pcmu,
        send_payload_type: 0,
        receive: vec![(0, Codec::Pcmu)],
        send_events: None,
        receive_events: None,
        direction: Direction::SendRecv,
        ptime: 20,
        max_bitrate: None,
        seal: sealed.then(|| keys(b'O')),
        open: sealed.then(|| keys(b'A' + u8::try_from(fork).unwrap())),
    }
}

/// The caller, and what was heard and sent.
struct Story {
    now: Moment,
    leg: Leg,
    early: Early,
    /// Each fork's sound path, its tone, and where its packets come from.
    forks: Vec<(Leg, Sine, SocketAddr)>,
    /// What we sent, and to whom.
    sent: Vec<(SocketAddr, Vec<u8>)>,
}

impl Story {
    fn of(plans: &[MediaPlan]) -> Story {
        let now = Moment::START;
        let mut leg = Leg::new(now, plans[0].clone(), Chance::seeded(1));
        let mut early = Early::default();
        early.expect(now, plans.to_vec(), &mut leg);
        let fork = |(number, plan): (usize, &MediaPlan)| {
            let theirs = MediaPlan { seal: plan.open.clone(), open: plan.seal.clone(), ..plan.clone() };
            let leg = Leg::new(now, theirs, Chance::seeded(7 + number as u64));
            (leg, Sine::new(TONES[number], 0.4, RATE), at(number))
        };
        Story { now, leg, early, forks: plans.iter().enumerate().map(fork).collect(), sent: Vec::new() }
    }

    /// These forks send for so long; how loud the tone of each is at the end of it.
    fn send(&mut self, who: &[usize], seconds: f64) -> [f64; 3] {
        let mut heard = Vec::new();
        for _ in 0..(seconds * 50.0) as usize {
            self.now += TICK;
            for (number, (fork, sine, from)) in self.forks.iter_mut().enumerate() {
                let frame = std::array::from_fn(|_| sine.next().unwrap());
                let (early, leg, now) = (&mut self.early, &mut self.leg, self.now);
                fork.capture(now, &frame, &mut |channel, _, datagram| {
                    if who.contains(&number) && channel == Channel::Rtp {
                        early.receive(now, *from, datagram, leg);
                    }
                });
            }
            let mut frame = [0; FRAME];
            self.leg.play(self.now, &mut frame);
            heard.extend(frame);
            let sent = &mut self.sent;
            self.leg.capture(self.now, &QUIET, &mut |_, to, datagram| sent.push((to, datagram.to_vec())));
        }
        let end = &heard[heard.len() - 9600..];
        TONES.map(|tone| level_of(end, tone, RATE))
    }
}

fn only(fork: usize, levels: [f64; 3]) {
    for (number, level) in levels.into_iter().enumerate() {
        assert!(if number == fork { level > 0.3 } else { level < 0.05 }, "{fork} should be heard alone: {levels:?}");
    }
}

#[test]
fn the_fork_that_last_began_to_send_is_heard_and_the_other_again_when_it_is_silent() {
    for sealed in [false, true] {
        let mut story = Story::of(&[plan(0, sealed), plan(1, sealed)]);
        assert!(!story.early.is_heard(story.now));
        only(0, story.send(&[0], 1.0));
        assert!(story.early.is_heard(story.now));
        only(1, story.send(&[0, 1], 1.0));
        only(1, story.send(&[0, 1], 3.0));
        only(0, story.send(&[0], 4.0));
        // The pause of a ringing tone ends nothing.
        story.send(&[], 5.0);
        assert!(story.early.is_heard(story.now));
        story.send(&[], 2.0);
        assert!(!story.early.is_heard(story.now));
        only(1, story.send(&[1], 1.0));
    }
}

#[test]
fn forks_behind_one_address_are_told_apart_by_their_keys() {
    let mut story = Story::of(&[plan(0, true), MediaPlan { remote: Some(at(0)), ..plan(1, true) }, plan(2, false)]);
    story.forks[1].2 = at(0);
    only(0, story.send(&[0], 1.0));
    only(1, story.send(&[0, 1], 1.0));
    only(2, story.send(&[0, 1, 2], 1.0));
    // Who sends in clear from there is nobody of whom a key is known.
    story.forks[2].2 = at(0);
    only(1, story.send(&[1], 8.0));
}

#[test]
fn what_we_send_is_one_stream_to_one_of_them_at_a_time() {
    let mut story = Story::of(&[plan(0, true), plan(1, true)]);
    story.send(&[], 0.5);
    story.send(&[0], 1.0);
    story.send(&[0, 1], 1.0);
    let (mut last, mut ssrc) = (None, None);
    let mut turns = vec![];
    for (to, datagram) in story.sent.iter().filter(|(_, datagram)| !is_rtcp(datagram)) {
        let packet = Packet::parse(datagram).unwrap();
        assert!(last.is_none_or(|last: u16| packet.sequence == last.wrapping_add(1)), "a number seals one packet");
        assert!(ssrc.is_none_or(|ssrc| packet.ssrc == ssrc));
        (last, ssrc) = (Some(packet.sequence), Some(packet.ssrc));
        if turns.last() != Some(to) {
            turns.push(*to);
        }
    }
    // The newest while nobody is heard.
    assert_eq!(turns, [at(1), at(0), at(1)]);
}

#[test]
fn the_answer_of_who_is_heard_changes_nothing_and_that_of_another_ends_what_was_heard() {
    for sealed in [false, true] {
        let mut story = Story::of(&[plan(0, sealed), plan(1, sealed)]);
        only(0, story.send(&[0], 1.0));
        let before = story.leg.counts();
        std::mem::take(&mut story.early).answered(story.now, plan(0, sealed), &mut story.leg);
        // From here on there is nothing early.
        let (fork, sine, from) = &mut story.forks[0];
        for _ in 0..50 {
            story.now += TICK;
            let frame = std::array::from_fn(|_| sine.next().unwrap());
            fork.capture(story.now, &frame, &mut |_, _, datagram| story.leg.receive(story.now, *from, datagram));
            story.leg.play(story.now, &mut [0; FRAME]);
        }
        let after = story.leg.counts();
        assert!(after.decoded >= before.decoded + 49, "it goes on as it was: {before:?} {after:?}");
        assert_eq!((after.concealed, after.dropped), (before.concealed, before.dropped), "{sealed}");

        for winner in [plan(1, sealed), plan(2, sealed)] {
            let mut story = Story::of(&[plan(0, sealed), plan(1, sealed)]);
            only(0, story.send(&[0], 1.0));
            std::mem::take(&mut story.early).answered(story.now, winner.clone(), &mut story.leg);
            let mut frame = [0; FRAME];
            story.leg.play(story.now, &mut frame);
            let mut went = None;
            story.leg.capture(story.now + TICK, &QUIET, &mut |_, to, _| went = went.or(Some(to)));
            assert_eq!(went, winner.remote);
            let heard: Vec<i16> = (0..25)
                .flat_map(|_| {
                    story.now += TICK;
                    let mut frame = [0; FRAME];
                    story.leg.play(story.now, &mut frame);
                    frame
                })
                .collect();
            assert!(level_of(&heard[9600..], TONES[0], RATE) < 0.01, "who has lost is not heard");
        }
    }
}

#[test]
fn when_all_is_begun_anew_nobody_of_before_is_heard() {
    let mut story = Story::of(&[plan(0, false), plan(1, false)]);
    only(0, story.send(&[0], 1.0));
    story.early.expect(story.now, Vec::new(), &mut story.leg);
    assert!(!story.early.is_anybody() && !story.early.is_heard(story.now));
    story.send(&[0], 1.0);
    assert!(!story.early.is_heard(story.now));
    story.early.expect(story.now, vec![plan(1, false)], &mut story.leg);
    only(1, story.send(&[1], 1.0));
}

#[test]
fn who_only_answers_and_never_sends_is_not_heard() {
    let mut story = Story::of(&[MediaPlan { direction: Direction::Inactive, ..plan(0, false) }]);
    assert!(story.send(&[], 1.0).iter().all(|level| *level < 0.01));
    assert!(!story.early.is_heard(story.now));
    assert!(story.sent.iter().all(|(_, datagram)| is_rtcp(datagram)));
}
