//! What is wrong in a file that the user wrote, and where.
//!
//! It refuses to know which file.

use crate::engine::event::Problem;
use crate::machine::{line_and_column, visible_line};
use std::ops::Range;
use toml::de::DeValue;

/// Names longer than this are cut where they are quoted.
const QUOTED: usize = 40;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// A sentence: what it is, and the right form.
    pub what: String,
}

impl Mistake {
    /// The mistake at `span` of `text`; without a span, at its beginning.
    #[must_use]
    pub fn at(text: &str, span: Option<Range<usize>>, what: impl Into<String>) -> Mistake {
        let (line, column) = line_and_column(text, span.map_or(0, |span| span.start));
        Mistake { line, column, what: what.into() }
    }

    /// As one line, as compilers write it.
    #[must_use]
    pub fn written(&self, file: &str) -> String {
        format!("{}:{}:{}: {}", visible_line(file), self.line, self.column, self.what)
    }

    /// The first of several, as a problem of its file.
    #[must_use]
    pub fn problem(mistakes: &[Mistake], file: &str) -> Problem {
        let first = mistakes.first().map_or_else(|| visible_line(file), |mistake| mistake.written(file));
        match mistakes.len() {
            0 | 1 => Problem::local(first, ""),
            several => Problem::local(first, format!("There are {} more in that file.", several - 1)),
        }
    }
}

/// A text that TOML cannot read.
#[must_use]
pub fn no_toml(text: &str, why: &toml::de::Error) -> Mistake {
    Mistake::at(text, why.span(), format!("{}.", visible_line(why.message()).trim_end_matches('.')))
}

/// A value of the wrong type.
#[must_use]
pub fn mistyped(key: &str, wanted: &str, found: &DeValue<'_>) -> String {
    format!("{} is {wanted}, and this is of type {}.", quoted(key), found.type_str())
}

/// A name that is none of `known`: no `kind` is called so, with the nearest that there is, or with all of them.
#[must_use]
pub fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let lower = name.to_lowercase();
    let nearest = known.clone().min_by_key(|known| strsim::osa_distance(known, &lower));
    let shown = quoted(name);
    match nearest.filter(|known| strsim::osa_distance(known, &lower) <= 3) {
        Some(near) => format!("No {kind} is called {shown}: did you mean “{near}”?"),
        None => format!("No {kind} is called {shown}; there are {}.", known.collect::<Vec<_>>().join(", ")),
    }
}

/// Somebody's words in a sentence of ours.
#[must_use]
pub fn quoted(name: &str) -> String {
    let cut: String = name.chars().take(QUOTED).collect();
    let more = if cut.len() < name.len() { "…" } else { "" };
    format!("“{}{more}”", visible_line(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_a_line_as_compilers_write_it() {
        let mistake = Mistake::at("a = 1\nb = 2\n", Some(6..7), "No key is called “b”.");
        assert_eq!(mistake.written("my.toml"), "my.toml:2:1: No key is called “b”.");
        let two = [mistake.clone(), mistake];
        assert_eq!(Mistake::problem(&two, "my.toml").next, "There are 1 more in that file.");
    }

    #[test]
    fn the_nearest_name_is_offered_or_all_of_them() {
        let known = ["next", "previous"].into_iter();
        assert_eq!(unknown("action", "Nxet", known.clone()), "No action is called “Nxet”: did you mean “next”?");
        assert_eq!(
            unknown("action", "\u{1b}[2J-something", known),
            "No action is called “␛[2J-something”; there are next, previous."
        );
        assert!(quoted(&"x".repeat(500)).chars().count() < 50);
    }
}
