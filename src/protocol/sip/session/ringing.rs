//! Their INVITE until our final response (RFC 3261 §13.3).
#![deny(clippy::indexing_slicing)]

use super::call::{Session, sdp};
use super::calling::takes_update;
use super::capabilities::{SDP, options, refuse_method, respond, retry_later};
use super::end::End;
use super::interface::Output;
use super::session_timer::{Refresher, SessionTimer};
use super::stage::{Answer, Exchange, Ringing, Stage, Talking};
use crate::machine::{Chance, Moment};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Method, Request, Response};
use crate::protocol::sip::transaction::ServerKey;
use crate::protocol::sip::transaction::timers::Resend;
use std::time::Duration;

/// How long it may ring here at most.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a proxy on the way must hear that we still ring (RFC 3261 §13.3.1.1).
const STILL_RINGING: Duration = Duration::from_secs(60);

impl Session {
    /// Somebody calls with `invite`. `None` when it names no dialog.
    #[must_use]
    pub fn incoming(now: Moment, key: ServerKey, invite: Request, mut chance: Chance) -> Option<Session> {
        let dialog = Dialog::of_callee(&invite, &chance.hex(8))?;
        let from = invite.headers.from().ok()?;
        let offer = sdp(&invite.headers, &invite.body);
        let expires = invite.headers.expires().ok().flatten().map(|seconds| Duration::from_secs(seconds.into()));
        let patience = expires.unwrap_or(PATIENCE).min(PATIENCE);
        let name = (dialog.id().call_id.clone(), dialog.id().local_tag.clone());
        let ringing = Ringing { key, invite, dialog, again: None, give_up: now + patience };
        let mut session = Session::at(Stage::Ringing(ringing), name, None, chance);
        session.say(Output::Incoming { from, offer });
        Some(session)
    }

    pub(super) fn ring(&mut self, now: Moment) {
        let Stage::Ringing(ringing) = &mut self.stage else { return };
        ringing.again = Some(now + STILL_RINGING);
        let (key, response) = (ringing.key, ringing.respond(180));
        self.respond(key, response);
    }

    /// Answers with 200, which is repeated until its ACK comes.
    pub(super) fn accept(&mut self, now: Moment, body: Vec<u8>) {
        let Stage::Ringing(ringing) = &mut self.stage else { return };
        let mut response = ringing.respond(200);
        ringing.dialog.confirm();
        let timer = settle_timer(now, &ringing.invite, &mut response);
        let heard = sdp(&ringing.invite.headers, &ringing.invite.body);
        response.set_body(SDP, body.clone());
        let key = ringing.key;
        let talking = Talking {
            dialog: ringing.dialog.clone(),
            exchange: if heard.is_some() { Exchange::Idle } else { Exchange::Promised },
            wanted: None,
            renew: None,
            answer: Answer::to(now, key, &ringing.invite, &response, true),
            timer,
            sent: Some(body),
            heard,
            updates: takes_update(&ringing.invite.headers),
            caller: false,
        };
        self.stage = Stage::Talking(Box::new(talking));
        self.respond(key, response);
    }

    pub(super) fn reject(&mut self, now: Moment, status: u16) {
        self.refuse_call(now, status.clamp(400, 699), End::Local);
    }

    pub(super) fn refuse_call(&mut self, now: Moment, status: u16, end: End) {
        let Stage::Ringing(ringing) = &self.stage else { return };
        let (key, response) = (ringing.key, ringing.respond(status));
        self.respond(key, response);
        self.over(now, end);
    }

    /// A CANCEL has come (RFC 3261 §9.2).
    pub(super) fn cancelled(&mut self, now: Moment, key: ServerKey) {
        if matches!(&self.stage, Stage::Ringing(ringing) if ringing.key == key) {
            self.refuse_call(now, 487, End::Cancelled);
        } else {
            self.offer_cancelled(now, key);
        }
    }

    pub(super) fn request_while_ringing(&mut self, now: Moment, key: ServerKey, request: &Request) {
        let pause = self.chance.below(11);
        let Stage::Ringing(ringing) = &mut self.stage else { return };
        if !ringing.dialog.holds(request) {
            self.respond(key, respond(request, 481, ""));
            return;
        }
        if !ringing.dialog.admit(request) {
            self.respond(key, respond(request, 500, ""));
            return;
        }
        let response = match request.method {
            Method::Bye => {
                self.respond(key, respond(request, 200, ""));
                self.refuse_call(now, 487, End::Cancelled);
                return;
            }
            // Their offer is not answered yet (RFC 3261 §14.2, RFC 3311 §5.2).
            Method::Invite => retry_later(request, "", pause),
            Method::Update if !request.body.is_empty() => retry_later(request, "", pause),
            Method::Update => {
                ringing.dialog.refresh(&request.headers);
                respond(request, 200, "")
            }
            Method::Options => options(request, ""),
            Method::Info => respond(request, 200, ""),
            _ => refuse_method(request, ""),
        };
        self.respond(key, response);
    }

    pub(super) fn expire_ringing(&mut self, now: Moment) {
        let Stage::Ringing(ringing) = &self.stage else { return };
        if ringing.give_up <= now {
            self.refuse_call(now, 480, End::Timeout);
        } else if ringing.again.is_some_and(|at| at <= now) {
            self.ring(now);
        }
    }
}

impl Ringing {
    fn respond(&self, status: u16) -> Response {
        respond(&self.invite, status, &self.dialog.id().local_tag)
    }
}

impl Answer {
    /// To `invite`, sent at `now` for the first time.
    pub(super) fn to(now: Moment, key: ServerKey, invite: &Request, response: &Response, first: bool) -> Option<Answer> {
        let timers = crate::protocol::sip::transaction::Timers::default();
        Some(Answer {
            key,
            cseq: invite.headers.cseq().ok()?.number,
            first,
            response: response.clone(),
            resend: Resend::after(now, timers.t1),
            give_up: now + 64 * timers.t1,
        })
    }
}

/// Settles the session timer that `request` asks for, and says so in its 2xx (RFC 4028 §9).
pub(super) fn settle_timer(now: Moment, request: &Request, response: &mut Response) -> Option<SessionTimer> {
    let (timer, refresher) = SessionTimer::for_request(now, &request.headers)?;
    timer.write(refresher, &mut response.headers);
    if refresher == Refresher::Uac {
        response.headers.set("Require", "timer");
    }
    Some(timer)
}
