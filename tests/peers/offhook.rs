//! A user of the real binary: a home of its own, and what the commands say.

use super::namespace::Namespace;
use super::process::{DEADLINE, Process};
use super::world::{DOMAIN, World};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub struct User<'a> {
    world: &'a World,
    name: String,
    place: Option<Namespace>,
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
        User { world, name: name.to_owned(), place: None }
    }

    /// The same user in a network of its own.
    pub fn inside(mut self, place: Namespace) -> User<'a> {
        self.place = Some(place);
        self
    }

    /// A user whose account has the address `NAME@example.test`, the password `pw-NAME`, the world's authority, and what
    /// `more` says.
    pub fn chatting(world: &'a World, name: &str, server: &str, more: &[&str]) -> User<'a> {
        let ca = world.file("ca.crt").display().to_string();
        User::chatting_with(world, name, &format!("pw-{name}"), &[&["--ca", &ca, "--xmpp-server", server], more].concat())
    }

    /// The same with another password, and nothing but what `more` says.
    pub fn chatting_with(world: &'a World, name: &str, password: &str, more: &[&str]) -> User<'a> {
        let user = User::new(world, name);
        let (jid, says_it) = (format!("{name}@{DOMAIN}"), format!("echo {password}"));
        let fixed = ["account", "add", name, "--jid", &jid, "--password-command", &says_it];
        user.run("account", &[&fixed, more].concat()).expect(0);
        user
    }

    /// Its bare JID.
    pub fn jid(&self) -> String {
        format!("{}@{DOMAIN}", self.name)
    }

    /// Listens until it is stopped, and waits until it has heard what was missed.
    pub fn listen(&self, label: &str) -> Process {
        let mut listener = self.start(label, &["listen", "--json"]);
        listener.wait_for_line("listening");
        listener
    }

    /// Ends what listens, in order.
    pub fn stop(&self, listener: Process) -> Ended {
        listener.signal("INT");
        self.finish(listener, DEADLINE)
    }

    /// The outbox: of each message its text and how far it is.
    pub fn outbox(&self) -> Vec<Value> {
        let listed = self.run("outbox", &["outbox", "list", "--json"]).expect(0);
        listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn home(&self) -> PathBuf {
        self.world.file(&format!("home-{}", self.name))
    }

    /// `offhook` with these arguments, in this user's home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_offhook"), arguments)
    }

    /// Another program in this user's home.
    pub fn command_of(&self, binary: &str, arguments: &[&str]) -> Command {
        let home = self.home();
        let mut command = self.place.map_or_else(|| Command::new(binary), |place| place.command(binary));
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
