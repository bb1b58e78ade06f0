//! What each action does, where the user is.

use super::palette::Mode;
use super::people::{Row, Stale};
use super::question::Answer;
use super::screen::{Focus, Model, Overlay, PastCalls, Screen};
use super::servers;
use super::timeline::{Item, Timeline};
use super::tour::Tour;
use super::whom::Whom;
use crate::engine::command::Command;
use crate::engine::event::Delivery;
use crate::tui::action::{Action, Context};
use crate::tui::editor::{Field, Outcome};
use crate::tui::keymap::Key;
use crate::tui::wish::Wish;

/// Past calls that are read at once.
const CALLS: u16 = 100;

impl Model {
    /// Does it, where it can be done.
    pub fn act(&mut self, action: Action) {
        self.go_on_with_tour(action);
        match action {
            Action::Palette => self.open_palette(Mode::All),
            Action::Dial => self.open_palette(Mode::Dial),
            Action::SearchMessages => self.open_palette(Mode::Search),
            Action::Keys => self.show_keys(),
            Action::Back => self.back(),
            Action::NextPane => self.next_pane(),
            Action::NextUnread => self.next_unread(),
            Action::ShowPeople => self.focus_people(),
            Action::ShowCalls => self.show_calls(),
            Action::ShowVoicemail => self.show_voicemail(),
            Action::ShowNotices => self.show(Screen::Notices),
            Action::ShowSettings => self.show_settings(),
            Action::ShowSignIn => self.show(Screen::SignIn),
            Action::Tour => self.take_tour(),
            Action::SetPresence => self.ask_presence(),
            Action::AddPerson if self.screen == Screen::Person && self.overlays.is_empty() => self.add_card(),
            Action::AddPerson => self.ask_person(""),
            Action::AddAccount => self.ask_account(),
            Action::ChooseServers => self.choose_servers(),
            Action::AddByHand => self.ask_account_by_hand(),
            Action::SignIn => self.sign_in(),
            Action::TypePassword => self.type_password(),
            Action::Certificate => self.decide_on_certificate('n'),
            Action::SignOut => self.sign_out(),
            Action::Redraw => self.wish(Wish::Redraw),
            Action::Suspend => {
                self.keep_draft();
                self.wish(Wish::Suspend);
            }
            Action::Quit => self.quit(),
            Action::Answer => self.answer(false),
            Action::Decline => self.on_ringing(|call| Command::Decline { call, busy: false }),
            Action::HangUp => self.hang_up(),
            Action::Hold => self.hold(),
            Action::Mute => self.mute(),
            Action::SwitchCall => self.switch_call(),
            Action::OpenCall => self.open_call(),
            Action::Keypad => self.keypad(),
            _ => self.act_here(action),
        }
    }

    /// The tour begins, or is left.
    fn take_tour(&mut self) {
        match self.tour.take() {
            None => self.tour = Some(Tour::default()),
            Some(_) => self.say("That was the tour. The palette takes you on it again."),
        }
    }

    fn go_on_with_tour(&mut self, action: Action) {
        // What is done in the palette is none of the stops before it.
        let in_palette = matches!(self.overlays.last(), Some(Overlay::Palette(_)));
        let contexts = if in_palette { vec![Context::Everywhere] } else { self.contexts() };
        let Some(tour) = &mut self.tour else { return };
        tour.saw(action, &contexts);
        if tour.stop().is_none() {
            self.take_tour();
        }
    }

    /// What depends on where the user is.
    fn act_here(&mut self, action: Action) {
        match self.overlays.last() {
            Some(Overlay::Palette(_)) => self.act_in_palette(action),
            Some(Overlay::Form(_)) => self.act_in_form(action),
            Some(Overlay::Question(_)) => self.act_in_question(action),
            Some(Overlay::Keys(_)) => self.act_in_keys(action),
            None => match (self.focus, &self.screen) {
                (Focus::People, _) | (_, Screen::Home) => self.act_in_people(action),
                (Focus::Compose, Screen::Chat(_)) => self.act_in_compose(action),
                (_, Screen::Chat(_)) => self.act_in_conversation(action),
                (_, Screen::PastCalls) => self.act_in_past_calls(action),
                (_, Screen::Person) => self.act_in_person(action),
                (_, Screen::Voicemail) => self.act_in_voicemail(action),
                (_, Screen::Notices) => self.act_in_notices(action),
                (_, Screen::SignIn) => self.act_in_sign_in(action),
                (_, Screen::Settings) => self.act_in_settings(action),
                (_, Screen::Call(_)) => {}
            },
        }
    }

