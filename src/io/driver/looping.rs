//! The one loop: waits in one place for the next command, input or timer, hands it to the engine, and has what the
//! engine wants carried out. It decides nothing.

use super::hands::Hands;
use crate::engine::Engine;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::engine::input::Input;
use crate::engine::output::Output;
use crate::machine::{Machine, Moment, Stamp, Wake, queue};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Events that may wait for a slow listener before the wire has to wait too. Commands are always heard.
const WAITING_EVENTS: usize = 1024;

/// The wall clock was set, or the machine slept, when it disagrees with the monotonic clock by more than this.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// Signing out in order may take this long; then the loop ends all the same.
const SIGN_OUT: Duration = Duration::from_secs(3);

/// The clocks of this run: the only place that reads them for the engine.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    started: Instant,
}

impl Clocks {
    /// Time starts now.
    #[must_use]
    pub fn start() -> Clocks {
        Clocks { started: Instant::now() }
    }

    /// The monotonic clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::at(self.started.elapsed())
    }

    /// The clock on the wall.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Stamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }

    /// Waits until something is due; where nothing is, for ever.
    pub async fn until(&self, wake: Option<Wake>) {
        at(wake.and_then(|wake| self.instant(wake.at))).await;
    }

    /// `None` for a time so far away that this machine cannot count to it.
    fn instant(&self, at: Moment) -> Option<Instant> {
        self.started.checked_add(at.since_start())
    }
}

/// What the loop listens to.
#[derive(Debug)]
pub struct Ears {
    /// Of the user. The loop ends when nobody can give any more.
    pub commands: mpsc::Receiver<Command>,
    /// Of the wire, the disk and the devices.
    pub inputs: mpsc::Receiver<Input>,
}

/// The engine, its clocks and its hands.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    clocks: Clocks,
    hands: Hands,
    events: mpsc::Sender<Event>,
    /// Told by the engine, not yet taken by the listener.
    waiting: VecDeque<Event>,
}

impl Driver {
    /// Ready to run.
    #[must_use]
    pub fn new(engine: Engine, clocks: Clocks, hands: Hands, events: mpsc::Sender<Event>) -> Driver {
        Driver { engine, clocks, hands, events, waiting: VecDeque::new() }
    }

    /// Runs until no more commands can come; then signs out in order, and ends.
    pub async fn run(mut self, mut ears: Ears) {
        let events = self.events.clone();
        let mut wall = (self.clocks.now(), self.clocks.stamp());
        let mut leaving: Option<Instant> = None;
        loop {
            while let Some(output) = self.engine.poll() {
                match output {
                    Output::Event(event) => {
                        self.hands.hear(&event);
                        self.waiting.push_back(event);
                    }
                    other => self.hands.carry_out(other),
                }
            }
            if leaving.is_some() && self.engine.is_quiet() {
                break;
            }
            let wake = self.engine.wake().and_then(|wake| self.clocks.instant(wake.at));
            let room = self.waiting.len() < WAITING_EVENTS;
            tokio::select! {
                biased;
                permit = events.reserve(), if !self.waiting.is_empty() => {
                    // A listener that has gone away wants no more of them.
                    match (permit, queue::take(&mut self.waiting)) {
                        (Ok(permit), Some(event)) => permit.send(event),
                        _ => self.waiting.clear(),
                    }
                }
                command = ears.commands.recv(), if leaving.is_none() => match command {
                    Some(command) => self.engine.handle(self.clocks.now(), Input::Command(command)),
                    None => {
                        leaving = Some(Instant::now() + SIGN_OUT);
                        self.engine.sign_out_all(self.clocks.now());
                    }
                },
                // What the servers do not answer in time they find out by themselves.
                () = at(leaving), if leaving.is_some() => break,
                // Before the inputs: a flood of them must not hold up what is due.
                () = at(wake) => {
                    let now = self.clocks.now();
                    wall = self.check_clock(now, wall);
                    self.engine.expire(now);
                }
                Some(input) = ears.inputs.recv(), if room => self.engine.handle(self.clocks.now(), input),
            }
        }
        // Whoever still has something to tell must not wait for us to hear it.
        drop(ears);
        self.hands.rest().await;
    }

    /// Tells the engine when the wall clock has gone another way than time has.
    fn check_clock(&mut self, now: Moment, (then, said): (Moment, Stamp)) -> (Moment, Stamp) {
        let says = self.clocks.stamp();
        let passed = i64::try_from((now - then).as_micros()).unwrap_or(i64::MAX);
        let step = says.micros().saturating_sub(said.micros()).saturating_sub(passed);
        if step.unsigned_abs() > u64::try_from(CLOCK_STEP.as_micros()).unwrap_or(u64::MAX) {
            self.engine.handle(now, Input::WallClock(says));
        }
        (now, says)
    }
}

async fn at(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
