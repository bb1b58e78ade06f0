//! The settings.

use super::paint::{Brush, scrolled};
use crate::tui::model::{About, Model, setting_rows};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws them, with a line about the chosen one.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Settings", Role::Focus);
    let rows = setting_rows(&model.state, &model.setup.preferences);
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(2), ..room };
    let chosen = &mut model.settings;
    chosen.height = usize::from(list.height);
    chosen.top = scrolled(chosen.top, chosen.row, rows.len(), chosen.height);
    for ((at, row), y) in rows.iter().enumerate().skip(chosen.top).zip(list.top()..list.bottom()) {
        if row.about == About::Heading {
            brush.put(list, list.x + 1, y, &row.label, Role::Title);
            continue;
        }
        if at == chosen.row {
            brush.row(list, y, Role::Selected);
            brush.cursor = Some((list.x, y));
        }
        brush.put(Rect { width: 22.min(list.width), ..list }, list.x + 3, y, &row.label, Role::Text);
        let role = if row.about == About::Text { Role::Dim } else { Role::Accent };
        let x = brush.put(list, list.x + 24, y, &row.value, role);
        if let (About::TestSound, Some(level)) = (&row.about, model.state.sound_level) {
            let bars = if brush.signs == Signs::Ascii { text::level_plain(level) } else { text::level(level) };
            brush.put(list, x, y, &format!("you {bars}"), Role::Good);
        }
    }
    if let Some(row) = rows.get(chosen.row) {
        brush.put(room, room.x + 3, room.bottom() - 1, &row.help, Role::Dim);
    }
}
