//! What is asked of the user: forms and questions, as each act needs them.

use super::calls;
use super::form::{self, Form, Purpose};
use super::palette::{Mode, Palette};
use super::question::{Answer, Question};
use super::screen::{Model, Overlay};
use super::servers;
use super::trouble::{has_phone, is_signed_out};
use super::whom::Whom;
use crate::engine::event::{AccountName, LinkState, Service, Show};
use crate::engine::state::AccountState;
use crate::machine::visible_line;
use crate::tui::action::{Action, Context};

/// What one may say of oneself, most available first.
pub const SHOWS: [(Show, &str); 5] = [
    (Show::Available, "available"),
    (Show::Away, "away"),
    (Show::ExtendedAway, "away for long"),
    (Show::DoNotDisturb, "do not disturb"),
    (Show::Offline, "appear offline"),
];

/// Its people can be changed.
fn is_online(account: &AccountState) -> bool {
    matches!(account.links.get(&Service::Chat), Some(LinkState::Online { .. }))
}

impl Model {
    pub(super) fn sign_out(&mut self) {
        let accounts: Vec<AccountName> = self.state.accounts.keys().cloned().collect();
        match accounts.as_slice() {
            [] => self.say("No account is signed in."),
            [only] if self.state.accounts.get(only).is_some_and(is_signed_out) => {
                self.say(self.not_signed_in().unwrap_or_default());
            }
            [only] => self.ask_sign_out(only.clone()),
            _ => {
                self.show_settings();
                self.settings_to_accounts();
                self.say("Choose the account, then Enter.");
            }
        }
    }

    pub(super) fn ask_sign_out(&mut self, account: AccountName) {
        if calls::live(&self.state).iter().any(|(_, call)| call.account == account) {
            let facts = vec![(String::new(), "A call goes on. It would end.".to_owned())];
            let answers = vec![('y', "sign out", Answer::SignOut(account)), ('n', "stay", Answer::Leave)];
            self.overlays.push(Overlay::Question(Question::new("Sign out?", facts, answers)));
        } else {
            self.answered(Answer::SignOut(account));
        }
    }

    pub(super) fn quit(&mut self) {
        if calls::current(&self.state).is_none() {
            return self.answered(Answer::Quit);
        }
        let facts = vec![(String::new(), "A call goes on. It would end.".to_owned())];
        let answers = vec![('y', "leave", Answer::Quit), ('n', "stay", Answer::Leave)];
        self.overlays.push(Overlay::Question(Question::new("Leave offhook?", facts, answers)));
    }

    pub(super) fn open_palette(&mut self, mode: Mode) {
        if mode == Mode::Dial && !self.state.accounts.values().any(has_phone) {
            return self.say(self.no_phone());
        }
        let actions = self.actions_here();
        self.overlays.retain(|overlay| !matches!(overlay, Overlay::Palette(_)));
        let palette = Palette::new(mode, &self.state, &actions);
        self.overlays.push(Overlay::Palette(palette));
    }

    pub(super) fn ask_presence(&mut self) {
        if !self.state.accounts.values().any(|account| account.identity.jid.is_some()) {
            return self.say(self.none_has("No account has chat: nobody sees your status."));
        }
        let now = self.state.accounts.values().find_map(|account| account.presence.clone());
        let (show, status) = now.unwrap_or((Show::Available, String::new()));
        let at = SHOWS.iter().position(|(one, _)| *one == show).unwrap_or(0);
        let all = SHOWS.iter().map(|(_, words)| (*words).to_owned()).collect();
        let inputs = vec![
            form::choice("You are", "Space or arrows: the next one", all, at),
            form::text("Status", "what you do, in a few words; empty for nothing", &status),
        ];
        self.fill_in(Form::new(Purpose::Presence, "What others see of you", "", inputs));
    }

    pub(super) fn ask_person(&mut self, address: &str) {
        self.ask_person_called(address, "", None);
    }

    /// Asks for what is to be kept of somebody, with what is known of them filled in.
    pub(super) fn ask_person_called(&mut self, address: &str, name: &str, account: Option<&AccountName>) {
        let with_chat = self.state.accounts.iter().filter(|(_, account)| account.identity.jid.is_some());
        let accounts: Vec<String> = with_chat.map(|(name, _)| name.0.clone()).collect();
        if accounts.is_empty() {
            return self.say(self.none_has("No account has chat. Add one with an address."));
        }
        if !self.state.accounts.values().any(is_online)
            && let Some(why) = self.not_signed_in()
        {
            return self.say(why);
        }
        let mut inputs = vec![
            form::text("Address", "user@domain", address),
            form::text("Name", "what you call them; empty for the address", name),
            form::text("Groups", "separated by commas; empty for none", ""),
        ];
        if accounts.len() > 1 {
            let at = accounts.iter().position(|one| account.is_some_and(|account| account.0 == *one)).unwrap_or(0);
            inputs.push(form::choice("Account", "Space: the next one", accounts, at));
        }
        let about = "They are asked to let you see their presence.";
        self.fill_in(Form::new(Purpose::AddPerson, "Add somebody", about, inputs));
    }

