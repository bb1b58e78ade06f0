//! The room of what lies above: whole rows of the pane in which the user is, with a title. What stands above and below them
//! is in sight, and no word is cut at their sides.

use super::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// The columns of content at most: the eye would lose a longer row.
const LONGEST: u16 = 96;

/// So few rows are left over to no purpose: they would show the half of something.
const SLIVER: u16 = 3;

/// The columns of content of a panel.
#[must_use]
pub fn columns(room: Rect) -> u16 {
    room.width.saturating_sub(4).min(LONGEST)
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
    let outer = Rect { y: top, height, ..room };
    brush.clear(outer);
    brush.fill_with(outer, Role::Panel);
    brush.rule(outer, outer.y, title, Role::Title);
    brush.rule(outer, outer.bottom().saturating_sub(1), "", Role::Rule);
    Rect { x: outer.x + 2, y: outer.y + 1, width: columns(outer), height: outer.height.saturating_sub(2) }
}
