//! Where one can write, and what is said where one cannot: an account may be a phone, or have its messages switched off;
//! and what is copied of what was written.

use super::screen::{Focus, Model};
use crate::engine::state::NoChat;
use crate::tui::action::{Action, Context};
use crate::tui::text;
use crate::tui::wish::Wish;

impl Model {
    /// Why nothing is written in the opened conversation, in a sentence, and what can be done; none where one can write.
    #[must_use]
    pub fn no_writing(&self) -> Option<String> {
        let account = self.state.accounts.get(&self.whom()?.account)?;
        let why = match account.no_chat()? {
            NoChat::PhoneOnly => "This account is a phone: it has no chat",
            NoChat::SwitchedOff => "Your organisation has switched chat off",
        };
        let context = if self.focus == Focus::People { Context::People } else { Context::Conversation };
        let call = self.setup.keymap.keys_of(Action::CallPerson, context).into_iter().next();
        Some(match call.filter(|_| account.identity.sip.is_some()) {
            Some(key) => format!("{why}. {key} calls them."),
            None => format!("{why}."),
        })
    }

    /// The keys go where a message is written, where one can.
    pub(super) fn write(&mut self) {
        match self.no_writing() {
            Some(why) => self.say(why),
            None => self.focus = Focus::Compose,
        }
    }

    /// The keys go nowhere where nothing can be written.
    pub(super) fn leave_what_is_not_written(&mut self) {
        if self.focus == Focus::Compose && self.no_writing().is_some() {
            self.focus = Focus::Main;
        }
    }

    pub(super) fn copy(&mut self) {
        match self.chosen_message().map(|message| message.body.raw().to_owned()) {
            Some(body) => {
                self.wish(Wish::Copy(body));
                self.say("Copied.");
            }
            None => self.say("Choose a message to copy."),
        }
    }

    pub(super) fn copy_link(&mut self) {
        let link = self.chosen_message().and_then(|message| text::links(&message.body.to_string()).into_iter().next());
        match link {
            Some(link) => {
                self.say(format!("Copied: {}", link.url));
                self.wish(Wish::Copy(link.url));
            }
            None => self.say("There is no link in this message."),
        }
    }
}
