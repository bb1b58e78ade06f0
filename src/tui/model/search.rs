//! What is searched for in the directories while somebody types, and what was found there.

use crate::engine::event::{AccountName, DirectoryPerson, DirectoryTold, Ticket};
use crate::engine::state::State;
use crate::machine::visible_line;
use std::collections::BTreeSet;

/// A search in all directories at once.
#[derive(Debug, Default)]
pub struct Search {
    pub(super) words: String,
    ticket: Option<Ticket>,
    /// Whose directories have not answered yet.
    pub(super) waiting: BTreeSet<AccountName>,
    found: Vec<(AccountName, DirectoryPerson)>,
    more: bool,
    trouble: Option<String>,
    /// So many letters are wanted at least, where there are fewer.
    short: Option<u8>,
}

impl Search {
    /// Whom it has found; while it goes on, those of the search before who still fit.
    #[must_use]
    pub fn people(&self) -> &[(AccountName, DirectoryPerson)] {
        &self.found
    }

    /// How it goes, in a few words that stand still; none where nothing is searched for.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        if let Some(letters) = self.short {
            return Some(format!("from {letters} letters on"));
        }
        self.ticket?;
        Some(match (&self.trouble, self.found.len()) {
            _ if !self.waiting.is_empty() => "searching …".to_owned(),
            (Some(trouble), 0) => trouble.clone(),
            (_, 0) => "nobody".to_owned(),
            (_, 1) => "1 person".to_owned(),
            (_, many) if self.more => format!("the first {many}; say more of the name"),
            (_, many) => format!("{many} people"),
        })
    }

    /// Other words are searched for; says in which directories. Nothing for none.
    pub(super) fn begin(&mut self, words: &str, state: &State, ticket: Ticket) -> Vec<AccountName> {
        let searchable = |(name, account): (&AccountName, &crate::engine::state::AccountState)| {
            Some((name.clone(), account.directory.searchable?.shortest))
        };
        let all: Vec<(AccountName, u8)> = state.accounts.iter().filter_map(searchable).collect();
        let letters = words.chars().count();
        let fits: Vec<AccountName> = all
            .iter()
            .filter(|(_, shortest)| letters >= usize::from((*shortest).max(1)))
            .map(|(name, _)| name.clone())
            .collect();
        let lower = words.to_lowercase();
        let still = std::mem::take(&mut self.found).into_iter();
        *self = Search { words: words.to_owned(), ..Search::default() };
        if fits.is_empty() {
            let shortest = all.iter().map(|(_, shortest)| *shortest).min();
            self.short = shortest.filter(|_| letters > 0);
            return Vec::new();
        }
        self.ticket = Some(ticket);
        self.waiting = fits.iter().cloned().collect();
        self.found = still.filter(|(_, person)| begins(person, &lower)).collect();
        fits
    }

    /// Something was told of a directory; says whether that was for this search.
    pub(super) fn apply(&mut self, account: &AccountName, told: &DirectoryTold) -> bool {
        match told {
            DirectoryTold::Found { ticket, people, more } if self.ticket == Some(*ticket) => {
                self.answered(account);
                self.found.extend(people.iter().map(|person| (account.clone(), person.clone())));
                self.more |= more;
            }
            DirectoryTold::Failed { ticket, problem } if self.ticket == Some(*ticket) => {
                self.answered(account);
                // It stands behind the heading that says whose it is.
                let said = visible_line(&problem.to_string());
                self.trouble = Some(said.strip_prefix("Directory: ").unwrap_or(&said).to_owned());
            }
            // It has begun anew, and knows nothing of what was asked before.
            DirectoryTold::Searchable(_) if self.waiting.remove(account) => {
                self.trouble = Some("It was interrupted: type on.".to_owned());
            }
            _ => return false,
        }
        true
    }

    /// What is left of the search before goes with the first answer of its directory.
    fn answered(&mut self, account: &AccountName) {
        if self.waiting.remove(account) {
            self.found.retain(|(of, _)| of != account);
        }
    }
}

/// Whether any word of what is known of them begins so.
fn begins(person: &DirectoryPerson, lower: &str) -> bool {
    let name = person.name.raw().to_lowercase();
    let words = name.split_whitespace().any(|word| word.starts_with(lower));
    let numbers = || person.numbers.iter().any(|(_, number)| number.raw().starts_with(lower));
    name.starts_with(lower) || words || person.id.0.to_lowercase().starts_with(lower) || numbers()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{Event, Identity, PersonId, Problem, Searchable};

    fn work() -> AccountName {
        AccountName("work".into())
    }

    fn state() -> State {
        let mut state = State::default();
        state.apply(&Event::Account { account: work(), identity: Identity::default() });
        let told = DirectoryTold::Searchable(Some(Searchable { shortest: 3, photos: false }));
        state.apply(&Event::Directory { account: work(), told });
        state
    }

    fn person(name: &str) -> DirectoryPerson {
        DirectoryPerson { id: PersonId(name.to_lowercase().replace(' ', ".")), name: name.into(), ..DirectoryPerson::default() }
    }

    fn found(ticket: u64, names: &[&str], more: bool) -> DirectoryTold {
        DirectoryTold::Found { ticket: Ticket(ticket), people: names.iter().map(|name| person(name)).collect(), more }
    }

    fn says(search: &Search) -> (Option<String>, Vec<&str>) {
        (search.status(), search.people().iter().map(|(_, person)| person.name.raw()).collect())
    }

    #[test]
    fn it_says_how_it_goes_and_whom_it_has_found() {
        let (state, mut search) = (state(), Search::default());
        assert_eq!(search.begin("", &state, Ticket(1)), []);
        assert_eq!(says(&search), (None, vec![]));
        assert_eq!(search.begin("fa", &state, Ticket(1)), []);
        assert_eq!(says(&search), (Some("from 3 letters on".into()), vec![]));
        assert_eq!(search.begin("fay", &state, Ticket(2)), [work()]);
        assert_eq!(says(&search), (Some("searching …".into()), vec![]));
        assert!(search.apply(&work(), &found(2, &["Fay Ito", "Fayez Osei"], true)));
        assert_eq!(says(&search), (Some("the first 2; say more of the name".into()), vec!["Fay Ito", "Fayez Osei"]));
        // Those who still fit stay while it goes on.
        search.begin("fay i", &state, Ticket(3));
        assert_eq!(says(&search), (Some("searching …".into()), vec!["Fay Ito"]));
        assert!(!search.apply(&work(), &found(2, &["Fay Ito"], false)), "that was before");
        assert!(search.apply(&work(), &found(3, &["Fay Ito"], false)));
        assert_eq!(says(&search), (Some("1 person".into()), vec!["Fay Ito"]));
        search.begin("xyz", &state, Ticket(4));
        search.apply(&work(), &found(4, &[], false));
        assert_eq!(says(&search), (Some("nobody".into()), vec![]));
        search.begin("xyzz", &state, Ticket(5));
        let problem = Problem::local("Directory: \u{1b}busy.", "Later.");
        search.apply(&work(), &DirectoryTold::Failed { ticket: Ticket(5), problem });
        assert_eq!(says(&search).0.as_deref(), Some("␛busy. Later."));
        search.begin("xyzzy", &state, Ticket(6));
        search.apply(&work(), &DirectoryTold::Searchable(None));
        assert_eq!(says(&search).0.as_deref(), Some("It was interrupted: type on."));
    }

    #[test]
    fn where_there_is_no_directory_nothing_is_said_of_one() {
        let mut search = Search::default();
        assert_eq!(search.begin("fay", &State::default(), Ticket(1)), []);
        assert_eq!(search.status(), None);
    }
}
