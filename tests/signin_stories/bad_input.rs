//! Bad input in virtual time: each service with each fault and each certificate, each element of the service profile and of
//! the device configuration missing in turn. What is proven where stands at the top of `tests/peers/bad_input.rs`.

use crate::town::Town;
use offhook::engine::event::{Event, LinkState, Problem, ProblemKind, Service, SignInReply};
use offhook::lab::Site;
use offhook::lab::deployment::Deployment;
use offhook::lab::wire::Places;
use offhook::machine::Moment;
use offhook::protocol::http::{Names, Request};
use std::collections::BTreeSet;
use std::time::Duration;
use url::Url;

const FAULTS: [&str; 10] =
    ["absent", "silent", "malformed", "noise", "portal", "bomb", "truncated", "trickle", "endless", "redirect"];
const CERTIFICATES: [&str; 7] = ["wrong-name", "expired", "not-yet", "years-ago", "in-years", "foreign", "self-signed"];

/// Files over HTTPS alone, so that what is wrong with them matters.
const ENCRYPTED_FILES: &str = "files.http.fault = \"absent\"\nfiles.tftp.fault = \"absent\"\n";

fn signed_in(text: &str) -> Town {
    let mut town = Town::new(&Site::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}")));
    // Whoever is asked whether something may go in clear says no.
    town.replies = vec![SignInReply::Clear(false); 8];
    town.sign_in();
    town.run(60.0);
    town
}

/// All that the user was told of sign-in: notices, and what has ended it.
fn told(town: &Town) -> Vec<Problem> {
    let problem = |(_, event): &(_, Event)| match event {
        Event::Notice(notice) if !notice.problem.what.starts_with("Voicemail") => Some(notice.problem.clone()),
        Event::Link { service: Service::SignIn, state: LinkState::Failed(why) | LinkState::Waiting { why, .. }, .. } => {
            Some(why.clone())
        }
        _ => None,
    };
    // The disk of this town is none of its business.
    town.events.iter().filter_map(problem).filter(|problem| problem.kind != ProblemKind::Local).collect()
}

/// It has ended, in time: signed in, or failed with what to do.
fn has_ended(town: &Town, case: &str) {
    let ended = |(_, event): &&(Moment, Event)| match event {
        Event::Link { service: Service::SignIn, state, .. } => {
            matches!(state, LinkState::Online { .. } | LinkState::Failed(_) | LinkState::Waiting { .. })
        }
        _ => false,
    };
    let (at, _) = town.events.iter().find(ended).unwrap_or_else(|| panic!("{case}: {:?}", town.link(Service::SignIn)));
    assert!(at.since_start() < Duration::from_secs(45), "{case}: {at:?}");
    for problem in told(town) {
        assert!(!problem.what.is_empty() && !problem.next.is_empty(), "{case}: what to do about {problem:?}");
    }
}

#[test]
fn each_service_with_each_fault_ends_in_time_and_says_what_to_do() {
    let cup = "dns.cisco-uds = \"absent\"\ndns.cuplogin = \"present\"\nuds.answers.fault = \"absent\"\n";
    // The service, what is around it, and whether nobody is signed in without it.
    let services = [
        ("cas.answers", "", false),
        ("uds.answers", "", true),
        ("files.https", ENCRYPTED_FILES, false),
        ("epas.answers", cup, true),
        ("ccmcip.answers", cup, false),
    ];
    let faults = FAULTS.map(|fault| format!("fault = {fault:?}, trickle-ms = 1000"));
    let certificates = CERTIFICATES.map(|kind| format!("certificate = {kind:?}"));
    for (service, around, needed) in services {
        for wrong in faults.iter().chain(&certificates) {
            let case = format!("{service} = {{ {wrong} }}");
            let town = signed_in(&format!("{case}\n{around}"));
            has_ended(&town, &case);
            let is_online = matches!(town.link(Service::SignIn), Some(LinkState::Online { .. }));
            assert_eq!(is_online, !needed, "{case}: {:?}", town.link(Service::SignIn));
            // What is missed is told; that the CAS could not be asked stands in the steps.
            let trouble = !told(&town).is_empty() || service == "cas.answers";
            assert!(trouble, "{case}: nothing is told");
            assert!(!town.asked.iter().any(|(_, asked)| asked.contains("elsewhere")), "{case}: {:?}", town.asked);
        }
    }
}

/// The names of all elements of a document of the site.
fn elements(site: &str, url: &str) -> BTreeSet<String> {
    let mut deployment = Deployment::new(&Site::parse(site).unwrap(), &Places::default(), 1);
    let request = Request { clear: true, names: Names::Host, ..Request::get(Url::parse(url).unwrap(), Duration::from_secs(3)) };
    let body = deployment.http(Moment::START, &request).1.unwrap().body;
    let text = String::from_utf8(body).unwrap();
    let begins = text.split('<').skip(1).filter(|tag| tag.starts_with(|first: char| first.is_ascii_alphabetic()));
    begins.map(|tag| tag.split([' ', '>', '/']).next().unwrap().to_owned()).collect()
}

#[test]
fn each_element_of_the_device_configuration_missing_in_turn_leaves_a_phone_or_says_why_not() {
    let all = elements("", "https://cucm1.lab.example:6972/CSFANA.cnf.xml");
    assert!(all.len() > 60 && all.contains("processNodeName") && all.contains("deviceSecurityMode"), "{all:?}");
    let mut phones = 0;
    for element in &all {
        let town = signed_in(&format!("device.without = [{element:?}]\n{ENCRYPTED_FILES}"));
        has_ended(&town, element);
        assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{element}");
        assert_eq!(town.connects.len(), 1, "{element}: chat has nothing to do with it");
        phones += town.flows.len();
        assert!(!town.flows.is_empty() || !told(&town).is_empty(), "{element}: no word");
    }
    assert!(phones > all.len() * 3 / 4, "{phones} of {}", all.len());
}

#[test]
fn each_element_of_the_service_profile_missing_in_turn_leaves_what_is_left() {
    let all = elements("", "https://cucm1.lab.example:6972/SPDefault.cnf.xml");
    assert!(all.len() > 8 && all.contains("IMandPresence") && all.contains("ProductType"), "{all:?}");
    for element in &all {
        let town = signed_in(&format!("profile.without = [{element:?}]\n{ENCRYPTED_FILES}"));
        has_ended(&town, element);
        assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{element}");
        assert_eq!(town.flows.len(), 1, "{element}: the phone has nothing to do with it");
        let names_nobody = ["IMandPresence", "ServiceProfile"].contains(&element.as_str());
        if names_nobody {
            assert!(
                told(&town).iter().any(|told| told.what.contains("IM and Presence") || told.what.contains("profile")),
                "{element}"
            );
        }
    }
}
