//! The list of people: who is asked about, the roster by groups, and those outside it who have written. The list never
//! jumps: the order is by name, and presence only changes a sign.

use super::search::Search;
use super::whom::{self, Whom};
use crate::engine::event::{AccountName, Contact, Conversation, DirectoryPerson, PersonId, Show};
use crate::engine::state::{AccountState, State};
use crate::tui::editor::Field;
use crate::tui::fuzzy::Fuzzy;
use std::collections::{BTreeMap, BTreeSet};

/// The group of those in no group.
const NO_GROUP: &str = "No group";

/// The group of those who are not in the roster.
const STRANGERS: &str = "Others";

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Somebody asks to see our presence.
    Request(Whom),
    /// A group's heading.
    Group {
        /// Its name.
        name: String,
        /// How many are in it.
        people: usize,
        /// How many of them are there.
        there: usize,
        /// Only the heading is shown.
        folded: bool,
    },
    /// Somebody.
    Person(Person),
    /// The heading of those whom the directory has found, with how the search goes.
    Directory(String),
    /// Somebody whom the directory of an account has found.
    Found(AccountName, Box<DirectoryPerson>),
}

/// Somebody in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub whom: Whom,
    /// What the user calls them.
    pub name: String,
    /// Availability; none where we may not see it.
    pub show: Option<Show>,
    /// They talk on the phone with us.
    pub on_call: bool,
    /// Text for people; empty for none.
    pub status: String,
    /// Messages that were not seen.
    pub unread: u32,
    /// We have asked to see their presence, and they have not answered.
    pub asked: bool,
    /// There is something begun and not sent.
    pub draft: bool,
}

/// What of the list has to be built anew before it is looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Stale {
    /// Nothing.
    #[default]
    Nothing,
    /// The rows of these, which stay where they are.
    Rows(BTreeSet<Whom>),
    /// All of it.
    All,
}

impl Stale {
    /// This too.
    pub fn add(&mut self, other: Stale) {
        match (&mut *self, other) {
            (Stale::All, _) | (_, Stale::Nothing) => {}
            (Stale::Rows(rows), Stale::Rows(more)) => rows.extend(more),
            (Stale::Nothing | Stale::Rows(_), other) => *self = other,
        }
    }
}

/// The list, and what is chosen in it.
#[derive(Debug, Default)]
pub struct People {
    rows: Vec<Row>,
    folded: BTreeSet<String>,
    chosen: usize,
    /// What the list is narrowed by, while it is.
    pub filter: Option<Field>,
    /// What is searched for in the directories meanwhile.
    pub directory: Search,
    /// The first row that is drawn.
    pub top: usize,
    /// Rows that were drawn, for going by pages.
    pub height: usize,
}

impl People {
    /// The rows, in order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The number of the chosen row.
    #[must_use]
    pub fn chosen_row(&self) -> usize {
        self.chosen
    }

