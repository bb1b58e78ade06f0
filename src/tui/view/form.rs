//! A form: labels, fields, a line about the one that has the cursor, and what is wrong.

use super::paint::{Brush, scrolled};
use super::panel::panel;
use crate::tui::model::{Form, Input, Value};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the labels.
const LABELS: u16 = 17;

/// Draws it.
pub fn draw(form: &mut Form, brush: &mut Brush<'_>, room: Rect) {
    let columns = super::panel::columns(room);
    let about = text::wrap(&form.about, usize::from(columns.max(1)));
    let about_rows = if form.about.is_empty() { 0 } else { u16::try_from(about.len()).unwrap_or(0) + 1 };
    let fields = u16::try_from(form.inputs.len()).unwrap_or(0);
    let wrong = form.wrong.and_then(|wrong| form.inputs.iter().position(|input| input.label == wrong));
    let error_columns = if wrong.is_some() { columns.saturating_sub(LABELS) } else { columns };
    let error = form.error.as_deref().map(|why| text::wrap(why, usize::from(error_columns.max(1)))).unwrap_or_default();
    let (beside, below) = if wrong.is_some() { (error, Vec::new()) } else { (Vec::new(), error) };
    let hints = |input: &Input| text::wrap(input.hint, usize::from(columns.max(1)));
    // As many as the longest needs, so that nothing moves when another field is gone to.
    let hint_rows = form.inputs.iter().map(|input| rows(&hints(input))).max().unwrap_or(1).max(1);
    let (beside_rows, below_rows) = (rows(&beside), rows(&below).max(hint_rows));
    let inner = panel(brush, room, about_rows + fields + beside_rows + below_rows + 1, &form.title);
    let mut y = inner.y;
    if about_rows > 0 {
        for line in &about {
            brush.put(inner, inner.x, y, line, Role::Dim);
            y += 1;
        }
        y += 1;
    }
    let list = Rect { y, height: inner.bottom().saturating_sub(y + 1 + below_rows).max(1), ..inner };
    let shown = usize::from(list.height.saturating_sub(beside_rows).max(1));
    let top = scrolled(0, form.chosen, form.inputs.len(), shown);
    let mut free = list.top()..list.bottom();
    for (at, input) in form.inputs.iter().enumerate().skip(top) {
        let Some(y) = free.next() else { break };
        let chosen = at == form.chosen;
        let role = if wrong == Some(at) {
            Role::Error
        } else if chosen {
            Role::Accent
        } else {
            Role::Dim
        };
        brush.put(list, list.x, y, input.label, role);
        for (line, y) in beside.iter().filter(|_| wrong == Some(at)).zip(&mut free) {
            brush.put(list, list.x + LABELS, y, line, Role::Error);
        }
        let field = Rect { x: list.x + LABELS, width: list.width.saturating_sub(LABELS), y, height: 1 };
        match &input.value {
            Value::Text(of) | Value::Secret(of) => {
                let layout = of.layout(field.width.max(1));
                let (shown, cursor) = (layout.line, layout.cursor);
                if shown.is_empty() && !chosen {
                    brush.put(field, field.x, y, brush.sign("·", "."), Role::Placeholder);
                }
                brush.put(field, field.x, y, &shown, Role::Input);
                if chosen {
                    brush.cursor = Some((field.x + cursor, y));
                }
            }
            Value::Flag(on) => {
                brush.put(field, field.x, y, if *on { "[x] yes" } else { "[ ] no" }, Role::Input);
                if chosen {
                    brush.cursor = Some((field.x + 1, y));
                }
            }
            Value::Choice(all, at) => {
                let words = all.get(*at).map_or("", String::as_str);
                brush.put(field, field.x, y, &format!("< {words} >"), Role::Input);
                if chosen {
                    brush.cursor = Some((field.x + 2, y));
                }
            }
        }
    }
    let last = inner.bottom().saturating_sub(1);
    let first = inner.bottom().saturating_sub(below_rows);
    for (line, y) in below.iter().zip(first..=last) {
        brush.put(inner, inner.x, y, line, Role::Error);
    }
    if below.is_empty() {
        let hints = form.inputs.get(form.chosen).map(hints).unwrap_or_default();
        let shown = if form.waits { vec!["One moment …".to_owned()] } else { hints };
        for (line, y) in shown.iter().zip(first..=last) {
            brush.put(inner, inner.x, y, line, Role::Dim);
        }
    }
    let more = form.inputs.len().saturating_sub(top + shown);
    if more > 0 {
        let words = format!("{} {more} more", brush.sign("↓", "v"));
        brush.put_right(inner, inner.x, first.saturating_sub(1).max(inner.y), &words, Role::Accent);
    }
}

fn rows(lines: &[String]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(0)
}
