//! Accounts under a screen: passwords that the user types, certificates that the user trusts, accounts that come and go.

use super::actor::In;
use super::roads::{Reach, SERVER};
use super::town::{Plan, Town, account};
use offhook::engine::ask::Question;
use offhook::engine::command::{Command, NewAccount, Services};
use offhook::engine::event::{
    AccountName, CallChange, Event, Identity, LinkState, Problem, ProblemKind, Refusal, Service, Ticket,
};
use offhook::engine::settings::Account;
use offhook::lab::xmpp;
use offhook::machine::Secret;
use offhook::protocol::dns::{Answer, Question as Sought, Srv};
use offhook::protocol::sip::flow::Transport;

const ALICE: usize = 1;

/// Alice alone, at a screen, with chat and phone; nobody has stored her password.
fn town() -> Town {
    let mut town = Plan { chat: true, screen: true, ..Plan::over(Transport::Tls) }.town(&["alice"]);
    let srv = Srv { priority: 1, weight: 0, port: 5222, target: "xmpp.example.test".into() };
    town.roads.zone.insert(Sought::Srv("_xmpp-client._tcp.example.test".into()), Answer::Srv(vec![srv]));
    let addresses = Answer::Addresses(vec!["10.0.0.99".parse().unwrap()]);
    town.roads.zone.insert(Sought::Addresses("xmpp.example.test".into()), addresses);
    town.roads.people.get_mut(&ALICE).unwrap().password = None;
    town
}

fn give(town: &mut Town, password: &str, keep: bool) {
    let password = Secret::new(password.into());
    town.command(ALICE, Command::GivePassword { account: account(), password, keep });
    town.seconds(5.0);
}

fn link(town: &Town, service: Service) -> LinkState {
    let accounts = &town.roads.people[&ALICE].state.accounts;
    accounts[&account()].links.get(&service).cloned().unwrap_or(LinkState::Offline)
}

/// Whether chat and phone need a password, and whether one was refused.
fn needs(town: &Town) -> [Option<bool>; 2] {
    [Service::Chat, Service::Phone].map(|service| match link(town, service) {
        LinkState::NeedsPassword { refused, address } => {
            assert!(address.ends_with("alice@example.test"), "{address}");
            Some(refused)
        }
        _ => None,
    })
}

fn is_online(town: &Town) -> bool {
    [Service::Chat, Service::Phone].into_iter().all(|service| matches!(link(town, service), LinkState::Online { .. }))
}

fn asked(town: &Town) -> &[Question] {
    &town.roads.people[&ALICE].desk.asked
}

fn notices(town: &Town) -> Vec<Problem> {
    town.roads.people[&ALICE].state.notices.iter().map(|notice| notice.problem.clone()).collect()
}

/// How often a password was tried: at the XMPP server, and with an answer to a challenge at the SIP server.
fn tries(town: &mut Town) -> (usize, usize) {
    let wire = town.roads.chat.unwrap() + ALICE;
    let Some(super::actor::Actor::Wire(wire)) = town.world.machine(wire) else { panic!() };
    let chat = wire.attempts().len();
    let sent = town.roads.wire.iter().filter(|(_, from, to, _)| (*from, *to) == (ALICE, SERVER));
    let answered = sent.filter(|(_, _, _, message)| {
        String::from_utf8_lossy(&message.write()).to_ascii_lowercase().contains("\r\nauthorization: ")
    });
    (chat, answered.count())
}

/// The state is the fold of what was told.
fn check_fold(town: &mut Town) {
    let folded = town.roads.people[&ALICE].state.clone();
    assert_eq!(*town.engine(ALICE).state(), folded);
}

