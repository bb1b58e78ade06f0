//! What is offered and answered: encryption asked for, refused and asked for again, late offers, holding, and by both at
//! once.

use super::roads::SERVER;
use super::town::{Plan, Town};
use offhook::engine::command::Command;
use offhook::engine::state::CallPhase;
use offhook::lab::world::Link;
use offhook::machine::Chance;
use offhook::protocol::rtp::Direction;
use offhook::protocol::sip::flow::Transport;
use offhook::protocol::sip::message::{Message, Method, NameAddr, Request, Response};
use offhook::protocol::sip::user_agent::{self, SessionId};
use std::time::Duration;

const ALICE: usize = 1;
const BOB: usize = 2;

/// Bob has somebody else's phone, and this is what he says to an offer.
const CLEAR: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.3\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\n\
                     m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

/// The same under RTP/SAVP.
fn sealed() -> String {
    let line = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
    CLEAR.replace("RTP/AVP", "RTP/SAVP") + line
}

/// A town in which Bob's phone does this with the offers that come; `Err` is a status.
fn phone(plan: &Plan, mut answer: impl FnMut(&str) -> Result<String, u16> + 'static) -> Town {
    let mut town = plan.town(&["alice", "phone:bob"]);
    town.script(
        BOB,
        Box::new(move |told| match told {
            user_agent::Output::Incoming { session, offer: Some(offer), .. } => {
                let session = *session;
                let ring = (Duration::ZERO, user_agent::Input::Ring { session });
                let then = match answer(std::str::from_utf8(offer).unwrap()) {
                    Ok(body) => user_agent::Input::Accept { session, body: body.into_bytes() },
                    Err(status) => user_agent::Input::Reject { session, status },
                };
                vec![ring, (Duration::from_millis(100), then)]
            }
            // What is offered later is answered with what was said before.
            user_agent::Output::Offered { session, body: Some(_) } => {
                vec![(Duration::ZERO, user_agent::Input::RefuseOffer { session: *session, status: 488 })]
            }
            _ => Vec::new(),
        }),
    );
    town.sign_in_all();
    town
}

#[test]
fn a_phone_that_wants_savp_gets_it_once() {
    let insists = |offer: &str| if offer.contains(" RTP/SAVP ") { Ok(sealed()) } else { Err(488) };
    let mut town = phone(&Plan::over(Transport::Udp), insists);
    town.call(ALICE, "bob");
    assert_eq!(town.told(ALICE)[1..], ["rings", "talks PCMU/8000 encrypted"]);
    let threads = &town.roads.studio.threads;
    assert_eq!(threads.values().map(|thread| thread.ports.len()).collect::<Vec<_>>(), [1], "the port is kept");
    town.hang_up(ALICE);
    town.end();
}

#[test]
fn a_phone_that_wants_nothing_that_we_have_is_asked_twice_at_most() {
    let mut town = phone(&Plan::over(Transport::Udp), |_| Err(488));
    town.call(ALICE, "bob");
    town.seconds(60.0);
    assert_eq!(town.told(ALICE)[1..], ["rings", "ended failed: 488 Not Acceptable Here"]);
    assert_eq!(town.lines(SERVER, BOB).iter().filter(|line| *line == "INVITE").count(), 2);
    town.end();
}

#[test]
fn clear_sound_is_taken_where_it_is_allowed_and_refused_where_not() {
    let mut town = phone(&Plan::over(Transport::Udp), |_| Ok(CLEAR.into()));
    town.call(ALICE, "bob");
    assert_eq!(town.told(ALICE)[1..], ["rings", "talks PCMU/8000 clear"]);
    town.end();
    let mut town = phone(&Plan::over(Transport::Tls), |_| Ok(CLEAR.into()));
    town.call(ALICE, "bob");
    town.seconds(10.0);
    let told = town.told(ALICE);
    assert!(told[2].starts_with("ended failed: "), "{told:?}");
    assert!(town.lines(ALICE, SERVER).ends_with(&["ACK".into(), "BYE".into()]), "the answer is acknowledged and hung up");
    assert!(town.roads.studio.threads.values().all(|thread| thread.plans == 0), "nothing sounded");
    town.end();
}

