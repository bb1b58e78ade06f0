//! Servers and ways to them that fail, and what becomes of registrations and calls.

use super::roads::{Reach, SERVER};
use super::town::{Plan, Town};
use offhook::engine::command::Command;
use offhook::engine::event::{LinkState, ProblemKind};
use offhook::engine::input::Input;
use offhook::lab::sip::Fault;
use offhook::protocol::dns::{Answer, Question, Srv};
use offhook::protocol::sip::flow::Transport;
use offhook::protocol::sip::message::Uri;
use std::time::Duration;

const ALICE: usize = 1;
const BOB: usize = 2;

#[test]
fn an_untrusted_certificate_is_final() {
    let mut town = Plan::over(Transport::Tls).town(&["alice"]);
    town.roads.reach = Reach::Untrusted;
    town.sign_in(ALICE);
    town.seconds(3600.0);
    let problem = town.problem(ALICE);
    assert_eq!((problem.kind, problem.what.as_str()), (ProblemKind::Untrusted, "the certificate is not trusted"));
    assert_eq!(town.link(ALICE), Some(LinkState::Failed(problem)));
    assert_eq!(town.roads.people[&ALICE].opens.len(), 1, "it is tried once");
    assert!(town.is_at_rest(ALICE));
    // The user's act is another try.
    town.roads.reach = Reach::Open;
    town.sign_in(ALICE);
    town.seconds(2.0);
    assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
    town.end();
}

#[test]
fn a_certificate_that_is_no_longer_trusted_is_final_too() {
    let mut town = Town::signed_in(Transport::Tls, &["alice"]);
    town.roads.reach = Reach::Untrusted;
    let before = town.roads.people[&ALICE].opens.len();
    town.cut(ALICE);
    town.seconds(3600.0);
    assert!(matches!(town.link(ALICE), Some(LinkState::Failed(why)) if why.kind == ProblemKind::Untrusted));
    assert_eq!(town.roads.people[&ALICE].opens.len(), before + 1);
    town.end();
}

#[test]
fn a_call_by_an_untrusted_way_fails_with_that_reason() {
    let mut town = Plan::over(Transport::Tls).town(&["alice"]);
    town.roads.reach = Reach::Untrusted;
    town.call(ALICE, "bob");
    let told = town.told(ALICE);
    assert_eq!(told[1..], ["ended failed: the certificate is not trusted"], "{told:?}");
    town.seconds(3600.0);
    assert_eq!(town.roads.people[&ALICE].opens.len(), 1);
    town.end();
}

#[test]
fn a_wrong_password_is_tried_once() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Plan::over(transport).town(&["alice"]);
        town.roads.people.get_mut(&ALICE).unwrap().password = Some("wrong".into());
        town.sign_in(ALICE);
        town.seconds(24.0 * 3600.0);
        let problem = town.problem(ALICE);
        assert_eq!((problem.kind, town.link(ALICE)), (ProblemKind::Password, Some(LinkState::Failed(problem.clone()))));
        assert_eq!(town.server().wrong_answers(), 1);
        assert_eq!(town.count(ALICE, "REGISTER"), 2);
        // The user signs in again, with the right one.
        town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
        town.sign_in(ALICE);
        town.seconds(2.0);
        assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), "{:?}", town.links(ALICE));
        town.end();
    }
}

#[test]
fn a_wrong_password_ends_a_call_after_one_try() {
    let mut town = Plan::over(Transport::Udp).town(&["alice", "bob"]);
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("wrong".into());
    town.call(ALICE, "bob");
    town.seconds(60.0);
    assert_eq!(town.server().wrong_answers(), 1);
    assert_eq!(town.told(ALICE)[1..], ["ended failed: the SIP server refused the password"]);
    // The next call asks for it again.
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
    town.call(ALICE, "bob");
    assert_eq!(town.told(ALICE).last().unwrap(), "ended no-answer: 480 Temporarily Unavailable");
    town.end();
}

#[test]
fn without_a_password_there_is_no_registration_and_no_call() {
    let mut town = Plan::over(Transport::Udp).town(&["alice", "bob"]);
    town.roads.people.get_mut(&ALICE).unwrap().password = None;
    town.sign_in(ALICE);
    town.seconds(60.0);
    let problem = town.problem(ALICE);
    assert!(problem.kind == ProblemKind::Refused && problem.what.contains("nobody knows it"), "{problem}");
    town.call(ALICE, "bob");
    assert!(town.told(ALICE).last().unwrap().starts_with("ended failed"), "{:?}", town.told(ALICE));
    // By now it is in the keyring.
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
    town.sign_in(ALICE);
    town.seconds(2.0);
    assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), "{:?}", town.links(ALICE));
    town.end();
}

