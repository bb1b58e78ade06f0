//! Calls: one that rings, is answered, muted, held; a second one; those that are declined, busy, missed; and what is left of
//! them in the conversation and among past calls.

use super::town::account;
use super::user::{BO, CYRA, DARA, EMIL, User};
use offhook::engine::command::Command;
use offhook::engine::event::{CallEnd, Figures, Show};
use offhook::engine::input::MediaIn;
use offhook::engine::state::CallPhase;
use offhook::protocol::sip::flow::Transport;
use offhook::protocol::sip::user_agent;
use offhook::tui::model::{Screen, live_calls};
use std::time::Duration;

/// Alice at her screen, and Bo, Cyra and Dara at theirs.
fn user() -> User {
    let mut user = User::signed_in();
    [BO, CYRA, DARA].into_iter().for_each(|person| user.sign_in(person));
    user
}

fn phases(user: &User) -> Vec<(bool, bool)> {
    live_calls(&user.model.state)
        .into_iter()
        .map(|(_, call)| match call.phase {
            CallPhase::Talking { held_by_us, held_by_them, .. } => (held_by_us, held_by_them),
            _ => panic!("{call:?}"),
        })
        .collect()
}

fn figures() -> Figures {
    Figures {
        packets_sent: 2190,
        packets_received: 2182,
        lost: 9,
        jitter_ms: 6.2,
        buffer_ms: 60.0,
        round_trip_ms: Some(23.4),
        level_out: 0.06,
        level_in: 0.2,
        ..Figures::default()
    }
}

#[test]
fn a_call_rings_is_answered_muted_held_and_hung_up() {
    let mut user = user();
    user.is_called_by(BO);
    assert!(user.alerts.iter().any(|alert| alert.call && alert.who == "Bo Lindqvist"));
    user.sees(&["Bo Lindqvist", "is calling you", "a answer", "d decline"]);
    user.main_shot("ringing");
    user.press("a");
    user.wait(43.0);
    user.media(MediaIn::Figures(figures()));
    user.sees(&["Bo Lindqvist", "SRTP", "m mute  h hold  o more  x hang up", "you"]);
    user.sees_not(&["is calling you"]);
    user.main_shot("talking");
    let before = user.rows();
    user.wait(1.0);
    assert_ne!(user.rows(), before, "the clock of the call goes on");
    user.press("m");
    user.wait(0.5);
    user.sees(&["muted"]);
    user.press("o");
    user.sees(&["encrypted (SRTP)", "Opus 48k", "9 packets", "23 ms", "muted"]);
    user.main_shot("call-screen");
    user.write("12#");
    user.wait(0.2);
    user.sees(&["12#"]);
    user.press("m h");
    user.wait(1.0);
    assert_eq!(phases(&user), [(true, false)]);
    user.sees(&["on hold"]);
    user.write("7");
    user.sees(&["Tones are sent while both sides talk.", "12#"]);
    user.sees_not(&["12#7"]);
    user.shot("on-hold");
    user.press("h");
    user.wait(1.0);
    assert_eq!(phases(&user), [(false, false)]);
    user.press("x");
    user.wait(2.0);
    assert!(live_calls(&user.model.state).is_empty());
    user.sees(&["The call with Bo Lindqvist has ended."]);
    assert_eq!(user.model.screen, Screen::Home, "the call's screen is gone with the call");
}

