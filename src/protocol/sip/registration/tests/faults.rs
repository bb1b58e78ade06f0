//! Refusals, silence, lost flows, and servers that send us away.

use super::super::{BackOff, Input};
use super::town::*;
use crate::protocol::sip::flow::{FlowId, Transport};

const DAY: u64 = 86_400;

#[test]
fn a_refused_password_is_final_until_the_user_acts() {
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |now, request| {
            let right = request.headers.get("Authorization").is_some() && now > DAY * 1000;
            Some(if right { granted(request, 600) } else { challenge(request, &format!("n{now}")) })
        }),
    );
    town.passwords = ["wrong"].into();
    register(&mut world, &mut town, DAY);
    assert_eq!(town.registers.len(), 2, "one without and one with the password, and never again");
    assert!(town.now_told().starts_with("failed: the server refuses the user name or password"), "{:?}", town.told);
    wish(&mut world, &mut town, DAY + 1, Input::Password(crate::machine::Secret::new("right".into())));
    world.run(at(DAY + 2), &mut town);
    assert_eq!(town.now_told(), "registered 600");
}

#[test]
fn asking_again_after_a_refusal_asks_for_the_password_again() {
    let (mut world, mut town) =
        (phone(1), Town::new(Transport::Udp, |now, request| Some(challenge(request, &format!("n{now}")))));
    town.passwords = ["wrong"].into();
    register(&mut world, &mut town, 10);
    wish(&mut world, &mut town, 20, Input::Register);
    world.run(at(DAY), &mut town);
    assert_eq!(town.words().iter().filter(|words| **words == "password wanted").count(), 2);
    assert_eq!(town.now_told(), "failed: the server wants a password, and there is none");
    assert_eq!(town.registers.len(), 3);
}

#[test]
fn what_no_retry_can_mend_is_final() {
    for status in [400, 403, 404, 410, 420, 301, 302, 600, 603, 606] {
        let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, move |_, request| Some(answer(request, status))));
        register(&mut world, &mut town, DAY);
        assert_eq!(town.registers.len(), 1, "{status}");
        assert!(town.now_told().starts_with(&format!("failed: the server answered {status} ")), "{:?}", town.told);
    }
}

#[test]
fn what_may_pass_is_tried_again_after_longer_and_longer_waits() {
    for status in [408, 480, 500, 502, 504] {
        let (mut world, mut town) =
            (phone(status.into()), Town::new(Transport::Udp, move |_, request| Some(answer(request, status))));
        register(&mut world, &mut town, 3000);
        let waits = waits(&town);
        for (failures, wait) in (1_u32..).zip(&waits) {
            let bound = 30_000 * 2_u64.pow(failures.min(6)).min(60);
            assert!((bound / 2..=bound).contains(wait), "{status}: failure {failures} waited {wait}");
        }
        assert!((4..=9).contains(&waits.len()), "{waits:?}");
        let asked = town.asked();
        for (pair, wait) in asked.windows(2).zip(&waits) {
            assert_eq!(pair[1] - pair[0], wait + 10);
        }
    }
}

#[test]
fn retry_after_is_kept_up_to_an_hour() {
    for (retry_after, least) in [("300 (maintenance);duration=60", 300), ("100000000", 3600), ("1", 30)] {
        let (mut world, mut town) = (
            phone(1),
            Town::new(Transport::Udp, move |_, request| {
                let mut response = answer(request, 503);
                response.headers.push("Retry-After", retry_after);
                Some(response)
            }),
        );
        register(&mut world, &mut town, 1);
        let wait = waits(&town)[0];
        assert!((least * 1000..=(least * 1000).max(60_000)).contains(&wait), "{retry_after}: {wait}");
        world.run(at(10_000), &mut town);
        assert_eq!(town.asked()[1], wait + 10);
    }
}

