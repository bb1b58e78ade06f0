//! The second sign-in: what the first has found is used at once, and checked beside.

use crate::town::{Town, name};
use offhook::engine::command::Command;
use offhook::engine::event::{LinkState, Problem, ProblemKind, ProductMode, Service, SignInReply, Source};
use offhook::engine::input::{Input, XmppIn};
use offhook::engine::signin::{CacheChange, Choice};
use offhook::lab::Site;
use offhook::machine::{Machine, Secret};
use std::time::Duration;

/// Somebody who has signed in at this site before.
fn again(site: &str) -> Town {
    again_at(site, Site::built_in(site).unwrap())
}

/// The same, at a site that is another now.
fn again_at(before: &str, now: Site) -> Town {
    let mut first = Town::new(&Site::built_in(before).unwrap());
    first.sign_in();
    first.run(20.0);
    assert!(first.cache.services.contains_key(&name()), "it is kept");
    let mut second = Town::new(&now);
    second.cache = first.cache.clone();
    second.launch.first = false;
    second
}

#[test]
fn the_mailbox_gets_no_password_before_that_is_known_to_be_right() {
    let mail = |town: &Town| {
        let asked: Vec<_> = town.asked.iter().map(|(_, asked)| asked.as_str()).collect();
        let own = asked.iter().position(|asked| asked.ends_with("/devices"));
        asked.iter().position(|asked| asked.contains("/vmrest/")).map(|at| own.is_some_and(|own| own < at))
    };
    let mut town = again("default");
    town.sign_in();
    town.run(20.0);
    assert_eq!(mail(&town), Some(true), "{:?}", town.asked);
    let mut town = again("default");
    town.password = "another".into();
    town.sign_in();
    town.run(20.0);
    assert_eq!(mail(&town), None, "{:?}", town.asked);
}

#[test]
fn nothing_is_asked_before_both_connections_start_side_by_side() {
    let mut town = again("default");
    let began = town.now;
    town.sign_in();
    town.run(0.9);
    assert_eq!(town.asked.len(), 0, "questions before the first connection: {:?}", town.asked);
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1));
    assert_eq!((town.connects[0].0, town.flows[0].0), (began, began), "at once, side by side");
    assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc);
    assert_eq!(town.account().sign_in.decision.as_ref().unwrap().source, Some(Source::SrvCache));
    // Beside it, all is asked again; it is the same, and nothing is begun anew.
    town.run(20.0);
    assert!(town.asked.iter().all(|(at, _)| *at >= began + Duration::from_secs(1)), "{:?}", town.asked);
    assert!(town.paths().iter().any(|path| path.ends_with("CSFANA.cnf.xml")), "{:?}", town.paths());
    assert_eq!((town.connects.len(), town.flows.len(), town.is_changed()), (1, 1, false));
}

#[test]
fn what_is_other_now_is_told_and_used_from_the_next_sign_in_on() {
    let mut town = again_at("default", Site::built_in("im-only").unwrap());
    town.sign_in();
    town.run(20.0);
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1), "what is used goes on");
    assert!(town.is_changed(), "{:?}", town.notices());
    let kept = town.cache.services[&name()].signed_in().unwrap();
    assert_eq!((kept.phone.as_ref(), kept.product_mode), (None, ProductMode::ImOnly));
}

#[test]
fn what_cannot_be_connected_to_is_forgotten_and_found_anew() {
    let mut moved = Site::built_in("default").unwrap();
    moved.people[0].devices = Some(Vec::new());
    let mut town = again_at("default", moved);
    town.sign_in();
    town.run(0.5);
    let nobody = Problem::new(ProblemKind::Unreachable, "Nobody is there.", "");
    town.engine.handle(town.now, Input::Xmpp(name(), XmppIn::Down(nobody)));
    town.run(0.0);
    let forgets = |change: &CacheChange| matches!(change, CacheChange::ForgetServices { .. });
    assert!(town.changes.iter().any(forgets), "it does not hold any more: {:?}", town.changes);
    town.run(20.0);
    assert!(town.connects.len() >= 2, "{:?}", town.connects);
    assert_eq!(town.account().identity.sip, None, "what was found anew is used at once");
    assert!(!town.is_changed() && town.cache.services.contains_key(&name()));
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })));
}

#[test]
fn what_was_refused_is_not_remembered() {
    let mut town = Town::new(&Site::built_in("clear").unwrap());
    town.replies = vec![SignInReply::Clear(false)];
    town.sign_in();
    town.run(20.0);
    assert!(town.flows.is_empty() && town.cache.services.is_empty() && town.choices.is_empty());
    // What is agreed to is kept, and so is what was found with it.
    let mut town = Town::new(&Site::built_in("clear").unwrap());
    town.replies = vec![SignInReply::Clear(true)];
    town.sign_in();
    town.run(20.0);
    assert_eq!(town.choices, [Choice::Clear]);
    assert!(town.cache.services.contains_key(&name()));
    // Without that agreement, it does not count.
    let mut second = Town::new(&Site::built_in("clear").unwrap());
    (second.cache, second.launch.first) = (town.cache.clone(), false);
    second.replies = vec![SignInReply::Clear(false)];
    second.sign_in();
    assert_eq!((second.connects.len(), second.flows.len()), (0, 0));
}

#[test]
fn a_changed_password_is_asked_for_and_the_old_one_is_tried_once() {
    let mut town = again("default");
    town.password = "old".into();
    town.typed = vec!["ana-demo".into()];
    town.sign_in();
    town.run(20.0);
    let tries = town.asked.iter().filter(|(_, asked)| asked.ends_with("/user/ana")).count();
    assert_eq!(tries, 2, "{:?}", town.asked);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{:?}", town.link(Service::SignIn));
}

#[test]
fn a_password_that_chat_has_refused_is_not_tried_beside() {
    let mut town = again("default");
    town.password = "old".into();
    town.sign_in();
    town.run(0.5);
    let refused = Problem::new(ProblemKind::Password, "The server refused the password.", "");
    town.engine.handle(town.now, Input::Xmpp(name(), XmppIn::Down(refused)));
    town.run(20.0);
    let tries = |town: &Town| town.asked.iter().filter(|(_, asked)| asked.ends_with("/user/ana")).count();
    assert_eq!(tries(&town), 0, "{:?}", town.asked);
    let secret = Secret::new("ana-demo".into());
    let command = Command::GivePassword { account: name(), password: secret, keep: false };
    town.engine.handle(town.now, Input::Command(command));
    town.run(20.0);
    assert_eq!(tries(&town), 1, "{:?}", town.asked);
    assert_eq!(town.connects.last().map(|(_, connect)| connect.password.expose()), Some("ana-demo"));
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{:?}", town.link(Service::SignIn));
}
