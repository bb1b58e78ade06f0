//! Receipts (XEP-0184): what arrived is told, once and for good, and only to those who may know that we are there. And
//! messages that the user gives up.

use crate::town::{Town, jid, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::event::{Delivery, Event, MessageKey, Show};
use offhook::lab::xmpp::{Fault, Reach, ServerIn};
use offhook::protocol::xmpp::Stanza;
use std::time::Duration;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;

fn deliveries(town: &Town, person: usize) -> Vec<Delivery> {
    town.events(person)
        .into_iter()
        .filter_map(|event| match event {
            Event::Delivery { delivery, .. } => Some(delivery),
            _ => None,
        })
        .collect()
}

fn key(town: &mut Town, person: usize) -> String {
    town.disk(person).messages().last().unwrap().key.0.clone()
}

fn receipt(from: &str, id: &str) -> Stanza {
    let xml = format!(
        "<message xmlns='jabber:client' type='chat' from='{from}' to='alice@example.test'>\
         <received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
    );
    Message::try_from(xml.parse::<Element>().unwrap()).unwrap().into()
}

/// Receipts that the server has heard.
fn receipts(town: &mut Town) -> usize {
    let said = |stanza: &Stanza| matches!(stanza, Stanza::Message(message) if message.payloads.iter().any(|payload| payload.is("received", "urn:xmpp:receipts")));
    town.server().heard().iter().filter(|heard| said(&heard.stanza)).count()
}

fn hide(town: &mut Town, person: usize) {
    town.tell(person, ChatIn::SetPresence { show: Show::Offline, status: String::new() });
    town.seconds(1);
}

#[test]
fn delivered_is_told_once_and_is_the_last_word() {
    let mut town = Town::new(&["alice", "bob"], 800);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    assert_eq!(deliveries(&town, 0), [Delivery::Sent, Delivery::Delivered]);
    let key = key(&mut town, 0);
    for _ in 0..3 {
        town.at_server(ServerIn::Forge(jid("alice"), receipt("bob@example.test/other", &key)));
    }
    let bounce = format!(
        "<message xmlns='jabber:client' type='error' from='bob@example.test/gone' id='{key}'><error type='cancel'>\
         <gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    );
    let bounce = Message::try_from(bounce.parse::<Element>().unwrap()).unwrap();
    town.at_server(ServerIn::Forge(jid("alice"), bounce.into()));
    town.seconds(5);
    assert_eq!(deliveries(&town, 0).len(), 2);
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered);
    assert!(town.state(0).accounts[&name(0)].outstanding.is_empty());
}

#[test]
fn a_receipt_that_overtakes_the_acknowledgement_stays() {
    let mut town = Town::new(&["alice", "bob"], 810);
    town.server().fault(Fault::NoStreamManagement, true);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.run(Duration::from_millis(200));
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered, "before the ping behind it");
    town.seconds(5);
    assert_eq!(deliveries(&town, 0), [Delivery::Delivered]);
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered);
}

#[test]
fn nobody_confirms_what_was_not_sent_to_them() {
    let mut town = Town::new(&["alice", "bob"], 820);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    hide(&mut town, 1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    let key = key(&mut town, 0);
    for from in ["mallory@evil.test/x", "bob@evil.test", "example.test", "alice@example.test/two"] {
        town.at_server(ServerIn::Forge(jid("alice"), receipt(from, &key)));
    }
    town.at_server(ServerIn::Forge(jid("alice"), receipt("bob@example.test", "another")));
    town.seconds(1);
    assert_eq!(town.fates(0)[0].1, Delivery::Sent);
    town.at_server(ServerIn::Forge(jid("alice"), receipt("bob@example.test/phone", &key)));
    town.seconds(1);
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered);
}

#[test]
fn strangers_and_the_hidden_are_not_told_that_we_are_there() {
    let mut town = Town::strangers(&["alice", "carol"], 830);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(1, "alice", "are you there?");
    town.seconds(1);
    assert_eq!((town.bodies(0).len(), receipts(&mut town)), (1, 0));
    assert_eq!(town.fates(1)[0].1, Delivery::Sent);

    let mut town = Town::new(&["alice", "bob"], 831);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    hide(&mut town, 0);
    let from = jid("bob").with_resource_str("x").unwrap();
    let asking = "<message xmlns='jabber:client' type='chat' id='m1' to='alice@example.test'><body>there?</body>\
                  <request xmlns='urn:xmpp:receipts'/></message>";
    let asking = Message { from: Some(from.into()), ..Message::try_from(asking.parse::<Element>().unwrap()).unwrap() };
    town.at_server(ServerIn::Forge(jid("alice"), asking.into()));
    town.seconds(1);
    assert_eq!((town.bodies(0).len(), receipts(&mut town)), (1, 0));
}

