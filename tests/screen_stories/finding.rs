//! Finding: the palette, search over all that was written, and the key help.

use super::town::account;
use super::user::{ALICE, BO, User};
use offhook::engine::ask::StoreQuestion;
use offhook::engine::event::{CallEnd, CallRecord, Delivery, Message, MessageKey};
use offhook::machine::Stamp;
use offhook::tui::keymap::Key;
use offhook::tui::model::{Item, Overlay, Screen};

/// A history of `count` messages with Bo, a minute apart, up to an hour before the story.
fn with_history(user: &mut User, count: i64) {
    let minute = 60_000_000;
    let end = user.now().micros() - 60 * minute;
    let messages: Vec<Message> = (0..count)
        .map(|number| {
            let ours = number % 3 == 0;
            let (from, to) = if ours { ("alice", "bo") } else { ("bo", "alice") };
            let body = match number {
                1234 => "the needle is in this haystack".to_owned(),
                _ => format!("message number {number}"),
            };
            Message {
                key: MessageKey(format!("old-{number}")),
                id: format!("old-{number}").into(),
                from: format!("{from}@example.test").into(),
                to: format!("{to}@example.test").into(),
                body: body.into(),
                at: Stamp::from_micros(end - (count - number) * minute),
                ours,
                archived: false,
                delivery: if ours { Delivery::Delivered } else { Delivery::Received },
            }
        })
        .collect();
    let store = user.town.roads.people.get_mut(&ALICE).unwrap().store.as_mut().unwrap();
    let (ours, theirs): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| message.ours);
    store.answer(StoreQuestion::Receive { account: account(), messages: ours }).unwrap();
    store.answer(StoreQuestion::Receive { account: account(), messages: theirs }).unwrap();
    store.answer(StoreQuestion::MarkSeen { account: account(), with: "bo@example.test".into() }).unwrap();
}

