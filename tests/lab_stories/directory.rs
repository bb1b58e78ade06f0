//! The directory from sign-in on, as the user meets it: what is typed is asked of the lab's user data services, whoever is
//! found is called, written to and added; and each way in which they may fail stands on the screen, which goes on.

use super::user::{User, account};
use offhook::engine::command::{Command, DirectoryWish};
use offhook::engine::event::{CallChange, DirectoryTold, Event, PersonId, Ticket};
use offhook::protocol::http::Names;
use offhook::tui::keymap::{Key, Keymap};
use offhook::tui::model::{Find, Model, Overlay, Screen, Setup};
use offhook::tui::preferences::Preferences;
use offhook::tui::terminal::Pictures;
use offhook::tui::theme::{Background, Depth, Theme};
use offhook::tui::view;
use offhook::tui::wish::Wish;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Nobody rings, writes or leaves a message during the story.
const QUIET: &str = "cast.voicemail-after = 100000\ncast.rings-after = 100000\n";

/// Ana at her screen, in front of her engine in the town.
struct Seat {
    user: User,
    model: Model,
    heard: usize,
}

impl Seat {
    fn at(site: &str) -> Seat {
        Seat::before(site, Pictures::Unknown)
    }

    fn before(site: &str, pictures: Pictures) -> Seat {
        let mut user = User::by_address(&format!("{QUIET}{site}"));
        user.wait(3.0);
        let setup = Setup {
            preferences: Preferences::default(),
            theme: Theme::named("dark", Depth::True).unwrap(),
            keymap: Keymap::named("default").unwrap(),
            themes: vec![],
            keymaps: vec![],
            zone: |_| 0,
            now: super::user::BEGIN,
            pictures,
            background: Background::Dark,
        };
        let mut seat = Seat { user, model: Model::new(setup), heard: 0 };
        seat.wait(0.1);
        seat
    }

    /// Time passes, in small steps: keys become wishes, and what happens is heard.
    fn wait(&mut self, seconds: f64) {
        let mut left = seconds;
        loop {
            while let Some(wish) = self.model.poll() {
                if let Wish::Command(command) = wish {
                    self.user.command(command);
                }
            }
            let step = left.clamp(0.0, 0.05);
            self.user.wait(step);
            let new: Vec<Event> = self.user.told.events(|_| true).into_iter().skip(self.heard).cloned().collect();
            self.heard += new.len();
            new.iter().for_each(|event| self.model.apply(event));
            left -= step;
            if left <= 0.0 {
                return;
            }
        }
    }

    fn press(&mut self, keys: &str) {
        for key in Key::parse_sequence(keys).unwrap() {
            let _ = self.model.key(key);
        }
        self.wait(0.05);
    }

    /// A letter every tenth of a second.
    fn write(&mut self, text: &str) {
        for letter in text.chars() {
            let _ = self.model.key(Key::char(letter));
            self.wait(0.1);
        }
    }

    /// Opens the palette and types; then it has paused for long enough.
    fn looks_for(&mut self, words: &str) {
        self.press("ctrl-p");
        self.write(words);
        self.wait(0.3);
    }

    /// Goes down to the first whom the directory has found, and opens their card.
    fn opens_found(&mut self) {
        for _ in 0..20 {
            let chosen = self.model.overlays.iter().find_map(|overlay| match overlay {
                Overlay::Palette(palette) => palette.found.get(palette.chosen),
                _ => None,
            });
            if matches!(chosen, Some(Find::Person(..))) {
                self.press("enter");
                self.wait(0.5);
                assert_eq!(self.model.screen, Screen::Person);
                return;
            }
            self.press("down");
        }
        panic!("nobody was found:\n{}", self.rows().join("\n"));
    }