#[test]
fn a_call_outlives_the_link_and_the_registration_comes_back() {
    for transport in [Transport::Tcp, Transport::Tls] {
        for who in [ALICE, BOB] {
            let mut town = Town::signed_in(transport, &["alice", "bob"]);
            town.talk(ALICE, BOB, "bob");
            town.roads.reach = Reach::Refused;
            town.cut(ALICE);
            town.seconds(30.0);
            assert!(matches!(town.link(ALICE), Some(LinkState::Waiting { .. })), "{:?}", town.link(ALICE));
            assert_eq!((town.told(ALICE).len(), town.told(BOB).len()), (3, 2), "the call goes on");
            let tries = &town.roads.people[&ALICE].opens;
            assert!((3..=8).contains(&tries.len()), "{tries:?}");
            town.mend(ALICE);
            town.seconds(120.0);
            assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), "{:?}", town.links(ALICE));
            assert_eq!(town.bound("alice"), 1);
            assert_eq!((town.told(ALICE).len(), town.told(BOB).len()), (3, 2), "the call goes on");
            town.hang_up(who);
            town.seconds(10.0);
            let ends = [town.told(ALICE)[3].clone(), town.told(BOB)[2].clone()];
            let (local, remote) = if who == ALICE { (0, 1) } else { (1, 0) };
            assert_eq!((ends[local].as_str(), ends[remote].as_str()), ("ended local", "ended remote"), "{transport:?} {who}");
            town.end();
        }
    }
}

#[test]
fn a_call_can_be_hung_up_while_the_link_is_down() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob"]);
        town.talk(ALICE, BOB, "bob");
        town.roads.reach = Reach::Refused;
        town.cut(ALICE);
        town.seconds(3.0);
        town.hang_up(ALICE);
        town.seconds(8.0);
        assert_eq!(town.told(ALICE).last().unwrap(), "ended local");
        town.mend(ALICE);
        town.end();
    }
}

#[test]
fn tries_come_later_and_later_and_the_answer_is_told() {
    for (reach, transport) in [(Reach::Refused, Transport::Tls), (Reach::Silent, Transport::Tcp)] {
        let mut town = Plan::over(transport).town(&["alice"]);
        town.roads.reach = reach;
        town.sign_in(ALICE);
        town.seconds(3600.0);
        let opens = town.roads.people[&ALICE].opens.clone();
        assert!((10..=60).contains(&opens.len()), "{} tries in an hour", opens.len());
        let pauses: Vec<Duration> = opens.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses[0] < Duration::from_secs(20) && *pauses.last().unwrap() > Duration::from_secs(100), "{pauses:?}");
        assert_eq!(town.problem(ALICE).kind, ProblemKind::Unreachable);
        town.roads.reach = Reach::Open;
        town.seconds(400.0);
        assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
        town.end();
    }
}

#[test]
fn a_server_that_is_away_is_asked_again_when_it_said() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Plan::over(transport).town(&["alice"]);
        town.server().fault(Fault::Unavailable, true);
        town.sign_in(ALICE);
        town.seconds(39.0);
        assert_eq!(town.count(ALICE, "REGISTER"), 1, "Retry-After is kept");
        assert!(matches!(town.link(ALICE), Some(LinkState::Waiting { .. })));
        town.seconds(60.0);
        assert_eq!(town.count(ALICE, "REGISTER"), 2);
        town.server().fault(Fault::Unavailable, false);
        town.seconds(120.0);
        assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
        town.end();
    }
}

#[test]
fn a_silent_server_is_noticed_and_a_slow_one_is_good_enough() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut town = Plan::over(transport).town(&["alice", "bob"]);
        town.server().fault(Fault::Silent, true);
        town.sign_in(ALICE);
        town.seconds(33.0);
        assert!(matches!(town.link(ALICE), Some(LinkState::Waiting { .. })), "{:?}", town.links(ALICE));
        assert_eq!(town.problem(ALICE).kind, ProblemKind::Unreachable);
        town.server().fault(Fault::Silent, false);
        town.server().fault(Fault::Slow, true);
        town.sign_in(BOB);
        town.seconds(300.0);
        assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
        town.call(ALICE, "bob");
        town.seconds(20.0);
        town.answer(BOB);
        town.seconds(20.0);
        assert_eq!(town.told(ALICE)[2..], ["talks opus/48000 encrypted"]);
        town.hang_up(ALICE);
        town.seconds(20.0);
        town.server().fault(Fault::Slow, false);
        town.end();
    }
}

#[test]
fn a_server_that_drops_every_stream_is_not_stormed() {
    let mut town = Plan::over(Transport::Tls).town(&["alice"]);
    town.server().fault(Fault::Drops, true);
    town.sign_in(ALICE);
    town.seconds(3600.0);
    let opens = town.roads.people[&ALICE].opens.len();
    assert!(opens <= 60, "{opens} tries in an hour");
    town.server().fault(Fault::Drops, false);
    town.seconds(400.0);
    assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), "{:?}", town.link(ALICE));
    town.end();
}

