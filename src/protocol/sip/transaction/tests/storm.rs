//! Five hundred transactions over links that lose, double and reorder: each ends exactly once on both sides.

use super::super::{ClientKey, Input, Output};
use super::wire::*;
use crate::lab::world::Link;
use crate::machine::Chance;
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Method;
use std::collections::BTreeMap;
use std::time::Duration;

const COUNT: u64 = 500;

fn bad_link(seed: u64) -> Link {
    let (delay, jitter) = (Duration::from_millis(20), Duration::from_millis(400));
    Link { delay, jitter, loss: 300, doubled: 200, chance: Chance::seeded(seed) }
}

/// What was told of one transaction.
#[derive(Debug, Default)]
struct Ends {
    finals: Vec<u16>,
    failed: u32,
}

fn storm(method: Method, answers: &[(u64, u16)], seed: u64) -> (Wire, BTreeMap<u64, Ends>) {
    let mut world = two_layers();
    let mut wire = Wire::joined(Transport::Udp, answers);
    wire.links = Some([bad_link(seed), bad_link(seed + 1)]);
    let flow = wire.flow(CLIENT);
    for key in 0..COUNT {
        let request = request(method.clone(), 1 + key as u32);
        world.post(moment(key * 7), CLIENT, Input::Request { key: ClientKey(key), flow, to: flow.remote, request });
    }
    world.run(moment(600_000), &mut wire);
    assert_eq!((alive(&world, CLIENT), alive(&world, SERVER)), (0, 0), "nothing stays behind");
    let mut ends: BTreeMap<u64, Ends> = (0..COUNT).map(|key| (key, Ends::default())).collect();
    for (_, _, output) in &wire.log {
        match output {
            Output::Response { key, response } if response.status >= 200 => {
                ends.get_mut(&key.0).unwrap().finals.push(response.status);
            }
            Output::Failed { key, .. } => ends.get_mut(&key.0).unwrap().failed += 1,
            _ => {}
        }
    }
    (wire, ends)
}

/// How often the server's user was told of each request, by its CSeq number.
fn requests_told(wire: &Wire) -> BTreeMap<u32, u32> {
    let mut told = BTreeMap::new();
    for (_, side, output) in &wire.log {
        if let (&SERVER, Output::Request { request, .. }) = (side, output) {
            *told.entry(request.headers.cseq().unwrap().number).or_default() += 1;
        }
    }
    told
}

#[test]
fn five_hundred_options_end_once_each_over_a_bad_link() {
    let (wire, ends) = storm(Method::Options, &[(10, 200)], 11);
    assert!(ends.values().all(|end| end.finals.len() as u32 + end.failed == 1), "{ends:?}");
    let answered = ends.values().filter(|end| end.finals == [200]).count();
    assert!(answered >= 495, "eleven tries at 49 %: {answered} of {COUNT}");
    let told = requests_told(&wire);
    assert!(told.len() >= 495 && told.values().all(|count| *count == 1));
    let sent = wire.sent(CLIENT, "OPTIONS").len();
    assert!(sent > 700, "there were retransmissions: {sent}");
}

#[test]
fn five_hundred_refused_invites_end_once_each_over_a_bad_link() {
    let (wire, ends) = storm(Method::Invite, &[(10, 180), (900, 486)], 22);
    assert!(ends.values().all(|end| end.finals.len() as u32 + end.failed == 1), "{ends:?}");
    let refused = ends.values().filter(|end| end.finals == [486]).count();
    assert!(refused >= 490, "{refused} of {COUNT}");
    let told = requests_told(&wire);
    assert!(told.values().all(|count| *count == 1));
    let unacknowledged = wire.words(SERVER).iter().filter(|words| words.starts_with("unacknowledged")).count();
    assert!(unacknowledged <= 10, "{unacknowledged}");
}

#[test]
fn five_hundred_accepted_invites_end_once_each_over_a_bad_link() {
    // The user repeats its 2xx as RFC 3261 §13.3.1.4 says.
    let answers: Vec<(u64, u16)> =
        [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].iter().map(|at| (300 + at, 200)).collect();
    let (wire, ends) = storm(Method::Invite, &answers, 33);
    for end in ends.values() {
        let answered = !end.finals.is_empty() && end.finals.iter().all(|status| *status == 200);
        assert!(answered != (end.failed == 1), "{end:?}");
    }
    assert!(ends.values().filter(|end| end.failed == 0).count() >= 490);
    assert!(requests_told(&wire).values().all(|count| *count == 1));
    assert!(wire.words(SERVER).iter().all(|words| words == "ack" || words.starts_with("request")));
}
