//! What stands on the screen is of use now: keys that do something, reasons that can be read, lines that do not move.

use super::alone::Alone;
use super::hostile::account;
use super::town::BEGIN;
use super::user::{ALICE, BO, CYRA, User};
use offhook::engine::command::Command;
use offhook::engine::event::*;
use offhook::engine::input::MediaIn;
use offhook::tui::model::Screen;

fn told_of_calls(user: &mut Alone, calls: Vec<PastCall>) {
    user.press("g c");
    let asked = user.took(|command| if let Command::ReadCalls { ticket, .. } = command { Some(ticket) } else { None });
    user.hear(&Event::PastCalls { ticket: asked[0], calls, more: false });
}

fn failed(peer: &str, name: &str, reason: &str, row: i64) -> PastCall {
    let call = CallRecord {
        incoming: false,
        peer: peer.into(),
        name: name.into(),
        began: BEGIN,
        answered: None,
        ended: BEGIN,
        end: CallEnd::Failed,
        reason: reason.into(),
    };
    PastCall { account: account(), place: Place { at: BEGIN, row }, call }
}

/// The screen as one line, so that what goes on in the next row is found.
fn whole(user: &mut Alone) -> String {
    let rows = super::frames::rows(&super::frames::draw(&mut user.model, 60, 15).0);
    rows.iter().map(|row| row.trim()).collect::<Vec<_>>().join(" ")
}

#[test]
fn why_a_call_failed_can_be_read_on_the_smallest_screen() {
    let mut user = Alone::new();
    let long = "the SIP server refused the password of this account, and is not asked again by itself";
    let calls = vec![
        failed("sip:9999@example.test", "", "404 Not Found", 3),
        failed("sip:1002@example.test", "Bartholomew Featherstonehaugh", "488 Not Acceptable Here", 2),
        failed("sip:1003@example.test", "Cyra Vance", long, 1),
    ];
    told_of_calls(&mut user, calls);
    let seen = whole(&mut user);
    assert!(seen.contains("no such number (404)"), "{seen}");
    user.press("j");
    let seen = whole(&mut user);
    assert!(seen.contains("no sound that both sides know (488)"), "{seen}");
    user.press("j");
    let seen = whole(&mut user);
    assert!(seen.contains(long), "{seen}");
    user.main_shot("failed-calls");
}

#[test]
fn only_what_does_something_is_offered_while_a_call_goes_on() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.is_called_by(BO);
    user.press(":");
    user.sees(&["Answer the call that rings", "Decline the call that rings"]);
    user.sees_not(&["Mute your microphone", "> Hang up", "Hold the call", "go to the other one"]);
    user.press("esc a");
    user.wait(1.0);
    user.press(":");
    user.sees(&["Hang up", "Hold the call", "Mute your microphone"]);
    user.sees_not(&["Answer the call that rings", "go to the other one"]);
    let first = user.rows().into_iter().position(|row| row.contains("Hold the call"));
    assert!(first < user.rows().into_iter().position(|row| row.contains("Hang up")), "Enter too soon hangs nobody up");
    user.press("esc ?");
    user.sees(&["Hang up", "Hold the call"]);
    user.sees_not(&["Answer the call that rings", "go to the other one"]);
}

#[test]
fn of_two_who_ring_only_the_one_that_is_answered_shows_the_keys() {
    let mut user = User::signed_in();
    [BO, CYRA].into_iter().for_each(|person| user.sign_in(person));
    user.is_called_by(BO);
    user.is_called_by(CYRA);
    let keys: Vec<String> = user.rows().into_iter().filter(|row| row.contains("a answer")).collect();
    assert!(keys.len() == 1 && keys[0].contains("Bo Lindqvist"), "{keys:?}");
    user.shot("two-ring");
    user.press("a");
    user.wait(1.0);
    user.sees(&["Cyra Vance", "is calling you", "a answer"]);
    let talks = user.rows().into_iter().any(|row| row.contains("Bo Lindqvist") && row.contains("SRTP"));
    assert!(talks, "the one with the keys was answered");
}

