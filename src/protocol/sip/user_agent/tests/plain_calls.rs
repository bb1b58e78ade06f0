//! The plain path: call, answer, hang up, refuse, give up.

use super::network::{Habits, Node, Story, address};
use crate::lab::sip::Binding;
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::{Input, SessionId};
use std::time::Duration;

pub const CALL: SessionId = SessionId(2);
pub const BOBS: SessionId = SessionId(1);

/// Agents behind the proxy, connected; each is bound by hand under its name.
pub fn connected(transport: Transport, agents: &[&str]) -> Story {
    let mut story = Story::new(transport, agents);
    (1..=agents.len()).for_each(|node| story.tell(node, Input::Connect));
    story.run_to(0.05);
    for (at, name) in agents.iter().enumerate() {
        bind(&mut story, transport, at + 1, name);
    }
    story.run_to(0.1);
    story
}

pub fn bind(story: &mut Story, transport: Transport, node: usize, name: &str) {
    let source = address(node, 20_000);
    let Some(Node::Agent(agent)) = story.world.machine(node) else { panic!("{node} is no agent") };
    // Whom a name that is bound twice leads to is told by the Contact.
    let user = agent.contact().and_then(|contact| contact.uri.user).unwrap_or_else(|| name.to_owned());
    let contact = Uri::parse(&format!("sip:{user}@{source};transport={}", transport.uri_token())).unwrap();
    story.proxy().bind(name, Binding { contact, transport, source, until: None, device: None });
}

pub fn answering() -> Habits {
    Habits { ring: true, accept_after: Some(Duration::from_secs(2)), answer: true, ..Habits::default() }
}

/// Alice has called Bob, and they talk.
pub fn talking(transport: Transport) -> Story {
    let mut story = connected(transport, &["alice", "bob"]);
    story.net.habits.insert(2, answering());
    story.net.habits.insert(1, Habits { answer: true, ..Habits::default() });
    story.call(1, 2, "bob");
    story.run_to(10.0);
    assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
    assert_eq!(story.told(2), ["incoming 1 sip:alice@example.test v=0 offer", "established -"]);
    story
}

#[test]
fn a_call_is_answered_and_hung_up_by_the_caller() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let mut story = talking(transport);
        story.tell(1, Input::End { session: CALL });
        story.run_to(200.0);
        assert_eq!(story.told(1).last().unwrap(), "ended Local");
        assert_eq!(story.told(2).last().unwrap(), "ended Remote");
        assert_eq!((story.count(1, "INVITE"), story.count(1, "ACK"), story.count(1, "BYE")), (1, 1, 1));
        assert_eq!(story.count(2, "200 INVITE"), 1);
    }
}

#[test]
fn the_callee_hangs_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = talking(transport);
        story.tell(2, Input::End { session: BOBS });
        story.run_to(200.0);
        assert_eq!(story.told(1).last().unwrap(), "ended Remote");
        assert_eq!(story.told(2).last().unwrap(), "ended Local");
    }
}

#[test]
fn refusals_end_the_call_on_both_sides() {
    for status in [480, 486, 603] {
        let mut story = connected(Transport::Udp, &["alice", "bob"]);
        story.net.habits.insert(2, Habits { reject_after: Some((Duration::from_secs(1), status)), ..answering() });
        story.call(1, 2, "bob");
        story.run_to(200.0);
        assert_eq!(story.told(1).len(), 2, "{:?}", story.told(1));
        assert!(story.told(1)[1].starts_with(&format!("ended Rejected {{ status: {status}")), "{:?}", story.told(1));
        assert_eq!(story.told(2).last().unwrap(), "ended Local");
        // The refusal is acknowledged hop by hop, and repeated no more.
        assert_eq!(story.count(2, &format!("{status} INVITE")), 1);
    }
}

