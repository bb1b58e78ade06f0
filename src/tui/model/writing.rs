//! What is written, and what is done with it then: sent, sent again, given up, copied; and what is said where one cannot
//! write: an account may be a phone, or have its messages switched off.

use super::screen::{Focus, Model};
use super::timeline::Item;
use super::trouble::is_signed_out;
use crate::engine::command::Command;
use crate::engine::event::{Delivery, Message};
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

    pub(super) fn send(&mut self) {
        let Some(whom) = self.whom().cloned() else { return };
        let ticket = self.ticket();
        let Some(timeline) = self.timeline_mut() else { return };
        if timeline.editor.text().trim().is_empty() {
            return;
        }
        let body = timeline.editor.take();
        let read_newest = timeline.go_last();
        timeline.typing = false;
        let waits = self.state.accounts.get(&whom.account).is_some_and(is_signed_out);
        self.command(Command::Send { account: whom.account, to: whom.with, body, ticket });
        if waits {
            let key = self.key_here(Action::SignIn).map(|key| format!(": {key}")).unwrap_or_default();
            self.say(format!("It goes out when you are signed in{key}."));
        }
        self.keep_draft();
        if read_newest {
            self.read_newest();
        }
    }

    pub(super) fn chosen_message(&self) -> Option<&Message> {
        match self.timeline()?.chosen_item()? {
            Item::Message(message) => Some(message),
            Item::Call(_) | Item::Voicemail(_) => None,
        }
    }

    pub(super) fn resend(&mut self) {
        let Some(whom) = self.whom().cloned() else { return };
        match self
            .chosen_message()
            .filter(|message| message.ours)
            .map(|message| (message.delivery.clone(), message.key.clone()))
        {
            Some((Delivery::Failed(_) | Delivery::Unsent | Delivery::Unknown, message)) => {
                self.command(Command::SendAgain { account: whom.account, message });
                self.say("Sent again.");
            }
            Some((Delivery::OnWire, _)) => self.say("This message is on its way."),
            Some(_) => self.say("This message has been sent."),
            None => self.say("Choose a message of yours that was not sent."),
        }
    }

    pub(super) fn give_up(&mut self) {
        let Some(whom) = self.whom().cloned() else { return };
        let waits = |message: &&Message| {
            let delivery = &message.delivery;
            message.ours && !matches!(delivery, Delivery::Received | Delivery::Sent | Delivery::Delivered)
        };
        match self.chosen_message().filter(waits).map(|message| message.key.clone()) {
            Some(message) => self.command(Command::GiveUp { account: whom.account, message }),
            None => self.say("Choose a message of yours that was not sent."),
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
