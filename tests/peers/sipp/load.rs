//! sipp's own caller against `offhook answer`: many calls, one after the other and at once.

use super::peer::NEEDS;
use super::told::account;
use crate::Case;
use crate::process::{DEADLINE, Process};
use crate::raw_sip::{RawSip, field};
use crate::world::World;
use std::process::Command;

pub const CASES: &[Case] = &[Case { name: "sipp::fifty_calls_succeed", needs: NEEDS, run: fifty_calls }];

fn fifty_calls() {
    let (world, mut registrar) = (World::new(), RawSip::udp());
    let alice = account(&world, &registrar.proxy(), "echo pw-alice");
    let answer = alice.start("answer", &["answer", "--calls", "50", "--json"]);
    let contact = registrar.register();
    let (user, host) = contact.strip_prefix("sip:").and_then(|contact| contact.split_once('@')).unwrap();
    let mut command = Command::new("sipp");
    command.args(["-sn", "uac", "-s", user, host, "-i", "127.0.0.1", "-m", "50", "-r", "20", "-d", "100"]);
    command.args(["-nostdin", "-timeout", "25s", "-timeout_error"]).current_dir(world.path());
    let mut sipp = Process::start(world.path(), "sipp-uac", &mut command);
    let status = sipp.wait_for_end(DEADLINE);
    assert_eq!(status.code(), Some(0), "{}\n{}", sipp.log(), answer.log());
    let leaving = registrar.expect("REGISTER");
    assert_eq!(field(&leaving, "Expires"), "0");
    registrar.respond(&leaving, "200 OK", "");
    let ended = alice.finish(answer, DEADLINE).expect(0).json();
    let calls = ended["calls"].as_array().unwrap();
    assert!(calls.len() == 50 && calls.iter().all(|call| call["end"] == "remote"), "{ended}");
}
