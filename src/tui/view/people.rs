//! The list of people.

use super::paint::{Brush, scrolled};
use super::presence::{presence, status};
use crate::engine::event::{LinkState, Service};
use crate::engine::state::AccountState;
use crate::tui::model::{Focus, Model, Row, awaits_sign_in};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    let focused = model.focus == Focus::People && model.overlays.is_empty();
    let title = if focused { Role::Focus } else { Role::Title };
    let end = brush.put(room, room.x + 1, room.y, "People", title);
    if let Some(filter) = &model.people.filter {
        let begins = brush.put(room, end + 2, room.y, "/", Role::Accent);
        let layout = filter.layout(room.right().saturating_sub(begins + 1).max(1));
        brush.put(room, begins, room.y, &layout.line, Role::Accent);
        brush.cursor = Some(((begins + layout.cursor).min(room.right().saturating_sub(1)), room.y));
    }
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    let height = usize::from(list.height);
    let (rows, chosen) = (model.people.rows().len(), model.people.chosen_row());
    model.people.top = scrolled(model.people.top, chosen, rows, height);
    model.people.height = height;
    if rows == 0 {
        if model.overlays.is_empty() {
            nobody(model, brush, list);
        }
        return;
    }
    let several = model.state.accounts.values().filter(|account| account.identity.jid.is_some()).count() > 1;
    for (number, y) in (model.people.top..rows).zip(list.top()..list.bottom()) {
        let Some(row) = model.people.rows().get(number) else { break };
        if number == chosen {
            brush.row(list, y, if focused { Role::Selected } else { Role::SelectedElsewhere });
            if focused && model.people.filter.is_none() {
                brush.cursor = Some((list.x, y));
            }
        }
        draw_row(row, several, brush, Rect { y, height: 1, ..list });
        if number == chosen && !focused {
            brush.put(list, list.x, y, brush.sign("›", ">"), Role::Accent);
        }
    }
}

fn draw_row(row: &Row, several: bool, brush: &mut Brush<'_>, room: Rect) {
    let (y, inner) = (room.y, Rect { width: room.width.saturating_sub(1), ..room });
    match row {
        Row::Request(whom) => {
            let x = brush.put(inner, room.x + 1, y, "?", Role::Warning);
            brush.put(inner, x + 1, y, &format!("{} asks to see you", crate::machine::visible_line(&whom.with)), Role::Text);
        }
        Row::Group { name, people, there, folded } => {
            let sign = if *folded { brush.sign("▸", ">") } else { brush.sign("▾", "v") };
            let x = brush.put(inner, room.x + 1, y, sign, Role::Dim);
            let count = format!("{there}/{people}");
            let wide = u16::try_from(count.len() + 2).unwrap_or(u16::MAX);
            let x = brush.put(Rect { width: inner.width.saturating_sub(wide), ..inner }, x + 1, y, name, Role::Title);
            // The right side is for what is unread.
            brush.put(inner, x + 2, y, &count, Role::Dim);
        }
        Row::Directory(status) => {
            let x = brush.put(inner, room.x + 1, y, "Directory", Role::Title);
            brush.put(inner, x + 2, y, status, Role::Dim);
        }
        Row::Found(_, person) => {
            let x = brush.put(inner, room.x + 5, y, &person.name.to_string(), Role::Text);
            let number = person.numbers.first().map(|(_, number)| number.to_string()).unwrap_or_default();
            brush.put(inner, x + 2, y, &number, Role::Dim);
        }
        Row::Person(person) => {
            let (sign, word, role) = presence(person.show, person.on_call, brush.signs);
            let mut right = inner;
            if person.unread > 0 {
                let x = brush.put_right(inner, room.x + 6, y, &person.unread.to_string(), Role::Unread);
                right.width = x.saturating_sub(room.x + 1);
            } else if person.draft {
                let x = brush.put_right(inner, room.x + 6, y, "draft", Role::Dim);
                right.width = x.saturating_sub(room.x + 1);
            }
            let sign = if person.asked && person.show.is_none() { brush.sign("…", ".") } else { sign };
            brush.put(right, room.x + 3, y, sign, role);
            let name = if person.unread > 0 { Role::Unread } else { Role::Text };
            let mut x = brush.put(right, room.x + 5, y, &person.name, name);
            if several {
                x = brush.put(right, x + 1, y, &format!("[{}]", person.whom.account), Role::Dim);
            }
            let more = if person.asked {
                "asked"
            } else if let Some(status) = status(&person.status) {
                status
            } else if role == Role::Offline || role == Role::Available {
                ""
            } else {
                word
            };
            // The sign says it already where there is no room for the word.
            let fits = more != word || usize::from(right.right().saturating_sub(x + 2)) >= text::width(word);
            brush.put(right, x + 2, y, if fits { more } else { "" }, Role::Dim);
        }
    }
}

/// Its people have been told, or it has none.
fn is_told(account: &AccountState) -> bool {
    let has_chat = account.identity.jid.is_some() || awaits_sign_in(account);
    !has_chat || matches!(account.links.get(&Service::Chat), Some(LinkState::Online { .. }))
}

fn nobody(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let words = if model.people.filter.is_some() {
        "Nobody fits. Esc shows all.".to_owned()
    } else if model.state.accounts.is_empty() {
        "No account yet: Enter adds one.".to_owned()
    } else if let Some(why) = model.not_signed_in() {
        why
    } else if !model.state.accounts.values().any(is_told) {
        "Signing in …".to_owned()
    } else {
        "Nobody yet: Enter adds somebody.".to_owned()
    };
    for (line, y) in text::wrap(&words, usize::from(room.width.saturating_sub(2))).iter().zip(room.y + 1..room.bottom()) {
        brush.put(room, room.x + 1, y, line, Role::Dim);
    }
}
