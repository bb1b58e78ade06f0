//! What comes from outside a call, with wrong tags or numbers, or asks for what nobody may have.

use super::by_hand::{request, response, with_sdp};
use super::network::{Story, line};
use super::plain_calls::CALL;
use crate::machine::Secret;
use crate::protocol::sip::message::{Message, Response};
use crate::protocol::sip::user_agent::{Input, SessionId};
use std::collections::BTreeSet;

#[test]
fn requests_outside_of_calls_get_the_answer_that_the_standards_say() {
    let cases = [
        ("BYE", Some("unknown"), 481),
        ("INVITE", Some("unknown"), 481),
        ("UPDATE", Some("unknown"), 481),
        ("INFO", Some("unknown"), 481),
        ("OPTIONS", None, 200),
        ("BYE", None, 481),
        ("UPDATE", None, 481),
        ("PRACK", None, 481),
        ("REFER", None, 603),
        ("MESSAGE", None, 405),
        ("SUBSCRIBE", None, 489),
        ("PUBLISH", None, 405),
        ("REGISTER", None, 405),
        ("NOTIFY", None, 481),
        ("FROBNICATE", None, 501),
        ("CANCEL", None, 481),
    ];
    let mut story = Story::by_hand();
    for (at, (method, tag, status)) in cases.into_iter().enumerate() {
        story.ask(request(method, 100 + at as u32, tag, &[]));
        // The refusal of the INVITE comes again and again: nobody acknowledges it.
        let heard = story.heard().into_iter().rev().find(|heard| heard.headers().cseq().unwrap().method.as_str() == method);
        let Some(Message::Response(answer)) = heard else { panic!("{method}: {heard:?}") };
        assert_eq!(answer.status, status, "{method}");
        assert!(answer.headers.to().unwrap().tag().is_some(), "{method}");
        if [405, 501].contains(&status) {
            assert!(answer.headers.get("Allow").unwrap().contains("INVITE"));
        }
    }
    assert!(story.told(1).is_empty(), "{:?}", story.told(1));
    // A stray ACK is answered by nobody.
    story.ask(request("ACK", 7, Some("unknown"), &[]));
    assert_eq!(story.heard_lines(), [""; 0]);
}

#[test]
fn options_say_what_we_take() {
    let mut story = Story::by_hand();
    // RFC 4475 §3.3.9: who is meant does not count the hops.
    let mut options = request("OPTIONS", 1, None, &[]);
    options.headers.set("Max-Forwards", 0);
    story.ask(options);
    let answer = story.heard_response();
    assert_eq!(answer.status, 200);
    for (header, word) in [("Allow", "UPDATE"), ("Accept", "application/sdp"), ("Supported", "timer")] {
        assert!(answer.headers.get(header).unwrap().contains(word), "{header}");
    }
    assert!(!answer.headers.get("Supported").unwrap().contains("100rel"));
}

#[test]
fn what_an_invite_may_not_ask_is_refused_with_the_reason() {
    let mut story = Story::by_hand();
    story.ask(with_sdp(request("INVITE", 1, None, &[("Require", "timer, 100rel, replaces")]), "offer"));
    let answer = story.heard_response();
    assert_eq!((answer.status, answer.headers.get("Unsupported")), (420, Some("100rel, replaces")));

    let mut story = Story::by_hand();
    let mut invite = request("INVITE", 1, None, &[]);
    invite.set_body("text/plain", b"hello".to_vec());
    story.ask(invite);
    let answer = story.heard_response();
    assert_eq!((answer.status, answer.headers.get("Accept")), (415, Some("application/sdp")));

    let mut story = Story::by_hand();
    story.ask(request("INVITE", 1, None, &[("Session-Expires", "60"), ("Supported", "timer")]));
    let answer = story.heard_response();
    assert_eq!((answer.status, answer.headers.get("Min-SE")), (422, Some("90")));
    assert!(story.told(1).is_empty());
}

