//! Chats of the real binary with slixmpp through Prosody: messages both ways, presence, the roster, what was missed, and
//! two processes of one account.

use super::offhook::User;
use super::prosody::{self, Habits, Prosody};
use super::slixmpp::{self, Slixmpp};
use super::world::World;
use super::{Case, process::Process};
use serde_json::Value;

const NEEDS: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "chat: messages go both ways, whatever is in them", needs: NEEDS, run: both_ways },
    Case { name: "chat: presence and the roster are heard", needs: NEEDS, run: presence },
    Case { name: "chat: what was missed comes once, from the archive or without one", needs: NEEDS, run: missed },
    Case { name: "chat: two processes of one account both hear", needs: NEEDS, run: two_listeners },
    Case { name: "chat: whom nobody knows cannot be written to", needs: NEEDS, run: bounced },
];

/// What a message may hold: scripts, directions, markup, controls of terminals that XML allows, and a lot of it.
fn texts() -> Vec<String> {
    vec![
        "hello".into(),
        "Grüße, 你好, שלום, 👩‍👩‍👧‍👦, e\u{301}\u{308}".into(),
        "<b>&amp;</b> ]]&gt; ]]> <!-- \" ' %s $(reboot) `id` \\".into(),
        "\u{202e}desrever\u{202c} \u{9b}31m \u{7f} \u{200b}\u{feff} \u{fffd}".into(),
        "two\nlines\tand a tab\n\n ".into(),
        "/me -- --json -x".into(),
        "long ".repeat(10_000),
    ]
}

fn both_ways() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let texts = texts();

    for (at, text) in texts.iter().enumerate() {
        bob.run("send", &["send", "alice@example.test", "--", text]).expect(0);
        assert_eq!(alice.process.wait_for_messages(at + 1).last(), Some(text));
    }
    for message in alice.process.told("message") {
        assert_eq!((&message["kind"], &message["id"]), (&"chat".into(), &message["origin_id"]));
        assert!(message["from"].as_str().unwrap().starts_with("bob@example.test/offhook-"), "{message}");
    }
    // What XML cannot hold is not sent in part.
    let ended = bob.run("send", &["send", "alice@example.test", "a\u{1b}[2Jb"]).expect(2);
    assert!(ended.said.contains("U+001B") && !ended.said.contains('\u{1b}'), "{}", ended.said);
    assert_eq!(bob.outbox(), Vec::<Value>::new());

    let count = texts.len().to_string();
    let mut listener = bob.start("listen", &["listen", "--json", "--count", &count]);
    listener.wait_for_line("listening");
    for text in &texts {
        alice.says("bob@example.test", text);
    }
    assert_eq!(listener.wait_for_messages(texts.len()), texts);
    let said = alice.process.told("said");
    for (message, said) in listener.told("message").iter().zip(&said) {
        assert_eq!((&message["id"], &message["archived"]), (&said["id"], &false.into()), "{message}");
        assert_eq!((&message["from"], &message["to"]), (&"alice@example.test/slixmpp".into(), &"bob@example.test".into()));
        assert!(message["at"].as_str().unwrap().ends_with('Z'), "{message}");
    }
    // It ends by itself after so many.
    bob.finish(listener, super::process::DEADLINE).expect(0);

    // For people each is one line, and nothing in it moves the cursor.
    let mut listener = bob.start("read", &["listen", "--count", "2"]);
    listener.wait_for_line("listening");
    alice.says("bob@example.test", "one\ntwo \u{9b}31m \u{202e}x");
    alice.says("bob@example.test", "three");
    let read = bob.finish(listener, super::process::DEADLINE).expect(0).out;
    assert_eq!(read.lines().count(), 2, "{read}");
    assert!(!read.contains(['\u{9b}', '\u{202e}', '\u{1b}']) && read.contains("one") && read.contains("two"), "{read}");
}

