//! How accounts come and go in a running engine, and how their services get passwords and trust from the user.

use super::by_address::SignIn;
use super::parts::{Bases, Parts, identity};
use super::passwords::{Asked, Stored, Unlocked};
use super::wishes::Wish;
use crate::engine::ask::{Answer, AskId, NoPassword, NotKept, Question, StoreQuestion};
use crate::engine::chat::ChatIn;
use crate::engine::command::Services as Wanted;
use crate::engine::directory::{DirectoryIn, unnamed};
use crate::engine::event::{
    AccountName, CallChange, CallEnd, Event, Figures, LinkState, Notice, NoticeLevel, Problem, ProblemKind, Service,
    VoicemailTold,
};
use crate::engine::history::HistoryIn;
use crate::engine::machine::{Engine, Owner};
use crate::engine::output::{MediaOut, Output};
use crate::engine::phone::PhoneIn;
use crate::engine::settings::Account;
use crate::engine::signin::session::Services;
use crate::engine::voicemail::MailboxIn;
use crate::machine::{Machine, Moment, Secret};
use std::time::Duration;

/// An account that is removed may take this long to sign out; then it is gone all the same.
const LEAVING: Duration = Duration::from_secs(6);

/// The services, in the order in which they sign in.
const SERVICES: [Service; 4] = [Service::SignIn, Service::Chat, Service::Phone, Service::Voicemail];

impl Engine {
    /// Another account, signed out.
    pub(in crate::engine) fn add(&mut self, account: &Account) {
        let name = account.name.clone();
        let bases = self.bases(&name);
        let (parts, notice) = Parts::new(account, bases, &mut self.chance, self.clock);
        self.accounts.insert(name.clone(), parts);
        self.emit(&name, Output::Event(Event::Account { account: name.clone(), identity: identity(account) }));
        if let Some(notice) = notice {
            self.note(notice);
        }
        if account.address.is_some() {
            self.by_address.insert(name, account.clone());
        }
    }

    /// New numbers for the parts of an account.
    fn bases(&mut self, name: &AccountName) -> Bases {
        Bases {
            sign_in: self.span(Owner::SignIn(name.clone())),
            chat: self.span(Owner::Chat(name.clone())),
            phone: self.span(Owner::Phone(name.clone())),
            voicemail: self.span(Owner::Voicemail(name.clone())),
            directory: self.span(Owner::Directory(name.clone())),
        }
    }

    /// The user wants these services of an account.
    pub(in crate::engine) fn sign_in(&mut self, now: Moment, account: &AccountName, services: Wanted) {
        self.ask_for_seal(account);
        let Some(parts) = self.accounts.get_mut(account).filter(|parts| parts.leaving.is_none()) else { return };
        if let Some(sign_in) = &mut parts.sign_in {
            sign_in.sign_in(services, self.asks_user);
            return;
        }
        self.begin_services(now, account, services);
    }

    /// The sign-in of an account by address has found what it has: its chat and its phone begin.
    fn found(&mut self, now: Moment, account: &AccountName, services: Services) {
        let bases = self.bases(account);
        let (mut chance, clock) = (self.chance.fork(), self.clock);
        let (Some(settings), Some(parts)) = (self.by_address.get(account), self.accounts.get_mut(account)) else { return };
        let (identity, notice) = parts.found(settings, services, bases, &mut chance, clock);
        let wanted = parts.sign_in.as_ref().map_or(Wanted::ALL, SignIn::wanted);
        self.emit(account, Output::Event(Event::Account { account: account.clone(), identity }));
        if let Some(notice) = notice {
            self.note(notice);
        }
        self.begin_services(now, account, wanted);
    }

    fn begin_services(&mut self, now: Moment, account: &AccountName, services: Wanted) {
        self.directory(now, account, DirectoryIn::SignIn);
        let Some(parts) = self.accounts.get_mut(account) else { return };
        if services.chat {
            parts.attendance = services.attendance;
            self.begin(now, account, Service::Chat);
        }
        if services.phone {
            self.begin(now, account, Service::Phone);
        }
        if services.voicemail {
            let has_it = self.accounts.get(account).is_some_and(|parts| parts.voicemail.is_some());
            self.begin(now, account, Service::Voicemail);
            // Whoever wants a mailbox and nothing else hears that there is none.
            if !has_it && !services.chat && !services.phone {
                let what = format!("Account {account} has no voicemail: nobody has named a server for it.");
                let problem = Problem::new(ProblemKind::Refused, what, "Ask the administrator for a mailbox.");
                self.tell_link(account, Service::Voicemail, LinkState::Failed(problem));
            }
        }
    }

