//! Hosts outside the domains and legs in clear: asked about once, never used without a yes.

use super::site::*;
use super::user::*;
use crate::engine::event::{ProblemKind, ProductMode};
use crate::engine::signin::uds::{CucmStart, PhoneSecurity};
use crate::engine::signin::{Server, Target};
use crate::protocol::cisco::DeviceConfig;
use crate::protocol::cisco::device_config::{CallManager, DeviceSecurity};
use crate::protocol::cisco::uds::User;
use crate::protocol::http::Failure;
use crate::protocol::sip::flow::Transport;

fn refuses_hosts() -> Ana {
    Ana { hosts: |_| false, ..Ana::default() }
}

#[test]
fn a_home_cluster_elsewhere_is_asked_about_before_anything_goes_there() {
    let away = home(true, "https://cucm.evil.test:8443/cucm-uds/servers");
    let seen = run_as(start(), &site().say(HOME, away.clone()), refuses_hosts());
    assert_eq!((seen.keys(), &seen.hosts[..]), (vec![HOME], &["cucm.evil.test".to_owned()][..]));
    assert_eq!((seen.failed().kind, seen.password_of.len()), (ProblemKind::Refused, 0));
}

#[test]
fn a_target_outside_is_asked_about_and_one_set_by_hand_is_not() {
    let target = |ask_first| Target { server: Server::new("cucm1.lab.example", 8443), ask_first };
    let outside = |ask_first| CucmStart { domain: "other.example".into(), targets: vec![target(ask_first)], ..start() };
    let seen = run_as(outside(true), &site(), refuses_hosts());
    assert_eq!((seen.keys(), seen.hosts.len()), (vec![], 1));
    assert_eq!(seen.failed().kind, ProblemKind::Refused);
    let yes = Ana { hosts: |_| true, ..Ana::default() };
    run_as(outside(true), &site(), yes).signed_in();
    // Only what it names besides is asked about, each host once.
    let yes = Ana { hosts: |_| true, ..Ana::default() };
    let seen = run_as(outside(false), &site(), yes);
    seen.signed_in();
    assert_eq!(seen.hosts, ["imp.lab.example", "cucm2.lab.example", "cuc.lab.example"]);
    let known = CucmStart { agreed_hosts: seen.hosts.into_iter().collect(), ..outside(false) };
    run_as(known, &site(), Ana::default()).signed_in();
}

#[test]
fn a_profile_elsewhere_is_not_read_and_services_elsewhere_are_left_out() {
    let away = User { service_profile: Some("http://evil.test:6970/SP.cnf.xml".into()), ..user() };
    let seen = run_as(start(), &site().say(USER, away.write()), refuses_hosts());
    assert!(!seen.keys().iter().any(|key| key.contains("evil")), "{:?}", seen.keys());
    assert!(seen.told().iter().any(|told| told.contains("evil.test") && told.contains("outside")), "{:?}", seen.told());
    seen.signed_in();

    let mut profile = profile();
    profile.presence = service("imp.evil.test", None);
    let mut phone = phone();
    phone.call_managers.insert(0, CallManager { host: "192.0.2.66".into(), ..CallManager::default() });
    let seen = run_as(start(), &site().say(PROFILE, profile.write()).say(PHONE, phone.write()), refuses_hosts());
    assert_eq!(seen.hosts, ["imp.evil.test", "192.0.2.66"]);
    let signed_in = seen.signed_in();
    assert_eq!((signed_in.chat.as_ref(), signed_in.product_mode), (None, ProductMode::Phone));
    assert_eq!(signed_in.phone.as_ref().unwrap().address, "sip:1001@cucm1.lab.example");
    assert!(signed_in.phone.as_ref().unwrap().registrars.iter().all(|registrar| registrar.server.host != "192.0.2.66"));
}