    fn rows(&mut self) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
        let _ = view::draw(&mut self.model, &mut buffer);
        let row = |cells: &[ratatui::buffer::Cell]| cells.iter().map(|cell| cell.symbol()).collect::<String>();
        buffer.content.chunks(100).map(|cells| row(cells).trim_end().to_owned()).collect()
    }

    #[track_caller]
    fn sees(&mut self, words: &[&str]) {
        let rows = self.rows();
        for words in words {
            assert!(rows.iter().any(|row| row.contains(words)), "{words:?} is not on the screen:\n{}", rows.join("\n"));
        }
    }

    /// What was asked of the directory: query, and whether the password went along.
    fn asked(&self) -> Vec<(String, bool)> {
        let users = self.user.web.iter().filter(|request| request.url.path() == "/cucm-uds/users");
        users.map(|request| (request.url.query().unwrap().to_owned(), request.credentials.is_some())).collect()
    }

    fn photos(&self) -> usize {
        self.user.web.iter().filter(|request| request.url.path().starts_with("/photos/")).count()
    }
}

/// Somebody whom only the directory knows: whoever has the first number there.
fn colleague(seat: &mut Seat) -> (String, String) {
    let wish = DirectoryWish::Search { words: "3000".into(), most: 5, ticket: Ticket(999) };
    seat.user.command(Command::Directory { account: account(), wish });
    seat.user.wait(0.5);
    let found = seat
        .user
        .told
        .events(|event| matches!(event, Event::Directory { told: DirectoryTold::Found { ticket: Ticket(999), .. }, .. }));
    let Some(Event::Directory { told: DirectoryTold::Found { people, .. }, .. }) = found.last() else { panic!("{found:?}") };
    (people[0].name.raw().to_owned(), people[0].id.0.clone())
}

#[test]
fn a_name_that_is_typed_is_asked_for_once_and_stands_behind_those_who_are_known() {
    let mut seat = Seat::at("");
    seat.looks_for("okaf");
    assert_eq!(seat.asked(), [("name=okaf&max=50&start=0".to_owned(), false)], "once typing has paused, without the password");
    seat.sees(&["Chat with Bob Okafor", "Call Bob Okafor", "Directory  1 person", "Bob Okafor, Account manager", "1002"]);
    let rows = seat.rows();
    let at = |words: &str| rows.iter().position(|row| row.contains(words)).unwrap();
    assert!(at("Chat with Bob Okafor") < at("Directory  1 person") && at("Directory  1 person") < at("Search messages"));
    for request in seat.user.web.iter().filter(|request| request.url.path() == "/cucm-uds/users") {
        assert_eq!(request.url.host_str(), Some("cucm1.lab.example"));
        assert!(!request.clear && request.names == Names::Domains(vec!["lab.example".into()]));
    }
    // While nothing is typed, nothing is asked.
    seat.wait(3600.0);
    assert_eq!(seat.asked().len(), 1);
}

#[test]
fn whoever_is_found_is_called_written_to_and_added() {
    let mut seat = Seat::at("");
    let (name, id) = colleague(&mut seat);
    seat.looks_for(&name);
    seat.sees(&["Directory  ", &name, "3000"]);
    seat.opens_found();
    let jid = format!("{id}@lab.example");
    seat.sees(&[&name, "work", "3000", "chat", &jid, "mail"]);
    // They are put among the user's people, under the name that the directory has for them.
    seat.press("+");
    seat.sees(&["Add somebody", &jid, &name]);
    seat.press("enter");
    seat.wait(1.0);
    let contact = seat.user.state().contacts.get(&jid).cloned().expect("they are in the roster");
    assert_eq!(contact.name.raw(), name);
    seat.press("i");
    assert!(matches!(&seat.model.screen, Screen::Chat(whom) if whom.with == jid), "{:?}", seat.model.screen);
    // Bob is called at the number that the directory has.
    seat.press("f6 f6");
    seat.looks_for("1002");
    seat.press("esc");
    seat.looks_for("bob okafor");
    seat.opens_found();
    seat.sees(&["Bob Okafor", "work", "1002"]);
    seat.press("c");
    seat.wait(1.0);
    let peers: Vec<String> = seat
        .user
        .told
        .events(|event| matches!(event, Event::Call { change: CallChange::Began { .. }, .. }))
        .iter()
        .map(|event| format!("{event:?}"))
        .collect();
    assert!(peers.len() == 1 && peers[0].contains("sip:1002@"), "{peers:?}");
}

