//! The voice services domain that `jabber-config.xml` names: read inside of the network, asked at the next sign-in.

use crate::town::{Town, name};
use offhook::engine::event::{SignInReply, Source};
use offhook::engine::signin::VoiceDomain;
use offhook::lab::Site;

/// The file names a voice services domain; records are in the domain of the address, or in that one.
const BEFORE: &str = "[client-config.Policies]\nVoiceServicesDomain = \"Voice.example\"";
const AFTER: &str = "voice-domain = \"voice.example\"";

fn signed_in(site: &str) -> Town {
    let mut town = Town::new(&Site::parse(site).unwrap());
    town.sign_in();
    town.run(20.0);
    assert!(town.is_online(), "{site}: {:?}", town.notices());
    town
}

/// Somebody with this `before` at this site.
fn again(before: &Town, site: &str) -> Town {
    let mut town = Town::new(&Site::parse(site).unwrap());
    (town.cache, town.launch.first) = (before.cache.clone(), false);
    town.replies = vec![SignInReply::Clear(false)];
    town.sign_in();
    town.run(20.0);
    town
}

fn kept(town: &Town) -> Option<&str> {
    town.cache.voice.get(&name()).map(|voice| voice.domain.as_str())
}

fn decided(town: &Town) -> Option<Source> {
    town.account().sign_in.decision.as_ref().and_then(|decision| decision.source)
}

fn asks(town: &Town, owner: &str) -> bool {
    town.asked.iter().any(|(_, asked)| asked.contains(&format!("\"{owner}\"")))
}

#[test]
fn records_are_asked_in_the_domain_that_the_file_has_named_before() {
    let first = signed_in(BEFORE);
    assert!(asks(&first, "_cisco-uds._tcp.lab.example") && !first.is_changed());
    let voice = VoiceDomain { address: "ana@lab.example".into(), domain: "voice.example".into() };
    assert_eq!(first.cache.voice.get(&name()), Some(&voice));

    let second = again(&first, AFTER);
    assert!(second.is_online() && !second.is_changed(), "{:?}", second.notices());
    assert_eq!(decided(&second), Some(Source::CiscoUds));
    for service in ["_cisco-uds._tcp", "_cuplogin._tcp", "_collab-edge._tls"] {
        assert!(asks(&second, &format!("{service}.voice.example")), "{service}: {:?}", second.asked);
        assert!(!asks(&second, &format!("{service}.lab.example")), "{service}: {:?}", second.asked);
    }
    // All else stays in the services domain.
    assert!(asks(&second, "_xmpp-client._tcp.lab.example"), "{:?}", second.asked);
    assert!(second.asked.iter().any(|(_, asked)| asked.contains("org=lab.example")), "{:?}", second.asked);
    // What was found there is as warm as what is found anywhere.
    assert_eq!(decided(&again(&second, AFTER)), Some(Source::SrvCache));
}

#[test]
fn a_link_or_the_bootstrap_file_goes_before_it() {
    let first = signed_in(BEFORE);
    let mut second = Town::new(&Site::parse("voice-domain = \"link.example\"").unwrap());
    (second.cache, second.launch.voice_domain) = (first.cache.clone(), Some("link.example".into()));
    second.sign_in();
    second.run(20.0);
    assert!(second.is_online() && asks(&second, "_cisco-uds._tcp.link.example"), "{:?}", second.asked);
    assert!(!asks(&second, "_cisco-uds._tcp.voice.example") && !second.is_changed(), "{:?}", second.notices());
}

#[test]
fn a_later_file_changes_it_and_one_that_cannot_be_had_does_not() {
    let first = signed_in(BEFORE);
    let named = |text: &str| format!("{AFTER}\n[client-config.Policies]\nVoiceServicesDomain = \"{text}\"");
    for (site, keeps, changed) in [
        (AFTER.to_owned(), Some("voice.example"), false),
        (named("other.example"), Some("other.example"), true),
        (named(""), None, true),
        (named("LAB.example."), None, true),
        (named("http://voice.example"), None, true),
        (format!("{AFTER}\n[files]\nhttps.fault = \"absent\"\nhttp.fault = \"absent\""), Some("voice.example"), false),
    ] {
        let second = again(&first, &site);
        assert_eq!((kept(&second), decided(&second)), (keeps, Some(Source::CiscoUds)), "{site}");
        let told = second.notices().iter().any(|notice| notice.contains("names another voice services domain"));
        assert_eq!(told, changed, "{site}: {:?}", second.notices());
    }
}

#[test]
fn what_names_no_other_domain_is_none_and_nonsense_is_told() {
    for (text, warns) in [("lab.example", false), ("", false), ("a b", true), ("x\u{202e}y/", true), ("192.0.2.1", true)] {
        let town = signed_in(&format!("[client-config.Policies]\nVoiceServicesDomain = \"{text}\""));
        assert_eq!(kept(&town), None, "{text}");
        let warned = town.notices().iter().any(|notice| notice.contains("names a voice services domain that is none"));
        assert_eq!(warned, warns, "{text}: {:?}", town.notices());
    }
}

#[test]
fn where_nothing_is_found_there_it_is_said_who_has_named_it() {
    let first = signed_in(BEFORE);
    let mut second = Town::new(&Site::parse(&format!("{AFTER}\n[dns]\ncisco-uds = \"absent\"")).unwrap());
    second.cache = first.cache.clone();
    second.sign_in();
    second.run(20.0);
    let told = format!("{:?}", second.link(offhook::engine::event::Service::SignIn));
    assert!(
        told.contains("voice.example, as jabber-config.xml said") && told.contains("discover ana@lab.example --fresh"),
        "{told}"
    );
}
