//! A directory played by hand: what is asked when, of whom, with what, and what is made of the answers.

use super::{Directory, DirectoryIn, Setting};
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::command::DirectoryWish;
use crate::engine::event::{AccountName, DirectoryTold, Event, PersonId, Problem, Ticket};
use crate::engine::output::Output;
use crate::engine::signin::uds::Directory as Place;
use crate::engine::signin::{self, Server};
use crate::machine::{Machine, Moment, Secret};
use crate::protocol::cisco::PhotoUri;
use crate::protocol::cisco::uds::{Person, Users};
use crate::protocol::http::{Failure, Request, Response};
use std::time::Duration;

struct Desk {
    now: Moment,
    directory: Directory,
    asked: Vec<(AskId, Request)>,
    kept: Vec<(AskId, String)>,
    stored: Vec<String>,
    told: Vec<DirectoryTold>,
}

const PHOTOS: &str = "https://photos.lab.example/%%uid%%.png";

fn setting() -> Setting {
    let uds = ["cucm1.lab.example", "cucm2.lab.example"].iter().map(|host| Server::new(host, 8443)).collect();
    Setting {
        account: AccountName("work".into()),
        user: "ana".into(),
        domains: vec!["lab.example".into()],
        presence_domain: Some("lab.example".into()),
        allow_cleartext: false,
        place: Place { uds, is_home: true, shortest: 2, photos: PhotoUri::parse(PHOTOS) },
    }
}

fn people(names: &[&str]) -> Result<Response, Failure> {
    let person = |name: &&str| Person { user_name: Some((*name).to_owned()), ..Person::default() };
    let body = Users { people: names.iter().map(person).collect(), ..Users::default() }.write();
    Ok(Response { status: 200, headers: vec![], body })
}

fn status(status: u16) -> Result<Response, Failure> {
    Ok(Response { status, ..Response::default() })
}

impl Desk {
    fn of(setting: Setting) -> Desk {
        let directory = Directory::new(setting, 1 << 32);
        let (asked, kept, stored, told) = (vec![], vec![], vec![], vec![]);
        let mut desk = Desk { now: Moment::START, directory, asked, kept, stored, told };
        desk.directory.know(Some(Secret::new("pw".into())));
        desk.input(DirectoryIn::SignIn);
        desk.told.clear();
        desk
    }

    fn new() -> Desk {
        Desk::of(setting())
    }

    fn input(&mut self, input: DirectoryIn) {
        self.directory.handle(self.now, input);
        self.hear();
    }

    fn wish(&mut self, wish: DirectoryWish) {
        self.input(DirectoryIn::Wish(wish));
    }

    fn types(&mut self, words: &str, ticket: u64) {
        self.wish(DirectoryWish::Search { words: words.into(), most: 50, ticket: Ticket(ticket) });
    }

    fn wait(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.directory.expire(self.now);
        self.hear();
    }

    fn hear(&mut self) {
        while let Some(output) = self.directory.poll() {
            match output {
                Output::Ask(id, Question::SignIn { question: signin::Question::Http(request), .. }) => {
                    self.asked.push((id, request));
                }
                Output::Ask(id, Question::KeptPhoto { url, .. }) => self.kept.push((id, url)),
                Output::Ask(_, Question::KeepPhoto { url, .. }) => self.stored.push(url),
                Output::Event(Event::Directory { told, .. }) => self.told.push(told),
                other => panic!("{other:?}"),
            }
        }
    }

    /// What is asked and not answered: host, whether with the password, and what.
    fn open(&self) -> Vec<String> {
        let short = |request: &Request| {
            let host = request.url.host_str().unwrap().split('.').next().unwrap().to_owned();
            let key = if request.credentials.is_some() { " with password" } else { "" };
            format!("{host}{key} {}", request.url.query().unwrap_or(request.url.path()))
        };
        self.asked.iter().map(|(_, request)| short(request)).collect()
    }

