//! What the user likes: looks, keys, bell and notifications. Values only; a file of them is kept by whoever drives the
//! screen.

use super::theme::AUTO;

/// The user's preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Name of a theme: `auto` for `dark` or `light` as the terminal is, `dark`, `light`, `mono`, or a file of the user's.
    pub theme: String,
    /// Name of a keymap: `default`, `vim`, or a file of the user's.
    pub keymap: String,
    /// Signs beyond ASCII.
    pub signs: Signs,
    /// Ring the terminal's bell on messages and calls.
    pub bell: bool,
    /// How much a notification says.
    pub notify: NotifyText,
    /// Tell others that we are writing to them.
    pub typing: bool,
    /// Fetch and show photos of people, where the terminal can show them.
    pub photos: bool,
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences {
            theme: AUTO.into(),
            keymap: "default".into(),
            signs: Signs::Unicode,
            bell: true,
            notify: NotifyText::WhoAndWhat,
            typing: true,
            photos: true,
        }
    }
}

/// Which signs are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// `●`, `◐`, `✓`: of one column on every terminal that knows UTF-8.
    #[default]
    Unicode,
    /// `+`, `~`, `v`.
    Ascii,
}

impl Signs {
    /// All choices.
    pub const ALL: [Signs; 2] = [Signs::Unicode, Signs::Ascii];

    /// Its name in the file and in the settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Signs::Unicode => "unicode",
            Signs::Ascii => "ascii",
        }
    }
}

/// How much a notification says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyText {
    /// No notification.
    Nothing,
    /// That something came, and not from whom.
    Something,
    /// From whom.
    Who,
    /// From whom, and what.
    #[default]
    WhoAndWhat,
}

impl NotifyText {
    /// All choices.
    pub const ALL: [NotifyText; 4] = [NotifyText::Nothing, NotifyText::Something, NotifyText::Who, NotifyText::WhoAndWhat];

    /// Its name in the file and in the settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            NotifyText::Nothing => "nothing",
            NotifyText::Something => "something",
            NotifyText::Who => "who",
            NotifyText::WhoAndWhat => "who-and-what",
        }
    }
}
