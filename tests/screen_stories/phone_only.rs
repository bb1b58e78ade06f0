//! Accounts that nobody is written to from: a phone alone, and one whose messages are switched off. There is nothing to write
//! in; the pane says why, and what can be done.

use super::town::account;
use super::user::{BO, User};
use offhook::engine::event::{Event, Identity, ProductMode, SignInTold};
use offhook::tui::model::Focus;

/// Sign-in has found that the account of somebody who is signed in is this.
fn found(user: &mut User, mode: ProductMode, identity: Identity) {
    user.model.apply(&Event::Account { account: account(), identity });
    user.model.apply(&Event::SignIn { account: account(), told: SignInTold::Found(mode) });
}

fn identity(jid: bool, sip: bool) -> Identity {
    let address = |is: bool, text: &str| is.then(|| text.to_owned());
    Identity { jid: address(jid, "alice@example.test"), sip: address(sip, "sip:alice@example.test"), ..Identity::default() }
}

#[test]
fn where_messages_are_switched_off_nothing_is_written_and_one_can_call() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.palette("Bo Lindqvist");
    user.write("he");
    assert_eq!(user.model.focus, Focus::Compose);
    // It is found out while somebody writes: the keys go nowhere.
    found(&mut user, ProductMode::PhoneWithContacts, identity(true, true));
    assert_eq!(user.model.focus, Focus::Main);
    user.sees(&["Your organisation has switched chat off. c calls them."]);
    user.sees_not(&["to write", "send"]);
    user.main_shot("chat-switched-off");
    user.write("llo");
    user.press("enter");
    user.sees_not(&["hello", "▏"]);
    // Whatever leads to writing elsewhere says it too.
    user.press("i");
    assert_eq!(user.model.focus, Focus::Main);
    user.press("tab");
    assert_ne!(user.model.focus, Focus::Compose);
    user.palette("Bo Lindqvist");
    assert_eq!(user.model.focus, Focus::Main);
    let sent = user.town.roads.people[&BO].events.iter().filter(|(_, event)| matches!(event, Event::Message { .. })).count();
    assert_eq!(sent, 0);
    user.press("c");
    user.wait(1.0);
    user.sees(&["Bo Lindqvist", "hang up"]);
}

#[test]
fn whose_accounts_have_no_chat_has_no_status_to_set() {
    let mut user = User::signed_in();
    found(&mut user, ProductMode::Phone, identity(false, true));
    user.press("p");
    user.sees(&["No account has chat: nobody sees your status."]);
    assert!(user.model.overlays.is_empty());
}

#[test]
fn a_phone_has_no_chat_and_says_so_and_who_can_do_neither_is_promised_nothing() {
    for (mode, identity, said) in [
        (ProductMode::Phone, identity(false, true), "This account is a phone: it has no chat. c calls them."),
        (ProductMode::Default, identity(false, true), "This account is a phone: it has no chat. c calls them."),
        (ProductMode::PhoneWithContacts, identity(true, false), "Your organisation has switched chat off."),
    ] {
        let mut user = User::signed_in();
        user.palette("Bo Lindqvist");
        found(&mut user, mode, identity);
        user.sees(&[said]);
        user.sees_not(&["to write"]);
    }
    for (mode, identity) in [(ProductMode::FullUc, identity(true, true)), (ProductMode::ImOnly, identity(true, false))] {
        let mut user = User::signed_in();
        user.palette("Bo Lindqvist");
        found(&mut user, mode, identity);
        user.write("hello");
        user.sees(&["hello"]);
        user.sees_not(&["switched chat off", "it has no chat"]);
    }
}
