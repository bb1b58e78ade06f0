//! Our offers while the call is up: re-INVITE (RFC 3261 §14.1), one at a time, and the refresh of RFC 4028.
#![deny(clippy::indexing_slicing)]

use super::call::{Session, sdp};
use super::capabilities::SDP;
use super::end::End;
use super::interface::{Ask, Output, Unanswered};
use super::session_timer::{Refresher, SessionTimer, min_se};
use super::stage::{Exchange, Stage, Wanted};
use crate::machine::Moment;
use crate::protocol::sip::message::{Method, Response};
use std::time::Duration;

/// When a refresh could not go out, it is tried again after this.
const BUSY: Duration = Duration::from_secs(5);

/// An offer that has met 491 so often is refused: who always has one of their own on its way takes none.
const MOST_MET: u8 = 8;

impl Session {
    /// The user offers `body`. What waits already is replaced, and waits as long.
    pub(super) fn want_offer(&mut self, now: Moment, body: Vec<u8>) {
        if let Stage::Talking(talking) = &mut self.stage {
            let from = talking.wanted.as_ref().map_or(now, |waiting| waiting.from.max(now));
            talking.wanted = Some(Wanted { body, from, met: 0 });
            self.settle(now);
        }
    }

    /// Sends the offer that waits, or the refresh, if its turn has come.
    pub(super) fn settle(&mut self, now: Moment) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        if !talking.is_settled() {
            return;
        }
        if let Some(wanted) = talking.wanted.take_if(|wanted| wanted.from <= now) {
            // An offer refreshes, too.
            talking.renew = None;
            self.send_offer(Some(wanted.body), false, wanted.met);
        } else if talking.renew.take_if(|from| *from <= now).is_some() {
            // UPDATE where the far side takes it, else our last offer again (RFC 4028 §7.4).
            let body = if talking.updates { None } else { talking.sent.clone() };
            if talking.updates || body.is_some() {
                self.send_offer(body, true, 0);
            }
        }
    }

    /// The session timer wants a refresh.
    pub(super) fn renew(&mut self, now: Moment) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        talking.renew = Some(now);
        if let Some(timer) = &mut talking.timer {
            timer.refresh = None;
        }
    }

    /// Our Contact is another one.
    pub(super) fn moved(&mut self, now: Moment) {
        if let Stage::Talking(talking) = &mut self.stage {
            talking.renew = Some(now);
            self.settle(now);
        }
    }

    fn send_offer(&mut self, body: Option<Vec<u8>>, refresh: bool, met: u8) {
        let ask = self.next_ask();
        let Stage::Talking(talking) = &mut self.stage else { return };
        let method = if body.is_some() { Method::Invite } else { Method::Update };
        let mut request = talking.dialog.request(method);
        if let Some(timer) = &talking.timer {
            timer.write(if timer.ours { Refresher::Uac } else { Refresher::Uas }, &mut request.headers);
        }
        if let Some(body) = body {
            request.set_body(SDP, body);
        }
        let next_hop = Some(talking.dialog.next_hop().clone());
        talking.exchange = Exchange::Ours { ask, request: request.clone(), refresh, met };
        self.say(Output::Request { ask, request, next_hop });
    }

    /// The offer goes out again with credentials, under the next number.
    pub(super) fn offer_again(&mut self, challenged: Ask) {
        let next = self.next_ask();
        let Stage::Talking(talking) = &mut self.stage else { return };
        let Exchange::Ours { ask, request, .. } = &mut talking.exchange else { return };
        if *ask != challenged {
            return;
        }
        *ask = next;
        talking.dialog.renumber(request);
        let (request, next_hop) = (request.clone(), Some(talking.dialog.next_hop().clone()));
        self.say(Output::Request { ask: next, request, next_hop });
    }

    /// A 2xx to a re-INVITE of ours.
    pub(super) fn reinvite_accepted(&mut self, now: Moment, cseq: u32, response: &Response) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        let ours = matches!(&talking.exchange, Exchange::Ours { request, .. }
            if request.method == Method::Invite && request.headers.cseq().is_ok_and(|own| own.number == cseq));
        if !ours {
            return;
        }
        talking.dialog.refresh(&response.headers);
        let ack = talking.dialog.ack(cseq);
        let (tag, next_hop) = (talking.dialog.id().remote_tag.clone(), talking.dialog.next_hop().clone());
        self.acknowledge(&tag, cseq, ack, next_hop);
        self.offer_accepted(now, response);
    }

    fn offer_accepted(&mut self, now: Moment, response: &Response) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        let Exchange::Ours { request, refresh, .. } = std::mem::replace(&mut talking.exchange, Exchange::Idle) else { return };
        talking.timer = SessionTimer::in_response(now, &response.headers);
        let body = sdp(&response.headers, &response.body);
        let news = body != talking.heard;
        if !request.body.is_empty() {
            talking.sent = Some(request.body);
        }
        if body.is_some() {
            talking.heard.clone_from(&body);
        }
        match body {
            Some(body) if !refresh || news => self.say(Output::OfferAnswered(body)),
            None if !refresh => self.say(Output::OfferRefused(488)),
            _ => {}
        }
        self.settle(now);
    }

    /// A response to a request of ours within the call, other than a 2xx to an INVITE.
    pub(super) fn offer_answered(&mut self, now: Moment, asked: Ask, response: &Response) {
        let pause = self.back_off();
        let Stage::Talking(talking) = &mut self.stage else { return };
        let Exchange::Ours { ask, request, refresh, met } = &mut talking.exchange else { return };
        if *ask != asked || response.status < 200 {
            return;
        }
        let (refresh, met) = (*refresh, met.saturating_add(1));
        let body = std::mem::take(&mut request.body);
        match response.status {
            200..300 => {
                request.body = body;
                talking.dialog.refresh(&response.headers);
                self.offer_accepted(now, response);
                return;
            }
            // The far side knows nothing of the call any more (RFC 3261 §12.2.1.2).
            408 | 481 => {
                self.hang_up(now, End::Rejected { status: response.status, reason: response.reason.clone() });
                return;
            }
            491 if refresh => talking.renew = Some(now + pause),
            // A newer offer that waits already replaces this one.
            491 if met < MOST_MET => {
                talking.wanted.get_or_insert(Wanted { body, from: now + pause, met });
            }
            422 if refresh => {
                if let (Some(timer), Some(interval)) = (&mut talking.timer, min_se(&response.headers))
                    && interval > timer.interval
                {
                    timer.interval = interval;
                    talking.renew = Some(now);
                }
            }
            status if !refresh => self.outputs.push_back(Output::OfferRefused(status)),
            _ => {}
        }
        talking.exchange = Exchange::Idle;
        self.settle(now);
    }

    /// A request of ours within the call has no response.
    pub(super) fn offer_unanswered(&mut self, now: Moment, asked: Ask, why: &Unanswered) {
        let Stage::Talking(talking) = &mut self.stage else { return };
        let Exchange::Ours { ask, refresh, .. } = &talking.exchange else { return };
        if *ask != asked {
            return;
        }
        match why {
            Unanswered::Timeout => {
                self.hang_up(now, End::Timeout);
                return;
            }
            // The flow is lost, the call is not: it goes on when there is another flow.
            Unanswered::Transport(_) if *refresh => talking.renew = Some(now + BUSY),
            Unanswered::Transport(_) => self.outputs.push_back(Output::OfferRefused(503)),
        }
        talking.exchange = Exchange::Idle;
        self.settle(now);
    }

    /// How long to wait after 491: whoever owns the Call-ID waits longer (RFC 3261 §14.1).
    fn back_off(&mut self) -> Duration {
        let caller = matches!(&self.stage, Stage::Talking(talking) if talking.caller);
        let steps = if caller { 210 + self.chance.below(191) } else { self.chance.below(201) };
        Duration::from_millis(10 * steps)
    }
}
