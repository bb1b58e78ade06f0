//! One person: what they are, the ways to reach them, and their photo where the terminal can show it.

use super::paint::Brush;
use super::presence::presence;
use crate::tui::model::{Card, Model, Opens, Standing, Whom};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of a label, with the gap behind it.
const LABEL: u16 = 10;

/// Columns and rows of a photo: as high as wide, where a letter is twice as high as wide.
pub const PHOTO: (u16, u16) = (16, 8);

/// Draws them; says where their photo has its place.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) -> Option<Rect> {
    let card = model.card.as_ref()?;
    let person = &card.person;
    let photo = place(model, room);
    let whole = room;
    let room = Rect { width: photo.map_or(room.width, |photo| photo.x.saturating_sub(room.x + 1)), ..room };
    let x = brush.put(room, room.x + 1, room.y, &person.name.to_string(), Role::Focus);
    if let Some((sign, word, role)) = shown_presence(model, card, brush) {
        let x = brush.put(room, x + 2, room.y, sign, role);
        brush.put(room, x + 1, room.y, word, role);
    }
    let mut y = room.y + 1;
    let what = [&person.title, &person.department].map(ToString::to_string);
    let what = what.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let manager = if person.manager.is_empty() { String::new() } else { format!("reports to {}", person.manager) };
    for line in [what, manager].into_iter().filter(|line| !line.is_empty()) {
        brush.put(room, room.x + 1, y, &line, Role::Dim);
        y += 1;
    }
    y += 1;
    let ways = card.ways();
    for (at, way) in ways.iter().enumerate() {
        if y >= room.bottom() {
            break;
        }
        let row = Rect { y, height: 1, ..room };
        if at == card.row.min(ways.len() - 1) {
            brush.row(row, y, Role::Selected);
            brush.cursor = Some((room.x, y));
        }
        brush.put(row, room.x + 3, y, way.label, Role::Dim);
        let role = if matches!(way.opens, Opens::Nothing(_)) { Role::Dim } else { Role::Text };
        brush.put(row, room.x + 3 + LABEL, y, &way.shown, role);
        y += 1;
    }
    let lacks = if ways.is_empty() { Some("No number and no address is known.") } else { None };
    let asked = card.asked.map(|_| "asking the directory …");
    let below = photo.map_or(y, |photo| y.max(photo.bottom()));
    let mut y = below + 1;
    let words = [lacks, asked, card.trouble.as_deref(), card.no_photo.as_deref()];
    for words in words.into_iter().flatten() {
        for line in text::wrap(words, usize::from(whole.width.saturating_sub(4).max(1))) {
            if y < whole.bottom() {
                brush.put(whole, whole.x + 3, y, &line, Role::Dim);
                y += 1;
            }
        }
    }
    photo.filter(|_| model.picture().is_some())
}

/// The presence of whoever is among the user's people.
fn shown_presence(model: &Model, card: &Card, brush: &Brush<'_>) -> Option<(&'static str, &'static str, Role)> {
    let jid = card.person.jid.as_ref()?;
    model.state.accounts.get(&card.account)?.contacts.get(jid)?;
    let Standing { show, on_call, .. } = Standing::of(&model.state, &Whom::new(&card.account, jid));
    Some(presence(show, on_call, brush.signs))
}

/// Where a photo has its place: only where one is there, and it leaves enough room.
fn place(model: &Model, room: Rect) -> Option<Rect> {
    let (columns, rows) = PHOTO;
    model.picture()?;
    let fits = room.width >= columns + 40 && room.height >= rows + 4;
    fits.then(|| Rect { x: room.right() - columns - 2, y: room.y + 1, width: columns, height: rows })
}
