//! SIGKILL at random points of sending, a hundred times: whatever the disk says afterwards is true.

use super::Case;
use super::offhook::User;
use super::process::DEADLINE;
use super::prosody::{self, Prosody};
use super::slixmpp::{self, Slixmpp};
use super::world::World;
use offhook::machine::Chance;
use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

const NEEDS: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "kills: a hundred at random points of sending", needs: NEEDS, run: sending },
    Case { name: "kills: at random points of listening", needs: NEEDS, run: listening },
];

/// Two chains of processes run beside each other, as two terminals would.
const CHAINS: u64 = 2;

/// In each chain.
const RUNS: u64 = 50;

/// What the disk holds of our own messages: how far each is, by its text.
fn on_disk(user: &User) -> BTreeMap<String, String> {
    let history = rusqlite::Connection::open(user.home().join("data/offhook/history.db")).unwrap();
    history.busy_timeout(DEADLINE).unwrap();
    let mut asked = history.prepare("SELECT body, delivery FROM messages WHERE ours").unwrap();
    let rows = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn text(chain: u64, run: u64) -> String {
    format!("message {chain}.{run}")
}

fn sending() {
    let world = World::new();
    let mut prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let start = Instant::now();
    bob.run("undisturbed", &["send", "alice@example.test", "undisturbed"]).expect(0);
    let whole = start.elapsed();
    thread::scope(|scope| {
        for chain in 0..CHAINS {
            let bob = &bob;
            scope.spawn(move || {
                let mut chance = Chance::seeded(chain);
                for run in 0..RUNS {
                    let label = format!("send-{chain}-{run}");
                    let mut send = bob.start(&label, &["send", "alice@example.test", &text(chain, run)]);
                    // Two processes at once take longer than one: half as much again reaches their end too.
                    thread::sleep(whole * u32::try_from(chance.below(1500)).unwrap() / 1000);
                    send.signal("KILL");
                    send.wait_for_end(DEADLINE);
                }
            });
        }
    });
    // The server has seen the end of every one of them, and so all that they have sent; only Alice is there.
    prosody.process.wait_until("sees them gone", |prosody| {
        let log = prosody.log();
        log.matches("Client connected").count() == log.matches("Client disconnected").count() + 1
    });
    alice.settle();
    let arrived = alice.process.bodies();
    let kept = on_disk(&bob);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let times = |text: &String| arrived.iter().filter(|body| *body == text).count();
    for text in (0..CHAINS).flat_map(|chain| (0..RUNS).map(move |run| text(chain, run))) {
        let state = kept.get(&text).map_or("never kept", String::as_str);
        *counts.entry(state).or_default() += 1;
        match (state, times(&text)) {
            ("sent", 1) | ("unsent" | "never kept", 0) | ("unknown", 0 | 1) => {}
            (state, times) => panic!("{text} is {state} and arrived {times} times"),
        }
    }
    println!("kills: an undisturbed one took {whole:?}; {counts:?}");

    // The next sign-in looks the unknown ones up in the archive; those that are there are sent.
    let found = |texts: &BTreeMap<String, String>| {
        texts.iter().filter(|(_, state)| *state == "unknown").all(|(text, _)| times(text) == 0)
    };
    let mut listener = bob.listen("listen");
    listener.wait_until("finds what arrived", |_| found(&on_disk(&bob)));
    bob.stop(listener).expect(0);
    let now = on_disk(&bob);
    for (text, state) in &kept {
        let settled = &now[text];
        match (state.as_str(), times(text)) {
            ("unknown", 1) => assert_eq!(settled, "sent", "{text}"),
            // Whether it still comes is not decided a moment after: it stays unknown, or is unsent.
            ("unknown", _) => assert_ne!(settled, "sent", "{text}"),
            _ => assert_eq!(settled, state, "{text}"),
        }
    }
    alice.settle();
    assert_eq!(alice.process.bodies(), arrived, "nothing is sent again by itself");

    // What is unsent goes out when the user says so, once.
    let outbox = bob.outbox();
    assert_eq!(outbox.len(), now.values().filter(|state| matches!(state.as_str(), "unsent" | "unknown")).count());
    if let Some(unsent) = outbox.iter().find(|message| message["delivery"] == "unsent") {
        let (key, body) = (unsent["key"].as_str().unwrap(), unsent["body"].as_str().unwrap().to_owned());
        bob.run("resend", &["outbox", "resend", key]).expect(0);
        assert_eq!(alice.process.wait_for_messages(arrived.len() + 1).pop().unwrap(), body);
        assert_eq!(on_disk(&bob)[&body], "sent");
        bob.run("resend-twice", &["outbox", "resend", key]).expect(5);
    }
}

/// Whoever listens is killed over and over while Alice talks: all that she says is kept once, and told at most once.
fn listening() {
    const KILLS: u32 = 20;
    let world = World::new();
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
    let start = Instant::now();
    bob.stop(bob.listen("undisturbed")).expect(0);
    let whole = start.elapsed();
    let mut chance = Chance::seeded(7);
    let (mut said, mut told) = (0, Vec::new());
    for kill in 0..KILLS {
        let mut listener = bob.start(&format!("listen-{kill}"), &["listen", "--json"]);
        let end = Instant::now() + whole * u32::try_from(chance.below(1500)).unwrap() / 1000;
        while Instant::now() < end {
            alice.says("bob@example.test", &text(0, said));
            said += 1;
            thread::sleep(whole / 20);
        }
        listener.signal("KILL");
        listener.wait_for_end(DEADLINE);
        told.extend(listener.bodies());
    }
    alice.settle();
    let listener = bob.listen("last");
    told.extend(listener.bodies());
    bob.stop(listener).expect(0);

    let history = rusqlite::Connection::open(bob.home().join("data/offhook/history.db")).unwrap();
    let mut asked = history.prepare("SELECT body FROM messages WHERE NOT ours ORDER BY body").unwrap();
    let kept: Vec<String> = asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut wanted: Vec<String> = (0..said).map(|at| text(0, at)).collect();
    wanted.sort();
    assert_eq!(kept, wanted, "each is kept once");
    let mut once = told.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), told.len(), "none is told twice: {told:?}");
    println!("kills: {said} messages were said to {KILLS} listeners that were killed; {} were told", told.len());
}
