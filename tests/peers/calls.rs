//! Calls with baresip through Kamailio: both ways, over each transport, with each codec, in clear and with SDES.

use super::phones::{ALICE, BOB, OPUS, PCMU, Setup, Talked, Town, call, only_call};
use super::process::DEADLINE;
use super::{Case, baresip, kamailio, ports};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];
const OVER_IPV6: &[&str] = &[kamailio::NEEDS, baresip::NEEDS, ports::IPV6];

pub const CASES: &[Case] = &[
    Case { name: "calls::an_opus_call_reaches_baresip", needs: NEEDS, run: gate },
    Case { name: "calls::both_ways_over_udp", needs: NEEDS, run: || both_ways(&Town::new(), "udp", &SETUPS) },
    Case { name: "calls::both_ways_over_tcp", needs: NEEDS, run: || both_ways(&Town::new(), "tcp", &SETUPS) },
    Case { name: "calls::both_ways_over_tls", needs: NEEDS, run: || both_ways(&Town::new(), "tls", &SETUPS) },
    Case { name: "calls::both_ways_over_ipv6", needs: OVER_IPV6, run: over_ipv6 },
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

fn over_ipv6() {
    for (transport, setup) in ["udp", "tcp", "tls"].into_iter().zip(&SETUPS) {
        both_ways(&Town::of_ipv6(), transport, std::slice::from_ref(setup));
    }
}

fn both_ways(town: &Town, transport: &str, setups: &[(&str, &str, &str, bool)]) {
    let alice = town.alice(transport);
    for (codecs, encryption, codec, encrypted) in setups.iter().copied() {
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
