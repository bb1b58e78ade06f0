//! The directory of one account: what is typed is asked for once typing has paused, one question at a time, and the last
//! text wins. Nothing is asked that nobody has wanted, and nothing is tried again by itself but at the next node.

use super::answers::{Judged, judge, unreadable};
use super::callers::Callers;
use super::photos::{self, Step};
use super::questions::Asker;
use super::search::{Purpose, Search};
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::command::DirectoryWish;
use crate::engine::event::{AccountName, DirectoryTold, Event, PersonId, Photo, Problem, ProblemKind, Searchable, Ticket};
use crate::engine::output::Output;
use crate::engine::signin::uds::Directory as Place;
use crate::engine::signin::{self, Server};
use crate::machine::{Machine, Moment, Secret, Wake};
use std::collections::VecDeque;
use std::time::Duration;

/// What is typed is asked for when nothing more is typed for this long.
const PAUSE: Duration = Duration::from_millis(200);

/// Longer words are nobody's name, in letters.
const LONGEST: usize = 128;

/// People to be shown who wait.
const SHOWS: usize = 8;

/// What may happen to it.
#[derive(Clone, Debug)]
pub enum DirectoryIn {
    /// The user is signed in.
    SignIn,
    /// The user wants nothing more.
    SignOut,
    /// The user wants something.
    Wish(DirectoryWish),
    /// Somebody calls, or is called, at this number, as it is dialled; nobody says who it is.
    Caller(String),
    /// A question of ours is answered.
    Answered(AskId, Answer),
}

/// Whose directory it is, and where.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The account.
    pub account: AccountName,
    /// As they sign in.
    pub user: String,
    /// Services domain, and voice services domain.
    pub domains: Vec<String>,
    /// Where people chat; none where the account has no chat.
    pub presence_domain: Option<String>,
    /// Photos may be fetched in clear.
    pub allow_cleartext: bool,
    /// What sign-in has found.
    pub place: Place,
}

/// The directory.
#[derive(Debug)]
pub struct Directory {
    setting: Setting,
    asker: Asker,
    base: u64,
    made: u64,
    is_on: bool,
    /// The one that holds for the account, as far as that is known.
    password: Option<Secret>,
    /// The nodes have asked for it.
    wants_password: bool,
    /// Which node is asked.
    current: usize,
    /// What was typed last, and when it is asked for.
    typed: Option<(Search, Moment)>,
    shows: VecDeque<Search>,
    callers: Callers,
    /// What is being asked, and whether that was with the password.
    running: Option<(AskId, Search, bool)>,
    photo: Option<(AskId, photos::Wanted)>,
    next_photo: Option<PersonId>,
    out: VecDeque<Output>,
}

impl Directory {
    /// A directory that is not searched yet. Its questions are numbered from `base` on.
    #[must_use]
    pub fn new(setting: Setting, base: u64) -> Directory {
        let (user, domains) = (setting.user.clone(), setting.domains.clone());
        Directory {
            asker: Asker { user, domains, is_home: setting.place.is_home },
            setting,
            base,
            made: 0,
            is_on: false,
            password: None,
            wants_password: false,
            current: 0,
            typed: None,
            shows: VecDeque::new(),
            callers: Callers::default(),
            running: None,
            photo: None,
            next_photo: None,
            out: VecDeque::new(),
        }
    }

    /// The password that holds for the account, as far as that is known.
    pub fn know(&mut self, password: Option<Secret>) {
        self.password = password;
    }

    fn sign_in(&mut self) {
        self.is_on = true;
        let Place { shortest, photos, .. } = &self.setting.place;
        let searchable = Searchable { shortest: *shortest, photos: photos.is_some() };
        self.tell(DirectoryTold::Searchable(Some(searchable)));
    }

    fn sign_out(&mut self) {
        if !std::mem::take(&mut self.is_on) {
            return;
        }
        let running = self.running.take().map(|(_, search, _)| search);
        let typed = self.typed.take().map(|(search, _)| search);
        for search in running.into_iter().chain(typed).chain(std::mem::take(&mut self.shows)) {
            self.give_up(&search, not_signed_in());
        }
        (self.photo, self.next_photo, self.password) = (None, None, None);
        self.callers.clear();
        self.tell(DirectoryTold::Searchable(None));
    }

