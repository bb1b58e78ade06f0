//! The line at the top: who you are to others, whether chat and phone stand, what is unread.

use super::paint::Brush;
use super::presence::presence;
use crate::engine::event::{LinkState, PlayPhase, Service, Show};
use crate::engine::state::State;
use crate::tui::model::{Model, Screen};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    brush.row(room, room.y, Role::Header);
    let state = &model.state;
    let (show, status) = shown(state);
    let (sign, word, role) = presence(Some(show), false, brush.signs);
    let mut x = brush.put(room, room.x + 1, room.y, sign, role);
    x = brush.put(room, x + 1, room.y, word, Role::Header);
    let right = [
        calls_missed(model),
        unread(state),
        voicemail(state),
        playing(model),
        notices(model),
        phone(state, brush),
        chat(state),
        sign_in(state),
    ];
    let mut end = Rect { width: room.width.saturating_sub(1), ..room };
    for (number, (words, role)) in right.into_iter().flatten().enumerate() {
        let gap = if number == 0 { 0 } else { 3 };
        let inner = Rect { width: end.width.saturating_sub(gap), ..end };
        let begins = brush.put_right(inner, x + 2, room.y, &words, role);
        if begins == inner.right() {
            break;
        }
        if number > 0 {
            brush.put(room, inner.right() + 1, room.y, brush.sign("·", "|"), Role::Dim);
        }
        end.width = begins.saturating_sub(room.x);
    }
    end.width = end.width.saturating_sub(2);
    if !status.is_empty() {
        brush.put(end, x + 2, room.y, &status, Role::Dim);
    }
}

/// What others see of us: the least available of the accounts that chat; offline where none is signed in.
fn shown(state: &State) -> (Show, String) {
    let online =
        state.accounts.values().filter(|account| matches!(account.links.get(&Service::Chat), Some(LinkState::Online { .. })));
    let own = online.map(|account| account.presence.clone().unwrap_or((Show::Available, String::new())));
    own.max_by_key(|(show, _)| *show).unwrap_or((Show::Offline, String::new()))
}

fn count(number: usize, what: &str, role: Role) -> Option<(String, Role)> {
    (number > 0).then(|| (format!("{number} {what}"), role))
}

fn calls_missed(model: &Model) -> Option<(String, Role)> {
    count(model.missed, "missed", Role::Missed)
}

fn unread(state: &State) -> Option<(String, Role)> {
    let unread = state.accounts.values().flat_map(|account| account.conversations.values()).map(|of| of.unread as usize).sum();
    count(unread, "unread", Role::Unread)
}

/// Messages that nobody has heard; where the telephone says only that some wait, that.
fn voicemail(state: &State) -> Option<(String, Role)> {
    let counts: Vec<Option<usize>> = state.accounts.values().map(|account| account.mailbox.unheard()).collect();
    match counts.iter().flatten().sum() {
        0 if counts.contains(&None) => Some(("voicemail".to_owned(), Role::Unread)),
        number => count(number, if number == 1 { "voicemail" } else { "voicemails" }, Role::Unread),
    }
}

/// What is played while something else is looked at.
fn playing(model: &Model) -> Option<(String, Role)> {
    let playing = model.state.playing.as_ref().filter(|playing| playing.phase == PlayPhase::Playing);
    let playing = playing.filter(|_| model.screen != Screen::Voicemail)?;
    Some((format!("playing {}", text::length(playing.at)), Role::Accent))
}

fn notices(model: &Model) -> Option<(String, Role)> {
    count(model.new_notices, if model.new_notices == 1 { "notice" } else { "notices" }, Role::Warning)
}

/// The worst that is true of one service of all accounts, in a word; what is as it should be is said for the phone only.
fn service(state: &State, service: Service) -> Option<(&'static str, Role)> {
    let has = |account: &&crate::engine::state::AccountState| match service {
        Service::SignIn => account.links.contains_key(&service),
        Service::Chat => account.identity.jid.is_some(),
        Service::Phone => account.identity.sip.is_some(),
        Service::Voicemail => account.links.contains_key(&service),
    };
    let words = |link: Option<&LinkState>| match link {
        Some(LinkState::Online { .. }) => (0, "ready", Role::Good),
        Some(LinkState::Connecting) => (1, "connecting", Role::Dim),
        None | Some(LinkState::Offline) => (2, "signed out", Role::Dim),
        Some(LinkState::Waiting { .. }) => (3, "reconnecting", Role::Warning),
        Some(LinkState::NeedsPassword { .. }) => (4, "password?", Role::Warning),
        Some(LinkState::Failed(_)) => (5, "failed", Role::Error),
    };
    let all = state.accounts.values().filter(has).map(|account| words(account.links.get(&service)));
    all.max_by_key(|(bad, _, _)| *bad).map(|(_, word, role)| (word, role))
}

fn phone(state: &State, brush: &Brush<'_>) -> Option<(String, Role)> {
    service(state, Service::Phone).map(|(word, role)| (format!("{} {word}", brush.sign("☎", "phone")), role))
}

fn sign_in(state: &State) -> Option<(String, Role)> {
    service(state, Service::SignIn).filter(|(word, _)| *word != "ready").map(|(word, role)| (format!("sign-in {word}"), role))
}

fn chat(state: &State) -> Option<(String, Role)> {
    service(state, Service::Chat).filter(|(word, _)| *word != "ready").map(|(word, role)| (format!("chat {word}"), role))
}
