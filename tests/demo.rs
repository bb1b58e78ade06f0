//! `offhook demo` on a pseudo-terminal, as a newcomer types it: the account signs in by the documented path over real
//! sockets, the steps are on the screen, somebody chats back, and a call to the echo is encrypted.

#![allow(clippy::unwrap_used, clippy::panic)]

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(30);

struct User {
    _home: TempDir,
    _pair: PtyPair,
    keys: Box<dyn Write + Send>,
    heard: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    program: Box<dyn Child + Send + Sync>,
}

impl User {
    fn start() -> User {
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join("run");
        std::fs::create_dir(&runtime).unwrap();
        let pair = native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_offhook"));
        command.arg("demo");
        command.env_clear();
        command.env("HOME", home.path());
        command.env("XDG_RUNTIME_DIR", &runtime);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("TERM", "xterm-256color");
        // No sound server of this machine is asked.
        command.env("ALSA_CONFIG_PATH", home.path().join("no-sound"));
        let program = pair.slave.spawn_command(command).unwrap();
        let mut master = pair.master.try_clone_reader().unwrap();
        let (told, heard) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = master.read(&mut some) {
                if told.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        User {
            _home: home,
            _pair: pair,
            keys,
            heard,
            screen: vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0),
            program,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen shows all of these.
    fn see(&mut self, words: &[&str]) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen.screen().contents();
            if words.iter().all(|word| shown.contains(word)) {
                return shown;
            }
            match self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => panic!("{words:?} is not all to be seen:\n{shown}"),
            }
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn a_newcomer_signs_in_chats_and_calls() {
    let mut user = User::start();
    user.see(&["Bob Okafor", "Chen Wei", "ready"]);
    // Every step of the documented path, and who decided.
    user.press("gi");
    let steps =
        ["is not a Webex organisation", "_cisco-uds", "home cluster", "accepted", "service profile", "device configuration"];
    user.see(&steps);
    user.see(&["authenticator", "Communications Manager", "rule 5"]);
    // The last of the people chats back.
    user.press("gp");
    user.press("G\r");
    user.see(&["bob@lab.example"]);
    user.press("hello, are you there?\r");
    // How he greets is drawn; that he calls her by her name is not.
    user.see(&["you      hello, are you there?", "✓✓", "Ana!"]);
    user.press("\x10");
    user.see(&["Find and do anything"]);
    user.press("9000");
    user.see(&["Call 9000"]);
    user.press("\r");
    user.see(&["☎ 9000", "SRTP", "Opus 48k"]);
}

#[test]
fn a_newcomer_plays_voicemail() {
    let mut user = User::start();
    user.see(&["Bob Okafor", "1 voicemail"]);
    user.press("gv");
    user.see(&["Voicemail", "Message from", "00:0"]);
    // The first one is the newest, and has not been heard; there is no sound here, and it goes on all the same.
    user.press("p");
    user.see(&["playing", "00:01"]);
    user.press(" ");
    user.see(&["paused"]);
    user.press("h ");
    user.see(&["playing", "00:00"]);
    user.see(&["00:02"]);
    // Heard by now, it counts no more at the top.
    assert!(!user.screen.screen().contents().contains("1 voicemail"));
    user.press("sd");
    user.see(&["Deleted. u puts it back."]);
    user.press("u");
    user.see(&["Message from"]);
    user.press("c");
    user.see(&["☎", "hang up"]);
}