#[test]
fn a_hold_says_that_it_is_on_its_way_and_that_it_was_refused() {
    let mut user = user();
    let clear = "v=0\r\no=- 1 1 IN IP4 10.0.0.6\r\ns=-\r\nc=IN IP4 10.0.0.6\r\nt=0 0\r\n\
                 m=audio 40000 RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n\
                 a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
    user.town.script(
        EMIL,
        Box::new(move |told| match told {
            user_agent::Output::Incoming { session, .. } => {
                vec![(Duration::ZERO, user_agent::Input::Accept { session: *session, body: clear.into() })]
            }
            user_agent::Output::Offered { session, .. } => {
                vec![(Duration::from_secs(2), user_agent::Input::RefuseOffer { session: *session, status: 488 })]
            }
            _ => Vec::new(),
        }),
    );
    user.town.phone(EMIL, user_agent::Input::Register);
    user.wait(1.0);
    user.press("C");
    user.write("emil@example.test");
    user.press("enter");
    user.wait(2.0);
    assert_eq!(phases(&user), [(false, false)]);
    user.press("h");
    user.wait(0.3);
    user.sees(&["holding …"]);
    user.press("o");
    user.sees(&["Now          holding …", "take back"]);
    user.main_shot("holding");
    user.wait(2.0);
    user.sees_not(&["holding …"]);
    user.sees(&["could not be put on hold: 488"]);
    assert_eq!(phases(&user), [(false, false)]);
}

#[test]
fn a_second_call_waits_is_answered_and_switched_to() {
    let mut user = user();
    user.is_called_by(BO);
    user.press("a");
    user.wait(2.0);
    user.is_called_by(CYRA);
    user.sees(&["Bo Lindqvist", "Cyra Vance", "is calling you"]);
    user.main_shot("second-call");
    user.press("a");
    user.wait(2.0);
    assert_eq!(phases(&user), [(true, false), (false, false)]);
    user.shot("two-calls");
    user.press("s");
    user.wait(2.0);
    assert_eq!(phases(&user), [(false, false), (true, false)]);
    user.press("x");
    user.wait(2.0);
    assert_eq!(phases(&user).len(), 1);
    user.sees(&["Cyra Vance", "on hold"]);
    user.press("h");
    user.wait(2.0);
    assert_eq!(phases(&user), [(false, false)]);
    // They hang up.
    user.town.hang_up(CYRA);
    user.wait(1.0);
    user.sees(&["The call with Cyra Vance has ended."]);
}

#[test]
fn hold_while_another_rings_holds_the_one_that_talks_and_hanging_up_ends_it() {
    let mut user = user();
    user.is_called_by(BO);
    user.press("a");
    user.wait(2.0);
    user.is_called_by(CYRA);
    user.press("d");
    user.wait(2.0);
    assert_eq!(phases(&user), [(false, false)], "Cyra is declined, and Bo still talks");
    user.is_called_by(DARA);
    user.press("x");
    user.wait(2.0);
    let left: Vec<String> = live_calls(&user.model.state).iter().map(|(_, call)| call.peer.raw().to_owned()).collect();
    assert!(left.len() == 1 && left[0].contains("dara"), "hanging up ends the call that talks: {left:?}");
    user.sees(&["Dara Osei", "is calling you"]);
}

#[test]
fn who_is_called_rings_answers_and_is_in_the_conversation() {
    let mut user = user();
    user.press("/");
    user.write("bo");
    user.press("enter tab c");
    user.wait(1.0);
    user.sees(&["Bo Lindqvist", "ringing"]);
    user.shot("calling");
    user.town.answer(BO);
    user.wait(62.0);
    user.sees(&["01:0"]);
    user.press("x");
    user.wait(2.0);
    user.sees(&["you called, 01:0"]);
}

#[test]
fn who_is_heard_before_answering_is_said_to_be_and_takes_keys() {
    let mut user = user();
    user.press("/");
    user.write("bo");
    user.press("enter tab c");
    user.wait(1.0);
    user.sees(&["Bo Lindqvist", "ringing"]);
    user.press("o");
    user.write("1");
    user.wait(0.2);
    user.sees(&["Tones are sent while both sides talk."]);
    user.media(MediaIn::Early(true));
    user.media(MediaIn::Figures(figures()));
    user.sees(&["Bo Lindqvist", "not answered yet, they play something", "type 0 to 9, * and #"]);
    user.sees_not(&["ringing"]);
    user.write("12");
    user.wait(0.2);
    user.sees(&["12"]);
    assert_eq!(user.town.roads.studio.keys, 2);
    user.media(MediaIn::Early(false));
    user.sees(&["ringing"]);
    user.media(MediaIn::Early(true));
    user.town.with_call(BO, |call| Command::Decline { call, busy: true });
    user.wait(2.0);
    user.sees(&["Bo Lindqvist is busy."]);
    user.sees_not(&["they play something"]);
}

