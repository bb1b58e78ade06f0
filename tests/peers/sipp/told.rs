//! One call between offhook and sipp, from its scenario to what both sides say of it.

use super::peer::Sipp;
use super::scenario::{Role, Step};
use crate::offhook::{Ended, User};
use crate::process::{DEADLINE, Process};
use crate::world::World;
use serde_json::Value;

/// What both sides say.
pub struct Told {
    /// offhook's exit code.
    pub code: i32,
    /// The call in its JSON.
    pub call: Value,
    /// All of its JSON.
    pub json: Value,
    /// Its stderr.
    pub said: String,
    /// What sipp heard, message by message.
    pub heard: Vec<String>,
}

impl Told {
    /// How it ended: exit code and `end`.
    pub fn ended(self, code: i32, end: &str) -> Told {
        assert_eq!((self.code, self.call["end"].as_str()), (code, Some(end)), "{}\n{}", self.json, self.said);
        self
    }

    /// Why it ended, by a part of it.
    pub fn because(self, reason: &str) -> Told {
        assert!(self.call["reason"].as_str().unwrap_or_default().contains(reason), "{}", self.json);
        self
    }

    /// A line of progress.
    pub fn said(self, line: &str) -> Told {
        assert!(self.said.contains(line), "{}", self.said);
        self
    }

    /// The messages of sipp's log that begin like this, which must be so many.
    pub fn heard(&self, start: &str, times: usize) -> Vec<String> {
        let found: Vec<String> = self.heard.iter().filter(|message| message.starts_with(start)).cloned().collect();
        assert_eq!(found.len(), times, "{start} in {:#?}", self.heard);
        found
    }

    fn of(ended: Ended, sipp: Sipp) -> Told {
        let heard = sipp.verdict(&format!("{} {}\n{}", ended.code, ended.out, ended.said));
        let json = if ended.out.is_empty() { Value::Null } else { ended.json() };
        let call = if json["calls"].is_array() { json["calls"][0].clone() } else { json.clone() };
        Told { code: ended.code, call, json, said: ended.said, heard }
    }
}

/// Alice, whose proxy is sipp.
pub fn alice<'a>(world: &'a World, sipp: &Sipp) -> User<'a> {
    account(world, &sipp.proxy(), "echo pw-alice")
}

/// Alice with this proxy and password command.
pub fn account<'a>(world: &'a World, proxy: &str, password: &str) -> User<'a> {
    let alice = User::new(world, "alice");
    let address = ["account", "add", "alice", "--sip", "sip:alice@example.test", "--sip-proxy", proxy];
    alice.run("add", &[&address[..], &["--allow-cleartext", "--password-command", password]].concat()).expect(0);
    alice
}

/// Alice calls bob, who does these steps.
pub fn called(transport: &str, steps: &[Step]) -> Told {
    called_and(transport, steps, &["--for", "15"], |_| {})
}

/// The same, with other arguments, and with something done while it goes on.
pub fn called_and(transport: &str, steps: &[Step], arguments: &[&str], meanwhile: impl FnOnce(&mut Process)) -> Told {
    let world = World::new();
    let sipp = Sipp::start(&world, &Role::Called, transport, steps);
    let alice = alice(&world, &sipp);
    let mut process = alice.start("call", &[&["call", "bob", "--json"], arguments].concat());
    meanwhile(&mut process);
    Told::of(alice.finish(process, DEADLINE), sipp)
}

/// Bob, her registrar, does these steps while alice answers so many calls.
pub fn calling(transport: &str, calls: u32, steps: &[Step]) -> Told {
    let world = World::new();
    let sipp = Sipp::start(&world, &Role::Calling, transport, steps);
    let alice = alice(&world, &sipp);
    Told::of(alice.run("answer", &["answer", "--json", "--calls", &calls.to_string()]), sipp)
}

/// Alice ends the call, and is told to leave when bob has sent this: she would not wait for him.
pub fn calling_until(sent: &str, steps: &[Step]) -> Told {
    let world = World::new();
    let sipp = Sipp::start(&world, &Role::Calling, "udp", steps);
    let alice = alice(&world, &sipp);
    let mut process = alice.start("answer", &["answer", "--json"]);
    process.wait_for_line("ended:");
    sipp.wait_until_sent(sent);
    process.signal("INT");
    Told::of(alice.finish(process, DEADLINE), sipp)
}
