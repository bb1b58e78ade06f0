//! The process is killed at every millisecond of sending: each message is sent, unsent or unknown, and that is true.

use crate::town::Town;
use offhook::engine::event::Delivery;
use offhook::lab::xmpp::Fault;
use std::time::Duration;

/// Alice writes three messages and dies `at` milliseconds after the first.
fn killed(at: u64, with_writes: bool, faults: &[Fault]) -> Town {
    let mut town = Town::new(&["alice", "bob"], 1000 + at);
    for fault in faults {
        town.server().fault(*fault, true);
    }
    town.sign_in(1);
    town.seconds(1);
    town.sign_in(0);
    for number in 0..3 {
        town.send(0, "bob", &format!("message {number}"));
        town.run(Duration::from_millis(if number == 0 { 30.min(at) } else { 1 }));
    }
    town.run(Duration::from_millis(at.saturating_sub(32)));
    town.kill(0, with_writes);
    town
}

#[test]
fn after_a_kill_and_a_new_sign_in_the_archive_tells_each_fate() {
    let (mut sent, mut unsent) = (0, 0);
    for at in 0..150 {
        for with_writes in [false, true] {
            let mut town = killed(at, with_writes, &[]);
            for (body, delivery) in town.fates(0) {
                let there = town.archived("bob").iter().filter(|kept| **kept == body).count();
                let possible = match delivery {
                    Delivery::Unsent => there == 0,
                    Delivery::Sent | Delivery::Delivered => there == 1,
                    Delivery::OnWire | Delivery::Unknown => true,
                    Delivery::Received | Delivery::Failed(_) => false,
                };
                assert!(possible, "right after the kill at {at} ms: {body} is {delivery:?} and there {there} times");
            }
            town.live(0);
            town.sign_in(0);
            town.seconds(100);
            let (mine, his) = (town.archived("alice"), town.archived("bob"));
            assert_eq!(mine, his);
            for (body, delivery) in town.fates(0) {
                match (delivery, his.iter().filter(|kept| **kept == body).count()) {
                    (Delivery::Sent | Delivery::Delivered, 1) => sent += 1,
                    (Delivery::Unsent, 0) => unsent += 1,
                    (other, count) => panic!("killed at {at} ms: {body} is {other:?} and there {count} times"),
                }
            }
            assert_eq!(town.bodies(1), his, "nothing is sent again by itself");
        }
    }
    assert!(sent > 100 && unsent > 100, "both were met: {sent} sent, {unsent} unsent");
}

#[test]
fn without_an_archive_what_may_have_been_sent_stays_so() {
    let mut unknown = 0;
    for at in 0..150 {
        let mut town = killed(at, true, &[Fault::NoArchive]);
        let before = town.fates(0);
        town.live(0);
        town.sign_in(0);
        town.seconds(100);
        for ((body, before), (_, after)) in before.into_iter().zip(town.fates(0)) {
            let there = town.bodies(1).iter().filter(|heard| **heard == body).count();
            assert!(after == before || after == Delivery::Delivered, "killed at {at} ms: {body}");
            match after {
                Delivery::Unknown => unknown += 1,
                Delivery::Unsent => assert_eq!(there, 0, "killed at {at} ms: {body}"),
                Delivery::Sent | Delivery::Delivered => assert_eq!(there, 1, "killed at {at} ms: {body}"),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(unknown > 10, "some never arrived: {unknown}");
}

#[test]
fn a_new_run_tells_what_the_last_one_left() {
    let mut town = Town::new(&["alice", "bob"], 1500);
    town.send(0, "bob", "never sent");
    town.seconds(1);
    town.kill(0, true);
    town.live(0);
    town.sign_in(0);
    town.seconds(100);
    assert_eq!(town.fates(0), [("never sent".into(), Delivery::Unsent)]);
    assert_eq!(town.state(0).accounts[&crate::town::name(0)].outstanding.len(), 1);
    assert!(town.archived("bob").is_empty());
    let message = town.disk(0).messages().next().unwrap().key.clone();
    town.tell(0, offhook::engine::chat::ChatIn::SendAgain { message });
    town.seconds(2);
    assert_eq!(town.archived("bob"), ["never sent"]);
    assert!(town.state(0).accounts[&crate::town::name(0)].outstanding.is_empty());
}

#[test]
fn what_failed_in_an_earlier_run_can_be_sent_again_and_what_was_sent_cannot() {
    let mut town = Town::new(&["alice", "bob"], 1501);
    town.sign_in(0);
    town.seconds(1);
    town.send(0, "nobody", "anybody there?");
    town.send(0, "bob", "once");
    town.seconds(2);
    assert!(matches!(town.fates(0)[0].1, Delivery::Failed(_)), "{:?}", town.fates(0));
    town.kill(0, true);
    town.live(0);
    town.sign_in(0);
    town.seconds(2);
    town.server().add(&crate::town::jid("nobody"), "x");
    let keys: Vec<_> = town.disk(0).messages().map(|message| message.key.clone()).collect();
    for message in keys {
        town.tell(0, offhook::engine::chat::ChatIn::SendAgain { message });
    }
    town.seconds(2);
    assert_eq!(town.archived("nobody"), ["anybody there?"]);
    assert_eq!(town.archived("bob"), ["once"]);
}
