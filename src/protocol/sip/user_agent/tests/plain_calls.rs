//! The plain path: call, answer, hang up, refuse, cancel.

use super::network::{Habits, Story, address};
use super::proxy::Bound;
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::{Input, SessionId};
use std::time::Duration;

const CALL: SessionId = SessionId(2);

/// Alice and Bob behind the proxy, connected; Bob is bound by hand.
fn two(transport: Transport) -> Story {
    let mut story = Story::new(transport, &["alice", "bob"]);
    story.proxy().record_route = true;
    for node in [1, 2] {
        story.tell(node, Input::Connect);
    }
    story.run_to(0.1);
    let source = address(2, 20_000);
    let contact = Uri::parse(&format!("sip:bob@{source};transport={}", transport.uri_token())).unwrap();
    story.proxy().bindings.insert("bob".into(), vec![Bound { contact, transport, source }]);
    story
}

fn answering() -> Habits {
    Habits { ring: true, accept_after: Some(Duration::from_secs(2)), answer: true, ..Habits::default() }
}

#[test]
fn a_call_is_answered_and_hung_up_by_the_caller() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = two(transport);
        story.net.habits.insert(2, answering());
        story.call(1, 2, "bob");
        story.run_to(10.0);
        assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
        assert_eq!(story.told(2), ["incoming 1 sip:alice@example.test v=0 offer", "established -"]);
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
    let mut story = two(Transport::Udp);
    story.net.habits.insert(2, answering());
    story.call(1, 2, "bob");
    story.run_to(10.0);
    story.tell(2, Input::End { session: SessionId(1) });
    story.run_to(200.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Remote");
    assert_eq!(story.told(2).last().unwrap(), "ended Local");
}
