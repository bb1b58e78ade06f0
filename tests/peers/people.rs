//! What a user wants of people, with slixmpp as the others, through Prosody: to be seen, to keep and remove contacts, to
//! let them in or not, and to know what has arrived and who is writing.

use super::Case;
use super::desk::Desk;
use super::offhook::User;
use super::prosody::{self, Prosody};
use super::slixmpp::{self, Slixmpp};
use super::world::World;
use offhook::engine::command::Command;
use offhook::engine::event::{Delivery, LinkState, Service, Show, Ticket};
use serde_json::{Value, json};

const NEEDS: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "chat: contacts are kept, asked, let in, refused and removed both ways", needs: NEEDS, run: contacts },
    Case { name: "chat: our presence is seen, and hidden", needs: NEEDS, run: own_presence },
    Case { name: "chat: receipts both ways, in a later run too", needs: NEEDS, run: receipts },
    Case { name: "chat: typing both ways", needs: NEEDS, run: typing },
];

const ALICE: &str = "alice@example.test";
const BOB: &str = "bob@example.test";

fn keep(desk: &mut Desk, jid: &str) {
    let (jid, name, groups) = (jid.to_owned(), "A friend".to_owned(), vec!["friends".to_owned()]);
    desk.wish(|account| Command::KeepContact { account, jid, name, groups });
}

fn show(desk: &mut Desk, show: Show, status: &str) {
    let status = status.to_owned();
    desk.wish(|account| Command::SetPresence { account, show, status });
}

fn send(desk: &mut Desk, to: &str, body: &str) {
    let (to, body) = (to.to_owned(), body.to_owned());
    desk.wish(|account| Command::Send { account, to, body, ticket: Ticket(1) });
}

/// What slixmpp has heard of a kind of presence from Bob.
fn heard(who: &Slixmpp, kind: &str) -> Vec<Value> {
    let from_bob = |told: &Value| told["from"].as_str().unwrap().starts_with(BOB);
    who.process.told("presence").into_iter().filter(|told| told["kind"] == kind && from_bob(told)).collect()
}

fn waits_for(who: &mut Slixmpp, kind: &str, times: usize) {
    who.process.wait_until(&format!("hears {kind}"), |process| {
        let from_bob = |told: &Value| told["from"].as_str().unwrap().starts_with(BOB);
        process.told("presence").iter().filter(|told| told["kind"] == kind && from_bob(told)).count() >= times
    });
}

/// Bob and Alice see each other.
fn befriend(desk: &mut Desk, alice: &mut Slixmpp) {
    keep(desk, ALICE);
    waits_for(alice, "subscribe", 1);
    alice.presence_to("subscribed", "bob");
    desk.wait_until("sees Alice", |desk| desk.sees(ALICE).is_some());
    alice.presence_to("subscribe", "bob");
    desk.wait_until("is asked", |desk| desk.account().subscription_requests == [ALICE]);
    desk.wish(|account| Command::AllowSubscription { account, from: ALICE.into() });
    desk.wait_until("is seen by Alice", |desk| desk.account().contacts[ALICE].they_see_us);
    waits_for(alice, "subscribed", 1);
}

fn contacts() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    alice.shows("away", "at lunch");
    let mut desk = Desk::sign_in(&bob, "bob");

    befriend(&mut desk, &mut alice);
    let contact = desk.account().contacts[ALICE].clone();
    assert!(contact.we_see_them && contact.they_see_us && !contact.asked, "{contact:?}");
    assert_eq!((contact.name.raw(), contact.groups[0].raw()), ("A friend", "friends"));
    assert!(desk.account().subscription_requests.is_empty());
    let seen = desk.sees(ALICE).unwrap();
    assert_eq!((seen.show, seen.status.raw()), (Show::Away, "at lunch"));
    assert_eq!(alice.subscription("bob"), "both");

    desk.wish(|account| Command::RemoveContact { account, jid: ALICE.into() });
    desk.wait_until("has removed her", |desk| desk.account().contacts.is_empty());
    assert_eq!(desk.sees(ALICE), None);
    waits_for(&mut alice, "unsubscribed", 1);
    alice
        .process
        .wait_until("sees him go", |process| process.told("presence").iter().any(|told| told["kind"] == "unsubscribe"));
    assert_eq!(alice.subscription("bob"), "none");

    // She asks again, and is refused; asks again, and takes it back.
    alice.presence_to("subscribe", "bob");
    desk.wait_until("is asked again", |desk| desk.account().subscription_requests == [ALICE]);
    desk.wish(|account| Command::RefuseSubscription { account, from: ALICE.into() });
    desk.wait_until("has refused", |desk| desk.account().subscription_requests.is_empty());
    waits_for(&mut alice, "unsubscribed", 2);
    assert_eq!(alice.subscription("bob"), "none");
    alice.presence_to("subscribe", "bob");
    desk.wait_until("is asked a third time", |desk| desk.account().subscription_requests == [ALICE]);
    alice.presence_to("unsubscribe", "bob");
    desk.wait_until("sees it taken back", |desk| desk.account().subscription_requests.is_empty());

    assert_eq!(desk.notices(), Vec::<String>::new());
    // What the server does not do is told with its reason.
    desk.wish(|account| Command::RemoveContact { account, jid: "nobody@example.test".into() });
    desk.wait_until("is told", |desk| desk.notices().len() == 1);
    assert!(desk.notices()[0].contains("nobody@example.test could not be removed"), "{:?}", desk.notices());
    desk.close();
}

