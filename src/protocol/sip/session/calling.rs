//! Our INVITE until its final response: progress, forks, redirection, credentials, CANCEL (RFC 3261 §9.1, §13.2).
#![deny(clippy::indexing_slicing)]

use super::call::{Session, sdp, to_tag};
use super::capabilities::{SDP, options, refuse_method, respond};
use super::end::End;
use super::interface::{Ask, Output, Unanswered};
use super::redirects::Redirects;
use super::session_timer::{SessionTimer, min_se};
use super::stage::{Calling, Early, Exchange, Stage, Talking};
use crate::machine::{Chance, Moment};
use crate::protocol::sip::dialog::{Dialog, MAX_FORWARDS};
use crate::protocol::sip::message::{CSeq, Contacts, Headers, Method, NameAddr, Request, Response, Uri};
use crate::protocol::sip::transaction::ServerKey;
use std::time::Duration;

/// How long we let it ring: timer C of RFC 3261 §16.6 is what proxies grant.
const PATIENCE: Duration = Duration::from_secs(180);

/// Early dialogs that are remembered of one call.
const MOST_FORKS: usize = 16;

impl Session {
    /// Calls `target` as `local` (without a tag).
    #[must_use]
    pub fn outgoing(now: Moment, mut local: NameAddr, target: Uri, offer: Option<Vec<u8>>, mut chance: Chance) -> Session {
        let name = (chance.hex(16), chance.hex(8));
        local.set_tag(&name.1);
        let mut invite = Request::new(Method::Invite, target.clone());
        invite.headers.push("Max-Forwards", MAX_FORWARDS);
        invite.headers.push("From", local);
        invite.headers.push("To", NameAddr::new(target.clone()));
        invite.headers.push("Call-ID", &name.0);
        let number = 1 + chance.u32() % 0x1_0000;
        invite.headers.push("CSeq", CSeq { number, method: Method::Invite });
        if let Some(offer) = offer {
            invite.set_body(SDP, offer);
        }
        let calling = Calling {
            ask: Ask(0),
            challenged: false,
            early: Vec::new(),
            redirects: Redirects::after(&target),
            give_up: now + PATIENCE,
        };
        let mut session = Session::at(Stage::Calling(calling), name, Some(invite), chance);
        session.send_invite();
        session
    }

    /// Sends the INVITE as it now is.
    fn send_invite(&mut self) {
        let ask = self.next_ask();
        let (Stage::Calling(calling), Some(invite)) = (&mut self.stage, &self.invite) else { return };
        calling.ask = ask;
        calling.challenged = false;
        let request = invite.clone();
        self.say(Output::Request { ask, request, next_hop: None });
    }

    /// Sends the INVITE anew, under the next number (RFC 3261 §8.1.3.5). What came of the one before is past.
    fn send_invite_again(&mut self) {
        if let Stage::Calling(calling) = &mut self.stage
            && !std::mem::take(&mut calling.early).is_empty()
        {
            self.say(Output::Anew);
        }
        if let Some(invite) = &mut self.invite
            && let Ok(cseq) = invite.headers.cseq()
        {
            invite.headers.set("CSeq", CSeq { number: cseq.number.saturating_add(1), method: Method::Invite });
        }
        self.send_invite();
    }

    /// A request of ours waits for credentials.
    pub(super) fn challenged(&mut self, ask: Ask) {
        if let Stage::Calling(calling) = &mut self.stage
            && calling.ask == ask
        {
            calling.challenged = true;
        }
    }

    /// A request of ours goes out again, with credentials.
    pub(super) fn ask_again(&mut self, ask: Ask) {
        match &self.stage {
            Stage::Calling(calling) if calling.ask == ask => self.send_invite_again(),
            Stage::Talking(_) => self.offer_again(ask),
            _ => {}
        }
    }

