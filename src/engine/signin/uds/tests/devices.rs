//! The choice among devices, and a device configuration with each element missing in turn.

use super::site::*;
use super::user::*;
use crate::engine::event::ProductMode;
use crate::engine::signin::uds::{CucmStart, DevicePhone, PhoneSecurity};
use crate::protocol::cisco::DeviceConfig;
use crate::protocol::cisco::device_config::{CallManager, DeviceSecurity, Line, TransportLayer};
use crate::protocol::cisco::uds::{Device, User};
use crate::protocol::sip::flow::Transport;

#[test]
fn the_user_chooses_among_several_softphones_once() {
    let several = vec![device("CSFANA"), device("CSFHOME"), Device { kind: Some(684), ..device("SEP1") }];
    let site = site().say(DEVICES, devices(several)).say("https://cucm1.lab.example:6972/CSFHOME.cnf.xml", phone().write());
    let seen = run_as(start(), &site, Ana { device: "CSFHOME", ..Ana::default() });
    assert_eq!(seen.choices, ["CSFANA", "CSFHOME"]);
    assert_eq!(seen.signed_in().phone.as_ref().unwrap().device, "CSFHOME");
    let seen = run_as(CucmStart { device: Some("CSFHOME".into()), ..start() }, &site, Ana::default());
    assert!(seen.choices.is_empty() && seen.signed_in().phone.as_ref().unwrap().device == "CSFHOME");
    let seen = run(&site.say(CONFIG, config(&[("ExcludedDevices", "CSFH")]).write()));
    assert!(seen.choices.is_empty() && seen.signed_in().phone.as_ref().unwrap().device == "CSFANA");
}

#[test]
fn devices_for_others_are_told_of_and_not_used() {
    let seen = run(&site().say(DEVICES, devices(vec![Device { kind: Some(575), ..device("BOTANA") }])));
    assert_eq!(seen.signed_in().product_mode, ProductMode::ImOnly);
    assert!(seen.told().iter().any(|told| told.contains("softphone")), "{:?}", seen.told());
    let seen = run(&site().say(CONFIG, config(&[("Telephony_Enabled", "False")]).write()));
    assert!(seen.signed_in().phone.is_none() && seen.told().is_empty(), "{:?}", seen.told());
    assert!(!seen.keys().contains(&PHONE));
}

#[test]
fn where_the_configuration_is_may_be_said_by_the_device_alone_or_by_nobody() {
    let silent = Device { provision: None, ..device("CSFANA") };
    let listed = site().say(DEVICES, devices(vec![silent.clone()]));
    let alone = format!("{C1}/user/ana/device/id-CSFANA");
    let seen = run(&listed.clone().say(&alone, device("CSFANA").write()));
    assert!(seen.signed_in().phone.is_some());
    assert_eq!(seen.took, ROUND * 6);
    for does in [Does::Say(200, silent.write()), Does::Say(404, vec![]), Does::Say(500, vec![])] {
        let seen = run(&listed.clone().set(&alone, does));
        assert!(seen.signed_in().phone.is_some(), "its name and the nodes are known");
    }
    let without_id = Device { id: None, provision: None, ..device("CSFANA") };
    let seen = run(&site().say(DEVICES, devices(vec![without_id])));
    assert!(seen.signed_in().phone.is_some());
    let tftp = config(&[("TftpServer1", "files"), ("TftpServer2", "files2.lab.example")]);
    let seen = run(&listed.say(CONFIG, tftp.write()).say("https://files2.lab.example:6972/CSFANA.cnf.xml", phone().write()));
    assert!(seen.signed_in().phone.is_some());
    assert!(seen.keys().contains(&"https://files.lab.example:6972/CSFANA.cnf.xml"), "{:?}", seen.keys());
}

/// The phone that follows from a configuration.
fn phone_of(config: DeviceConfig) -> (Option<DevicePhone>, Vec<String>) {
    let start = CucmStart { allow_cleartext: true, ..start() };
    let seen = run_as(start, &site().say(PHONE, config.write()), Ana::default());
    (seen.signed_in().phone.clone(), seen.told())
}

