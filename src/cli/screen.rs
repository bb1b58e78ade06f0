//! `offhook` alone: the screen.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::say;
use crate::app;
use crate::engine::event::Problem;
use crate::io::discovery::DiscoveryFiles;
use crate::io::paths::Paths;
use crate::io::secrets::{self, Stores};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

/// Runs it. A fault of ours leaves the terminal as it was, and says where to read of it.
#[must_use]
pub fn run() -> ExitCode {
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| app::block_on(screen())));
    say::end(ran.unwrap_or_else(|_| Err(fault())).map(|()| Exit::Done))
}

/// The passphrase of sealed passwords is asked for before the terminal belongs to the screen.
async fn screen() -> Result<(), Problem> {
    let paths = Paths::from_environment()?;
    // Settings that cannot be read are told by the screen.
    if let Ok(settings) = DiscoveryFiles::open(&paths)?.settings() {
        let stores = Stores::new(&paths, settings.password_store())?;
        let mut interrupts = Interrupts::hear()?;
        tokio::select! {
            unlocked = secrets::unlock_on_terminal(&stores) => unlocked.map_err(|why| Problem::local(why, ""))?,
            () = interrupts.next() => return Ok(()),
        }
    }
    app::screen::run().await
}

fn fault() -> Problem {
    let log =
        Paths::from_environment().and_then(|paths| paths.log()).map(|log| format!(" It is written down in {}.", log.display()));
    Problem::local("offhook has failed by a fault of its own.", format!("Please report it.{}", log.unwrap_or_default()))
}
