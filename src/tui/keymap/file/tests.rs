//! What the keymaps say that come with the program, and what is said about files that are wrong.

use super::*;
use crate::tui::keymap::Found;
use proptest::prelude::*;

/// Reached by the palette alone: done once in a while, and never by a slip.
const WITHOUT_KEY: [Action; 5] =
    [Action::AddAccount, Action::AddByHand, Action::TypePassword, Action::Certificate, Action::SignOut];

/// Contexts whose keys work beside those of [`Context::Call`].
const BESIDE_CALLS: [Context; 7] = [
    Context::Everywhere,
    Context::People,
    Context::Conversation,
    Context::CallScreen,
    Context::Calls,
    Context::Notices,
    Context::Settings,
];

fn keys(text: &str) -> Vec<Key> {
    Key::parse_sequence(text).unwrap()
}

#[test]
fn the_keymaps_of_the_program_are_right_and_reach_every_action() {
    for (name, text) in KEYMAPS {
        let keymap = match Keymap::parse(text) {
            Ok(keymap) => keymap,
            Err(mistakes) => panic!("{}", mistakes.iter().map(|one| one.written(name)).collect::<Vec<_>>().join("\n")),
        };
        for row in ACTIONS {
            let here = |context: &Context| !keymap.keys_of(row.action, *context).is_empty();
            let reached = row.contexts.iter().filter(|context| **context != Context::Question).all(here);
            let palette = WITHOUT_KEY.contains(&row.action) || row.contexts.len() > 1 && row.contexts.iter().any(here);
            assert!(reached || palette, "{name}: no key is “{}”", row.name);
        }
    }
}

#[test]
fn keys_for_a_call_mean_nothing_else_where_it_can_be_seen() {
    for (name, _) in KEYMAPS {
        let keymap = Keymap::named(name).unwrap();
        for call in keymap.bindings().iter().filter(|binding| binding.context == Context::Call) {
            for other in keymap.bindings().iter().filter(|binding| BESIDE_CALLS.contains(&binding.context)) {
                assert!(!overlap(&call.keys, &other.keys), "{name}: {call:?} and {other:?}");
            }
        }
    }
}

#[test]
fn calls_are_taken_while_writing_and_letters_are_typed() {
    for (name, _) in KEYMAPS {
        let keymap = Keymap::named(name).unwrap();
        let writing = [Context::Compose, Context::Call];
        for (key, action) in [
            ("alt-a", Action::Answer),
            ("alt-d", Action::Decline),
            ("alt-x", Action::HangUp),
            ("alt-h", Action::Hold),
            ("alt-m", Action::Mute),
            ("ctrl-p", Action::Palette),
            ("f1", Action::Keys),
            ("esc", Action::Back),
            ("enter", Action::Send),
            ("alt-enter", Action::NewLine),
            ("ctrl-j", Action::NewLine),
        ] {
            assert_eq!(keymap.look_up(&writing, &keys(key)), Found::Action(action), "{name}: {key}");
        }
        for key in ["a", "d", "x", ":", "?", "/", "g", "space"] {
            assert_eq!(keymap.look_up(&writing, &keys(key)), Found::Nothing, "{name}: {key}");
        }
        let idle = [Context::People, Context::Call];
        for (key, action) in [("a", Action::Answer), ("d", Action::Decline), ("x", Action::HangUp), (":", Action::Palette)] {
            assert_eq!(keymap.look_up(&idle, &keys(key)), Found::Action(action), "{name}: {key}");
        }
        assert_eq!(keymap.look_up(&idle, &keys("g")), Found::Prefix);
        assert_eq!(keymap.look_up(&idle, &keys("g g")), Found::Action(Action::First));
        assert_eq!(keymap.look_up(&idle, &keys("g c")), Found::Action(Action::ShowCalls), "from the outer context");
        assert_eq!(keymap.look_up(&idle, &keys("g !")), Found::Nothing);
        assert_eq!(keymap.look_up(&idle, &[]), Found::Nothing);
    }
}

