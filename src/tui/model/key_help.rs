//! The keys that work where the user was, narrowed by what is typed. It knows which actions are shown, in which order, and
//! not how.

use super::screen::{Model, Overlay};
use crate::tui::action::{ACTIONS, Action, Context, Row};
use crate::tui::editor::Field;

/// What moves in a list. Everybody tries it first and finds it: it is shown last, on one line.
pub const MOVES: [Action; 6] = [Action::Next, Action::Previous, Action::PageDown, Action::PageUp, Action::First, Action::Last];

/// The key help while it is open.
#[derive(Debug, Default)]
pub struct KeyHelp {
    /// Lines that it is scrolled down.
    pub top: usize,
    /// What it is narrowed by.
    pub field: Field,
}

impl Model {
    /// What can be done in `context`, without what moves in a list.
    #[must_use]
    pub fn helped(&self, context: Context) -> Vec<&'static Row> {
        let asked = self.state.accounts.values().any(|account| !account.subscription_requests.is_empty());
        let here = ACTIONS.iter().filter(|row| row.contexts.contains(&context) && !MOVES.contains(&row.action));
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