/// Alice talks with Bo at a machine without sound.
fn talks_in_silence() -> User {
    let mut user = User::signed_in();
    user.sign_in(BO);
    let person = user.town.roads.people.get_mut(&ALICE).unwrap();
    person.desk.sound = Sound { path: SoundPath::Silent("there is no sound server".into()), ..Sound::default() };
    user.press("g s esc");
    user.wait(0.5);
    user.is_called_by(BO);
    user.press("a s");
    user.wait(2.0);
    user
}

#[test]
fn what_warns_in_the_line_of_a_call_stands_still_while_its_figures_change() {
    let mut user = talks_in_silence();
    user.size = (120, 40);
    let place = |user: &mut User| {
        let strip = user.rows().into_iter().find(|row| row.contains("no sound here")).unwrap();
        strip.find("no sound here").unwrap()
    };
    user.media(MediaIn::Figures(Figures { packets_received: 100, jitter_ms: 1.0, ..Figures::default() }));
    let before = place(&mut user);
    user.media(MediaIn::Figures(Figures { packets_received: 100, lost: 40, jitter_ms: 112.0, ..Figures::default() }));
    assert_eq!(place(&mut user), before);
}

#[test]
fn what_stands_in_the_line_at_the_top_keeps_its_place_when_something_comes() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    let place = |user: &mut User| user.rows()[0].split_once("☎ ready").map(|(before, _)| before.chars().count());
    let before = place(&mut user);
    user.hears(BO, "are you there?");
    user.sees(&["1 unread"]);
    assert!(before.is_some());
    assert_eq!(place(&mut user), before, "{}", user.rows()[0]);
}

#[test]
fn the_keys_of_a_call_keep_their_words_while_one_writes() {
    let mut user = talks_in_silence();
    user.press("/");
    user.write("bo");
    user.press("enter");
    user.sees(&["no sound here", "Alt-m mute  Alt-h hold", "Alt-x hang up"]);
    user.size = (60, 15);
    user.sees(&["Bo  00:0", "no sound", "Alt-m  Alt-h  Alt-x hang up"]);
    user.sees_not(&["no sound here"]);
    user.press("esc");
    user.sees(&["Bo  00:0", "no sound", "m mute  h hold", "x hang up"]);
}

#[test]
fn whoever_writes_sees_how_to_call_and_a_digit_begins_a_number() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.press("/");
    user.write("bo");
    user.press("enter");
    user.write("one moment");
    user.sees(&["Alt-c call"]);
    user.press("alt-c");
    user.wait(1.0);
    user.sees(&["Bo Lindqvist  ringing", "one moment"]);
    user.press("alt-x");
    user.wait(1.0);
    user.press("esc");
    user.press("4");
    user.write("711");
    user.sees(&["Call 4711"]);
    user.press("esc");
    user.sees_not(&["4711"]);
}

#[test]
fn where_there_is_no_phone_no_key_says_call() {
    let mut user = Alone::new();
    user.sees(&["C dial"]);
    let identity = Identity { jid: Some("alice@example.test".into()), ..Identity::default() };
    user.hear(&Event::Account { account: account(), identity });
    let rows = user.rows();
    assert!(!rows.iter().any(|row| row.contains("C dial")), "{rows:#?}");
    let wide = super::frames::rows(&super::frames::draw(&mut user.model, 120, 40).0);
    assert!(
        wide.iter().any(|row| row.contains("write to whom")) && !wide.iter().any(|row| row.contains("call them")),
        "{wide:#?}"
    );
}