#[test]
fn the_screen_shows_keys_that_work_there() {
    let keymap = Keymap::default();
    assert_eq!(keymap.keys_of(Action::Palette, Context::People), [":", "Ctrl-P"]);
    assert_eq!(keymap.keys_of(Action::Palette, Context::Compose), ["Ctrl-P"]);
    assert_eq!(keymap.keys_of(Action::Palette, Context::Picker), [] as [&str; 0], "Ctrl-P goes up there");
    assert_eq!(keymap.keys_of(Action::First, Context::People), ["g g", "Home"]);
    assert_eq!(keymap.keys_of(Action::NewLine, Context::Compose), ["Alt-Enter", "Ctrl-J"]);
    assert!(Keymap::default().write_on_open() && !Keymap::named("vim").unwrap().write_on_open());
}

#[test]
fn a_file_changes_what_it_names_and_keeps_the_rest() {
    let text = "base = 'default'\nwrite-on-open = false\n[people]\n'g' = 'filter'\n'k' = ''\n[everywhere]\n'f9' = 'quit'\n";
    let keymap = Keymap::parse(text).unwrap();
    assert!(!keymap.write_on_open());
    assert_eq!(keymap.look_up(&[Context::People], &keys("g")), Found::Action(Action::Filter), "the base's “g g” gives way");
    assert_eq!(keymap.look_up(&[Context::People], &keys("k")), Found::Nothing);
    assert_eq!(keymap.look_up(&[Context::People], &keys("j")), Found::Action(Action::Next));
    assert_eq!(keymap.look_up(&[Context::Calls], &keys("g g")), Found::Action(Action::First));
    assert_eq!(keymap.keys_of(Action::Quit, Context::People).first().map(String::as_str), Some("F9"));
}

#[test]
fn mistakes_name_line_column_and_the_right_form() {
    for (text, place, what) in [
        ("[peeple]\nj = 'next'", "k:1:2: ", "did you mean “people”?"),
        ("[people]\nj = 'nxt'", "k:2:5: ", "No action is called “nxt”: did you mean “next”?"),
        ("[people]\n'žž' = 'next'", "k:2:1: ", "no key is called “žž”"),
        (
            "[people]\nj = 'next'\n\n  'ctrl-h' = 'next'\nbackspace = 'previous'",
            "k:5:1: ",
            "is “next” already, by “backspace” in line 4",
        ),
        ("[people]\ng = 'next'\n'g g' = 'first'", "k:3:1: ", "is never reached: “g” in line 2"),
        ("[people]\n'g g' = 'first'\ng = 'next'", "k:3:1: ", "would hide “g g”"),
        ("[compose]\nj = 'send'", "k:2:1: ", "take it with ctrl or alt"),
        ("[compose]\n'ctrl-g' = 'fold'", "k:2:12: ", "belongs in people"),
        ("[people]\nj = 7", "k:2:5: ", "of type integer"),
        ("people = 'j'", "k:1:10: ", "a table, as in [people]"),
        ("base = 'emacs'", "k:1:8: ", "there are default, vim"),
        ("base = 'default'\n[people]\nf11 = ''", "k:3:1: ", "need not be taken away"),
        ("[people]\nj = ''", "k:2:1: ", "name one"),
        ("write-on-open = 'no'", "k:1:17: ", "true or false"),
        ("[people]\nj = 'next", "k:2:", ""),
        ("[people]\nj = 'next'\nj = 'next'", "k:3:1: ", "duplicate key"),
        ("", "k:1:1: ", "no way out"),
    ] {
        let said = Keymap::parse(text).unwrap_err();
        let written: Vec<String> = said.iter().map(|mistake| mistake.written("k")).collect();
        assert!(written.iter().any(|line| line.starts_with(place) && line.contains(what)), "{text:?} gives {written:#?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let said = Keymap::parse("base = 'default'\n[calls]\nj = 'x'\n[people]\nk = 'y'\nl = 3\n").unwrap_err();
    assert_eq!(said.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [3, 5, 6]);
}

proptest! {
    #[test]
    fn any_text_gives_a_keymap_or_mistakes(text in "(\\[(people|compose|everywhere|x)\\]\n|'(ctrl-|alt-)?[a-z?g ]{1,3}' = '(next|send|palette|back|)?'\n|\\PC{0,6}){0,12}") {
        let _ = Keymap::parse(&text);
    }
}
