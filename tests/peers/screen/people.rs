//! Who is on the screens: Alice with the program under test, Bob with another client.

use super::terminal::{ENTER, Terminal};
use crate::offhook::User;
use crate::prosody::Prosody;
use crate::slixmpp::Slixmpp;
use crate::world::World;

pub const ALICE: &str = "alice@example.test";
pub const BOB: &str = "bob@example.test";

/// Alice with an account at this Prosody.
pub fn alice<'a>(world: &'a World, prosody: &Prosody) -> User<'a> {
    User::chatting(world, "alice", &prosody.server(), &[])
}

/// Bob, whom Alice sees and who sees Alice.
pub fn befriended(world: &World, prosody: &Prosody) -> Slixmpp {
    let mut bob = Slixmpp::sign_in(world, "bob", prosody.port);
    let mut desk = Slixmpp::sign_in(world, "alice", prosody.port);
    asks(&mut bob, "bob", &mut desk, "alice");
    asks(&mut desk, "alice", &mut bob, "bob");
    assert_eq!(bob.subscription("alice"), "both");
    bob
}

/// One asks to see the other, and is let.
fn asks(one: &mut Slixmpp, own: &str, other: &mut Slixmpp, name: &str) {
    one.presence_to("subscribe", name);
    other.process.wait_until("is asked", |of| of.told("presence").iter().any(|told| told["kind"] == "subscribe"));
    other.presence_to("subscribed", own);
    other.settle();
}

/// What Bob was told, without notes that somebody writes.
pub fn bodies(bob: &Slixmpp) -> Vec<String> {
    bob.process.bodies().into_iter().filter(|body| !body.is_empty()).collect()
}

/// The full address of the program under test, as Bob has heard it.
pub fn address_of_alice(bob: &mut Slixmpp) -> String {
    bob.settle();
    let is_ours = |from: &str| from.starts_with("alice@example.test/offhook-");
    let froms = |bob: &crate::process::Process| -> Vec<String> {
        bob.told("presence").iter().map(|told| told["from"].as_str().unwrap().to_owned()).collect()
    };
    bob.process.wait_until("sees Alice", |bob| froms(bob).iter().any(|from| is_ours(from)));
    froms(&bob.process).into_iter().rfind(|from| is_ours(from)).unwrap()
}

/// Opens the conversation with an address by the palette.
pub fn opens(terminal: &mut Terminal, address: &str) {
    terminal.type_keys(":");
    terminal.shows("Find and do anything");
    terminal.type_keys(address);
    terminal.shows_row(&["@ Chat with", address]);
    terminal.type_keys(ENTER);
    terminal.hides("Find and do anything");
    terminal.shows("Enter send");
}
