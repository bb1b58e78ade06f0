//! The machine of one account's chat.

use super::input::ChatIn;
use crate::engine::output::Output;
use crate::engine::settings::Account;
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Wake};
use std::collections::VecDeque;

/// One account's chat.
#[derive(Debug)]
pub struct Chat {
    account: Account,
    ask_base: u64,
    chance: Chance,
    clock: WallClock,
    outputs: VecDeque<Output>,
}

impl Chat {
    /// The chat of `account`, signed out. Its questions are numbered from `ask_base` on.
    #[must_use]
    pub fn new(account: Account, ask_base: u64, chance: Chance, clock: WallClock) -> Chat {
        Chat { account, ask_base, chance, clock, outputs: VecDeque::new() }
    }
}

impl Machine for Chat {
    type Input = ChatIn;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: ChatIn) {
        if let ChatIn::WallClock(stamp) = input {
            self.clock = WallClock::new(now, stamp);
        }
        let _ = (&self.account, self.ask_base, &mut self.chance);
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        None
    }
}
