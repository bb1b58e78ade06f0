//! Which keys do what, where.
//!
//! It refuses to know files, and what an action does.

use super::key::Key;
use crate::tui::action::{Action, Context};

/// Keys of a context that stand for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// Pressed one after the other; at least one.
    pub keys: Vec<Key>,
    /// What.
    pub action: Action,
}

/// What the keys that were pressed mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This.
    Action(Action),
    /// More keys must follow.
    Prefix,
    /// Nothing; where something is written, what the key types.
    Nothing,
}

/// A keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
    write_on_open: bool,
}

impl Keymap {
    /// The keymap of these bindings; of an action's keys, the screen shows the first.
    #[must_use]
    pub fn new(bindings: Vec<Binding>, write_on_open: bool) -> Keymap {
        Keymap { bindings, write_on_open }
    }

    /// All bindings, in the order in which they were written.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Whether who opens a conversation writes at once.
    #[must_use]
    pub fn write_on_open(&self) -> bool {
        self.write_on_open
    }

    /// What `pressed` means in `contexts`, the innermost first; [`Context::Everywhere`] comes last by itself. In a context
    /// where one types, a key that types something is never an action.
    #[must_use]
    pub fn look_up(&self, contexts: &[Context], pressed: &[Key]) -> Found {
        let types = contexts.first().is_some_and(|context| context.types());
        let Some(first) = pressed.first() else { return Found::Nothing };
        if types && first.typed().is_some() {
            return Found::Nothing;
        }
        for context in contexts.iter().chain([&Context::Everywhere]) {
            let mut here =
                self.bindings.iter().filter(|binding| binding.context == *context && binding.keys.starts_with(pressed));
            match here.next() {
                Some(binding) if binding.keys.len() == pressed.len() => return Found::Action(binding.action),
                Some(_) => return Found::Prefix,
                None => {}
            }
        }
        Found::Nothing
    }

    /// What may follow these keys, in words, with what it does: what works everywhere first, then what is of `contexts`.
    #[must_use]
    pub fn after(&self, contexts: &[Context], pressed: &[Key]) -> Vec<(String, Action)> {
        let mut after: Vec<(String, Action)> = Vec::new();
        for context in [&Context::Everywhere].into_iter().chain(contexts) {
            let here = self.bindings.iter().filter(|binding| binding.context == *context);
            for binding in here.filter(|binding| binding.keys.starts_with(pressed) && binding.keys.len() > pressed.len()) {
                let rest = binding.keys.iter().skip(pressed.len()).map(|key| key.words()).collect::<Vec<_>>().join(" ");
                if self.look_up(contexts, &binding.keys) == Found::Action(binding.action)
                    && !after.iter().any(|(known, _)| *known == rest)
                {
                    after.push((rest, binding.action));
                }
            }
        }
        after
    }

    /// The key by which one goes to other screens, where such keys are pressed one after the other.
    #[must_use]
    pub fn leader(&self) -> Option<String> {
        let goes = |binding: &&Binding| {
            binding.context == Context::Everywhere && binding.action == Action::ShowVoicemail && binding.keys.len() > 1
        };
        Some(self.bindings.iter().find(goes)?.keys.first()?.words())
    }

    /// The keys for `action` in `context`, in words for the screen, as `Ctrl-P` or `g g`: its own, then those that work
    /// everywhere and mean nothing else here.
    #[must_use]
    pub fn keys_of(&self, action: Action, context: Context) -> Vec<String> {
        let bound =
            |place: Context| self.bindings.iter().filter(move |binding| binding.context == place && binding.action == action);
        let own = bound(context);
        let general = bound(Context::Everywhere).filter(|_| context != Context::Everywhere);
        let reached = general.filter(|binding| {
            let typed = context.types() && binding.keys.first().is_some_and(|key| key.typed().is_some());
            !typed && self.look_up(&[context], &binding.keys) == Found::Action(action)
        });
        let mut words: Vec<String> = Vec::new();
        for binding in own.chain(reached) {
            let written = binding.keys.iter().map(|key| key.words()).collect::<Vec<_>>().join(" ");
            if !words.contains(&written) {
                words.push(written);
            }
        }
        words
    }
}