    fn answer(&mut self, answer: Result<Response, Failure>) {
        let (id, _) = self.asked.remove(0);
        let answer = signin::Answer::Http { answer, certificate: None };
        self.input(DirectoryIn::Answered(id, Answer::SignIn(answer)));
    }

    fn found(&mut self) -> Vec<(u64, Vec<String>)> {
        let found = |told: DirectoryTold| match told {
            DirectoryTold::Found { ticket, people, .. } => (ticket.0, people.into_iter().map(|one| one.id.0).collect()),
            other => panic!("{other:?}"),
        };
        std::mem::take(&mut self.told).into_iter().map(found).collect()
    }

    fn failed(&mut self) -> (u64, Problem) {
        assert_eq!(self.told.len(), 1, "{:?}", self.told);
        match self.told.remove(0) {
            DirectoryTold::Failed { ticket, problem } => (ticket.0, problem),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_typed_is_asked_for_once_typing_pauses() {
    let mut desk = Desk::new();
    for (at, words) in ["bo", "bob", "bobo"].iter().enumerate() {
        desk.types(words, at as u64);
        desk.wait(150);
        assert_eq!(desk.open(), [""; 0], "{words}");
    }
    assert_eq!(desk.directory.wake().unwrap().at, desk.now + Duration::from_millis(50));
    desk.wait(50);
    assert_eq!(desk.open(), ["cucm1 name=bobo&max=50&start=0"]);
    assert_eq!(desk.directory.wake(), None);
    desk.answer(people(&["bob", "bo"]));
    assert_eq!(desk.found(), [(2, vec!["bo".into(), "bob".into()])]);
}

#[test]
fn one_question_is_out_and_the_last_text_wins() {
    let mut desk = Desk::new();
    desk.types("bo", 1);
    desk.wait(200);
    desk.types("cy", 2);
    desk.wait(5_000);
    desk.types("dara", 3);
    desk.wait(5_000);
    assert_eq!(desk.open().len(), 1, "the first is not answered yet");
    desk.answer(people(&["bo"]));
    assert_eq!(desk.told, [], "nobody wants that any more");
    assert_eq!(desk.open(), ["cucm1 name=dara&max=50&start=0"]);
    desk.answer(people(&["dara"]));
    assert_eq!(desk.found(), [(3, vec!["dara".into()])]);
    // What was given up is not asked for, and not told.
    desk.types("emil", 4);
    desk.wish(DirectoryWish::Cancel);
    desk.wait(500);
    assert_eq!(desk.open(), [""; 0]);
    desk.types("emil", 5);
    desk.wait(200);
    desk.wish(DirectoryWish::Cancel);
    desk.answer(status(500));
    assert!(desk.told.is_empty() && desk.asked.is_empty(), "{:?}", desk.told);
}

#[test]
fn the_password_is_shown_once_it_is_wanted_and_not_before() {
    let mut desk = Desk::new();
    desk.types("bo", 1);
    desk.wait(200);
    desk.answer(status(401));
    assert_eq!(desk.open(), ["cucm1 with password name=bo&max=50&start=0"]);
    desk.answer(people(&["bo"]));
    desk.types("cy", 2);
    desk.wait(200);
    assert_eq!(desk.open(), ["cucm1 with password name=cy&max=50&start=0"], "by now it is known");
    desk.answer(status(401));
    let told = desk.told.pop().unwrap();
    let DirectoryTold::Failed { problem, .. } = told else { panic!("{told:?}") };
    assert!(problem.what.contains("does not take your user name and password"), "{problem}");
    assert_eq!(desk.open(), [""; 0], "a refusal is not tried again");
}

#[test]
fn a_node_that_may_not_have_the_password_does_not_get_it() {
    let mut elsewhere = setting();
    elsewhere.place = Place { uds: vec![Server::new("cucm.other.test", 8443)], is_home: false, ..elsewhere.place };
    let mut desk = Desk::of(elsewhere);
    desk.types("bo", 1);
    desk.wait(200);
    desk.answer(status(401));
    assert!(desk.failed().1.what.contains("wants a password, and yours is not shown there"));
    assert_eq!(desk.open(), [""; 0]);
}

#[test]
fn the_next_node_is_asked_and_the_last_trouble_told() {
    let mut desk = Desk::new();
    desk.types("bo", 1);
    desk.wait(200);
    desk.answer(status(503));
    assert_eq!(desk.open(), ["cucm2 name=bo&max=50&start=0"]);
    desk.answer(people(&["bo"]));
    assert_eq!(desk.found().len(), 1);
    desk.types("bo", 2);
    desk.wait(200);
    assert_eq!(desk.open(), ["cucm2 name=bo&max=50&start=0"], "the one that has answered");
    desk.answer(Err(Failure::Timeout));
    desk.answer(Ok(Response { status: 200, headers: vec![], body: b"<html><body>Welcome</body></html>".to_vec() }));
    let (ticket, problem) = desk.failed();
    assert_eq!(ticket, 2);
    assert_eq!(
        problem.to_string(),
        "Directory: cucm1.lab.example answered, but the answer of users was expected, and a page for people (HTML) came. \
         Is there a page to log in to the network first?"
    );
    desk.types("bo", 3);
    desk.wait(200);
    desk.answer(Err(Failure::Untrusted("the certificate is for another name".into())));
    assert!(desk.failed().1.what.contains("for another name"));
    assert_eq!(desk.open(), [""; 0], "another node is not the answer to that");
}

#[test]
fn few_letters_many_letters_and_nobody_signed_in_are_said() {
    let mut desk = Desk::new();
    desk.types(" b ", 1);
    assert!(desk.failed().1.what.contains("2 letters or more"));
    desk.types(&"b".repeat(129), 2);
    assert!(desk.failed().1.what.contains("128"));
    desk.types("bo", 3);
    desk.input(DirectoryIn::SignOut);
    assert!(matches!(desk.told.remove(0), DirectoryTold::Failed { ticket: Ticket(3), .. }));
    assert_eq!(std::mem::take(&mut desk.told), [DirectoryTold::Searchable(None)]);
    desk.types("bo", 4);
    assert!(desk.failed().1.what.contains("not signed in"));
    desk.wait(500);
    assert_eq!(desk.open(), [""; 0]);
}

#[test]
fn who_is_shown_is_found_by_user_name_and_a_caller_by_number_once() {
    let mut desk = Desk::new();
    desk.wish(DirectoryWish::Show { person: PersonId("bo".into()), ticket: Ticket(7) });
    assert_eq!(desk.open(), ["cucm1 username=bo&max=64&start=0"], "nothing is typed: nothing is waited for");
    desk.answer(people(&["bob", "bo"]));
    assert_eq!(desk.found(), [(7, vec!["bo".into()])]);
    desk.input(DirectoryIn::Caller("1002".into()));
    desk.input(DirectoryIn::Caller("1002".into()));
    assert_eq!(desk.open(), ["cucm1 number=1002&max=8&start=0"]);
    let bo = Person { user_name: Some("bo".into()), phone_number: Some("1002".into()), ..Person::default() };
    desk.answer(Ok(Response { status: 200, headers: vec![], body: Users { people: vec![bo], ..Users::default() }.write() }));
    assert_eq!(desk.told.remove(0), DirectoryTold::Named { number: "1002".into(), name: "bo".into() });
    desk.input(DirectoryIn::Caller("1002".into()));
    assert_eq!(desk.open(), [""; 0], "it is known");
    // Where it cannot be found out, nobody is bothered with that, and the next call asks again.
    desk.input(DirectoryIn::Caller("1003".into()));
    desk.answer(status(500));
    desk.answer(status(500));
    assert_eq!(desk.told, []);
    desk.input(DirectoryIn::Caller("1003".into()));
    assert_eq!(desk.open().len(), 1);
}

fn png() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend([0, 0, 0, 48, 0, 0, 0, 64, 8, 2, 0, 0, 0, 1, 2, 3, 4, 0, 0]);
    file
}

impl Desk {
    fn photo_of(&mut self, who: &str) {
        self.wish(DirectoryWish::Photo(PersonId(who.into())));
    }

    /// Of those that are kept there is this one.
    fn has_kept(&mut self, file: Option<Vec<u8>>) {
        let (id, _) = self.kept.remove(0);
        self.input(DirectoryIn::Answered(id, Answer::Photo(file)));
    }

    fn photo(&mut self) -> (String, Result<String, String>) {
        match self.told.remove(0) {
            DirectoryTold::Photo { person, photo } => {
                (person.0, photo.map(|photo| format!("{photo:?}")).map_err(|problem| problem.to_string()))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_photo_comes_from_what_is_kept_else_from_the_site_and_is_kept() {
    let mut desk = Desk::new();
    desk.photo_of("bo");
    assert_eq!(desk.kept[0].1, "https://photos.lab.example/bo.png");
    desk.has_kept(None);
    assert_eq!(desk.open(), ["photos /bo.png"], "nobody shows a password there");
    desk.answer(Ok(Response { status: 200, headers: vec![], body: png() }));
    assert_eq!(desk.photo(), ("bo".into(), Ok("PNG 48×64 (35 bytes)".into())));
    assert_eq!(desk.stored, ["https://photos.lab.example/bo.png"]);
    desk.photo_of("bo");
    desk.has_kept(Some(png()));
    assert_eq!((desk.photo().1.is_ok(), desk.open()), (true, vec![]));
    // What is kept and damaged is fetched anew.
    desk.photo_of("bo");
    desk.has_kept(Some(b"\x1b]0;x\x07".to_vec()));
    assert_eq!(desk.open().len(), 1);
}

#[test]
fn what_is_no_photo_is_said_and_nothing_of_it_comes_through() {
    let mut desk = Desk::new();
    let hostile = |body: &[u8]| Ok(Response { status: 200, headers: vec![], body: body.to_vec() });
    for (answer, says) in [
        (status(404), "no photo of them"),
        (hostile(b"\x1b]0;x\x07"), "neither a JPEG nor a PNG"),
        (hostile(b"\x89PNG\r\n\x1a\n"), "damaged"),
        (Err(Failure::TooLong), "too long"),
        (status(302), "not followed"),
        (status(401), "for a password only"),
    ] {
        desk.photo_of("bo");
        desk.has_kept(None);
        desk.answer(answer);
        let (_, photo) = desk.photo();
        assert!(photo.as_ref().is_err_and(|why| why.contains(says)), "{photo:?} {says}");
    }
    assert!(desk.stored.is_empty());
}

#[test]
fn photos_are_fetched_from_the_domain_only_and_in_clear_only_where_that_is_allowed() {
    let at = |template: &str, allow_cleartext: bool| {
        let mut setting = setting();
        setting.place.photos = PhotoUri::parse(template);
        let mut desk = Desk::of(Setting { allow_cleartext, ..setting });
        desk.photo_of("bo");
        if desk.kept.is_empty() { desk.photo().1.unwrap_err() } else { "asks".to_owned() }
    };
    assert!(at("", false).contains("does not say where"));
    assert!(at("https://photos.other.test/%%uid%%", false).contains("outside of the domain"));
    assert!(at("http://photos.lab.example/%%uid%%", false).contains("in clear"));
    assert_eq!(at("http://photos.lab.example/%%uid%%", true), "asks");
}

#[test]
fn of_many_photos_that_are_wanted_one_after_the_other_the_last_is_fetched() {
    let mut desk = Desk::new();
    ["bo", "cy", "dara"].iter().for_each(|who| desk.photo_of(who));
    assert_eq!(desk.kept.len(), 1);
    desk.has_kept(None);
    assert_eq!((desk.open(), desk.kept[0].1.as_str()), (vec![], "https://photos.lab.example/dara.png"));
    desk.has_kept(None);
    desk.photo_of("dara");
    assert_eq!((desk.open().len(), desk.kept.len()), (1, 0), "it is on its way");
}
