//! One place to type anything: actions, people, numbers and addresses, and what was written. It only finds; what is done
//! with what was found is said elsewhere.

use super::calls;
use super::key_help::MOVES;
use super::mailbox;
use super::people;
use super::search::Search;
use super::typed::{is_address, is_number, is_uri};
use super::whom::Whom;
use crate::engine::event::{AccountName, CallId, DirectoryPerson, Hit, Ticket, Voicemail, VoicemailId};
use crate::engine::state::State;
use crate::machine::{Stamp, visible_line};
use crate::tui::action::{ACTIONS, Action, Context, Row};
use crate::tui::editor::Field;
use crate::tui::fuzzy::{Beginnings, Fuzzy};

/// Rows that are found at most.
const MOST: usize = 200;

/// People that are offered before a letter is typed, besides those who wrote.
const RECENT: usize = 4;

/// What is done most, in the order in which it is offered before a letter is typed.
const WANTED: [Action; 10] = [
    Action::SearchMessages,
    Action::ShowVoicemail,
    Action::ShowCalls,
    Action::SetPresence,
    Action::ShowSettings,
    Action::Dial,
    Action::NextUnread,
    Action::AddPerson,
    Action::Keys,
    Action::Quit,
];

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    All,
    /// Somebody to call.
    Dial,
    /// What was written, in the store.
    Search,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Find {
    /// Do it.
    Action(Action),
    /// Chat with them.
    Chat(Whom, String),
    /// Call them.
    Call(Whom, String),
    /// Go to the call with them that goes on.
    BackTo(CallId, String),
    /// Call a number or an address that was typed.
    Dial(String),
    /// Chat with an address that was typed.
    ChatTyped(String),
    /// Go to a message.
    Message(Box<Hit>, String),
    /// Play a message of a mailbox.
    Voicemail {
        /// Whose mailbox.
        account: AccountName,
        /// Which message.
        message: VoicemailId,
        /// Of whom it is.
        who: String,
        /// When it came.
        at: Option<Stamp>,
    },
    /// Search all messages for what was typed.
    SearchFor(String),
    /// The heading of those whom the directory has found, with how the search goes. It cannot be chosen.
    Directory(String),
    /// Somebody whom the directory of an account has found.
    Person(AccountName, Box<DirectoryPerson>),
}

/// The palette while it is open.
#[derive(Debug)]
pub struct Palette {
    /// What is looked for.
    pub mode: Mode,
    /// What was typed.
    pub field: Field,
    /// What was found, best first.
    pub found: Vec<Find>,
    /// The chosen row.
    pub chosen: usize,
    /// A search in the store that is awaited.
    pub asked: Option<Ticket>,
    /// What the last search has found.
    hits: Vec<(Hit, String)>,
    /// There is more than was told.
    pub more: bool,
    /// What is searched for in the directories meanwhile.
    pub directory: Search,
    /// The user has gone to a row.
    moved: bool,
}

impl Palette {
    /// Open, with nothing typed.
    #[must_use]
    pub fn new(mode: Mode, state: &State, actions: &[Action]) -> Palette {
        let mut palette = Palette {
            mode,
            field: Field::new(),
            found: Vec::new(),
            chosen: 0,
            asked: None,
            hits: Vec::new(),
            more: false,
            directory: Search::default(),
            moved: false,
        };
        palette.refresh(state, actions);
        palette
    }

    /// What was typed, without the sign that chooses a mode, and the mode that it chooses.
    #[must_use]
    pub fn wanted(&self) -> (Mode, bool, String) {
        let text = self.field.text();
        match (self.mode, text.chars().next()) {
            (Mode::All, Some('>')) => (Mode::All, true, text[1..].trim().to_owned()),
            (Mode::All, Some('?')) => (Mode::Search, false, text[1..].trim().to_owned()),
            (mode, _) => (mode, false, text.trim().to_owned()),
        }
    }

    /// Whom the directories are searched for; none where nobody is looked for.
    #[must_use]
    pub fn looked_for(&self) -> Option<String> {
        let (mode, only_actions, words) = self.wanted();
        let people = matches!(mode, Mode::All | Mode::Dial) && !only_actions && !words.is_empty();
        people.then_some(words)
    }

    /// What was typed has changed, or the world has.
    pub fn refresh(&mut self, state: &State, actions: &[Action]) {
        let (mode, only_actions, words) = self.wanted();
        let mut before = 0;
        self.found = match mode {
            Mode::Search => self.hits.iter().map(|(hit, name)| Find::Message(Box::new(hit.clone()), name.clone())).collect(),
            Mode::Dial => {
                let found = dial(state, &words);
                before = found.len();
                found
            }
            Mode::All if only_actions => {
                let mut found = ranked(&words, actions_of(&words, actions, false));
                found.extend(ranked(&words, actions_of(&words, actions, true)));
                found
            }
            Mode::All => {
                let found = all(state, &words, actions);
                before = found.len().saturating_sub(usize::from(matches!(found.last(), Some(Find::SearchFor(_)))));
                found
            }
        };
        self.found.truncate(MOST);
        if self.looked_for().is_some() {
            self.add_directory(before);
        }
        self.chosen = self.chosen.min(self.found.len().saturating_sub(1));
        if !self.moved {
            self.choose_best();
        }
    }

