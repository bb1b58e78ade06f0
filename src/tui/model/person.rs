//! What the user does with one person: opened from what the directory has found, or for somebody of the list; called,
//! written to, added.

use super::card::{Card, Opens};
use super::choose::moved;
use super::people::Stale;
use super::screen::{Model, Overlay, Screen};
use super::search::Search;
use super::whom::Whom;
use crate::engine::command::DirectoryWish;
use crate::engine::event::{AccountName, DirectoryPerson, DirectoryTold, PersonId, Photo, Searchable};
use crate::machine::{RemoteText, visible_line};
use crate::tui::action::Action;

impl Model {
    /// Opens somebody whom the directory has found.
    pub(super) fn open_card(&mut self, account: AccountName, person: DirectoryPerson) {
        self.show(Screen::Person);
        self.people.filter = None;
        let search = std::mem::take(&mut self.people.directory);
        self.leave_search(&search);
        self.stale = Stale::All;
        self.card = Some(Card::new(account, person));
        self.want_photo();
    }

    /// Opens whom this is about, and asks the directory for the rest.
    pub(super) fn show_person(&mut self) {
        let Some(whom) = self.about() else { return self.say("Choose somebody first.") };
        let (person, user) = self.known(&whom);
        let Whom { account, .. } = whom;
        self.open_card(account.clone(), person);
        let (has_one, ticket) = (self.searchable(&account).is_some(), self.ticket());
        match (user, has_one) {
            (Some(person), true) => {
                if let Some(card) = &mut self.card {
                    card.asked = Some(ticket);
                }
                self.directory(account, DirectoryWish::Show { person, ticket });
            }
            (_, true) => self.lacks("The directory knows people of your own domain only."),
            (_, false) => self.lacks("This account has no directory that could know more."),
        }
    }

    fn lacks(&mut self, why: &str) {
        if let Some(card) = &mut self.card {
            card.trouble = Some(why.to_owned());
        }
    }

    fn searchable(&self, account: &AccountName) -> Option<Searchable> {
        self.state.accounts.get(account)?.directory.searchable
    }

    /// What is known of somebody without asking, and their user name where their address is of the account's own domain.
    fn known(&self, whom: &Whom) -> (DirectoryPerson, Option<PersonId>) {
        let account = self.state.accounts.get(&whom.account);
        let own = account.and_then(|account| account.identity.jid.as_deref()?.split_once('@'));
        let parts = whom.with.split_once('@');
        let user = match (own, parts) {
            (Some((_, own)), Some((user, domain))) if own.eq_ignore_ascii_case(domain) => Some(PersonId(user.to_owned())),
            _ => None,
        };
        let person = DirectoryPerson {
            id: user.clone().unwrap_or_else(|| PersonId(whom.with.clone())),
            name: RemoteText::new(whom.name(&self.state)),
            jid: own.map(|_| whom.with.clone()),
            ..DirectoryPerson::default()
        };
        (person, user)
    }

    /// Photos are asked for only where they can be shown and are wanted.
    fn want_photo(&mut self) {
        let Some(Card { account, person, .. }) = &self.card else { return };
        let (account, person) = (account.clone(), person.id.clone());
        let has_photos = self.searchable(&account).is_some_and(|searchable| searchable.photos);
        if has_photos && self.setup.preferences.photos && self.setup.pictures.can_show() {
            self.directory(account, DirectoryWish::Photo(person));
        }
    }

    pub(super) fn heard_card(&mut self, account: &AccountName, told: &DirectoryTold) {
        let Some(card) = self.card.as_mut().filter(|card| card.account == *account) else { return };
        match told {
            DirectoryTold::Found { ticket, people, .. } if card.asked == Some(*ticket) => {
                card.asked = None;
                match people.first() {
                    Some(person) => {
                        let jid = card.person.jid.take().or_else(|| person.jid.clone());
                        card.person = DirectoryPerson { jid, ..person.clone() };
                    }
                    None => card.trouble = Some("The directory does not know them.".to_owned()),
                }
            }
            DirectoryTold::Failed { ticket, problem } if card.asked == Some(*ticket) => {
                card.asked = None;
                card.trouble = Some(visible_line(&problem.to_string()));
            }
            DirectoryTold::Photo { person, photo } if *person == card.person.id => match photo {
                Ok(photo) if self.setup.pictures.shows(photo) => card.photo = Some(photo.clone()),
                Ok(_) => {
                    card.no_photo = Some("There is a photo, a JPEG: this terminal takes PNG only as it comes.".to_owned());
                }
                Err(problem) => card.no_photo = Some(visible_line(&problem.what)),
            },
            _ => {}
        }
    }

    pub(super) fn act_in_person(&mut self, action: Action) {
        let Some(card) = &mut self.card else { return };
        let ways = card.ways();
        let last = ways.len().saturating_sub(1);
        let here = ways.get(card.row.min(last)).map(|way| way.opens.clone());
        card.row = moved(action, card.row, last, ways.len());
        match action {
            Action::Open => match here {
                Some(Opens::Call(target)) => self.call_card(&target),
                Some(Opens::Chat(_)) => self.chat_card(),
                Some(Opens::Nothing(why)) => self.say(why),
                None => self.say("There is no way to reach them that is known."),
            },
            Action::CallPerson => {
                let chosen = here.and_then(|opens| if let Opens::Call(target) = opens { Some(target) } else { None });
                match chosen.or_else(|| self.card.as_ref()?.person.dials()) {
                    Some(target) => self.call_card(&target),
                    None => self.say("The directory has no number for them."),
                }
            }
            Action::Write => self.chat_card(),
            Action::Rename => self.add_card(),
            _ => {}
        }
    }

    fn call_card(&mut self, target: &str) {
        let account = self.card.as_ref().map(|card| card.account.clone());
        self.call(account, target);
    }

    fn chat_card(&mut self) {
        let whom = self.card.as_ref().and_then(|card| Some(Whom::new(&card.account, card.person.jid.as_ref()?)));
        match whom {
            Some(whom) => self.open_chat(whom),
            None => self.say("They cannot be written to: this account has no chat, or they have no address there."),
        }
    }

    /// Puts whoever is looked at among the user's people, with their name.
    pub(super) fn add_card(&mut self) {
        let Some(card) = &self.card else { return };
        let Some(jid) = card.person.jid.clone() else {
            return self.say("They cannot be added: this account has no chat, or they have no address there.");
        };
        let (account, name) = (card.account.clone(), card.person.name.to_string());
        let contact = self.state.accounts.get(&account).and_then(|account| account.contacts.get(&jid));
        if contact.is_some() {
            return self.say(format!("{name} is among your people already."));
        }
        self.ask_person_called(&jid, &name, Some(&account));
    }

    /// Whether a picture is in sight: nothing lies above it.
    #[must_use]
    pub fn picture(&self) -> Option<&Photo> {
        let photo = self.card.as_ref()?.photo.as_ref()?;
        let is_clear = self.screen == Screen::Person && self.overlays.is_empty() && self.setup.preferences.photos;
        is_clear.then_some(photo)
    }

    /// The palette is left: what it has searched for is wanted no longer.
    pub(super) fn close_palette(&mut self) {
        if let Some(Overlay::Palette(mut palette)) = self.overlays.pop_if(|top| matches!(top, Overlay::Palette(_))) {
            let search: Search = std::mem::take(&mut palette.directory);
            self.leave_search(&search);
        }
    }
}