#[test]
fn each_element_of_the_configuration_missing_in_turn_has_a_defined_result() {
    let whole = phone_of(phone()).0.unwrap();
    let with_line = |change: fn(&mut Line)| {
        let mut config = phone();
        config.lines.iter_mut().for_each(change);
        config
    };
    type Case = (&'static str, DeviceConfig, fn(&mut DevicePhone));
    let same: Vec<Case> = vec![
        ("protocol", DeviceConfig { protocol: None, ..phone() }, |_| {}),
        ("transport", DeviceConfig { transport: None, ..phone() }, |_| {}),
        ("media ports", DeviceConfig { media_ports: None, ..phone() }, |phone| phone.media_ports = (16_384, 32_766)),
        ("tos", DeviceConfig { audio_tos: None, signalling_tos: None, ..phone() }, |phone| {
            (phone.audio_tos, phone.signalling_tos) = (184, 96)
        }),
        ("expires", DeviceConfig { register_expires: None, ..phone() }, |phone| phone.register_expires = 3_600),
        ("dtmf", DeviceConfig { dtmf_payload: None, ..phone() }, |phone| phone.dtmf_payload = 101),
        ("stamp", DeviceConfig { version_stamp: None, ..phone() }, |phone| phone.version_stamp = None),
        ("display name", with_line(|line| line.display_name = None), |phone| phone.display_name = "Ana Ruiz".into()),
        ("contact", with_line(|line| line.contact = None), |phone| phone.contact = "1001".into()),
        ("auth name", with_line(|line| line.auth_name = None), |phone| phone.auth_name = "ana".into()),
        ("pilot", with_line(|line| line.voicemail_pilot = None), |phone| phone.voicemail_pilot = Some("5000".into())),
        ("number", with_line(|line| line.number = None), |phone| phone.number = "1001".into()),
        ("lines", DeviceConfig { lines: vec![], ..phone() }, |phone| phone.contact = "1001".into()),
    ];
    for (name, config, change) in same {
        let mut expected = whole.clone();
        change(&mut expected);
        let (phone, told) = phone_of(config);
        assert_eq!((phone.as_ref(), told.len()), (Some(&expected), 0), "without {name}: {told:?}");
    }

    let (bare, told) = phone_of(DeviceConfig { call_managers: vec![], ..phone() });
    assert_eq!(bare.unwrap().registrars, whole.registrars, "the nodes of the cluster stand in");
    assert!(told.first().is_some_and(|told| told.contains("names no server to register with")), "{told:?}");
    let (unsaid, _) = phone_of(DeviceConfig { security: DeviceSecurity::Unsaid, ..phone() });
    let unsaid = unsaid.unwrap();
    assert_eq!(
        (unsaid.security, unsaid.registrars.first().unwrap().uri().as_str()),
        (PhoneSecurity::Clear, "sip:cucm1.lab.example:5060;transport=tcp")
    );
    let (empty, _) = phone_of(DeviceConfig::default());
    let empty = empty.unwrap();
    assert_eq!((empty.number.as_str(), empty.security, empty.registrars.len()), ("1001", PhoneSecurity::Clear, 2));
}

#[test]
fn what_cannot_be_used_is_told_and_leaves_no_phone() {
    let numberless = User { primary: None, ..user() };
    let seen = run(&site().say(USER, numberless.write()).say(PHONE, DeviceConfig { lines: vec![], ..phone() }.write()));
    assert!(seen.signed_in().phone.is_none() && seen.told().iter().any(|told| told.contains("no line with a number")));
    for (config, says) in [
        (DeviceConfig { protocol: Some("SCCP".into()), ..phone() }, "not SIP"),
        (DeviceConfig { sip_oauth: true, ..phone() }, "SIP OAuth"),
        (
            DeviceConfig { call_managers: vec![CallManager { host: "a b".into(), ..CallManager::default() }], ..phone() },
            "names no server",
        ),
    ] {
        let (phone, told) = phone_of(config);
        assert!(told.iter().any(|told| told.contains(says)), "{told:?}");
        assert_eq!(phone.is_some(), says == "names no server");
    }
}

#[test]
fn security_that_is_not_known_is_taken_for_the_safer() {
    let (phone, told) = phone_of(DeviceConfig { security: DeviceSecurity::Unknown("7".into()), ..phone() });
    assert_eq!(phone.unwrap().security, PhoneSecurity::Encrypted);
    assert!(told.iter().any(|told| told.contains("taken for encrypted")), "{told:?}");
}

#[test]
fn transport_and_ports_follow_security_and_then_the_file() {
    let managers =
        vec![CallManager { host: "cucm1.lab.example".into(), sip_port: Some(5070), secure_port: Some(5071), oauth_port: None }];
    for (security, layer, uri, kind) in [
        (DeviceSecurity::None, None, "5070;transport=tcp", Transport::Tcp),
        (DeviceSecurity::None, Some(TransportLayer::Udp), "5070;transport=udp", Transport::Udp),
        (DeviceSecurity::None, Some(TransportLayer::Tls), "5071;transport=tls", Transport::Tls),
        (DeviceSecurity::Encrypted, Some(TransportLayer::Udp), "5071;transport=tls", Transport::Tls),
        (DeviceSecurity::Authenticated, None, "5071;transport=tls", Transport::Tls),
    ] {
        let config = DeviceConfig { call_managers: managers.clone(), security, transport: layer, ..phone() };
        let first = phone_of(config).0.unwrap().registrars.first().cloned().unwrap();
        assert_eq!((first.uri().as_str(), first.transport), (format!("sip:cucm1.lab.example:{uri}").as_str(), kind));
    }
}

#[test]
fn numbers_and_contacts_that_no_uri_can_hold_are_escaped() {
    let mut config = phone();
    for line in &mut config.lines {
        (line.number, line.contact) = (Some("\\+1 55@x;y".into()), Some("a\r\nb <>".into()));
    }
    let phone = phone_of(config).0.unwrap();
    assert_eq!(phone.address, "sip:%5C+1%2055%40x;y@cucm1.lab.example");
    assert!(!phone.contact.contains(['\r', '\n', ' ', '<', '>', '@']), "{}", phone.contact);
}