    /// Those whom the directories have found stand behind what fits best of what is known here: so many rows.
    fn add_directory(&mut self, before: usize) {
        let heading = self.directory.status().map(Find::Directory);
        let found =
            |(account, person): &(AccountName, DirectoryPerson)| Find::Person(account.clone(), Box::new(person.clone()));
        let people: Vec<Find> = heading.into_iter().chain(self.directory.people().iter().map(found)).collect();
        let at = before.min(self.found.len());
        self.found.splice(at..at, people);
    }

    /// Builds the list anew after something was found; what the user has gone to stays chosen.
    pub fn rebuild(&mut self, state: &State, actions: &[Action]) {
        let before = self.found.get(self.chosen).cloned().filter(|_| self.moved);
        self.refresh(state, actions);
        if let Some(at) = before.and_then(|before| self.found.iter().position(|find| *find == before)) {
            self.chosen = at;
        }
    }

    /// What is chosen; none where there is nothing to choose.
    #[must_use]
    pub fn taken(&self) -> Option<&Find> {
        self.found.get(self.chosen).filter(|found| !matches!(found, Find::Directory(_)))
    }

    /// The number of what is chosen, from 1 on, and of how many.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let many = |found: &[Find]| found.iter().filter(|found| !matches!(found, Find::Directory(_))).count();
        (many(self.found.get(..=self.chosen).unwrap_or_default()), many(&self.found))
    }

    fn is_heading(&self, at: usize) -> bool {
        matches!(self.found.get(at), Some(Find::Directory(_)))
    }

    /// Typing begins at the best again.
    pub fn choose_best(&mut self) {
        self.moved = false;
        self.chosen = usize::from(self.is_heading(0) && self.found.len() > 1);
    }

    /// Goes `by` rows, round and round.
    pub fn go(&mut self, by: isize) {
        if !self.found.is_empty() {
            let many = isize::try_from(self.found.len()).unwrap_or(isize::MAX);
            let at = isize::try_from(self.chosen).unwrap_or(0).saturating_add(by).rem_euclid(many);
            self.chosen = usize::try_from(at).unwrap_or(0);
            self.moved = true;
            if self.is_heading(self.chosen) && self.found.len() > 1 {
                let last = self.found.len() - 1;
                self.chosen = match self.chosen {
                    0 if by < 0 => last,
                    at if by < 0 => at - 1,
                    at if at == last => 0,
                    at => at + 1,
                };
            }
        }
    }

    /// A search has found this.
    pub fn take(&mut self, ticket: Ticket, hits: &[Hit], more: bool, state: &State) {
        if self.asked == Some(ticket) {
            self.asked = None;
            self.more = more;
            self.hits = hits.iter().map(|hit| (hit.clone(), Whom::new(&hit.account, &hit.with).name(state))).collect();
            self.chosen = 0;
        }
    }
}

/// What moves a cursor, or brings one to the palette and away, is of use as a key only.
fn is_key_only(row: &Row) -> bool {
    matches!(row.action, Action::Palette | Action::Back | Action::NextPane)
        || MOVES.contains(&row.action)
        || row.contexts.iter().all(|context| context.types() || *context == Context::Question)
}

/// The actions that are meant by these words: what can be done here and now, or, where `elsewhere`, what can be done only
/// in other places.
fn actions_of(words: &str, actions: &[Action], elsewhere: bool) -> Vec<(String, Find)> {
    let rows = ACTIONS.iter().filter(|row| actions.contains(&row.action) != elsewhere && !is_key_only(row));
    let meant = rows.filter(|row| row.is_meant_by(words));
    meant.map(|row| (format!("{} {} {}", row.help, row.name, row.also), Find::Action(row.action))).collect()
}

