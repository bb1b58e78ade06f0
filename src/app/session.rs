//! All accounts of the user, driven for a screen.

use super::running::{CallSound, Running};
use crate::engine::command::Command;
use crate::engine::event::{AccountName, Event, Notice, NoticeLevel, Problem};
use crate::engine::settings::Account;
use crate::io::accounts::Accounts;
use crate::io::audio::Devices;
use crate::io::driver::AccountDesk;
use crate::io::driver::sound_desk::OpenForCall;
use crate::io::paths::Paths;
use crate::io::secrets::Asking;
use tokio::sync::mpsc;

/// What a screen talks to. It does not sign in by itself.
#[derive(Debug)]
pub struct Session {
    /// What the user wants.
    pub commands: mpsc::Sender<Command>,
    /// What happens; `None` only when the loop has died.
    pub events: mpsc::Receiver<Event>,
    /// The accounts there were at the start; each is told by an event before anything else of it.
    pub accounts: Vec<AccountName>,
    driver: tokio::task::JoinHandle<()>,
}

impl Session {
    /// Loads all accounts below these paths and starts their loop. An account that cannot be loaded is told by a notice, and the others
    /// work.
    ///
    /// # Errors
    /// There is no place for accounts, or the history cannot be opened.
    pub async fn start(paths: &Paths) -> Result<Session, Problem> {
        let (devices, problem) = Devices::new(&paths.config()?);
        let notice = |problem| Notice { account: None, level: NoticeLevel::Warning, problem };
        let session = Session::open(paths, CallSound::Devices(devices), problem.map(notice).into_iter().collect())?;
        // The disk is asked for the conversations while the screen is made.
        tokio::task::yield_now().await;
        Ok(session)
    }

    /// As `start`, with everything below these paths, and calls that sound as `sound` opens for them.
    ///
    /// # Errors
    /// As for `start`.
    pub async fn start_in(paths: &Paths, sound: OpenForCall) -> Result<Session, Problem> {
        Session::open(paths, CallSound::Opened(sound), Vec::new())
    }

    fn open(paths: &Paths, sound: CallSound, mut notices: Vec<Notice>) -> Result<Session, Problem> {
        let desk = AccountDesk::new(paths.clone(), Asking::Screen);
        let (accounts, wrong) = load(paths, &desk)?;
        notices.extend(wrong);
        let names = accounts.iter().map(|account| account.name.clone()).collect();
        let Running { commands, events, driver } = Running::start(paths, desk, accounts, notices, sound)?;
        Ok(Session { commands, events, accounts: names, driver })
    }

    /// Signs out in order, as long as servers may take for it, and ends the loop. Other senders of commands must be
    /// gone by then.
    pub async fn end(self) {
        Running { commands: self.commands, events: self.events, driver: self.driver }.end().await;
    }
}

/// All accounts that can be used; what is wrong with the others, and odd in these.
fn load(paths: &Paths, desk: &AccountDesk) -> Result<(Vec<Account>, Vec<Notice>), Problem> {
    let files = Accounts::open(paths)?;
    let (mut accounts, mut notices) = (Vec::new(), Vec::new());
    for name in files.names()? {
        match serve(&files, &name, desk) {
            Ok((account, warnings)) => {
                let odd = |what: String| Notice {
                    account: Some(name.clone()),
                    level: NoticeLevel::Warning,
                    problem: Problem::local(what, ""),
                };
                notices.extend(warnings.into_iter().map(odd));
                accounts.push(account);
            }
            Err(problem) => notices.push(Notice { account: None, level: NoticeLevel::Error, problem }),
        }
    }
    Ok((accounts, notices))
}

fn serve(files: &Accounts, name: &AccountName, desk: &AccountDesk) -> Result<(Account, Vec<String>), Problem> {
    let (stored, warnings) = files.load(name)?;
    let account = stored.account.clone();
    desk.serve(stored)?;
    Ok((account, warnings))
}
