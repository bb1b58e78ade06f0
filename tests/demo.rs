//! `offhook demo` on a pseudo-terminal, as a newcomer types it: the account signs in by the documented path over real
//! sockets, the steps are on the screen, somebody chats back, and a call to the echo is encrypted; and at every other kind of
//! site the screen has what that kind has, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, reason = "others use more of it")]
mod pty;

use portable_pty::Child;
use pty::{Output, Pty};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(30);

const SIZE: pty::Size = (120, 40);

struct User {
    _home: TempDir,
    pty: Pty,
    heard: Output,
    screen: vt100::Parser,
    program: Box<dyn Child + Send + Sync>,
}

impl User {
    /// `offhook demo` with these arguments.
    fn demo(arguments: &[&str]) -> User {
        User::runs(tempfile::tempdir().unwrap(), &[&["demo"], arguments].concat())
    }

    /// `offhook` with these arguments.
    fn runs(home: TempDir, arguments: &[&str]) -> User {
        let pty = Pty::open(SIZE);
        let mut command = pty::alone(env!("CARGO_BIN_EXE_offhook").as_ref(), home.path());
        command.args(arguments);
        let (heard, program) = (pty.listen(), pty.spawn(command));
        User { _home: home, pty, heard, screen: pty::parser(SIZE), program }
    }

    fn press(&mut self, keys: &str) {
        self.pty.type_keys(keys);
    }

    /// Waits until the screen shows all of these.
    fn see(&mut self, words: &[&str]) -> String {
        self.until(&format!("{words:?} is not all to be seen"), |shown| words.iter().all(|word| shown.contains(word)))
    }

    /// Waits until the screen shows none of these.
    fn see_not(&mut self, words: &[&str]) -> String {
        self.until(&format!("one of {words:?} is still to be seen"), |shown| words.iter().all(|word| !shown.contains(word)))
    }

    fn until(&mut self, otherwise: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen.screen().contents();
            if is_so(&shown) {
                return shown;
            }
            match self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((_, bytes)) => self.screen.process(&bytes),
                Err(_) => panic!("{otherwise}:\n{shown}"),
            }
        }
    }

    /// Opens the palette, and takes what is best for these words.
    fn finds(&mut self, words: &str, shown: &str) {
        self.press("\x10");
        self.see(&["Find and do anything"]);
        self.press(words);
        self.see(&[shown]);
        self.press("\r");
    }

    /// Ends the call.
    fn hangs_up(&mut self) {
        self.press("x");
        self.see_not(&["hang up"]);
    }

    /// Leaves, in order.
    fn leaves(&mut self) {
        self.press("\x03");
        let end = Instant::now() + PATIENCE;
        while self.program.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A lab in another process.
struct Lab(std::process::Child);

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
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
    let mut user = User::demo(&[]);
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
    let mut user = User::demo(&[]);
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

#[test]
fn a_newcomer_takes_a_call_looks_at_past_ones_and_opens_the_settings() {
    let mut user = User::demo(&[]);
    user.see(&["Bob Okafor", "· available", "☎ ready"]);
    // Who was missed in the week before stands in the list.
    user.press("\x1bOR");
    user.see(&["Past calls", "Bob Okafor", "missed", "talked "]);
    user.press("gpG\r");
    user.see(&["bob@lab.example"]);
    // He is asked to ring; letters are letters while one writes, and Alt makes a key of them.
    user.press("Please call me!\r");
    user.see(&["is calling you", "no sound here"]);
    user.press("\x1ba");
    user.see(&["Answer without sound?"]);
    user.press("s");
    user.see(&["☎ Bob Okafor", "SRTP", "hang up"]);
    user.press("\x1bx");
    user.see_not(&["hang up"]);
    // Who has said once that they answer all the same is not asked again.
    user.press("call me again\r");
    user.see(&["is calling you", "no sound here"]);
    user.press("\x1ba");
    user.see(&["☎ Bob Okafor", "SRTP", "hang up"]);
    user.press("\x1bx");
    user.see_not(&["hang up"]);
    user.finds("settings", "Show the settings");
    user.see(&["Looks and keys", "Sound path", "Accounts", "servers"]);
    user.leaves();
}

#[test]
fn a_clear_cas_is_asked_about_before_anything_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let site = home.path().join("clear-cas.toml");
    std::fs::write(&site, "cas.clear = true\n").unwrap();
    let mut user = User::runs(home, &["demo", "--site", site.to_str().unwrap()]);
    user.see(&["Send in clear?", "the Webex query to 127.", "over http"]);
    user.press("y");
    user.see(&["· available", "☎ ready"]);
    user.press("gi");
    user.see(&["is not a Webex organisation"]);
    user.leaves();
}

