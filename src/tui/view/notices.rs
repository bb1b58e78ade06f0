//! Notices: what happened, why, and what to do next.

use super::paint::{Brush, scrolled};
use crate::engine::event::NoticeLevel;
use crate::machine::visible_line;
use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws them, the chosen one in full below the list.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Notices", Role::Focus);
    let notices = &model.state.notices;
    if notices.is_empty() {
        brush.put(room, room.x + 1, room.y + 2, "Nothing went wrong so far.", Role::Dim);
        return;
    }
    let full = 6.min(room.height / 2);
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(1 + full), ..room };
    let chosen = &mut model.notices;
    chosen.height = usize::from(list.height);
    chosen.row = chosen.row.min(notices.len() - 1);
    chosen.top = scrolled(chosen.top, chosen.row, notices.len(), chosen.height);
    for ((at, notice), y) in notices.iter().enumerate().skip(chosen.top).zip(list.top()..list.bottom()) {
        if at == chosen.row {
            brush.row(list, y, Role::Selected);
            brush.cursor = Some((list.x, y));
        }
        let (sign, role) = match notice.level {
            NoticeLevel::Info => ("i", Role::Dim),
            NoticeLevel::Warning => ("!", Role::Warning),
            NoticeLevel::Error => ("x", Role::Error),
        };
        let mut x = brush.put(list, list.x + 1, y, sign, role);
        if let Some(account) = &notice.account {
            x = brush.put(list, x + 1, y, &account.0, Role::Dim);
        }
        brush.put(list, x + 1, y, &visible_line(&notice.problem.what), Role::Text);
    }
    let Some(notice) = notices.get(chosen.row) else { return };
    let below = Rect { y: list.bottom(), height: full, ..room };
    brush.rule(Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below }, below.y, "", Role::Rule);
    let columns = usize::from(room.width.saturating_sub(2));
    let what = text::wrap(&visible_line(&notice.problem.what), columns).into_iter().map(|line| (line, Role::Text));
    let next = text::wrap(&visible_line(&notice.problem.next), columns).into_iter().map(|line| (line, Role::Accent));
    for ((line, role), y) in what.chain(next).zip(below.y + 1..below.bottom()) {
        brush.put(below, below.x + 1, y, &line, role);
    }
}
