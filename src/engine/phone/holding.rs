//! Offers while the call is up: the user holds the far side or takes it back, the far side does the same, and whatever is
//! agreed goes on to the media thread (RFC 3264 §8).

use super::call::{Phase, codec_name};
use super::calls::Calls;
use crate::engine::event::{CallChange, CallId};
use crate::engine::output::MediaOut;
use crate::machine::visible_line;
use crate::protocol::sip::message::reason_phrase;
use crate::protocol::sip::user_agent::{Input as AgentIn, SessionId};

impl Calls {
    /// The user wants the far side on hold, or back. A wish that comes while an offer is on its way waits for its end.
    pub fn hold(&mut self, id: CallId, hold: bool) {
        if let Some(call) = self.ledger.call(id)
            && matches!(call.phase, Phase::Accepting { .. } | Phase::Talking { .. })
        {
            if call.hold != hold {
                call.hold = hold;
                self.ledger.tell(id, CallChange::HoldWanted(hold));
            }
            self.adjust(id);
        }
    }

    /// Offers what the user wants, where it is not what was agreed and no offer of ours is on its way.
    pub(super) fn adjust(&mut self, id: CallId) {
        let Some(call) = self.ledger.call(id) else { return };
        let (session, hold, wanted) = (call.session, call.hold, call.wanted());
        if let Phase::Talking { sound, offering: offering @ None, held, .. } = &mut call.phase
            && *held != hold
        {
            *offering = Some(hold);
            let body = sound.negotiator.offer(wanted);
            self.ledger.order(AgentIn::Offer { session, body });
        }
    }

    /// The far side makes another offer, or asks for ours.
    pub fn offered(&mut self, session: SessionId, offer: Option<&[u8]>) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let (hold, wanted) = (call.hold, call.wanted());
        let Phase::Talking { plan, sound, offering, held } = &mut call.phase else {
            self.ledger.order(AgentIn::RefuseOffer { session, status: 488 });
            return;
        };
        let Some(offer) = offer else {
            *offering = Some(hold);
            let body = sound.negotiator.offer(wanted);
            self.ledger.order(AgentIn::Answer { session, body });
            return;
        };
        match sound.negotiator.offer_received(offer, wanted) {
            Ok((body, agreed)) => {
                **plan = agreed;
                *held = hold;
                // Ours may have waited while theirs came (491): it was written before our answer, and is written anew.
                let again = offering.is_some().then(|| sound.negotiator.offer(wanted));
                *offering = again.is_some().then_some(hold);
                self.ledger.order(AgentIn::Answer { session, body });
                if let Some(body) = again {
                    self.ledger.order(AgentIn::Offer { session, body });
                }
                self.changed(id);
            }
            Err(_) => self.ledger.order(AgentIn::RefuseOffer { session, status: 488 }),
        }
    }

    /// Our other offer was answered.
    pub fn offer_answered(&mut self, session: SessionId, answer: &[u8]) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let Phase::Talking { plan, sound, offering, held } = &mut call.phase else { return };
        let offered = offering.take().unwrap_or(*held);
        match sound.negotiator.answer_received(answer) {
            Ok(agreed) => {
                **plan = agreed;
                *held = offered;
            }
            // What was agreed before still stands.
            Err(_) if call.hold == offered => self.refused(id, "their answer cannot be used"),
            Err(_) => {}
        }
        self.changed(id);
        self.adjust(id);
    }

    /// Our other offer was refused: what was agreed before still holds (RFC 3261 §14.1).
    pub fn offer_refused(&mut self, session: SessionId, status: u16) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let Phase::Talking { offering, .. } = &mut call.phase else { return };
        // A newer wish is not what was refused.
        if offering.take() == Some(call.hold) {
            self.refused(id, &format!("{status} {}", reason_phrase(status)));
        }
        self.changed(id);
        self.adjust(id);
    }

    /// What the user wants cannot be had: it is as it was agreed before, and the user hears of it.
    fn refused(&mut self, id: CallId, why: &str) {
        let Some(call) = self.ledger.call(id) else { return };
        let Phase::Talking { held, .. } = &call.phase else { return };
        let held = *held;
        if call.hold == held {
            return;
        }
        call.hold = held;
        let who = visible_line(if call.name.is_empty() { call.peer.raw() } else { call.name.raw() });
        let (what, then) = match held {
            false => ("put on hold", "The call goes on, not held: you are still heard"),
            true => ("taken back", "The call is still on hold"),
        };
        self.ledger.tell(id, CallChange::HoldWanted(held));
        self.ledger.warn(format!("{who} could not be {what}: {why}. {then}."));
    }

    /// Another plan was agreed: the media thread goes on under it, and the screen hears of it.
    fn changed(&mut self, id: CallId) {
        let sealed_way = self.is_way_sealed();
        let Some(call) = self.ledger.call(id) else { return };
        let Phase::Talking { plan, sound, held, .. } = &call.phase else { return };
        let (held_by_us, held_by_them) = (*held, sound.negotiator.held_by_them());
        let (codec, encrypted) = (codec_name(plan), plan.seal.is_some());
        let keys_in_clear = encrypted && !sealed_way;
        let run = MediaOut::Run(plan.clone());
        self.ledger.media(id, MediaOut::Hold(held_by_us));
        self.ledger.media(id, run);
        self.ledger.tell(id, CallChange::Changed { held_by_us, held_by_them, codec, encrypted, keys_in_clear });
    }
}
