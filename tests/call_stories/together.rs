//! Chat and calls of the same engines: neither disturbs the other, and the state is the fold of all that was told.

use super::actor::{Actor, In};
use super::town::{Plan, Town, account};
use offhook::engine::command::{Attendance, Command, Services};
use offhook::engine::event::{Delivery, Event, LinkState, Service, Ticket};
use offhook::engine::input::Input;
use offhook::engine::output::Output;
use offhook::lab::xmpp;
use offhook::machine::{Chance, Machine, Stamp};
use offhook::protocol::dns::{Answer, Question, Srv};
use offhook::protocol::sip::flow::Transport;
use std::time::Duration;

const ALICE: usize = 1;
const BOB: usize = 2;

fn town(transport: Transport, seed: u64) -> Town {
    let mut town = Plan { chat: true, seed, ..Plan::over(transport) }.town(&["alice", "bob"]);
    let srv = Srv { priority: 1, weight: 0, port: 5222, target: "xmpp.example.test".into() };
    town.roads.zone.insert(Question::Srv("_xmpp-client._tcp.example.test".into()), Answer::Srv(vec![srv]));
    let addresses = Answer::Addresses(vec!["10.0.0.99".parse().unwrap()]);
    town.roads.zone.insert(Question::Addresses("xmpp.example.test".into()), addresses);
    town
}

fn chat_link(town: &Town, engine: usize) -> Option<LinkState> {
    town.roads.people[&engine].state.accounts[&account()].links.get(&Service::Chat).cloned()
}

fn send(town: &mut Town, engine: usize, body: &str) {
    let to = ["bob@example.test", "alice@example.test"][engine - 1].into();
    town.command(engine, Command::Send { account: account(), to, body: body.into(), ticket: Ticket(3) });
}

/// What an engine was told that others wrote.
fn heard(town: &Town, engine: usize) -> Vec<String> {
    let events = town.roads.people[&engine].events.iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Message { message, .. } if !message.ours => Some(message.body.raw().to_owned()),
            _ => None,
        })
        .collect()
}

fn cut_chat(town: &mut Town, engine: usize) {
    let (now, wire) = (town.world.now(), town.roads.chat.unwrap() + engine);
    town.world.post(now, wire, In::Wire(xmpp::WireIn::Cut));
}

#[test]
fn a_call_and_a_chat_go_on_beside_each_other() {
    let mut town = town(Transport::Tls, 1);
    town.sign_in_all();
    assert!(matches!(chat_link(&town, ALICE), Some(LinkState::Online { .. })), "{:?}", chat_link(&town, ALICE));
    assert_eq!(town.roads.people[&ALICE].passwords_asked, 2, "each service asks for itself");
    town.talk(ALICE, BOB, "bob");
    send(&mut town, ALICE, "can you hear me?");
    town.seconds(1.0);
    // The chat's link is lost, and the call does not care.
    cut_chat(&mut town, ALICE);
    send(&mut town, BOB, "yes");
    town.seconds(60.0);
    assert_eq!((heard(&town, BOB), heard(&town, ALICE)), (vec!["can you hear me?".into()], vec!["yes".into()]));
    assert_eq!((town.told(ALICE).len(), town.told(BOB).len()), (3, 2));
    // The phone's link is lost, and the chat does not care.
    town.cut(ALICE);
    send(&mut town, ALICE, "still there");
    town.seconds(1.0);
    assert_eq!(heard(&town, BOB).last().unwrap(), "still there");
    assert!(matches!(chat_link(&town, ALICE), Some(LinkState::Online { .. })));
    town.mend(ALICE);
    town.seconds(120.0);
    town.hang_up(BOB);
    assert_eq!(town.told(ALICE).last().unwrap(), "ended remote");
    let state = town.roads.people[&ALICE].state.accounts[&account()].clone();
    assert!(state.outstanding.is_empty() && state.caught_up && !state.contacts.is_empty(), "{state:?}");
    town.end();
}

#[test]
fn each_service_can_be_signed_in_alone() {
    for (services, chat, phone) in [(Services::CHAT, true, false), (Services::PHONE, false, true)] {
        let mut town = town(Transport::Udp, 2);
        town.command(ALICE, Command::SignIn { account: account(), services });
        town.seconds(5.0);
        assert_eq!(matches!(chat_link(&town, ALICE), Some(LinkState::Online { .. })), chat);
        assert_eq!(matches!(town.link(ALICE), Some(LinkState::Online { .. })), phone);
        town.end();
    }
}

#[test]
fn whatever_happens_to_both_the_state_is_what_was_told() {
    let mut sent = 0;
    for seed in 0..40 {
        let mut town = town([Transport::Udp, Transport::Tls][usize::try_from(seed % 2).unwrap()], 100 + seed);
        town.roads.link.loss = 100;
        let mut chance = Chance::seeded(seed);
        for step in 0..40 {
            let engine = 1 + usize::try_from(chance.below(2)).unwrap();
            let call = town.calls(engine).last().copied();
            match (chance.below(14), call) {
                (0 | 1, _) => {
                    let services = [Services::ALL, Services::CHAT, Services::PHONE][usize::try_from(chance.below(3)).unwrap()];
                    let attendance = if chance.happens(200) { Attendance::Passing } else { Attendance::Present };
                    town.command(engine, Command::SignIn { account: account(), services: Services { attendance, ..services } });
                }
                (2..=4, _) => send(&mut town, engine, &format!("{step}")),
                (5 | 6, _) => town.call(engine, ["bob", "alice"][engine - 1]),
                (7 | 8, Some(call)) => town.command(engine, Command::Answer { call }),
                (9, Some(call)) => town.command(engine, Command::HangUp { call }),
                (10, _) => cut_chat(&mut town, engine),
                (11, _) => town.cut(engine),
                (12, _) => town.mend(engine),
                (13, _) if chance.happens(300) => town.sign_out(engine),
                (13, _) => town.input(engine, Input::WallClock(Stamp::from_micros(1_763_802_999_000_000))),
                _ => {}
            }
            town.run(Duration::from_millis(chance.below(3000)));
            for engine in [ALICE, BOB] {
                let folded = town.roads.people[&engine].state.clone();
                assert_eq!(*town.engine(engine).state(), folded, "{seed}.{step}");
            }
        }
        for engine in [ALICE, BOB] {
            town.mend(engine);
            town.sign_in(engine);
        }
        town.seconds(700.0);
        for engine in [ALICE, BOB] {
            let person = &town.roads.people[&engine];
            let account = &person.state.accounts[&account()];
            let done = |delivery: &Delivery| matches!(delivery, Delivery::Sent | Delivery::Delivered);
            let disk: Vec<_> = person.disk.messages().filter(|message| message.ours && !done(&message.delivery)).collect();
            assert_eq!(account.outstanding.len(), disk.len(), "{seed}: {disk:?}");
            sent += person.disk.messages().filter(|message| message.ours && done(&message.delivery)).count();
        }
        town.end();
    }
    assert!(sent > 200, "{sent} messages were sent");
}

#[test]
fn an_engine_whose_chat_is_told_of_nothing_waits_for_nothing() {
    let mut town = town(Transport::Udp, 3);
    town.seconds(60.0);
    assert!(town.is_at_rest(ALICE));
    let Some(Actor::Engine(engine)) = town.world.machine(ALICE) else { panic!() };
    let told: Vec<_> = std::iter::from_fn(|| engine.poll()).collect();
    assert!(told.iter().all(|output| matches!(output, Output::Event(Event::Account { .. }))), "{told:?}");
    assert!(engine.state().accounts.values().all(|account| account.links.is_empty()));
    town.end();
}
