//! Those who try every address with SIP: sipsak asks and sipp calls, from another address than the registrar's. Nothing rings
//! and nothing is answered, unless they know our binding; calls through Kamailio ring all the while.

use super::kamailio::Kamailio;
use super::phones::{ALICE, Setup, Talked, Town, only_call};
use super::process::DEADLINE;
use super::world::World;
use super::{Case, baresip, kamailio};
use std::process::Command;

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS, "kamcmd", "sipp", "sipsak"];

pub const CASES: &[Case] = &[Case { name: "scanners::ring_nobody_and_learn_nothing", needs: NEEDS, run: scan }];

fn scan() {
    let world = World::new();
    // Whoever sends from 127.0.0.1 is not it.
    let kamailio = Kamailio::start_on(&world, "127.0.0.3");
    let town = Town { world, kamailio };
    let alice = town.alice("udp");
    let mut answering = town.answering(&alice, &["--calls", "1"]);
    let contact = bound(&town);
    let (_, place) = contact.split_once('@').unwrap();

    for user in ["100", "alice"] {
        assert!(!is_answered(&format!("sip:{user}@{place}")), "sipsak has learnt of {user}");
        assert!(!is_called(&town, user, place), "sipp has called {user}");
    }
    // The binding is no secret to the registrar, and to whoever it sends our way: the silence was not for want of a way.
    assert!(is_answered(&contact), "nobody at {contact}");
    assert!(!answering.log().contains("calls"), "{}", answering.log());

    let bob = town.baresip(Setup::default());
    bob.order("dial", ALICE);
    answering.wait_for_line("answered after");
    bob.wait_for_packets(25);
    bob.order("hangup", "");
    let ended = alice.finish(answering, DEADLINE).expect(0);
    Talked { codec: "opus/48000", encrypted: false, end: "remote", packets: 15 }.check(&only_call(&ended));
}

/// The one Contact that Kamailio has.
fn bound(town: &Town) -> String {
    let socket = format!("unix:{}", town.world.file("ctl.sock").display());
    let dump = Command::new("kamcmd").args(["-s", &socket, "ul.dump"]).output().unwrap();
    let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
    let mut bound = dump.lines().filter_map(|line| line.trim().strip_prefix("Address: "));
    let contact = bound.next().unwrap_or_else(|| panic!("nobody is bound: {dump}"));
    contact.split(';').next().unwrap().to_owned()
}

/// OPTIONS, for two seconds.
fn is_answered(uri: &str) -> bool {
    Command::new("timeout").args(["2", "sipsak", "-s", uri]).output().unwrap().status.success()
}

/// INVITE, for two seconds. Any response counts: sipp ends at once where one comes that it does not expect.
fn is_called(town: &Town, user: &str, place: &str) -> bool {
    let mut sipp = Command::new("sipp");
    sipp.args(["-sn", "uac", "-i", "127.0.0.1", "-s", user, "-m", "1", "-timeout", "2s", "-timeout_error", "-nostdin"]);
    let messages = town.world.file(&format!("scanner-{user}.messages"));
    sipp.arg("-trace_msg").arg("-message_file").arg(&messages).arg(place).current_dir(town.world.path());
    let ended = sipp.output().unwrap();
    let log = std::fs::read_to_string(&messages).unwrap_or_default();
    assert!(log.contains("INVITE sip:"), "sipp has not called: {}", String::from_utf8_lossy(&ended.stderr));
    ended.status.success() || log.contains("message received")
}
