//! How many colours the terminal has, from what the environment says (no-color.org, `COLORTERM`, `TERM`).
//!
//! It refuses to read the environment: it is handed in.

use crate::engine::event::Problem;
use crate::machine::visible_line;

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// None: bold, underline and reverse carry everything.
    Attributes,
    /// The sixteen of the terminal.
    Sixteen,
    /// 256.
    Indexed,
    /// 24 bits each.
    True,
}

impl Depth {
    /// The depth, from the three variables; `NO_COLOR` counts when it is not empty.
    ///
    /// # Errors
    /// The terminal cannot place a cursor, or nobody says which it is.
    pub fn of(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Result<Depth, Problem> {
        let name = term.unwrap_or_default();
        if name.is_empty() || name == "dumb" || name == "unknown" {
            let what = match name {
                "" => "TERM is not set, so there is no telling what this terminal can do.".to_owned(),
                name => {
                    format!("This terminal (TERM={}) can only print lines, and a screen is more than that.", visible_line(name))
                }
            };
            let next =
                "Take a terminal that has a cursor; from scripts and editors, use commands as: offhook send, offhook listen";
            return Err(Problem::local(what, next));
        }
        let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        Ok(
            if no_color.is_some_and(|said| !said.is_empty())
                || is(&["-mono", "-m"])
                || name.starts_with("vt1")
                || name.starts_with("vt2")
            {
                Depth::Attributes
            } else if matches!(colorterm, Some("truecolor" | "24bit")) || is(&["-direct", "-truecolor"]) {
                Depth::True
            } else if name.contains("256color") {
                Depth::Indexed
            } else {
                Depth::Sixteen
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (no_color, colorterm, term, depth) in [
            (None, Some("truecolor"), "xterm-256color", Depth::True),
            (Some(""), Some("24bit"), "xterm", Depth::True),
            (Some("1"), Some("truecolor"), "xterm-256color", Depth::Attributes),
            (None, None, "tmux-256color", Depth::Indexed),
            (None, Some("yes"), "xterm", Depth::Sixteen),
            (None, None, "linux", Depth::Sixteen),
            (None, None, "xterm-direct", Depth::True),
            (None, None, "vt220", Depth::Attributes),
        ] {
            assert_eq!(Depth::of(no_color, colorterm, Some(term)).unwrap(), depth, "{term}");
        }
        for term in [None, Some(""), Some("dumb")] {
            let problem = Depth::of(None, None, term).unwrap_err();
            assert!(problem.next.contains("offhook listen"), "{problem}");
        }
    }
}
