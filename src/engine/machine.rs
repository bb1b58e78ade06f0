//! The engine: every account's chat and phone as one machine, and the state that its events fold into.

use super::ask::ChosenSound;
use super::chat::{Chat, ChatIn};
use super::command::Command;
use super::event::{AccountName, CallId, Event, LinkState, Notice, NoticeLevel, Problem, ProblemKind};
use super::history::{History, HistoryIn};
use super::input::{Input, SipIn};
use super::output::Output;
use super::phone::{Phone, PhoneIn};
use super::settings::{Account, PhoneAccount};
use super::sound::SoundRoom;
use super::state::{CallPhase, State};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Stamp, Wake};
use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::Config;
use std::collections::{BTreeMap, VecDeque};

/// Each part of an account numbers its questions, flows and calls within its own 2³² numbers.
const SPAN: u32 = 32;

/// All accounts of the user.
#[derive(Debug)]
pub struct Engine {
    accounts: BTreeMap<AccountName, Parts>,
    history: History,
    /// Which part made which numbers.
    owners: BTreeMap<u64, Owner>,
    sound: SoundRoom,
    state: State,
    out: VecDeque<Output>,
}

#[derive(Debug)]
struct Parts {
    chat: Option<Chat>,
    phone: Option<Phone>,
}

/// Who made a number: an account, and which part of it, or what serves them all.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    Chat(AccountName),
    Phone(AccountName),
    Sound,
    History,
}

impl Engine {
    /// An engine for these accounts, none of them signed in. An account whose SIP address does not parse has no phone,
    /// and a notice says so.
    #[must_use]
    pub fn new(accounts: Vec<Account>, mut chance: Chance, now: Moment, stamp: Stamp) -> Engine {
        let clock = WallClock::new(now, stamp);
        let mut engine = Engine {
            accounts: BTreeMap::new(),
            sound: SoundRoom::new(0),
            history: History::new(1 << SPAN),
            owners: BTreeMap::from([(1, Owner::History)]),
            state: State::default(),
            out: VecDeque::new(),
        };
        for account in accounts {
            let name = account.name.clone();
            let chat = account.chat.is_some().then(|| {
                let base = engine.span(Owner::Chat(name.clone()));
                Chat::new(account.clone(), base, chance.fork(), clock)
            });
            let phone =
                account.phone.as_ref().and_then(|settings| match config(&account, settings, engine.next_span(), &mut chance) {
                    Ok(config) => {
                        let base = engine.span(Owner::Phone(name.clone()));
                        Some(Phone::new(name.clone(), config, base, chance.fork(), clock))
                    }
                    Err(problem) => {
                        let account = Some(name.clone());
                        engine.out.push_back(Output::Event(Event::Notice(Notice {
                            account,
                            level: NoticeLevel::Error,
                            problem,
                        })));
                        None
                    }
                });
            engine.accounts.insert(name, Parts { chat, phone });
        }
        engine.sound = SoundRoom::new(engine.span(Owner::Sound));
        engine
    }

    /// Somebody looks at a screen, and can be asked for passwords.
    #[must_use]
    pub fn with_screen(self) -> Engine {
        self
    }

    /// The user should know this; told before all that happens.
    pub fn note(&mut self, notice: Notice) {
        self.out.push_back(Output::Event(Event::Notice(notice)));
    }

    /// Signs everybody out, in order.
    pub fn sign_out_all(&mut self, now: Moment) {
        self.everybody(now, &ChatIn::SignOut, &PhoneIn::SignOut);
    }

