//! The palette: a line to type in, and what was found.

use super::paint::{Brush, scrolled};
use super::panel;
use crate::machine::visible_line;
use crate::tui::action::{ACTIONS, Action, Context};
use crate::tui::model::{Find, Mode, Model, Palette};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Rows at most: the line to type in, and what is found.
const MOST: u16 = 24;

/// Draws it.
pub fn draw(model: &Model, palette: &Palette, brush: &mut Brush<'_>, room: Rect) {
    let (mode, _, words) = palette.wanted();
    let title = match mode {
        Mode::All => "Find and do anything",
        Mode::Dial => "Call",
        Mode::Search => "Search all messages",
    };
    let found = u16::try_from(palette.found.len().max(1)).unwrap_or(u16::MAX);
    let inner = panel::growing(brush, room, MOST, found.saturating_add(1), title);
    let line = Rect { height: 1, ..inner };
    let layout = palette.field.layout(line.width.saturating_sub(2).max(1));
    let (shown, cursor) = (layout.line, layout.cursor);
    brush.put(line, line.x, line.y, brush.sign("▏", ">"), Role::Accent);
    let mut hinted = line.x;
    if shown.is_empty() {
        let hint = match mode {
            Mode::All => "a name, a number, an address;  > actions  ? messages",
            Mode::Dial => "a name, a number, or an address",
            Mode::Search => "words; the last one may be the beginning of a word",
        };
        hinted = brush.put(line, line.x + 2, line.y, hint, Role::Placeholder);
    }
    let end = brush.put(line, line.x + 2, line.y, &shown, Role::Input);
    if let (number, of @ 2..) = palette.count() {
        let count = format!("{number}/{of}{}", if palette.more { "+" } else { "" });
        brush.put_right(line, end.max(hinted) + 2, line.y, &count, Role::Dim);
    }
    brush.cursor = Some((line.x + 2 + cursor, line.y));
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if palette.found.is_empty() {
        let words = match (palette.asked.is_some(), words.is_empty(), mode) {
            (true, ..) => "searching …",
            (_, true, _) => "",
            (_, _, Mode::Dial) => "Nobody of that name. Type a number, or an address with @.",
            _ => "Nothing fits.",
        };
        brush.put(list, list.x + 2, list.y, words, Role::Dim);
        return;
    }
    let here = model.actions_here();
    let top = scrolled(0, palette.chosen, palette.found.len(), usize::from(list.height));
    for ((at, found), y) in palette.found.iter().enumerate().skip(top).zip(list.top()..list.bottom()) {
        if at == palette.chosen && palette.taken().is_some() {
            brush.row(list, y, Role::Selected);
        }
        draw_found(model, &here, mode, found, &words, brush, Rect { y, height: 1, ..list });
    }
}

fn draw_found(model: &Model, here: &[Action], mode: Mode, found: &Find, typed: &str, brush: &mut Brush<'_>, room: Rect) {
    let not_now = matches!(found, Find::Action(action) if !here.contains(action));
    let (sign, words, more) = match found {
        Find::Action(action) if not_now => (">", action.row().help.to_owned(), place_of(*action)),
        Find::Action(action) => (">", action.row().help.to_owned(), key_of(model, *action)),
        Find::Chat(whom, name) => ("@", format!("Chat with {name}"), visible_line(&whom.with)),
        Find::Call(whom, name) => (brush.sign("☎", "#"), format!("Call {name}"), visible_line(&whom.with)),
        Find::BackTo(_, name) => (brush.sign("☎", "#"), format!("Back to the call with {name}"), String::new()),
        Find::Dial(target) => (brush.sign("☎", "#"), format!("Call {}", visible_line(target)), String::new()),
        Find::ChatTyped(address) => ("@", format!("Chat with {}", visible_line(address)), String::new()),
        Find::Message(hit, name) => {
            let offset = (model.setup.zone)(hit.message.at);
            let when = text::when(hit.message.at, model.setup.now, offset);
            // On one line a new line is a space like any other.
            let excerpt = hit.excerpt.raw().split_whitespace().collect::<Vec<_>>().join(" ");
            ("\"", visible_line(&excerpt), format!("{name}, {when}"))
        }
        Find::Voicemail { who, at, .. } => {
            let when = at.map(|at| text::when(at, model.setup.now, (model.setup.zone)(at))).unwrap_or_default();
            (brush.sign("✉", "~"), format!("Play the voicemail from {who}"), when)
        }
        Find::Directory(status) => {
            let x = brush.put(room, room.x, room.y, "Directory", Role::Title);
            brush.put(room, x + 2, room.y, status, Role::Dim);
            return;
        }
        Find::Person(_, person) => {
            let number = person.numbers.first().map(|(_, number)| number.to_string()).unwrap_or_default();
            let sign = if mode == Mode::Dial { brush.sign("☎", "#") } else { "" };
            let what = [&person.title, &person.department].map(ToString::to_string);
            let what = what.into_iter().find(|text| !text.is_empty());
            let words = what.map_or_else(|| person.name.to_string(), |what| format!("{}, {what}", person.name));
            (sign, words, number)
        }
        Find::SearchFor(words) => ("?", format!("Search messages for \"{}\"", visible_line(words)), String::new()),
    };
    let right = Rect { width: room.width.saturating_sub(1), ..room };
    let role = if matches!(found, Find::Action(_)) && !not_now { Role::Key } else { Role::Dim };
    let begins = brush.put_right(right, room.x + 24, room.y, &more, role);
    let left = Rect { width: begins.saturating_sub(room.x + 2), ..room };
    let words = match found {
        Find::Message(..) => around(words, typed, usize::from(left.width.saturating_sub(2))),
        _ => words,
    };
    brush.put(left, room.x, room.y, sign, Role::Dim);
    brush.put(left, room.x + 2, room.y, &words, if not_now { Role::Dim } else { Role::Text });
    if matches!(found, Find::Message(..)) {
        mark(&words, typed, brush, left);
    }
}

