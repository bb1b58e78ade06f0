//! What crosses, what is lost, what comes twice: every call ends once on both sides.

use super::network::{Habits, Story, line};
use super::plain_calls::{BOBS, CALL, answering, bind, connected, talking};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Message;
use crate::protocol::sip::user_agent::Input;
use std::time::Duration;

/// Drops the first `count` messages of `node` whose line is this.
fn drop_first(story: &mut Story, node: usize, what: &'static str, mut count: usize) {
    story.net.filter = Box::new(move |from, message| {
        let hit = from == node && count > 0 && line(message) == what;
        count -= usize::from(hit);
        hit
    });
}

fn ends(story: &Story, node: usize) -> usize {
    story.told(node).iter().filter(|word| word.starts_with("ended")).count()
}

#[test]
fn a_lost_answer_is_repeated_until_it_is_acknowledged() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    drop_first(&mut story, 2, "200 INVITE", 3);
    story.call(1, 2, "bob");
    story.run_to(30.0);
    assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
    assert_eq!(story.told(2).last().unwrap(), "established -");
    assert_eq!((story.count(2, "200 INVITE"), story.count(1, "ACK")), (1, 1));
}

#[test]
fn a_lost_ack_is_sent_again_for_every_repeated_answer() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    drop_first(&mut story, 1, "ACK", 2);
    story.call(1, 2, "bob");
    story.run_to(30.0);
    assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
    assert_eq!(story.told(2).last().unwrap(), "established -");
    assert_eq!((story.count(2, "200 INVITE"), story.count(1, "ACK")), (3, 1));
}

#[test]
fn an_answer_that_is_never_acknowledged_is_hung_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = connected(transport, &["alice", "bob"]);
        story.net.habits.insert(2, answering());
        drop_first(&mut story, 1, "ACK", 1000);
        story.call(1, 2, "bob");
        story.run_to(200.0);
        assert_eq!(story.told(1), ["progress 180", "answered answer 2", "ended Remote"]);
        assert_eq!(story.told(2).last().unwrap(), "ended Unacknowledged");
        // T1 doubling to T2 within 64·T1: 0.5, 1.5, 3.5, then every 4 s up to 31.5.
        assert_eq!(story.count(2, "200 INVITE"), 11);
    }
}

#[test]
fn the_callee_hangs_up_only_after_the_ack() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    drop_first(&mut story, 1, "ACK", 2);
    story.call(1, 2, "bob");
    story.run_to(2.2);
    story.tell(2, Input::End { session: BOBS });
    story.run_to(100.0);
    let wire = &story.net.wire;
    let position =
        |node: usize, what: &str| wire.iter().position(|(_, from, _, message)| *from == node && line(message) == what);
    assert!(position(2, "BYE") > position(1, "ACK"));
    assert_eq!(story.told(1).last().unwrap(), "ended Remote");
    assert_eq!(story.told(2).last().unwrap(), "ended Local");
}

#[test]
fn cancel_and_answer_cross() {
    // Bob answers at 3.00 s; Alice gives up just before she hears of it.
    for given_up in [2.985, 2.995, 3.005, 3.015, 3.03] {
        let mut story = connected(Transport::Udp, &["alice", "bob"]);
        story.net.habits.insert(2, Habits { accept_after: Some(Duration::from_millis(2880)), ..answering() });
        story.call(1, 2, "bob");
        story.run_to(given_up);
        story.tell(1, Input::End { session: CALL });
        story.run_to(200.0);
        assert_eq!((ends(&story, 1), ends(&story, 2)), (1, 1), "{given_up}: {:?} {:?}", story.told(1), story.told(2));
        assert_eq!(story.told(1).last().unwrap(), "ended Local");
    }
}

#[test]
fn a_late_answer_after_cancel_is_acknowledged_and_hung_up() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    // No CANCEL ever arrives.
    drop_first(&mut story, 1, "CANCEL", 1000);
    story.call(1, 2, "bob");
    story.run_to(1.0);
    story.tell(1, Input::End { session: CALL });
    story.run_to(200.0);
    assert_eq!(story.told(1), ["progress 180", "ended Local"]);
    assert_eq!(story.told(2).last().unwrap(), "ended Remote");
    assert_eq!((story.count(1, "ACK"), story.count(1, "BYE")), (1, 1));
}

