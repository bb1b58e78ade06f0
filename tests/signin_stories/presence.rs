//! Sign-in at the presence server itself, after `_cuplogin` or by hand, and phone mode of release 8: EPAS, one-time passwords,
//! CCMCIP, and the redundancy group with a node lost, both lost, and back again.

use crate::town::{Town, name};
use offhook::engine::command::Command;
use offhook::engine::event::{
    Authenticator, Event, LinkState, Problem, ProblemKind, ProductMode, Service, SignInReply, Source,
};
use offhook::engine::input::{Input, XmppIn};
use offhook::engine::output::Lasts;
use offhook::engine::signin::{Manual, Server};
use offhook::lab::Site;
use offhook::lab::deployment::Deployment;
use offhook::lab::wire::Places;
use offhook::machine::{Machine, RemoteText};
use std::time::Duration;

pub const CUP: &str =
    "dns.cisco-uds = \"absent\"\ndns.cuplogin = \"present\"\nuds.answers.fault = \"absent\"\nchat.nodes = 2\n";

fn site(text: &str) -> Site {
    Site::parse(text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn signed_in(text: &str) -> Town {
    let mut town = Town::new(&site(&format!("{CUP}{text}")));
    town.sign_in();
    town.run(30.0);
    town
}

fn failed(town: &Town, service: Service) -> Problem {
    match town.link(service) {
        Some(LinkState::Failed(problem) | LinkState::Waiting { why: problem, .. }) => problem.clone(),
        other => panic!("{other:?}"),
    }
}

/// `HOST/PATH action` of what was posted.
fn posts(town: &Town) -> Vec<String> {
    let posted = town.asked.iter().filter_map(|(_, asked)| asked.strip_prefix("POST https://"));
    posted.map(|asked| asked.replace(".lab.example:8443", "").replace("/EPASSoap/service/v80", "")).collect()
}

/// The engine hears this of its stream.
fn hear(town: &mut Town, heard: XmppIn) {
    town.engine.handle(town.now, Input::Xmpp(name(), heard));
    town.run(0.1);
}

fn up(town: &mut Town) {
    hear(town, XmppIn::Up { jid: "ana@lab.example/here".into(), resumed: false });
    assert!(matches!(town.link(Service::Chat), Some(LinkState::Online { .. })), "{:?}", town.link(Service::Chat));
}

fn down(town: &mut Town) {
    hear(town, XmppIn::Down(Problem::new(ProblemKind::Unreachable, "The connection was lost.", "")));
}

/// Lets time pass until another connection is wanted.
fn next_connect(town: &mut Town) {
    let before = town.connects.len();
    for _ in 0..7_200 {
        if town.connects.len() > before {
            return;
        }
        town.run(0.5);
    }
    panic!("nobody connects: {:?}", town.link(Service::Chat));
}

/// From now on the site is like this; sessions hold as long as the presence server does not forget them.
fn becomes(town: &mut Town, text: &str) {
    town.deployment = Deployment::new(&site(&format!("{CUP}{text}")), &Places::default(), 1);
}

#[test]
fn everything_is_named_by_the_presence_server() {
    let mut town = signed_in("");
    let decision = town.account().sign_in.decision.clone().unwrap();
    assert_eq!((decision.authenticator, decision.source), (Authenticator::Cup, Some(Source::CupLogin)));
    assert!(town.is_online(), "{:?} {:?}", town.link(Service::SignIn), town.notices());
    assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc, "{:?}", town.steps());
    let (_, connect) = town.connects.first().expect("chat connects");
    assert_eq!((connect.jid.as_str(), connect.host.as_str()), ("ana@lab.example", "imp1.lab.example"));
    assert_eq!((connect.lasts, connect.stay), (Lasts::Once, false));
    assert!(town.deployment.tokens().spend("ana", connect.password.expose()), "it is the one that EPAS has handed out");
    assert!(town.flows[0].1.starts_with("Tls 127."), "{:?}", town.flows);
    assert!(!town.paths().iter().any(|path| path.contains("cucm-uds") || path.contains("SPDefault")), "{:?}", town.paths());
    let steps = town.steps();
    let at = |name: &str| steps.iter().position(|step| step == name).unwrap_or_else(|| panic!("{name} in {steps:?}"));
    let order = ["_cuplogin found", "presence-login found", "password found", "ccmcip-devices found", "device-config found"];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?} in {steps:?}");
    }
    assert!(at("presence-profile found") > 0 && at("one-time-password found") > 0);
    // What stands ready in Advanced Settings.
    let advanced = &town.account().sign_in.advanced;
    assert_eq!(advanced.cup.as_deref(), Some("imp1.lab.example:8443"));
    assert_eq!(advanced.tftp.as_deref(), Some("cucm1.lab.example:69"));
    assert_eq!(advanced.ccmcip.as_deref(), Some("cucm1.lab.example:8443"));
    up(&mut town);
    // Nothing secret is in what is told.
    let told = format!("{:?}", town.events);
    assert!(!told.contains("ana-demo") && !told.contains(connect_password(&town).as_str()));
}