#[test]
fn the_first_page_names_keys_only_where_they_work() {
    let mut user = User::new();
    user.size = (120, 40);
    user.model.begin();
    user.sees(&["Welcome to offhook"]);
    user.sees_not(&["all keys", "write to whom"]);
    user.press("esc");
    user.sees(&["Enter     add an account", "?         all keys"]);
    user.sees_not(&["write to whom", "call them"]);
    user.sees(&["Enter add an account"]);
    user.sees_not(&["Enter open", "/ filter"]);
    let mut user = User::signed_in();
    user.size = (120, 40);
    user.sees(&["write to whom you have chosen", "call them"]);
    // A panel hides a part of the page only: its keys are none of the panel's.
    user.press("p");
    user.sees_not(&["past calls", "all keys"]);
}

#[test]
fn the_keys_are_those_of_the_row_that_is_chosen() {
    let mut user = User::signed_in();
    user.press("g g");
    user.sees(&["Enter fold"]);
    user.press("enter");
    user.sees(&["Enter unfold"]);
    user.press("enter j");
    user.sees(&["Enter open"]);
}

#[test]
fn the_heading_of_the_directory_cannot_be_taken_and_does_not_count() {
    let mut user = Alone::new();
    let told = DirectoryTold::Searchable(Some(Searchable { shortest: 3, photos: false }));
    user.hear(&Event::Directory { account: account(), told });
    user.press("C");
    user.write("q?");
    user.sees(&["Directory", "Esc back"]);
    let rows = user.rows();
    assert!(!rows.iter().any(|row| row.contains("Enter") || row.contains("1/")), "{rows:#?}");
    user.press("ctrl-u");
    user.write("47");
    let rows = user.rows();
    assert!(rows.iter().any(|row| row.contains("Call 47")) && !rows.iter().any(|row| row.contains("1/2")), "{rows:#?}");
}

#[test]
fn a_form_that_is_left_half_filled_in_stands_as_it_was_left() {
    let mut user = User::signed_in();
    user.press("+");
    user.sees(&["Enter add"]);
    user.write("emil@example.test");
    user.press("tab");
    user.write("Emil");
    user.press("ctrl-p");
    user.write("past calls");
    user.press("enter");
    assert_eq!(user.model.screen, Screen::PastCalls);
    user.sees(&["“Add somebody” is kept as you left it: + brings it back."]);
    user.press("+");
    user.sees(&["Add somebody", "emil@example.test", "Emil", "As you left it."]);
    user.palette(">add somebody");
    user.sees(&["emil@example.test", "Emil"]);
    // Somebody else is another matter; what was left stays for later.
    user.press("f2 ctrl-p");
    user.write("zoe@far.example");
    user.press("down enter f6 e");
    user.sees(&["Add somebody", "zoe@far.example"]);
    user.sees_not(&["emil@example.test"]);
    user.press("esc f2");
    user.press("p space f2");
    user.sees(&["“What others see of you” is kept as you left it: p brings it back."]);
    user.press("p");
    user.sees(&["< away >"]);
    user.press("esc p");
    user.sees(&["< available >"]);
    user.press("esc +");
    user.sees(&["emil@example.test"]);
    user.press("esc +");
    user.sees_not(&["emil@example.test"]);
    user.press("esc");
    // What nobody has touched is not worth a word.
    user.press("p f2");
    user.sees_not(&["is kept"]);
}

#[test]
fn a_password_is_not_kept_with_a_form_that_is_left() {
    let mut user = User::new();
    user.model.begin();
    user.write("ana@lab.example");
    user.press("tab");
    user.write("secret");
    user.palette("open standards");
    user.sees(&["Chat server"]);
    user.palette(">add an account");
    user.sees(&["ana@lab.example"]);
    user.sees_not(&["••••••", "******"]);
}

#[test]
fn where_nobody_fits_enter_asks_for_nothing() {
    let mut user = User::signed_in();
    user.press("/");
    user.write("9000");
    user.sees(&["Nobody fits. Esc shows all."]);
    user.sees_not(&["Enter open"]);
    user.press("enter");
    assert!(user.model.overlays.is_empty(), "nobody is to be added");
}