#[test]
fn one_password_serves_chat_and_phone_and_is_kept_once_it_is_accepted() {
    let mut town = town();
    town.sign_in(ALICE);
    town.seconds(60.0);
    assert_eq!(needs(&town), [Some(false), Some(false)]);
    assert_eq!(tries(&mut town), (0, 0));
    give(&mut town, "secret", true);
    assert!(is_online(&town));
    let kept = |service| Question::KeepPassword { account: account(), service, password: Secret::new("secret".into()) };
    assert_eq!(asked(&town), [kept(Service::Phone), kept(Service::Chat)]);
    // Nothing is asked twice in one run.
    town.sign_out(ALICE);
    town.seconds(10.0);
    town.sign_in(ALICE);
    town.seconds(10.0);
    assert!(is_online(&town));
    assert_eq!((asked(&town).len(), notices(&town).len()), (2, 1), "it is told once that it is kept");
    let told = town.roads.people[&ALICE].events.iter();
    let wanted = told.filter(|(_, event)| matches!(event, Event::Link { state: LinkState::NeedsPassword { .. }, .. }));
    assert_eq!(wanted.count(), 2);
    check_fold(&mut town);
}

#[test]
fn a_refused_password_is_asked_for_and_never_tried_again() {
    let mut town = town();
    town.sign_in(ALICE);
    town.seconds(5.0);
    give(&mut town, "wrong", true);
    assert_eq!(needs(&town), [Some(true), Some(true)]);
    let told = notices(&town);
    assert_eq!(told.iter().filter(|problem| problem.kind == ProblemKind::Password).count(), 2, "{told:?}");
    let once = tries(&mut town);
    assert!(once.0 == 1 && once.1 >= 1, "{once:?}");
    town.seconds(3600.0);
    // The user signs in again without another password: that does not try the old one either.
    town.sign_in(ALICE);
    town.seconds(600.0);
    assert_eq!((tries(&mut town), needs(&town)), (once, [Some(true), Some(true)]));
    give(&mut town, "secret", true);
    assert!(is_online(&town));
    assert_eq!(asked(&town).len(), 2, "the wrong one is not kept: {:?}", asked(&town));
}

#[test]
fn a_stored_password_that_is_refused_is_asked_for_and_not_taken_from_the_store_again() {
    let mut town = town();
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("wrong".into());
    town.sign_in(ALICE);
    town.seconds(10.0);
    assert_eq!(needs(&town), [Some(true), Some(true)]);
    let once = tries(&mut town);
    for _ in 0..3 {
        town.sign_in(ALICE);
        town.seconds(600.0);
    }
    assert_eq!((tries(&mut town), needs(&town)), (once, [Some(true), Some(true)]));
    give(&mut town, "secret", false);
    assert!(is_online(&town) && asked(&town).is_empty());
    // A link that is lost comes back with what was typed, not with what is stored.
    let now = town.world.now();
    let wire = town.roads.chat.unwrap() + ALICE;
    town.world.post(now, wire, In::Wire(xmpp::WireIn::Cut));
    town.cut(ALICE);
    town.seconds(5.0);
    town.mend(ALICE);
    town.seconds(300.0);
    assert!(is_online(&town));
}

#[test]
fn without_a_screen_a_refused_password_is_a_failure() {
    let mut town = Plan::over(Transport::Tls).town(&["alice"]);
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("wrong".into());
    town.sign_in(ALICE);
    town.seconds(10.0);
    assert_eq!(town.problem(ALICE).kind, ProblemKind::Password);
    give(&mut town, "secret", false);
    assert_eq!(town.problem(ALICE).kind, ProblemKind::Password, "nobody sits at a screen");
}

#[test]
fn whoever_signs_out_while_the_password_is_asked_for_is_offline_and_may_come_back() {
    let mut town = town();
    for _ in 0..3 {
        town.sign_in(ALICE);
        town.seconds(5.0);
        assert_eq!(needs(&town), [Some(false), Some(false)]);
        town.sign_out(ALICE);
        town.seconds(5.0);
        assert_eq!(
            [Service::Chat, Service::Phone].map(|service| link(&town, service)),
            [LinkState::Offline, LinkState::Offline]
        );
        assert!(town.is_at_rest(ALICE));
    }
    let failed = |event: &Event| matches!(event, Event::Link { state: LinkState::Failed(_), .. });
    assert!(!town.roads.people[&ALICE].events.iter().any(|(_, event)| failed(event)));
    town.sign_in(ALICE);
    town.seconds(5.0);
    give(&mut town, "secret", false);
    assert!(is_online(&town));
}