#[test]
fn a_server_that_answers_pings_no_more_is_left() {
    let mut town = Plan::over(Transport::Tls).town(&["alice"]);
    town.server().settings.outbound = true;
    town.sign_in(ALICE);
    town.seconds(3000.0);
    assert_eq!(town.roads.people[&ALICE].opens.len(), 1);
    town.server().fault(Fault::Silent, true);
    town.seconds(60.0);
    assert!(town.roads.people[&ALICE].opens.len() > 1, "pongs are missed before the registration is refreshed");
    town.server().fault(Fault::Silent, false);
    town.seconds(200.0);
    assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
    town.end();
}

#[test]
fn another_network_moves_registration_and_call() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob"]);
        town.talk(ALICE, BOB, "bob");
        town.input(ALICE, Input::NetworkChanged);
        town.seconds(5.0);
        assert_eq!(town.bound("alice"), 1, "the old binding is replaced");
        assert!(matches!(town.link(ALICE), Some(LinkState::Online { .. })));
        town.hang_up(BOB);
        assert_eq!(town.told(ALICE).last().unwrap(), "ended remote");
        assert_eq!(town.told(BOB).last().unwrap(), "ended local");
        town.end();
    }
}

#[test]
fn a_stale_nonce_costs_one_more_round_and_nothing_else() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.talk(ALICE, BOB, "bob");
    town.hang_up(ALICE);
    town.seconds(400.0);
    let before = town.server().challenges();
    town.talk(ALICE, BOB, "bob");
    assert!(town.server().challenges() <= before + 1);
    assert_eq!(town.server().wrong_answers(), 0);
    assert_eq!(town.roads.people[&ALICE].passwords_asked, 1);
    town.end();
}

#[test]
fn the_dns_leads_to_the_server() {
    let names = ["alice".to_owned(), "bob".to_owned()];
    let mut town = Plan::over(Transport::Tls).town_of(&names, |_, mut account| {
        if let Some(phone) = &mut account.phone {
            phone.proxy = None;
        }
        account
    });
    let srv = Srv { priority: 1, weight: 0, port: 5060, target: "sip.example.test".into() };
    town.roads.zone.insert(Question::Srv("_sips._tcp.example.test".into()), Answer::Srv(vec![srv]));
    let addresses = Answer::Addresses(vec![town.roads.addresses[SERVER]]);
    town.roads.zone.insert(Question::Addresses("sip.example.test".into()), addresses);
    town.sign_in_all();
    town.talk(ALICE, BOB, "bob");
    town.hang_up(BOB);
    town.end();
}

#[test]
fn service_routes_are_kept_for_calls() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Plan::over(transport).town(&["alice", "bob"]);
        let route = format!("sip:orig@10.0.0.1:5060;transport={};lr", transport.uri_token());
        town.server().settings.service_route = Uri::parse(&route).ok();
        town.sign_in_all();
        town.talk(ALICE, BOB, "bob");
        let route = format!("<{route}>");
        assert_eq!(town.last_request(ALICE, "INVITE").headers.all("Route").collect::<Vec<_>>(), [route.as_str()]);
        assert_eq!(town.last_request(ALICE, "REGISTER").headers.get("Route"), None);
        // Within the call the route set is that of the dialog.
        town.with_call(ALICE, |call| Command::Hold { call });
        town.seconds(2.0);
        let routes = town.last_request(ALICE, "INVITE").headers.routes().unwrap();
        // Two of them where the proxy was reached by one transport and went on by another (RFC 5658).
        assert!(!routes.is_empty() && routes.iter().all(|route| route.uri.user.is_none()), "{routes:?}");
        town.hang_up(ALICE);
        // The next registration names none, and so none is used.
        town.server().settings.service_route = None;
        town.seconds(700.0);
        town.talk(ALICE, BOB, "bob");
        assert_eq!(town.last_request(ALICE, "INVITE").headers.get("Route"), None);
        town.end();
    }
}

#[test]
fn a_request_that_is_too_long_for_a_datagram_goes_by_a_stream() {
    for reach in [Reach::Open, Reach::Refused] {
        let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
        town.roads.reach = reach;
        let long = format!("sip:bob@example.test;x={}", "y".repeat(400));
        town.call(ALICE, &long);
        town.answer(BOB);
        assert_eq!(town.told(ALICE)[2..], ["talks opus/48000 encrypted"], "{reach:?}");
        match reach {
            Reach::Open => assert!(town.roads.largest_datagram <= 1300, "{}", town.roads.largest_datagram),
            _ => assert!(town.roads.largest_datagram > 1300, "a server without streams hears it all the same"),
        }
        town.hang_up(ALICE);
        town.end();
    }
}
