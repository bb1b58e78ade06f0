//! The client transactions against a silent or scripted peer: timers A, B, D, E, F, K and M.

use super::super::{ClientKey, Input};
use super::wire::*;
use crate::machine::Moment;
use crate::protocol::sip::flow::{FlowId, Transport};
use crate::protocol::sip::message::{Message, Method, Response};

fn told(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter().map(|(at, words)| (*at, (*words).to_owned())).collect()
}

#[test]
fn timer_a_doubles_without_end_and_timer_b_gives_up_at_64_t1() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    send(&mut world, &mut wire, Method::Invite);
    world.run(moment(100_000), &mut wire);
    assert_eq!(wire.sent(CLIENT, "INVITE"), [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    assert_eq!(wire.told(CLIENT), told(&[(32_000, "failed 1 Timeout")]));
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn over_a_stream_nothing_is_sent_twice_but_timers_b_and_f_run() {
    for method in [Method::Invite, Method::Options] {
        let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tls));
        send(&mut world, &mut wire, method.clone());
        world.run(moment(100_000), &mut wire);
        assert_eq!(wire.sent(CLIENT, method.as_str()), [0]);
        assert_eq!(wire.told(CLIENT), told(&[(32_000, "failed 1 Timeout")]));
    }
}

#[test]
fn a_retransmission_is_the_same_message() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    send(&mut world, &mut wire, Method::Invite);
    world.run(moment(2000), &mut wire);
    let sent = wire.requests_sent(CLIENT);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|request| *request == sent[0]));
    let via = sent[0].headers.via().unwrap();
    assert!(via.branch().is_some_and(|branch| branch.starts_with("z9hG4bK") && branch.len() > 20));
    assert_eq!(via.to_string(), format!("SIP/2.0/UDP 192.0.2.1:5060;branch={};rport", via.branch().unwrap()));
}

#[test]
fn a_1xx_ends_timers_a_and_b() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    hear(&mut world, &mut wire, 600, CLIENT, response(&invite, 180, "b"));
    hear(&mut world, &mut wire, 700, CLIENT, response(&invite, 183, "b"));
    world.run(moment(3_600_000), &mut wire);
    assert_eq!(wire.sent(CLIENT, "INVITE"), [0, 500]);
    assert_eq!(wire.told(CLIENT), told(&[(600, "response 1 180"), (700, "response 1 183")]));
    assert_eq!(alive(&world, CLIENT), 1);
}

#[test]
fn a_refusal_is_acknowledged_here_and_timer_d_absorbs_its_retransmissions() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    for at in [100, 600, 32_099, 32_101] {
        hear(&mut world, &mut wire, at, CLIENT, response(&invite, 486, "b"));
    }
    assert_eq!(wire.told(CLIENT), told(&[(100, "response 1 486")]));
    assert_eq!(wire.sent(CLIENT, "ACK"), [100, 600, 32_099]);
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn over_a_stream_a_refused_invite_is_over_at_once() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    hear(&mut world, &mut wire, 100, CLIENT, response(&invite, 486, "b"));
    assert_eq!(wire.sent(CLIENT, "ACK"), [100]);
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn the_ack_to_a_refusal_is_made_as_17_1_1_3_says() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let mut invite = request(Method::Invite, 7);
    invite.headers.push("Route", "<sip:p1.example.test;lr>, <sip:p2.example.test;lr>");
    invite.set_body("application/sdp", b"v=0\r\n".to_vec());
    let flow = wire.flow(CLIENT);
    world.post(Moment::START, CLIENT, Input::Request { key: ClientKey(1), flow, to: flow.remote, request: invite });
    world.run(Moment::START, &mut wire);
    let invite = wire.requests_sent(CLIENT).remove(0);
    hear(&mut world, &mut wire, 10, CLIENT, response(&invite, 404, "b-tag"));
    let ack = wire.requests_sent(CLIENT).remove(1);
    assert_eq!((ack.method, &ack.uri), (Method::Ack, &invite.uri));
    for name in ["Via", "From", "Call-ID", "Route"] {
        assert_eq!(ack.headers.get(name), invite.headers.get(name), "{name}");
    }
    assert_eq!(ack.headers.to().unwrap().tag(), Some("b-tag"));
    assert_eq!(ack.headers.get("CSeq"), Some("7 ACK"));
    assert_eq!(ack.headers.all("Via").count(), 1);
    assert!(ack.body.is_empty() && ack.headers.get("Content-Type").is_none());
}

#[test]
fn timer_m_passes_every_2xx_of_every_fork_up_and_later_ones_are_strays() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    hear(&mut world, &mut wire, 100, CLIENT, response(&invite, 180, "fork1"));
    hear(&mut world, &mut wire, 200, CLIENT, response(&invite, 200, "fork1"));
    hear(&mut world, &mut wire, 300, CLIENT, response(&invite, 200, "fork2"));
    hear(&mut world, &mut wire, 400, CLIENT, response(&invite, 486, "fork3"));
    hear(&mut world, &mut wire, 32_199, CLIENT, response(&invite, 200, "fork1"));
    hear(&mut world, &mut wire, 32_201, CLIENT, response(&invite, 200, "fork4"));
    let expected = told(&[
        (100, "response 1 180"),
        (200, "response 1 200"),
        (300, "response 1 200"),
        (32_199, "response 1 200"),
        (32_201, "stray 200"),
    ]);
    assert_eq!(wire.told(CLIENT), expected);
    assert_eq!(wire.sent(CLIENT, "ACK"), [200, 300, 32_199], "those of the user, none of the transaction");
}

