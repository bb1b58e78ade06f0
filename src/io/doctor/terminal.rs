//! What the environment and tmux say of the terminal.

use crate::engine::doctor::terminal::Tmux;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// tmux answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// More processes stand above none.
const ABOVE: usize = 64;

/// The first of these that is set says in which characters the terminal is written to (POSIX, section 8.2).
#[must_use]
pub fn locale() -> String {
    let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said).unwrap_or_default()
}

/// Whether stdout is a terminal.
#[must_use]
pub fn is_one() -> bool {
    rustix::termios::isatty(rustix::stdio::stdout())
}

/// Columns and rows, where it says so.
#[must_use]
pub fn size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether one of the processes that we descend from is a mosh server.
#[must_use]
pub fn is_under_mosh() -> bool {
    let mut pid = std::process::id();
    for _ in 0..ABOVE {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return false };
        let field = |name: &str| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim().to_owned());
        if field("Name:").is_some_and(|name| name == "mosh-server") {
            return true;
        }
        match field("PPid:").and_then(|parent| parent.parse().ok()) {
            None | Some(0) => return false,
            Some(parent) => pid = parent,
        }
    }
    false
}

/// What tmux says of itself.
pub async fn tmux() -> Tmux {
    let (clipboard, escape_time) = tokio::join!(option("set-clipboard"), option("escape-time"));
    Tmux { clipboard, escape_time: escape_time.parse().ok() }
}

async fn option(name: &str) -> String {
    let asked = Command::new("tmux").args(["show-options", "-sqv", name]).stdin(Stdio::null()).kill_on_drop(true).output();
    let said = timeout(PATIENCE, asked).await;
    let said = said.ok().and_then(Result::ok).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_default()
}
