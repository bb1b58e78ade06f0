//! The line at the bottom: what was just said, else the keys that work here; and who is writing.

use super::paint::Brush;
use crate::engine::event::Delivery;
use crate::tui::action::{Action, Context};
use crate::tui::model::{Find, Item, Mode, Model, Overlay, Row, Timeline, first_name, has_phone, voicemail_messages};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Lines that a message may take at most.
const LINES: usize = 3;

/// Lines it takes: more than one only for a message that needs them.
#[must_use]
pub fn lines(model: &Model, area: Rect) -> u16 {
    let lines = match &model.said {
        _ if area.height <= 12 => 1,
        _ if !model.pressed().is_empty() => {
            let (begun, after) = begun(model);
            rows(&after, first_column(&begun), area.width.saturating_sub(1)).last().map_or(1, |(row, _)| row + 1)
        }
        Some(said) => text::wrap(said, columns(area)).len(),
        None => 1,
    };
    u16::try_from(lines.clamp(1, LINES)).unwrap_or(1)
}

/// The keys that begin a sequence, and those that may come next, each with what it does.
fn begun(model: &Model) -> (String, Vec<(String, String)>) {
    let keys: Vec<String> = model.pressed().iter().map(|key| key.words()).collect();
    let after = model.setup.keymap.after(&model.contexts(), model.pressed());
    (keys.join(" "), after.into_iter().map(|(key, action)| (key, word_of(action))).collect())
}

/// Where what may come next begins, on each row.
fn first_column(begun: &str) -> u16 {
    u16::try_from(text::width(begun)).unwrap_or(0) + 4
}

/// The row and the column of each, where they stand from `first` on and before `end`.
fn rows(hints: &[(String, String)], first: u16, end: u16) -> Vec<(usize, u16)> {
    let (mut row, mut x) = (0, first);
    let place = |hint| {
        let wide = wide(hint);
        if x > first && x.saturating_add(wide) > end {
            (row, x) = (row + 1, first);
        }
        let at = (row, x);
        x = x.saturating_add(wide + 3);
        at
    };
    hints.iter().map(place).collect()
}

fn wide(hint: &(String, String)) -> u16 {
    u16::try_from(text::width(&hint.0) + 1 + text::width(&hint.1)).unwrap_or(u16::MAX)
}

fn columns(room: Rect) -> usize {
    usize::from(room.width.saturating_sub(2).max(1))
}

/// Draws it.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    (room.top()..room.bottom()).for_each(|y| brush.row(room, y, Role::Status));
    let whole = room;
    if !model.pressed().is_empty() {
        return put_begun(model, brush, Rect { width: room.width.saturating_sub(1), ..room });
    }
    let mut room = Rect { y: room.bottom() - 1, height: 1, width: room.width.saturating_sub(1), ..room };
    let writing = writing(model);
    if !writing.is_empty() {
        let x = brush.put_right(room, room.x + 20, room.y, &writing, Role::Dim);
        room.width = x.saturating_sub(room.x + 2);
    }
    let mut x = room.x + 1;
    if let Some(said) = &model.said {
        let lines = text::wrap(said, columns(whole));
        let shown = lines.iter().take(usize::from(whole.height)).zip(whole.top()..);
        for (line, y) in shown {
            x = brush.put(Rect { y, height: 1, ..whole }, whole.x + 1, y, line, Role::Text);
        }
        x += 4;
    }
    let hints = hints(model);
    let last = hints.iter().position(|(key, _)| Some(key) == key_of(model, Action::Keys).as_ref());
    put_hints(brush, room, x, &hints, last);
}

/// Draws the keys that may come next, on as many rows as there are.
fn put_begun(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let (begun, after) = begun(model);
    let first = first_column(&begun);
    brush.put(room, room.x + 1, room.y, &begun, Role::Title);
    let rows = rows(&after, first, room.width);
    for ((key, words), (row, x)) in after.iter().zip(rows) {
        let y = room.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
        if y < room.bottom() {
            super::hint::put(brush, Rect { y, height: 1, ..room }, room.x + x, (key, words), Role::Status);
        }
    }
}

/// Draws as many keys with their words as there is room for; that one is left out last.
fn put_hints(brush: &mut Brush<'_>, room: Rect, mut x: u16, hints: &[(String, String)], last: Option<usize>) {
    let kept = last.and_then(|at| hints.get(at));
    let mut end = room.right();
    if let Some(kept) = kept.filter(|kept| x.saturating_add(wide(kept)) <= end) {
        end = end.saturating_sub(wide(kept) + 3);
    }
    let others = hints.iter().enumerate().filter(|(at, _)| Some(*at) != last).map(|(_, hint)| hint);
    let fitting = others.scan(x, |next, hint| {
        let fits = next.saturating_add(wide(hint)) <= end;
        *next = next.saturating_add(wide(hint) + 3);
        fits.then_some(hint)
    });
    for (key, words) in fitting.collect::<Vec<_>>().into_iter().chain(kept) {
        if x.saturating_add(wide(&(key.clone(), words.clone()))) <= room.right() {
            x = super::hint::put(brush, room, x, (key, words), Role::Status) + 3;
        }
    }
}