#[test]
fn the_acks_to_2xx_have_branches_of_their_own() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    hear(&mut world, &mut wire, 100, CLIENT, response(&invite, 200, "b"));
    let ack = wire.requests_sent(CLIENT).remove(1);
    assert_eq!(ack.method, Method::Ack);
    assert_ne!(ack.headers.via().unwrap().branch(), invite.headers.via().unwrap().branch());
}

#[test]
fn timer_e_doubles_up_to_t2_and_timer_f_gives_up_at_64_t1() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    send(&mut world, &mut wire, Method::Register);
    world.run(moment(100_000), &mut wire);
    let schedule = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(wire.sent(CLIENT, "REGISTER"), schedule);
    assert_eq!(wire.told(CLIENT), told(&[(32_000, "failed 1 Timeout")]));
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn after_a_1xx_timer_e_is_t2_and_timer_f_still_runs() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let options = send(&mut world, &mut wire, Method::Options);
    hear(&mut world, &mut wire, 600, CLIENT, response(&options, 100, "b"));
    world.run(moment(100_000), &mut wire);
    let schedule = [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500];
    assert_eq!(wire.sent(CLIENT, "OPTIONS"), schedule);
    assert_eq!(wire.told(CLIENT), told(&[(600, "response 1 100"), (32_000, "failed 1 Timeout")]));
}

#[test]
fn timer_k_absorbs_retransmitted_responses_for_t4() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let options = send(&mut world, &mut wire, Method::Options);
    hear(&mut world, &mut wire, 100, CLIENT, response(&options, 200, "b"));
    hear(&mut world, &mut wire, 150, CLIENT, response(&options, 200, "b"));
    world.run(moment(5099), &mut wire);
    assert_eq!(alive(&world, CLIENT), 1);
    world.run(moment(5100), &mut wire);
    assert_eq!(alive(&world, CLIENT), 0);
    hear(&mut world, &mut wire, 5200, CLIENT, response(&options, 200, "b"));
    assert_eq!(wire.told(CLIENT), told(&[(100, "response 1 200")]));

    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    let options = send(&mut world, &mut wire, Method::Options);
    hear(&mut world, &mut wire, 100, CLIENT, response(&options, 200, "b"));
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn a_failed_flow_fails_what_is_open_on_it_and_nothing_else() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    let flow = wire.flow(CLIENT);
    let elsewhere = crate::protocol::sip::flow::Flow { id: FlowId(77), ..flow };
    for (key, flow, method) in
        [(1, flow, Method::Invite), (2, flow, Method::Options), (3, elsewhere, Method::Options), (4, flow, Method::Invite)]
    {
        let input = Input::Request { key: ClientKey(key), flow, to: flow.remote, request: request(method, key as u32) };
        world.post(Moment::START, CLIENT, input);
    }
    world.run(Moment::START, &mut wire);
    let answered = wire.requests_sent(CLIENT).remove(3);
    hear(&mut world, &mut wire, 50, CLIENT, response(&answered, 200, "b"));
    world.post(moment(100), CLIENT, Input::FlowFailed { flow: flow.id });
    world.run(moment(100), &mut wire);
    let mut failed = wire.words(CLIENT).split_off(1);
    failed.sort();
    assert_eq!(failed, ["failed 1 Transport", "failed 2 Transport"]);
    assert_eq!(alive(&world, CLIENT), 1);
}

#[test]
fn responses_that_are_not_for_us_change_nothing() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let options = send(&mut world, &mut wire, Method::Options);
    let answer = |change: &dyn Fn(&mut Response)| {
        let mut response = Response::to(&options, 200, Some("b"));
        change(&mut response);
        Message::Response(response)
    };
    let others = [
        answer(&|response| response.headers.push("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx")),
        answer(&|response| response.headers.set("CSeq", "1 INVITE")),
        answer(&|response| response.headers.set("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKguess")),
        answer(&|response| response.headers.remove("Via")),
        answer(&|response| response.headers.remove("CSeq")),
    ];
    let count = others.len() as u64;
    for (at, message) in (1..).zip(others) {
        hear(&mut world, &mut wire, at, CLIENT, message);
    }
    // By another flow: somebody else than we asked.
    let flow = crate::protocol::sip::flow::Flow { id: FlowId(9), ..wire.flow(CLIENT) };
    let message = answer(&|_| {});
    world.post(moment(count + 1), CLIENT, Input::Received { flow, from: flow.remote, message });
    world.run(moment(count + 1), &mut wire);
    // A 2xx to an INVITE that we do not know goes up all the same: the one with the wrong CSeq.
    assert_eq!(wire.told(CLIENT), told(&[(2, "stray 200")]));
    hear(&mut world, &mut wire, 100, CLIENT, answer(&|_| {}));
    assert_eq!(wire.words(CLIENT).last().map(String::as_str), Some("response 1 200"));
}

#[test]
fn more_requests_than_can_be_under_way_fail_at_once() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let flow = wire.flow(CLIENT);
    let most = super::super::client::MOST as u64;
    for key in 0..=most {
        let input = Input::Request { key: ClientKey(key), flow, to: flow.remote, request: request(Method::Options, 1) };
        world.post(Moment::START, CLIENT, input);
    }
    world.run(Moment::START, &mut wire);
    assert_eq!(wire.words(CLIENT), [format!("failed {most} Transport")]);
    assert_eq!(wire.sent(CLIENT, "OPTIONS").len() as u64, most);
}