#[test]
fn a_clear_offer_never_rings_where_it_is_not_allowed() {
    for transport in [Transport::Tls, Transport::Udp] {
        let mut town = phone(&Plan::over(transport), |_| Err(603));
        let target = "sip:alice@example.test".parse().unwrap();
        let offer = Some(CLEAR.as_bytes().to_vec());
        town.phone(BOB, user_agent::Input::Invite { session: SessionId(2), target, offer });
        town.seconds(2.0);
        let told = town.told(ALICE);
        if transport == Transport::Udp {
            assert_eq!(told, ["called by sip:bob@example.test"]);
            assert!(town.lines(ALICE, SERVER).contains(&"180 INVITE".to_owned()));
        } else {
            assert!(told[1].starts_with("ended failed: ") && told[1].contains("clear"), "{told:?}");
            assert!(!town.lines(ALICE, SERVER).contains(&"180 INVITE".to_owned()), "it never rang");
            assert!(town.lines(ALICE, SERVER).contains(&"488 INVITE".to_owned()));
        }
        town.end();
    }
}

#[test]
fn who_calls_without_an_offer_gets_ours() {
    for (answer, word) in [(sealed(), "encrypted"), (CLEAR.to_owned(), "clear")] {
        let mut town = phone(&Plan::over(Transport::Udp), |_| Err(603));
        town.script(
            BOB,
            Box::new(move |told| match told {
                user_agent::Output::Answered { session, body: Some(offer) } => {
                    let savp = String::from_utf8_lossy(offer).contains("RTP/SAVP");
                    let body = if savp { answer.clone() } else { answer.replace("RTP/SAVP", "RTP/AVP") };
                    vec![(Duration::ZERO, user_agent::Input::Answer { session: *session, body: body.into_bytes() })]
                }
                _ => Vec::new(),
            }),
        );
        let target = "sip:alice@example.test".parse().unwrap();
        town.phone(BOB, user_agent::Input::Invite { session: SessionId(2), target, offer: None });
        town.seconds(2.0);
        town.answer(ALICE);
        assert_eq!(town.told(ALICE)[1..], [format!("talks PCMU/8000 {word}")]);
        town.phone(BOB, user_agent::Input::End { session: SessionId(2) });
        town.seconds(2.0);
        assert_eq!(town.told(ALICE)[2..], ["ended remote"]);
        town.end();
    }
}

#[test]
fn either_side_holds_and_takes_back() {
    for transport in [Transport::Udp, Transport::Tls] {
        for (who, other) in [(ALICE, BOB), (BOB, ALICE)] {
            let mut town = Town::signed_in(transport, &["alice", "bob"]);
            town.talk(ALICE, BOB, "bob");
            let skip = [town.told(who).len(), town.told(other).len()];
            town.with_call(who, |call| Command::Hold { call });
            town.seconds(2.0);
            assert_joined(&town);
            assert_eq!(direction(&town, who), Direction::SendOnly);
            town.with_call(who, |call| Command::Resume { call });
            town.seconds(2.0);
            assert_joined(&town);
            assert_eq!(direction(&town, other), Direction::SendRecv);
            assert_eq!(town.told(who)[skip[0]..], ["we hold", "nobody holds"]);
            assert_eq!(town.told(other)[skip[1]..], ["they hold", "nobody holds"]);
            town.hang_up(other);
            town.end();
        }
    }
}

