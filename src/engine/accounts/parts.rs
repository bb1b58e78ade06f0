//! The parts of one account: its chat, its phone, its passwords, and how far it is on its way out.

use super::by_address::SignIn;
use super::found;
use super::instance::instance;
use super::name_book::NameBook;
use super::passwords::Passwords;
use crate::engine::ask::{Answer, AskId, Question, StoreQuestion};
use crate::engine::chat::Chat;
use crate::engine::command::Attendance;
use crate::engine::directory::Directory;
use crate::engine::event::{
    CallChange, CallId, Event, Identity, LinkState, Notice, NoticeLevel, Problem, ProblemKind, Service,
};
use crate::engine::output::Output;
use crate::engine::phone::Phone;
use crate::engine::settings::{Account, PhoneAccount};
use crate::engine::signin::Names;
use crate::engine::signin::session::Services;
use crate::engine::voicemail::Mailbox;
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::dns;
use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::Config;
use std::collections::{BTreeMap, BTreeSet};

/// Where the numbers of an account's parts begin.
#[derive(Clone, Copy, Debug)]
pub struct Bases {
    /// Of sign-in by address.
    pub sign_in: u64,
    /// Of chat.
    pub chat: u64,
    /// Of the phone.
    pub phone: u64,
    /// Of the mailbox.
    pub voicemail: u64,
    /// Of the directory.
    pub directory: u64,
}

/// One account.
#[derive(Debug)]
pub struct Parts {
    /// Sign-in by address, where the account has one; it finds the other two.
    pub sign_in: Option<SignIn>,
    /// XMPP, where it has it.
    pub chat: Option<Chat>,
    /// SIP, where it has it.
    pub phone: Option<Phone>,
    /// The mailbox, where sign-in by address has found one.
    pub voicemail: Option<Mailbox>,
    /// The directory, where sign-in by address has found one.
    pub directory: Option<Directory>,
    /// The mailbox is wanted, and waits until the password is known to be the right one.
    pub mailbox_waits: bool,
    /// Its passwords.
    pub passwords: Passwords,
    /// As what it was signed in last.
    pub attendance: Attendance,
    /// It is being removed, and has until then to sign out.
    pub leaving: Option<Moment>,
    /// What sign-in by address has found, and whether its legs may go in clear.
    services: Option<Services>,
    goes_clear: bool,
    /// The names of its servers, where it has found them on open standards.
    names: Option<NameBook>,
    stands: bool,
    /// Calls that go on.
    calls: BTreeSet<CallId>,
    /// Records of calls that are not known to be on disk.
    records: BTreeSet<AskId>,
    /// What was told of its services last.
    links: BTreeMap<Service, LinkState>,
    /// Services that were signed in to since they were found, and whether another could not be connected to.
    reached: BTreeSet<Service>,
    unreached: bool,
    /// There was a call, so that the phone has something to close.
    has_called: bool,
}

impl Parts {
    /// The parts of `account`, signed out, and what the user should know of it. Its questions, flows and calls are
    /// numbered from the bases on.
    #[must_use]
    pub fn new(account: &Account, bases: Bases, chance: &mut Chance, clock: WallClock) -> (Parts, Option<Notice>) {
        let Bases { sign_in, chat, phone, .. } = bases;
        let sign_in =
            account.address.clone().map(|address| SignIn::new(account.name.clone(), address, sign_in, chance.fork(), clock));
        let chat = account.chat.is_some().then(|| Chat::new(account.clone(), chat, chance.fork(), clock));
        let config = account.phone.as_ref().map(|settings| config(account, settings, phone, chance));
        let (phone, notice) = build_phone(account, config, phone, chance, clock);
        let parts = Parts {
            sign_in,
            chat,
            phone,
            voicemail: None,
            directory: None,
            mailbox_waits: false,
            passwords: Passwords::new(account),
            services: None,
            goes_clear: false,
            names: None,
            stands: false,
            attendance: Attendance::Present,
            leaving: None,
            calls: BTreeSet::new(),
            records: BTreeSet::new(),
            links: BTreeMap::new(),
            reached: BTreeSet::new(),
            unreached: false,
            has_called: false,
        };
        (parts, notice)
    }

