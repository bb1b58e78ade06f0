//! How presence looks: a sign and a word, and a colour where there are colours.

use crate::engine::event::Show;
use crate::tui::preferences::Signs;
use crate::tui::theme::Role;

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
