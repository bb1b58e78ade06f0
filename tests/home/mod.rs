//! A user with nothing but a home, who runs the program without a terminal, also where the test was started in one.

use offhook::engine::ask::StoreQuestion;
use offhook::engine::event::{AccountName, Delivery, Message, MessageKey};
use offhook::io::store::Store;
use offhook::machine::Stamp;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// It.
pub struct User(TempDir);

/// What the program said, and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl User {
    pub fn new() -> User {
        User(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// The program, to be given its arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_offhook")).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.0.path());
        command.env("XDG_RUNTIME_DIR", self.path("run")).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        let out = self.command().args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said { code: out.status.code().unwrap(), out: text(out.stdout), err: text(out.stderr) };
        assert!(!said.err.contains("panicked"), "{args:?}: {}", said.err);
        said
    }

    /// Runs what must succeed; gives what it printed on stdout.
    pub fn good(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said.out
    }

    /// Runs what must fail with this code; gives what it printed on stderr.
    pub fn bad(&self, code: i32, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, code, "{args:?}: {}", said.err);
        assert_eq!(said.out, "", "{args:?}: what is wrong goes to stderr");
        said.err
    }

    /// Keeps a message of ours in the history, which the program has made.
    pub fn keep(&self, account: &str, key: &str, body: &str, delivery: Delivery) {
        self.good(&["outbox", "list"]);
        let mut store = Store::open(&self.path(".local/share/offhook/history.db")).unwrap();
        let message = Message {
            key: MessageKey(key.into()),
            id: key.into(),
            from: format!("{account}@example.test").into(),
            to: "bob@example.test".into(),
            ours: true,
            body: body.into(),
            at: Stamp::from_micros(1),
            archived: false,
            delivery,
        };
        store.answer(StoreQuestion::Keep { account: AccountName(account.into()), message }).unwrap();
    }

    /// All files below the home, by their paths in it.
    pub fn files(&self) -> Vec<String> {
        let (mut found, mut open) = (Vec::new(), vec![self.0.path().to_path_buf()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() { open.push(path) } else { found.push(path) }
            }
        }
        let shown = |path: PathBuf| path.strip_prefix(self.0.path()).unwrap().display().to_string();
        let mut found: Vec<String> = found.into_iter().map(shown).collect();
        found.sort();
        found
    }
}
