//! The server against messages written by hand.

use super::{Binding, Fault, Server, ServerIn, ServerOut};
use crate::machine::{Chance, Machine, Moment};
use crate::protocol::sip::digest::{Credentials, Digest};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Message, Request, Response, Uri};
use std::net::SocketAddr;
use std::time::Duration;

const HERE: &str = "10.0.0.1:5060";
const ALICE: &str = "10.0.0.2:20000";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn at(seconds: u64) -> Moment {
    Moment::START + Duration::from_secs(seconds)
}

fn server() -> Server {
    Server::new("example.test", address(HERE), Chance::seeded(1))
}

fn say(server: &mut Server, now: Moment, transport: Transport, from: &str, message: &Message) -> Vec<(SocketAddr, Message)> {
    let input = ServerIn::Received { transport, from: address(from), bytes: message.write() };
    server.handle(now, input);
    said(server)
}

fn said(server: &mut Server) -> Vec<(SocketAddr, Message)> {
    let outputs = std::iter::from_fn(|| server.poll());
    outputs
        .filter_map(|output| match output {
            ServerOut::Send { to, bytes, .. } => Some((to, Message::parse(&bytes).unwrap())),
            ServerOut::Close(_) => None,
        })
        .collect()
}

/// A request with a branch of its own.
fn request(method: &str, uri: &str, number: u32, from: &str, lines: &str) -> Request {
    let text = format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{method}{number};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@example.test>;tag=a\r\nTo: <sip:alice@example.test>\r\nCall-ID: c\r\nCSeq: {number} {method}\r\n\
         {lines}\r\n"
    );
    match Message::parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!(),
    }
}

fn register(number: u32, contact: &str, expires: u32) -> Request {
    let lines = format!("Contact: <sip:x@{contact}>\r\nExpires: {expires}\r\n");
    request("REGISTER", "sip:example.test", number, ALICE, &lines)
}

fn response(said: &[(SocketAddr, Message)]) -> Response {
    match said {
        [(_, Message::Response(response))] => response.clone(),
        other => panic!("not one response: {other:?}"),
    }
}

fn bound(contact: &str, transport: Transport) -> Binding {
    let contact_uri = Uri::parse(&format!("sip:x@{contact};transport={}", transport.uri_token())).unwrap();
    Binding { contact: contact_uri, transport, source: address(contact), until: None, device: None }
}

#[test]
fn a_binding_is_made_refreshed_and_expires() {
    let mut server = server();
    let ok = response(&say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(register(1, ALICE, 60))));
    assert_eq!((ok.status, ok.headers.get("Contact")), (200, Some("<sip:x@10.0.0.2:20000>;expires=60")));
    assert_eq!(server.bindings(at(59), "alice").len(), 1);
    assert_eq!(server.bindings(at(60), "alice").len(), 0);
    say(&mut server, at(70), Transport::Udp, ALICE, &Message::Request(register(2, ALICE, 60)));
    assert_eq!(server.bindings(at(71), "alice").len(), 1);
    say(&mut server, at(72), Transport::Udp, ALICE, &Message::Request(register(3, ALICE, 0)));
    assert_eq!(server.bindings(at(73), "alice").len(), 0);
    server.settings.shortest = Duration::from_secs(90);
    let brief = response(&say(&mut server, at(74), Transport::Udp, ALICE, &Message::Request(register(4, ALICE, 60))));
    assert_eq!((brief.status, brief.headers.min_expires().unwrap()), (423, Some(90)));
}

#[test]
fn a_password_is_asked_for_checked_and_its_nonce_grows_old() {
    let mut server = server();
    server.add("alice", "secret");
    let mut digest = Digest::new();
    let mut chance = Chance::seeded(3);
    let plain = register(1, ALICE, 60);
    let challenge = response(&say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(plain.clone())));
    assert_eq!(challenge.status, 401);
    digest.challenged(&challenge, &plain).unwrap();
    let mut answered = |number: u32, now: Moment, password: &str, server: &mut Server| {
        let credentials = Credentials { user: "alice".into(), password: crate::machine::Secret::new(password.into()) };
        let mut request = register(number, ALICE, 60);
        digest.authorize(&mut request, &credentials, &mut chance);
        let answer = response(&say(server, now, Transport::Udp, ALICE, &Message::Request(request.clone())));
        (request, answer)
    };
    assert_eq!(answered(2, at(1), "wrong", &mut server).1.status, 401);
    assert_eq!(server.wrong_answers(), 1);
    let (good, ok) = answered(3, at(2), "secret", &mut server);
    assert_eq!(ok.status, 200);
    // The same count again is a replay.
    let mut replay = register(4, ALICE, 60);
    replay.headers.push("Authorization", good.headers.get("Authorization").unwrap());
    let stale = response(&say(&mut server, at(3), Transport::Udp, ALICE, &Message::Request(replay)));
    assert!(stale.status == 401 && stale.headers.get("WWW-Authenticate").unwrap().contains("stale=true"));
    let late = answered(5, at(400), "secret", &mut server).1;
    assert!(late.status == 401 && late.headers.get("WWW-Authenticate").unwrap().contains("stale=true"));
}

