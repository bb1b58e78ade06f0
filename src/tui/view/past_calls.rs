//! Calls that were, newest first.

use super::days::Days;
use super::entry::outcome;
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
    let days = Days::of(model, model.past.calls.iter().map(|past| past.call.began));
    let name = list.x + 4 + days.columns();
    let whole = whole_outcome(model, list, name);
    let list = Rect { height: list.height.saturating_sub(u16::try_from(whole.len()).unwrap_or(0)), ..list };
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
    for (line, y) in whole.iter().zip(list.bottom()..room.bottom()) {
        brush.put(room, room.x + 2, y, line, Role::Missed);
    }
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
        let (words, role) = outcome(call);
        // A row here is of one weight, whatever came of it.
        let role = if role == Role::Failed { Role::Missed } else { role };
        let arrow = if call.incoming { brush.sign("←", "<") } else { brush.sign("→", ">") };
        brush.put(list, name, y, arrow, role);
        let inner = Rect { width: list.width.saturating_sub(1), ..list };
        // What came of it matters more than the whole of a long name, and that more than the address.
        let who = name_of_caller(&model.state, &past.account, &call.peer, &call.name);
        let from = name + 4 + beside(&who);
        let end = brush.put_right(inner, from, y, &text::fit(&words, usize::from(inner.right().saturating_sub(from))), role);
        let left = Rect { width: end.saturating_sub(list.x + 2), ..list };
        let x = brush.put(left, name + 2, y, &who, if call.missed() { Role::Missed } else { Role::Text });
        let address = number(&address_of_uri(call.peer.raw()));
        if address != who && usize::from(left.right()) >= usize::from(x) + 2 + text::width(&address) {
            brush.put(left, x + 2, y, &address, Role::Dim);
        }
    }
}

/// Columns that a name keeps beside what came of a call.
fn beside(who: &str) -> u16 {
    u16::try_from(text::width(&text::drawable(who)).min(10)).unwrap_or(10)
}

/// What came of the chosen call, below the list, where its row has no room for all of it.
fn whole_outcome(model: &Model, list: Rect, name: u16) -> Vec<String> {
    let Some(past) = model.past.calls.get(model.past.chosen.row) else { return Vec::new() };
    let (words, _) = outcome(&past.call);
    let who = name_of_caller(&model.state, &past.account, &past.call.peer, &past.call.name);
    let room = usize::from((list.right().saturating_sub(1)).saturating_sub(name + 4 + beside(&who)));
    if text::width(&text::drawable(&words)) <= room {
        return Vec::new();
    }
    let mut lines = text::wrap(&words, usize::from(list.width.saturating_sub(3).max(1)));
    lines.truncate(usize::from(list.height / 3));
    lines
}