fn connect_password(town: &Town) -> String {
    town.connects[0].1.password.expose().to_owned()
}

#[test]
fn the_chain_costs_what_the_page_says() {
    let mut town = Town::new(&site(&format!(
        "{CUP}epas.answers.delay-ms = 100\nccmcip.answers.delay-ms = 100\nfiles.https.delay-ms = 100"
    )));
    town.sign_in();
    town.run(30.0);
    // Login; profile and one-time password; devices and client configuration; device configuration.
    let connected = town.connects[0].0 - town.asked.iter().find(|(_, asked)| asked.contains("EPASSoap")).unwrap().0;
    assert_eq!(connected, Duration::from_millis(400));
    assert_eq!(town.connects[0].0, town.flows[0].0, "side by side");
}

#[test]
fn a_wrong_password_is_refused_once_at_one_node_however_it_is_said() {
    for refusal in ["fault", "failure", "status"] {
        let mut town = Town::new(&site(&format!("{CUP}epas.refusal = {refusal:?}")));
        town.password = String::new();
        town.typed = vec!["wrong".into(), "ana-demo".into()];
        town.sign_in();
        town.run(30.0);
        assert!(town.is_online(), "{refusal}: {:?}", town.link(Service::SignIn));
        let logins = posts(&town).len();
        // Two sign-ins, the profile, a one-time password, and the devices.
        assert_eq!(logins, 5, "{refusal}: {:?}", posts(&town));
        assert!(town.steps().contains(&"password found".to_owned()), "{:?}", town.steps());
    }
}

#[test]
fn a_stale_password_is_sent_once() {
    let mut town = Town::new(&site(CUP));
    town.password = "stale".into();
    town.sign_in();
    town.run(600.0);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::NeedsPassword { refused: true, .. })));
    assert_eq!(posts(&town).len(), 1, "{:?}", posts(&town));
    assert!(town.connects.is_empty() && town.flows.is_empty());
}

#[test]
fn the_next_node_signs_in_where_the_first_cannot() {
    let faults = ["epas.busy = [1]", "epas.down = [1]"];
    for fault in faults {
        let town = signed_in(&format!("{fault}\nchat.down = [1]"));
        assert!(town.is_online(), "{fault}: {:?}", town.notices());
        assert_eq!(posts(&town)[..2], ["imp1".to_owned(), "imp2".to_owned()], "{fault}");
        assert_eq!(town.connects[0].1.host, "imp2.lab.example", "{fault}");
    }
    // Both.
    let town = signed_in("epas.busy = [1, 2]");
    assert!(failed(&town, Service::SignIn).what.contains("busy"), "{:?}", town.link(Service::SignIn));
}

#[test]
fn whatever_epas_answers_the_flow_ends_within_its_deadlines_and_says_why() {
    let faults = [
        ("absent", "could not be reached"),
        ("silent", "in time"),
        ("malformed", "imp"),
        ("noise", "HTTP"),
        ("portal", "HTML"),
        ("bomb", "document type"),
        ("truncated", "could not be reached"),
        ("trickle", "in time"),
        ("endless", "too long"),
        ("redirect", "not followed"),
    ];
    for (fault, says) in faults {
        let mut town = Town::new(&site(&format!("{CUP}epas.answers = {{ fault = {fault:?}, trickle-ms = 100 }}")));
        town.sign_in();
        town.run(60.0);
        let problem = failed(&town, Service::SignIn);
        assert!(problem.to_string().contains(says), "{fault}: {problem}");
        assert!(town.connects.is_empty(), "{fault}");
        let failed = |(_, event): &&(_, Event)| {
            let ended = |state: &LinkState| matches!(state, LinkState::Failed(_) | LinkState::Waiting { .. });
            matches!(event, Event::Link { service: Service::SignIn, state, .. } if ended(state))
        };
        let at = town.events.iter().find(failed).unwrap().0.since_start();
        // Two nodes, 9 s each.
        assert!(at <= Duration::from_secs(19), "{fault}: {at:?}");
    }
    for certificate in ["wrong-name", "expired", "not-yet", "foreign", "self-signed"] {
        let town = signed_in(&format!("epas.answers.certificate = {certificate:?}"));
        assert_eq!(failed(&town, Service::SignIn).kind, ProblemKind::Untrusted, "{certificate}");
    }
}

