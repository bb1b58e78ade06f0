//! The keyring of a desktop, on a message bus of its own. The bus is found through the environment, so the session that
//! uses it is a child: this very binary, told by an environment variable what to be.

use super::process::{DEADLINE, Process};
use super::prosody::{self, Prosody};
use super::session::{Screen, account, keep, paths};
use super::world::World;
use offhook::app::block_on;
use offhook::engine::command::Command as Wanted;
use offhook::engine::event::{Event, LinkState, NoticeLevel, Service};
use offhook::io::accounts::Typed;
use offhook::io::paths::Paths;
use offhook::io::secrets::keyring;
use std::path::Path;
use std::process::Command;

pub const NEEDS: &[&str] = &[prosody::NEEDS, "gnome-keyring-daemon", "dbus-run-session"];

/// Where the child finds its home.
const CHILD: &str = "OFFHOOK_TEST_KEYRING_CHILD";

/// Whether this process is the child; then it has done its work.
pub fn was_child() -> bool {
    let Some(home) = std::env::var_os(CHILD) else { return false };
    child(&Paths::below(Path::new(&home)));
    true
}

pub fn kept() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let typed = Typed {
        jid: Some("alice@example.test".into()),
        xmpp_server: Some(prosody.server()),
        ca: Some(world.file("ca.crt")),
        ..Typed::default()
    };
    keep(&paths(&world), "alice", typed);
    let script = "printf lock | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\"";
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script]).arg(std::env::current_exe().unwrap());
    command.env(CHILD, world.file("home")).env("HOME", world.path()).env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.env("XDG_DATA_HOME", world.file("keys")).env("XDG_RUNTIME_DIR", world.path());
    let mut process = Process::start(world.path(), "keyring", &mut command);
    let status = process.wait_for_end(DEADLINE);
    assert!(status.success(), "{}", process.log());
}

fn child(paths: &Paths) {
    let work = async {
        let mut screen = Screen::start(paths).await;
        screen.signs_in("alice").await;
        screen.until_asked("alice", Service::Chat, false).await;
        screen.gives("alice", "pw-alice", true).await;
        let kept = |event: &Event| match event {
            Event::Notice(notice) => Some((notice.level, notice.problem.what.clone())),
            _ => None,
        };
        let (level, said) = screen.until("kept", kept).await;
        assert_eq!(level, NoticeLevel::Info, "{said}");
        screen.end().await;

        // The next run asks nobody.
        let mut screen = Screen::start(paths).await;
        screen.signs_in("alice").await;
        let settled = |event: &Event| match event {
            Event::Link { state: LinkState::Connecting | LinkState::Offline, .. } => None,
            Event::Link { state, .. } => Some(state.clone()),
            _ => None,
        };
        let state = screen.until("signed in", settled).await;
        assert!(matches!(state, LinkState::Online { .. }), "{state:?}");
        screen.wants(Wanted::RemoveAccount { account: account("alice") }).await;
        screen.until_it_is("gone", |state| state.accounts.is_empty()).await;
        screen.end().await;
        Ok(())
    };
    block_on(work).unwrap();
    assert_eq!(keyring::look_up(&account("alice")), Ok(None), "nothing is left of it");
}
