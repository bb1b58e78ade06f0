//! Chats over links that are cut and servers that stop, with the real binary: nothing is lost, nothing doubled, and what
//! nobody knows is called so.

use super::Case;
use super::offhook::User;
use super::process::{DEADLINE, Process};
use super::prosody::{self, Habits, Prosody};
use super::relay::Relay;
use super::slixmpp::{self, Slixmpp};
use super::world::World;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const NEEDS: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "outages: the server stops and starts while we listen", needs: NEEDS, run: restarted },
    Case { name: "outages: the link is cut in mid-chat, and resumed", needs: NEEDS, run: cut },
    Case { name: "outages: the link is cut where nothing can be resumed", needs: NEEDS, run: cut_for_good },
    Case { name: "outages: a server without stream management acknowledges by a ping", needs: NEEDS, run: pinged },
    Case { name: "outages: where nobody knows, it may have been sent", needs: NEEDS, run: in_doubt },
];

fn restarted() {
    let world = World::new();
    let mut prosody = Prosody::start_with(&world, Habits { lasting_archive: true, ..Habits::default() });
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut listener = bob.listen("listen");
    let mut wanted = Vec::new();
    for (round, signal) in ["TERM", "KILL"].into_iter().enumerate() {
        let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
        for at in 0..5 {
            let body = format!("message {round}.{at}");
            alice.says("bob@example.test", &body);
            wanted.push(body);
        }
        // The server has them; whether we have heard them when it stops is left open.
        alice.settle();
        prosody.process.signal(signal);
        prosody.process.wait_for_end(DEADLINE);
        listener.wait_until("notices", |listener| listener.log().matches("Trying again").count() > round);
        prosody.start_again(&world);
    }
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    alice.says("bob@example.test", "last");
    wanted.push("last".into());
    let heard = listener.wait_for_messages(wanted.len());
    assert_eq!(heard.iter().collect::<BTreeSet<_>>(), wanted.iter().collect(), "{heard:?}");
    bob.run("send", &["send", "alice@example.test", "back again"]).expect(0);
    alice.process.wait_for_messages(1);
    assert_eq!(bob.stop(listener).expect(0).out.matches("\"type\":\"message\"").count(), wanted.len());
}

/// Cuts the relay whenever so many more messages were heard; says how often.
fn cut_now_and_then(listener: &mut Process, relay: &Relay, total: usize, every: usize) -> usize {
    let mut cuts = 0;
    for heard in (every..total).step_by(every) {
        listener.wait_for_messages(heard);
        cuts += usize::from(relay.cut());
    }
    listener.wait_for_messages(total);
    cuts
}

