//! Which terminals can show a picture, and how: kitty's graphics protocol, or inline images as iTerm2 has them. It is known
//! from the environment alone: nothing is asked of a terminal, so nothing can be left on its screen.

use super::surroundings::Surroundings;
use crate::engine::event::Photo;

/// How a terminal shows pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// By kitty's graphics protocol.
    Kitty,
    /// By inline images as iTerm2 has them (OSC 1337).
    Inline,
    /// Not, and why.
    #[default]
    Unknown,
    /// Not: what stands between us and the terminal keeps them back.
    Multiplexed,
}

impl Pictures {
    /// What the surroundings say.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Pictures {
        let Surroundings { term, program, tmux, screen, kitty, .. } = surroundings;
        if *tmux || *screen || term.starts_with("tmux") || term.starts_with("screen") {
            return Pictures::Multiplexed;
        }
        if *kitty || term == "xterm-ghostty" || program == "ghostty" {
            return Pictures::Kitty;
        }
        if matches!(program.as_str(), "iterm.app" | "wezterm" | "rio") {
            return Pictures::Inline;
        }
        Pictures::Unknown
    }

    /// It can show some.
    #[must_use]
    pub const fn can_show(self) -> bool {
        matches!(self, Pictures::Kitty | Pictures::Inline)
    }

    /// It can show this one: kitty's protocol takes PNG as it is, and nothing else.
    #[must_use]
    pub fn shows(self, photo: &Photo) -> bool {
        self.can_show() && (photo.png || self == Pictures::Inline)
    }

    /// What is so, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Pictures::Kitty => "this terminal shows those that are PNG",
            Pictures::Inline => "this terminal shows them",
            Pictures::Unknown => "this terminal is not known to show them",
            Pictures::Multiplexed => "tmux and screen keep them back",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_that_is_known_and_near_gets_pictures() {
        let found = |variables: &[(&str, &str)]| {
            let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Pictures::of(&Surroundings::of(get))
        };
        assert_eq!(found(&[("TERM", "xterm-kitty")]), Pictures::Kitty);
        assert_eq!(found(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), Pictures::Kitty);
        assert_eq!(found(&[("TERM", "xterm-ghostty")]), Pictures::Kitty);
        assert_eq!(found(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), Pictures::Inline);
        assert_eq!(found(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]), Pictures::Inline);
        assert_eq!(found(&[("TERM", "tmux-256color"), ("TMUX", "x"), ("KITTY_WINDOW_ID", "1")]), Pictures::Multiplexed);
        assert_eq!(found(&[("TERM", "screen"), ("TERM_PROGRAM", "iTerm.app")]), Pictures::Multiplexed);
        for term in ["xterm-256color", "linux", "", "dumb"] {
            assert_eq!(found(&[("TERM", term)]), Pictures::Unknown, "{term}");
        }
        assert!(Pictures::Kitty.can_show() && !Pictures::default().can_show());
    }
}
