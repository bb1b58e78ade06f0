//! The room of what lies above: a panel over the middle, with a title; what is below shows around it.

use super::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Below so many columns a panel takes whole rows: what would be left beside it says nothing.
const WIDE: u16 = 100;

/// So few rows are left over to no purpose: they would show the half of something.
const SLIVER: u16 = 3;

/// The columns of content of a panel: all there are on a narrow screen, and not so many that the eye loses the row on a
/// wide one.
#[must_use]
pub fn columns(room: Rect) -> u16 {
    if room.width < WIDE { room.width.saturating_sub(4) } else { 80 }
}

/// Clears the room of a panel for `rows` of content, draws its edges and title, and says what is inside.
pub fn panel(brush: &mut Brush<'_>, room: Rect, rows: u16, title: &str) -> Rect {
    let (top, height) = place(room, rows);
    drawn(brush, room, top, height, title)
}

/// [`panel`] for `rows` that will be more or fewer, `most` at most: its top stays where it is.
pub fn growing(brush: &mut Brush<'_>, room: Rect, most: u16, rows: u16, title: &str) -> Rect {
    let (top, height) = place(room, most);
    drawn(brush, room, top, rows.saturating_add(2).min(height), title)
}

/// The first row, and how many there are.
fn place(room: Rect, rows: u16) -> (u16, u16) {
    let height = rows.saturating_add(2).min(room.height);
    let left = room.height - height;
    if left <= SLIVER { (room.y, room.height) } else { (room.y + left / 3, height) }
}

fn drawn(brush: &mut Brush<'_>, room: Rect, top: u16, height: u16, title: &str) -> Rect {
    let rows = Rect { y: top, height, ..room };
    let outer = if room.width < WIDE {
        brush.clear(rows);
        rows
    } else {
        let width = columns(room).saturating_add(4).min(room.width);
        let outer = Rect { x: room.x + (room.width - width) / 2, width, ..rows };
        let margin = Rect { x: outer.x.saturating_sub(1), width: outer.width + 2, ..outer };
        brush.clear(margin.intersection(room));
        brush.fill_with(outer, Role::Panel);
        outer
    };
    brush.rule(outer, outer.y, title, Role::Title);
    brush.rule(outer, outer.bottom().saturating_sub(1), "", Role::Rule);
    Rect { x: outer.x + 2, y: outer.y + 1, width: outer.width.saturating_sub(4), height: outer.height.saturating_sub(2) }
}
