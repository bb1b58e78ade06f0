//! The screen as values: what is shown, where the keys go, what is awaited. Keys and events go in, wishes come out; it
//! draws nothing and waits for nothing.

use super::calls;
use super::card::Card;
use super::form::Form;
use super::key_help::KeyHelp;
use super::mailbox::VoicemailList;
use super::palette::{Mode, Palette};
use super::people::{People, Row, Stale};
use super::question::Question;
use super::setup::Setup;
use super::timeline::Timeline;
use super::tour::Tour;
use super::whom::Whom;
use crate::engine::command::Command;
use crate::engine::event::{AccountName, CallId, PastCall, Ticket};
use crate::engine::state::State;
use crate::machine::{Secret, Stamp};
use crate::tui::action::Action;
use crate::tui::keymap::{Found, Key, Keymap};
use crate::tui::terminal::Links;
use crate::tui::theme::Theme;
use crate::tui::wish::Wish;
use ratatui::layout::Rect;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// Conversations kept in memory; one that was left longest ago is read again when it is wanted.
const TIMELINES: usize = 8;

/// What is being written is kept on disk when the user pauses for so long.
const DRAFT: Duration = Duration::from_secs(2);

/// What takes most of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nothing is opened yet.
    Home,
    /// A conversation.
    Chat(Whom),
    /// One call.
    Call(CallId),
    /// Calls that were.
    PastCalls,
    /// One person.
    Person,
    /// Voicemail.
    Voicemail,
    /// Notices.
    Notices,
    /// Settings.
    Settings,
    /// How sign-in by address goes.
    SignIn,
}

/// Where the keys go, as long as nothing lies above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The list of people.
    People,
    /// What takes most of the screen.
    Main,
    /// Where a message is written.
    Compose,
}

/// What may look different after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The line that is being written, and nothing else unless it needs more rows.
    Line,
    /// Anything.
    All,
}

/// What lies above everything, and has the keys.
#[derive(Debug)]
pub enum Overlay {
    /// The palette.
    Palette(Palette),
    /// Fields to fill in.
    Form(Form),
    /// A question.
    Question(Question),
    /// The keys that work where the user was.
    Keys(KeyHelp),
}

/// Where the user stands in a plain list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The chosen row.
    pub row: usize,
    /// The first row that was drawn.
    pub top: usize,
    /// Rows that were drawn, for going by pages.
    pub height: usize,
}

/// Calls that were, as far as they were read.
#[derive(Debug, Default)]
pub struct PastCalls {
    /// Newest first.
    pub calls: Vec<PastCall>,
    /// There are older ones.
    pub more: bool,
    /// A page that is awaited.
    pub asked: Option<Ticket>,
    /// Why the last page is not there.
    pub failed: Option<String>,
    /// Where the user stands.
    pub chosen: Chosen,
}