#[test]
fn what_is_trusted_is_what_was_shown_and_only_what_failed_for_it_signs_in_again() {
    let mut town = town();
    town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
    town.roads.reach = Reach::Untrusted;
    let (now, wire) = (town.world.now(), town.roads.chat.unwrap() + ALICE);
    town.world.post(now, wire, In::Wire(xmpp::WireIn::Reach(xmpp::Reach::Untrusted)));
    town.sign_in(ALICE);
    town.seconds(60.0);
    let shown = [Service::Chat, Service::Phone].map(|service| match link(&town, service) {
        LinkState::Failed(problem) => *problem.certificate.unwrap(),
        other => panic!("{other:?}"),
    });
    town.roads.reach = Reach::Open;
    let now = town.world.now();
    town.world.post(now, wire, In::Wire(xmpp::WireIn::Reach(xmpp::Reach::Open)));
    let trust = |certificate: &offhook::engine::event::Certificate, sha256: &str| Command::Trust {
        account: account(),
        host: certificate.host.clone(),
        port: certificate.port,
        sha256: sha256.to_owned(),
        session: true,
    };
    // Another certificate than the one that was refused mends nothing.
    town.command(ALICE, trust(&shown[1], "BB"));
    town.seconds(60.0);
    assert!(matches!(link(&town, Service::Phone), LinkState::Failed(_)));
    town.command(ALICE, trust(&shown[1], &shown[1].sha256));
    town.seconds(5.0);
    assert!(matches!(link(&town, Service::Phone), LinkState::Online { .. }));
    assert!(matches!(link(&town, Service::Chat), LinkState::Failed(_)), "that is another server");
    let exact =
        |question: &Question| matches!(question, Question::Trust { sha256, session: true, .. } if *sha256 == shown[1].sha256);
    assert_eq!(asked(&town).iter().filter(|question| exact(question)).count(), 1);
    // A list that cannot be written trusts nobody.
    town.roads.people.get_mut(&ALICE).unwrap().desk.refuses = true;
    town.command(ALICE, trust(&shown[0], &shown[0].sha256));
    town.seconds(5.0);
    assert!(matches!(link(&town, Service::Chat), LinkState::Failed(_)));
    assert!(notices(&town).iter().any(|problem| problem.what == "The disk is full."));
}

/// A second account in Alice's engine: Bob's phone.
fn bobs() -> (AccountName, Account) {
    let name = AccountName("other".into());
    let account = Plan::over(Transport::Tls).account("bob");
    (name.clone(), Account { name, ..account })
}

fn add_bob(town: &mut Town) -> AccountName {
    let (name, account) = bobs();
    town.server().add("bob", "secret");
    let person = town.roads.people.get_mut(&ALICE).unwrap();
    person.password = Some("secret".into());
    person.desk.new = Some(Ok(account));
    town.command(ALICE, Command::AddAccount(NewAccount { sip: "sip:bob@example.test".into(), ..NewAccount::default() }));
    town.seconds(5.0);
    name
}

#[test]
fn an_account_that_is_added_is_told_and_signs_in_and_one_that_is_wrong_is_refused() {
    let mut town = town();
    let refusal = Refusal { key: Some("sip"), problem: Problem::local("That is no address.", "") };
    town.roads.people.get_mut(&ALICE).unwrap().desk.new = Some(Err(refusal.clone()));
    town.command(ALICE, Command::AddAccount(NewAccount { sip: "bob".into(), ..NewAccount::default() }));
    town.seconds(5.0);
    let events = &town.roads.people[&ALICE].events;
    assert_eq!(events.iter().filter(|(_, event)| *event == Event::AccountRefused(refusal.clone())).count(), 1);
    assert_eq!((notices(&town).len(), town.roads.people[&ALICE].state.accounts.len()), (0, 1));
    let name = add_bob(&mut town);
    let state = &town.roads.people[&ALICE].state.accounts[&name];
    let identity = Identity { sip: Some("sip:bob@example.test".into()), ..Identity::default() };
    assert_eq!(state.identity, identity);
    assert!(matches!(state.links[&Service::Phone], LinkState::Online { .. }), "{:?}", state.links);
    assert_eq!(link(&town, Service::Phone), LinkState::Offline, "the other account is left alone");
    // Both accounts of one engine call each other.
    town.command(ALICE, Command::SignIn { account: account(), services: Services::PHONE });
    town.seconds(5.0);
    town.command(ALICE, Command::Call { account: name, target: "alice".into(), ticket: Ticket(1) });
    town.seconds(2.0);
    assert_eq!(town.calls(ALICE).len(), 2);
    town.answer(ALICE);
    let [one, other] = town.calls(ALICE)[..] else { panic!() };
    town.roads.studio.assert_joined((ALICE, one), (ALICE, other));
    town.hang_up(ALICE);
    town.sign_out(ALICE);
    town.seconds(5.0);
    assert_eq!(town.told(ALICE).iter().filter(|word| word.starts_with("ended")).count(), 2);
}

