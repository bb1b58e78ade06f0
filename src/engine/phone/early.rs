//! Our calls before they are answered: progress is told, and what the forks of a call have answered early is heard
//! (RFC 3960, the gateway model).
//!
//! An early answer that cannot be agreed to is not heard, and ends nothing: the final answer decides.

use super::call::Phase;
use super::calls::Calls;
use crate::engine::event::CallId;
use crate::engine::output::MediaOut;
use crate::protocol::sip::user_agent::SessionId;

impl Calls {
    /// The fork of this tag rings, or works on it; with its early answer, where it has one.
    pub fn progress(&mut self, session: SessionId, status: u16, tag: &str, body: Option<&[u8]>) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let Phase::Inviting { sound, progress, .. } = &mut call.phase else { return };
        progress.hear(status);
        let early = body.and_then(|body| sound.negotiator.answer_received(body).ok());
        if early.is_some_and(|plan| progress.answer(tag, plan)) {
            let plans = progress.plans();
            self.ledger.media(id, MediaOut::Early(plans));
        }
        self.tell_progress(id);
    }

    /// Our INVITE goes out anew, elsewhere: nobody of before is heard any more.
    pub fn begins_anew(&mut self, session: SessionId) {
        if let Some((id, _)) = self.ledger.by_session(session) {
            self.forget_progress(id);
            self.tell_progress(id);
        }
    }

    /// Early sound comes, or no more.
    pub(super) fn heard_early(&mut self, id: CallId, sounds: bool) {
        if let Some(Phase::Inviting { progress, .. }) = self.ledger.call(id).map(|call| &mut call.phase) {
            progress.sound(sounds);
            self.tell_progress(id);
        }
    }

    pub(super) fn forget_progress(&mut self, id: CallId) {
        if let Some(Phase::Inviting { progress, .. }) = self.ledger.call(id).map(|call| &mut call.phase)
            && progress.begin_anew()
        {
            self.ledger.media(id, MediaOut::Early(Vec::new()));
        }
    }

    fn tell_progress(&mut self, id: CallId) {
        if let Some(Phase::Inviting { progress, .. }) = self.ledger.call(id).map(|call| &mut call.phase)
            && let Some(change) = progress.news()
        {
            self.ledger.tell(id, change);
        }
    }
}
