//! A user of the real binary: a home of its own, and what the commands say.

use super::process::{DEADLINE, Process};
use super::world::World;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub struct User<'a> {
    world: &'a World,
    name: String,
}

/// A command that has ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub said: String,
}

impl Ended {
    /// The one JSON object on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.out, self.said))
    }

    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.said);
        self
    }
}

impl<'a> User<'a> {
    pub fn new(world: &'a World, name: &str) -> User<'a> {
        User { world, name: name.to_owned() }
    }

    pub fn home(&self) -> PathBuf {
        self.world.file(&format!("home-{}", self.name))
    }

    /// `offhook` with these arguments, in this user's home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let home = self.home();
        let mut command = Command::new(env!("CARGO_BIN_EXE_offhook"));
        command.args(arguments).env("HOME", &home).env_remove("DBUS_SESSION_BUS_ADDRESS");
        for (variable, folder) in [
            ("CONFIG_HOME", "config"),
            ("DATA_HOME", "data"),
            ("STATE_HOME", "state"),
            ("CACHE_HOME", "cache"),
            ("RUNTIME_DIR", "run"),
        ] {
            let path = home.join(folder);
            std::fs::create_dir_all(&path).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            command.env(format!("XDG_{variable}"), path);
        }
        command
    }

    /// Starts it. `label` names its log.
    pub fn start(&self, label: &str, arguments: &[&str]) -> Process {
        Process::start_apart(self.world.path(), &format!("{}-{label}", self.name), &mut self.command(arguments))
    }

    /// Runs it to its end.
    pub fn run(&self, label: &str, arguments: &[&str]) -> Ended {
        self.finish(self.start(label, arguments), DEADLINE)
    }

    /// Waits for the end of one that was started.
    pub fn finish(&self, mut process: Process, deadline: Duration) -> Ended {
        let status = process.wait_for_end(deadline);
        Ended { code: status.code().unwrap_or(-1), out: process.out(), said: process.log() }
    }
}
