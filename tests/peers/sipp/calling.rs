//! offhook calls: answers, refusals, redirections, and giving up.

use super::peer::NEEDS;
use super::scenario::{
    self, CONTACT, PCMU, accept, accept_with, answer, called_up, hang_up, hung_up, invited, receive, repeated, request, respond,
};
use super::told::{called, called_and, calling};
use crate::Case;

pub const CASES: &[Case] = &[
    Case { name: "sipp::either_side_hangs_up", needs: NEEDS, run: either_side_hangs_up },
    Case { name: "sipp::calls_over_ipv6", needs: NEEDS, run: version_6 },
    Case { name: "sipp::refusals_end_as_they_are_meant", needs: NEEDS, run: refusals },
    Case { name: "sipp::every_200_is_acknowledged", needs: NEEDS, run: every_200_is_acknowledged },
    Case { name: "sipp::an_unanswered_invite_is_repeated", needs: NEEDS, run: unanswered_invite },
    Case { name: "sipp::a_redirection_is_followed", needs: NEEDS, run: redirection },
    Case { name: "sipp::redirections_in_a_circle_end", needs: NEEDS, run: redirections_in_a_circle },
    Case { name: "sipp::redirections_without_end_end", needs: NEEDS, run: redirections_without_end },
    Case { name: "sipp::a_cancelled_call_ends_with_487", needs: NEEDS, run: cancelled },
    Case { name: "sipp::a_cancel_waits_for_a_sign_of_life", needs: NEEDS, run: held_back },
    Case { name: "sipp::a_200_that_crosses_cancel_is_hung_up", needs: NEEDS, run: cancel_against_200 },
    Case { name: "sipp::an_answer_without_sound_is_hung_up", needs: NEEDS, run: no_sound },
    Case { name: "sipp::record_routes_are_travelled", needs: NEEDS, run: record_routes },
    Case { name: "sipp::a_session_interval_is_raised", needs: NEEDS, run: interval_too_small },
    Case { name: "sipp::a_bye_that_is_not_known_ends_the_call", needs: NEEDS, run: unknown_bye },
];

fn either_side_hangs_up() {
    for transport in ["udp", "tcp"] {
        let up = [vec![invited(), answer("100 Trying"), answer("180 Ringing"), accept(), receive("ACK")], hang_up()].concat();
        let told = called(transport, &up).ended(0, "remote").said("ringing").said("PCMU/8000, in clear");
        assert!(told.call["setup_ms"].is_number(), "{}", told.json);
        let up = [vec![invited(), accept(), receive("ACK")], hung_up()].concat();
        called_and(transport, &up, &["--for", "0.2"], |_| {}).ended(0, "local");
    }
}

fn version_6() {
    let sdp = PCMU.replace("IP4 127.0.0.1", "IP6 ::1");
    for transport in ["udp6", "tcp6"] {
        let up = [vec![invited().says("c=IN IP6 ::1"), accept_with(&sdp), receive("ACK")], hang_up()].concat();
        called(transport, &up).ended(0, "remote");
        let up = [called_up(scenario::invite().sdp(&sdp)), hang_up()].concat();
        calling(transport, 1, &up).ended(0, "remote");
    }
}

fn refusals() {
    for (status, code, end) in [
        ("486 Busy Here", 3, "busy"),
        ("600 Busy Everywhere", 3, "busy"),
        ("603 Decline", 3, "declined"),
        ("480 Temporarily Unavailable", 4, "no-answer"),
        ("408 Request Timeout", 4, "no-answer"),
        ("404 Not Found", 5, "failed"),
        ("500 Server Internal Error", 5, "failed"),
        ("503 Service Unavailable", 5, "failed"),
    ] {
        let told = called("udp", &[invited(), answer(status), receive("ACK")]).ended(code, end).because(status);
        told.heard("INVITE", 1);
    }
}

