//! After the decision: warm starts and what was not answered are checked, differences told, caches brought up to date, and
//! dropped where they do not hold any more.

use crate::play::*;
use offhook::engine::event::{AccountName, Outcome, Source};
use offhook::engine::signin::{
    Answer, CacheChange, DiscoveryIn, Excluded, Found, Launch, Organisation, Purpose, Question, SrvAnswer, VoiceDomain,
};
use std::time::Duration;

fn warm(source: Source, target: &str) -> Launch {
    let mut launch = launch();
    let answer = SrvAnswer { source, records: vec![srv(target, 8443)] };
    launch.cache.srv.insert(launch.srv_key(), answer);
    launch
}

fn organisation_cached() -> Launch {
    let mut launch = launch();
    launch.cache.webex.insert(DOMAIN.into(), Organisation { sso: true });
    launch
}

/// A world in which these names have records, and everything else has none.
fn world(webex: bool, named: &'static [(&'static str, &'static str)]) -> impl FnMut(&Question) -> Option<(Duration, Answer)> {
    move |question| {
        let name = name(question);
        let target = named.iter().find(|(known, _)| *known == name).map(|(_, target)| srv(target, 8443));
        let answer = match name.as_str() {
            "cas" if webex => organisation(),
            "cas" => no_organisation(),
            _ => records(target.into_iter().collect()),
        };
        Some((ms(5), answer))
    }
}

const UDS: (&str, &str) = ("_cisco-uds._tcp", "cucm1.lab.example");
const OTHER_UDS: (&str, &str) = ("_cisco-uds._tcp", "cucm9.lab.example");
const CUPLOGIN: (&str, &str) = ("_cuplogin._tcp", "imp.lab.example");
const EDGE: (&str, &str) = ("_collab-edge._tls", "edge.lab.example");
const LONG: Duration = Duration::from_secs(3_600);

#[test]
fn a_warm_start_decides_before_anything_is_asked_and_asks_beside() {
    for launch in [warm(Source::CiscoUds, "cucm1.lab.example"), organisation_cached()] {
        let webex = !launch.cache.webex.is_empty();
        let mut world = world(webex, &[UDS]);
        let mut play = Play::start(launch, Purpose::SignIn, &mut world);
        assert_eq!((play.decided.len(), play.asked.len()), (1, 0));
        play.until(LONG, &mut world);
        // All within five minutes, and once.
        assert!(play.asked.iter().all(|(when, _)| *when == at(1_000)), "{:?}", play.asked);
        assert_eq!(play.names().len(), 9);
        assert_eq!((play.changed.len(), play.decided.len()), (0, 1), "nothing is different");
        assert!(play.step("cas").asked);
    }
}

#[test]
fn a_report_from_a_warm_cache_waits_for_the_cas_and_asks_no_records() {
    for (webex, source) in [(true, "cas"), (false, "srv-cache")] {
        let mut world = world(webex, &[OTHER_UDS]);
        let mut play = Play::start(warm(Source::CiscoUds, "cucm1.lab.example"), Purpose::Report, &mut world);
        assert!(play.decided.is_empty());
        assert_eq!(play.provisional.len(), 1, "what needs no credential begins from the cached answer");
        play.until(LONG, &mut world);
        assert_eq!((play.names(), play.decision().source.unwrap().name()), (vec!["cas".to_owned()], source));
        assert!(play.changed.is_empty() && play.discovery.steps().len() == 9);
    }
    let mut world = world(false, &[UDS]);
    let mut play = Play::start(organisation_cached(), Purpose::Report, &mut world);
    play.until(LONG, &mut world);
    assert_eq!((play.names().len(), play.decision().source.unwrap().name()), (0, "webex-cache"));
}

#[test]
fn what_is_different_after_a_warm_start_is_told_once_and_kept() {
    let keep = |source, target: &str| CacheChange::KeepSrv {
        key: launch().srv_key(),
        answer: SrvAnswer { source, records: vec![srv(target, 8443)] },
    };
    let forget = || CacheChange::ForgetSrv { key: launch().srv_key() };
    let webex = || CacheChange::KeepWebex { domain: DOMAIN.into(), organisation: Organisation { sso: true } };
    let uds = || warm(Source::CiscoUds, "cucm1.lab.example");
    /// What is cached, whether the CAS says organisation, the records, what decides now, and what is kept.
    type Row = (Launch, bool, &'static [(&'static str, &'static str)], &'static str, Vec<CacheChange>);
    let rows: [Row; 6] = [
        // The CAS says organisation now.
        (uds(), true, &[UDS], "cas", vec![webex()]),
        // Other servers, another record, none.
        (uds(), false, &[OTHER_UDS], "_cisco-uds", vec![keep(Source::CiscoUds, "cucm9.lab.example")]),
        (uds(), false, &[CUPLOGIN], "_cuplogin", vec![keep(Source::CupLogin, "imp.lab.example")]),
        (uds(), false, &[], "", vec![forget()]),
        // Outside before, and now inside.
        (
            warm(Source::CollabEdge, "edge.lab.example"),
            false,
            &[UDS, EDGE],
            "_cisco-uds",
            vec![keep(Source::CiscoUds, "cucm1.lab.example")],
        ),
        // No organisation any more.
        (
            organisation_cached(),
            false,
            &[UDS],
            "_cisco-uds",
            vec![CacheChange::ForgetWebex { domain: DOMAIN.into() }, keep(Source::CiscoUds, "cucm1.lab.example")],
        ),
    ];
    for (launch, webex, named, source, kept) in rows {
        let mut world = world(webex, named);
        let mut play = Play::start(launch, Purpose::SignIn, &mut world);
        play.until(LONG, &mut world);
        assert_eq!(play.changed.len(), 1, "{source}: {:?}", play.changed);
        assert_eq!(play.changed[0].1.source.map_or("", Source::name), source);
        assert!(play.changed[0].0 <= at(300_000));
        assert_eq!(play.kept, kept, "{source}");
    }
}

