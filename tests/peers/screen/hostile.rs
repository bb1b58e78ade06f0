//! What others send is text, whatever is in it: no control of theirs reaches the terminal.

use super::people::{self, ALICE, BOB, befriended, opens};
use super::terminal::{CTRL_C, ENTER, Terminal};
use crate::Case;
use crate::prosody::{self, Prosody};
use crate::slixmpp;
use crate::world::World;

pub const CASES: &[Case] =
    &[Case { name: "screen: hostile text is text", needs: &[prosody::NEEDS, slixmpp::NEEDS], run: hostile }];

/// What XML can carry: CSI, OSC 52 and ST of C1, DEL, NEL, overrides and isolates of direction, and words like sequences.
const HOSTILE: &str = "clear \u{9b}2J clip \u{9d}52;c;aGFja2Vk\u{9c} title \u{9d}2;owned\u{9c} nel\u{85} del\u{7f} \u{202e}tfel\u{202c} \
                       \u{2066}isolated\u{2069} ]52;c;aGFja2Vk [2J \u{90}q\u{9c} end";

fn hostile() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut bob = befriended(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (120, 40));
    terminal.shows_row(&["● bob@"]);
    opens(&mut terminal, BOB);
    bob.shows("away", HOSTILE);
    terminal.shows_row(&["◐ bob@", "clear"]);
    bob.says(ALICE, HOSTILE);
    bob.says(ALICE, "after it");
    terminal.shows("after it");
    for word in ["clear", "clip", "title", "owned", "52;c;aGFja2Vk", "isolated", "tfel", "end"] {
        terminal.shows(word);
    }
    // In the search too.
    terminal.type_keys("\x12");
    terminal.shows("Search all messages");
    terminal.type_keys("tfel");
    terminal.shows_row(&["\" … ", " tfel ", "bob@example.test, "]);
    terminal.type_keys(ENTER);
    terminal.hides("Search all messages");
    // What the user pastes is cleaned as well.
    terminal.type_keys("i");
    terminal.shows("Enter send");
    terminal.paste("pasted \u{9b}2J\u{202e} text");
    terminal.shows("pasted");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
    harmless(&terminal.raw());
}

/// No control of theirs is in what was written.
fn harmless(raw: &[u8]) {
    let text = std::str::from_utf8(raw).unwrap();
    let own = |letter: char| matches!(letter, '\u{1b}' | '\u{7}' | '\r' | '\n' | '\u{8}');
    let foreign: Vec<char> = text.chars().filter(|letter| letter.is_control() && !own(*letter)).collect();
    assert!(foreign.is_empty(), "{foreign:?} in {text:?}");
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(turns), "{text:?}");
    for sequence in ["\x1b]52", "\x1b]2;owned", "\x1bP", "\x1b_", "\x1b^"] {
        assert!(!text.contains(sequence), "{sequence:?} in {text:?}");
    }
    // The screen is cleared by us alone: when it is entered.
    let cleared = text.split("\x1b[2J").skip(1).count();
    let entered = text.matches("\x1b[?1049h").count();
    assert!(cleared <= 2 * entered, "cleared {cleared} times");
}