#[test]
fn an_account_that_is_removed_ends_its_calls_signs_out_and_leaves_nothing() {
    for silent in [false, true] {
        let mut town = town();
        let name = add_bob(&mut town);
        town.command(ALICE, Command::SignIn { account: account(), services: Services::PHONE });
        town.seconds(5.0);
        town.command(ALICE, Command::Call { account: name.clone(), target: "alice".into(), ticket: Ticket(1) });
        town.seconds(2.0);
        town.answer(ALICE);
        assert_eq!(town.bound("bob"), 1);
        if silent {
            // The server and everybody behind it say nothing any more, and the streams stay open.
            town.roads.deaf = true;
        }
        town.command(ALICE, Command::RemoveAccount { account: name.clone() });
        town.seconds(if silent { 7.0 } else { 3.0 });
        let events = &town.roads.people[&ALICE].events;
        let gone = |event: &Event| matches!(event, Event::AccountGone { account } if *account == name);
        assert_eq!(events.iter().filter(|(_, event)| gone(event)).count(), 1);
        assert!(!town.roads.people[&ALICE].state.accounts.contains_key(&name));
        let ended = |event: &Event| matches!(event, Event::Call { change: CallChange::Ended { .. }, .. });
        let after = events.iter().skip_while(|(_, event)| !gone(event));
        assert!(silent || !after.into_iter().any(|(_, event)| ended(event)), "its calls end before it is gone");
        let calls = town.calls(ALICE);
        let of = |call| town.roads.people[&ALICE].state.calls[call].account.clone();
        let bobs = calls.iter().find(|call| of(call) == name).unwrap();
        assert!(town.roads.studio.threads[&(ALICE, *bobs)].stops >= 1, "its sound stops");
        if !silent {
            assert_eq!(town.bound("bob"), 0);
            town.sign_out(ALICE);
            town.seconds(60.0);
            assert!(town.is_at_rest(ALICE), "no timer is left");
        }
        // What is wanted of it is wanted of nobody.
        town.command(ALICE, Command::SignIn { account: name.clone(), services: Services::ALL });
        town.seconds(5.0);
        assert!(!town.roads.people[&ALICE].state.accounts.contains_key(&name));
        // Another account may take its name.
        town.roads.deaf = false;
        let again = add_bob(&mut town);
        let state = &town.roads.people[&ALICE].state.accounts[&again];
        assert!(matches!(state.links[&Service::Phone], LinkState::Online { .. }), "{:?}", state.links);
        check_fold(&mut town);
    }
}

#[test]
fn an_account_whose_file_cannot_be_removed_stays() {
    let mut town = town();
    let name = add_bob(&mut town);
    town.roads.people.get_mut(&ALICE).unwrap().desk.refuses = true;
    town.command(ALICE, Command::RemoveAccount { account: name.clone() });
    town.seconds(10.0);
    let state = &town.roads.people[&ALICE].state.accounts[&name];
    assert!(matches!(state.links[&Service::Phone], LinkState::Online { .. }), "{:?}", state.links);
    assert_eq!(notices(&town).len(), 1);
}
