//! What makes a terminal ring and say why (BEL, OSC 9, OSC 777), and what puts text on its clipboard (OSC 52).
//!
//! What is said is the user's to choose, for it may stand on a locked screen. It refuses to know when to say it.

use super::preferences::{NotifyText, Preferences};
use super::terminal::Surroundings;
use super::wish::Alert;
use crate::engine::event::Problem;
use crate::machine::visible_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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

/// The title and the text of a notification, with no more than the user allows, on one line each; nothing when there
/// shall be none.
#[must_use]
pub fn said(alert: &Alert, allowed: NotifyText) -> Option<(String, String)> {
    let cut = |text: &str| visible_line(text).chars().take(LONGEST).collect::<String>();
    let kind = if alert.call { "Call" } else { "Message" };
    match allowed {
        NotifyText::Nothing => None,
        NotifyText::Something => Some(("offhook".to_owned(), kind.to_owned())),
        NotifyText::Who => Some((cut(&alert.who), kind.to_owned())),
        NotifyText::WhoAndWhat => Some((cut(&alert.who), cut(&alert.what))),
    }
}

/// What is written to the terminal: the bell where the user wants it, for a notification may not be seen, and the
/// notification where the terminal has them.
#[must_use]
pub fn written(alert: &Alert, preferences: &Preferences, channel: Channel) -> String {
    let bell = if preferences.bell { "\x07" } else { "" };
    match (channel, said(alert, preferences.notify)) {
        // A digit and a semicolon at its beginning would be a command of ConEmu and Windows Terminal: there is a word.
        (Channel::Osc9, Some((title, text))) => {
            format!("{bell}\x1b]9;offhook: {}: {}\x1b\\", unparted(&title), unparted(&text))
        }
        (Channel::Osc777, Some((title, text))) => {
            format!("{bell}\x1b]777;notify;{};{}\x1b\\", unparted(&title), unparted(&text))
        }
        (Channel::Bell, _) | (_, None) => bell.to_owned(),
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

    fn message(who: &str, what: &str) -> Alert {
        Alert { who: who.into(), what: what.into(), call: false }
    }

    fn with(notify: NotifyText, bell: bool) -> Preferences {
        Preferences { notify, bell, ..Preferences::default() }
    }

    #[test]
    fn what_is_said_is_the_users_to_choose() {
        let message = message("Bo", "the door code is 4711");
        for (allowed, said) in [
            (NotifyText::Nothing, "\x07"),
            (NotifyText::Something, "\x07\x1b]777;notify;offhook;Message\x1b\\"),
            (NotifyText::Who, "\x07\x1b]777;notify;Bo;Message\x1b\\"),
            (NotifyText::WhoAndWhat, "\x07\x1b]777;notify;Bo;the door code is 4711\x1b\\"),
        ] {
            assert_eq!(written(&message, &with(allowed, true), Channel::Osc777), said);
            assert_eq!(written(&message, &with(allowed, true), Channel::Bell), "\x07");
            assert_eq!(written(&message, &with(allowed, false), Channel::Bell), "");
        }
        let call = Alert { who: "Bo".into(), what: "rings".into(), call: true };
        assert_eq!(written(&call, &with(NotifyText::Who, false), Channel::Osc9), "\x1b]9;offhook: Bo: Call\x1b\\");
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
                let said = written(&message(&who, &what), &with(NotifyText::WhoAndWhat, true), channel);
                let inner = said.strip_prefix("\x07\x1b]").unwrap().strip_suffix("\x1b\\").unwrap();
                prop_assert!(!inner.chars().any(char::is_control), "{:?}", inner);
                let parts = inner.matches(';').count();
                prop_assert_eq!(parts, if channel == Channel::Osc9 { 1 } else { 3 });
            }
        }
    }
}
