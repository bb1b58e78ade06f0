//! How calls end when nobody talks, or not for long.

use super::roads::SERVER;
use super::town::{Plan, Town};
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{LinkState, ProblemKind, Ticket};
use offhook::protocol::sip::flow::Transport;
use std::time::Duration;

const ALICE: usize = 1;
const BOB: usize = 2;

#[test]
fn a_call_is_declined_or_refused_as_busy() {
    for (busy, told) in [(false, "ended declined: 603 Decline"), (true, "ended busy: 486 Busy Here")] {
        let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
        town.call(ALICE, "bob");
        town.with_call(BOB, |call| Command::Decline { call, busy });
        town.seconds(1.0);
        assert_eq!(town.told(ALICE)[2..], [told]);
        assert_eq!(town.told(BOB)[1..], ["ended local"]);
        town.end();
    }
}

#[test]
fn nobody_answers_for_three_minutes() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob"]);
        town.call(ALICE, "bob");
        town.seconds(177.9);
        assert_eq!(town.told(ALICE).len(), 2, "{:?}", town.told(ALICE));
        town.seconds(1.0);
        assert_eq!(town.told(ALICE)[2..], ["ended no-answer: nobody answered in 180 s"]);
        assert_eq!(town.told(BOB)[1..], ["ended no-answer: the caller gave up"]);
        assert_eq!(town.count(ALICE, "CANCEL"), 1);
        town.end();
    }
}

#[test]
fn the_caller_gives_up_at_any_time() {
    // Before the port, before the challenge, before the second INVITE is answered, and while it rings.
    for millis in [0, 1, 2, 5, 15, 25, 40, 60, 500] {
        let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
        let call = Command::Call { account: super::town::account(), target: "bob".into(), ticket: Ticket(1) };
        town.command(ALICE, call);
        town.seconds(millis as f64 / 1000.0);
        town.with_call(ALICE, |call| Command::HangUp { call });
        town.seconds(30.0);
        assert_eq!(town.told(ALICE).last().unwrap(), "ended local", "{millis} ms");
        let theirs = town.told(BOB);
        assert!(theirs.is_empty() || theirs[1..] == ["ended no-answer: the caller gave up"], "{millis} ms: {theirs:?}");
        town.end();
    }
}

#[test]
fn a_call_that_ends_before_its_port_is_there_gives_the_port_back() {
    let mut town = Town::signed_in(Transport::Tls, &["alice", "bob"]);
    let call = Command::Call { account: super::town::account(), target: "bob".into(), ticket: Ticket(1) };
    town.command(ALICE, call);
    town.seconds(0.0005);
    town.with_call(ALICE, |call| Command::HangUp { call });
    town.seconds(1.0);
    assert_eq!(town.told(ALICE), ["calls sip:bob@example.test", "ended local"]);
    assert_eq!(town.count(ALICE, "INVITE"), 0);
    // The same at the callee: the caller is gone while the port is being bound.
    town.call(ALICE, "bob");
    town.hang_up(ALICE);
    let threads = &town.roads.studio.threads;
    assert!(threads.values().all(|thread| (thread.ports.len(), thread.stops) == (1, 1)), "{threads:?}");
    town.end();
}

#[test]
fn without_a_port_there_is_no_call() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.roads.studio.full = true;
    town.call(ALICE, "bob");
    assert_eq!(town.told(ALICE)[1..], ["ended failed: No port for sound: too many open files"]);
    assert!(town.told(BOB).is_empty());
    town.end();
}

#[test]
fn a_callee_without_a_port_lets_the_caller_go_after_it_rang() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    let call = Command::Call { account: super::town::account(), target: "bob".into(), ticket: Ticket(1) };
    town.command(ALICE, call);
    town.seconds(0.01);
    town.roads.studio.full = true;
    town.roads.studio.binding = Duration::from_secs(1);
    town.seconds(1.0);
    assert_eq!(town.lines(BOB, SERVER).last().unwrap(), "180 INVITE");
    assert_eq!(town.told(ALICE).last().unwrap(), "rings");
    // Also where the user has answered, and the answer waits.
    town.with_call(BOB, |call| Command::Answer { call });
    town.seconds(5.0);
    assert_eq!(town.told(BOB)[1..], ["ended failed: No port for sound: too many open files"]);
    assert_eq!(town.count(BOB, "500 INVITE"), 1);
    assert_eq!(town.count(BOB, "200 INVITE"), 0);
    assert_eq!(town.told(ALICE).last().unwrap(), "ended failed: 500 Server Internal Error");
    town.end();
}

#[test]
fn what_cannot_be_dialled_is_a_call_that_failed() {
    let mut town = Town::signed_in(Transport::Udp, &["alice"]);
    town.call(ALICE, "bo lindqvist");
    assert!(town.told(ALICE)[1].starts_with("ended failed: “bo lindqvist” is neither"), "{:?}", town.told(ALICE));
    town.call(ALICE, "nobody");
    assert_eq!(town.told(ALICE)[3..], ["ended failed: 404 Not Found"]);
    town.end();
}

