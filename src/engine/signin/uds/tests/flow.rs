//! The way that goes well, its other branches, and how many questions follow each other.

use super::site::*;
use super::user::*;
use crate::engine::event::{Authenticator, Outcome, ProductMode, StepName};
use crate::engine::signin::uds::PhoneSecurity;
use crate::protocol::cisco::precedence::Origin;
use crate::protocol::cisco::service_profile::{UcAddress, UcService};
use crate::protocol::cisco::uds::{Servers, User};
use crate::protocol::http::Failure;
use std::collections::VecDeque;

#[test]
fn five_questions_follow_each_other() {
    let seen = run(&site());
    assert_eq!(seen.keys(), [HOME, NODES, USER, PROFILE, CONFIG, DEVICES, PHONE]);
    assert_eq!(seen.took, ROUND * 5, "home, nodes, user, then three side by side, then the device");
    assert_eq!(seen.told(), Vec::<String>::new());
    assert_eq!(seen.password_of, ["cucm1.lab.example:8443"]);
    let signed_in = seen.signed_in();
    assert_eq!((signed_in.product_mode, signed_in.authenticator), (ProductMode::FullUc, Authenticator::Cup));
    let chat = signed_in.chat.as_ref().unwrap();
    assert_eq!(
        (chat.jid.as_str(), chat.servers.first().unwrap().to_string().as_str()),
        ("ana@lab.example", "imp.lab.example:5222")
    );
    let phone = signed_in.phone.as_ref().unwrap();
    assert_eq!((phone.device.as_str(), phone.address.as_str()), ("CSFANA", "sip:1001@cucm1.lab.example"));
    let registrars: Vec<_> = phone.registrars.iter().map(|registrar| registrar.uri()).collect();
    assert_eq!(registrars, ["sip:cucm1.lab.example:5061;transport=tls", "sip:cucm2.lab.example:5061;transport=tls"]);
    assert_eq!(
        (phone.security, phone.contact.as_str(), phone.auth_name.as_str()),
        (PhoneSecurity::Encrypted, "a8ae9f92", "ana")
    );
    assert_eq!(signed_in.voicemail.as_ref().unwrap().servers.first().unwrap().to_string(), "cuc.lab.example:443");
    let nodes: Vec<_> = signed_in.directory.uds.iter().map(ToString::to_string).collect();
    assert_eq!(nodes, ["cucm1.lab.example:8443", "cucm2.lab.example:8443"], "the one that answered first, none twice");
    for name in [StepName::ClusterUser, StepName::Servers, StepName::Password, StepName::User, StepName::ServiceProfile] {
        assert_eq!(seen.outcomes(name), [Outcome::Found], "{name:?}");
    }
}

#[test]
fn nothing_that_needs_the_password_is_asked_before_it() {
    let ana = Ana { passwords: VecDeque::new(), ..Ana::default() };
    let seen = run_as(start(), &site(), ana);
    assert_eq!(seen.keys(), [HOME, NODES]);
    assert!(seen.end.is_none());
}

#[test]
fn a_user_of_another_cluster_is_signed_in_there() {
    let moved = |key: &str| key.replace("cucm1.lab", "b1.other.lab");
    let mut elsewhere = Site::default();
    for (key, does) in site().0 {
        elsewhere = elsewhere.set(&moved(&key), does);
    }
    let nodes = Servers { hosts: vec!["b1.other.lab.example".into()] };
    let elsewhere = elsewhere.say(HOME, home(true, &moved(NODES))).say(&moved(NODES), nodes.write());
    let seen = run(&elsewhere.set(PROFILE, Does::Say(200, profile().write())).set(PHONE, Does::Say(200, phone().write())));
    assert_eq!(seen.password_of, ["b1.other.lab.example:8443"]);
    assert_eq!(seen.keys()[..3], [HOME, moved(NODES).as_str(), moved(USER).as_str()]);
    seen.signed_in();
}

#[test]
fn an_unknown_user_is_told_before_any_password() {
    let seen = run(&site().say(HOME, home(false, "")));
    assert!(seen.failed().what.contains("does not know the user ana"), "{}", seen.failed());
    assert_eq!((seen.keys(), seen.password_of.len()), (vec![HOME], 0));
    assert_eq!(seen.outcomes(StepName::ClusterUser), [Outcome::Absent]);
}

#[test]
fn a_cluster_without_lookup_or_list_is_its_own_home() {
    let bare = site().set(HOME, Does::Say(404, vec![])).set(NODES, Does::Say(404, vec![]));
    let seen = run(&bare);
    assert_eq!(seen.password_of, ["cucm1.lab.example:8443"]);
    seen.signed_in();
    let half = run(&site().say(HOME, home(true, "")));
    half.signed_in();
}

