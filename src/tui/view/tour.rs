//! The tour's line: which stop it is, its key in the user's keymap, and what comes of it.

use super::paint::Brush;
use crate::tui::action::{Action, Context};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Lines it takes: none in a terminal that has no room for it.
#[must_use]
pub fn lines(model: &Model, area: Rect) -> u16 {
    u16::from(model.tour.is_some() && area.height > 8)
}

/// Draws it.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let Some((number, all, stop)) = model.tour.and_then(|tour| tour.stop()).filter(|_| room.height > 0) else { return };
    let first_key = |action, context| model.setup.keymap.keys_of(action, context).into_iter().next();
    let of = format!("Tour {number}/{all}");
    let x = brush.put(room, room.x + 1, room.y, &of, Role::Accent) + 2;
    let here = model.contexts().first().copied().unwrap_or(Context::Everywhere);
    let end = Rect { width: room.width.saturating_sub(1), ..room };
    let leave = first_key(Action::Tour, here).map(|key| format!("{key} ends it")).unwrap_or_default();
    let begins = brush.put_right(end, x + 30, room.y, &leave, Role::Dim);
    let left = Rect { width: begins.saturating_sub(room.x + 1), ..room };
    let x = brush.put(left, x, room.y, &model.keys_to(stop), Role::Key) + 1;
    brush.put(left, x, room.y, stop.words, Role::Text);
}
