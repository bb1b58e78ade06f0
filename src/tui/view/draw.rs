//! The whole frame: a header, the list beside what is opened, the calls, the status line; and what lies above.

use super::line::Line;
use super::paint::Brush;
use super::{
    calls, conversation, form, header, home, keys, notices, palette, past_calls, people, person, question, settings, sign_in,
    status, tour, voicemail,
};
use crate::tui::model::{Focus, Model, Overlay, Screen};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// From so many columns on, the list stands beside what is opened.
const WIDE: u16 = 90;

/// Below this nothing can be drawn that is of use.
const SMALLEST: (u16, u16) = (20, 5);

/// What there is to know of a frame beside its cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the cursor stands, if anywhere.
    pub cursor: Option<Position>,
    /// The line that is being written, if there is one and nothing lies above it.
    pub line: Option<Line>,
}

/// Draws all of it into `buffer`, which is empty.
pub fn draw(model: &mut Model, buffer: &mut Buffer) -> Drawn {
    model.freshen();
    let area = buffer.area;
    model.narrow = area.width < WIDE;
    let theme = model.setup.theme.clone();
    let signs = model.setup.preferences.signs;
    let links = model.links.clone();
    let mut brush = Brush { buffer, theme: &theme, signs, links, cursor: None, picture: None };
    // It comes empty.
    brush.buffer.set_style(area, theme.style(Role::Text));
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        brush.put(area, area.x, area.y, "offhook: too small", Role::Warning);
        return Drawn::default();
    }
    let strips = calls::strips(model, area);
    let header_room = Rect { height: 1, ..area };
    let status = status::lines(model, area);
    let status_room = Rect { y: area.bottom() - status, height: status, ..area };
    let touring = tour::lines(model, area);
    let tour_room = Rect { y: status_room.y - touring, height: touring, ..area };
    let strip_room = Rect { y: tour_room.y - strips, height: strips, ..area };
    let main = Rect { y: area.y + 1, height: area.height - 1 - status - strips - touring, ..area };
    header::draw(model, &mut brush, header_room);
    let (list, pane) = split(model.narrow, main);
    let line = panes(model, &mut brush, (list, pane));
    calls::draw_strips(model, &mut brush, strip_room);
    tour::draw(model, &mut brush, tour_room);
    status::draw(model, &mut brush, status_room);
    let cursor_below = brush.cursor;
    above(model, &mut brush, pane);
    let cursor = if model.overlays.is_empty() { cursor_below } else { brush.cursor };
    model.photo_at = brush.picture;
    text::isolate(brush.buffer);
    Drawn { cursor: cursor.map(Position::from), line: line.filter(|_| model.overlays.is_empty()) }
}

/// Draws the line that is being written, and nothing else, into `buffer`, which is its room and empty; says where the cursor
/// stands.
#[must_use]
pub fn draw_line(model: &Model, line: &Line, buffer: &mut Buffer) -> Option<Position> {
    let theme = &model.setup.theme;
    buffer.set_style(buffer.area, theme.style(Role::Text));
    let mut brush = Brush { buffer, theme, signs: model.setup.preferences.signs, links: None, cursor: None, picture: None };
    line.draw(model, &mut brush);
    brush.cursor.map(Position::from)
}

/// The room of the list, where it stands beside what is opened, and the room of that.
fn split(narrow: bool, room: Rect) -> (Option<Rect>, Rect) {
    if narrow {
        return (None, room);
    }
    let list = Rect { width: (room.width / 4).clamp(26, 36), ..room };
    (Some(list), Rect { x: list.right() + 1, width: room.width - list.width - 1, ..room })
}

/// Says where the line that is being written stands.
fn panes(model: &mut Model, brush: &mut Brush<'_>, (list, pane): (Option<Rect>, Rect)) -> Option<Line> {
    match list {
        None if model.focus == Focus::People || model.screen == Screen::Home => {
            people::draw(model, brush, pane);
            None
        }
        None => opened(model, brush, pane),
        Some(list) => {
            people::draw(model, brush, list);
            brush.upright(list.right(), list.top(), list.bottom());
            opened(model, brush, pane)
        }
    }
}

fn opened(model: &mut Model, brush: &mut Brush<'_>, room: Rect) -> Option<Line> {
    match &model.screen {
        Screen::Home => home::draw(model, brush, room),
        Screen::Chat(_) => return conversation::draw(model, brush, room),
        Screen::Call(call) => calls::draw_screen(model, *call, brush, room),
        Screen::PastCalls => past_calls::draw(model, brush, room),
        Screen::Person => brush.picture = person::draw(model, brush, room),
        Screen::Voicemail => voicemail::draw(model, brush, room),
        Screen::Notices => notices::draw(model, brush, room),
        Screen::Settings => settings::draw(model, brush, room),
        Screen::SignIn => sign_in::draw(model, brush, room),
    }
    None
}

fn above(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    let contexts = {
        // The keys that are shown are those of what lies below.
        let top = model.overlays.pop();
        let contexts = model.contexts();
        model.overlays.extend(top);
        contexts
    };
    let Some(mut overlay) = model.overlays.pop() else { return };
    match &mut overlay {
        Overlay::Palette(of) => palette::draw(model, of, brush, room),
        Overlay::Form(of) => form::draw(of, brush, room),
        Overlay::Question(of) => question::draw(of, brush, room),
        Overlay::Keys(of) => keys::draw(model, &contexts, of, brush, room),
    }
    model.overlays.push(overlay);
}
