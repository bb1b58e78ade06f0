//! `offhook demo` as it is typed, in a terminal of 120x40: wall time from its start until the account has signed in and
//! people are on the screen, and what screen and lab together have resident then.
//!
//! `cargo bench --bench demo` measures the release; `cargo bench --profile demo --bench demo` what `make demo` builds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/pty/mod.rs"]
mod pty;
#[allow(dead_code, reason = "the screen's bench uses more of it")]
#[path = "screen/terminal.rs"]
mod terminal;

use std::time::Duration;
use terminal::Terminal;

const STARTS: usize = 9;

/// Whoever has signed in reads this: a phone that is registered, and somebody of the cast.
const SIGNED_IN: [&str; 2] = ["ready", "Bob Okafor"];

fn main() {
    let (mut millis, mut resident): (Vec<f64>, Vec<f64>) = (0..STARTS).map(|_| started()).unzip();
    millis.sort_by(f64::total_cmp);
    resident.sort_by(f64::total_cmp);
    let row = |what: &str, of: &[f64]| println!("{what:34}{:>9.1}{:>9.1}{:>9.1}", of[0], of[STARTS / 2], of[STARTS - 1]);
    println!("{:34}{:>9}{:>9}{:>9}", format!("of {STARTS} starts"), "least", "median", "most");
    row("signed in, people seen, ms", &millis);
    row("resident 2 s later, MiB", &resident);
}

/// Milliseconds until it has signed in, and MiB resident when it has come to rest.
fn started() -> (f64, f64) {
    let home = tempfile::tempdir().unwrap();
    let mut command = pty::alone(env!("CARGO_BIN_EXE_offhook").as_ref(), home.path());
    command.arg("demo");
    let mut terminal = Terminal::start(command);
    let shown = terminal.wait_for(&SIGNED_IN);
    terminal.hear(Duration::from_secs(2));
    ((shown - terminal.born).as_secs_f64() * 1000.0, terminal.resident())
}
