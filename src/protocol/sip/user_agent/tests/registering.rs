//! Registration, credentials and lost flows.

use super::network::{PROXY, Story};
use super::plain_calls::{BOBS, CALL, answering, bind, connected, talking};
use crate::machine::Secret;
use crate::protocol::sip::flow::{FlowId, Transport};
use crate::protocol::sip::user_agent::{Input, Output};
use std::time::Duration;

/// The proxy has users, and asks them for their passwords.
fn know(story: &mut Story) {
    for name in ["alice", "bob"] {
        story.proxy().add(name, "pw");
    }
}

/// Alice and Bob, registered with digest.
fn registered(transport: Transport) -> Story {
    let mut story = Story::new(transport, &["alice", "bob"]);
    know(&mut story);
    for node in [1, 2] {
        story.tell(node, Input::Register);
        story.run_to(if node == 1 { 1.0 } else { 2.0 });
        story.tell(node, Input::Password(Secret::new("pw".into())));
    }
    story.run_to(5.0);
    story
}

#[test]
fn a_registered_callee_is_called_with_a_digest_over_every_transport() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let mut story = registered(transport);
        for (node, name) in [(1, "alice"), (2, "bob")] {
            assert_eq!(story.told(node), ["password".to_owned(), format!("registered sip:{name}@example.test")]);
        }
        story.net.habits.insert(2, answering());
        story.call(1, 2, "bob");
        story.run_to(10.0);
        assert_eq!(story.told(1)[2..], ["progress 180", "answered answer 2"]);
        story.tell(2, Input::End { session: BOBS });
        story.run_to(20.0);
        assert_eq!(story.told(1).last().unwrap(), "ended Remote");
        story.tell(2, Input::Unregister);
        story.run_to(30.0);
        assert_eq!(story.told(2).last().unwrap(), "unregistered");
        let now = story.world.now();
        assert_eq!(story.proxy().bindings(now, "bob"), []);
        let closed = story.net.told.iter().any(|(_, node, output)| *node == 2 && matches!(output, Output::Close { .. }));
        assert!(closed);
    }
}

#[test]
fn a_stale_nonce_is_answered_with_the_new_one() {
    let mut story = registered(Transport::Udp);
    story.net.habits.insert(2, answering());
    story.call(1, 2, "bob");
    story.run_to(10.0);
    story.tell(1, Input::End { session: CALL });
    story.run_to(20.0);
    story.proxy().settings.nonce_lifetime = Duration::from_secs(5);
    let before = story.proxy().challenges();
    story.call(1, 4, "bob");
    story.run_to(30.0);
    assert_eq!(story.told(1).last().unwrap(), "answered answer 2");
    assert_eq!(story.proxy().challenges(), before + 1);
    // The nonce that the registrar gave, and the call's, are used again without being asked.
    assert_eq!(story.count(PROXY, "407 INVITE"), 2);
}

#[test]
fn a_call_waits_for_the_password_and_fails_without_one() {
    for known in [true, false] {
        let mut story = connected(Transport::Udp, &["alice", "bob"]);
        know(&mut story);
        story.net.habits.insert(2, answering());
        story.call(1, 2, "bob");
        story.run_to(3.0);
        assert_eq!(story.told(1), ["password"]);
        story.tell(1, if known { Input::Password(Secret::new("pw".into())) } else { Input::NoPassword });
        story.run_to(10.0);
        let last = story.told(1).last().unwrap().clone();
        assert!(
            last == if known {
                "answered answer 2"
            } else {
                "ended Transport(\"the server wants a password, and there is none\")"
            },
            "{last}"
        );
    }
}

#[test]
fn a_call_that_waits_for_the_password_can_be_given_up() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    know(&mut story);
    story.call(1, 2, "bob");
    story.run_to(3.0);
    story.tell(1, Input::End { session: CALL });
    story.run_to(4.0);
    assert_eq!(story.told(1), ["password", "ended Local"]);
    assert_eq!(story.count(1, "CANCEL"), 0);
}

#[test]
fn a_call_survives_the_loss_of_its_flow_and_goes_on_by_the_next() {
    let mut story = registered(Transport::Tcp);
    story.net.habits.insert(2, answering());
    story.call(1, 2, "bob");
    story.run_to(10.0);
    story.tell(1, Input::Closed { flow: FlowId(1000), why: "reset by peer".into() });
    story.run_to(100.0);
    assert_eq!(story.told(1).last().unwrap(), "registered sip:alice@example.test");
    // Bob has heard where Alice is now.
    story.tell(2, Input::End { session: BOBS });
    story.run_to(200.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Remote");
    assert_eq!(story.told(2).last().unwrap(), "ended Local");
}

#[test]
fn a_server_that_cannot_be_reached_fails_the_call_and_says_why() {
    let mut story = Story::new(Transport::Tcp, &["alice"]);
    story.net.refused.push(Transport::Tcp);
    story.call(1, 2, "bob");
    story.run_to(10.0);
    assert_eq!(
        story.told(1),
        [
            "unreachable: the server cannot be reached: connection refused",
            "ended Transport(\"the server cannot be reached: connection refused\")"
        ]
    );
}

#[test]
fn what_would_go_in_clear_fails_with_that_reason() {
    let mut config = super::network::config(1, "alice", Transport::Udp);
    config.allow_cleartext = false;
    let alice = crate::protocol::sip::user_agent::UserAgent::new(config, crate::machine::Chance::seeded(1));
    let proxy = super::network::proxy(PROXY);
    let mut story = Story::of(vec![proxy, super::network::Node::Agent(Box::new(alice))]);
    story.tell(1, Input::Register);
    story.run_to(10.0);
    let told = story.told(1);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("in clear"), "{told:?}");
    assert!(told[1].starts_with("registration failed") && told[1].contains("in clear"), "{told:?}");
}

#[test]
fn a_call_in_progress_is_not_disturbed_by_leaving_of_the_other_side() {
    let mut story = talking(Transport::Udp);
    bind(&mut story, Transport::Udp, 2, "bob");
    story.tell(2, Input::Unregister);
    story.run_to(60.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Remote");
    assert_eq!(story.told(2)[2..], ["ended Local", "unregistered"]);
}
