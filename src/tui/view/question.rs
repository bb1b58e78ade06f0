//! A question: the facts to decide on, and the answers with their letters.

use super::paint::Brush;
use super::panel::panel;
use crate::tui::model::Question;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the labels.
const LABELS: u16 = 11;

/// Draws it.
pub fn draw(question: &Question, brush: &mut Brush<'_>, room: Rect) {
    let columns = super::panel::columns(room);
    let mut lines: Vec<(String, String, Role)> = Vec::new();
    for (label, fact) in &question.facts {
        let (indent, role) = if label.is_empty() { (0, Role::Dim) } else { (LABELS, Role::Text) };
        let rows = text::wrap(fact, usize::from(columns.saturating_sub(indent).max(1)));
        for (number, row) in rows.into_iter().enumerate() {
            lines.push((if number == 0 { label.clone() } else { String::new() }, row, role));
        }
    }
    let rows = u16::try_from(lines.len() + question.answers.len()).unwrap_or(u16::MAX).saturating_add(1);
    let inner = panel(brush, room, rows, &question.title);
    let answers = u16::try_from(question.answers.len()).unwrap_or(0);
    let facts = Rect { height: inner.height.saturating_sub(answers), ..inner };
    for ((label, words, role), y) in lines.iter().zip(facts.top()..facts.bottom()) {
        brush.put(facts, facts.x, y, label, Role::Dim);
        brush.put(facts, facts.x + if *role == Role::Text { LABELS } else { 0 }, y, words, *role);
    }
    let first = inner.bottom().saturating_sub(answers);
    for ((at, (letter, words, _)), y) in question.answers.iter().enumerate().zip(first..inner.bottom()) {
        if at == question.chosen {
            brush.row(inner, y, Role::Selected);
            brush.cursor = Some((inner.x, y));
        }
        brush.put(inner, inner.x + 1, y, &letter.to_string(), Role::Key);
        brush.put(inner, inner.x + 4, y, words, Role::Text);
    }
}
