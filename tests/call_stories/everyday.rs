//! The plain path: register, call, answer, hang up; keys; two engines of one account.

use super::roads::{DELAY, SERVER};
use super::town::{Plan, Town, account, line};
use offhook::engine::command::Command;
use offhook::engine::event::{Event, LinkState, Ticket, VoicemailTold};
use offhook::protocol::sip::flow::Transport;
use offhook::protocol::sip::message::Message;
use std::time::Duration;

const ALICE: usize = 1;
const BOB: usize = 2;

#[test]
fn a_call_is_made_answered_and_hung_up_by_either_side() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        for (who, ends) in [(ALICE, ["ended local", "ended remote"]), (BOB, ["ended remote", "ended local"])] {
            let mut town = Town::signed_in(transport, &["alice", "bob"]);
            town.call(ALICE, "bob");
            assert_eq!(town.told(ALICE), ["calls sip:bob@example.test", "rings"]);
            assert_eq!(town.told(BOB), ["called by sip:alice@example.test"]);
            town.answer(BOB);
            let (a, b) = (town.at(ALICE), town.at(BOB));
            town.roads.studio.assert_joined(a, b);
            town.seconds(60.0);
            town.hang_up(who);
            assert_eq!(town.told(ALICE)[2..], ["talks opus/48000 encrypted", ends[0]], "{transport:?}");
            assert_eq!(town.told(BOB)[1..], ["talks opus/48000 encrypted", ends[1]], "{transport:?}");
            assert_eq!((town.count(ALICE, "INVITE"), town.count(ALICE, "ACK")), (2, 2), "one challenge, no repetition");
            assert_eq!(town.bound("alice"), 1);
            assert_eq!(town.server().wrong_answers(), 0);
            town.end();
        }
    }
}

#[test]
fn a_registration_is_kept_for_a_day_and_removed() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice"]);
        town.seconds(24.0 * 3600.0);
        assert_eq!(town.bound("alice"), 1);
        assert_eq!(town.links(ALICE).len(), 2, "{:?}", town.links(ALICE));
        // 600 s are asked for and refreshed at three quarters to nine tenths of that; every nonce is stale by then.
        let registers = town.count(ALICE, "REGISTER");
        assert!((2 * 160..=2 * 195).contains(&registers), "{registers}");
        assert_eq!(town.roads.people[&ALICE].passwords_asked, 1);
        town.sign_out(ALICE);
        town.seconds(1.0);
        assert_eq!((town.bound("alice"), town.link(ALICE)), (0, Some(LinkState::Offline)));
        town.end();
    }
}

#[test]
fn pings_come_from_one_place_only() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut town = Town::signed_in(transport, &["alice"]);
        let before = town.roads.pings;
        town.seconds(3000.0);
        let pings = town.roads.pings - before;
        // Every 25 to 30 s.
        assert!((100..=121).contains(&pings), "{transport:?}: {pings} pings in 3000 s");
        town.end();
    }
}

#[test]
fn keys_go_both_ways() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.talk(ALICE, BOB, "bob");
    for (from, key) in [(ALICE, '1'), (BOB, '#'), (ALICE, 'D')] {
        town.with_call(from, |call| Command::Dtmf { call, key });
        town.seconds(0.1);
    }
    assert_eq!(town.told(BOB)[2..], ["key 1", "key D"]);
    assert_eq!(town.told(ALICE)[3..], ["key #"]);
    town.end();
}

#[test]
fn both_engines_of_an_account_ring_and_the_one_that_does_not_answer_ends() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob", "bob"]);
        assert_eq!(town.bound("bob"), 2);
        town.call(ALICE, "bob");
        let (second, third) = (BOB, BOB + 1);
        assert_eq!((town.told(second).len(), town.told(third).len()), (1, 1));
        town.answer(third);
        assert_eq!(town.told(ALICE), ["calls sip:bob@example.test", "rings", "talks opus/48000 encrypted"]);
        assert_eq!(town.told(third)[1..], ["talks opus/48000 encrypted"]);
        assert_eq!(town.told(second)[1..], ["ended no-answer: the caller gave up"]);
        let (a, b) = (town.at(ALICE), town.at(third));
        town.roads.studio.assert_joined(a, b);
        town.hang_up(ALICE);
        town.end();
    }
}

#[test]
fn both_engines_answer_at_once_and_one_of_them_talks() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Town::signed_in(transport, &["alice", "bob", "bob"]);
        town.call(ALICE, "bob");
        town.with_call(BOB, |call| Command::Answer { call });
        town.answer(BOB + 1);
        town.seconds(5.0);
        let talking: Vec<usize> =
            [BOB, BOB + 1].into_iter().filter(|engine| !town.told(*engine).last().unwrap().starts_with("ended")).collect();
        let [talking] = talking[..] else { panic!("{:?} {:?}", town.told(BOB), town.told(BOB + 1)) };
        let (a, b) = (town.at(ALICE), town.at(talking));
        town.roads.studio.assert_joined(a, b);
        town.hang_up(talking);
        assert_eq!(town.told(ALICE).last().unwrap(), "ended remote");
        town.end();
    }
}

