//! Pings and pongs, and random histories.

use super::super::{Input, Output, Registration, Settings};
use super::town::*;
use crate::machine::{Chance, Machine, Secret};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Request, Response, Uri};
use crate::protocol::sip::transaction::Failure;
use proptest::prelude::*;

fn outbound(request: &Request, flow_timer: Option<u32>) -> Response {
    let mut response = granted(request, 600);
    response.headers.push("Require", "outbound");
    if let Some(seconds) = flow_timer {
        response.headers.push("Flow-Timer", seconds);
    }
    response
}

fn pauses(pings: &[u64]) -> Vec<u64> {
    pings.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_registered_flow_is_pinged_every_25_to_30_s() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let (mut world, mut town) = (phone(1), Town::new(transport, grants(600)));
        register(&mut world, &mut town, 3600);
        let pauses = pauses(&town.pings);
        assert!(pauses.len() > 115, "{transport:?}: {}", pauses.len());
        assert!(pauses.iter().all(|pause| (25_000..=30_000).contains(pause)), "{pauses:?}");
        assert!(town.words().iter().all(|words| !words.starts_with("abandon")), "nobody promised pongs");
    }
}

#[test]
fn promised_pongs_keep_a_stream_and_their_absence_ends_it_after_10_s() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, |_, request| Some(outbound(request, None))));
    town.pongs = true;
    register(&mut world, &mut town, 3600);
    assert!(town.pings.len() > 115);
    assert_eq!(town.words(), ["registering", "registered 600"]);
    town.pongs = false;
    let before = town.pings.len();
    world.run(at(3700), &mut town);
    let (ping, died) = (town.pings[before], town.told[2].0);
    assert_eq!(died, ping + 10_000);
    let words: Vec<_> = town.words().into_iter().skip(2).take(2).collect();
    assert_eq!(words, ["abandon 0", "waiting 0 the server no longer answers on this link"]);
    assert!(town.flows.len() > 1);
}

#[test]
fn over_udp_nobody_promises_pongs() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, |_, request| Some(outbound(request, None))));
    register(&mut world, &mut town, 600);
    assert_eq!(town.words(), ["registering", "registered 600"]);
}

#[test]
fn flow_timer_shortens_the_pause_within_reason() {
    for (timer, least, most) in [(12, 10_000, 12_000), (1, 4000, 5000), (3600, 25_000, 30_000)] {
        let (mut world, mut town) =
            (phone(1), Town::new(Transport::Udp, move |_, request| Some(outbound(request, Some(timer)))));
        register(&mut world, &mut town, 600);
        assert!(pauses(&town.pings).iter().all(|pause| (least..=most).contains(pause)), "{timer}: {:?}", town.pings);
    }
}

proptest! {
    /// Whatever comes in whatever order: no panic, no timer that is due for ever, and CSeq counts.
    #[test]
    fn a_registration_survives_every_order(seed: u64) {
        let mut chance = Chance::seeded(seed);
        let settings = Settings::new(Uri::sip(Some("alice"), "example.test"), "urn:uuid:1".to_owned());
        let mut registration = Registration::new(settings, chance.fork());
        let (mut now, mut requests): (u64, Vec<(u32, Request)>) = (0, Vec::new());
        for _ in 0..200 {
            let flow = |chance: &mut Chance| {
                let id = chance.below(4);
                let transport = [Transport::Udp, Transport::Tls][id as usize % 2];
                let address = |last: u8| ([192, 0, 2, last], 5060).into();
                Flow { id: FlowId(id), transport, local: address(1), remote: address(2 + id as u8 % 2) }
            };
            let input = match chance.below(12) {
                0 => Input::Register,
                1 if chance.happens(300) => Input::Unregister,
                2 => Input::Password(Secret::new("p".into())),
                3 if chance.happens(200) => Input::NoPassword,
                4 | 5 => {
                    let flow = flow(&mut chance);
                    Input::FlowUp { flow, to: flow.remote }
                }
                6 => Input::FlowDown { flow: flow(&mut chance).id },
                7 => Input::Pong { flow: flow(&mut chance).id },
                _ => {
                    let Some((attempt, mut request)) = requests.last().cloned() else { continue };
                    request.headers.push_front("Via", "SIP/2.0/UDP 192.0.2.1;rport=7;received=192.0.2.66;branch=z9hG4bK1");
                    let status = [100, 200, 200, 200, 301, 401, 401, 407, 423, 439, 503, 500][chance.below(12) as usize];
                    let response = match status {
                        200 => granted(&request, chance.below(100) as u32),
                        401 => challenge(&request, &chance.hex(2)),
                        status => answer(&request, status),
                    };
                    let attempt = attempt.wrapping_sub(u32::from(chance.happens(100)));
                    let why = if chance.happens(500) { Failure::Timeout } else { Failure::Transport };
                    if chance.happens(200) { Input::Failed { attempt, why } } else { Input::Response { attempt, response } }
                }
            };
            registration.handle(moment(now), input);
            now += chance.below(100_000);
            registration.expire(moment(now));
            prop_assert!(registration.wake().is_none_or(|wake| wake.at > moment(now)));
            while let Some(output) = registration.poll() {
                if let Output::Request { attempt, request, .. } = output {
                    prop_assert!(requests.last().is_none_or(|(last, _)| *last + 1 == attempt));
                    prop_assert_eq!(request.headers.cseq().unwrap().number, attempt);
                    requests.push((attempt, request));
                }
            }
        }
    }
}

fn moment(millis: u64) -> crate::machine::Moment {
    crate::machine::Moment::START + std::time::Duration::from_millis(millis)
}
