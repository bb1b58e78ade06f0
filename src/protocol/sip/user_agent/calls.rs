//! The calls of a user agent: what they want done, and what they are told.
#![deny(clippy::indexing_slicing)]

use super::agent::UserAgent;
use super::credentials::Verdict;
use super::dressing::{callable, dress_response, identity};
use super::input::SessionId;
use super::output::Output;
use super::parcel::{Owner, Parcel, Sent};
use crate::machine::{Machine, Moment};
use crate::protocol::sip::message::{Headers, Response, Uri};
use crate::protocol::sip::registration;
use crate::protocol::sip::session::interface::Unanswered;
use crate::protocol::sip::session::{self, End, Session};
use crate::protocol::sip::transaction::{self, ClientKey, Failure, ServerKey};

/// How often the INVITE that begins a call is sent, with all its challenges and redirections.
const MOST_TRIES: u32 = 20;

impl UserAgent {
    /// The user calls.
    pub(super) fn invite(&mut self, now: Moment, id: SessionId, target: &Uri, offer: Option<Vec<u8>>) {
        let Some(target) = callable(&self.config, target) else {
            let end = End::Rejected { status: 416, reason: "Unsupported URI Scheme".into() };
            self.say(Output::Ended { session: id, end });
            return;
        };
        let session = Session::outgoing(now, identity(&self.config), target, offer, self.chance.fork());
        self.sessions.insert(id, session);
    }

    /// Where we have another Contact than before, the far sides of our calls hear of it: a lost flow does not end a call.
    pub(super) fn move_calls(&mut self, now: Moment) {
        let contact = self.contact();
        if self.said_contact != contact {
            self.said_contact = contact;
            for session in self.sessions.values_mut() {
                session.handle(now, session::Input::Moved);
            }
        }
    }

