//! A call that is up: what comes within the dialog, the ACK to our answer, hanging up (RFC 3261 §12.2.2, §13.3.1.4, §15).
#![deny(clippy::indexing_slicing)]

use super::call::{Session, sdp};
use super::capabilities::{options, refuse_method, respond};
use super::dtmf_relay;
use super::end::End;
use super::interface::{Ask, Output, Unanswered};
use super::stage::{Exchange, Stage, Talking};
use crate::machine::{Moment, Wake};
use crate::protocol::sip::message::{Method, Request};
use crate::protocol::sip::transaction::ServerKey;

impl Session {
    /// The user ends the call, whichever way is right now.
    pub(super) fn end(&mut self, now: Moment) {
        match &self.stage {
            Stage::Calling(_) => self.give_up_calling(now, End::Local),
            Stage::Ringing(_) => self.refuse_call(now, 480, End::Local),
            Stage::Talking(_) => self.hang_up(now, End::Local),
            Stage::Leaving(_) => {}
        }
    }

    /// A request of ours has no response.
    pub(super) fn unanswered(&mut self, now: Moment, ask: Ask, why: &Unanswered) {
        match &self.stage {
            Stage::Calling(calling) if calling.ask == ask => self.invite_unanswered(now, why),
            Stage::Talking(_) => self.offer_unanswered(now, ask, why),
            Stage::Leaving(leaving) if leaving.ask == Some(ask) => self.tell_end(),
            _ => {}
        }
    }

    pub(super) fn request_while_talking(&mut self, now: Moment, key: ServerKey, request: &Request) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        if !talking.dialog.holds(request) {
            self.respond(key, respond(request, 481, ""));
            return;
        }
        if !talking.dialog.admit(request) {
            self.respond(key, respond(request, 500, ""));
            return;
        }
        match request.method {
            Method::Bye => {
                self.respond(key, respond(request, 200, ""));
                self.drop_their_offer();
                self.over(now, End::Remote);
            }
            Method::Invite | Method::Update => self.offer_came(now, key, request),
            Method::Info => self.info(key, request),
            Method::Options => self.respond(key, options(request, "")),
            _ => self.respond(key, refuse_method(request, "")),
        }
    }

    /// INFO carries keys at most; anything else in it is refused (RFC 6086 §4.2.2 for info packages).
    fn info(&mut self, key: ServerKey, request: &Request) {
        let kind = request.headers.get("Content-Type").and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        let relays = ["application/dtmf-relay", "application/dtmf"].iter().any(|known| kind.eq_ignore_ascii_case(known));
        let response = if request.headers.get("Info-Package").is_some() {
            let mut response = super::capabilities::respond_saying(request, 469, "", "Bad Info Package");
            response.headers.set("Recv-Info", "");
            response
        } else if relays || request.body.is_empty() {
            if let Some(pressed) = relays.then(|| dtmf_relay::key(&request.body)).flatten() {
                self.say(Output::Pressed(pressed));
            }
            respond(request, 200, "")
        } else {
            super::capabilities::unsupported_body(request, "", "application/dtmf-relay")
        };
        self.respond(key, response);
    }

    /// An ACK to a 2xx of ours.
    pub(super) fn acknowledged(&mut self, now: Moment, request: &Request) {
        if let Stage::Leaving(_) = self.stage {
            self.acknowledged_while_leaving(now, request);
            return;
        }
        let Stage::Talking(talking) = &mut self.stage else { return };
        let cseq = request.headers.cseq().map(|cseq| cseq.number).ok();
        if !talking.dialog.holds(request) || talking.answer.as_ref().map(|answer| answer.cseq) != cseq {
            return;
        }
        let first = talking.answer.take().is_some_and(|answer| answer.first);
        let promised = matches!(talking.exchange, Exchange::Promised);
        let body = promised.then(|| sdp(&request.headers, &request.body)).flatten();
        if promised {
            talking.exchange = Exchange::Idle;
        }
        if body.is_some() {
            talking.heard.clone_from(&body);
        }
        match (first, promised, body) {
            (true, _, body) => self.say(Output::Established(body)),
            (false, true, Some(body)) => self.say(Output::OfferAnswered(body)),
            (false, true, None) => self.say(Output::OfferRefused(488)),
            (false, false, _) => {}
        }
        self.settle(now);
    }

    /// BYE, as soon as it is allowed.
    pub(super) fn hang_up(&mut self, now: Moment, end: End) {
        self.drop_their_offer();
        let Stage::Talking(talking) = &mut self.stage else { return };
        let mut dialog = talking.dialog.clone();
        let answer = talking.answer.take();
        if let Exchange::Owed { cseq } = talking.exchange {
            let ack = dialog.ack(cseq);
            self.acknowledge(&dialog.id().remote_tag, cseq, ack, dialog.next_hop().clone());
        }
        match answer {
            // RFC 3261 §15: the callee may not hang up before the ACK, or before it is given up.
            Some(answer) if answer.first && answer.give_up > now => {
                self.leave(now, end, None, Some(dialog));
                if let Stage::Leaving(leaving) = &mut self.stage {
                    leaving.owed = Some(answer);
                }
            }
            _ => {
                let ask = self.next_ask();
                let request = dialog.request(Method::Bye);
                self.say(Output::Request { ask, request, next_hop: Some(dialog.next_hop().clone()) });
                self.leave(now, end, Some(ask), Some(dialog));
            }
        }
    }

    pub(super) fn expire_talking(&mut self, now: Moment) {
        let t2 = self.timers.t2;
        let Stage::Talking(talking) = &mut self.stage else { return };
        if let Some(answer) = &mut talking.answer {
            if answer.give_up <= now {
                self.hang_up(now, End::Unacknowledged);
                return;
            }
            if answer.resend.at <= now {
                answer.resend = answer.resend.next(now, t2);
                let again = Output::Respond { key: answer.key, response: answer.response.clone() };
                self.say(again);
            }
        }
        let Stage::Talking(talking) = &mut self.stage else { return };
        if talking.timer.is_some_and(|timer| timer.expires <= now) {
            self.hang_up(now, End::Timeout);
            return;
        }
        if talking.timer.is_some_and(|timer| timer.refresh.is_some_and(|at| at <= now)) {
            self.renew(now);
        }
        self.settle(now);
    }
}

impl Talking {
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.exchange, Exchange::Idle) && self.answer.is_none()
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        let answer = self.answer.as_ref().map(|answer| {
            let resend = Wake { at: answer.resend.at, why: "200 again" };
            resend.min(Wake { at: answer.give_up, why: "64·T1 without ACK" })
        });
        let parts = [answer, self.wake_for_offers(), self.timer.map(|timer| timer.wake())];
        parts.into_iter().fold(None, Wake::sooner)
    }

    fn wake_for_offers(&self) -> Option<Wake> {
        if !self.is_settled() {
            return None;
        }
        let wanted = self.wanted.as_ref().map(|wanted| Wake { at: wanted.from, why: "offer after 491" });
        Wake::sooner(wanted, self.renew.map(|at| Wake { at, why: "session refresh again" }))
    }
}