#[test]
fn a_silent_registrar_is_retransmitted_to_then_left_then_tried_again() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, |_, _| None));
    register(&mut world, &mut town, 32);
    assert_eq!(town.registers.len(), 11, "timer E");
    assert_eq!(town.asked().len(), 1);
    assert_eq!(town.told[1].0, 32_000);
    assert!(town.told[1].1.ends_with("the server did not answer in time"), "{:?}", town.told);
    assert_eq!(town.told[2], (32_000, "abandon 0".to_owned()));
    let wait = waits(&town)[0];
    assert!((30_000..=60_000).contains(&wait));
    world.run(at(34 + wait / 1000), &mut town);
    assert_eq!(town.asked()[1], 32_000 + wait);
    assert_eq!(town.flows.len(), 2, "on a flow of its own");
}

#[test]
fn another_server_is_asked_at_once_but_not_for_ever() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, |_, request| Some(answer(request, 503))));
    town.opens = (0..40).map(|turn| Some(1 + turn % 2)).collect();
    register(&mut world, &mut town, 29);
    assert_eq!(town.asked().len(), 4, "three fail-overs: {:?}", town.told);
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |_, request| {
            let first = request.headers.get("Contact").unwrap().contains(":40000");
            Some(if first { answer(request, 503) } else { granted(request, 600) })
        }),
    );
    town.opens = [Some(1), Some(2)].into();
    register(&mut world, &mut town, 1);
    assert_eq!(town.now_told(), "registered 600");
    // A new flow to the same server waits.
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, |_, request| Some(answer(request, 503))));
    town.opens = [Some(1), Some(1)].into();
    register(&mut world, &mut town, 29);
    assert_eq!(town.asked().len(), 1);
    world.run(at(61), &mut town);
    assert_eq!(town.asked().len(), 2, "and then it is used: {:?}", town.flows.len());
    assert_eq!(town.flows.len(), 2);
}

#[test]
fn an_interval_too_brief_is_lengthened_once() {
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |_, request| {
            let asked: u32 = request.headers.expires().unwrap().unwrap();
            let mut brief = answer(request, 423);
            brief.headers.push("Min-Expires", 1800);
            Some(if asked >= 1800 { granted(request, asked) } else { brief })
        }),
    );
    register(&mut world, &mut town, 5000);
    assert_eq!(town.words(), ["registering", "registered 1800"]);
    let asked = town.asked();
    assert_eq!(asked[1] - asked[0], 10);
    assert!(asked[2] > 1_000_000, "refreshes ask for 1800 from the start");
    // Nonsense in Min-Expires is a failure like others, not a loop.
    for least in ["600", "5", "4000000000", "soon"] {
        let (mut world, mut town) = (
            phone(1),
            Town::new(Transport::Udp, move |_, request| {
                let mut brief = answer(request, 423);
                brief.headers.push("Min-Expires", least);
                Some(brief)
            }),
        );
        register(&mut world, &mut town, 29);
        assert_eq!(town.registers.len(), 1, "{least}");
    }
}

#[test]
fn a_first_hop_without_outbound_is_asked_without_it() {
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Tcp, |_, request| {
            let outbound = request.headers.get("Contact").unwrap().contains("reg-id");
            Some(if outbound { answer(request, 439) } else { granted(request, 600) })
        }),
    );
    register(&mut world, &mut town, 10);
    assert_eq!(town.now_told(), "registered 600");
    assert_eq!(town.registers.len(), 2);
    assert_eq!(town.last().headers.get("Supported"), Some("path"));
    assert!(town.last().headers.get("Contact").unwrap().contains("+sip.instance"));
}

#[test]
fn a_server_that_always_wants_something_else_is_not_obeyed_for_ever() {
    let mut realm = 0;
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, move |_, request| {
            realm += 1;
            let mut response = answer(request, 401);
            response.headers.push("WWW-Authenticate", format!("Digest realm=\"r{realm}\", nonce=\"n\""));
            Some(response)
        }),
    );
    town.passwords = ["secret"].into();
    register(&mut world, &mut town, 29);
    assert_eq!(town.registers.len(), 10);
    assert!(town.now_told().starts_with("waiting"), "{:?}", town.told);
}