fn own_presence() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut desk = Desk::sign_in(&bob, "bob");
    befriend(&mut desk, &mut alice);
    waits_for(&mut alice, "available", 1);
    for (shown, kind) in [(Show::DoNotDisturb, "dnd"), (Show::Away, "away"), (Show::ExtendedAway, "xa"), (Show::Chat, "chat")] {
        show(&mut desk, shown, "Grüße <&>");
        waits_for(&mut alice, kind, 1);
        assert_eq!(heard(&alice, kind)[0]["status"], "Grüße <&>");
        desk.wait_until("is told", |desk| desk.account().presence == Some((shown, "Grüße <&>".into())));
    }
    show(&mut desk, Show::Offline, "");
    waits_for(&mut alice, "unavailable", 1);
    assert!(matches!(desk.account().links[&Service::Chat], LinkState::Online { .. }));
    alice.says(BOB, "while hidden");
    alice.settle();
    send(&mut desk, ALICE, "from the dark");
    assert_eq!(alice.process.wait_for_messages(1), ["from the dark"]);
    show(&mut desk, Show::Available, "back");
    desk.wait_until("hears what went past it", |desk| desk.bodies() == ["while hidden"]);
    waits_for(&mut alice, "available", 2);
    assert_eq!(heard(&alice, "available").last().unwrap()["status"], "back");
    desk.close();
    waits_for(&mut alice, "unavailable", 2);
}

fn receipts() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::confirming(&world, "alice", prosody.port);
    let mut carol = Slixmpp::sign_in(&world, "carol", prosody.port);
    let mut desk = Desk::sign_in(&bob, "bob");
    befriend(&mut desk, &mut alice);

    send(&mut desk, ALICE, "hello");
    let delivered = |desk: &Desk| desk.newest().and_then(|key| desk.delivery(&key)) == Some(Delivery::Delivered);
    desk.wait_until("hears that it is delivered", delivered);

    // Alice may know that Bob is there; Carol may not.
    carol.order(&json!({"do": "send", "to": BOB, "body": "are you there?", "receipt": true}));
    desk.wait_until("hears Carol", |desk| desk.bodies().len() == 1);
    alice.order(&json!({"do": "send", "to": BOB, "body": "and this?", "receipt": true}));
    alice.process.wait_until("hears that it is delivered", |alice| !alice.told("receipt").is_empty());
    assert_eq!(alice.process.told("receipt")[0]["id"], alice.process.told("said")[0]["id"]);
    carol.settle();
    assert_eq!(carol.process.told("receipt"), Vec::<Value>::new());
    assert_eq!(carol.process.wait_for_messages(0), Vec::<String>::new());

    // She comes when Bob has gone and come back: the receipt finds the run that did not send it.
    drop(alice);
    desk.wait_until("sees Alice go", |desk| desk.sees(ALICE).is_none());
    send(&mut desk, ALICE, "read it later");
    let sent = |desk: &Desk| desk.newest().and_then(|key| desk.delivery(&key)) == Some(Delivery::Sent);
    desk.wait_until("has sent it", sent);
    let key = desk.newest().unwrap();
    desk.close();
    let mut desk = Desk::sign_in(&bob, "bob");
    let mut alice = Slixmpp::confirming(&world, "alice", prosody.port);
    assert_eq!(alice.process.wait_for_messages(1), ["read it later"]);
    desk.wait_until("hears that it is delivered", |desk| desk.delivery(&key) == Some(Delivery::Delivered));
    // And once more it comes while Bob is away: then the archive says so.
    drop(alice);
    desk.wait_until("sees Alice go", |desk| desk.sees(ALICE).is_none());
    send(&mut desk, ALICE, "and this still later");
    desk.wait_until("has sent it", sent);
    let key = desk.newest().unwrap();
    desk.close();
    let mut alice = Slixmpp::confirming(&world, "alice", prosody.port);
    assert_eq!(alice.process.wait_for_messages(1), ["and this still later"]);
    alice.settle();
    let mut desk = Desk::sign_in(&bob, "bob");
    desk.wait_until("hears that it is delivered", |desk| desk.delivery(&key) == Some(Delivery::Delivered));
    assert_eq!(desk.notices(), Vec::<String>::new());
    desk.close();
}

fn typing() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut desk = Desk::sign_in(&bob, "bob");
    befriend(&mut desk, &mut alice);
    let state = |alice: &mut Slixmpp, state: &str| alice.order(&json!({"do": "state", "to": BOB, "state": state}));
    let writing = |desk: &Desk| desk.account().typing.contains(ALICE);
    state(&mut alice, "composing");
    desk.wait_until("sees Alice write", writing);
    state(&mut alice, "paused");
    desk.wait_until("sees her stop", |desk| !writing(desk));
    state(&mut alice, "composing");
    desk.wait_until("sees her go on", writing);

    // She has not yet shown that she understands it of us in a message: nothing is said.
    let types = |desk: &mut Desk, typing| desk.wish(|account| Command::Typing { account, to: ALICE.into(), typing });
    types(&mut desk, true);
    types(&mut desk, false);
    alice.order(&json!({"do": "send", "to": BOB, "body": "hello", "state": "active"}));
    desk.wait_until("hears her", |desk| desk.bodies() == ["hello"]);
    assert!(!writing(&desk));
    for (typing, word) in [(true, "composing"), (false, "paused")] {
        types(&mut desk, typing);
        alice.process.wait_until(word, |alice| alice.told("state").iter().any(|told| told["state"] == word));
    }
    types(&mut desk, true);
    send(&mut desk, ALICE, "hello yourself");
    assert_eq!(alice.process.wait_for_messages(1), ["hello yourself"]);
    let states: Vec<Value> = alice.process.told("state").iter().map(|told| told["state"].clone()).collect();
    assert_eq!(states, ["composing", "paused", "composing"]);
    desk.close();
}