    /// What the next part of it wants.
    pub fn poll(&mut self) -> Option<Output> {
        let sign_in = self.sign_in.as_mut().and_then(SignIn::poll);
        let chat = sign_in.or_else(|| self.chat.as_mut().and_then(Machine::poll));
        let phone = chat.or_else(|| self.phone.as_mut().and_then(Machine::poll));
        let mailbox = phone.or_else(|| self.voicemail.as_mut().and_then(Machine::poll));
        mailbox.or_else(|| self.directory.as_mut().and_then(Machine::poll))
    }

    /// Time has passed.
    pub fn expire(&mut self, now: Moment) {
        if let Some(sign_in) = &mut self.sign_in {
            sign_in.expire(now);
        }
        if let Some(chat) = &mut self.chat {
            chat.expire(now);
        }
        if let Some(phone) = &mut self.phone {
            phone.expire(now);
        }
        if let Some(mailbox) = &mut self.voicemail {
            mailbox.expire(now);
        }
        if let Some(directory) = &mut self.directory {
            directory.expire(now);
        }
    }

    /// When it has something to do.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        let chat = self.chat.as_ref().and_then(Machine::wake);
        let phone = self.phone.as_ref().and_then(Machine::wake);
        let leaving = self.leaving.map(|at| Wake { at, why: "an account has left" });
        let sign_in = self.sign_in.as_ref().and_then(SignIn::wake);
        let mailbox = self.voicemail.as_ref().and_then(Machine::wake);
        let directory = self.directory.as_ref().and_then(Machine::wake);
        let others = Wake::sooner(mailbox, directory);
        Wake::sooner(Wake::sooner(Wake::sooner(leaving, sign_in), Wake::sooner(chat, phone)), others)
    }

    /// Builds the chat, the phone, the mailbox and the directory that sign-in has found, numbered from new bases on, where they
    /// are not there already. Answers what the account is now, and what the user should know.
    pub fn found(
        &mut self,
        account: &Account,
        services: Services,
        bases: Bases,
        chance: &mut Chance,
        clock: WallClock,
    ) -> (Identity, Option<Notice>) {
        // What the user allows may have changed since the account was read.
        let allow_cleartext = self.sign_in.as_ref().map_or(account.allow_cleartext, SignIn::allows_clear);
        let account = &Account { allow_cleartext, ..account.clone() };
        let domains = self.sign_in.as_ref().map(|sign_in| sign_in.domains().to_vec()).unwrap_or_default();
        let found = found::account(account, &services, domains.first().map_or("", String::as_str));
        self.passwords.found(&found, self.sign_in.as_ref().and_then(SignIn::known));
        (self.reached, self.unreached) = (BTreeSet::new(), false);
        self.names = match &services {
            Services::Standard { names, .. } => Some(NameBook::new(names)),
            Services::Deployment(_) => None,
        };
        let went_clear = std::mem::replace(&mut self.goes_clear, found.allow_cleartext);
        let before = self.services.replace(services.clone()).filter(|_| went_clear == found.allow_cleartext);
        if before.as_ref().is_some_and(|before| before.is_same(&services)) {
            return (identity(&found), None);
        }
        // What has not changed goes on.
        let finds = Finds { account, found, services, before, domains };
        self.find_chat(&finds, bases.chat, chance, clock);
        self.find_directory(&finds, bases.directory);
        self.find_mailbox(&finds, bases.voicemail);
        let notice = self.find_phone(&finds, bases.phone, chance, clock);
        (identity(&finds.found), notice)
    }

    fn find_chat(&mut self, finds: &Finds<'_>, base: u64, chance: &mut Chance, clock: WallClock) {
        let Finds { account, found, services, .. } = finds;
        match (&mut self.chat, &found.chat) {
            (Some(chat), Some(now)) if chat.is_of(&now.jid) => {
                if !finds.same_chat() || services.chat().is_none() {
                    chat.moved(found, services.messages());
                    chat.join(found::group(account, services));
                }
            }
            (chat, now) => {
                let (chance, messages, group) = (chance.fork(), services.messages(), found::group(account, services));
                let new = |_| Chat::new(found.clone(), base, chance, clock).with_messages(messages).with_group(group);
                *chat = now.as_ref().map(new);
            }
        }
    }

    fn find_directory(&mut self, finds: &Finds<'_>, base: u64) {
        let Finds { account, found, services, before, domains } = finds;
        if before.as_ref().and_then(Services::directory) != services.directory() || !finds.same_chat() {
            self.directory = services.directory().map(|place| {
                let setting = found::directory(account, found, place, domains.clone());
                Directory::new(setting, base)
            });
        }
    }

    fn find_mailbox(&mut self, finds: &Finds<'_>, base: u64) {
        let Finds { account, services, before, domains, .. } = finds;
        if before.as_ref().and_then(Services::voicemail) != services.voicemail() {
            let user = account.address.as_ref().map(|address| address.user.clone()).unwrap_or_default();
            let mailbox = |service| Mailbox::new(account.name.clone(), user, domains.clone(), service, base);
            self.voicemail = services.voicemail().map(mailbox);
        }
    }

    fn find_phone(&mut self, finds: &Finds<'_>, base: u64, chance: &mut Chance, clock: WallClock) -> Option<Notice> {
        let Finds { account, found, services, before, .. } = finds;
        let same_phone = self.phone.is_some() && before.as_ref().is_some_and(|before| before.device() == services.device());
        if same_phone && services.device().is_some() {
            return None;
        }
        let config = match services.device() {
            Some(device) => Some(found::config(found, device, base, chance)),
            None => found.phone.as_ref().map(|settings| config(found, settings, base, chance)),
        };
        let (phone, notice) = build_phone(account, config, base, chance, clock);
        self.phone = phone;
        notice
    }

    /// Remembers what is told of it and asked for it.
    pub fn note(&mut self, output: &Output) {
        match output {
            Output::Event(Event::Link { service, state, .. }) => {
                match state {
                    LinkState::Online { .. } => {
                        self.stands |= matches!(service, Service::Chat | Service::Phone);
                        self.reached.insert(*service);
                    }
                    LinkState::Waiting { why, .. } | LinkState::Failed(why) => {
                        let counts = matches!(service, Service::Chat | Service::Phone) && why.kind != ProblemKind::Password;
                        self.unreached |= counts && !self.reached.contains(service);
                    }
                    LinkState::Offline | LinkState::Connecting | LinkState::NeedsPassword { .. } => {}
                }
                self.links.insert(*service, state.clone());
            }
            Output::Event(Event::Call { call, change: CallChange::Began { .. } }) => {
                self.has_called = true;
                self.calls.insert(*call);
            }
            Output::Event(Event::Call { call, change: CallChange::Ended { .. } }) => {
                self.calls.remove(call);
            }
            Output::Ask(id, Question::Store(StoreQuestion::KeepCall { .. })) => {
                self.records.insert(*id);
            }
            _ => {}
        }
    }

    /// Whether the mailbox may begin now, once. One wrong password is tried in one place, not in all at once.
    pub fn take_mailbox(&mut self) -> bool {
        if !self.mailbox_waits {
            return false;
        }
        let begins = self.may_try_password();
        self.mailbox_waits = !begins;
        begins
    }

    /// Somebody has accepted the password, or nobody else tries it.
    fn may_try_password(&self) -> bool {
        let Some(sign_in) = &self.sign_in else { return false };
        let alone = !sign_in.wanted().chat && !sign_in.wanted().phone;
        alone || sign_in.is_proven() || self.reached.iter().any(|service| *service != Service::SignIn)
    }

    /// The password of the account, where it may be tried in one place more.
    #[must_use]
    pub fn tried_password(&self) -> Option<Secret> {
        self.sign_in.as_ref().filter(|_| self.may_try_password())?.known().cloned()
    }

    /// Whether a service that was found could not be connected to, once.
    pub fn take_unreached(&mut self) -> bool {
        std::mem::take(&mut self.unreached)
    }

    /// A question of one of its parts is answered.
    pub fn answered(&mut self, id: AskId, answer: &Answer) {
        self.records.remove(&id);
        if let (Some(names), Answer::Dns(answer)) = (&mut self.names, answer) {
            names.answered(id, answer);
        }
    }

    /// Chat or phone asks the DNS: what is remembered of that.
    pub fn name(&mut self, id: AskId, question: &dns::Question) -> Option<dns::Answer> {
        self.names.as_mut()?.ask(id, question)
    }

    /// By which names the services that stand have found their servers, where that is new.
    pub fn take_names(&mut self) -> Option<Names> {
        let names = self.names.as_mut().filter(|_| self.stands)?;
        names.take_news()
    }

    /// What was told of a service last.
    #[must_use]
    pub fn link(&self, service: Service) -> Option<&LinkState> {
        self.links.get(&service)
    }

    /// The calls that go on.
    pub fn calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.iter().copied()
    }

    /// Nothing of it is signed in, or tries to be, no call goes on, and all calls are in the history.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let closed = !self.has_called || self.links.contains_key(&Service::Phone);
        let off = |link: &LinkState| matches!(link, LinkState::Offline | LinkState::Failed(_));
        self.calls.is_empty() && self.records.is_empty() && closed && self.links.values().all(off)
    }
}