    pub(super) fn ask_rename(&mut self) {
        let Some(whom) = self.about() else { return self.say("Choose somebody first.") };
        let contact = self.state.accounts.get(&whom.account).and_then(|account| account.contacts.get(&whom.with));
        let Some(contact) = contact else { return self.ask_person(&whom.with.clone()) };
        let groups: Vec<String> = contact.groups.iter().map(ToString::to_string).collect();
        let inputs = vec![
            form::text("Name", "what you call them; empty for the address", &contact.name.to_string()),
            form::text("Groups", "separated by commas; empty for none", &groups.join(", ")),
        ];
        let title = whom.name(&self.state);
        let about = visible_line(&whom.with);
        self.fill_in(Form::new(Purpose::Rename(whom), title, about, inputs));
    }

    pub(super) fn ask_remove(&mut self) {
        let Some(whom) = self.about() else { return self.say("Choose somebody first.") };
        let known = self.state.accounts.get(&whom.account).is_some_and(|account| account.contacts.contains_key(&whom.with));
        if !known {
            return self.say("They are not among your people.");
        }
        let facts = vec![
            ("Address".to_owned(), visible_line(&whom.with)),
            (String::new(), "Neither of you will see the other's presence. Your conversation stays.".to_owned()),
        ];
        let title = format!("Remove {}?", whom.name(&self.state));
        let answers = vec![('y', "remove", Answer::RemovePerson(whom)), ('n', "keep", Answer::Leave)];
        self.overlays.push(Overlay::Question(Question::new(title, facts, answers)));
    }

    pub(super) fn ask_subscription(&mut self, whom: Whom) {
        let facts = vec![("Address".to_owned(), visible_line(&whom.with))];
        let answers = vec![
            ('y', "let them", Answer::Allow(whom.clone())),
            ('n', "do not", Answer::Refuse(whom)),
            ('l', "decide later", Answer::Leave),
        ];
        self.overlays.push(Overlay::Question(Question::new("Somebody asks to see your presence", facts, answers)));
    }

    pub(super) fn ask_account(&mut self) {
        let inputs = vec![
            form::text("Address", "user@domain", ""),
            form::secret("Password", "kept in memory; asked again at the next start unless you keep it"),
            form::flag("Keep in keyring", "Space: keep the password in this machine's keyring", false),
        ];
        let mut more = vec![form::flag("Ask Webex", "Space: ask Webex (CAS) about your domain, or not", true)];
        more.extend(servers::own(|_| String::new()));
        let clear = "Space: questions, files and calls may go unencrypted without being asked about";
        more.push(form::flag("Allow in clear", clear, false));
        let more_key = self.setup.keymap.keys_of(Action::MoreFields, Context::Form).into_iter().next().unwrap_or_default();
        let about = format!(
            "Type your work address and its password: your servers are found by them. {more_key} shows who is asked for that. \
             Servers of your own: {}, then “open standards”. To look around first, leave and run: offhook demo",
            self.palette_key(),
        );
        let form = Form::new(Purpose::AddAccount, self.account_title(), about, inputs).with_more(more);
        self.fill_in(form);
    }

    pub(super) fn ask_account_by_hand(&mut self) {
        let inputs = vec![
            form::text("Address", "user@domain, for chat", ""),
            form::text("Phone", "sip:user@domain, for calls; empty for chat only", ""),
            form::secret("Password", "kept in memory; asked again at the next start unless you keep it"),
            form::flag("Keep in keyring", "Space: keep the password in this machine's keyring", false),
            form::text("Chat server", "HOST:PORT; empty: found by DNS", ""),
            form::text("SIP proxy", "sip:HOST:PORT;transport=tls; empty: found by DNS", ""),
            form::text("CA file", "path of a PEM file; empty: those of this machine", ""),
            form::flag("Allow in clear", "Space: SIP over UDP or TCP and sound without SRTP may go unencrypted", false),
        ];
        let about = "Chat and calls on open standards; Webex is not asked. Nothing goes in clear unless you allow it.";
        self.close_forms();
        self.fill_in(Form::new(Purpose::AddByHand, self.account_title(), about, inputs));
    }

    fn account_title(&self) -> &'static str {
        if self.state.accounts.is_empty() { "Welcome to offhook" } else { "Add an account" }
    }

    /// A key of the palette that is one also where letters are typed.
    fn palette_key(&self) -> String {
        let keys = self.setup.keymap.keys_of(Action::Palette, Context::Everywhere);
        keys.into_iter().find(|key| key.chars().count() > 1).unwrap_or_default()
    }
}