/// The newest that is told of `from`: what is shown, and the text beside it.
fn shown(listener: &Process, from: &str) -> Option<(String, String)> {
    let told = listener.told("presence").into_iter().rfind(|presence| presence["from"] == from)?;
    Some((told["show"].as_str()?.to_owned(), told["status"].as_str()?.to_owned()))
}

fn presence() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut desk = Slixmpp::sign_in(&world, "bob", prosody.port);
    // Bob sees Alice; Carol sees nobody and is seen by nobody.
    desk.presence_to("subscribe", "alice");
    alice.process.wait_until("is asked", |alice| alice.told("presence").iter().any(|told| told["kind"] == "subscribe"));
    alice.presence_to("subscribed", "bob");
    alice.shows("away", "at lunch\n\u{9b}2J");
    alice.settle();
    assert_eq!(desk.subscription("alice"), "to");

    let mut listener = bob.listen("listen");
    let mut sees = |from: &str, show: &str, status: &str| {
        let wanted = Some((show.to_owned(), status.to_owned()));
        listener.wait_until(&format!("sees {from} {show}"), |listener| shown(listener, from) == wanted);
    };
    let alice_here = "alice@example.test/slixmpp";
    sees(alice_here, "away", "at lunch\n\u{9b}2J");
    for (show, word) in [("dnd", "dnd"), ("", "available"), ("xa", "xa"), ("chat", "chat")] {
        alice.shows(show, "Grüße");
        sees(alice_here, word, "Grüße");
    }
    alice.shows("unavailable", "bye");
    sees(alice_here, "offline", "bye");
    alice.shows("", "");
    sees(alice_here, "available", "");

    // Another of our own devices is told too, and it sees us.
    desk.shows("dnd", "writing");
    sees("bob@example.test/slixmpp", "dnd", "writing");
    let ours = |desk: &Process, kind: &str| {
        let from_us = |told: &Value| told["from"].as_str().unwrap().starts_with("bob@example.test/offhook-");
        desk.told("presence").iter().any(|told| told["kind"] == kind && from_us(told))
    };
    desk.process.wait_until("sees us", |desk| ours(desk, "available"));

    // The roster changes while we listen: Carol comes into it, Alice leaves it.
    let mut carol = Slixmpp::sign_in(&world, "carol", prosody.port);
    carol.shows("away", "");
    desk.presence_to("subscribe", "carol");
    carol.process.wait_until("is asked", |carol| carol.told("presence").iter().any(|told| told["kind"] == "subscribe"));
    assert_eq!(shown(&listener, "carol@example.test/slixmpp"), None, "she has not agreed yet");
    carol.presence_to("subscribed", "bob");
    let mut sees = |from: &str, show: &str, status: &str| {
        let wanted = Some((show.to_owned(), status.to_owned()));
        listener.wait_until(&format!("sees {from} {show}"), |listener| shown(listener, from) == wanted);
    };
    sees("carol@example.test/slixmpp", "away", "");
    desk.order(&serde_json::json!({"do": "forget", "jid": "alice@example.test"}));
    sees(alice_here, "offline", "");
    alice.shows("chat", "do you see me?");
    alice.settle();
    desk.shows("", "last");
    sees("bob@example.test/slixmpp", "available", "last");
    assert_eq!(shown(&listener, alice_here).unwrap().0, "offline", "who is not in the roster is not shown");

    // Who asks to see us is told on stderr; nobody is let in by that.
    alice.presence_to("subscribe", "bob");
    listener.wait_for_line("alice@example.test asks to see your presence");
    alice.settle();
    assert!(!alice.process.told("presence").iter().any(|told| told["kind"] == "subscribed"));

    let ended = bob.stop(listener).expect(0);
    assert!(ended.out.lines().all(|line| line.starts_with('{')), "{}", ended.out);
    desk.process.wait_until("sees us go", |desk| ours(desk, "unavailable"));
}

