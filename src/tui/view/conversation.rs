//! A conversation: who it is with, what was written and who rang, and what is being written.

use super::entry::{self, Columns};
use super::line::Line;
use super::paint::Brush;
use super::presence::{presence, status};
use crate::machine::visible_line;
use crate::tui::model::{Focus, Model, Standing, Timeline, Whom};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws it; says where the line that is being written stands.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) -> Option<Line> {
    let whom = model.whom().cloned()?;
    title(model, &whom, brush, Rect { height: 1, ..room });
    let line = Line::of(model, room);
    let entries = Rect { y: room.y + 1, height: room.height.saturating_sub(1 + line.room.height), ..room };
    line.draw(model, brush);
    timeline(model, &whom, brush, entries);
    Some(line)
}

fn title(model: &Model, whom: &Whom, brush: &mut Brush<'_>, room: Rect) {
    let focused = model.focus != Focus::People && model.overlays.is_empty();
    let name = whom.name(&model.state);
    let mut x = brush.put(room, room.x + 1, room.y, &name, if focused { Role::Focus } else { Role::Title });
    let Standing { show, on_call, status: said } = Standing::of(&model.state, whom);
    let (sign, word, role) = presence(show, on_call, brush.signs);
    if show.is_some() || on_call {
        x = brush.put(room, x + 2, room.y, sign, role);
        x = brush.put(room, x + 1, room.y, word, role);
    }
    if let Some(status) = status(&said) {
        x = brush.put(room, x + 2, room.y, status, Role::Dim);
    }
    let address = visible_line(&whom.with);
    if address != name {
        brush.put_right(Rect { width: room.width.saturating_sub(1), ..room }, x + 2, room.y, &address, Role::Dim);
    }
}

fn timeline(model: &mut Model, whom: &Whom, brush: &mut Brush<'_>, room: Rect) {
    let their_name = whom.name(&model.state);
    let (zone, now) = (model.setup.zone, model.setup.now);
    let focused = model.focus != Focus::People;
    let keys = again_key(model);
    let Some(timeline) = model.timeline_mut() else { return };
    if timeline.is_empty() {
        match timeline.failed() {
            Some(why) => refused(why, &keys, brush, room),
            None => {
                let words = if timeline.waits() { "reading …" } else { "Nothing was written yet." };
                brush.put(room, room.x + 1, room.bottom().saturating_sub(1), words, Role::Dim);
            }
        }
        return;
    }
    // The day of what stands at the top has a row of its own.
    let whole = room;
    let room = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    let columns = Columns::of(room, brush.signs, &their_name, zone, now);
    let last = last_to_draw(timeline, room, &columns);
    let mut bottom = room.bottom();
    let mut first_drawn = last;
    let mut number = last + 1;
    let mut top_is_day = false;
    while number > 0 && bottom > room.top() {
        number -= 1;
        let Some(item) = timeline.item(number) else { break };
        let before = number.checked_sub(1).and_then(|before| timeline.item(before));
        let lines = entry::lines(item, before, timeline.unseen_from() == Some(number), &columns);
        let chosen = focused && timeline.chosen() == Some(number);
        for line in lines.iter().rev() {
            if bottom == room.top() {
                break;
            }
            bottom -= 1;
            top_is_day = line.is_day;
            if chosen && line.belongs {
                brush.row(room, bottom, Role::Selected);
                if brush.cursor.is_none() {
                    brush.cursor = Some((room.x, bottom));
                }
            }
            entry::draw(line, brush, Rect { y: bottom, height: 1, ..room });
        }
        first_drawn = number;
    }
    timeline.drawn = Some((first_drawn, last));
    if let Some(why) = timeline.failed() {
        refused(why, &keys, brush, Rect { height: whole.height.min(3), ..whole });
    } else if bottom == room.top()
        && !top_is_day
        && let Some(item) = timeline.item(first_drawn)
    {
        entry::draw(&entry::day(item, &columns), brush, Rect { height: 1, ..whole });
    }
    if last + 1 < timeline.len() || !timeline.at_end() {
        let words = format!(" {} more below ", brush.sign("↓", "v"));
        let more = Rect { x: room.right().saturating_sub(16), width: 16.min(room.width), y: room.bottom() - 1, height: 1 };
        brush.put_right(more, more.x, more.y, &text::drawable(&words), Role::Accent);
    }
    model.read_more();
}

/// The key by which what could not be read is tried again.
fn again_key(model: &Model) -> String {
    use crate::tui::action::{Action, Context};
    let context = if model.focus == Focus::Compose { Context::Compose } else { Context::Conversation };
    model.setup.keymap.keys_of(Action::PageUp, context).into_iter().next().unwrap_or_default()
}

/// What could not be read, why, and how to try again.
fn refused(why: &str, key: &str, brush: &mut Brush<'_>, room: Rect) {
    let words = format!("{why} {key} tries again.");
    let lines = text::wrap(&words, usize::from(room.width.saturating_sub(2).max(1)));
    for (line, y) in lines.iter().zip(room.top()..room.bottom()) {
        brush.clear(Rect { y, height: 1, ..room });
        brush.put(room, room.x + 1, y, line, Role::Error);
    }
}

/// The entry at the bottom when the chosen one stands in the middle of the room.
fn middle(timeline: &Timeline, chosen: usize, room: Rect, columns: &Columns) -> usize {
    let mut below = usize::from(room.height) / 2;
    let mut last = chosen;
    while let Some(item) = timeline.item(last + 1) {
        let rows = entry::lines(item, timeline.item(last), timeline.unseen_from() == Some(last + 1), columns).len();
        let Some(left) = below.checked_sub(rows) else { break };
        (below, last) = (left, last + 1);
    }
    last
}

/// The entry that stands at the bottom: the newest; else the one that was there, moved so that the chosen one is in sight.
fn last_to_draw(timeline: &Timeline, room: Rect, columns: &Columns) -> usize {
    let newest = timeline.len().saturating_sub(1);
    let Some(chosen) = timeline.chosen() else { return newest };
    // What was gone to from elsewhere stands in the middle.
    let Some((_, was)) = timeline.drawn else { return middle(timeline, chosen, room, columns) };
    let was = was.min(newest);
    if chosen >= was {
        return chosen;
    }
    // How many rows there are from the chosen one down to what was at the bottom.
    let mut rows = 0;
    for number in chosen..=was {
        let Some(item) = timeline.item(number) else { break };
        let before = number.checked_sub(1).and_then(|before| timeline.item(before));
        rows += entry::lines(item, before, timeline.unseen_from() == Some(number), columns).len();
        if rows > usize::from(room.height) {
            // The chosen one stands at the top: the bottom is as far down as there is room.
            return number.saturating_sub(1).max(chosen);
        }
    }
    was
}
