//! The line at the top: who you are to others, whether chat and phone stand, what is unread.

use super::paint::Brush;
use super::presence::presence;
use crate::engine::event::{Identity, LinkState, PlayPhase, Service, Show};
use crate::engine::state::{AccountState, State};
use crate::machine::visible_line;
use crate::tui::action::Action;
use crate::tui::model::{Focus, Model, Screen, address_of_uri, awaits_sign_in, is_signed_out};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// A word or two, and how they look; none for nothing.
type Said = Option<(String, Role)>;

/// Columns between what is said at the right side.
const GAP: u16 = 3;

/// Draws it.
pub fn draw(model: &Model, brush: &mut Brush<'_>, room: Rect) {
    brush.row(room, room.y, Role::Header);
    let state = &model.state;
    let (show, status) = shown(state);
    let (sign, word, role) = presence(Some(show), false, brush.signs);
    let mut x = brush.put(room, room.x + 1, room.y, sign, role);
    if let Some(name) = name(state, room.width) {
        x = brush.put(room, x + 1, room.y, &name, Role::Title);
        x = brush.put(room, x + 1, room.y, brush.sign("·", "|"), Role::Dim);
    }
    x = brush.put(room, x + 1, room.y, word, Role::Header);
    let passing = [calls_missed(model), unread(state), voicemail(state), playing(model), notices(model)];
    let standing = [signed_out(model), phone(state, brush), chat(state), sign_in(model)];
    let mut end = Rect { width: room.width.saturating_sub(1), ..room };
    for (number, (words, role)) in side_by_side(passing, standing, end.right().saturating_sub(x + 2)).into_iter().enumerate() {
        if number > 0 {
            end.width = end.width.saturating_sub(GAP);
            brush.put(room, end.right() + 1, room.y, brush.sign("·", "|"), Role::Dim);
        }
        end.width = brush.put_right(end, x + 2, room.y, &words, role).saturating_sub(room.x);
    }
    end.width = end.width.saturating_sub(2);
    if !status.is_empty() {
        brush.put(end, x + 2, room.y, &status, Role::Dim);
    }
}

/// What is said at the right side, from there to the left. What comes and goes is told first where there is no room for all;
/// what stands keeps its place at the edge.
fn side_by_side(
    passing: impl IntoIterator<Item = Said>,
    standing: impl IntoIterator<Item = Said>,
    room: u16,
) -> Vec<(String, Role)> {
    let mut left = usize::from(room + GAP);
    let mut fits = |(words, _): &(String, Role)| match left.checked_sub(text::width(words) + usize::from(GAP)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let passing: Vec<_> = passing.into_iter().flatten().filter(&mut fits).collect();
    standing.into_iter().flatten().filter(&mut fits).chain(passing).collect()
}

/// Who the user is: their address where there is room for it, else what stands before its domain. Of several accounts none
/// is who they are.
fn name(state: &State, columns: u16) -> Option<String> {
    let mut accounts = state.accounts.values();
    let (Some(only), None) = (accounts.next(), accounts.next()) else { return None };
    let Identity { address, jid, sip, .. } = &only.identity;
    let address = address.as_ref().or(jid.as_ref()).or(sip.as_ref())?;
    let address = address_of_uri(address);
    let user = address.split_once('@').map_or(address.as_str(), |(user, _)| user);
    let most = usize::from(columns) / 4;
    Some(text::fit(&visible_line(if text::width(&address) <= most { &address } else { user }), most))
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
    let has = |account: &&AccountState| match service {
        _ if is_signed_out(account) || account.links.is_empty() => false,
        Service::SignIn => account.links.contains_key(&service),
        // They wait for the sign-in, and that is said.
        Service::Chat | Service::Phone if awaits_sign_in(account) => {
            matches!(account.links.get(&service), Some(LinkState::Online { .. }))
        }
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

/// How the sign-in by address goes, and where that can be read.
fn sign_in(model: &Model) -> Option<(String, Role)> {
    let (word, role) = service(&model.state, Service::SignIn).filter(|(word, _)| *word != "ready")?;
    let in_sight = model.screen == Screen::SignIn && !(model.narrow && model.focus == Focus::People);
    let key = model.key_here(Action::ShowSignIn).filter(|_| !in_sight);
    Some((key.map_or_else(|| format!("sign-in {word}"), |key| format!("sign-in {word} ({key})")), role))
}

/// Some account is signed out altogether, and the key that signs it in.
fn signed_out(model: &Model) -> Option<(String, Role)> {
    model.state.accounts.values().find(|account| is_signed_out(account))?;
    let key = model.key_here(Action::SignIn);
    Some((key.map_or_else(|| "signed out".to_owned(), |key| format!("signed out ({key} signs in)")), Role::Warning))
}

fn chat(state: &State) -> Option<(String, Role)> {
    service(state, Service::Chat).filter(|(word, _)| *word != "ready").map(|(word, role)| (format!("chat {word}"), role))
}
