//! sipp with a scenario, and its verdict.

use super::scenario::{Role, Step, compose};
use crate::ports;
use crate::process::{DEADLINE, Process};
use crate::world::World;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

pub const NEEDS: &[&str] = &["sipp"];

pub struct Sipp {
    process: Process,
    repeats: bool,
    port: u16,
    transport: String,
    messages: PathBuf,
    errors: PathBuf,
}

impl Sipp {
    /// Starts it over `udp`, `tcp` or one of them with a 6 for IPv6, and waits until it listens.
    pub fn start(world: &World, role: &Role, transport: &str, steps: &[Step]) -> Sipp {
        let port = ports::free();
        let label = format!("sipp-{port}");
        let scenario = world.write(&format!("{label}.xml"), &compose(role, transport, steps));
        let (messages, errors) = (world.file(&format!("{label}.messages")), world.file(&format!("{label}.errors")));
        let mut command = Command::new("sipp");
        let address = if transport.ends_with('6') { "::1" } else { "127.0.0.1" };
        command.arg("-sf").arg(scenario).args(["-i", address, "-p", &port.to_string()]);
        command.args(["-t", if transport.starts_with("udp") { "u1" } else { "t1" }, "-nostdin", "-timer_resol", "1"]);
        command.args(["-default_behaviors", "abortunexp", "-timeout", "25s", "-timeout_error"]);
        // On a busy machine anything may come twice, and sipp sees to it, unless that is what is looked at.
        let repeats = steps.iter().any(Step::is_repeat);
        command.args(repeats.then_some("-nr"));
        command.arg("-trace_msg").arg("-message_file").arg(&messages);
        command.arg("-trace_err").arg("-error_file").arg(&errors);
        let mut process = Process::start(world.path(), &label, &mut command);
        process.wait_until("listens", |_| listens(transport, port));
        Sipp { process, repeats, port, transport: transport.to_owned(), messages, errors }
    }

    /// The value of `--sip-proxy`.
    pub fn proxy(&self) -> String {
        let host = if self.transport.ends_with('6') { "[::1]" } else { "127.0.0.1" };
        format!("sip:{host}:{};transport={}", self.port, self.transport.trim_end_matches('6'))
    }

    /// Waits until it has sent a message of which this is a line.
    pub fn wait_until_sent(&self, line: &str) {
        let start = Instant::now();
        let sent = || std::fs::read_to_string(&self.messages).unwrap_or_default();
        while !messages(&sent(), "sent").iter().any(|message| message.lines().any(|found| found == line)) {
            assert!(start.elapsed() < DEADLINE, "sipp has not sent {line}:\n{}", sent());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets it end and fails unless all went by its scenario. Answers what it heard, message by message.
    pub fn verdict(mut self, context: &str) -> Vec<String> {
        self.process.signal("USR1");
        let status = self.process.wait_for_end(DEADLINE);
        let log = std::fs::read_to_string(&self.messages).unwrap_or_default();
        let errors = std::fs::read_to_string(&self.errors).unwrap_or_default();
        assert!(
            status.code() == Some(0) && errors.is_empty(),
            "sipp: {status}\n{errors}\n{log}\noffhook:\n{context}\n{}",
            self.process.log()
        );
        let mut heard = messages(&log, "received");
        if !self.repeats {
            let mut seen = BTreeSet::new();
            heard.retain(|message| seen.insert(message.clone()));
        }
        heard
    }
}

/// The messages of the log that were `received` or `sent`.
fn messages(log: &str, which: &str) -> Vec<String> {
    let blocks = log.split("-----------------------------------------------");
    let title = format!(" message {which} ");
    let those = blocks.filter(|block| block.lines().nth(1).is_some_and(|line| line.contains(&title)));
    those.filter_map(|block| block.split_once(":\n\n").map(|(_, message)| message.to_owned())).collect()
}

/// Whether somebody listens on this port of ours, as the kernel says.
fn listens(transport: &str, port: u16) -> bool {
    let table = std::fs::read_to_string(format!("/proc/net/{transport}")).unwrap_or_default();
    let (local, state) = (format!(":{port:04X} "), if transport.starts_with("udp") { ":0000 07 " } else { ":0000 0A " });
    table.lines().any(|line| line.contains(&local) && line.contains(state))
}