/// The screen.
#[derive(Debug)]
pub struct Model {
    /// What is true, as the engine has told it.
    pub state: State,
    /// What the user likes, with what comes of it.
    pub setup: Setup,
    /// What takes most of the screen.
    pub screen: Screen,
    /// Where the keys go.
    pub focus: Focus,
    /// What lies above, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Forms that were left half filled in, the one that was left last at the end.
    pub(super) half_filled: Vec<Form>,
    /// What has just been put aside there, and what brings it back.
    pub(super) put_aside: Option<(String, Action)>,
    /// The list of people.
    pub people: People,
    /// Conversations, the one that was opened last at the end.
    pub timelines: Vec<(Whom, Timeline)>,
    /// Calls that were.
    pub past: PastCalls,
    /// Somebody who is looked at.
    pub card: Option<Card>,
    /// Where the user stands in the voicemail.
    pub voicemail: VoicemailList,
    /// Where the user stands in the notices.
    pub notices: Chosen,
    /// Where the user stands in the settings.
    pub settings: Chosen,
    /// How far the user has read in the steps of sign-in: a row past the end follows it.
    pub sign_in: Chosen,
    /// How far the user has come on the tour, while they are on it.
    pub tour: Option<Tour>,
    /// Something to say in the status line until the next key.
    pub said: Option<String>,
    /// Notices that the user has not looked at.
    pub new_notices: usize,
    /// Missed calls that the user has not looked at.
    pub missed: usize,
    /// Tones sent in the call that is opened.
    pub tones: String,
    /// The user looks at the terminal, as far as it tells.
    pub looking: bool,
    /// One pane at a time, as was drawn last.
    pub narrow: bool,
    /// Where the picture of [`Model::picture`] has its place, as was drawn last; none where none is in sight.
    pub photo_at: Option<Rect>,
    /// The conversation beside the list is shown because it is chosen there: nobody has opened it.
    pub(super) previews: bool,
    /// Accounts of which the settings show all.
    pub(super) unfolded: BTreeSet<AccountName>,
    /// Links are drawn so that the terminal can follow them, where it can.
    pub links: Option<Links>,
    /// What is asked about once: certificates, and answering without sound.
    pub(super) asked_about: BTreeSet<String>,
    /// The password of an account that is being added, for when it is asked for.
    pub(super) first_password: Option<Secret>,
    /// The servers of this account are to be chosen as soon as it is known what they are.
    pub(super) wants_servers: Option<AccountName>,
    /// That password is to be kept in the keyring.
    pub(super) keep_first: bool,
    pub(super) pressed: Vec<Key>,
    pub(super) stale: Stale,
    /// That this conversation was seen is on its way to the disk.
    pub(super) seen_asked: Option<(Whom, Stamp)>,
    draft_due: Option<Stamp>,
    tickets: u64,
    wishes: VecDeque<Wish>,
}

impl Model {
    /// The screen before anything is known. Call [`Model::begin`] once the accounts have been told.
    #[must_use]
    pub fn new(setup: Setup) -> Model {
        Model {
            state: State::default(),
            setup,
            screen: Screen::Home,
            focus: Focus::People,
            overlays: Vec::new(),
            half_filled: Vec::new(),
            put_aside: None,
            people: People::default(),
            timelines: Vec::new(),
            past: PastCalls::default(),
            card: None,
            voicemail: VoicemailList::default(),
            notices: Chosen::default(),
            settings: Chosen::default(),
            sign_in: Chosen::default(),
            tour: None,
            said: None,
            new_notices: 0,
            missed: 0,
            tones: String::new(),
            looking: true,
            narrow: false,
            photo_at: None,
            previews: false,
            unfolded: BTreeSet::new(),
            links: None,
            asked_about: BTreeSet::new(),
            first_password: None,
            wants_servers: None,
            keep_first: false,
            pressed: Vec::new(),
            stale: Stale::All,
            seen_asked: None,
            draft_due: None,
            tickets: 0,
            wishes: VecDeque::new(),
        }
    }

    /// The clock says this now.
    pub fn set_clock(&mut self, now: Stamp) {
        self.setup.now = now;
    }

    /// A key was pressed; says what looks different now.
    pub fn key(&mut self, key: Key) -> Touched {
        let as_before = self.said.take().is_none() && std::mem::replace(&mut self.looking, true);
        if self.pressed.is_empty() && (self.types() || self.answers(key)) && key.typed().is_some() {
            let writes = self.overlays.is_empty() && self.focus == Focus::Compose && self.timeline().is_some();
            self.typed(key);
            return if writes && as_before && self.said.is_none() { Touched::Line } else { Touched::All };
        }
        self.pressed.push(key);
        match self.setup.keymap.look_up(&self.contexts(), &self.pressed) {
            Found::Action(action) => {
                self.pressed.clear();
                self.act(action);
                self.say_what_was_put_aside();
            }
            Found::Prefix => {}
            Found::Nothing => {
                let pressed = std::mem::take(&mut self.pressed);
                if pressed.len() == 1 && self.is_tone(key) {
                    self.typed(key);
                } else if pressed.len() == 1 && self.begins_a_number(key) {
                    self.open_palette(Mode::Dial);
                    self.typed(key);
                } else {
                    self.say_nothing_comes_of(&pressed);
                }
            }
        }
        Touched::All
    }