#[test]
fn the_list_is_narrowed_by_the_directory_too() {
    let mut seat = Seat::at("");
    let (name, _) = colleague(&mut seat);
    seat.press("/");
    seat.write(&name);
    seat.wait(0.5);
    seat.sees(&["Directory  ", &name]);
    seat.press("enter");
    seat.sees(&[&name, "3000"]);
    assert_eq!(seat.model.screen, Screen::Person);
    assert!(seat.model.people.filter.is_none());
}

#[test]
fn a_site_that_wants_the_password_gets_it_and_no_other_leg_does() {
    let mut seat = Seat::at("uds.users-resource-auth = true\nuds.sessions = \"none\"");
    seat.looks_for("bob");
    seat.sees(&["Bob Okafor, Account manager"]);
    let with: Vec<bool> = seat.asked().iter().map(|(_, with)| *with).collect();
    assert_eq!(with, [false, true]);
}

#[test]
fn many_pages_are_read_and_too_many_are_said() {
    let mut seat = Seat::at("uds.page = 20");
    // Everybody in the directory has a number of these.
    seat.looks_for("30");
    seat.press("esc");
    seat.looks_for("300");
    let asked = seat.asked();
    assert_eq!(asked.last().unwrap().0, "number=300&max=50&start=0", "{asked:?}");
    seat.sees(&["Directory  10 people"]);
    seat.press("esc");
    seat.looks_for("+467");
    let pages = seat.asked().iter().filter(|(query, _)| query.contains("%2B467")).count();
    assert_eq!(pages, 3, "twenty a page, of fifty");
    seat.sees(&["Directory  the first 50; say more of the name"]);
}

#[test]
fn few_letters_are_not_asked_for_and_that_is_said() {
    let mut seat = Seat::at("");
    seat.looks_for("fa");
    assert_eq!(seat.asked(), []);
    seat.sees(&["Directory  from 3 letters on"]);
    let mut two = Seat::at("[client-config.Directory]\nMinimumCharacterQuery = \"2\"");
    two.looks_for("fa");
    assert_eq!(two.asked().len(), 1);
}

#[test]
fn a_user_name_is_found_whether_the_search_for_names_looks_at_them_or_not() {
    for (search, questions) in [("names", 2), ("user-names", 1)] {
        let mut seat = Seat::at(&format!("directory.name-search = {search:?}\n"));
        let (_, id) = colleague(&mut seat);
        let before = seat.asked().len();
        // No first or last name begins with a dot in it.
        seat.looks_for(&id);
        seat.sees(&["Directory  ", "3000"]);
        assert_eq!(seat.asked().len() - before, questions, "{search}");
    }
}

#[test]
fn every_fault_stands_in_its_place_and_the_next_letter_asks_again() {
    let cases = [
        ("fault = \"absent\"", "cucm1.lab.example cannot be reached: nobody listens there"),
        ("status = 503", "cucm1.lab.example is busy (503). Try again in a while."),
        ("status = 500", "cucm1.lab.example answered 500."),
        ("status = 403", "does not give this out. Ask the administrator"),
        ("status = 401", "does not take your user name and password"),
        ("fault = \"malformed\"", "answered, but the answer of users was expected"),
        ("fault = \"noise\"", "what came is no HTTP"),
        ("fault = \"portal\"", "a page for people (HTML) came"),
        ("fault = \"bomb\"", "answered, but the answer of users was expected"),
        ("fault = \"truncated\"", "the connection broke off"),
        ("fault = \"endless\"", "the answer is too long"),
        ("fault = \"redirect\"", "sends elsewhere (302), which is not followed"),
        ("certificate = \"wrong-name\"", "the certificate is for another name"),
        ("certificate = \"expired\"", "the certificate has expired"),
    ];
    for (answers, says) in cases {
        let mut seat = Seat::at(&format!("directory.answers = {{ {answers} }}\n"));
        seat.looks_for("bob");
        let rows = seat.rows();
        let heading = rows.iter().find(|row| row.contains("Directory  ")).unwrap_or_else(|| panic!("{}", rows.join("\n")));
        let status = seat.model.overlays.iter().find_map(|overlay| match overlay {
            Overlay::Palette(palette) => palette.directory.status(),
            _ => None,
        });
        assert!(status.as_ref().is_some_and(|status| status.contains(says)), "{answers}: {status:?} on {heading}");
        // Who is known here is found all the same, and the rest of the screen goes on.
        seat.sees(&["Chat with Bob Okafor"]);
        let before = seat.asked().len();
        seat.write(" o");
        seat.wait(0.4);
        assert!(seat.asked().len() > before, "{answers}");
    }
}

