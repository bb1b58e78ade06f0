//! Calls: the lines at the bottom of every screen, one a call, and the screen of one call.

use super::paint::Brush;
use crate::engine::event::{CallId, Figures, SoundPath};
use crate::engine::state::{CallPhase, CallState};
use crate::machine::{Stamp, visible_line};
use crate::tui::action::{Action, Context};
use crate::tui::model::{
    Doing, Focus, Model, Screen, address_of_uri, current_call, doing, first_name, held_call, is_held, live_calls,
    name_of_caller, number, ringing_call, sound_words,
};
use crate::tui::preferences::Signs;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use std::time::Duration;

/// Lines of calls that are shown at once.
const MOST: usize = 3;

/// Below so many columns the line of a call says names and warnings in fewer words.
const TIGHT: u16 = 70;

/// How many lines the calls take.
#[must_use]
pub fn strips(model: &Model, area: Rect) -> u16 {
    let most = MOST.min(usize::from(area.height.saturating_sub(6)));
    u16::try_from(beside(model).len().min(most)).unwrap_or(0)
}

/// The calls that need a line: the one whose screen is opened says all of it there.
fn beside(model: &Model) -> Vec<(CallId, &CallState)> {
    let is_opened = |id: CallId| model.screen == Screen::Call(id) && !(model.narrow && model.focus == Focus::People);
    live_calls(&model.state).into_iter().filter(|(id, _)| !is_opened(*id)).collect()
}

/// Draws them: who rings comes last, next to the keys; of several who ring, the one that the keys are for.
pub fn draw_strips(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    let mut calls = beside(model);
    let first = ringing_call(&model.state);
    calls.sort_by_key(|(id, call)| (doing(call) == Doing::RingsHere, first == Some(*id), *id));
    let skipped = calls.len().saturating_sub(usize::from(room.height));
    for ((id, call), y) in calls.into_iter().skip(skipped).zip(room.top()..room.bottom()) {
        let line = Rect { y, height: 1, ..room };
        if doing(call) == Doing::RingsHere {
            ringing(model, call, first == Some(id), brush, line);
        } else {
            strip(model, id, call, brush, line);
        }
    }
}

/// A part of a line: how easily it is done without, what it says, and how it looks.
type Part = (u8, String, Role);

/// Leaves out what is done without most easily until the rest fits into so many columns, and draws it.
fn put_parts(brush: &mut Brush<'_>, room: Rect, mut parts: Vec<Part>) {
    let wide = |parts: &[Part]| parts.iter().map(|(_, words, _)| text::width(words) + 2).sum::<usize>();
    while parts.len() > 1 && wide(&parts) > usize::from(room.width) + 2 {
        let least = parts.iter().map(|(rank, ..)| *rank).max();
        if let Some(at) = parts.iter().rposition(|(rank, ..)| Some(*rank) == least) {
            parts.remove(at);
        }
    }
    let mut x = room.x;
    for (_, words, role) in parts {
        x = brush.put(room, x, room.y, &words, role) + 2;
    }
}

/// Draws the keys at the right, and says what is left of the room.
fn put_keys(brush: &mut Brush<'_>, room: Rect, keys: &[String], role: Role) -> Rect {
    let right = Rect { width: room.width.saturating_sub(1), ..room };
    let begins = brush.put_right(right, room.x + 8, room.y, &keys.join("  "), role);
    let mut x = begins;
    for words in keys.iter().filter(|_| begins < right.right()) {
        let (key, word) = words.split_once(' ').unwrap_or((words, ""));
        x = super::hint::put(brush, right, x, (key, word), role) + 2;
    }
    Rect { x: room.x + 3, width: begins.saturating_sub(room.x + 5), ..room }
}

fn ringing(model: &Model, call: &CallState, has_keys: bool, brush: &mut Brush<'_>, room: Rect) {
    brush.row(room, room.y, Role::Ringing);
    brush.put(room, room.x + 1, room.y, brush.sign("☎", "#"), Role::Ringing);
    let keys = [key_words(model, Action::Answer, "answer"), key_words(model, Action::Decline, "decline")];
    let left = put_keys(brush, room, if has_keys { &keys } else { &[] }, Role::Ringing);
    let who = name_of_caller(&model.state, &call.account, &call.peer, &call.name);
    let address = number(&address_of_uri(call.peer.raw()));
    let mut parts = vec![(0, who.clone(), Role::Ringing)];
    if address != who {
        parts.push((2, address, Role::Ringing));
    }
    parts.push((1, "is calling you".to_owned(), Role::Ringing));
    if is_silent(model) {
        parts.push((1, "no sound here".to_owned(), Role::Ringing));
    }
    put_parts(brush, left, parts);
}

