//! The directory of a site: whom a search has found, what is known of them, and their photos.

use super::link::Problem;
use super::names::Ticket;
use crate::machine::RemoteText;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of numbers that are kept; those of the lowest numbers go first.
const NAMES: usize = 200;

/// No number is longer.
const LONGEST_NUMBER: usize = 32;

/// Who it is, as the directory knows them: their user name. Remote: it passes the gate before it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub String);

/// Where a number leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// To the desk.
    Work,
    /// On the way.
    Mobile,
    /// Home.
    Home,
}

impl Line {
    /// In a word, for people and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Line::Work => "work",
            Line::Mobile => "mobile",
            Line::Home => "home",
        }
    }
}

/// Somebody in the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPerson {
    /// Who.
    pub id: PersonId,
    /// Name for people; what else is known where there is none.
    pub name: RemoteText,
    /// What they are.
    pub title: RemoteText,
    /// Where they work.
    pub department: RemoteText,
    /// Whom they report to.
    pub manager: RemoteText,
    /// Where they can be called, as it was written.
    pub numbers: Vec<(Line, RemoteText)>,
    /// What can be called like a number, as in `ana@lab.example`.
    pub uri: RemoteText,
    /// Mail address.
    pub email: RemoteText,
    /// Where they chat: a bare JID. None where this account has no chat, or no address follows from their user name.
    pub jid: Option<String>,
}

impl DirectoryPerson {
    /// What to dial to reach them: their first number that is one, else their URI.
    #[must_use]
    pub fn dials(&self) -> Option<String> {
        let uri = || Some(self.uri.raw().to_owned()).filter(|uri| is_uri(uri));
        self.numbers.iter().find_map(|(_, number)| dialled(number.raw())).or_else(uri)
    }
}

/// The number in `text`, as it is dialled; none where that is not a number, as people write them.
#[must_use]
pub fn dialled(text: &str) -> Option<String> {
    let text = text.trim();
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit())
        && text.len() <= LONGEST_NUMBER
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"+*#-. ()".contains(&byte));
    is_number.then(|| text.chars().filter(|letter| !" .-()".contains(*letter)).collect())
}

/// Whether it is a user at a host, and nothing that means more where it is dialled.
fn is_uri(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    text.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

/// What the directory of an account can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searchable {
    /// Shorter words are not searched for.
    pub shortest: u8,
    /// The site says where photos are.
    pub photos: bool,
}

/// A photo of somebody: a picture of a kind and size that is shown, checked; its bytes are whatever a server gave.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    /// It is a PNG, else a JPEG.
    pub png: bool,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    pub file: Arc<[u8]>,
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.png { "PNG" } else { "JPEG" };
        write!(out, "{kind} {}×{} ({} bytes)", self.width, self.height, self.file.len())
    }
}

/// What is told of the directory of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryTold {
    /// It can be searched, or not any more.
    Searchable(Option<Searchable>),
    /// What a search has found, by name.
    Found {
        /// Of the wish.
        ticket: Ticket,
        /// They.
        people: Vec<DirectoryPerson>,
        /// There are more, which were not read.
        more: bool,
    },
    /// What was wanted was not found out: what happened, why, and what to do next.
    Failed {
        /// Of the wish.
        ticket: Ticket,
        /// Why.
        problem: Problem,
    },
    /// Whose number this is.
    Named {
        /// As it is dialled.
        number: String,
        /// What they are called.
        name: RemoteText,
    },
    /// Somebody's photo, or why there is none.
    Photo {
        /// Whose.
        person: PersonId,
        /// It.
        photo: Result<Photo, Problem>,
    },
}

/// The directory of an account, as far as it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryState {
    /// It can be searched.
    pub searchable: Option<Searchable>,
    /// Whose numbers have called, as the directory says.
    pub names: BTreeMap<String, RemoteText>,
}

impl DirectoryState {
    /// Adds what is told.
    pub fn apply(&mut self, told: &DirectoryTold) {
        match told {
            DirectoryTold::Searchable(searchable) => self.searchable = *searchable,
            DirectoryTold::Named { number, name } => {
                if self.names.len() >= NAMES {
                    self.names.pop_first();
                }
                self.names.insert(number.clone(), name.clone());
            }
            // These pass to whoever asked for them.
            DirectoryTold::Found { .. } | DirectoryTold::Failed { .. } | DirectoryTold::Photo { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(numbers: &[&str], uri: &str) -> DirectoryPerson {
        DirectoryPerson {
            id: PersonId("bo".into()),
            name: "Bo".into(),
            numbers: numbers.iter().map(|number| (Line::Work, RemoteText::from(*number))).collect(),
            uri: uri.into(),
            ..DirectoryPerson::default()
        }
    }

    #[test]
    fn who_has_a_number_is_called_there_and_what_is_none_is_not_dialled() {
        let dials = |numbers: &[&str], uri: &str| person(numbers, uri).dials();
        assert_eq!(dials(&["+46 (8) 555-010.20", "7"], "bo@lab.example").as_deref(), Some("+46855501020"));
        assert_eq!(dials(&["ask Emil", "1002"], "").as_deref(), Some("1002"));
        assert_eq!(dials(&["x"], "bo@lab.example").as_deref(), Some("bo@lab.example"));
        for odd in ["", "bo", "@lab.example", "bo@", "bo@lab.example;transport=udp", "sip:bo@x", "b\u{1b}@x", "a@b@c", "b o@x"]
        {
            assert_eq!(dials(&["\u{1b}[2J"], odd), None, "{odd}");
        }
        assert_eq!(dialled(&"1".repeat(33)), None);
        assert_eq!(dialled(" *98 ").as_deref(), Some("*98"));
    }

    #[test]
    fn names_of_numbers_are_kept_up_to_a_bound() {
        let mut state = DirectoryState::default();
        for number in 0..=NAMES {
            state.apply(&DirectoryTold::Named { number: format!("{number:04}"), name: "Bo".into() });
        }
        assert_eq!((state.names.len(), state.names.contains_key("0000")), (NAMES, false));
    }
}
