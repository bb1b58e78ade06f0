//! Calls with baresip through Kamailio: both ways, over each transport, with each codec, in clear and with SDES.

use super::phones::{ALICE, BOB, OPUS, PCMU, Setup, Talked, Town, call, only_call};
use super::process::DEADLINE;
use super::{Case, baresip, kamailio};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "calls::an_opus_call_reaches_baresip", needs: NEEDS, run: gate },
    Case { name: "calls::both_ways_over_udp", needs: NEEDS, run: || both_ways("udp") },
    Case { name: "calls::both_ways_over_tcp", needs: NEEDS, run: || both_ways("tcp") },
    Case { name: "calls::both_ways_over_tls", needs: NEEDS, run: || both_ways("tls") },
];

/// The first gate.
fn gate() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup::default());
    let talked = call(&alice, BOB, &["--for", "1"]).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 30 }.check(&talked);
    drop(bob);
}

/// The ways that baresip may be set up, and what a call with it must then be.
const SETUPS: [(&str, &str, &str, bool); 4] = [
    (OPUS, "", "opus/48000", false),
    (PCMU, "", "PCMU/8000", false),
    (OPUS, "srtp", "opus/48000", true),
    (PCMU, "srtp-mand", "PCMU/8000", true),
];

fn both_ways(transport: &str) {
    let town = Town::new();
    let alice = town.alice(transport);
    for (codecs, encryption, codec, encrypted) in SETUPS {
        let bob = town.baresip(Setup { transport, codecs, encryption, ..Setup::default() });
        let talked = call(&alice, BOB, &["--for", "0.6"]).expect(0).json();
        Talked { codec, encrypted, end: "local", packets: 15 }.check(&talked);

        let mut answering = town.answering(&alice, &["--calls", "1"]);
        bob.order("dial", ALICE);
        answering.wait_for_line("answered after");
        bob.wait_for_packets(25);
        bob.order("hangup", "");
        let ended = alice.finish(answering, DEADLINE).expect(0);
        Talked { codec, encrypted, end: "remote", packets: 15 }.check(&only_call(&ended));
    }
}
