//! The history under several processes at once, and under SIGKILL. The children are this very test binary, told by an
//! environment variable to be one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use offhook::engine::ask::{StoreAnswer, StoreQuestion};
use offhook::engine::event::{AccountName, Delivery, Message, MessageKey};
use offhook::io::store::Store;
use offhook::machine::Stamp;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// `PATH NAME COUNT`: keep COUNT messages in the history at PATH, with keys that begin with NAME.
const CHILD: &str = "OFFHOOK_TEST_WRITER";

/// Rounds of killing; the point of the kill moves through a transaction by the pace of the pipe.
const KILLS: usize = 40;

fn work() -> AccountName {
    AccountName("work".into())
}

fn message(key: String) -> Message {
    Message {
        key: MessageKey(key),
        id: "id".into(),
        from: "me@example.test".into(),
        to: "bob@example.test".into(),
        body: "x".repeat(2000).into(),
        at: Stamp::from_micros(1),
        ours: true,
        archived: false,
        delivery: Delivery::Unsent,
    }
}

/// Not a test: what a child does. Without its variable it has nothing to do.
#[test]
fn writer() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [path, name, count] = told.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let mut store = Store::open(Path::new(path)).unwrap();
    for number in 0..count.parse::<u64>().unwrap() {
        let key = format!("{name}-{number}");
        let kept = store.answer(StoreQuestion::Keep { account: work(), message: message(key.clone()) });
        assert_eq!(kept, Ok(StoreAnswer::Done));
        // Past the test harness, which would hold it back.
        writeln!(std::io::stdout().lock(), "kept {key}").unwrap();
    }
}

fn spawn(path: &Path, name: &str, count: u64) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{} {name} {count}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let out: BufReader<ChildStdout> = BufReader::new(child.stdout.take().unwrap());
    let kept = out.lines().map_while(Result::ok).filter_map(|line| Some(line.split_once("kept ")?.1.to_owned()));
    (child, kept)
}

fn on_disk(path: &Path) -> BTreeSet<String> {
    let mut store = Store::open(path).unwrap();
    assert_eq!(store.take_notice(), None, "nothing was damaged");
    match store.answer(StoreQuestion::Outstanding { account: work() }).unwrap() {
        StoreAnswer::Outstanding(messages) => messages.into_iter().map(|message| message.key.0).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_kill_loses_nothing_that_was_answered_as_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.db");
    let mut answered = BTreeSet::new();
    for round in 0..KILLS {
        let (mut child, mut kept) = spawn(&path, &format!("round{round}"), u64::MAX);
        answered.extend(kept.by_ref().take(1 + round % 7));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between our last reading and its end counts too.
        answered.extend(kept);
        let found = on_disk(&path);
        let lost: Vec<_> = answered.difference(&found).collect();
        assert!(lost.is_empty(), "lost in round {round}: {lost:?}");
        // At most the one that was being answered when the kill came.
        assert!(found.len() <= answered.len() + round + 1, "{} on disk, {} answered", found.len(), answered.len());
    }
    assert!(answered.len() >= KILLS);
    println!("{KILLS} kills, {} messages answered, none lost", answered.len());
}

#[test]
fn processes_that_write_at_once_wait_for_each_other() {
    const EACH: u64 = 100;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.db");
    // All three also make the database at once.
    let children = ["one", "two", "three"].map(|name| spawn(&path, name, EACH));
    let mut answered = BTreeSet::new();
    for (mut child, kept) in children {
        answered.extend(kept);
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(answered.len() as u64, 3 * EACH);
    assert_eq!(on_disk(&path), answered);
}
