//! The second sign-in at the presence server, in phone mode of release 8 and on open standards: what the first has found is
//! used at once, but for a one-time password, which comes first; and it is checked beside.

use crate::town::{Town, name};
use offhook::engine::command::Command;
use offhook::engine::event::{Authenticator, LinkState, Problem, ProblemKind, Service, SignInReply, Source};
use offhook::engine::input::{Input, XmppIn};
use offhook::engine::signin::{CacheChange, Known, Manual, Server};
use offhook::lab::Site;
use offhook::machine::{Machine, Secret};
use std::time::Duration;

const CUP: &str = "dns.cisco-uds = \"absent\"\ndns.cuplogin = \"present\"\nuds.answers.fault = \"absent\"\nchat.nodes = 2\n";

fn site(text: &str) -> Site {
    Site::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

/// Somebody who has signed in at a site before, at a site that may be another now. Their chat and phone have stood.
fn again(before: &Site, now: &Site, manual: Option<Manual>) -> Town {
    let mut first = Town::new(before);
    first.launch.manual = manual.clone();
    first.replies = vec![SignInReply::Clear(true); 4];
    first.sign_in();
    first.run(20.0);
    stands(&mut first);
    assert!(first.cache.services.contains_key(&name()), "it is kept: {:?}", first.link(Service::SignIn));
    let mut second = Town::new(now);
    (second.cache, second.launch.first, second.launch.manual) = (first.cache.clone(), false, manual);
    second.launch.allow_cleartext = first.choices.contains(&offhook::engine::signin::Choice::Clear);
    second
}

/// Chat stands.
fn stands(town: &mut Town) {
    let up = XmppIn::Up { jid: "ana@lab.example/here".into(), resumed: false };
    town.engine.handle(town.now, Input::Xmpp(name(), up));
    town.run(0.5);
}

/// What is asked of EPAS takes so long.
const SLOW: &str = "epas.answers.delay-ms = 100\n";

#[test]
fn a_one_time_password_comes_first_and_nothing_else_does() {
    let cup = site(&format!("{CUP}{SLOW}"));
    let mut town = again(&cup, &cup, None);
    let began = town.now;
    town.sign_in();
    town.run(0.9);
    // The session and the one-time password, one after the other; the phone waits for neither.
    let asked: Vec<&str> = town.asked.iter().map(|(_, asked)| asked.as_str()).collect();
    assert_eq!(asked, ["POST https://imp1.lab.example:8443/EPASSoap/service/v80"; 2]);
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1), "{:?}", town.link(Service::Chat));
    assert_eq!((town.flows[0].0, town.connects[0].0), (began, began + Duration::from_millis(200)));
    assert_eq!(town.account().sign_in.decision.as_ref().unwrap().source, Some(Source::SrvCache));
    assert!(town.deployment.tokens().spend("ana", town.connects[0].1.password.expose()), "it is the one that was handed out");
    stands(&mut town);
    // Beside it all is asked, by the session that there is; it is the same, and nothing is begun anew.
    town.run(20.0);
    assert!(town.asked[2..].iter().all(|(at, _)| *at >= began + Duration::from_secs(1)), "{:?}", town.asked);
    assert!(town.paths().iter().any(|path| path.ends_with("CSFANA.cnf.xml")), "{:?}", town.paths());
    let logins = town.steps().iter().filter(|step| step.starts_with("presence-login")).count();
    assert_eq!(logins, 1, "{:?}", town.steps());
    assert_eq!((town.connects.len(), town.flows.len(), town.is_changed()), (1, 1, false), "{:?}", town.notices());
}

#[test]
fn at_the_presence_server_too_what_is_other_is_told_and_kept() {
    let mut moved = site(CUP);
    moved.people[0].devices = Some(Vec::new());
    let mut town = again(&site(CUP), &moved, None);
    town.sign_in();
    town.run(0.5);
    stands(&mut town);
    town.run(20.0);
    assert!(town.is_changed(), "{:?}", town.notices());
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1), "what is used goes on");
    assert_eq!(town.cache.services[&name()].signed_in().unwrap().phone, None);
}

