//! What the user has seen: what is written in the conversation that they look at.

use super::screen::{Focus, Model, Screen};
use crate::engine::command::Command;
use crate::engine::event::AccountName;

impl Model {
    /// What is on the screen counts as seen, when the user looks. All that is on disk by then is marked at once: while that
    /// is on its way, nothing that is told has come after it.
    pub(super) fn mark_seen(&mut self) {
        let Screen::Chat(whom) = &self.screen else { return };
        let account = self.state.accounts.get(&whom.account);
        let unread = account.and_then(|account| account.conversations.get(&whom.with)).is_some_and(|of| of.unread > 0);
        if unread && self.looking && self.conversation_in_sight() && self.seen_asked.as_ref() != Some(whom) {
            let whom = whom.clone();
            self.seen_asked = Some(whom.clone());
            self.command(Command::MarkSeen { account: whom.account, with: whom.with });
        }
    }

    /// All of a conversation that was on disk is marked as seen.
    pub(super) fn heard_seen(&mut self, account: &AccountName, with: &str) {
        self.seen_asked.take_if(|asked| asked.account == *account && asked.with == with);
    }

    /// The opened conversation is drawn, and not hidden behind the list.
    #[must_use]
    pub fn conversation_in_sight(&self) -> bool {
        matches!(self.screen, Screen::Chat(_)) && !(self.narrow && self.focus == Focus::People)
    }
}