#[test]
fn a_slow_directory_is_waited_for_in_a_still_word_and_esc_leaves_it() {
    let mut seat = Seat::at("directory.answers = { delay-ms = 4000 }\n");
    seat.looks_for("bob");
    seat.sees(&["Directory  searching …", "Chat with Bob Okafor"]);
    let still = seat.rows();
    seat.wait(2.0);
    assert_eq!(seat.rows(), still, "nothing moves while it is awaited");
    // What is typed meanwhile is asked for when that is answered, and nothing in between.
    seat.write(" okafor");
    seat.wait(5.0);
    assert_eq!(
        seat.asked().iter().map(|(query, _)| query.as_str()).collect::<Vec<_>>(),
        ["name=bob&max=50&start=0", "name=bob+okafor&max=50&start=0"]
    );
    seat.wait(4.0);
    seat.sees(&["Directory  1 person"]);
    seat.write("x");
    seat.wait(0.5);
    seat.press("esc");
    let before = seat.asked().len();
    seat.wait(20.0);
    assert_eq!(seat.asked().len(), before);
    let mut silent = Seat::at("directory.answers = { fault = \"silent\" }\n");
    silent.looks_for("bob");
    silent.wait(9.0);
    silent.sees(&["Directory  cucm1.lab.example cannot be reached: no answer in time."]);
}

#[test]
fn a_number_that_is_called_gets_its_name_from_the_directory() {
    let mut seat = Seat::at("");
    let (name, _) = colleague(&mut seat);
    let before = seat.asked().len();
    seat.user.call("3000");
    seat.wait(2.0);
    assert_eq!(seat.user.state().directory.names.get("3000").map(|name| name.raw().to_owned()), Some(name.clone()));
    assert_eq!(seat.asked()[before..], [("number=3000&max=8&start=0".to_owned(), false)]);
    seat.user.call("3000");
    seat.wait(2.0);
    assert_eq!(seat.asked().len(), before + 1, "it is known by now");
    assert!(seat.model.said.as_ref().is_some_and(|said| said.contains(&name)), "{:?}", seat.model.said);
}

/// Opens Bob's card.
fn bob(seat: &mut Seat) {
    seat.looks_for("bob okafor");
    seat.opens_found();
}

#[test]
fn a_photo_is_fetched_where_it_can_be_shown_and_is_wanted() {
    let mut near = Seat::before("", Pictures::Kitty);
    bob(&mut near);
    let photo = near.model.picture().expect("there it is");
    assert!(photo.png && photo.width == 96, "{photo:?}");
    near.rows();
    assert!(near.model.photo_at.is_some());
    let request = near.user.web.iter().find(|request| request.url.path().starts_with("/photos/")).unwrap();
    assert_eq!(request.url.as_str(), "https://cucm1.lab.example:8443/photos/bob.png");
    assert!(request.credentials.is_none() && !request.clear && request.limit == 512 << 10);
    // The second time it is one that is kept.
    near.press("esc");
    bob(&mut near);
    assert!(near.model.picture().is_some());
    assert_eq!(near.photos(), 1);
    // What lies above it takes it from sight.
    near.press("?");
    assert!(near.model.picture().is_none());
    near.rows();
    assert_eq!(near.model.photo_at, None);

    let mut far = Seat::at("");
    bob(&mut far);
    assert_eq!((far.photos(), far.model.picture().is_none()), (0, true), "this terminal shows none");
    let mut unwanted = Seat::before("", Pictures::Kitty);
    unwanted.model.setup.preferences.photos = false;
    bob(&mut unwanted);
    assert_eq!(unwanted.photos(), 0);
    let mut nowhere = Seat::before("photos.named = false", Pictures::Kitty);
    bob(&mut nowhere);
    assert_eq!(nowhere.photos(), 0, "the site does not say where they are");
}

