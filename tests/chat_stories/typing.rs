//! Who is writing, both ways (XEP-0085), and who is told.

use crate::town::{Town, jid, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::event::{Event, Show};
use offhook::lab::xmpp::ServerIn;
use offhook::protocol::xmpp::Stanza;
use xmpp_parsers::message::Message;

fn typing(to: &str, typing: bool) -> ChatIn {
    ChatIn::Typing { to: jid(to).to_string(), typing }
}

/// Who is writing to `person`.
fn writers(town: &Town, person: usize) -> Vec<String> {
    town.state(person).accounts[&name(person)].typing.iter().cloned().collect()
}

/// Chat states that the server has heard with no text beside them.
fn states(town: &mut Town) -> usize {
    let state = |message: &Message| message.payloads.iter().any(|payload| payload.has_ns(xmpp_parsers::ns::CHATSTATES));
    let alone = |stanza: &Stanza| matches!(stanza, Stanza::Message(message) if message.bodies.is_empty() && state(message));
    town.server().heard().iter().filter(|heard| alone(&heard.stanza)).count()
}

/// Alice and Bob see each other and have written to each other.
fn talking(seed: u64) -> Town {
    let mut town = Town::new(&["alice", "bob"], seed);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    town.send(1, "alice", "hello yourself");
    town.seconds(1);
    town
}

#[test]
fn writing_is_seen_until_it_stops_or_is_said() {
    let mut town = talking(700);
    let kept = town.archived("bob").len();
    for _ in 0..3 {
        town.tell(0, typing("bob", true));
    }
    town.seconds(1);
    assert_eq!(writers(&town, 1), ["alice@example.test"]);
    assert_eq!(states(&mut town), 1, "told where it changes");
    town.tell(0, typing("bob", false));
    town.seconds(1);
    assert!(writers(&town, 1).is_empty());
    town.tell(0, typing("bob", true));
    town.seconds(1);
    town.send(0, "bob", "this");
    town.seconds(1);
    assert!(writers(&town, 1).is_empty(), "what was written is there");
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(writers(&town, 1).len(), 1, "and the next is being written");
    assert_eq!(states(&mut town), 4);
    town.seconds(28);
    assert_eq!(writers(&town, 1).len(), 1);
    town.seconds(2);
    assert!(writers(&town, 1).is_empty(), "half a minute without news");
    // Nobody has kept any of it.
    assert_eq!(town.archived("bob").len(), kept + 1);
    let archive = town.server().archive(&jid("bob")).to_vec();
    assert!(archive.iter().all(|kept| {
        !kept.message.bodies.is_empty()
            || kept.message.payloads.iter().any(|payload| payload.has_ns(xmpp_parsers::ns::RECEIPTS))
    }));
    assert!(town.disk(1).messages().all(|message| !message.body.is_empty()));
}

#[test]
fn writing_ends_with_the_writer() {
    let mut town = talking(710);
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(writers(&town, 1).len(), 1);
    town.tell(0, ChatIn::SignOut);
    town.seconds(1);
    assert!(writers(&town, 1).is_empty());
    let ended = |event: &&Event| matches!(event, Event::Typing { typing: false, .. });
    assert_eq!(town.events(1).iter().filter(ended).count(), 1);
}

#[test]
fn only_those_are_told_who_understand_it_and_may_see_us() {
    // Nobody has shown anything yet.
    let mut town = Town::new(&["alice", "bob"], 720);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(states(&mut town), 0);
    // Bob has shown it, and then shows himself with a client that does not.
    town.send(1, "alice", "hello");
    town.seconds(1);
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(states(&mut town), 1);
    town.tell(0, typing("bob", false));
    let from = jid("bob").with_resource_str("old").unwrap();
    let plain = Message { from: Some(from.into()), ..Message::chat(xmpp_parsers::jid::Jid::from(jid("alice"))) }
        .with_body(Default::default(), "hi".into());
    town.at_server(ServerIn::Forge(jid("alice"), plain.into()));
    town.seconds(1);
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(states(&mut town), 2, "composing and paused, and no more");
    town.send(0, "bob", "yes?");
    town.seconds(1);
    let last = town.server().heard().iter().rev().find_map(|heard| match &heard.stanza {
        Stanza::Message(message) if !message.bodies.is_empty() => Some(message.clone()),
        _ => None,
    });
    assert!(!last.unwrap().payloads.iter().any(|payload| payload.has_ns(xmpp_parsers::ns::CHATSTATES)));

    // A stranger has shown it too, and must not learn that we are there.
    let mut town = Town::strangers(&["alice", "carol"], 721);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(1, "alice", "you do not know me");
    town.seconds(1);
    assert_eq!(town.bodies(0).len(), 1);
    town.tell(0, typing("carol", true));
    town.seconds(1);
    assert_eq!(states(&mut town), 0);

    // Who is hidden says nothing, and neither is anything said to who is away.
    let mut town = talking(722);
    town.tell(0, ChatIn::SetPresence { show: Show::Offline, status: String::new() });
    town.tell(0, typing("bob", true));
    town.seconds(1);
    town.tell(0, ChatIn::SetPresence { show: Show::Available, status: String::new() });
    town.tell(1, ChatIn::SignOut);
    town.seconds(1);
    town.tell(0, typing("bob", true));
    town.seconds(1);
    assert_eq!(states(&mut town), 0);
}

#[test]
fn a_crowd_that_writes_is_bounded_and_strangers_are_not_shown() {
    let mut town = talking(730);
    for number in 0..500 {
        town.send(0, &format!("m{number}"), "hello?");
    }
    town.seconds(5);
    let composing = |who: String| {
        let xml = format!(
            "<message xmlns='jabber:client' type='chat' from='{who}' to='alice@example.test'>\
             <composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
        );
        Stanza::from(Message::try_from(xml.parse::<xmpp_parsers::minidom::Element>().unwrap()).unwrap())
    };
    for number in 0..500 {
        town.at_server(ServerIn::Forge(jid("alice"), composing(format!("s{number}@evil.test/x"))));
    }
    town.seconds(1);
    assert!(writers(&town, 0).is_empty(), "strangers");
    for number in 0..500 {
        town.at_server(ServerIn::Forge(jid("alice"), composing(format!("m{number}@example.test/x"))));
    }
    town.seconds(1);
    assert_eq!(writers(&town, 0).len(), 100);
    town.seconds(31);
    assert!(writers(&town, 0).is_empty());
}
