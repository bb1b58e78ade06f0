//! slixmpp as the far end of a chat: `slixmpp_user.py` obeys orders and tells what it hears.

use super::checkout;
use super::process::Process;
use super::world::{DOMAIN, World};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdin, Command};

pub const NEEDS: &str = ".venv/bin/python";

pub struct Slixmpp {
    pub process: Process,
    orders: ChildStdin,
    marks: usize,
}

impl Slixmpp {
    /// Signs in as `NAME@example.test/slixmpp` at this port, and waits until it is there.
    pub fn sign_in(world: &World, name: &str, port: u16) -> Slixmpp {
        Slixmpp::start(world, name, port, &[])
    }

    /// The same, and tells whoever asks that a message has arrived.
    pub fn confirming(world: &World, name: &str, port: u16) -> Slixmpp {
        Slixmpp::start(world, name, port, &["confirms"])
    }

    fn start(world: &World, name: &str, port: u16, more: &[&str]) -> Slixmpp {
        let mut command = Command::new(checkout(NEEDS));
        command.arg(checkout("tests/peers/slixmpp_user.py"));
        command.args([&format!("{name}@{DOMAIN}/slixmpp"), &format!("pw-{name}"), "127.0.0.1", &port.to_string()]);
        command.arg(world.file("ca.crt")).args(more);
        let label = format!("slixmpp-{name}-{}", super::ports::free());
        let (mut process, orders) = Process::start_obedient(world.path(), &label, &mut command);
        process.wait_until("signs in", |process| !process.told("online").is_empty());
        Slixmpp { process, orders, marks: 0 }
    }

    /// Signs in at another server than the town's: with this JID and password at this address, whose authority is this.
    pub fn sign_in_at(world: &World, who: (&str, &str), at: SocketAddr, authority: &Path) -> Slixmpp {
        let mut user = Slixmpp::start_at(world, who, at, authority, &[]);
        user.process.wait_until("signs in", |process| !process.told("online").is_empty());
        user
    }

    /// Begins to sign in there.
    pub fn start_at(world: &World, (jid, password): (&str, &str), at: SocketAddr, authority: &Path, more: &[&str]) -> Slixmpp {
        let mut command = Command::new(checkout(NEEDS));
        command.arg(checkout("tests/peers/slixmpp_user.py")).args([
            jid,
            password,
            &at.ip().to_string(),
            &at.port().to_string(),
        ]);
        command.arg(authority).args(more);
        let label = format!("slixmpp-elsewhere-{}", super::ports::free());
        let (process, orders) = Process::start_obedient(world.path(), &label, &mut command);
        Slixmpp { process, orders, marks: 0 }
    }

    /// Goes into a room, and tells who is there.
    pub fn joins(&mut self, room: &str, nick: &str) -> Vec<String> {
        self.order(&json!({"do": "join", "room": room, "nick": nick}));
        self.process.wait_until("is in the room", |process| !process.told("joined").is_empty());
        let inside = self.process.told("joined").pop().unwrap();
        inside["inside"].as_array().unwrap().iter().map(|nick| nick.as_str().unwrap().to_owned()).collect()
    }

    pub fn order(&mut self, order: &Value) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Says something, and waits for nothing.
    pub fn says(&mut self, to: &str, body: &str) {
        self.order(&json!({"do": "send", "to": to, "body": body}));
    }

    /// Says that a message has reached it (XEP-0184).
    pub fn confirms(&mut self, to: &str, id: &str) {
        self.order(&json!({"do": "confirm", "to": to, "id": id}));
    }

    /// Waits for the answer to a ping (XEP-0199).
    pub fn pings(&mut self, jid: &str) {
        let before = self.process.told("pong").len();
        self.order(&json!({"do": "ping", "jid": jid}));
        self.process.wait_until("hears the pong", |process| process.told("pong").len() > before);
    }

    /// Shows itself: `show` is empty for plain availability.
    pub fn shows(&mut self, show: &str, status: &str) {
        self.order(&json!({"do": "presence", "show": show, "status": status}));
    }

    /// `subscribe`, `subscribed`, `unsubscribe` or `unsubscribed`, to the bare JID of `name`.
    pub fn presence_to(&mut self, kind: &str, name: &str) {
        self.order(&json!({"do": kind, "jid": format!("{name}@{DOMAIN}")}));
    }

    /// Waits until the server has all that it was told, and we have heard what the server had for us.
    pub fn settle(&mut self) {
        self.marks += 1;
        let mark = self.marks;
        self.order(&json!({"do": "settle", "mark": mark}));
        self.process.wait_until("settles", |process| process.told("settled").iter().any(|told| told["mark"] == mark));
    }

    /// Its roster: the subscription with `name`.
    pub fn subscription(&mut self, name: &str) -> String {
        let before = self.process.told("roster").len();
        self.order(&json!({"do": "roster"}));
        self.process.wait_until("tells its roster", |process| process.told("roster").len() > before);
        let roster = self.process.told("roster").pop().unwrap();
        roster["contacts"][format!("{name}@{DOMAIN}")].as_str().unwrap_or("absent").to_owned()
    }
}
