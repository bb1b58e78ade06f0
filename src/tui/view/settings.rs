//! The settings.

use super::paint::{Brush, scrolled};
use crate::tui::model::{About, Model, setting_rows};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns before what a setting is now.
const VALUE: u16 = 24;

/// Draws them, with a line about the chosen one.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Settings", Role::Focus);
    let rows = setting_rows(&model.state, &model.setup.preferences, model.setup.pictures);
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(2), ..room };
    // A sentence takes as many lines as it needs.
    let columns = usize::from(list.width.saturating_sub(VALUE + 1).max(1));
    let lines: Vec<(usize, String, bool)> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, row)| {
            let wrapped = if row.about == About::Text { text::wrap(&row.value, columns) } else { vec![row.value.clone()] };
            wrapped.into_iter().enumerate().map(move |(nth, words)| (at, words, nth == 0))
        })
        .collect();
    let chosen = &mut model.settings;
    chosen.height = usize::from(list.height);
    let line = lines.iter().position(|(at, ..)| *at == chosen.row).unwrap_or(0);
    chosen.top = scrolled(chosen.top, line, lines.len(), chosen.height);
    for ((at, value, is_first), y) in lines.iter().skip(chosen.top).zip(list.top()..list.bottom()) {
        let at = *at;
        let Some(row) = rows.get(at) else { break };
        if row.about == About::Heading {
            brush.put(list, list.x + 1, y, &row.label, Role::Title);
            continue;
        }
        if at == chosen.row {
            brush.row(list, y, Role::Selected);
            brush.cursor = Some((list.x, y));
        }
        if *is_first {
            brush.put(Rect { width: 22.min(list.width), ..list }, list.x + 3, y, &row.label, Role::Text);
        }
        let role = if row.about == About::Text { Role::Dim } else { Role::Accent };
        let x = brush.put(list, list.x + VALUE, y, value, role);
        if let (About::TestSound, Some(level)) = (&row.about, model.state.sound_level) {
            let bars = if brush.signs == Signs::Ascii { text::level_plain(level) } else { text::level(level) };
            brush.put(list, x, y, &format!("you {bars}"), Role::Good);
        }
    }
    if let Some(row) = rows.get(chosen.row) {
        brush.put(room, room.x + 3, room.bottom() - 1, &row.help, Role::Dim);
    }
}
