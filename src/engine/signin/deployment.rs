//! The sign-in after the decision: at Communications Manager, or at the presence server. Both hear and say the same, so that
//! whoever drives them need not know which it is.

use super::cup::{CupIn, CupOut, CupSignIn};
use super::uds::{CucmIn, CucmSignIn};
use super::warm::Whom;
use crate::machine::{Machine, Moment, Wake};

/// The sign-in after the decision, and whether it may have the password yet.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) at: At,
    /// Whom it asks.
    pub(super) whom: Whom,
    /// Its step after the decision waits for the decision.
    pub(super) waits: Option<bool>,
}

/// Where it is.
#[derive(Debug)]
pub(super) enum At {
    /// At Communications Manager 9 or later.
    Cucm(Box<CucmSignIn>),
    /// At the presence server, or at Communications Manager 8.x.
    Cup(Box<CupSignIn>),
}

impl Deployment {
    pub(super) fn handle(&mut self, now: Moment, input: CucmIn) {
        match &mut self.at {
            At::Cucm(machine) => machine.handle(now, input),
            At::Cup(machine) => machine.handle(now, CupIn::Sign(input)),
        }
    }

    pub(super) fn expire(&mut self, now: Moment) {
        match &mut self.at {
            At::Cucm(machine) => machine.expire(now),
            At::Cup(machine) => machine.expire(now),
        }
    }

    pub(super) fn poll(&mut self) -> Option<CupOut> {
        match &mut self.at {
            At::Cucm(machine) => machine.poll().map(CupOut::Sign),
            At::Cup(machine) => machine.poll(),
        }
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        match &self.at {
            At::Cucm(machine) => machine.wake(),
            At::Cup(machine) => machine.wake(),
        }
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        match &self.at {
            At::Cucm(machine) => machine.is_over(),
            At::Cup(machine) => machine.is_over(),
        }
    }

    /// Whether it is the sign-in at Communications Manager with these nodes, and goes on.
    pub(super) fn goes_on_at(&self, whom: &Whom) -> bool {
        self.whom == *whom && matches!(&self.at, At::Cucm(machine) if !machine.is_over())
    }

    /// What is remembered serves already, and is to be checked. One that is asking does that.
    pub(super) fn check(&mut self, now: Moment) {
        if let At::Cup(machine) = &mut self.at {
            machine.handle(now, CupIn::Check);
        }
    }
}