/// Nothing is heard here, and nobody is heard from here.
fn is_silent(model: &Model) -> bool {
    matches!(model.state.sound.path, SoundPath::Silent(_))
}

/// The key of an action where the user is, with a word.
fn key_words(model: &Model, action: Action, word: &str) -> String {
    let plain = !model.types() && model.inner() != Context::Voicemail;
    let contexts = if plain { vec![Context::Call, Context::Everywhere] } else { vec![Context::Everywhere] };
    let key = contexts.into_iter().find_map(|context| model.setup.keymap.keys_of(action, context).into_iter().next());
    key.map_or_else(|| word.to_owned(), |key| format!("{key} {word}"))
}

fn strip(model: &Model, id: CallId, call: &CallState, brush: &mut Brush<'_>, room: Rect) {
    brush.row(room, room.y, Role::Strip);
    brush.put(room, room.x + 1, room.y, brush.sign("☎", "#"), Role::OnCall);
    let wide = room.width >= 110;
    let who = name_of_caller(&model.state, &call.account, &call.peer, &call.name);
    let tight = room.width < TIGHT;
    let name = match who.chars().any(char::is_alphabetic) {
        _ if wide => who.clone(),
        true if tight => text::fit(first_name(&who), 16),
        _ => text::fit(&who, 16),
    };
    let mut parts = vec![(0, name, Role::Strip)];
    if call.muted {
        parts.push((1, "muted".to_owned(), Role::Warning));
    }
    // Who is not heard, or hears nothing, should know it before all else.
    let is_quiet = matches!(doing(call), Doing::Holding | Doing::HeldByUs | Doing::HeldByThem);
    parts.push((1, words_of(call, model.setup.now), if is_quiet { Role::Warning } else { Role::Strip }));
    if let CallPhase::Talking { codec, encrypted, keys_in_clear, .. } = &call.phase {
        let (lock, role) = lock(*encrypted, *keys_in_clear);
        let lost = loss(&call.figures);
        if is_silent(model) {
            parts.push((1, if tight { "no sound" } else { "no sound here" }.to_owned(), Role::Warning));
        }
        // What is as it should be makes room for the keys; what nobody says now nobody hears.
        let rank = match role {
            _ if is_held(call) => 5,
            Role::Secure => 2,
            _ => 1,
        };
        parts.push((rank, lock.to_owned(), role));
        parts.push((5, codec_words(codec), Role::Strip));
        if !is_silent(model) && !is_quiet {
            if !call.muted {
                parts.push((3, format!("you {}", level(call.figures.level_out, brush.signs)), Role::Strip));
            }
            parts.push((7, format!("{} {}", first_name(&who), level(call.figures.level_in, brush.signs)), Role::Strip));
        }
        // Figures grow and shrink: nothing stands behind them.
        parts.push((4, format!("loss {lost:.1}%"), if lost > 2.0 { Role::Warning } else { Role::Strip }));
        parts.push((6, format!("jitter {:.0} ms", call.figures.jitter_ms), Role::Strip));
    }
    // The keys matter more than the figures, which the call's own screen has all of.
    let needed = |most: u8| parts.iter().filter(|(rank, ..)| *rank <= most).map(|(_, words, _)| text::width(words) + 2).sum();
    let fits = |most: u8, keys: &[String]| {
        let needed: usize = needed(most);
        4 + needed + text::width(&keys.join("  ")) <= usize::from(room.width)
    };
    let ways = keys_of_strip(model, id, call);
    // Their words matter more than the lock, as long as that is shut, and it more than the rarest of them.
    let keys = ways.iter().take(2).find(|keys| fits(2, keys)).or_else(|| ways.iter().skip(1).find(|keys| fits(1, keys)));
    let left = put_keys(brush, room, keys.or(ways.last()).map_or(&[], Vec::as_slice), Role::Strip);
    put_parts(brush, left, parts);
}

