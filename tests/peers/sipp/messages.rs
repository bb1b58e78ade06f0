//! Bytes that no SIP software sends: lies about the length, messages cut and joined, header sections without end.

use super::told::account;
use crate::Case;
use crate::offhook::User;
use crate::process::{DEADLINE, Process};
use crate::raw_sip::{RawSip, field};
use crate::world::World;

pub const CASES: &[Case] = &[
    Case { name: "sip::messages_are_cut_and_joined_by_tcp", needs: &[], run: cut_and_joined },
    Case { name: "sip::a_length_that_is_too_long_eats_the_next_message", needs: &[], run: too_long },
    Case { name: "sip::a_length_that_is_too_short_leaves_a_rest", needs: &[], run: too_short },
    Case { name: "sip::impossible_lengths_close_the_stream", needs: &[], run: impossible_lengths },
    Case { name: "sip::lies_about_the_length_in_datagrams", needs: &[], run: datagrams },
    Case { name: "sip::rubbish_in_datagrams", needs: &[], run: rubbish },
    Case { name: "sip::an_invite_that_comes_twice_rings_once", needs: &[], run: doubled_invite },
    Case { name: "sip::what_is_too_large_for_a_datagram_goes_by_tcp", needs: &[], run: too_large },
    Case { name: "sip::a_cancel_that_comes_with_its_invite", needs: &[], run: cancel_with_invite },
];

/// Alice, registered with this peer and answering; her Contact.
fn registered<'a>(world: &'a World, peer: &mut RawSip, arguments: &[&str]) -> (User<'a>, Process, String) {
    let alice = account(world, &peer.proxy(), "echo pw-alice");
    let process = alice.start("answer", &[&["answer", "--json"], arguments].concat());
    let contact = peer.register();
    (alice, process, contact)
}

/// She still listens, and nothing else was said before.
fn still_there(peer: &mut RawSip, contact: &str, call_id: &str) {
    peer.send(peer.options(contact, call_id));
    peer.expect_response("200", call_id);
}

fn cut_and_joined() {
    let (world, mut peer) = (World::new(), RawSip::tcp());
    let (_alice, _answer, contact) = registered(&world, &mut peer, &[]);
    let many: String = ["a", "b", "c"].iter().map(|name| peer.options(&contact, name) + "\r\n").collect();
    peer.send(many);
    ["a", "b", "c"].iter().for_each(|name| drop(peer.expect_response("200", name)));
    for byte in peer.options(&contact, "d").bytes() {
        peer.send([byte]);
    }
    peer.expect_response("200", "d");
    let body = peer.head("OPTIONS", &contact, "e") + "Content-Type: text/plain\r\nl: 6\r\n\r\n\r\n\r\nab";
    peer.send(body + &peer.options(&contact, "f"));
    ["e", "f"].iter().for_each(|name| drop(peer.expect_response("200", name)));
    peer.send("\r\n\r\n");
    peer.expect_bytes(b"\r\n");
}

/// The stream has no other borders than these lengths: what was promised is awaited, and taken from what follows.
fn too_long() {
    let (world, mut peer) = (World::new(), RawSip::tcp());
    let (_alice, _answer, contact) = registered(&world, &mut peer, &[]);
    let long = peer.head("OPTIONS", &contact, "long") + "Content-Length: 20\r\n\r\n";
    peer.send(long + &peer.options(&contact, "eaten"));
    peer.expect_response("200", "long");
    still_there(&mut peer, &contact, "next");
}

fn too_short() {
    let (world, mut peer) = (World::new(), RawSip::tcp());
    let (_alice, mut answer, contact) = registered(&world, &mut peer, &[]);
    let short = peer.head("OPTIONS", &contact, "short") + "Content-Length: 2\r\n\r\nabcdef\r\n\r\n";
    peer.send(short);
    peer.expect_response("200", "short");
    peer.expect_close();
    // She says when she comes back, and does.
    answer.wait_for_line("Trying again in ");
    let said = answer.log();
    let pause: u32 = said.split("Trying again in ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(pause <= 2, "{said}");
    assert_eq!(field(&peer.expect("REGISTER"), "CSeq").split(' ').nth(1), Some("REGISTER"));
}

fn impossible_lengths() {
    let endless = format!("X: {}\r\n", "a".repeat(70_000));
    let lies =
        ["l: -1", "l: 99999999999999999999", "l: 1\r\nContent-Length: 2", "l: 2000000", "l: 0x0", "X: none", endless.trim()];
    for lie in lies {
        let (world, mut peer) = (World::new(), RawSip::tcp());
        let (_alice, mut answer, contact) = registered(&world, &mut peer, &[]);
        still_there(&mut peer, &contact, "before");
        peer.send(peer.head("OPTIONS", &contact, "lie") + lie + "\r\n\r\n");
        peer.expect_close();
        answer.wait_for_line("the server broke the protocol");
    }
}

fn datagrams() {
    let (world, mut peer) = (World::new(), RawSip::udp());
    let (_alice, _answer, contact) = registered(&world, &mut peer, &[]);
    for (name, length, status) in [
        ("short", "2", "200"),
        ("long", "500", "400"),
        ("negative", "-1", "400"),
        ("overflow", "99999999999999999999", "400"),
        ("two", "6\r\nl: 7", "400"),
    ] {
        peer.send(peer.head("OPTIONS", &contact, name) + &format!("Content-Length: {length}\r\n\r\nabcdef"));
        peer.expect_response(status, name);
    }
    let none = peer.head("OPTIONS", &contact, "none");
    peer.send(none + "\r\nabcdef");
    peer.expect_response("200", "none");
    // Nobody is told of a response, an ACK or a request that cannot be answered.
    let lie = "Content-Length: 500\r\n\r\n";
    peer.send(peer.head("ACK", &contact, "ack") + lie);
    peer.send(peer.head("OPTIONS", &contact, "response").replace("OPTIONS sip:", "SIP/2.0 200 ") + lie);
    peer.send(peer.head("OPTIONS", &contact, "nobody").replace("Via:", "X:") + lie);
    still_there(&mut peer, &contact, "after");
}

fn rubbish() {
    let (world, mut peer) = (World::new(), RawSip::udp());
    let (_alice, _answer, contact) = registered(&world, &mut peer, &[]);
    let whole = peer.options(&contact, "whole");
    let mut rubbish: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\r\n\r\n".to_vec(),
        vec![0; 2000],
        vec![b'A'; 65_507],
        vec![0xFF; 1400],
        b"SIP/2.0 200 OK\r\n\r\n".to_vec(),
        whole.replace("\r\n", "\n").into_bytes(),
        whole.replace("SIP/2.0\r\n", "SIP/7.0\r\n").into_bytes(),
        "OPTIONS sip:a SIP/2.0\r\n".repeat(2000).into_bytes(),
        "Via: SIP/2.0/UDP a\r\n".repeat(3000).into_bytes(),
    ];
    rubbish.extend((0..whole.len()).step_by(7).map(|end| whole.as_bytes()[..end].to_vec()));
    for (at, datagram) in rubbish.into_iter().enumerate() {
        peer.send(datagram);
        still_there(&mut peer, &contact, &format!("after-{at}"));
    }
    // As large as a datagram can be, and in order.
    let pad = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n".repeat(1400);
    let large = peer.options(&contact, "large").replace("Max-Forwards", &(pad + "Max-Forwards"));
    assert!(large.len() > 60_000);
    peer.send(large);
    peer.expect_response("200", "large");
}