#[test]
fn a_node_that_is_busy_hands_over_to_the_next() {
    for (key, at) in [(HOME, "the home cluster"), (USER, "the user's own data"), (DEVICES, "the list of devices")] {
        for does in [Does::Say(503, vec![]), Does::Fail(Failure::Timeout), Does::Fail(Failure::Unreachable("refused".into()))] {
            let seen = run(&second(site()).set(key, does.clone()));
            seen.signed_in();
            let told = seen.told();
            assert!(
                told.len() == 1 && told[0].contains(at) && told[0].starts_with("cucm1.lab.example:8443"),
                "{does:?}: {told:?}"
            );
        }
    }
    // Whoever has answered last stays first: one connection carries what follows.
    let seen = run(&second(site()).set(USER, Does::Say(503, vec![])));
    assert!(seen.keys().contains(&format!("{C2}/user/ana/devices").as_str()), "{:?}", seen.keys());
    assert!(!seen.keys().contains(&DEVICES));
}

#[test]
fn a_refused_password_is_never_sent_again() {
    let site = site().set(USER, Does::Say(401, vec![]));
    let ana = Ana { passwords: VecDeque::from(["sesame", "sesame", "sesame"]), ..Ana::default() };
    let seen = run_as(start(), &second(site.clone()), ana);
    let sent = seen.asked.iter().filter(|(_, password)| password.is_some()).count();
    assert_eq!((sent, seen.refusals), (1, 3), "once to one node, and the user was asked again each time");
    assert!(seen.end.is_none() && seen.outcomes(StepName::Password) == [Outcome::Failed]);
}

#[test]
fn product_mode_and_authenticator_follow_the_profile_and_the_device() {
    let none = crate::protocol::cisco::ServiceProfile::default;
    let webex = UcService { product: Some("Webex (IM and Presence)".into()), servers: vec![UcAddress::default()] };
    let cases = [
        (profile(), true, "true", ProductMode::FullUc, Authenticator::Cup),
        (profile(), false, "true", ProductMode::ImOnly, Authenticator::Cup),
        (profile(), true, "false", ProductMode::PhoneWithContacts, Authenticator::Cup),
        (none(), true, "true", ProductMode::Phone, Authenticator::Cucm),
        (
            crate::protocol::cisco::ServiceProfile { presence: Some(webex), ..none() },
            true,
            "true",
            ProductMode::FullUc,
            Authenticator::WebexMessenger,
        ),
    ];
    for (profile, device, chat, mode, authenticator) in cases {
        let mut site = site().say(PROFILE, profile.write()).say(CONFIG, config(&[("IM_Enabled", chat)]).write());
        if !device {
            site = site.say(DEVICES, devices(vec![]));
        }
        let seen = run(&site);
        let signed_in = seen.signed_in();
        assert_eq!((signed_in.product_mode, signed_in.authenticator), (mode, authenticator), "{chat} {device}");
    }
}

#[test]
fn the_profile_goes_before_the_file_for_each_parameter_by_itself() {
    let mut profile = profile();
    profile.parameters.insert("Telephony_Enabled".into(), "true".into());
    let config =
        config(&[("Telephony_Enabled", "false"), ("Voicemail_Enabled", "FALSE"), ("PresenceDomain", "im.lab.example")]);
    let seen = run(&site().say(PROFILE, profile.write()).say(CONFIG, config.write()));
    let signed_in = seen.signed_in();
    assert!(signed_in.phone.is_some() && signed_in.voicemail.is_none());
    assert_eq!(signed_in.chat.as_ref().unwrap().jid, "ana@im.lab.example");
    let origin = |name: &str| signed_in.settled.iter().find(|settled| settled.name == name).map(|settled| settled.origin);
    assert_eq!(origin("Telephony_Enabled"), Some(Origin::Profile));
    assert_eq!(origin("Voicemail_Enabled"), Some(Origin::File));
    assert_eq!(origin("IM_Enabled"), Some(Origin::Default));
    assert_eq!(origin("PresenceDomain"), Some(Origin::File));
}

#[test]
fn a_user_who_may_not_chat_or_whose_profile_is_lost_still_has_a_phone() {
    let barred = run(&site().say(USER, User { im_and_presence: Some(false), ..user() }.write()));
    assert_eq!(barred.signed_in().product_mode, ProductMode::Phone);
    let lost = run(&site().set(PROFILE, Does::Say(404, vec![])));
    assert_eq!((lost.signed_in().product_mode, lost.signed_in().authenticator), (ProductMode::Phone, Authenticator::Cucm));
    assert!(lost.told().iter().any(|told| told.contains("the service profile")), "{:?}", lost.told());
    // The user's own resource may name the presence servers; it stands in where the profile could not be had.
    let named = User { presence_servers: vec!["imp.lab.example".into()], ..user() };
    let stands_in = run(&site().say(USER, named.write()).set(PROFILE, Does::Say(404, vec![])));
    assert_eq!(stands_in.signed_in().product_mode, ProductMode::FullUc);
}

#[test]
fn a_user_with_nothing_is_told() {
    let seen =
        run(&site().say(PROFILE, crate::protocol::cisco::ServiceProfile::default().write()).say(DEVICES, devices(vec![])));
    assert!(seen.told().iter().any(|told| told.contains("no presence server")), "{:?}", seen.told());
    assert!(seen.signed_in().chat.is_none() && seen.signed_in().phone.is_none());
}