/// What sign-in has found now, beside what it had found before.
struct Finds<'a> {
    /// The account as the user has made it.
    account: &'a Account,
    /// The same with what was found filled in.
    found: Account,
    services: Services,
    before: Option<Services>,
    /// The domains that its own servers lie in.
    domains: Vec<String>,
}

impl Finds<'_> {
    fn same_chat(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.chat() == self.services.chat())
    }
}

/// What an account is, for people.
#[must_use]
pub fn identity(account: &Account) -> Identity {
    Identity {
        address: account.address.as_ref().map(ToString::to_string),
        jid: account.chat.as_ref().map(|chat| chat.jid.clone()),
        sip: account.phone.as_ref().map(|phone| phone.address.clone()),
        allow_cleartext: account.allow_cleartext,
    }
}

/// The phone of an account that is to have one; where its user agent cannot be told what it needs, a notice of that.
fn build_phone(
    account: &Account,
    config: Option<Result<Config, Problem>>,
    base: u64,
    chance: &mut Chance,
    clock: WallClock,
) -> (Option<Phone>, Option<Notice>) {
    match config.transpose() {
        Ok(config) => (config.map(|config| Phone::new(account.name.clone(), config, base, chance.fork(), clock)), None),
        Err(problem) => (None, Some(Notice { account: Some(account.name.clone()), level: NoticeLevel::Error, problem })),
    }
}