    /// A key that is no action here: it goes where text goes, chooses an answer, or is a tone.
    pub(super) fn typed(&mut self, key: Key) {
        let Some(letter) = key.typed() else { return };
        match self.overlays.last() {
            Some(Overlay::Question(question)) => {
                if let Some(answer) = question.answer_of(letter) {
                    self.overlays.pop();
                    self.answered(answer);
                }
            }
            None if matches!((self.focus, &self.screen), (Focus::Main, Screen::Call(_))) => self.tone(letter),
            _ => self.put_in(letter.encode_utf8(&mut [0; 4])),
        }
    }

    /// Text goes where text goes.
    pub(super) fn put_in(&mut self, typed: &str) {
        if let Some(palette) = self.palette() {
            let refused = palette.field.insert(typed).err();
            palette.choose_best();
            self.refresh_palette();
            if let Some(why) = refused {
                self.say(why.to_string());
            }
            return;
        }
        if let Some(Overlay::Keys(help)) = self.overlays.last_mut() {
            help.top = 0;
            if let Err(why) = help.field.insert(typed) {
                self.say(why.to_string());
            }
            return;
        }
        if let Some(form) = self.form() {
            if typed == " " && form.toggle(false) {
                servers::refit(form);
                return;
            }
            form.forget_error();
            match form.field().map(|field| field.insert(typed)) {
                Some(Err(why)) => form.error = Some(why.to_string()),
                Some(Ok(())) => form.touched = true,
                None => {}
            }
            return;
        }
        if !self.overlays.is_empty() {
            return;
        }
        match (self.focus, &mut self.people.filter) {
            (Focus::People, Some(filter)) => {
                let refused = filter.insert(typed).err();
                self.people.choose_best();
                self.stale = Stale::All;
                self.search_directories();
                if let Some(why) = refused {
                    self.say(why.to_string());
                }
            }
            (Focus::Compose, _) => {
                let refused = self.timeline_mut().and_then(|timeline| timeline.editor.insert(typed).err());
                match refused {
                    Some(why) => self.say(why.to_string()),
                    None => self.wrote(),
                }
            }
            _ => {}
        }
    }

    fn back(&mut self) {
        if let Some(Overlay::Palette(_)) = self.overlays.last() {
            return self.close_palette();
        }
        if let Some(left) = self.overlays.pop() {
            return self.left(&left);
        }
        if self.focus == Focus::People && self.people.filter.take().is_some() {
            // Whom the directory has found may stand in the list too.
            let found = match self.people.chosen() {
                Some(Row::Found(account, person)) => person.jid.as_deref().map(|jid| Whom::new(account, jid)),
                _ => None,
            };
            self.stale = Stale::All;
            self.search_directories();
            if let Some(whom) = found {
                self.freshen();
                self.people.choose(&whom);
            }
            return;
        }
        match (self.focus, &self.screen) {
            (Focus::Compose, _) => {
                self.keep_draft();
                self.tell_typing(false);
                self.focus = if self.setup.keymap.write_on_open() { Focus::People } else { Focus::Main };
            }
            (Focus::Main, Screen::Chat(_)) => match self.timeline_mut() {
                Some(timeline) if timeline.chosen().is_some() => {
                    timeline.go_last();
                }
                _ => self.focus = Focus::People,
            },
            (Focus::Main, _) => {
                self.screen = self.timelines.last().map_or(Screen::Home, |(whom, _)| Screen::Chat(whom.clone()));
                self.focus = Focus::People;
            }
            (Focus::People, _) => {}
        }
    }

