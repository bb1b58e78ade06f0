//! What comes of a form that was filled in, an answer that was given, a row of the palette that was chosen, a setting.

use super::asking::SHOWS;
use super::form::{self, Form, Purpose};
use super::palette::{Find, Mode};
use super::question::{Answer, Question};
use super::screen::{Focus, Model, Overlay, Screen};
use super::servers::{self, clear_cas};
use super::settings::About;
use super::whom::{Whom, address_of_uri};
use crate::engine::command::{Command, NewAccount, Services, VoicemailWish};
use crate::engine::event::{AccountName, LinkState, Place, Show};
use crate::machine::Secret;
use crate::tui::action::Action;
use crate::tui::keymap::Key;
use crate::tui::preferences::{NotifyText, Signs};
use crate::tui::wish::Wish;

/// Messages that a search tells at most.
const HITS: u16 = 100;

impl Model {
    pub(super) fn act_in_palette(&mut self, action: Action) {
        let Some(palette) = self.palette() else { return };
        match action {
            Action::Next => palette.go(1),
            Action::Previous => palette.go(-1),
            Action::PageDown => palette.go(8),
            Action::PageUp => palette.go(-8),
            Action::Open | Action::Accept => self.take_found(),
            _ => {
                palette.field.act(action);
                palette.choose_best();
                self.refresh_palette();
            }
        }
    }

    /// What was typed into the palette has changed.
    pub(super) fn refresh_palette(&mut self) {
        let actions = self.actions_below();
        let ticket = self.ticket();
        let state = std::mem::take(&mut self.state);
        let mut search = None;
        if let Some(palette) = self.palette() {
            let (mode, _, words) = palette.wanted();
            if mode == Mode::Search && !words.is_empty() {
                palette.asked = Some(ticket);
                search = Some(words);
            }
            palette.refresh(&state, &actions);
        }
        self.state = state;
        self.search_directories();
        self.rebuild_palette();
        if let Some(words) = search {
            self.command(Command::Search { words, count: HITS, ticket });
        }
    }

    /// What the palette shows is built anew: something was found.
    pub(super) fn rebuild_palette(&mut self) {
        let actions = self.actions_below();
        let state = std::mem::take(&mut self.state);
        if let Some(palette) = self.palette() {
            palette.rebuild(&state, &actions);
        }
        self.state = state;
    }

    /// What could be done below the palette.
    fn actions_below(&mut self) -> Vec<Action> {
        let top = self.overlays.pop();
        let actions = self.actions_here();
        self.overlays.extend(top);
        actions
    }

    fn take_found(&mut self) {
        let found = self.palette().and_then(|palette| palette.taken().cloned());
        let Some(found) = found else { return };
        let mode = self.palette().map(|palette| palette.mode);
        self.close_palette();
        match found {
            Find::Directory(_) => {}
            Find::Person(account, person) => match person.dials().filter(|_| mode == Some(Mode::Dial)) {
                Some(target) => {
                    self.close_all();
                    self.call(Some(account), &target);
                }
                None => self.open_card(account, *person),
            },
            Find::Action(action) => self.act_or_explain(action),
            Find::Chat(whom, _) => self.open_chat(whom),
            Find::Call(whom, _) => self.call(Some(whom.account.clone()), &whom.with),
            Find::BackTo(call, _) => self.show(Screen::Call(call)),
            Find::Dial(target) => {
                self.close_all();
                self.call(None, target.trim());
            }
            Find::ChatTyped(address) => {
                let chat = self.state.accounts.iter().find(|(_, account)| account.identity.jid.is_some());
                if let Some(account) = chat.map(|(name, _)| name.clone()) {
                    self.open_chat(Whom::new(&account, &address));
                }
            }
            Find::Message(hit, _) => {
                let whom = Whom::new(&hit.account, &hit.with);
                self.close_all();
                self.open(whom.clone(), Focus::Main);
                let ticket = self.ticket();
                if let Some(timeline) = self.timeline_mut() {
                    let from = timeline.ask_around(hit.message.key.clone(), ticket);
                    self.read(&whom, from, ticket);
                }
            }
            Find::Voicemail { account, message, .. } => self.play_found(account, message),
            Find::SearchFor(words) => {
                self.act(Action::SearchMessages);
                self.paste(&words);
            }
        }
    }

