//! People: who is there, who asks, who is added, renamed and removed, and what we show of ourselves.

use super::town::account;
use super::user::{ALICE, BO, CYRA, DARA, User};
use offhook::engine::command::Command;
use offhook::engine::event::{Event, Show};

#[test]
fn a_person_comes_online_and_goes_away_and_the_list_does_not_jump() {
    let mut user = User::signed_in();
    user.sees(&["○ Bo Lindqvist", "○ Cyra Vance", "○ Dara Osei"]);
    let names = |user: &mut User| -> Vec<String> {
        let rows = user.rows();
        let named = |row: &String| ["Team", "Support", "Bo", "Cyra", "Dara"].into_iter().find(|name| row.contains(name));
        rows.iter().filter_map(named).map(str::to_owned).collect()
    };
    let before = names(&mut user);
    user.sign_in(BO);
    user.sees(&["● Bo Lindqvist"]);
    user.sign_in(CYRA);
    user.shows_presence(CYRA, Show::Away, "lunch");
    user.sign_in(DARA);
    user.shows_presence(DARA, Show::DoNotDisturb, "");
    user.sees(&["◐ Cyra Vance", "lunch", "⊘ Dara Osei", "do not disturb"]);
    assert_eq!(names(&mut user), before);
    user.main_shot("people");
    user.town.sign_out(BO);
    user.wait(2.0);
    user.sees(&["○ Bo Lindqvist"]);
    assert_eq!(names(&mut user), before);
}

#[test]
fn typing_narrows_the_list_and_esc_shows_all_again() {
    let mut user = User::signed_in();
    user.press("/");
    user.write("cyv");
    user.sees(&["Cyra Vance"]);
    user.sees_not(&["Bo Lindqvist", "Team"]);
    user.shot("filter");
    user.write("zzz");
    user.sees(&["Nobody fits. Esc shows all."]);
    user.press("esc");
    user.sees(&["Bo Lindqvist", "Team"]);
    user.press("/");
    user.write("osei");
    user.press("enter");
    assert_eq!(user.model.whom().unwrap().with, "dara@example.test");
}

#[test]
fn who_fits_best_stands_first_in_the_narrowed_list() {
    let mut user = User::signed_in();
    user.press("/");
    // Bo has the letters in his address, far apart; his name comes first in the alphabet.
    user.write("os");
    user.sees(&["Bo Lindqvist", "Dara Osei"]);
    user.press("enter");
    assert_eq!(user.model.whom().unwrap().with, "dara@example.test");
}

#[test]
fn what_narrows_the_list_is_edited_as_any_line_is() {
    let mut user = User::signed_in();
    user.press("/");
    user.write("bo zzz");
    user.sees(&["Nobody fits."]);
    user.press("ctrl-w");
    user.sees(&["People  /bo", "Bo Lindqvist"]);
    user.press("ctrl-a");
    user.write("li");
    user.press("ctrl-e ctrl-u");
    user.sees(&["Bo Lindqvist", "Cyra Vance"]);
    user.press("ctrl-y");
    user.sees(&["/libo"]);
    user.press("ctrl-u backspace");
    assert!(user.model.people.filter.is_none());
    user.sees(&["Team"]);
}

#[test]
fn a_group_folds_and_says_how_many_are_there() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.sees(&["▾ Team", "1/2"]);
    user.press("G space");
    user.sees(&["▸ Team"]);
    user.sees_not(&["Bo Lindqvist"]);
    user.press("space");
    user.sees(&["▾ Team", "Bo Lindqvist"]);
}

#[test]
fn who_asks_to_see_us_stands_at_the_top_and_is_let_or_not() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.sign_in(DARA);
    for person in [BO, DARA] {
        let gone = Command::RemoveContact { account: account(), jid: "alice@example.test".into() };
        user.town.command(person, gone);
        user.wait(1.0);
        let (jid, name, groups) = ("alice@example.test".into(), String::new(), Vec::new());
        user.town.command(person, Command::KeepContact { account: account(), jid, name, groups });
        user.wait(1.0);
    }
    user.sees(&["bo@example.test asks to see you", "dara@example.test asks to see you"]);
    user.main_shot("requests");
    user.press("g g enter");
    user.sees(&["Somebody asks to see your presence", "bo@example.test"]);
    user.shot("request");
    user.press("y");
    user.wait(1.0);
    user.sees_not(&["bo@example.test asks to see you"]);
    user.press("g g N");
    user.wait(1.0);
    user.sees_not(&["asks to see you"]);
    let seen = |person: usize| -> bool {
        let told = user.town.roads.people[&person].events.iter();
        let mut presences = told.filter_map(|(_, event)| match event {
            Event::Contact { contact, .. } if contact.jid == "alice@example.test" => Some(contact.we_see_them),
            _ => None,
        });
        presences.next_back().unwrap()
    };
    assert!(seen(BO) && !seen(DARA));
}

#[test]
fn somebody_is_added_renamed_and_removed() {
    let mut user = User::signed_in();
    user.press("+");
    user.shot("add-person");
    user.press("enter");
    user.sees(&["Their address is wanted"]);
    user.write("emil@example.test");
    user.press("tab");
    user.write("Emil Roth");
    user.press("tab");
    user.write("Friends, Team");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["Friends", "Emil Roth", "asked"]);
    assert_eq!(user.rows().iter().filter(|row| row.contains("Emil Roth")).count(), 2, "once in each group");
    user.press("/");
    user.write("emil");
    user.press("down esc");
    user.press("e");
    user.sees(&["Emil Roth", "emil@example.test", "Friends, Team"]);
    user.press("ctrl-u");
    user.write("Émile");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["Émile"]);
    user.press("delete");
    user.sees(&["Remove Émile?", "Your conversation stays"]);
    user.shot("remove-person");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["Émile"]);
    user.press("delete y");
    user.wait(1.0);
    user.sees_not(&["Émile", "Friends"]);
}

#[test]
fn what_we_say_of_ourselves_stands_in_the_header_and_is_seen_by_others() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.press("p");
    user.sees(&["What others see of you", "< available >"]);
    user.press("space right");
    user.press("tab");
    user.write("back at three");
    user.shot("presence");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["◐ alice@example.test · away for long", "back at three"]);
    let state = &user.town.roads.people[&BO].state.accounts[&account()];
    let seen = state.presence_of("alice@example.test").unwrap();
    assert_eq!((seen.show, seen.status.raw()), (Show::ExtendedAway, "back at three"));
    user.press("p right right");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["○"]);
    assert!(user.town.roads.people[&BO].state.accounts[&account()].presence_of("alice@example.test").is_none());
    assert!(user.town.roads.people[&ALICE].state.accounts.len() == 1);
}

#[test]
fn an_address_that_is_none_is_completed_or_refused_on_the_field() {
    let mut user = User::signed_in();
    user.press("+");
    user.write("gina");
    user.press("enter");
    user.sees(&["gina@example.test", "That was no whole address."]);
    user.press("ctrl-u");
    user.write("gina @x");
    user.press("enter");
    user.sees(&["That is no address"]);
    user.press("ctrl-u");
    user.write("gina");
    user.press("enter enter");
    user.wait(1.0);
    user.sees(&["gina@example.test", "asked"]);
}