#[test]
fn a_call_stays_muted_from_before_it_is_answered_over_every_other_offer() {
    for (caller, callee, name) in [(ALICE, BOB, "bob"), (BOB, ALICE, "alice")] {
        let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
        let mute = |muted| move |call| Command::Mute { call, muted };
        town.call(caller, name);
        town.with_call(ALICE, mute(true));
        town.with_call(ALICE, mute(true));
        town.answer(callee);
        let (alice, bob) = (town.at(ALICE), town.at(BOB));
        let stands =
            |town: &Town| [alice, bob].map(|at| (town.roads.studio.threads[&at].muted, town.roads.studio.threads[&at].held));
        assert_eq!(stands(&town), [(true, false), (false, false)]);
        for (who, held) in [(ALICE, (true, true)), (BOB, (true, false))] {
            town.with_call(who, |call| Command::Hold { call });
            town.seconds(2.0);
            assert_eq!(stands(&town)[0], held);
            town.with_call(who, |call| Command::Resume { call });
            town.seconds(2.0);
            assert_eq!(stands(&town), [(true, false), (false, false)]);
        }
        town.with_call(ALICE, mute(false));
        town.seconds(1.0);
        assert_eq!(stands(&town), [(false, false), (false, false)]);
        let told: Vec<String> = town.told(ALICE).into_iter().filter(|told| told.starts_with("muted")).collect();
        assert_eq!(told, ["muted: true", "muted: false"]);
        town.hang_up(BOB);
        town.end();
    }
}

/// What Alice wants of the hold and what is agreed.
fn hold(town: &Town) -> (bool, bool) {
    let call = &town.roads.people[&ALICE].state.calls[&town.last_call(ALICE)];
    (call.hold_wanted, held(town, ALICE).0)
}

/// Whom Alice holds always answers with this status.
fn refuses_offers(status: u16) -> Town {
    let mut town = phone(&Plan { allow_cleartext: true, ..Plan::over(Transport::Udp) }, |_| Ok(CLEAR.to_owned()));
    town.script(
        BOB,
        Box::new(move |told| match told {
            user_agent::Output::Incoming { session, .. } => {
                vec![(Duration::ZERO, user_agent::Input::Accept { session: *session, body: CLEAR.into() })]
            }
            user_agent::Output::Offered { session, .. } => {
                vec![(Duration::from_secs(1), user_agent::Input::RefuseOffer { session: *session, status })]
            }
            _ => Vec::new(),
        }),
    );
    town.call(ALICE, "bob");
    town
}

#[test]
fn a_hold_that_is_refused_is_on_its_way_until_then_and_the_call_goes_on_unheld() {
    for (status, seconds) in [(488, 1.5), (491, 60.0)] {
        let mut town = refuses_offers(status);
        assert_eq!(hold(&town), (false, false));
        town.with_call(ALICE, |call| Command::Hold { call });
        town.seconds(0.5);
        assert_eq!(hold(&town), (true, false), "it is on its way");
        town.seconds(seconds);
        assert_eq!(hold(&town), (false, false), "{status}");
        let notices = &town.roads.people[&ALICE].state.notices;
        let said = notices.last().map(|notice| notice.problem.to_string()).unwrap_or_default();
        assert!(said.contains("could not be put on hold") && said.contains("goes on, not held"), "{status}: {said}");
        assert!(said.contains(&status.to_string()) && notices.len() == 1, "{status}: {said}");
        town.hang_up(ALICE);
        town.end();
    }
}