    pub(super) fn act_in_form(&mut self, action: Action) {
        let Some(form) = self.form() else { return };
        match action {
            Action::NextField | Action::Next => form.next(),
            Action::PreviousField | Action::Previous => form.previous(),
            Action::MoreFields => form.show_more(),
            Action::CharLeft if form.toggle(true) => servers::refit(form),
            Action::CharRight | Action::Toggle if form.toggle(false) => servers::refit(form),
            Action::Accept | Action::Open => self.accept_form(),
            _ => {
                let Some(field) = form.field() else { return };
                let before = field.text().len();
                field.act(action);
                if field.text().len() != before {
                    form.forget_error();
                    form.touched = true;
                }
            }
        }
    }

    fn accept_form(&mut self) {
        if self.form().is_none_or(|form| form.waits) {
            return;
        }
        let Some(Overlay::Form(mut form)) = self.overlays.pop() else { return };
        let done = match form.purpose.clone() {
            Purpose::AddAccount => self.add_account(&form),
            Purpose::AddByHand => self.add_account_by_hand(&form),
            Purpose::Servers(account) => self.set_servers(account, &form),
            Purpose::Password(account) => self.give_password(account, &form),
            Purpose::Passphrase | Purpose::NewPassphrase => self.give_passphrase(&form),
            Purpose::AddPerson => self.add_person(&mut form),
            Purpose::Rename(whom) => {
                let (jid, name) = (whom.with, form.text("Name"));
                self.command(Command::KeepContact { account: whom.account, jid, name, groups: groups(&form) });
                Ok(())
            }
            Purpose::Presence => {
                let show = SHOWS.get(form.choice("You are")).map_or(Show::Available, |(show, _)| *show);
                let status = form.text("Status");
                let chats = self.state.accounts.iter().filter(|(_, account)| account.identity.jid.is_some());
                let accounts: Vec<AccountName> = chats.map(|(name, _)| name.clone()).collect();
                for account in accounts {
                    self.command(Command::SetPresence { account, show, status: status.clone() });
                }
                Ok(())
            }
        };
        match done {
            Err(why) => {
                let missing = Some("Address").filter(|label| form.is_empty(label));
                form.refuse(missing.or(clear_cas(&form).map(|_| "CAS")), why);
            }
            // Whether it is taken is known when it was looked at.
            Ok(()) if matches!(form.purpose, Purpose::AddAccount | Purpose::AddByHand | Purpose::Servers(_)) => {
                form.forget_error();
                form.waits = true;
            }
            Ok(()) => return,
        }
        self.overlays.push(Overlay::Form(form));
    }

    fn add_account(&mut self, form: &Form) -> Result<(), String> {
        let address = form.text("Address");
        if address.is_empty() {
            return Err("An address is wanted, as in ana@lab.example.".into());
        }
        clear_cas(form).map_or(Ok(()), Err)?;
        let account = NewAccount {
            address,
            dns: form.text("Name server"),
            cas: form.text("CAS"),
            tftp_port: form.text("TFTP port"),
            without_cas: !form.flag("Ask Webex"),
            ca: form.text("CA file"),
            allow_cleartext: form.flag("Allow in clear"),
            ..NewAccount::default()
        };
        self.add(form, account);
        Ok(())
    }

    fn add(&mut self, form: &Form, account: NewAccount) {
        self.first_password = form.secret("Password").filter(|password| !password.expose().is_empty());
        self.keep_first = form.flag("Keep in keyring");
        self.command(Command::AddAccount(account));
    }

