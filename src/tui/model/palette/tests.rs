//! What the palette finds for what is typed, and in which order.

use super::*;
use crate::engine::event::{Contact, Conversation, Event, Identity};
use std::collections::BTreeMap;

fn work() -> AccountName {
    AccountName("work".into())
}

/// An account with chat, and a phone where `phone`, that knows these people.
fn state(people: &[(&str, &str)], phone: bool) -> State {
    let mut state = State::default();
    let sip = phone.then(|| "sip:me@example.test".to_owned());
    let identity = Identity { jid: Some("me@example.test".into()), sip, ..Identity::default() };
    state.apply(&Event::Account { account: work(), identity });
    for (jid, name) in people {
        let contact = Contact {
            jid: (*jid).into(),
            name: (*name).into(),
            we_see_them: true,
            they_see_us: true,
            asked: false,
            groups: Vec::new(),
        };
        state.apply(&Event::Contact { account: work(), contact });
    }
    state
}

fn found(mode: Mode, typed: &str, state: &State) -> Vec<Find> {
    let actions: Vec<Action> = ACTIONS.iter().map(|row| row.action).collect();
    let mut palette = Palette::new(mode, state, &actions);
    palette.field.set_text(typed).unwrap();
    palette.refresh(state, &actions);
    palette.found
}

fn whom(jid: &str) -> Whom {
    Whom::new(&work(), jid)
}

#[test]
fn digits_as_people_write_them_are_a_number() {
    for number in ["7", "42", "1002", "+46 8 555 010 20", "*21#", "(08) 55-50.1", "*98"] {
        assert!(is_number(number), "{number}");
    }
    for other in ["", " ", "+", "*", "bo", "4th", "bo2", "1002@lab.example", "sip:1002", "٣٤", "1 a"] {
        assert!(!is_number(other), "{other}");
    }
}

#[test]
fn who_is_named_comes_before_what_only_resembles() {
    let state = state(&[("bo@example.test", "Bo Lindqvist"), ("ib@example.test", "Ib Obel")], true);
    let all = found(Mode::All, "bo", &state);
    assert_eq!(all.first(), Some(&Find::Chat(whom("bo@example.test"), "Bo Lindqvist".into())));
    assert_eq!(all.get(1), Some(&Find::Call(whom("bo@example.test"), "Bo Lindqvist".into())));
    assert_eq!(all.last(), Some(&Find::SearchFor("bo".into())));
}

#[test]
fn what_was_typed_is_taken_at_its_word_first() {
    let both = state(&[("bo@example.test", "Bo 1002")], true);
    assert_eq!(found(Mode::All, "1002", &both).first(), Some(&Find::Dial("1002".into())));
    let address = found(Mode::All, "emil@far.example", &both);
    let (call, chat) = (Find::Dial("emil@far.example".into()), Find::ChatTyped("emil@far.example".into()));
    assert!(address.starts_with(&[call, chat.clone()]), "{address:?}");
    // Without a phone nothing is called.
    let chat_only = state(&[("bo@example.test", "Bo 1002")], false);
    assert_eq!(found(Mode::All, "emil@far.example", &chat_only).first(), Some(&chat));
    let calls = |found: Vec<Find>| found.iter().any(|find| matches!(find, Find::Call(..) | Find::Dial(_)));
    assert!(!calls(found(Mode::All, "1002", &chat_only)));
}

#[test]
fn a_call_goes_to_who_is_named_and_to_nobody_who_only_resembles_it() {
    let state = state(&[("bo@example.test", "Bo 12")], true);
    let bo = Find::Call(whom("bo@example.test"), "Bo 12".into());
    assert_eq!(found(Mode::Dial, "bo", &state), std::slice::from_ref(&bo));
    for other in ["foo bar", "o", "b1", "bo x", "nobody", "sip:"] {
        assert_eq!(found(Mode::Dial, other, &state), [], "{other}");
    }
    let calls = |find: &Find| matches!(find, Find::Call(..) | Find::Dial(_));
    assert!(!found(Mode::All, "o1", &state).iter().any(calls), "the palette rings nobody by likeness either");
    assert_eq!(found(Mode::Dial, "12", &state), [Find::Dial("12".into()), bo.clone()]);
    assert_eq!(found(Mode::Dial, "sip:emil", &state), [Find::Dial("sip:emil".into())]);
    assert_eq!(found(Mode::Dial, "", &state), [bo]);
}

#[test]
fn a_sign_chooses_what_is_looked_for() {
    let state = state(&[("mute@example.test", "Mute")], true);
    let only = found(Mode::All, ">mute", &state);
    assert_eq!(only.first(), Some(&Find::Action(Action::Mute)));
    assert!(only.iter().all(|find| matches!(find, Find::Action(_))), "{only:?}");
    let palette = |typed: &str| {
        let mut palette = Palette::new(Mode::All, &state, &[]);
        palette.field.set_text(typed).unwrap();
        palette.wanted()
    };
    assert_eq!(palette("? needle "), (Mode::Search, false, "needle".into()));
    assert_eq!(palette("?"), (Mode::Search, false, String::new()));
}

#[test]
fn before_anything_is_typed_those_who_wrote_come_first() {
    let mut state = state(&[("bo@example.test", "Bo"), ("cy@example.test", "Cy")], true);
    let wrote = Conversation { unread: 2, ..Conversation::default() };
    let conversations = BTreeMap::from([("cy@example.test".to_owned(), wrote)]);
    state.apply(&Event::Conversations { account: work(), conversations });
    let all = found(Mode::All, "", &state);
    assert_eq!(all.get(7), Some(&Find::Chat(whom("cy@example.test"), "Cy".into())), "a call goes before all else");
    let bo = || (whom("bo@example.test"), "Bo".to_owned());
    let (chat, call) = (Find::Chat(bo().0, bo().1), Find::Call(bo().0, bo().1));
    let mut calls: Vec<Action> = ACTIONS.iter().filter(|row| row.is_of_a_call()).map(|row| row.action).collect();
    calls.sort_by_key(|action| *action == Action::HangUp);
    let first: Vec<Find> =
        calls.into_iter().map(Find::Action).chain([all[7].clone(), chat, call, Find::Action(Action::SearchMessages)]).collect();
    assert!(all.starts_with(&first), "{all:?}");
    assert!(!all.contains(&Find::Action(Action::Palette)) && !all.contains(&Find::Action(Action::Back)));
}

#[test]
fn the_choice_goes_round_and_a_search_that_was_overtaken_changes_nothing() {
    let state = state(&[("bo@example.test", "Bo"), ("cy@example.test", "Cy")], true);
    let mut palette = Palette::new(Mode::Dial, &state, &[]);
    palette.go(-1);
    assert_eq!(palette.chosen, 1);
    palette.go(1);
    assert_eq!(palette.chosen, 0);
    palette.asked = Some(Ticket(2));
    palette.take(Ticket(1), &[], true, &state);
    assert!(!palette.more && palette.asked.is_some());
    palette.take(Ticket(2), &[], true, &state);
    assert!(palette.more && palette.asked.is_none());
}