/// INVITE with sound.
fn invite(peer: &RawSip, contact: &str) -> String {
    let sdp = super::scenario::PCMU.replace('\n', "\r\n");
    let head = peer.head("INVITE", contact, "call");
    format!("{head}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

/// She leaves, and says so.
fn leaves(peer: &mut RawSip) {
    let leaving = peer.expect("REGISTER");
    assert_eq!(field(&leaving, "Expires"), "0");
    peer.respond(&leaving, "200 OK", "");
}

fn doubled_invite() {
    let (world, mut peer) = (World::new(), RawSip::tcp());
    let (alice, answer, contact) = registered(&world, &mut peer, &["--calls", "1"]);
    let invite = invite(&peer, &contact);
    peer.send(format!("{invite}{invite}"));
    peer.expect_response("180", "call");
    let accepted = peer.expect_response("200", "call");
    peer.send(&invite);
    let within = |method: &str, number: u32| {
        let to = field(&accepted, "To");
        let head = peer.head(method, &contact, "call").replace("z9hG4bKcall", &format!("z9hG4bK{method}"));
        let head = head.replace("To: <sip:alice@example.test>", &format!("To: {to}"));
        head.replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {number} {method}")) + "Content-Length: 0\r\n\r\n"
    };
    peer.send(within("ACK", 1) + &within("BYE", 2));
    assert_eq!(field(&peer.expect_response("200", "call"), "CSeq"), "2 BYE");
    leaves(&mut peer);
    let ended = alice.finish(answer, DEADLINE).expect(0).json();
    assert_eq!(ended["calls"].as_array().unwrap().len(), 1, "{ended}");
}

/// With the answer to a long challenge in it (RFC 3261 §18.1.1).
fn too_large() {
    let (world, mut peer) = (World::new(), RawSip::udp());
    let mut beside = peer.tcp_beside();
    let alice = account(&world, &peer.proxy(), "echo pw-alice");
    let call = alice.start("call", &["call", "bob"]);
    let invite = peer.expect("INVITE");
    let challenge =
        format!("Proxy-Authenticate: Digest realm=\"example.test\", nonce=\"{}\", qop=\"auth\"\r\n", "n".repeat(400));
    peer.respond(&invite, "407 Proxy Authentication Required", &challenge);
    peer.expect("ACK");
    let again = beside.expect("INVITE");
    assert!(field(&again, "Via").starts_with("SIP/2.0/TCP"), "{again}");
    assert!(field(&again, "Proxy-Authorization").contains("nc=00000001"), "{again}");
    beside.respond(&again, "486 Busy Here", "");
    beside.expect("ACK");
    alice.finish(call, DEADLINE).expect(3);
}

/// Both are there before anybody could answer.
fn cancel_with_invite() {
    let (world, mut peer) = (World::new(), RawSip::tcp());
    let (alice, answer, contact) = registered(&world, &mut peer, &["--calls", "1"]);
    let invite = invite(&peer, &contact);
    let cancel = peer.head("CANCEL", &contact, "call") + "Content-Length: 0\r\n\r\n";
    peer.send(invite + &cancel);
    let mut responses = [peer.receive(), peer.receive()];
    responses.sort();
    assert!(responses[0].starts_with("SIP/2.0 200") && field(&responses[0], "CSeq") == "1 CANCEL", "{responses:?}");
    assert!(responses[1].starts_with("SIP/2.0 487") && field(&responses[1], "CSeq") == "1 INVITE", "{responses:?}");
    peer.send(peer.head("ACK", &contact, "call") + "Content-Length: 0\r\n\r\n");
    leaves(&mut peer);
    let ended = alice.finish(answer, DEADLINE).expect(5);
    assert_eq!(ended.json()["calls"][0]["end"], "no-answer", "{}", ended.out);
}
