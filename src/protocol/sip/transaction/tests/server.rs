//! The server transactions against a scripted client: timers G, H, I, J and L, RFC 2543, and floods.

use super::super::{Input, Output, ServerKey};
use super::wire::*;
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Message, Method, Request};
use std::net::SocketAddr;

/// A request as a client sends it: with its Via.
fn on_the_wire(method: Method, number: u32, via: &str) -> Request {
    let mut request = request(method, number);
    request.headers.push_front("Via", via);
    request
}

fn invite() -> Request {
    on_the_wire(Method::Invite, 1, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinvite;rport")
}

fn ack(to_tag: &str) -> Request {
    let mut ack = on_the_wire(Method::Ack, 1, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinvite;rport");
    ack.headers.set("To", format!("<sip:bob@example.test>;tag={to_tag}"));
    ack
}

#[test]
fn a_silent_user_has_a_100_sent_after_200_ms() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    hear(&mut world, &mut wire, 100, SERVER, invite());
    world.run(moment(500), &mut wire);
    assert_eq!(wire.sent(SERVER, "SIP/2.0"), [200], "and nothing before");
    assert_eq!(wire.sent(SERVER, "SIP/2.0 100 Trying"), [200]);
    hear(&mut world, &mut wire, 600, SERVER, invite());
    assert_eq!(wire.sent(SERVER, "SIP/2.0 100 Trying"), [200, 600]);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE"]);
}

#[test]
fn a_retransmitted_invite_brings_the_last_provisional_response_again() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 50, 0, &invite(), 180);
    respond(&mut world, &mut wire, 60, 0, &invite(), 183);
    hear(&mut world, &mut wire, 500, SERVER, invite());
    world.run(moment(1000), &mut wire);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 100"), [0_u64; 0], "the user was quick enough");
    assert_eq!(wire.sent(SERVER, "SIP/2.0 180"), [50]);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 183"), [60, 500]);
}

#[test]
fn timer_g_doubles_up_to_t2_and_timer_h_ends_it() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 100, 0, &invite(), 486);
    world.run(moment(100_000), &mut wire);
    let schedule = [100, 600, 1600, 3600, 7600, 11_600, 15_600, 19_600, 23_600, 27_600, 31_600];
    assert_eq!(wire.sent(SERVER, "SIP/2.0 486"), schedule);
    assert_eq!(wire.told(SERVER).last(), Some(&(32_100, "unacknowledged 0".to_owned())));
    assert_eq!(alive(&world, SERVER), 0);
}

#[test]
fn over_a_stream_timer_h_runs_without_timer_g() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tls));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 100, 0, &invite(), 486);
    world.run(moment(100_000), &mut wire);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 486"), [100]);
    assert_eq!(wire.told(SERVER).last(), Some(&(32_100, "unacknowledged 0".to_owned())));
}

#[test]
fn the_ack_ends_timer_g_and_timer_i_absorbs_further_ones() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 100, 0, &invite(), 486);
    hear(&mut world, &mut wire, 200, SERVER, invite());
    hear(&mut world, &mut wire, 700, SERVER, ack("b1"));
    hear(&mut world, &mut wire, 800, SERVER, ack("b1"));
    hear(&mut world, &mut wire, 900, SERVER, invite());
    world.run(moment(5699), &mut wire);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 486"), [100, 200, 600]);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE"]);
    assert_eq!(alive(&world, SERVER), 1);
    world.run(moment(5700), &mut wire);
    assert_eq!(alive(&world, SERVER), 0);

    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 100, 0, &invite(), 486);
    hear(&mut world, &mut wire, 200, SERVER, ack("b1"));
    assert_eq!(alive(&world, SERVER), 0, "timer I is zero over a stream");
}

#[test]
fn timer_l_absorbs_an_accepted_invite_and_the_user_repeats_its_2xx() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    respond(&mut world, &mut wire, 100, 0, &invite(), 200);
    hear(&mut world, &mut wire, 300, SERVER, invite());
    respond(&mut world, &mut wire, 600, 0, &invite(), 200);
    respond(&mut world, &mut wire, 650, 0, &invite(), 486);
    // The ACK to a 2xx has a branch of its own; that of a careless client has the INVITE's. Both go up.
    let mut other = ack("b1");
    other.headers.set("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKack");
    hear(&mut world, &mut wire, 700, SERVER, other);
    hear(&mut world, &mut wire, 800, SERVER, ack("b1"));
    hear(&mut world, &mut wire, 32_099, SERVER, invite());
    assert_eq!(wire.sent(SERVER, "SIP/2.0"), [100, 600]);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE", "ack", "ack"]);
    hear(&mut world, &mut wire, 32_101, SERVER, invite());
    assert_eq!(wire.words(SERVER).last().map(String::as_str), Some("request 1 INVITE"));
}

