//! The line at the bottom: what was just said, else the keys that work here; and who is writing.

use super::paint::Brush;
use crate::tui::action::{Action, Context};
use crate::tui::model::{Model, Overlay, first_name};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    brush.row(room, room.y, Role::Status);
    let mut room = Rect { width: room.width.saturating_sub(1), ..room };
    let writing = writing(model);
    if !writing.is_empty() {
        let x = brush.put_right(room, room.x + 20, room.y, &writing, Role::Dim);
        room.width = x.saturating_sub(room.x + 2);
    }
    if !model.pressed().is_empty() {
        let keys: Vec<String> = model.pressed().iter().map(|key| key.words()).collect();
        brush.put(room, room.x + 1, room.y, &format!("{} …", keys.join(" ")), Role::Key);
        return;
    }
    if let Some(said) = &model.said {
        brush.put(room, room.x + 1, room.y, said, Role::Text);
        return;
    }
    let mut x = room.x + 1;
    for (key, words) in hints(model) {
        let wide = text::width(&key) + 1 + text::width(words);
        if usize::from(x) + wide > usize::from(room.right()) {
            break;
        }
        x = brush.put(room, x, room.y, &key, Role::Key);
        x = brush.put(room, x + 1, room.y, words, Role::Status) + 3;
    }
}

fn writing(model: &Model) -> String {
    let Some(whom) = model.whom() else { return String::new() };
    let typing = model.state.accounts.get(&whom.account).is_some_and(|account| account.typing.contains(&whom.with));
    if typing { format!("{} is writing", first_name(&whom.name(&model.state))) } else { String::new() }
}

/// The keys that matter most here, with a word each.
fn hints(model: &Model) -> Vec<(String, &'static str)> {
    let contexts = model.contexts();
    let inner = contexts.first().copied().unwrap_or(Context::Everywhere);
    let reads_keys = matches!(model.overlays.last(), Some(Overlay::Keys(_)));
    let writes_first = model.setup.keymap.write_on_open();
    let chosen = model.timeline().is_some_and(|timeline| timeline.chosen().is_some());
    let wanted: &[(Action, &'static str)] = match (inner, model.inner()) {
        _ if reads_keys => &[(Action::Next, "down"), (Action::PageDown, "a page down"), (Action::Back, "back")],
        (Context::Picker, _) => &[(Action::Accept, "take it"), (Action::Back, "back")],
        (Context::Form, _) => &[(Action::NextField, "next field"), (Action::Accept, "accept"), (Action::Back, "cancel")],
        (Context::Question, _) => &[(Action::Accept, "choose"), (Action::Back, "cancel")],
        (_, Context::Compose) => {
            let (back, pane) = if writes_first { ("people", "messages") } else { ("messages", "people") };
            &[
                (Action::Send, "send"),
                (Action::NewLine, "new line"),
                (Action::NextPane, pane),
                (Action::Back, back),
                (Action::Palette, "palette"),
                (Action::PageUp, "older"),
            ]
        }
        (_, Context::Conversation) if chosen => &[
            (Action::Write, "write"),
            (Action::CallPerson, "call"),
            (Action::CopyMessage, "copy"),
            (Action::Back, "newest"),
            (Action::Palette, "palette"),
            (Action::Keys, "keys"),
        ],
        (_, Context::Conversation) => &[
            (Action::Write, "write"),
            (Action::CallPerson, "call"),
            (Action::Previous, "older"),
            (Action::Palette, "palette"),
            (Action::Keys, "keys"),
            (Action::Back, "people"),
        ],
        (_, Context::People) if model.whom().is_some() => &[
            (Action::Open, "open"),
            (Action::CallPerson, "call"),
            (Action::NextPane, if writes_first { "write" } else { "messages" }),
            (Action::Filter, "filter"),
            (Action::Dial, "dial"),
            (Action::Palette, "palette"),
            (Action::Keys, "keys"),
            (Action::Quit, "leave"),
        ],
        (_, Context::People) => &[
            (Action::Open, "open"),
            (Action::CallPerson, "call"),
            (Action::Dial, "dial"),
            (Action::Filter, "filter"),
            (Action::Palette, "palette"),
            (Action::Keys, "keys"),
            (Action::Quit, "leave"),
        ],
        (_, Context::Calls) => &[(Action::CallPerson, "call back"), (Action::Palette, "palette"), (Action::Back, "back")],
        (_, Context::Voicemail) if model.state.playing.is_some() => &[
            (Action::Pause, "pause"),
            (Action::SeekBack, "back"),
            (Action::SeekOn, "on"),
            (Action::CallPerson, "call back"),
            (Action::DeleteVoicemail, "delete"),
            (Action::UndeleteVoicemail, "put back"),
            (Action::Back, "back"),
        ],
        (_, Context::Voicemail) => &[
            (Action::Play, "play"),
            (Action::CallPerson, "call back"),
            (Action::DeleteVoicemail, "delete"),
            (Action::UndeleteVoicemail, "put back"),
            (Action::MarkHeard, "mark"),
            (Action::Back, "back"),
        ],
        (_, Context::Settings) => &[(Action::Toggle, "change"), (Action::Open, "open"), (Action::Back, "back")],
        (_, Context::CallScreen) => &[(Action::Back, "back"), (Action::Palette, "palette"), (Action::Keys, "keys")],
        _ => &[(Action::Back, "back"), (Action::Palette, "palette"), (Action::Keys, "keys")],
    };
    let key =
        |action: Action| contexts.iter().find_map(|context| model.setup.keymap.keys_of(action, *context).into_iter().next());
    wanted.iter().filter_map(|(action, words)| key(*action).map(|key| (key, *words))).collect()
}
