//! Datagrams of those who are not our server: they make nothing ring, and learn nothing.

use super::by_hand::{request, response, with_sdp};
use super::network::{Node, NodeIn, Peer, Story, address, config};
use crate::machine::Chance;
use crate::protocol::dns::{Answer, Question, Srv};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Message, Request, Response, Uri};
use crate::protocol::sip::registration::Device;
use crate::protocol::sip::user_agent::{Config, Input, UserAgent};

const ALICE: usize = 1;
const STRANGER: usize = 2;

/// By hand stand the server, and a stranger; between them `alice`, connected.
fn story(change: impl Fn(Config) -> Config) -> Story {
    let alice = UserAgent::new(change(config(ALICE, "alice", Transport::Udp)), Chance::seeded(7));
    let mut story = Story::of(vec![Node::Peer(Peer::default()), Node::Agent(Box::new(alice)), Node::Peer(Peer::default())]);
    story.tell(ALICE, Input::Connect);
    story.run_to(0.1);
    story
}

/// The stranger says this to alice; what it hears soon.
fn strange(story: &mut Story, message: &Request) -> Vec<Message> {
    let now = story.world.now();
    let bytes = Message::Request(message.clone()).write();
    story.world.post(now, STRANGER, NodeIn::Say { to: address(ALICE, 20_000), bytes });
    story.run_for(1.0);
    let Some(Node::Peer(peer)) = story.world.machine(STRANGER) else { panic!("no stranger") };
    std::mem::take(&mut peer.heard).iter().filter_map(|(_, _, bytes)| Message::parse(bytes).ok()).collect()
}

/// A request to this user at alice's address, each under a name of its own.
fn asks(method: &str, user: &str, name: u32) -> Request {
    let mut request = request(method, name, None, &[]);
    request.uri = Uri::parse(&format!("sip:{user}@{}", address(ALICE, 20_000))).unwrap();
    request.headers.set("Via", format!("SIP/2.0/UDP {};branch=z9hG4bK{method}{user}{name};rport", address(STRANGER, 5060)));
    request.headers.set("Call-ID", format!("{method}-{user}-{name}"));
    if method == "INVITE" { with_sdp(request, "offer") } else { request }
}

/// The user part of her Contact, as the far side of a call of hers has it.
fn contact(story: &mut Story) -> String {
    story.call(ALICE, 2, "bob");
    story.run_for(0.2);
    let invite = story.heard_request("INVITE");
    story.respond(response(&invite, 486, "bob", None));
    story.heard();
    invite.headers.contacts().unwrap().first().unwrap().uri.user.clone().unwrap()
}

/// The last response to this request; those to others come again and again.
fn status(heard: &[Message], request: &Request) -> Option<u16> {
    let answers = |message: &&Message| message.headers().call_id().ok() == request.headers.call_id().ok();
    match heard.iter().rfind(answers) {
        Some(Message::Response(Response { status, .. })) => Some(*status),
        _ => None,
    }
}

/// The stranger asks, and is answered with this.
fn strange_status(story: &mut Story, request: &Request) -> Option<u16> {
    let heard = strange(story, request);
    status(&heard, request)
}