#[test]
fn timer_j_answers_retransmissions_for_64_t1() {
    let options = || on_the_wire(Method::Options, 1, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKo;rport");
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, options());
    hear(&mut world, &mut wire, 50, SERVER, options());
    respond(&mut world, &mut wire, 100, 0, &options(), 200);
    respond(&mut world, &mut wire, 110, 0, &options(), 500);
    hear(&mut world, &mut wire, 500, SERVER, options());
    hear(&mut world, &mut wire, 32_099, SERVER, options());
    assert_eq!(wire.sent(SERVER, "SIP/2.0"), [100, 500, 32_099]);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 200"), [100, 500, 32_099]);
    assert_eq!(wire.words(SERVER), ["request 0 OPTIONS"]);
    hear(&mut world, &mut wire, 32_101, SERVER, options());
    assert_eq!(wire.words(SERVER), ["request 0 OPTIONS", "request 1 OPTIONS"]);

    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    hear(&mut world, &mut wire, 0, SERVER, options());
    respond(&mut world, &mut wire, 100, 0, &options(), 200);
    assert_eq!(alive(&world, SERVER), 0, "timer J is zero over a stream");
}

#[test]
fn a_request_that_its_user_never_answers_is_forgotten_when_the_client_has_given_up() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    hear(&mut world, &mut wire, 0, SERVER, on_the_wire(Method::Info, 1, "SIP/2.0/UDP a;branch=z9hG4bKi"));
    world.run(moment(31_999), &mut wire);
    assert_eq!(alive(&world, SERVER), 1);
    world.run(moment(32_000), &mut wire);
    assert_eq!(alive(&world, SERVER), 0);
}

#[test]
fn sent_by_and_method_tell_equal_branches_apart() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let vias = [
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKsame",
        "SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKsame",
        "SIP/2.0/UDP host.example.test;branch=z9hG4bKsame",
    ];
    for via in vias {
        hear(&mut world, &mut wire, 0, SERVER, on_the_wire(Method::Options, 1, via));
        hear(&mut world, &mut wire, 0, SERVER, on_the_wire(Method::Info, 1, via));
        hear(&mut world, &mut wire, 0, SERVER, on_the_wire(Method::Info, 1, &via.replace("host.", "HOST.")));
    }
    assert_eq!(wire.words(SERVER).len(), 6, "{:?}", wire.words(SERVER));
}

#[test]
fn a_client_of_rfc_2543_is_known_by_its_fields() {
    for branch in ["", ";branch=1", ";branch=z9hG4bK"] {
        let via = format!("SIP/2.0/UDP 192.0.2.1:5060{branch}");
        let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
        let invite = |number| on_the_wire(Method::Invite, number, &via);
        hear(&mut world, &mut wire, 0, SERVER, invite(1));
        hear(&mut world, &mut wire, 10, SERVER, invite(1));
        hear(&mut world, &mut wire, 20, SERVER, invite(2));
        assert_eq!(wire.words(SERVER), ["request 0 INVITE", "request 1 INVITE"], "{via}");
        respond(&mut world, &mut wire, 30, 0, &invite(1), 486);
        let mut ack = on_the_wire(Method::Ack, 1, &via);
        ack.headers.set("To", "<sip:bob@example.test>;tag=b1");
        hear(&mut world, &mut wire, 40, SERVER, ack);
        hear(&mut world, &mut wire, 50, SERVER, on_the_wire(Method::Cancel, 2, &via));
        world.run(moment(2000), &mut wire);
        assert_eq!(wire.sent(SERVER, "SIP/2.0 486"), [30], "{via}: the ACK was understood");
        assert_eq!(wire.words(SERVER).last().map(String::as_str), Some("cancelled 1"), "{via}");
    }
}

#[test]
fn a_cancel_for_nothing_is_481_and_one_for_an_answered_invite_changes_nothing() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let cancel = |branch: &str| on_the_wire(Method::Cancel, 1, &format!("SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport"));
    hear(&mut world, &mut wire, 0, SERVER, cancel("z9hG4bKnothing"));
    assert_eq!(wire.sent(SERVER, "SIP/2.0 481"), [0]);
    hear(&mut world, &mut wire, 10, SERVER, invite());
    respond(&mut world, &mut wire, 20, 0, &invite(), 486);
    hear(&mut world, &mut wire, 30, SERVER, cancel("z9hG4bKinvite"));
    assert_eq!(wire.sent(SERVER, "SIP/2.0 200"), [30]);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE"]);
}

/// Sends an OPTIONS with this Via from this address and answers where the 200 goes, and what became of the Via.
fn way_back(transport: Transport, via: &str, from: &str) -> (SocketAddr, String) {
    let (mut world, mut wire) = (two_layers(), Wire { answers: vec![(0, 200)], ..Wire::silent(transport) });
    let flow = Flow { transport, ..wire.flow(SERVER) };
    let message = Message::Request(on_the_wire(Method::Options, 1, via));
    world.post(moment(0), SERVER, Input::Received { flow, from: from.parse().unwrap(), message });
    world.run(moment(0), &mut wire);
    let (_, _, last) = wire.log.pop().unwrap();
    let Output::Send { to, bytes, .. } = last else { panic!("{last:?}") };
    let via = Message::parse(&bytes).unwrap().headers().get("Via").unwrap().to_owned();
    (to, via)
}