#[test]
fn what_is_not_answered_after_a_warm_start_changes_nothing_and_is_asked_again_ever_more_seldom() {
    for launch in [warm(Source::CiscoUds, "cucm1.lab.example"), organisation_cached()] {
        let before = launch.cache.clone();
        let mut play = Play::start(launch, Purpose::SignIn, &mut |_| None);
        play.until(LONG, &mut |_| None);
        assert!(play.changed.is_empty() && play.kept.is_empty());
        assert_eq!(play.discovery.launch().cache, before);
        let mut times: Vec<u64> = play.asked.iter().map(|(when, _)| when.since_start().as_secs()).collect();
        times.dedup();
        let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses[..5], [35, 65, 125, 245, 305], "{times:?}");
        assert!(pauses[5..].iter().all(|pause| *pause == 305));
    }
    // A failure of what it stands on is no answer either, though the rest has answered.
    let mut world = |question: &Question| {
        Some((
            ms(5),
            match name(question).as_str() {
                "cas" => no_organisation(),
                "_cisco-uds._tcp" => refused(),
                "_cuplogin._tcp" => records(vec![srv("imp.lab.example", 8443)]),
                _ => records(Vec::new()),
            },
        ))
    };
    let mut play = Play::start(warm(Source::CiscoUds, "cucm1.lab.example"), Purpose::SignIn, &mut world);
    play.until(LONG, &mut world);
    assert!(play.changed.is_empty() && play.kept.is_empty(), "{:?}", play.changed);
}

#[test]
fn what_was_not_answered_counts_as_absent_for_this_start_only() {
    let mut world = |question: &Question| match name(question).as_str() {
        "cas" => Some((ms(5), no_organisation())),
        "_cisco-uds._tcp" => None,
        "_cuplogin._tcp" => Some((ms(5), records(vec![srv("imp.lab.example", 8443)]))),
        _ => Some((ms(5), records(Vec::new()))),
    };
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.decide(&mut world);
    assert_eq!((play.decided[0].0, play.decision().source.unwrap().name()), (at(5_000), "_cuplogin"));
    assert_eq!(play.step("_cisco-uds").outcome, Outcome::Timeout);
    assert!(play.kept.is_empty(), "an answer that stands in doubt is not kept: {:?}", play.kept);
    // Asked again soon after; then it is there, and that is a change.
    let mut world = self::world(false, &[UDS, CUPLOGIN]);
    play.until(LONG, &mut world);
    assert_eq!((play.changed.len(), play.changed[0].0), (1, at(35_005)));
    assert_eq!(play.changed[0].1.source, Some(Source::CiscoUds));
    assert_eq!(play.step("_cisco-uds").outcome, Outcome::Found);
    assert!(matches!(&play.kept[..], [CacheChange::KeepSrv { answer, .. }] if answer.source == Source::CiscoUds));
}

#[test]
fn a_cold_start_that_heard_everything_is_not_checked() {
    let mut world = world(false, &[UDS]);
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.until(LONG, &mut world);
    assert!(play.asked.iter().all(|(when, _)| *when == at(0)) && play.changed.is_empty());
}

#[test]
fn an_excluded_service_drops_its_cached_answer_too() {
    let excluded = |webex, cucm, cup| Excluded { webex, cucm, cup };
    for (excluded, cached, drops) in [
        (excluded(false, true, false), Source::CiscoUds, true),
        (excluded(true, false, true), Source::CiscoUds, false),
        (excluded(false, false, true), Source::CupLogin, true),
        (excluded(true, true, false), Source::CupLogin, false),
        (excluded(true, true, false), Source::CollabEdge, false),
        (excluded(true, true, true), Source::CollabEdge, true),
    ] {
        let mut launch = warm(cached, "a.lab.example");
        launch.cache.webex.insert(DOMAIN.into(), Organisation { sso: true });
        launch.excluded = excluded;
        let play = Play::start(launch, Purpose::SignIn, &mut |_| None);
        let forgets_srv = play.kept.contains(&CacheChange::ForgetSrv { key: crate::play::launch().srv_key() });
        let forgets_webex = play.kept.contains(&CacheChange::ForgetWebex { domain: DOMAIN.into() });
        assert_eq!((forgets_srv, forgets_webex), (drops, excluded.webex), "{excluded:?} {cached:?}");
        assert_eq!(play.step("srv-cache").outcome == Outcome::Skipped, drops || !excluded.webex);
    }
}