#[test]
fn files_in_clear_are_asked_about_once_and_named() {
    let http = |key: &str| key.replace("https:", "http:").replace("6972", "6970");
    let mut clear = site().without(PROFILE).without(CONFIG).without(PHONE);
    for (key, body) in [(PROFILE, profile().write()), (CONFIG, config(&[]).write()), (PHONE, phone().write())] {
        clear = clear.say(&http(key), body);
    }
    let seen = run_as(start(), &clear, Ana { clear: true, ..Ana::default() });
    seen.signed_in().phone.as_ref().unwrap();
    assert_eq!(seen.legs, ["SPDefault.cnf.xml over HTTP from cucm1.lab.example:6970"]);
    let seen = run_as(start(), &clear, Ana::default());
    assert_eq!(seen.legs.len(), 1);
    assert!(seen.keys().iter().all(|key| key.starts_with("https:")), "{:?}", seen.keys());
    assert!(seen.told().iter().any(|told| told.contains("--allow-cleartext")), "{:?}", seen.told());
    assert!(seen.signed_in().phone.is_none());
    let seen = run_as(CucmStart { allow_cleartext: true, ..start() }, &clear, Ana::default());
    assert!(seen.legs.is_empty() && seen.signed_in().phone.is_some());
}

#[test]
fn tftp_is_the_last_place_at_the_port_that_was_set() {
    let mut site = site().without(PHONE).set("http://cucm1.lab.example:6970/CSFANA.cnf.xml", Does::Fail(Failure::Timeout));
    site = site.say("tftp://cucm1.lab.example:6969/CSFANA.cnf.xml", phone().write());
    let start = CucmStart { allow_cleartext: true, tftp_port: Some(6969), ..start() };
    let seen = run_as(start.clone(), &site, Ana::default());
    assert!(seen.signed_in().phone.is_some());
    let places: Vec<_> = seen.keys().into_iter().filter(|key| key.contains("CSFANA")).map(ToOwned::to_owned).collect();
    let expected = [
        PHONE,
        "https://cucm2.lab.example:6972/CSFANA.cnf.xml",
        "http://cucm1.lab.example:6970/CSFANA.cnf.xml",
        "http://cucm2.lab.example:6970/CSFANA.cnf.xml",
        "tftp://cucm1.lab.example:6969/CSFANA.cnf.xml",
    ];
    assert_eq!(places, expected);
    let refused = site.set("tftp://cucm1.lab.example:6969/CSFANA.cnf.xml", Does::Refuse("no \u{1b} such file"));
    let seen = run_as(start, &refused, Ana::default());
    assert!(
        seen.signed_in().phone.is_none() && seen.told().iter().any(|told| told.contains("device configuration")),
        "{:?}",
        seen.told()
    );
}

#[test]
fn a_file_that_definitely_is_absent_is_not_looked_for_in_clear() {
    let seen =
        run_as(CucmStart { allow_cleartext: true, ..start() }, &site().set(PHONE, Does::Say(404, vec![])), Ana::default());
    assert!(
        !seen.keys().iter().any(|key| key.contains("http:") && key.contains("cucm1") && key.contains("CSFANA")),
        "{:?}",
        seen.keys()
    );
}

#[test]
fn a_phone_in_clear_is_asked_about_by_name() {
    for (security, transport, leg, kept) in [
        (
            DeviceSecurity::None,
            Transport::Tcp,
            "SIP over TCP to cucm1.lab.example:5060 and speech over RTP",
            PhoneSecurity::Clear,
        ),
        (DeviceSecurity::Authenticated, Transport::Tls, "speech over RTP", PhoneSecurity::Authenticated),
    ] {
        let clear = site().say(PHONE, DeviceConfig { security, ..phone() }.write());
        let seen = run_as(start(), &clear, Ana { clear: true, ..Ana::default() });
        assert_eq!(seen.legs, [leg]);
        let phone = seen.signed_in().phone.as_ref().unwrap();
        assert_eq!((phone.security, phone.registrars.first().unwrap().transport), (kept, transport));
        let seen = run_as(start(), &clear, Ana::default());
        assert!(seen.signed_in().phone.is_none());
        assert!(seen.notices.iter().any(|(_, problem)| problem.kind == ProblemKind::Clear && problem.what.contains(leg)));
    }
}
