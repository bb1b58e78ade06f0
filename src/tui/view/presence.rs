//! How presence looks: a sign and a word, and a colour where there are colours.

use crate::engine::event::Show;
use crate::tui::preferences::Signs;
use crate::tui::theme::Role;

/// What somebody says of themselves, where it says more than the word beside it: many clients send the word again.
#[must_use]
pub fn status<'a>(said: &'a str, word: &str) -> Option<&'a str> {
    let said = said.trim();
    Some(said).filter(|said| !said.is_empty() && !said.eq_ignore_ascii_case(word))
}

/// The sign, the word and the meaning of an availability; none where we may not see it.
#[must_use]
pub fn presence(show: Option<Show>, on_call: bool, signs: Signs) -> (&'static str, &'static str, Role) {
    let (unicode, ascii, word, role) = match show {
        _ if on_call => ("☎", "#", "on a call", Role::OnCall),
        Some(Show::Chat) => ("●", "+", "free to chat", Role::Available),
        Some(Show::Available) => ("●", "+", "available", Role::Available),
        Some(Show::Away) => ("◐", "~", "away", Role::Away),
        Some(Show::ExtendedAway) => ("◐", "~", "away for long", Role::Away),
        Some(Show::DoNotDisturb) => ("⊘", "!", "do not disturb", Role::Busy),
        Some(Show::Offline) => ("○", "-", "offline", Role::Offline),
        None => (" ", " ", "", Role::Offline),
    };
    (if signs == Signs::Ascii { ascii } else { unicode }, word, role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_only_says_the_word_again_is_none() {
        assert_eq!(status(" Available ", "available"), None);
        assert_eq!(status("", "away"), None);
        assert_eq!(status("available for lunch", "available"), Some("available for lunch"));
    }
}
