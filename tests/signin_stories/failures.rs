//! What goes wrong, and what the user is told.

use crate::town::{Town, name};
use offhook::engine::command::Command;
use offhook::engine::event::{Event, LinkState, Outcome, Service};
use offhook::engine::input::Input;
use offhook::lab::Site;
use offhook::machine::Machine;

fn site(text: &str) -> Site {
    Site::parse(text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn failed(town: &Town) -> String {
    match town.link(Service::SignIn) {
        Some(LinkState::Failed(problem) | LinkState::Waiting { why: problem, .. }) => problem.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_password_is_asked_for_again_and_never_sent_twice() {
    let mut town = Town::new(&Site::built_in("default").unwrap());
    town.password = String::new();
    town.typed = vec!["wrong".into(), "ana-demo".into()];
    town.sign_in();
    town.run(30.0);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{:?}", town.link(Service::SignIn));
    let refused = |(_, event): &&(_, Event)| {
        matches!(event, Event::Link { service: Service::SignIn, state: LinkState::NeedsPassword { refused: true, .. }, .. })
    };
    assert_eq!(town.events.iter().filter(refused).count(), 1);
    let users = town.asked.iter().filter(|(_, asked)| asked.ends_with("/user/ana")).count();
    assert_eq!(users, 2, "{:?}", town.asked);
    assert_eq!(town.connects.len(), 1);
}

#[test]
fn a_wrong_stored_password_is_tried_once() {
    let mut town = Town::new(&Site::built_in("default").unwrap());
    town.password = "stale".into();
    town.sign_in();
    town.run(60.0);
    assert!(
        matches!(town.link(Service::SignIn), Some(LinkState::NeedsPassword { refused: true, .. })),
        "{:?}",
        town.link(Service::SignIn)
    );
    assert_eq!(town.asked.iter().filter(|(_, asked)| asked.ends_with("/user/ana")).count(), 1);
    assert!(town.connects.is_empty());
}

#[test]
fn a_silent_cas_holds_nothing_up_beyond_its_deadline() {
    let mut town = Town::new(&site("[cas.answers]\nfault = \"silent\"\n"));
    town.sign_in();
    town.run(20.0);
    assert!(town.steps().contains(&"cas timeout".to_owned()), "{:?}", town.steps());
    assert_eq!(town.connects.len(), 1);
    let decided = town
        .events
        .iter()
        .find(|(_, event)| matches!(event, Event::SignIn { told: offhook::engine::event::SignInTold::Decided(_), .. }));
    assert_eq!(decided.unwrap().0.since_start().as_secs_f64(), 3.0);
}

#[test]
fn no_manager_answers() {
    let mut town = Town::new(&site("[uds.answers]\nfault = \"absent\"\n"));
    town.sign_in();
    town.run(60.0);
    let said = failed(&town);
    assert!(said.contains("cucm") || said.contains("Communications Manager"), "{said}");
    assert!(town.connects.is_empty());
}

#[test]
fn nothing_is_known_of_the_domain() {
    let mut town = Town::new(&site("[dns]\ncisco-uds = \"absent\"\n"));
    town.sign_in();
    town.run(60.0);
    assert!(failed(&town).contains("settings"), "{}", failed(&town));
    assert!(town.account().sign_in.steps.iter().all(|step| step.outcome != Outcome::UnderWay));
}

#[test]
fn signing_out_in_the_middle_asks_nothing_more() {
    let mut town = Town::new(&Site::built_in("default").unwrap());
    town.password = String::new();
    town.sign_in();
    town.run(5.0);
    let asked = town.asked.len();
    town.engine.handle(town.now, Input::Command(Command::SignOut { account: name() }));
    town.run(900.0);
    assert_eq!(town.asked.len(), asked);
    assert_eq!(town.link(Service::SignIn), Some(&LinkState::Offline));
    assert!(town.engine.is_quiet());
}