#[test]
fn each_device_hears_and_one_answers_and_both_devices_of_the_author_know() {
    let mut town = Town::new(&["alice", "bob", "alice", "bob"], 840);
    for person in 0..4 {
        town.sign_in(person);
    }
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    assert_eq!(town.bodies(3), ["hello"]);
    assert_eq!(deliveries(&town, 0).last(), Some(&Delivery::Delivered));
    assert_eq!(deliveries(&town, 2), [Delivery::Delivered], "by a carbon of the receipt");
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered);
    // To one device of Bob's: the other has a carbon, and does not answer.
    let before = receipts(&mut town);
    let to = match town.links(1).last() {
        Some(offhook::engine::event::LinkState::Online { address }) => address.clone(),
        other => panic!("{other:?}"),
    };
    town.tell(2, ChatIn::Send { to, body: "to one".into(), ticket: offhook::engine::event::Ticket(8) });
    town.seconds(1);
    assert_eq!(town.bodies(3), ["hello", "to one"]);
    assert_eq!(receipts(&mut town), before + 1);
}

#[test]
fn a_receipt_that_comes_in_a_later_run_counts_whichever_way_it_comes() {
    for archive_only in [false, true] {
        let mut town = Town::new(&["alice", "bob"], 850);
        town.sign_in(0);
        town.sign_in(1);
        town.seconds(1);
        hide(&mut town, 1);
        town.send(0, "bob", "hello");
        town.seconds(1);
        let key = key(&mut town, 0);
        town.tell(0, ChatIn::SignOut);
        town.seconds(1);
        town.live(0);
        assert_eq!(town.fates(0)[0].1, Delivery::Sent);
        if archive_only {
            // Bob comes while Alice is away: what he says waits in the archive.
            town.server().fault(Fault::NoOfflineStorage, true);
            town.tell(1, ChatIn::SetPresence { show: Show::Available, status: String::new() });
            town.seconds(1);
            assert_eq!(town.bodies(1), ["hello"]);
            town.sign_in(0);
        } else {
            town.sign_in(0);
            town.seconds(1);
            town.tell(1, ChatIn::SetPresence { show: Show::Available, status: String::new() });
        }
        town.seconds(3);
        assert_eq!(town.fates(0)[0].1, Delivery::Delivered, "archive only: {archive_only}, {key}");
        assert_eq!(deliveries(&town, 0), [Delivery::Delivered]);
    }
}

fn give_up(town: &mut Town, key: &str) {
    town.tell(0, ChatIn::GiveUp { message: MessageKey(key.to_owned()) });
}

fn failed(town: &mut Town, at: usize) -> String {
    match &town.fates(0)[at].1 {
        Delivery::Failed(why) => why.raw().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_given_up_is_never_sent() {
    let mut town = Town::new(&["alice", "bob"], 860);
    town.sign_in(1);
    town.send(0, "bob", "one");
    town.seconds(1);
    let first = key(&mut town, 0);
    town.send(0, "bob", "two");
    town.seconds(1);
    give_up(&mut town, &first);
    town.seconds(1);
    assert_eq!(failed(&mut town, 0), "given up before it was sent");
    town.sign_in(0);
    town.seconds(5);
    assert_eq!(town.bodies(1), ["two"]);
    assert_eq!(failed(&mut town, 0), "given up before it was sent");
    assert_eq!(town.archived("bob"), ["two"]);
    // One that has arrived is not given up, and one that nobody knows is said to be none.
    let second = key(&mut town, 0);
    give_up(&mut town, &second);
    give_up(&mut town, "nothing");
    town.seconds(1);
    assert_eq!(town.fates(0)[1].1, Delivery::Delivered);
    assert!(town.events(0).iter().any(|event| matches!(event, Event::Notice(_))));
}

#[test]
fn what_an_earlier_run_has_left_can_be_given_up() {
    let mut town = Town::new(&["alice", "bob"], 870);
    town.send(0, "bob", "left");
    town.seconds(1);
    let left = key(&mut town, 0);
    for signed_in in [false, true] {
        town.live(0);
        if signed_in {
            town.sign_in(0);
            town.seconds(1);
        }
        give_up(&mut town, &left);
        town.seconds(1);
        assert_eq!(failed(&mut town, 0), "given up before it was sent");
        let again = offhook::engine::ask::StoreQuestion::Deliver {
            account: name(0),
            message: MessageKey(left.clone()),
            delivery: Delivery::Unsent,
        };
        town.disk(0).ask(again);
    }
    town.seconds(100);
    assert!(town.archived("bob").is_empty());
}

#[test]
fn what_may_have_been_sent_is_given_up_as_such_and_the_archive_does_not_bring_it_back() {
    let mut town = Town::new(&["alice", "bob"], 880);
    town.server().fault(Fault::NoResumption, true);
    town.sign_in(0);
    town.seconds(1);
    town.server().fault(Fault::Silent, true);
    town.send(0, "bob", "in doubt");
    town.seconds(1);
    let doubtful = key(&mut town, 0);
    town.reach(0, Reach::Closed);
    town.cut(0);
    town.seconds(1);
    assert_eq!(town.fates(0)[0].1, Delivery::Unknown);
    give_up(&mut town, &doubtful);
    town.seconds(1);
    assert_eq!(failed(&mut town, 0), "given up; it may have been sent");
    town.server().fault(Fault::Silent, false);
    town.reach(0, Reach::Open);
    town.tell(0, ChatIn::NetworkChanged);
    town.seconds(200);
    assert_eq!(failed(&mut town, 0), "given up; it may have been sent");
    assert!(town.archived("bob").is_empty());
}
