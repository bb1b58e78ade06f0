//! Offers while the call is up, and offers that come late.

use super::network::{Habits, Story};
use super::plain_calls::{BOBS, CALL, answering, connected, talking};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::Input;

fn offer(story: &mut Story, node: usize, body: &str) {
    let session = if node == 1 { CALL } else { BOBS };
    story.tell(node, Input::Offer { session, body: body.as_bytes().to_vec() });
}

#[test]
fn either_side_holds_by_reinvite() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = talking(transport);
        offer(&mut story, 1, "hold");
        story.run_to(20.0);
        assert_eq!(story.told(1)[2..], ["offer answered re-answer 2"]);
        assert_eq!(story.told(2)[2..], ["offered hold"]);
        offer(&mut story, 2, "held too");
        story.run_to(30.0);
        assert_eq!(story.told(1)[3..], ["offered held too"]);
        assert_eq!(story.told(2)[3..], ["offer answered re-answer 1"]);
        story.tell(2, Input::End { session: BOBS });
        story.run_to(100.0);
        assert_eq!(story.told(1).last().unwrap(), "ended Remote");
        assert_eq!(story.told(2).last().unwrap(), "ended Local");
    }
}

#[test]
fn two_offers_cross_and_both_are_answered_in_the_end() {
    let mut story = talking(Transport::Udp);
    offer(&mut story, 1, "from alice");
    offer(&mut story, 2, "from bob");
    story.run_to(40.0);
    assert_eq!(story.count(1, "491 INVITE") + story.count(2, "491 INVITE"), 2);
    assert!(story.told(1).contains(&"offer answered re-answer 2".into()), "{:?}", story.told(1));
    assert!(story.told(2).contains(&"offer answered re-answer 1".into()), "{:?}", story.told(2));
    assert_eq!(story.told(1).iter().filter(|word| word.contains("offer")).count(), 2);
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let mut story = talking(Transport::Udp);
    story.net.habits.insert(2, Habits { refuse: Some(488), ..Habits::default() });
    offer(&mut story, 1, "video");
    story.run_to(20.0);
    assert_eq!(story.told(1)[2..], ["offer refused 488"]);
    offer(&mut story, 2, "hold");
    story.run_to(30.0);
    assert_eq!(story.told(2).last().unwrap(), "offer answered re-answer 1");
}

#[test]
fn offers_queue_up_and_the_last_one_counts() {
    let mut story = talking(Transport::Udp);
    for body in ["one", "two", "three"] {
        offer(&mut story, 1, body);
    }
    story.run_to(20.0);
    assert_eq!(story.told(2)[2..], ["offered one", "offered three"]);
}

#[test]
fn a_call_without_an_offer_is_answered_with_one_and_the_ack_answers_it() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    let target = Uri::parse("sip:bob@example.test").unwrap();
    story.tell(1, Input::Invite { session: CALL, target, offer: None });
    story.run_to(4.0);
    assert_eq!(story.told(1), ["progress 180", "answered offer 2"]);
    assert_eq!(story.told(2), ["incoming 1 sip:alice@example.test -"]);
    assert_eq!(story.count(1, "ACK"), 0, "the ACK waits for the answer");
    story.tell(1, Input::Answer { session: CALL, body: b"alice's answer".to_vec() });
    story.run_to(20.0);
    assert_eq!(story.told(2)[1..], ["established alice's answer"]);
    assert_eq!(story.count(1, "ACK"), 1);
}

#[test]
fn an_offer_in_an_answer_that_is_refused_ends_the_call() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    let target = Uri::parse("sip:bob@example.test").unwrap();
    story.tell(1, Input::Invite { session: CALL, target, offer: None });
    story.run_to(4.0);
    story.tell(1, Input::RefuseOffer { session: CALL, status: 488 });
    story.run_to(20.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Local");
    assert_eq!(story.told(2)[1..], ["established -", "ended Remote"]);
}
