//! What the engine tells, and what it means for what is on the screen.

use super::calls;
use super::people::Stale;
use super::question::Answer;
use super::screen::{Focus, Model, Overlay, Screen};
use super::timeline::Item;
use super::whom::{self, Whom};
use crate::engine::command::Command;
use crate::engine::event::{
    AccountName, CallChange, CallEnd, CallId, Delivery, Event, Identity, LinkState, Message, Notice, NoticeLevel, Page,
    PastCall, Problem, Service, Ticket, bare,
};
use crate::machine::visible_line;
use crate::tui::action::Action;
use crate::tui::wish::{Alert, Wish};
use std::collections::BTreeSet;

impl Model {
    /// Something happened.
    pub fn apply(&mut self, event: &Event) {
        let new_voicemail = self.new_voicemail(event);
        self.answer_form(event);
        self.state.apply(event);
        self.stale.add(stale(event));
        match event {
            Event::Message { account, message, .. } => self.heard_message(account, message),
            Event::Delivery { message, delivery, .. } => {
                for (_, timeline) in &mut self.timelines {
                    timeline.deliver(message, delivery);
                }
            }
            Event::Page { account, page } => self.heard_page(account, page),
            Event::CallKept(past) => self.heard_past(past),
            Event::PastCalls { ticket, calls, more } => {
                if self.past.asked == Some(*ticket) {
                    self.past.asked = None;
                    self.past.calls.extend(calls.iter().cloned());
                    self.past.more = *more;
                }
            }
            Event::Found { ticket, hits, more } => {
                let state = std::mem::take(&mut self.state);
                if let Some(palette) = self.palette() {
                    palette.take(*ticket, hits, *more, &state);
                }
                self.state = state;
                self.rebuild_palette();
            }
            Event::ReadFailed { ticket, problem } => self.heard_read_failed(*ticket, problem),
            Event::Settings { account, changed, .. } => self.heard_settings(account, *changed),
            Event::SignIn { account, told } => {
                self.heard_sign_in(account, told);
                self.leave_what_is_not_written();
            }
            Event::Link { account, service, state } => self.heard_link(account, *service, state),
            Event::Account { identity, .. } => {
                self.heard_account(identity);
                self.leave_what_is_not_written();
            }
            Event::AccountGone { account } => self.heard_account_gone(account),
            Event::Call { call, change } => self.heard_call(*call, change),
            Event::Notice(notice) => self.heard_notice(notice),
            Event::Sealed(sealed) => self.heard_sealed(*sealed),
            Event::Seen { account, with } => self.heard_seen(account, with),
            Event::Directory { account, told } => self.heard_directory(account, told),
            Event::Voicemail { account, told } => self.heard_voicemail(account, told, new_voicemail),
            Event::SubscriptionAsked { account, from } => {
                let who = Whom::new(account, from).name(&self.state);
                let said = format!("{who} asks to see your presence");
                // In the list they stand at the top.
                self.say(if self.focus == Focus::People {
                    format!("{said}.")
                } else {
                    self.with_key(&said, Action::ShowPeople)
                });
            }
            _ => {}
        }
    }

    fn heard_message(&mut self, account: &AccountName, message: &Message) {
        let with = bare(if message.ours { message.to.raw() } else { message.from.raw() });
        let whom = Whom::new(account, with);
        let in_sight = self.looking && self.conversation_in_sight() && self.whom() == Some(&whom);
        if let Some((_, timeline)) = self.timelines.iter_mut().find(|(of, _)| *of == whom) {
            timeline.append(Item::Message(message.clone()), None, in_sight);
        }
        if message.ours {
            return;
        }
        if in_sight {
            self.mark_seen();
        } else if !(message.archived || self.looking && self.is_on_screen(&whom)) {
            // Whoever looks at it needs no bell; it counts as unread until it is opened.
            let (who, what) = (whom.name(&self.state), message.body.to_string());
            self.wish(Wish::Notify(Alert { who, what, call: false }));
        }
    }

    fn heard_page(&mut self, account: &AccountName, page: &Page) {
        let whom = Whom::new(account, &page.with);
        if let Some((_, timeline)) = self.timelines.iter_mut().find(|(of, _)| *of == whom) {
            timeline.take(page);
            // What is on the wire is in doubt on disk.
            let outstanding = self.state.accounts.get(account).map(|account| &account.outstanding);
            let on_wire = outstanding.into_iter().flatten().filter(|(_, delivery)| **delivery == Delivery::OnWire);
            on_wire.for_each(|(message, delivery)| timeline.deliver(message, delivery));
        }
        self.place_voicemail(&whom);
    }

    /// What was to be read is not there: whoever shows it says why, in its place.
    fn heard_read_failed(&mut self, ticket: Ticket, problem: &Problem) {
        let why = visible_line(&problem.to_string());
        for (_, timeline) in &mut self.timelines {
            timeline.fail(ticket, &why);
        }
        if self.past.asked.take_if(|asked| *asked == ticket).is_some() {
            // The next key there asks again.
            self.past.more = true;
            self.past.failed = Some(why);
        } else if let Some(palette) = self.palette()
            && palette.asked.take_if(|asked| *asked == ticket).is_some()
        {
            self.say(why);
        }
    }

