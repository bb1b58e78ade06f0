//! What a screen would have: a session of the engine in this process, over real sockets, and the fold of its events.

use super::offhook::User;
use super::process::DEADLINE;
use offhook::app::{Session, no_sound};
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{AccountName, Delivery, Event, MessageKey, Presence};
use offhook::engine::state::{AccountState, State};
use offhook::io::paths::Paths;
use offhook::io::tls::connect::install_provider;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

pub struct Desk {
    runtime: Runtime,
    session: Session,
    name: AccountName,
    state: State,
    pub events: Vec<Event>,
}

impl Desk {
    /// Opens what this user has, and signs in the account of this name.
    pub fn sign_in(user: &User<'_>, name: &str) -> Desk {
        install_provider();
        // One thread beside ours: the loop goes on while nobody looks.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let session = runtime.block_on(Session::start_in(&Paths::below(&user.home()), no_sound())).unwrap();
        let name = AccountName(name.to_owned());
        let mut desk = Desk { runtime, session, name: name.clone(), state: State::default(), events: Vec::new() };
        desk.wants(Command::SignIn { account: name, services: Services::CHAT });
        desk.wait_until("is caught up", |desk| desk.account().caught_up);
        desk
    }

    pub fn wants(&mut self, command: Command) {
        self.runtime.block_on(self.session.commands.send(command)).unwrap();
    }

    /// A command of this account.
    pub fn wish(&mut self, command: impl FnOnce(AccountName) -> Command) {
        let command = command(self.name.clone());
        self.wants(command);
    }

    pub fn account(&self) -> AccountState {
        self.state.accounts.get(&self.name).cloned().unwrap_or_default()
    }

    /// Hears events until this holds.
    pub fn wait_until(&mut self, what: &str, holds: impl Fn(&Desk) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !holds(self) {
            let left = until.saturating_duration_since(Instant::now());
            let heard = self.runtime.block_on(async { timeout(left, self.session.events.recv()).await });
            let Ok(Some(event)) = heard else { panic!("it never {what}: {:#?}", self.events) };
            self.state.apply(&event);
            self.events.push(event);
        }
    }

    /// What the user sees of a bare JID.
    pub fn sees(&self, jid: &str) -> Option<Presence> {
        self.account().presence_of(jid).cloned()
    }

    /// Texts of others, in the order in which they were told.
    pub fn bodies(&self) -> Vec<String> {
        let body = |event: &Event| match event {
            Event::Message { message, .. } if !message.ours => Some(message.body.raw().to_owned()),
            _ => None,
        };
        self.events.iter().filter_map(body).collect()
    }

    /// The key of our newest message.
    pub fn newest(&self) -> Option<MessageKey> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Message { message, .. } if message.ours => Some(message.key.clone()),
            _ => None,
        })
    }

    /// The last that was told of a message.
    pub fn delivery(&self, key: &MessageKey) -> Option<Delivery> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Delivery { message, delivery, .. } if message == key => Some(delivery.clone()),
            _ => None,
        })
    }

    /// Notices that were told.
    pub fn notices(&self) -> Vec<String> {
        let what = |event: &Event| match event {
            Event::Notice(notice) => Some(notice.problem.to_string()),
            _ => None,
        };
        self.events.iter().filter_map(what).collect()
    }

    /// Signs out in order, and ends.
    pub fn close(self) {
        self.runtime.block_on(self.session.end());
    }
}
