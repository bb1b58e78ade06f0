//! One account, driven without a screen: for the headless commands.

use super::running::{CallSound, Running};
use crate::engine::command::{Command, Services};
use crate::engine::event::{AccountName, Event, Identity, LinkState, Problem, ProblemKind, ProductMode, Service, SignInTold};
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
    found: Option<Found>,
}

/// What the sign-in of an account by address has found.
#[derive(Debug)]
struct Found {
    identity: Identity,
    mode: ProductMode,
    /// What was refused because nobody could be asked.
    refused: Vec<Problem>,
}

impl Headless {
    /// Loads the account and starts its loop. Nothing is connected before a command asks for it.
    ///
    /// # Errors
    /// The account, its authorities or the history cannot be read.
    pub async fn start(account: Option<&AccountName>, sound: OpenForCall) -> Result<Headless, Problem> {
        Headless::open(account, |_| Ok(CallSound::Opened(sound)))
    }

    /// The same, with the sound devices of this machine.
    ///
    /// # Errors
    /// As for [`Headless::start`].
    pub async fn at_devices(account: Option<&AccountName>) -> Result<Headless, Problem> {
        Headless::open(account, |paths| {
            let (devices, problem) = Devices::new(&paths.config()?);
            if let Some(problem) = problem {
                tracing::warn!("{problem}");
            }
            Ok(CallSound::Devices(devices))
        })
    }

    fn open(
        account: Option<&AccountName>,
        sound: impl FnOnce(&Paths) -> Result<CallSound, Problem>,
    ) -> Result<Headless, Problem> {
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
        Ok(Headless { account, running, found: None })
    }

    /// Finds what an account by address has: it signs in, and what is wanted of the services that it finds begins by
    /// itself. An account on open standards has nothing to find. What happens meanwhile is handed to `hear`.
    ///
    /// # Errors
    /// It cannot sign in.
    pub async fn find(&mut self, services: Services, mut hear: impl FnMut(&Event)) -> Result<(), Problem> {
        if self.account.address.is_none() {
            return Ok(());
        }
        self.command(Command::SignIn { account: self.name(), services }).await;
        let (mut refused, mut mode) = (Vec::new(), None);
        loop {
            let event = self.event().await.ok_or_else(Headless::died)?;
            match (&event, mode) {
                (Event::SignIn { told: SignInTold::Refused(problem), .. }, _) => refused.push(problem.clone()),
                (Event::SignIn { told: SignInTold::Found(found), .. }, _) => mode = Some(*found),
                (Event::Account { identity, .. }, Some(mode)) => {
                    self.found = Some(Found { identity: identity.clone(), mode, refused });
                    return Ok(());
                }
                (Event::Link { service: Service::SignIn, state: LinkState::Failed(problem), .. }, _) => {
                    // It may have failed for what was refused.
                    return Err(refused.into_iter().next().unwrap_or_else(|| problem.clone()));
                }
                _ => hear(&event),
            }
        }
    }

    /// Signs in to these services, where that has not begun by finding them.
    pub async fn sign_in(&self, services: Services) {
        if self.found.is_none() {
            self.command(Command::SignIn { account: self.name(), services }).await;
        }
    }

    /// The account has XMPP.
    ///
    /// # Errors
    /// It has not.
    pub fn needs_chat(&self) -> Result<(), Problem> {
        let Some(found) = &self.found else {
            return self.needs(self.account.chat.is_some(), "no XMPP address", "--jid USER@DOMAIN");
        };
        if found.identity.jid.is_some() {
            return Ok(());
        }
        let next = "Calls work: offhook call, offhook answer. The administrator can give you IM and Presence.";
        Err(self.found_no("chat", found, if found.identity.sip.is_some() { next } else { "" }))
    }

    /// The account has XMPP, and may send messages.
    ///
    /// # Errors
    /// It has not, or may not.
    pub fn needs_messages(&self) -> Result<(), Problem> {
        self.needs_chat()?;
        if self.found.as_ref().is_some_and(|found| found.mode == ProductMode::PhoneWithContacts) {
            let what = format!("Chat is switched off for {}: there are contacts and presence only.", self.whom());
            let next = "Nothing was sent. The administrator of the deployment can switch chat on.";
            return Err(Problem::new(ProblemKind::Refused, what, next));
        }
        Ok(())
    }

    /// The account has SIP.
    ///
    /// # Errors
    /// It has not.
    pub fn needs_phone(&self) -> Result<(), Problem> {
        let Some(found) = &self.found else {
            return self.needs(self.account.phone.is_some(), "no SIP address", "--sip sip:USER@DOMAIN");
        };
        if found.identity.sip.is_some() {
            return Ok(());
        }
        let next = "Chat works: offhook send, offhook listen. The administrator can give you a softphone (CSF).";
        Err(self.found_no("phone", found, if found.identity.jid.is_some() { next } else { "" }))
    }

    /// Why sign-in has found no such service: what was refused, else how the deployment is.
    fn found_no(&self, service: &str, found: &Found, next: &str) -> Problem {
        if let Some(refused) = found.refused.first() {
            return refused.clone();
        }
        let what = format!("There is no {service} for {}: the deployment says “{}”.", self.whom(), found.mode.name());
        Problem::new(ProblemKind::Refused, what, next)
    }

    fn whom(&self) -> String {
        self.account.address.as_ref().map_or_else(|| self.account.name.to_string(), ToString::to_string)
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

    /// Whether it was found by its address.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.found.is_some()
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
