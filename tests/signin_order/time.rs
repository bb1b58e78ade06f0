//! When the decision falls: as soon as nothing that is awaited can change it, and never later than the larger deadline.

use crate::play::*;
use offhook::engine::event::Outcome;
use offhook::engine::signin::{Answer, Purpose, Question};
use offhook::machine::Chance;
use offhook::protocol::http::Proxy;
use std::collections::BTreeMap;
use std::time::Duration;

const NAMES: [&str; 9] = [
    "cas",
    "_cisco-uds._tcp",
    "_cuplogin._tcp",
    "_collab-edge._tls",
    "_xmpps-client._tcp",
    "_xmpp-client._tcp",
    "_sips._tcp",
    "_sip._tcp",
    "_sip._udp",
];

fn deadline(name: &str) -> u64 {
    if name == "cas" { 3_000 } else { 5_000 }
}

#[test]
fn all_questions_go_out_at_once_with_their_deadlines_and_to_the_right_domains() {
    let mut launch = launch();
    launch.voice_domain = Some("voice.example".into());
    launch.dns = Some("127.0.0.9:53".parse().unwrap());
    let mut play = Play::start(launch, Purpose::SignIn, &mut |_| None);
    assert_eq!(play.names(), NAMES);
    let Question::Http(request) = &play.asked[0].1 else { panic!() };
    assert_eq!(request.url.as_str(), "https://loginp.webexconnect.com/cas/FederatedSSO?org=lab.example");
    assert_eq!((request.proxy, request.deadline, &request.credentials), (Proxy::System, ms(3_000), &None));
    for (_, question) in &play.asked[1..] {
        let Question::Dns { server, question: offhook::protocol::dns::Question::Srv(owner) } = question else { panic!() };
        assert_eq!(*server, Some("127.0.0.9:53".parse().unwrap()));
        let domain = if owner.contains("_sip") || owner.contains("_xmpp") { ".lab.example" } else { ".voice.example" };
        assert!(owner.ends_with(domain), "{owner}");
    }
    // Nobody answers: each at its own deadline, all together by the larger, not by the sum.
    play.until(ms(2_999), &mut |_| None);
    assert_eq!(play.step("cas").outcome, Outcome::UnderWay);
    play.until(ms(3_000), &mut |_| None);
    assert_eq!((play.step("cas").outcome, play.step("cas").took), (Outcome::Timeout, ms(3_000)));
    play.until(ms(4_999), &mut |_| None);
    assert!(play.decided.is_empty());
    play.until(ms(5_000), &mut |_| None);
    assert_eq!((play.decided[0].0, play.decision().authenticator.name()), (at(5_000), "ask"));
    for name in ["_cisco-uds", "_cuplogin", "_collab-edge", "_xmpp-client"] {
        let step = play.step(name);
        assert_eq!((step.outcome, step.took), (Outcome::Timeout, ms(5_000)), "{name}");
        assert!(step.answer.as_deref().unwrap().contains("counts as absent for this start"), "{step:?}");
    }
}

#[test]
fn an_organisation_needs_no_record_and_cisco_uds_needs_only_the_cas() {
    let mut world = |question: &Question| (name(question) == "cas").then(|| (ms(200), organisation()));
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.decide(&mut world);
    assert_eq!((play.decided[0].0, play.decision().authenticator.name()), (at(200), "webex-messenger"));

    let mut world = |question: &Question| match name(question).as_str() {
        "cas" => Some((ms(700), no_organisation())),
        "_cisco-uds._tcp" => Some((ms(30), records(vec![srv("cucm1.lab.example", 8443)]))),
        _ => None,
    };
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.until(ms(699), &mut world);
    // What needs no credential may begin, and nothing is decided.
    assert_eq!((play.provisional.len(), play.provisional[0].0, play.decided.len()), (1, at(30), 0));
    assert_eq!(play.provisional[0].1[0].server.to_string(), "cucm1.lab.example:8443");
    play.decide(&mut world);
    assert_eq!((play.decided[0].0, play.decision().source.unwrap().name()), (at(700), "_cisco-uds"));
    for name in ["_cuplogin", "_collab-edge", "_xmpp-client"] {
        let step = play.step(name);
        let said = step.answer.as_deref();
        assert_eq!(
            (step.asked, step.outcome, said),
            (true, Outcome::Skipped, Some("not needed: _cisco-uds has told the servers"))
        );
    }
    assert_eq!(play.step("_cisco-uds").took, ms(30));
    assert_eq!(play.step("cas").took, ms(700));
}