/// The words of an excerpt, each with what stands behind it.
fn parts(words: &str) -> impl Iterator<Item = &str> {
    words.split_inclusive(|c: char| !c.is_alphanumeric())
}

fn letters(part: &str) -> &str {
    part.trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// It begins as one of the words does that were searched for.
fn is_hit(part: &str, typed: &str) -> bool {
    let begins = |typed: &str| letters(part).to_lowercase().starts_with(&typed.to_lowercase());
    typed.split(|c: char| !c.is_alphanumeric()).any(|typed| !typed.is_empty() && begins(typed))
}

/// An excerpt that begins late enough for the first word that was searched for to be in sight.
fn around(words: String, typed: &str, columns: usize) -> String {
    let wide: Vec<usize> = parts(&words).map(text::width).collect();
    let Some(hit) = parts(&words).position(|part| is_hit(part, typed)) else { return words };
    let upto = |part: usize| wide.iter().take(part).sum::<usize>();
    // It is cut at its end too, which takes a column more.
    if upto(hit + 1) < columns || upto(wide.len()) <= columns {
        return words;
    }
    // A third of the room is for what stands before it, from the beginning of a word on where there is one.
    let room = (0..=hit).find(|from| upto(hit) - upto(*from) <= columns / 3).unwrap_or(hit);
    let begins =
        |from: &usize| from.checked_sub(1).and_then(|before| parts(&words).nth(before)).is_none_or(|part| part.ends_with(' '));
    let from = (room..=hit).find(begins).unwrap_or(room);
    format!("… {}", parts(&words).skip(from).collect::<String>().trim_start())
}

/// Shows in an excerpt what was searched for.
fn mark(words: &str, typed: &str, brush: &mut Brush<'_>, room: Rect) {
    let mut x = room.x + 2;
    for word in parts(words) {
        let letters = letters(word);
        if is_hit(word, typed) {
            brush.put(room, x, room.y, letters, Role::SearchHit);
        }
        x = x.saturating_add(u16::try_from(text::width(word)).unwrap_or(u16::MAX));
    }
}

/// Where an action can be done that cannot be done here.
fn place_of(action: Action) -> String {
    action.row().contexts.first().map(|place| format!("({})", place.place())).unwrap_or_default()
}

fn key_of(model: &Model, action: Action) -> String {
    let contexts: &[Context] = ACTIONS.iter().find(|row| row.action == action).map_or(&[], |row| row.contexts);
    let keys = contexts.iter().find_map(|context| model.setup.keymap.keys_of(action, *context).into_iter().next());
    keys.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_searched_for_is_in_sight_in_an_excerpt_that_is_cut() {
        let long = "I replaced the handset at your desk. Old one had a cracked microphone.";
        let shown = |typed: &str, columns: usize| text::fit(&around(long.to_owned(), typed, columns), columns);
        assert!(shown("handset", 40).starts_with("I replaced the handset"), "what is in sight stays where it is");
        for columns in [24, 40, 55, 69] {
            assert!(shown("micro", columns).contains("microphone"), "{}", shown("micro", columns));
            assert!(shown("old", columns).contains("Old"), "{}", shown("old", columns));
        }
        assert_eq!(shown("micro", 80), long);
        assert_eq!(around("nothing of it".into(), "else", 4), "nothing of it");
        let signs = "one two three four five six <U+009D>52;c <U+009C> seven eight nine";
        assert_eq!(around(signs.into(), "eight", 48), "… <U+009C> seven eight nine");
        assert_eq!(around(signs.into(), "eight", 44), "… seven eight nine", "no word is begun in its middle");
        assert_eq!(around("漢字漢字 microphone".into(), "micro", 12), "… microphone");
        let _ = around("microphone".into(), "micro", 0);
    }
}
