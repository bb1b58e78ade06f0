//! `offhook reset`: lists what offhook keeps, and removes it.

use super::exit::Exit;
use super::say;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::io::paths::Paths;
use crate::io::reset::{Plan, holders};
use crate::io::secrets::{StoreChoice, Stores, prompt};
use crate::machine::visible_line;
use std::process::ExitCode;

/// `offhook reset`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what is kept of this account; without it, everything
    #[arg(long, value_name = "NAME", value_parser = addresses::account_name)]
    account: Option<AccountName>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(reset(&args))
}

fn reset(Args { account, yes }: &Args) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let [_, data, _, state] = paths.folders();
    let (history, log) = (data.join("history.lock"), state.join("offhook.log"));
    let running = holders(&[&history, &log]);
    if !running.is_empty() {
        let named: Vec<String> = running.iter().map(|holder| format!("{} (process {})", holder.called, holder.pid)).collect();
        let what = format!("Nothing is removed while offhook runs with the same folders: {}.", named.join(", "));
        return Err(Problem::local(what, "End it, then try again."));
    }
    let stores = Stores::new(&paths, StoreChoice::Automatic)?;
    let plan = match account {
        Some(account) => Plan::of_account(&paths, &stores, account)?,
        None => Plan::of_all(&paths, &stores)?,
    };
    if plan.items.is_empty() {
        say::note("There is nothing to remove.");
        return Ok(Exit::Done);
    }
    let mut list = String::from("This will be removed, and cannot be brought back:\n");
    for item in &plan.items {
        list.push_str(&format!("  {}\n", visible_line(&item.to_string())));
    }
    say::results(list.as_bytes())?;
    for stays in &plan.stays {
        say::note(&visible_line(stays));
    }
    if !yes && !agreed()? {
        say::note("Nothing was removed.");
        return Ok(Exit::Done);
    }
    let left = plan.carry_out(&paths, &stores);
    for why in &left {
        say::warning(&visible_line(why));
    }
    match left.len() {
        0 => {
            say::note("All of it is removed.");
            Ok(Exit::Done)
        }
        count => Err(Problem::local(
            format!("{count} could not be removed; the rest is."),
            "Mend what is said above, then try again.",
        )),
    }
}

fn agreed() -> Result<bool, Problem> {
    let refused =
        |_| Problem::local("There is no terminal to ask on: nothing was removed.", "Look the list through, then add --yes.");
    prompt::agreed("Remove all of this?").map_err(refused)
}
