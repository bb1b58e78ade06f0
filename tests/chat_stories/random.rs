//! Random stories: whatever happens, what is told is what is true.

use crate::town::{Town, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::command::Attendance;
use offhook::engine::event::{Delivery, Event};
use offhook::lab::xmpp::{Fault, Reach, ServerIn};
use offhook::machine::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const STORIES: u64 = 150;
const STEPS: usize = 60;

/// One random story of two people, and all that was written in it.
struct Story {
    town: Town,
    chance: Chance,
    written: Vec<(usize, String)>,
    /// All that a person's runs were told of others, over all runs.
    told: Vec<Vec<String>>,
    with_kills: bool,
}

impl Story {
    fn new(seed: u64) -> Story {
        let mut town = Town::new(&["alice", "bob"], 10_000 + seed);
        town.roads.lossy = seed.is_multiple_of(2);
        town.sign_in(0);
        town.sign_in(1);
        town.seconds(1);
        let told = vec![Vec::new(), Vec::new()];
        Story { town, chance: Chance::seeded(seed), written: Vec::new(), told, with_kills: seed.is_multiple_of(3) }
    }

    fn step(&mut self) {
        let person = usize::try_from(self.chance.below(2)).unwrap();
        match self.chance.below(20) {
            0..=8 => {
                let body = format!("message {} of {person}", self.written.len());
                self.town.send(person, ["bob", "alice"][person], &body);
                self.written.push((person, body));
            }
            9..=11 => self.town.cut(person),
            12 => self.town.reach(person, Reach::Closed),
            13 | 14 => self.town.reach(person, Reach::Open),
            15 => {
                let there = self.chance.happens(500);
                self.town.at_server(ServerIn::Fault(Fault::NoResumption, there));
            }
            16 => self.town.tell(person, ChatIn::SignOut),
            17 => self.town.sign_in(person),
            18 if self.with_kills => {
                let with_writes = self.chance.happens(500);
                self.told[person].extend(self.town.bodies(person));
                self.town.kill(person, with_writes);
                self.town.live(person);
                self.town.sign_in(person);
            }
            _ => self.town.tell(person, ChatIn::NetworkChanged),
        }
        self.town.run(Duration::from_micros(self.chance.below(200_000)));
    }

    /// Everything is mended, and enough time passes for all to be known.
    fn end(&mut self) {
        self.town.at_server(ServerIn::Fault(Fault::NoResumption, false));
        for person in 0..2 {
            self.town.reach(person, Reach::Open);
            self.town.tell(person, ChatIn::SignIn(Attendance::Present));
            self.town.tell(person, ChatIn::NetworkChanged);
        }
        self.town.seconds(700);
        for person in 0..2 {
            let bodies = self.town.bodies(person);
            self.told[person].extend(bodies);
        }
    }
}

#[test]
fn random_stories_lose_nothing_double_nothing_and_tell_the_truth() {
    let mut fates: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..STORIES {
        let mut story = Story::new(seed);
        for _ in 0..STEPS {
            story.step();
        }
        story.end();
        let (town, told) = (&mut story.town, &story.told);
        for person in 0..2 {
            let other = 1 - person;
            let there = town.archived(["bob", "alice"][person]);
            for (body, delivery) in town.fates(person) {
                let sent = there.iter().filter(|kept| **kept == body).count();
                let heard = told[other].iter().filter(|heard| **heard == body).count();
                match delivery {
                    Delivery::Sent | Delivery::Delivered => {
                        assert_eq!(sent, 1, "story {seed}: {body} is said to be sent");
                        if story.with_kills {
                            assert!(heard <= 1, "story {seed}: {body} was told {heard} times");
                        } else {
                            assert_eq!(heard, 1, "story {seed}: {body} was told {heard} times");
                        }
                        let word = if delivery == Delivery::Sent { "sent" } else { "delivered" };
                        *fates.entry(word).or_default() += 1;
                    }
                    Delivery::Unsent => {
                        assert_eq!((sent, heard), (0, 0), "story {seed}: {body} is said to be unsent");
                        *fates.entry("unsent").or_default() += 1;
                    }
                    other => panic!("story {seed}: {body} is {other:?} at the end"),
                }
            }
            let written = story.written.iter().filter(|(who, _)| *who == person).count();
            let kept = town.fates(person).len();
            assert!(story.with_kills || kept == written, "story {seed}: {kept} of {written} are on disk");
        }
    }
    assert!(fates["delivered"] > 1000 && fates["sent"] > 10 && fates["unsent"] > 10, "{fates:?}");
}

#[test]
fn what_is_told_adds_up_to_what_is() {
    for seed in 500..500 + STORIES {
        let mut story = Story::new(seed);
        for step in 0..STEPS {
            story.step();
            if step % 20 == 19 {
                check(&mut story, seed);
            }
        }
        story.end();
        check(&mut story, seed);
    }
}

/// The fold of the events is what disk and server hold.
fn check(story: &mut Story, seed: u64) {
    // What is being written is on disk a moment later.
    story.town.run(Duration::from_millis(5));
    for person in 0..2 {
        let town = &mut story.town;
        let disk: BTreeMap<_, _> =
            town.disk(person).messages().filter(|m| m.ours).map(|m| (m.key.clone(), m.delivery.clone())).collect();
        let account = town.state(person).accounts.get(&name(person)).cloned().unwrap_or_default();
        // Of what is on the wire the disk says that nobody knows, for we may be killed.
        let kept = |told: &Delivery| if *told == Delivery::OnWire { Delivery::Unknown } else { told.clone() };
        let outstanding: BTreeMap<_, _> = account.outstanding.iter().map(|(key, told)| (key.clone(), kept(told))).collect();
        for (key, delivery) in &outstanding {
            assert_eq!(disk.get(key), Some(delivery), "story {seed}: {key:?} of person {person}");
        }
        for (key, delivery) in disk.iter().filter(|(_, delivery)| !matches!(delivery, Delivery::Sent | Delivery::Delivered)) {
            assert_eq!(outstanding.get(key), Some(delivery), "story {seed}: {key:?} of person {person} is not told");
        }
        let mut keys = BTreeSet::new();
        for event in town.events(person) {
            if let Event::Message { message, .. } = event {
                assert!(keys.insert(message.key.clone()), "story {seed}: {:?} is told twice in a run", message.key);
            }
        }
    }
}
