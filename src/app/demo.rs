//! `offhook demo`: the lab and the screen in one process. Its account signs in by the documented path, everything is below
//! one folder that goes when the demo ends, and nothing of the user's own is read or written.

mod calls;

use crate::app::lab::{Folder, Lab};
use crate::app::screen;
use crate::engine::event::{AccountName, Problem};
use crate::io::accounts::{Accounts, StoredAccount, Typed};
use crate::io::aside::aside;
use crate::io::driver::looping::Clocks;
use crate::io::paths::Paths;
use crate::lab::Site;
use crate::tui::action::Action;

/// The account's name.
const NAME: &str = "demo";

/// Runs it until the user leaves.
///
/// # Errors
/// The lab cannot start, or there is no terminal that can be used.
pub async fn run(site: &Site, seed: u64) -> Result<(), Problem> {
    let folder = Folder::new()?;
    let paths = Paths::below(folder.path());
    let questions = calls::past(&AccountName(NAME.into()), site, Clocks::start().stamp(), seed);
    let history = paths.history()?;
    let keep = aside("history", move || calls::keep(&history, &questions));
    let (lab, kept) = tokio::join!(Lab::start(site, seed), keep);
    let lab = lab?;
    kept.unwrap_or_else(|why| Err(Problem::local(why, "")))?;
    add_account(&paths, &lab)?;
    let ran = screen::run_in(&paths, Some(Action::Tour)).await;
    lab.end().await;
    ran
}

/// The first account of the lab, whose password is made up like all the rest.
fn add_account(paths: &Paths, lab: &Lab) -> Result<(), Problem> {
    let facts = lab.facts();
    let first = facts
        .accounts
        .first()
        .ok_or_else(|| Problem::local("This site has nobody who could sign in.", "Name people in it."))?;
    let quoted = first.password.replace('\'', "'\\''");
    let port = facts.tftp.as_deref().and_then(|server| server.rsplit_once(':')).and_then(|(_, port)| port.parse().ok());
    let typed = Typed {
        address: Some(first.address.clone()),
        dns: facts.dns.clone(),
        cas: Some(facts.cas.clone()),
        ca: Some(facts.ca.clone()),
        tftp_port: port,
        password_command: Some(format!("printf %s '{quoted}'")),
        ..Typed::default()
    };
    let name = AccountName(NAME.into());
    let stored = StoredAccount::check(name, typed).map_err(|wrong| Problem::local(wrong.what, "Mend the site."))?;
    Accounts::open(paths)?.add(&stored).map(drop)
}
