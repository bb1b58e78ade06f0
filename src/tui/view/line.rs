//! The line that is being written, below a conversation, of as many rows as it needs; where nobody can be written to, why.

use super::paint::Brush;
use crate::tui::model::{Focus, Model};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Rows that it may take at most, as a part of the pane.
const WRITING: u16 = 3;

/// Where the line that is being written stands: while it needs the same rows it can be drawn alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The conversation.
    pane: Rect,
    /// The rows that are written in.
    pub room: Rect,
}

impl Line {
    /// At the bottom of a conversation's pane, as many rows as it needs.
    #[must_use]
    pub fn of(model: &Model, pane: Rect) -> Line {
        Line { pane, room: rows(model, pane) }
    }

    /// Whether what is written now fits into its rows, and changes nothing beside them.
    #[must_use]
    pub fn can_be_drawn_alone(&self, model: &Model) -> bool {
        let Some(timeline) = model.timeline().filter(|_| model.no_writing().is_none()) else { return false };
        let text = timeline.editor.text();
        // What goes to the left has to do with its whole row.
        (text.is_ascii() || !text::is_right_to_left(text)) && rows(model, self.pane) == self.room
    }

    /// Draws it.
    pub fn draw(&self, model: &Model, brush: &mut Brush<'_>) {
        match model.no_writing() {
            Some(why) => unwritten(&why, brush, self.room),
            None => compose(model, brush, self.room),
        }
    }
}

fn rows(model: &Model, room: Rect) -> Rect {
    let most = (room.height / WRITING).max(1);
    let columns = room.width.saturating_sub(3).max(1);
    let rows = match (model.no_writing(), model.timeline()) {
        (Some(why), _) => wrapped(&why, room).len(),
        (None, Some(timeline)) => timeline.editor.layout(columns, most).lines.len(),
        (None, None) => 1,
    };
    let height = u16::try_from(rows).unwrap_or(most).clamp(1, most);
    Rect { y: room.bottom().saturating_sub(height), height, ..room }
}

/// A sentence over as many rows as it needs.
fn wrapped(words: &str, room: Rect) -> Vec<String> {
    text::wrap(words, usize::from(room.width.saturating_sub(2).max(1)))
}

/// Why nothing is written here, in the place where it would be.
fn unwritten(why: &str, brush: &mut Brush<'_>, room: Rect) {
    for (line, y) in wrapped(why, room).iter().zip(room.top()..room.bottom()) {
        brush.put(room, room.x + 1, y, line, Role::Dim);
    }
}

fn compose(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let Some(timeline) = model.timeline() else { return };
    let writes = model.focus == Focus::Compose && model.overlays.is_empty();
    let mark = if writes { Role::Accent } else { Role::Dim };
    brush.put(room, room.x + 1, room.y, brush.sign("▏", ">"), mark);
    let inner = Rect { x: room.x + 3, width: room.width.saturating_sub(3), ..room };
    if timeline.editor.is_empty() && !writes {
        brush.put(inner, inner.x, inner.y, &write_hint(model), Role::Placeholder);
        return;
    }
    let layout = timeline.editor.layout(inner.width.max(1), room.height);
    for (line, y) in layout.lines.iter().zip(inner.y..inner.bottom()) {
        brush.put(inner, inner.x, y, line, if writes { Role::Input } else { Role::Dim });
    }
    if writes {
        brush.cursor = Some((inner.x + layout.cursor.0, inner.y + layout.cursor.1));
    }
}

fn write_hint(model: &Model) -> String {
    use crate::tui::action::{Action, Context};
    let context = if model.focus == Focus::People { Context::People } else { Context::Conversation };
    match model.setup.keymap.keys_of(Action::Write, context).into_iter().next() {
        Some(key) => format!("{key} to write"),
        None => "write here".to_owned(),
    }
}