/// As when the first ACK was lost.
fn every_200_is_acknowledged() {
    let again = [invited(), accept(), receive("ACK"), accept(), receive("ACK"), accept(), receive("ACK")];
    let told = called("udp", &[again.to_vec(), hang_up()].concat()).ended(0, "remote");
    let acks = told.heard("ACK", 3);
    let numbers = acks.iter().map(|ack| line(ack, "CSeq:").to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(numbers.len(), 1, "{acks:?}");
}

fn unanswered_invite() {
    let told = called("udp", &[vec![invited(), repeated("INVITE"), accept(), receive("ACK")], hang_up()].concat());
    let invites = told.ended(0, "remote").heard("INVITE", 2);
    assert_eq!(invites[0], invites[1]);
}

fn redirection() {
    let moved = answer("302 Moved Temporarily").header("Contact: <sip:carol@example.test>;q=0.5, <sip:dan@example.test>;q=0.7");
    let steps = vec![
        invited(),
        moved,
        receive("ACK"),
        invited().says("INVITE sip:dan@example.test SIP/2.0"),
        answer("404 Not Found"),
        receive("ACK").says("ACK sip:dan@example.test"),
        invited().says("INVITE sip:carol@example.test SIP/2.0"),
        accept(),
        receive("ACK"),
    ];
    called("udp", &[steps, hang_up()].concat()).ended(0, "remote");
}

fn redirections_in_a_circle() {
    let moved = || answer("302 Moved Temporarily").header("Contact: <sip:bob@example.test>");
    let told = called("udp", &[invited(), moved(), receive("ACK")]).ended(5, "failed").because("302");
    told.heard("INVITE", 1);
}

fn redirections_without_end() {
    let moved = |at: usize| answer("302 Moved Temporarily").header(&format!("Contact: <sip:bob{at}@example.test>"));
    let steps: Vec<_> = (0..6).flat_map(|at| [invited(), moved(at), receive("ACK")]).collect();
    called("udp", &steps).ended(5, "failed").because("302").heard("INVITE", 6);
}

fn cancelled() {
    let steps = [
        invited(),
        answer("180 Ringing"),
        receive("CANCEL"),
        respond("200 OK"),
        answer("487 Request Terminated"),
        receive("ACK"),
    ];
    let told = called_and("udp", &steps, &[], |call| {
        call.wait_for_line("ringing");
        call.signal("INT");
    });
    told.ended(4, "local").heard("CANCEL", 1);
}

/// RFC 3261 §9.1: CANCEL waits until something was heard.
fn held_back() {
    let steps = [
        invited(),
        repeated("INVITE"),
        answer("180 Ringing"),
        receive("CANCEL"),
        respond("200 OK"),
        answer("487 Request Terminated"),
        receive("ACK"),
    ];
    let told = called_and("udp", &steps, &[], |call| {
        call.wait_for_line("calling");
        call.signal("INT");
    });
    told.ended(4, "local").heard("CANCEL", 1);
}

fn cancel_against_200() {
    let steps =
        [vec![invited(), answer("180 Ringing"), receive("CANCEL"), respond("200 OK"), accept(), receive("ACK")], hung_up()]
            .concat();
    called_and("udp", &steps, &[], |call| {
        call.wait_for_line("ringing");
        call.signal("INT");
    })
    .ended(4, "local");
}

fn no_sound() {
    for answered in
        [answer("200 OK").header(CONTACT), accept_with(&PCMU.replace("audio 9", "audio 0")), accept_with("v=0\nnonsense\n")]
    {
        called("udp", &[vec![invited(), answered, receive("ACK")], hung_up()].concat()).ended(5, "failed");
    }
}

fn record_routes() {
    let routes = "Record-Route: <sip:two@[local_ip]:[local_port];lr>, <sip:one@[local_ip]:[local_port];lr>";
    let accepted = answer("200 OK").header(routes).header("Contact: <sip:bob@192.0.2.1>").sdp(PCMU);
    let told = called_and("udp", &[vec![invited(), accepted, receive("ACK")], hung_up()].concat(), &["--for", "0.2"], |_| {});
    for message in [told.heard("ACK sip:bob@192.0.2.1 SIP/2.0", 1), told.heard("BYE sip:bob@192.0.2.1 SIP/2.0", 1)].concat() {
        let (one, two) = (message.find("<sip:one@"), message.find("<sip:two@"));
        assert!(one.is_some() && one < two, "{message}");
    }
    told.ended(0, "local");
}

fn interval_too_small() {
    let steps = vec![
        invited(),
        answer("422 Session Interval Too Small").header("Min-SE: 1800"),
        receive("ACK"),
        invited().has("Session-Expires", "1800").has("Min-SE", "1800"),
        accept().header("Session-Expires: 1800;refresher=uas").header("Require: timer"),
        receive("ACK"),
        request("UPDATE").header("Session-Expires: 1800;refresher=uac").header("Supported: timer"),
        receive("200").has("Session-Expires", "1800;refresher=uac"),
    ];
    called("udp", &[steps, hang_up()].concat()).ended(0, "remote");
}

fn unknown_bye() {
    let steps = [invited(), accept(), receive("ACK"), receive("BYE"), respond("481 Call/Transaction Does Not Exist")];
    called_and("udp", &steps, &["--for", "0.2"], |_| {}).ended(0, "local").heard("BYE", 1);
}

/// The line of a message that begins like this.
pub fn line<'a>(message: &'a str, start: &str) -> &'a str {
    message.lines().find(|line| line.starts_with(start)).unwrap_or_default()
}
