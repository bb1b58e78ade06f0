//! Links that are cut, refused, silent or not trusted.

use crate::town::{Town, jid};
use offhook::engine::chat::ChatIn;
use offhook::engine::event::{Delivery, Event, LinkState, NoticeLevel, ProblemKind};
use offhook::lab::xmpp::{Fault, Reach, ServerIn};
use offhook::machine::Moment;
use std::time::Duration;

/// Two people who are signed in. What is in flight when a link is cut is lost, or not, by the seed.
fn two(seed: u64) -> Town {
    let mut town = Town::new(&["alice", "bob"], seed);
    town.roads.lossy = seed.is_multiple_of(2);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    town
}

/// Alice writes twenty messages in two seconds, and somebody's link is cut in the middle of each.
fn chat_with_cuts(town: &mut Town, who: usize, at: u64) -> Vec<String> {
    let bodies: Vec<String> = (0..20).map(|number| format!("message {number}")).collect();
    for body in &bodies {
        town.send(0, "bob", body);
        town.run(Duration::from_millis(at));
        town.cut(who);
        town.run(Duration::from_millis(100 - at));
    }
    town.seconds(30);
    bodies
}

#[test]
fn a_link_that_is_cut_and_resumed_loses_and_doubles_nothing() {
    for who in 0..2 {
        for at in 0..40 {
            let mut town = two(100 + at);
            let bodies = chat_with_cuts(&mut town, who, at);
            assert_eq!(town.bodies(1), bodies, "person {who} is cut after {at} ms");
            assert!(town.fates(0).iter().all(|(_, delivery)| *delivery == Delivery::Delivered), "{:?}", town.fates(0));
        }
    }
}

#[test]
fn after_a_resumption_nothing_is_asked_anew_and_all_is_still_known() {
    let mut town = two(140);
    let before = town.server().heard().len();
    town.cut(0);
    town.seconds(5);
    assert_eq!(town.server().heard().len(), before, "a resumed stream says nothing by itself");
    let account = &town.state(0).accounts[&crate::town::name(0)];
    assert!(account.caught_up);
    assert_eq!(account.presences.len(), 1);
}

#[test]
fn a_link_that_is_cut_for_good_loses_and_doubles_nothing_that_was_received() {
    for at in 0..40 {
        let mut town = two(150 + at);
        town.server().fault(Fault::NoResumption, true);
        let bodies = chat_with_cuts(&mut town, 1, at);
        let mut heard = town.bodies(1);
        heard.sort_by_key(|body| bodies.iter().position(|sent| sent == body));
        assert_eq!(heard, bodies, "cut after {at} ms");
    }
}

#[test]
fn what_a_lost_stream_had_is_looked_up_and_told_as_it_is() {
    let (mut sent, mut unsent) = (0, 0);
    for at in 0..40 {
        let mut town = two(200 + at);
        town.server().fault(Fault::NoResumption, true);
        chat_with_cuts(&mut town, 0, at);
        town.seconds(120);
        let there = town.archived("bob");
        for (body, delivery) in town.fates(0) {
            let count = there.iter().filter(|kept| **kept == body).count();
            match delivery {
                Delivery::Sent | Delivery::Delivered => assert_eq!(count, 1, "{body} after {at} ms"),
                Delivery::Unsent => assert_eq!(count, 0, "{body} after {at} ms"),
                other => panic!("{body} is {other:?} though there is an archive"),
            }
            if delivery == Delivery::Unsent { unsent += 1 } else { sent += 1 }
        }
        let told = |event: &Event| matches!(event, Event::Notice(notice) if notice.level == NoticeLevel::Warning);
        let here = town.fates(0).iter().filter(|(_, delivery)| *delivery == Delivery::Unsent).count();
        assert_eq!(town.events(0).iter().filter(|event| told(event)).count(), here, "each is told");
    }
    assert!(sent > 100 && unsent > 20, "both were tried: {sent} sent, {unsent} unsent");
}

#[test]
fn without_an_archive_what_a_lost_stream_had_stays_unknown() {
    for fault in [Fault::NoArchive, Fault::NoPreferences] {
        let mut town = two(240);
        town.server().fault(fault, true);
        town.server().fault(Fault::NoResumption, true);
        town.at_server(ServerIn::Fault(Fault::Silent, true));
        town.run(Duration::from_millis(1));
        town.send(0, "bob", "where is it?");
        town.seconds(1);
        town.server().fault(Fault::Silent, false);
        town.cut(0);
        town.seconds(300);
        assert_eq!(town.fates(0)[0].1, Delivery::Unknown, "{fault:?}");
        assert!(town.bodies(1).is_empty());
    }
}

#[test]
fn a_restarted_server_is_found_again() {
    let mut town = two(250);
    town.at_server(ServerIn::Restart);
    town.cut(0);
    town.cut(1);
    town.seconds(10);
    town.send(0, "bob", "still there?");
    town.seconds(5);
    assert_eq!(town.bodies(1), ["still there?"]);
    assert_eq!(town.state(0).accounts[&crate::town::name(0)].presences.len(), 1);
}

