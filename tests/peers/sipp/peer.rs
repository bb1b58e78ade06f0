//! sipp with a scenario, and its verdict.

use super::scenario::{Role, Step, compose};
use crate::ports;
use crate::process::{DEADLINE, Process};
use crate::world::World;
use std::path::PathBuf;
use std::process::Command;

pub const NEEDS: &[&str] = &["sipp"];

pub struct Sipp {
    process: Process,
    port: u16,
    transport: String,
    messages: PathBuf,
    errors: PathBuf,
}

impl Sipp {
    /// Starts it over `udp` or `tcp`, and waits until it listens.
    pub fn start(world: &World, role: &Role, transport: &str, steps: &[Step]) -> Sipp {
        let port = ports::free();
        let label = format!("sipp-{port}");
        let scenario = world.write(&format!("{label}.xml"), &compose(role, transport, steps));
        let (messages, errors) = (world.file(&format!("{label}.messages")), world.file(&format!("{label}.errors")));
        let mut command = Command::new("sipp");
        command.arg("-sf").arg(scenario).args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        command.args(["-t", if transport == "udp" { "u1" } else { "t1" }, "-nostdin", "-timer_resol", "1"]);
        // Every message that is sent stands in the scenario: nothing is repeated or made up.
        command.args(["-nr", "-default_behaviors", "abortunexp", "-timeout", "25s", "-timeout_error"]);
        command.arg("-trace_msg").arg("-message_file").arg(&messages);
        command.arg("-trace_err").arg("-error_file").arg(&errors);
        let mut process = Process::start(world.path(), &label, &mut command);
        process.wait_until("listens", |_| listens(transport, port));
        Sipp { process, port, transport: transport.to_owned(), messages, errors }
    }

    /// The value of `--sip-proxy`.
    pub fn proxy(&self) -> String {
        format!("sip:127.0.0.1:{};transport={}", self.port, self.transport)
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
        heard(&log)
    }
}

/// The messages of the log that sipp has received.
fn heard(log: &str) -> Vec<String> {
    let blocks = log.split("-----------------------------------------------");
    let received = blocks.filter(|block| block.lines().nth(1).is_some_and(|line| line.contains("message received")));
    received.filter_map(|block| block.split_once(":\n\n").map(|(_, message)| message.to_owned())).collect()
}

/// Whether somebody listens on this port of ours, as the kernel says.
fn listens(transport: &str, port: u16) -> bool {
    let table = std::fs::read_to_string(format!("/proc/net/{transport}")).unwrap_or_default();
    let (local, listening) = (format!(":{port:04X} "), if transport == "udp" { " 07 " } else { " 0A " });
    table.lines().any(|line| line.contains(&format!("{local}00000000:0000{listening}")))
}
