//! What the screen wants done beside the engine's work: the clipboard, the bell, preferences, leaving for a while.

use super::preferences::Likes;
use crate::engine::event::Event;
use crate::engine::event::{Notice, NoticeLevel, Problem};
use crate::tui::model::Model;
use crate::tui::notify::{self, Channel};
use crate::tui::preferences::Preferences;
use crate::tui::terminal::Surroundings;
use crate::tui::wish::Alert;

/// What the terminal is to be told of an alert, and whether it shows notifications: else the desktop may.
#[must_use]
pub fn alert(alert: &Alert, preferences: &Preferences, surroundings: &Surroundings) -> (String, bool) {
    let channel = Channel::of(surroundings);
    (notify::written(alert, preferences, channel), channel != Channel::Bell)
}

/// What puts `text` on the clipboard of the user's terminal; a text that is too long is told instead.
pub fn copy(text: &str, surroundings: &Surroundings, model: &mut Model) -> String {
    match notify::copy(text, surroundings) {
        Ok(sequence) => sequence,
        Err(problem) => {
            model.say(problem.to_string());
            String::new()
        }
    }
}

/// Keeps the preferences, and gives the screen the theme and the keymap that they name.
pub fn keep(preferences: &Preferences, likes: &Likes, model: &mut Model) {
    let (theme, no_theme) = likes.theme(&preferences.theme, model.setup.background);
    let (keymap, no_keymap) = likes.keymap(&preferences.keymap);
    model.set_theme(theme);
    model.set_keymap(keymap);
    let unkept = likes.keep(preferences).err();
    for problem in [no_theme, no_keymap, unkept].into_iter().flatten() {
        tell(model, problem);
    }
}

/// Tells the user of a problem of the screen's own.
pub fn tell(model: &mut Model, problem: Problem) {
    model.apply(&Event::Notice(Notice { account: None, level: NoticeLevel::Warning, problem }));
}
