//! A sign-in that has failed: tried again by itself where nobody could be reached, and never where the user must mend it.

use crate::presence::CUP;
use crate::town::{Town, name};
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{Event, LinkState, Service, SignInTold};
use offhook::engine::input::Input;
use offhook::lab::Site;
use offhook::machine::{Machine, Moment};
use std::time::Duration;

/// Somebody without a network.
fn cut_off() -> Town {
    let mut town = Town::new(&Site::built_in("default").unwrap());
    town.cut_off = true;
    town
}

/// When it was begun, and how long was waited before it was begun again.
fn tries(town: &Town) -> (Vec<Moment>, Vec<Duration>) {
    let (mut began, mut waits) = (Vec::new(), Vec::new());
    for (at, event) in &town.events {
        match event {
            Event::SignIn { told: SignInTold::Began, .. } => began.push(*at),
            Event::Link { service: Service::SignIn, state: LinkState::Waiting { retry_in, .. }, .. } => waits.push(*retry_in),
            _ => {}
        }
    }
    (began, waits)
}

#[test]
fn without_a_network_it_is_tried_again_ever_more_seldom_and_then_it_stands() {
    let mut town = cut_off();
    town.sign_in();
    town.run(3_600.0);
    let (began, waits) = tries(&town);
    assert!((10..=30).contains(&began.len()), "{began:?}");
    assert!(waits[0] >= Duration::from_secs(5) && waits[0] <= Duration::from_secs(10), "{waits:?}");
    for (number, wait) in waits.iter().enumerate() {
        let longest = Duration::from_secs(300).min(Duration::from_secs(10) * (1 << number.min(16)));
        assert!(*wait >= longest / 2 && *wait <= longest, "{number}: {wait:?}");
    }
    let Some(LinkState::Waiting { why, .. }) = town.link(Service::SignIn) else { panic!("{:?}", town.link(Service::SignIn)) };
    assert!(why.what.contains("no name server answers here"), "{why}");
    assert!(town.account().sign_in.again.is_some(), "when it is tried again is known");
    town.cut_off = false;
    town.run(301.0);
    assert!(town.is_online(), "{:?}", town.link(Service::SignIn));
    assert_eq!(town.account().sign_in.again, None);
    assert!(!town.connects.is_empty() && !town.flows.is_empty());
    let begun = tries(&town).0.len();
    town.run(3_600.0);
    assert_eq!(tries(&town).0.len(), begun, "what stands is not begun again");
}

#[test]
fn another_network_or_the_user_tries_at_once() {
    let mut town = cut_off();
    town.sign_in();
    town.run(120.0);
    let begun = tries(&town).0.len();
    let before = town.now;
    town.engine.handle(town.now, Input::NetworkChanged);
    town.run(0.5);
    assert_eq!(tries(&town).0[begun..], [before], "{:?}", tries(&town));
    // The user, who also has the first wait again.
    let begun = tries(&town).0.len();
    town.run(1.0);
    let command = Command::SignIn { account: name(), services: Services::ALL };
    town.engine.handle(town.now, Input::Command(command));
    town.run(0.5);
    let (began, waits) = tries(&town);
    assert_eq!(began.len(), begun + 1);
    assert!(*waits.last().unwrap() <= Duration::from_secs(10), "{waits:?}");
    town.cut_off = false;
    town.engine.handle(town.now, Input::NetworkChanged);
    town.run(10.0);
    assert!(town.is_online(), "{:?}", town.link(Service::SignIn));
}

#[test]
fn who_signs_out_is_left_alone() {
    let mut town = cut_off();
    town.sign_in();
    town.run(60.0);
    town.engine.handle(town.now, Input::Command(Command::SignOut { account: name() }));
    town.run(0.0);
    let asked = town.asked.len();
    town.engine.handle(town.now, Input::NetworkChanged);
    town.run(3_600.0);
    assert_eq!(town.asked.len(), asked);
    assert_eq!(town.link(Service::SignIn), Some(&LinkState::Offline));
    assert!(town.engine.is_quiet());
}

#[test]
fn what_only_the_user_can_mend_is_not_tried_again() {
    // A refused password.
    let mut town = Town::new(&Site::built_in("default").unwrap());
    town.password = "stale".into();
    town.sign_in();
    town.run(60.0);
    let asked = town.asked.len();
    town.run(86_400.0);
    assert_eq!(town.asked[asked..].iter().filter(|(_, asked)| asked.ends_with("/user/ana")).count(), 0);
    assert_eq!(tries(&town).1, Vec::<Duration>::new());
    // A certificate, an organisation, a domain without services.
    for text in ["uds.answers.certificate = \"expired\"", "cas.organisation = \"password\"", "dns.cisco-uds = \"absent\""] {
        let mut town = Town::new(&Site::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}")));
        town.sign_in();
        town.run(86_400.0);
        assert!(matches!(town.link(Service::SignIn), Some(LinkState::Failed(_))), "{text}: {:?}", town.link(Service::SignIn));
        assert_eq!(tries(&town).0.len(), 1, "{text}");
    }
}

#[test]
fn servers_that_do_not_answer_are_asked_again() {
    let presence = format!("{CUP}epas.answers.fault = \"absent\"");
    let uds = ["uds.answers.fault = \"absent\"", "uds.answers.fault = \"silent\"", "dns.cisco-uds = \"silent\""];
    for text in uds.into_iter().chain([presence.as_str()]) {
        let mut town = Town::new(&Site::parse(text).unwrap());
        town.sign_in();
        town.run(120.0);
        assert!(!town.is_online() && tries(&town).1.len() >= 2, "{text}: {:?}", town.link(Service::SignIn));
        let notices: Vec<&Event> =
            town.events.iter().map(|(_, event)| event).filter(|event| matches!(event, Event::Notice(_))).collect();
        let again = notices.iter().enumerate().find(|(nth, notice)| notices[..*nth].contains(notice));
        assert_eq!(again, None, "{text}: what was said is not said again at each try");
        town.deployment = offhook::lab::deployment::Deployment::new(&Site::parse("").unwrap(), &Default::default(), 1);
        town.run(301.0);
        assert!(town.is_online(), "{text}: {:?}", town.link(Service::SignIn));
    }
}
