//! A good citizen of the terminal: every size, storms of sizes, colours only where they are wanted, paste that never sends,
//! and no byte while nothing is to be seen.

use super::people::{self, BOB, address_of_alice, befriended, bodies, opens};
use super::terminal::{CTRL_C, ENTER, Terminal, rows};
use crate::Case;
use crate::offhook::User;
use crate::prosody::{self, Prosody};
use crate::slixmpp;
use crate::world::World;

pub const CASES: &[Case] = &[
    Case { name: "screen: every size, and fifty in a row", needs: CHAT, run: sizes },
    Case { name: "screen: a paste of two lines sends nothing", needs: CHAT, run: paste },
    Case { name: "screen: no byte while nothing changes", needs: CHAT, run: idle },
    Case { name: "screen: NO_COLOR has no colour", needs: CHAT, run: no_colour },
    Case { name: "screen: a terminal without a cursor is refused in a sentence", needs: &[], run: dumb },
];

const CHAT: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

fn sizes() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut bob = befriended(&world, &prosody);
    for size in [(60, 15), (80, 24), (120, 40), (300, 100)] {
        let mut terminal = Terminal::start(&alice, size);
        is_whole(&terminal, size);
        let here = address_of_alice(&mut bob);
        // A storm ends where it began, with the same picture.
        opens(&mut terminal, BOB);
        terminal.type_keys("something to write");
        terminal.shows("something to write");
        terminal.shows("Nothing was written yet.");
        quiet(&terminal, &mut bob, &here);
        let before = terminal.picture();
        for step in 0..50_u16 {
            terminal.resize((7 + step * 37 % 290, 2 + step * 13 % 97));
        }
        terminal.resize(size);
        terminal.looks(&before);
        // A key that comes in one moment with a new size would wait for the next key: the sizes are all heard first.
        quiet(&terminal, &mut bob, &here);
        terminal.type_keys(CTRL_C);
        assert_eq!(terminal.ends(), 0);
        terminal.is_left();
    }
}

/// The first row says who we are, the last which keys there are, and nothing is wider than the screen.
fn is_whole(terminal: &Terminal, size: (u16, u16)) {
    terminal.until(&format!("is whole at {size:?}"), |screen| {
        let rows = rows(screen);
        let first = rows.first().is_some_and(|row| row.starts_with(" ● alice") && row.contains(" · available"));
        let last = rows.last().is_some_and(|row| row.contains("palette") || row.contains("keys"));
        first && last && rows.iter().any(|row| row.contains("● bob@"))
    });
}

fn paste() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut bob = befriended(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (80, 24));
    terminal.shows("· available");
    opens(&mut terminal, BOB);
    terminal.paste("the first line\nthe second line\n");
    terminal.shows("the second line");
    // What was sent before this word would have come before it.
    let here = address_of_alice(&mut bob);
    bob.pings(&here);
    bob.settle();
    assert_eq!(bodies(&bob), Vec::<String>::new());
    terminal.type_keys("and a third");
    terminal.shows("and a third");
    terminal.type_keys(ENTER);
    bob.process.wait_until("hears it", |bob| bob.bodies().iter().any(|body| body.contains("third")));
    assert_eq!(bodies(&bob), ["the first line\nthe second line\nand a third"]);
}

fn idle() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut bob = befriended(&world, &prosody);
    let mut terminal = Terminal::start(&alice, (120, 40));
    terminal.shows("· available");
    let here = address_of_alice(&mut bob);
    opens(&mut terminal, BOB);
    let here = here.as_str();
    let change = |bob: &mut slixmpp::Slixmpp, status: &str| {
        bob.shows("", status);
        terminal.shows_row(&["● bob@", status]);
        quiet(&terminal, bob, here)
    };
    // The first frame of its kind leaves other colours chosen than the next ones.
    for status in ["one", "two"] {
        change(&mut bob, status);
    }
    // What a change of his status costs when nothing else happens ...
    let start = change(&mut bob, "one");
    let first = (start, change(&mut bob, "two"));
    let start = change(&mut bob, "one");
    // ... is what it costs after many events that change nothing: events come to the screen in their order.
    for _ in 0..20 {
        bob.shows("", "one");
        bob.pings(here);
    }
    let again = change(&mut bob, "two");
    let raw = terminal.raw();
    let (first, second) = (String::from_utf8_lossy(&raw[first.0..first.1]), String::from_utf8_lossy(&raw[start..again]));
    assert_eq!(first, second, "what changes nothing is not drawn");
}

/// Waits until no byte has come while the program has answered three pings, and says how many there were before.
fn quiet(terminal: &Terminal, bob: &mut slixmpp::Slixmpp, here: &str) -> usize {
    let start = std::time::Instant::now();
    loop {
        let before = terminal.bytes();
        (0..3).for_each(|_| bob.pings(here));
        if terminal.bytes() == before {
            return before;
        }
        assert!(start.elapsed() < crate::process::DEADLINE, "it is never quiet:\n{}", terminal.contents());
    }
}

fn no_colour() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = people::alice(&world, &prosody);
    let mut bob = befriended(&world, &prosody);
    for (variables, coloured) in [(&[][..], true), (&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")][..], false)] {
        let mut terminal = Terminal::start_with(&alice, (120, 40), variables);
        terminal.shows_row(&["● bob@"]);
        bob.says(people::ALICE, "look https://example.test/");
        terminal.shows("1 unread");
        opens(&mut terminal, BOB);
        terminal.shows("look https");
        terminal.type_keys(CTRL_C);
        assert_eq!(terminal.ends(), 0);
        terminal.is_left();
        assert_eq!(colours(&terminal.raw()) > 0, coloured, "{:?}", String::from_utf8_lossy(&terminal.raw()));
    }
}

/// How often a colour is chosen (ECMA-48, SGR; 39, 49 and 59 are none).
fn colours(raw: &[u8]) -> usize {
    let text = String::from_utf8_lossy(raw);
    let chooses = |parameter: &&str| {
        let number = parameter.split(':').next().unwrap_or_default().parse::<u16>().unwrap_or(0);
        matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
    };
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let (parameters, _) = rest.split_once('m')?;
        parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':').then_some(parameters)
    });
    sequences.filter(|parameters| parameters.split(';').any(|parameter| chooses(&parameter))).count()
}

fn dumb() {
    let world = World::new();
    let alice = User::new(&world, "alice");
    for name in ["dumb", ""] {
        let mut terminal = Terminal::start_with(&alice, (80, 24), &[("TERM", name)]);
        assert_eq!(terminal.ends(), 5);
        terminal.shows("offhook listen");
        terminal.is_left();
        assert!(!terminal.raw().contains(&0x1b), "{:?}", String::from_utf8_lossy(&terminal.raw()));
    }
}