#[test]
fn what_is_no_photo_is_said_and_never_comes_near_the_terminal() {
    for (site, says) in [
        ("photos.format = \"hostile\"", "There is no photo to show: what came is neither a JPEG nor a PNG."),
        ("photos.format = \"boundless\"", "There is no photo to show: the picture says that it has 2147483647 times"),
        ("photos.answers.status = 404", "There is no photo of them."),
        ("photos.answers.fault = \"silent\"", "Photo: cucm1.lab.example cannot be reached: no answer in time."),
        ("photos.answers.fault = \"endless\"", "Photo: cucm1.lab.example: the answer is too long."),
        ("photos.answers.fault = \"portal\"", "neither a JPEG nor a PNG"),
        ("photos.answers.fault = \"redirect\"", "which is not followed"),
        ("photos.answers.certificate = \"wrong-name\"", "the certificate is for another name"),
        ("[client-config.Directory]\nUdsPhotoUriWithToken = \"https://photos.other.test/%%uid%%\"", "outside of the domain"),
        ("[client-config.Directory]\nUdsPhotoUriWithToken = \"http://photos.lab.example/%%uid%%\"", "over http, in clear"),
    ] {
        let mut seat = Seat::before(site, Pictures::Kitty);
        bob(&mut seat);
        seat.wait(9.0);
        assert!(seat.model.picture().is_none(), "{site}");
        let why = seat.model.card.as_ref().unwrap().no_photo.clone().unwrap_or_default();
        assert!(why.contains(says), "{site}: {why}");
        let shown: String = why.split(' ').take(3).collect::<Vec<_>>().join(" ");
        seat.sees(&["Bob Okafor", "1002", &shown]);
    }
    let mut jpeg = Seat::before("photos.format = \"jpeg\"", Pictures::Inline);
    bob(&mut jpeg);
    assert!(jpeg.model.picture().is_some_and(|photo| !photo.png));
}

#[test]
fn somebody_of_the_list_is_looked_up_by_their_user_name() {
    let mut seat = Seat::at("");
    seat.press("/");
    seat.write("bob");
    seat.press("enter");
    seat.press("alt-i");
    seat.wait(0.5);
    assert_eq!(seat.asked().last().unwrap().0, "username=bob&max=64&start=0");
    seat.sees(&["Bob Okafor", "Account manager, Sales", "1002", "bob@lab.example"]);
    // Whom the directory does not know is shown with what is known here.
    let wish = DirectoryWish::Show { person: PersonId("nobody".into()), ticket: Ticket(77) };
    seat.user.command(Command::Directory { account: account(), wish });
    seat.wait(0.5);
    let told = seat.user.told.events(|event| {
        matches!(event, Event::Directory { told: DirectoryTold::Found { ticket: Ticket(77), people, .. }, .. } if people.is_empty())
    });
    assert_eq!(told.len(), 1);
}

#[test]
fn names_that_mean_harm_are_shown_and_do_nothing() {
    let mut seat = Seat::at("directory.first-name = \"\\u009b31m\\u202eEve\\n\"\n");
    seat.looks_for("3000");
    let rows = seat.rows();
    assert!(rows.iter().any(|row| row.contains("<U+009B>31m<U+202E>Eve")), "{}", rows.join("\n"));
    seat.opens_found();
    let rows = seat.rows();
    assert!(rows.iter().all(|row| !row.chars().any(char::is_control)), "{}", rows.join("\n"));
    assert!(rows.iter().any(|row| row.contains("<U+009B>31m")), "{}", rows.join("\n"));
}