#[test]
fn a_phone_site_has_calls_and_no_chat() {
    let mut user = User::demo(&["--site", "phone"]);
    user.see(&["☎ ready"]);
    user.press("gi");
    user.see(&["_cisco-uds", "device configuration", "Communications Manager"]);
    user.finds("9000", "Call 9000");
    user.see(&["☎ 9000", "SRTP", "Opus 48k"]);
    let shown = user.see_not(&["chat connecting", "chat failed"]);
    assert!(!shown.contains("· available"), "{shown}");
    user.hangs_up();
    user.leaves();
}

#[test]
fn a_site_of_chat_alone_has_people_and_no_telephone() {
    let mut user = User::demo(&["--site", "im-only"]);
    let shown = user.see(&["· available", "Bob Okafor"]);
    assert!(!shown.contains('☎'), "{shown}");
    user.press("gp");
    user.press("G\r");
    user.see(&["bob@lab.example"]);
    user.press("hello\r");
    user.see(&["you      hello", "✓✓"]);
    user.leaves();
}

#[test]
fn a_presence_server_alone_signs_in_with_one_time_passwords() {
    let mut user = User::demo(&["--site", "cup"]);
    user.see(&["· available", "Bob Okafor"]);
    user.press("gi");
    user.see(&["_cuplogin", "one-time password", "devices, by CCMCIP", "Communications Manager IM & Presence"]);
    user.leaves();
}

#[test]
fn open_standards_have_chat_and_calls() {
    let mut user = User::demo(&["--site", "standard"]);
    user.see(&["· available", "☎ ready"]);
    user.press("gi");
    user.see(&["_xmpp-client", "authenticator", "open standards"]);
    user.finds("9000", "Call 9000");
    user.see(&["☎ 9000", "SRTP"]);
    user.hangs_up();
    user.leaves();
}

#[test]
fn a_site_in_clear_is_asked_about_once_and_its_calls_say_so() {
    let mut user = User::demo(&["--site", "clear"]);
    user.see(&["Send in clear?", "allow it"]);
    user.press("y");
    user.see(&["· available", "☎ ready"]);
    user.finds("9000", "Call 9000");
    // Its sound is sealed all the same, with keys that anybody on the way could read.
    user.see(&["☎ 9000", "Opus 48k", "keys in clear"]);
    user.hangs_up();
    user.leaves();
}

#[test]
fn phone_mode_of_release_8_is_set_by_hand() {
    let (home, offhook) = (tempfile::tempdir().unwrap(), env!("CARGO_BIN_EXE_offhook"));
    let mut command = Command::new(offhook);
    command.args(["lab", "--site", "cucm8"]).stdout(Stdio::piped()).env("XDG_RUNTIME_DIR", home.path());
    let mut lab = Lab(command.spawn().unwrap());
    let mut facts = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(lab.0.stdout.take().unwrap()), &mut facts).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let of = |name: &str| facts[name].as_str().unwrap_or_else(|| panic!("{name}: {facts}")).to_owned();
    let tftp = of("tftp");
    let (_, port) = tftp.rsplit_once(':').unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(offhook);
        command.args(arguments).env_clear().env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path().join("run"));
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    };
    std::fs::create_dir(home.path().join("run")).unwrap();
    let (dns, cas, ca) = (of("dns"), of("cas"), of("ca"));
    let discovery = ["--dns", &dns, "--cas", &cas, "--ca", &ca, "--tftp-port", port];
    let account = ["account", "add", "work", "--address", "ana@lab.example", "--allow-cleartext"];
    run(&[&account[..], &discovery, &["--password-command", "echo ana-demo"]].concat());
    let place = format!("cucm1.lab.example:{port}");
    run(&["settings", "--account", "work", "authenticator", "cucm8", "--tftp", &place, "--ccmcip", "cucm1.lab.example:8443"]);

    let mut user = User::runs(home, &[]);
    user.see(&["☎ ready"]);
    user.press("gi");
    user.see(&["Communications Manager"]);
    user.finds("9000", "Call 9000");
    let shown = user.see(&["☎ 9000", "Opus 48k"]);
    assert!(!shown.contains("· available"), "{shown}");
    user.hangs_up();
    user.leaves();
}