#[test]
fn who_is_not_there_cannot_be_called() {
    let mut story = connected(Transport::Udp, &["alice"]);
    story.call(1, 2, "nobody");
    story.run_to(200.0);
    assert_eq!(story.told(1), ["ended Rejected { status: 404, reason: \"Not Found\" }"]);
}

#[test]
fn the_caller_gives_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = connected(transport, &["alice", "bob"]);
        story.net.habits.insert(2, Habits { ring: true, ..Habits::default() });
        story.call(1, 2, "bob");
        story.run_to(5.0);
        story.tell(1, Input::End { session: CALL });
        story.run_to(200.0);
        assert_eq!(story.told(1), ["progress 180", "ended Local"]);
        assert_eq!(story.told(2).last().unwrap(), "ended Cancelled");
        assert_eq!((story.count(1, "CANCEL"), story.count(2, "487 INVITE")), (1, 1));
    }
}

#[test]
fn nobody_answers() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.habits.insert(2, Habits { ring: true, ..Habits::default() });
    story.call(1, 2, "bob");
    story.run_to(400.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Timeout");
    assert_eq!(story.told(2).last().unwrap(), "ended Cancelled");
    // The caller's proxies hear every minute that it still rings.
    assert_eq!(story.count(2, "180"), 3);
}

#[test]
fn a_server_that_is_silent_is_a_timeout() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.net.filter = Box::new(|_, _| true);
    story.call(1, 2, "bob");
    story.run_to(200.0);
    assert_eq!(story.told(1), ["ended Timeout"]);
}

#[test]
fn a_redirection_is_followed_once_each_in_order() {
    let mut story = connected(Transport::Udp, &["alice", "bob", "carol"]);
    story.net.habits.insert(3, answering());
    let contacts = [
        "<sip:nobody@example.test>;q=0.9",
        "<sip:carol@example.test>;q=0.5",
        "<mailto:bob@example.test>",
        "<sip:bob@example.test>",
    ];
    story.proxy().redirect("bob", &contacts);
    story.call(1, 2, "bob");
    story.run_to(10.0);
    assert_eq!(story.told(1), ["progress 180", "answered answer 3"]);
    assert_eq!(story.count(1, "INVITE"), 3);

    let mut story = connected(Transport::Udp, &["alice"]);
    for (from, to) in [("a", "b"), ("b", "a")] {
        story.proxy().redirect(from, &[&format!("<sip:{to}@example.test>")]);
    }
    story.call(1, 2, "a");
    story.run_to(10.0);
    assert!(story.told(1)[0].starts_with("ended Rejected { status: 302"), "{:?}", story.told(1));
    assert_eq!(story.count(1, "INVITE"), 2);

    let mut story = connected(Transport::Udp, &["alice"]);
    for at in 0..20 {
        story.proxy().redirect(&format!("r{at}"), &[&format!("<sip:r{}@example.test>", at + 1)]);
    }
    story.call(1, 2, "r0");
    story.run_to(10.0);
    assert_eq!(story.count(1, "INVITE"), 6);
}

#[test]
fn what_is_too_large_for_a_datagram_goes_by_tcp_where_that_is_taken() {
    for refused in [false, true] {
        let mut story = connected(Transport::Udp, &["alice", "bob"]);
        story.net.habits.insert(2, answering());
        if refused {
            story.net.refused.push(Transport::Tcp);
        }
        let target = Uri::parse("sip:bob@example.test").unwrap();
        story.tell(1, Input::Invite { session: CALL, target, offer: Some(vec![b'a'; 1500]) });
        story.run_to(10.0);
        assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
        let (_, _, _, invite) = story.net.wire.iter().find(|(_, from, _, _)| *from == 1).unwrap();
        let expected = if refused { "UDP" } else { "TCP" };
        assert_eq!(invite.headers().via().unwrap().transport, expected);
        story.tell(1, Input::End { session: CALL });
        story.run_to(100.0);
        assert_eq!(story.told(2).last().unwrap(), "ended Remote");
    }
}
