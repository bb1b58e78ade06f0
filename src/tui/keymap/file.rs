//! The text of a keymap file → a [`Keymap`].
//!
//! A table a context, in it keys and the actions that they stand for. `base` names the keymap that the file changes; a
//! key of the file takes the place of whatever begins with it there, and an empty action takes a key away. It refuses to
//! know where the file is.
#![deny(clippy::indexing_slicing)]

use super::key::Key;
use super::map::{Binding, Keymap};
use crate::tui::action::{ACTIONS, Action, Context};
use crate::tui::mistake::{Mistake, mistyped, no_toml, quoted, unknown};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keymaps that come with the program, and their texts.
pub const KEYMAPS: [(&str, &str); 2] =
    [("default", include_str!("../../../keymaps/default.toml")), ("vim", include_str!("../../../keymaps/vim.toml"))];

/// The keys of a file that are no contexts.
const SETTINGS: [&str; 2] = ["base", "write-on-open"];

/// What every keymap must be able to do, with a key that types nothing: without these there would be no way out.
const NEEDED: [Action; 2] = [Action::Palette, Action::Back];

impl Default for Keymap {
    /// `default.toml`.
    fn default() -> Keymap {
        Keymap::named("default").unwrap_or_else(|| Keymap::new(Vec::new(), true))
    }
}

impl Keymap {
    /// One of [`KEYMAPS`].
    #[must_use]
    pub fn named(name: &str) -> Option<Keymap> {
        let (_, text) = KEYMAPS.iter().find(|(known, _)| *known == name)?;
        Keymap::parse(text).ok()
    }

    /// Reads a keymap file.
    ///
    /// # Errors
    /// All that is wrong in it, in the order of the file.
    pub fn parse(text: &str) -> Result<Keymap, Vec<Mistake>> {
        let table = DeTable::parse(text).map_err(|why| vec![no_toml(text, &why)])?;
        let mut reader = Reader { text, mistakes: Vec::new(), own: Vec::new(), taken: Vec::new() };
        let mut base = None;
        let mut write_on_open = None;
        for (key, value) in in_order(table.get_ref()) {
            let name = key.get_ref().as_ref();
            match (name, value.get_ref()) {
                ("base", DeValue::String(named)) => match Keymap::named(named) {
                    Some(keymap) => base = Some(keymap),
                    None => reader.wrong(value.span(), unknown("keymap", named, KEYMAPS.iter().map(|(name, _)| *name))),
                },
                ("base", other) => reader.wrong(value.span(), mistyped(name, "the name of a keymap in quotes", other)),
                ("write-on-open", DeValue::Boolean(said)) => write_on_open = Some(*said),
                ("write-on-open", other) => reader.wrong(value.span(), mistyped(name, "true or false", other)),
                (_, found) => match (Context::ALL.into_iter().find(|context| context.name() == name), found) {
                    (Some(context), DeValue::Table(keys)) => reader.context(context, keys),
                    (Some(_), other) => reader.wrong(value.span(), mistyped(name, "a table, as in [people]", other)),
                    (None, _) => {
                        let known = Context::ALL.into_iter().map(Context::name).chain(SETTINGS);
                        reader.wrong(key.span(), unknown("context", name, known));
                    }
                },
            }
        }
        let based = base.is_some();
        let base = base.unwrap_or_else(|| Keymap::new(Vec::new(), true));
        reader.finish(&base, based, write_on_open)
    }
}

/// A binding, and where its key stands.
struct Own {
    binding: Binding,
    span: Range<usize>,
}

