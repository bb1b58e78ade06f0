//! What ends or stops the program from outside: the terminal is left in order, what was being written is on disk, and a
//! kill is repaired at the next start.

use super::people::{self, BOB, opens};
use super::terminal::{CTRL_C, CTRL_Z, Terminal};
use crate::Case;
use crate::prosody::{self, Prosody};
use crate::world::World;

pub const CASES: &[Case] = &[
    Case { name: "screen: a signal that ends keeps the draft", needs: NEEDS, run: || ended(&["TERM", "HUP", "INT"]) },
    Case { name: "screen: a closed window keeps the draft", needs: NEEDS, run: window_closed },
    Case { name: "screen: stopped and taken back", needs: NEEDS, run: stopped },
    Case { name: "screen: the next start repairs what a kill has left", needs: NEEDS, run: killed },
];

const NEEDS: &[&str] = &[prosody::NEEDS];

fn ended(signals: &[&str]) {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (80, 24));
    for (number, signal) in signals.iter().enumerate() {
        terminal.shows("· available");
        opens(&mut terminal, BOB);
        if number > 0 {
            terminal.shows(&format!("ends with {}", signals[number - 1]));
        }
        terminal.type_keys(&format!(" ends with {signal}"));
        terminal.shows(&format!("ends with {signal}"));
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 0, "{signal}");
        terminal.is_left();
        terminal.start_again(&alice);
    }
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    for signal in signals {
        terminal.shows(&format!("ends with {signal}"));
    }
}

fn window_closed() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (80, 24));
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    terminal.type_keys("what I wanted to say");
    terminal.shows("what I wanted to say");
    terminal.closes();
    let mut terminal = Terminal::start(&alice, (80, 24));
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    terminal.shows("what I wanted to say");
}

fn stopped() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (80, 24));
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    terminal.type_keys("something to write");
    terminal.shows("something to write");
    terminal.shows("Nothing was written yet.");
    for stop in ["the key", "the signal"] {
        terminal.until("has the cursor", |screen| !screen.hide_cursor());
        let before = terminal.picture();
        match stop {
            "the key" => terminal.type_keys(CTRL_Z),
            _ => terminal.signal("TSTP"),
        }
        terminal.is_stopped();
        terminal.is_left();
        terminal.signal("CONT");
        terminal.looks(&before);
    }
    // Stopped without a word, and resumed.
    terminal.signal("STOP");
    terminal.is_stopped();
    terminal.signal("CONT");
    terminal.type_keys(", and more");
    terminal.shows("something to write, and more");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
}

fn killed() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (80, 24));
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    terminal.type_keys("half a word");
    terminal.shows("half a word");
    terminal.signal("KILL");
    assert_eq!(terminal.ends(), 256);
    terminal.until("is still entered", |screen| screen.alternate_screen() && screen.bracketed_paste());
    terminal.start_again(&alice);
    terminal.shows("· available");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
}