#[test]
fn a_yes_that_does_not_keep_our_binding_is_no_yes() {
    for contact in ["<sip:other@192.0.2.77>;expires=600", "OURS;expires=0"] {
        let (mut world, mut town) = (
            phone(1),
            Town::new(Transport::Udp, move |_, request| {
                let ours = request.headers.get("Contact").unwrap().split('>').next().unwrap().to_owned() + ">";
                let mut response = answer(request, 200);
                response.headers.push("Contact", contact.replace("OURS", &ours));
                Some(response)
            }),
        );
        register(&mut world, &mut town, 1);
        assert!(town.now_told().ends_with("the server did not keep the registration"), "{:?}", town.told);
    }
}

#[test]
fn a_flow_lost_after_a_while_is_replaced_at_once_under_a_new_contact() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, grants(600)));
    register(&mut world, &mut town, 100);
    let old = town.last().headers.get("Contact").unwrap().split('>').next().unwrap().to_owned();
    wish(&mut world, &mut town, 100, Input::FlowDown { flow: FlowId(0) });
    world.run(at(101), &mut town);
    let words: Vec<_> = town.words().into_iter().skip(2).collect();
    assert_eq!(words, ["waiting 0 the link to the server was lost", "registering", "registered 600"]);
    assert_eq!(town.asked()[1], 100_000);
    let contacts: Vec<_> = town.last().headers.all("Contact").collect();
    assert!(contacts[0].contains(":40001") && !contacts[0].starts_with(&old), "{contacts:?}");
    assert_eq!(contacts[1], format!("{old}>;expires=0"), "the old one is removed");
    world.run(at(1000), &mut town);
    assert_eq!(town.last().headers.all("Contact").count(), 1, "once");
}

#[test]
fn a_flow_that_breaks_again_and_again_is_not_chased() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, grants(600)));
    register(&mut world, &mut town, 1);
    let mut now = 1;
    for flow in 0..6 {
        assert_eq!(town.now_told(), "registered 600");
        wish(&mut world, &mut town, now + 1, Input::FlowDown { flow: FlowId(flow) });
        while town.now_told() != "registered 600" {
            now += 1;
            world.run(at(now), &mut town);
        }
    }
    for (failures, wait) in (1_u32..).zip(waits(&town)) {
        let bound = 30_000 * 2_u64.pow(failures).min(60);
        assert!((bound / 2..=bound).contains(&wait), "{:?}", waits(&town));
    }
    assert_eq!(waits(&town).len(), 6);
}

#[test]
fn a_flow_that_cannot_be_opened_is_tried_after_longer_and_longer_waits() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, grants(600)));
    town.opens = [None, None, None, Some(1)].into();
    register(&mut world, &mut town, 1000);
    let waits = waits(&town);
    assert_eq!(waits.len(), 3);
    for (failures, wait) in (1_u32..).zip(&waits) {
        let bound = 30_000 * 2_u64.pow(failures);
        assert!((bound / 2..=bound).contains(wait), "{waits:?}");
    }
    assert_eq!(town.asked()[0], waits.iter().sum::<u64>());
    assert_eq!(town.now_told(), "registered 600");
}

#[test]
fn the_user_can_end_a_wait() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, grants(600)));
    town.opens = [None, Some(1)].into();
    register(&mut world, &mut town, 2);
    wish(&mut world, &mut town, 3, Input::Register);
    world.run(at(4), &mut town);
    assert_eq!(town.asked(), [3000]);
    assert_eq!(town.now_told(), "registered 600");
}

#[test]
fn a_registrar_that_was_away_and_comes_back_is_found_again() {
    let away = 1_000_000..4_000_000;
    let (mut world, mut town) =
        (phone(1), Town::new(Transport::Udp, move |now, request| (!away.contains(&now)).then(|| granted(request, 600))));
    register(&mut world, &mut town, 10_000);
    assert_eq!(town.now_told(), "registered 600");
    let back = town.told.last().unwrap().0;
    let longest = BackOff::default().max.as_millis() as u64;
    assert!((4_000_000..4_000_000 + longest + 32_000).contains(&back), "{back}");
    let wrong = town.told.iter().filter(|(at, words)| *at < 1_000_000 && words.starts_with("waiting")).count();
    assert_eq!(wrong, 0);
}