#[test]
fn a_one_time_password_is_given_while_all_is_checked() {
    let cup = site(&format!("{CUP}files.https.delay-ms = 2000\nccmcip.answers.delay-ms = 2000\n"));
    let mut town = again(&cup, &cup, None);
    town.sign_in();
    town.run(0.5);
    stands(&mut town);
    town.run(31.0);
    // The stream breaks just as the devices are asked for.
    let mut town = again(&cup, &cup, None);
    town.sign_in();
    town.run(0.5);
    stands(&mut town);
    town.run(1.2);
    assert!(town.asked.iter().any(|(_, asked)| asked.contains("ccmcip")), "{:?}", town.asked);
    let sent = XmppIn::SentTo {
        to: offhook::machine::RemoteText::new("imp2.lab.example"),
        unused: false,
        why: Problem::new(ProblemKind::Protocol, "The server sends us elsewhere.", ""),
    };
    town.engine.handle(town.now, Input::Xmpp(name(), sent));
    town.run(20.0);
    assert_eq!(town.connects.len(), 2, "{:?}", town.link(Service::Chat));
    assert_ne!(town.connects[0].1.password, town.connects[1].1.password);
    assert!(!town.is_changed(), "{:?}", town.notices());
}

#[test]
fn a_presence_server_that_cannot_be_asked_ends_nothing() {
    let cup = site(CUP);
    let mut town = again(&cup, &cup, None);
    town.sign_in();
    town.run(0.5);
    stands(&mut town);
    town.deployment = offhook::lab::deployment::Deployment::new(
        &site(&format!("{CUP}epas.answers.fault = \"absent\"\nccmcip.answers.fault = \"absent\"\n")),
        &Default::default(),
        1,
    );
    town.run(60.0);
    assert!(matches!(town.link(Service::Chat), Some(LinkState::Online { .. })), "{:?}", town.link(Service::Chat));
    assert!(town.is_online(), "{:?}", town.link(Service::SignIn));
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1));
}

#[test]
fn a_changed_password_is_tried_once_at_the_presence_server_and_asked_for() {
    let cup = site(CUP);
    let mut town = again(&cup, &cup, None);
    town.password = "old".into();
    town.sign_in();
    town.run(60.0);
    let posts = |town: &Town| town.asked.iter().filter(|(_, asked)| asked.contains("EPASSoap")).count();
    assert_eq!(posts(&town), 1, "{:?}", town.asked);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::NeedsPassword { refused: true, .. })));
    assert!(town.connects.is_empty());
    let password = Secret::new("ana-demo".into());
    town.engine.handle(town.now, Input::Command(Command::GivePassword { account: name(), password, keep: false }));
    town.run(20.0);
    assert!(town.is_online(), "{:?}", town.link(Service::SignIn));
    assert_eq!(town.connects.len(), 1, "{:?}", town.link(Service::Chat));
}

#[test]
fn phone_mode_of_release_8_registers_at_once() {
    let tftp = Server::new("cucm1.lab.example", 69);
    let manual = Some(Manual::Cucm8 { tftp, cti: None, ccmcip: None });
    let old = Site::built_in("cucm8").unwrap();
    let mut town = again(&old, &old, manual);
    let began = town.now;
    town.sign_in();
    town.run(0.9);
    assert_eq!((town.asked.len(), town.flows.len()), (0, 1), "{:?}", town.asked);
    assert_eq!(town.flows[0].0, began);
    town.run(20.0);
    assert!(!town.asked.is_empty() && !town.is_changed(), "{:?}", town.notices());
}