/// An action in a word or two, where its key has been said.
fn word_of(action: Action) -> String {
    let name = match action {
        // It signs nobody in.
        Action::ShowSignIn => return "sign-in steps".to_owned(),
        Action::ChooseServers => "servers",
        _ => action.row().name,
    };
    name.strip_prefix("show-").unwrap_or(name).replace('-', " ")
}

fn writing(model: &Model) -> String {
    let Some(whom) = model.whom() else { return String::new() };
    let typing = model.state.accounts.get(&whom.account).is_some_and(|account| account.typing.contains(&whom.with));
    if typing { format!("{} is writing", first_name(&whom.name(&model.state))) } else { String::new() }
}

/// A key to show: that of an action, or the one by which one goes to other screens.
enum Wanted {
    Key(Action, &'static str),
    Leader,
}

use Wanted::{Key, Leader};

const PALETTE: Wanted = Key(Action::Palette, "palette");
const KEYS: Wanted = Key(Action::Keys, "keys");
const BACK: Wanted = Key(Action::Back, "back");

/// The keys that matter most here, with a word each.
fn hints(model: &Model) -> Vec<(String, String)> {
    let keymap = &model.setup.keymap;
    let shown = |wanted: &Wanted| match wanted {
        Key(action, words) => Some((key_of(model, *action)?, (*words).to_owned())),
        Leader => Some((keymap.leader().filter(|_| !model.types())?, "go to".to_owned())),
    };
    let writes = model.no_writing().is_none();
    let calls = model.state.accounts.values().any(has_phone);
    let can = |wanted: &&Wanted| match wanted {
        Key(Action::Write, _) | Key(_, "write") => writes,
        Key(Action::CallPerson | Action::Dial, _) => calls,
        _ => true,
    };
    wanted(model).iter().filter(can).filter_map(shown).collect()
}

/// The first key of an action where the user is.
fn key_of(model: &Model, action: Action) -> Option<String> {
    let keymap = &model.setup.keymap;
    model.contexts().iter().find_map(|context| keymap.keys_of(action, *context).into_iter().next())
}

fn wanted(model: &Model) -> Vec<Wanted> {
    let inner = model.contexts().first().copied().unwrap_or(Context::Everywhere);
    let writes_first = model.setup.keymap.write_on_open();
    let chosen = model.timeline().is_some_and(|timeline| timeline.chosen().is_some());
    if let Some(Overlay::Keys(_)) = model.overlays.last() {
        return vec![Key(Action::Next, "scroll"), Key(Action::PageDown, "a page"), BACK];
    }
    match (inner, model.inner()) {
        (Context::Picker, _) => taken(model).map(|words| Key(Action::Accept, words)).into_iter().chain([BACK]).collect(),
        (Context::Form, _) => {
            let Some(Overlay::Form(form)) = model.overlays.last() else { return vec![BACK] };
            let mut wanted = vec![Key(Action::NextField, "next field"), Key(Action::Accept, form.does())];
            wanted.extend((!form.more.is_empty()).then_some(Key(Action::MoreFields, "more fields")));
            wanted.push(Key(Action::Back, "cancel"));
            wanted
        }
        (Context::Question, _) => vec![Key(Action::Accept, "choose"), Key(Action::Back, "cancel")],
        (_, Context::Compose) => {
            let (back, pane) = if writes_first { ("people", "messages") } else { ("messages", "people") };
            let older = model.timeline().is_some_and(|timeline| !timeline.is_empty());
            let mut wanted = vec![
                Key(Action::Send, "send"),
                Key(Action::NewLine, "new line"),
                Key(Action::CallPerson, "call"),
                Key(Action::Back, back),
                PALETTE,
                Key(Action::NextPane, pane),
            ];
            wanted.extend(older.then_some(Key(Action::PageUp, "older")));
            wanted
        }
        (_, Context::Conversation) if chosen => {
            let mut wanted = for_entry(model.timeline().and_then(Timeline::chosen_item));
            wanted.extend([Key(Action::Back, "newest"), PALETTE, KEYS]);
            wanted
        }
        (_, Context::Conversation) => vec![
            Key(Action::Write, "write"),
            Key(Action::CallPerson, "call"),
            Key(Action::Previous, "older"),
            Leader,
            PALETTE,
            Key(Action::Back, "people"),
            KEYS,
        ],
        (_, Context::People) => {
            let Some(row) = model.people.chosen() else { return for_nobody(model) };
            let mut wanted = for_row(row);
            wanted.push(Key(Action::Filter, "filter"));
            if model.whom().is_some() {
                wanted.push(Key(Action::NextPane, if writes_first { "write" } else { "messages" }));
            }
            wanted.extend([Leader, PALETTE, Key(Action::Quit, "leave"), Key(Action::Dial, "dial"), KEYS]);
            wanted
        }
        (_, Context::Person) => {
            vec![Key(Action::CallPerson, "call"), Key(Action::Write, "chat"), Key(Action::AddPerson, "add"), BACK, KEYS]
        }
        (_, Context::Calls) => vec![Key(Action::CallPerson, "call back"), Leader, PALETTE, BACK, KEYS],
        (_, Context::Voicemail) => in_voicemail(model),
        (_, Context::Settings) => in_settings(model),
        _ => vec![BACK, Leader, PALETTE, KEYS],
    }
}

/// What can be done with a row of the list of people.
fn for_row(row: &Row) -> Vec<Wanted> {
    let call = Key(Action::CallPerson, "call");
    match row {
        Row::Group { folded, .. } => vec![Key(Action::Open, if *folded { "unfold" } else { "fold" }), call],
        Row::Request(_) => vec![Key(Action::Allow, "let them see you"), Key(Action::Refuse, "do not")],
        Row::Person(_) | Row::Directory(_) | Row::Found(..) => vec![Key(Action::Open, "open"), call],
    }
}

/// What can be done where the list is empty.
fn for_nobody(model: &Model) -> Vec<Wanted> {
    vec![Key(Action::Open, model.begins_with()), Key(Action::Dial, "dial"), Leader, PALETTE, Key(Action::Quit, "leave"), KEYS]
}

/// What can be done with an entry of a conversation.
fn for_entry(item: Option<&Item>) -> Vec<Wanted> {
    match item {
        Some(Item::Message(message))
            if message.ours && matches!(message.delivery, Delivery::Failed(_) | Delivery::Unsent | Delivery::Unknown) =>
        {
            vec![Key(Action::Resend, "send again"), Key(Action::GiveUp, "give up"), Key(Action::CopyMessage, "copy")]
        }
        Some(Item::Call(_)) => vec![Key(Action::CallPerson, "call"), Key(Action::Write, "write")],
        Some(Item::Voicemail(_)) => {
            vec![Key(Action::Open, "play"), Key(Action::CallPerson, "call"), Key(Action::Write, "write")]
        }
        Some(Item::Message(message)) => {
            let mut wanted =
                vec![Key(Action::Write, "write"), Key(Action::CallPerson, "call"), Key(Action::CopyMessage, "copy")];
            let has_link = !text::links(&message.body.to_string()).is_empty();
            wanted.extend(has_link.then_some(Key(Action::CopyLink, "copy link")));
            wanted
        }
        None => Vec::new(),
    }
}

/// What is done with the chosen row of the palette, or of a list that is narrowed.
fn taken(model: &Model) -> Option<&'static str> {
    let Some(Overlay::Palette(palette)) = model.overlays.last() else {
        return model.people.chosen().filter(|row| !matches!(row, Row::Directory(_))).map(|_| "open");
    };
    Some(match palette.taken()? {
        Find::Action(_) => "do it",
        Find::Call(..) | Find::Dial(_) => "call",
        Find::Voicemail { .. } => "play",
        Find::SearchFor(_) => "search",
        Find::Person(..) if palette.mode == Mode::Dial => "call",
        Find::Chat(..) | Find::BackTo(..) | Find::ChatTyped(_) | Find::Message(..) | Find::Person(..) => "open",
        Find::Directory(_) => return None,
    })
}