fn cut() {
    const MESSAGES: usize = 400;
    const SENDS: usize = 25;
    let world = World::new();
    let mut prosody = Prosody::start(&world);
    let relay = Relay::to(prosody.port);
    let bob = User::chatting(&world, "bob", &format!("127.0.0.1:{}", relay.port), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut listener = bob.listen("listen");
    let wanted: Vec<String> = (0..MESSAGES).map(|at| format!("message {at}")).collect();
    let over = AtomicBool::new(false);
    let ends = thread::scope(|scope| {
        // The other way at the same time, over the same relay: one process after the other.
        let sends = scope.spawn(|| {
            let send = |at: usize| bob.run(&format!("send-{at}"), &["send", "alice@example.test", &format!("sent {at}")]);
            let mut ends: Vec<i32> = (0..SENDS).map(|at| send(at).code).collect();
            while !over.load(Ordering::Relaxed) {
                ends.push(send(ends.len()).code);
            }
            ends
        });
        // Said in bursts, so that there is always something on its way when the link is cut.
        let mut cuts = 0;
        for burst in wanted.chunks(50) {
            let before = listener.bodies().len();
            burst.iter().for_each(|body| alice.says("bob@example.test", body));
            listener.wait_for_messages(before + 10);
            cuts += usize::from(relay.cut());
            listener.wait_for_messages(before + burst.len());
        }
        over.store(true, Ordering::Relaxed);
        assert!(cuts >= 8, "{cuts}");
        sends.join().unwrap()
    });
    assert_eq!(listener.bodies(), wanted, "each once, in order");
    prosody.process.wait_until("has resumed as often as it was cut", |process| process.log().matches("<resumed ").count() >= 8);
    alice.settle();
    let heard = alice.process.bodies();
    let outbox: BTreeSet<String> = bob.outbox().iter().map(|kept| kept["body"].as_str().unwrap().to_owned()).collect();
    let arrived: Vec<String> = (0..ends.len()).map(|at| format!("sent {at}")).filter(|body| heard.contains(body)).collect();
    assert_eq!(heard, arrived, "each once, in order");
    for (at, code) in ends.iter().enumerate() {
        let body = format!("sent {at}");
        match code {
            0 => assert!(heard.contains(&body) && !outbox.contains(&body), "{body}"),
            5 => assert!(outbox.contains(&body), "{body} is neither sent nor in the outbox"),
            other => panic!("{body}: exit code {other}"),
        }
    }
    assert!(ends.iter().filter(|code| **code == 0).count() > ends.len() / 3, "{ends:?}");
    bob.stop(listener).expect(0);
}

fn cut_for_good() {
    const MESSAGES: usize = 120;
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { no_stream_management: true, ..Habits::default() });
    let relay = Relay::to(prosody.port);
    let bob = User::chatting(&world, "bob", &format!("127.0.0.1:{}", relay.port), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut listener = bob.listen("listen");
    let wanted: Vec<String> = (0..MESSAGES).map(|at| format!("message {at}")).collect();
    wanted.iter().for_each(|body| alice.says("bob@example.test", body));
    let cuts = cut_now_and_then(&mut listener, &relay, MESSAGES, 40);
    assert!(cuts >= 1);
    alice.says("bob@example.test", "last");
    let heard = listener.wait_for_messages(MESSAGES + 1);
    let once: BTreeSet<&String> = heard.iter().collect();
    assert_eq!((heard.len(), once.len()), (MESSAGES + 1, MESSAGES + 1), "{heard:?}");
    assert!(wanted.iter().all(|body| once.contains(body)));
    bob.stop(listener).expect(0);
}

fn pinged() {
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { no_stream_management: true, ..Habits::default() });
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    for at in 0..3 {
        bob.run("send", &["send", "alice@example.test", &format!("message {at}")]).expect(0);
        assert_eq!(alice.process.wait_for_messages(at + 1).len(), at + 1);
    }
    assert!(prosody.process.log().contains("offhook-ping-"));
    assert_eq!(bob.outbox(), Vec::<Value>::new());
    alice.settle();
    assert_eq!(alice.process.bodies(), ["message 0", "message 1", "message 2"]);
}

fn in_doubt() {
    let world = World::new();
    let silent = Habits { no_stream_management: true, no_archive: true, no_pongs: true, ..Habits::default() };
    let prosody = Prosody::start_with(&world, silent);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let mut send = bob.start("send", &["send", "alice@example.test", "did you get it?"]);
    alice.process.wait_for_messages(1);
    // She has it, and nobody tells us so: the server neither acknowledges nor answers pings, and has no archive to ask.
    assert_eq!(bob.outbox()[0]["delivery"], "unknown");
    send.signal("KILL");
    send.wait_for_end(DEADLINE);
    let listener = bob.listen("listen");
    alice.settle();
    bob.stop(listener).expect(0);
    alice.settle();
    assert_eq!(alice.process.bodies().len(), 1, "it is not sent again by itself");

    let key = bob.outbox()[0]["key"].as_str().unwrap().to_owned();
    let listed = bob.run("list", &["outbox", "list"]).expect(0).out;
    assert!(listed.contains("may have been sent") && listed.contains(&key), "{listed}");
    let ended = bob.run("resend", &["outbox", "resend", &key]).expect(5);
    assert!(ended.said.contains("may have been sent already") && ended.said.contains("--yes"), "{}", ended.said);
    let mut resend = bob.start("resend-yes", &["outbox", "resend", &key, "--yes"]);
    assert_eq!(alice.process.wait_for_messages(2), ["did you get it?"; 2]);
    let sent = alice.process.told("message");
    assert_eq!(sent[0]["origin_id"], sent[1]["origin_id"], "whoever looks can tell that it is the same");
    resend.signal("KILL");
    resend.wait_for_end(DEADLINE);
    assert_eq!(bob.outbox()[0]["delivery"], "unknown", "still nobody says");
    bob.run("forget", &["outbox", "forget", &key]).expect(0);
    assert_eq!(bob.outbox(), Vec::<Value>::new());
    bob.run("forget-twice", &["outbox", "forget", &key]).expect(5);
}