fn missed() {
    for (habits, archive) in [
        (Habits::default(), true),
        (Habits { no_offline_storage: true, ..Habits::default() }, true),
        (Habits { no_archive: true, ..Habits::default() }, false),
    ] {
        let world = World::new();
        let prosody = Prosody::start_with(&world, habits);
        let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
        let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
        let mut wanted = Vec::new();
        for round in 0..3 {
            // More than a page of the archive in one of the rounds.
            let bodies: Vec<String> = (0..[3, 110, 2][round]).map(|at| format!("missed {round}.{at}")).collect();
            bodies.iter().for_each(|body| alice.says("bob@example.test", body));
            alice.settle();
            let mut listener = bob.listen(&format!("listen-{round}"));
            listener.wait_for_messages(bodies.len());
            let live = format!("live {round}");
            alice.says("bob@example.test", &live);
            let heard = listener.wait_for_messages(bodies.len() + 1);
            assert_eq!(heard, [bodies.clone(), vec![live.clone()]].concat());
            for message in listener.told("message") {
                assert_eq!(message["archived"], archive && message["body"] != *live, "{message}");
            }
            wanted.extend(heard);
            bob.stop(listener).expect(0);
        }
        // A sender that passes by takes nothing away from the one that listens, where the archive keeps it.
        if archive {
            alice.says("bob@example.test", "while he sends");
            alice.settle();
            bob.run("send", &["send", "alice@example.test", "sent"]).expect(0);
            let mut listener = bob.listen("listen-last");
            assert_eq!(listener.wait_for_messages(1), ["while he sends"]);
            bob.stop(listener).expect(0);
        }
    }
}

fn two_listeners() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut listeners = [bob.listen("one"), bob.listen("two")];
    let address = |listener: &Process| {
        let log = listener.log();
        log.lines().find_map(|line| line.strip_prefix("signed in as ")).unwrap().to_owned()
    };
    let addresses = [address(&listeners[0]), address(&listeners[1])];
    assert_ne!(addresses[0], addresses[1], "each its own resource");
    // Each sees the other: then the server knows both.
    for (listener, other) in listeners.iter_mut().zip([&addresses[1], &addresses[0]]) {
        listener.wait_until("sees the other", |listener| shown(listener, other).is_some_and(|(show, _)| show == "available"));
    }
    let mut wanted = Vec::new();
    for round in 0..20 {
        let body = format!("to both {round}");
        // To the account, and to each of its two resources: the other hears it as a carbon.
        let to = ["bob@example.test", &addresses[0], &addresses[1]][round % 3];
        alice.says(to, &body);
        wanted.push(body);
    }
    // A third process of the account sends meanwhile; what it says is not something that they hear.
    bob.run("send", &["send", "alice@example.test", "from a third"]).expect(0);
    alice.says("bob@example.test", "last");
    wanted.push("last".into());
    for listener in &mut listeners {
        assert_eq!(listener.wait_for_messages(wanted.len()), wanted);
        assert!(listener.told("message").iter().all(|message| message["archived"] == false));
    }
    assert_eq!(alice.process.wait_for_messages(1), ["from a third"]);
    for listener in listeners {
        bob.stop(listener).expect(0);
    }
    // And nothing of it is missed by the next.
    alice.says("bob@example.test", "later");
    let mut listener = bob.listen("three");
    assert_eq!(listener.wait_for_messages(1), ["later"]);
}

fn bounced() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let ended = bob.run("send", &["send", "nobody@example.test", "hello?"]);
    // The server took it: whether it says no before or after we have gone is its own affair, but it is never in doubt.
    assert!(ended.code == 0 || ended.code == 5 && ended.said.contains("refused"), "{}", ended.said);
    assert_eq!(bob.outbox(), Vec::<Value>::new());
    let ended = bob.run("send", &["send", "no address", "hello?"]).expect(2);
    assert!(ended.said.contains("no address"), "{}", ended.said);
}
