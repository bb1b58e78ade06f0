//! How calls end: by either side, by nobody's answer, by refusal, by signals; and what is said and exited with then.

use super::offhook::User;
use super::phones::{ALICE, BARESIP_HZ, BOB, Setup, Talked, Town, call, check_untalked, only_call};
use super::process::{DEADLINE, Process};
use super::sound::Recording;
use super::{Case, baresip, kamailio, ports};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "ends::a_busy_callee", needs: NEEDS, run: busy },
    Case { name: "ends::nobody_answers", needs: NEEDS, run: nobody_answers },
    Case { name: "ends::given_up_while_it_rings", needs: NEEDS, run: given_up },
    Case { name: "ends::who_cannot_be_reached", needs: &[kamailio::NEEDS], run: unreachable },
    Case { name: "ends::a_wrong_password_is_tried_once", needs: &[kamailio::NEEDS], run: wrong_password },
    Case { name: "ends::the_callee_hangs_up", needs: NEEDS, run: remote },
    Case { name: "ends::at_the_end_of_the_wav", needs: NEEDS, run: played_out },
    Case { name: "ends::sigint_in_a_call", needs: NEEDS, run: interrupted_call },
    Case { name: "ends::sigint_while_answering", needs: NEEDS, run: interrupted_answer },
    Case { name: "ends::two_calls_and_their_recordings", needs: NEEDS, run: two_calls },
    Case { name: "ends::two_processes_of_one_account", needs: NEEDS, run: two_processes },
];

fn ringing<'a>(user: &User<'a>, target: &str) -> Process {
    let mut process = user.start("call", &["call", "--json", target]);
    process.wait_for_line("ringing");
    process
}

fn busy() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup { answer: "manual", ..Setup::default() });
    let calling = ringing(&alice, BOB);
    bob.order("hangup", "");
    let ended = alice.finish(calling, DEADLINE).expect(3);
    check_untalked(&ended.json(), "busy", "486");
}

/// The proxy gives up for us.
fn nobody_answers() {
    let town = Town::new();
    let alice = town.alice("udp");
    let _carol = town.baresip(Setup { user: "carol", answer: "manual", ..Setup::default() });
    let ended = alice.finish(ringing(&alice, "sip:carol@example.test"), DEADLINE).expect(4);
    check_untalked(&ended.json(), "no-answer", "408");
}

fn given_up() {
    let town = Town::new();
    let alice = town.alice("udp");
    let mut bob = town.baresip(Setup { answer: "manual", ..Setup::default() });
    let calling = ringing(&alice, BOB);
    calling.signal("INT");
    let ended = alice.finish(calling, DEADLINE).expect(4);
    check_untalked(&ended.json(), "local", "");
    bob.process.wait_for_line("CANCEL sip:");
    bob.process.wait_for_line("487 Request Terminated");
}

fn unreachable() {
    let town = Town::new();
    let alice = town.alice("udp");
    let ended = call(&alice, "nobody", &[]).expect(5);
    check_untalked(&ended.json(), "failed", "404");

    let nowhere = town.user("carol", &format!("sip:127.0.0.1:{};transport=tcp", ports::free()), true);
    let ended = call(&nowhere, BOB, &[]).expect(5);
    check_untalked(&ended.json(), "failed", "cannot be reached");

    let ended = call(&alice, "not an address", &[]).expect(5);
    check_untalked(&ended.json(), "failed", "neither a number nor a SIP address");
}

fn wrong_password() {
    let town = Town::new();
    let mallory = User::new(&town.world, "mallory");
    let proxy = town.kamailio.proxy("udp");
    let account = ["account", "add", "alice", "--sip", ALICE, "--sip-proxy", &proxy, "--allow-cleartext"];
    mallory.run("account", &[&account[..], &["--password-command", "echo wrong"]].concat()).expect(0);
    let ended = call(&mallory, BOB, &[]).expect(5);
    check_untalked(&ended.json(), "failed", "the SIP server refused the password");
    let ended = mallory.run("answer", &["answer", "--json"]).expect(5);
    assert!(ended.said.contains("refused the password of sip:alice@example.test"), "{}", ended.said);
}

