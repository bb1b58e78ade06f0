//! The directory on the screen: how a search goes, whom it has found, and somebody's card.
//!
//! What is asked of whom, and when, is `lab_stories`' business; here the screen hears of it.

use super::alone::Alone;
use super::frames;
use super::hostile::{account, check, texts};
use offhook::engine::command::{Command, DirectoryWish};
use offhook::engine::event::*;
use offhook::machine::RemoteText;
use offhook::tui::keymap::Keymap;
use offhook::tui::model::{Row, Screen};
use offhook::tui::terminal::Pictures;
use std::sync::Arc;

fn person(id: &str, name: &str, what: (&str, &str), numbers: &[(Line, &str)]) -> DirectoryPerson {
    DirectoryPerson {
        id: PersonId(id.into()),
        name: name.into(),
        title: what.0.into(),
        department: what.1.into(),
        manager: RemoteText::default(),
        numbers: numbers.iter().map(|(line, number)| (*line, RemoteText::from(*number))).collect(),
        uri: format!("{id}@example.test").into(),
        email: format!("{id}@example.test").into(),
        jid: Some(format!("{id}@example.test")),
    }
}

fn fay() -> DirectoryPerson {
    let numbers = [(Line::Work, "3005"), (Line::Mobile, "+46 70 555 00 05")];
    DirectoryPerson { manager: "Astrid Berg".into(), ..person("fay.ito", "Fay Ito", ("Team lead", "Support"), &numbers) }
}

fn three() -> Vec<DirectoryPerson> {
    vec![
        fay(),
        person("fay.berg", "Fay Berg", ("Buyer", "Finance"), &[(Line::Work, "3112")]),
        person("fayez.osei", "Fayez Osei", ("", ""), &[]),
    ]
}

/// Alice, who knows one of that name, and whose site has a directory.
fn alice() -> Alone {
    let mut user = Alone::new();
    let contact = Contact {
        jid: "fay@far.example".into(),
        name: "Fay from the choir".into(),
        we_see_them: true,
        they_see_us: true,
        asked: false,
        groups: Vec::new(),
    };
    user.model.apply(&Event::Contact { account: account(), contact });
    user.directory_tells(DirectoryTold::Searchable(Some(Searchable { shortest: 3, photos: true })));
    user
}

/// Fay's card, opened from the palette.
fn at_card() -> Alone {
    let mut user = alice();
    user.press(":");
    user.write("fay ito");
    user.finds(vec![fay()], false);
    user.press("enter");
    assert_eq!(user.model.screen, Screen::Person);
    user
}

impl Alone {
    fn directory_tells(&mut self, told: DirectoryTold) {
        self.hear(&Event::Directory { account: account(), told });
    }

    /// What was wanted of the directory since the last look.
    fn took_of_directory(&mut self) -> Vec<DirectoryWish> {
        self.took(|command| match command {
            Command::Directory { wish, .. } => Some(wish),
            _ => None,
        })
    }

    /// The last search is answered.
    fn finds(&mut self, people: Vec<DirectoryPerson>, more: bool) {
        let mut searches = self.took_of_directory().into_iter().filter_map(|wish| match wish {
            DirectoryWish::Search { ticket, .. } => Some(ticket),
            _ => None,
        });
        let ticket = searches.next_back().expect("something is searched for");
        self.directory_tells(DirectoryTold::Found { ticket, people, more });
    }
}

#[test]
fn those_of_the_list_come_first_and_the_directory_under_its_heading() {
    let mut user = alice();
    user.press(":");
    user.write("fay");
    let DirectoryWish::Search { words, most, .. } = user.took_of_directory().remove(0) else { panic!("it is searched for") };
    assert_eq!((words.as_str(), most), ("fay", 50));
    user.shot("directory-searching");
    user.press("backspace");
    user.write("y");
    user.finds(three(), false);
    user.shot("directory-found");
    // The heading is passed over.
    user.press("down down");
    let chosen = |user: &mut Alone| user.rows().into_iter().position(|row| row.contains("Fay Ito"));
    assert!(chosen(&mut user).is_some());
    user.press("enter");
    assert_eq!(user.model.card.as_ref().map(|card| card.person.id.0.as_str()), Some("fay.ito"));
}

#[test]
fn what_the_user_has_gone_to_stays_chosen_when_more_is_found() {
    let mut user = alice();
    user.press(":");
    user.write("fay");
    user.press("down down");
    let before = user.rows();
    assert!(before.iter().any(|row| row.contains("Search messages")));
    user.finds(three(), false);
    user.press("enter");
    user.sees(&["Search all messages"]);
}

