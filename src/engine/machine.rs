//! The engine: every account's chat and phone as one machine, and the state that its events fold into.

use super::accounts::{Parts, Seal, Wish, Wishes};
use super::ask::ChosenSound;
use super::chat::ChatIn;
use super::command::{Command, DirectoryWish, VoicemailWish};
use super::directory::DirectoryIn;
use super::event::{AccountName, CallId, DirectoryTold, Event, Notice, Problem, ProblemKind, VoicemailTold};
use super::history::{History, HistoryIn};
use super::input::{Input, PlayerIn, SipIn, SoundIn};
use super::output::Output;
use super::phone::PhoneIn;
use super::settings::Account;
use super::sound::SoundRoom;
use super::state::State;
use super::voicemail::{MailboxIn, Player};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Stamp, Wake, queue};
use std::collections::{BTreeMap, VecDeque};

/// Each part of an account numbers its questions, flows and calls within its own 2³² numbers.
const SPAN: u32 = 32;

/// All accounts of the user.
#[derive(Debug)]
pub struct Engine {
    pub(super) accounts: BTreeMap<AccountName, Parts>,
    /// Those by address, as they are kept: what sign-in finds is filled into a copy.
    pub(super) by_address: BTreeMap<AccountName, Account>,
    pub(super) history: History,
    /// Which part made which numbers.
    pub(super) owners: BTreeMap<u64, Owner>,
    /// So many ranges of numbers were given out; none is given out twice.
    spans: u64,
    pub(super) sound: SoundRoom,
    pub(super) player: Player,
    pub(super) wishes: Wishes,
    pub(super) seal: Seal,
    /// Somebody looks at a screen, and can be asked for passwords.
    pub(super) asks_user: bool,
    pub(super) chance: Chance,
    pub(super) clock: WallClock,
    state: State,
    pub(super) out: VecDeque<Output>,
}

/// Who made a number: an account, and which part of it, or what serves them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    SignIn(AccountName),
    Chat(AccountName),
    Phone(AccountName),
    Voicemail(AccountName),
    Directory(AccountName),
    Sound,
    History,
    Wishes,
}

impl Engine {
    /// An engine for these accounts, none of them signed in. An account whose SIP address does not parse has no phone,
    /// and a notice says so.
    #[must_use]
    pub fn new(accounts: Vec<Account>, chance: Chance, now: Moment, stamp: Stamp) -> Engine {
        let mut engine = Engine {
            accounts: BTreeMap::new(),
            by_address: BTreeMap::new(),
            owners: BTreeMap::new(),
            spans: 0,
            sound: SoundRoom::new(0),
            player: Player::default(),
            wishes: Wishes::new(0),
            seal: Seal::default(),
            asks_user: false,
            chance,
            clock: WallClock::new(now, stamp),
            history: History::new(0),
            state: State::default(),
            out: VecDeque::new(),
        };
        for account in accounts {
            engine.add(&account);
        }
        engine.sound = SoundRoom::new(engine.span(Owner::Sound));
        engine.history = History::new(engine.span(Owner::History));
        engine.wishes = Wishes::new(engine.span(Owner::Wishes));
        engine.settle(now);
        engine
    }

    /// Somebody looks at a screen, and can be asked for passwords.
    #[must_use]
    pub fn with_screen(mut self) -> Engine {
        self.asks_user = true;
        self
    }

    /// The user should know this; told before all that happens.
    pub fn note(&mut self, notice: Notice) {
        self.out.push_back(Output::Event(Event::Notice(notice)));
    }

    /// Signs everybody out, in order.
    pub fn sign_out_all(&mut self, now: Moment) {
        for account in self.accounts.keys().cloned().collect::<Vec<_>>() {
            self.sign_out(now, &account);
        }
        self.settle(now);
    }

