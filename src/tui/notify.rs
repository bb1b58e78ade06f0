//! What makes a terminal ring and say why (BEL, OSC 9, OSC 777), and what puts text on its clipboard (OSC 52).
//!
//! What is said is the user's to choose, for it may stand on a locked screen. It refuses to know when to say it.

use super::terminal::Surroundings;
use crate::engine::event::Problem;
use crate::machine::visible_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How much a notification says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// That there is something.
    Nothing,
    /// From whom.
    #[default]
    Who,
    /// From whom, and what.
    WhoAndWhat,
}

/// What to tell: about whom, and the words or the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What kind of thing it is, as “Message” or “Call”.
    pub kind: &'static str,
    /// From whom.
    pub who: String,
    /// What they wrote; empty for a call.
    pub what: String,
}

/// How a terminal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// BEL alone.
    Bell,
    /// A text (iTerm2, and after it WezTerm, Ghostty, kitty).
    Osc9,
    /// A title and a text (rxvt-unicode, and after it foot, VTE).
    Osc777,
}

/// A longer title or text is cut.
const LONGEST: usize = 160;

/// The most that is put on the clipboard, in base64: terminals drop longer ones, some at 75 kB.
const CLIPBOARD: usize = 74_000;

impl Notification {
    /// The title and the text, with no more than `words` allows, on one line each.
    #[must_use]
    pub fn said(&self, words: Words) -> (String, String) {
        let cut = |text: &str| visible_line(text).chars().take(LONGEST).collect::<String>();
        match words {
            Words::Nothing => ("offhook".to_owned(), self.kind.to_owned()),
            Words::WhoAndWhat if !self.what.is_empty() => (cut(&self.who), cut(&self.what)),
            Words::Who | Words::WhoAndWhat => (cut(&self.who), self.kind.to_owned()),
        }
    }

    /// What is written to the terminal. The bell rings in each: a notification may not be seen.
    #[must_use]
    pub fn written(&self, channel: Channel, words: Words) -> String {
        let (title, text) = self.said(words);
        match channel {
            Channel::Bell => "\x07".to_owned(),
            // A digit and a semicolon at its beginning would be a command of ConEmu and Windows Terminal: there is a word.
            Channel::Osc9 => format!("\x07\x1b]9;offhook: {}: {}\x1b\\", unparted(&title), unparted(&text)),
            Channel::Osc777 => format!("\x07\x1b]777;notify;{};{}\x1b\\", unparted(&title), unparted(&text)),
        }
    }
}

impl Channel {
    /// What that terminal understands; a multiplexer hands on the bell, and nothing else unasked.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Channel {
        let program = surroundings.program.as_str();
        if surroundings.tmux || surroundings.screen || !surroundings.understands_osc() {
            Channel::Bell
        } else if surroundings.kitty || matches!(program, "iterm.app" | "wezterm" | "ghostty") {
            Channel::Osc9
        } else if surroundings.vte || surroundings.term.starts_with("foot") || surroundings.term.starts_with("rxvt-unicode") {
            Channel::Osc777
        } else {
            Channel::Bell
        }
    }
}

/// What puts `text` on the clipboard of the terminal, and on no other selection.
///
/// # Errors
/// It is too long, or nothing is known to hand it on.
pub fn copy(text: &str, surroundings: &Surroundings) -> Result<String, Problem> {
    if surroundings.screen || !surroundings.understands_osc() {
        let what = match surroundings.screen {
            true => "GNU screen does not hand text on to the clipboard.",
            false => "This terminal has no clipboard that a program can reach.",
        };
        return Err(Problem::local(what, "Mark the text with the mouse, or use tmux or another terminal."));
    }
    let encoded = STANDARD.encode(text);
    if encoded.len() > CLIPBOARD {
        let what = format!("That is {} kB, and terminals take {} kB at a time.", text.len() / 1000, CLIPBOARD / 4 * 3 / 1000);
        return Err(Problem::local(what, "Copy a part of it."));
    }
    Ok(format!("\x1b]52;c;{encoded}\x1b\\"))
}

/// Without what parts the fields of these sequences.
fn unparted(text: &str) -> String {
    text.replace(';', ",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(who: &str, what: &str) -> Notification {
        Notification { kind: "Message", who: who.into(), what: what.into() }
    }

    #[test]
    fn what_is_said_is_the_users_to_choose() {
        let message = message("Bo", "the door code is 4711");
        for (words, said) in [
            (Words::Nothing, "\x07\x1b]777;notify;offhook;Message\x1b\\"),
            (Words::Who, "\x07\x1b]777;notify;Bo;Message\x1b\\"),
            (Words::WhoAndWhat, "\x07\x1b]777;notify;Bo;the door code is 4711\x1b\\"),
        ] {
            assert_eq!(message.written(Channel::Osc777, words), said);
            assert_eq!(message.written(Channel::Bell, words), "\x07");
        }
        let call = Notification { kind: "Call", who: "Bo".into(), what: String::new() };
        assert_eq!(call.written(Channel::Osc9, Words::WhoAndWhat), "\x07\x1b]9;offhook: Bo: Call\x1b\\");
    }

    #[test]
    fn each_terminal_is_told_what_it_understands() {
        let of = |pairs: &[(&str, &str)]| {
            let find = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Channel::of(&Surroundings::of(find))
        };
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Channel::Osc9);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), Channel::Osc9);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")]), Channel::Osc777);
        assert_eq!(of(&[("TERM", "foot")]), Channel::Osc777);
        assert_eq!(of(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/x"), ("VTE_VERSION", "7600")]), Channel::Bell);
        assert_eq!(of(&[("TERM", "xterm")]), Channel::Bell);
        assert_eq!(of(&[("TERM", "linux")]), Channel::Bell);
    }

    #[test]
    fn the_clipboard_has_a_bound() {
        let any = Surroundings { term: "xterm".into(), ..Surroundings::default() };
        assert_eq!(copy("žluťoučký", &any).unwrap(), "\x1b]52;c;xb5sdcWlb3XEjWvDvQ==\x1b\\");
        assert!(copy(&"x".repeat(CLIPBOARD / 4 * 3), &any).is_ok());
        assert!(copy(&"x".repeat(CLIPBOARD), &any).unwrap_err().what.contains("55 kB at a time"));
        let screen = Surroundings { screen: true, ..any };
        assert!(copy("x", &screen).unwrap_err().what.contains("GNU screen"));
    }

    proptest! {
        #[test]
        fn no_text_ends_or_parts_a_sequence(who in "\\PC{0,20}|[\u{0}-\u{9f};]{0,20}", what in "[\u{0}-\u{9f};0-9]{0,200}") {
            for channel in [Channel::Osc9, Channel::Osc777] {
                let said = message(&who, &what).written(channel, Words::WhoAndWhat);
                let inner = said.strip_prefix("\x07\x1b]").unwrap().strip_suffix("\x1b\\").unwrap();
                prop_assert!(!inner.chars().any(char::is_control), "{:?}", inner);
                let parts = inner.matches(';').count();
                prop_assert_eq!(parts, if channel == Channel::Osc9 { 1 } else { 3 });
            }
        }
    }
}