#[test]
fn it_rings_at_once_and_only_the_answer_waits_for_a_port() {
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.call(ALICE, "bob");
    town.hang_up(ALICE);
    town.roads.wire.clear();
    town.roads.studio.binding = Duration::from_secs(3);
    town.command(ALICE, Command::Call { account: account(), target: "bob".into(), ticket: Ticket(8) });
    town.seconds(3.0 + 0.1);
    let at = |town: &Town, from: usize, to: usize, said: &str| {
        let wire = &town.roads.wire;
        wire.iter().find(|(_, a, b, message)| (*a, *b) == (from, to) && line(message) == said).map(|(at, ..)| *at)
    };
    let came = at(&town, SERVER, BOB, "INVITE").unwrap() + DELAY;
    assert_eq!(at(&town, BOB, SERVER, "180 INVITE"), Some(came), "in the turn in which the INVITE was read");
    town.with_call(BOB, |call| Command::Answer { call });
    town.seconds(1.0);
    assert_eq!(town.told(ALICE).last().unwrap(), "rings");
    assert_eq!(at(&town, BOB, SERVER, "200 INVITE"), None, "there is no port yet");
    town.seconds(4.0);
    assert_eq!(at(&town, BOB, SERVER, "200 INVITE"), Some(came + Duration::from_secs(3)), "when the port is there");
    let (a, b) = (town.at(ALICE), town.at(BOB));
    town.roads.studio.assert_joined(a, b);
    town.hang_up(ALICE);
    town.end();
}

#[test]
fn the_server_says_what_waits_in_the_mailbox() {
    let mut town = Town::signed_in(Transport::Udp, &["alice"]);
    let notify = |number: u32, body: &str| {
        let text = format!(
            "NOTIFY sip:alice@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKn{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=v{number}\r\nTo: <sip:alice@example.test>\r\n\
             Call-ID: n{number}\r\nCSeq: 1 NOTIFY\r\nEvent: message-summary\r\nSubscription-State: active\r\n\
             Content-Type: application/simple-message-summary\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let Ok(Message::Request(request)) = Message::parse(text.as_bytes()) else { panic!() };
        request
    };
    let bodies = ["Messages-Waiting: yes\r\nVoice-Message: 2/1\r\n", "Messages-Waiting: no\r\n", "nothing"];
    for (number, body) in (0..).zip(bodies) {
        town.say(ALICE, &notify(number, body));
        town.seconds(1.0);
    }
    assert_eq!(town.count(ALICE, "200 NOTIFY"), 3);
    let told = town.roads.people[&ALICE].events.iter().filter_map(|(_, event)| match event {
        Event::Voicemail { told: VoicemailTold::Lamp(lamp), .. } => Some((lamp.lit, lamp.counts)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(true, Some((2, 1))), (false, None)]);
    town.end();
}

#[test]
fn everything_goes_by_ipv6_as_well() {
    for transport in [Transport::Udp, Transport::Tls] {
        let mut town = Plan { ipv6: true, ..Plan::over(transport) }.town(&["alice", "bob"]);
        town.sign_in_all();
        town.talk(ALICE, BOB, "bob");
        let invite = town.last_request(ALICE, "INVITE");
        let (via, contact) = (invite.headers.get("Via").unwrap(), invite.headers.get("Contact").unwrap());
        assert!(via.contains(" [2001:db8::2]:"), "{via}");
        assert!(contact.contains("@[2001:db8::2]:"), "{contact}");
        let sdp = String::from_utf8(invite.body).unwrap();
        assert!(sdp.contains("\r\nc=IN IP6 2001:db8::2\r\n"), "{sdp}");
        assert!(sdp.starts_with("v=0\r\no=- ") && sdp.lines().nth(1).unwrap().ends_with(" IN IP6 2001:db8::2"), "{sdp}");
        let mut answers = town.roads.wire.iter().filter_map(|(_, from, _, message)| match message {
            Message::Response(response) if *from == BOB && response.status == 200 && !response.body.is_empty() => {
                Some(response)
            }
            _ => None,
        });
        let answer = answers.next_back().unwrap();
        assert!(String::from_utf8_lossy(&answer.body).contains("c=IN IP6 2001:db8::3\r\n"));
        assert!(answer.headers.get("Contact").unwrap().contains("@[2001:db8::3]:"));
        let routes = answer.headers.get("Record-Route").unwrap();
        assert!(routes.contains("<sip:[2001:db8::1]:5060;"), "{routes}");
        town.with_call(BOB, |call| Command::Hold { call });
        town.seconds(2.0);
        town.hang_up(BOB);
        assert_eq!(town.told(ALICE)[2..], ["talks opus/48000 encrypted", "they hold", "ended remote"]);
        assert!(town.lines(SERVER, ALICE).contains(&"BYE".to_owned()));
        town.end();
    }
}
