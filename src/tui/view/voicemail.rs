//! Voicemail: the messages of all mailboxes, and below them what is played, or what the chosen one says of itself.

use super::days::Days;
use super::paint::{Brush, scrolled};
use crate::engine::event::{AccountName, LinkState, PlayPhase, Playing, Service, Voicemail, VoicemailDoing};
use crate::machine::visible_line;
use crate::tui::action::{Action, Context};
use crate::tui::model::{Model, link_words, voicemail_caller, voicemail_messages};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Lines below the list.
const BELOW: u16 = 2;

/// Columns of the name before anything else may stand in a row.
const NAME: u16 = 10;

/// Draws it.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    brush.put(room, room.x + 1, room.y, "Voicemail", Role::Focus);
    let troubles = troubles(model, brush, room);
    let rest = room.height.saturating_sub(1 + troubles);
    let below = BELOW.min(rest / 3);
    let list = Rect { y: room.y + 1 + troubles, height: rest - below, ..room };
    let messages = voicemail_messages(&model.state);
    if messages.is_empty() {
        return empty(model, brush, list);
    }
    let (row, height) = (model.voicemail.row_of(&messages), usize::from(list.height));
    let top = scrolled(model.voicemail.top, row, messages.len(), height);
    let columns = Columns::of(model, &messages);
    let mut above = None;
    for ((at, (account, message)), y) in messages.iter().enumerate().skip(top).zip(list.top()..list.bottom()) {
        if at == row {
            brush.row(list, y, Role::Selected);
            brush.cursor = Some((list.x, y));
        }
        let doing = model.state.accounts.get(*account).and_then(|account| account.mailbox.doing.get(&message.id)).copied();
        let plays =
            model.state.playing.as_ref().filter(|playing| playing.account == **account && playing.message == message.id);
        let row = Rect { y, height: 1, ..list };
        if let Some(at) = message.at {
            let room = Rect { x: row.x + 3, width: columns.days.columns(), ..row }.intersection(row);
            columns.days.put(model, brush, room, at, above);
        }
        above = message.at;
        draw_row(message, (doing, plays), &columns, brush, row);
    }
    let footer = Rect { y: list.bottom(), height: below, ..room };
    let playing = model.state.playing.as_ref();
    match (playing, messages.get(row)) {
        (Some(playing), _) => {
            let of = |(account, message): &&(&AccountName, &Voicemail)| {
                **account == playing.account && message.id == playing.message
            };
            let who = messages.iter().find(of).map(|(_, message)| voicemail_caller(message)).unwrap_or_default();
            draw_playing(playing, &who, brush, footer);
        }
        (None, Some((_, message))) => draw_details(message, brush, footer),
        (None, None) => {}
    }
    (model.voicemail.row, model.voicemail.top, model.voicemail.height) = (row, top, height);
}

/// Where the parts of a row stand, the same in each, so that nothing moves while one scrolls.
struct Columns {
    days: Days,
    lengths: u16,
}

impl Columns {
    fn of<Account>(model: &Model, messages: &[(Account, &Voicemail)]) -> Columns {
        let lengths = messages.iter().map(|(_, message)| text::width(&length(message))).max().unwrap_or(0);
        let days = Days::of(model, messages.iter().filter_map(|(_, message)| message.at));
        Columns { days, lengths: u16::try_from(lengths).unwrap_or(0) }
    }

    fn name(&self) -> u16 {
        5 + self.days.columns()
    }
}

fn length(message: &Voicemail) -> String {
    message.length.map(text::length).unwrap_or_default()
}

fn draw_row(
    message: &Voicemail,
    (doing, plays): (Option<VoicemailDoing>, Option<&Playing>),
    columns: &Columns,
    brush: &mut Brush<'_>,
    room: Rect,
) {
    let y = room.y;
    let role = match (message.deleted, message.read) {
        (true, _) => Role::Dim,
        (false, true) => Role::Text,
        (false, false) => Role::Unread,
    };
    if !message.read && !message.deleted {
        brush.put(room, room.x + 1, y, brush.sign("●", "*"), Role::Unread);
    }
    let mut right = Rect { width: room.width.saturating_sub(1), ..room };
    let from = room.x + columns.name() + NAME;
    brush.put_right(right, from, y, &length(message), Role::Dim);
    right.width = right.width.saturating_sub(columns.lengths + 2);
    let (words, words_role) = state_words(message, doing, plays);
    let begins = brush.put_right(right, from, y, words, words_role);
    let left = Rect { width: begins.saturating_sub(room.x + u16::from(!words.is_empty()) * 2), ..room };
    let who = voicemail_caller(message);
    let x = brush.put(left, room.x + columns.name(), y, &who, role);
    let number = message.number.to_string();
    if number != who && usize::from(left.right()) >= usize::from(x) + 2 + text::width(&number) {
        brush.put(left, x + 2, y, &number, Role::Dim);
    }
}

