//! One search: what it asks for, page by page, and what it has found.

use super::people::person;
use crate::engine::event::{DirectoryPerson, PersonId, Ticket, dialled};
use crate::protocol::cisco::Unreadable;
use crate::protocol::cisco::uds::{Filter, Resource, Users};
use std::collections::BTreeSet;

/// People of a page; nodes give no more than this unless they were told to (fact sheet §3).
const PAGE: u32 = 64;

/// Pages that are read at most.
const PAGES: u32 = 12;

/// Nobody looks through more.
const MOST: u16 = 500;

/// For whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The user has typed it.
    Typed(Ticket),
    /// The user wants to know more of somebody.
    Show(Ticket, PersonId),
    /// A number whose owner nobody knows.
    Caller(String),
}

/// What people are searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Name,
    Number,
    Email,
    UserName,
}

/// A search.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) purpose: Purpose,
    /// Nobody waits for it any more.
    pub(super) unwanted: bool,
    /// Nodes that have failed it.
    pub(super) failed: usize,
    by: By,
    words: String,
    most: usize,
    start: u32,
    pages: u32,
    ids: BTreeSet<PersonId>,
    found: Vec<DirectoryPerson>,
    more: bool,
}

impl Search {
    /// What the user has typed: a number as people write them, an address, or else a name.
    pub(super) fn typed(words: &str, most: u16, ticket: Ticket) -> Search {
        let (by, words) = match dialled(words) {
            Some(number) => (By::Number, number),
            None if words.contains('@') => (By::Email, words.to_owned()),
            None => (By::Name, words.to_owned()),
        };
        Search::new(Purpose::Typed(ticket), by, words, most.clamp(1, MOST))
    }

    /// Who that is.
    pub(super) fn show(id: PersonId, ticket: Ticket) -> Search {
        let words = id.0.clone();
        Search::new(Purpose::Show(ticket, id), By::UserName, words, MOST)
    }

    /// Whose number this is.
    pub(super) fn caller(number: String) -> Search {
        Search::new(Purpose::Caller(number.clone()), By::Number, number, 8)
    }

    fn new(purpose: Purpose, by: By, words: String, most: u16) -> Search {
        Search {
            purpose,
            unwanted: false,
            failed: 0,
            by,
            words,
            most: usize::from(most),
            start: 0,
            pages: 0,
            ids: BTreeSet::new(),
            found: Vec::new(),
            more: false,
        }
    }

