//! Random stories: whatever the users do, and whatever the path loses, the books balance.

use super::roads::Reach;
use super::town::{Plan, Town, account};
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{CallId, Ticket};
use offhook::engine::input::Input;
use offhook::lab::sip::Fault;
use offhook::lab::world::Link;
use offhook::machine::Chance;
use offhook::protocol::sip::flow::Transport;
use std::collections::BTreeMap;
use std::time::Duration;

const STORIES: u64 = 200;
const STEPS: usize = 30;

/// Alice, Bob with two engines, and Carol.
const NAMES: [&str; 4] = ["alice", "bob", "bob", "carol"];

struct Story {
    town: Town,
    chance: Chance,
    /// The path and the server have their troubles, too.
    rough: bool,
}

impl Story {
    fn new(transport: Transport, seed: u64, rough: bool) -> Story {
        let mut town = Plan { seed, ..Plan::over(transport) }.town(&NAMES);
        town.sign_in_all();
        let delay = Duration::from_millis(20);
        let chance = Chance::seeded(seed);
        town.roads.link = Link { loss: 200, doubled: 50, jitter: Duration::from_millis(80), chance, ..Link::clean(delay) };
        Story { town, chance: Chance::seeded(10_000 + seed), rough }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.chance.below(bound as u64)).unwrap()
    }

    fn step(&mut self) {
        let engine = 1 + self.below(NAMES.len());
        let command = match self.chance.below(24) {
            0..=5 => {
                let target = NAMES[self.below(NAMES.len())].to_owned();
                Command::Call { account: account(), target, ticket: Ticket(1) }
            }
            6..=10 => Command::Answer { call: self.some_call(engine) },
            11 | 12 => Command::Decline { call: self.some_call(engine), busy: self.chance.happens(500) },
            13..=15 => Command::HangUp { call: self.some_call(engine) },
            16 | 17 => Command::Hold { call: self.some_call(engine) },
            18 => Command::Resume { call: self.some_call(engine) },
            19 => Command::Dtmf { call: self.some_call(engine), key: '5' },
            20 => Command::SignIn { account: account(), services: Services::PHONE },
            21 if self.chance.happens(300) => Command::SignOut { account: account() },
            22 => return self.trouble(engine),
            _ => return,
        };
        self.town.command(engine, command);
    }

    fn trouble(&mut self, engine: usize) {
        if !self.rough {
            return self.town.input(engine, Input::NetworkChanged);
        }
        match self.chance.below(6) {
            0 => self.town.cut(engine),
            1 | 2 => self.town.mend(engine),
            3 => self.town.roads.reach = Reach::Refused,
            4 => {
                let fault = [Fault::Silent, Fault::Unavailable, Fault::Drops, Fault::Slow][self.below(4)];
                let there = self.chance.happens(400);
                self.town.server().fault(fault, there);
            }
            _ => self.town.roads.studio.full ^= true,
        }
    }

    /// One of its last calls, or one that never was.
    fn some_call(&mut self, engine: usize) -> CallId {
        let calls = self.town.calls(engine);
        let last = calls.len().saturating_sub(3);
        let at = last + self.below(3);
        calls.get(at).or(calls.last()).copied().unwrap_or(CallId(self.chance.below(1 << 40)))
    }

    fn run(mut self, count: &mut BTreeMap<String, usize>) {
        for _ in 0..STEPS {
            self.step();
            let longest = if self.chance.happens(100) { 40_000 } else { 3_000 };
            let pause = Duration::from_millis(self.chance.below(longest));
            self.town.run(pause);
        }
        for fault in [Fault::Silent, Fault::Unavailable, Fault::Drops, Fault::Slow] {
            self.town.server().fault(fault, false);
        }
        for engine in self.town.engines() {
            for word in self.town.told(engine) {
                let word = word.split([':', ' ']).take(2).collect::<Vec<_>>().join(" ");
                *count.entry(word).or_default() += 1;
            }
        }
        self.town.end();
    }
}

#[test]
fn two_hundred_random_stories_over_a_path_that_loses_a_fifth() {
    let mut count = BTreeMap::new();
    for seed in 0..STORIES {
        Story::new(Transport::Udp, seed, false).run(&mut count);
    }
    let least = [("talks opus/48000", 300), ("both hold", 3), ("ended remote", 50), ("ended declined", 30), ("key 5", 10)];
    for (word, least) in least {
        assert!(count.get(word).copied().unwrap_or(0) >= least, "{word}: {count:?}");
    }
}

#[test]
fn random_stories_in_which_links_and_servers_fail_too() {
    let mut count = BTreeMap::new();
    for seed in 0..STORIES / 2 {
        let transport = [Transport::Udp, Transport::Tcp, Transport::Tls][usize::try_from(seed % 3).unwrap()];
        Story::new(transport, 5_000 + seed, true).run(&mut count);
    }
    for (word, least) in [("talks opus/48000", 50), ("ended failed", 20), ("ended remote", 10)] {
        assert!(count.get(word).copied().unwrap_or(0) >= least, "{word}: {count:?}");
    }
}
