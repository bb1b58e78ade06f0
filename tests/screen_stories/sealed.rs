//! The passphrase of the sealed file, asked for by the screen: one for all that is sealed, again where it is wrong, and a
//! new one where there is no file yet.

use super::roads::Sealing;
use super::town::account;
use super::user::{ALICE, User};
use offhook::engine::ask::Question;
use offhook::engine::event::{LinkState, Sealed, Service};

/// Her passwords are sealed, and she starts offhook.
fn sealed() -> User {
    let mut user = User::at_her_desk(|desk| {
        desk.seal = Some(Sealing { passphrase: Some("correct horse".into()), is_open: false });
    });
    user.town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
    user.model.begin();
    user.wait(0.5);
    user
}

fn links(user: &User) -> Vec<LinkState> {
    let links = &user.model.state.accounts[&account()].links;
    [Service::Chat, Service::Phone].iter().map(|service| links[service].clone()).collect()
}

fn is_online(user: &User) -> bool {
    links(user).iter().all(|link| matches!(link, LinkState::Online { .. }))
}

fn asked(user: &User, wanted: impl Fn(&Question) -> bool) -> usize {
    user.town.roads.people[&ALICE].desk.asked.iter().filter(|question| wanted(question)).count()
}

#[test]
fn one_passphrase_opens_what_chat_and_phone_need_and_a_wrong_one_is_asked_for_again() {
    let mut user = sealed();
    user.sees(&["Passphrase of your passwords", "Esc leaves your accounts"]);
    user.main_shot("sealed");
    user.press("enter");
    user.sees(&["A passphrase is wanted"]);
    user.write("correct house");
    user.sees_not(&["correct house"]);
    user.press("enter");
    user.wait(0.5);
    user.sees(&["That passphrase does not open them."]);
    user.sees_not(&["being opened"]);
    user.shot("sealed-refused");
    assert!(!is_online(&user));
    user.write("correct horse");
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user), "{:?}", links(&user));
    assert!(user.model.overlays.is_empty(), "{:?}", user.model.overlays);
    assert_eq!(asked(&user, |question| matches!(question, Question::Unseal { new: false, .. })), 2, "once a try");
    user.sees_not(&["being opened"]);
}

#[test]
fn who_gives_no_passphrase_is_signed_out_and_told_how_to_try_again() {
    let mut user = sealed();
    user.press("esc");
    user.wait(10.0);
    assert_eq!(links(&user), [LinkState::Offline, LinkState::Offline]);
    assert!(user.model.overlays.is_empty(), "{:?}", user.model.overlays);
    assert_eq!(user.model.state.sealed, Sealed::Settled);
    user.sees(&["signed out"]);
    user.press("g n");
    user.sees(&["signed out of work", "Sign in again to be asked for it"]);
    user.press("esc");
    user.palette("sign in again");
    user.wait(1.0);
    user.sees(&["Passphrase of your passwords"]);
    user.write("correct horse");
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user), "{:?}", links(&user));
}

#[test]
fn a_question_that_was_covered_is_asked_again_by_signing_in() {
    let mut user = sealed();
    // What the palette finds takes the place of all that lies above.
    user.model.overlays.clear();
    user.palette("sign in again");
    user.wait(0.5);
    user.sees(&["Passphrase of your passwords"]);
    user.palette("sign out");
    user.wait(3.0);
    assert_eq!((links(&user), user.model.state.sealed), (vec![LinkState::Offline; 2], Sealed::Settled));
    user.sees_not(&["Passphrase of your passwords"]);
}

#[test]
fn a_password_that_is_to_be_kept_asks_for_a_new_passphrase_twice() {
    let mut user = User::at_her_desk(|desk| desk.seal = Some(Sealing::default()));
    user.model.begin();
    user.wait(1.0);
    user.sees(&["Password of"]);
    user.write("secret");
    user.press("tab space enter");
    user.wait(5.0);
    assert!(is_online(&user), "that waits for nothing: {:?}", links(&user));
    user.sees(&["A passphrase for your passwords", "New passphrase", "The same again"]);
    user.main_shot("sealed-new");
    user.write("correct horse");
    user.press("tab");
    user.write("correct house");
    user.press("enter");
    user.sees(&["The two are not the same."]);
    assert_eq!(asked(&user, |question| matches!(question, Question::Unseal { .. })), 0);
    for _ in 0.."house".len() {
        user.press("backspace");
    }
    user.write("horse");
    user.press("enter");
    user.wait(1.0);
    assert_eq!(asked(&user, |question| matches!(question, Question::Unseal { new: true, .. })), 1);
    // Chat's and the phone's: first in vain, then kept.
    assert_eq!(asked(&user, |question| matches!(question, Question::KeepPassword { .. })), 4);
    assert!(user.model.overlays.is_empty(), "{:?}", user.model.overlays);
    user.press("g n");
    user.sees(&["is kept in the keyring"]);
}

#[test]
fn who_chooses_no_passphrase_keeps_no_password_and_stays_signed_in() {
    let mut user = User::at_her_desk(|desk| desk.seal = Some(Sealing::default()));
    user.model.begin();
    user.wait(1.0);
    user.write("secret");
    user.press("tab space enter");
    user.wait(5.0);
    user.sees(&["A passphrase for your passwords"]);
    user.press("esc");
    user.wait(1.0);
    assert!(is_online(&user), "{:?}", links(&user));
    user.press("g n");
    user.sees(&["is not kept: no passphrase was given"]);
}
