//! What records, answers and settings mean: RFC 2782, targets of other domains, `.`, a thousand records, cleartext, manual
//! settings, what the bootstrap file lacks.

use crate::play::*;
use offhook::engine::event::{AccountName, Outcome, ProductMode};
use offhook::engine::signin::{
    Bootstrap, BootstrapAuthenticator, BootstrapFile, CacheChange, Found, Launch, Manual, Organisation, Purpose, Question,
    Server, VoiceDomain,
};
use offhook::protocol::dns::Srv;
use offhook::protocol::http::Failure;
use std::collections::BTreeSet;

/// A world in which only `_cisco-uds` has records.
fn with_uds(launch: Launch, uds: &[Srv], seed: u64) -> Play {
    let mut world = |question: &Question| {
        Some((
            ms(1),
            match name(question).as_str() {
                "cas" => no_organisation(),
                "_cisco-uds._tcp" => records(uds.to_vec()),
                _ => records(Vec::new()),
            },
        ))
    };
    let mut play = Play::new(launch, Purpose::Report, seed);
    play.hear(offhook::engine::signin::DiscoveryIn::Start, &mut world);
    play.decide(&mut world);
    play
}

fn record(priority: u16, weight: u16, target: &str) -> Srv {
    Srv { priority, weight, port: 8443, target: target.into() }
}

#[test]
fn servers_stand_in_the_order_of_rfc_2782() {
    let uds = [record(6, 30, "cucm3.lab.example"), record(2, 90, "cucm2.lab.example"), record(2, 10, "cucm1.lab.example")];
    let mut first = 0;
    for seed in 0..1_000 {
        let play = with_uds(launch(), &uds, seed);
        let servers = &play.decision().servers;
        assert_eq!(servers[2], "cucm3.lab.example:8443");
        first += u32::from(servers[0] == "cucm2.lab.example:8443");
    }
    assert!((850..950).contains(&first), "nine of ten expected, got {first} of 1000");
}

