//! The sealed file, as a user has it: the real binary on a terminal, which is asked for a passphrase, and a real server.

use super::keyring::town;
use super::process::DEADLINE;
use super::prosody;
use super::world::World;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
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