/// What is to be known of a message before all else.
fn state_words(message: &Voicemail, doing: Option<VoicemailDoing>, plays: Option<&Playing>) -> (&'static str, Role) {
    match (doing, plays.map(|playing| playing.phase)) {
        (Some(VoicemailDoing::Fetching), _) | (_, Some(PlayPhase::Waiting)) => ("fetching …", Role::Accent),
        (Some(VoicemailDoing::Deleting), _) => ("deleting …", Role::Dim),
        (Some(VoicemailDoing::PuttingBack), _) => ("putting back …", Role::Dim),
        (_, Some(PlayPhase::Playing)) => ("playing", Role::Accent),
        (_, Some(PlayPhase::Paused)) => ("paused", Role::Accent),
        _ if message.deleted => ("deleted", Role::Dim),
        _ if message.urgent => ("urgent", Role::Warning),
        _ if message.secure => ("secure", Role::Dim),
        _ if message.private => ("private", Role::Dim),
        _ => ("", Role::Dim),
    }
}

fn draw_playing(playing: &Playing, who: &str, brush: &mut Brush<'_>, room: Rect) {
    let Some(y) = room.bottom().checked_sub(1).filter(|y| *y >= room.y && room.height > 0) else { return };
    if room.height > 1 {
        brush.rule(Rect { x: room.x + 1, width: room.width.saturating_sub(2), ..room }, room.y, "", Role::Rule);
    }
    let word = match playing.phase {
        PlayPhase::Waiting => "fetching …",
        PlayPhase::Playing => "playing",
        PlayPhase::Paused => "paused",
        PlayPhase::Ended => "heard",
    };
    let names = Rect { width: room.width / 2, ..room };
    let x = brush.put(names, room.x + 1, y, word, Role::Accent);
    let x = brush.put(names, x + 2, y, who, Role::Text);
    let x = brush.put(room, x + 2, y, &text::length(playing.at), Role::Text);
    let right = Rect { width: room.width.saturating_sub(1), ..room };
    let ends = brush.put_right(right, x + 2, y, &text::length(playing.length), Role::Dim);
    let columns = usize::from(ends.saturating_sub(x + 2));
    let heard = match playing.length.as_millis() {
        0 => 0,
        length => {
            usize::try_from(playing.at.as_millis().saturating_mul(columns as u128) / length).unwrap_or(columns).min(columns)
        }
    };
    if ends < right.right() {
        let x = brush.put(room, x + 1, y, &brush.sign("━", "=").repeat(heard), Role::Accent);
        brush.put(room, x, y, &brush.sign("─", "-").repeat(columns - heard), Role::Rule);
    }
}

/// What a message says of itself.
fn draw_details(message: &Voicemail, brush: &mut Brush<'_>, room: Rect) {
    if room.height < 2 {
        return;
    }
    brush.rule(Rect { x: room.x + 1, width: room.width.saturating_sub(2), ..room }, room.y, "", Role::Rule);
    let marks = [(message.urgent, "urgent"), (message.private, "private"), (message.secure, "secure")];
    let mut words: Vec<String> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()).collect();
    words.extend(Some(message.subject.to_string()).filter(|subject| !subject.is_empty()));
    brush.put(Rect { width: room.width.saturating_sub(1), ..room }, room.x + 1, room.y + 1, &words.join("  "), Role::Dim);
}

/// Says what is wrong with a mailbox, and how many lines that took.
fn troubles(model: &Model, brush: &mut Brush<'_>, room: Rect) -> u16 {
    let columns = usize::from(room.width.saturating_sub(2).max(1));
    let links = model.state.accounts.iter().filter_map(|(name, account)| Some((name, account.links.get(&Service::Voicemail)?)));
    let wrong = links.filter(|(_, link)| matches!(link, LinkState::Waiting { .. } | LinkState::Failed(_)));
    let several = model.state.accounts.len() > 1;
    let words = wrong.map(|(name, link)| if several { format!("{name}: {}", link_words(link)) } else { link_words(link) });
    let lines: Vec<String> = words.flat_map(|words| text::wrap(&visible_line(&words), columns)).collect();
    let most = usize::from(room.height / 3);
    for (line, y) in lines.iter().take(most).zip(room.y + 1..room.bottom()) {
        brush.put(room, room.x + 1, y, line, Role::Warning);
    }
    u16::try_from(lines.len().min(most)).unwrap_or(0)
}

/// There is nothing in the list: why.
fn empty(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let accounts = || model.state.accounts.values();
    let link = |is: fn(&LinkState) -> bool| accounts().any(|account| account.links.get(&Service::Voicemail).is_some_and(is));
    let waits = accounts().any(|account| account.mailbox.unheard() != Some(0));
    let dial = model.setup.keymap.keys_of(Action::Dial, Context::Voicemail).into_iter().next().unwrap_or_default();
    let words = if accounts().any(|account| account.mailbox.known) {
        "No messages.".to_owned()
    } else if link(|link| matches!(link, LinkState::Connecting)) {
        "reading …".to_owned()
    } else if link(|_| true) {
        String::new()
    } else if waits {
        format!("Voicemail waits. It can be heard by telephone only: {dial} and its number.")
    } else {
        "No account has a mailbox that can be read here.".to_owned()
    };
    let lines = text::wrap(&words, usize::from(room.width.saturating_sub(2).max(1)));
    for (line, y) in lines.iter().zip(room.y + 1..room.bottom()) {
        brush.put(room, room.x + 1, y, line, Role::Dim);
    }
}