#[test]
fn the_rest_goes_on_where_something_is_missing() {
    // Whichever way the properties are called, and the backup is named.
    for text in [
        "epas.property-names = \"numbered\"",
        "epas.property-names = \"words\"",
        "epas.backup = \"nested\"",
        "epas.backup = \"absent\"",
        "epas.names-nodes = false",
        "ccmcip.refusal = \"status\"",
    ] {
        let town = signed_in(text);
        assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc, "{text}: {:?}", town.notices());
    }
    // No telephones are named, or nobody lists them: chat all the same.
    for text in [
        "epas.phones = false",
        "ccmcip.answers.fault = \"absent\"",
        "ccmcip.answers.fault = \"portal\"",
        "ccmcip.answers.status = 500",
    ] {
        let town = signed_in(text);
        assert_eq!(town.account().sign_in.product_mode, ProductMode::ImOnly, "{text}: {:?}", town.notices());
        assert_eq!((town.connects.len(), town.flows.len()), (1, 0), "{text}");
    }
}

#[test]
fn a_target_outside_of_the_domains_hears_no_password_before_the_user_agrees() {
    let mut town = Town::new(&site(&format!("{CUP}\n").replace("cuplogin = \"present\"", "cuplogin = \"foreign\"")));
    town.sign_in();
    town.run(30.0);
    assert!(town.account().sign_in.ask.is_some(), "{:?}", town.link(Service::SignIn));
    assert!(posts(&town).is_empty());
    let reply = SignInReply::Host { host: "cucm1.elsewhere.example".into(), allowed: false };
    town.engine.handle(town.now, Input::Command(Command::ReplySignIn { account: name(), reply }));
    town.run(30.0);
    assert!(
        posts(&town).is_empty() && failed(&town, Service::SignIn).what.contains("outside"),
        "{:?}",
        town.link(Service::SignIn)
    );
}

#[test]
fn set_by_hand_the_profile_comes_from_the_presence_server_and_never_from_uds() {
    // User data services are there, and are not asked.
    let mut town = Town::new(&site("chat.nodes = 2"));
    town.launch.manual = Some(Manual::Cup { server: Server::new("imp1.lab.example", 8443) });
    town.sign_in();
    town.run(30.0);
    assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc, "{:?}", town.notices());
    assert!(!town.paths().iter().any(|path| path.contains("cucm-uds") || path.contains("SPDefault")), "{:?}", town.paths());
}

#[test]
fn phone_mode_of_release_8_by_ccmcip_and_tftp() {
    let sign_in = |password: &str, typed: &[&str]| {
        let mut town = Town::new(&Site::built_in("cucm8").unwrap());
        let tftp = Server::new("cucm1.lab.example", 69);
        town.launch.manual = Some(Manual::Cucm8 { tftp, cti: None, ccmcip: None });
        town.password = password.into();
        town.typed = typed.iter().map(|text| (*text).to_owned()).collect();
        town.replies = vec![SignInReply::Clear(true); 4];
        town.sign_in();
        town.run(60.0);
        town
    };
    let town = sign_in("ana-demo", &[]);
    assert_eq!(town.account().sign_in.product_mode, ProductMode::Phone, "{:?}", town.notices());
    assert!(town.connects.is_empty() && town.flows[0].1.starts_with("Tcp"), "{:?}", town.flows);
    assert!(town.asked.iter().any(|(_, asked)| asked == "RRQ tftp://cucm1.lab.example:69/CSFANA.cnf.xml"), "{:?}", town.asked);
    // A page with status 200 that says 401 is a refused password.
    let town = sign_in("", &["wrong", "ana-demo"]);
    assert_eq!(town.account().sign_in.product_mode, ProductMode::Phone, "{:?}", town.notices());
    assert_eq!(posts(&town).len(), 2, "{:?}", posts(&town));
    let town = sign_in("wrong", &[]);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::NeedsPassword { refused: true, .. })));
    assert_eq!(posts(&town).len(), 1);
}

#[test]
fn a_stream_that_breaks_is_taken_up_with_a_new_one_time_password() {
    let mut town = signed_in("");
    up(&mut town);
    town.run(60.0);
    let before = posts(&town).len();
    down(&mut town);
    assert_eq!(posts(&town)[before..], ["imp1".to_owned(), "imp1".to_owned()], "the profile and a one-time password");
    let [(_, first), (at, second)] = &town.connects[..] else { panic!("{:?}", town.connects) };
    assert_ne!(first.password, second.password);
    assert_eq!((second.host.as_str(), *at <= town.now), ("imp1.lab.example", true));
    up(&mut town);
}

