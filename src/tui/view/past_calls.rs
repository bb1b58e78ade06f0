//! Calls that were, newest first.

use super::days::Days;
use super::entry::call_words;
use super::paint::{Brush, scrolled};
use crate::tui::action::{Action, Context};
use crate::tui::model::{Model, address_of_uri, name_of_caller, number};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws them.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Past calls", Role::Focus);
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    let chosen = &mut model.past.chosen;
    chosen.height = usize::from(list.height);
    chosen.top = scrolled(chosen.top, chosen.row, model.past.calls.len(), chosen.height);
    let (top, row) = (chosen.top, chosen.row);
    if let Some(why) = model.past.failed.as_ref().filter(|_| model.past.calls.is_empty()) {
        let key = model.setup.keymap.keys_of(Action::PageDown, Context::Calls).into_iter().next().unwrap_or_default();
        let lines = text::wrap(&format!("{why} {key} tries again."), usize::from(list.width.saturating_sub(2).max(1)));
        for (line, y) in lines.iter().zip(list.y + 1..list.bottom()) {
            brush.put(list, list.x + 1, y, line, Role::Error);
        }
    } else if model.past.calls.is_empty() {
        let words = if model.past.asked.is_some() { "reading …" } else { "No calls yet." };
        brush.put(list, list.x + 1, list.y + 1, words, Role::Dim);
    }
    let days = Days::of(model, model.past.calls.iter().map(|past| past.call.began));
    let name = list.x + 4 + days.columns();
    let mut above = None;
    for ((at, past), y) in model.past.calls.iter().enumerate().skip(top).zip(list.top()..list.bottom()) {
        if at == row {
            brush.row(list, y, Role::Selected);
            brush.cursor = Some((list.x, y));
        }
        let call = &past.call;
        days.put(
            model,
            brush,
            Rect { x: list.x + 2, y, width: days.columns(), height: 1 }.intersection(list),
            call.began,
            above,
        );
        above = Some(call.began);
        let (words, role) = call_words(call);
        let arrow = if call.incoming { brush.sign("←", "<") } else { brush.sign("→", ">") };
        brush.put(list, name, y, arrow, role);
        let inner = Rect { width: list.width.saturating_sub(1), ..list };
        // What came of it matters more than the whole of a long name, and that more than the address.
        let most = usize::from(inner.right().saturating_sub(name + 14));
        let end = brush.put_right(inner, name + 14, y, &text::fit(&words, most), role);
        let left = Rect { width: end.saturating_sub(list.x + 2), ..list };
        let who = name_of_caller(&model.state, &past.account, &call.peer, &call.name);
        let x = brush.put(left, name + 2, y, &who, if call.missed() { Role::Missed } else { Role::Text });
        let address = number(&address_of_uri(call.peer.raw()));
        if address != who && usize::from(left.right()) >= usize::from(x) + 2 + text::width(&address) {
            brush.put(left, x + 2, y, &address, Role::Dim);
        }
    }
}
