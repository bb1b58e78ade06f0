//! A session: one call from its INVITE to its one end, as a machine.
//!
//! This file holds what every stage shares and says who hears what; the stages stand in their own files.
#![deny(clippy::indexing_slicing)]

use super::capabilities::session_description;
use super::interface::{Ask, Input, Output};
use super::stage::Stage;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::sip::message::{Headers, Method, Request, Response, Uri};
use crate::protocol::sip::transaction::{ServerKey, Timers};
use std::collections::VecDeque;

/// ACKs that are kept for repeated 2xx.
const MOST_ACKS: usize = 64;

/// One call.
#[derive(Debug)]
pub struct Session {
    call_id: String,
    local_tag: String,
    pub(super) chance: Chance,
    pub(super) timers: Timers,
    pub(super) asks: u32,
    pub(super) stage: Stage,
    /// Our INVITE as it was sent last; `None` when they called.
    pub(super) invite: Option<Request>,
    pub(super) acks: VecDeque<Acked>,
    pub(super) outputs: VecDeque<Output>,
}

/// A 2xx that has its ACK: when it comes again, so does the ACK (RFC 3261 §13.2.2.4).
#[derive(Debug)]
pub(super) struct Acked {
    pub(super) remote_tag: String,
    pub(super) cseq: u32,
    pub(super) ack: Request,
    pub(super) next_hop: Uri,
}

impl Session {
    pub(super) fn at(stage: Stage, (call_id, local_tag): (String, String), invite: Option<Request>, chance: Chance) -> Session {
        let timers = Timers::default();
        Session { call_id, local_tag, chance, timers, asks: 0, stage, invite, acks: VecDeque::new(), outputs: VecDeque::new() }
    }

    /// Whether nothing that may still come concerns it.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(&self.stage, Stage::Leaving(leaving) if leaving.until.is_none()) && self.outputs.is_empty()
    }

    /// Whether a message with this Call-ID and, for our side, this tag is about this call.
    #[must_use]
    pub fn is_about(&self, call_id: &str, local_tag: &str) -> bool {
        self.call_id == call_id && self.local_tag == local_tag
    }

    /// Whether its end is still to be told.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        !matches!(&self.stage, Stage::Leaving(leaving) if leaving.end.is_none())
    }

    /// Whether it is neither ending nor over.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !matches!(self.stage, Stage::Leaving(_))
    }

    pub(super) fn say(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn respond(&mut self, key: ServerKey, response: Response) {
        self.say(Output::Respond { key, response });
    }

    /// The number for a new request.
    pub(super) fn next_ask(&mut self) -> Ask {
        self.asks += 1;
        Ask(self.asks)
    }

    /// Sends an ACK and keeps it.
    pub(super) fn acknowledge(&mut self, remote_tag: &str, cseq: u32, ack: Request, next_hop: Uri) {
        self.say(Output::Acknowledge { request: ack.clone(), next_hop: next_hop.clone() });
        if self.acks.len() == MOST_ACKS {
            self.acks.pop_front();
        }
        self.acks.push_back(Acked { remote_tag: remote_tag.to_owned(), cseq, ack, next_hop });
    }

    /// A 2xx that has come before gets its ACK again. False when this one is new.
    pub(super) fn acknowledge_again(&mut self, remote_tag: &str, cseq: u32) -> bool {
        let Some(acked) = self.acks.iter().find(|acked| acked.cseq == cseq && acked.remote_tag == remote_tag) else {
            return false;
        };
        let again = Output::Acknowledge { request: acked.ack.clone(), next_hop: acked.next_hop.clone() };
        self.say(again);
        true
    }

    fn hear_response(&mut self, now: Moment, ask: Option<Ask>, response: &Response) {
        let Ok(cseq) = response.headers.cseq() else { return };
        if cseq.method == Method::Invite && (200..300).contains(&response.status) {
            self.invite_accepted(now, cseq.number, response);
            return;
        }
        let Some(ask) = ask else { return };
        match &self.stage {
            Stage::Calling(calling) if calling.ask == ask => self.invite_answered(now, response),
            Stage::Talking(_) => self.offer_answered(now, ask, response),
            Stage::Leaving(leaving) if leaving.ask == Some(ask) && response.status >= 200 => self.tell_end(),
            _ => {}
        }
    }

    fn hear_request(&mut self, now: Moment, key: ServerKey, request: &Request) {
        match &self.stage {
            Stage::Calling(_) => self.request_while_calling(key, request),
            Stage::Ringing(_) => self.request_while_ringing(now, key, request),
            Stage::Talking(_) => self.request_while_talking(now, key, request),
            Stage::Leaving(_) => self.request_while_leaving(key, request),
        }
    }
}

impl Machine for Session {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Ring => self.ring(now),
            Input::Accept(body) => self.accept(now, body),
            Input::Reject(status) => self.reject(now, status),
            Input::End => self.end(now),
            Input::Offer(body) => self.want_offer(now, body),
            Input::Answer(body) => self.answer_offer(now, body),
            Input::Moved => self.moved(now),
            Input::RefuseOffer(status) => self.refuse_offer(now, status),
            Input::Response { ask, response } => self.hear_response(now, ask, &response),
            Input::Failed { ask, why } => self.unanswered(now, ask, &why),
            Input::Challenged(ask) => self.challenged(ask),
            Input::Again(ask) => self.ask_again(ask),
            Input::Request { key, request } => self.hear_request(now, key, &request),
            Input::Cancelled(key) => self.cancelled(now, key),
            Input::Ack(request) => self.acknowledged(now, &request),
        }
    }

    fn expire(&mut self, now: Moment) {
        match &self.stage {
            Stage::Calling(_) => self.expire_calling(now),
            Stage::Ringing(_) => self.expire_ringing(now),
            Stage::Talking(_) => self.expire_talking(now),
            Stage::Leaving(_) => self.expire_leaving(now),
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        match &self.stage {
            Stage::Calling(calling) => Some(Wake { at: calling.give_up, why: "nobody answers" }),
            Stage::Ringing(ringing) => {
                let again = ringing.again.map(|at| Wake { at, why: "180 again" });
                Wake::sooner(again, Some(Wake { at: ringing.give_up, why: "nobody answers" }))
            }
            Stage::Talking(talking) => talking.wake(),
            Stage::Leaving(leaving) => leaving.wake(),
        }
    }
}

/// The session description of a message, where it has one that we can read.
pub(super) fn sdp(headers: &Headers, body: &[u8]) -> Option<Vec<u8>> {
    session_description(headers.get("Content-Type"), body).ok().flatten()
}

/// The tag of the To of a response; empty where there is none.
pub(super) fn to_tag(headers: &Headers) -> String {
    headers.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default()
}
