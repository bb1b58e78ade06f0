//! Signing in, contacts, presence, messages both ways.

use crate::town::{Town, jid};
use offhook::engine::chat::ChatIn;
use offhook::engine::command::Attendance;
use offhook::engine::event::{Delivery, Event, LinkState, MessageKey, Service, Show, Ticket};
use offhook::lab::xmpp::Fault;
use offhook::protocol::xmpp::Stanza;
use xmpp_parsers::presence::Presence;

#[test]
fn signing_in_brings_the_contacts_and_their_presence() {
    let mut town = Town::new(&["alice", "bob"], 1);
    town.sign_in(0);
    town.seconds(1);
    town.sign_in(1);
    town.seconds(1);
    let account = &town.state(0).accounts[&crate::town::name(0)];
    let LinkState::Online { address } = &account.links[&Service::Chat] else { panic!("{:?}", town.links(0)) };
    assert!(address.starts_with("alice@example.test/offhook-"), "{address}");
    assert!(account.caught_up);
    let bob = &account.contacts["bob@example.test"];
    assert!(bob.we_see_them && bob.they_see_us && !bob.asked);
    let seen: Vec<_> = account.presences.values().map(|presence| (presence.from.raw().to_owned(), presence.show)).collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].0.starts_with("bob@example.test/offhook-"));
    assert_eq!(seen[0].1, Show::Available);
    town.tell(1, ChatIn::SignOut);
    town.seconds(1);
    assert!(town.state(0).accounts[&crate::town::name(0)].presences.is_empty());
    assert_eq!(town.links(1).last(), Some(&LinkState::Offline));
}

#[test]
fn messages_go_both_ways_and_are_acknowledged() {
    let mut town = Town::new(&["alice", "bob"], 2);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    town.send(1, "alice", "hello yourself");
    town.seconds(1);
    assert_eq!(town.bodies(1), ["hello"]);
    assert_eq!(town.bodies(0), ["hello yourself"]);
    let heard = town.heard(1);
    assert!(!heard[0].archived && heard[0].from.raw().starts_with("alice@example.test/offhook-"));
    assert_eq!(town.fates(0)[0], ("hello".into(), Delivery::Delivered));
    let steps: Vec<_> = town
        .events(0)
        .into_iter()
        .filter_map(|event| match event {
            Event::Message { message, ticket, .. } if message.ours => Some((message.key, message.delivery, ticket)),
            Event::Delivery { message, delivery, .. } => Some((message, delivery, None)),
            _ => None,
        })
        .collect();
    let key = steps[0].0.clone();
    assert_eq!(
        steps,
        [
            (key.clone(), Delivery::OnWire, Some(Ticket(7))),
            (key.clone(), Delivery::Sent, None),
            (key, Delivery::Delivered, None)
        ]
    );
}

#[test]
fn what_is_written_offline_is_unsent_and_goes_out_in_order_once_online() {
    let mut town = Town::new(&["alice", "bob"], 3);
    town.sign_in(1);
    town.send(0, "bob", "one");
    town.send(0, "bob", "two");
    town.seconds(1);
    assert!(town.fates(0).iter().all(|(_, delivery)| *delivery == Delivery::Unsent));
    town.sign_in(0);
    town.run(std::time::Duration::from_millis(40));
    town.send(0, "bob", "three");
    town.seconds(5);
    assert_eq!(town.bodies(1), ["one", "two", "three"]);
    assert!(town.fates(0).iter().all(|(_, delivery)| *delivery == Delivery::Delivered));
}

#[test]
fn a_server_without_stream_management_acknowledges_by_a_ping() {
    let mut town = Town::new(&["alice", "bob"], 4);
    town.server().fault(Fault::NoStreamManagement, true);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    // Nobody says that it arrives.
    town.tell(1, ChatIn::SetPresence { show: Show::Offline, status: String::new() });
    town.seconds(1);
    town.send(0, "bob", "one");
    town.send(0, "bob", "two");
    town.seconds(3);
    assert!(town.fates(0).iter().all(|(_, delivery)| *delivery == Delivery::Sent), "{:?}", town.fates(0));
    town.tell(1, ChatIn::SetPresence { show: Show::Available, status: String::new() });
    town.seconds(1);
    assert_eq!(town.bodies(1), ["one", "two"]);
}

#[test]
fn a_message_to_nobody_comes_back_and_can_be_sent_again() {
    let mut town = Town::new(&["alice"], 5);
    town.sign_in(0);
    town.seconds(1);
    town.send(0, "nobody", "anybody there?");
    town.seconds(1);
    let fates = town.fates(0);
    assert!(matches!(&fates[0].1, Delivery::Failed(why) if why.raw() == "service unavailable"), "{fates:?}");
    let key = town.disk(0).messages().next().unwrap().key.clone();
    town.server().add(&jid("nobody"), "x");
    town.tell(0, ChatIn::SendAgain { message: key });
    town.seconds(1);
    assert_eq!(town.fates(0)[0].1, Delivery::Sent);
    assert_eq!(town.archived("nobody"), ["anybody there?"]);
}

