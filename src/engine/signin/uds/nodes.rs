//! Servers that are asked for the same, one after the other until one answers.

use super::consent::{Consent, Verdict};
use super::judge::{Fault, FaultKind};
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::signin::Server;
use std::collections::VecDeque;

/// So many at most are asked: each may take its whole deadline.
const MOST: usize = 6;

/// Servers left to ask.
#[derive(Debug)]
pub struct Nodes {
    left: VecDeque<Server>,
    worst: Option<Fault>,
}

/// Whom to ask next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// This one.
    Ask(Server),
    /// The user must be asked about this host first.
    AskHost(String),
    /// The user has been asked.
    Wait,
    /// Nobody is left.
    Nobody,
}

impl Nodes {
    /// Will ask `servers` in order, each once.
    #[must_use]
    pub fn new(servers: impl IntoIterator<Item = Server>) -> Nodes {
        let mut left = VecDeque::new();
        for server in servers {
            if left.len() < MOST && !left.contains(&server) {
                left.push_back(server);
            }
        }
        Nodes { left, worst: None }
    }

    /// Whom to ask next.
    pub fn next(&mut self, consent: &mut Consent) -> Next {
        while let Some(server) = self.left.front() {
            match consent.host(&server.host) {
                Verdict::Yes => return self.left.pop_front().map_or(Next::Nobody, Next::Ask),
                Verdict::Ask => return Next::AskHost(server.host.clone()),
                Verdict::Wait => return Next::Wait,
                Verdict::No => {
                    let what = format!("{server} lies outside of the domain, and was not agreed to.");
                    let next = "Sign in again and agree to it, or ask the administrator to name it within the domain.";
                    self.failed(Fault { kind: FaultKind::Failed, problem: Problem::new(ProblemKind::Refused, what, next) });
                    self.left.pop_front();
                }
            }
        }
        Next::Nobody
    }

    /// One could not answer.
    pub fn failed(&mut self, fault: Fault) {
        // What the user can act on goes before what they can only wait for.
        let weight = |fault: &Fault| match fault.problem.kind {
            ProblemKind::Untrusted | ProblemKind::Clear => 3,
            ProblemKind::Refused | ProblemKind::Password => 2,
            ProblemKind::Protocol => 1,
            ProblemKind::Unreachable | ProblemKind::Local => 0,
        };
        if self.worst.as_ref().is_none_or(|worst| weight(&fault) >= weight(worst)) {
            self.worst = Some(fault);
        }
    }

    /// Why nobody has answered.
    #[must_use]
    pub fn why(&self) -> Problem {
        match &self.worst {
            Some(fault) => fault.problem.clone(),
            None => {
                Problem::new(ProblemKind::Unreachable, "No server is known.", "Set one by hand in the settings of the account.")
            }
        }
    }
}