    /// Whether nobody is signed in, or tries to be, and no call goes on.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let mut links = self.state.accounts.values().flat_map(|account| account.links.values());
        links.all(|link| matches!(link, LinkState::Offline | LinkState::Failed(_)))
            && self.state.calls.values().all(|call| matches!(call.phase, CallPhase::Ended(_)))
    }

    /// What is true now: the fold of all events that were polled.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Where the numbers of the next part begin.
    fn next_span(&self) -> u64 {
        (self.owners.len() as u64 + 1) << SPAN
    }

    /// Gives the next range of numbers to a part.
    fn span(&mut self, owner: Owner) -> u64 {
        let base = self.next_span();
        self.owners.insert(base >> SPAN, owner);
        base
    }

    fn chat(&mut self, now: Moment, account: &AccountName, input: ChatIn) {
        if let Some(chat) = self.accounts.get_mut(account).and_then(|parts| parts.chat.as_mut()) {
            chat.handle(now, input);
        }
    }

    fn phone(&mut self, now: Moment, account: &AccountName, input: PhoneIn) {
        if let Some(phone) = self.accounts.get_mut(account).and_then(|parts| parts.phone.as_mut()) {
            phone.handle(now, input);
        }
    }

    /// To the phone that made `number`.
    fn phone_of(&mut self, now: Moment, number: u64, input: PhoneIn) {
        if let Some(Owner::Phone(account)) = self.owners.get(&(number >> SPAN)).cloned() {
            self.phone(now, &account, input);
        }
    }

    fn call(&mut self, now: Moment, call: CallId, input: PhoneIn) {
        self.phone_of(now, call.0, input);
    }

    fn command(&mut self, now: Moment, command: Command) {
        match command {
            Command::SignIn { account, services } => {
                if services.chat {
                    self.chat(now, &account, ChatIn::SignIn(services.attendance));
                }
                if services.phone {
                    self.phone(now, &account, PhoneIn::SignIn);
                }
            }
            Command::SignOut { account } => {
                self.chat(now, &account, ChatIn::SignOut);
                self.phone(now, &account, PhoneIn::SignOut);
            }
            Command::Send { account, to, body, ticket } => self.chat(now, &account, ChatIn::Send { to, body, ticket }),
            Command::SendAgain { account, message } => self.chat(now, &account, ChatIn::SendAgain { message }),
            Command::Call { account, target, ticket } => self.phone(now, &account, PhoneIn::Call { target, ticket }),
            Command::Answer { call } => self.call(now, call, PhoneIn::Answer(call)),
            Command::Decline { call, busy } => self.call(now, call, PhoneIn::Decline { call, busy }),
            Command::HangUp { call } => self.call(now, call, PhoneIn::HangUp(call)),
            Command::Hold { call } => self.call(now, call, PhoneIn::Hold { call, hold: true }),
            Command::Resume { call } => self.call(now, call, PhoneIn::Hold { call, hold: false }),
            Command::Dtmf { call, key } => self.call(now, call, PhoneIn::Dtmf { call, key }),
            Command::Mute { call, muted } => self.call(now, call, PhoneIn::Mute { call, muted }),
            // People.
            Command::SetPresence { .. }
            | Command::KeepContact { .. }
            | Command::RemoveContact { .. }
            | Command::AllowSubscription { .. }
            | Command::RefuseSubscription { .. }
            | Command::Typing { .. }
            | Command::GiveUp { .. } => {}
            // What is on disk.
            Command::ReadConversations { account } => self.history.handle(now, HistoryIn::ReadConversations { account }),
            Command::ReadConversation { account, with, from, count, ticket } => {
                self.history.handle(now, HistoryIn::ReadConversation { account, with, from, count, ticket });
            }
            Command::MarkSeen { account, with } => self.history.handle(now, HistoryIn::MarkSeen { account, with }),
            Command::KeepDraft { account, with, text } => {
                self.history.handle(now, HistoryIn::KeepDraft { account, with, text });
            }
            Command::Search { words, count, ticket } => self.history.handle(now, HistoryIn::Search { words, count, ticket }),
            Command::ReadCalls { before, count, ticket } => {
                self.history.handle(now, HistoryIn::ReadCalls { before, count, ticket });
            }
            // Accounts.
            Command::GivePassword { .. } | Command::Trust { .. } | Command::AddAccount(_) | Command::RemoveAccount { .. } => {}
            Command::LookForSound => self.sound.look(),
            Command::ChooseSound { input, output } => self.sound.choose(ChosenSound { input, output }),
            Command::TestSound { on } => self.sound.test(on),
        }
    }

    fn everybody(&mut self, now: Moment, chat: &ChatIn, phone: &PhoneIn) {
        for parts in self.accounts.values_mut() {
            if let Some(part) = &mut parts.chat {
                part.handle(now, chat.clone());
            }
            if let Some(part) = &mut parts.phone {
                part.handle(now, phone.clone());
            }
        }
    }
}

