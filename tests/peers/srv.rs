//! Servers that the DNS tells (RFC 6120 §3.2), in a namespace where ours is the system's name server.

use super::namespace::{NEEDS, with_names};
use super::offhook::User;
use super::prosody::{self, Habits, Prosody};
use super::world::World;
use super::{Case, dnsmasq, ports};

pub const CASES: &[Case] = &[Case {
    name: "servers: found by SRV, the first of them dead",
    needs: &[NEEDS, prosody::NEEDS, dnsmasq::NEEDS],
    run: found_by_srv,
}];

fn found_by_srv() {
    let world = World::new();
    let (dead, port) = (ports::free(), ports::free());
    let options = [
        "host-record=im.example.test,127.0.0.1".to_owned(),
        format!("srv-host=_xmpps-client._tcp.example.test,im.example.test,{dead},1,5"),
        format!("srv-host=_xmpp-client._tcp.example.test,im.example.test,{port},2,5"),
    ];
    let (names, place) = with_names(&world, &options);
    let prosody = Prosody::start_in(&world, port, Habits::default(), Some(place));
    let ca = world.file("ca.crt").display().to_string();
    let bob = User::chatting_with(&world, "bob", "pw-bob", &["--ca", &ca]).inside(place);
    let mut listener = bob.listen("listen");
    bob.run("send", &["send", "bob@example.test", "found"]).expect(0);
    let log = names.log();
    for asked in ["query[SRV] _xmpp-client._tcp.example.test", "query[SRV] _xmpps-client._tcp.example.test"] {
        assert!(log.contains(asked), "{log}");
    }
    assert!(prosody.process.log().contains("bob@example.test/offhook-"));
    listener.signal("INT");
    listener.wait_for_end(super::process::DEADLINE);

    // A domain without such records is asked for itself, at the usual port; and one that is not there is said to be so.
    let eve = User::new(&world, "eve").inside(place);
    let add = ["account", "add", "eve", "--jid", "eve@nowhere.test", "--password-command", "echo pw"];
    eve.run("account", &add).expect(0);
    let ended = eve.run("send", &["send", "alice@example.test", "hello"]).expect(5);
    assert!(ended.said.contains("No XMPP server was found"), "{}", ended.said);
    assert!(ended.said.contains("--xmpp-server"), "{}", ended.said);
}
