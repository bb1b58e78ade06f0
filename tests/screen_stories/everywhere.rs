//! Every action from every place: the palette finds it, and either it does something or it is said why it does not.

use super::frames::{draw, rows};
use super::town::BEGIN;
use super::user::setup;
use offhook::engine::command::Command;
use offhook::engine::event::{
    AccountName, CallChange, CallEnd, CallId, CallRecord, Contact, Delivery, Event, Identity, LinkState, Message, MessageKey,
    Notice, NoticeLevel, PastCall, Place, Problem, Service, Sound, SoundPath,
};
use offhook::tui::action::{ACTIONS, Action, Context};
use offhook::tui::keymap::{Found, Key, Keymap};
use offhook::tui::model::{Find, Model, Overlay, Screen};
use offhook::tui::terminal::Links;
use offhook::tui::theme::Depth;
use offhook::tui::wish::Wish;
use std::collections::BTreeMap;
use std::time::Duration;

const SIZE: (u16, u16) = (90, 20);

/// Where the user may be, and the keys that lead there from the list of people.
const PLACES: [(&str, &str, Context); 9] = [
    ("people", "", Context::People),
    ("writing", "enter", Context::Compose),
    ("conversation", "enter tab k", Context::Conversation),
    ("past calls", "g c", Context::Calls),
    ("person", "@", Context::Person),
    ("voicemail", "g v", Context::Voicemail),
    ("notices", "g n", Context::Notices),
    ("sign-in", "g i", Context::Notices),
    ("settings", "g s", Context::Settings),
];

fn work() -> AccountName {
    AccountName("work".into())
}

fn message(number: usize, ours: bool) -> Event {
    let (me, bo) = ("alice@example.test", "bo@example.test");
    let message = Message {
        key: MessageKey(number.to_string()),
        id: number.to_string().into(),
        from: if ours { me } else { bo }.into(),
        to: if ours { bo } else { me }.into(),
        body: format!("look: https://example.test/{number}").into(),
        at: BEGIN,
        ours,
        archived: true,
        delivery: if ours { Delivery::Unsent } else { Delivery::Received },
    };
    Event::Message { account: work(), message, ticket: None }
}

fn past() -> PastCall {
    let call = CallRecord {
        incoming: true,
        peer: "sip:cyra@example.test".into(),
        name: "".into(),
        began: BEGIN,
        answered: None,
        ended: BEGIN,
        end: CallEnd::NoAnswer,
        reason: "".into(),
    };
    PastCall { account: work(), place: Place { at: BEGIN, row: 1 }, call }
}

/// Somebody with a person, messages, a past call and a notice.
fn model(keymap: &str) -> Model {
    let mut model = Model::new(setup("dark", Depth::True, BEGIN));
    model.set_keymap(Keymap::named(keymap).unwrap());
    let (jid, sip) = (Some("alice@example.test".into()), Some("sip:alice@example.test".into()));
    let identity = Identity { jid, sip, ..Identity::default() };
    let online = || LinkState::Online { address: "alice@example.test".into() };
    let contact = Contact {
        jid: "bo@example.test".into(),
        name: "Bo Lindqvist".into(),
        we_see_them: true,
        they_see_us: true,
        asked: false,
        groups: vec!["Team".into()],
    };
    let level = NoticeLevel::Warning;
    let events = [
        Event::Account { account: work(), identity },
        Event::Conversations { account: work(), conversations: BTreeMap::new() },
        Event::Link { account: work(), service: Service::Chat, state: online() },
        Event::Link { account: work(), service: Service::Phone, state: online() },
        Event::Contact { account: work(), contact },
        Event::Sound(Sound { path: SoundPath::Devices, ..Sound::default() }),
        message(1, false),
        message(2, true),
        Event::Notice(Notice { account: None, level, problem: Problem::local("One.", "") }),
        Event::Notice(Notice { account: None, level, problem: Problem::local("Two.", "") }),
    ];
    events.iter().for_each(|event| model.apply(event));
    draw(&mut model, SIZE.0, SIZE.1);
    model.said = None;
    took(&mut model);
    model
}

/// What the model wants done; what it asks of the disk is answered.
fn took(model: &mut Model) -> Vec<Wish> {
    let mut all = Vec::new();
    while let Some(wish) = model.poll() {
        if let Wish::Command(Command::ReadCalls { ticket, .. }) = wish {
            model.apply(&Event::PastCalls { ticket, calls: vec![past()], more: false });
        }
        all.push(wish);
    }
    all
}

fn press(model: &mut Model, keys: &str) {
    for key in Key::parse_sequence(keys).unwrap() {
        draw(model, SIZE.0, SIZE.1);
        model.key(key);
    }
}

