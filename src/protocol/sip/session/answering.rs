//! Their offers while the call is up: re-INVITE (RFC 3261 §14.2) and UPDATE (RFC 3311 §5.2).
#![deny(clippy::indexing_slicing)]

use super::call::{Session, sdp};
use super::capabilities::{ACCEPT, SDP, respond, retry_later, session_description, unsupported_body};
use super::interface::Output;
use super::ringing::settle_timer;
use super::session_timer::{MIN_SE, is_too_small};
use super::stage::{Answer, Exchange, Stage};
use crate::machine::Moment;
use crate::protocol::sip::message::{Method, Request};
use crate::protocol::sip::transaction::ServerKey;

impl Session {
    /// A re-INVITE or UPDATE has come.
    pub(super) fn offer_came(&mut self, now: Moment, key: ServerKey, request: &Request) {
        let pause = self.chance.below(11);
        let Stage::Talking(talking) = &mut self.stage else { return };
        let Ok(body) = session_description(request.headers.get("Content-Type"), &request.body) else {
            self.respond(key, unsupported_body(request, "", ACCEPT));
            return;
        };
        if is_too_small(request) {
            let mut response = respond(request, 422, "");
            response.headers.set("Min-SE", MIN_SE.as_secs());
            self.respond(key, response);
            return;
        }
        if request.method == Method::Update && body.is_none() {
            talking.dialog.refresh(&request.headers);
            let mut response = respond(request, 200, "");
            talking.timer = settle_timer(now, request, &mut response);
            self.respond(key, response);
            return;
        }
        match talking.exchange {
            // RFC 3311 §5.2: 491 where our offer is not answered yet, 500 where theirs is not.
            Exchange::Ours { .. } | Exchange::Promised => self.respond(key, respond(request, 491, "")),
            Exchange::Theirs { .. } | Exchange::Owed { .. } => {
                self.respond(key, retry_later(request, "", pause));
            }
            Exchange::Idle => {
                // Whoever begins anew has our answer, even if the ACK to it was lost.
                let established = talking.answer.take().is_some_and(|answer| answer.first);
                talking.exchange = Exchange::Theirs { key, request: request.clone() };
                if established {
                    self.say(Output::Established(None));
                }
                self.say(Output::Offered(body));
            }
        }
    }

    /// The user answers an offer, or offers where one was asked for.
    pub(super) fn answer_offer(&mut self, now: Moment, body: Vec<u8>) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        match std::mem::replace(&mut talking.exchange, Exchange::Idle) {
            Exchange::Theirs { key, request } => {
                talking.dialog.refresh(&request.headers);
                let mut response = respond(&request, 200, "");
                talking.timer = settle_timer(now, &request, &mut response);
                response.set_body(SDP, body.clone());
                if request.method == Method::Invite {
                    talking.answer = Answer::to(now, key, &request, &response, false);
                }
                match sdp(&request.headers, &request.body) {
                    Some(offer) => talking.heard = Some(offer),
                    None => talking.exchange = Exchange::Promised,
                }
                talking.sent = Some(body);
                self.respond(key, response);
            }
            Exchange::Owed { cseq } => {
                let mut ack = talking.dialog.ack(cseq);
                ack.set_body(SDP, body.clone());
                talking.sent = Some(body);
                let (tag, next_hop) = (talking.dialog.id().remote_tag.clone(), talking.dialog.next_hop().clone());
                self.acknowledge(&tag, cseq, ack, next_hop);
            }
            other => talking.exchange = other,
        }
        self.settle(now);
    }

    /// The user refuses an offer. One that came in the answer to our call cannot be refused without ending it
    /// (RFC 3261 §13.2.2.4).
    pub(super) fn refuse_offer(&mut self, now: Moment, status: u16) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        match std::mem::replace(&mut talking.exchange, Exchange::Idle) {
            Exchange::Theirs { key, request } => self.respond(key, respond(&request, status.clamp(400, 699), "")),
            owed @ Exchange::Owed { .. } => {
                talking.exchange = owed;
                self.hang_up(now, super::end::End::Local);
            }
            other => talking.exchange = other,
        }
        self.settle(now);
    }

    /// They take back a re-INVITE that is not answered yet.
    pub(super) fn offer_cancelled(&mut self, now: Moment, cancelled: ServerKey) {
        if matches!(&self.stage, Stage::Talking(talking)
            if matches!(talking.exchange, Exchange::Theirs { key, .. } if key == cancelled))
        {
            self.drop_their_offer();
            self.settle(now);
        }
    }

    /// What they have offered gets its final response: nobody will answer it any more.
    pub(super) fn drop_their_offer(&mut self) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        if let Exchange::Theirs { key, request } = &talking.exchange {
            let status = if request.method == Method::Invite { 487 } else { 500 };
            let (key, response) = (*key, respond(request, status, ""));
            talking.exchange = Exchange::Idle;
            self.respond(key, response);
        }
    }
}
