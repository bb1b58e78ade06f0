//! What the environment says about the terminal and what stands between it and us.
//!
//! It refuses to read the environment: the variables are handed in.

/// Variables that say something.
pub const VARIABLES: [&str; 8] =
    ["TERM", "TERM_PROGRAM", "TMUX", "STY", "SSH_CONNECTION", "VTE_VERSION", "KITTY_WINDOW_ID", "DBUS_SESSION_BUS_ADDRESS"];

/// What is known about the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `TERM`
    pub term: String,
    /// `TERM_PROGRAM`, in small letters.
    pub program: String,
    /// We are in tmux.
    pub tmux: bool,
    /// We are in GNU screen.
    pub screen: bool,
    /// We are on the far side of SSH.
    pub ssh: bool,
    /// The terminal is built on VTE (GNOME Terminal and others).
    pub vte: bool,
    /// The terminal is kitty.
    pub kitty: bool,
    /// There is a desktop to tell.
    pub desktop: bool,
}

impl Surroundings {
    /// From the environment, through `get`; a variable that is empty is not there.
    #[must_use]
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Surroundings {
        let said = |name: &str| get(name).filter(|value| !value.is_empty());
        let (term, ssh) = (said("TERM").unwrap_or_default(), said("SSH_CONNECTION").is_some());
        Surroundings {
            program: said("TERM_PROGRAM").unwrap_or_default().to_ascii_lowercase(),
            tmux: said("TMUX").is_some(),
            screen: said("STY").is_some() && said("TMUX").is_none(),
            vte: said("VTE_VERSION").is_some(),
            kitty: said("KITTY_WINDOW_ID").is_some() || term == "xterm-kitty",
            desktop: !ssh && said("DBUS_SESSION_BUS_ADDRESS").is_some(),
            term,
            ssh,
        }
    }

    /// Whether commands to the operating system (OSC) are understood, or at least swallowed: older Linux consoles print
    /// them.
    #[must_use]
    pub fn understands_osc(&self) -> bool {
        !self.term.starts_with("linux") && !self.term.starts_with("vt")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_not_there() {
        let found = Surroundings::of(|name| match name {
            "TERM" => Some("linux".into()),
            "TMUX" => Some(String::new()),
            "STY" => Some("1.pts".into()),
            "DBUS_SESSION_BUS_ADDRESS" => Some("unix:path=/x".into()),
            _ => None,
        });
        assert!(!found.tmux && found.screen && found.desktop && !found.understands_osc());
        let far = Surroundings::of(|name| VARIABLES.contains(&name).then(|| "xterm-kitty".into()));
        assert!(far.tmux && !far.screen && !far.desktop && far.kitty && far.understands_osc());
    }
}