/// There, with one message chosen where there are some.
fn at(place: &(&str, &str, Context), keymap: &str) -> Model {
    let mut model = model(keymap);
    if !place.1.is_empty() {
        press(&mut model, place.1);
    }
    // What was read while one went there.
    took(&mut model);
    model.apply(&message(1, false));
    model.apply(&message(2, true));
    draw(&mut model, SIZE.0, SIZE.1);
    took(&mut model);
    model.said = None;
    assert_eq!(model.inner(), place.2, "{}", place.0);
    model
}

fn picture(model: &mut Model) -> Vec<String> {
    let (buffer, cursor) = draw(model, SIZE.0, SIZE.1);
    rows(&buffer).into_iter().chain([format!("{cursor:?}")]).collect()
}

/// Takes `action` in the palette, which finds it.
fn by_palette(model: &mut Model, action: Action, place: &str) {
    press(model, "ctrl-p");
    format!(">{}", action.row().name.replace('-', " ")).chars().for_each(|letter| _ = model.key(Key::char(letter)));
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { panic!("no palette: {:?}", model.overlays) };
    let found = palette.found.iter().position(|find| *find == Find::Action(action));
    palette.chosen = found.unwrap_or_else(|| panic!("in {place} the palette does not find {}", action.row().name));
    press(model, "enter");
}

/// What is of use as a key only: it moves, edits, or leads to the palette and away.
fn is_key_only(action: Action) -> bool {
    use offhook::tui::model::MOVES;
    let row = action.row();
    matches!(action, Action::Palette | Action::Back | Action::NextPane)
        || MOVES.contains(&action)
        || row.contexts.iter().all(|context| context.types() || *context == Context::Question)
}

#[test]
fn the_palette_reaches_every_action_from_every_place_and_none_is_silent() {
    let mut silent = Vec::new();
    for place in &PLACES {
        for row in ACTIONS.iter().filter(|row| !is_key_only(row.action)) {
            let mut model = at(place, "default");
            let before = picture(&mut model);
            by_palette(&mut model, row.action, place.0);
            let wishes = took(&mut model);
            if wishes.is_empty() && picture(&mut model) == before && !is_there(row.action, place.0) {
                silent.push(format!("{} in {}", row.name, place.0));
            }
        }
    }
    assert!(silent.is_empty(), "nothing comes of, and nothing is said: {silent:#?}");
}

#[test]
fn no_key_is_silent_where_it_means_something() {
    let mut silent = Vec::new();
    for keymap in ["default", "vim"] {
        let map = Keymap::named(keymap).unwrap();
        for place in PLACES.iter().filter(|(_, way, _)| keymap == "default" || *way != "enter") {
            let bound = |context: Context| map.bindings().iter().filter(move |binding| binding.context == context);
            for binding in bound(place.2).chain(bound(Context::Everywhere)) {
                let mut model = at(place, "default");
                model.set_keymap(map.clone());
                let means = map.look_up(&[place.2], &binding.keys);
                if means != Found::Action(binding.action) || is_move(binding.action) || is_there(binding.action, place.0) {
                    continue;
                }
                let before = picture(&mut model);
                for key in &binding.keys {
                    model.key(*key);
                }
                let wishes = took(&mut model);
                if wishes.is_empty() && picture(&mut model) == before {
                    let keys: Vec<String> = binding.keys.iter().map(Key::to_string).collect();
                    silent.push(format!("{} ({}) in {} with {keymap}", keys.join(" "), binding.action.row().name, place.0));
                }
            }
        }
    }
    assert!(silent.is_empty(), "nothing comes of, and nothing is said: {silent:#?}");
}

/// It leads to where the user is.
fn is_there(action: Action, place: &str) -> bool {
    matches!(
        (action, place),
        (Action::ShowPeople, "people")
            | (Action::Write | Action::Open, "writing")
            | (Action::ShowVoicemail, "voicemail")
            | (Action::ShowNotices, "notices")
            | (Action::ShowSignIn, "sign-in")
    )
}

/// It may be at an end, or there may be nothing to edit.
fn is_move(action: Action) -> bool {
    use offhook::tui::model::MOVES;
    MOVES.contains(&action)
        || action.row().contexts.iter().all(|context| context.types())
        || matches!(action, Action::Back | Action::NextPane)
}

