//! The keys that work where the user was, from the one table of actions.

use super::paint::Brush;
use super::panel::panel;
use crate::tui::action::{ACTIONS, Context};
use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the keys.
const KEYS: u16 = 22;

/// Draws them; `top` is brought back to what can be scrolled to.
pub fn draw(model: &Model, contexts: &[Context], top: &mut usize, brush: &mut Brush<'_>, room: Rect) {
    let inner = panel(brush, room, room.height, "Keys that work here");
    let mut lines = Vec::new();
    for context in contexts {
        let rows = ACTIONS.iter().filter(|row| row.contexts.contains(context));
        let bound = rows.map(|row| (model.setup.keymap.keys_of(row.action, *context).join("  "), row.help));
        let (bound, unbound): (Vec<_>, Vec<_>) = bound.partition(|(keys, _)| !keys.is_empty());
        lines.push((context.title().to_owned(), String::new(), Role::Title));
        let bound = bound.into_iter().map(|(keys, help)| (keys, help, Role::Key));
        let unbound = unbound.into_iter().map(|(_, help)| ("palette".to_owned(), help, Role::Dim));
        for (keys, help, role) in bound.chain(unbound) {
            let mut keys = Some(keys);
            for help in text::wrap(help, usize::from(inner.width.saturating_sub(KEYS).max(1))) {
                lines.push((keys.take().unwrap_or_default(), help, role));
            }
        }
        lines.push((String::new(), String::new(), Role::Dim));
    }
    *top = (*top).min(lines.len().saturating_sub(usize::from(inner.height)));
    for ((keys, help, role), y) in lines.iter().skip(*top).zip(inner.top()..inner.bottom()) {
        let room = if *role == Role::Title { inner } else { Rect { width: KEYS.min(inner.width), ..inner } };
        brush.put(room, inner.x + u16::from(*role != Role::Title), y, keys, *role);
        brush.put(inner, inner.x + KEYS, y, help, Role::Text);
    }
}
