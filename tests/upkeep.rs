//! The upkeep of a user's machine: where passwords are kept, what the doctor says, and what a reset removes. No network,
//! but for servers of the test's own.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, reason = "others use more of it")]
mod home;

use home::User;
use offhook::engine::event::{AccountName, Delivery};
use offhook::io::store::Store;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// An account, and a message that it has sent.
fn add(user: &User, account: &str) {
    user.good(&["account", "add", account, "--jid", &format!("{account}@example.test"), "--xmpp-server", "127.0.0.1:1"]);
    user.keep(account, &format!("{account}-key"), &format!("unforgettable-{account}"), Delivery::Sent);
}

#[test]
fn a_reset_lists_what_it_removes_and_asks() {
    let user = User::new();
    add(&user, "work");
    user.good(&["settings", "passwords", "none"]);
    let foreign = user.path("letters.txt");
    fs::write(&foreign, "mine").unwrap();
    let link = user.path(".config/offhook/link");
    std::os::unix::fs::symlink(&foreign, &link).unwrap();

    let refused = user.run(&["reset"]);
    assert_eq!(refused.code, 5);
    assert!(
        refused.err.contains("no terminal to ask on: nothing was removed") && refused.err.contains("--yes"),
        "{}",
        refused.err
    );
    let before = user.files();
    for file in &before {
        assert_eq!(refused.out.contains(file), file != "letters.txt", "{file} in {}", refused.out);
    }
    assert!(before.iter().any(|file| file.ends_with("accounts/work.toml")), "{before:?}");

    let done = user.run(&["reset", "--yes"]);
    assert_eq!((done.code, user.files()), (0, vec!["letters.txt".to_owned()]), "{}", done.err);
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "mine", "no link is followed");
    for folder in [".config/offhook", ".local/share/offhook", ".cache/offhook", ".local/state/offhook"] {
        assert!(!user.path(folder).exists(), "{folder}");
    }
}

#[test]
fn a_reset_of_one_account_leaves_the_others_as_they_are() {
    let user = User::new();
    add(&user, "work");
    add(&user, "home");
    let listed = user.run(&["reset", "--account", "work"]);
    assert!(listed.out.contains("history of work: 1 messages") && listed.out.contains("accounts/work.toml"), "{}", listed.out);
    assert!(!listed.out.contains("home.toml") && listed.code == 5, "{}", listed.out);
    user.good(&["reset", "--account", "work", "--yes"]);
    assert!(!user.good(&["account", "list"]).contains("work"));
    let database = user.path(".local/share/offhook");
    let holds = |words: &str| {
        let parts = fs::read_dir(&database).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        parts.into_iter().any(|bytes| bytes.windows(words.len()).any(|part| part == words.as_bytes()))
    };
    assert!(!holds("unforgettable-work") && !holds("work@example.test"), "no word of it stays in the file");
    assert!(holds("unforgettable-home"));
    let kept = |store: Store| store.kept_of(&AccountName("home".into())).unwrap().messages;
    assert_eq!(kept(Store::open(&user.path(".local/share/offhook/history.db")).unwrap()), 1);
    let again = user.run(&["reset", "--account", "work", "--yes"]);
    assert!(again.code == 0 && again.err.contains("nothing to remove"), "{}", again.err);
}

#[test]
fn a_reset_waits_for_nobody_and_names_who_is_in_the_way() {
    let user = User::new();
    add(&user, "work");
    let lock = fs::File::open(user.path(".local/share/offhook/history.lock")).unwrap();
    let mut other = Command::new("sleep").arg("1000").stdin(Stdio::from(lock)).spawn().unwrap();
    let refused = user.run(&["reset", "--yes"]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(refused.code == 5 && refused.err.contains(&format!("sleep 1000 (process {})", other.id())), "{}", refused.err);
    assert!(user.path(".config/offhook/accounts/work.toml").exists());
    user.good(&["reset", "--yes"]);
}

#[test]
fn where_passwords_are_kept_is_a_setting_that_is_shown() {
    let user = User::new();
    let shown = || -> Value { serde_json::from_str(&user.good(&["settings", "show", "--json"])).unwrap() };
    assert_eq!(shown()["passwords"], serde_json::json!({ "value": "automatic", "source": "built-in" }));
    user.good(&["settings", "passwords", "keyutils"]);
    assert_eq!(shown()["passwords"], serde_json::json!({ "value": "keyutils", "source": "default" }));
    let no_terminal = user.run(&["settings", "passwords", "file"]);
    assert!(no_terminal.code == 5 && no_terminal.err.contains("no terminal to ask for a passphrase"), "{}", no_terminal.err);
    assert_eq!(shown()["passwords"]["value"], "keyutils", "nothing has changed");
    user.good(&["account", "add", "work", "--jid", "a@b", "--no-store"]);
    assert!(user.good(&["account", "list"]).contains("(no password is kept)"));
    let list: Value = serde_json::from_str(&user.good(&["account", "list", "--json"])).unwrap();
    assert_eq!(list["accounts"][0]["no_store"], true);
}

#[test]
fn the_doctor_says_what_works_what_does_not_and_what_to_do() {
    let user = User::new();
    add(&user, "work");
    user.good(&["settings", "passwords", "none"]);
    let told = user.run(&["doctor"]);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let parts = ["terminal", "audio", "dns", "certificates", "keyring", "clock", "folders"];
    let headings: Vec<&str> = told.out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(headings, parts, "{}", told.out);
    assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
    assert!(told.out.contains("127.0.0.1:1 (work): cannot be reached"), "{}", told.out);
    assert!(told.out.contains("nowhere, as you have chosen"), "{}", told.out);
    let folder = user.path(".local/share/offhook");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let said: Value = serde_json::from_str(&user.run(&["doctor", "--json"]).out).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let finding = |part: &str, words: &str| {
        let all = said["findings"].as_array().unwrap().iter();
        let found = all.filter(|finding| finding["part"] == part && finding["what"].as_str().unwrap().contains(words));
        found.map(|finding| finding["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(finding("folders", "entered by others"), ["fails"], "{said}");
    assert_eq!(finding("folders", "The history is sound"), ["works"]);
    assert_eq!(finding("terminal", "no terminal"), ["unchecked"]);
    assert_eq!(finding("clock", "No server"), ["unchecked"]);
}
