//! The end of a call: told once, when the wire agrees or we lose patience; what is late is still answered.
#![deny(clippy::indexing_slicing)]

use super::call::Session;
use super::capabilities::respond;
use super::end::End;
use super::interface::{Ask, Output};
use super::stage::{Leaving, Stage};
use crate::machine::{Moment, Wake};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Method, Request};
use crate::protocol::sip::transaction::ServerKey;
use std::time::Duration;

/// How long the end waits for the far side's word: four tries of a BYE. The transactions go on behind it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a late 2xx may come: a CANCEL waits 64·T1 for its 1xx and then as long for the end, and so may forks.
const LINGER: Duration = Duration::from_secs(96);

impl Session {
    /// It is over now.
    pub(super) fn over(&mut self, now: Moment, end: End) {
        self.leave(now, end, None, None);
        self.tell_end();
    }

    /// It ends when `ask` is answered.
    pub(super) fn leave(&mut self, now: Moment, end: End, ask: Option<Ask>, dialog: Option<Dialog>) {
        let dialog = match &self.stage {
            Stage::Talking(talking) => dialog.or_else(|| Some(talking.dialog.clone())),
            _ => dialog,
        };
        let late = self.invite.is_some() || dialog.is_some();
        self.stage = Stage::Leaving(Leaving {
            end: Some(end),
            ask,
            patience: now + PATIENCE,
            until: late.then_some(now + LINGER),
            dialog,
            owed: None,
        });
    }

    /// Tells the end, unless it is told.
    pub(super) fn tell_end(&mut self) {
        if let Stage::Leaving(leaving) = &mut self.stage
            && let Some(end) = leaving.end.take()
        {
            self.say(Output::Ended(end));
        }
    }

    /// A BYE has gone to a fork: if the call is ending, this is what its end waits for.
    pub(super) fn await_bye(&mut self, now: Moment, ask: Ask, dialog: Dialog) {
        if let Stage::Leaving(leaving) = &mut self.stage {
            leaving.ask = Some(ask);
            leaving.patience = leaving.patience.max(now + PATIENCE);
            leaving.until = Some(now + LINGER);
            leaving.dialog = Some(dialog);
        }
    }

    /// A 2xx to a re-INVITE that was on its way when we hung up.
    pub(super) fn acknowledge_while_leaving(&mut self, tag: &str, cseq: u32) {
        let Stage::Leaving(leaving) = &self.stage else { return };
        if let Some(dialog) = leaving.dialog.as_ref().filter(|dialog| dialog.id().remote_tag == tag) {
            let (ack, next_hop) = (dialog.ack(cseq), dialog.next_hop().clone());
            self.acknowledge(tag, cseq, ack, next_hop);
        }
    }

    /// The ACK that our BYE has waited for.
    pub(super) fn acknowledged_while_leaving(&mut self, now: Moment, request: &Request) {
        let Stage::Leaving(leaving) = &mut self.stage else { return };
        let cseq = request.headers.cseq().map(|cseq| cseq.number).ok();
        if leaving.owed.take_if(|answer| Some(answer.cseq) == cseq).is_some() {
            self.send_owed_bye(now);
        }
    }

    fn send_owed_bye(&mut self, now: Moment) {
        let ask = self.next_ask();
        let Stage::Leaving(leaving) = &mut self.stage else { return };
        let Some(dialog) = &mut leaving.dialog else { return };
        let request = dialog.request(Method::Bye);
        let next_hop = Some(dialog.next_hop().clone());
        leaving.ask = Some(ask);
        leaving.until = Some(now + LINGER);
        self.say(Output::Request { ask, request, next_hop });
    }

    pub(super) fn request_while_leaving(&mut self, key: ServerKey, request: &Request) {
        let Stage::Leaving(leaving) = &mut self.stage else { return };
        let ours = leaving.dialog.as_ref().is_some_and(|dialog| dialog.holds(request));
        if ours && request.method == Method::Bye {
            // Two BYEs have crossed, or theirs comes before the ACK that ours has waited for.
            leaving.owed = None;
            self.respond(key, respond(request, 200, ""));
            self.tell_end();
        } else {
            self.respond(key, respond(request, 481, ""));
        }
    }

    pub(super) fn expire_leaving(&mut self, now: Moment) {
        let t2 = self.timers.t2;
        let Stage::Leaving(leaving) = &mut self.stage else { return };
        let patience_lost = leaving.end.is_some() && leaving.patience <= now;
        match &mut leaving.owed {
            Some(answer) if answer.give_up <= now => {
                leaving.owed = None;
                self.send_owed_bye(now);
            }
            Some(answer) if answer.resend.at <= now => {
                answer.resend = answer.resend.next(now, t2);
                let again = Output::Respond { key: answer.key, response: answer.response.clone() };
                self.say(again);
            }
            None if leaving.end.is_none() => {
                leaving.until.take_if(|until| *until <= now);
            }
            _ => {}
        }
        if patience_lost {
            self.tell_end();
        }
    }
}

impl Leaving {
    pub(super) fn wake(&self) -> Option<Wake> {
        let patience = self.end.as_ref().map(|_| Wake { at: self.patience, why: "the end is told in any case" });
        let owed = self.owed.as_ref().map(|answer| {
            let resend = Wake { at: answer.resend.at, why: "200 again" };
            resend.min(Wake { at: answer.give_up, why: "64·T1 without ACK" })
        });
        let until = self.until.filter(|_| self.end.is_none() && self.owed.is_none());
        let gone = until.map(|at| Wake { at, why: "nothing late may come" });
        Wake::sooner(Wake::sooner(patience, owed), gone)
    }
}
