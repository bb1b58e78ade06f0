//! The escape sequences that are written outside frames (ECMA-48, xterm's control sequences).

use crate::machine::visible_line;

/// Enters the screen: the window's title is put aside, the alternate screen, pasted text is marked, focus is told.
/// No keyboard protocol is asked for: what it would tell apart (Ctrl-I from Tab) nothing of ours hangs on.
pub const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[0m\x1b[2J\x1b[?25l";

/// Asks for the colour behind the letters (OSC 11), and to be told when it becomes dark or light (mode 2031, as Contour and
/// kitty describe it). Whoever does not know it says nothing, and then that all is well (DSR 5): terminals answer in order.
pub const ASK_BACKGROUND: &str = "\x1b[?2031h\x1b]11;?\x1b\\\x1b[5n";

/// Leaves it, in whatever state a frame was cut off: a title or link that was begun ends (ST), then all is as before.
pub const LEAVE: &str =
    "\x1b\\\x1b[?2026l\x1b[0m\x1b]8;;\x1b\\\x1b[?2031l\x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// For a terminal that somebody left without [`LEAVE`]: the same, and mouse reports, scroll region, wrapping, keypad and
/// cursor keys as a shell wants them.
pub const REPAIR: &str = "\x1b\\\x1b[?2026l\x1b[0m\x1b]8;;\x1b\\\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2031l\x1b[?1004l\x1b[?2004l\
\x1b[?1l\x1b>\x1b[?7h\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// Begins and ends what the terminal should show at once.
pub const TOGETHER: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

/// A longer title is cut.
const TITLE: usize = 80;

/// Sets the window's title.
#[must_use]
pub fn title(text: &str) -> String {
    let cut: String = visible_line(text).chars().take(TITLE).collect();
    format!("\x1b]2;{cut}\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that offhook was killed on in the middle of a frame.
    fn killed() -> vt100::Parser {
        let mut terminal = vt100::Parser::default();
        terminal.process(b"$ offhook\r\n");
        terminal.process(ENTER.as_bytes());
        terminal.process(b"\x1b[?2026h\x1b[1;31mpeople\x1b[?1000h\x1b[?1h\x1b]2;half a tit");
        terminal
    }

    #[test]
    fn leaving_and_repairing_put_back_what_was_there() {
        for sequence in [LEAVE, REPAIR] {
            let mut terminal = killed();
            assert!(terminal.screen().alternate_screen() && terminal.screen().bracketed_paste());
            terminal.process(sequence.as_bytes());
            let screen = terminal.screen();
            assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor() && !screen.bold());
            assert_eq!(screen.contents(), "$ offhook", "nothing of a sequence is shown");
            assert_eq!(screen.fgcolor(), vt100::Color::Default);
        }
        let mut terminal = killed();
        terminal.process(REPAIR.as_bytes());
        assert_eq!(terminal.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(!terminal.screen().application_cursor());
    }

    #[test]
    fn a_title_cannot_end_itself() {
        let said = title(&format!("Eve\x1b\\\x07\u{9c}\n{}", "x".repeat(500)));
        let inner = said.strip_prefix("\x1b]2;").unwrap().strip_suffix("\x1b\\").unwrap();
        assert!(!inner.chars().any(char::is_control), "{inner:?}");
        assert_eq!(inner.chars().count(), TITLE);
    }
}