#[test]
fn a_call_is_declined_busy_or_missed_and_each_stands_where_it_belongs() {
    let mut user = user();
    // Missed: Bo gives up.
    user.is_called_by(BO);
    user.wait(5.0);
    user.town.hang_up(BO);
    user.wait(2.0);
    user.sees(&["You missed a call from Bo Lindqvist: g c", "1 missed"]);
    user.main_shot("missed");
    // Declined by us.
    user.is_called_by(CYRA);
    user.press("d");
    user.wait(2.0);
    // Declined by them, and busy.
    for (busy, word) in [(false, "Dara Osei declined."), (true, "Dara Osei is busy.")] {
        user.press("C");
        user.write("dara");
        user.press("enter");
        user.wait(2.0);
        user.town.with_call(DARA, |call| Command::Decline { call, busy });
        user.wait(2.0);
        user.sees(&[word]);
    }
    // A number that nobody has.
    user.press("C");
    user.write("4711");
    user.shot("dial");
    user.press("enter");
    user.wait(5.0);
    user.press("g c");
    user.wait(0.5);
    user.sees(&["Past calls", "missed", "you declined", "declined", "busy", "4711"]);
    user.sees(&["no such number (404)"]);
    user.sees_not(&["1 missed"]);
    user.main_shot("past-calls");
    let ends: Vec<CallEnd> = user.model.past.calls.iter().map(|past| past.call.end).collect();
    assert!(ends.contains(&CallEnd::Busy) && ends.contains(&CallEnd::Declined), "{ends:?}");
    // Enter calls back.
    user.press("G c");
    user.wait(1.0);
    user.sees(&["Bo Lindqvist", "ringing"]);
    user.press("x");
    user.wait(1.0);
    user.press("esc /");
    user.write("bo");
    user.press("enter");
    user.wait(0.5);
    user.sees(&["missed call", "you called: no answer"]);
    user.main_shot("missed-in-conversation");
}

#[test]
fn who_is_chosen_among_past_calls_stays_chosen_when_another_call_is_over() {
    let mut user = user();
    for person in [CYRA, DARA] {
        user.is_called_by(person);
        user.press("alt-d");
        user.wait(1.0);
    }
    user.press("g c");
    user.wait(0.5);
    user.press("j");
    let chosen = |user: &User| user.model.past.calls[user.model.past.chosen.row].call.peer.to_string();
    assert!(chosen(&user).contains("cyra"), "{}", chosen(&user));
    user.is_called_by(BO);
    user.press("alt-d");
    user.wait(1.0);
    assert!(chosen(&user).contains("cyra"), "whom Enter would ring: {}", chosen(&user));
    user.press("g g");
    user.is_called_by(DARA);
    user.press("alt-d");
    user.wait(1.0);
    assert!(chosen(&user).contains("dara"), "at the top stands the newest: {}", chosen(&user));
}

#[test]
fn keys_of_a_call_work_while_writing_too() {
    let mut user = user();
    user.press("/");
    user.write("cyra");
    user.press("enter");
    user.write("one mo");
    user.is_called_by(BO);
    user.sees(&["Alt-a answer"]);
    user.shot("ringing-while-writing");
    user.write("ad");
    user.sees(&["one moad"]);
    user.press("alt-a");
    user.wait(2.0);
    assert_eq!(phases(&user), [(false, false)]);
    user.press("alt-x");
    user.wait(2.0);
    assert!(live_calls(&user.model.state).is_empty());
    user.sees(&["one moad"]);
}

