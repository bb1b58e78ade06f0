//! Requests that belong to no call of ours, and what they are told.

use super::peer::NEEDS;
use super::scenario::{PCMU, Step, called_up, hang_up, invite, receive, stray};
use super::told::calling;
use crate::Case;

pub const CASES: &[Case] = &[
    Case { name: "sipp::strangers_learn_what_is_possible", needs: NEEDS, run: possible },
    Case { name: "sipp::strangers_cannot_touch_a_call", needs: NEEDS, run: out_of_dialog },
    Case { name: "sipp::strange_calls_are_refused", needs: NEEDS, run: strange_calls },
];

/// These steps before and during a call, which nothing of it disturbs.
fn beside_a_call(before: Vec<Step>, during: Vec<Step>) {
    for transport in ["udp", "tcp"] {
        let steps = [before.clone(), called_up(invite().sdp(PCMU)), during.clone(), hang_up()].concat();
        let told = calling(transport, 1, &steps).ended(0, "remote");
        assert_eq!(told.json["calls"].as_array().unwrap().len(), 1);
    }
}

fn possible() {
    let steps = vec![
        stray("OPTIONS", "options"),
        receive("200").has("Allow", "INVITE, ACK").has("Accept", "application/sdp").has("To", "tag="),
        // Nobody forwards it: we are where it was meant to go.
        stray("OPTIONS", "last-hop").header("Max-Forwards: 0"),
        receive("200"),
        stray("OPTIONS", "require").header("Require: time-travel, timer, levitation"),
        receive("420").has("Unsupported", "time-travel, levitation"),
        stray("DANCE", "dance"),
        receive("501").has("Allow", "INVITE, ACK"),
        stray("MESSAGE", "message").body("text/plain", "hello\n"),
        receive("405").has("Allow", "INVITE, ACK"),
        stray("REGISTER", "register"),
        receive("405"),
        stray("SUBSCRIBE", "subscribe").header("Event: dialog"),
        receive("489"),
        stray("REFER", "refer").header("Refer-To: <sip:premium@example.test>"),
        receive("603"),
        stray("NOTIFY", "notify").header("Event: dialog").header("Subscription-State: active"),
        receive("481"),
        stray("OPTIONS", "other-method").first("INFO [$contact] SIP/2.0"),
        receive("400"),
    ];
    beside_a_call(steps.clone(), steps.into_iter().map(|step| step.again("later")).collect());
}

fn out_of_dialog() {
    let within = "To: <sip:alice@example.test>;tag=guessed";
    let steps = vec![
        stray("BYE", "bye").header(within),
        receive("481"),
        stray("BYE", "bye-without-tag"),
        receive("481"),
        stray("CANCEL", "cancel"),
        receive("481"),
        stray("UPDATE", "update").header(within).sdp(PCMU),
        receive("481"),
        stray("UPDATE", "update-without-tag").sdp(PCMU),
        receive("481"),
        stray("INFO", "info").header(within).body("application/dtmf-relay", "Signal=5\n"),
        receive("481"),
        stray("INVITE", "invite").header(within).sdp(PCMU).branch("within"),
        receive("481"),
        stray("ACK", "invite").header(within).branch("within"),
        // Nobody answers an ACK.
        stray("ACK", "ack").header(within),
        stray("PRACK", "prack").header(within),
        receive("481"),
    ];
    // The Call-ID of the call is no secret on the way; the tags must fit as well.
    let inside =
        vec![stray("BYE", "call").header(within).number(7), receive("481"), stray("BYE", "call").number(8), receive("481")];
    beside_a_call(steps, inside);
}

fn strange_calls() {
    let refused = |name: &'static str, status: &str, step: Step| {
        vec![step.branch(name), receive(status).has("To", "tag="), stray("ACK", name).branch(name)]
    };
    let steps = [
        refused("require", "420", stray("INVITE", "require").header("Require: 100rel").sdp(PCMU)),
        refused("text", "415", stray("INVITE", "text").body("text/plain", "hello\n")),
        refused("packed", "415", stray("INVITE", "packed").header("Content-Encoding: gzip").sdp(PCMU)),
        refused("short", "422", stray("INVITE", "short").header("Supported: timer").header("Session-Expires: 10").sdp(PCMU)),
        refused("scheme", "416", stray("INVITE", "scheme").first("INVITE gopher:alice SIP/2.0").sdp(PCMU)),
    ];
    beside_a_call(steps.concat(), Vec::new());
}
