//! `World`: steps any set of machines in virtual time, seeded, over links that lose, delay, double and reorder.
//!
//! It is generic over [`Machine`] and knows none of them: a story gives it the machines (an enum of its own where they
//! differ) and a route that says, for each output, who hears what, and when.

use crate::machine::{Chance, Machine, Moment};
use std::collections::BTreeMap;
use std::time::Duration;

/// Outputs of one instant beyond this many mean that two machines chase each other for ever.
const STORM: usize = 100_000;

/// A number of machines and what is on its way between them.
pub struct World<M: Machine> {
    now: Moment,
    machines: Vec<M>,
    on_the_way: BTreeMap<(Moment, u64), (usize, M::Input)>,
    sent: u64,
}

/// Says, for each output of machine `from`, who hears what and when. Any closure of this shape is one.
pub trait Route<M: Machine> {
    /// Machine `from` wants `output` done.
    fn route(&mut self, post: &mut Post<'_, M::Input>, from: usize, output: M::Output);
}

impl<M: Machine, F: FnMut(&mut Post<'_, M::Input>, usize, M::Output)> Route<M> for F {
    fn route(&mut self, post: &mut Post<'_, M::Input>, from: usize, output: M::Output) {
        self(post, from, output);
    }
}

/// What a route may do with an output.
pub struct Post<'a, Input> {
    now: Moment,
    on_the_way: &'a mut BTreeMap<(Moment, u64), (usize, Input)>,
    sent: &'a mut u64,
}

impl<Input> Post<'_, Input> {
    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Machine `to` hears `input` at `at` (now, when that is past). What is sent first arrives first among equals.
    pub fn deliver(&mut self, at: Moment, to: usize, input: Input) {
        *self.sent += 1;
        self.on_the_way.insert((at.max(self.now), *self.sent), (to, input));
    }

    /// Sends `input` over `link`, which may lose, delay or double it.
    pub fn carry(&mut self, link: &mut Link, to: usize, input: Input)
    where
        Input: Clone,
    {
        for at in link.arrivals(self.now) {
            self.deliver(at, to, input.clone());
        }
    }
}

impl<M: Machine> World<M> {
    /// The machines at the start of time. Their index is their name.
    #[must_use]
    pub fn new(machines: Vec<M>) -> World<M> {
        World { now: Moment::START, machines, on_the_way: BTreeMap::new(), sent: 0 }
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The machines, to look at.
    #[must_use]
    pub fn machines(&self) -> &[M] {
        &self.machines
    }

    /// A machine, to look at or to disturb.
    pub fn machine(&mut self, index: usize) -> Option<&mut M> {
        self.machines.get_mut(index)
    }

    /// Machine `to` will hear `input` at `at`.
    pub fn post(&mut self, at: Moment, to: usize, input: M::Input) {
        self.sent += 1;
        self.on_the_way.insert((at.max(self.now), self.sent), (to, input));
    }

    /// Runs until `until`, or until nothing is on its way and nobody waits for time. Answers the time that was reached.
    ///
    /// # Panics
    /// When machines chase each other without time passing.
    pub fn run(&mut self, until: Moment, route: &mut impl Route<M>) -> Moment {
        let mut storm = 0;
        self.settle(route);
        while let Some(next) = self.next_instant() {
            if next > until {
                break;
            }
            storm = if next > self.now { 0 } else { storm + 1 };
            assert!(storm < STORM, "machines chase each other at {:?}", self.now);
            self.now = next.max(self.now);
            self.step();
            self.settle(route);
        }
        if until > self.now && self.next_instant().is_some() {
            self.now = until;
        }
        self.now
    }

    /// When the next thing happens.
    #[must_use]
    pub fn next_instant(&self) -> Option<Moment> {
        let arrival = self.on_the_way.keys().next().map(|(at, _)| *at);
        let wake = self.machines.iter().filter_map(|machine| machine.wake().map(|wake| wake.at)).min();
        match (arrival, wake) {
            (Some(arrival), Some(wake)) => Some(arrival.min(wake)),
            (one, other) => one.or(other),
        }
    }

    /// One arrival if one is due, else the timers that are due.
    fn step(&mut self) {
        if let Some(entry) = self.on_the_way.first_entry()
            && entry.key().0 <= self.now
        {
            let (to, input) = entry.remove();
            if let Some(machine) = self.machines.get_mut(to) {
                machine.handle(self.now, input);
            }
            return;
        }
        for machine in &mut self.machines {
            if machine.wake().is_some_and(|wake| wake.at <= self.now) {
                machine.expire(self.now);
            }
        }
    }

    /// Takes every output of every machine to its route.
    fn settle(&mut self, route: &mut impl Route<M>) {
        for (index, machine) in self.machines.iter_mut().enumerate() {
            while let Some(output) = machine.poll() {
                let mut post = Post { now: self.now, on_the_way: &mut self.on_the_way, sent: &mut self.sent };
                route.route(&mut post, index, output);
            }
        }
    }
}

/// One direction of a path. Seeded: the same link does the same every time.
#[derive(Debug)]
pub struct Link {
    /// How long everything takes at least.
    pub delay: Duration,
    /// How much longer it takes at most; evenly spread, and packets may overtake each other.
    pub jitter: Duration,
    /// Lost, out of 1000.
    pub loss: u64,
    /// Arrives twice, out of 1000.
    pub doubled: u64,
    /// Of its own.
    pub chance: Chance,
}

impl Link {
    /// A link that only takes `delay`.
    #[must_use]
    pub fn clean(delay: Duration) -> Link {
        Link { delay, jitter: Duration::ZERO, loss: 0, doubled: 0, chance: Chance::seeded(0) }
    }

