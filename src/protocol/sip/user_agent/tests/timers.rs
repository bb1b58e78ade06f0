//! Session timers (RFC 4028), UPDATE (RFC 3311) and the limits of time.

use super::by_hand::{response, with_sdp};
use super::network::Story;
use super::plain_calls::CALL;
use crate::protocol::sip::user_agent::Input;

const UPDATES: (&str, &str) = ("Allow", "INVITE, ACK, BYE, UPDATE");

#[test]
fn we_refresh_by_update_where_the_far_side_wants_us_to() {
    let mut story = Story::by_hand();
    story.alice_calls("bob", &[("Session-Expires", "100;refresher=uac"), ("Require", "timer"), UPDATES]);
    story.run_for(50.0);
    let update = story.heard_request("UPDATE");
    assert_eq!(update.headers.get("Session-Expires"), Some("100;refresher=uac"));
    assert!(update.body.is_empty());
    let mut answer = response(&update, 200, "bob", None);
    answer.headers.push("Session-Expires", "100;refresher=uac");
    story.respond(answer);
    story.run_for(50.0);
    story.heard_request("UPDATE");
    assert_eq!(story.told(1), ["answered answer"]);
}

#[test]
fn we_refresh_by_reinvite_where_update_is_not_known() {
    let mut story = Story::by_hand();
    story.alice_calls("bob", &[("Session-Expires", "100;refresher=uac")]);
    story.run_for(50.0);
    let reinvite = story.heard_request("INVITE");
    assert_eq!(reinvite.body, b"v=0 offer");
    let mut answer = response(&reinvite, 200, "bob", Some("answer"));
    answer.headers.push("Session-Expires", "100;refresher=uac");
    story.respond(answer);
    assert_eq!(story.heard_lines(), ["ACK"]);
    assert_eq!(story.told(1), ["answered answer"], "a refresh that changes nothing is not told");
}

#[test]
fn a_session_that_the_far_side_does_not_refresh_is_hung_up() {
    let mut story = Story::by_hand();
    story.alice_calls("bob", &[("Session-Expires", "120;refresher=uas")]);
    story.run_for(87.0);
    assert_eq!(story.heard_lines(), [""; 0]);
    story.run_for(2.0);
    story.heard_request("BYE");
    story.run_for(10.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Timeout");
}

#[test]
fn a_timer_that_the_caller_asks_for_is_agreed_to_and_its_refreshes_count() {
    let mut story = Story::by_hand();
    let answer = story.alice_is_called(&[("Session-Expires", "120"), ("Supported", "timer"), UPDATES]);
    assert_eq!(answer.headers.get("Session-Expires"), Some("120;refresher=uac"));
    assert_eq!(answer.headers.get("Require"), Some("timer"));
    let tag = answer.headers.to().unwrap().tag().unwrap().to_owned();
    for at in 0..5 {
        story.run_for(60.0);
        let lines = [("Session-Expires", "120;refresher=uac"), ("Supported", "timer")];
        story.ask(super::by_hand::request("UPDATE", 10 + at, Some(&tag), &lines));
        assert_eq!(story.heard_response().headers.get("Session-Expires"), Some("120;refresher=uac"));
    }
    story.run_for(100.0);
    story.heard_request("BYE");
}

#[test]
fn a_refresh_that_is_never_answered_ends_the_call() {
    let mut story = Story::by_hand();
    story.alice_calls("bob", &[("Session-Expires", "100;refresher=uac"), UPDATES]);
    story.run_for(200.0);
    assert_eq!(story.told(1).last().unwrap(), "ended Timeout");
}

#[test]
fn a_call_that_the_far_side_has_forgotten_ends() {
    for status in [481, 408] {
        let mut story = Story::by_hand();
        story.alice_calls("bob", &[]);
        story.tell(1, Input::Offer { session: CALL, body: b"hold".to_vec() });
        story.run_for(0.2);
        let reinvite = story.heard_request("INVITE");
        story.respond(response(&reinvite, status, "bob", None));
        let bye = story.heard_request("BYE");
        story.respond(response(&bye, 481, "bob", None));
        assert!(story.told(1).last().unwrap().starts_with(&format!("ended Rejected {{ status: {status}")));
    }
}

#[test]
fn an_update_with_an_offer_is_an_offer_and_meets_ours_with_491() {
    let mut story = Story::by_hand();
    let invite = story.alice_calls("bob", &[]);
    let update = with_sdp(story.within(&invite, "bob", "UPDATE", 1), "hold");
    story.ask(update);
    assert_eq!(story.told(1).last().unwrap(), "offered hold");
    // A second one before the first is answered.
    let update = with_sdp(story.within(&invite, "bob", "UPDATE", 2), "more");
    story.ask(update);
    let refused = story.heard_response();
    assert_eq!(refused.status, 500);
    assert!(refused.headers.retry_after().unwrap().is_some());
    story.tell(1, Input::Answer { session: CALL, body: b"held".to_vec() });
    story.run_for(0.2);
    let answer = story.heard_response();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"held"[..]));
    assert!(answer.headers.get("Contact").is_some());
    // Ours is on its way.
    story.tell(1, Input::Offer { session: CALL, body: b"mine".to_vec() });
    story.run_for(0.2);
    story.heard_request("INVITE");
    let update = with_sdp(story.within(&invite, "bob", "UPDATE", 3), "theirs");
    story.ask(update);
    assert_eq!(story.heard_response().status, 491);
}

#[test]
fn a_reinvite_without_an_offer_asks_for_ours_and_the_ack_answers_it() {
    let mut story = Story::by_hand();
    let invite = story.alice_calls("bob", &[]);
    let reinvite = story.within(&invite, "bob", "INVITE", 5);
    story.ask(reinvite.clone());
    assert_eq!(story.told(1).last().unwrap(), "offered -");
    story.tell(1, Input::Answer { session: CALL, body: b"my offer".to_vec() });
    story.run_for(0.2);
    let answer = story.heard().pop().unwrap();
    assert_eq!(answer.body(), b"my offer");
    let mut ack = with_sdp(story.within(&invite, "bob", "ACK", 5), "their answer");
    ack.headers.set("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKreack");
    story.ask(ack);
    assert_eq!(story.told(1).last().unwrap(), "offer answered their answer");
}

#[test]
fn requests_follow_the_route_set_and_the_contact() {
    let mut story = Story::by_hand();
    let routes = [("Record-Route", "<sip:10.0.0.1;lr;x=second>, <sip:10.0.0.1;lr;x=first>")];
    let invite = story.alice_calls("bob", &routes);
    story.end();
    let bye = story.heard_request("BYE");
    assert_eq!(bye.uri.to_string(), "sip:bob@10.0.0.1:5060");
    let routes: Vec<String> = bye.headers.routes().unwrap().iter().map(|route| route.uri.to_string()).collect();
    assert_eq!(routes, ["sip:10.0.0.1;lr;x=first", "sip:10.0.0.1;lr;x=second"]);
    assert_eq!(bye.headers.cseq().unwrap().number, invite.headers.cseq().unwrap().number + 1);

    // A strict router finds itself in the Request-URI, and the far side at the end of the route.
    let mut story = Story::by_hand();
    story.alice_calls("bob", &[("Record-Route", "<sip:10.0.0.1;x=strict>")]);
    story.end();
    let bye = story.heard_request("BYE");
    assert_eq!(bye.uri.to_string(), "sip:10.0.0.1;x=strict");
    assert_eq!(bye.headers.get("Route"), Some("<sip:bob@10.0.0.1:5060>"));
}
