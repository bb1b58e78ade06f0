//! Legs in clear: the user is asked once, before the first, and what they say holds for all of this sign-in.

use super::{Clear, Session, SessionOut};
use crate::engine::event::{Problem, ProblemKind, SignInAsk};
use crate::engine::signin::discovery::{Discovery, DiscoveryIn, Purpose};
use crate::engine::signin::uds::CucmIn;
use crate::machine::{Machine, Moment};

impl Session {
    /// Begins, once it is known whether the first question may go in clear, where it would.
    pub(super) fn start(&mut self, now: Moment) {
        let asks = self.wants.asks_user && !self.launch.allow_cleartext;
        let Some(leg) = self.launch.clear_leg().filter(|_| asks) else {
            return self.discovery.handle(now, DiscoveryIn::Start);
        };
        self.clear = Clear::Asked;
        let next = format!("Name one over https, or leave Webex out: {}", self.launch.setting("exclude webex"));
        let why = Some(Problem::new(ProblemKind::Clear, "The address of this CAS is one over http.", next));
        self.out.push_back(SessionOut::AskUser(SignInAsk::Clear { leg, why }));
    }

    /// The user has said whether anything may go in clear.
    pub(super) fn said_of_clear(&mut self, now: Moment, allowed: bool) {
        self.partial |= !allowed;
        let asked = std::mem::replace(&mut self.clear, if allowed { Clear::Unsaid } else { Clear::Refused });
        if asked != Clear::Asked {
            return self.tell(now, CucmIn::Clear(allowed));
        }
        self.launch.allow_cleartext = allowed;
        self.discovery = Discovery::new(self.launch.clone(), Purpose::SignIn, self.chance.fork(), 1);
        self.discovery.handle(now, DiscoveryIn::Start);
    }
}
