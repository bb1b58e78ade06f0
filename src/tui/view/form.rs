//! A form: labels, fields, a line about the one that has the cursor, and what is wrong.

use super::paint::{Brush, scrolled};
use super::panel::panel;
use crate::tui::action::{Action, Context};
use crate::tui::model::{Form, Model, Value};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the labels.
const LABELS: u16 = 17;

/// Draws it.
pub fn draw(model: &Model, form: &mut Form, brush: &mut Brush<'_>, room: Rect) {
    let columns = super::panel::columns(room);
    let about = text::wrap(&form.about, usize::from(columns.max(1)));
    let about_rows = if form.about.is_empty() { 0 } else { u16::try_from(about.len()).unwrap_or(0) + 1 };
    let fields = u16::try_from(form.inputs.len()).unwrap_or(0);
    let inner = panel(brush, room, about_rows + fields + 3, &form.title);
    let mut y = inner.y;
    if about_rows > 0 {
        for line in &about {
            brush.put(inner, inner.x, y, line, Role::Dim);
            y += 1;
        }
        y += 1;
    }
    let list = Rect { y, height: inner.bottom().saturating_sub(y + 2).max(1), ..inner };
    let top = scrolled(0, form.chosen, form.inputs.len(), usize::from(list.height));
    for ((at, input), y) in form.inputs.iter().enumerate().skip(top).zip(list.top()..list.bottom()) {
        let chosen = at == form.chosen;
        brush.put(list, list.x, y, input.label, if chosen { Role::Accent } else { Role::Dim });
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
    let below = inner.bottom().saturating_sub(1);
    let (words, role) = match &form.error {
        Some(why) => (why.as_str(), Role::Error),
        None => (form.inputs.get(form.chosen).map_or("", |input| input.hint), Role::Dim),
    };
    let end = brush.put(inner, inner.x, below, words, role);
    let more = form.inputs.len().saturating_sub(top + usize::from(list.height));
    if more > 0 {
        let words = format!("{} {more} more", brush.sign("↓", "v"));
        brush.put_right(inner, end + 2, below, &words, Role::Accent);
    } else if !form.more.is_empty()
        && let Some(key) = model.setup.keymap.keys_of(Action::MoreFields, Context::Form).into_iter().next()
    {
        brush.put_right(inner, end + 2, below, &format!("{key} more fields"), Role::Accent);
    }
}