/// What one is most likely to want before a letter is typed: what a call needs, those who wrote, those with whom one spoke
/// last, and then all that can be done here.
fn first(state: &State, actions: &[Action]) -> Vec<Find> {
    let can_call = state.accounts.values().any(|account| account.identity.sip.is_some());
    let mut people = people::everybody(state);
    let newest = |whom: &Whom| Some(state.accounts.get(&whom.account)?.conversations.get(&whom.with)?.at);
    people.sort_by_cached_key(|person| {
        (person.unread == 0, std::cmp::Reverse(newest(&person.whom)), person.name.to_lowercase(), person.whom.clone())
    });
    let unread = people.iter().filter(|person| person.unread > 0).count();
    let (wrote, others) = people.split_at(unread);
    let mut found: Vec<Find> = Vec::new();
    let here = |row: &&Row| actions.contains(&row.action) && !is_key_only(row);
    // Whoever presses Enter too soon hangs nobody up.
    let mut of_call: Vec<Action> = ACTIONS.iter().filter(|row| row.is_of_a_call() && here(row)).map(|row| row.action).collect();
    of_call.sort_by_key(|action| *action == Action::HangUp);
    found.extend(of_call.into_iter().map(Find::Action));
    found.extend(wrote.iter().map(|person| Find::Chat(person.whom.clone(), person.name.clone())));
    found.extend(voicemail_of(state, |message| !message.read).into_iter().map(|(_, find)| find));
    for person in others.iter().take(RECENT) {
        found.push(Find::Chat(person.whom.clone(), person.name.clone()));
        if can_call {
            found.push(call_to(state, person.whom.clone(), person.name.clone()));
        }
    }
    let rest = ACTIONS.iter().filter(|row| !row.is_of_a_call() && !WANTED.contains(&row.action)).map(|row| row.action);
    let ordered = WANTED.into_iter().chain(rest).filter(|action| here(&action.row()));
    found.extend(ordered.map(Find::Action));
    found
}

/// A call to them; where one goes on, that.
fn call_to(state: &State, whom: Whom, name: String) -> Find {
    match calls::with(state, &whom.with) {
        Some(call) => Find::BackTo(call, name),
        None => Find::Call(whom, name),
    }
}

fn people_of(state: &State, call: bool) -> Vec<(String, Find)> {
    let people = people::everybody(state).into_iter();
    people
        .map(|person| {
            let text = format!("{} {}", person.name, person.whom.with);
            let find = if call { call_to(state, person.whom, person.name) } else { Find::Chat(person.whom, person.name) };
            (text, find)
        })
        .collect()
}

fn voicemail_of(state: &State, is: fn(&Voicemail) -> bool) -> Vec<(String, Find)> {
    let messages = mailbox::messages(state).into_iter().filter(|(_, message)| !message.deleted && is(message));
    messages
        .map(|(account, message)| {
            let who = mailbox::caller(message);
            let text = format!("voicemail from {who} {}", visible_line(message.number.raw()));
            (text, Find::Voicemail { account: account.clone(), message: message.id.clone(), who, at: message.at })
        })
        .collect()
}

fn all(state: &State, words: &str, actions: &[Action]) -> Vec<Find> {
    if words.is_empty() {
        return first(state, actions);
    }
    let mut found = typed(state, words);
    let can_call = state.accounts.values().any(|account| account.identity.sip.is_some());
    let mut candidates = people_of(state, false);
    if can_call {
        candidates.extend(beginning(words, people_of(state, true)));
    }
    candidates.extend(voicemail_of(state, |_| true));
    candidates.extend(actions_of(words, actions, false));
    found.extend(ranked(words, candidates));
    found.extend(ranked(words, actions_of(words, actions, true)));
    if words.chars().count() > 1 {
        found.push(Find::SearchFor(words.to_owned()));
    }
    found
}

fn dial(state: &State, words: &str) -> Vec<Find> {
    let people = people_of(state, true);
    if words.is_empty() {
        return people.into_iter().map(|(_, find)| find).collect();
    }
    let ranked = ranked(words, beginning(words, people));
    let typed = (is_number(words) || is_address(words)).then(|| Find::Dial(words.to_owned()));
    typed.into_iter().chain(ranked).collect()
}

/// Those whose name or address begins with what was typed.
fn beginning(words: &str, people: Vec<(String, Find)>) -> Vec<(String, Find)> {
    let mut beginnings = Beginnings::new(words);
    people.into_iter().filter(|(text, _)| beginnings.fits(text)).collect()
}

/// What was typed, taken at its word: a number or a SIP address to call, an address to chat with.
fn typed(state: &State, words: &str) -> Vec<Find> {
    let can_call = state.accounts.values().any(|account| account.identity.sip.is_some());
    let can_chat = state.accounts.values().any(|account| account.identity.jid.is_some());
    let mut found = Vec::new();
    if can_call && (is_number(words) || is_address(words)) {
        found.push(Find::Dial(words.to_owned()));
    }
    if can_chat && is_address(words) && !is_uri(words) {
        found.push(Find::ChatTyped(words.to_owned()));
    }
    found
}

fn ranked(words: &str, candidates: Vec<(String, Find)>) -> Vec<Find> {
    let mut fuzzy = Fuzzy::new(words);
    let mut found: Vec<(u32, Find)> =
        candidates.into_iter().filter_map(|(text, find)| fuzzy.score(&text).map(|score| (score, find))).collect();
    // Stable: among equals the order given stays.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, find)| find).collect()
}

#[cfg(test)]
#[path = "palette/tests.rs"]
mod tests;