#[test]
fn both_hold_at_once_and_each_takes_back() {
    for transport in [Transport::Udp, Transport::Tls] {
        for seed in 0..10 {
            let mut town = Plan { seed, ..Plan::over(transport) }.town(&["alice", "bob"]);
            town.sign_in_all();
            town.talk(ALICE, BOB, "bob");
            town.with_call(ALICE, |call| Command::Hold { call });
            town.with_call(BOB, |call| Command::Hold { call });
            town.seconds(12.0);
            assert!(town.lines(ALICE, SERVER).contains(&"491 INVITE".to_owned()), "they have crossed");
            for engine in [ALICE, BOB] {
                assert_eq!(town.told(engine).last().unwrap(), "both hold", "{transport:?} {seed}");
                assert_eq!(direction(&town, engine), Direction::Inactive);
            }
            assert_joined(&town);
            town.with_call(ALICE, |call| Command::Resume { call });
            town.seconds(5.0);
            assert_eq!((direction(&town, ALICE), direction(&town, BOB)), (Direction::RecvOnly, Direction::SendOnly));
            assert_eq!((town.told(ALICE).last().unwrap().as_str(), held(&town, BOB)), ("they hold", (true, false)));
            assert_joined(&town);
            town.with_call(BOB, |call| Command::Resume { call });
            town.seconds(5.0);
            assert_eq!(direction(&town, ALICE), Direction::SendRecv);
            assert_eq!((held(&town, ALICE), held(&town, BOB)), ((false, false), (false, false)));
            assert_joined(&town);
            assert_versions_rise(&town);
            town.hang_up(ALICE);
            town.end();
        }
    }
}

#[test]
fn a_wish_that_comes_too_early_is_not_lost() {
    // Resumed while the hold is on its way; held before the ACK is there; held and resumed often.
    let mut town = Town::signed_in(Transport::Udp, &["alice", "bob"]);
    town.talk(ALICE, BOB, "bob");
    for wishes in [&[true, false][..], &[true, false, true], &[false], &[true, false, true, false, true], &[false, true, false]]
    {
        for hold in wishes {
            town.with_call(ALICE, |call| if *hold { Command::Hold { call } } else { Command::Resume { call } });
            town.seconds(0.003);
        }
        town.seconds(5.0);
        assert_eq!(held(&town, ALICE), (*wishes.last().unwrap(), false), "{wishes:?}");
        assert_eq!(held(&town, BOB), (false, *wishes.last().unwrap()), "{wishes:?}");
        assert_joined(&town);
    }
    town.hang_up(BOB);
    town.call(BOB, "alice");
    town.with_call(ALICE, |call| Command::Answer { call });
    town.with_call(ALICE, |call| Command::Hold { call });
    town.seconds(3.0);
    assert_eq!((held(&town, ALICE), held(&town, BOB)), ((true, false), (false, true)));
    town.end();
}

#[test]
fn a_hold_that_is_refused_is_told_to_be_none() {
    let mut town = phone(&Plan::over(Transport::Udp), |_| Ok(CLEAR.into()));
    town.call(ALICE, "bob");
    town.with_call(ALICE, |call| Command::Hold { call });
    town.seconds(2.0);
    assert_eq!(town.told(ALICE)[3..], ["nobody holds"]);
    assert_eq!(held(&town, ALICE), (false, false));
    // And can be tried again.
    town.with_call(ALICE, |call| Command::Hold { call });
    town.seconds(2.0);
    assert_eq!(town.told(ALICE)[4..], ["nobody holds"]);
    assert_eq!(town.lines(SERVER, ALICE).iter().filter(|line| *line == "488 INVITE").count(), 2);
    town.end();
}

#[test]
fn a_late_offer_that_comes_to_nothing_changes_nothing() {
    // The far side asks for an offer by re-INVITE, and its ACK holds no answer.
    let mut town = phone(&Plan::over(Transport::Udp), |_| Ok(CLEAR.into()));
    town.call(ALICE, "bob");
    let (invite, ack) = within(&town);
    town.say(ALICE, &invite);
    town.seconds(0.1);
    town.say(ALICE, &ack);
    town.seconds(1.0);
    assert_eq!(held(&town, ALICE), (false, false), "{:?}", town.told(ALICE));
    assert_eq!(direction(&town, ALICE), Direction::SendRecv);
    town.hang_up(ALICE);
    town.end();
}

