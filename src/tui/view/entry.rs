//! One entry of a conversation as rows: a day's heading, the line above what is new, the hour, who, what, and how far it
//! has come.

use super::paint::Brush;
use crate::engine::event::{CallEnd, CallRecord, Delivery, Message, Voicemail};
use crate::machine::{Stamp, visible};
use crate::tui::model::{Item, Zone, failure_words, first_name};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
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
    /// A line across with these words in it, instead of all else.
    rule: Option<(String, Role)>,
    hour: String,
    who: Option<(String, Role)>,
    what: String,
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
    Line { rule: Some((day, Role::Dim)), is_day: true, ..Line::default() }
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
        lines.push(Line { rule: Some(("new".to_owned(), Role::Unread)), ..Line::default() });
    }
    let same_minute = !new_day && before.is_some_and(|before| before.at().micros() / 60_000_000 == at.micros() / 60_000_000);
    let hour = if same_minute { String::new() } else { text::clock(at, offset) };
    match item {
        Item::Message(message) => {
            let same_author = !new_day && !is_first_unseen && before.is_some_and(|before| is_by(before, message.ours));
            message_lines(message, hour, same_author && same_minute, columns, &mut lines);
        }
        Item::Call(call) => lines.push(call_line(call, hour, columns)),
        Item::Voicemail(message) => lines.push(voicemail_line(message, hour)),
    }
    lines
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
    for (number, what) in rows.into_iter().enumerate() {
        let mark = if number == last && message.ours { mark(&message.delivery, columns.signs) } else { None };
        let hour = hour.take().unwrap_or_default();
        lines.push(Line { hour, who: who.take(), what, role: Some(role), mark, belongs: true, ..Line::default() });
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
fn mark(delivery: &Delivery, signs: Signs) -> Option<(String, Role)> {
    let (unicode, ascii, role) = match delivery {
        Delivery::Received => return None,
        Delivery::Unsent => ("…", "..", Role::Waiting),
        Delivery::Unknown => ("?", "?", Role::Unknown),
        Delivery::Sent => ("✓", "v", Role::Sent),
        Delivery::Delivered => ("✓✓", "vv", Role::Delivered),
        Delivery::Failed(_) => ("✗", "x", Role::Failed),
    };
    Some((if signs == Signs::Ascii { ascii } else { unicode }.to_owned(), role))
}

fn call_line(call: &CallRecord, hour: String, columns: &Columns) -> Line {
    let (what, role) = call_words(call);
    let sign = if columns.signs == Signs::Ascii { "#" } else { "☎" };
    Line { hour, who: Some((sign.to_owned(), role)), what, role: Some(role), belongs: true, ..Line::default() }
}

fn voicemail_line(message: &Voicemail, hour: String) -> Line {
    let role = if message.read { Role::Dim } else { Role::Missed };
    let length = message.length.map(|length| format!(", {}", text::length(length))).unwrap_or_default();
    let what = format!("{}voicemail{length}", if message.read { "" } else { "new " });
    Line { hour, who: Some(("~".to_owned(), role)), what, role: Some(role), belongs: true, ..Line::default() }
}

/// What came of a call, in words.
#[must_use]
pub fn call_words(call: &CallRecord) -> (String, Role) {
    let lasted = call.answered.map(|answered| {
        let micros = call.ended.micros().saturating_sub(answered.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    });
    let words = match (call.incoming, lasted) {
        (_, Some(_)) if call.end == CallEnd::Failed => {
            return (format!("the call failed: {}", call.reason), Role::Failed);
        }
        (_, Some(lasted)) => {
            let from = if call.incoming { "they called" } else { "you called" };
            return (format!("{from}, {}", text::length(lasted)), Role::Dim);
        }
        (true, None) if call.missed() => return ("missed call".to_owned(), Role::Missed),
        (true, None) => "you declined their call",
        (false, None) => match call.end {
            CallEnd::Busy => "you called: busy",
            CallEnd::Declined => "you called: declined",
            CallEnd::Failed if call.reason.is_empty() => "you called: failed",
            CallEnd::Failed => {
                return (format!("you called: {}", failure_words(&call.reason.to_string())), Role::Failed);
            }
            _ => "you called: no answer",
        },
    };
    (words.to_owned(), Role::Dim)
}

/// Draws a row.
pub fn draw(line: &Line, brush: &mut Brush<'_>, room: Rect) {
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
    for link in text::links(&line.what) {
        let Some(before) = line.what.get(..link.range.start) else { continue };
        let Some(words) = line.what.get(link.range.clone()) else { continue };
        let x = from + u16::try_from(text::width(&text::drawable(before))).unwrap_or(u16::MAX / 2);
        brush.put_link(room, x, room.y, words, &link);
    }
    if let Some((mark, role)) = &line.mark {
        brush.put_right(Rect { width: room.width.saturating_sub(1), ..room }, from, room.y, mark, *role);
    }
}