#[test]
fn the_cached_answer_of_another_domain_voice_domain_or_name_server_is_not_used() {
    let launch = warm(Source::CiscoUds, "cucm1.lab.example");
    for change in [
        |launch: &mut Launch| launch.domain = "other.example".into(),
        |launch: &mut Launch| launch.voice_domain = Some("voice.example".into()),
        |launch: &mut Launch| launch.dns = Some("127.0.0.9:53".parse().unwrap()),
        |launch: &mut Launch| {
            let voice = VoiceDomain { address: launch.address(), domain: "voice.example".into() };
            launch.cache.voice.insert(AccountName("work".into()), voice);
        },
    ] {
        let mut other = launch.clone();
        change(&mut other);
        assert_eq!(Play::start(other, Purpose::SignIn, &mut |_| None).step("srv-cache").outcome, Outcome::Absent);
    }
    let same = Launch { voice_domain: Some(DOMAIN.into()), ..launch };
    assert_eq!(Play::start(same, Purpose::SignIn, &mut |_| None).step("srv-cache").outcome, Outcome::Found);
}

#[test]
fn another_network_drops_the_cached_records_and_asks_again() {
    // Inside at first, then outside.
    let mut inside = world(false, &[UDS, EDGE]);
    let mut play = Play::start(launch(), Purpose::SignIn, &mut inside);
    play.until(ms(60_000), &mut inside);
    assert_eq!(play.decision().source, Some(Source::CiscoUds));
    let mut outside = world(false, &[EDGE]);
    play.kept.clear();
    play.hear(DiscoveryIn::NetworkChanged, &mut outside);
    assert_eq!(play.kept, [CacheChange::ForgetSrv { key: launch().srv_key() }]);
    play.until(LONG, &mut outside);
    assert_eq!((play.changed.len(), play.changed[0].1.source), (1, Some(Source::CollabEdge)));
    assert_eq!(play.changed[0].0, at(60_005));
    // Manual settings ask nothing there either; a decision that has not fallen yet begins anew.
    let manual = Launch { manual: Some(offhook::engine::signin::Manual::Standard), ..launch() };
    let mut play = Play::start(manual, Purpose::SignIn, &mut outside);
    play.hear(DiscoveryIn::NetworkChanged, &mut outside);
    play.until(LONG, &mut outside);
    assert!(play.asked.is_empty());
    let mut play = Play::start(launch(), Purpose::SignIn, &mut |_| None);
    play.until(ms(4_000), &mut |_| None);
    play.hear(DiscoveryIn::NetworkChanged, &mut inside);
    play.until(ms(4_005), &mut inside);
    assert_eq!((play.decided[0].0, play.decision().source), (at(4_005), Some(Source::CiscoUds)));
    assert_eq!(play.names().len(), 18);
}

#[test]
fn servers_that_cannot_be_reached_drop_the_cached_answer_and_a_new_one_decides() {
    let mut world_now = world(false, &[CUPLOGIN]);
    let mut play = Play::start(warm(Source::CiscoUds, "gone.lab.example"), Purpose::SignIn, &mut world_now);
    assert_eq!(play.decision().source, Some(Source::SrvCache));
    play.hear(DiscoveryIn::Unreachable, &mut world_now);
    assert_eq!(play.kept, [CacheChange::ForgetSrv { key: launch().srv_key() }]);
    play.until(LONG, &mut world_now);
    assert_eq!((play.decided.len(), play.decision().source, play.changed.len()), (2, Some(Source::CupLogin), 0));
    // A fresh answer is forgotten for the next start, and stands for this one.
    let asked = play.asked.len();
    play.hear(DiscoveryIn::Unreachable, &mut world_now);
    play.until(LONG * 2, &mut world_now);
    assert_eq!((play.decided.len(), play.asked.len()), (2, asked));
    assert_eq!(play.kept.last(), Some(&CacheChange::ForgetSrv { key: launch().srv_key() }));
}

#[test]
fn nothing_comes_after_it_is_cancelled() {
    let mut world = world(true, &[UDS]);
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.hear(DiscoveryIn::Cancel, &mut world);
    play.until(LONG, &mut world);
    assert!(play.decided.is_empty() && play.changed.is_empty());
    assert!(offhook::machine::Machine::wake(&play.discovery).is_none());
}

#[test]
fn the_decision_stands_before_what_is_kept_and_asked_after_it() {
    let mut world = world(false, &[UDS]);
    let mut play = Play::start(launch(), Purpose::SignIn, &mut world);
    play.until(LONG, &mut world);
    let place = |what: &str| play.order.iter().position(|output| *output == what).unwrap();
    assert!(place("ask") < place("decided") && place("decided") < place("keep"));
    assert!(matches!(play.decided[0].2, Found::Uds(_)));
}
