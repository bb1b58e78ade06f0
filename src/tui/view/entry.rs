//! One entry of a conversation as rows: a day's heading, the line above what is new, the hour, who, what, and how far it
//! has come.

use super::paint::Brush;
use crate::engine::event::{CallEnd, CallRecord, Delivery, Message, Voicemail};
use crate::machine::{Stamp, visible};
use crate::tui::model::{Item, Zone, failure_words, first_name};
use crate::tui::preferences::Signs;
use crate::tui::text::{self, Link};
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use std::ops::Range;
use std::time::Duration;

/// Columns of the hour, with the gap behind it.
const HOUR: u16 = 7;

/// Columns of a name, with the gap behind it.
const NAME: u16 = 9;

/// Columns at the right for how far a message has come.
const MARK: u16 = 4;

/// A text this long is cut on the screen; the whole is in the store, and copied whole.
const LONGEST: usize = 20_000;

/// How a conversation is divided.
#[derive(Debug)]
pub struct Columns {
    text: u16,
    signs: Signs,
    them: String,
    zone: Zone,
    now: Stamp,
}

impl Columns {
    /// For a conversation with `their_name`.
    #[must_use]
    pub fn of(room: Rect, signs: Signs, their_name: &str, zone: Zone, now: Stamp) -> Columns {
        let text = room.width.saturating_sub(1 + HOUR + NAME + MARK).max(8);
        Columns { text, signs, them: first_name(their_name).to_owned(), zone, now }
    }

    fn offset(&self, at: Stamp) -> i32 {
        (self.zone)(at)
    }
}