    /// What is asked now.
    pub(super) fn wants(&self) -> Resource<'_> {
        let filter = match self.by {
            By::Name => Filter::Name(&self.words),
            By::Number => Filter::Number(&self.words),
            By::Email => Filter::Email(&self.words),
            By::UserName => Filter::UserName(&self.words),
        };
        let left = u32::try_from(self.most.saturating_sub(self.found.len())).unwrap_or(PAGE);
        Resource::Users(filter, left.clamp(1, PAGE), self.start)
    }

    /// Reads a page; says whether that was all.
    pub(super) fn read(&mut self, body: &[u8], domain: Option<&str>) -> Result<bool, Unreadable> {
        let Users { total, people, .. } = Users::parse(body)?;
        let before = self.ids.len();
        self.start = self.start.saturating_add(u32::try_from(people.len()).unwrap_or(u32::MAX));
        self.pages += 1;
        for person in people.iter().filter_map(|found| person(found, domain)) {
            // A node that knows no pages gives the same ones again.
            if self.ids.insert(person.id.clone()) && self.fits(&person) {
                self.found.push(person);
            }
        }
        let is_full = u32::try_from(people.len()).is_ok_and(|count| count >= PAGE);
        self.more = self.ids.len() > before && total.map_or(is_full, |total| total > self.start);
        if self.more && self.found.len() < self.most && self.pages < PAGES {
            return Ok(false);
        }
        Ok(self.is_over())
    }

    /// There is nobody: another way of asking may be left.
    pub(super) fn nobody(&mut self) -> bool {
        self.more = false;
        self.is_over()
    }

    /// No document says that the search for a name looks at user names too, so that it is asked for by itself.
    fn is_over(&mut self) -> bool {
        if !self.found.is_empty() || self.by != By::Name || self.words.contains(char::is_whitespace) {
            return true;
        }
        (self.by, self.start, self.pages) = (By::UserName, 0, 0);
        false
    }

    /// Whether it is who was meant, where exactly one is.
    fn fits(&self, person: &DirectoryPerson) -> bool {
        match &self.purpose {
            Purpose::Typed(_) => true,
            Purpose::Show(_, id) => person.id.0.eq_ignore_ascii_case(&id.0),
            Purpose::Caller(number) => person.numbers.iter().any(|(_, known)| dialled(known.raw()).as_ref() == Some(number)),
        }
    }

    /// Who was found, by name, and whether there are more.
    pub(super) fn result(&mut self) -> (Vec<DirectoryPerson>, bool) {
        let mut people = std::mem::take(&mut self.found);
        people.sort_by_cached_key(|person| (person.name.raw().to_lowercase(), person.id.clone()));
        let more = self.more || people.len() > self.most;
        people.truncate(self.most);
        (people, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::cisco::uds::Person;

    fn page(total: u32, ids: impl Iterator<Item = u32>) -> Vec<u8> {
        let person = |id| Person { user_name: Some(format!("u{id:04}")), ..Person::default() };
        Users { start: 0, returned: None, total: Some(total), people: ids.map(person).collect() }.write()
    }

    fn asks(search: &Search) -> String {
        search.wants().on("c", 1).unwrap().query().unwrap().to_owned()
    }

    #[test]
    fn numbers_addresses_and_names_are_asked_for_as_what_they_are() {
        let asked = |words: &str| asks(&Search::typed(words, 20, Ticket(1)));
        assert_eq!(asked("+46 8-555"), "number=%2B468555&max=20&start=0");
        assert_eq!(asked("bo@lab"), "email=bo%40lab&max=20&start=0");
        assert_eq!(asked("Žák 2"), "name=%C5%BD%C3%A1k+2&max=20&start=0");
        assert_eq!(asks(&Search::typed("bo", 500, Ticket(1))), "name=bo&max=64&start=0");
    }

    #[test]
    fn pages_are_read_until_there_are_enough_or_no_more() {
        let mut search = Search::typed("bo", 5, Ticket(1));
        assert_eq!(search.read(&page(9, 0..2), None), Ok(false));
        assert_eq!(asks(&search), "name=bo&max=3&start=2");
        assert_eq!(search.read(&page(9, 2..5), None), Ok(true));
        let (people, more) = search.result();
        assert_eq!((people.len(), more), (5, true));
        let mut all = Search::typed("bo", 50, Ticket(1));
        assert_eq!((all.read(&page(3, 0..2), None), all.read(&page(3, 2..3), None)), (Ok(false), Ok(true)));
        assert_eq!((all.result().0.len(), all.more), (3, false));
    }

    #[test]
    fn a_node_without_pages_or_without_end_does_no_harm() {
        let mut same = Search::typed("bo", 50, Ticket(1));
        assert_eq!((same.read(&page(90, 0..9), None), same.read(&page(90, 0..9), None)), (Ok(false), Ok(true)));
        assert_eq!(same.result().0.len(), 9);
        let mut endless = Search::typed("bo", 500, Ticket(1));
        let pages = (0..100).take_while(|at| !endless.read(&page(u32::MAX, *at..*at + 1), None).unwrap()).count();
        assert_eq!(pages + 1, PAGES as usize);
        let mut flood = Search::typed("bo", 5, Ticket(1));
        assert_eq!(flood.read(&page(400, 0..400), None), Ok(true));
        let (people, more) = flood.result();
        assert_eq!((people.len(), more), (5, true));
    }

    #[test]
    fn whose_name_is_nobodys_may_be_a_user_name() {
        let mut search = Search::typed("u0001", 5, Ticket(1));
        assert_eq!(search.read(&page(0, 0..0), None), Ok(false));
        assert_eq!(asks(&search), "username=u0001&max=5&start=0");
        assert_eq!(search.read(&page(0, 0..0), None), Ok(true));
        let mut words = Search::typed("a b", 5, Ticket(1));
        assert!(words.nobody(), "no user name has a gap");
    }

    #[test]
    fn only_who_was_meant_is_shown_or_named() {
        let mut show = Search::show(PersonId("U0001".into()), Ticket(1));
        assert_eq!(show.read(&page(3, 0..3), None), Ok(true));
        assert_eq!(show.result().0.iter().map(|person| person.id.0.as_str()).collect::<Vec<_>>(), ["u0001"]);
        let number =
            |number: &str| Person { user_name: Some(number.into()), mobile_number: Some(number.into()), ..Person::default() };
        let people = vec![number("+46 8 1002"), number("10020"), number("1002")];
        let mut caller = Search::caller("1002".into());
        assert_eq!(caller.read(&Users { people, ..Users::default() }.write(), None), Ok(true));
        assert_eq!(caller.result().0.len(), 1);
    }
}
