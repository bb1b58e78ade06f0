//! The settings.

use super::paint::{Brush, scrolled};
use crate::tui::model::{About, Model};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns before what a setting is now.
const VALUE: u16 = 24;

/// Columns of a label.
const LABEL: usize = 20;

/// Draws them, with a line about the chosen one.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Settings", Role::Focus);
    let rows = model.setting_rows();
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(2), ..room };
    // A sentence takes as many lines as it needs.
    let columns = usize::from(list.width.saturating_sub(VALUE + 1).max(1));
    let lines: Vec<(usize, String, String)> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, row)| {
            let values = if row.about == About::Text { text::wrap(&row.value, columns) } else { vec![row.value.clone()] };
            let labels = if row.about == About::Heading { vec![row.label.clone()] } else { text::wrap(&row.label, LABEL) };
            let lines = values.len().max(labels.len());
            let part = |parts: &[String], nth: usize| parts.get(nth).cloned().unwrap_or_default();
            // What is further in stays so on its next line.
            let inset = " ".repeat(row.label.len() - row.label.trim_start().len());
            let label =
                move |nth| if nth == 0 { part(&labels, 0) } else { format!("{inset}{}", part(&labels, nth).trim_start()) };
            (0..lines).map(|nth| (at, part(&values, nth), label(nth))).collect::<Vec<_>>()
        })
        .collect();
    let chosen = &mut model.settings;
    chosen.height = usize::from(list.height);
    let line = lines.iter().position(|(at, ..)| *at == chosen.row).unwrap_or(0);
    chosen.top = scrolled(chosen.top, line, lines.len(), chosen.height);
    for ((at, value, label), y) in lines.iter().skip(chosen.top).zip(list.top()..list.bottom()) {
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
        brush.put(
            Rect { width: VALUE.min(list.width), ..list },
            list.x + 3,
            y,
            label,
            if row.value.is_empty() { Role::Text } else { Role::Dim },
        );
        let role = if row.about == About::Text { Role::Dim } else { Role::Text };
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
