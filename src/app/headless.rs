//! One account, driven without a screen: for the headless commands.

use super::running::{CallSound, Running};
use crate::engine::command::Command;
use crate::engine::event::{AccountName, Event, Problem};
use crate::engine::settings::Account;
use crate::io::accounts::Accounts;
use crate::io::audio::Devices;
use crate::io::driver::AccountDesk;
use crate::io::driver::sound_desk::OpenForCall;
use crate::io::paths::Paths;
use crate::io::secrets::Asking;

/// One account, driven without a screen.
#[derive(Debug)]
pub struct Headless {
    /// Its settings.
    pub account: Account,
    running: Running,
}

impl Headless {
    /// Loads the account and starts its loop. Nothing is connected before a command asks for it.
    ///
    /// # Errors
    /// The account, its authorities or the history cannot be read.
    pub async fn start(account: Option<&str>, sound: OpenForCall) -> Result<Headless, Problem> {
        Headless::open(account, |_| Ok(CallSound::Opened(sound)))
    }

    /// The same, with the sound devices of this machine.
    ///
    /// # Errors
    /// As for [`Headless::start`].
    pub async fn at_devices(account: Option<&str>) -> Result<Headless, Problem> {
        Headless::open(account, |paths| {
            let (devices, problem) = Devices::new(&paths.config()?);
            if let Some(problem) = problem {
                tracing::warn!("{problem}");
            }
            Ok(CallSound::Devices(devices))
        })
    }

    fn open(account: Option<&str>, sound: impl FnOnce(&Paths) -> Result<CallSound, Problem>) -> Result<Headless, Problem> {
        let paths = Paths::from_environment()?;
        let accounts = Accounts::open(&paths)?;
        let (stored, warnings) = accounts.load(&accounts.choose(account)?)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let account = stored.account.clone();
        let desk = AccountDesk::new(paths.clone(), Asking::Terminal);
        desk.serve(stored)?;
        let running = Running::start(&paths, desk, vec![account.clone()], Vec::new(), sound(&paths)?)?;
        Ok(Headless { account, running })
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
        let _ = self.running.commands.send(command).await;
    }

    /// The next event; `None` only when the loop has died.
    pub async fn event(&mut self) -> Option<Event> {
        self.running.events.recv().await
    }

    /// Signs out in order, and ends the loop.
    pub async fn sign_out(self) {
        self.running.end().await;
    }
}