/// What can be done with a call, and in a word what comes of it.
fn actions_of(model: &Model, call: &CallState) -> Vec<(Action, &'static str)> {
    let mute = (Action::Mute, if call.muted { "unmute" } else { "mute" });
    let mut actions = match doing(call) {
        Doing::RingsHere => return vec![(Action::Answer, "answer"), (Action::Decline, "decline")],
        Doing::Calling | Doing::RingsThere | Doing::HeardEarly => vec![mute],
        Doing::HeldByUs | Doing::Holding => vec![(Action::Hold, "take back")],
        Doing::Talking | Doing::HeldByThem | Doing::Resuming => vec![mute, (Action::Hold, "hold")],
        Doing::Ended => return Vec::new(),
    };
    if held_call(&model.state, current_call(&model.state)).is_some() {
        actions.push((Action::SwitchCall, "switch"));
    }
    actions.push((Action::HangUp, "hang up"));
    actions
}

/// What can be done with a call on its own screen: most keys are for the current one.
fn actions_on_screen(model: &Model, id: CallId, call: &CallState) -> Vec<(Action, &'static str)> {
    let has_keys = match doing(call) {
        Doing::RingsHere => ringing_call(&model.state) == Some(id),
        _ => current_call(&model.state) == Some(id),
    };
    match doing(call) {
        _ if has_keys => actions_of(model, call),
        Doing::HeldByUs | Doing::Holding => vec![(Action::SwitchCall, "switch to it"), (Action::HangUp, "hang up")],
        _ => Vec::new(),
    }
}

/// The keys of a call's line, as it is said with more room and with less; the last one with the least.
fn keys_of_strip(model: &Model, id: CallId, call: &CallState) -> Vec<Vec<String>> {
    // The keys are for the current call.
    if current_call(&model.state) != Some(id) {
        return vec![vec![key_words(model, Action::SwitchCall, "switch")]];
    }
    let mut actions = actions_of(model, call);
    let without: Vec<(Action, &str)> = actions.clone();
    if model.screen != Screen::Call(id) {
        actions.insert(actions.len().saturating_sub(1), (Action::OpenCall, "more"));
    }
    let worded = |actions: &[(Action, &str)]| actions.iter().map(|(action, word)| key_words(model, *action, word)).collect();
    let Some(((last, word), first)) = without.split_last() else { return Vec::new() };
    let mut bare: Vec<String> = first.iter().map(|(action, _)| key_words(model, *action, "").trim_end().to_owned()).collect();
    bare.push(key_words(model, *last, word));
    vec![worded(&actions), worded(&without), bare, vec![key_words(model, *last, word)]]
}

/// The clock of a call, or what it waits for.
fn words_of(call: &CallState, now: Stamp) -> String {
    match doing(call) {
        Doing::Calling => "calling".to_owned(),
        Doing::RingsThere => "ringing".to_owned(),
        Doing::HeardEarly => "not answered yet, they play something".to_owned(),
        Doing::RingsHere => "is calling you".to_owned(),
        Doing::Holding => format!("holding … {}", lasted(call, now)),
        Doing::HeldByUs => format!("on hold {}", lasted(call, now)),
        Doing::Resuming => format!("taking back … {}", lasted(call, now)),
        Doing::HeldByThem => format!("held by them {}", lasted(call, now)),
        Doing::Talking => lasted(call, now),
        Doing::Ended => "ended".to_owned(),
    }
}