#[test]
fn what_is_no_address_fails_at_once_under_its_ticket() {
    let mut town = Town::new(&["alice"], 6);
    town.tell(0, ChatIn::Send { to: "@@".into(), body: "x".into(), ticket: Ticket(9) });
    town.tell(0, ChatIn::SendAgain { message: MessageKey("nothing".into()) });
    town.seconds(1);
    let failed = |event: &Event| matches!(event, Event::Message { message, ticket: Some(Ticket(9)), .. } if matches!(message.delivery, Delivery::Failed(_)));
    assert!(town.events(0).iter().any(failed), "{:?}", town.events(0));
    assert!(town.events(0).iter().any(|event| matches!(event, Event::Notice(_))));
    assert_eq!(town.disk(0).messages().count(), 0);
}

#[test]
fn a_full_disk_keeps_a_message_from_the_wire() {
    let mut town = Town::new(&["alice", "bob"], 7);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.disk(0).broken = true;
    town.send(0, "bob", "lost");
    town.seconds(2);
    assert!(town.bodies(1).is_empty());
    assert!(town.events(0).iter().any(|event| {
        matches!(event, Event::Message { message, ticket: Some(_), .. } if matches!(message.delivery, Delivery::Failed(_)))
    }));
}

#[test]
fn somebody_asks_to_see_us_and_is_told_once() {
    let mut town = Town::new(&["alice", "bob"], 8);
    town.server().add(&jid("carol"), "secret");
    town.sign_in(0);
    town.seconds(1);
    let subscribe = || Stanza::from(Presence::subscribe().with_from(jid("carol")).with_to(jid("alice")));
    for _ in 0..3 {
        town.at_server(offhook::lab::xmpp::ServerIn::Forge(jid("alice"), subscribe()));
    }
    town.seconds(1);
    let asked: Vec<_> = town.events(0).into_iter().filter(|event| matches!(event, Event::SubscriptionAsked { .. })).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(town.state(0).accounts[&crate::town::name(0)].subscription_requests, ["carol@example.test"]);
}

#[test]
fn two_processes_of_one_account_both_hear_and_each_has_its_resource() {
    let mut town = Town::new(&["alice", "bob", "alice"], 9);
    for person in 0..3 {
        town.sign_in(person);
    }
    town.seconds(1);
    town.send(1, "alice", "to both");
    town.seconds(1);
    town.send(0, "bob", "from the first");
    town.seconds(1);
    assert_eq!(town.bodies(0), ["to both"]);
    assert_eq!(town.bodies(2), ["to both"]);
    assert_eq!(town.bodies(1), ["from the first"]);
    let copied = |event: &Event| matches!(event, Event::Message { message, .. } if message.ours && message.body.raw() == "from the first");
    assert_eq!(town.events(2).iter().filter(|event| copied(event)).count(), 1, "the other process sees what was sent");
    assert_eq!(town.events(0).iter().filter(|event| copied(event)).count(), 1);
    assert_eq!(town.disk(0).messages().count(), 2, "on the disk that they share each message is once");
    let resource = |town: &Town, person: usize| match town.links(person).last() {
        Some(LinkState::Online { address }) => address.clone(),
        other => panic!("{other:?}"),
    };
    assert_ne!(resource(&town, 0), resource(&town, 2));
}

#[test]
fn who_only_sends_leaves_what_waits_for_who_listens() {
    let mut town = Town::new(&["alice", "bob"], 10);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(1, "alice", "seen");
    town.seconds(1);
    town.tell(0, ChatIn::SignOut);
    town.seconds(1);
    town.send(1, "alice", "missed");
    town.seconds(1);
    town.live(0);
    town.tell(0, ChatIn::SignIn(Attendance::Passing));
    town.send(0, "bob", "passing by");
    town.seconds(2);
    assert_eq!(town.fates(0).last(), Some(&("passing by".into(), Delivery::Sent)));
    assert!(town.bodies(0).is_empty());
    town.tell(0, ChatIn::SignOut);
    town.seconds(1);
    town.live(0);
    town.sign_in(0);
    town.seconds(2);
    let heard: Vec<_> = town.heard(0).into_iter().map(|message| (message.body.raw().to_owned(), message.archived)).collect();
    // It waited twice, offline and in the archive; which comes first does not matter.
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].0, "missed");
}
