//! Voicemail on the screen: which messages there are, which is chosen, and what the keys do with them.

use super::choose::moved;
use super::key_help::MOVES;
use super::mailbox::{caller, messages};
use super::question::{Answer, Question};
use super::screen::{Model, Overlay, Screen};
use super::timeline::Item;
use super::whom::Whom;
use crate::engine::command::{Command, PlayerWish, VoicemailWish};
use crate::engine::event::{AccountName, Event, PlayPhase, Service, Voicemail, VoicemailId, VoicemailTold, dialled};
use crate::machine::visible_line;
use crate::tui::action::{Action, Context};
use crate::tui::wish::{Alert, Wish};

/// A key goes so many milliseconds on, or back.
const STEP: i64 = 5_000;

impl Model {
    /// Opens the voicemail, and has the mailboxes read.
    pub(super) fn show_voicemail(&mut self) {
        let with_voicemail = self.state.accounts.iter().filter(|(_, account)| account.links.contains_key(&Service::Voicemail));
        let accounts: Vec<AccountName> = with_voicemail.map(|(name, _)| name.clone()).collect();
        for account in accounts {
            self.command(Command::Voicemail { account, wish: VoicemailWish::Read });
        }
        self.show(Screen::Voicemail);
        // Whoever comes anew begins at the top, unless something is played.
        let playing = self.state.playing.as_ref().map(|playing| (playing.account.clone(), playing.message.clone()));
        self.voicemail.chosen = playing;
        self.voicemail.row = 0;
    }

    /// Opens the voicemail at a message, and plays it.
    pub(super) fn play_found(&mut self, account: AccountName, message: VoicemailId) {
        self.show_voicemail();
        self.voicemail.chosen = Some((account, message));
        self.act_in_voicemail(Action::Play);
    }

    /// Plays a message that stands in the conversation.
    pub(super) fn play_entry(&mut self, message: VoicemailId) {
        if let Some(account) = self.whom().map(|whom| whom.account.clone()) {
            self.play_found(account, message);
        }
    }

    /// A message of the mailbox is chosen in the conversation.
    pub(super) fn chosen_voicemail(&self) -> bool {
        let timeline = self.timeline();
        matches!(timeline.and_then(|timeline| timeline.item(timeline.chosen()?)), Some(Item::Voicemail(_)))
    }

    /// What somebody has left in the mailbox stands in the conversation with them.
    pub(super) fn place_voicemail(&mut self, whom: &Whom) {
        let Some(account) = self.state.accounts.get(&whom.account) else { return };
        let user = whom.with.split_once('@').map_or(whom.with.as_str(), |(user, _)| user);
        let (number, contact) = (dialled(user), account.contacts.get(&whom.with));
        let is_theirs = |message: &&Voicemail| {
            let calls = number.is_some() && dialled(message.number.raw()) == number;
            let is_named = !message.name.is_empty() && contact.is_some_and(|contact| contact.name == message.name);
            (calls || is_named) && !message.deleted && message.at.is_some()
        };
        let left = account.mailbox.messages.iter().filter(is_theirs).cloned().collect();
        if let Some((_, timeline)) = self.timelines.iter_mut().find(|(of, timeline)| of == whom && !timeline.waits()) {
            timeline.set_voicemail(left);
        }
    }

    pub(super) fn act_in_voicemail(&mut self, action: Action) {
        let messages = messages(&self.state);
        let row = self.voicemail.row_of(&messages);
        let last = messages.len().saturating_sub(1);
        let key_of = |row: usize| messages.get(row).map(|(account, message)| ((*account).clone(), message.id.clone()));
        let to = moved(action, row, last, self.voicemail.height);
        let (here, next, aim) =
            (messages.get(row).map(|(account, message)| ((*account).clone(), (*message).clone())), key_of(row + 1), key_of(to));
        self.voicemail.row = to;
        self.voicemail.chosen = aim;
        match action {
            Action::Pause => return self.pause_voicemail(here),
            Action::SeekBack => return self.seek_voicemail(-STEP),
            Action::SeekOn => return self.seek_voicemail(STEP),
            Action::StopPlaying => return self.command(Command::Player(PlayerWish::Stop)),
            Action::UndeleteVoicemail => return self.undelete_voicemail(here),
            _ => {}
        }
        let Some((account, message)) = here else {
            if !MOVES.contains(&action) {
                self.say("There is no message here.");
            }
            return;
        };
        match action {
            Action::Open | Action::Play => self.wish_voicemail(account, VoicemailWish::Play(message.id)),
            Action::MarkHeard => {
                self.wish_voicemail(account, VoicemailWish::Mark { message: message.id, read: !message.read });
            }
            Action::DeleteVoicemail if message.deleted => self.say("This message is deleted already."),
            Action::DeleteVoicemail => {
                self.voicemail.deleted = Some((account.clone(), message.id.clone()));
                // What is deleted goes to the end of the list; the user stays where they are.
                let next_stays = next.filter(|(of, id)| self.is_kept(of, id));
                self.voicemail.chosen = next_stays;
                self.delete_voicemail(account, &message);
            }
            Action::CallPerson => self.call_back(account, &message),
            _ => {}
        }
    }