    /// A response to our INVITE that is no 2xx.
    pub(super) fn invite_answered(&mut self, now: Moment, response: &Response) {
        match response.status {
            ..=100 => {}
            101..200 => self.progress(response),
            300..400 => {
                let contacts = match response.headers.contacts() {
                    Ok(Contacts::List(contacts)) => contacts,
                    _ => Vec::new(),
                };
                if let (Stage::Calling(calling), Some(invite)) = (&mut self.stage, &self.invite) {
                    calling.redirects.add(&invite.uri, contacts);
                }
                self.try_next(now, response);
            }
            422 => match (min_se(&response.headers), &mut self.invite) {
                (Some(interval), Some(invite)) if invite.headers.get("Session-Expires").is_none() => {
                    invite.headers.set("Session-Expires", interval.as_secs());
                    invite.headers.set("Min-SE", interval.as_secs());
                    self.send_invite_again();
                }
                _ => self.try_next(now, response),
            },
            // A 6xx speaks for every place where they could be found (RFC 3261 §21.6).
            600.. => self.over(now, refused(response)),
            _ => self.try_next(now, response),
        }
    }

    fn progress(&mut self, response: &Response) {
        let (Stage::Calling(calling), Some(invite)) = (&mut self.stage, &self.invite) else { return };
        let tag = to_tag(&response.headers);
        // What is said where nothing was offered would be an offer, and none may come so (RFC 3262 §5).
        let body = sdp(&response.headers, &response.body).filter(|_| !invite.body.is_empty());
        let has_room = calling.early.len() < MOST_FORKS;
        match calling.early.iter_mut().find(|early| early.dialog.id().remote_tag == tag) {
            Some(early) if body.is_some() => early.said.clone_from(&body),
            None if !tag.is_empty() && has_room => {
                let dialog = Dialog::of_caller(invite, response);
                calling.early.extend(dialog.map(|dialog| Early { dialog, said: body.clone() }));
            }
            _ => {}
        }
        self.say(Output::Progress { status: response.status, reason: response.reason.clone(), tag, body });
    }