#[test]
fn one_node_lost_the_window_then_the_other_and_home_again() {
    let mut town = signed_in("");
    up(&mut town);
    town.run(60.0);
    becomes(&mut town, "epas.down = [1]\nchat.down = [1]");
    let lost = town.now;
    down(&mut town);
    let Some(LinkState::Waiting { retry_in, .. }) = town.link(Service::Chat).cloned() else {
        panic!("{:?}", town.link(Service::Chat))
    };
    assert!((120..=537).contains(&retry_in.as_secs()), "{retry_in:?}");
    let asked = town.asked.len();
    town.run(119.0);
    assert_eq!(town.asked.len(), asked, "nothing before the window");
    next_connect(&mut town);
    let (at, connect) = town.connects.last().unwrap();
    assert!((120..=540).contains(&(*at - lost).as_secs()), "{at:?}");
    assert_eq!(connect.host, "imp2.lab.example");
    up(&mut town);
    town.run(60.0);
    // The first node is back, and the second ends its streams.
    becomes(&mut town, "");
    down(&mut town);
    next_connect(&mut town);
    assert_eq!(town.connects.last().unwrap().1.host, "imp1.lab.example");
    up(&mut town);
}

#[test]
fn both_nodes_lost_until_the_user_signs_in() {
    let mut town = signed_in("");
    up(&mut town);
    town.run(60.0);
    becomes(&mut town, "epas.down = [1, 2]\nchat.down = [1, 2]");
    down(&mut town);
    town.run(600.0);
    assert!(failed(&town, Service::Chat).what.contains("No node"), "{:?}", town.link(Service::Chat));
    let asked = town.asked.len();
    town.run(86_400.0);
    assert_eq!(town.asked.len(), asked, "nothing until the user signs in");
    becomes(&mut town, "");
    let connects = town.connects.len();
    town.sign_in();
    town.run(30.0);
    assert!(town.connects.len() > connects, "{:?}", town.link(Service::Chat));
    up(&mut town);
}

#[test]
fn under_a_service_profile_with_two_nodes_the_second_is_used_too() {
    let mut town = Town::new(&site("chat.nodes = 2"));
    town.sign_in();
    town.run(30.0);
    let (_, connect) = town.connects.first().unwrap();
    assert_eq!((connect.host.as_str(), connect.lasts), ("imp1.lab.example", Lasts::Long));
    // The first cannot be reached: the other, at once.
    down(&mut town);
    assert_eq!(town.connects.last().unwrap().1.host, "imp2.lab.example");
    up(&mut town);
    town.run(60.0);
    down(&mut town);
    assert_eq!(town.connects.last().unwrap().1.host, "imp2.lab.example", "where it was, at once");
    down(&mut town);
    assert!(matches!(town.link(Service::Chat), Some(LinkState::Waiting { .. })), "{:?}", town.link(Service::Chat));
}

#[test]
fn servers_send_us_on_within_the_domains_and_not_for_ever() {
    let sent = |to: &str, unused| XmppIn::SentTo {
        to: RemoteText::new(to),
        unused,
        why: Problem::new(ProblemKind::Protocol, "The server sends us elsewhere.", ""),
    };
    let mut town = signed_in("");
    let passwords = |town: &Town| town.connects.iter().map(|(_, connect)| connect.password.clone()).collect::<Vec<_>>();
    hear(&mut town, sent("imp2.lab.example", true));
    assert_eq!(town.connects.last().unwrap().1.host, "imp2.lab.example");
    assert_eq!(passwords(&town)[0], passwords(&town)[1], "nobody has seen it");
    hear(&mut town, sent("imp1.lab.example:5222", false));
    assert_eq!(town.connects.last().unwrap().1.host, "imp1.lab.example");
    assert_ne!(passwords(&town)[1], passwords(&town)[2], "used once");
    hear(&mut town, sent("imp2.lab.example", true));
    assert!(town.connects.last().unwrap().1.stay, "no further");
    let connects = town.connects.len();
    hear(&mut town, sent("imp1.lab.example", false));
    assert!(town.connects[connects..].iter().all(|(_, connect)| connect.stay), "{:?}", town.connects);
    // Outside of the domains nobody is followed.
    let mut town = signed_in("");
    hear(&mut town, sent("imp.evil.test", true));
    assert!(!town.looked.iter().any(|name| name.contains("evil")), "{:?}", town.looked);
    town.run(1.0);
    assert_eq!(town.connects.last().unwrap().1.host, "imp2.lab.example", "the other node, instead");
}