#[test]
fn the_same_invite_by_two_ways_rings_once() {
    let mut story = Story::by_hand();
    let invite = with_sdp(request("INVITE", 1, None, &[]), "offer");
    let mut other = invite.clone();
    let via = other.headers.get("Via").unwrap().replace("z9hG4bK", "z9hG4bKother");
    other.headers.set("Via", via);
    story.ask(invite);
    story.ask(other);
    let lines = story.heard_lines();
    assert!(lines.contains(&"482 INVITE".into()), "{lines:?}");
    assert_eq!(story.told(1).len(), 1);
}

#[test]
fn headers_that_would_answer_by_themselves_are_ignored() {
    let mut story = Story::by_hand();
    let lines = [
        ("Alert-Info", "<http://example.test>;info=alert-autoanswer"),
        ("Call-Info", "<sip:a>;answer-after=0"),
        ("Answer-Mode", "Auto"),
        ("Replaces", "x;to-tag=a;from-tag=b"),
    ];
    story.ask(with_sdp(request("INVITE", 1, None, &lines), "offer"));
    story.run_for(30.0);
    assert_eq!(story.heard_lines(), ["100 INVITE"]);
    assert_eq!(story.told(1), ["incoming 1 sip:mallory@example.test offer"]);
}

#[test]
fn too_many_calls_at_once_are_turned_away() {
    let mut story = Story::by_hand();
    for at in 0..20 {
        let mut invite = with_sdp(request("INVITE", 1, None, &[]), "offer");
        invite.headers.set("Call-ID", format!("flood-{at}"));
        invite.headers.set("Via", format!("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKflood{at};rport"));
        story.ask(invite);
    }
    let heard = story.heard();
    let refused = heard.iter().filter(|message| line(message) == "480 INVITE");
    let refused: BTreeSet<_> = refused.map(|message| message.headers().call_id().unwrap().to_owned()).collect();
    assert_eq!((story.told(1).len(), refused.len()), (16, 4));
}

#[test]
fn only_our_server_tells_of_waiting_messages() {
    let lines = [("Event", "message-summary"), ("Content-Type", "application/simple-message-summary")];
    let mut story = Story::by_hand();
    let mut notify = request("NOTIFY", 1, None, &lines);
    notify.body = b"Messages-Waiting: yes\r\n".to_vec();
    story.ask(notify);
    assert_eq!(story.heard_response().status, 200);
    assert_eq!(story.told(1), ["waiting Messages-Waiting: yes\r\n"]);
}

#[test]
fn a_bye_with_a_wrong_tag_or_an_old_number_ends_nothing() {
    let mut story = Story::by_hand();
    let invite = story.alice_calls("bob", &[]);
    let info = story.within(&invite, "bob", "INFO", 10);
    story.ask(info);
    assert_eq!(story.heard_response().status, 200);
    let bye = story.within(&invite, "mallory", "BYE", 11);
    story.ask(bye);
    assert_eq!(story.heard_response().status, 481);
    let bye = story.within(&invite, "bob", "BYE", 9);
    story.ask(bye);
    assert_eq!(story.heard_response().status, 500);
    assert_eq!(story.told(1), ["answered answer"]);
    let bye = story.within(&invite, "bob", "BYE", 12);
    story.ask(bye);
    assert_eq!(story.heard_response().status, 200);
    assert_eq!(story.told(1).last().unwrap(), "ended Remote");
}

fn challenge(mut response: Response, realm: &str) -> Response {
    let name = if response.status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
    response.headers.push(name, format!("Digest realm=\"{realm}\", nonce=\"evil\", qop=\"auth\""));
    response
}

#[test]
fn a_challenged_bye_is_never_answered_with_a_digest() {
    for status in [401, 407] {
        let mut story = Story::by_hand();
        story.tell(1, Input::Password(Secret::new("pw".into())));
        story.alice_calls("bob", &[]);
        story.end();
        let bye = story.heard_request("BYE");
        story.respond(challenge(response(&bye, status, "bob", None), "example.test"));
        story.run_for(60.0);
        assert_eq!(story.heard_lines(), [""; 0]);
        assert_eq!(story.told(1).last().unwrap(), "ended Local");
    }
}