    /// Where `response` refused, the next contact of a redirection is tried, if there is one.
    fn try_next(&mut self, now: Moment, response: &Response) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        match (calling.redirects.take(), &mut self.invite) {
            (Some(target), Some(invite)) => {
                invite.uri = target;
                invite.uri.headers.clear();
                self.send_invite_again();
            }
            _ => self.over(now, refused(response)),
        }
    }

    /// A 2xx to an INVITE of ours: to the one that began the call, from the first to answer or from another fork, or to a
    /// re-INVITE; new or repeated.
    pub(super) fn invite_accepted(&mut self, now: Moment, cseq: u32, response: &Response) {
        let tag = to_tag(&response.headers);
        if self.acknowledge_again(&tag, cseq) {
            return;
        }
        let first = self.invite.as_ref().filter(|invite| invite.headers.cseq().is_ok_and(|own| own.number == cseq));
        match (&self.stage, first) {
            (Stage::Calling(_), Some(invite)) => match Dialog::of_caller(invite, response) {
                Some(dialog) => self.answered(now, dialog, cseq, response),
                None => self.over(now, End::Rejected { status: 500, reason: "the answer names no dialog".into() }),
            },
            // The answer that still owes its ACK, because it brought an offer, comes again.
            (Stage::Talking(talking), Some(_)) if talking.dialog.id().remote_tag == tag => {}
            (_, Some(invite)) => {
                if let Some(dialog) = Dialog::of_caller(invite, response) {
                    self.decline_fork(now, dialog, cseq);
                }
            }
            (Stage::Talking(_), None) => self.reinvite_accepted(now, cseq, response),
            (Stage::Leaving(_), None) => self.acknowledge_while_leaving(&tag, cseq),
            _ => {}
        }
    }

    /// The first 2xx to our call.
    fn answered(&mut self, now: Moment, dialog: Dialog, cseq: u32, response: &Response) {
        // Some say it in a 183 alone, which no 200 repeats.
        let body = sdp(&response.headers, &response.body).or_else(|| self.said_early(&dialog));
        let offered = self.invite.as_ref().map(|invite| invite.body.clone()).filter(|body| !body.is_empty());
        let owed = offered.is_none() && body.is_some();
        if !owed {
            let ack = dialog.ack(cseq);
            self.acknowledge(&dialog.id().remote_tag, cseq, ack, dialog.next_hop().clone());
        }
        self.stage = Stage::Talking(Box::new(Talking {
            dialog,
            exchange: if owed { Exchange::Owed { cseq } } else { Exchange::Idle },
            wanted: None,
            renew: None,
            answer: None,
            timer: SessionTimer::in_response(now, &response.headers),
            sent: offered,
            heard: body.clone(),
            updates: takes_update(&response.headers),
            caller: true,
        }));
        self.say(Output::Answered(body));
    }

    /// The SDP that came last in the dialog while it was early.
    fn said_early(&self, dialog: &Dialog) -> Option<Vec<u8>> {
        let Stage::Calling(calling) = &self.stage else { return None };
        calling.early.iter().find(|early| early.dialog.id() == dialog.id()).and_then(|early| early.said.clone())
    }

    /// A 2xx of a fork that came too late, or after we gave up: it is acknowledged and hung up at once.
    fn decline_fork(&mut self, now: Moment, mut dialog: Dialog, cseq: u32) {
        let ack = dialog.ack(cseq);
        let next_hop = dialog.next_hop().clone();
        self.acknowledge(&dialog.id().remote_tag.clone(), cseq, ack, next_hop.clone());
        let ask = self.next_ask();
        let request = dialog.request(Method::Bye);
        self.say(Output::Request { ask, request, next_hop: Some(next_hop) });
        self.await_bye(now, ask, dialog);
    }

    /// A request within a dialog that is early at most.
    pub(super) fn request_while_calling(&mut self, key: ServerKey, request: &Request) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        let Some(Early { dialog, .. }) = calling.early.iter_mut().find(|early| early.dialog.holds(request)) else {
            self.respond(key, respond(request, 481, ""));
            return;
        };
        let response = if !dialog.admit(request) {
            respond(request, 500, "")
        } else {
            match request.method {
                // Our offer is on its way (RFC 3311 §5.2).
                Method::Invite => respond(request, 491, ""),
                Method::Update if !request.body.is_empty() => respond(request, 491, ""),
                Method::Update => {
                    dialog.refresh(&request.headers);
                    respond(request, 200, "")
                }
                Method::Options => options(request, ""),
                Method::Info => respond(request, 200, ""),
                _ => refuse_method(request, ""),
            }
        };
        self.respond(key, response);
    }

    /// The user gives up: CANCEL, and whatever answers late is hung up.
    pub(super) fn give_up_calling(&mut self, now: Moment, end: End) {
        let Stage::Calling(calling) = &self.stage else { return };
        let ask = calling.ask;
        if calling.challenged {
            self.over(now, end);
        } else {
            self.say(Output::Cancel(ask));
            self.leave(now, end, Some(ask), None);
        }
    }

    /// The INVITE has no answer.
    pub(super) fn invite_unanswered(&mut self, now: Moment, why: &Unanswered) {
        let end = match why {
            Unanswered::Timeout => End::Timeout,
            Unanswered::Transport(why) => End::Transport(why.clone()),
        };
        self.over(now, end);
    }

    pub(super) fn expire_calling(&mut self, now: Moment) {
        if matches!(&self.stage, Stage::Calling(calling) if calling.give_up <= now) {
            self.give_up_calling(now, End::Timeout);
        }
    }
}

fn refused(response: &Response) -> End {
    End::Rejected { status: response.status, reason: response.reason.clone() }
}

/// Whether the far side says that it takes UPDATE.
pub(super) fn takes_update(headers: &Headers) -> bool {
    headers.allow().contains(&Method::Update.as_str())
}