#[test]
fn on_open_standards_nothing_is_asked_but_where_the_hosts_are() {
    for manual in [None, Some(Manual::Standard)] {
        let standard = Site::built_in("standard").unwrap();
        let mut town = again(&standard, &standard, manual.clone());
        let decided = &town.cache.services[&name()];
        assert!(matches!((decided.decided, &decided.found), (Authenticator::Standard, Known::Standard { .. })), "{decided:?}");
        let began = town.now;
        town.sign_in();
        town.run(0.9);
        assert_eq!(town.asked.len(), 0, "{manual:?}: {:?}", town.asked);
        assert_eq!((town.connects.len(), town.flows.len()), (1, 1), "{:?}", town.looked);
        assert_eq!((town.connects[0].0, town.flows[0].0), (began, began), "at once, side by side");
        assert!(town.looked.iter().all(|name| name.starts_with("Addresses")), "{:?}", town.looked);
        town.run(20.0);
        assert!(town.asked.iter().any(|(_, asked)| asked.contains("_xmpp-client._tcp")), "{:?}", town.asked);
        assert!(town.asked.iter().all(|(at, _)| *at >= began + Duration::from_secs(1)), "{:?}", town.asked);
        assert_eq!((town.connects.len(), town.flows.len(), town.is_changed()), (1, 1, false), "{:?}", town.notices());
    }
}

#[test]
fn a_domain_that_is_a_deployment_now_is_told_and_discovered_at_the_next_sign_in() {
    let mut town = again(&Site::built_in("standard").unwrap(), &Site::built_in("default").unwrap(), None);
    town.sign_in();
    town.run(20.0);
    assert!(town.is_changed(), "{:?}", town.notices());
    assert!(!town.cache.services.contains_key(&name()), "it is forgotten");
}

#[test]
fn records_that_lead_nowhere_are_asked_for_anew() {
    for manual in [None, Some(Manual::Standard)] {
        let standard = Site::built_in("standard").unwrap();
        let mut town = again(&standard, &standard, manual.clone());
        town.sign_in();
        town.run(0.5);
        let nobody = Problem::new(ProblemKind::Unreachable, "Nobody is there.", "");
        town.engine.handle(town.now, Input::Xmpp(name(), XmppIn::Down(nobody)));
        town.run(0.0);
        let forgets = |change: &CacheChange| matches!(change, CacheChange::ForgetServices { .. });
        assert!(town.changes.iter().any(forgets), "{manual:?}: {:?}", town.changes);
        town.run(20.0);
        assert!(town.connects.len() >= 2, "{:?}", town.connects);
        assert!(town.looked.iter().any(|name| name.contains("_xmpp-client")), "{:?}", town.looked);
        assert!(town.cache.services.contains_key(&name()), "what was found anew is kept");
    }
}

#[test]
fn open_standards_by_hand_have_sip_where_the_domain_says_so() {
    for (sips, sip, phone, flows) in [
        ("present", "present", true, 1),
        ("absent", "absent", false, 0),
        ("dot", "dot", false, 0),
        ("absent", "present", true, 0),
    ] {
        // Cisco's records are there too, and are not asked. What could only go in clear does not go unasked.
        let text = format!("dns.xmpp-client = \"present\"\ndns.sips = {sips:?}\ndns.sip = {sip:?}\n");
        let mut town = Town::new(&site(&text));
        town.launch.manual = Some(Manual::Standard);
        town.sign_in();
        town.run(20.0);
        assert_eq!(town.account().identity.sip.is_some(), phone, "{text}");
        assert_eq!(town.flows.len(), flows, "{text}: {:?}", town.flows);
        assert_eq!(town.connects.len(), 1, "{text}");
        assert!(!town.asked.iter().any(|(_, asked)| asked.contains("cisco") || asked.contains("cas")), "{:?}", town.asked);
    }
    // Nobody can say: chat goes on, and the user is told.
    let mut town = Town::new(&site("dns.xmpp-client = \"absent\"\ndns.sips = \"silent\"\n"));
    town.launch.manual = Some(Manual::Standard);
    town.sign_in();
    town.run(20.0);
    assert_eq!(town.account().identity.sip, None);
    assert!(town.notices().iter().any(|notice| notice.contains("SIP server is not known")), "{:?}", town.notices());
}