#[test]
fn targets_of_other_domains_are_marked_and_told() {
    let mut launch = launch();
    let uds = [
        record(1, 0, "cucm1.lab.example"),
        record(2, 0, "cucm.voice.example"),
        record(3, 0, "cucm.lab.example.evil.test"),
        record(4, 0, "evillab.example"),
        record(5, 0, "LAB.example."),
    ];
    let marks = |play: &Play| match &play.decided[0].2 {
        Found::Uds(targets) => targets.iter().map(|target| target.ask_first).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let play = with_uds(launch.clone(), &uds, 1);
    assert_eq!(marks(&play), [false, true, true, true, false]);
    let said = play.step("_cisco-uds").answer.clone().unwrap();
    assert!(
        said.contains("outside of lab.example, so not used unasked: cucm.voice.example:8443, cucm.lab.example.evil.test:8443"),
        "{said}"
    );
    // The administrator's file says where to look, not whom to trust: it may have come in clear.
    let voice = VoiceDomain { address: launch.address(), domain: "voice.example".into() };
    launch.cache.voice.insert(AccountName("work".into()), voice);
    assert_eq!(launch.srv_domain(), "voice.example");
    assert_eq!(marks(&with_uds(launch.clone(), &uds, 1)), [false, true, true, true, false]);
    launch.voice_domain = Some("Voice.Example".into());
    assert_eq!(marks(&with_uds(launch, &uds, 1)), [false, false, true, true, false]);
}

#[test]
fn the_target_dot_and_targets_that_are_none_are_no_servers() {
    let dot = with_uds(launch(), &[record(0, 0, "")], 1);
    let step = dot.step("_cisco-uds");
    assert_eq!((step.outcome, dot.decision().authenticator.name()), (Outcome::Absent, "ask"));
    assert!(step.answer.as_deref().unwrap().contains("target “.”"), "{step:?}");
    let odd = [record(0, 0, "a b.lab.example"), record(0, 0, "\u{1b}[2J.lab.example"), record(0, 0, "a/b")];
    assert_eq!(with_uds(launch(), &odd, 1).step("_cisco-uds").outcome, Outcome::Absent);
    let port = Srv { priority: 0, weight: 0, port: 0, target: "cucm1.lab.example".into() };
    assert_eq!(with_uds(launch(), &[port], 1).step("_cisco-uds").outcome, Outcome::Absent);
}

#[test]
fn of_a_thousand_records_the_same_foremost_are_tried() {
    let mut uds: Vec<Srv> = (0..1_000_u16).map(|index| record(index % 7, index, &format!("cucm{index}.lab.example"))).collect();
    uds.extend(uds.clone());
    let first = with_uds(launch(), &uds, 1);
    uds.reverse();
    let second = with_uds(launch(), &uds, 2);
    let set = |play: &Play| play.decision().servers.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!((first.decision().servers.len(), set(&first)), (64, set(&second)));
    assert!(first.decided[0].2.is_same(&second.decided[0].2));
    let [CacheChange::KeepSrv { answer, .. }] = first.kept.as_slice() else { panic!("{:?}", first.kept) };
    assert_eq!(answer.records.len(), 64);
    assert!(first.step("_cisco-uds").answer.as_deref().unwrap().ends_with("and 58 more"));
}

#[test]
fn records_of_open_standards_are_one_source_whose_targets_need_no_question() {
    let mut world = |question: &Question| {
        Some((
            ms(1),
            match name(question).as_str() {
                "cas" => no_organisation(),
                "_xmpp-client._tcp" => records(vec![record(5, 0, "xmpp.hoster.test")]),
                "_xmpps-client._tcp" => records(vec![record(9, 0, "tls.hoster.test")]),
                "_sip._udp" => records(vec![record(1, 0, "sip.hoster.test")]),
                "_sips._tcp" => refused(),
                _ => records(Vec::new()),
            },
        ))
    };
    let mut play = Play::start(launch(), Purpose::Report, &mut world);
    play.decide(&mut world);
    let Found::Standard { chat, phone } = &play.decided[0].2 else { panic!() };
    assert!(chat.iter().chain(phone).all(|target| !target.ask_first));
    assert_eq!(play.decision().servers, ["xmpp.hoster.test:8443", "tls.hoster.test:8443", "sip.hoster.test:8443"]);
    assert!(play.kept.is_empty(), "what our own step finds is asked anew: {:?}", play.kept);
}

#[test]
fn the_cas_is_not_asked_in_clear_unless_that_is_allowed_and_at_its_documented_path() {
    let mut launch = launch();
    launch.cas = Some("http://127.0.0.7:8080".parse().unwrap());
    assert_eq!(launch.clear_leg().as_deref(), Some("the Webex query to 127.0.0.7:8080"));
    let play = Play::start(launch.clone(), Purpose::Report, &mut |_| None);
    assert!(!play.names().contains(&"cas".to_owned()));
    let step = play.step("cas");
    assert_eq!((step.asked, step.outcome), (false, Outcome::Failed));
    assert!(step.answer.as_deref().unwrap().contains("in clear"));
    launch.allow_cleartext = true;
    let play = Play::start(launch.clone(), Purpose::Report, &mut |_| None);
    let Question::Http(request) = &play.asked[0].1 else { panic!() };
    assert_eq!(request.url.as_str(), "http://127.0.0.7:8080/cas/FederatedSSO?org=lab.example");
    let step = play.step("cas");
    assert_eq!((step.server.as_deref(), step.transport.as_deref()), (Some("127.0.0.7:8080"), Some("http")));
    launch.cas = Some("ftp://127.0.0.7/".parse().unwrap());
    assert!(!Play::start(launch, Purpose::Report, &mut |_| None).names().contains(&"cas".to_owned()));
}

#[test]
fn what_the_cas_says_else_has_failed_and_the_order_goes_on() {
    for (answer, outcome, says) in [
        (
            no_http(Failure::Untrusted("the certificate is for “hotel.test”\u{1b}[2J".into())),
            Outcome::Failed,
            "hotel.test”␛[2J",
        ),
        (no_http(Failure::Unreachable("connection refused".into())), Outcome::Failed, "connection refused"),
        (no_http(Failure::TooLong), Outcome::Failed, "too long"),
        (no_http(Failure::Timeout), Outcome::Timeout, "no answer within 3 s"),
        (cas("<html><body>Hotel</body></html>"), Outcome::Failed, "HTML"),
        (cas("<federatedsso><errorcode>13</errorcode></federatedsso>"), Outcome::Failed, "13"),
        (records(Vec::new()), Outcome::Failed, "another question"),
    ] {
        let mut world = |question: &Question| {
            Some((ms(1), if name(question) == "cas" { answer.clone() } else { records(vec![srv("a.lab.example", 8443)]) }))
        };
        let mut play = Play::start(launch(), Purpose::Report, &mut world);
        play.decide(&mut world);
        let step = play.step("cas");
        assert_eq!((step.outcome, play.decision().source.unwrap().name()), (outcome, "_cisco-uds"), "{answer:?}");
        assert!(step.answer.as_deref().unwrap().contains(says), "{step:?}");
    }
}

#[test]
fn an_organisation_without_single_sign_on_is_one_and_is_kept_as_such() {
    let mut world = |_: &Question| Some((ms(1), cas("<federatedsso><errorcode>7</errorcode></federatedsso>")));
    let mut play = Play::start(launch(), Purpose::Report, &mut world);
    play.decide(&mut world);
    assert_eq!(play.decided[0].2, Found::Webex(Organisation { sso: false }));
    assert_eq!(play.decision().servers, ["loginp.webexconnect.com:443"]);
    let kept = CacheChange::KeepWebex { domain: DOMAIN.into(), organisation: Organisation { sso: false } };
    assert_eq!(play.kept, [kept]);
}

#[test]
fn settings_made_by_hand_ask_nothing_and_give_their_servers() {
    let server = |host: &str, port| Server::new(host, port);
    let cucm8 =
        Manual::Cucm8 { tftp: server("tftp.lab.example", 69), cti: Some(server("cti.lab.example", 2748)), ccmcip: None };
    for (manual, authenticator, mode, servers) in [
        (Manual::Cup { server: server("imp", 8443) }, "cup", ProductMode::Default, &["imp:8443"][..]),
        (Manual::Cucm { server: server("cucm", 8443) }, "cucm", ProductMode::Default, &["cucm:8443"]),
        (cucm8, "cucm", ProductMode::Phone, &["tftp.lab.example:8443", "tftp.lab.example:69"]),
        (Manual::Webex { cas: None }, "webex-messenger", ProductMode::Default, &["loginp.webexconnect.com:443"]),
        (
            Manual::Webex { cas: Some("https://cas.test/x".parse().unwrap()) },
            "webex-messenger",
            ProductMode::Default,
            &["cas.test:443"],
        ),
        (Manual::Standard, "standard", ProductMode::Default, &[]),
    ] {
        for purpose in [Purpose::SignIn, Purpose::Report] {
            let launch = Launch { manual: Some(manual.clone()), ..launch() };
            let mut play = Play::start(launch, purpose, &mut |_| None);
            play.until(ms(1_000_000), &mut |_| None);
            let decision = play.decision();
            assert_eq!((decision.authenticator.name(), decision.source.unwrap().name()), (authenticator, "manual"));
            assert_eq!(
                (decision.product_mode, decision.servers.as_slice()),
                (mode, servers.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice())
            );
            assert!(play.asked.is_empty() && play.decided[0].0 == at(0) && play.discovery.steps().len() == 9);
        }
    }
}

#[test]
fn a_bootstrap_file_that_lacks_what_it_needs_decides_nothing_and_is_kept_all_the_same() {
    let server = Some(Server::new("imp.lab.example", 8443));
    for (says, decides) in [
        (Bootstrap::default(), "ask"),
        (Bootstrap { authenticator: Some(BootstrapAuthenticator::Cup), ..Bootstrap::default() }, "ask"),
        (Bootstrap { authenticator: Some(BootstrapAuthenticator::Cucm), cup: server.clone(), ..Bootstrap::default() }, "ask"),
        (Bootstrap { cup: server.clone(), phone_mode: true, ..Bootstrap::default() }, "ask"),
        (Bootstrap { authenticator: Some(BootstrapAuthenticator::Cup), cup: server.clone(), ..Bootstrap::default() }, "cup"),
        (Bootstrap { authenticator: Some(BootstrapAuthenticator::Cucm), tftp: server, ..Bootstrap::default() }, "cucm"),
        (Bootstrap { authenticator: Some(BootstrapAuthenticator::Webex), ..Bootstrap::default() }, "webex-messenger"),
    ] {
        let file = BootstrapFile { says: says.clone(), is_new: false };
        let launch = Launch { first: true, bootstrap_file: Some(file), ..launch() };
        let mut world =
            |question: &Question| Some((ms(1), if name(question) == "cas" { no_organisation() } else { records(Vec::new()) }));
        let mut play = Play::start(launch, Purpose::Report, &mut world);
        play.decide(&mut world);
        assert_eq!(play.decision().authenticator.name(), decides, "{says:?}");
        let mode = if says.phone_mode { ProductMode::Phone } else { ProductMode::Default };
        assert_eq!((play.decision().product_mode, &play.kept[0]), (mode, &CacheChange::KeepBootstrap(says)));
    }
}

#[test]
fn cuplogin_names_the_presence_server_for_the_settings_whatever_decides() {
    let mut world = |question: &Question| {
        Some((
            ms(if name(question) == "cas" { 5 } else { 1 }),
            match name(question).as_str() {
                "cas" => no_organisation(),
                "_cuplogin._tcp" => records(vec![record(1, 0, "imp.evil.test"), record(2, 0, "imp.lab.example")]),
                _ => records(vec![record(1, 0, "cucm.lab.example")]),
            },
        ))
    };
    let mut play = Play::start(launch(), Purpose::Report, &mut world);
    play.decide(&mut world);
    assert_eq!(play.decision().source.unwrap().name(), "_cisco-uds");
    assert_eq!(play.discovery.presence_server().unwrap().to_string(), "imp.lab.example:8443");
}
