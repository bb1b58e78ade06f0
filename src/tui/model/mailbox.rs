//! The messages of all mailboxes as one list, and where the user stands in it.

use crate::engine::event::{AccountName, Voicemail, VoicemailId};
use crate::engine::state::State;

/// Where the user stands in the voicemail.
#[derive(Debug, Default)]
pub struct VoicemailList {
    /// The chosen message: the list may change around it.
    pub chosen: Option<(AccountName, VoicemailId)>,
    /// The row where it was.
    pub row: usize,
    /// The first row that was drawn.
    pub top: usize,
    /// Rows that were drawn, for going by pages.
    pub height: usize,
    /// What the user deleted last.
    pub(super) deleted: Option<(AccountName, VoicemailId)>,
}

/// All messages of all accounts, newest first, those that were deleted last.
#[must_use]
pub fn messages(state: &State) -> Vec<(&AccountName, &Voicemail)> {
    let mut messages: Vec<(&AccountName, &Voicemail)> = state
        .accounts
        .iter()
        .flat_map(|(name, account)| account.mailbox.messages.iter().map(move |message| (name, message)))
        .collect();
    messages.sort_by_key(|(_, message)| (message.deleted, std::cmp::Reverse(message.at)));
    messages
}

/// Who left it. Fit for a terminal.
#[must_use]
pub fn caller(message: &Voicemail) -> String {
    match (message.name.is_empty(), message.number.is_empty()) {
        (false, _) => message.name.to_string(),
        (true, false) => message.number.to_string(),
        (true, true) => "somebody unknown".to_owned(),
    }
}

impl VoicemailList {
    /// The row of the chosen message; where it is not there any more, the row where it was.
    #[must_use]
    pub fn row_of(&self, messages: &[(&AccountName, &Voicemail)]) -> usize {
        let chosen = self.chosen.as_ref();
        let found = chosen.and_then(|(account, id)| messages.iter().position(|(name, of)| *name == account && of.id == *id));
        found.unwrap_or(self.row.min(messages.len().saturating_sub(1)))
    }
}
