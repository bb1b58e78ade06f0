//! Each site that comes along: what is decided, and what the account has then.

use crate::town::{Town, name};
use offhook::engine::command::Command;
use offhook::engine::event::{Authenticator, Delivery, Event, LinkState, ProductMode, Service, SignInReply, Source, Ticket};
use offhook::engine::input::Input;
use offhook::lab::Site;
use offhook::machine::Machine;

fn town(site: &str) -> Town {
    let mut town = Town::new(&Site::built_in(site).unwrap());
    town.sign_in();
    town.run(20.0);
    town
}

fn decided(town: &Town) -> (Authenticator, Option<Source>) {
    let decision = town.account().sign_in.decision.as_ref().expect("it is decided");
    (decision.authenticator, decision.source)
}

#[test]
fn everything_is_there_and_encrypted() {
    let town = town("default");
    assert_eq!(decided(&town), (Authenticator::Cucm, Some(Source::CiscoUds)));
    assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc);
    assert!(matches!(town.link(Service::SignIn), Some(LinkState::Online { .. })), "{:?}", town.link(Service::SignIn));
    // Chat goes to the presence server that the profile names, the phone to the manager over TLS.
    let (_, connect) = town.connects.first().expect("chat connects");
    assert_eq!(connect.jid, "ana@lab.example");
    assert_eq!(connect.host, offhook::lab::hosts::presence(&Site::built_in("default").unwrap()));
    assert!(town.flows[0].1.starts_with("Tls 127."), "{:?}", town.flows);
    assert!(town.flows[0].1.ends_with(":5061"), "{:?}", town.flows);
    let identity = &town.account().identity;
    assert_eq!(identity.jid.as_deref(), Some("ana@lab.example"));
    assert!(identity.sip.as_deref().is_some_and(|sip| sip.starts_with("sip:1001@")), "{identity:?}");
    // Each step of the flow was told, in its order.
    let steps = town.steps();
    let at = |name: &str| steps.iter().position(|step| step == name).unwrap_or_else(|| panic!("{name} in {steps:?}"));
    let order = [
        "cas absent",
        "_cisco-uds found",
        "uds-cluster-user found",
        "uds-user found",
        "password found",
        "service-profile found",
        "device-config found",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?} in {steps:?}");
    }
    // Nothing that holds the password went anywhere before the decision: what was asked before needs none.
    assert!(town.paths().iter().any(|path| path.ends_with("/devices")), "{:?}", town.paths());
}

#[test]
fn chat_and_phone_begin_in_the_same_instant() {
    let town = town("default");
    assert_eq!(town.connects[0].0, town.flows[0].0);
}

#[test]
fn nobody_has_a_phone() {
    let town = town("im-only");
    assert_eq!(town.account().sign_in.product_mode, ProductMode::ImOnly);
    assert_eq!(town.account().identity.sip, None);
    assert!(town.flows.is_empty());
    assert_eq!(town.connects.len(), 1);
}

#[test]
fn phones_alone() {
    let town = town("phone");
    assert_eq!(town.account().sign_in.product_mode, ProductMode::Phone);
    assert!(town.connects.is_empty());
    assert_eq!(town.flows.len(), 1);
}

#[test]
fn phones_in_clear_only_after_the_user_has_agreed() {
    for (agrees, flows) in [(true, 1), (false, 0)] {
        let mut town = Town::new(&Site::built_in("clear").unwrap());
        town.replies = vec![SignInReply::Clear(agrees); 4];
        town.sign_in();
        town.run(20.0);
        assert_eq!(town.flows.iter().filter(|(_, flow)| flow.starts_with("Tcp")).count(), flows, "{:?}", town.flows);
        assert_eq!(town.connects.len(), 1, "chat is encrypted either way");
    }
}

#[test]
fn a_user_of_another_cluster_is_found_there() {
    let mut town = Town::new(&Site::built_in("two-clusters").unwrap());
    town.launch.user = "bob".into();
    town.password = "bob-demo".into();
    town.sign_in();
    town.run(20.0);
    assert_eq!(town.account().sign_in.product_mode, ProductMode::FullUc, "{:?}", town.link(Service::SignIn));
    let number = town.account().identity.sip.clone().unwrap_or_default();
    assert!(number.starts_with("sip:2002@"), "{number}");
}

#[test]
fn open_standards_alone() {
    let town = town("standard");
    assert_eq!(decided(&town), (Authenticator::Standard, Some(Source::XmppClient)));
    assert_eq!(town.account().identity.jid.as_deref(), Some("ana@lab.example"));
    assert_eq!(town.account().identity.sip.as_deref(), Some("sip:ana@lab.example"));
    assert_eq!(town.connects.len(), 1);
}

#[test]
fn a_webex_organisation_ends_with_the_decision_and_no_password_is_asked() {
    let mut town = Town::new(&Site::built_in("webex").unwrap());
    town.password = String::new();
    town.sign_in();
    town.run(20.0);
    assert_eq!(decided(&town), (Authenticator::WebexMessenger, Some(Source::Cas)));
    let Some(LinkState::Failed(problem)) = town.link(Service::SignIn) else { panic!("{:?}", town.link(Service::SignIn)) };
    assert!(problem.what.contains("not available yet"), "{problem}");
    assert!(town.connects.is_empty() && town.flows.is_empty());
    assert!(!town.steps().iter().any(|step| step.starts_with("password")), "{:?}", town.steps());
}

#[test]
fn a_start_from_a_warm_cache_does_not_wait_for_the_cas() {
    let site = Site::built_in("default").unwrap();
    let mut first = Town::new(&site);
    first.sign_in();
    first.run(20.0);
    assert!(!first.cache.srv.is_empty());
    let mut second = Town::new(&site);
    second.cache = first.cache.clone();
    second.launch.first = false;
    second.sign_in();
    // The very first thing that is asked is the home cluster.
    assert!(second.asked.first().is_none_or(|(_, asked)| asked.contains("clusterUser")), "{:?}", second.asked);
    second.run(20.0);
    assert_eq!(decided(&second), (Authenticator::Cucm, Some(Source::SrvCache)));
    assert_eq!(second.connects.len(), 1);
}

#[test]
fn where_chat_is_switched_off_there_are_contacts_and_nothing_is_sent() {
    let mut town = Town::new(&Site::parse("uds.chat-off = \"policy\"").unwrap());
    town.sign_in();
    town.run(20.0);
    assert_eq!(town.account().sign_in.product_mode, ProductMode::PhoneWithContacts);
    assert_eq!((town.connects.len(), town.flows.len()), (1, 1), "contacts and presence come by chat");
    let (to, body) = ("bob@lab.example".to_owned(), "Hello".to_owned());
    let command = Command::Send { account: name(), to, body, ticket: Ticket(7) };
    town.engine.handle(town.now, Input::Command(command));
    town.run(1.0);
    let failed = |(_, event): &(_, Event)| match event {
        Event::Message { message, ticket: Some(Ticket(7)), .. } => match &message.delivery {
            Delivery::Failed(why) => why.to_string().contains("switched off"),
            _ => false,
        },
        _ => false,
    };
    assert!(town.events.iter().any(failed), "{:?}", town.events.last());
}