    fn heard_past(&mut self, past: &PastCall) {
        let whom = whom::of_caller(&self.state, &past.account, &past.call.peer, &past.call.name);
        if let Some((_, timeline)) = self.timelines.iter_mut().find(|(of, _)| *of == whom) {
            timeline.append(Item::Call(past.call.clone()), Some(past.place), true);
        }
        let looking = self.screen == Screen::PastCalls;
        if looking {
            self.past.calls.insert(0, past.clone());
            // Whoever has gone down the list keeps what they have chosen; whoever is at its top sees the newest.
            if self.past.chosen.row > 0 {
                self.past.chosen.row += 1;
                self.past.chosen.top += 1;
            }
        }
        if past.call.missed() && !(looking && self.looking) {
            self.missed += 1;
        }
    }

    fn heard_link(&mut self, account: &AccountName, service: Service, link: &LinkState) {
        match link {
            LinkState::NeedsPassword { address, refused } => match self.first_password.take() {
                Some(password) if !refused => {
                    let keep = self.keep_first;
                    self.command(Command::GivePassword { account: account.clone(), password, keep });
                }
                _ => self.ask_password(account, address, *refused),
            },
            LinkState::Failed(problem) => match &problem.certificate {
                Some(certificate) => self.ask_trust(account, certificate),
                // There it stands, with the keys that help.
                None if self.screen == Screen::SignIn && self.focus == Focus::Main => {}
                None if service == Service::SignIn => self.say(self.with_key("Sign-in failed", Action::ShowSignIn)),
                None => self.say(visible_line(&problem.to_string())),
            },
            // What sign-in by address has found may be the first to want it.
            LinkState::Online { .. } if service != Service::SignIn => self.first_password = None,
            LinkState::Online { .. } | LinkState::Offline | LinkState::Connecting | LinkState::Waiting { .. } => {}
        }
    }

    fn heard_account(&mut self, identity: &Identity) {
        if identity.sip.is_some() {
            // Who has no phone needs no sound, and systems of sound are large.
            self.command(Command::LookForSound);
        }
    }

    fn heard_account_gone(&mut self, account: &AccountName) {
        if self.card.take_if(|card| card.account == *account).is_some() && self.screen == Screen::Person {
            self.screen = Screen::Home;
            self.focus = Focus::People;
        }
        self.timelines.retain(|(whom, _)| whom.account != *account);
        if self.whom().is_some_and(|whom| whom.account == *account) {
            self.screen = Screen::Home;
            self.focus = Focus::People;
        }
    }

    fn heard_call(&mut self, id: CallId, change: &CallChange) {
        let Some(call) = self.state.calls.get(&id) else { return };
        let who = whom::name_of_caller(&self.state, &call.account, &call.peer, &call.name);
        match change {
            CallChange::Began { incoming: true, .. } => {
                self.wish(Wish::Notify(Alert { who, what: "is calling".into(), call: true }));
            }
            CallChange::Ended { end, reason, .. } => {
                let why = calls::failure_words(&reason.to_string());
                let said = match end {
                    CallEnd::Local | CallEnd::Remote => format!("The call with {who} has ended."),
                    CallEnd::Declined => format!("{who} declined."),
                    CallEnd::Busy => format!("{who} is busy."),
                    CallEnd::NoAnswer if call.incoming => {
                        self.with_key(&format!("You missed a call from {who}"), Action::ShowCalls)
                    }
                    CallEnd::NoAnswer => format!("{who} did not answer."),
                    CallEnd::Failed if why.is_empty() => format!("The call with {who} failed."),
                    CallEnd::Failed => format!("The call with {who} failed: {why}."),
                };
                self.say(said);
                let silent = |overlay: &Overlay| match overlay {
                    Overlay::Question(question) => {
                        question.answers.iter().any(|(_, _, answer)| *answer == Answer::AnswerSilently(id))
                    }
                    _ => false,
                };
                self.overlays.retain(|overlay| !silent(overlay));
                if self.screen == Screen::Call(id) {
                    match calls::current(&self.state) {
                        Some(other) => self.screen = Screen::Call(other),
                        None => self.after_call(),
                    }
                }
            }
            CallChange::Dtmf(key) => self.say(format!("{who} pressed {key}")),
            _ => {}
        }
    }

    fn after_call(&mut self) {
        self.screen = self.timelines.last().map_or(Screen::Home, |(whom, _)| Screen::Chat(whom.clone()));
        self.focus = if self.screen == Screen::Home { Focus::People } else { self.focus };
    }

    fn heard_notice(&mut self, notice: &Notice) {
        if self.screen == Screen::Notices {
            self.notices.row = self.state.notices.len().saturating_sub(1);
        } else {
            self.new_notices += 1;
        }
        if notice.level >= NoticeLevel::Warning || self.said.is_none() {
            self.say(visible_line(&notice.problem.to_string()));
        }
    }
}

/// What of the list of people may look different now.
fn stale(event: &Event) -> Stale {
    let row = |account, with| Stale::Rows(BTreeSet::from([Whom::new(account, with)]));
    match event {
        Event::Call { change: CallChange::Figures(_), .. }
        | Event::Page { .. }
        | Event::Found { .. }
        | Event::PastCalls { .. }
        | Event::ReadFailed { .. }
        | Event::SoundLevel(_)
        | Event::Voicemail { .. }
        | Event::Directory { .. }
        | Event::Playing(_)
        | Event::Delivery { .. }
        | Event::Typing { .. } => Stale::Nothing,
        Event::Message { account, message, .. } => {
            row(account, if message.ours { message.to.raw() } else { message.from.raw() })
        }
        Event::Seen { account, with } | Event::DraftKept { account, with, .. } => row(account, with),
        _ => Stale::All,
    }
}
