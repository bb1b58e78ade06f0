//! A request that was forwarded, to one or to many, until its answer is chosen (RFC 3261 §16.7, the response context).

use crate::machine::Moment;
use crate::protocol::sip::message::{Method, Request, Response};
use crate::protocol::sip::transaction::{ClientKey, Failure, ServerKey};
use std::collections::BTreeSet;
use std::time::Duration;

/// More than three minutes.
const TIMER_C: Duration = Duration::from_secs(190);

/// A request that was forwarded.
#[derive(Debug)]
pub struct Fork {
    /// Whom the answer is for.
    pub key: ServerKey,
    /// As it came.
    pub request: Request,
    /// Branches without a final answer.
    waiting: BTreeSet<ClientKey>,
    best: Option<Response>,
    /// Timer C (RFC 3261 §16.6 step 11): when a callee that only rings is given up.
    until: Moment,
    /// A final answer has gone back.
    answered: bool,
}

/// What comes of an answer.
#[derive(Debug, Default)]
pub struct Outcome {
    /// To be sent back.
    pub back: Option<Response>,
    /// Branches that nobody needs any more.
    pub cancel: Vec<ClientKey>,
}

impl Fork {
    /// Forwarded as these.
    pub fn new(now: Moment, key: ServerKey, request: Request, branches: impl IntoIterator<Item = ClientKey>) -> Fork {
        let waiting = branches.into_iter().collect();
        Fork { key, request, waiting, best: None, until: now + TIMER_C, answered: false }
    }

    /// When timer C fires, if it still runs.
    pub fn timer_c(&self) -> Option<Moment> {
        (self.request.method == Method::Invite && !self.waiting.is_empty()).then_some(self.until)
    }

    /// Timer C fires: the branches that are to be cancelled. They have as long again to say so.
    pub fn expire(&mut self, now: Moment) -> Vec<ClientKey> {
        self.until = now + TIMER_C;
        self.waiting()
    }

    /// The branches without a final answer.
    pub fn waiting(&self) -> Vec<ClientKey> {
        self.waiting.iter().copied().collect()
    }

    /// A branch has answered; our Via is off already.
    pub fn hear(&mut self, branch: ClientKey, response: Response) -> Outcome {
        let status = response.status;
        if status <= 100 || (status < 200 && self.answered) {
            return Outcome::default();
        }
        if status < 200 {
            return Outcome { back: Some(response), cancel: Vec::new() };
        }
        self.waiting.remove(&branch);
        if status < 300 {
            // Every 2xx to an INVITE goes back, also the second one (RFC 3261 §16.7 step 5).
            let first = !std::mem::replace(&mut self.answered, true);
            let back = (first || self.request.method == Method::Invite).then_some(response);
            return Outcome { back, cancel: if first { self.waiting() } else { Vec::new() } };
        }
        let cancel = if status >= 600 { self.waiting() } else { Vec::new() };
        if self.best.as_ref().is_none_or(|best| rank(status) < rank(best.status)) {
            self.best = Some(response);
        }
        if !self.waiting.is_empty() || self.answered {
            return Outcome { back: None, cancel };
        }
        self.answered = true;
        Outcome { back: self.best.take(), cancel }
    }

    /// A branch will not answer: as if it had, with 408 or (its flow is gone) 480.
    pub fn fail(&mut self, branch: ClientKey, why: Failure, tag: &str) -> Outcome {
        let status = if why == Failure::Timeout { 408 } else { 480 };
        self.hear(branch, Response::to(&self.request, status, Some(tag)))
    }
}

/// The better answer has the lower rank: 6xx before all, then the lowest class; within a class what asks for a password
/// or says more than “not here”.
fn rank(status: u16) -> (u16, bool, u16) {
    let class = if status >= 600 { 0 } else { status / 100 };
    (class, !matches!(status, 401 | 407 | 415 | 420 | 484), status)
}