    /// The keys that begin a sequence and wait for the next one.
    #[must_use]
    pub fn pressed(&self) -> &[Key] {
        &self.pressed
    }

    /// Text was pasted: it goes where text goes, and never sends by itself.
    pub fn paste(&mut self, text: &str) {
        self.said = None;
        self.pressed.clear();
        self.put_in(text);
    }

    /// The terminal has got or lost the user's attention.
    pub fn look(&mut self, looking: bool) {
        self.looking = looking;
        if looking {
            self.seen_asked = None;
            self.mark_seen();
        }
    }

    /// The end is near: what is written is kept.
    pub fn put_away(&mut self) {
        self.keep_draft();
        self.tell_typing(false);
    }

    /// Time has come to where [`Model::wake`] said.
    pub fn tick(&mut self) {
        if self.draft_due.is_some_and(|due| due <= self.setup.now) {
            self.keep_draft();
        }
        self.mark_seen();
    }

    /// When to call [`Model::tick`] and draw again: the call's clock goes on, or a draft is to be kept, or the disk
    /// to be asked again.
    #[must_use]
    pub fn wake(&self) -> Option<Stamp> {
        const SECOND: i64 = 1_000_000;
        let talking = calls::live(&self.state).into_iter().filter_map(|(_, call)| call.answered).min();
        let next_second = talking.map(|answered| {
            let passed = self.setup.now.micros().saturating_sub(answered.micros()).max(0);
            Stamp::from_micros(answered.micros().saturating_add((passed / SECOND + 1) * SECOND))
        });
        next_second.into_iter().chain(self.draft_due).chain(self.seen_due()).min()
    }

