//! The registration of a user agent: when it begins and ends, and what it is told.

use super::agent::UserAgent;
use super::binding::Leaving;
use super::dressing::dress_request;
use super::failure::Failure;
use super::output::Output;
use crate::machine::{Machine, Moment};
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::registration::{self, Status};
use crate::protocol::sip::session;
use crate::protocol::sip::transaction::{self, ClientKey};
use std::time::Duration;

/// How long leaving may wait for others.
const LEAVING: Duration = Duration::from_secs(5);

impl UserAgent {
    /// The user wants to be registered.
    pub(super) fn register(&mut self, now: Moment) {
        self.binding.wanted = true;
        self.binding.leaving = Leaving::No;
        // It is the user's act: what was not known then may be known now.
        if self.credentials.is_without() {
            self.credentials.forget();
        }
        self.binding.registration.handle(now, registration::Input::Register);
    }

    /// The user wants to be gone.
    pub(super) fn unregister(&mut self, now: Moment) {
        self.binding.wanted = false;
        self.binding.leaving = Leaving::Unbinding;
        self.binding.patience = Some(now + LEAVING);
        for id in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.tell_session(now, id, session::Input::End);
        }
        self.binding.registration.handle(now, registration::Input::Unregister);
        // Whoever has nothing to remove hears no more of it.
        if !self.binding.registration.is_registered() && self.binding.asked.is_empty() {
            self.binding.leaving = Leaving::Unbound;
        }
    }

    /// The flow to the server is up: what waited for that need wait no more.
    pub(super) fn binding_flow_up(&mut self, now: Moment, flow: Flow) {
        self.binding.registration.handle(now, registration::Input::FlowUp { flow, to: flow.remote });
        if self.binding.lost.take().is_some() && self.binding.wanted {
            self.binding.registration.handle(now, registration::Input::Register);
        }
    }

    /// A flow is gone, or one could not be opened.
    pub(super) fn binding_flow_down(&mut self, now: Moment, flow: FlowId) {
        self.binding.registration.handle(now, registration::Input::FlowDown { flow });
    }

    /// The server cannot be reached: for now, or for good where `retry_in` is `None` and the binding is wanted.
    pub(super) fn binding_lost(&mut self, now: Moment, why: Failure, for_good: bool) {
        self.binding.lost = Some(why.clone());
        if for_good && self.binding.wanted {
            self.binding.wanted = false;
            self.binding.registration.handle(now, registration::Input::Unregister);
            self.say(Output::RegistrationFailed { why });
        } else {
            // No flow has this number: it is one that never was.
            self.binding_flow_down(now, FlowId(u64::MAX));
        }
    }

    pub(super) fn hear_binding(&mut self, now: Moment, output: registration::Output) {
        match output {
            registration::Output::Request { attempt, flow, to, mut request } => {
                dress_request(&self.config, None, &mut request);
                let key = ClientKey(self.next_key);
                self.next_key += 1;
                self.binding.asked.insert(key, attempt);
                self.layer.handle(now, transaction::Input::Request { key, flow, to, request });
            }
            registration::Output::Send { flow, to, bytes } => self.say(Output::Send { flow, to, bytes }),
            registration::Output::OpenFlow => match self.flows.primary() {
                Some(flow) => {
                    self.binding.registration.handle(now, registration::Input::FlowUp { flow, to: flow.remote });
                }
                None => self.flows.want(now),
            },
            registration::Output::Abandon { flow } => self.flows.abandon(now, flow),
            registration::Output::PasswordWanted => {
                if self.credentials.is_without() {
                    self.binding.registration.handle(now, registration::Input::NoPassword);
                } else if self.credentials.ask() {
                    self.say(Output::PasswordWanted);
                }
            }
            registration::Output::Changed(status) => self.tell_status(now, status),
        }
    }

    fn tell_status(&mut self, now: Moment, status: Status) {
        match status {
            Status::Registering => {}
            Status::Unregistered => {
                if self.binding.leaving == Leaving::Unbinding {
                    self.binding.leaving = Leaving::Unbound;
                }
            }
            Status::Registered { expires, .. } => {
                self.binding.lost = None;
                self.move_calls(now);
                self.say(Output::Registered { address: self.config.address.to_string(), expires });
            }
            Status::Waiting { why, retry_in } => {
                let why = self.binding.failure(why);
                // A new flow is enough of a reason to register.
                let retry_in = self.flows.again_in(now).map_or(retry_in, |flow| flow.min(retry_in));
                self.say(Output::RegistrationLost { why, retry_in });
            }
            Status::Failed(why) => {
                let why = self.binding.failure(why);
                if why == Failure::Password && !self.credentials.is_without() {
                    self.credentials.forget();
                }
                self.say(Output::RegistrationFailed { why });
            }
        }
    }

    /// All is said for now: what nobody needs any more is let go. True when there is more to say.
    pub(super) fn rest(&mut self, now: Moment) -> bool {
        let unfinished = self.sessions.values().any(|session| session.is_unfinished());
        if self.binding.leaving == Leaving::Unbound && !unfinished && self.refusal_until().is_none_or(|until| until <= now) {
            self.binding.leaving = Leaving::No;
            // What is still out there is nobody's any more: it must not be sent anew because its flow is closed.
            self.sent.clear();
            self.locked.clear();
            self.waiting.clear();
            self.sessions.clear();
            self.flows.close();
            self.say(Output::Unregistered);
            return true;
        }
        if self.binding.wanted || unfinished || !self.waiting.is_empty() {
            self.flows.keep(now);
        } else {
            self.flows.release();
        }
        self.flows.has_more()
    }

    /// Until when leaving waits for the ACK to a refusal: with the flow gone nobody would repeat it, and the caller would
    /// hear us ring for minutes.
    pub(super) fn refusal_until(&self) -> Option<Moment> {
        let waits = self.binding.leaving == Leaving::Unbound && self.layer.is_refusing();
        self.binding.patience.filter(|_| waits)
    }

    /// Keep-alives are the registration's own affair where it sends them (RFC 5626 §4.4).
    pub(super) fn keep_alive(&mut self, flow: FlowId, to: std::net::SocketAddr) {
        if !self.binding.registration.keeps_alive(flow) {
            self.say(Output::Send { flow, to, bytes: b"\r\n\r\n".to_vec() });
        }
    }

    /// The flow to the server is not up, and is tried again after so long.
    pub(super) fn server_lost(&mut self, now: Moment, why: Failure, retry_in: Option<Duration>, for_good: bool) {
        self.server_is_down(now, &why.to_string(), for_good);
        self.say(Output::Unreachable { why: why.clone(), retry_in });
        self.binding_lost(now, why, for_good);
    }
}