fn in_voicemail(model: &Model) -> Vec<Wanted> {
    let messages = voicemail_messages(&model.state);
    let chosen = messages.get(model.voicemail.row_of(&messages)).map(|(_, message)| *message);
    let mut wanted = if model.state.playing.is_some() {
        vec![
            Key(Action::Pause, "pause"),
            Key(Action::SeekBack, "−5 s"),
            Key(Action::SeekOn, "+5 s"),
            Key(Action::CallPerson, "call back"),
        ]
    } else {
        vec![Key(Action::Play, "play"), Key(Action::CallPerson, "call back")]
    };
    let is_deleted = chosen.is_some_and(|message| message.deleted);
    wanted.extend(chosen.filter(|_| !is_deleted).map(|_| Key(Action::DeleteVoicemail, "delete")));
    if messages.iter().any(|(_, message)| message.deleted) {
        wanted.push(Key(Action::UndeleteVoicemail, "put back"));
    }
    wanted.extend(
        chosen
            .filter(|_| !is_deleted)
            .map(|message| Key(Action::MarkHeard, if message.read { "mark unheard" } else { "mark heard" })),
    );
    wanted.extend([BACK, KEYS]);
    wanted
}

fn in_settings(model: &Model) -> Vec<Wanted> {
    let rows = model.setting_rows();
    let help = rows.get(model.settings.row).map_or("", |row| row.help.as_str());
    // A row says itself which key does something there.
    let mut wanted = vec![if help.starts_with("Space") { Key(Action::Toggle, "change") } else { Key(Action::Open, "open") }];
    if help.contains("; Space") {
        wanted.push(Key(Action::Toggle, if help.contains("less") { "less" } else { "more" }));
    }
    wanted.extend([Leader, PALETTE, BACK, KEYS]);
    wanted
}
