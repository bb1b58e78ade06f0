//! A call that forked: many early dialogs, and more than one answer.

use super::peer::NEEDS;
use super::scenario::{accept, answer, hang_up, hung_up, invited, receive, request, respond};
use super::told::called;
use crate::Case;

pub const CASES: &[Case] = &[
    Case { name: "sipp::of_two_answers_the_first_wins", needs: NEEDS, run: two_answers },
    Case { name: "sipp::late_news_of_an_answered_call_changes_nothing", needs: NEEDS, run: late_news },
    Case { name: "sipp::an_offer_in_an_early_dialog_must_wait", needs: NEEDS, run: early_offer },
];

fn two_answers() {
    let steps = vec![
        invited(),
        answer("183 Session Progress").tag("one"),
        answer("180 Ringing").tag("two"),
        accept().tag("two"),
        receive("ACK").has("To", "tag=two"),
        accept().tag("one"),
        receive("ACK").has("To", "tag=one"),
        receive("BYE").has("To", "tag=one"),
        respond("200 OK"),
        accept().tag("three"),
        receive("ACK").has("To", "tag=three"),
        receive("BYE").has("To", "tag=three"),
        respond("200 OK"),
        request("BYE").tag("two"),
        receive("200"),
    ];
    called("udp", &steps).ended(0, "remote").heard("BYE", 2);
}

fn late_news() {
    let steps =
        vec![invited(), accept(), receive("ACK"), answer("180 Ringing").tag("late"), answer("486 Busy Here").tag("late")];
    called("udp", &[steps, hang_up()].concat()).ended(0, "remote").heard("ACK", 1);
}

/// RFC 3311 §5.2: our own offer is not answered yet.
fn early_offer() {
    let steps = vec![
        invited(),
        answer("183 Session Progress"),
        request("UPDATE").sdp(super::scenario::PCMU),
        receive("491"),
        request("UPDATE"),
        receive("200").has("CSeq", "UPDATE"),
        accept(),
        receive("ACK"),
    ];
    let told = super::told::called_and("udp", &[steps, hung_up()].concat(), &["--for", "0.2"], |_| {});
    told.ended(0, "local");
}
