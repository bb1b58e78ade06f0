//! What the user has seen: what is written in the conversation that they look at.

use super::screen::{Focus, Model, Screen};
use super::whom::Whom;
use crate::engine::command::Command;
use crate::engine::event::AccountName;
use crate::machine::Stamp;

/// What the disk has not kept after so many microseconds it has refused: it is asked again, as long as the user looks.
const AGAIN: i64 = 10_000_000;

impl Model {
    /// What is on the screen counts as seen, when the user looks. All that is on disk by then is marked at once: while that
    /// is on its way, nothing that is told has come after it.
    pub(super) fn mark_seen(&mut self) {
        self.previews &= self.focus == Focus::People;
        let Some(whom) = self.unseen().cloned() else { return };
        let now = self.setup.now;
        if self.seen_due().is_none_or(|due| due <= now) {
            self.seen_asked = Some((whom.clone(), now));
            self.command(Command::MarkSeen { account: whom.account, with: whom.with });
        }
    }

    /// When to ask the disk once more.
    pub(super) fn seen_due(&self) -> Option<Stamp> {
        let (asked, at) = self.seen_asked.as_ref()?;
        (self.unseen() == Some(asked)).then(|| Stamp::from_micros(at.micros().saturating_add(AGAIN)))
    }

    /// All of a conversation that was on disk is marked as seen.
    pub(super) fn heard_seen(&mut self, account: &AccountName, with: &str) {
        self.seen_asked.take_if(|(asked, _)| asked.account == *account && asked.with == with);
    }

    /// The conversation in which the user looks at something that is not marked yet.
    fn unseen(&self) -> Option<&Whom> {
        let Screen::Chat(whom) = &self.screen else { return None };
        let conversation = self.state.accounts.get(&whom.account)?.conversations.get(&whom.with)?;
        (conversation.unread > 0 && self.looking && self.conversation_in_sight()).then_some(whom)
    }

    /// What is written in this conversation stands on the screen, whether somebody has opened it or not.
    pub(super) fn is_on_screen(&self, whom: &Whom) -> bool {
        let hidden = self.narrow && self.focus == Focus::People;
        matches!(&self.screen, Screen::Chat(shown) if shown == whom) && !hidden
    }

    /// The opened conversation is drawn, and neither hidden behind the list nor only shown because it is chosen there.
    #[must_use]
    pub fn conversation_in_sight(&self) -> bool {
        matches!(self.screen, Screen::Chat(_)) && !((self.narrow || self.previews) && self.focus == Focus::People)
    }
}