/// What the account's user agent is told.
fn config(account: &Account, phone: &PhoneAccount, base: u64, chance: &mut Chance) -> Result<Config, Problem> {
    let uri = |text: &str| {
        Uri::parse(text).map_err(|error| {
            Problem::new(
                ProblemKind::Local,
                format!("Account {} has an address that is no SIP URI: {error}.", account.name),
                "Add the account again, with a SIP address as in sip:alice@example.test.",
            )
        })
    };
    Ok(Config {
        address: uri(&phone.address)?,
        proxies: phone.proxy.as_deref().map(uri).transpose()?.into_iter().collect(),
        digest_user: None,
        device: None,
        allow_cleartext: account.allow_cleartext,
        instance: instance(chance),
        product: concat!("offhook/", env!("CARGO_PKG_VERSION")).into(),
        display_name: None,
        first_flow: FlowId(base),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::command::Services as Wanted;
    use crate::engine::event::AccountName;
    use crate::engine::output::SipOut;
    use crate::engine::phone::PhoneIn;
    use crate::engine::settings::ByAddress;
    use crate::engine::signin::Launch;
    use crate::machine::Stamp;
    use crate::protocol::sip::flow::Transport;

    const BASES: Bases = Bases { sign_in: 0, chat: 1 << 40, phone: 2 << 40, voicemail: 3 << 40, directory: 4 << 40 };

    struct Room {
        account: Account,
        parts: Parts,
        chance: Chance,
        clock: WallClock,
    }

    impl Room {
        fn new() -> Room {
            let address = ByAddress { user: "ana".into(), domain: "lab.example".into(), dns: None, cas: None, tftp_port: None };
            let name = AccountName("work".into());
            let account = Account { name, address: Some(address), chat: None, phone: None, allow_cleartext: true };
            let (mut chance, clock) = (Chance::seeded(1), WallClock::new(Moment::START, Stamp::default()));
            let (parts, _) = Parts::new(&account, BASES, &mut chance, clock);
            Room { account, parts, chance, clock }
        }

        /// Signs in anew, and finds the same servers of open standards each time.
        fn finds(&mut self, domain: &str, allow_cleartext: bool) -> Identity {
            let sign_in = self.parts.sign_in.as_mut().unwrap();
            sign_in.sign_out();
            sign_in.sign_in(Wanted::ALL, true);
            let asked = std::iter::from_fn(|| sign_in.poll()).find_map(|output| match output {
                Output::Ask(id, Question::Launch(_)) => Some(id),
                _ => None,
            });
            let launch = Launch { user: "ana".into(), domain: domain.into(), allow_cleartext, ..Launch::default() };
            sign_in.answered(Moment::START, asked.unwrap(), Answer::Launch(Ok(Box::new(launch))));
            let services = Services::Standard { phone: true, names: Vec::new() };
            self.parts.found(&self.account, services, BASES, &mut self.chance, self.clock).0
        }

        /// Over what the phone goes to a server that takes calls over TCP alone.
        fn goes_over(&mut self) -> Option<Transport> {
            let phone = self.parts.phone.as_mut().unwrap();
            phone.handle(Moment::START, PhoneIn::SignIn);
            while let Some(output) = phone.poll() {
                match output {
                    Output::Sip(SipOut::Open { transport, .. }) => return Some(transport),
                    Output::Ask(id, Question::Dns(_, question)) => {
                        let srv = dns::Srv { priority: 0, weight: 0, port: 5060, target: "pbx.lab.example".into() };
                        let answer = match &question {
                            dns::Question::Srv(name) if name == "_sip._tcp.lab.example" => dns::Answer::Srv(vec![srv]),
                            dns::Question::Srv(_) => dns::Answer::Srv(vec![]),
                            dns::Question::Naptr(_) => dns::Answer::Naptr(vec![]),
                            dns::Question::Addresses(_) => dns::Answer::Addresses(vec!["192.0.2.1".parse().unwrap()]),
                        };
                        phone.handle(Moment::START, PhoneIn::Answered(id, Answer::Dns(answer)));
                    }
                    _ => {}
                }
            }
            None
        }
    }

    #[test]
    fn whether_legs_may_go_in_clear_is_what_the_last_sign_in_was_begun_with() {
        let mut room = Room::new();
        for (allowed, transport) in [(true, Some(Transport::Tcp)), (false, None), (true, Some(Transport::Tcp))] {
            assert_eq!(room.finds("lab.example", allowed).allow_cleartext, allowed);
            assert_eq!(room.goes_over(), transport);
        }
    }

    #[test]
    fn on_open_standards_the_user_is_one_of_the_domain_whose_records_were_found() {
        let identity = Room::new().finds("link.example", false);
        assert_eq!(identity.jid.as_deref(), Some("ana@link.example"));
        assert_eq!(identity.sip.as_deref(), Some("sip:ana@link.example"));
        assert_eq!(identity.address.as_deref(), Some("ana@lab.example"), "as it was typed");
    }
}
