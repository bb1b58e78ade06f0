//! Random keys, events and sizes: nothing panics, nothing passes its pane, the list of people never jumps.

use super::frames::draw_whole;
use super::hostile::{account, check, model, texts, told};
use super::town::BEGIN;
use offhook::engine::command::Command;
use offhook::engine::event::*;
use offhook::machine::Stamp;
use offhook::tui::keymap::{Key, Keymap};
use offhook::tui::model::{Focus, Model, Row, Touched};
use offhook::tui::text::is_right_to_left;
use offhook::tui::view;
use offhook::tui::wish::Wish;
use proptest::prelude::*;
use ratatui::buffer::Buffer;

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Paste(usize),
    /// One of the events about one of the texts.
    Told(usize, usize, usize),
    Call(u64, CallChange),
    Look(bool),
    Draw(u16, u16),
    Wait(i64),
    Vim,
}

fn key() -> impl Strategy<Value = Key> {
    let named = [
        "enter",
        "esc",
        "tab",
        "shift-tab",
        "space",
        "backspace",
        "delete",
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
        "page-up",
        "page-down",
        "ctrl-p",
        "ctrl-r",
        "ctrl-u",
        "ctrl-k",
        "ctrl-w",
        "ctrl-y",
        "ctrl-_",
        "alt-enter",
        "alt-a",
        "alt-x",
        "alt-h",
        "alt-s",
        "alt-o",
        "f1",
        "f2",
        "f3",
        "f4",
        "f5",
        "f6",
        "g",
        "j",
        "k",
        ":",
        "/",
        "?",
        "c",
        "C",
        "n",
        "p",
        "+",
        "e",
        "y",
        "r",
        "o",
        "m",
        "h",
        "s",
        "x",
        "a",
        "d",
        "G",
        "v",
        "u",
        "l",
        "i",
        "1",
        "#",
        "@",
        "é",
    ];
    prop::sample::select(named.to_vec()).prop_map(|name| Key::parse(name).unwrap())
}

fn change() -> impl Strategy<Value = CallChange> {
    let sound = |held_by_us, held_by_them| CallChange::Changed {
        held_by_us,
        held_by_them,
        codec: "opus/48000".into(),
        encrypted: true,
        keys_in_clear: held_by_us,
    };
    let answered = CallChange::Answered {
        setup: std::time::Duration::ZERO,
        codec: "\u{1b}x/y".into(),
        encrypted: false,
        keys_in_clear: false,
        at: BEGIN,
    };
    let ended = |end| CallChange::Ended { end, reason: "\u{1b}why".into(), figures: Figures::default() };
    prop::sample::select(vec![
        CallChange::Progress,
        CallChange::Ringing { early_media: false },
        CallChange::Ringing { early_media: true },
        answered,
        sound(true, false),
        sound(false, true),
        sound(false, false),
        CallChange::HoldWanted(true),
        CallChange::Muted(true),
        CallChange::Dtmf('#'),
        CallChange::Figures(Figures { lost: u64::MAX, jitter_ms: f64::MAX, level_out: 9.0, ..Figures::default() }),
        ended(CallEnd::Remote),
        ended(CallEnd::Failed),
        ended(CallEnd::NoAnswer),
    ])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => key().prop_map(Step::Key),
        1 => (0_usize..15).prop_map(Step::Paste),
        6 => (0_usize..5, 0_usize..15, 0_usize..18).prop_map(|(number, text, event)| Step::Told(number, text, event)),
        3 => (0_u64..5, change()).prop_map(|(call, change)| Step::Call(call, change)),
        1 => any::<bool>().prop_map(Step::Look),
        8 => (1_u16..300, 1_u16..100).prop_map(|(width, height)| Step::Draw(width, height)),
        1 => (0_i64..10_000_000_000).prop_map(Step::Wait),
        1 => Just(Step::Vim),
    ];
    prop::collection::vec(step, 1..80)
}

/// What an engine with a full disk of odd things would answer.
fn answer(model: &mut Model, command: Command) {
    let texts = texts();
    let text = |number: usize| texts[number % texts.len()].clone();
    let message = |with: &str, number: usize| Message {
        key: MessageKey(format!("old-{number}")),
        id: "".into(),
        from: with.into(),
        to: "alice@example.test".into(),
        body: text(number).into(),
        at: Stamp::from_micros(BEGIN.micros() - 10_000_000_000 + i64::try_from(number).unwrap() * 7_000_000),
        ours: number.is_multiple_of(4),
        archived: false,
        delivery: if number.is_multiple_of(4) { Delivery::Unknown } else { Delivery::Received },
    };
    match command {
        Command::ReadConversation { with, ticket, count, .. } => {
            let entry = |number: usize| {
                let message = message(&with, number);
                Entry { place: Place { at: message.at, row: 0 }, kind: EntryKind::Message(message) }
            };
            let entries = (0..usize::from(count)).map(entry).collect();
            let page = Page { with: with.clone(), ticket, entries, more_before: true, more_after: true, seen: None };
            model.apply(&Event::Page { account: account(), page });
        }
        Command::Search { words, ticket, .. } => {
            let hit = |number: usize| {
                let message = message("bo@example.test", number);
                Hit { account: account(), with: "bo@example.test".into(), excerpt: words.as_str().into(), message }
            };
            model.apply(&Event::Found { ticket, hits: (0..40).map(hit).collect(), more: true });
        }
        Command::Send { account, to, body, ticket } => {
            let mut sent = message(&to, 0);
            (sent.from, sent.to, sent.body) = ("alice@example.test".into(), to.into(), body.into());
            sent.key = MessageKey(format!("sent-{}", ticket.0));
            model.apply(&Event::Message { account, message: sent, ticket: Some(ticket) });
        }
        _ => {}
    }
}

