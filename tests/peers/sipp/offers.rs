//! Offers and answers within a call: hold and resume, re-INVITE and UPDATE, delayed offers, glare.

use super::peer::NEEDS;
use super::scenario::{
    PCMU, Step, accept, ack, called_up, hang_up, hung_up, invite, invited, perhaps, receive, refused, request,
};
use super::told::{called, calling, calling_until};
use crate::Case;

pub const CASES: &[Case] = &[
    Case { name: "sipp::they_hold_and_resume", needs: NEEDS, run: hold },
    Case { name: "sipp::a_reinvite_without_sdp_is_answered_with_an_offer", needs: NEEDS, run: reinvite_without_sdp },
    Case { name: "sipp::update_may_offer_too", needs: NEEDS, run: update },
    Case { name: "sipp::offers_that_meet_are_refused", needs: NEEDS, run: glare },
    Case { name: "sipp::an_offer_that_cannot_be_changes_nothing", needs: NEEDS, run: impossible },
    Case { name: "sipp::a_delayed_offer_is_answered_in_the_ack", needs: NEEDS, run: delayed_offer },
    Case { name: "sipp::a_delayed_offer_without_answer_ends_the_call", needs: NEEDS, run: delayed_offer_unanswered },
    Case { name: "sipp::other_media_are_answered_with_port_0", needs: NEEDS, run: other_media },
    Case { name: "sipp::an_offer_without_sound_is_refused", needs: NEEDS, run: nothing_to_hear },
];

/// The session description with another direction, in its n-th version.
fn version(number: u32, direction: &str) -> String {
    PCMU.replace("bob 1 1", &format!("bob 1 {number}")).replace("a=sendrecv", direction)
}

/// re-INVITE, its 200 that says this, ACK.
fn reinvite(offer: &str, answered: &str) -> Vec<Step> {
    let accepted = receive("200").has("CSeq", "INVITE").says(&format!("m=audio [1-9][0-9]* RTP/AVP.*{answered}"));
    vec![request("INVITE").sdp(offer), perhaps("100"), accepted, ack()]
}

fn hold() {
    let anywhere = version(4, "a=sendrecv").replace("IP4 127.0.0.1\nt", "IP4 0.0.0.0\nt");
    let steps = |begin: Vec<Step>| {
        [
            begin,
            reinvite(&version(2, "a=sendonly"), "a=recvonly"),
            reinvite(&version(3, "a=inactive"), "a=inactive"),
            reinvite(&version(4, "a=sendrecv"), "a=sendrecv"),
            reinvite(&anywhere.replace("bob 1 4", "bob 1 5"), "a="),
            reinvite(&version(6, "a=sendrecv"), "a=sendrecv"),
            hang_up(),
        ]
        .concat()
    };
    for told in [
        called("udp", &steps(vec![invited(), accept(), receive("ACK")])),
        calling("udp", 1, &steps(called_up(invite().sdp(PCMU)))),
    ] {
        let told = told.ended(0, "remote");
        let news: Vec<&str> = told.said.lines().filter(|line| ["they hold the call", "talking"].contains(line)).collect();
        let expected = ["they hold the call", "they hold the call", "talking", "they hold the call", "talking"];
        assert_eq!(news, expected, "{}", told.said);
    }
}

fn reinvite_without_sdp() {
    let offered = receive("200").has("CSeq", "INVITE").says("m=audio [1-9][0-9]* RTP/AVP.*a=sendrecv");
    let steps = vec![request("INVITE"), perhaps("100"), offered, ack().sdp(&version(2, "a=sendonly"))];
    let told = called("udp", &[vec![invited(), accept(), receive("ACK")], steps, hang_up()].concat());
    told.ended(0, "remote").said("they hold the call");
}

fn update() {
    let steps = vec![
        request("UPDATE").sdp(&version(2, "a=sendonly")),
        receive("200").has("CSeq", "UPDATE").says("a=recvonly"),
        request("UPDATE"),
        receive("200").has("CSeq", "UPDATE").has("Content-Length", "^ *0"),
    ];
    let told = called("udp", &[vec![invited(), accept(), receive("ACK")], steps, hang_up()].concat());
    told.ended(0, "remote").said("they hold the call");
}

/// Our offer in the 200 is not answered yet (RFC 3311 §5.2, RFC 3261 §14.2).
fn glare() {
    let steps = vec![
        request("INVITE"),
        perhaps("100"),
        receive("200").has("CSeq", "2 INVITE"),
        request("UPDATE").sdp(&version(2, "a=sendonly")),
        receive("491").has("CSeq", "UPDATE"),
        ack().sdp(&version(3, "a=sendrecv")),
        request("UPDATE").sdp(&version(4, "a=sendonly")),
        receive("200").has("CSeq", "UPDATE"),
    ];
    let begin = called_up(invite().sdp(PCMU));
    calling("udp", 1, &[begin, steps, hang_up()].concat()).ended(0, "remote");
}

fn impossible() {
    let steps = vec![
        request("INVITE").sdp(&version(2, "a=sendrecv").replace("RTP/AVP 0", "RTP/AVP 4")).branch("refused"),
        perhaps("100"),
        receive("488"),
        ack().branch("refused"),
        request("INVITE").body("text/plain", "hello\n").branch("text"),
        perhaps("100"),
        receive("415").has("Accept", "application/sdp"),
        ack().branch("text"),
        request("INFO").number(1),
        receive("500"),
    ];
    let begin = vec![invited(), accept(), receive("ACK"), request("OPTIONS"), receive("200")];
    called("udp", &[begin, steps, vec![request("BYE").number(9), receive("200")]].concat()).ended(0, "remote");
}

fn delayed_offer() {
    let offered = super::scenario::accepted().says("m=audio [1-9][0-9]* RTP/AVP.*a=rtpmap:[0-9]* opus/48000/2");
    let steps = vec![invite(), perhaps("100"), perhaps("180"), offered, ack().sdp(PCMU)];
    calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote").said("PCMU/8000");
}

fn delayed_offer_unanswered() {
    let steps = vec![invite(), perhaps("100"), perhaps("180"), super::scenario::accepted(), ack()];
    calling_until("CSeq: 1 BYE", &[steps, hung_up()].concat()).ended(5, "failed");
}

fn other_media() {
    let media = "m=video 9 RTP/AVP 31\nm=audio 9 RTP/AVP 0\nm=application 9 udp wb\na=sendrecv";
    let many = PCMU.replace("m=audio 9 RTP/AVP 0\na=sendrecv", media);
    let answered = "m=video 0 RTP/AVP 31.*m=audio [1-9][0-9]* RTP/AVP 0.*m=application 0 udp wb";
    let steps = vec![invite().sdp(&many), perhaps("100"), perhaps("180"), super::scenario::accepted().says(answered), ack()];
    calling("udp", 1, &[steps, hang_up()].concat()).ended(0, "remote");
}

fn nothing_to_hear() {
    let video = PCMU.replace("audio 9 RTP/AVP 0", "video 9 RTP/AVP 31");
    for offer in [&video, &PCMU.replace("AVP 0", "AVP 4"), &PCMU.replace("RTP/AVP", "RTP/SAVP"), "v=0\nnonsense\n"] {
        let refusal = [refused("488"), ack().branch("refused")];
        let steps = [vec![invite().sdp(offer).branch("refused"), perhaps("100")], refusal.to_vec()].concat();
        calling_until("CSeq: 1 ACK", &steps).ended(5, "failed");
    }
}