    fn wish(&mut self, now: Moment, wish: DirectoryWish) {
        match wish {
            DirectoryWish::Search { words, most, ticket } => self.type_in(now, words.trim(), most, ticket),
            DirectoryWish::Cancel => self.overtake(),
            DirectoryWish::Show { ticket, .. } if !self.is_on => self.fail(ticket, not_signed_in()),
            DirectoryWish::Show { person, ticket } => {
                if self.shows.len() < SHOWS {
                    self.shows.push_back(Search::show(person, ticket));
                } else {
                    self.fail(ticket, Problem::local("Directory: too much is asked for at once.", "Wait a moment."));
                }
            }
            DirectoryWish::Photo(person) if !self.is_on => {
                self.tell(DirectoryTold::Photo { person, photo: Err(not_signed_in()) });
            }
            DirectoryWish::Photo(person) => {
                let is_asked = self.photo.as_ref().is_some_and(|(_, wanted)| wanted.person == person);
                self.next_photo = Some(person).filter(|_| !is_asked);
                self.look_for_photo();
            }
        }
        self.go_on(now);
    }

    fn type_in(&mut self, now: Moment, words: &str, most: u16, ticket: Ticket) {
        self.overtake();
        let shortest = self.setting.place.shortest;
        if !self.is_on {
            self.fail(ticket, not_signed_in());
        } else if words.chars().count() < usize::from(shortest.max(1)) {
            let what = format!("The directory is searched for {shortest} letters or more.");
            self.fail(ticket, Problem::local(what, "Type more of the name."));
        } else if words.chars().count() > LONGEST {
            let what = format!("Nobody in the directory has a name of more than {LONGEST} letters.");
            self.fail(ticket, Problem::local(what, "Type less of it."));
        } else {
            self.typed = Some((Search::typed(words, most, ticket), now + PAUSE));
        }
    }

    /// What was typed before is wanted no longer.
    fn overtake(&mut self) {
        self.typed = None;
        if let Some((_, search, _)) = &mut self.running
            && matches!(search.purpose, Purpose::Typed(_))
        {
            search.unwanted = true;
        }
    }

    /// Asks for the next that is wanted, where nothing is being asked.
    fn go_on(&mut self, now: Moment) {
        if self.running.is_some() || !self.is_on {
            return;
        }
        let next = self.shows.pop_front().or_else(|| {
            let (search, _) = self.typed.take_if(|(_, due)| *due <= now)?;
            Some(search)
        });
        // What is typed goes before whoever calls.
        let next = match next {
            None if self.typed.is_none() => self.callers.next().map(Search::caller),
            next => next,
        };
        if let Some(search) = next {
            self.ask(now, search);
        }
    }

    fn server(&self) -> Option<Server> {
        self.setting.place.uds.get(self.current).cloned()
    }

    fn ask(&mut self, now: Moment, search: Search) {
        let password = self.password.as_ref().filter(|_| self.wants_password);
        let server = self.server();
        let request = server.and_then(|server| self.asker.request(&server, password, &search.wants()));
        let Some(request) = request else {
            let what = "Directory: the node that was found cannot be asked.";
            self.give_up(&search, Problem::new(ProblemKind::Protocol, what, "Sign out and in again."));
            return self.go_on(now);
        };
        let with_password = request.credentials.is_some();
        let id = self.question(signin::Question::Http(request));
        self.running = Some((id, search, with_password));
    }

    fn question(&mut self, question: signin::Question) -> AskId {
        let account = self.setting.account.clone();
        self.put(Question::SignIn { account, question })
    }

    fn put(&mut self, question: Question) -> AskId {
        self.made += 1;
        let id = AskId(self.base + self.made);
        self.out.push_back(Output::Ask(id, question));
        id
    }

    fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        if let Some((_, wanted)) = self.photo.take_if(|(asked, _)| *asked == id) {
            return self.heard_photo(wanted, answer);
        }
        let Some((_, search, with_password)) = self.running.take_if(|(asked, ..)| *asked == id) else { return };
        if !search.unwanted {
            self.heard(now, search, with_password, answer);
        }
        self.go_on(now);
    }

    fn heard(&mut self, now: Moment, mut search: Search, with_password: bool, answer: Answer) {
        let host = self.server().map(|server| server.host).unwrap_or_default();
        let domain = self.setting.presence_domain.as_deref();
        let is_over = match judge(&host, answer) {
            Judged::Good(response) => match search.read(&response.body, domain) {
                Ok(is_over) => is_over,
                Err(why) => return self.try_next(now, search, unreadable(&host, &why)),
            },
            Judged::Missing => search.nobody(),
            Judged::Unauthorized if !with_password && self.may_show_password() => {
                self.wants_password = true;
                false
            }
            Judged::Unauthorized => return self.give_up(&search, unauthorized(&host, with_password)),
            Judged::Passing(problem) => return self.try_next(now, search, problem),
            Judged::Lasting(problem) => return self.give_up(&search, problem),
        };
        if is_over { self.end(search) } else { self.ask(now, search) }
    }

    fn may_show_password(&self) -> bool {
        self.password.is_some() && self.server().is_some_and(|server| self.asker.trusts(&server))
    }

    fn try_next(&mut self, now: Moment, mut search: Search, problem: Problem) {
        search.failed += 1;
        let nodes = self.setting.place.uds.len();
        self.current = (self.current + 1) % nodes.max(1);
        if search.failed < nodes { self.ask(now, search) } else { self.give_up(&search, problem) }
    }

    fn end(&mut self, mut search: Search) {
        let (people, more) = search.result();
        match search.purpose {
            Purpose::Typed(ticket) | Purpose::Show(ticket, _) => self.tell(DirectoryTold::Found { ticket, people, more }),
            Purpose::Caller(number) => {
                // Where several share a number, nobody knows who calls.
                if let [person] = people.as_slice()
                    && !more
                {
                    self.tell(DirectoryTold::Named { number, name: person.name.clone() });
                }
            }
        }
    }

    fn give_up(&mut self, search: &Search, problem: Problem) {
        match &search.purpose {
            Purpose::Typed(_) if search.unwanted => {}
            Purpose::Typed(ticket) | Purpose::Show(ticket, _) => self.fail(*ticket, problem),
            // Their number is shown all the same.
            Purpose::Caller(number) => self.callers.forget(number),
        }
    }

    fn fail(&mut self, ticket: Ticket, problem: Problem) {
        self.tell(DirectoryTold::Failed { ticket, problem });
    }

    fn look_for_photo(&mut self) {
        if self.photo.is_some() {
            return;
        }
        let Some(person) = self.next_photo.take() else { return };
        let (template, clear) = (self.setting.place.photos.as_ref(), self.setting.allow_cleartext);
        match photos::wanted(&person, template, &self.asker, clear) {
            Ok(wanted) => {
                let (account, url) = (self.setting.account.clone(), wanted.url.to_string());
                let id = self.put(Question::KeptPhoto { account, url });
                self.photo = Some((id, wanted));
            }
            Err(problem) => self.tell(DirectoryTold::Photo { person, photo: Err(problem) }),
        }
    }

    fn heard_photo(&mut self, wanted: photos::Wanted, answer: Answer) {
        match wanted.heard(answer) {
            Step::Fetch if !wanted.fetching && self.next_photo.is_none() => {
                let request = self.asker.photo(wanted.url.clone(), self.setting.allow_cleartext);
                let id = self.question(signin::Question::Http(request));
                self.photo = Some((id, photos::Wanted { fetching: true, ..wanted }));
            }
            Step::Fetch => {}
            Step::New(photo) => {
                let (account, url) = (self.setting.account.clone(), wanted.url.to_string());
                let file = photo.file.clone();
                self.put(Question::KeepPhoto { account, url, file });
                self.tell_photo(wanted.person, Ok(photo));
            }
            Step::Kept(photo) => self.tell_photo(wanted.person, Ok(photo)),
            Step::None(problem) => self.tell_photo(wanted.person, Err(problem)),
        }
        self.look_for_photo();
    }

    fn tell_photo(&mut self, person: PersonId, photo: Result<Photo, Problem>) {
        self.tell(DirectoryTold::Photo { person, photo });
    }

    fn tell(&mut self, told: DirectoryTold) {
        self.out.push_back(Output::Event(Event::Directory { account: self.setting.account.clone(), told }));
    }
}

fn not_signed_in() -> Problem {
    Problem::new(ProblemKind::Refused, "Directory: you are not signed in.", "Sign in, and search again.")
}

fn unauthorized(host: &str, with_password: bool) -> Problem {
    let (what, next) = match with_password {
        true => ("does not take your user name and password.", "Ask the administrator whether you may search it."),
        false => (
            "wants a password, and yours is not shown there.",
            "It goes to the nodes that signed you in, and to servers of the domain.",
        ),
    };
    Problem::new(ProblemKind::Refused, format!("Directory: {host} {what}"), next)
}

impl Machine for Directory {
    type Input = DirectoryIn;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: DirectoryIn) {
        match input {
            DirectoryIn::SignIn => self.sign_in(),
            DirectoryIn::SignOut => self.sign_out(),
            DirectoryIn::Wish(wish) => self.wish(now, wish),
            DirectoryIn::Caller(number) => {
                if self.is_on {
                    self.callers.add(number);
                }
                self.go_on(now);
            }
            DirectoryIn::Answered(id, answer) => self.answered(now, id, answer),
        }
    }

    fn expire(&mut self, now: Moment) {
        self.go_on(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let (_, due) = self.typed.as_ref().filter(|_| self.running.is_none())?;
        Some(Wake { at: *due, why: "the directory is searched once typing pauses" })
    }
}