#[test]
fn who_is_not_there_does_not_answer() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.sign_out(BOB);
    town.seconds(1.0);
    town.call(ALICE, "bob");
    assert_eq!(town.told(ALICE)[1..], ["ended no-answer: 480 Temporarily Unavailable"]);
    town.end();
}

#[test]
fn nothing_goes_in_clear_unasked() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let plan = Plan { allow_cleartext: false, ..Plan::over(transport) };
        let mut town = plan.town(&["alice"]);
        town.sign_in(ALICE);
        town.seconds(2.0);
        let problem = town.problem(ALICE);
        assert_eq!((problem.kind, town.link(ALICE)), (ProblemKind::Clear, Some(LinkState::Failed(problem.clone()))));
        assert!(problem.next.contains("--allow-cleartext"), "{problem}");
        town.call(ALICE, "bob");
        let told = town.told(ALICE);
        assert!(told[1].starts_with("ended failed: ") && told[1].contains("in clear"), "{told:?}");
        town.seconds(600.0);
        assert_eq!(town.lines(ALICE, SERVER), [""; 0], "nothing was sent");
        assert!(town.roads.people[&ALICE].opens.is_empty());
        town.end();
    }
}

#[test]
fn a_call_without_registration_opens_its_way_by_itself() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Plan::over(transport).town(&["alice", "bob"]);
        town.sign_in(BOB);
        town.seconds(1.0);
        town.call(ALICE, "bob");
        town.answer(BOB);
        assert_eq!(town.told(ALICE)[2..], ["talks opus/48000 encrypted"]);
        assert_eq!(town.bound("alice"), 0);
        town.hang_up(BOB);
        assert_eq!(town.told(ALICE).last().unwrap(), "ended remote");
        town.end();
    }
}

#[test]
fn signing_out_ends_every_call_in_order_and_unregisters() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob", "carol"]);
        town.talk(ALICE, BOB, "bob");
        town.call(3, "alice");
        town.call(ALICE, "carol");
        town.sign_out(ALICE);
        town.seconds(10.0);
        assert_eq!(town.told(BOB).last().unwrap(), "ended remote");
        assert_eq!(town.link(ALICE), Some(LinkState::Offline));
        assert_eq!((town.bound("alice"), town.bound("bob")), (0, 1));
        assert_eq!(town.roads.people[&ALICE].kept.len(), 3);
        assert!(town.is_at_rest(ALICE));
        // The word of the end comes before the word that all is over.
        let events = &town.roads.people[&ALICE].events;
        let offline = events.iter().rposition(|(_, event)| matches!(event, offhook::engine::event::Event::Link { .. }));
        assert_eq!(offline, Some(events.len() - 1), "{events:?}");
        let before = town.roads.wire.len();
        town.seconds(60.0);
        let late: Vec<_> = town.roads.wire[before..].iter().filter(|(_, from, ..)| *from == ALICE).collect();
        assert!(late.is_empty(), "{late:?}");
        town.end();
    }
}

#[test]
fn a_refusal_outlives_the_packet_that_carried_it() {
    // Bob signs out while it rings at his place, and what he says is lost.
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.call(ALICE, "bob");
    town.roads.cut_off.insert(BOB);
    town.sign_out(BOB);
    town.seconds(0.1);
    town.roads.cut_off.clear();
    town.seconds(5.0);
    assert_eq!(town.told(ALICE)[2..], ["ended no-answer: 480 Temporarily Unavailable"]);
    assert_eq!(town.link(BOB), Some(LinkState::Offline));
    // Where nobody acknowledges it, leaving does not take for ever.
    town.sign_in(BOB);
    town.seconds(1.0);
    town.call(ALICE, "bob");
    town.roads.cut_off.insert(ALICE);
    town.seconds(0.5);
    town.roads.cut_off.insert(BOB);
    town.sign_out(BOB);
    town.seconds(40.0);
    assert_eq!(town.link(BOB), Some(LinkState::Offline));
    town.end();
}

#[test]
fn signing_in_again_at_once_is_signing_in() {
    for transport in [Transport::Udp, Transport::Tls] {
        for millis in [0, 5, 25, 200] {
            let mut town = Town::signed_in(transport, &["alice", "bob"]);
            town.talk(ALICE, BOB, "bob");
            town.sign_out(ALICE);
            town.seconds(millis as f64 / 1000.0);
            town.command(ALICE, Command::SignIn { account: super::town::account(), services: Services::PHONE });
            town.seconds(20.0);
            assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), "{millis} ms: {:?}", town.links(ALICE));
            assert_eq!(town.bound("alice"), 1, "{millis} ms");
            town.talk(BOB, ALICE, "alice");
            town.end();
        }
    }
}