impl Machine for Engine {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Command(command) => self.command(now, command),
            Input::Answered(id, answer) => match self.owners.get(&(id.0 >> SPAN)).cloned() {
                Some(Owner::Chat(account)) => self.chat(now, &account, ChatIn::Answered(id, answer)),
                Some(Owner::Phone(account)) => self.phone(now, &account, PhoneIn::Answered(id, answer)),
                Some(Owner::Sound) => self.sound.answered(answer),
                Some(Owner::History) => self.history.handle(now, HistoryIn::Answered(id, answer)),
                None => {}
            },
            Input::Xmpp(account, heard) => self.chat(now, &account, ChatIn::Link(heard)),
            Input::Sip(heard) => {
                let flow = match &heard {
                    SipIn::Opened(flow) => flow.id,
                    SipIn::Closed { flow, .. } | SipIn::Received { flow, .. } => *flow,
                };
                self.phone_of(now, flow.0, PhoneIn::Sip(heard));
            }
            Input::Media(call, told) => self.call(now, call, PhoneIn::Media(call, told)),
            Input::Sound(told) => self.sound.told(told),
            Input::WallClock(stamp) => {
                self.everybody(now, &ChatIn::WallClock(stamp), &PhoneIn::WallClock(WallClock::new(now, stamp)));
            }
            Input::NetworkChanged => self.everybody(now, &ChatIn::NetworkChanged, &PhoneIn::NetworkChanged),
        }
    }

    fn expire(&mut self, now: Moment) {
        for parts in self.accounts.values_mut() {
            if let Some(chat) = &mut parts.chat {
                chat.expire(now);
            }
            if let Some(phone) = &mut parts.phone {
                phone.expire(now);
            }
        }
    }

    fn poll(&mut self) -> Option<Output> {
        let mut next = self.out.pop_front().or_else(|| self.history.poll());
        for parts in self.accounts.values_mut() {
            next = next.or_else(|| parts.chat.as_mut().and_then(Machine::poll));
            next = next.or_else(|| parts.phone.as_mut().and_then(Machine::poll));
        }
        next = next.or_else(|| self.sound.poll());
        if let Some(Output::Event(event)) = &next {
            self.state.apply(event);
            if let Event::Call { .. } = event {
                self.sound.ring_for(&self.state);
            }
        }
        next
    }

    fn wake(&self) -> Option<Wake> {
        self.accounts.values().fold(None, |soonest, parts| {
            let chat = parts.chat.as_ref().and_then(Machine::wake);
            let phone = parts.phone.as_ref().and_then(Machine::wake);
            Wake::sooner(soonest, Wake::sooner(chat, phone))
        })
    }
}

/// What the account's user agent is told.
fn config(account: &Account, phone: &PhoneAccount, base: u64, chance: &mut Chance) -> Result<Config, Problem> {
    let uri = |text: &str| {
        Uri::parse(text).map_err(|error| {
            Problem::new(
                ProblemKind::Local,
                format!("Account {} has an address that is no SIP URI: {error}.", account.name),
                "Add the account again with --sip sip:USER@DOMAIN.",
            )
        })
    };
    Ok(Config {
        address: uri(&phone.address)?,
        proxy: phone.proxy.as_deref().map(uri).transpose()?,
        allow_cleartext: account.allow_cleartext,
        instance: instance(chance),
        product: concat!("offhook/", env!("CARGO_PKG_VERSION")).into(),
        display_name: None,
        first_flow: FlowId(base),
    })
}

/// A `urn:uuid:` of this run (RFC 5626 §4.1, RFC 4122 §4.4): two processes of one account are two instances.
fn instance(chance: &mut Chance) -> String {
    let hex = chance.hex(16);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