    fn is_kept(&self, account: &AccountName, id: &VoicemailId) -> bool {
        let mailbox = self.state.accounts.get(account).map(|account| &account.mailbox);
        mailbox.and_then(|mailbox| mailbox.message(id)).is_some_and(|message| !message.deleted)
    }

    fn wish_voicemail(&mut self, account: AccountName, wish: VoicemailWish) {
        self.command(Command::Voicemail { account, wish });
    }

    /// What is played stands still or goes on; where nothing is, the chosen message is played.
    fn pause_voicemail(&mut self, here: Option<(AccountName, Voicemail)>) {
        match (self.state.playing.as_ref().map(|playing| playing.phase), here) {
            (Some(PlayPhase::Playing | PlayPhase::Waiting), _) => self.command(Command::Player(PlayerWish::Pause(true))),
            (Some(PlayPhase::Paused | PlayPhase::Ended), _) => self.command(Command::Player(PlayerWish::Pause(false))),
            (None, Some((account, message))) => self.wish_voicemail(account, VoicemailWish::Play(message.id)),
            (None, None) => self.say("There is no message here."),
        }
    }

    fn seek_voicemail(&mut self, by: i64) {
        match self.state.playing {
            Some(_) => self.command(Command::Player(PlayerWish::Seek(by))),
            None => self.say("Nothing is played."),
        }
    }

    fn delete_voicemail(&mut self, account: AccountName, message: &Voicemail) {
        let keeps = self.state.accounts.get(&account).is_some_and(|account| account.mailbox.keeps_deleted);
        if keeps {
            return self.wish_voicemail(account, VoicemailWish::Delete(message.id.clone()));
        }
        let facts = vec![
            ("From".to_owned(), caller(message)),
            (String::new(), "This server keeps nothing that is deleted: it cannot be put back.".to_owned()),
        ];
        let delete = Answer::DeleteVoicemail(account, message.id.clone());
        let answers = vec![('d', "delete it for good", delete), ('n', "keep it", Answer::Leave)];
        self.overlays.push(Overlay::Question(Question::new("Delete this message?", facts, answers)));
    }

    /// The chosen message is put back, if it is deleted; else the one that was deleted last.
    fn undelete_voicemail(&mut self, here: Option<(AccountName, Voicemail)>) {
        let chosen = here.filter(|(_, message)| message.deleted).map(|(account, message)| (account, message.id));
        let is_deleted = |(account, id): &(AccountName, VoicemailId)| {
            let mailbox = self.state.accounts.get(account).map(|account| &account.mailbox);
            mailbox.and_then(|mailbox| mailbox.message(id)).is_some_and(|message| message.deleted)
        };
        match chosen.or_else(|| self.voicemail.deleted.clone().filter(is_deleted)) {
            Some((account, id)) => {
                self.voicemail.chosen = Some((account.clone(), id.clone()));
                self.wish_voicemail(account, VoicemailWish::Undelete(id));
            }
            None => self.say("This message is not deleted."),
        }
    }

    /// Calls who left it, where that is a number: what else a server writes there is not dialled.
    fn call_back(&mut self, account: AccountName, message: &Voicemail) {
        let number = message.number.raw().trim();
        if let Some(number) = dialled(number) {
            if let Some(PlayPhase::Playing) = self.state.playing.as_ref().map(|playing| playing.phase) {
                self.command(Command::Player(PlayerWish::Pause(true)));
            }
            self.call(Some(account), &number);
        } else if number.is_empty() {
            self.say("Nobody knows the number that called.");
        } else {
            self.say(format!("{} is no number that could be called back.", visible_line(number)));
        }
    }

    /// Who has left a message that is new, before that is applied.
    pub(super) fn new_voicemail(&self, event: &Event) -> Option<Alert> {
        let Event::Voicemail { account, told: VoicemailTold::Listed { messages, .. } } = event else { return None };
        let mailbox = self.state.accounts.get(account).map(|account| &account.mailbox).filter(|mailbox| mailbox.known)?;
        let new = |message: &&Voicemail| !message.read && !message.deleted && mailbox.message(&message.id).is_none();
        let message = messages.iter().find(new)?;
        Some(Alert { who: caller(message), what: "has left you voicemail".into(), call: false })
    }

    pub(super) fn heard_voicemail(&mut self, account: &AccountName, told: &VoicemailTold, new: Option<Alert>) {
        match told {
            VoicemailTold::Refused { problem, .. } => self.say(visible_line(&problem.to_string())),
            VoicemailTold::Changed(message) if message.deleted => {
                let undo = self.setup.keymap.keys_of(Action::UndeleteVoicemail, Context::Voicemail).into_iter().next();
                let is_last = self.voicemail.deleted.as_ref() == Some(&(account.clone(), message.id.clone()));
                if let (Some(key), true) = (undo, is_last) {
                    self.say(format!("Deleted. {key} puts it back."));
                }
            }
            _ => {}
        }
        let shown: Vec<Whom> = self.timelines.iter().map(|(whom, _)| whom.clone()).collect();
        shown.iter().for_each(|whom| self.place_voicemail(whom));
        if let Some(alert) = new {
            self.say(self.with_key(&format!("{} {}", alert.who, alert.what), Action::ShowVoicemail));
            self.wish(Wish::Notify(alert));
        }
    }
}