fn lasted(call: &CallState, now: Stamp) -> String {
    let micros = call.answered.map_or(0, |answered| now.micros().saturating_sub(answered.micros()));
    text::length(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

fn lock(encrypted: bool, keys_in_clear: bool) -> (&'static str, Role) {
    match (encrypted, keys_in_clear) {
        (true, false) => ("SRTP", Role::Secure),
        (true, true) => ("SRTP, keys in clear", Role::Insecure),
        (false, _) => ("not encrypted", Role::Insecure),
    }
}

/// `opus/48000` as people say it.
fn codec_words(codec: &str) -> String {
    let (name, rate) = codec.split_once('/').unwrap_or((codec, ""));
    let name = match name.to_ascii_lowercase().as_str() {
        "opus" => "Opus".to_owned(),
        "pcmu" => "G.711u".to_owned(),
        "pcma" => "G.711a".to_owned(),
        _ => visible_line(name),
    };
    match rate.parse::<u32>() {
        Ok(rate) if rate >= 1000 => format!("{name} {}k", rate / 1000),
        _ => name,
    }
}

/// Of a hundred packets that were sent to us, so many were lost.
fn loss(figures: &Figures) -> f64 {
    let expected = figures.packets_received.saturating_add(figures.lost);
    if expected == 0 { 0.0 } else { figures.lost as f64 * 100.0 / expected as f64 }
}

fn level(level: f32, signs: Signs) -> &'static str {
    if signs == Signs::Ascii { text::level_plain(level) } else { text::level(level) }
}

/// The tones that were sent, or how to send one.
fn tones_words(model: &Model) -> String {
    if model.tones.is_empty() { "type 0 to 9, * and #".to_owned() } else { model.tones.clone() }
}

/// Draws the screen of one call.
pub fn draw_screen(model: &Model, id: CallId, brush: &mut Brush<'_>, room: Rect) {
    let Some(call) = model.state.calls.get(&id) else {
        brush.put(room, room.x + 1, room.y, "This call is over.", Role::Dim);
        return;
    };
    let who = name_of_caller(&model.state, &call.account, &call.peer, &call.name);
    brush.put(room, room.x + 1, room.y, &who, Role::Focus);
    let mut rows = vec![
        ("Address", visible_line(&address_of_uri(call.peer.raw())), Role::Text),
        ("Account", call.account.to_string(), Role::Text),
        ("Now", words_of(call, model.setup.now), Role::Accent),
    ];
    if let CallPhase::Talking { codec, encrypted, keys_in_clear, .. } = &call.phase {
        let figures = &call.figures;
        let (_, role) = lock(*encrypted, *keys_in_clear);
        let sealed = match (encrypted, keys_in_clear) {
            (true, false) => "encrypted (SRTP), the keys came over TLS",
            (true, true) => "SRTP, but its keys came in clear",
            (false, _) => "NOT encrypted",
        };
        rows.push(("Encryption", sealed.to_owned(), role));
        let is_heard = matches!(doing(call), Doing::Talking | Doing::Resuming);
        let you = match (call.muted, is_silent(model)) {
            (_, true) => ("You", "not heard: there is no sound here".to_owned(), Role::Warning),
            (true, false) => ("You", "muted".to_owned(), Role::Warning),
            (false, false) => ("You", level(figures.level_out, brush.signs).to_owned(), Role::Text),
        };
        rows.extend((is_heard || call.muted).then_some(you));
        if is_heard {
            rows.push(("They", level(figures.level_in, brush.signs).to_owned(), Role::Text));
        }
        // While one of both holds, none are sent.
        let can_send = doing(call) == Doing::Talking || !model.tones.is_empty();
        rows.extend(can_send.then_some(("Tones", tones_words(model), Role::Dim)));
        rows.push(("Codec", codec_words(codec), Role::Text));
        rows.push(("Loss", format!("{:.1} %, {} packets", loss(figures), figures.lost), Role::Text));
        rows.push(("Jitter", format!("{:.1} ms, buffer {:.0} ms", figures.jitter_ms, figures.buffer_ms), Role::Text));
        if let Some(round_trip) = figures.round_trip_ms {
            rows.push(("Round trip", format!("{round_trip:.0} ms"), Role::Text));
        }
        rows.push(("Packets", format!("{} sent, {} received", figures.packets_sent, figures.packets_received), Role::Text));
    }
    if doing(call) == Doing::HeardEarly {
        rows.push(("They", level(call.figures.level_in, brush.signs).to_owned(), Role::Text));
        rows.push(("Tones", tones_words(model), Role::Dim));
    }
    rows.push(("Sound", sound_words(&model.state), Role::Dim));
    let first = if room.height > 16 { 2 } else { 1 };
    let columns = usize::from(room.width.saturating_sub(17).max(1));
    let lines = rows.into_iter().flat_map(|(label, value, role)| {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        labels.zip(text::wrap(&value, columns)).map(move |(label, words)| (label, words, role))
    });
    for ((label, words, role), y) in lines.zip(room.y + first..room.bottom().saturating_sub(1)) {
        brush.put(room, room.x + 3, y, label, Role::Dim);
        brush.put(room, room.x + 16, y, &words, role);
    }
    let keys: Vec<String> =
        actions_on_screen(model, id, call).into_iter().map(|(action, word)| key_words(model, action, word)).collect();
    let line = Rect { y: room.bottom().saturating_sub(1), height: 1, ..room };
    let mut x = room.x + 3;
    for words in &keys {
        let (key, word) = words.split_once(' ').unwrap_or((words, ""));
        x = super::hint::put(brush, line, x, (key, word), Role::Status) + 3;
    }
}
