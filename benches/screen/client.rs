//! The clients that are compared, each with a home of its own: how it is set up, what its screen shows, and by which keys
//! a conversation is opened.

use super::offhook::User;
use super::terminal::Terminal;
use super::world::World;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Nobody: poezio does not run as root.
const NOBODY: u32 = 65_534;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    Offhook,
    Mcabber,
    Profanity,
    Poezio,
}

pub const ALL: [Client; 4] = [Client::Offhook, Client::Mcabber, Client::Profanity, Client::Poezio];

impl Client {
    pub fn name(self) -> &'static str {
        match self {
            Client::Offhook => "offhook",
            Client::Mcabber => "mcabber",
            Client::Profanity => "profanity",
            Client::Poezio => "poezio",
        }
    }

    pub fn is_here(self) -> bool {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        self == Client::Offhook || std::env::split_paths(&paths).any(|folder| folder.join(self.name()).is_file())
    }

    /// Sets it up as alice at this port, and answers how it is started. All of them keep what they hear.
    pub fn set_up(self, world: &World, port: u16) -> Command {
        // Nobody passes through.
        std::fs::set_permissions(world.path(), PermissionsExt::from_mode(0o711)).unwrap();
        let at = |name: &str| format!("home-{}/{name}", self.name());
        let home = world.file(&format!("home-{}", self.name()));
        let mut command = match self {
            Client::Offhook => {
                return User::chatting(world, "alice", &format!("127.0.0.1:{port}"), &[]).command(&[]);
            }
            Client::Mcabber => {
                let file = world.write(
                    &at(".mcabber/mcabberrc"),
                    &format!(
                        "set jid = alice@example.test\nset password = pw-alice\nset server = 127.0.0.1\nset port = {port}\n\
                         set tls = 1\nset ssl_ignore_checks = 1\nset logging = 1\nset load_logs = 1\n"
                    ),
                );
                private(file.parent().unwrap(), 0o700);
                private(&file, 0o600);
                let mut command = Command::new("mcabber");
                command.arg("-f").arg(file);
                command
            }
            Client::Profanity => {
                world.write(&at("config/profanity/profrc"), "[connection]\naccount=alice@example.test\n");
                world.write(
                    &at("data/profanity/accounts"),
                    &format!(
                        "[alice@example.test]\nenabled=true\njid=alice@example.test\npassword=pw-alice\n\
                         server=127.0.0.1\nport={port}\nresource=bench\ntls.policy=trust\n"
                    ),
                );
                Command::new("profanity")
            }
            Client::Poezio => {
                world.write(
                    &at("config/poezio/poezio.cfg"),
                    &format!(
                        "[Poezio]\njid = alice@example.test\npassword = pw-alice\ncustom_host = 127.0.0.1\n\
                         custom_port = {port}\nignore_certificate = true\nca_cert_path = {}\nrooms =\n\
                         auto_reconnect = false\nroster_show_offline = true\n",
                        world.file("ca.crt").display()
                    ),
                );
                if rustix::process::geteuid().is_root() {
                    given_away(&home);
                    let mut command = Command::new("setpriv");
                    command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups", "poezio"]);
                    command
                } else {
                    Command::new("poezio")
                }
            }
        };
        command.current_dir(&home).env("HOME", &home).env_remove("DBUS_SESSION_BUS_ADDRESS");
        for (variable, folder) in
            [("CONFIG_HOME", "config"), ("DATA_HOME", "data"), ("STATE_HOME", "state"), ("CACHE_HOME", "cache")]
        {
            command.env(format!("XDG_{variable}"), home.join(folder));
        }
        command
    }

    /// What stands on its first full frame when no server can be reached.
    pub fn first_frame(self) -> &'static [&'static str] {
        match self {
            Client::Offhook => &["People", "person-000", "person-030", "keys"],
            Client::Mcabber => &["MCabber version", "Special buffer: [status]"],
            Client::Profanity => &["Type /help for help information.", "Type '/help' to show complete help.", "-1-"],
            Client::Poezio => &["0.Roster", "Roster: 0/0 contacts", "Enter commands with"],
        }
    }

    /// Opens the conversation with bob, and stands where one writes.
    pub fn open_chat(self, terminal: &mut Terminal) {
        let keys: &[&str] = match self {
            Client::Offhook => &["/", "bob", "\r"],
            Client::Mcabber => &["/roster search bob\r", "\r"],
            Client::Profanity => &["/msg bob@example.test\r"],
            // What comes at once it takes for pasted, with the end of the line.
            Client::Poezio => &["/", "message bob@example.test", "\r"],
        };
        for keys in keys {
            terminal.write(keys);
            terminal.settle(Duration::from_millis(300));
        }
    }
}

fn private(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// All below `path` is nobody's.
fn given_away(path: &PathBuf) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for inner in std::fs::read_dir(path).unwrap() {
            given_away(&inner.unwrap().path());
        }
    }
}