#[test]
fn an_invite_is_forked_and_the_first_yes_cancels_the_rest() {
    let mut server = server();
    for place in ["10.0.0.3:20000", "10.0.0.4:20000"] {
        server.bind("bob", bound(place, Transport::Udp));
    }
    let invite = request("INVITE", "sip:bob@example.test", 1, ALICE, "Contact: <sip:a@10.0.0.2:20000>\r\n");
    let out = say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(invite));
    let forks: Vec<&(SocketAddr, Message)> = out.iter().filter(|(to, _)| *to != address(ALICE)).collect();
    assert_eq!(forks.len(), 2, "{out:?}");
    let fork = |at: usize| match &forks[at].1 {
        Message::Request(request) => request.clone(),
        Message::Response(_) => panic!(),
    };
    let (one, two) = (fork(0), fork(1));
    assert_eq!(one.uri.to_string(), "sip:x@10.0.0.3:20000;transport=udp");
    assert_eq!(one.headers.get("Record-Route"), Some("<sip:10.0.0.1:5060;transport=udp;lr>"));
    assert_eq!((one.headers.vias().unwrap().len(), one.headers.get("Max-Forwards")), (2, Some("69")));
    for (from, fork) in [("10.0.0.3:20000", &one), ("10.0.0.4:20000", &two)] {
        let ringing = Response::to(fork, 180, Some(from));
        let out = say(&mut server, at(1), Transport::Udp, from, &Message::Response(ringing));
        assert_eq!((out[0].0, response(&out).status), (address(ALICE), 180));
    }
    let out = say(&mut server, at(2), Transport::Udp, "10.0.0.4:20000", &Message::Response(Response::to(&two, 200, Some("t"))));
    let lines: Vec<String> = out.iter().map(|(to, message)| format!("{to} {}", line(message))).collect();
    assert_eq!(lines, ["10.0.0.3:20000 CANCEL", "10.0.0.2:20000 200"]);
    // The 487 of the cancelled fork stays here.
    let out = say(&mut server, at(3), Transport::Udp, "10.0.0.3:20000", &Message::Response(Response::to(&one, 487, Some("u"))));
    assert_eq!(out.iter().map(|(_, message)| line(message)).collect::<Vec<_>>(), ["ACK"]);
}

#[test]
fn refusals_are_gathered_and_the_best_goes_back() {
    for (answers, best) in [([486, 480], 480), ([404, 407], 407), ([503, 486], 486), ([603, 302], 603), ([302, 486], 302)] {
        let mut server = server();
        let places = ["10.0.0.3:20000", "10.0.0.4:20000"];
        places.iter().for_each(|place| server.bind("bob", bound(place, Transport::Udp)));
        let invite = request("INVITE", "sip:bob@example.test", 1, ALICE, "Contact: <sip:a@10.0.0.2:20000>\r\n");
        let out = say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(invite));
        let forks: Vec<Request> = out
            .into_iter()
            .filter_map(|(_, message)| match message {
                Message::Request(request) => Some(request),
                Message::Response(_) => None,
            })
            .collect();
        let mut back = Vec::new();
        for ((place, fork), status) in places.iter().zip(&forks).zip(answers) {
            let out = say(&mut server, at(1), Transport::Udp, place, &Message::Response(Response::to(fork, status, Some("t"))));
            back.extend(out.into_iter().filter(|(to, _)| *to == address(ALICE)).map(|(_, message)| line(&message)));
        }
        assert_eq!(back, [best.to_string()], "{answers:?}");
    }
}