    fn next_pane(&mut self) {
        if !self.overlays.is_empty() {
            return self.act_here(Action::NextField);
        }
        self.focus = match (self.focus, &self.screen) {
            (Focus::People, Screen::Home) => Focus::People,
            (Focus::People, Screen::Chat(_)) if self.setup.keymap.write_on_open() => Focus::Compose,
            (Focus::People, _) => Focus::Main,
            (Focus::Compose, Screen::Chat(_)) if self.setup.keymap.write_on_open() => Focus::Main,
            (Focus::Main, Screen::Chat(_)) if !self.setup.keymap.write_on_open() => Focus::Compose,
            _ => Focus::People,
        };
        self.leave_what_is_not_written();
        self.mark_seen();
    }

    fn focus_people(&mut self) {
        self.close_all();
        self.focus = Focus::People;
    }

    /// Opens a screen that is no conversation.
    pub(super) fn show(&mut self, screen: Screen) {
        self.close_all();
        self.leave();
        match screen {
            Screen::Notices => {
                self.new_notices = 0;
                self.notices.row = self.state.notices.len().saturating_sub(1);
            }
            Screen::PastCalls => self.missed = 0,
            Screen::Call(_) => self.tones.clear(),
            _ => {}
        }
        self.screen = screen;
        self.focus = Focus::Main;
    }

    fn show_calls(&mut self) {
        let ticket = self.ticket();
        self.past = PastCalls { asked: Some(ticket), ..PastCalls::default() };
        self.command(Command::ReadCalls { before: None, count: CALLS, ticket });
        self.show(Screen::PastCalls);
    }

    pub(super) fn show_settings(&mut self) {
        self.command(Command::LookForSound);
        self.read_settings();
        self.show(Screen::Settings);
        self.settings_to_first();
    }

    fn next_unread(&mut self) {
        self.freshen();
        match self.people.next_unread(&self.state) {
            Some(whom) => {
                self.close_all();
                self.open(whom, Focus::Main);
            }
            None => self.say("Nothing is unread."),
        }
    }

    /// Opens a conversation with the focus that the keymap wants.
    pub(super) fn open_chat(&mut self, whom: Whom) {
        self.close_all();
        self.people.filter = None;
        self.search_directories();
        self.stale = Stale::All;
        let focus = if self.setup.keymap.write_on_open() { Focus::Compose } else { Focus::Main };
        self.open(whom, focus);
        self.leave_what_is_not_written();
    }

    fn act_in_people(&mut self, action: Action) {
        self.freshen();
        let page = isize::try_from(self.people.height.max(2) - 1).unwrap_or(1);
        match action {
            Action::Next => self.people.go(1),
            Action::Previous => self.people.go(-1),
            Action::PageDown => self.people.go(page),
            Action::PageUp => self.people.go(-page),
            Action::First => self.people.go(isize::MIN),
            Action::Last => self.people.go(isize::MAX),
            _ => return self.act_on_chosen(action),
        }
        self.preview();
    }

    fn act_on_chosen(&mut self, action: Action) {
        match action {
            Action::Filter => {
                self.people.filter = Some(Field::new());
                self.stale = Stale::All;
            }
            Action::Fold => self.people.fold(&self.state),
            Action::Write => match self.people.chosen().cloned() {
                Some(Row::Person(person)) => {
                    self.open_chat(person.whom);
                    self.write();
                }
                Some(_) => self.say("Choose somebody first."),
                None => self.begin_with(),
            },
            Action::Open | Action::Accept => match self.people.chosen().cloned() {
                Some(Row::Group { .. }) => self.people.fold(&self.state),
                Some(Row::Person(person)) => self.open_chat(person.whom),
                Some(Row::Request(whom)) => self.ask_subscription(whom),
                Some(Row::Found(account, person)) => self.open_card(account, *person),
                Some(Row::Directory(_)) => {}
                None if self.people.filter.is_some() => self.say("Nobody fits. Esc shows all."),
                None => self.begin_with(),
            },
            Action::CallPerson => self.call_about(),
            Action::ShowPerson => self.show_person(),
            Action::Rename => self.ask_rename(),
            Action::RemovePerson => self.ask_remove(),
            Action::Allow | Action::Refuse => match self.people.chosen().cloned() {
                Some(Row::Request(whom)) if action == Action::Allow => self.answered(Answer::Allow(whom)),
                Some(Row::Request(whom)) => self.answered(Answer::Refuse(whom)),
                _ => self.say("Nobody asks here. Those who do stand at the top of the list."),
            },
            _ => self.act_in_filter(action),
        }
    }

