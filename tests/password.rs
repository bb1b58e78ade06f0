//! The password prompt on a real terminal (util-linux' `script` makes one), and where there is none (`setsid`). The one who
//! asks is this very test binary, told by an environment variable to be so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use offhook::engine::event::AccountName;
use offhook::engine::event::Service;
use offhook::io::paths::Paths;
use offhook::io::secrets::{self, Entry, StoreChoice, Stores};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const CHILD: &str = "OFFHOOK_TEST_ASKER";
const ACCOUNT: &str = "offhook-test-of-the-prompt";

/// Not a test: what a child does. Without its variable it has nothing to do.
#[test]
fn asker() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let account = AccountName(ACCOUNT.into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stores =
        Stores::new(&Paths::below(&std::env::temp_dir().join("offhook-test-of-the-prompt")), StoreChoice::Automatic).unwrap();
    let entry = |service| Entry { account: account.clone(), service, shared_by: vec![Service::Chat, Service::Phone] };
    let entries = [entry(Service::Chat), entry(Service::Phone)];
    let ask = |number: usize| secrets::password(&stores, &entries[number], None, "me@example.test\u{1b}[2J");
    // Chat and phone at once: one question for both.
    let (chat, phone) = runtime.block_on(async { tokio::join!(ask(0), ask(1)) });
    let say = |what: String| writeln!(std::io::stdout().lock(), "{what}").unwrap();
    match (chat, phone) {
        (Ok(chat), Ok(phone)) => say(format!("heard {} and {}", chat.expose().len(), phone.expose().len())),
        (Err(why), _) | (_, Err(why)) => say(format!("unheard: {why}")),
    }
}

fn child() -> String {
    format!("{} --exact asker --nocapture --test-threads=1", std::env::current_exe().unwrap().display())
}

/// A program on a terminal that `script` makes, and what it has shown.
struct OnTerminal {
    script: Child,
    keys: ChildStdin,
    screen: ChildStdout,
    shown: String,
}

impl OnTerminal {
    fn start(mut script: Command, program: &str) -> OnTerminal {
        script.args(["-qec", program, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = script.spawn().unwrap();
        let (keys, screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        OnTerminal { script, keys, screen, shown: String::new() }
    }

    /// Waits until this stands in what it has shown, and answers all of that.
    fn shows(&mut self, what: &str) -> &str {
        let mut bytes = [0; 1024];
        while !self.shown.contains(what) {
            let read = self.screen.read(&mut bytes).unwrap();
            assert!(read > 0, "it ended before “{what}”: {}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        &self.shown
    }

    fn type_keys(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
    }

    /// Waits for its end; what it has shown.
    fn ends(mut self) -> String {
        self.script.wait().unwrap();
        self.shown
    }
}

#[test]
fn what_is_typed_is_heard_and_never_shown() {
    let mut command = Command::new("script");
    command.env(CHILD, "1");
    let mut asked = OnTerminal::start(command, &child());
    asked.shows("Password of");
    asked.shows("): ");
    // A keyring, if there is one here, would ask: no.
    asked.type_keys(b"hunter2\nn\n");
    asked.shows("heard 7 and 7");
    let shown = asked.ends();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(shown.matches("Password of").count(), 1, "{shown}");
    assert!(!shown.contains("\u{1b}[2J"), "{shown:?}");
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let child = child();
    let mut words = child.split(' ');
    let out = Command::new("setsid").arg("--wait").args(words.by_ref()).env(CHILD, "1").stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("no terminal to ask on") && said.contains("--password-command"), "{said}");
}

#[test]
fn a_prompt_that_is_given_up_leaves_the_terminal_as_it_was_and_the_message_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let offhook = env!("CARGO_BIN_EXE_offhook");
    let user = |program: &str| {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.path());
        command
    };
    let done = |words: &[&str]| assert!(user(offhook).args(words).output().unwrap().status.success(), "{words:?}");
    done(&["account", "add", "work", "--jid", "me@example.test", "--xmpp-server", "127.0.0.1:1"]);
    done(&["account", "add", "lab", "--address", "ana@lab.example"]);
    // Nobody needs to be found who would ask for it.
    done(&["settings", "--account", "lab", "authenticator", "cup", "127.0.0.1:1"]);
    for (words, said) in [
        ("send --account work bob@example.test words", "offhook outbox list"),
        ("voicemail list --account lab", "before the mailbox had answered"),
        ("directory search --account lab bob", "before the account was signed in"),
    ] {
        // The shell stays when the keyboard interrupts, and tells how offhook has left the terminal.
        let shell = format!("trap : INT; {offhook} {words}; stty -a; echo over");
        let mut asked = OnTerminal::start(user("script"), &shell);
        asked.shows("): ");
        asked.type_keys(b"\x03");
        asked.shows("over");
        let shown = asked.ends();
        assert!(shown.contains(" echo ") && !shown.contains("-echo "), "{shown}");
        assert!(shown.contains("You gave up") && shown.contains(said), "{words}: {shown}");
    }
    let outbox = user(offhook).args(["outbox", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&outbox.stdout).contains("(not sent)  words"));
}