#[test]
fn within_a_call_only_a_known_realm_is_answered() {
    for (realm, answered) in [("example.test", true), ("evil", false)] {
        let mut story = Story::by_hand();
        story.tell(1, Input::Password(Secret::new("pw".into())));
        story.call(1, 2, "bob");
        story.run_for(0.2);
        let invite = story.heard_request("INVITE");
        story.respond(challenge(response(&invite, 407, "proxy", None), "example.test"));
        let again = story.heard_request("INVITE");
        assert!(again.headers.get("Proxy-Authorization").unwrap().contains("username=\"alice\""));
        assert_eq!(again.headers.cseq().unwrap().number, invite.headers.cseq().unwrap().number + 1);
        story.respond(response(&again, 200, "bob", Some("answer")));
        story.heard();
        story.tell(1, Input::Offer { session: CALL, body: b"hold".to_vec() });
        story.run_for(0.2);
        let reinvite = story.heard_request("INVITE");
        story.respond(challenge(response(&reinvite, 401, "bob", None), realm));
        let lines = story.heard_lines();
        assert_eq!(lines.iter().filter(|line| *line == "INVITE").count(), usize::from(answered), "{lines:?}");
        let refused = story.told(1).last().unwrap() == "offer refused 401";
        assert_eq!(refused, !answered);
    }
}

#[test]
fn a_password_that_is_refused_is_not_tried_again() {
    let mut story = Story::by_hand();
    story.tell(1, Input::Password(Secret::new("wrong".into())));
    story.call(1, 2, "bob");
    story.run_for(0.2);
    let invite = story.heard_request("INVITE");
    story.respond(challenge(response(&invite, 407, "proxy", None), "example.test"));
    let again = story.heard_request("INVITE");
    story.respond(challenge(response(&again, 407, "proxy", None), "example.test"));
    assert_eq!(story.heard_lines(), ["ACK"]);
    assert!(story.told(1)[0].starts_with("ended Rejected { status: 407"), "{:?}", story.told(1));
}

#[test]
fn keys_pressed_by_info_are_told() {
    let mut story = Story::by_hand();
    let invite = story.alice_calls("bob", &[]);
    let mut info = story.within(&invite, "bob", "INFO", 1);
    info.set_body("application/dtmf-relay", b"Signal=7\r\nDuration=100\r\n".to_vec());
    story.ask(info);
    assert_eq!(story.told(1).last().unwrap(), "pressed 7");
}

#[test]
fn a_storm_of_answers_is_acknowledged_and_the_call_goes_on() {
    let mut story = Story::by_hand();
    let invite = story.alice_calls("bob", &[]);
    for at in 0..100 {
        story.respond(response(&invite, 200, &format!("fork{at}"), Some("answer")));
    }
    assert_eq!(story.told(1), ["answered answer"]);
    let lines = story.heard_lines();
    assert_eq!(lines.iter().filter(|line| *line == "ACK").count(), 100);
    // A provisional response after the answer means nothing any more.
    story.respond(response(&invite, 183, "bob", Some("early")));
    assert_eq!(story.told(1), ["answered answer"]);
}

#[test]
fn an_incoming_call_that_the_caller_ends_before_the_answer_is_over() {
    let mut story = Story::by_hand();
    story.ask(with_sdp(request("INVITE", 1, None, &[]), "offer"));
    story.tell(1, Input::Ring { session: SessionId(1) });
    story.run_for(0.2);
    let ringing = story.heard_response();
    let tag = ringing.headers.to().unwrap().tag().unwrap().to_owned();
    story.ask(request("BYE", 2, Some(&tag), &[]));
    assert_eq!(story.heard_lines(), ["200 BYE", "487 INVITE"]);
    assert_eq!(story.told(1).last().unwrap(), "ended Cancelled");
}