/// One row.
#[derive(Debug, Default)]
pub struct Line {
    /// A heading, instead of all else.
    heading: Option<String>,
    /// A line across with these words in it, instead of all else.
    rule: Option<(&'static str, Role)>,
    hour: String,
    who: Option<(String, Role)>,
    what: String,
    /// Where links stand in it: of one that goes on in the next row, its part.
    links: Vec<(Range<usize>, Link)>,
    role: Option<Role>,
    mark: Option<(String, Role)>,
    /// It says the day.
    pub is_day: bool,
    /// It is part of the entry itself, not of what stands above it.
    pub belongs: bool,
}

/// The heading of the day of an entry.
#[must_use]
pub fn day(item: &Item, columns: &Columns) -> Line {
    let day = text::day(item.at(), columns.now, columns.offset(item.at()));
    Line { heading: Some(day), is_day: true, ..Line::default() }
}

/// The rows of an entry that comes after `before`.
#[must_use]
pub fn lines(item: &Item, before: Option<&Item>, is_first_unseen: bool, columns: &Columns) -> Vec<Line> {
    let at = item.at();
    let offset = columns.offset(at);
    let mut lines = Vec::new();
    let new_day = before.is_none_or(|before| !text::same_day(before.at(), at, offset));
    if new_day {
        lines.push(day(item, columns));
    }
    if is_first_unseen {
        lines.push(Line { rule: Some(("new", Role::Unread)), ..Line::default() });
    }
    let same_minute = !new_day && before.is_some_and(|before| before.at().micros() / 60_000_000 == at.micros() / 60_000_000);
    let hour = if same_minute { String::new() } else { text::clock(at, offset) };
    match item {
        Item::Message(message) => {
            let same_author = !new_day && !is_first_unseen && before.is_some_and(|before| is_by(before, message.ours));
            message_lines(message, hour, same_author && same_minute, columns, &mut lines);
        }
        Item::Call(call) => call_lines(call, hour, columns, &mut lines),
        Item::Voicemail(message) => lines.push(voicemail_line(message, hour, columns)),
    }
    lines
}

/// Where the links of a text stand in the rows into which it was broken.
fn links_in(text: &str, rows: &[String]) -> Vec<Vec<(Range<usize>, Link)>> {
    if !text.contains(':') {
        return Vec::new();
    }
    let mut found = vec![Vec::new(); rows.len()];
    let (mut row, mut column) = (0, 0);
    let links = text.split('\n').flat_map(|paragraph| text::links(&text::drawable(paragraph)));
    for link in links {
        let Some(parts) = parts_of(&link.url, rows, row, column) else { continue };
        for (at, range) in parts {
            (row, column) = (at, range.end);
            if let Some(found) = found.get_mut(at) {
                found.push((range, link.clone()));
            }
        }
    }
    found
}

/// The first place of `link`, a word of its own, from there on: a row and where in it, and the rows in which it goes on.
fn parts_of(link: &str, rows: &[String], row: usize, column: usize) -> Option<Vec<(usize, Range<usize>)>> {
    for (at, words) in rows.iter().enumerate().skip(row) {
        let from = if at == row { column } else { 0 };
        let starts = words.char_indices().map(|(start, _)| start).filter(|start| *start >= from);
        for start in starts {
            let here = words.get(start..)?;
            if here.starts_with(link) {
                return Some(vec![(at, start..start + link.len())]);
            }
            if let Some(rest) = link.strip_prefix(here)
                && let Some(more) = goes_on(rest, rows, at + 1)
            {
                return Some([vec![(at, start..words.len())], more].concat());
            }
        }
    }
    None
}

/// The rows from `row` on that begin with this, or are a part of it.
fn goes_on(mut rest: &str, rows: &[String], row: usize) -> Option<Vec<(usize, Range<usize>)>> {
    let mut parts = Vec::new();
    for (at, words) in rows.iter().enumerate().skip(row) {
        if words.starts_with(rest) {
            parts.push((at, 0..rest.len()));
            return Some(parts);
        }
        rest = rest.strip_prefix(words.as_str()).filter(|_| !words.is_empty())?;
        parts.push((at, 0..words.len()));
    }
    None
}

fn is_by(item: &Item, ours: bool) -> bool {
    matches!(item, Item::Message(message) if message.ours == ours)
}

fn message_lines(message: &Message, hour: String, same_author: bool, columns: &Columns, lines: &mut Vec<Line>) {
    let raw = message.body.raw();
    let shown: String = visible(raw).chars().take(LONGEST).collect();
    let mut rows = text::wrap(&shown, usize::from(columns.text));
    if raw.chars().nth(LONGEST).is_some() {
        rows.push("… (the rest is too long to show; copy the message to see all of it)".to_owned());
    }
    if rows.is_empty() {
        rows.push(String::new());
    }
    let who = match (same_author, message.ours) {
        (true, _) => None,
        (false, true) => Some(("you".to_owned(), Role::Dim)),
        (false, false) => Some((columns.them.clone(), Role::Theirs)),
    };
    let role = if message.ours { Role::Own } else { Role::Text };
    let last = rows.len() - 1;
    let (mut hour, mut who) = (Some(hour), who);
    let mut links = links_in(&shown, &rows).into_iter();
    for (number, what) in rows.into_iter().enumerate() {
        let links = links.next().unwrap_or_default();
        let mark = if number == last && message.ours { mark(&message.delivery, columns.signs) } else { None };
        let hour = hour.take().unwrap_or_default();
        lines.push(Line { hour, who: who.take(), what, links, role: Some(role), mark, belongs: true, ..Line::default() });
    }
    if let Delivery::Failed(why) = &message.delivery {
        let what = format!("not sent: {why}");
        lines.push(Line { what, role: Some(Role::Failed), belongs: true, ..Line::default() });
    }
    if message.delivery == Delivery::Unknown {
        let what = "may have been sent: the server has not said".to_owned();
        lines.push(Line { what, role: Some(Role::Unknown), belongs: true, ..Line::default() });
    }
}

/// How far a message of ours has come, as a sign.
#[must_use]
pub fn mark(delivery: &Delivery, signs: Signs) -> Option<(String, Role)> {
    let (unicode, ascii, role) = match delivery {
        Delivery::Received => return None,
        Delivery::Unsent => ("…", "..", Role::Waiting),
        Delivery::OnWire => ("↑", "^", Role::Waiting),
        Delivery::Unknown => ("?", "?", Role::Unknown),
        Delivery::Sent => ("✓", "v", Role::Sent),
        Delivery::Delivered => ("✓✓", "vv", Role::Delivered),
        Delivery::Failed(_) => ("✗", "x", Role::Failed),
    };
    Some((if signs == Signs::Ascii { ascii } else { unicode }.to_owned(), role))
}

fn call_lines(call: &CallRecord, hour: String, columns: &Columns, lines: &mut Vec<Line>) {
    let (words, role) = call_words(call);
    let sign = if columns.signs == Signs::Ascii { "#" } else { "☎" };
    let (mut hour, mut who) = (Some(hour), Some((sign.to_owned(), role)));
    for what in text::wrap(&words, usize::from(columns.text)) {
        let hour = hour.take().unwrap_or_default();
        lines.push(Line { hour, who: who.take(), what, role: Some(role), belongs: true, ..Line::default() });
    }
}

fn voicemail_line(message: &Voicemail, hour: String, columns: &Columns) -> Line {
    let role = if message.read { Role::Dim } else { Role::Unread };
    let sign = if columns.signs == Signs::Ascii { "~" } else { "✉" };
    let length = message.length.map(|length| format!(", {}", text::length(length))).unwrap_or_default();
    let what = format!("{}voicemail{length}", if message.read { "" } else { "new " });
    Line { hour, who: Some((sign.to_owned(), role)), what, role: Some(role), belongs: true, ..Line::default() }
}

/// How long both talked, if they did.
fn talked(call: &CallRecord) -> Option<String> {
    let micros = call.ended.micros().saturating_sub(call.answered?.micros());
    Some(text::length(Duration::from_micros(u64::try_from(micros).unwrap_or(0))))
}

/// What came of a call, where it stands beside who called whom.
#[must_use]
pub fn outcome(call: &CallRecord) -> (String, Role) {
    let words = match (call.incoming, talked(call), call.end) {
        (_, Some(_), CallEnd::Failed) => return (format!("failed: {}", call.reason), Role::Failed),
        (_, Some(talked), _) => format!("talked {talked}"),
        (true, None, _) if call.missed() => return ("missed".to_owned(), Role::Missed),
        (true, None, _) => "you declined".to_owned(),
        (false, None, CallEnd::Busy) => "busy".to_owned(),
        (false, None, CallEnd::Declined) => "declined".to_owned(),
        (false, None, CallEnd::Failed) if call.reason.is_empty() => "failed".to_owned(),
        (false, None, CallEnd::Failed) => return (failure_words(&call.reason.to_string()), Role::Failed),
        (false, None, _) => "no answer".to_owned(),
    };
    (words, Role::Dim)
}

/// A call and what came of it, in words.
fn call_words(call: &CallRecord) -> (String, Role) {
    let (outcome, role) = outcome(call);
    let words = match (call.incoming, talked(call)) {
        (_, Some(_)) if call.end == CallEnd::Failed => format!("the call {outcome}"),
        (true, Some(talked)) => format!("they called, {talked}"),
        (false, Some(talked)) => format!("you called, {talked}"),
        (true, None) if call.missed() => "missed call".to_owned(),
        (true, None) => "you declined their call".to_owned(),
        (false, None) => format!("you called: {outcome}"),
    };
    (words, role)
}

/// Draws a row.
pub fn draw(line: &Line, brush: &mut Brush<'_>, room: Rect) {
    if let Some(words) = &line.heading {
        brush.put(room, room.x + 1, room.y, words, Role::Title);
        return;
    }
    if let Some((words, role)) = &line.rule {
        brush.rule(Rect { x: room.x + 1, width: room.width.saturating_sub(2), ..room }, room.y, words, *role);
        return;
    }
    brush.put(room, room.x + 1, room.y, &line.hour, Role::Dim);
    let name = room.x + 1 + HOUR;
    if let Some((who, role)) = &line.who {
        brush.put(Rect { x: name, width: (NAME - 1).min(room.right().saturating_sub(name)), ..room }, name, room.y, who, *role);
    }
    let from = name + NAME;
    let role = line.role.unwrap_or(Role::Text);
    brush.put(room, from, room.y, &line.what, role);
    for (range, link) in &line.links {
        let Some(before) = line.what.get(..range.start) else { continue };
        let Some(words) = line.what.get(range.clone()) else { continue };
        let x = from + u16::try_from(text::width(&text::drawable(before))).unwrap_or(u16::MAX / 2);
        brush.put_link(room, x, room.y, words, link);
    }
    if let Some((mark, role)) = &line.mark {
        brush.put_right(Rect { width: room.width.saturating_sub(1), ..room }, from, room.y, mark, *role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_broken_leads_from_each_of_its_rows_to_the_whole() {
        let long = format!("https://example.test/{}", "way/".repeat(12));
        let body = format!("see ({long}) and https://example.test/b, or\nhttps://example.test/b?c");
        let rows = text::wrap(&body, 30);
        let found = links_in(&body, &rows);
        let told: Vec<(String, &str)> = rows
            .iter()
            .zip(&found)
            .flat_map(|(row, links)| links.iter().map(|(range, link)| (row[range.clone()].to_owned(), link.url.as_str())))
            .collect();
        let (broken, whole): (Vec<_>, Vec<_>) = told.iter().partition(|(_, url)| *url == long);
        assert_eq!(broken.iter().map(|(words, _)| words.as_str()).collect::<String>(), long, "{rows:#?}");
        assert!(broken.len() > 2 && broken[0].0.starts_with("https://example.test/"));
        let once = |url: &'static str| (url.to_owned(), url);
        assert_eq!(whole, [&once("https://example.test/b"), &once("https://example.test/b?c")]);
        assert!(links_in("none", &["none".to_owned()]).is_empty());
        assert_eq!(links_in("https://a.test/", &["else".to_owned()]), [vec![]], "what is not drawn is no link");
    }
}
