//! The user's keyring in the kernel, from sessions that are strangers to each other: `keyctl session` makes each, and
//! `keyctl` itself looks at what was kept.

use super::keyring::{HOME, PART, gives_it_to_keep, is_removed, signs_in_unasked, town};
use super::process::{DEADLINE, Process};
use super::prosody;
use super::session::Screen;
use super::world::World;
use offhook::app::block_on;
use offhook::io::paths::Paths;
use std::process::Command;

pub const NEEDS: &[&str] = &[prosody::NEEDS, "keyctl"];

pub fn kept() {
    let (world, _prosody) = town();
    in_a_session(&world, "first");
    assert_eq!(found(&world).as_deref(), Some("pw-alice"));
    in_a_session(&world, "second");
    assert_eq!(found(&world), None, "nothing is left of it");
}

/// A login of its own, without a desktop.
fn in_a_session(world: &World, part: &str) {
    let mut command = Command::new("keyctl");
    command.args(["session", "-"]).arg(std::env::current_exe().unwrap());
    command.env(PART, part).env(HOME, world.file("home")).env("HOME", world.path());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", world.path());
    let mut process = Process::start(world.path(), part, &mut command);
    let status = process.wait_for_end(DEADLINE);
    assert!(status.success(), "{}", process.log());
}

/// What keyctl finds, in yet another session.
fn found(world: &World) -> Option<String> {
    let name = format!("offhook:{}:alice/chat", world.file("home/config/offhook").display());
    let look = "keyctl link @u @s && keyctl pipe \"$(keyctl search @u user \"$0\")\"";
    let out = Command::new("keyctl").args(["session", "-", "sh", "-c", look, &name]).output().unwrap();
    out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
}

pub fn child(part: &str, paths: &Paths) {
    let work = async {
        let mut screen = Screen::start(paths).await;
        if part == "first" {
            screen.signs_in("alice").await;
            let said = gives_it_to_keep(&mut screen, false).await;
            assert_eq!(said, "The password of alice is kept in the kernel's keyring until this machine reboots.");
        } else {
            signs_in_unasked(&mut screen).await;
            is_removed(&mut screen).await;
        }
        screen.end().await;
        Ok(())
    };
    block_on(work).unwrap();
}