#[test]
fn a_call_in_clear_says_so() {
    const CLEAR: &[u8] = b"v=0\r\no=- 1 1 IN IP4 10.0.0.6\r\ns=-\r\nc=IN IP4 10.0.0.6\r\nt=0 0\r\n\
                           m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
    let mut user = User::signed_in_over(Transport::Udp);
    user.town.script(
        EMIL,
        Box::new(|told| match told {
            user_agent::Output::Incoming { session, .. } => {
                let (session, body) = (*session, CLEAR.to_vec());
                vec![(Duration::from_millis(100), user_agent::Input::Accept { session, body })]
            }
            _ => Vec::new(),
        }),
    );
    user.town.phone(EMIL, user_agent::Input::Register);
    user.wait(1.0);
    user.press("C");
    user.write("emil@example.test");
    user.press("enter");
    user.wait(2.0);
    user.sees(&["not encrypted"]);
    user.press("o");
    user.sees(&["NOT encrypted", "G.711u"]);
    user.shot("call-in-clear");
}

#[test]
fn they_hold_us_and_it_is_said() {
    let mut user = user();
    user.is_called_by(BO);
    user.press("a");
    user.wait(2.0);
    user.town.with_call(BO, |call| Command::Hold { call });
    user.wait(1.0);
    user.sees(&["held by them"]);
    assert_eq!(phases(&user), [(false, true)]);
    user.town.sign_out(BO);
    user.wait(3.0);
    assert!(live_calls(&user.model.state).is_empty());
    assert_eq!(user.model.state.accounts[&account()].conversations.len(), 0, "a call begins no conversation");
}

#[test]
fn nobody_is_called_by_likeness_nor_twice() {
    let mut user = user();
    user.press("C");
    user.write("foo bar");
    user.sees(&["Nobody of that name."]);
    user.shot("dial-nobody");
    user.press("enter");
    user.wait(1.0);
    assert!(live_calls(&user.model.state).is_empty());
    user.press("esc C");
    user.write("bo");
    user.sees(&["Call Bo Lindqvist"]);
    user.press("enter");
    user.wait(1.0);
    user.town.answer(BO);
    user.wait(1.0);
    user.press("C");
    user.write("bo");
    user.sees(&["Back to the call with Bo Lindqvist"]);
    user.sees_not(&["Call Bo Lindqvist"]);
    user.press("enter");
    user.wait(1.0);
    assert!(matches!(user.model.screen, Screen::Call(_)));
    user.press("esc c");
    user.wait(1.0);
    assert_eq!(phases(&user), [(false, false)], "one call, and it is not on hold");
}

#[test]
fn what_rings_is_answered_or_declined_and_nothing_else() {
    let mut user = user();
    user.is_called_by(BO);
    user.press("o");
    user.sees(&["a answer   d decline"]);
    user.sees_not(&["m mute", "h hold"]);
    user.main_shot("ringing-opened");
    user.press("m");
    user.sees(&["It can be muted once it is answered."]);
    assert!(live_calls(&user.model.state).iter().all(|(_, call)| !call.muted));
}

#[test]
fn the_keys_of_a_call_are_in_sight_whatever_else_is_told_of_it() {
    let mut user = user();
    user.is_called_by(BO);
    user.press("a");
    user.wait(62.0);
    user.media(MediaIn::Figures(figures()));
    user.sees(&["SRTP", "m mute  h hold  o more  x hang up"]);
    user.press("h");
    user.wait(1.0);
    user.sees(&["on hold 01:0", "h take back  o more  x hang up"]);
    user.size = (60, 15);
    user.sees(&["on hold 01:0", "h take back", "x hang up"]);
}

#[test]
fn who_says_on_the_phone_is_shown_as_who_talks_with_us() {
    let mut user = user();
    user.shows_presence(BO, Show::Away, "On a call");
    user.shows_presence(CYRA, Show::Available, "Available");
    user.sees(&["☎ Bo Lindqvist  on a call"]);
    user.sees_not(&["On a call", "◐"]);
    user.is_called_by(CYRA);
    user.press("a");
    user.wait(1.0);
    user.sees(&["☎ Cyra Vance  on a call"]);
    user.press("/");
    user.write("cyra");
    user.press("enter");
    user.sees(&["Cyra Vance  ☎ on a call"]);
    user.sees_not(&["Available"]);
}