#[test]
fn a_scanner_makes_nothing_ring_and_learns_nothing() {
    let mut story = story(|config| config);
    for (name, method) in
        ["INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "BYE", "CANCEL", "REFER", "PING"].iter().enumerate()
    {
        for user in ["100", "alice", "1001"] {
            let heard = strange(&mut story, &asks(method, user, 1 + name as u32));
            assert!(heard.is_empty(), "{method} {user}: {heard:?}");
        }
    }
    let within = asks("BYE", "alice", 77);
    let mut bye = within.clone();
    bye.headers.set("To", "<sip:alice@example.test>;tag=guessed");
    assert!(strange(&mut story, &bye).is_empty());
    assert!(story.told(ALICE).is_empty(), "{:?}", story.told(ALICE));
    assert!(story.heard_lines().is_empty(), "the server hears nothing of it either");
}

#[test]
fn whoever_has_our_contact_may_call_and_our_server_must_name_us() {
    let mut story = story(|config| config);
    let user = contact(&mut story);
    assert!(user.len() >= 16, "{user} can be guessed");
    let before = story.told(ALICE).len();
    // Another server of the cluster, which has it from the registrar.
    assert_eq!(strange_status(&mut story, &asks("OPTIONS", &user, 1)), Some(200));
    strange(&mut story, &asks("INVITE", &user, 2));
    assert!(story.told(ALICE)[before].starts_with("incoming 1 "), "{:?}", story.told(ALICE));
    // The server itself.
    for (user, answer) in [("100", 404), ("alice", 100), (user.as_str(), 100)] {
        let mut invite = asks("INVITE", user, 3);
        invite.headers.set("Via", format!("SIP/2.0/UDP {};branch=z9hG4bKof{user};rport", address(0, 5060)));
        story.ask(invite.clone());
        story.run_for(1.0);
        assert_eq!(status(&story.heard(), &invite), Some(answer), "{user}");
    }
    assert_eq!(story.told(ALICE).len(), before + 3);
}

#[test]
fn the_contact_of_a_device_is_no_secret() {
    let device = Device { name: "CSFALICE".into(), model: 503, contact: "1001".into() };
    let mut story = story(|config| Config { device: Some(device.clone()), ..config });
    assert!(strange(&mut story, &asks("INVITE", "1001", 1)).is_empty());
    assert!(story.told(ALICE).is_empty(), "{:?}", story.told(ALICE));
    let mut invite = asks("INVITE", "1001", 2);
    invite.headers.set("Via", format!("SIP/2.0/UDP {};branch=z9hG4bKserver;rport", address(0, 5060)));
    story.ask(invite);
    assert!(story.told(ALICE)[0].starts_with("incoming 1 "), "{:?}", story.told(ALICE));
}

#[test]
fn the_far_side_of_a_call_may_speak_from_wherever_it_is() {
    let mut story = story(|config| config);
    let invite = story.alice_calls("bob", &[]);
    let mut bye = story.within(&invite, "bob", "BYE", 2);
    bye.uri = Uri::parse("sip:elsewhere@10.0.0.2:20000").unwrap();
    bye.headers.set("Via", format!("SIP/2.0/UDP {};branch=z9hG4bKbye;rport", address(STRANGER, 5060)));
    // Who only knows the Call-ID is nobody.
    let mut guessed = bye.clone();
    guessed.headers.set("To", "<sip:alice@example.test>;tag=guessed");
    assert!(strange(&mut story, &guessed).is_empty());
    assert_eq!(strange_status(&mut story, &bye), Some(200));
    assert_eq!(story.told(ALICE).last().unwrap(), "ended Remote");
}

#[test]
fn every_address_of_our_servers_may_call_and_after_a_failure_the_one_that_took_over() {
    // Two servers by SRV: the second one, which has our binding from the first, calls as well as the first.
    let targets = ["one.example.test", "two.example.test"];
    let servers = |config: Config| Config { proxies: vec![Uri::parse("sip:example.test;transport=udp").unwrap()], ..config };
    let alice = UserAgent::new(servers(config(ALICE, "alice", Transport::Udp)), Chance::seeded(7));
    let mut story = Story::of(vec![Node::Peer(Peer::default()), Node::Agent(Box::new(alice)), Node::Peer(Peer::default())]);
    let srv = |(at, target): (usize, &&str)| Srv { priority: at as u16, weight: 0, port: 5060, target: (*target).into() };
    let records = targets.iter().enumerate().map(srv).collect();
    story.net.dns.push((Question::Srv("_sip._udp.example.test".into()), Answer::Srv(records)));
    for (target, node) in targets.iter().zip([0, STRANGER]) {
        story.net.dns.push((Question::Addresses((*target).into()), Answer::Addresses(vec![address(node, 5060).ip()])));
    }
    story.tell(ALICE, Input::Register);
    story.run_to(1.0);
    assert!(story.heard_lines().contains(&"REGISTER".to_owned()), "{:?}", story.heard_lines());
    assert_eq!(strange_status(&mut story, &asks("OPTIONS", "alice", 1)), Some(200));
    assert_eq!(strange_status(&mut story, &asks("INVITE", "100", 2)), Some(404));
    // The first never answers: the second is registered with, and calls by the name that only a server may use.
    story.run_for(40.0);
    let Some(Node::Peer(peer)) = story.world.machine(STRANGER) else { panic!("no second server") };
    let to = peer.heard.iter().find_map(|(_, from, bytes)| bytes.starts_with(b"REGISTER").then_some(*from));
    let now = story.world.now();
    let bytes = Message::Request(asks("INVITE", "alice", 3)).write();
    story.world.post(now, STRANGER, NodeIn::Say { to: to.expect("the second is registered with"), bytes });
    story.run_for(1.0);
    assert!(story.told(ALICE).iter().any(|told| told.starts_with("incoming 1 ")), "{:?}", story.told(ALICE));
}