    /// The next thing to be done by others.
    pub fn poll(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// Another theme.
    pub fn set_theme(&mut self, theme: Theme) {
        self.setup.theme = theme;
    }

    /// Another keymap.
    pub fn set_keymap(&mut self, keymap: Keymap) {
        self.setup.keymap = keymap;
        self.pressed.clear();
    }

    /// Something to say in the status line until the next key.
    pub fn say(&mut self, said: impl Into<String>) {
        self.said = Some(said.into());
    }

    /// The conversation that is opened.
    #[must_use]
    pub fn whom(&self) -> Option<&Whom> {
        match &self.screen {
            Screen::Chat(whom) => Some(whom),
            _ => None,
        }
    }

    /// Whom the user's keys are about: the opened conversation, or the chosen row of the list.
    #[must_use]
    pub fn about(&self) -> Option<Whom> {
        match (self.focus, &self.screen) {
            (Focus::Main | Focus::Compose, Screen::Chat(whom)) => Some(whom.clone()),
            _ => self.people.whom().cloned(),
        }
    }

    /// The timeline of the opened conversation.
    #[must_use]
    pub fn timeline(&self) -> Option<&Timeline> {
        let whom = self.whom()?;
        self.timelines.iter().find(|(of, _)| of == whom).map(|(_, timeline)| timeline)
    }

    /// The timeline of the opened conversation, to change it.
    pub fn timeline_mut(&mut self) -> Option<&mut Timeline> {
        let Screen::Chat(whom) = &self.screen else { return None };
        self.timelines.iter_mut().find(|(of, _)| of == whom).map(|(_, timeline)| timeline)
    }

    /// The topmost palette.
    pub(super) fn palette(&mut self) -> Option<&mut Palette> {
        match self.overlays.last_mut() {
            Some(Overlay::Palette(palette)) => Some(palette),
            _ => None,
        }
    }

    /// The topmost form.
    pub(super) fn form(&mut self) -> Option<&mut Form> {
        match self.overlays.last_mut() {
            Some(Overlay::Form(form)) => Some(form),
            _ => None,
        }
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.wishes.push_back(wish);
    }

    pub(super) fn command(&mut self, command: Command) {
        self.wish(Wish::Command(command));
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// The list of people is built anew before it is looked at.
    pub fn freshen(&mut self) {
        self.people.freshen(&self.state, &std::mem::take(&mut self.stale));
    }

    /// Goes to a conversation: its newest page is read, and what was not seen is seen now.
    pub(super) fn open(&mut self, whom: Whom, focus: Focus) {
        self.people.choose(&whom);
        self.bring(whom);
        (self.focus, self.previews, self.seen_asked) = (focus, false, None);
        self.mark_seen();
    }

    /// Whoever is chosen in the list stands beside it, where there is room. That is no reading: nothing is seen by it.
    pub(super) fn preview(&mut self) {
        let Some(Row::Person(person)) = self.people.chosen() else { return };
        let whom = person.whom.clone();
        if !self.narrow && matches!(self.screen, Screen::Home | Screen::Chat(_)) && self.whom() != Some(&whom) {
            self.bring(whom);
            self.previews = true;
        }
    }

    /// Puts a conversation on the screen.
    fn bring(&mut self, whom: Whom) {
        self.leave();
        let known = self.timelines.iter().position(|(of, _)| *of == whom);
        let entry = known.map(|at| self.timelines.remove(at));
        let (_, mut timeline) = entry.unwrap_or_else(|| {
            let conversation = self.state.accounts.get(&whom.account).and_then(|account| account.conversations.get(&whom.with));
            (whom.clone(), Timeline::new(conversation.map_or("", |conversation| &conversation.draft)))
        });
        if timeline.is_empty() || !timeline.at_end() {
            let ticket = self.ticket();
            let from = timeline.ask_newest(ticket);
            self.read(&whom, from, ticket);
        }
        self.timelines.push((whom.clone(), timeline));
        if self.timelines.len() > TIMELINES {
            self.timelines.remove(0);
        }
        self.screen = Screen::Chat(whom);
    }

    pub(super) fn read(&mut self, whom: &Whom, from: crate::engine::event::PageFrom, ticket: Ticket) {
        let (account, with) = (whom.account.clone(), whom.with.clone());
        self.command(Command::ReadConversation { account, with, from, count: super::timeline::PAGE, ticket });
    }

    /// Leaves the opened conversation: what is written is kept, and the other side hears that we write no more.
    pub(super) fn leave(&mut self) {
        self.keep_draft();
        self.tell_typing(false);
        if let Some(timeline) = self.timeline_mut() {
            timeline.forget_unseen();
            timeline.go_last();
        }
    }

    /// The text that is being written has changed.
    pub(super) fn wrote(&mut self) {
        self.draft_due = Some(Stamp::from_micros(
            self.setup.now.micros().saturating_add(i64::try_from(DRAFT.as_micros()).unwrap_or(i64::MAX)),
        ));
        let writes = self.timeline().is_some_and(|timeline| !timeline.editor.is_empty());
        self.tell_typing(writes);
    }

    pub(super) fn keep_draft(&mut self) {
        self.draft_due = None;
        let Some(whom) = self.whom().cloned() else { return };
        let Some(timeline) = self.timeline_mut() else { return };
        let text = timeline.editor.text().to_owned();
        if timeline.kept_draft != text {
            timeline.kept_draft.clone_from(&text);
            self.command(Command::KeepDraft { account: whom.account, with: whom.with, text });
        }
    }

    pub(super) fn tell_typing(&mut self, typing: bool) {
        let allowed = self.setup.preferences.typing;
        let Some(whom) = self.whom().cloned() else { return };
        let Some(timeline) = self.timeline_mut() else { return };
        if timeline.typing != typing && (allowed || !typing) {
            timeline.typing = typing;
            self.command(Command::Typing { account: whom.account, to: whom.with, typing });
        }
    }
}
