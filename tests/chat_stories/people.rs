//! What the user shows of themselves, and who is let in: presence, roster and subscriptions (RFC 6121 §2–§4).

use crate::town::{Town, jid, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::command::Attendance;
use offhook::engine::event::{Contact, Event, Show};
use offhook::lab::xmpp::{Fault, ServerIn};
use offhook::machine::RemoteText;
use offhook::protocol::xmpp::Stanza;
use xmpp_parsers::presence::{Presence, Type};

fn show(show: Show, status: &str) -> ChatIn {
    ChatIn::SetPresence { show, status: status.to_owned() }
}

fn keep(jid: &str, name: &str, groups: &[&str]) -> ChatIn {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    ChatIn::KeepContact { jid: jid.to_owned(), name: name.to_owned(), groups }
}

/// Alice and Carol have accounts, and nothing to do with each other.
fn strangers(seed: u64) -> Town {
    let mut town = Town::strangers(&["alice", "carol"], seed);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town
}

fn contact(town: &Town, person: usize, who: &str) -> Option<Contact> {
    town.state(person).accounts[&name(person)].contacts.get(&format!("{who}@example.test")).cloned()
}

/// What `person` sees of `who`.
fn seen(town: &Town, person: usize, who: &str) -> Option<(Show, String)> {
    let presence = town.state(person).accounts[&name(person)].presence_of(&format!("{who}@example.test"))?;
    Some((presence.show, presence.status.raw().to_owned()))
}

fn requests(town: &Town, person: usize) -> Vec<String> {
    town.state(person).accounts[&name(person)].subscription_requests.clone()
}

fn own(town: &Town, person: usize) -> Option<(Show, String)> {
    town.state(person).accounts[&name(person)].presence.clone()
}

fn notices(town: &Town, person: usize) -> Vec<String> {
    town.events(person)
        .into_iter()
        .filter_map(|event| match event {
            Event::Notice(notice) => Some(notice.problem.what.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn what_is_shown_is_seen_at_once_and_again_after_each_sign_in() {
    let mut town = Town::new(&["alice", "bob"], 600);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    assert_eq!(own(&town, 0), Some((Show::Available, String::new())), "told at sign-in");
    for (shown, status) in [(Show::DoNotDisturb, "writing"), (Show::Chat, ""), (Show::ExtendedAway, "Grüße")] {
        town.tell(0, show(shown, status));
        town.seconds(1);
        assert_eq!(own(&town, 0), Some((shown, status.to_owned())));
        assert_eq!(seen(&town, 1, "alice"), Some((shown, status.to_owned())));
    }
    // While the link is down it is remembered, and said when the stream is resumed.
    town.reach(0, offhook::lab::xmpp::Reach::Closed);
    town.cut(0);
    town.seconds(1);
    town.tell(0, show(Show::Away, "at lunch"));
    town.seconds(1);
    assert_eq!(seen(&town, 1, "alice"), Some((Show::ExtendedAway, "Grüße".into())));
    town.reach(0, offhook::lab::xmpp::Reach::Open);
    town.tell(0, ChatIn::NetworkChanged);
    town.seconds(5);
    assert_eq!(seen(&town, 1, "alice"), Some((Show::Away, "at lunch".into())));
    // And at the next sign-in of this run.
    town.tell(0, ChatIn::SignOut);
    town.seconds(1);
    assert_eq!(seen(&town, 1, "alice"), None);
    town.sign_in(0);
    town.seconds(1);
    assert_eq!(seen(&town, 1, "alice"), Some((Show::Away, "at lunch".into())));
    assert_eq!(own(&town, 0), Some((Show::Away, "at lunch".into())));
}

#[test]
fn who_is_hidden_is_signed_in_and_misses_nothing_afterwards() {
    for archive_only in [false, true] {
        let mut town = Town::new(&["alice", "bob"], 610);
        town.server().fault(Fault::NoOfflineStorage, archive_only);
        town.sign_in(1);
        town.tell(0, show(Show::Offline, ""));
        town.sign_in(0);
        town.seconds(1);
        assert_eq!(seen(&town, 1, "alice"), None, "never seen");
        let said = |town: &mut Town| {
            let heard = town.server().heard().to_vec();
            heard.into_iter().filter(|heard| heard.from.node() == jid("alice").node()).collect::<Vec<_>>()
        };
        assert!(!said(&mut town).iter().any(|heard| matches!(heard.stanza, Stanza::Presence(_))));
        assert!(town.state(0).accounts[&name(0)].contacts.contains_key("bob@example.test"), "the roster is there");
        town.tell(0, show(Show::Available, ""));
        town.seconds(1);
        assert!(seen(&town, 1, "alice").is_some());
        town.tell(0, show(Show::Offline, "bye"));
        town.seconds(1);
        assert_eq!(seen(&town, 1, "alice"), None);
        town.send(1, "alice", "while hidden");
        town.send(0, "bob", "from the dark");
        town.seconds(1);
        assert_eq!(town.bodies(1), ["from the dark"], "who is hidden can still write");
        town.tell(0, show(Show::Away, ""));
        town.seconds(2);
        assert_eq!(town.bodies(0), ["while hidden"], "archive only: {archive_only}");
    }
}

#[test]
fn somebody_who_only_passes_by_is_not_shown() {
    let mut town = Town::new(&["alice", "bob"], 620);
    town.sign_in(1);
    town.tell(0, ChatIn::SignIn(Attendance::Passing));
    town.seconds(1);
    town.tell(0, show(Show::Chat, "here"));
    town.seconds(1);
    assert_eq!(seen(&town, 1, "alice"), None);
}

#[test]
fn a_new_contact_is_asked_and_both_see_each_other_once_it_is_allowed() {
    let mut town = strangers(630);
    town.tell(0, keep(" carol@example.test ", "Carol", &["work", "work", ""]));
    town.seconds(1);
    let carol = contact(&town, 0, "carol").unwrap();
    assert_eq!((carol.name.raw(), carol.groups.as_slice()), ("Carol", [RemoteText::from("work")].as_slice()));
    assert!(carol.asked && !carol.we_see_them && !carol.they_see_us);
    assert_eq!(requests(&town, 1), ["alice@example.test"]);
    assert_eq!(seen(&town, 0, "carol"), None);

    town.tell(1, ChatIn::AllowSubscription { from: "alice@example.test".into() });
    town.seconds(1);
    assert!(requests(&town, 1).is_empty(), "answered");
    assert!(seen(&town, 0, "carol").is_some());
    let alice = contact(&town, 1, "alice").unwrap();
    assert!(alice.they_see_us && alice.asked, "she asks back: {alice:?}");
    assert_eq!(requests(&town, 0), ["carol@example.test"]);
    town.tell(0, ChatIn::AllowSubscription { from: "carol@example.test".into() });
    town.seconds(1);
    assert!(seen(&town, 1, "alice").is_some() && requests(&town, 0).is_empty());
    let (carol, alice) = (contact(&town, 0, "carol").unwrap(), contact(&town, 1, "alice").unwrap());
    assert!([&carol, &alice].iter().all(|who| who.we_see_them && who.they_see_us && !who.asked), "{carol:?} {alice:?}");
    let asked = |heard: &&offhook::lab::xmpp::Heard| matches!(&heard.stanza, Stanza::Presence(p) if p.type_ == Type::Subscribe);
    assert_eq!(town.server().heard().iter().filter(asked).count(), 2, "each asks once");

    // Another name asks nobody anything.
    town.tell(0, keep("carol@example.test", "C.", &[]));
    town.seconds(1);
    let carol = contact(&town, 0, "carol").unwrap();
    assert!(carol.name.raw() == "C." && carol.groups.is_empty() && carol.we_see_them);
    assert_eq!(town.server().heard().iter().filter(asked).count(), 2);

    town.tell(0, ChatIn::RemoveContact { jid: "carol@example.test".into() });
    town.seconds(1);
    assert_eq!((contact(&town, 0, "carol"), seen(&town, 0, "carol"), seen(&town, 1, "alice")), (None, None, None));
    let alice = contact(&town, 1, "alice").unwrap();
    assert!(!alice.we_see_them && !alice.they_see_us);
    assert_eq!(notices(&town, 0), Vec::<String>::new());
}

#[test]
fn who_is_refused_sees_nothing_and_may_ask_again() {
    let mut town = strangers(640);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    town.tell(1, ChatIn::RefuseSubscription { from: "alice@example.test".into() });
    town.seconds(1);
    assert!(requests(&town, 1).is_empty());
    let carol = contact(&town, 0, "carol").unwrap();
    assert!(!carol.asked && !carol.we_see_them && seen(&town, 0, "carol").is_none());
    assert_eq!(contact(&town, 1, "alice"), None);
    town.tell(0, ChatIn::RemoveContact { jid: "carol@example.test".into() });
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    assert_eq!(requests(&town, 1), ["alice@example.test"]);
}

#[test]
fn a_request_is_settled_when_it_is_taken_back_or_answered_elsewhere() {
    let mut town = Town::strangers(&["alice", "carol", "carol"], 650);
    for person in 0..3 {
        town.sign_in(person);
    }
    town.seconds(1);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    assert_eq!((requests(&town, 1).len(), requests(&town, 2).len()), (1, 1));
    town.tell(1, ChatIn::AllowSubscription { from: "alice@example.test".into() });
    town.seconds(1);
    assert!(requests(&town, 2).is_empty(), "the other device sees that it is answered");
    town.tell(0, ChatIn::RemoveContact { jid: "carol@example.test".into() });
    town.seconds(1);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    assert_eq!(requests(&town, 1), ["alice@example.test"]);
    town.tell(0, ChatIn::RemoveContact { jid: "carol@example.test".into() });
    town.seconds(1);
    assert!(requests(&town, 1).is_empty() && requests(&town, 2).is_empty(), "taken back");
}

#[test]
fn a_request_that_waited_is_told_at_sign_in_until_it_is_answered() {
    let mut town = Town::strangers(&["alice", "carol"], 660);
    town.sign_in(0);
    town.seconds(1);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    for _ in 0..2 {
        town.live(1);
        town.sign_in(1);
        town.seconds(1);
        assert_eq!(requests(&town, 1), ["alice@example.test"]);
        town.tell(1, ChatIn::SignOut);
        town.seconds(1);
    }
    town.sign_in(1);
    town.seconds(1);
    town.tell(1, ChatIn::RefuseSubscription { from: "alice@example.test".into() });
    town.seconds(1);
    town.live(1);
    town.sign_in(1);
    town.seconds(1);
    assert_eq!(town.state(1).accounts[&name(1)].subscription_requests, Vec::<String>::new());
}

#[test]
fn what_cannot_be_done_is_said_with_the_reason() {
    let mut town = strangers(670);
    town.tell(0, keep("@@", "", &[]));
    town.tell(0, keep("alice@example.test", "", &[]));
    town.tell(0, ChatIn::RemoveContact { jid: "nobody@example.test".into() });
    town.server().fault(Fault::NoRosterChanges, true);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(1);
    let told = notices(&town, 0);
    assert_eq!(told.len(), 4, "{told:?}");
    for (what, why) in told.iter().zip(["it is no address", "your own address", "not allowed", "not allowed"]) {
        assert!(what.contains(why), "{what}");
    }
    assert!(contact(&town, 0, "carol").is_none() && requests(&town, 1).is_empty(), "nobody was asked");
    town.server().fault(Fault::Silent, true);
    town.tell(0, keep("carol@example.test", "", &[]));
    town.seconds(40);
    assert!(notices(&town, 0).last().unwrap().contains("did not answer in time"));
    town.server().fault(Fault::Silent, false);
    town.tell(0, ChatIn::SignOut);
    town.seconds(1);
    town.tell(0, ChatIn::AllowSubscription { from: "carol@example.test".into() });
    town.seconds(1);
    assert!(notices(&town, 0).last().unwrap().contains("not signed in"), "{:?}", notices(&town, 0));
}

#[test]
fn asking_and_taking_back_in_turns_is_told_three_times() {
    let mut town = strangers(680);
    for _ in 0..50 {
        for kind in [Type::Subscribe, Type::Unsubscribe] {
            let forged = Presence::new(kind).with_from(jid("mallory")).with_to(jid("alice"));
            town.at_server(ServerIn::Forge(jid("alice"), forged.into()));
        }
    }
    town.seconds(1);
    let told = |settled: bool| {
        let is = |event: &&Event| match event {
            Event::SubscriptionAsked { .. } => !settled,
            Event::SubscriptionSettled { .. } => settled,
            _ => false,
        };
        town.events(0).iter().filter(is).count()
    };
    assert_eq!((told(false), told(true)), (3, 3));
}