    /// The user wants nothing more of an account.
    pub(in crate::engine) fn sign_out(&mut self, now: Moment, account: &AccountName) {
        let waiting = self.accounts.get_mut(account).map(|parts| parts.passwords.sign_out()).unwrap_or_default();
        let sealed = self.leave_seal_of(account);
        for (service, id) in waiting.into_iter().chain(sealed) {
            self.answer_service(now, account, service, id, Answer::Password(Err(NoPassword::AskUser)));
            // That it has failed for want of a password is nobody's business any more.
            while let Some(output) = self.accounts.get_mut(account).and_then(Parts::poll) {
                if !matches!(output, Output::Event(Event::Link { .. })) {
                    self.pass(now, account, output);
                }
            }
        }
        self.chat(now, account, ChatIn::SignOut);
        self.phone(now, account, PhoneIn::SignOut);
        if let Some(parts) = self.accounts.get_mut(account) {
            parts.mailbox_waits = false;
        }
        self.mailbox(now, account, MailboxIn::SignOut);
        self.directory(now, account, DirectoryIn::SignOut);
        self.player.forget(account, None);
        if let Some(sign_in) = self.accounts.get_mut(account).and_then(|parts| parts.sign_in.as_mut()) {
            sign_in.sign_out();
        }
    }

    /// The user has typed a password: whatever waits for it goes on.
    pub(in crate::engine) fn give_password(&mut self, now: Moment, account: &AccountName, password: &Secret, keep: bool) {
        if !self.asks_user {
            return;
        }
        let unlocked = self.accounts.get_mut(account).map(|parts| parts.passwords.give(password, keep)).unwrap_or_default();
        for (service, how) in unlocked {
            match how {
                Unlocked::Answer(id, state) => {
                    if let Some(state) = state {
                        self.tell_link(account, service, state);
                    }
                    self.answer_service(now, account, service, id, Answer::Password(Ok(password.clone())));
                }
                Unlocked::SignIn => self.begin(now, account, service),
            }
        }
    }

    /// Asks the world for what the user wants of accounts.
    pub(in crate::engine) fn wish(&mut self, wish: Wish) {
        let (id, question) = self.wishes.ask(wish);
        self.out.push_back(Output::Ask(id, question));
    }

