//! Our address as the registrar sees it, through a NAT.

use super::town::*;
use crate::protocol::sip::flow::Transport;
use std::net::SocketAddr;

fn public(port: u16) -> SocketAddr {
    ([203, 0, 113, 9], port).into()
}

fn hosts(town: &Town) -> Vec<String> {
    let contact = |line: &str| line.split('@').nth(1).unwrap().split(['>', ';']).next().unwrap().to_owned();
    town.registers.iter().map(|(_, request)| contact(request.headers.get("Contact").unwrap())).collect()
}

#[test]
fn over_udp_the_address_seen_from_outside_is_registered_and_the_other_removed() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, grants(600)));
    town.nat = Box::new(|| Some(public(31_000)));
    register(&mut world, &mut town, 400);
    assert_eq!(hosts(&town), ["10.0.0.5:40000", "203.0.113.9:31000"]);
    assert_eq!(town.words(), ["registering", "registered 600"], "told when it is right");
    let former: Vec<_> = town.last().headers.all("Contact").skip(1).collect();
    assert_eq!(former.len(), 1);
    assert!(former[0].contains("@10.0.0.5:40000>;expires=0"), "{former:?}");
    assert_eq!(world.machines()[0].registration.contact().unwrap().port, Some(31_000));
    world.run(at(1000), &mut town);
    assert_eq!(hosts(&town)[2..], ["203.0.113.9:31000"]);
    assert_eq!(town.last().headers.all("Contact").count(), 1);
}

#[test]
fn a_challenge_shows_it_early_enough() {
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |_, request| {
            let authorized = request.headers.get("Authorization").is_some();
            Some(if authorized { granted(request, 600) } else { challenge(request, "n") })
        }),
    );
    town.nat = Box::new(|| Some(public(31_000)));
    town.passwords = ["secret"].into();
    register(&mut world, &mut town, 400);
    assert_eq!(hosts(&town), ["10.0.0.5:40000", "203.0.113.9:31000"]);
    assert_eq!(town.last().headers.all("Contact").count(), 1, "there is nothing to remove");
}

#[test]
fn over_a_stream_it_does_not_matter() {
    for transport in [Transport::Tcp, Transport::Tls] {
        let (mut world, mut town) = (phone(1), Town::new(transport, grants(600)));
        town.nat = Box::new(|| Some(public(31_000)));
        register(&mut world, &mut town, 400);
        assert_eq!(hosts(&town), ["10.0.0.5:40000"]);
    }
}

#[test]
fn a_nat_with_another_port_for_every_packet_is_not_chased() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, grants(600)));
    let mut port = 31_000;
    town.nat = Box::new(move || {
        port += 1;
        Some(public(port))
    });
    register(&mut world, &mut town, 400);
    assert_eq!(town.registers.len(), 3, "{:?}", hosts(&town));
    assert_eq!(town.now_told(), "registered 600");
}

#[test]
fn a_nat_that_was_restarted_is_noticed_at_the_next_refresh() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, grants(600)));
    let mut packets = 0;
    town.nat = Box::new(move || {
        packets += 1;
        Some(public(if packets < 4 { 31_000 } else { 32_000 }))
    });
    register(&mut world, &mut town, 1500);
    let hosts = hosts(&town);
    assert_eq!(hosts[hosts.len() - 1], "203.0.113.9:32000", "{hosts:?}");
    assert!(town.words().iter().all(|words| !words.starts_with("waiting")));
}
