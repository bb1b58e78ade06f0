//! The first run, signing in, what a sign-in asks, several accounts, and signing out.

use super::roads::{Desk, Reach};
use super::town::{Plan, account};
use super::user::{ALICE, BO, User};
use offhook::engine::ask::Question;
use offhook::engine::event::{AccountName, LinkState, Problem, ProblemKind, Refusal, Service};
use offhook::engine::settings::Account;
use offhook::lab::xmpp::{self, WireIn};
use offhook::protocol::sip::flow::Transport;
use offhook::tui::model::{Focus, Overlay, Screen};

fn asked(user: &User, wanted: impl Fn(&Question) -> bool) -> usize {
    user.town.roads.people[&ALICE].desk.asked.iter().filter(|question| wanted(question)).count()
}

fn is_online(user: &User) -> bool {
    let online = |service| matches!(link(user, service), Some(LinkState::Online { .. }));
    online(Service::Chat) && online(Service::Phone)
}

fn link(user: &User, service: Service) -> Option<LinkState> {
    user.model.state.accounts.get(&account())?.links.get(&service).cloned()
}

#[test]
fn a_newcomer_types_an_address_and_a_password_and_is_there() {
    let mut user = User::new();
    user.model.begin();
    user.wait(0.2);
    user.main_shot("first-run");
    user.sees(&["Welcome to offhook", "Address", "Password"]);
    // Nothing is no account.
    user.press("enter");
    user.sees(&["An address is wanted"]);
    // The cursor goes to what is missing, wherever it was.
    user.press("tab tab enter");
    user.write("alice@example.test");
    user.press("tab");
    user.write("secret");
    user.press("tab space");
    user.main_shot("first-run-filled");
    user.sees_not(&["secret"]);
    // Few need more; what is there says that Webex is asked, and turns that off.
    user.press("ctrl-o");
    user.sees(&["Ask Webex", "[x] yes"]);
    user.main_shot("first-run-more");
    // The cursor is where it was.
    user.press("tab space tab");
    user.write("127.0.0.7:5353");
    user.press("tab");
    user.write("http://127.0.0.7/");
    // What would go in clear is asked about, with its name, before anything is asked there.
    user.press("enter");
    user.sees(&["That CAS would be asked in clear", "127.0.0.7:5353"]);
    assert_eq!(asked(&user, |question| matches!(question, Question::AddAccount(_))), 0);
    user.press("tab tab tab space");
    user.press("ctrl-o");
    user.sees_not(&["Ask Webex  "]);
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user), "{:?} {:?}", link(&user, Service::Chat), link(&user, Service::Phone));
    assert!(user.model.overlays.is_empty(), "{:?}", user.model.overlays);
    assert_eq!(asked(&user, |question| matches!(question, Question::KeepPassword { .. })), 2, "each service's is kept once");
    let wanted = |question: &Question| match question {
        Question::AddAccount(new) => {
            let filled = (new.address.as_str(), new.dns.as_str(), new.cas.as_str(), new.jid.as_str());
            filled == ("alice@example.test", "127.0.0.7:5353", "http://127.0.0.7/", "")
                && (new.without_cas, new.allow_cleartext) == (true, true)
        }
        _ => false,
    };
    assert_eq!(asked(&user, wanted), 1, "the address is what discovery begins with");
    user.sees(&["available", "☎ ready"]);
    user.main_shot("nobody-there-yet");
}

#[test]
fn an_account_that_is_not_taken_stays_as_it_was_typed_with_the_mistake_beside_its_field() {
    let mut user = User::new();
    let known = desk(&mut user).new.replace(Err(wrong("dns", "“ns one” is no address.", FORM)));
    user.model.begin();
    user.write("alice@example.test");
    user.press("tab");
    user.write("secret");
    user.press("ctrl-o tab tab tab");
    user.write("ns one");
    // Few need the field with the mistake: it is shown all the same.
    user.press("ctrl-o enter");
    user.wait(1.0);
    user.sees(&["Welcome to offhook", "alice@example.test", "••••••", "ns one", "“ns one” is no address."]);
    user.main_shot("first-run-refused");
    assert_eq!(user.model.state.notices.len(), 0);
    // The cursor stands there; what is typed takes the mistake away.
    user.press("backspace");
    user.sees_not(&["“ns one” is no address."]);
    desk(&mut user).new = Some(Err(wrong("ca", "/no/such cannot be read.", "Name a file of certificates.")));
    user.press("enter");
    user.wait(1.0);
    user.sees(&["Welcome to offhook", "/no/such cannot be read."]);
    desk(&mut user).new = Some(Err(Problem::local("The disk is full.", "Make room.").into()));
    user.press("enter");
    user.wait(1.0);
    user.sees(&["The disk is full. Make room.", "alice@example.test"]);
    desk(&mut user).new = known;
    user.town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user) && user.model.overlays.is_empty(), "{:?}", user.model.overlays);
}

