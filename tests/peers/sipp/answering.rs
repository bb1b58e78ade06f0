//! offhook answers: what is lost, doubled or crosses, keys by INFO, session timers.

use super::peer::NEEDS;
use super::scenario::{
    PCMU, accept, accepted, ack, called_up, hang_up, invite, invited, perhaps, receive, refused, repeated, request,
};
use super::told::{called_and, calling};
use crate::Case;

pub const CASES: &[Case] = &[
    Case { name: "sipp::a_200_is_repeated_until_its_ack", needs: NEEDS, run: ack_lost },
    Case { name: "sipp::a_doubled_invite_rings_once", needs: NEEDS, run: doubled_invite },
    Case { name: "sipp::the_same_invite_by_two_ways_is_merged", needs: NEEDS, run: merged },
    Case { name: "sipp::byes_that_cross_end_the_call", needs: NEEDS, run: crossing_byes },
    Case { name: "sipp::keys_come_by_info", needs: NEEDS, run: info },
    Case { name: "sipp::session_timers_are_agreed_and_refreshed", needs: NEEDS, run: session_timers },
    Case { name: "sipp::methods_that_do_not_fit_are_refused", needs: NEEDS, run: methods },
];

fn ack_lost() {
    let steps = vec![invite().sdp(PCMU), perhaps("180"), accepted(), repeated("200"), ack()];
    let told = calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote");
    let answers: Vec<&String> = told.heard.iter().filter(|message| message.contains("m=audio")).collect();
    assert!(answers.len() == 2 && answers[0] == answers[1], "{answers:#?}");
}

fn doubled_invite() {
    let again = || invite().sdp(PCMU).branch("same").number(1);
    let steps = vec![again(), perhaps("100"), perhaps("180"), accepted(), again(), again(), ack()];
    let told = calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote");
    assert_eq!(told.json["calls"].as_array().unwrap().len(), 1);
}

/// RFC 3261 §8.2.2.2.
fn merged() {
    let steps = vec![
        invite().sdp(PCMU),
        perhaps("180"),
        accepted(),
        invite().sdp(PCMU).number(1).branch("merged"),
        receive("482"),
        ack().branch("merged"),
        ack(),
    ];
    calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote");
}

fn crossing_byes() {
    let steps = [invited(), accept(), receive("ACK"), receive("BYE"), request("BYE"), receive("200").has("CSeq", "BYE")];
    // Alice's is never answered.
    called_and("udp", &steps, &["--for", "0.2"], |_| {}).ended(0, "local").heard("BYE", 1);
}

fn info() {
    let key = |body: &str| request("INFO").body("application/dtmf-relay", body);
    let steps = vec![
        key("Signal=5\nDuration=160\n"),
        receive("200"),
        key("Signal= #\nDuration= 160\n"),
        receive("200"),
        request("INFO").body("application/dtmf", "9\n"),
        receive("200"),
        request("INFO"),
        receive("200"),
        request("INFO").body("application/unheard-of", "x\n"),
        receive("415"),
        request("INFO").header("Info-Package: x").body("application/x", "x\n"),
        receive("469"),
    ];
    let told = calling("udp", 1, &[called_up(invite().sdp(PCMU)), steps, hang_up()].concat()).ended(0, "remote");
    let told = told.said("they pressed 5").said("they pressed #").said("they pressed 9");
    assert_eq!(told.said.matches("they pressed").count(), 3, "{}", told.said);
}

fn session_timers() {
    let timer = |step: super::scenario::Step, seconds: u32| {
        step.header("Supported: timer").header(&format!("Session-Expires: {seconds};refresher=uac"))
    };
    let steps = vec![
        timer(invite().sdp(PCMU), 30).branch("short"),
        refused("422").has("Min-SE", "90"),
        ack().branch("short"),
        timer(invite().sdp(PCMU), 90),
        perhaps("180"),
        accepted().has("Session-Expires", "90;refresher=uac").has("Require", "timer"),
        ack(),
        timer(request("UPDATE"), 90),
        receive("200").has("Session-Expires", "90;refresher=uac"),
        timer(request("INVITE").sdp(PCMU), 90),
        perhaps("100"),
        receive("200").has("CSeq", "INVITE").has("Session-Expires", "90;refresher=uac"),
        ack(),
        timer(request("UPDATE"), 20),
        receive("422").has("Min-SE", "90"),
    ];
    calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote");
}

fn methods() {
    let steps = vec![
        request("MESSAGE").body("text/plain", "hello\n"),
        receive("405").has("Allow", "INVITE, ACK"),
        request("DANCE"),
        receive("501"),
        request("REFER").header("Refer-To: <sip:premium@example.test>"),
        receive("603"),
        request("PRACK").header("RAck: 1 1 INVITE"),
        receive("481"),
        request("SUBSCRIBE").header("Event: dialog"),
        receive("489"),
        request("UPDATE").header("Require: time-travel"),
        receive("420").has("Unsupported", "time-travel"),
        request("OPTIONS"),
        receive("200").has("Accept", "application/sdp"),
    ];
    calling("udp", 1, &[called_up(invite().sdp(PCMU)), steps, hang_up()].concat()).ended(0, "remote");
}
