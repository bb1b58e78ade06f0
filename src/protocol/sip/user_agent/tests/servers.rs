//! Which server is used, and which one next (RFC 3263 §4.3); where requests within a call go.

use super::network::{Node, PROXY, Story, address, config, proxy};
use super::plain_calls::{CALL, answering, bind, connected, talking};
use crate::lab::sip::{Binding, Fault};
use crate::machine::Chance;
use crate::protocol::dns::{Answer, Question, Srv};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Message, Uri};
use crate::protocol::sip::registration::Device;
use crate::protocol::sip::user_agent::{Config, Input, UserAgent};

/// The second server's index.
const SECOND: usize = 3;

/// Two servers in the DNS; Alice has no proxy but her domain, Bob is at the second.
fn two_servers(transport: Transport) -> Story {
    let agent = |node, config| Node::Agent(Box::new(UserAgent::new(config, Chance::seeded(node))));
    let alice = Config { proxies: vec![], ..config(1, "alice", transport) };
    let second = Uri::parse(&format!("sip:{};transport={}", address(SECOND, 5060), transport.uri_token())).unwrap();
    let bob = Config { proxies: vec![second], ..config(2, "bob", transport) };
    let nodes = vec![proxy(PROXY), agent(1, alice), agent(2, bob), proxy(SECOND)];
    let mut story = Story::of(nodes);
    let srv = |priority, target: &str| Srv { priority, weight: 0, port: 5060, target: target.into() };
    let owner = if transport == Transport::Udp { "_sip._udp.example.test" } else { "_sip._tcp.example.test" };
    let servers = vec![srv(1, "first.example.test"), srv(2, "second.example.test")];
    story.net.dns.push((Question::Srv(owner.into()), Answer::Srv(servers)));
    for (name, node) in [("first.example.test", PROXY), ("second.example.test", SECOND)] {
        story.net.dns.push((Question::Addresses(name.into()), Answer::Addresses(vec![address(node, 0).ip()])));
    }
    let source = address(2, 20_000);
    let contact = Uri::parse(&format!("sip:bob@{source};transport={}", transport.uri_token())).unwrap();
    let Some(Node::Proxy(second)) = story.world.machine(SECOND) else { panic!() };
    second.bind("bob", Binding { contact, transport, source, until: None, device: None });
    story.net.habits.insert(2, answering());
    story.tell(2, Input::Connect);
    story.run_to(0.1);
    story
}

#[test]
fn a_server_that_cannot_serve_hands_the_call_to_the_next() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = two_servers(transport);
        story.proxy().fault(Fault::Unavailable, true);
        story.call(1, 2, "bob");
        story.run_to(10.0);
        assert_eq!(story.told(1), ["progress 180", "answered answer 2"], "{transport:?}");
        assert_eq!(story.sent(PROXY, 1)[0], "503 INVITE");
        story.tell(1, Input::End { session: CALL });
        story.run_to(60.0);
        assert_eq!(story.told(2).last().unwrap(), "ended Remote");
    }
}

#[test]
fn a_server_that_is_silent_hands_the_call_to_the_next() {
    let mut story = two_servers(Transport::Udp);
    story.net.filter = Box::new(|from, _| from == PROXY);
    story.call(1, 2, "bob");
    story.run_to(40.0);
    assert_eq!(story.told(1), ["progress 180", "answered answer 2"]);
}

#[test]
fn without_record_route_requests_go_to_the_far_side_itself() {
    let mut story = connected(Transport::Udp, &["alice", "bob"]);
    story.proxy().settings.record_route = false;
    story.net.habits.insert(2, answering());
    story.call(1, 2, "bob");
    story.run_to(10.0);
    story.tell(1, Input::End { session: CALL });
    story.run_to(60.0);
    assert_eq!(story.sent(1, 2), ["ACK", "BYE"]);
    assert_eq!(story.told(2).last().unwrap(), "ended Remote");
}

#[test]
fn another_network_does_not_end_a_call() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut story = talking(transport);
        story.proxy().forget_bindings();
        bind(&mut story, transport, 2, "bob");
        story.tell(1, Input::NetworkChanged);
        story.run_to(20.0);
        // The far side hears of the new Contact, without the user.
        assert_eq!(story.told(1)[2..], [""; 0], "{:?}", story.told(1));
        assert_eq!(story.count(1, "UPDATE"), 1);
        story.tell(1, Input::End { session: CALL });
        story.run_to(60.0);
        assert_eq!(story.told(1).last().unwrap(), "ended Local");
        assert_eq!(story.told(2).last().unwrap(), "ended Remote");
    }
}

#[test]
fn a_dead_server_is_tried_again_later_and_later() {
    let mut story = Story::new(Transport::Tcp, &["alice"]);
    story.net.refused.push(Transport::Tcp);
    story.tell(1, Input::Register);
    story.run_to(3600.0);
    let lost = story.told(1).iter().filter(|word| word.starts_with("unreachable")).count();
    assert!((10..60).contains(&lost), "{lost} tries in an hour");
    story.net.refused.clear();
    story.run_to(4000.0);
    assert_eq!(story.told(1).last().unwrap(), "registered sip:alice@example.test");
}

#[test]
fn a_device_registers_at_the_first_of_its_managers_that_is_there() {
    let managers = |nodes: &[usize]| -> Vec<Uri> {
        nodes.iter().map(|node| Uri::parse(&format!("sip:{};transport=tcp", address(*node, 5060))).unwrap()).collect()
    };
    // Nobody is at the first; the second takes the phone.
    let device = Device { name: "CSFANA".into(), model: 503, contact: "a8ae9f92-4b07".into() };
    let alice = Config {
        proxies: managers(&[9, SECOND]),
        device: Some(device),
        digest_user: Some("ana".into()),
        ..config(1, "1001", Transport::Tcp)
    };
    let nodes = vec![proxy(PROXY), Node::Agent(Box::new(UserAgent::new(alice, Chance::seeded(1)))), proxy(2), proxy(SECOND)];
    let mut story = Story::of(nodes);
    story.net.closed.push(address(9, 5060));
    story.tell(1, Input::Register);
    story.run_to(20.0);
    assert_eq!(story.told(1).last().unwrap(), "registered sip:1001@example.test");
    let register = story.net.wire.iter().find(|(_, from, to, _)| (*from, *to) == (1, SECOND)).map(|(.., message)| message);
    let Some(Message::Request(register)) = register else { panic!("{register:?}") };
    let contact = register.headers.get("Contact").unwrap();
    assert!(contact.starts_with("<sip:a8ae9f92-4b07@10.0.0.2:"), "{contact}");
    for part in [r#"+u.sip!devicename.ccm.cisco.com="CSFANA""#, r#"+u.sip!model.ccm.cisco.com="503""#] {
        assert!(contact.contains(part), "{contact}");
    }
}
