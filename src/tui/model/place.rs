//! Where the user is, and so what keys mean and what can be done.

use super::calls;
use super::key_help::{KeyHelp, MOVES};
use super::screen::{Focus, Model, Overlay, Screen};
use super::settings::{self, About};
use super::tour::Stop;
use crate::tui::action::{ACTIONS, Action, Context, Row};
use crate::tui::keymap::Key;

/// What leads to a place where keys have meanings of their own.
fn shows(place: Context) -> Option<Action> {
    match place {
        Context::People | Context::Conversation => Some(Action::ShowPeople),
        Context::Calls => Some(Action::ShowCalls),
        Context::Person => Some(Action::ShowPerson),
        Context::Voicemail => Some(Action::ShowVoicemail),
        Context::Notices => Some(Action::ShowNotices),
        Context::Settings => Some(Action::ShowSettings),
        Context::Everywhere
        | Context::Compose
        | Context::Call
        | Context::CallScreen
        | Context::Picker
        | Context::Form
        | Context::Question => None,
    }
}

impl Model {
    /// Where the keys are looked up, innermost first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let inner = match self.overlays.last() {
            Some(Overlay::Palette(_) | Overlay::Keys(_)) => return vec![Context::Picker, Context::Everywhere],
            Some(Overlay::Form(_)) => return vec![Context::Form, Context::Everywhere],
            Some(Overlay::Question(_)) => return vec![Context::Question, Context::Everywhere],
            None => self.inner(),
        };
        if inner.types() {
            return vec![inner, Context::Everywhere];
        }
        let call = calls::current(&self.state).map(|_| Context::Call);
        match inner {
            Context::CallScreen => [inner].into_iter().chain(call).chain([Context::Everywhere]).collect(),
            // Its letters delete and seek: calls are taken there by the keys that work everywhere.
            Context::Voicemail => vec![inner, Context::Everywhere],
            _ => call.into_iter().chain([inner, Context::Everywhere]).collect(),
        }
    }

    /// Where the user is, as long as nothing lies above.
    #[must_use]
    pub fn inner(&self) -> Context {
        match (self.focus, &self.screen) {
            (Focus::People, _) if self.people.filter.is_some() => Context::Picker,
            (Focus::People, _) | (_, Screen::Home) => Context::People,
            (Focus::Compose, Screen::Chat(_)) => Context::Compose,
            (_, Screen::Chat(_)) => Context::Conversation,
            (_, Screen::Call(_)) => Context::CallScreen,
            (_, Screen::PastCalls) => Context::Calls,
            (_, Screen::Person) => Context::Person,
            (_, Screen::Voicemail) => Context::Voicemail,
            (_, Screen::Notices | Screen::SignIn) => Context::Notices,
            (_, Screen::Settings) => Context::Settings,
        }
    }

    /// The key of an action where the user is.
    #[must_use]
    pub fn key_here(&self, action: Action) -> Option<String> {
        self.contexts().into_iter().find_map(|context| self.setup.keymap.keys_of(action, context).into_iter().next())
    }

    /// The keys that do what a stop of the tour asks for, from where the user is: one that works here, else the way back to
    /// where it works.
    #[must_use]
    pub fn keys_to(&self, stop: &Stop) -> String {
        let here = self.contexts();
        let first = |action, context| self.setup.keymap.keys_of(action, context).into_iter().next();
        let inner = here.first().copied().unwrap_or(Context::Everywhere);
        let now = stop.ways.iter().filter(|(_, place)| here.contains(place)).find_map(|(action, place)| match inner.types() {
            true => first(*action, inner),
            false => first(*action, *place).or_else(|| here.iter().find_map(|context| first(*action, *context))),
        });
        let there = || stop.ways.first().and_then(|(action, place)| first(*action, *place));
        match (now, self.key_here(Action::Back), there()) {
            (Some(key), ..) => key,
            // From the people there is no way back.
            (None, Some(back), Some(key)) if back != key && inner != Context::People => format!("{back}, then {key}"),
            (None, _, Some(key)) => key,
            (None, _, None) => stop.ways.first().map_or_else(String::new, |(action, _)| action.row().name.to_owned()),
        }
    }

    /// What is said, with the key that leads to what it speaks of.
    pub(super) fn with_key(&self, said: &str, action: Action) -> String {
        self.key_here(action).map_or_else(|| format!("{said}."), |key| format!("{said}: {key}"))
    }

    /// A key that is a tone in the call that is opened.
    pub(super) fn is_tone(&self, key: Key) -> bool {
        let opened = self.overlays.is_empty() && matches!((self.focus, &self.screen), (Focus::Main, Screen::Call(_)));
        opened && key.typed().is_some_and(|letter| matches!(letter.to_ascii_uppercase(), '0'..='9' | '*' | '#' | 'A'..='D'))
    }

    /// A digit where nothing is typed and nothing else comes of it: who presses it dials.
    pub(super) fn begins_a_number(&self, key: Key) -> bool {
        self.overlays.is_empty() && !self.types() && key.typed().is_some_and(|letter| letter.is_ascii_digit())
    }

    /// Nobody is left in doubt whether a key was lost.
    pub(super) fn say_nothing_comes_of(&mut self, pressed: &[Key]) {
        let keys = pressed.iter().map(|key| key.words()).collect::<Vec<_>>().join(" ");
        let contexts = self.contexts();
        let key = |action| contexts.iter().find_map(|context| self.setup.keymap.keys_of(action, *context).into_iter().next());
        let leaves = key(Action::Quit).map(|key| format!("; {key} leaves")).unwrap_or_default();
        self.say(format!("{keys} does nothing here{leaves}."));
    }

    /// Goes to the first account, as one of them is to be chosen.
    pub(super) fn settings_to_accounts(&mut self) {
        let rows = self.setting_rows();
        self.settings.row = rows.iter().position(|row| matches!(row.about, About::Account(_))).unwrap_or(0);
    }

    /// The rows of the settings.
    #[must_use]
    pub fn setting_rows(&self) -> Vec<settings::Setting> {
        settings::rows(&self.state, &self.setup, &self.unfolded)
    }

    pub(super) fn settings_to_first(&mut self) {
        let rows = self.setting_rows();
        self.settings.row = rows.iter().position(|row| row.about.can_be_chosen()).unwrap_or(0);
    }

    /// Plain letters are text now.
    #[must_use]
    pub fn types(&self) -> bool {
        self.contexts().first().is_some_and(|context| context.types())
    }

    /// What can be done here and now, for the palette and the key help.
    #[must_use]
    pub fn actions_here(&self) -> Vec<Action> {
        let mut contexts = self.contexts();
        // Where letters are typed no letter is a key; what they stand for can be done all the same.
        if contexts.first() == Some(&Context::Compose) {
            contexts.push(Context::Conversation);
        }
        if calls::current(&self.state).is_some() {
            contexts.push(Context::Call);
        }
        let here = ACTIONS.iter().filter(|row| row.contexts.iter().any(|context| contexts.contains(context)));
        here.filter(|row| self.is_of_use(row)).map(|row| row.action).collect()
    }

    /// What is done with calls is offered only while something comes of it.
    fn is_of_use(&self, row: &Row) -> bool {
        !row.is_of_a_call() || calls::is_of_use(&self.state, row.action)
    }

    /// Does what the palette has found; where it cannot be done here, that is said, and where it can.
    pub(super) fn act_or_explain(&mut self, action: Action) {
        let row = action.row();
        if self.actions_here().contains(&action) || row.is_of_a_call() {
            return self.act(action);
        }
        match row.contexts {
            [Context::People] => {
                self.act(Action::ShowPeople);
                self.act(action);
            }
            [place, ..] => {
                let key = shows(*place).and_then(|show| self.key_here(show));
                let key = key.map(|key| format!(": {key}")).unwrap_or_default();
                self.say(format!("“{}” is done {}{key}.", row.help, place.place()));
            }
            [] => {}
        }
    }

    /// What can be done in `context`, without what moves in a list.
    #[must_use]
    pub fn helped(&self, context: Context) -> Vec<&'static Row> {
        let asked = self.state.accounts.values().any(|account| !account.subscription_requests.is_empty());
        let here = ACTIONS.iter().filter(|row| row.contexts.contains(&context) && !MOVES.contains(&row.action));
        let here = here.filter(|row| self.is_of_use(row));
        here.filter(|row| asked || !matches!(row.action, Action::Allow | Action::Refuse)).collect()
    }

    pub(super) fn show_keys(&mut self) {
        if matches!(self.overlays.last(), Some(Overlay::Keys(_))) {
            self.overlays.pop();
        } else {
            self.overlays.push(Overlay::Keys(KeyHelp::default()));
        }
    }

    pub(super) fn act_in_keys(&mut self, action: Action) {
        let Some(Overlay::Keys(help)) = self.overlays.last_mut() else { return };
        help.top = match action {
            Action::Next => help.top.saturating_add(1),
            Action::Previous => help.top.saturating_sub(1),
            Action::PageDown => help.top.saturating_add(10),
            Action::PageUp => help.top.saturating_sub(10),
            Action::Accept | Action::Open => return drop(self.overlays.pop()),
            _ => {
                help.field.act(action);
                0
            }
        };
    }
}
