//! What a server says, now or later: outputs in the order of their time, and of their saying among equals.

use crate::machine::{Moment, Wake};
use std::collections::{BTreeMap, VecDeque};

/// What is to be said.
#[derive(Debug)]
pub struct Late<Output> {
    due: BTreeMap<(Moment, u64), Output>,
    ready: VecDeque<Output>,
    said: u64,
}

impl<Output> Default for Late<Output> {
    fn default() -> Late<Output> {
        Late { due: BTreeMap::new(), ready: VecDeque::new(), said: 0 }
    }
}

impl<Output> Late<Output> {
    /// Says it at `at`, which may be now.
    pub fn say(&mut self, now: Moment, at: Moment, output: Output) {
        if at <= now && self.due.is_empty() {
            self.ready.push_back(output);
        } else {
            self.said += 1;
            self.due.insert((at.max(now), self.said), output);
            self.expire(now);
        }
    }

    /// Time has come to `now`.
    pub fn expire(&mut self, now: Moment) {
        let due = self.due.extract_if(..=(now, u64::MAX), |_, _| true).map(|(_, output)| output);
        self.ready.extend(due);
    }

    /// The next thing to say.
    pub fn poll(&mut self) -> Option<Output> {
        self.ready.pop_front()
    }

    /// When there is more to say.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        self.due.keys().next().map(|(at, _)| Wake { at: *at, why: "a slow server speaks" })
    }

    /// Forgets what is not said yet and is for nobody.
    pub fn forget(&mut self, is_for_nobody: impl Fn(&Output) -> bool) {
        self.due.retain(|_, output| !is_for_nobody(output));
        self.ready.retain(|output| !is_for_nobody(output));
    }
}
