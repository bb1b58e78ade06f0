//! A binding is made, refreshed and removed; challenges are answered.

use super::super::Input;
use super::town::*;
use crate::lab::world::World;
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::Method;

#[test]
fn the_request_is_what_rfc_3261_and_5626_want() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Tls, grants(600)));
    register(&mut world, &mut town, 1);
    assert_eq!(town.words(), ["registering", "registered 600"]);
    let request = town.last();
    assert_eq!((&request.method, request.uri.to_string().as_str()), (&Method::Register, "sip:example.test"));
    assert_eq!(request.headers.get("To"), Some("<sip:alice@example.test>"));
    assert!(request.headers.from().unwrap().tag().is_some());
    let contact = request.headers.get("Contact").unwrap();
    let user = contact.strip_prefix("<sip:").unwrap().split('@').next().unwrap();
    assert!(user.len() == 16 && user != "alice", "{contact}");
    let rest = ";+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000001>\";reg-id=1;expires=600";
    assert_eq!(contact, format!("<sip:{user}@10.0.0.5:40000;transport=tls>{rest}"));
    assert_eq!(request.headers.get("Expires"), Some("600"));
    assert_eq!(request.headers.get("Supported"), Some("path, outbound"));
    assert!(request.check().is_ok());
    assert_eq!(world.machines()[0].registration.contact().unwrap().to_string(), contact[1..].split('>').next().unwrap());
}

#[test]
fn it_is_refreshed_between_three_quarters_and_nine_tenths_of_what_was_granted() {
    for granted in [60, 600, 3600] {
        let (mut world, mut town) = (phone(granted.into()), Town::new(Transport::Udp, grants(granted)));
        register(&mut world, &mut town, 20 * u64::from(granted));
        let asked = town.asked();
        assert!(asked.len() > 20, "{asked:?}");
        assert_eq!(asked.len(), town.registers.len(), "nothing was retransmitted");
        for pair in asked.windows(2) {
            let permille = (pair[1] - pair[0]) / u64::from(granted);
            assert!((750..=901).contains(&permille), "{pair:?}");
        }
        let spread: std::collections::BTreeSet<_> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(spread.len() > 10, "jitter");
        assert_eq!(town.words(), ["registering".to_owned(), format!("registered {granted}")], "told once");
        let numbers: Vec<_> = town.registers.iter().map(|(_, request)| request.headers.cseq().unwrap().number).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
        for name in ["Call-ID", "From", "Contact"] {
            assert!(town.registers.iter().all(|(_, request)| request.headers.get(name) == town.last().headers.get(name)));
        }
    }
}

#[test]
fn our_own_contact_says_what_is_granted_before_the_expires_header() {
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |_, request| {
            let mut response = granted(request, 100);
            // Somebody else's binding stands first.
            response.headers.push_front("Contact", "<sip:other@192.0.2.77>;expires=7");
            response.headers.push("Expires", 3600);
            Some(response)
        }),
    );
    register(&mut world, &mut town, 1);
    assert_eq!(town.now_told(), "registered 100");
    let (mut world, mut town) = (
        phone(1),
        Town::new(Transport::Udp, |_, request| {
            let mut response = answer(request, 200);
            response.headers.push("Expires", 200);
            Some(response)
        }),
    );
    register(&mut world, &mut town, 1);
    assert_eq!(town.now_told(), "registered 200");
}

#[test]
fn a_changed_expiry_changes_the_next_refresh() {
    let mut grants = vec![60, 3600].into_iter();
    let (mut world, mut town) =
        (phone(1), Town::new(Transport::Udp, move |_, request| Some(granted(request, grants.next().unwrap_or(3600)))));
    register(&mut world, &mut town, 3000);
    assert_eq!(town.words(), ["registering", "registered 60", "registered 3600"]);
    let asked = town.asked();
    assert!((45_000..=54_100).contains(&(asked[1] - asked[0])));
    assert!((2_700_000..).contains(&(asked.get(2).unwrap_or(&3_000_000) - asked[1])));
}

/// Challenges every REGISTER without credentials, and those with a nonce that is no longer good.
fn challenging(
    mut nonces: Vec<&'static str>,
) -> impl FnMut(u64, &crate::protocol::sip::message::Request) -> Option<crate::protocol::sip::message::Response> {
    let mut good = nonces.remove(0);
    let mut uses = 0;
    move |_, request| {
        let carried = request.headers.get("Authorization").is_some_and(|value| value.contains(&format!("nonce=\"{good}\"")));
        if carried && uses < 3 {
            uses += 1;
            return Some(granted(request, 60));
        }
        if carried {
            (good, uses) = (nonces.remove(0), 0);
        }
        Some(challenge(request, good))
    }
}

