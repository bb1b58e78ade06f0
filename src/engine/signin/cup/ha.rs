//! High availability between the two nodes of a presence redundancy group (fact sheet §8.5): which node is signed in at, in
//! which order, and when anew.
//!
//! A stream that breaks is first taken up again where it was, at once: that is no new sign-in. Where that fails the node
//! counts as lost, and the re-login window counts from there. Then the session that there is is tried at the first node and
//! at the second, then a new one at both, and XMPP at each node that the presence server names then. Where neither does,
//! nothing more happens until the user signs in, or the machine has another network. It refuses to know how a node is signed
//! in at: it says where, and hears how that went.

use super::window::Window;
use crate::engine::signin::Server;
use crate::machine::{Chance, Machine, Moment, Wake};
use std::collections::VecDeque;
use std::time::Duration;

/// A stream that has not held this long is not taken up again at once.
const HELD: Duration = Duration::from_secs(30);

/// The nodes of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// XMPP at the home node, then at its backup.
    pub nodes: Vec<Server>,
    /// EPAS at the same nodes, where one-time passwords come from; empty where XMPP takes the password itself.
    pub logins: Vec<Server>,
    /// The re-login window.
    pub window: Window,
    /// The domains that a server may send us to.
    pub domains: Vec<String>,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HaIn {
    /// The user signs in.
    SignIn,
    /// The presence server has signed us in, and this is where XMPP is now; nowhere new where that is empty.
    LoggedIn(Vec<Server>, Option<Window>),
    /// It has not.
    LoginFailed,
    /// The stream is up.
    Up,
    /// The stream that was up is gone.
    Lost,
    /// The node that was to be connected to could not be, or the stream did not come up.
    Failed,
    /// The node sends us to this one; what was to be sent only once is not sent yet.
    SentTo {
        /// Which.
        node: Server,
        /// The one-time password has not been shown to anybody.
        unused: bool,
    },
    /// The machine has another network.
    NetworkChanged,
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HaOut {
    /// Get a one-time password there.
    Login {
        /// Where.
        node: Server,
        /// By a new session, else with the one that there is.
        fresh: bool,
    },
    /// Connect there.
    Connect(Server),
    /// Nothing happens for so long.
    Wait(Duration),
    /// Nothing happens until the user signs in.
    GiveUp,
}

/// Why a round of attempts is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The user wants it, or the window is over.
    SignIn,
    /// A stream is taken up again where it was.
    TakeUp,
}

/// One round of attempts.
#[derive(Clone, Debug)]
struct Round {
    cause: Cause,
    /// Which of the sign-ins at the presence server: both nodes with the session that there is, then both with a new one.
    login: usize,
    /// Which of the nodes.
    node: usize,
    /// A node has sent us here instead.
    sent_to: Option<Server>,
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    LoggingIn(Round),
    Connecting(Round, Server),
    Connected { round: Round, at: Server, since: Moment },
    Waiting { until: Moment },
    GivenUp,
}

/// The machine of one account's redundancy group.
#[derive(Debug)]
pub struct Ha {
    group: Group,
    chance: Chance,
    state: State,
    out: VecDeque<HaOut>,
}

impl Ha {
    /// Of this group, signed out.
    #[must_use]
    pub fn new(group: Group, chance: Chance) -> Ha {
        Ha { group, chance, state: State::Idle, out: VecDeque::new() }
    }

