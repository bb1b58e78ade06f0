//! What the user does with calls: answer, decline, hold, mute, switch, dial.

use super::calls::{self, Doing};
use super::palette::Mode;
use super::question::{Answer, Question};
use super::screen::{Focus, Model, Overlay, Screen};
use super::trouble::has_phone;
use crate::engine::command::Command;
use crate::engine::event::{AccountName, CallId, SoundPath};
use crate::machine::visible_line;

/// Why no tone is sent now.
const NO_TONES: &str = "Tones are sent while both sides talk.";

impl Model {
    pub(super) fn on_ringing(&mut self, command: impl FnOnce(CallId) -> Command) {
        match calls::ringing(&self.state) {
            Some(call) => self.command(command(call)),
            None => self.say("Nobody rings."),
        }
    }

    /// Answers the call that rings; the one that goes on is put on hold first. Where there is no sound, it is asked first,
    /// until somebody has said that they answer all the same; the call says so each time.
    pub(super) fn answer(&mut self, silently: bool) {
        let Some(call) = calls::ringing(&self.state) else { return self.say("Nobody rings.") };
        if let SoundPath::Silent(why) = &self.state.sound.path
            && !(silently || self.asked_about.contains(&without(why)))
        {
            let facts = vec![
                (String::new(), "There is no sound here: you would hear nothing, and not be heard.".to_owned()),
                ("Why".to_owned(), visible_line(why)),
            ];
            let answers = vec![('s', "answer silently", Answer::AnswerSilently(call)), ('n', "let it ring", Answer::Leave)];
            self.overlays.push(Overlay::Question(Question::new("Answer without sound?", facts, answers)));
            return;
        }
        if let SoundPath::Silent(why) = &self.state.sound.path {
            self.asked_about.insert(without(why));
        }
        if let Some(other) = calls::current(&self.state).filter(|other| *other != call)
            && self.state.calls.get(&other).is_some_and(calls::is_heard)
        {
            self.command(Command::Hold { call: other });
        }
        self.command(Command::Answer { call });
    }

    pub(super) fn hang_up(&mut self) {
        let opened = match self.screen {
            Screen::Call(call) if self.state.calls.get(&call).is_some_and(|call| calls::doing(call) != Doing::Ended) => {
                Some(call)
            }
            _ => None,
        };
        match opened.or_else(|| calls::current(&self.state)) {
            Some(call) => self.command(Command::HangUp { call }),
            None => self.say("There is no call."),
        }
    }

    pub(super) fn hold(&mut self) {
        let Some(call) = calls::current(&self.state) else { return self.say("There is no call.") };
        match self.state.calls.get(&call).map(calls::doing) {
            Some(Doing::HeldByUs | Doing::Holding) => self.command(Command::Resume { call }),
            Some(Doing::Talking | Doing::HeldByThem | Doing::Resuming) => self.command(Command::Hold { call }),
            _ => self.say("It can be held once it is answered."),
        }
    }

    pub(super) fn mute(&mut self) {
        let Some(id) = calls::current(&self.state) else { return self.say("There is no call.") };
        match self.state.calls.get(&id) {
            Some(call) if calls::doing(call) == Doing::RingsHere => self.say("It can be muted once it is answered."),
            Some(call) => {
                let muted = !call.muted;
                self.command(Command::Mute { call: id, muted });
            }
            None => {}
        }
    }

    pub(super) fn switch_call(&mut self) {
        let current = calls::current(&self.state);
        let Some(other) = calls::held(&self.state, current) else { return self.say("There is no other call.") };
        if let Some(call) = current.filter(|call| self.state.calls.get(call).is_some_and(calls::is_heard)) {
            self.command(Command::Hold { call });
        }
        self.command(Command::Resume { call: other });
        if matches!(self.screen, Screen::Call(_)) {
            self.screen = Screen::Call(other);
        }
    }

    /// The screen of the call that keys are for.
    pub(super) fn open_call(&mut self) {
        match calls::current(&self.state) {
            Some(call) => self.show(Screen::Call(call)),
            None => self.say("There is no call."),
        }
    }

    /// Tones are typed on the screen of a call.
    pub(super) fn keypad(&mut self) {
        if !matches!(self.screen, Screen::Call(_)) || self.focus != Focus::Main {
            self.open_call();
        }
        if let Screen::Call(call) = self.screen {
            match self.state.calls.get(&call).map(calls::doing) {
                Some(Doing::Talking | Doing::HeardEarly) => self.say("Type 0 to 9, * or #: each is sent as a tone."),
                _ => self.say(NO_TONES),
            }
        }
    }

    pub(super) fn tone(&mut self, key: char) {
        let Screen::Call(call) = self.screen else { return };
        let key = key.to_ascii_uppercase();
        if !matches!(key, '0'..='9' | '*' | '#' | 'A'..='D') {
            return;
        }
        match self.state.calls.get(&call).map(calls::doing) {
            Some(Doing::Talking | Doing::HeardEarly) => {
                self.command(Command::Dtmf { call, key });
                self.tones.push(key);
            }
            _ => self.say(NO_TONES),
        }
    }

    /// Calls whom this is about.
    pub(super) fn call_about(&mut self) {
        match self.about() {
            Some(whom) => self.call(Some(whom.account.clone()), &whom.with),
            None => self.open_palette(Mode::Dial),
        }
    }

    /// Why nobody can be called.
    pub(super) fn no_phone(&self) -> String {
        self.none_has("No account has a phone. Add one with a SIP address.")
    }

    /// Calls `target` from that account if it has a phone, else from the first that has one.
    pub(super) fn call(&mut self, account: Option<AccountName>, target: &str) {
        let can = |name: &AccountName| self.state.accounts.get(name).is_some_and(has_phone);
        let first = self.state.accounts.iter().find(|(_, account)| has_phone(account)).map(|(name, _)| name.clone());
        let Some(account) = account.filter(can).or(first) else {
            return self.say(self.no_phone());
        };
        // Nobody is called twice: who asks for it wants the call that there is.
        if let Some(call) = calls::with(&self.state, target) {
            return self.show(Screen::Call(call));
        }
        if let Some(call) = calls::current(&self.state)
            && self.state.calls.get(&call).is_some_and(calls::is_heard)
        {
            self.command(Command::Hold { call });
        }
        let ticket = self.ticket();
        self.command(Command::Call { account, target: target.to_owned(), ticket });
    }
}

/// Under this it is remembered that somebody answers although there is no sound, for this reason.
fn without(why: &str) -> String {
    format!("without sound: {why}")
}