struct Reader<'text> {
    text: &'text str,
    mistakes: Vec<Mistake>,
    own: Vec<Own>,
    /// Keys that shall mean nothing.
    taken: Vec<(Context, Vec<Key>, Range<usize>)>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, what: String) {
        self.mistakes.push(Mistake::at(self.text, Some(span), what));
    }

    fn context(&mut self, context: Context, table: &DeTable<'_>) {
        for (key, value) in in_order(table) {
            let keys = match Key::parse_sequence(key.get_ref()) {
                Ok(keys) => keys,
                Err(why) => {
                    self.wrong(key.span(), format!("{}: {why}.", quoted(key.get_ref()).trim_end_matches(['.', '?'])));
                    continue;
                }
            };
            let name = match value.get_ref() {
                DeValue::String(name) => name.as_ref(),
                other => {
                    self.wrong(value.span(), mistyped(key.get_ref(), "the name of an action in quotes", other));
                    continue;
                }
            };
            if name.is_empty() {
                self.taken.push((context, keys, key.span()));
                continue;
            }
            let Some(action) = Action::named(name) else {
                let said = no_action(name, context);
                self.wrong(value.span(), said);
                continue;
            };
            if !allowed(action, context) {
                let places = action.row().contexts.iter().map(|place| place.name()).collect::<Vec<_>>().join(", ");
                self.wrong(value.span(), format!("“{name}” does nothing in [{}]; it belongs in {places}.", context.name()));
                continue;
            }
            if context.types() && keys.first().is_some_and(|key| key.typed().is_some()) {
                let said = format!(
                    "{} is typed into the text in [{}]: take it with ctrl or alt.",
                    quoted(key.get_ref()),
                    context.name()
                );
                self.wrong(key.span(), said);
                continue;
            }
            self.clash(context, &keys, key);
            self.own.push(Own { binding: Binding { context, keys, action }, span: key.span() });
        }
    }

    /// Keys of one context that cannot be told apart.
    fn clash(&mut self, context: Context, keys: &[Key], key: &Spanned<std::borrow::Cow<'_, str>>) {
        let Some(other) = self.own.iter().find(|own| own.binding.context == context && overlap(&own.binding.keys, keys)) else {
            return;
        };
        let line = Mistake::at(self.text, Some(other.span.clone()), "").line;
        let (shown, theirs) = (quoted(key.get_ref()), written(&other.binding.keys));
        let name = other.binding.action.row().name;
        let what = match other.binding.keys.len().cmp(&keys.len()) {
            std::cmp::Ordering::Equal => format!("{shown} is “{name}” already, by “{theirs}” in line {line}."),
            std::cmp::Ordering::Less => format!("{shown} is never reached: “{theirs}” in line {line} is “{name}” at once."),
            std::cmp::Ordering::Greater => format!("{shown} would hide “{theirs}”, which is “{name}” in line {line}."),
        };
        self.wrong(key.span(), what);
    }

    fn finish(mut self, base: &Keymap, based: bool, write_on_open: Option<bool>) -> Result<Keymap, Vec<Mistake>> {
        for (context, keys, span) in std::mem::take(&mut self.taken) {
            let bound = |binding: &Binding| binding.context == context && binding.keys == keys;
            if !base.bindings().iter().any(bound) {
                let what = match based {
                    true => format!(
                        "“{}” means nothing in [{}] of the base: it need not be taken away.",
                        written(&keys),
                        context.name()
                    ),
                    false => "Only a key of the base can be taken away: name one, as in base = \"default\".".to_owned(),
                };
                self.wrong(span.clone(), what);
            }
            if let Some(own) = self.own.iter().find(|own| bound(&own.binding)) {
                let what = format!("“{}” is bound and taken away in one file.", written(&own.binding.keys));
                self.wrong(span.clone(), what);
            }
            self.taken.push((context, keys, span));
        }
        let replaced = |binding: &&Binding| {
            let same = |context: Context, keys: &[Key]| context == binding.context && overlap(keys, &binding.keys);
            let taken = self.taken.iter().any(|(context, keys, _)| *context == binding.context && *keys == binding.keys);
            taken || self.own.iter().any(|own| same(own.binding.context, &own.binding.keys))
        };
        let kept: Vec<Binding> = base.bindings().iter().filter(|binding| !replaced(binding)).cloned().collect();
        let bindings: Vec<Binding> = self.own.iter().map(|own| own.binding.clone()).chain(kept).collect();
        for needed in NEEDED {
            let works = |binding: &Binding| {
                let typed = binding.keys.first().is_some_and(|key| key.typed().is_some());
                binding.action == needed && binding.context == Context::Everywhere && !typed
            };
            if !bindings.iter().any(works) {
                let what = format!(
                    "No key in [everywhere] that can be pressed while writing is “{}”, and without one there is no way out: \
                     bind one, or begin with base = \"default\".",
                    needed.row().name
                );
                self.mistakes.push(Mistake::at(self.text, None, what));
            }
        }
        self.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        match self.mistakes.is_empty() {
            true => Ok(Keymap::new(bindings, write_on_open.unwrap_or(base.write_on_open()))),
            false => Err(self.mistakes),
        }
    }
}

/// Whether an action can be done there: what can be done everywhere can be bound anywhere, and anything everywhere.
fn allowed(action: Action, context: Context) -> bool {
    let contexts = action.row().contexts;
    let call = context == Context::CallScreen && contexts.contains(&Context::Call);
    context == Context::Everywhere || call || contexts.contains(&Context::Everywhere) || contexts.contains(&context)
}

/// That nothing is called so: the nearest that can be done there, else the nearest of all.
fn no_action(name: &str, context: Context) -> String {
    let there: Vec<&str> = ACTIONS.iter().filter(|row| allowed(row.action, context)).map(|row| row.name).collect();
    let near = there.iter().any(|known| strsim::osa_distance(known, name) <= 3);
    if near { unknown("action", name, there.into_iter()) } else { unknown("action", name, ACTIONS.iter().map(|row| row.name)) }
}

/// One begins with the other.
fn overlap(one: &[Key], other: &[Key]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

fn written(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

/// The entries in the order of the file.
fn in_order<'table, 'text>(
    table: &'table DeTable<'text>,
) -> Vec<(&'table Spanned<std::borrow::Cow<'text, str>>, &'table Spanned<DeValue<'text>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

#[cfg(test)]
mod tests;