    fn add_account_by_hand(&mut self, form: &Form) -> Result<(), String> {
        let (jid, sip) = (form.text("Address"), form.text("Phone"));
        if jid.is_empty() && sip.is_empty() {
            return Err("An address is wanted: for chat, for calls, or for both.".into());
        }
        let account = NewAccount {
            jid,
            xmpp_server: form.text("Chat server"),
            sip,
            sip_proxy: form.text("SIP proxy"),
            ca: form.text("CA file"),
            allow_cleartext: form.flag("Allow in clear"),
            ..NewAccount::default()
        };
        self.add(form, account);
        Ok(())
    }

    fn give_password(&mut self, account: AccountName, form: &Form) -> Result<(), String> {
        let password = form.secret("Password").unwrap_or_else(|| Secret::new(String::new()));
        if password.expose().is_empty() {
            return Err("A password is wanted. Esc leaves the account signed out.".into());
        }
        let keep = form.flag("Keep in keyring");
        self.command(Command::GivePassword { account, password, keep });
        Ok(())
    }

    fn add_person(&mut self, form: &mut Form) -> Result<(), String> {
        let jid = form.text("Address");
        if jid.is_empty() {
            return Err("Their address is wanted, as in bo@example.com.".into());
        }
        let chats = self.state.accounts.iter().filter(|(_, account)| account.identity.jid.is_some());
        let account = chats.map(|(name, _)| name.clone()).nth(form.choice("Account"));
        let Some(account) = account else { return Err(self.none_has("No account has chat.")) };
        match jid.split_once('@') {
            Some((user, host)) if !user.is_empty() && !host.is_empty() && !jid.contains(char::is_whitespace) => {}
            None if !jid.contains(char::is_whitespace)
                && let Some(domain) = self.domain_of(&account) =>
            {
                let whole = format!("{jid}@{domain}");
                form.set_text("Address", &whole);
                return Err("That was no whole address. If this is the one, Enter adds them.".into());
            }
            _ => return Err("That is no address: it is as in bo@example.com.".into()),
        }
        self.command(Command::KeepContact { account, jid, name: form.text("Name"), groups: groups(form) });
        Ok(())
    }

    fn domain_of(&self, account: &AccountName) -> Option<String> {
        let jid = self.state.accounts.get(account)?.identity.jid.as_deref()?;
        jid.split_once('@').map(|(_, domain)| domain.to_owned())
    }

    /// Asks for the password of an account.
    pub(super) fn ask_password(&mut self, account: &AccountName, address: &str, refused: bool) {
        let asks =
            |overlay: &Overlay| matches!(overlay, Overlay::Form(Form { purpose: Purpose::Password(of), .. }) if of == account);
        if self.overlays.iter().any(asks) {
            return;
        }
        let about = if refused {
            "The server has refused the last one. It is not tried again by itself."
        } else {
            "It goes to the server only, and only over TLS."
        };
        let inputs = vec![
            form::secret("Password", ""),
            form::flag("Keep in keyring", "Space: keep it in this machine's keyring", false),
        ];
        let title = format!("Password of {}", crate::machine::visible_line(address));
        let mut form = Form::new(Purpose::Password(account.clone()), title, about, inputs);
        form.error = refused.then(|| "Refused.".to_owned());
        self.overlays.push(Overlay::Form(form));
    }

    /// The key is the letter of an answer: it goes before what the key means elsewhere.
    pub(super) fn answers(&self, key: Key) -> bool {
        let Some(Overlay::Question(question)) = self.overlays.last() else { return false };
        key.typed().is_some_and(|letter| question.answer_of(letter).is_some())
    }

    pub(super) fn act_in_question(&mut self, action: Action) {
        let Some(Overlay::Question(question)) = self.overlays.last_mut() else { return };
        let last = question.answers.len().saturating_sub(1);
        match action {
            Action::Next => question.chosen = (question.chosen + 1).min(last),
            Action::Previous => question.chosen = question.chosen.saturating_sub(1),
            Action::Accept | Action::Open => {
                let answer = question.answer();
                self.overlays.pop();
                self.answered(answer);
            }
            _ => {}
        }
    }