#[test]
fn a_challenge_asks_for_the_password_once_and_the_nonce_is_kept() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, challenging(vec!["n1", "n2", "n3"])));
    town.passwords = ["secret"].into();
    register(&mut world, &mut town, 200);
    assert_eq!(town.words(), ["registering", "password wanted", "registered 60"]);
    let counts: Vec<_> = town
        .registers
        .iter()
        .map(|(_, request)| {
            let value = request.headers.get("Authorization").unwrap_or("none");
            ["n1", "n2", "none"].into_iter().find(|nonce| value.contains(nonce)).unwrap()
        })
        .collect();
    assert_eq!(counts[..6], ["none", "n1", "n1", "n1", "n1", "n2"], "the fourth use was too many");
    assert!(town.registers[3].1.headers.get("Authorization").unwrap().contains("nc=00000003"));
}

#[test]
fn a_password_that_is_there_already_is_not_asked_for() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, challenging(vec!["n1", "n2"])));
    wish(&mut world, &mut town, 0, Input::Password(crate::machine::Secret::new("secret".into())));
    register(&mut world, &mut town, 10);
    assert_eq!(town.words(), ["registering", "registered 60"]);
}

fn unregister(world: &mut World<Phone>, town: &mut Town, seconds: u64) {
    wish(world, town, seconds, Input::Unregister);
    world.run(at(seconds + 100), town);
    assert_eq!(town.now_told(), "unregistered");
    let before = (town.registers.len(), town.pings.len());
    world.run(at(seconds + 100_000), town);
    assert_eq!((town.registers.len(), town.pings.len()), before, "silence afterwards");
}

#[test]
fn signing_out_removes_the_binding_and_no_other() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, grants(600)));
    register(&mut world, &mut town, 60);
    let contact = town.last().headers.get("Contact").unwrap().to_owned();
    unregister(&mut world, &mut town, 60);
    assert_eq!(town.registers.len(), 2);
    assert_eq!(town.last().headers.get("Contact").unwrap(), contact.replace("expires=600", "expires=0"));
    assert_eq!(town.last().headers.get("Expires"), Some("0"));
}

#[test]
fn signing_out_while_the_binding_is_made_removes_it_once_it_is_there() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, challenging(vec!["n1", "n2"])));
    town.passwords = ["secret"].into();
    world.post(at(0), 0, Heard::User(Input::Register));
    // The answers take 10 ms each: this is between the challenge and the 200.
    world.post(at(0) + std::time::Duration::from_millis(15), 0, Heard::User(Input::Unregister));
    unregister(&mut world, &mut town, 1);
    let expires: Vec<_> = town.registers.iter().map(|(_, request)| request.headers.get("Expires").unwrap()).collect();
    assert_eq!(expires, ["600", "600", "0"]);
    assert_eq!(town.words(), ["registering", "password wanted", "unregistered"]);
}

#[test]
fn signing_out_from_a_silent_or_refusing_registrar_ends_too() {
    for status in [None, Some(403), Some(503), Some(401)] {
        let (mut world, mut town) = (
            phone(1),
            Town::new(Transport::Udp, move |now, request| match status {
                _ if now < 5000 => Some(granted(request, 600)),
                Some(401) => Some(challenge(request, &format!("n{now}"))),
                status => status.map(|status| answer(request, status)),
            }),
        );
        town.passwords = ["secret"].into();
        register(&mut world, &mut town, 60);
        unregister(&mut world, &mut town, 60);
    }
}

#[test]
fn signing_out_where_nothing_is_registered_says_so_at_once() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, |_, request| Some(answer(request, 500))));
    unregister(&mut world, &mut town, 0);
    assert!(town.registers.is_empty());
    wish(&mut world, &mut town, 200_000, Input::Register);
    unregister(&mut world, &mut town, 200_001);
    assert_eq!(town.registers.len(), 1);
}

#[test]
fn a_stranger_flow_and_answers_to_former_attempts_change_nothing() {
    let (mut world, mut town) = (phone(1), Town::new(Transport::Udp, grants(600)));
    register(&mut world, &mut town, 1);
    let old = town.last().clone();
    let attempt = old.headers.cseq().unwrap().number;
    wish(&mut world, &mut town, 2, Input::Response { attempt, response: answer(&old, 403) });
    wish(
        &mut world,
        &mut town,
        3,
        Input::Failed { attempt: attempt + 7, why: crate::protocol::sip::transaction::Failure::Timeout },
    );
    wish(&mut world, &mut town, 4, Input::FlowDown { flow: crate::protocol::sip::flow::FlowId(99) });
    wish(&mut world, &mut town, 5, Input::Pong { flow: crate::protocol::sip::flow::FlowId(99) });
    wish(&mut world, &mut town, 6, Input::Register);
    assert_eq!(town.words(), ["registering", "registered 600"]);
    assert_eq!(town.registers.len(), 1);
}