    /// A question of a service, or a wish, is answered.
    pub(in crate::engine) fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        match self.owner(id.0).cloned() {
            Some(Owner::SignIn(account)) => self.service_answered(now, &account, Service::SignIn, id, answer),
            Some(Owner::Chat(account)) => self.service_answered(now, &account, Service::Chat, id, answer),
            Some(Owner::Phone(account)) => self.service_answered(now, &account, Service::Phone, id, answer),
            Some(Owner::Voicemail(account)) => self.service_answered(now, &account, Service::Voicemail, id, answer),
            Some(Owner::Directory(account)) => self.directory(now, &account, DirectoryIn::Answered(id, answer)),
            Some(Owner::Sound) => self.sound.answered(answer),
            Some(Owner::History) => self.history.handle(now, HistoryIn::Answered(id, answer)),
            Some(Owner::Wishes) => {
                if let Some(wish) = self.wishes.answered(id) {
                    self.wish_answered(now, &wish, answer);
                }
            }
            None => {}
        }
    }

    /// Takes what the parts want until all are quiet, and sees off who has left.
    pub(in crate::engine) fn settle(&mut self, now: Moment) {
        loop {
            let wanted = self.accounts.iter_mut().find_map(|(name, parts)| parts.poll().map(|output| (name.clone(), output)));
            if let Some((account, output)) = wanted {
                self.pass(now, &account, output);
                continue;
            }
            let token = |(name, parts): (&AccountName, &mut Parts)| Some((name.clone(), parts.sign_in.as_mut()?.take_token()?));
            let Some((account, (id, token))) = self.accounts.iter_mut().find_map(token) else { break };
            self.chat(now, &account, ChatIn::Answered(id, Answer::Token(token)));
        }
        let begins = |(name, parts): (&AccountName, &mut Parts)| parts.take_mailbox().then(|| name.clone());
        if let Some(account) = self.accounts.iter_mut().find_map(begins) {
            // It takes what sign-in was accepted with; what only the user's typing could mend is not asked for here.
            let sign_in = self.accounts.get(&account).and_then(|parts| parts.sign_in.as_ref());
            let password = sign_in.and_then(SignIn::known).cloned();
            self.mailbox(now, &account, MailboxIn::SignIn(password));
            return self.settle(now);
        }
        let sound = |(name, parts): (&AccountName, &mut Parts)| Some((name.clone(), parts.voicemail.as_mut()?.take_sound()?));
        while let Some((account, (message, file))) = self.accounts.iter_mut().find_map(sound) {
            self.player.there(&account, &message, file);
        }
        let unreached =
            self.accounts.values_mut().filter_map(|parts| if parts.take_unreached() { parts.sign_in.as_mut() } else { None });
        let unreached: Vec<_> = unreached.map(|sign_in| sign_in.unreachable(now)).collect();
        if !unreached.is_empty() {
            return self.settle(now);
        }
        for parts in self.accounts.values_mut() {
            if let (Some(names), Some(sign_in)) = (parts.take_names(), &mut parts.sign_in) {
                sign_in.named(now, names);
                return self.settle(now);
            }
        }
        let found = |(name, parts): (&AccountName, &mut Parts)| Some((name.clone(), parts.sign_in.as_mut()?.take_found()?));
        if let Some((account, services)) = self.accounts.iter_mut().find_map(found) {
            self.found(now, &account, *services);
            return self.settle(now);
        }
        let left = |parts: &Parts| parts.leaving.is_some_and(|until| until <= now || parts.is_quiet());
        let left: Vec<AccountName> =
            self.accounts.iter().filter(|(_, parts)| left(parts)).map(|(name, _)| name.clone()).collect();
        for account in left {
            self.part_with(&account);
        }
    }

    fn begin(&mut self, now: Moment, account: &AccountName, service: Service) {
        let Some(parts) = self.accounts.get_mut(account) else { return };
        let (attendance, waits) = (parts.attendance, parts.passwords.sign_in(service));
        match service {
            Service::SignIn => {
                let asks_user = self.asks_user;
                let Some(sign_in) = self.accounts.get_mut(account).and_then(|parts| parts.sign_in.as_mut()) else { return };
                sign_in.sign_in(sign_in.wanted(), asks_user);
            }
            Service::Chat => self.chat(now, account, ChatIn::SignIn(attendance)),
            Service::Phone => self.phone(now, account, PhoneIn::SignIn),
            Service::Voicemail => {
                if let Some(parts) = self.accounts.get_mut(account) {
                    parts.mailbox_waits = true;
                }
            }
        }
        if let Some(state) = waits {
            self.tell_link(account, service, state);
        }
    }

    /// Hands on what a part of an account wants, unless it is about a password that the user is to type.
    fn pass(&mut self, now: Moment, account: &AccountName, output: Output) {
        match output {
            Output::Ask(id, Question::Token { account, node, fresh }) => {
                match self.accounts.get_mut(&account).and_then(|parts| parts.sign_in.as_mut()) {
                    Some(sign_in) => sign_in.renew(now, id, node, fresh),
                    None => {
                        let problem = Problem::local("This account is not signed in by its address.", "");
                        self.answer_service(now, &account, Service::Chat, id, Answer::Token(Err(problem)));
                    }
                }
            }
            Output::Ask(id, Question::Dns(account, question)) => {
                let service = match self.owner(id.0) {
                    Some(Owner::Phone(_)) => Service::Phone,
                    _ => Service::Chat,
                };
                match self.accounts.get_mut(&account).and_then(|parts| parts.name(id, &question)) {
                    Some(answer) => self.answer_service(now, &account, service, id, Answer::Dns(answer)),
                    None => self.out.push_back(Output::Ask(id, Question::Dns(account, question))),
                }
            }
            Output::Ask(id, Question::Password { account, service }) if self.knows_password(&account, service) => {
                let sign_in = self.accounts.get(&account).and_then(|parts| parts.sign_in.as_ref());
                if let Some(password) = sign_in.and_then(SignIn::known).cloned() {
                    self.answer_service(now, &account, service, id, Answer::Password(Ok(password)));
                }
            }
            Output::Ask(id, Question::Password { account, service }) if self.asks_user => {
                let asked = self.accounts.get_mut(&account).map(|parts| parts.passwords.asked(service));
                match asked {
                    Some(Asked::Answer(password)) => {
                        self.answer_service(now, &account, service, id, Answer::Password(Ok(password)));
                    }
                    Some(Asked::AskWorld) | None => {
                        self.out.push_back(Output::Ask(id, Question::Password { account, service }));
                    }
                }
            }
            Output::Event(Event::Link { account, service, state }) if self.asks_user => {
                self.pass_link(now, &account, service, state);
            }
            Output::Event(Event::Voicemail { told: VoicemailTold::Lamp(lamp), .. }) => {
                self.emit(account, output);
                self.mailbox(now, account, MailboxIn::Lamp(lamp));
            }
            Output::Event(Event::Call { change: CallChange::Began { ref peer, ref name, .. }, .. }) => {
                let unknown = unnamed(peer, name);
                self.emit(account, output);
                if let Some(number) = unknown {
                    self.directory(now, account, DirectoryIn::Caller(number));
                }
            }
            output => self.emit(account, output),
        }
    }

    /// Hands on what a service tells of itself, as far as the user is to see it, and what follows of it for the password.
    fn pass_link(&mut self, now: Moment, account: &AccountName, service: Service, state: LinkState) {
        let Some(parts) = self.accounts.get_mut(account) else { return };
        if let (LinkState::Failed(Problem { kind: ProblemKind::Password, .. }), Some(sign_in)) = (&state, &mut parts.sign_in)
            && matches!(service, Service::Chat | Service::Phone)
        {
            sign_in.refused(now);
        }
        let told = parts.passwords.told(service, state);
        if let Some(problem) = told.notice {
            self.note(Notice { account: Some(account.clone()), level: NoticeLevel::Warning, problem });
        }
        if let Some(state) = told.state {
            self.tell_link(account, service, state);
        }
        if let Some(password) = told.keep {
            self.wish(Wish::Keep { account: account.clone(), service, password });
        }
    }

    /// Nobody looks at a screen, and what sign-in by address was accepted with is the password of its services.
    fn knows_password(&self, account: &AccountName, service: Service) -> bool {
        let sign_in = self.accounts.get(account).and_then(|parts| parts.sign_in.as_ref());
        !self.asks_user && service != Service::SignIn && sign_in.is_some_and(|sign_in| sign_in.known().is_some())
    }

    fn emit(&mut self, account: &AccountName, mut output: Output) {
        if let Output::Ask(_, Question::Store(StoreQuestion::KeepCall { with, call, .. })) = &mut output {
            *with = self.state().partner_of(account, &call.peer, &call.name);
        }
        if let Some(parts) = self.accounts.get_mut(account) {
            parts.note(&output);
        }
        self.out.push_back(output);
    }

    fn tell_link(&mut self, account: &AccountName, service: Service, state: LinkState) {
        self.emit(account, Output::Event(Event::Link { account: account.clone(), service, state }));
    }

    /// The world answers a service, unless the user is to be asked first.
    fn service_answered(&mut self, now: Moment, account: &AccountName, service: Service, id: AskId, answer: Answer) {
        let Some(parts) = self.accounts.get_mut(account) else { return };
        parts.answered(id, &answer);
        if self.asks_user && answer == Answer::Password(Err(NoPassword::Sealed)) {
            return self.wait_for_seal(account, service, id);
        }
        let stored = match &answer {
            Answer::Password(password) if self.asks_user => parts.passwords.answered(service, id, password),
            _ => Stored::Pass,
        };
        match stored {
            Stored::Pass => self.answer_service(now, account, service, id, answer),
            Stored::Use(password) => self.answer_service(now, account, service, id, Answer::Password(Ok(password))),
            Stored::Wait(state) => self.tell_link(account, service, state),
        }
    }

    fn answer_service(&mut self, now: Moment, account: &AccountName, service: Service, id: AskId, answer: Answer) {
        match service {
            Service::SignIn => {
                if let Some(sign_in) = self.accounts.get_mut(account).and_then(|parts| parts.sign_in.as_mut()) {
                    sign_in.answered(now, id, answer);
                }
            }
            Service::Chat => self.chat(now, account, ChatIn::Answered(id, answer)),
            Service::Phone => self.phone(now, account, PhoneIn::Answered(id, answer)),
            Service::Voicemail => self.mailbox(now, account, MailboxIn::Answered(id, answer)),
        }
    }

    fn wish_answered(&mut self, now: Moment, wish: &Wish, answer: Answer) {
        match (wish, answer) {
            (Wish::Add(_), Answer::Account(Ok(account))) => {
                let name = account.name.clone();
                // One of that name may still be on its way out.
                self.part_with(&name);
                self.add(&account);
                self.sign_in(now, &name, Wanted::ALL);
            }
            (Wish::Trust { account, .. }, Answer::Done(Ok(()))) => {
                for service in SERVICES {
                    let failed = self.accounts.get(account).and_then(|parts| parts.link(service));
                    if failed.is_some_and(|state| wish.mends(state)) {
                        self.begin(now, account, service);
                    }
                }
            }
            (Wish::Remove(account), Answer::Done(Ok(()))) => match self.accounts.get_mut(account) {
                Some(parts) => {
                    parts.leaving = Some(now + LEAVING);
                    self.sign_out(now, account);
                }
                None => self.out.push_back(Output::Event(Event::AccountGone { account: account.clone() })),
            },
            (Wish::Keep { account, password, .. }, Answer::Kept(Ok(place))) => {
                if !self.wishes.is_news(account, password) {
                    return;
                }
                let problem = Problem::local(format!("The password of {account} is kept {place}."), "");
                self.note(Notice { account: Some(account.clone()), level: NoticeLevel::Info, problem });
            }
            (Wish::Keep { .. }, Answer::Kept(Err(NotKept::Sealed(file)))) => self.keep_sealed(wish.clone(), file),
            (Wish::Password { account, service, id }, answer @ Answer::Password(_)) => {
                self.service_answered(now, account, *service, *id, answer);
            }
            (Wish::Unseal { .. }, Answer::Unsealed(opened)) => self.unsealed(opened),
            (Wish::Settings { account, change }, Answer::Settings(Ok(settings))) => {
                let (account, changed) = (account.clone(), change.is_some());
                self.out.push_back(Output::Event(Event::Settings { account, settings, changed }));
            }
            (Wish::Settings { account, .. }, Answer::Settings(Err(refusal))) => {
                self.out.push_back(Output::Event(Event::SettingsRefused { account: account.clone(), refusal }));
            }
            (Wish::Add(_), Answer::Account(Err(refusal))) => {
                self.out.push_back(Output::Event(Event::AccountRefused(refusal)));
            }
            (Wish::Keep { account, .. }, Answer::Kept(Err(NotKept::Because(problem))))
            | (Wish::Trust { account, .. } | Wish::Remove(account), Answer::Done(Err(problem))) => {
                self.complain(Some(account.clone()), problem)
            }
            _ => {}
        }
    }

    fn complain(&mut self, account: Option<AccountName>, problem: Problem) {
        self.note(Notice { account, level: NoticeLevel::Error, problem });
    }

    /// An account is gone, and with it all that it had: what comes for it from now on is for nobody.
    fn part_with(&mut self, account: &AccountName) {
        let Some(parts) = self.accounts.remove(account) else { return };
        self.leave_seal_of(account);
        let is_of = |owner: &Owner| match owner {
            Owner::SignIn(name) | Owner::Chat(name) | Owner::Phone(name) => name == account,
            Owner::Voicemail(name) | Owner::Directory(name) => name == account,
            Owner::Sound | Owner::History | Owner::Wishes => false,
        };
        self.owners.retain(|_, owner| !is_of(owner));
        self.by_address.remove(account);
        for call in parts.calls() {
            self.out.push_back(Output::Media(call, MediaOut::Stop));
            let reason = "The account was removed.".into();
            let change = CallChange::Ended { end: CallEnd::Local, reason, figures: Figures::default() };
            self.out.push_back(Output::Event(Event::Call { call, change }));
        }
        self.out.push_back(Output::Event(Event::AccountGone { account: account.clone() }));
    }
}
