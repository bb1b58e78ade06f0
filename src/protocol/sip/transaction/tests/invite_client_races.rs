//! CANCEL against everything else (RFC 3261 §9), with both sides there.

use super::super::{ClientKey, Input};
use super::wire::*;
use crate::lab::world::{Link, World};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Method;
use std::time::Duration;

fn cancel(world: &mut World<super::super::Layer>, wire: &mut Wire, millis: u64) {
    world.post(moment(millis), CLIENT, Input::Cancel { key: ClientKey(1) });
    world.run(moment(millis), wire);
}

#[test]
fn a_cancel_waits_for_a_1xx_and_has_the_branch_of_its_invite() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    cancel(&mut world, &mut wire, 100);
    cancel(&mut world, &mut wire, 200);
    assert!(wire.sent(CLIENT, "CANCEL").is_empty());
    hear(&mut world, &mut wire, 900, CLIENT, response(&invite, 100, "b"));
    cancel(&mut world, &mut wire, 950);
    world.run(moment(1000), &mut wire);
    assert_eq!(wire.sent(CLIENT, "CANCEL"), [900]);
    let cancel = wire.requests_sent(CLIENT).into_iter().find(|request| request.method == Method::Cancel).unwrap();
    for name in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(cancel.headers.get(name), invite.headers.get(name), "{name}");
    }
    assert_eq!((cancel.headers.get("CSeq"), &cancel.uri), (Some("1 CANCEL"), &invite.uri));
}

#[test]
fn a_cancel_that_a_final_response_overtakes_is_forgotten() {
    for status in [200, 486] {
        let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
        let invite = send(&mut world, &mut wire, Method::Invite);
        cancel(&mut world, &mut wire, 100);
        hear(&mut world, &mut wire, 200, CLIENT, response(&invite, status, "b"));
        world.run(moment(100_000), &mut wire);
        assert!(wire.sent(CLIENT, "CANCEL").is_empty());
        assert_eq!(wire.words(CLIENT), [format!("response 1 {status}")]);
    }
}

#[test]
fn a_cancelled_invite_without_final_response_is_given_up_64_t1_after_the_cancel() {
    let (mut world, mut wire) = (two_layers(), Wire::silent(Transport::Udp));
    let invite = send(&mut world, &mut wire, Method::Invite);
    hear(&mut world, &mut wire, 100, CLIENT, response(&invite, 180, "b"));
    cancel(&mut world, &mut wire, 5000);
    world.run(moment(100_000), &mut wire);
    assert_eq!(wire.sent(CLIENT, "CANCEL").len(), 11, "timer E of its own");
    assert_eq!(wire.told(CLIENT).last(), Some(&(37_000, "failed 1 Timeout".to_owned())));
    assert_eq!(alive(&world, CLIENT), 0);
}

#[test]
fn a_cancel_reaches_the_user_of_the_server_and_487_ends_both() {
    for transport in [Transport::Udp, Transport::Tls] {
        let (mut world, mut wire) = (two_layers(), Wire::joined(transport, &[(0, 180)]));
        send(&mut world, &mut wire, Method::Invite);
        cancel(&mut world, &mut wire, 1000);
        assert_eq!(wire.words(SERVER), ["request 0 INVITE", "cancelled 0"]);
        let invite = wire.requests_sent(CLIENT).remove(0);
        respond(&mut world, &mut wire, 1100, 0, &invite, 487);
        world.run(moment(100_000), &mut wire);
        assert_eq!(wire.words(CLIENT), ["response 1 180", "response 1 487"], "nothing of the CANCEL's own 200");
        assert_eq!(wire.sent(SERVER, "SIP/2.0 200"), [1000]);
        assert_eq!(wire.sent(CLIENT, "ACK"), [1100]);
        assert_eq!((alive(&world, CLIENT), alive(&world, SERVER)), (0, 0));
    }
}

#[test]
fn a_cancel_that_crosses_a_200_changes_nothing() {
    let (mut world, mut wire) = (two_layers(), Wire::joined(Transport::Udp, &[(0, 180), (1000, 200)]));
    let slow = || Link::clean(Duration::from_millis(50));
    wire.links = Some([slow(), slow()]);
    send(&mut world, &mut wire, Method::Invite);
    // The 200 leaves at 1050 and arrives at 1100; the CANCEL leaves between.
    cancel(&mut world, &mut wire, 1060);
    world.run(moment(100_000), &mut wire);
    assert_eq!(wire.words(CLIENT), ["response 1 180", "response 1 200"]);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE", "ack"], "not cancelled");
    assert_eq!(wire.sent(SERVER, "SIP/2.0 200"), [1050, 1110], "the second one is to the CANCEL");
    assert_eq!((alive(&world, CLIENT), alive(&world, SERVER)), (0, 0));
}

#[test]
fn a_doubled_cancel_is_answered_twice_and_told_once() {
    let (mut world, mut wire) = (two_layers(), Wire::joined(Transport::Udp, &[(0, 180)]));
    send(&mut world, &mut wire, Method::Invite);
    if let Some([there, _]) = &mut wire.links {
        there.doubled = 1000;
    }
    cancel(&mut world, &mut wire, 1000);
    world.run(moment(1001), &mut wire);
    assert_eq!(wire.words(SERVER), ["request 0 INVITE", "cancelled 0"]);
    assert_eq!(wire.sent(SERVER, "SIP/2.0 200"), [1000, 1000]);
}

#[test]
fn the_answer_to_a_cancel_has_the_tag_of_the_invites_answers() {
    let (mut world, mut wire) = (two_layers(), Wire::joined(Transport::Udp, &[(0, 180)]));
    send(&mut world, &mut wire, Method::Invite);
    cancel(&mut world, &mut wire, 1000);
    let tags: Vec<_> = wire
        .log
        .iter()
        .filter_map(|(_, side, output)| match output {
            super::super::Output::Send { bytes, .. } if *side == SERVER => {
                let message = crate::protocol::sip::message::Message::parse(bytes).unwrap();
                Some(message.headers().to().unwrap().tag().unwrap().to_owned())
            }
            _ => None,
        })
        .collect();
    assert_eq!(tags, ["b0", "b0"]);
}
