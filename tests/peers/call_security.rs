//! Nothing is sent in clear by an account that was not told to: neither signalling nor sound, in either direction.

use super::offhook::User;
use super::phones::{ALICE, BARESIP_HZ, BOB, Setup, Talked, Town, call, check_untalked, only_call};
use super::process::DEADLINE;
use super::sound::Recording;
use super::{Case, baresip, kamailio};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "security::clear_signalling_is_refused", needs: &[kamailio::NEEDS], run: clear_signalling },
    Case { name: "security::clear_sound_is_refused", needs: NEEDS, run: clear_sound },
    Case { name: "security::sealed_calls_both_ways", needs: NEEDS, run: sealed },
    Case { name: "security::an_unknown_authority_is_refused", needs: &[kamailio::NEEDS], run: unknown_authority },
];

fn clear_signalling() {
    let town = Town::new();
    let alice = User::new(&town.world, "alice");
    for transport in ["udp", "tcp"] {
        let refused = town.add_account(&alice, "alice", &town.kamailio.proxy(transport), false);
        assert_ne!(refused.code, 0);
        assert!(refused.said.contains("allow-cleartext"), "{}", refused.said);
    }
    // An account whose file was written by hand gets no further.
    let account = town.world.file("home-alice/config/offhook/accounts");
    std::fs::create_dir_all(&account).unwrap();
    town.add_account(&alice, "alice", &town.kamailio.proxy("tls"), false).expect(0);
    let file = std::fs::read_dir(&account).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_file()).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&town.kamailio.proxy("tls"), &town.kamailio.proxy("udp"))).unwrap();
    let refused = alice.run("call", &["call", "--json", BOB]).expect(5);
    assert!(refused.said.contains("clear"), "{}", refused.said);
    assert!(!town.kamailio.process.log().contains("INVITE"));
}

fn clear_sound() {
    let town = Town::new();
    let alice = town.user("alice", &town.kamailio.proxy("tls"), false);
    let mut bob = town.baresip(Setup { transport: "tls", ..Setup::default() });
    let refused = call(&alice, BOB, &["--for", "1"]).expect(5);
    check_untalked(&refused.json(), "failed", "did not take an encrypted call");

    let answering = town.answering(&alice, &["--calls", "1"]);
    bob.order("dial", ALICE);
    bob.process.wait_for_line("488 ");
    let ended = alice.finish(answering, DEADLINE).expect(5);
    check_untalked(&only_call(&ended), "failed", "would not be encrypted");
}

fn sealed() {
    let town = Town::new();
    let alice = town.user("alice", &town.kamailio.proxy("tls"), false);
    for encryption in ["srtp", "srtp-mand"] {
        let bob = town.baresip(Setup { transport: "tls", encryption, ..Setup::default() });
        let record = town.world.file("far.wav");
        let record = record.display().to_string();
        let talked = call(&alice, BOB, &["--for", "1", "--record", &record]).expect(0).json();
        Talked { codec: "opus/48000", encrypted: true, end: "local", packets: 30 }.check(&talked);
        let level = Recording::ours(record.as_ref()).middle().level_at(BARESIP_HZ);
        assert!(level > 0.1, "{encryption}: {level}");

        let mut answering = town.answering(&alice, &["--calls", "1"]);
        bob.order("dial", ALICE);
        answering.wait_for_line("answered after");
        bob.wait_for_packets(25);
        bob.order("hangup", "");
        let ended = alice.finish(answering, DEADLINE).expect(0);
        Talked { codec: "opus/48000", encrypted: true, end: "remote", packets: 15 }.check(&only_call(&ended));
    }
}

fn unknown_authority() {
    let town = Town::new();
    let alice = User::new(&town.world, "alice");
    let proxy = town.kamailio.proxy("tls");
    let account = ["account", "add", "alice", "--sip", ALICE, "--sip-proxy", &proxy, "--password-command", "echo pw-alice"];
    alice.run("account", &account).expect(0);
    for arguments in [&["call", "--json", BOB][..], &["answer", "--json"]] {
        let refused = alice.run("refused", arguments).expect(5);
        let command = format!("offhook trust 127.0.0.1:{} --sha256 ", town.kamailio.tls_port);
        assert!(refused.said.contains(&command) || refused.out.contains(&command), "{}\n{}", refused.out, refused.said);
    }
}