    /// The group as it is known now.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Whether it waits for the user.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        matches!(self.state, State::GivenUp)
    }

    /// The user signs out, or what has failed only they can mend: nothing happens before they sign in.
    pub fn stop(&mut self) {
        self.state = State::Idle;
        self.out.clear();
    }

    fn begin(&mut self, now: Moment) {
        self.try_next(now, Round { cause: Cause::SignIn, login: 0, node: 0, sent_to: None });
    }

    /// The next step of a round: a one-time password first, where one is needed.
    fn try_next(&mut self, now: Moment, round: Round) {
        let logins = &self.group.logins;
        if logins.is_empty() {
            return self.connect(now, round);
        }
        let Some(node) = logins.iter().chain(logins).nth(round.login).cloned() else { return self.exhausted(now) };
        self.out.push_back(HaOut::Login { node, fresh: round.login >= logins.len() });
        self.state = State::LoggingIn(round);
    }

    fn connect(&mut self, now: Moment, round: Round) {
        match round.sent_to.clone().or_else(|| self.group.nodes.get(round.node).cloned()) {
            Some(node) => {
                self.out.push_back(HaOut::Connect(node.clone()));
                self.state = State::Connecting(round, node);
            }
            None => self.exhausted(now),
        }
    }

    /// A stream breaks: it is taken up again where it was, unless it has hardly stood.
    fn lost(&mut self, now: Moment, round: Round, at: Server, since: Moment) {
        if now.since(since) < HELD {
            return self.node_lost(now);
        }
        let known = self.group.nodes.iter().position(|node| *node == at);
        // With one-time passwords, whoever gave the last one names the home node of now.
        let here = self.group.logins.is_empty();
        let node = known.filter(|_| here).unwrap_or(0);
        let sent_to = Some(at).filter(|_| here && known.is_none());
        self.try_next(now, Round { cause: Cause::TakeUp, node, sent_to, ..round });
    }

    /// A node would not have us: the next one.
    fn failed(&mut self, now: Moment, mut round: Round) {
        if round.cause == Cause::TakeUp {
            return self.node_lost(now);
        }
        (round.node, round.sent_to) = (round.node + 1, None);
        if round.node < self.group.nodes.len() { self.try_next(now, round) } else { self.exhausted(now) }
    }

    fn node_lost(&mut self, now: Moment) {
        let wait = self.group.window.draw(&mut self.chance);
        self.out.push_back(HaOut::Wait(wait));
        self.state = State::Waiting { until: now + wait };
    }

    /// Neither node. One that stands alone has nobody to take its place, so that it is waited for.
    fn exhausted(&mut self, now: Moment) {
        if self.group.nodes.len().max(self.group.logins.len()) == 1 {
            return self.node_lost(now);
        }
        self.out.push_back(HaOut::GiveUp);
        self.state = State::GivenUp;
    }
}

impl Machine for Ha {
    type Input = HaIn;
    type Output = HaOut;

    fn handle(&mut self, now: Moment, input: HaIn) {
        match (std::mem::replace(&mut self.state, State::Idle), input) {
            (State::Idle | State::Waiting { .. } | State::GivenUp, HaIn::SignIn)
            | (State::Waiting { .. } | State::GivenUp, HaIn::NetworkChanged) => self.begin(now),
            (State::LoggingIn(round), HaIn::LoggedIn(nodes, window)) => {
                if !nodes.is_empty() {
                    self.group.nodes = nodes;
                }
                self.group.window = window.unwrap_or(self.group.window);
                // The session that there is now serves from here on.
                let login = round.login.checked_rem(self.group.logins.len()).unwrap_or(0);
                self.connect(now, Round { login, ..round });
            }
            (State::LoggingIn(round), HaIn::LoginFailed) if round.cause == Cause::TakeUp => self.node_lost(now),
            (State::LoggingIn(round), HaIn::LoginFailed) => self.try_next(now, Round { login: round.login + 1, ..round }),
            (State::Connecting(round, at), HaIn::Up) => self.state = State::Connected { round, at, since: now },
            (State::Connecting(round, _), HaIn::Failed) => self.failed(now, round),
            (State::Connecting(round, _), HaIn::SentTo { node, unused: true }) => {
                self.connect(now, Round { sent_to: Some(node), ..round });
            }
            (State::Connecting(round, _), HaIn::SentTo { node, unused: false }) => {
                self.try_next(now, Round { sent_to: Some(node), ..round });
            }
            (State::Connected { round, at, since }, HaIn::Lost) => self.lost(now, round, at, since),
            (State::Connected { round, .. }, HaIn::SentTo { node, .. }) => {
                self.try_next(now, Round { cause: Cause::TakeUp, sent_to: Some(node), ..round });
            }
            // What is told too late, or twice.
            (state, _) => self.state = state,
        }
    }

    fn expire(&mut self, now: Moment) {
        if matches!(self.state, State::Waiting { until } if until <= now) {
            self.begin(now);
        }
    }

    fn poll(&mut self) -> Option<HaOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        match self.state {
            State::Waiting { until } => Some(Wake { at: until, why: "the re-login window" }),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "ha/tests.rs"]
mod tests;