#[test]
fn a_refused_password_is_tried_once() {
    let mut town = Town::new(&["alice"], 260);
    town.disk(0).password = "wrong".into();
    town.sign_in(0);
    town.seconds(24 * 3600);
    assert_eq!(town.server().sign_ins(), 1);
    let links = town.links(0);
    assert!(matches!(links.last(), Some(LinkState::Failed(why)) if why.kind == ProblemKind::Password), "{links:?}");
    // The user acts, and is asked anew.
    town.disk(0).password = "secret".into();
    town.sign_in(0);
    town.seconds(1);
    assert_eq!(town.disk(0).asked_for_password, 2);
    assert!(matches!(town.links(0).last(), Some(LinkState::Online { .. })));
}

#[test]
fn an_untrusted_certificate_is_final_too_and_no_password_is_asked_again() {
    let mut town = Town::new(&["alice"], 261);
    town.reach(0, Reach::Untrusted);
    town.sign_in(0);
    town.seconds(3600);
    assert_eq!(town.attempts(0).len(), 1);
    assert!(matches!(town.links(0).last(), Some(LinkState::Failed(why)) if why.kind == ProblemKind::Untrusted));
}

#[test]
fn waits_grow_to_five_minutes_and_are_never_the_same() {
    let mut town = Town::new(&["alice"], 262);
    town.reach(0, Reach::Closed);
    town.sign_in(0);
    town.seconds(3 * 3600);
    let attempts = town.attempts(0);
    let waits: Vec<Duration> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (at, wait) in waits.iter().enumerate() {
        let longest = Duration::from_secs(1 << at.min(20)).min(Duration::from_secs(300));
        // Each attempt asks the DNS first, which takes two writes' time.
        let bound = longest + Duration::from_millis(10);
        assert!(*wait >= longest / 2 && *wait <= bound, "wait {at} is {wait:?}");
    }
    let long: Vec<_> = waits.iter().skip(10).collect();
    assert!(long.len() > 20 && long.windows(2).any(|pair| pair[0] != pair[1]), "they are spread");
    assert_eq!(town.disk(0).asked_for_password, 1);
    // The network comes back: nobody waits any longer.
    town.reach(0, Reach::Open);
    town.tell(0, ChatIn::NetworkChanged);
    town.seconds(1);
    assert!(matches!(town.links(0).last(), Some(LinkState::Online { .. })));
}

#[test]
fn a_silent_server_is_given_up_and_tried_again() {
    let mut town = Town::new(&["alice"], 263);
    town.server().fault(Fault::Silent, true);
    town.sign_in(0);
    town.seconds(400);
    let attempts = town.attempts(0);
    assert!((3..=5).contains(&attempts.len()), "{attempts:?}");
    assert!(attempts.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(90)));
    town.server().fault(Fault::Silent, false);
    town.seconds(200);
    assert!(matches!(town.links(0).last(), Some(LinkState::Online { .. })));
}

#[test]
fn a_server_that_falls_silent_leaves_a_message_unknown_until_the_link_is_back() {
    let mut town = two(264);
    town.server().fault(Fault::Silent, true);
    town.send(0, "bob", "patience");
    town.seconds(100);
    assert_eq!(town.fates(0)[0].1, Delivery::Unknown);
    town.server().fault(Fault::Silent, false);
    town.cut(0);
    town.seconds(10);
    assert_eq!(town.fates(0)[0].1, Delivery::Delivered);
    assert_eq!(town.bodies(1), ["patience"]);
}

#[test]
fn a_link_that_holds_is_tried_again_soon() {
    let mut town = two(265);
    town.seconds(3600);
    let began = town.world.now();
    town.cut(0);
    town.seconds(5);
    let last = *town.attempts(0).last().unwrap();
    assert!(last > began && last - began <= Duration::from_secs(1), "{:?}", last - began);
    assert!(began > Moment::START);
}

#[test]
fn signing_out_ends_in_order() {
    let mut town = two(266);
    town.tell(0, ChatIn::SignOut);
    town.seconds(600);
    let alice = jid("alice");
    let last = town.server().heard().iter().rev().find(|heard| heard.from.to_bare() == alice).unwrap();
    let offhook::protocol::xmpp::Stanza::Presence(presence) = &last.stanza else { panic!("{last:?}") };
    assert_eq!(presence.type_, xmpp_parsers::presence::Type::Unavailable);
    assert_eq!(town.links(0).last(), Some(&LinkState::Offline));
    assert_eq!(town.attempts(0).len(), 1);
}

#[test]
fn a_process_that_was_cut_off_hears_what_another_of_the_account_has_taken_meanwhile() {
    let mut town = Town::new(&["alice", "bob", "bob"], 268);
    town.server().fault(Fault::NoResumption, true);
    for person in 0..3 {
        town.sign_in(person);
    }
    town.seconds(1);
    town.send(0, "bob", "before");
    town.seconds(1);
    town.reach(2, Reach::Closed);
    town.cut(2);
    town.seconds(1);
    town.send(0, "bob", "meanwhile");
    town.seconds(1);
    assert_eq!(town.bodies(1), ["before", "meanwhile"]);
    assert_eq!(town.bodies(2), ["before"]);
    town.reach(2, Reach::Open);
    town.tell(2, ChatIn::NetworkChanged);
    town.seconds(5);
    assert_eq!(town.bodies(2), ["before", "meanwhile"]);
    assert!(town.heard(2)[1].archived);
}
