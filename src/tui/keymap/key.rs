//! One key, in one form: what terminals send in several ways, and what people write in several ways, is one value here.
//!
//! Terminals cannot tell Ctrl-H from Backspace, Ctrl-I from Tab, Ctrl-M from Enter and Ctrl-[ from Esc: the named key is
//! meant. A letter carries its own case, so Shift stands only with keys that have a name. It refuses to know actions.

use std::fmt;

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A key that types this.
    Char(char),
    /// Enter, Return, Ctrl-M.
    Enter,
    /// Tab, Ctrl-I.
    Tab,
    /// Backspace, Ctrl-H.
    Backspace,
    /// Escape, Ctrl-[.
    Esc,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// F1 to F24.
    F(u8),
}

/// The names in keymaps; the first of a key's names is the one that is written.
const NAMES: [(&str, KeyCode); 22] = [
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
    ("plus", KeyCode::Char('+')),
];

/// The last function key.
const LAST_F: u8 = 24;

/// A key with what is held down beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt, which most terminals send as Esc and the key.
    pub alt: bool,
    /// With Shift; never with [`KeyCode::Char`], whose letter says it.
    pub shift: bool,
}

impl Key {
    /// That key alone.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Key {
        Key { code, ctrl: false, alt: false, shift: false }
    }

    /// The key that types `letter`.
    #[must_use]
    pub const fn char(letter: char) -> Key {
        Key::plain(KeyCode::Char(letter))
    }

    /// Ctrl and the key that types `letter`.
    #[must_use]
    pub fn ctrl(letter: char) -> Key {
        Key { ctrl: true, ..Key::char(letter) }.settled()
    }

    /// Alt and the key that types `letter`.
    #[must_use]
    pub const fn alt(letter: char) -> Key {
        Key { alt: true, ..Key::char(letter) }
    }

    /// What it puts into a text, if it puts something there.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if !self.ctrl && !self.alt => Some(letter),
            _ => None,
        }
    }

    /// Reads one key as people write it: `j`, `?`, `space`, `f1`, `ctrl-p`, `alt-enter`, `shift-tab`.
    ///
    /// # Errors
    /// What is wrong with it, and the right form.
    pub fn parse(text: &str) -> Result<Key, String> {
        let mut key = Key::char(' ');
        let mut rest = text;
        while let Some((modifier, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
            let held = match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "c" | "control" => &mut key.ctrl,
                "alt" | "a" | "m" | "meta" => &mut key.alt,
                "shift" | "s" => &mut key.shift,
                _ => break,
            };
            if std::mem::replace(held, true) {
                return Err(format!("{modifier} stands there twice"));
            }
            rest = after;
        }
        key.code = code(rest)?;
        if key.shift
            && let KeyCode::Char(letter) = key.code
        {
            return Err(match letter.is_alphabetic() {
                true => format!("shift with a letter is the capital letter: write \"{}\"", letter.to_uppercase()),
                false => format!("shift-{rest} depends on the keyboard: write what it types"),
            });
        }
        Ok(key.settled())
    }

    /// Reads keys that are pressed one after the other, as `g g`.
    ///
    /// # Errors
    /// As for [`Key::parse`]; or there is none.
    pub fn parse_sequence(text: &str) -> Result<Vec<Key>, String> {
        let keys: Vec<Key> = text.split_ascii_whitespace().map(Key::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err("a key is missing; the space bar is \"space\"".into()) } else { Ok(keys) }
    }

    /// In words for the screen: `Ctrl-P`, `Alt-Enter`, `Space`, `g`.
    #[must_use]
    pub fn words(self) -> String {
        let named = self.to_string();
        // Only a letter that stands alone keeps its case: it is what must be typed.
        if matches!(self.code, KeyCode::Char(letter) if letter != ' ') && !self.ctrl && !self.alt {
            return match self.code {
                KeyCode::Char(letter) => letter.to_string(),
                _ => named,
            };
        }
        let mut words = Vec::new();
        let mut rest = named.as_str();
        for modifier in ["ctrl-", "alt-", "shift-"] {
            if let Some(after) = rest.strip_prefix(modifier) {
                words.push(capital(modifier.trim_end_matches('-')));
                rest = after;
            }
        }
        words.push(match self.code {
            // With Alt, `a` and `A` are two keys; with Ctrl they are one.
            KeyCode::Char(letter) if letter != ' ' && !self.ctrl => letter.to_string(),
            KeyCode::Char(letter) if letter != ' ' => letter.to_uppercase().to_string(),
            _ => rest.split('-').map(capital).collect::<Vec<_>>().join(""),
        });
        words.join("-")
    }

    /// In the one form that terminals can tell apart.
    #[must_use]
    pub fn settled(mut self) -> Key {
        if let KeyCode::Char(letter) = self.code {
            self.shift = false;
            if self.ctrl {
                let (code, ctrl) = match letter.to_ascii_lowercase() {
                    'h' => (KeyCode::Backspace, false),
                    'i' => (KeyCode::Tab, false),
                    'm' => (KeyCode::Enter, false),
                    '[' => (KeyCode::Esc, false),
                    '@' => (KeyCode::Char(' '), true),
                    '/' => (KeyCode::Char('_'), true),
                    lower => (KeyCode::Char(lower), true),
                };
                (self.code, self.ctrl) = (code, ctrl);
            }
        }
        self
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                out.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::F(number) => write!(out, "f{number}"),
            code => match (NAMES.iter().find(|(_, named)| *named == code), code) {
                (Some((name, _)), _) => out.write_str(name),
                (None, KeyCode::Char(letter)) => write!(out, "{letter}"),
                (None, _) => Ok(()),
            },
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn code(text: &str) -> Result<KeyCode, String> {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return match letter.is_control() {
            true => Err("a control character is no key: write it as in ctrl-p".into()),
            false => Ok(KeyCode::Char(letter)),
        };
    }
    let lower = text.to_ascii_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Ok(*code);
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
        return match number {
            1..=LAST_F => Ok(KeyCode::F(number)),
            _ => Err(format!("function keys are f1 to f{LAST_F}")),
        };
    }
    if text.is_empty() || ["ctrl-", "alt-", "shift-"].contains(&lower.as_str()) {
        return Err("a key is missing".into());
    }
    let known = NAMES.iter().map(|(name, _)| *name);
    Err(match known.min_by_key(|name| strsim::osa_distance(name, &lower)) {
        Some(near) if strsim::osa_distance(near, &lower) <= 2 => format!("no key is called “{text}”: did you mean “{near}”?"),
        _ => format!("no key is called “{text}”: keys are written as in j, ?, space, f1, ctrl-p, alt-enter, or g g"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_terminals_cannot_tell_apart_is_one_key() {
        for (one, other) in [
            (Key::ctrl('h'), Key::plain(KeyCode::Backspace)),
            (Key::ctrl('i'), Key::plain(KeyCode::Tab)),
            (Key::ctrl('m'), Key::plain(KeyCode::Enter)),
            (Key::ctrl('['), Key::plain(KeyCode::Esc)),
            (Key::ctrl('@'), Key::ctrl(' ')),
            (Key::ctrl('/'), Key::ctrl('_')),
            (Key::ctrl('P'), Key::ctrl('p')),
            (Key { shift: true, ..Key::char('G') }.settled(), Key::char('G')),
        ] {
            assert_eq!(one, other);
        }
    }

    #[test]
    fn keys_are_read_as_people_write_them() {
        for (text, written, shown) in [
            ("Ctrl-P", "ctrl-p", "Ctrl-P"),
            ("c-p", "ctrl-p", "Ctrl-P"),
            ("ctrl-h", "backspace", "Backspace"),
            ("ctrl-[", "esc", "Esc"),
            ("alt-a", "alt-a", "Alt-a"),
            ("alt-A", "alt-A", "Alt-A"),
            ("m-enter", "alt-enter", "Alt-Enter"),
            ("SPACE", "space", "Space"),
            ("ctrl-space", "ctrl-space", "Ctrl-Space"),
            ("pagedown", "page-down", "PageDown"),
            ("ctrl-alt-shift-left", "ctrl-alt-shift-left", "Ctrl-Alt-Shift-Left"),
            ("f12", "f12", "F12"),
            ("-", "minus", "-"),
            ("ctrl--", "ctrl-minus", "Ctrl--"),
            ("ž", "ž", "ž"),
            ("a", "a", "a"),
        ] {
            let key = Key::parse(text).unwrap();
            assert_eq!((key.to_string().as_str(), key.words().as_str()), (written, shown), "{text}");
        }
        assert_eq!(Key::parse_sequence("g g").unwrap(), [Key::char('g'), Key::char('g')]);
    }

    #[test]
    fn what_is_no_key_says_what_would_be() {
        for (text, said) in [
            ("entr", "did you mean “enter”?"),
            ("shift-a", "write \"A\""),
            ("shift-7", "what it types"),
            ("ctrl-ctrl-a", "twice"),
            ("f99", "f1 to f24"),
            ("hyper-x", "ctrl-p"),
            ("\u{1b}", "control character"),
            ("ctrl-", "a key is missing"),
        ] {
            let found = Key::parse(text).unwrap_err();
            assert!(found.contains(said), "{text:?} gives {found}");
        }
        assert!(Key::parse_sequence(" ").unwrap_err().contains("space"));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_key_that_is_written_as_it_is_read(text in "\\PC{0,8}|(ctrl-|alt-|shift-){0,3}(\\PC|tab|f[0-9]{1,2})") {
            if let Ok(key) = Key::parse(&text) {
                prop_assert_eq!(Key::parse(&key.to_string()), Ok(key));
            }
        }
    }
}