#[test]
fn responses_go_back_as_18_2_2_and_rfc_3581_say() {
    let table = [
        ("UDP 192.0.2.9:5070;branch=z9hG4bKa", "192.0.2.9:7000", "192.0.2.9:5070", ""),
        ("UDP 192.0.2.9;branch=z9hG4bKa", "192.0.2.9:7000", "192.0.2.9:5060", ""),
        ("UDP 10.0.0.1:5070;branch=z9hG4bKa", "192.0.2.9:7000", "192.0.2.9:5070", ";received=192.0.2.9"),
        ("UDP phone.test:5070;branch=z9hG4bKa", "192.0.2.9:7000", "192.0.2.9:5070", ";received=192.0.2.9"),
        ("UDP [2001:db8::1]:5070;branch=z9hG4bKa", "[2001:db8::2]:7", "[2001:db8::2]:5070", ";received=2001:db8::2"),
        ("UDP 192.0.2.9;branch=z9hG4bKa;maddr=203.0.113.5", "192.0.2.9:7000", "192.0.2.9:5060", ""),
        ("UDP 192.0.2.9;branch=z9hG4bKa;received=203.0.113.5", "192.0.2.9:7000", "192.0.2.9:5060", "gone"),
        ("TCP 10.0.0.1:5070;branch=z9hG4bKa", "192.0.2.9:7000", "192.0.2.9:7000", ";received=192.0.2.9"),
    ];
    for (via, from, to, added) in table {
        let transport = Transport::parse(&via[..3]).unwrap();
        let (went, back) = way_back(transport, &format!("SIP/2.0/{via}"), from);
        assert_eq!(went, to.parse().unwrap(), "{via}");
        let expected =
            if added == "gone" { via.split(";received").next().unwrap().to_owned() } else { format!("{via}{added}") };
        assert_eq!(back, format!("SIP/2.0/{expected}"));
    }
    let (went, via) = way_back(Transport::Udp, "SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bKa", "192.0.2.9:7000");
    assert_eq!(went, "192.0.2.9:7000".parse().unwrap());
    assert_eq!(via, "SIP/2.0/UDP 10.0.0.1:5070;rport=7000;branch=z9hG4bKa;received=192.0.2.9");
}

#[test]
fn only_the_top_via_is_touched() {
    let two = "SIP/2.0/UDP proxy.test;branch=z9hG4bKp, SIP/2.0/TCP phone.test;branch=z9hG4bKq";
    let (went, via) = way_back(Transport::Udp, two, "192.0.2.9:7000");
    assert_eq!(went, "192.0.2.9:5060".parse().unwrap());
    assert_eq!(via, "SIP/2.0/UDP proxy.test;branch=z9hG4bKp;received=192.0.2.9, SIP/2.0/TCP phone.test;branch=z9hG4bKq");
}

#[test]
fn a_malformed_request_is_400_and_without_via_nothing_at_all() {
    let changes: [(&str, &str, &[u64]); 6] = [
        ("From", "nonsense <", &[0]),
        ("CSeq", "1 INVITE", &[0]),
        ("CSeq", "x", &[0]),
        ("Call-ID", "", &[0]),
        ("Via", "nonsense", &[]),
        ("Max-Forwards", "70", &[]),
    ];
    for (name, value, answered) in changes {
        let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
        let mut options = on_the_wire(Method::Options, 1, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKo");
        options.headers.set(name, value);
        hear(&mut world, &mut wire, 0, SERVER, options);
        assert_eq!(wire.sent(SERVER, "SIP/2.0 400"), answered, "{name}: {value}");
        assert_eq!(alive(&world, SERVER), usize::from(name == "Max-Forwards"), "{name}: {value}");
        let mut ack = ack("x");
        ack.headers.set("CSeq", "x");
        hear(&mut world, &mut wire, 10, SERVER, ack);
        assert_eq!(wire.sent(SERVER, "SIP/2.0 400"), answered, "an ACK is never answered");
    }
}

#[test]
fn a_flood_is_bounded_and_answered_503() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let most = super::super::server::MOST;
    for number in 0..most + 50 {
        let via = format!("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number}");
        hear(&mut world, &mut wire, 0, SERVER, on_the_wire(Method::Invite, 1, &via));
    }
    assert_eq!(alive(&world, SERVER), most);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 503").len(), 50);
    assert_eq!(wire.words(SERVER).len(), most);
}

#[test]
fn a_failed_flow_ends_its_server_transactions() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Tcp));
    hear(&mut world, &mut wire, 0, SERVER, invite());
    let flow = wire.flow(SERVER).id;
    world.post(moment(10), SERVER, Input::FlowFailed { flow });
    respond(&mut world, &mut wire, 20, 0, &invite(), 200);
    assert!(wire.sent(SERVER, "SIP/2.0").is_empty());
    assert_eq!(alive(&world, SERVER), 0);
    let response = crate::protocol::sip::message::Response::to(&invite(), 200, Some("b"));
    world.post(moment(30), SERVER, Input::Respond { key: ServerKey(99), response });
    world.run(moment(30), &mut wire);
    assert!(wire.sent(SERVER, "SIP/2.0").is_empty());
}