#[test]
fn a_form_that_was_left_before_its_answer_says_it_below() {
    let mut user = User::new();
    desk(&mut user).new = Some(Err(wrong("address", "That is no address.", FORM)));
    user.model.begin();
    user.write("bob");
    // Both keys come before the answer.
    user.model.key(offhook::tui::keymap::Key::parse_sequence("enter").unwrap()[0]);
    user.model.key(offhook::tui::keymap::Key::parse_sequence("enter").unwrap()[0]);
    user.model.key(offhook::tui::keymap::Key::parse_sequence("esc").unwrap()[0]);
    user.wait(1.0);
    assert_eq!(asked(&user, |question| matches!(question, Question::AddAccount(_))), 1, "once, however often it is accepted");
    assert!(user.model.overlays.is_empty());
    user.sees(&["That is no address."]);
    // The first run goes on from where the user was.
    user.press("f6 enter");
    user.sees(&["Welcome to offhook"]);
}

/// How an address is written.
const FORM: &str = "Write it as in 192.0.2.53:5353.";

fn wrong(key: &'static str, what: &str, next: &str) -> Refusal {
    Refusal { key: Some(key), problem: Problem::local(what, next) }
}

fn desk(user: &mut User) -> &mut Desk {
    &mut user.town.roads.people.get_mut(&ALICE).unwrap().desk
}

#[test]
fn a_password_is_asked_for_and_asked_again_when_it_was_refused() {
    let mut user = User::at_home(false);
    user.wait(1.0);
    user.sees(&["Password of", "alice@example.test"]);
    user.main_shot("password");
    user.write("wrong");
    user.press("enter");
    user.wait(5.0);
    user.sees(&["Refused.", "The server has refused the last one"]);
    user.shot("password-refused");
    user.write("secret");
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user));
    assert!(user.model.overlays.is_empty(), "{:?}", user.model.overlays);
    assert_eq!(asked(&user, |question| matches!(question, Question::KeepPassword { .. })), 0, "nobody wanted it kept");
}

#[test]
fn whoever_does_not_give_the_password_is_left_alone_and_can_sign_in_later() {
    let mut user = User::at_home(false);
    user.wait(1.0);
    while !user.model.overlays.is_empty() {
        user.press("esc");
    }
    user.wait(60.0);
    user.sees(&["password?"]);
    assert!(user.model.overlays.is_empty(), "it is not asked again and again");
    user.palette("sign in again");
    user.wait(1.0);
    user.sees(&["Password of"]);
    user.write("secret");
    user.press("enter");
    user.wait(5.0);
    assert!(is_online(&user) && user.model.overlays.is_empty());
}

#[test]
fn a_certificate_is_shown_with_its_facts_and_trusted_only_when_the_user_says_so() {
    let mut user = User::new();
    let account_there = Plan { chat: true, ..Plan::over(Transport::Tls) }.account("alice");
    let only_chat = Account { phone: None, ..account_there };
    let alice = user.town.roads.people.get_mut(&ALICE).unwrap();
    (alice.desk.new, alice.password) = (Some(Ok(only_chat)), Some("secret".into()));
    user.at_wire(WireIn::Reach(xmpp::Reach::Untrusted));
    user.model.begin();
    user.write("alice@example.test");
    user.press("enter");
    user.wait(5.0);
    user.sees(&["not trusted", "Issued by", "AA:5222", "2025-01-01 to 2027-01-01"]);
    user.main_shot("certificate");
    // Enter takes what does the least.
    user.press("enter");
    user.wait(1.0);
    assert_eq!(asked(&user, |question| matches!(question, Question::Trust { .. })), 0);
    user.sees(&["chat failed"]);
    // Signing in again shows it again: what was declined is not declined for ever.
    user.palette("sign in again");
    user.wait(2.0);
    user.at_wire(WireIn::Reach(xmpp::Reach::Open));
    user.sees(&["AA:5222"]);
    user.press("t");
    user.wait(5.0);
    assert_eq!(asked(&user, |question| matches!(question, Question::Trust { session: false, .. })), 1);
    assert!(matches!(link(&user, Service::Chat), Some(LinkState::Online { .. })));
}

