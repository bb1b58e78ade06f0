//! The keyring of a desktop, on a message bus of its own. The bus is found through the environment, so the session that
//! uses it is a child: this very binary, told by an environment variable what to be. What is kept there is looked at, and
//! put there, by `secret-tool` too.

use super::keyutils;
use super::process::{DEADLINE, Process};
use super::prosody::{self, Prosody};
use super::session::{Screen, account, keep, paths};
use super::world::World;
use offhook::app::block_on;
use offhook::engine::command::Command as Wanted;
use offhook::engine::doctor::passwords::Tried;
use offhook::engine::event::{Event, LinkState, NoticeLevel, Service};
use offhook::io::accounts::Typed;
use offhook::io::doctor::passwords::try_all;
use offhook::io::paths::Paths;
use offhook::io::secrets::{StoreChoice, Stores};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

pub const NEEDS: &[&str] = &[prosody::NEEDS, "gnome-keyring-daemon", "dbus-run-session", "secret-tool"];

/// What the child is to be, and where it finds its home.
pub const PART: &str = "OFFHOOK_TEST_KEYRING_PART";
pub const HOME: &str = "OFFHOOK_TEST_KEYRING_HOME";

/// Whether this process is a child; then it has done its work.
pub fn was_child() -> bool {
    let (Ok(part), Some(home)) = (std::env::var(PART), std::env::var_os(HOME)) else { return false };
    let paths = Paths::below(Path::new(&home));
    match part.as_str() {
        "desktop" => desktop(&paths),
        part => keyutils::child(part, &paths),
    }
    true
}

/// A server and an account there, whose password nobody knows yet.
pub fn town() -> (World, Prosody) {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let typed = Typed {
        jid: Some("alice@example.test".into()),
        xmpp_server: Some(prosody.server()),
        ca: Some(world.file("ca.crt")),
        ..Typed::default()
    };
    keep(&paths(&world), "alice", typed);
    (world, prosody)
}

pub fn kept() {
    let (world, _prosody) = town();
    let script = "printf lock | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\"";
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script]).arg(std::env::current_exe().unwrap());
    command.env(PART, "desktop").env(HOME, world.file("home")).env("HOME", world.path());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.env("XDG_DATA_HOME", world.file("keys")).env("XDG_RUNTIME_DIR", world.path());
    let mut process = Process::start(world.path(), "keyring", &mut command);
    let status = process.wait_for_end(DEADLINE);
    assert!(status.success(), "{}", process.log());
}

/// What another program finds there.
fn found(user: &str) -> Option<String> {
    let out = Command::new("secret-tool").args(["lookup", "service", "offhook", "username", user]).output().unwrap();
    out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
}

/// Another program puts it there.
fn put(user: &str, password: &str) {
    let mut tool = Command::new("secret-tool");
    tool.args(["store", "--label", user, "service", "offhook", "username", user]).stdin(Stdio::piped());
    let mut tool = tool.spawn().unwrap();
    tool.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    assert!(tool.wait().unwrap().success());
}

/// Whether the chat is online, without anybody having been asked.
pub async fn signs_in_unasked(screen: &mut Screen) {
    screen.signs_in("alice").await;
    let settled = |event: &Event| match event {
        Event::Link { state: LinkState::Connecting | LinkState::Offline, .. } => None,
        Event::Link { state, .. } => Some(state.clone()),
        _ => None,
    };
    let state = screen.until("signed in", settled).await;
    assert!(matches!(state, LinkState::Online { .. }), "{state:?}");
}

/// Types the password when asked, and has it kept; what is said of that.
pub async fn gives_it_to_keep(screen: &mut Screen, refused: bool) -> String {
    screen.until_asked("alice", Service::Chat, refused).await;
    screen.gives("alice", "pw-alice", true).await;
    let kept = |event: &Event| match event {
        Event::Notice(notice) if notice.problem.what.contains("kept") => Some((notice.level, notice.problem.what.clone())),
        _ => None,
    };
    let (level, said) = screen.until("kept", kept).await;
    assert_eq!(level, NoticeLevel::Info, "{said}");
    said
}

pub async fn is_removed(screen: &mut Screen) {
    screen.wants(Wanted::RemoveAccount { account: account("alice") }).await;
    screen.until_it_is("gone", |state| state.accounts.is_empty()).await;
}

fn desktop(paths: &Paths) {
    let stores = Stores::new(paths, StoreChoice::Automatic).unwrap();
    let tried = try_all(&stores, StoreChoice::Automatic);
    assert_eq!(tried[0].tried, Tried::Works, "{tried:?}");
    assert_eq!(found("offhook doctor"), None);
    let work = async {
        // What an earlier offhook has kept, for all services of the account as one.
        put("alice", "pw-alice");
        let mut screen = Screen::start(paths).await;
        signs_in_unasked(&mut screen).await;
        screen.end().await;
        assert_eq!((found("alice/chat").as_deref(), found("alice")), (Some("pw-alice"), None));

        // What this server refuses is kept for it no longer, and for others it is.
        put("alice/chat", "wrong");
        put("alice/phone", "wrong");
        let mut screen = Screen::start(paths).await;
        screen.signs_in("alice").await;
        let said = gives_it_to_keep(&mut screen, true).await;
        assert_eq!(said, "The password of alice is kept in the keyring.");
        screen.end().await;
        assert_eq!((found("alice/chat").as_deref(), found("alice/phone").as_deref()), (Some("pw-alice"), Some("wrong")));

        // The next run asks nobody.
        let mut screen = Screen::start(paths).await;
        signs_in_unasked(&mut screen).await;
        is_removed(&mut screen).await;
        screen.end().await;
        Ok(())
    };
    block_on(work).unwrap();
    assert_eq!((found("alice/chat"), found("alice/phone")), (None, None), "nothing is left of it");
}
