//! Joins the rooms: an account's engine, its hands and its loop, as the headless commands use them.

use crate::engine::Engine;
use crate::engine::command::Command;
use crate::engine::event::{AccountName, Event, LinkState, Notice, NoticeLevel, Problem, Service};
use crate::engine::settings::Account;
use crate::io::accounts::Accounts;
use crate::io::driver::looping::Clocks;
use crate::io::driver::sound_desk::OpenForCall;
use crate::io::driver::{Driver, Ears, Hands};
use crate::io::entropy;
use crate::io::paths::Paths;
use crate::io::store::Store;
use crate::io::tls::{Roots, TlsSettings, Trust, connect::install_provider};
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Commands, inputs and events that may wait.
const WAITING: usize = 256;

/// Signing out in order may take this long; then the process ends all the same.
const SIGN_OUT: Duration = Duration::from_secs(3);

/// Runs `work` to its end on this thread: sockets need no second one, and sound has threads of its own.
///
/// # Errors
/// The system gives us no reactor, or what `work` says.
pub fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    install_provider();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::local(format!("The system has no room for an event loop: {error}."), ""))?;
    runtime.block_on(work)
}

/// One account, driven without a screen.
#[derive(Debug)]
pub struct Headless {
    /// Its settings.
    pub account: Account,
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
    /// What has been told of a service, so that signing out knows what to wait for.
    active: BTreeSet<Service>,
}

impl Headless {
    /// Loads the account and starts its loop. Nothing is connected before a command asks for it.
    ///
    /// # Errors
    /// The account, its authorities or the history cannot be read.
    pub async fn start(account: Option<&str>, sound: OpenForCall) -> Result<Headless, Problem> {
        let paths = Paths::from_environment()?;
        let accounts = Accounts::open(&paths)?;
        let name = accounts.choose(account)?;
        let (stored, warnings) = accounts.load(&name)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let trust = Trust::new(&paths.config()?, paths.runtime());
        let tls = TlsSettings { account: name.clone(), roots: Roots::load(stored.ca.as_deref())?, trust };
        let mut chance = entropy::chance()?;
        let clocks = Clocks::start();
        let (commands, heard_commands) = mpsc::channel(WAITING);
        let (heard_inputs, inputs) = mpsc::channel(WAITING);
        let (told, events) = mpsc::channel(WAITING);
        let account = stored.account.clone();
        let mut store = Store::open(&paths.history()?)?;
        if let Some(problem) = store.take_notice() {
            // Nobody has put anything into the channel yet: there is room.
            let _ = told.try_send(Event::Notice(Notice { account: None, level: NoticeLevel::Warning, problem }));
        }
        let hands = Hands::new(stored, store, tls, sound, chance.fork(), heard_inputs)?;
        let engine = Engine::new(vec![account.clone()], chance, clocks.now(), clocks.stamp());
        let driver = Driver::new(engine, clocks, hands, told);
        let driver = tokio::spawn(driver.run(Ears { commands: heard_commands, inputs }));
        Ok(Headless { account, commands, events, driver, active: BTreeSet::new() })
    }

    /// The account has XMPP.
    ///
    /// # Errors
    /// It has not.
    pub fn needs_chat(&self) -> Result<(), Problem> {
        self.needs(self.account.chat.is_some(), "no XMPP address", "--jid USER@DOMAIN")
    }

    /// The account has SIP.
    ///
    /// # Errors
    /// It has not.
    pub fn needs_phone(&self) -> Result<(), Problem> {
        self.needs(self.account.phone.is_some(), "no SIP address", "--sip sip:USER@DOMAIN")
    }

    fn needs(&self, has: bool, what: &str, flag: &str) -> Result<(), Problem> {
        let name = &self.account.name;
        let next = format!("Add one that has: offhook account add NAME {flag}");
        if has { Ok(()) } else { Err(Problem::local(format!("Account {name} has {what}."), next)) }
    }

    /// What to say when the loop is gone.
    #[must_use]
    pub fn died() -> Problem {
        Problem::local("The engine has stopped, which is a fault of offhook.", "Please report it, with the log.")
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> AccountName {
        self.account.name.clone()
    }

    /// Hands a command to the engine.
    pub async fn command(&self, command: Command) {
        // The loop ends only after this sender is dropped.
        let _ = self.commands.send(command).await;
    }

    /// The next event; `None` only when the loop has died.
    pub async fn event(&mut self) -> Option<Event> {
        let event = self.events.recv().await?;
        self.note(&event);
        Some(event)
    }

    /// Signs out in order, and ends the loop.
    pub async fn sign_out(mut self) {
        self.command(Command::SignOut { account: self.name() }).await;
        let quiet = async {
            while !self.active.is_empty() {
                let Some(event) = self.events.recv().await else { return };
                self.note(&event);
            }
        };
        // What the servers do not answer in time they find out by themselves.
        let _ = tokio::time::timeout(SIGN_OUT, quiet).await;
        drop((self.commands, self.events));
        let _ = self.driver.await;
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Link { service, state: LinkState::Offline | LinkState::Failed(_), .. } => {
                self.active.remove(service);
            }
            Event::Link { service, .. } => {
                self.active.insert(*service);
            }
            Event::Call { .. } => {
                self.active.insert(Service::Phone);
            }
            _ => {}
        }
    }
}

/// For commands that make no sound.
#[must_use]
pub fn no_sound() -> OpenForCall {
    Box::new(|_| Err("this command takes no calls".into()))
}
