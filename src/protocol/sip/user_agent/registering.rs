//! The registration of a user agent: when it begins, and what it is told.

use super::agent::UserAgent;
use super::failure::Failure;
use super::output::Output;
use crate::machine::Moment;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::session;
use std::time::Duration;

impl UserAgent {
    pub(super) fn register(&mut self, now: Moment) {
        self.flows.want(now);
    }

    pub(super) fn unregister(&mut self, now: Moment) {
        self.binding.leaving = true;
        for id in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.tell_session(now, id, session::Input::End);
        }
    }

    pub(super) fn bind_on(&mut self, _now: Moment, _flow: &Flow) {}

    pub(super) fn binding_lost(&mut self, _why: &Failure, _retry_in: Option<Duration>) {}

    pub(super) fn unlock_binding(&mut self, _now: Moment, _known: bool) {}

    pub(super) fn hear_binding(&mut self, _now: Moment, (): ()) {}

    /// All is said for now: what is not needed any more is let go.
    pub(super) fn rest(&mut self, _now: Moment) {
        if self.binding.leaving && self.sessions.values().all(|session| !session.is_unfinished()) {
            self.binding.leaving = false;
            self.flows.close();
            self.say(Output::Unregistered);
        }
    }
}