    /// Whether nobody is signed in, or tries to be, and no call goes on.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.accounts.values().all(Parts::is_quiet)
    }

    /// What is true now: the fold of all events that were polled.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Gives the next range of numbers to a part.
    pub(super) fn span(&mut self, owner: Owner) -> u64 {
        self.spans += 1;
        self.owners.insert(self.spans, owner);
        self.spans << SPAN
    }

    /// Who made this number.
    pub(super) fn owner(&self, number: u64) -> Option<&Owner> {
        self.owners.get(&(number >> SPAN))
    }

    pub(super) fn chat(&mut self, now: Moment, account: &AccountName, input: ChatIn) {
        if let Some(chat) = self.accounts.get_mut(account).and_then(|parts| parts.chat.as_mut()) {
            chat.handle(now, input);
        }
    }

    pub(super) fn phone(&mut self, now: Moment, account: &AccountName, input: PhoneIn) {
        if let Some(phone) = self.accounts.get_mut(account).and_then(|parts| parts.phone.as_mut()) {
            phone.handle(now, input);
        }
    }

    pub(super) fn mailbox(&mut self, now: Moment, account: &AccountName, input: MailboxIn) {
        if let Some(mailbox) = self.accounts.get_mut(account).and_then(|parts| parts.voicemail.as_mut()) {
            mailbox.handle(now, input);
        }
    }

    pub(super) fn directory(&mut self, now: Moment, account: &AccountName, input: DirectoryIn) {
        let Some(parts) = self.accounts.get_mut(account) else { return };
        let password = parts.tried_password();
        if let Some(directory) = &mut parts.directory {
            directory.know(password);
            directory.handle(now, input);
        }
    }

    /// To the phone that made `number`.
    fn phone_of(&mut self, now: Moment, number: u64, input: PhoneIn) {
        if let Some(Owner::Phone(account)) = self.owner(number).cloned() {
            self.phone(now, &account, input);
        }
    }

    fn call(&mut self, now: Moment, call: CallId, input: PhoneIn) {
        self.phone_of(now, call.0, input);
    }

    fn command(&mut self, now: Moment, command: Command) {
        match command {
            Command::SignIn { account, services } => self.sign_in(now, &account, services),
            Command::SignOut { account } => self.sign_out(now, &account),
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
            Command::GiveUp { account, message } => self.chat(now, &account, ChatIn::GiveUp { message }),
            Command::SetPresence { account, show, status } => self.chat(now, &account, ChatIn::SetPresence { show, status }),
            Command::KeepContact { account, jid, name, groups } => {
                self.chat(now, &account, ChatIn::KeepContact { jid, name, groups });
            }
            Command::RemoveContact { account, jid } => self.chat(now, &account, ChatIn::RemoveContact { jid }),
            Command::AllowSubscription { account, from } => self.chat(now, &account, ChatIn::AllowSubscription { from }),
            Command::RefuseSubscription { account, from } => self.chat(now, &account, ChatIn::RefuseSubscription { from }),
            Command::Typing { account, to, typing } => self.chat(now, &account, ChatIn::Typing { to, typing }),
            // What is on disk.
            Command::ReadConversations { .. }
            | Command::ReadConversation { .. }
            | Command::MarkSeen { .. }
            | Command::KeepDraft { .. }
            | Command::Search { .. }
            | Command::ReadCalls { .. } => self.history.handle(now, HistoryIn::Wanted(command)),
            Command::GivePassword { account, password, keep } => self.give_password(now, &account, &password, keep),
            Command::GivePassphrase { passphrase } => self.give_passphrase(passphrase),
            Command::LeaveSealed => self.leave_sealed(now),
            Command::ReplySignIn { account, reply } => {
                if let Some(sign_in) = self.accounts.get_mut(&account).and_then(|parts| parts.sign_in.as_mut()) {
                    sign_in.reply(now, reply);
                }
            }
            Command::Trust { account, host, port, sha256, session } => {
                self.wish(Wish::Trust { account, host, port, sha256, session });
            }
            Command::ReadSettings { account } => self.wish(Wish::Settings { account, change: None }),
            Command::ChangeSettings { account, settings } => self.wish(Wish::Settings { account, change: Some(settings) }),
            Command::AddAccount(new) => self.wish(Wish::Add(new)),
            Command::RemoveAccount { account } => self.wish(Wish::Remove(account)),
            Command::Voicemail { account, wish } => self.voicemail(now, &account, wish),
            Command::Directory { account, wish } => self.search(now, &account, wish),
            Command::Player(wish) => self.player.wish(wish),
            Command::LookForSound => self.sound.look(),
            Command::ChooseSound { input, output } => self.sound.choose(ChosenSound { input, output }),
            Command::TestSound { on } => self.sound.test(on),
        }
    }

    fn voicemail(&mut self, now: Moment, account: &AccountName, wish: VoicemailWish) {
        match &wish {
            VoicemailWish::Play(message) => {
                let mailbox = self.accounts.get(account).and_then(|parts| parts.voicemail.as_ref());
                let length = mailbox.and_then(|mailbox| mailbox.message(message)).and_then(|message| message.length);
                if !self.player.begin(account, message, length) {
                    return;
                }
            }
            VoicemailWish::Delete(message) => self.player.forget(account, Some(message)),
            _ => {}
        }
        self.mailbox(now, account, MailboxIn::Wish(wish));
    }

    /// Something with a directory. Who asks where there is none hears so.
    fn search(&mut self, now: Moment, account: &AccountName, wish: DirectoryWish) {
        if self.accounts.get(account).is_some_and(|parts| parts.directory.is_some()) {
            return self.directory(now, account, DirectoryIn::Wish(wish));
        }
        let what = format!("Account {account} has no directory: none was found at sign-in.");
        let next = "Sign in to an account whose address finds one: offhook account add NAME --address USER@DOMAIN";
        let problem = Problem::new(ProblemKind::Refused, what, next);
        let told = match wish {
            DirectoryWish::Search { ticket, .. } | DirectoryWish::Show { ticket, .. } => {
                DirectoryTold::Failed { ticket, problem }
            }
            DirectoryWish::Photo(person) => DirectoryTold::Photo { person, photo: Err(problem) },
            DirectoryWish::Cancel => return,
        };
        self.out.push_back(Output::Event(Event::Directory { account: account.clone(), told }));
    }

    /// Whoever plays a message tells of it.
    fn player_told(&mut self, number: u64, told: PlayerIn) {
        if let Some((account, message, why)) = self.player.told(number, told) {
            let problem = Problem::local(format!("This message cannot be played: {why}"), "It can be saved as it is.");
            let told = VoicemailTold::Refused { message, problem };
            self.out.push_back(Output::Event(Event::Voicemail { account, told }));
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
            Input::Answered(id, answer) => self.answered(now, id, answer),
            Input::Xmpp(account, heard) => self.chat(now, &account, ChatIn::Link(heard)),
            Input::Sip(heard) => {
                let flow = match &heard {
                    SipIn::Opened(flow) => flow.id,
                    SipIn::Closed { flow, .. } | SipIn::Received { flow, .. } => *flow,
                };
                self.phone_of(now, flow.0, PhoneIn::Sip(heard));
            }
            Input::Media(call, told) => self.call(now, call, PhoneIn::Media(call, told)),
            Input::Sound(SoundIn::Player(number, told)) => self.player_told(number, told),
            Input::Sound(told) => self.sound.told(told),
            Input::WallClock(stamp) => {
                self.clock = WallClock::new(now, stamp);
                self.everybody(now, &ChatIn::WallClock(stamp), &PhoneIn::WallClock(self.clock));
            }
            Input::NetworkChanged => {
                for sign_in in self.accounts.values_mut().filter_map(|parts| parts.sign_in.as_mut()) {
                    sign_in.network_changed(now);
                }
                self.everybody(now, &ChatIn::NetworkChanged, &PhoneIn::NetworkChanged);
                for mailbox in self.accounts.values_mut().filter_map(|parts| parts.voicemail.as_mut()) {
                    mailbox.handle(now, MailboxIn::NetworkChanged);
                }
            }
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        for parts in self.accounts.values_mut() {
            parts.expire(now);
        }
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Output> {
        let next = queue::take(&mut self.out).or_else(|| self.history.poll()).or_else(|| self.sound.poll());
        let next = next.or_else(|| self.player.poll());
        if let Some(Output::Event(event)) = &next {
            if let Event::Message { account, message, .. } = event
                && self.state.accounts.get(account).is_some_and(|account| account.comes_late(message))
            {
                // Of those that were unread, some are older.
                self.history.want(Command::ReadConversations { account: account.clone() });
            }
            if let Event::Account { account, .. } = event
                && self.asks_user
            {
                // Who looks at a screen sees the conversations first of all.
                self.history.want(Command::ReadConversations { account: account.clone() });
            }
            self.state.apply(event);
            if let Event::Call { .. } = event {
                self.sound.ring_for(&self.state);
                self.player.hush_for(&self.state);
            }
        }
        next
    }

    fn wake(&self) -> Option<Wake> {
        self.accounts.values().fold(None, |soonest, parts| Wake::sooner(soonest, parts.wake()))
    }
}