#[test]
fn where_nobody_is_known_the_first_of_the_directory_is_taken() {
    let mut user = alice();
    user.press(":");
    user.write("zoltan");
    user.finds(vec![person("zoltan.nagy", "Zoltán Nagy", ("", "Sales"), &[(Line::Work, "3077")])], false);
    user.press("enter");
    user.sees(&["Zoltán Nagy", "3077"]);
    // Who dials calls at once.
    user.press("esc C");
    user.write("zoltan");
    user.finds(vec![person("zoltan.nagy", "Zoltán Nagy", ("", "Sales"), &[(Line::Work, "3077")])], false);
    user.press("enter");
    assert!(user.wished.iter().any(|command| matches!(command, Command::Call { target, .. } if target == "3077")));
}

#[test]
fn a_search_that_nobody_looks_at_any_more_is_cancelled() {
    let mut user = alice();
    user.press(":");
    user.write("fay");
    user.took_of_directory();
    user.press("esc");
    assert_eq!(user.took_of_directory(), [DirectoryWish::Cancel]);
    user.press("/");
    user.write("fay");
    user.took_of_directory();
    user.press("esc");
    assert_eq!(user.took_of_directory(), [DirectoryWish::Cancel]);
    // What only looks for actions or messages asks nobody.
    for keys in [": >", "ctrl-r"] {
        user.press(keys);
        user.write("fay");
        assert_eq!(user.took_of_directory(), [], "{keys}");
        user.press("esc");
    }
}

#[test]
fn the_list_narrows_to_both() {
    let mut user = alice();
    user.press("/");
    user.write("fay");
    user.finds(three(), true);
    user.shot("directory-filter");
    user.press("down");
    assert!(matches!(user.model.people.chosen(), Some(Row::Found(..))), "the heading is passed over");
    user.press("up up down enter");
    assert_eq!(user.model.card.as_ref().map(|card| card.person.id.0.as_str()), Some("fay.ito"));
}

#[test]
fn whoever_was_chosen_in_the_directory_stays_chosen_in_the_list_where_they_are_known() {
    let mut user = alice();
    for name in ["Ada", "Eve"] {
        let contact = Contact {
            jid: format!("{name}@example.test").to_lowercase(),
            name: name.into(),
            we_see_them: true,
            they_see_us: true,
            asked: false,
            groups: Vec::new(),
        };
        user.model.apply(&Event::Contact { account: account(), contact });
    }
    user.rows();
    user.press("/");
    user.write("eve");
    user.finds(vec![person("eve", "Eve", ("", ""), &[])], false);
    user.rows();
    user.press("down esc");
    user.rows();
    assert_eq!(user.model.about().map(|whom| whom.with), Some("eve@example.test".to_owned()), "whom c would ring");
}

#[test]
fn a_card_says_what_is_known_and_its_rows_do_what_they_say() {
    let mut user = at_card();
    user.shot("directory-card");
    assert_eq!(user.took_of_directory(), [], "this terminal shows no photos: none is wanted");
    let calls = |user: &mut Alone| -> Vec<String> {
        let target = |command: Command| if let Command::Call { target, .. } = command { Some(target) } else { None };
        std::mem::take(&mut user.wished).into_iter().filter_map(target).collect()
    };
    user.press("c");
    assert_eq!(calls(&mut user), ["3005"]);
    user.press("j enter");
    assert_eq!(calls(&mut user), ["+46705550005"]);
    user.press("j enter");
    assert_eq!(calls(&mut user), ["fay.ito@example.test"]);
    user.press("G enter");
    user.sees(&["Mail is for another program."]);
    user.press("+");
    user.sees(&["Add somebody", "fay.ito@example.test", "Fay Ito"]);
    user.press("enter");
    let kept = user.wished.iter().any(|command| {
        matches!(command, Command::KeepContact { jid, name, .. } if jid == "fay.ito@example.test" && name == "Fay Ito")
    });
    assert!(kept, "{:?}", user.wished);
    user.press("i");
    assert!(matches!(&user.model.screen, Screen::Chat(whom) if whom.with == "fay.ito@example.test"));
}

#[test]
fn what_is_missing_is_said_and_nothing_else_happens() {
    let mut user = alice();
    user.press(":");
    user.write("fayez");
    let bare = DirectoryPerson { uri: RemoteText::default(), email: RemoteText::default(), jid: None, ..three().remove(2) };
    user.finds(vec![bare], false);
    user.press("enter");
    user.sees(&["Fayez Osei", "No number and no address is known."]);
    for (keys, says) in
        [("c", "no number"), ("i", "cannot be written to"), ("+", "cannot be added"), ("enter", "no way to reach")]
    {
        user.wished.clear();
        user.press(keys);
        user.sees(&[says]);
        assert_eq!(user.wished, [], "{keys}");
    }
}