fn text_of(user: &User, number: usize) -> String {
    match user.model.timeline().unwrap().item(number) {
        Some(Item::Message(message)) => message.body.raw().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_search_finds_a_message_among_thousands_and_goes_there_and_back() {
    let mut user = User::signed_in();
    with_history(&mut user, 3000);
    user.press("ctrl-r");
    user.write("needle hay");
    user.wait(0.5);
    user.sees(&["Search all messages", "needle", "Bo Lindqvist"]);
    user.main_shot("search");
    user.press("enter");
    user.wait(0.5);
    user.sees(&["the needle is in this haystack", "message number 1233", "message number 1235", "more below"]);
    user.sees(&[" Friday 21 November"]);
    user.main_shot("hit");
    let chosen = user.model.timeline().unwrap().chosen().unwrap();
    assert_eq!(text_of(&user, chosen), "the needle is in this haystack");
    // Up, page after page, further than what was read at once.
    for _ in 0..60 {
        user.press("page-up");
    }
    user.wait(0.5);
    let timeline = user.model.timeline().unwrap();
    let texts: Vec<String> = (0..timeline.len()).map(|number| text_of(&user, number)).collect();
    assert!(texts.len() > 200, "{}", texts.len());
    let mut sorted = texts.clone();
    sorted.dedup();
    assert_eq!(sorted, texts, "nothing stands twice");
    user.press("G");
    user.wait(0.5);
    user.sees(&["message number 2999"]);
    user.sees_not(&["more below"]);
    // What comes now stands below.
    user.sign_in(BO);
    user.hears(BO, "the newest");
    user.sees(&["message number 2999", "the newest"]);
}

#[test]
fn from_the_newest_one_comes_to_the_oldest_and_back_without_a_gap() {
    let mut user = User::signed_in();
    with_history(&mut user, 1500);
    user.press("/");
    user.write("bo");
    user.press("enter tab");
    user.wait(0.5);
    user.sees(&["message number 1499"]);
    let mut pages = 0;
    while !user.shows("message number 0") {
        user.press("page-up");
        pages += 1;
        assert!(pages < 300, "the beginning is not reached");
    }
    let mut last = String::new();
    for _ in 0..300 {
        user.press("page-down");
        last = user.rows().join("\n");
        if last.contains("message number 1499") && !last.contains("more below") {
            break;
        }
    }
    assert!(last.contains("message number 1499"), "{last}");
}

#[test]
fn what_the_disk_cannot_read_says_so_in_its_place_and_is_tried_again_by_a_key() {
    let mut user = User::signed_in();
    with_history(&mut user, 300);
    user.break_disk(true);
    user.press("g c");
    user.wait(0.5);
    user.sees(&["The past calls cannot be read", "PageDown tries again."]);
    user.press("g p /");
    user.write("bo");
    user.press("enter");
    user.wait(0.5);
    user.sees(&["These messages cannot be read", "PageUp tries again."]);
    user.sees_not(&["reading …"]);
    user.break_disk(false);
    user.press("page-up");
    user.wait(0.5);
    user.sees(&["message number 299"]);
    user.sees_not(&["cannot be read"]);
    // In the middle of it.
    user.break_disk(true);
    for _ in 0..9 {
        user.press("page-up");
    }
    user.wait(0.5);
    user.sees(&["These messages cannot be read", "message number"]);
    user.break_disk(false);
    for _ in 0..20 {
        user.press("page-up");
    }
    user.wait(0.5);
    user.sees(&["message number 0"]);
    user.press("f3");
    user.wait(0.5);
    user.sees(&["No calls yet."]);
}

#[test]
fn a_search_that_finds_nothing_says_so() {
    let mut user = User::signed_in();
    with_history(&mut user, 10);
    user.press("ctrl-r");
    user.write("haystack");
    user.wait(0.5);
    user.sees(&["Nothing fits."]);
    user.press("esc");
    assert!(user.model.overlays.is_empty());
}

#[test]
fn the_palette_finds_people_actions_and_numbers() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.press(":");
    user.sees(&["Find and do anything", "> actions"]);
    user.main_shot("palette");
    user.write("bo");
    user.sees(&["Chat with Bo Lindqvist", "Call Bo Lindqvist"]);
    user.main_shot("palette-person");
    user.press("enter");
    assert_eq!(user.model.whom().unwrap().with, "bo@example.test");
    for (typed, wanted) in [
        ("1002", "Call 1002"),
        ("+46 8 555 010 20", "Call +46 8 555 010 20"),
        ("sip:emil@far.example", "Call sip:emil@far.example"),
        ("emil@far.example", "Chat with emil@far.example"),
        ("past calls", "Show past calls"),
        (">mute", "(in a call)"),
        (">transfer", "Nothing fits."),
        ("help", "Show the keys that work here"),
        ("stat", "Set your status"),
        ("needle", "Search messages for \"needle\""),
    ] {
        user.press("ctrl-p");
        user.write(typed);
        user.sees(&[wanted]);
        user.press("esc");
    }
    user.palette("past calls");
    assert_eq!(user.model.screen, Screen::PastCalls);
    user.palette("key");
    assert!(matches!(user.model.overlays.last(), Some(Overlay::Keys(_))), "{:?}", user.model.overlays);
}

#[test]
fn a_search_begins_in_the_palette() {
    let mut user = User::signed_in();
    with_history(&mut user, 1300);
    user.press(":");
    user.write("?needle");
    user.wait(0.5);
    user.sees(&["the needle is in this haystack"]);
    user.press("esc : n e e d l e");
    user.press("up enter");
    user.wait(0.5);
    user.sees(&["Search all messages", "the needle is in this haystack"]);
}

#[test]
fn what_a_search_finds_late_takes_nothing_from_what_was_typed_since() {
    let mut user = User::signed_in();
    with_history(&mut user, 30);
    user.press(":");
    let Some(Overlay::Palette(palette)) = user.model.overlays.last_mut() else { panic!("no palette") };
    palette.field.set_text("?needl").unwrap();
    // Both keys come before the disk has answered.
    for key in ["e", "ctrl-u", "s", "t", "a", "t", "u", "s"] {
        user.model.key(Key::parse_sequence(key).unwrap()[0]);
    }
    user.wait(0.5);
    user.sees(&["Set your status"]);
}

#[test]
fn the_key_help_names_the_keys_of_where_the_user_was() {
    let mut user = User::signed_in();
    user.press("?");
    user.sees(&["Keys that work here", "People", "Call this person"]);
    user.main_shot("keys");
    user.sees_not(&["Let this person see your presence"]);
    user.press("page-down page-down page-down");
    user.sees(&["Sign out and leave"]);
    // What moves in a list is one line, after all that can be done there.
    let rows = user.rows();
    assert!(!rows.iter().any(|row| row.contains("Go down a page")), "{rows:?}");
    user.write("logout");
    user.sees(&["Sign out of an account"]);
    user.sees_not(&["Call this person"]);
    user.main_shot("keys-narrowed");
    user.press("ctrl-u");
    user.write("☎");
    user.sees(&["Signs beside people", "on a call"]);
    user.press("ctrl-u");
    user.write("Ctrl-R");
    user.sees(&["Search all messages"]);
    user.write("no such thing");
    user.sees(&["Nothing fits."]);
    user.press("esc");
    assert!(user.model.overlays.is_empty());
}

#[test]
fn a_key_that_does_nothing_says_so_and_g_says_what_may_follow() {
    let mut user = User::signed_in();
    user.press("q");
    user.sees(&["q does nothing here; Ctrl-C leaves."]);
    user.press("g");
    user.sees(&["p people", "c calls", "v voicemail", "s settings", "n notices", "i sign-in steps", "a servers"]);
    user.main_shot("going");
    user.press("z");
    user.sees(&["g z does nothing here"]);
    user.press("c");
    user.sees_not(&["does nothing"]);
}

#[test]
fn who_is_chosen_is_shown_beside_the_list_and_is_not_read_by_that() {
    let mut user = User::signed_in();
    user.size = (120, 40);
    with_history(&mut user, 30);
    user.sign_in(BO);
    user.hears(BO, "are you there?");
    user.press("g g j");
    user.wait(0.5);
    user.press("j j");
    user.wait(0.5);
    user.sees(&["message number 29", "are you there?", "1 unread"]);
    user.main_shot("preview");
    user.press("c");
    user.wait(1.0);
    assert_eq!(user.model.whom().unwrap().with, "bo@example.test");
    user.press("alt-x");
    user.wait(1.0);
    user.sees(&["1 unread"]);
    user.press("enter");
    user.wait(0.5);
    user.sees_not(&["1 unread"]);
}

#[test]
fn what_is_written_in_a_conversation_in_sight_rings_no_bell_and_is_unread_until_it_is_opened() {
    let mut user = User::signed_in();
    user.size = (120, 40);
    with_history(&mut user, 30);
    user.sign_in(BO);
    user.press("g g j");
    user.wait(0.5);
    user.press("j j");
    user.wait(0.5);
    user.sees(&["message number 29"]);
    user.hears(BO, "seen beside the list");
    user.sees(&["seen beside the list", "1 unread"]);
    assert_eq!(user.alerts, [], "the user looks at it");
    // The terminal is behind another window.
    user.model.look(false);
    user.hears(BO, "not seen");
    assert_eq!(user.alerts.len(), 1);
    user.model.look(true);
    // The list takes the whole of a narrow terminal.
    user.size = (80, 24);
    user.draw();
    user.hears(BO, "behind the list");
    assert_eq!(user.alerts.len(), 2);
    user.size = (120, 40);
    user.draw();
    // Somebody else is shown.
    user.press("j");
    user.wait(0.5);
    user.hears(BO, "elsewhere");
    assert_eq!(user.alerts.len(), 3);
}

#[test]
fn past_calls_are_read_page_by_page() {
    let mut user = User::signed_in();
    let store = user.town.roads.people.get_mut(&ALICE).unwrap().store.as_mut().unwrap();
    for number in 0..250_i64 {
        let at = Stamp::from_micros(1_763_000_000_000_000 + number * 60_000_000);
        let call = CallRecord {
            incoming: true,
            peer: format!("sip:{}@example.test", 3000 + number).into(),
            name: "".into(),
            began: at,
            answered: None,
            ended: at,
            end: CallEnd::NoAnswer,
            reason: "".into(),
        };
        store.answer(StoreQuestion::KeepCall { account: account(), with: None, call }).unwrap();
    }
    user.press("g c");
    user.sees(&["3249", "13 Nov 07:"]);
    let days = user.rows().iter().filter(|row| row.contains("13 Nov")).count();
    assert_eq!(days, 1, "a day is said once");
    for _ in 0..4 {
        user.press("G");
        user.wait(0.2);
    }
    user.sees(&["3000"]);
    assert_eq!(user.model.past.calls.len(), 250);
}
