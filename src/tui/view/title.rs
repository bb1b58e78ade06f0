//! The title of the terminal's window: what tmux and a task bar show of offhook.

use crate::tui::model::{Doing, Model, doing, live_calls, name_of_caller};

/// The title: who rings or is talked to, else how much is unread.
#[must_use]
pub fn title(model: &Model) -> String {
    let calls = live_calls(&model.state);
    let first = calls.iter().find(|(_, call)| doing(call) == Doing::RingsHere).or(calls.first());
    if let Some((_, call)) = first {
        let who = name_of_caller(&model.state, &call.account, &call.peer, &call.name);
        let what = if doing(call) == Doing::RingsHere { "calls you" } else { "on a call" };
        return format!("{who} {what} - offhook");
    }
    let conversations = model.state.accounts.values().flat_map(|account| account.conversations.values());
    match conversations.map(|conversation| u64::from(conversation.unread)).sum::<u64>() {
        0 => "offhook".to_owned(),
        unread => format!("({unread}) offhook"),
    }
}