#[test]
fn a_cancel_reaches_every_fork_and_silence_becomes_a_408() {
    let mut server = server();
    server.bind("bob", bound("10.0.0.3:20000", Transport::Udp));
    let invite = request("INVITE", "sip:bob@example.test", 1, ALICE, "Contact: <sip:a@10.0.0.2:20000>\r\n");
    let out = say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(invite.clone()));
    let Some((_, Message::Request(fork))) = out.iter().find(|(to, _)| *to != address(ALICE)) else { panic!("{out:?}") };
    say(&mut server, at(1), Transport::Udp, "10.0.0.3:20000", &Message::Response(Response::to(fork, 180, Some("t"))));
    let mut cancel = invite.clone();
    cancel.method = crate::protocol::sip::message::Method::Cancel;
    cancel.headers.set("CSeq", "1 CANCEL");
    let out = say(&mut server, at(2), Transport::Udp, ALICE, &Message::Request(cancel));
    let lines: Vec<String> = out.iter().map(|(to, message)| format!("{to} {}", line(message))).collect();
    assert_eq!(lines, ["10.0.0.2:20000 200", "10.0.0.3:20000 CANCEL"]);
    // Nobody ever answers the CANCEL: 64·T1 later the branch is over.
    let mut back = Vec::new();
    while let Some(wake) = server.wake().filter(|wake| wake.at < at(60)) {
        server.expire(wake.at);
        back.extend(said(&mut server).into_iter().filter(|(to, _)| *to == address(ALICE)).map(|(_, message)| line(&message)));
    }
    assert_eq!(back.first().map(String::as_str), Some("408"), "{back:?}");
}

#[test]
fn whoever_only_rings_is_given_up_after_timer_c() {
    let mut server = server();
    server.bind("bob", bound("10.0.0.3:20000", Transport::Udp));
    let invite = request("INVITE", "sip:bob@example.test", 1, ALICE, "Contact: <sip:a@10.0.0.2:20000>\r\n");
    let out = say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(invite));
    let Some((_, Message::Request(fork))) = out.iter().find(|(to, _)| *to != address(ALICE)) else { panic!("{out:?}") };
    say(&mut server, at(1), Transport::Udp, "10.0.0.3:20000", &Message::Response(Response::to(fork, 180, Some("t"))));
    let mut sent = Vec::new();
    while let Some(wake) = server.wake().filter(|wake| wake.at < at(400)) {
        server.expire(wake.at);
        sent.extend(said(&mut server).into_iter().map(|(_, message)| (wake.at, line(&message))));
    }
    assert_eq!(sent[0], (at(190), "CANCEL".to_owned()));
    assert!(sent.iter().any(|(_, line)| line == "408"), "{sent:?}");
    assert!(!server.is_busy());
}

#[test]
fn within_a_dialog_requests_follow_their_route_back_along_the_stream() {
    let mut server = server();
    let bob = "10.0.0.3:40000";
    server.handle(at(0), ServerIn::Received { transport: Transport::Tls, from: address(bob), bytes: b"\r\n\r\n".to_vec() });
    server.bind("bob", bound(bob, Transport::Tls));
    let mut bye = request("BYE", "sip:x@10.0.0.3:40000;transport=tls", 2, ALICE, "Route: <sip:10.0.0.1:5060;lr>\r\n");
    bye.headers.set("To", "<sip:bob@example.test>;tag=b");
    let out = say(&mut server, at(1), Transport::Udp, ALICE, &Message::Request(bye.clone()));
    assert_eq!((out[0].0, line(&out[0].1).as_str()), (address(bob), "BYE"));
    let Message::Request(forwarded) = &out[0].1 else { panic!() };
    assert_eq!(forwarded.headers.get("Route"), None);
    server.handle(at(2), ServerIn::Closed(address(bob)));
    assert_eq!(said(&mut server).iter().map(|(_, message)| line(message)).collect::<Vec<_>>(), ["480"]);
    assert_eq!(server.bindings(at(3), "bob"), []);
}

#[test]
fn faults_are_what_they_say() {
    let mut server = server();
    server.fault(Fault::Silent, true);
    assert_eq!(say(&mut server, at(0), Transport::Udp, ALICE, &Message::Request(register(1, ALICE, 60))), []);
    server.fault(Fault::Silent, false);
    server.fault(Fault::Unavailable, true);
    let away = response(&say(&mut server, at(1), Transport::Udp, ALICE, &Message::Request(register(2, ALICE, 60))));
    assert_eq!((away.status, away.headers.retry_after().unwrap()), (503, Some(40)));
    server.fault(Fault::Unavailable, false);
    server.fault(Fault::Slow, true);
    assert_eq!(say(&mut server, at(2), Transport::Udp, ALICE, &Message::Request(register(3, ALICE, 60))), []);
    let late = server.wake().unwrap().at;
    assert!(late > at(3), "{late:?}");
    server.expire(late);
    assert_eq!(response(&said(&mut server)).status, 200);
    server.fault(Fault::Slow, false);
    server.fault(Fault::Drops, true);
    let bytes = Message::Request(register(4, ALICE, 60)).write();
    server.handle(at(9), ServerIn::Received { transport: Transport::Tcp, from: address(ALICE), bytes });
    assert_eq!(server.poll(), Some(ServerOut::Close(address(ALICE))));
}

fn line(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => response.status.to_string(),
    }
}