#[test]
fn a_network_that_goes_away_is_said_and_comes_back_by_itself() {
    let mut user = User::signed_in();
    user.town.roads.reach = Reach::Refused;
    user.unplug();
    user.wait(5.0);
    user.sees(&["chat reconnecting", "☎ reconnecting"]);
    user.main_shot("no-network");
    user.plug_in();
    user.wait(300.0);
    assert!(is_online(&user));
    user.sees_not(&["reconnecting"]);
}

#[test]
fn two_accounts_stand_side_by_side() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    let name = AccountName("other".into());
    let phone = Plan::over(Transport::Tls).account("dara");
    let person = user.town.roads.people.get_mut(&ALICE).unwrap();
    person.desk.new = Some(Ok(Account { name: name.clone(), ..phone }));
    user.palette("servers of your own");
    user.sees(&["Add an account", "SIP proxy"]);
    user.main_shot("account-by-hand");
    user.press("tab");
    user.write("sip:dara@example.test");
    user.press("enter");
    user.wait(5.0);
    assert_eq!(asked(&user, |question| matches!(question, Question::AddAccount(new) if new.sip.contains("dara"))), 1);
    let links = &user.model.state.accounts[&name].links;
    assert!(matches!(links[&Service::Phone], LinkState::Online { .. }), "{links:?}");
    user.press("g s");
    user.sees(&["work", "other", "sip:dara@example.test"]);
    user.shot("two-accounts");
    // Which of several is to sign out is asked for.
    user.press("esc");
    user.palette("sign out");
    assert_eq!(user.model.screen, Screen::Settings);
    user.sees(&["Choose the account"]);
}

#[test]
fn who_signs_out_is_offline_and_stays_at_the_screen() {
    let mut user = User::signed_in();
    user.palette("sign out");
    user.wait(5.0);
    assert_eq!((link(&user, Service::Chat), link(&user, Service::Phone)), (Some(LinkState::Offline), Some(LinkState::Offline)));
    assert!(!user.has_left);
    user.sees(&["offline", "signed out"]);
    user.shot("signed-out");
    user.palette("sign out");
    user.sees(&["Signed out. r signs in."]);
    user.palette("sign in again");
    user.wait(5.0);
    assert!(is_online(&user));
    user.press("Q");
    assert!(user.has_left);
}

#[test]
fn who_leaves_while_a_call_goes_on_is_asked_first() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.is_called_by(BO);
    user.press("a");
    user.wait(2.0);
    user.press("Q");
    user.sees(&["Leave offhook?", "A call goes on. It would end."]);
    user.shot("leave-in-call");
    user.press("n");
    assert!(!user.has_left && user.model.overlays.is_empty());
    user.press("Q");
    assert!(matches!(user.model.overlays.last(), Some(Overlay::Question(_))));
    user.press("y");
    assert!(user.has_left);
}

#[test]
fn without_sound_the_user_is_asked_before_a_call_is_answered() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    let person = user.town.roads.people.get_mut(&ALICE).unwrap();
    person.desk.sound = offhook::engine::event::Sound {
        path: offhook::engine::event::SoundPath::Silent("there is no sound server".into()),
        over_ssh: true,
        ..offhook::engine::event::Sound::default()
    };
    user.press("g s esc");
    user.wait(0.5);
    user.is_called_by(BO);
    user.sees(&["no sound here"]);
    user.press("a");
    user.sees(&["Answer without sound?", "there is no sound server"]);
    user.shot("answer-silently");
    user.press("s");
    user.wait(2.0);
    user.sees(&["hang up", "no sound here"]);
    user.shot("no-sound-in-call");
    assert_eq!(user.model.focus, Focus::People);
    user.press("o");
    user.sees(&["not heard: there is no sound here"]);
    user.press("esc");
    // The next call says so too, and is answered at once; where it is silent for another reason, it is asked anew.
    user.press("x");
    user.wait(2.0);
    user.is_called_by(BO);
    user.sees(&["no sound here"]);
    user.press("a");
    user.wait(2.0);
    user.sees(&["hang up"]);
    assert!(user.model.overlays.is_empty());
    user.press("x");
    user.wait(2.0);
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.sound.path =
        offhook::engine::event::SoundPath::Silent("the sound server is gone".into());
    user.press("g s esc");
    user.wait(0.5);
    user.is_called_by(BO);
    user.press("a");
    user.sees(&["Answer without sound?", "the sound server is gone"]);
    let failed = user.model.state.notices.iter().filter(|notice| notice.problem.kind == ProblemKind::Protocol);
    assert_eq!(failed.count(), 0);
}
