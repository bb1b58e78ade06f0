//! How presence looks: a sign and a word, and a colour where there are colours.

use crate::engine::event::Show;
use crate::tui::preferences::Signs;
use crate::tui::theme::Role;

/// Words of availability: whoever says no more than one of them has said nothing that the sign does not say, or say better.
const WORDS: [&str; 9] =
    ["free to chat", "available", "online", "away", "away for long", "do not disturb", "busy", "offline", "on a call"];

/// What somebody says of themselves, where it says more than a word of availability: many clients send that again, and it
/// is not what the sign says while they talk with us.
#[must_use]
pub fn status(said: &str) -> Option<&str> {
    let said = said.trim();
    let is_word = || WORDS.iter().any(|word| said.eq_ignore_ascii_case(word));
    Some(said).filter(|said| !said.is_empty() && !is_word())
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
        assert_eq!(status(" Available "), None);
        assert_eq!(status(""), None);
        assert_eq!(status("available for lunch"), Some("available for lunch"));
        for show in [Show::Chat, Show::Available, Show::Away, Show::ExtendedAway, Show::DoNotDisturb, Show::Offline] {
            assert_eq!(status(presence(Some(show), false, Signs::Ascii).1), None, "{show:?}");
        }
        assert_eq!(status(presence(None, true, Signs::Ascii).1), None);
    }
}
