//! The room of what lies above: a panel over the middle, with a title; what is below shows around it.

use super::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// The columns of content of a panel with a list: all there are on a narrow screen, and not so many that the eye loses the
/// row on a wide one.
#[must_use]
pub fn columns(room: Rect) -> u16 {
    if room.width < 100 { room.width.saturating_sub(4) } else { 80 }
}

/// Clears the room of a panel for `columns` and `rows` of content, draws its edges and title, and says what is inside.
pub fn panel(brush: &mut Brush<'_>, room: Rect, columns: u16, rows: u16, title: &str) -> Rect {
    let width = columns.saturating_add(4).min(room.width);
    let height = rows.saturating_add(2).min(room.height);
    let outer = Rect { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 3, width, height };
    brush.clear(outer);
    brush.rule(outer, outer.y, title, Role::Title);
    brush.rule(outer, outer.bottom().saturating_sub(1), "", Role::Rule);
    Rect { x: outer.x + 2, y: outer.y + 1, width: outer.width.saturating_sub(4), height: outer.height.saturating_sub(2) }
}