/// Baresip hangs up when it has played its file.
fn remote() {
    let town = Town::new();
    let alice = town.alice("udp");
    let file = town.tone("short.wav", 700.0, 1.0).display().to_string();
    let _bob = town.baresip_plays(Setup::default(), &file);
    let talked = call(&alice, BOB, &[]).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "remote", packets: 30 }.check(&talked);
}

fn played_out() {
    let town = Town::new();
    let alice = town.alice("udp");
    let _bob = town.baresip(Setup::default());
    let file = town.tone("second.wav", 900.0, 1.0).display().to_string();
    let talked = call(&alice, BOB, &["--play", &file]).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 30 }.check(&talked);
    assert!((50..=75).contains(&talked["packets_sent"].as_u64().unwrap()), "{talked}");
}

fn interrupted_call() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup::default());
    let mut calling = alice.start("call", &["call", "--json", BOB]);
    calling.wait_for_line("answered after");
    bob.wait_for_packets(25);
    calling.signal("INT");
    let talked = alice.finish(calling, DEADLINE).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 15 }.check(&talked);
}

fn interrupted_answer() {
    let town = Town::new();
    let alice = town.alice("udp");
    let mut bob = town.baresip(Setup::default());
    let idle = town.answering(&alice, &[]);
    idle.signal("INT");
    assert_eq!(alice.finish(idle, DEADLINE).expect(0).out, "{\"calls\":[]}\n");

    for signal in ["INT", "TERM"] {
        let mut talking = town.answering(&alice, &[]);
        bob.order("dial", ALICE);
        talking.wait_for_line("answered after");
        bob.wait_for_packets(25);
        talking.signal(signal);
        let ended = alice.finish(talking, DEADLINE).expect(0);
        Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 15 }.check(&only_call(&ended));
        bob.process.wait_for_line("BYE sip:");
    }
}

fn two_calls() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup::default());
    let record = town.world.file("far.wav");
    let mut answering = town.answering(&alice, &["--calls", "2", "--record", &record.display().to_string()]);
    for count in 1..=2 {
        bob.order("dial", ALICE);
        answering.wait_until("is called", |process| process.log().matches("answered after").count() == count);
        bob.wait_for_packets(40);
        bob.order("hangup", "");
        answering.wait_until("ends", |process| process.log().matches("ended: remote").count() == count);
    }
    let ended = alice.finish(answering, DEADLINE).expect(0);
    let report = ended.json();
    assert_eq!(report["calls"].as_array().unwrap().len(), 2, "{report}");
    for (call, file) in report["calls"].as_array().unwrap().iter().zip(["far.wav", "far-2.wav"]) {
        Talked { codec: "opus/48000", encrypted: false, end: "remote", packets: 30 }.check(call);
        let level = Recording::ours(&town.world.file(file)).middle().level_at(BARESIP_HZ);
        assert!(level > 0.1, "{file}: {level}");
    }
}

/// Both ring, and both answer: one is talked to, the other is told at once that it is not needed.
fn two_processes() {
    let town = Town::new();
    let (alice, bob) = (town.alice("udp"), town.user("bob", &town.kamailio.proxy("udp"), true));
    let mut answering: Vec<Process> = ["first", "second"]
        .into_iter()
        .map(|label| {
            let mut process = bob.start(label, &["answer", "--json", "--calls", "1"]);
            process.wait_for_line("signed in as");
            process
        })
        .collect();
    let talked = call(&alice, BOB, &["--for", "1"]).expect(0).json();
    // Two of us always find keys.
    Talked { codec: "opus/48000", encrypted: true, end: "local", packets: 30 }.check(&talked);
    for process in &mut answering {
        process.wait_for_line("sip:alice@example.test calls");
    }
    let ended: Vec<_> = answering.into_iter().map(|process| bob.finish(process, DEADLINE)).collect();
    let talks = ended.iter().filter(|ended| only_call(ended)["packets_received"].as_u64().unwrap() >= 30).count();
    let said = || ended.iter().map(|ended| format!("{}\n{}\n{}\n", ended.code, ended.out, ended.said)).collect::<String>();
    assert_eq!(talks, 1, "{}", said());
    assert!(ended.iter().all(|ended| ended.code == 0), "{}", said());
}