    /// A call hears something.
    pub(super) fn tell_session(&mut self, now: Moment, id: SessionId, input: session::Input) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.handle(now, input);
        }
    }

    /// The next output of any call.
    pub(super) fn next_of_sessions(&mut self) -> Option<(SessionId, session::Output)> {
        self.sessions.iter_mut().find_map(|(id, session)| Some((*id, session.poll()?)))
    }

    /// The call that a message is about.
    pub(super) fn session_of(&self, headers: &Headers, incoming: bool) -> Option<SessionId> {
        let call_id = headers.call_id().ok()?;
        let ours = if incoming { headers.to() } else { headers.from() };
        let ours = ours.ok()?;
        let tag = ours.tag()?;
        self.sessions.iter().find(|(_, session)| session.is_about(call_id, tag)).map(|(id, _)| *id)
    }

    pub(super) fn hear_session(&mut self, now: Moment, id: SessionId, output: session::Output) {
        let session = id;
        let told = match output {
            session::Output::Request { ask, request, next_hop } => {
                self.send(now, Some(Owner::Session(id, ask)), request, next_hop);
                return;
            }
            session::Output::Cancel(ask) => {
                self.cancel(now, Owner::Session(id, ask));
                return;
            }
            session::Output::Acknowledge { request, next_hop } => {
                self.send(now, None, request, Some(next_hop));
                return;
            }
            session::Output::Respond { key, response } => {
                self.respond(now, key, response);
                return;
            }
            session::Output::Incoming { from, offer } => Output::Incoming { session, from, offer },
            session::Output::Progress { status, reason, tag, body } => Output::Progress { session, status, reason, tag, body },
            session::Output::Anew => Output::Anew { session },
            session::Output::Answered(body) => Output::Answered { session, body },
            session::Output::Established(body) => Output::Established { session, body },
            session::Output::Offered(body) => Output::Offered { session, body },
            session::Output::OfferAnswered(body) => Output::OfferAnswered { session, body },
            session::Output::OfferRefused(status) => Output::OfferRefused { session, status },
            session::Output::Pressed(key) => Output::Pressed { session, key },
            session::Output::Ended(end) => {
                self.locked.retain(|(locked, _)| *locked != id);
                Output::Ended { session, end }
            }
        };
        self.say(told);
    }

    /// Responds.
    pub(super) fn respond(&mut self, now: Moment, key: ServerKey, mut response: Response) {
        let contact = self.contact();
        dress_response(&self.config, contact.as_ref(), &mut response);
        self.layer.handle(now, transaction::Input::Respond { key, response });
    }

    /// A request of ours has a response.
    pub(super) fn hear_response(&mut self, now: Moment, key: ClientKey, response: Response) {
        if response.is_provisional() {
            if let Some(sent) = self.sent.get_mut(&key) {
                sent.progressed |= response.status > 100;
                let owner = sent.parcel.owner;
                self.tell_owner(now, owner, response);
            }
            return;
        }
        if let Some(attempt) = self.binding.asked.remove(&key) {
            self.credentials.note_realms(&response);
            self.binding.registration.handle(now, registration::Input::Response { attempt, response });
            return;
        }
        // A further 2xx of a fork finds its call by its Call-ID.
        let Some(sent) = self.sent.remove(&key) else { return self.hear_stray(now, response) };
        match response.status {
            401 | 407 => self.hear_challenge(now, &sent, response),
            503 if self.try_elsewhere(now, &sent, false) => {}
            status => {
                if (200..300).contains(&status) {
                    self.credentials.accepted(&sent.request, &response);
                }
                self.tell_owner(now, sent.parcel.owner, response);
            }
        }
    }

    fn tell_owner(&mut self, now: Moment, owner: Option<Owner>, response: Response) {
        match owner {
            Some(Owner::Session(id, ask)) => {
                self.tell_session(now, id, session::Input::Response { ask: Some(ask), response });
            }
            None => {}
        }
    }

    /// A 2xx to an INVITE whose transaction is gone.
    pub(super) fn hear_stray(&mut self, now: Moment, response: Response) {
        if let Some(id) = self.session_of(&response.headers, false) {
            self.tell_session(now, id, session::Input::Response { ask: None, response });
        }
    }

    /// A request of ours was challenged.
    fn hear_challenge(&mut self, now: Moment, sent: &Sent, response: Response) {
        let begun_too_often = matches!(sent.parcel.owner, Some(Owner::Session(_, ask)) if ask.0 >= MOST_TRIES)
            && sent.request.headers.to().is_ok_and(|to| to.tag().is_none());
        // Who gets no answer from us would ask for ever.
        let verdict =
            if sent.trusted && !begun_too_often { self.credentials.judge(&sent.request, &response) } else { Verdict::Refuse };
        if verdict == Verdict::Wait && self.credentials.ask() {
            self.say(Output::PasswordWanted);
        }
        match sent.parcel.owner {
            None => {}
            Some(Owner::Session(id, ask)) => match verdict {
                Verdict::Again => self.tell_session(now, id, session::Input::Again(ask)),
                Verdict::Wait => {
                    self.locked.push((id, ask));
                    self.tell_session(now, id, session::Input::Challenged(ask));
                }
                Verdict::Refuse => {
                    self.tell_session(now, id, session::Input::Response { ask: Some(ask), response });
                }
            },
        }
    }

    /// The password is known, or known not to be.
    pub(super) fn unlock(&mut self, now: Moment, known: bool) {
        for (id, ask) in std::mem::take(&mut self.locked) {
            let why = Unanswered::Transport("the server wants a password, and there is none".into());
            let input = if known { session::Input::Again(ask) } else { session::Input::Failed { ask, why } };
            self.tell_session(now, id, input);
        }
    }

    /// A request of ours has no response.
    pub(super) fn hear_failure(&mut self, now: Moment, key: ClientKey, why: Failure) {
        if let Some(attempt) = self.binding.asked.remove(&key) {
            self.binding.registration.handle(now, registration::Input::Failed { attempt, why });
            return;
        }
        let Some(sent) = self.sent.remove(&key) else { return };
        if self.try_elsewhere(now, &sent, why == Failure::Transport) {
            return;
        }
        let why = match why {
            Failure::Timeout => Unanswered::Timeout,
            Failure::Transport => Unanswered::Transport("the connection to the server was lost".into()),
        };
        self.fail(now, &sent.parcel, &why);
    }

    /// A request of ours will have no response.
    pub(super) fn fail(&mut self, now: Moment, parcel: &Parcel, why: &Unanswered) {
        match parcel.owner {
            Some(Owner::Session(id, ask)) => {
                self.tell_session(now, id, session::Input::Failed { ask, why: why.clone() });
            }
            None => {}
        }
    }
}