#[test]
fn somebody_of_the_list_is_shown_with_what_the_directory_adds() {
    let mut user = alice();
    let contact = Contact {
        jid: "fay.ito@example.test".into(),
        name: "Fay".into(),
        we_see_them: true,
        they_see_us: true,
        asked: false,
        groups: Vec::new(),
    };
    user.model.apply(&Event::Contact { account: account(), contact });
    user.press("f2 /");
    user.write("fay.ito");
    user.press("enter alt-i");
    let mut shows = user.took_of_directory().into_iter().filter_map(|wish| match wish {
        DirectoryWish::Show { person, ticket } => Some((person.0, ticket)),
        _ => None,
    });
    let (who, ticket) = shows.next_back().expect("the directory is asked");
    assert_eq!(who, "fay.ito");
    user.sees(&["asking the directory …", "fay.ito@example.test", "offline"]);
    user.directory_tells(DirectoryTold::Found { ticket, people: vec![fay()], more: false });
    user.sees(&["Fay Ito", "Team lead, Support", "reports to Astrid Berg", "3005"]);
    // Somebody of another domain is not asked for.
    user.press("f2 /");
    user.write("choir");
    user.took_of_directory();
    user.press("enter alt-i");
    assert!(!user.took_of_directory().iter().any(|wish| matches!(wish, DirectoryWish::Show { .. })));
    user.sees(&["Fay from the choir", "fay@far.example", "your own domain only"]);
}

#[test]
fn a_photo_has_its_place_and_leaves_it_when_something_lies_above() {
    let mut user = alice();
    user.model.setup.pictures = Pictures::Kitty;
    user.press(":");
    user.write("fay ito");
    user.finds(vec![fay()], false);
    user.press("enter");
    assert_eq!(user.took_of_directory(), [DirectoryWish::Photo(PersonId("fay.ito".into()))]);
    let photo = Photo { png: true, width: 96, height: 96, file: Arc::from(&b"x"[..]) };
    user.directory_tells(DirectoryTold::Photo { person: PersonId("somebody.else".into()), photo: Ok(photo.clone()) });
    user.rows();
    assert_eq!(user.model.photo_at, None, "that was of somebody else");
    user.directory_tells(DirectoryTold::Photo { person: PersonId("fay.ito".into()), photo: Ok(photo) });
    user.shot("directory-photo");
    user.rows();
    let at = user.model.photo_at.expect("it has a place");
    // Where it stands, nothing else is drawn.
    let (buffer, _) = frames::draw(&mut user.model, 80, 24);
    assert!(at.positions().all(|at| buffer[at].symbol() == " "), "{at:?}");
    user.press("?");
    user.rows();
    assert_eq!(user.model.photo_at, None);
    user.press("esc");
    user.rows();
    assert_eq!(user.model.photo_at, Some(at));
    // On a small screen the words have all of it.
    frames::draw(&mut user.model, 50, 12);
    assert_eq!(user.model.photo_at, None);
}

#[test]
fn hostile_people_of_the_directory_show_as_text() {
    for text in texts() {
        let remote = RemoteText::new(text.clone());
        let hostile = DirectoryPerson {
            id: PersonId(text.clone()),
            name: remote.clone(),
            title: remote.clone(),
            department: remote.clone(),
            manager: remote.clone(),
            numbers: vec![(Line::Work, remote.clone()), (Line::Home, remote.clone())],
            uri: remote.clone(),
            email: remote.clone(),
            jid: Some(text.clone()),
        };
        let mut user = alice();
        for keys in [":", "/", "C"] {
            user.press("esc esc esc f2");
            user.press(keys);
            user.write("fay");
            user.finds(vec![hostile.clone(), hostile.clone()], true);
            for (width, height) in [(120, 40), (80, 24), (33, 9), (7, 3)] {
                check(&mut user.model, width, height);
            }
        }
        user.press("esc esc esc f2 :");
        user.write("zzz");
        user.finds(vec![hostile], false);
        user.press("enter");
        assert_eq!(user.model.screen, Screen::Person);
        let problem = Problem::local(text.clone(), text.clone());
        user.directory_tells(DirectoryTold::Photo { person: PersonId(text.clone()), photo: Err(problem) });
        for (width, height) in [(120, 40), (80, 24), (60, 15), (33, 9), (20, 5)] {
            check(&mut user.model, width, height);
        }
        user.press("enter j enter c i + enter");
        check(&mut user.model, 80, 24);
    }
}

#[test]
fn the_other_keymap_opens_and_uses_a_card_too() {
    let mut user = at_card();
    user.model.set_keymap(Keymap::named("vim").unwrap());
    user.press("j k c");
    assert!(user.wished.iter().any(|command| matches!(command, Command::Call { target, .. } if target == "3005")));
}