    /// What is typed to narrow the list is edited; whoever deletes more than there is narrows it no longer.
    fn act_in_filter(&mut self, action: Action) {
        let Some(filter) = &mut self.people.filter else { return };
        if action == Action::DeleteBack && filter.is_empty() {
            self.people.filter = None;
        } else if filter.act(action) == Outcome::Done {
            self.people.choose_best();
        } else {
            return;
        }
        self.stale = Stale::All;
        self.search_directories();
    }

    fn act_in_conversation(&mut self, action: Action) {
        let Some(timeline) = self.timeline_mut() else { return };
        let goes = matches!(
            action,
            Action::Next | Action::Previous | Action::PageDown | Action::PageUp | Action::First | Action::Last
        );
        if goes && timeline.try_again() {
            return self.read_newest();
        }
        let page = timeline.drawn.map_or(1, |(first, last)| isize::try_from(last - first).unwrap_or(1).max(1));
        let mut read_newest = false;
        match action {
            Action::Next => timeline.go(1),
            Action::Previous => timeline.go(-1),
            Action::PageDown => timeline.go(page),
            Action::PageUp => timeline.go(-page),
            Action::First => timeline.go_first(),
            Action::Last => read_newest = timeline.go_last(),
            Action::Write if self.chosen_voicemail() => self.open_entry(),
            Action::Write => self.write(),
            Action::Open => self.open_entry(),
            Action::CallPerson => self.call_about(),
            Action::ShowPerson => self.show_person(),
            Action::Rename => self.ask_rename(),
            Action::RemovePerson => self.ask_remove(),
            Action::Resend => self.resend(),
            Action::GiveUp => self.give_up(),
            Action::CopyMessage => self.copy(),
            Action::CopyLink => self.copy_link(),
            _ => {}
        }
        if read_newest {
            self.read_newest();
        }
        self.read_more();
    }

    /// The newest entries are not in memory: they are read anew.
    pub(super) fn read_newest(&mut self) {
        let Some(whom) = self.whom().cloned() else { return };
        let ticket = self.ticket();
        if let Some(timeline) = self.timeline_mut() {
            let from = timeline.ask_newest(ticket);
            self.read(&whom, from, ticket);
        }
    }

    /// Reads on where the user has come near an end of what is in memory.
    pub fn read_more(&mut self) {
        let Some(whom) = self.whom().cloned() else { return };
        let ticket = self.ticket();
        if let Some(from) = self.timeline_mut().and_then(|timeline| timeline.ask_more(ticket)) {
            self.read(&whom, from, ticket);
        }
    }

    /// Enter on an entry: a call is called back, a message that waits is sent again, else one writes.
    fn open_entry(&mut self) {
        let item = self.timeline().and_then(|timeline| timeline.item(timeline.chosen()?)).cloned();
        match item {
            Some(Item::Call(_)) => self.call_about(),
            Some(Item::Voicemail(message)) => self.play_entry(message.id),
            Some(Item::Message(message))
                if matches!(message.delivery, Delivery::Failed(_) | Delivery::Unsent | Delivery::Unknown) =>
            {
                self.resend();
            }
            _ => self.write(),
        }
    }

    fn act_in_compose(&mut self, action: Action) {
        match action {
            Action::Send => self.send(),
            Action::CallPerson => self.call_about(),
            Action::ShowPerson => self.show_person(),
            Action::PageUp | Action::PageDown => {
                let by_page = self.timeline_mut().and_then(|timeline| timeline.drawn).map_or(1, |(first, last)| last - first);
                let by = isize::try_from(by_page.max(1)).unwrap_or(1);
                if self.timeline_mut().is_some_and(Timeline::try_again) {
                    return self.read_newest();
                }
                if let Some(timeline) = self.timeline_mut() {
                    timeline.go(if action == Action::PageUp { -by } else { by });
                }
                self.read_more();
            }
            // What is done with the conversation is done from here too.
            _ if !action.row().contexts.contains(&Context::Compose) => self.act_in_conversation(action),
            _ => {
                if let Some(timeline) = self.timeline_mut()
                    && timeline.editor.act(action) == Outcome::Done
                {
                    self.wrote();
                }
            }
        }
    }
}
