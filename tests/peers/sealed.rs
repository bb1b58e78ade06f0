//! The sealed file, as a user has it: the real binary on a terminal, which is asked for a passphrase, and a real server.

use super::keyring::town;
use super::offhook::User as Someone;
use super::process::DEADLINE;
use super::prosody::{self, Prosody};
use super::screen::terminal::{CTRL_C, ENTER, TAB, Terminal};
use super::world::World;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

pub const NEEDS: &[&str] = &[prosody::NEEDS, "script"];

pub fn kept() {
    let (world, _prosody) = town();
    let send = "send bob@example.test words";

    let mut user = User::runs(&world, "settings passwords file");
    user.sees("New passphrase: ");
    user.types("correct horse");
    user.sees("The same again: ");
    user.types("correct horse");
    user.ends("Passwords are kept in the sealed file.");
    let file = world.file("home/data/offhook/passwords.sealed");
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);

    let mut user = User::runs(&world, send);
    user.sees("Passphrase of the sealed passwords");
    user.types("correct house");
    user.sees("does not open");
    user.sees("Passphrase of the sealed passwords");
    user.types("correct horse");
    user.sees("Password of alice");
    user.types("pw-alice");
    user.sees("Keep it in the sealed file? [y/N]");
    user.types("y");
    user.ends("[ended 0]");

    // The next run wants the passphrase and nothing else.
    let mut user = User::runs(&world, send);
    user.sees("Passphrase of the sealed passwords");
    user.types("correct horse");
    let seen = user.ends("[ended 0]");
    assert!(!seen.contains("Password of alice"), "{seen}");

    // Without it, one types the password; with --no-store the file is left alone.
    let mut user = User::runs(&world, &format!("--no-store {send}"));
    user.sees("Password of alice");
    user.types("pw-alice");
    let seen = user.ends("[ended 0]");
    assert!(!seen.contains("Passphrase") && !seen.contains("Keep it"), "{seen}");

    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("alice/chat") && !text.contains("pw-alice"), "{text}");
}

/// Somebody at a terminal, which `script` makes.
struct User {
    script: Child,
    keys: ChildStdin,
    heard: Receiver<Vec<u8>>,
    seen: String,
    new: usize,
}

impl User {
    fn runs(world: &World, arguments: &str) -> User {
        let run = format!("{} {arguments}; echo \"[ended $?]\"", env!("CARGO_BIN_EXE_offhook"));
        let mut command = Command::new("script");
        command.args(["-qec", &run, "/dev/null"]).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        for (name, folder) in [("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache"), ("STATE", "state")] {
            command.env(format!("XDG_{name}_HOME"), world.file(&format!("home/{folder}")));
        }
        command.env("HOME", world.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut script = command.spawn().unwrap();
        let (keys, mut screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 1024];
            while let Ok(count @ 1..) = screen.read(&mut some) {
                if tell.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        User { script, keys, heard, seen: String::new(), new: 0 }
    }

    /// Waits until that is shown, after what was waited for before.
    fn sees(&mut self, what: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.seen[self.new..].find(what) {
                self.new += at + what.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("“{what}” is not shown: {}", self.seen),
            }
        }
    }

    fn types(&mut self, text: &str) {
        writeln!(self.keys, "{text}").unwrap();
    }

    /// Waits for this, and for the end; gives all that was shown.
    fn ends(mut self, what: &str) -> String {
        self.sees(what);
        drop(self.keys);
        self.script.wait().unwrap();
        assert!(!self.seen.contains("correct horse") && !self.seen.contains("pw-alice"), "{}", self.seen);
        self.seen
    }
}

/// The same on the screen: the passphrase is asked for there, a wrong one asks again, none signs out; and where the file is
/// gone, a new passphrase makes it.
pub fn on_the_screen() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = Someone::new(&world, "alice");
    let ca = world.file("ca.crt").display().to_string();
    let server = prosody.server();
    let add = ["account", "add", "alice", "--jid", "alice@example.test", "--xmpp-server", &server, "--ca", &ca];
    alice.run("account", &add).expect(0);
    let file = alice.home().join("data/offhook/passwords.sealed");
    let settings = alice.home().join("config/offhook/settings.toml");
    std::fs::write(&settings, "passwords = \"file\"\n").unwrap();
    std::fs::set_permissions(&settings, std::fs::Permissions::from_mode(0o600)).unwrap();

    let mut terminal = Terminal::start(&alice, (100, 30));
    terminal.shows("Password of alice@example.test");
    terminal.type_keys(&format!("pw-alice{TAB} {ENTER}"));
    terminal.shows("A passphrase for your passwords");
    terminal.type_keys(&format!("correct horse{TAB}correct house{ENTER}"));
    terminal.shows("The two are not the same.");
    terminal.type_keys(&format!("{}horse{ENTER}", "\x7f".repeat(5)));
    terminal.shows("kept in the sealed file");
    terminal.shows("· available");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);

    // The next start wants the passphrase and nothing else; without it nobody is signed in.
    terminal.start_again(&alice);
    terminal.shows("Passphrase of your passwords");
    terminal.type_keys("\x1b");
    terminal.hides("Passphrase of your passwords");
    terminal.shows("Sign in again");
    terminal.type_keys("\x10");
    terminal.type_keys("sign in again");
    terminal.shows("Sign in again");
    terminal.type_keys(ENTER);
    terminal.shows("Passphrase of your passwords");
    terminal.type_keys(&format!("correct house{ENTER}"));
    terminal.shows("That passphrase does not open them.");
    terminal.type_keys(&format!("correct horse{ENTER}"));
    terminal.shows("· available");
    assert!(!terminal.contents().contains("Password of"), "{}", terminal.contents());
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("correct h") && !raw.contains("pw-alice"), "{raw}");
    let log = std::fs::read_to_string(alice.home().join("state/offhook/offhook.log")).unwrap();
    assert!(!log.contains("correct h") && !log.contains("pw-alice"), "{log}");
}