#[test]
fn a_call_that_is_given_up_before_any_response_is_cancelled_after_the_first() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, Habits { ring: true, ..Habits::default() });
    story.call(1, 2, "bob");
    story.tell(1, Input::End { session: CALL });
    story.run_to(200.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Local");
    assert_eq!(story.told(2).last().unwrap(), "ended Cancelled");
    let first = story.sent(1, 0);
    assert_eq!(first[..2], ["INVITE", "CANCEL"], "the CANCEL waits for a 1xx: {first:?}");
}

#[test]
fn two_forks_answer_and_the_second_is_hung_up_at_once() {
    let mut story = connected(Transport::Udp, &["alice", "bob", "carol"]);
    bind(&mut story, Transport::Udp, 3, "bob");
    story.net.habits.insert(2, answering());
    story.net.habits.insert(3, Habits { accept_after: Some(Duration::from_millis(2005)), ..answering() });
    story.call(1, 2, "bob");
    story.run_to(20.0);
    assert_eq!(story.told(1), ["progress 180", "progress 180", "answered answer 2"]);
    assert_eq!(story.told(2).last().unwrap(), "established -");
    assert_eq!(story.told(3)[1..], ["established -", "ended Remote"]);
    story.tell(1, Input::End { session: CALL });
    story.run_to(200.0);
    assert_eq!(story.told(2).last().unwrap(), "ended Remote");
    assert_eq!((ends(&story, 1), ends(&story, 2), ends(&story, 3)), (1, 1, 1));
}

#[test]
fn two_byes_cross() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = talking(transport);
        story.tell(1, Input::End { session: CALL });
        story.tell(2, Input::End { session: BOBS });
        story.run_to(200.0);
        assert_eq!((ends(&story, 1), ends(&story, 2)), (1, 1));
        assert_eq!(story.told(1).last().unwrap(), "ended Local");
        assert_eq!(story.told(2).last().unwrap(), "ended Local");
    }
}

#[test]
fn a_call_ends_although_the_far_side_is_dead() {
    let mut story = talking(Transport::Udp);
    story.net.filter = Box::new(|_, _| true);
    story.tell(1, Input::End { session: CALL });
    story.run_to(16.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Local");
}

#[test]
fn every_call_ends_once_on_both_sides_although_a_fifth_is_lost() {
    let mut answered = 0;
    for seed in 0..60 {
        let mut story = connected(Transport::Udp, &["alice", "bob"]);
        story.net.link = crate::lab::Link {
            loss: 200,
            doubled: 50,
            jitter: Duration::from_millis(40),
            chance: crate::machine::Chance::seeded(seed),
            ..crate::lab::Link::clean(Duration::from_millis(20))
        };
        story.net.habits.insert(2, answering());
        story.call(1, 2, "bob");
        let (who, session) = if seed % 2 == 0 { (1, CALL) } else { (2, BOBS) };
        // From before the answer to well after it.
        story.run_to(1.0 + (seed as f64) / 4.0);
        story.tell(who, Input::End { session });
        story.run_to(300.0);
        story.tell(1, Input::End { session: CALL });
        story.tell(2, Input::End { session: BOBS });
        story.run_to(600.0);
        let incoming = story.told(2).iter().filter(|word| word.starts_with("incoming")).count();
        assert!(incoming <= 1, "{seed}: {:?}", story.told(2));
        assert_eq!((ends(&story, 1), ends(&story, 2)), (1, incoming), "{seed}: {:?} {:?}", story.told(1), story.told(2));
        answered += usize::from(story.told(1).iter().any(|word| word.starts_with("answered")));
        // Nothing is left that would still be sent.
        let before = story.net.wire.len();
        story.run_to(1000.0);
        let requests = story.net.wire[before..].iter().filter(|(_, _, _, message)| matches!(message, Message::Request(_)));
        assert_eq!(requests.count(), 0, "{seed}");
    }
    assert!(answered > 30, "{answered} of 60 were answered");
}
