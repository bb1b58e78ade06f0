//! Properties of the four diagrams and of the layer: any order of responses, requests and timers is survived, time
//! ends everything that nobody holds open, and a timer that has fired is not due again at once.

use super::super::invite_client::InviteClient;
use super::super::invite_server::InviteServer;
use super::super::non_invite_client::NonInviteClient;
use super::super::non_invite_server::NonInviteServer;
use super::super::{ClientKey, Input, Layer, Output, ServerKey, Timers};
use super::wire::{flow, moment, request};
use crate::machine::{Chance, Machine};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Message, Method, Request, Response};
use proptest::prelude::*;

/// What may happen to a diagram: time passes by so many ms, a status is heard or given, or a request comes again.
#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Status(u16),
    Again,
    Other,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u64..40_000).prop_map(Step::Pass),
        (0_u64..600).prop_map(Step::Pass),
        prop_oneof![Just(100_u16), Just(180), Just(200), Just(299), Just(302), Just(486), Just(603), any::<u16>()]
            .prop_map(Step::Status),
        Just(Step::Again),
        Just(Step::Other),
    ];
    proptest::collection::vec(step, 0..40)
}

const FAR: u64 = 10_000_000;

proptest! {
    #[test]
    fn an_invite_client_survives_every_order(steps in steps(), reliable: bool) {
        let timers = Timers::default();
        let (mut now, mut state) = (0, InviteClient::sent(moment(0), &timers, reliable));
        let mut finals = 0;
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Status(status) => {
                    let open = matches!(state, InviteClient::Calling { .. } | InviteClient::Proceeding { .. });
                    state.hear(moment(now), status, &timers, reliable);
                    finals += u32::from(open && status >= 200);
                }
                Step::Again | Step::Other => state.cancelled(moment(now), &timers),
            }
            state.expire(moment(now));
            prop_assert!(state.wake().is_none_or(|wake| wake.at > moment(now)));
        }
        prop_assert!(finals <= 1);
        state.cancelled(moment(now), &timers);
        for later in [40_000, FAR] {
            state.expire(moment(now + later));
        }
        let held_open = matches!(state, InviteClient::Proceeding { give_up: None });
        prop_assert!(held_open || state == InviteClient::Terminated);
    }

    #[test]
    fn another_client_survives_every_order(steps in steps(), reliable: bool) {
        let timers = Timers::default();
        let (mut now, mut state) = (0, NonInviteClient::sent(moment(0), &timers, reliable));
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Status(status) => drop(state.hear(moment(now), status, &timers, reliable)),
                Step::Again | Step::Other => {}
            }
            state.expire(moment(now), &timers);
            prop_assert!(state.wake().is_none_or(|wake| wake.at > moment(now)));
        }
        state.expire(moment(now + FAR), &timers);
        prop_assert_eq!(state, NonInviteClient::Terminated);
    }

    #[test]
    fn an_invite_server_survives_every_order(steps in steps(), reliable: bool) {
        let timers = Timers::default();
        let (mut now, mut state) = (0, InviteServer::received(moment(0)));
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Status(status) => drop(state.respond(moment(now), status, &timers, reliable)),
                Step::Again => drop(state.hear_again()),
                Step::Other => drop(state.hear_ack(moment(now), &timers, reliable)),
            }
            state.expire(moment(now), &timers);
            prop_assert!(state.wake().is_none_or(|wake| wake.at > moment(now)));
        }
        state.respond(moment(now), 500, &timers, reliable);
        state.expire(moment(now + FAR), &timers);
        prop_assert_eq!(state, InviteServer::Terminated);
    }

    #[test]
    fn another_server_survives_every_order(steps in steps(), reliable: bool) {
        let timers = Timers::default();
        let (mut now, mut state) = (0, NonInviteServer::received(moment(0), &timers));
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Status(status) => drop(state.respond(moment(now), status, &timers, reliable)),
                Step::Again | Step::Other => drop(state.hear_again()),
            }
            state.expire(moment(now));
            prop_assert!(state.wake().is_none_or(|wake| wake.at > moment(now)));
        }
        state.expire(moment(now + FAR));
        prop_assert_eq!(state, NonInviteServer::Terminated);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Messages that are answers to what the layer sent, requests new and old, and nonsense, in any order.
    #[test]
    fn a_layer_survives_every_order(seed: u64, reliable: bool) {
        let mut chance = Chance::seeded(seed);
        let mut layer = Layer::new(Timers::default(), chance.fork());
        let flow = flow(0, if reliable { Transport::Tls } else { Transport::Udp });
        let (mut now, mut sent): (u64, Vec<Request>) = (0, Vec::new());
        let mut ends = std::collections::BTreeMap::<u64, u32>::new();
        for key in 0..120 {
            let methods = [Method::Invite, Method::Options, Method::Cancel, Method::Ack, Method::Bye];
            let method = methods[chance.below(5) as usize].clone();
            let status = [100, 180, 200, 302, 487][chance.below(5) as usize];
            let input = match chance.below(7) {
                0 if !matches!(method, Method::Ack | Method::Cancel) => {
                    Input::Request { key: ClientKey(key), flow, to: flow.remote, request: request(method, key as u32) }
                }
                1 => Input::Cancel { key: ClientKey(chance.below(key + 1)) },
                2 => {
                    let mut request = request(method, 1);
                    let branch = chance.below(6);
                    request.headers.push_front("Via", format!("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK{branch}"));
                    Input::Received { flow, from: flow.remote, message: Message::Request(request) }
                }
                3 => {
                    let response = Response::to(&request(method, 1), status, Some("b"));
                    Input::Respond { key: ServerKey(chance.below(key + 1)), response }
                }
                4 if chance.happens(50) => Input::FlowFailed { flow: flow.id },
                _ => {
                    let Some(request) = sent.get(chance.below(sent.len() as u64) as usize) else { continue };
                    let message = Message::Response(Response::to(request, status, Some("b")));
                    Input::Received { flow, from: flow.remote, message }
                }
            };
            layer.handle(moment(now), input);
            now += [0, 100, 600, 5000, 33_000][chance.below(5) as usize];
            layer.expire(moment(now));
            prop_assert!(layer.wake().is_none_or(|wake| wake.at > moment(now)));
            while let Some(output) = layer.poll() {
                match output {
                    Output::Send { bytes, .. } => {
                        if let Ok(Message::Request(request)) = Message::parse(&bytes) {
                            sent.push(request);
                        }
                    }
                    Output::Failed { key, .. } => *ends.entry(key.0).or_default() += 1,
                    Output::Response { key, response } if response.status >= 300 => *ends.entry(key.0).or_default() += 1,
                    _ => {}
                }
            }
        }
        prop_assert!(ends.values().all(|count| *count == 1), "{ends:?}");
        layer.handle(moment(now), Input::FlowFailed { flow: flow.id });
        prop_assert!(layer.is_empty() && layer.wake().is_none());
    }
}
