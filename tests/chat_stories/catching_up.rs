//! What was missed comes from the archive, in order, once.

use crate::town::{Town, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::event::Event;
use offhook::lab::xmpp::Fault;
use std::time::Duration;

/// Bob has been here once, and is gone.
fn bob_was_here(seed: u64) -> Town {
    let mut town = Town::new(&["alice", "bob"], seed);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town.send(0, "bob", "first");
    town.seconds(1);
    town.tell(1, ChatIn::SignOut);
    town.seconds(1);
    town
}

fn numbers(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| format!("number {number}")).collect()
}

#[test]
fn a_thousand_messages_come_in_pages_in_order_and_once() {
    for same_run in [true, false] {
        let mut town = bob_was_here(300);
        for body in numbers(0, 1000) {
            town.send(0, "bob", &body);
        }
        town.seconds(5);
        if !same_run {
            town.live(1);
        }
        town.sign_in(1);
        // More comes while the pages are read.
        town.run(Duration::from_millis(150));
        for body in numbers(1000, 1010) {
            town.send(0, "bob", &body);
            town.run(Duration::from_millis(7));
        }
        town.seconds(10);
        let mut heard = town.bodies(1);
        heard.retain(|body| body != "first");
        assert_eq!(heard.len(), 1010);
        let archived: Vec<_> = town.heard(1).into_iter().filter(|message| message.archived).map(|m| m.body).collect();
        let wanted = numbers(0, 1000);
        let from_archive: Vec<_> = archived.iter().map(|body| body.raw().to_owned()).filter(|b| wanted.contains(b)).collect();
        assert!(from_archive.windows(2).all(|pair| {
            let at = |body: &String| wanted.iter().position(|wanted| wanted == body);
            at(&pair[0]) < at(&pair[1])
        }));
        heard.sort_by_key(|body| body.trim_start_matches("number ").parse::<usize>().unwrap());
        assert_eq!(heard, numbers(0, 1010));
        assert!(town.state(1).accounts[&name(1)].caught_up);
        assert_eq!(town.disk(1).messages().count(), 1011);
    }
}

#[test]
fn the_first_time_only_the_newest_hundred_come() {
    let mut town = Town::new(&["alice", "bob"], 310);
    town.server().fault(Fault::NoOfflineStorage, true);
    town.sign_in(0);
    town.seconds(1);
    for body in numbers(0, 250) {
        town.send(0, "bob", &body);
    }
    town.seconds(5);
    town.sign_in(1);
    town.seconds(5);
    assert_eq!(town.bodies(1), numbers(150, 250));
    assert!(town.heard(1).iter().all(|message| message.archived));
}

#[test]
fn who_has_seen_the_archive_empty_misses_nothing() {
    let mut town = Town::new(&["alice", "bob"], 311);
    town.server().fault(Fault::NoOfflineStorage, true);
    town.sign_in(1);
    town.seconds(1);
    town.tell(1, ChatIn::SignOut);
    town.sign_in(0);
    town.seconds(1);
    for body in numbers(0, 250) {
        town.send(0, "bob", &body);
    }
    town.seconds(5);
    town.sign_in(1);
    town.seconds(5);
    assert_eq!(town.bodies(1), numbers(0, 250));
    town.tell(1, ChatIn::SignOut);
    town.seconds(1);
    town.live(1);
    town.sign_in(1);
    town.seconds(5);
    assert!(town.bodies(1).is_empty(), "a new run does not begin anew: {:?}", town.bodies(1));
}

#[test]
fn without_an_archive_one_is_caught_up_at_once_and_gets_what_waited() {
    let mut town = Town::new(&["alice", "bob"], 320);
    town.server().fault(Fault::NoArchive, true);
    town.sign_in(0);
    town.seconds(1);
    town.send(0, "bob", "waits");
    town.seconds(1);
    town.sign_in(1);
    town.seconds(1);
    assert!(town.state(1).accounts[&name(1)].caught_up);
    assert_eq!(town.bodies(1), ["waits"]);
    assert!(!town.heard(1)[0].archived);
    let at = town.heard(1)[0].at;
    let waited = at.micros() - crate::town::BEGIN.micros();
    assert!((900_000..1_100_000).contains(&waited), "it is told as it was written, a second after the start: {waited}");
}

#[test]
fn a_place_that_the_archive_has_forgotten_is_found_by_the_clock() {
    let mut town = bob_was_here(330);
    town.send(0, "bob", "second");
    town.seconds(1);
    let lost = offhook::engine::ask::StoreQuestion::MoveArchivePosition { account: name(1), last: "gone".into() };
    town.disk(1).ask(lost);
    town.live(1);
    town.sign_in(1);
    town.seconds(5);
    assert_eq!(town.bodies(1), ["second"]);
    assert!(town.state(1).accounts[&name(1)].caught_up);
    assert!(!town.events(1).iter().any(|event| matches!(event, Event::Notice(_))));
}

#[test]
fn a_run_that_dies_while_it_reads_tells_nothing_twice_over_runs() {
    for at in 0..120 {
        let mut town = bob_was_here(340 + at);
        for body in numbers(0, 300) {
            town.send(0, "bob", &body);
        }
        town.seconds(5);
        town.live(1);
        town.sign_in(1);
        town.run(Duration::from_millis(at * 2));
        let mut told = town.bodies(1);
        town.kill(1, at % 2 == 0);
        town.live(1);
        town.sign_in(1);
        town.seconds(10);
        told.extend(town.bodies(1));
        let mut once = told.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), told.len(), "killed after {} ms", at * 2);
        let kept: Vec<_> = town.disk(1).messages().map(|message| message.body.raw().to_owned()).collect();
        for body in numbers(0, 300) {
            assert_eq!(kept.iter().filter(|kept| **kept == body).count(), 1, "{body}, killed after {} ms", at * 2);
        }
    }
}
