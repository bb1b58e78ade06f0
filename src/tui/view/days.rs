//! When the entries of a list were: the hour of each, and the day where it begins and at the top of what is in sight.

use super::paint::Brush;
use crate::machine::Stamp;
use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of an hour.
const HOUR: u16 = 5;

/// The columns of the days of a list.
pub struct Days {
    day: u16,
}

impl Days {
    /// For a list of these: as wide as the longest of all, so that nothing moves while one scrolls.
    pub fn of(model: &Model, all: impl Iterator<Item = Stamp>) -> Days {
        Days { day: all.map(|at| columns(&word(model, at))).max().unwrap_or(0) }
    }

    /// Columns of the day and the hour.
    pub fn columns(&self) -> u16 {
        if self.day == 0 { 0 } else { self.day + 1 + HOUR }
    }

    /// Draws when an entry was; `above` is when the one was that is drawn above it, if one is.
    pub fn put(&self, model: &Model, brush: &mut Brush<'_>, room: Rect, at: Stamp, above: Option<Stamp>) {
        let offset = (model.setup.zone)(at);
        if !above.is_some_and(|above| text::same_day(at, above, offset)) {
            brush.put(room, room.x, room.y, &word(model, at), Role::Dim);
        }
        brush.put(room, room.x + self.day + 1, room.y, &text::clock(at, offset), Role::Dim);
    }
}

fn word(model: &Model, at: Stamp) -> String {
    text::day_word(at, model.setup.now, (model.setup.zone)(at))
}

fn columns(word: &str) -> u16 {
    u16::try_from(text::width(word)).unwrap_or(0)
}