#[test]
fn holding_over_a_bad_path_ends_as_it_was_wished() {
    for seed in 0..30 {
        let mut town = Plan { seed, ..Plan::over(Transport::Udp) }.town(&["alice", "bob"]);
        town.sign_in_all();
        town.talk(ALICE, BOB, "bob");
        let delay = Duration::from_millis(30);
        let chance = Chance::seeded(seed);
        town.roads.link = Link { loss: 200, doubled: 100, jitter: delay, chance, ..Link::clean(delay) };
        let mut chance = Chance::seeded(1000 + seed);
        let mut wished = [false; 2];
        for _ in 0..10 {
            let who = usize::from(chance.happens(500));
            wished[who] = chance.happens(500);
            let hold = wished[who];
            town.with_call([ALICE, BOB][who], |call| if hold { Command::Hold { call } } else { Command::Resume { call } });
            town.run(Duration::from_millis(chance.below(1500)));
        }
        town.seconds(60.0);
        let [alice, bob] = wished;
        assert_eq!((held(&town, ALICE), held(&town, BOB)), ((alice, bob), (bob, alice)), "{seed}");
        assert_joined(&town);
        assert_versions_rise(&town);
        town.roads.link = Link::clean(delay);
        town.end();
    }
}

fn assert_joined(town: &Town) {
    town.roads.studio.assert_joined(town.at(ALICE), town.at(BOB));
}

fn direction(town: &Town, engine: usize) -> Direction {
    town.roads.studio.threads[&town.at(engine)].plan.as_ref().unwrap().direction
}

/// By us, and by them.
fn held(town: &Town, engine: usize) -> (bool, bool) {
    match town.phase(engine) {
        CallPhase::Talking { held_by_us, held_by_them, .. } => (held_by_us, held_by_them),
        other => panic!("they do not talk: {other:?}"),
    }
}

/// RFC 3264 §8: the version in `o=` rises when a description differs from the one before, and stays when not. By one,
/// says the RFC; an offer that was written and not sent, because another came first, leaves a gap that nobody minds.
fn assert_versions_rise(town: &Town) {
    for engine in [ALICE, BOB] {
        let mut last: Option<(String, u64)> = None;
        for (_, from, _, message) in &town.roads.wire {
            let body = match message {
                Message::Request(Request { body, .. }) | Message::Response(Response { body, .. }) => body,
            };
            let text = String::from_utf8_lossy(body);
            let Some(origin) = text.lines().find_map(|line| line.strip_prefix("o=")).filter(|_| *from == engine) else {
                continue;
            };
            let version: u64 = origin.split(' ').nth(2).unwrap().parse().unwrap();
            if let Some((before, old)) = &last {
                assert!(version >= *old && (version > *old) == (*before != text), "from\n{before}\nto\n{text}");
            }
            last = Some((text.into_owned(), version));
        }
    }
}

/// A re-INVITE without an offer from Bob's side of the call, and the ACK to its 2xx.
fn within(town: &Town) -> (Request, Request) {
    let mut answers = town.roads.wire.iter().filter_map(|(_, from, to, message)| match message {
        Message::Response(response) if (*from, *to) == (SERVER, ALICE) && response.status == 200 => Some(response),
        _ => None,
    });
    let answer = answers.rfind(|answer| !answer.body.is_empty()).unwrap();
    let invite = town.last_request(ALICE, "INVITE");
    let mut request = Request::new(Method::Invite, invite.headers.contacts().unwrap().first().unwrap().uri.clone());
    let headers = &mut request.headers;
    headers.push("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKlate;rport");
    headers.push("Max-Forwards", 70);
    headers.push("From", answer.headers.to().unwrap());
    headers.push("To", answer.headers.from().unwrap());
    headers.push("Call-ID", answer.headers.call_id().unwrap());
    headers.push("CSeq", "9000 INVITE");
    headers.push("Contact", NameAddr::new(answer.headers.contacts().unwrap().first().unwrap().uri.clone()));
    let mut ack = request.clone();
    ack.method = Method::Ack;
    ack.headers.set("CSeq", "9000 ACK");
    ack.headers.set("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKacks;rport");
    (request, ack)
}
