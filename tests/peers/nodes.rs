//! A presence server of two nodes, one of which dies in mid-stream, over sockets: the real binary behind relays that cut and
//! refuse, at a lab in another process.

use super::Case;
use super::by_address::{built_in, user};
use super::distance::{Far, Service};
use super::lab::Lab;
use super::offhook::User;
use super::process::Process;
use super::round_trips;
use super::world::World;
use std::time::Duration;

pub const CASES: &[Case] = &[
    Case { name: "nodes: one dies in mid-stream, the other takes over, and home again", needs: &[], run: one_dies },
    Case { name: "nodes: the presence domain is not the services domain", needs: &[], run: presence_domain },
];

/// The nodes of the presence server, as the lab numbers its addresses.
const HOME: u32 = 0;
const BACKUP: u32 = 3;

/// Whoever is lost is signed in anew within this, in seconds: limits that the server tells.
const WINDOW: &str = "epas.relogin = [1, 2]\n";

/// Bob writes to her, and she hears it.
fn hears(listener: &mut Process, bob: &User<'_>, to: &str, body: &str) {
    bob.run("send", &["send", to, body]).expect(0);
    listener.wait_until("hears it", |process| process.bodies().iter().any(|heard| heard == body));
}

fn one_dies() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &format!("{WINDOW}{}", built_in("cup")));
    let far = Far::of(&lab, Duration::ZERO);
    let ana = User::new(&world, "ana");
    round_trips::account(&ana, &lab, &far, &[]);
    let bob = user(&world, &lab, "bob", &[]);
    let mut listener = ana.listen("listen");
    assert_eq!((far.opened(Service::Xmpp, HOME), far.opened(Service::Xmpp, BACKUP)), (1, 0));
    hears(&mut listener, &bob, "ana@lab.example", "one");

    // Chat and files of the first node are gone, and so is its sign-in.
    far.taken();
    far.reach(HOME, false);
    listener.wait_until("goes to the other node", |_| far.opened(Service::Xmpp, BACKUP) > 0);
    assert!(listener.log().contains("Trying again"), "the window is told: {}", listener.log());
    hears(&mut listener, &bob, "ana@lab.example", "two");

    // The first is back, and nothing moves until the second ends its stream.
    far.reach(HOME, true);
    far.taken();
    hears(&mut listener, &bob, "ana@lab.example", "three");
    assert_eq!(far.opened(Service::Xmpp, HOME), 0, "whoever stands stays");
    far.reach(BACKUP, false);
    listener.wait_until("goes home", |_| far.opened(Service::Xmpp, HOME) > 0);
    hears(&mut listener, &bob, "ana@lab.example", "four");
    assert_eq!(listener.bodies(), ["one", "two", "three", "four"], "each once, in order");
    ana.stop(listener).expect(0);
}

fn presence_domain() {
    for site in ["cup", "default"] {
        let world = World::new();
        let text = format!("presence-domain = \"chat.example\"\n{WINDOW}{}", built_in(site));
        let lab = Lab::start(&world, "lab", &text);
        let far = Far::of(&lab, Duration::ZERO);
        let ana = User::new(&world, "ana");
        round_trips::account(&ana, &lab, &far, &[]);
        let bob = user(&world, &lab, "bob", &[]);
        let mut listener = ana.listen("listen");
        hears(&mut listener, &bob, "ana@chat.example", "one");
        if site == "cup" {
            far.reach(HOME, false);
            listener.wait_until("goes to the other node", |_| far.opened(Service::Xmpp, BACKUP) > 0);
            hears(&mut listener, &bob, "ana@chat.example", "two");
        }
        ana.stop(listener).expect(0);
    }
}
