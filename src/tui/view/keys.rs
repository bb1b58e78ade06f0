//! The keys that work where the user was, from the one table of actions.

use super::entry::mark;
use super::paint::Brush;
use super::panel::panel;
use super::presence::presence;
use crate::engine::event::{Delivery, Show};
use crate::machine::RemoteText;
use crate::tui::action::{Context, Row};
use crate::tui::model::{KeyHelp, MOVES, Model};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the keys.
const KEYS: u16 = 22;

/// A line: keys, what they do, and how the keys look.
type Line = (String, String, Role);

/// Draws them; how far they are scrolled is brought back to what can be scrolled to.
pub fn draw(model: &Model, contexts: &[Context], help: &mut KeyHelp, brush: &mut Brush<'_>, room: Rect) {
    let inner = panel(brush, room, room.height, "Keys that work here");
    let line = Rect { height: 1, ..inner };
    let layout = help.field.layout(line.width.saturating_sub(2).max(1));
    brush.put(line, line.x, line.y, brush.sign("▏", ">"), Role::Accent);
    if layout.line.is_empty() {
        brush.put(line, line.x + 2, line.y, "what you want to do, or a key", Role::Placeholder);
    }
    brush.put(line, line.x + 2, line.y, &layout.line, Role::Input);
    brush.cursor = Some((line.x + 2 + layout.cursor, line.y));
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let words = help.field.text().trim().to_owned();
    let lines = lines(model, contexts, &words, list.width.saturating_sub(KEYS).max(1));
    if lines.is_empty() {
        brush.put(list, list.x + 2, list.y, "Nothing fits.", Role::Dim);
    }
    help.top = help.top.min(lines.len().saturating_sub(usize::from(list.height)));
    for ((keys, words, role), y) in lines.iter().skip(help.top).zip(list.top()..list.bottom()) {
        let room = if *role == Role::Title { list } else { Rect { width: KEYS.min(list.width), ..list } };
        brush.put(room, list.x + u16::from(*role != Role::Title), y, keys, *role);
        brush.put(list, list.x + KEYS, y, words, Role::Text);
    }
}

fn lines(model: &Model, contexts: &[Context], words: &str, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for context in contexts {
        let keys = |row: &Row| model.setup.keymap.keys_of(row.action, *context);
        let fits =
            |row: &Row, keys: &[String]| words.is_empty() || keys.iter().any(|key| key == words) || row.is_meant_by(words);
        let rows = model.helped(*context).into_iter().map(|row| (row, keys(row)));
        let rows: Vec<_> = rows.filter(|(row, keys)| fits(row, keys)).collect();
        let (bound, unbound): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, keys)| !keys.is_empty());
        let bound = bound.into_iter().map(|(row, keys)| (keys.join("  "), row.help, Role::Key));
        let unbound = unbound.into_iter().map(|(row, _)| ("palette".to_owned(), row.help, Role::Dim));
        let moves: Vec<_> = MOVES.iter().map(|action| action.row()).map(|row| (row, keys(row))).collect();
        let moves = Some(moves).filter(|moves| moves.iter().any(|(row, keys)| !keys.is_empty() && fits(row, keys)));
        let first = |moves: Vec<(&Row, Vec<String>)>| {
            moves.into_iter().filter_map(|(_, keys)| keys.into_iter().next()).collect::<Vec<_>>().join("  ")
        };
        let moves = moves.map(|moves| (first(moves), "Go down, up, by a page, to the first, to the last", Role::Key));
        let mut shown = bound.chain(unbound).chain(moves).peekable();
        if shown.peek().is_none() {
            continue;
        }
        lines.push((context.title().to_owned(), String::new(), Role::Title));
        for (keys, help, role) in shown {
            // What is too wide for its column stands in more than one line, as what it does may.
            let mut keys = text::wrap(&keys, usize::from(KEYS - 2)).into_iter();
            let mut helps = text::wrap(help, usize::from(columns)).into_iter();
            loop {
                let (keys, help) = (keys.next(), helps.next());
                if keys.is_none() && help.is_none() {
                    break;
                }
                lines.push((keys.unwrap_or_default(), help.unwrap_or_default(), role));
            }
        }
        lines.push((String::new(), String::new(), Role::Dim));
    }
    lines.extend(contexts.iter().flat_map(|context| signs(*context, model.setup.preferences.signs, words)));
    lines
}

/// What the signs mean that stand there.
fn signs(context: Context, signs: Signs, words: &str) -> Vec<Line> {
    const SHOWS: [Show; 4] = [Show::Available, Show::Away, Show::DoNotDisturb, Show::Offline];
    let failed = Delivery::Failed(RemoteText::default());
    let deliveries = [
        (Delivery::Unsent, "it waits here, on disk"),
        (Delivery::OnWire, "it is on its way to the server"),
        (Delivery::Sent, "the server has it"),
        (Delivery::Delivered, "it has arrived"),
        (Delivery::Unknown, "only the server knows if it has it"),
        (failed, "it was not sent"),
    ];
    let (title, known): (&str, Vec<Line>) = match context {
        Context::People => {
            let calls = presence(None, true, signs);
            let shown = SHOWS.iter().map(|show| presence(Some(*show), false, signs)).chain([calls]);
            ("Signs beside people", shown.map(|(sign, word, role)| (sign.to_owned(), word.to_owned(), role)).collect())
        }
        Context::Conversation | Context::Compose => {
            let marks = deliveries.iter().filter_map(|(delivery, means)| Some((mark(delivery, signs)?, *means)));
            ("Signs beside what you wrote", marks.map(|((sign, role), means)| (sign, means.to_owned(), role)).collect())
        }
        _ => return Vec::new(),
    };
    let fits = |(sign, means, _): &Line| words.is_empty() || sign == words || means.contains(&words.to_lowercase());
    let known: Vec<Line> = known.into_iter().filter(fits).collect();
    if known.is_empty() {
        return known;
    }
    let around = |text: &str, role| (text.to_owned(), String::new(), role);
    [around(title, Role::Title)].into_iter().chain(known).chain([around("", Role::Dim)]).collect()
}
