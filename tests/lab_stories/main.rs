//! Stories of a whole engine in the lab's town, in virtual time: what its people write, say and leave is heard, sound and
//! all. Stanzas, SIP and RTP go between both as they do on sockets; only TLS is left out.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod directory;
mod faults;
#[allow(dead_code, reason = "the stories of the screen use more of it")]
#[path = "../screen_stories/frames.rs"]
mod frames;
mod reach;
mod told;
mod transcript;
mod uncertain;
mod user;
mod voicemail;

use offhook::engine::event::{CallChange, Event, Lamp};
use offhook::media::RATE;
use offhook::media::tone::level_of;
use user::{TONE, User};

#[test]
fn the_people_of_the_lab_are_on_the_screen_and_chat_back() {
    let mut user = User::signed_in("");
    user.wait(2.0);
    let state = user.state();
    let names: Vec<String> = state.contacts.values().map(|contact| contact.name.raw().to_owned()).collect();
    assert!(names.iter().any(|name| name.contains("Bob Okafor")) && names.len() >= 4, "{names:?}");
    user.write("bob@lab.example", "Hello, what is 6 * 7?");
    user.wait(5.0);
    let heard = user.told.heard();
    assert!(heard.last().is_some_and(|text| text.contains("6 * 7 is 42.")), "{heard:?}");
    let delivered = user.told.events(|event| matches!(event, Event::Delivery { .. })).len();
    assert!(delivered >= 1, "Bob's client confirms what has come");
}

#[test]
fn the_echo_gives_back_a_tone_over_sealed_sound() {
    let mut user = User::signed_in("");
    user.call("9000");
    user.wait(4.0);
    let answered =
        user.told.events(|event| matches!(event, Event::Call { change: CallChange::Answered { encrypted: true, .. }, .. }));
    assert_eq!(answered.len(), 1);
    let heard = user.sound();
    let level = level_of(&heard[heard.len() - 48_000..], TONE, RATE);
    assert!(level > 0.1, "{level}");
    user.hang_up();
    user.wait(1.0);
    assert_eq!(user.told.ends(), ["local"]);
    assert_eq!(user.town().phones().talking(), 0);
}

#[test]
fn in_clear_it_is_the_same() {
    let mut user = User::signed_in("encrypted = false");
    user.call("9000");
    user.wait(4.0);
    let heard = user.sound();
    assert!(level_of(&heard[heard.len() - 48_000..], TONE, RATE) > 0.1);
}

#[test]
fn somebody_rings_after_a_while_and_speaks() {
    let mut user = User::signed_in("");
    user.wait(72.0);
    assert!(user.told.calls().is_empty());
    user.wait(5.0);
    let peers: Vec<String> = user
        .told
        .events(|event| matches!(event, Event::Call { change: CallChange::Began { .. }, .. }))
        .iter()
        .map(|event| format!("{event:?}"))
        .collect();
    assert!(peers.len() == 1 && peers[0].contains("1004"), "{peers:?}");
    user.answer();
    user.wait(30.0);
    let loud = user.sound().iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud > 40_000, "{loud} loud samples");
    assert_eq!(user.told.ends(), ["remote"]);
}

#[test]
fn whoever_asks_in_a_chat_is_rung() {
    let mut user = User::signed_in("cast.rings-after = 100000");
    user.write("bob@lab.example", "Can you call me?");
    user.wait(8.0);
    assert!(user.told.heard().iter().any(|text| text.contains("ringing you")), "{:?}", user.told.heard());
    assert_eq!(user.told.calls().len(), 1);
    user.answer();
    user.wait(4.0);
    assert!(user.sound().iter().any(|sample| sample.unsigned_abs() > 1000), "Bob speaks");
    user.hang_up();
    user.wait(2.0);
    assert_eq!(user.told.ends(), ["local"]);
}

#[test]
fn a_person_of_the_lab_answers_a_call() {
    let mut user = User::signed_in("");
    user.call("1002");
    user.wait(12.0);
    let loud = user.sound().iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud > 20_000, "{loud}");
    let rang = user.told.events(|event| matches!(event, Event::Call { change: CallChange::Ringing { .. }, .. }));
    assert_eq!(rang.len(), 1);
}

#[test]
fn what_is_left_after_the_tone_is_in_the_mailbox() {
    let mut user = User::signed_in("voicemail.messages = 0\ncast.voicemail-after = 100000");
    assert_eq!(user.inbox().len(), 0);
    user.call("5000");
    user.wait(12.0);
    user.hang_up();
    user.wait(1.0);
    let messages = user.inbox();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].duration.unwrap().as_secs() >= 3 && !messages[0].read, "{messages:?}");
    assert_eq!(user.state().mailbox.lamp, Some(Lamp { lit: true, counts: Some((1, 0)) }));
}

#[test]
fn the_same_seed_is_the_same_day() {
    let day = |seed| {
        let mut user = User::seeded(seed, "");
        user.wait(300.0);
        user.told
            .events(|event| matches!(event, Event::Presence { .. }))
            .iter()
            .map(|event| format!("{event:?}"))
            .collect::<Vec<_>>()
    };
    let (one, again, other) = (day(3), day(3), day(4));
    assert!(one.len() > 5 && one == again && one != other, "{} {} {}", one.len(), again.len(), other.len());
}