#[test]
fn what_can_be_done_elsewhere_only_says_where_and_does_nothing() {
    let mut model = at(&PLACES[0], "default");
    by_palette(&mut model, Action::DeleteVoicemail, "people");
    assert_eq!(model.said.as_deref(), Some("“Delete the chosen message” is done in voicemail: g v."));
    // What is done with people leads there.
    let mut model = at(&PLACES[8], "default");
    by_palette(&mut model, Action::Filter, "settings");
    assert!(model.people.filter.is_some());
    // Whoever writes can do what they could do beside it.
    let mut model = at(&PLACES[1], "default");
    by_palette(&mut model, Action::CopyLink, "writing");
    assert_eq!(took(&mut model), [Wish::Copy("https://example.test/2".into())]);
    press(&mut model, "ctrl-p");
    "copy".chars().for_each(|letter| _ = model.key(Key::char(letter)));
    let seen = picture(&mut model);
    assert!(seen.iter().any(|row| row.contains("Copy the chosen message")), "{seen:#?}");
    assert!(!seen.iter().any(|row| row.contains("(in a conversation)")), "{seen:#?}");
}

#[test]
fn the_lock_says_whether_others_could_have_read_the_keys() {
    let (call, account) = (CallId(1), work());
    let (incoming, name, ticket) = (false, "".into(), None);
    let began = CallChange::Began { account, incoming, peer: "sip:1002@example.test".into(), name, ticket, at: BEGIN };
    for (encrypted, keys_in_clear, strip, screen) in [
        (true, false, "SRTP", "encrypted (SRTP), the keys came over TLS"),
        (true, true, "SRTP, keys in clear", "SRTP, but its keys came in clear"),
        (false, false, "not encrypted", "NOT encrypted"),
    ] {
        let mut model = at(&PLACES[0], "default");
        let codec = "opus/48000".into();
        let answered = CallChange::Answered { setup: Duration::ZERO, codec, encrypted, keys_in_clear, at: BEGIN };
        for change in [began.clone(), answered] {
            model.apply(&Event::Call { call, change });
        }
        let seen = picture(&mut model);
        assert!(seen.iter().any(|row| row.contains(&format!("  {strip}  "))), "{strip}: {seen:#?}");
        press(&mut model, "o");
        let seen = picture(&mut model);
        assert!(seen.iter().any(|row| row.contains(screen)), "{screen}: {seen:#?}");
    }
}

#[test]
fn a_terminal_follows_only_links_whose_true_host_is_read() {
    let mut model = at(&PLACES[1], "default");
    let links = Links::default();
    model.links = Some(links.clone());
    let bodies = ["see https://example.test/true", "see https://ex\u{430}mple.test/false"];
    for (number, body) in bodies.into_iter().enumerate() {
        let Event::Message { account, message, ticket } = message(10 + number, false) else { unreachable!() };
        model.apply(&Event::Message { account, message: Message { body: body.into(), ..message }, ticket });
    }
    let (buffer, _) = draw(&mut model, SIZE.0, SIZE.1);
    let followed = |words: &str| {
        let row = rows(&buffer).iter().position(|row| row.contains(words)).unwrap();
        let cells = buffer.content.chunks(usize::from(SIZE.0)).nth(row).unwrap();
        cells.iter().find_map(|cell| links.address(cell.underline_color))
    };
    assert_eq!(followed("/true"), Some("https://example.test/true".to_owned()));
    assert_eq!(followed("/false"), None, "its letter is not Latin");
}

#[test]
fn what_is_being_written_is_kept_when_the_end_comes_from_outside() {
    let mut model = at(&PLACES[1], "default");
    press(&mut model, "h a l f");
    took(&mut model);
    model.put_away();
    let (account, with, text) = (work(), "bo@example.test".to_owned(), "half".to_owned());
    assert!(took(&mut model).contains(&Wish::Command(Command::KeepDraft { account, with, text })));
}

#[test]
fn tones_are_typed_on_the_calls_own_screen_and_only_while_both_talk() {
    let mut model = at(&PLACES[1], "default");
    press(&mut model, "alt-k");
    assert_eq!(model.said.as_deref(), Some("There is no call."));
    let (call, account) = (CallId(1), work());
    let change = |change| Event::Call { call, change };
    let peer = "sip:1002@example.test".into();
    let (incoming, name, ticket) = (false, "".into(), None);
    model.apply(&change(CallChange::Began { account, incoming, peer, name, ticket, at: BEGIN }));
    press(&mut model, "alt-k 5");
    assert_eq!((model.screen.clone(), took(&mut model)), (Screen::Call(call), vec![]));
    assert_eq!(model.said.as_deref(), Some("Tones are sent while both sides talk."));
    model.apply(&change(CallChange::Answered {
        setup: Duration::ZERO,
        codec: "opus/48000".into(),
        encrypted: true,
        keys_in_clear: false,
        at: BEGIN,
    }));
    press(&mut model, "5 #");
    let tone = |key| Wish::Command(Command::Dtmf { call, key });
    assert_eq!(took(&mut model), [tone('5'), tone('#')]);
}
