//! The microphone of a call: muted and heard again, whatever becomes of the session meanwhile.

use super::call::Phase;
use super::calls::Calls;
use crate::engine::event::{CallChange, CallId};
use crate::engine::output::MediaOut;
use crate::protocol::rtp::MediaPlan;

impl Calls {
    /// The user wants to be heard no more, or again. A wish that comes before there is sound is kept until there is.
    pub fn mute(&mut self, id: CallId, muted: bool) {
        if let Some(call) = self.ledger.call(id)
            && !matches!(call.phase, Phase::Ending { .. })
            && call.muted != muted
        {
            call.muted = muted;
            let sounds = matches!(call.phase, Phase::Accepting { plan: Some(_), .. } | Phase::Talking { .. });
            if sounds {
                self.ledger.media(id, MediaOut::Mute(muted));
            }
            self.ledger.tell(id, CallChange::Muted(muted));
        }
    }

    /// The first plan is there: the media thread begins, muted if the user has asked for that by now.
    pub(super) fn sound_begins(&mut self, id: CallId, plan: Box<MediaPlan>) {
        let muted = self.ledger.call(id).is_some_and(|call| call.muted);
        self.ledger.media(id, MediaOut::Run(plan));
        if muted {
            self.ledger.media(id, MediaOut::Mute(true));
        }
    }
}