    /// What is chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&Row> {
        self.rows.get(self.chosen)
    }

    /// Whom the chosen row is about.
    #[must_use]
    pub fn whom(&self) -> Option<&Whom> {
        match self.chosen()? {
            Row::Request(whom) => Some(whom),
            Row::Person(person) => Some(&person.whom),
            Row::Group { .. } | Row::Directory(_) | Row::Found(..) => None,
        }
    }

    /// What the list is narrowed by has changed: whoever fits best is chosen.
    pub fn choose_best(&mut self) {
        self.rows.clear();
        self.chosen = 0;
    }

    /// Builds what is stale anew.
    pub fn freshen(&mut self, state: &State, stale: &Stale) {
        match stale {
            Stale::Nothing => {}
            Stale::Rows(rows) if rows.iter().all(|whom| self.renew(state, whom)) => {}
            Stale::Rows(_) | Stale::All => self.refresh(state),
        }
    }

    /// Builds the rows of somebody anew; says whether there are some.
    fn renew(&mut self, state: &State, whom: &Whom) -> bool {
        let Some(account) = state.accounts.get(&whom.account) else { return false };
        let mut found = false;
        for row in self.rows.iter_mut().filter(|row| is_about(row, whom)) {
            *row = Row::Person(person(state, account, whom.clone(), Known::of(account, &whom.with)));
            found = true;
        }
        found
    }

    /// Builds the rows anew; what was chosen stays chosen, wherever it is now.
    pub fn refresh(&mut self, state: &State) {
        let before = self.chosen().map(identity);
        self.rows = match self.filter.as_ref().map(Field::text) {
            Some(words) if !words.trim().is_empty() => {
                let local = narrowed(state, words).into_iter();
                local.chain(found_rows(&self.directory)).collect()
            }
            _ => grouped(state, &self.folded),
        };
        let found = before.and_then(|before| self.rows.iter().position(|row| identity(row) == before));
        self.chosen = found.unwrap_or(self.chosen).min(self.rows.len().saturating_sub(1));
        if self.filter.is_some() && found.is_none() {
            self.chosen = 0;
        }
        if before_is_heading(&self.rows, self.chosen, found.is_none()) {
            self.chosen += 1;
        }
    }

    /// Goes `by` rows down, or up when negative; stays within the list, and passes over the heading of the directory.
    pub fn go(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        let is_heading = |at: usize| matches!(self.rows.get(at), Some(Row::Directory(_)));
        let to = self.chosen.saturating_add_signed(by).min(last);
        let beside = if by < 0 { to.checked_sub(1) } else { Some(to + 1).filter(|next| *next <= last) };
        self.chosen = if is_heading(to) { beside.unwrap_or(self.chosen) } else { to };
    }

    /// Chooses whoever that is, if they are in the list.
    pub fn choose(&mut self, whom: &Whom) {
        let is_them = |row: &Row| matches!(row, Row::Person(person) if person.whom == *whom);
        if let Some(at) = self.rows.iter().position(is_them) {
            self.chosen = at;
        }
    }

    /// Folds or unfolds the chosen group, or the one that the chosen person is in.
    pub fn fold(&mut self, state: &State) {
        let above = self.rows.get(..=self.chosen).unwrap_or_default().iter().enumerate().rev();
        let heading = above.filter_map(|(at, row)| match row {
            Row::Group { name, .. } => Some((at, name.clone())),
            _ => None,
        });
        let Some((at, name)) = heading.into_iter().next() else { return };
        if !self.folded.remove(&name) {
            self.folded.insert(name);
        }
        self.chosen = at;
        self.refresh(state);
    }

    /// The next conversation with unread messages after the chosen row, round and round.
    #[must_use]
    pub fn next_unread(&self, state: &State) -> Option<Whom> {
        let everybody = grouped(state, &BTreeSet::new());
        let here = self.whom().and_then(|whom| everybody.iter().position(|row| is_about(row, whom))).map_or(0, |at| at + 1);
        let unread = |row: &&Row| matches!(row, Row::Person(person) if person.unread > 0);
        let found = everybody.iter().skip(here).chain(everybody.iter().take(here)).find(unread)?;
        match found {
            Row::Person(person) => Some(person.whom.clone()),
            _ => None,
        }
    }
}

fn is_about(row: &Row, whom: &Whom) -> bool {
    matches!(row, Row::Person(person) if person.whom == *whom)
}

/// At the very beginning the first person is chosen, not the heading above.
fn before_is_heading(rows: &[Row], chosen: usize, fresh: bool) -> bool {
    let pair = (rows.first(), rows.get(1));
    chosen == 0
        && (fresh && matches!(pair, (Some(Row::Group { folded: false, .. }), Some(Row::Person(_))))
            || matches!(pair, (Some(Row::Directory(_)), Some(Row::Found(..)))))
}

#[derive(PartialEq, Eq)]
enum Identity {
    Request(Whom),
    Group(String),
    Person(Whom),
    Directory,
    Found(AccountName, PersonId),
}

fn identity(row: &Row) -> Identity {
    match row {
        Row::Request(whom) => Identity::Request(whom.clone()),
        Row::Group { name, .. } => Identity::Group(name.clone()),
        Row::Person(person) => Identity::Person(person.whom.clone()),
        Row::Directory(_) => Identity::Directory,
        Row::Found(account, person) => Identity::Found(account.clone(), person.id.clone()),
    }
}

/// Everybody who can be shown, each once for each of their groups.
fn grouped(state: &State, folded: &BTreeSet<String>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut groups: BTreeMap<(bool, String), Vec<Person>> = BTreeMap::new();
    for (name, account) in &state.accounts {
        rows.extend(account.subscription_requests.iter().map(|from| Row::Request(Whom::new(name, from))));
        for (jid, known) in contacts(account) {
            let person = person(state, account, Whom::new(name, jid), known);
            let groups_of = known.contact.map(|contact| contact.groups.as_slice()).unwrap_or_default();
            let named = groups_of.iter().map(ToString::to_string).filter(|group| !group.is_empty());
            let mut in_groups: Vec<String> = named.collect();
            let last = in_groups.pop().unwrap_or_else(|| NO_GROUP.to_owned());
            for group in in_groups {
                groups.entry((false, group)).or_default().push(person.clone());
            }
            groups.entry((false, last)).or_default().push(person);
        }
        let outside = strangers(account).map(|(with, known)| person(state, account, Whom::new(name, with), known));
        let outside: Vec<Person> = outside.collect();
        if !outside.is_empty() {
            groups.entry((true, STRANGERS.to_owned())).or_default().extend(outside);
        }
    }
    for ((_, name), mut people) in groups {
        // They stand by account and address: namesakes stay so.
        people.sort_by_cached_key(|person| person.name.to_lowercase());
        let there = people.iter().filter(|person| person.show.is_some_and(|show| show != Show::Offline)).count();
        let is_folded = folded.contains(&name);
        rows.push(Row::Group { name, people: people.len(), there, folded: is_folded });
        if !is_folded {
            rows.extend(people.into_iter().map(Row::Person));
        }
    }
    rows
}