/// A key, after what was drawn before it. Says whether only the line that is written was drawn then; if so, the frame is the
/// one that is drawn whole.
fn press(model: &mut Model, key: Key, (width, height): (u16, u16)) -> bool {
    let (mut shown, drawn) = draw_whole(model, width, height);
    let touched = model.key(key);
    let Some(line) = drawn.line.filter(|line| touched == Touched::Line && line.can_be_drawn_alone(model)) else {
        return false;
    };
    let mut part = Buffer::empty(line.room);
    let cursor = view::draw_line(model, &line, &mut part);
    for at in line.room.positions() {
        shown[at] = part[at].clone();
    }
    let (whole, after) = draw_whole(model, width, height);
    assert_eq!((shown, cursor, drawn.line), (whole, after.cursor, after.line), "{key:?}");
    true
}

/// Opens a conversation, to write.
fn open(model: &mut Model) {
    model.freshen();
    for keys in ["enter", "i"] {
        model.key(Key::parse(keys).unwrap());
        if model.focus == Focus::Compose {
            return;
        }
    }
    panic!("nobody to write to: {:?} {:?}", model.screen, model.people.rows());
}

fn act(model: &mut Model, step: &Step) {
    match step {
        Step::Key(key) => {
            press(model, *key, (100, 30));
        }
        Step::Paste(text) => model.paste(&texts()[text % texts().len()]),
        Step::Told(number, text, event) => {
            let texts = texts();
            let events = told(*number, &texts[text % texts.len()]);
            model.apply(&events[event % events.len()]);
        }
        Step::Call(call, change) => model.apply(&Event::Call { call: CallId(*call), change: change.clone() }),
        Step::Look(looking) => model.look(*looking),
        Step::Draw(width, height) => {
            check(model, *width, *height);
        }
        Step::Wait(micros) => {
            model.set_clock(Stamp::from_micros(model.setup.now.micros() + micros));
            model.tick();
        }
        Step::Vim => model.set_keymap(Keymap::named("vim").unwrap()),
    }
    for _ in 0..100 {
        let Some(wish) = model.poll() else { return };
        if let Wish::Command(command) = wish {
            answer(model, command);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_the_screen_is_drawn(steps in steps()) {
        let mut model = model();
        for step in &steps {
            act(&mut model, step);
        }
        check(&mut model, 120, 40);
        check(&mut model, 80, 24);
    }

    #[test]
    fn presence_moves_nobody_in_the_list(shows in prop::collection::vec((0_usize..12, 0_usize..6), 1..60)) {
        let mut model = model();
        let names = |model: &Model| -> Vec<String> {
            let rows = model.people.rows().iter();
            rows.map(|row| match row {
                Row::Person(person) => person.whom.with.clone(),
                Row::Group { name, .. } => name.clone(),
                Row::Request(whom) => whom.with.clone(),
                Row::Directory(_) | Row::Found(..) => String::new(),
            }).collect()
        };
        for number in 0..12 {
            let contact = Contact {
                jid: format!("p{number}@example.test"),
                name: format!("{} {number}", ["Zoë", "anna", "Émile", "Bo"][number % 4]).into(),
                we_see_them: true,
                they_see_us: true,
                asked: false,
                groups: if number % 3 == 0 { vec!["Team".into()] } else { vec![] },
            };
            model.apply(&Event::Contact { account: account(), contact });
        }
        model.freshen();
        let before = (names(&model), model.people.whom().cloned());
        for (person, show) in shows {
            let all = [Show::Chat, Show::Available, Show::Away, Show::ExtendedAway, Show::DoNotDisturb, Show::Offline];
            let presence = Presence {
                from: format!("p{person}@example.test/x").into(),
                show: all[show],
                status: "somewhere".into(),
                priority: 0,
                at: BEGIN,
            };
            model.apply(&Event::Presence { account: account(), presence });
            model.freshen();
            prop_assert_eq!(&(names(&model), model.people.whom().cloned()), &before);
        }
    }
}

/// What somebody may type who writes a letter at a time.
fn letters() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ]{1,60}",
        1 => "[a-zéžλЖ漢字👍ﷺ]{1,30}",
        1 => "[a-z \u{5d0}-\u{5d4}\u{627}]{1,10}",
        1 => "(e\u{301}|x|\u{200d}|👩|🏽){1,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_typed_is_drawn_alone_as_it_is_drawn_with_all_else(
        began in prop::option::of(0_usize..15),
        words in prop::collection::vec(letters(), 1..6),
        size in (40_u16..140, 8_u16..40),
        vim in any::<bool>(),
    ) {
        let mut model = model();
        if vim {
            model.set_keymap(Keymap::named("vim").unwrap());
        }
        let texts = texts();
        told(1, "Bo").iter().filter(|event| matches!(event, Event::Contact { .. } | Event::Message { .. })).for_each(|event| model.apply(event));
        model.overlays.clear();
        open(&mut model);
        if let Some(text) = began {
            model.paste(&texts[text]);
        }
        let mut alone = 0;
        for letter in words.iter().flat_map(|words| words.chars()) {
            alone += usize::from(press(&mut model, Key::char(letter), size));
        }
        // All but what goes to the left, and what begins a new row.
        let to_the_right = |letter: &char| !is_right_to_left(letter.encode_utf8(&mut [0; 4]));
        let count = words.concat().chars().take_while(to_the_right).count();
        prop_assert!(alone > 0 || count < 30 || began.is_some(), "nothing was drawn alone");
    }
}
