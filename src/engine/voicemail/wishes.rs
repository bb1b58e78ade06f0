//! What is wanted of messages: played, marked, deleted, put back; and what comes of it.

use super::answers::{Trouble, TroubleKind};
use super::mailbox::{Asked, For, Mailbox, Phase};
use crate::engine::command::VoicemailWish;
use crate::engine::event::{Problem, ProblemKind, Voicemail, VoicemailDoing, VoicemailId, VoicemailTold};
use crate::protocol::http::Response;
use std::sync::Arc;

impl Mailbox {
    pub(super) fn wish(&mut self, wish: VoicemailWish) {
        if wish == VoicemailWish::Read {
            match self.phase {
                Phase::Resting(_) => self.sweep(),
                Phase::Waiting(_) | Phase::Failed => self.sign_in(self.password.clone()),
                Phase::Reading(_) | Phase::Out => {}
            }
            return;
        }
        let Some(id) = wish.message().cloned() else { return };
        if let Some(why) = self.cannot(&wish, &id) {
            if let VoicemailWish::Play(_) = wish {
                self.sounds.push_back((id.clone(), None));
            }
            return self.refuse(&id, why);
        }
        match wish {
            VoicemailWish::Read => {}
            VoicemailWish::Play(_) => self.begin(id.clone(), VoicemailDoing::Fetching, Asked::Sound(id, For::Player)),
            VoicemailWish::Fetch(_, ticket) => {
                self.begin(id.clone(), VoicemailDoing::Fetching, Asked::Sound(id, For::Ticket(ticket)));
            }
            VoicemailWish::Mark { read, .. } => self.mark(id, read),
            VoicemailWish::Delete(_) => self.begin(id.clone(), VoicemailDoing::Deleting, Asked::Delete(id)),
            VoicemailWish::Undelete(_) => self.begin(id.clone(), VoicemailDoing::PuttingBack, Asked::Undelete(id)),
        }
    }

    fn mark(&mut self, id: VoicemailId, read: bool) {
        self.begin(id.clone(), VoicemailDoing::Marking, Asked::Mark(id, read));
    }

    fn begin(&mut self, id: VoicemailId, doing: VoicemailDoing, asked: Asked) {
        if self.ask(asked) {
            self.tell(VoicemailTold::Doing(id, Some(doing)));
        }
    }

    /// Why it cannot be done, if it cannot.
    fn cannot(&self, wish: &VoicemailWish, id: &VoicemailId) -> Option<Problem> {
        let refused = |what: &str, next: &str| Some(Problem::new(ProblemKind::Refused, what, next));
        if self.known.is_none() || !matches!(self.phase, Phase::Resting(_) | Phase::Reading(_)) {
            return refused("Voicemail is not connected.", "What is wrong stands in the settings.");
        }
        match (wish, self.message(id)) {
            (_, None) => refused("There is no such message.", ""),
            (VoicemailWish::Delete(_), Some(message)) if message.deleted => refused("This message is deleted already.", ""),
            (VoicemailWish::Undelete(_), Some(message)) if !message.deleted => refused("This message is not deleted.", ""),
            _ => None,
        }
    }

    pub(super) fn change(&mut self, id: &VoicemailId, change: impl FnOnce(&mut Voicemail)) {
        let message = self.known.as_mut().and_then(|known| known.iter_mut().find(|message| message.id == *id));
        if let Some(message) = message {
            change(message);
            let message = message.clone();
            self.tell(VoicemailTold::Changed(message));
        }
    }

    pub(super) fn gone(&mut self, id: &VoicemailId) {
        if let Some(known) = &mut self.known {
            known.retain(|message| message.id != *id);
        }
        self.tell(VoicemailTold::Gone(id.clone()));
    }

    fn refuse(&mut self, id: &VoicemailId, problem: Problem) {
        self.tell(VoicemailTold::Refused { message: id.clone(), problem });
    }

    pub(super) fn heard_sound(&mut self, id: VoicemailId, whose: For, body: Vec<u8>) {
        let file: Arc<[u8]> = body.into();
        match whose {
            For::Ticket(ticket) => self.tell(VoicemailTold::Fetched { ticket, file }),
            For::Player => {
                self.sounds.push_back((id.clone(), Some(file)));
                if self.message(&id).is_some_and(|message| !message.read && !message.deleted) {
                    self.mark(id, true);
                }
            }
        }
    }

    /// Something that was wanted of a message is done, or why not.
    pub(super) fn done(&mut self, id: &VoicemailId, judged: Result<Response, Trouble>) -> Option<Response> {
        self.tell(VoicemailTold::Doing(id.clone(), None));
        if let Phase::Reading(sweep) = &mut self.phase {
            sweep.overtaken = true;
        }
        let Trouble { kind, problem } = match judged {
            Ok(response) => return Some(response),
            Err(trouble) => trouble,
        };
        match kind {
            TroubleKind::Missing => {
                let what = "This message is not there any more.";
                self.refuse(id, Problem::new(ProblemKind::Refused, what, ""));
                self.gone(id);
            }
            TroubleKind::Forbidden => self.refuse(id, problem),
            TroubleKind::Lasting => {
                self.refuse(id, problem.clone());
                self.fail(problem);
            }
            TroubleKind::Passing => {
                self.refuse(id, problem);
                // Whether the mailbox can be reached at all is found out.
                self.sweep();
            }
        }
        None
    }
}