/// Those whose name or address fits what was typed, best first.
fn narrowed(state: &State, words: &str) -> Vec<Row> {
    let mut fuzzy = Fuzzy::new(words);
    let mut found: Vec<(u32, Person)> = everybody(state)
        .into_iter()
        .filter_map(|person| {
            let score = fuzzy.score(&person.name).max(fuzzy.score(&person.whom.with))?;
            Some((score, person))
        })
        .collect();
    found.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.to_lowercase().cmp(&other.name.to_lowercase())));
    found.into_iter().map(|(_, person)| Row::Person(person)).collect()
}

/// Whom the directories have found, under a heading that says how the search goes.
fn found_rows(search: &Search) -> impl Iterator<Item = Row> {
    let heading = search.status().map(Row::Directory);
    let found = |(account, person): &(AccountName, DirectoryPerson)| Row::Found(account.clone(), Box::new(person.clone()));
    heading.into_iter().chain(search.people().iter().map(found))
}

/// Everybody once.
#[must_use]
pub fn everybody(state: &State) -> Vec<Person> {
    let mut people = Vec::new();
    for (name, account) in &state.accounts {
        let all = contacts(account).chain(strangers(account));
        people.extend(all.map(|(jid, known)| person(state, account, Whom::new(name, jid), known)));
    }
    people
}

/// What is seen of somebody: of it the list and their conversation are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Availability; none where we may not see it.
    pub show: Option<Show>,
    /// They are on the phone: with us, or as they say.
    pub on_call: bool,
    /// What they say of themselves; empty for nothing.
    pub status: String,
}

/// What clients write of their own accord while somebody is on the phone.
const ON_CALL: [&str; 4] = ["on a call", "in a call", "on the phone", "on call"];

impl Standing {
    /// That of somebody whom the account may know.
    #[must_use]
    pub fn of(state: &State, whom: &Whom) -> Standing {
        let account = state.accounts.get(&whom.account);
        Standing::seen(state, account, account.and_then(|account| account.contacts.get(&whom.with)), whom)
    }

    fn seen(state: &State, account: Option<&AccountState>, contact: Option<&Contact>, whom: &Whom) -> Standing {
        let presence = account.and_then(|account| account.presence_of(&whom.with));
        let seen = contact.is_some_and(|contact| contact.we_see_them);
        let status = presence.map(|presence| presence.status.to_string()).unwrap_or_default();
        let says = ON_CALL.iter().any(|words| status.trim().eq_ignore_ascii_case(words));
        Standing {
            show: presence.map(|presence| presence.show).or(seen.then_some(Show::Offline)),
            on_call: says || super::calls::is_on_call(state, whom),
            status: if says { String::new() } else { status },
        }
    }
}

/// What an account knows of somebody.
#[derive(Clone, Copy)]
struct Known<'account> {
    contact: Option<&'account Contact>,
    conversation: Option<&'account Conversation>,
}

impl<'account> Known<'account> {
    fn of(account: &'account AccountState, with: &str) -> Known<'account> {
        Known { contact: account.contacts.get(with), conversation: account.conversations.get(with) }
    }
}

/// Those in the roster, by address.
fn contacts(account: &AccountState) -> impl Iterator<Item = (&str, Known<'_>)> {
    account.contacts.values().map(|contact| {
        let conversation = account.conversations.get(&contact.jid);
        (contact.jid.as_str(), Known { contact: Some(contact), conversation })
    })
}

/// Those outside it with whom there is a conversation, by address.
fn strangers(account: &AccountState) -> impl Iterator<Item = (&str, Known<'_>)> {
    let outside = account.conversations.iter().filter(|(with, _)| !account.contacts.contains_key(*with));
    outside.map(|(with, conversation)| (with.as_str(), Known { contact: None, conversation: Some(conversation) }))
}

fn person(state: &State, account: &AccountState, whom: Whom, known: Known<'_>) -> Person {
    let Known { contact, conversation } = known;
    let Standing { show, on_call, status } = Standing::seen(state, Some(account), contact, &whom);
    Person {
        name: whom::called(contact, &whom.with),
        show,
        on_call,
        status,
        unread: conversation.map_or(0, |conversation| conversation.unread),
        asked: contact.is_some_and(|contact| contact.asked && !contact.we_see_them),
        draft: conversation.is_some_and(|conversation| !conversation.draft.is_empty()),
        whom,
    }
}
