//! Calls with baresip through Kamailio.

use super::baresip::{self, Baresip, Options};
use super::kamailio::{self, Kamailio};
use super::world::World;
use super::{Case, checkout};

pub const CASES: &[Case] =
    &[Case { name: "calls::the_peers_know_each_other", needs: &[kamailio::NEEDS, baresip::NEEDS], run: peers_know_each_other }];

/// The ground of all others: baresip registers with Kamailio over each transport.
fn peers_know_each_other() {
    for transport in ["udp", "tcp", "tls"] {
        let world = World::new();
        let kamailio = Kamailio::start(&world);
        let proxy = kamailio.proxy(transport);
        let play = checkout("Cargo.toml").display().to_string();
        let options = Options { user: "bob", proxy: &proxy, play: &play, codecs: "opus/48000/1", answer: "auto", more: "" };
        let bob = Baresip::start(&world, &options);
        assert_eq!(bob.order("reginfo", "")["ok"], true);
    }
}