#[test]
fn while_the_cas_is_silent_the_records_wait_for_it_and_no_longer() {
    let mut world =
        |question: &Question| (name(question) != "cas").then(|| (ms(10), records(vec![srv("a.lab.example", 8443)])));
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.decide(&mut world);
    assert_eq!((play.decided[0].0, play.decision().source.unwrap().name()), (at(3_000), "_cisco-uds"));
}

/// Any answers at any times: the decision falls at the moment that the order needs, computed here from delays alone.
#[test]
fn whatever_comes_whenever_the_decision_falls_at_the_moment_that_the_order_needs() {
    let mut chance = Chance::seeded(20_261_122);
    let (mut runs, mut early, mut latest) = (0, 0, Duration::ZERO);
    for _ in 0..20_000 {
        let mut plan = BTreeMap::new();
        for name in NAMES {
            plan.insert(name, (chance.below(7_000), chance.below(3)));
        }
        let answer = |name: &str, kind: u64| -> Answer {
            match (name, kind) {
                ("cas", 0) => organisation(),
                ("cas", 1) => no_organisation(),
                ("cas", _) => cas("<html>"),
                (_, 0) => records(vec![srv("a.lab.example", 8443)]),
                (_, 1) => records(Vec::new()),
                _ => refused(),
            }
        };
        let mut world = |question: &Question| {
            let name = name(question);
            let (delay, kind) = plan[name.as_str()];
            Some((ms(delay), answer(&name, kind)))
        };
        let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
        play.decide(&mut world);
        // An answer at the deadline or behind it is none.
        let ends = |name: &str| plan[name].0.min(deadline(name));
        let found = |name: &str| plan[name].1 == 0 && plan[name].0 < deadline(name);
        let (mut when, mut source) = (0, None);
        for group in [&NAMES[..1], &NAMES[1..2], &NAMES[2..3], &NAMES[3..4], &NAMES[4..]] {
            when = when.max(group.iter().map(|name| ends(name)).max().unwrap());
            if group.iter().any(|name| found(name)) {
                source = Some(group[0].split('.').next().unwrap().replace("_xmpps-client", "_xmpp-client"));
                break;
            }
        }
        let decided = play.decision().source.map(|source| source.name().to_owned());
        assert_eq!((play.decided[0].0, decided), (at(when), source), "{plan:?}");
        assert!(play.decided[0].0 <= at(5_000));
        runs += 1;
        early += u64::from(when < 5_000);
        latest = latest.max(ms(when));
    }
    println!("{runs} random worlds: {early} decided before the larger deadline, the latest after {latest:?}");
    assert!(early > runs / 4 && latest == ms(5_000), "the worlds do not try what they should");
}

#[test]
fn a_driver_that_comes_late_does_not_make_a_late_answer_good() {
    let mut world = |question: &Question| (name(question) == "cas").then(|| (ms(100), organisation()));
    let mut play = Play::start(launch(), Purpose::SignIn, &mut |_| None);
    let asked = play.asked.clone();
    play.now = at(3_500);
    let id = offhook::engine::ask::AskId(7 << 32);
    let (_, answer) = world(&asked[0].1).unwrap();
    play.hear(offhook::engine::signin::DiscoveryIn::Answered(id, answer), &mut world);
    assert_eq!(play.step("cas").outcome, Outcome::Timeout);
    assert!(play.decided.is_empty());
}
