//! Nothing is opened yet: how to begin.

use super::paint::Brush;
use crate::tui::action::{Action, Context};
use crate::tui::model::{Model, has_phone};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// What a newcomer wants first.
const FIRST: [(Action, &str); 11] = [
    (Action::Open, "write to whom you have chosen"),
    (Action::CallPerson, "call them"),
    (Action::Dial, "call a number or an address"),
    (Action::Palette, "find and do anything"),
    (Action::SearchMessages, "search all that was written"),
    (Action::NextUnread, "next unread"),
    (Action::ShowVoicemail, "voicemail"),
    (Action::ShowCalls, "past calls"),
    (Action::SetPresence, "set your status"),
    (Action::ShowSettings, "settings"),
    (Action::Keys, "all keys"),
];

/// Without an account there is less to do.
const WITHOUT_ACCOUNT: [(Action, &str); 4] = [
    (Action::Open, "add an account"),
    (Action::Palette, "find and do anything"),
    (Action::ShowSettings, "settings"),
    (Action::Keys, "all keys"),
];

/// Draws it, where its keys are those that work: nothing lies above.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    if !model.overlays.is_empty() {
        return;
    }
    let accounts = &model.state.accounts;
    let calls = accounts.values().any(has_phone);
    let all: &[(Action, &str)] = if accounts.is_empty() { &WITHOUT_ACCOUNT } else { &FIRST };
    let here = all.iter().filter(|(action, _)| calls || !matches!(action, Action::CallPerson | Action::Dial));
    let top = room.y + room.height.saturating_sub(13) / 3;
    brush.put(room, room.x + 4, top, concat!("offhook ", env!("CARGO_PKG_VERSION")), Role::Title);
    for ((action, words), y) in here.copied().zip(top + 2..room.bottom()) {
        let contexts = [Context::People, Context::Everywhere];
        let key = contexts.into_iter().find_map(|context| model.setup.keymap.keys_of(action, context).into_iter().next());
        let Some(key) = key else { continue };
        brush.put(room, room.x + 4, y, &key, Role::Key);
        brush.put(room, room.x + 14, y, words, Role::Dim);
    }
}