    /// An answer was given.
    pub(super) fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Leave => {}
            Answer::Trust { account, certificate, session } => {
                let crate::engine::event::Certificate { host, port, sha256, .. } = *certificate;
                self.command(Command::Trust { account, host, port, sha256, session });
            }
            Answer::RemovePerson(Whom { account, with }) => self.command(Command::RemoveContact { account, jid: with }),
            Answer::RemoveAccount(account) => self.command(Command::RemoveAccount { account }),
            Answer::Allow(Whom { account, with }) => self.command(Command::AllowSubscription { account, from: with }),
            Answer::Refuse(Whom { account, with }) => self.command(Command::RefuseSubscription { account, from: with }),
            Answer::SignOut(account) => self.command(Command::SignOut { account }),
            Answer::Quit => {
                self.keep_draft();
                self.wish(Wish::Quit);
            }
            Answer::SignInAgain(account) => {
                self.asked_about.clear();
                self.command(Command::SignOut { account: account.clone() });
                self.command(Command::SignIn { account, services: Services::ALL });
            }
            Answer::SignIn(account, reply) => self.command(Command::ReplySignIn { account, reply }),
            Answer::AnswerSilently(_) => self.answer(true),
            Answer::DeleteVoicemail(account, message) => {
                self.command(Command::Voicemail { account, wish: VoicemailWish::Delete(message) });
            }
        }
    }

    pub(super) fn act_in_past_calls(&mut self, action: Action) {
        let last = self.past.calls.len().saturating_sub(1);
        self.past.chosen.row = moved(action, self.past.chosen.row, last, self.past.chosen.height);
        let chosen = self.past.calls.get(self.past.chosen.row).cloned();
        if let (Action::Open | Action::CallPerson, Some(past)) = (action, chosen) {
            self.call(Some(past.account), &address_of_uri(past.call.peer.raw()));
        }
        if self.past.more && self.past.asked.is_none() && self.past.chosen.row + 20 > last {
            let before = self.past.calls.last().map(|past: &crate::engine::event::PastCall| -> Place { past.place });
            let ticket = self.ticket();
            (self.past.asked, self.past.failed) = (Some(ticket), None);
            self.command(Command::ReadCalls { before, count: 100, ticket });
        }
    }

    pub(super) fn act_in_notices(&mut self, action: Action) {
        match action {
            Action::Open if self.ask_again() => return,
            Action::Open if self.state.notices.is_empty() => self.say("Nothing waits for you here."),
            Action::Open => self.say("The whole of it stands below the list."),
            Action::Trust => return self.decide_on_certificate('t'),
            Action::TrustOnce => return self.decide_on_certificate('o'),
            _ => {}
        }
        let last = self.state.notices.len().saturating_sub(1);
        self.notices.row = moved(action, self.notices.row, last, self.notices.height);
    }

    pub(super) fn act_in_settings(&mut self, action: Action) {
        let rows = self.setting_rows();
        let can = |at: usize| rows.get(at).is_some_and(|row| row.about.can_be_chosen());
        let last = rows.len().saturating_sub(1);
        let to = moved(action, self.settings.row, last, self.settings.height);
        let (above, below) = ((0..=to).rev().find(|at| can(*at)), (to..=last).find(|at| can(*at)));
        let found = if to >= self.settings.row { below.or(above) } else { above.or(below) };
        self.settings.row = found.unwrap_or(to);
        if let (Action::Open | Action::Toggle, Some(row)) = (action, rows.get(self.settings.row)) {
            match row.about.clone() {
                About::Account(account) if action == Action::Toggle => {
                    if !self.unfolded.remove(&account) {
                        self.unfolded.insert(account);
                        // It goes to the top: what is shown of it now stands below.
                        self.settings.top = usize::MAX;
                    }
                }
                about => self.change_setting(&about),
            }
        }
    }

    fn change_setting(&mut self, about: &About) {
        let next = |all: &[String], now: &str| {
            let at = all.iter().position(|one| one == now).map_or(0, |at| (at + 1) % all.len().max(1));
            all.get(at).cloned().unwrap_or_else(|| now.to_owned())
        };
        let sound = &self.state.sound;
        let next_device = |all: &[String], now: &Option<String>| match now {
            None => all.first().cloned(),
            Some(name) => all.iter().position(|one| one == name).and_then(|at| all.get(at + 1).cloned()),
        };
        let preferences = &mut self.setup.preferences;
        match about {
            About::Heading | About::Text => return,
            About::Account(account) => return self.ask_about_account(account),
            About::AddAccount => return self.ask_account(),
            About::Servers(account) => return self.ask_servers(account),
            About::AddByHand => return self.ask_account_by_hand(),
            About::Input => {
                let (input, output) = (next_device(&sound.inputs, &sound.input), sound.output.clone());
                return self.command(Command::ChooseSound { input, output });
            }
            About::Output => {
                let (input, output) = (sound.input.clone(), next_device(&sound.outputs, &sound.output));
                return self.command(Command::ChooseSound { input, output });
            }
            About::TestSound => {
                let on = self.state.sound_level.is_none();
                return self.command(Command::TestSound { on });
            }
            About::Theme => preferences.theme = next(&self.setup.themes, &preferences.theme),
            About::Keymap => preferences.keymap = next(&self.setup.keymaps, &preferences.keymap),
            About::Signs => preferences.signs = if preferences.signs == Signs::Ascii { Signs::Unicode } else { Signs::Ascii },
            About::Bell => preferences.bell = !preferences.bell,
            About::Notify => {
                let at = NotifyText::ALL.iter().position(|one| *one == preferences.notify).unwrap_or(0);
                preferences.notify = NotifyText::ALL.get((at + 1) % NotifyText::ALL.len()).copied().unwrap_or_default();
            }
            About::Typing => preferences.typing = !preferences.typing,
            About::Photos => preferences.photos = !preferences.photos,
        }
        let kept = preferences.clone();
        self.wish(Wish::Keep(kept));
    }

    fn ask_about_account(&mut self, account: &AccountName) {
        let Some(state) = self.state.accounts.get(account) else { return };
        let signed_in = state.links.values().any(|link| !matches!(link, LinkState::Offline | LinkState::Failed(_)));
        if signed_in {
            let facts = vec![(String::new(), "Signing out ends its calls; what was written stays here.".to_owned())];
            let answers = vec![
                ('o', "sign out", Answer::SignOut(account.clone())),
                ('r', "remove the account", Answer::RemoveAccount(account.clone())),
                ('n', "leave it as it is", Answer::Leave),
            ];
            self.overlays.push(Overlay::Question(Question::new(format!("Account {account}"), facts, answers)));
        } else {
            self.asked_about.clear();
            self.command(Command::SignIn { account: account.clone(), services: Services::ALL });
        }
    }

    /// The screen at its beginning: who has no account is asked for one, and the others are signed in.
    pub fn begin(&mut self) {
        let accounts: Vec<AccountName> = self.state.accounts.keys().cloned().collect();
        if accounts.is_empty() {
            self.screen = Screen::Home;
            return self.ask_account();
        }
        for account in accounts {
            self.command(Command::SignIn { account, services: Services::ALL });
        }
    }
}

fn groups(form: &Form) -> Vec<String> {
    form.text("Groups").split(',').map(|group| group.trim().to_owned()).filter(|group| !group.is_empty()).collect()
}

/// Where one is after `action` in a list whose last row is `last`.
pub(super) fn moved(action: Action, row: usize, last: usize, height: usize) -> usize {
    let page = height.max(2) - 1;
    match action {
        Action::Next => (row + 1).min(last),
        Action::Previous => row.saturating_sub(1),
        Action::PageDown => (row + page).min(last),
        Action::PageUp => row.saturating_sub(page),
        Action::First => 0,
        Action::Last => last,
        _ => row.min(last),
    }
}