    /// When something that is sent now arrives: never, once or twice.
    pub fn arrivals(&mut self, now: Moment) -> Vec<Moment> {
        let copies = if self.chance.happens(self.loss) { 0 } else { 1 + usize::from(self.chance.happens(self.doubled)) };
        (0..copies)
            .map(|_| {
                let micros = u64::try_from(self.jitter.as_micros()).unwrap_or(u64::MAX);
                now + self.delay + Duration::from_micros(self.chance.below(micros.saturating_add(1)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Wake;

    /// Answers each number with the next one, a second later, up to ten.
    struct Counter {
        heard: Vec<(Moment, u32)>,
        due: Option<(Moment, u32)>,
        out: Option<u32>,
    }

    impl Machine for Counter {
        type Input = u32;
        type Output = u32;

        fn handle(&mut self, now: Moment, input: u32) {
            self.heard.push((now, input));
            self.due = (input < 10).then_some((now + Duration::from_secs(1), input + 1));
        }

        fn expire(&mut self, now: Moment) {
            if let Some((_, next)) = self.due.take_if(|(at, _)| *at <= now) {
                self.out = Some(next);
            }
        }

        fn poll(&mut self) -> Option<u32> {
            self.out.take()
        }

        fn wake(&self) -> Option<Wake> {
            self.due.map(|(at, _)| Wake { at, why: "next number" })
        }
    }

    #[test]
    fn two_machines_talk_in_virtual_time() {
        let counter = || Counter { heard: vec![], due: None, out: None };
        let mut world = World::new(vec![counter(), counter()]);
        world.post(Moment::START, 0, 1);
        let mut link = Link::clean(Duration::from_millis(250));
        world.run(Moment::START + Duration::from_secs(3600), &mut |post: &mut Post<'_, u32>, from: usize, number| {
            post.carry(&mut link, 1 - from, number);
        });
        let heard: Vec<u32> = world.machines().iter().flat_map(|counter| counter.heard.iter().map(|(_, n)| *n)).collect();
        assert_eq!(heard, [1, 3, 5, 7, 9, 2, 4, 6, 8, 10]);
        assert_eq!(world.now(), Moment::START + Duration::from_millis(9 * 1250));
    }

    #[test]
    fn a_link_loses_and_doubles_as_often_as_it_says() {
        let mut link = Link { loss: 200, doubled: 100, ..Link::clean(Duration::ZERO) };
        let mut counts = [0_usize; 3];
        for _ in 0..10_000 {
            counts[link.arrivals(Moment::START).len()] += 1;
        }
        assert!((1900..2100).contains(&counts[0]), "{counts:?}");
        assert!((700..900).contains(&counts[2]), "{counts:?}");
    }
}
