//! The text of a theme file → a [`Theme`].
//!
//! `[palette]` gives names to colours, `[roles]` says how each meaning looks; `base` names the theme that the file
//! changes. A colour of the base's palette that the file names anew changes wherever the base uses it. It refuses to know
//! where the file is.
#![deny(clippy::indexing_slicing)]

use super::colour::{Colour, NAMED};
use super::depth::Depth;
use super::look::{Look, Theme};
use super::role::{ROLES, Role};
use crate::tui::mistake::{Mistake, mistyped, no_toml, quoted, unknown};
use ratatui::style::Modifier;
use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The themes that come with the program, and their texts.
pub const THEMES: [(&str, &str); 3] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// The keys of a theme file.
const KEYS: [&str; 3] = ["base", "palette", "roles"];

/// What a look may say besides its two colours.
const ATTRIBUTES: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

impl Theme {
    /// One of [`THEMES`].
    #[must_use]
    pub fn named(name: &str, depth: Depth) -> Option<Theme> {
        let (_, text) = THEMES.iter().find(|(known, _)| *known == name)?;
        Theme::parse(text, depth).ok()
    }

    /// Reads a theme file, for a terminal with that many colours.
    ///
    /// # Errors
    /// All that is wrong in it, in the order of the file.
    pub fn parse(text: &str, depth: Depth) -> Result<Theme, Vec<Mistake>> {
        let sheet = Sheet::parse(text)?;
        let mono = LazyCell::new(|| {
            let (_, text) = THEMES.iter().find(|(name, _)| *name == "mono")?;
            Sheet::parse(text).ok()
        });
        let bare = |role: Role| mono.as_ref().map_or(Modifier::empty(), |mono| mono.look(role).attributes);
        Ok(Theme::new(|role| sheet.look(role).style(depth, || bare(role))))
    }
}

impl Default for Theme {
    /// `dark.toml`, in sixteen colours.
    fn default() -> Theme {
        Theme::named("dark", Depth::Sixteen)
            .unwrap_or_else(|| Theme::new(|_| Look::PLAIN.style(Depth::Attributes, Modifier::empty)))
    }
}

/// A look as it is written: what is not said comes from the base.
#[derive(Clone, Debug, Default)]
struct Written {
    fg: Option<String>,
    bg: Option<String>,
    on: Modifier,
}

/// A theme as it is written, its bases folded in.
#[derive(Clone, Debug, Default)]
struct Sheet {
    palette: BTreeMap<String, Colour>,
    roles: BTreeMap<Role, Written>,
}

impl Sheet {
    fn parse(text: &str) -> Result<Sheet, Vec<Mistake>> {
        let table = DeTable::parse(text).map_err(|why| vec![no_toml(text, &why)])?;
        let mut reader = Reader { text, mistakes: Vec::new(), sheet: Sheet::default() };
        let table = table.get_ref();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                reader.wrong(key.span(), unknown("part of a theme", name, KEYS.into_iter()));
            } else if name != "base" && !value.get_ref().is_table() {
                reader.wrong(value.span(), mistyped(name, "a table, as in [roles]", value.get_ref()));
            }
        }
        if let Some(value) = table.get("base") {
            reader.base(value);
        }
        let part = |name: &str| table.get(name).and_then(|value| value.get_ref().as_table());
        if let Some(palette) = part("palette") {
            reader.palette(palette);
        }
        if let Some(roles) = part("roles") {
            reader.roles(roles);
        }
        reader.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        if reader.mistakes.is_empty() { Ok(reader.sheet) } else { Err(reader.mistakes) }
    }

    fn colour(&self, name: &str) -> Option<Colour> {
        self.palette.get(name).copied().or_else(|| Colour::parse(name))
    }

    fn look(&self, role: Role) -> Look {
        let Some(written) = self.roles.get(&role) else { return Look::PLAIN };
        let colour = |name: &Option<String>| name.as_deref().and_then(|name| self.colour(name)).unwrap_or(Colour::Default);
        Look { fg: colour(&written.fg), bg: colour(&written.bg), attributes: written.on }
    }
}

struct Reader<'text> {
    text: &'text str,
    mistakes: Vec<Mistake>,
    sheet: Sheet,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, what: String) {
        self.mistakes.push(Mistake::at(self.text, Some(span), what));
    }

    fn base(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::String(name) = value.get_ref() else {
            return self.wrong(value.span(), mistyped("base", "the name of a theme in quotes", value.get_ref()));
        };
        match THEMES.iter().find(|(known, _)| known == name).map(|(_, text)| Sheet::parse(text)) {
            Some(Ok(sheet)) => self.sheet = sheet,
            _ => self.wrong(value.span(), unknown("theme", name, THEMES.iter().map(|(name, _)| *name))),
        }
    }

    fn palette(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match written_colour(value.get_ref()).as_deref().map(Colour::parse) {
                Some(Some(colour)) => drop(self.sheet.palette.insert(key.get_ref().clone().into_owned(), colour)),
                Some(None) => {
                    let what = format!(
                        "{} is no colour: write \"#rrggbb\", a number from 0 to 255, or a name as \"red\".",
                        shown(value)
                    );
                    self.wrong(value.span(), what);
                }
                None => self.wrong(value.span(), mistyped(key.get_ref(), "a colour", value.get_ref())),
            }
        }
    }

    fn roles(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let Some(role) = Role::named(key.get_ref()) else {
                self.wrong(key.span(), unknown("role", key.get_ref(), ROLES.iter().map(|row| row.name)));
                continue;
            };
            match value.get_ref() {
                DeValue::Table(look) => {
                    let written = self.look(look, self.sheet.roles.get(&role).cloned().unwrap_or_default());
                    self.sheet.roles.insert(role, written);
                }
                other => {
                    self.wrong(value.span(), mistyped(key.get_ref(), "a table, as in { fg = \"red\", bold = true }", other))
                }
            }
        }
    }

    fn look(&mut self, table: &DeTable<'_>, mut written: Written) -> Written {
        for (key, value) in table {
            let name: &str = key.get_ref().as_ref();
            let attribute = ATTRIBUTES.iter().find(|(known, _)| *known == name);
            match (name, attribute, value.get_ref()) {
                ("fg" | "bg", _, found) => match written_colour(found) {
                    Some(colour) if self.sheet.colour(&colour).is_some() => {
                        *(if name == "fg" { &mut written.fg } else { &mut written.bg }) = Some(colour);
                    }
                    Some(colour) => {
                        let palette: Vec<String> = self.sheet.palette.keys().cloned().collect();
                        let known = palette.iter().map(String::as_str).chain(NAMED).chain(["default"]);
                        let what = unknown("colour", &colour, known);
                        self.wrong(value.span(), what);
                    }
                    None => self.wrong(value.span(), mistyped(name, "a colour", found)),
                },
                (_, Some((_, modifier)), DeValue::Boolean(on)) => {
                    written.on.set(*modifier, *on);
                }
                (_, Some(_), other) => self.wrong(value.span(), mistyped(name, "true or false", other)),
                (_, None, _) => {
                    let known = ["fg", "bg"].into_iter().chain(ATTRIBUTES.iter().map(|(name, _)| *name));
                    self.wrong(key.span(), unknown("attribute", name, known));
                }
            }
        }
        written
    }
}

/// A colour as it is written: a text, or a number.
fn written_colour(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

fn shown(value: &Spanned<DeValue<'_>>) -> String {
    quoted(&written_colour(value.get_ref()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
