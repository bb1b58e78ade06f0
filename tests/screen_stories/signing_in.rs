//! Signing in by an address, as the user sees it: the steps, what is asked, the decision, and what has failed.
//!
//! Which steps there are is `lab_stories`' business; here the screen hears of them.

use super::user::{User, zone};
use offhook::engine::command::Command;
use offhook::engine::event::*;
use offhook::machine::{RemoteText, Stamp};
use offhook::tui::keymap::Key;
use offhook::tui::model::question::{Answer, Question};
use offhook::tui::model::{Overlay, Screen};
use offhook::tui::text::clock_with_seconds;
use offhook::tui::wish::Wish;
use std::time::Duration;

const FOUND_NOTHING: [(Source, &str); 4] = [
    (Source::Manual, "none are set"),
    (Source::WebexCache, "none"),
    (Source::Cas, "lab.example is not a Webex organisation (code 1)"),
    (Source::SrvCache, "none"),
];

fn account() -> AccountName {
    AccountName("work".into())
}

fn step(name: StepName, outcome: Outcome, answer: Option<&str>) -> SignInTold {
    let asked = !matches!(name, StepName::Source(Source::Manual | Source::WebexCache | Source::SrvCache));
    SignInTold::Step(Step {
        name,
        asked,
        question: None,
        server: asked.then(|| "cucm1.lab.example:8443".into()),
        transport: None,
        answer: answer.map(Into::into),
        took: Duration::from_millis(11),
        outcome,
    })
}

fn tell(user: &mut User, told: impl IntoIterator<Item = SignInTold>) {
    for told in told {
        user.model.apply(&Event::SignIn { account: account(), told });
    }
}

/// An account by address that has begun to sign in, as far as the answers of DNS.
fn begun() -> User {
    let mut user = User::new();
    let identity = Identity { jid: Some("alice@lab.example".into()), sip: None, ..Identity::default() };
    user.model.apply(&Event::Account { account: account(), identity });
    link(&mut user, LinkState::Connecting);
    tell(&mut user, [SignInTold::Began]);
    tell(&mut user, FOUND_NOTHING.map(|(source, answer)| step(StepName::Source(source), Outcome::Absent, Some(answer))));
    let records = "cucm1.lab.example:8443, cucm2.lab.example:8443, cucm3.lab.example:8443";
    tell(&mut user, [step(StepName::Source(Source::CiscoUds), Outcome::Found, Some(records))]);
    user
}

fn link(user: &mut User, state: LinkState) {
    user.model.apply(&Event::Link { account: account(), service: Service::SignIn, state });
}

fn decided() -> SignInTold {
    SignInTold::Decided(Decision {
        authenticator: Authenticator::Cup,
        source: Some(Source::CiscoUds),
        rule: "rule 5: _cisco-uds is there; the service profile names IM & Presence".into(),
        product_mode: ProductMode::FullUc,
        servers: vec!["cucm1.lab.example:8443".into()],
    })
}

#[test]
fn each_step_is_shown_as_it_happens_and_a_long_answer_whole() {
    let mut user = begun();
    tell(&mut user, [step(StepName::ClusterUser, Outcome::UnderWay, None)]);
    assert_eq!(user.model.screen, Screen::SignIn, "it is shown to whom does nothing else");
    user.sees(&["Sign in as alice@lab.example", "DNS  _cisco-uds", "asking cucm1.lab.example:8443", "cucm3.lab.example:8443"]);
    user.main_shot("signing-in");
    tell(&mut user, [step(StepName::ClusterUser, Outcome::Found, Some("the home cluster is cucm2.lab.example")), decided()]);
    user.sees(&["the home cluster is cucm2.lab.example", "Communications Manager IM & Presence"]);
    user.main_shot("signed-in-by");
    tell(&mut user, [SignInTold::Found(ProductMode::FullUc)]);
    assert_eq!(user.model.screen, Screen::Home);
}

#[test]
fn where_there_is_little_room_the_answers_have_it_and_only_slow_steps_say_how_long_they_took() {
    let mut user = begun();
    let SignInTold::Step(quick) = step(StepName::ClusterUser, Outcome::Timeout, Some("no answer within 5 s")) else { panic!() };
    tell(&mut user, [SignInTold::Step(Step { took: Duration::from_millis(5004), ..quick })]);
    user.sees(&["11 ms", "5004 ms"]);
    user.sees_not(&["(5004 ms)"]);
    user.size = (60, 15);
    user.sees(&["lab.example is not a Webex", "no answer within 5 s  (5004 ms)"]);
    user.sees_not(&["11 ms"]);
    user.main_shot("sign-in-slow");
}

#[test]
fn what_has_failed_stands_below_with_what_to_do() {
    let mut user = begun();
    tell(&mut user, [step(StepName::ClusterUser, Outcome::Timeout, Some("no answer within 5 s"))]);
    let problem = Problem::new(
        ProblemKind::Unreachable,
        "None of the servers for alice@lab.example has answered.",
        "Check the network, then sign in again.",
    );
    link(&mut user, LinkState::Failed(problem));
    user.sees(&["no answer within 5 s", "None of the servers", "sign in again"]);
    user.main_shot("sign-in-failed");
}

#[test]
fn who_could_not_be_reached_is_tried_again_at_a_time_that_is_said_or_at_a_key() {
    let mut user = begun();
    let why =
        Problem::new(ProblemKind::Unreachable, "The DNS cannot say where alice@lab.example signs in.", "Check the network.");
    let at = Stamp::from_micros(user.now().micros() + 9_000_000);
    tell(&mut user, [SignInTold::Again(at)]);
    link(&mut user, LinkState::Waiting { why, retry_in: Duration::from_secs(9) });
    let hour = clock_with_seconds(at, zone(at));
    user.sees(&["The DNS cannot say where", &format!("by itself at {hour}"), "r try now"]);
    user.main_shot("sign-in-again");
    user.model.key(Key::char('r'));
    let wished = std::iter::from_fn(|| user.model.poll())
        .any(|wish| matches!(wish, Wish::Command(Command::SignIn { account, .. }) if account.0 == "work"));
    assert!(wished, "the key tries at once");
    tell(&mut user, [SignInTold::Began]);
    link(&mut user, LinkState::Connecting);
    user.sees_not(&["tried again", "try now"]);
}

#[test]
fn its_end_is_followed_until_the_user_reads_above_it() {
    let mut user = begun();
    user.size = (60, 15);
    let nodes = |from: u32, to: u32| {
        let step_of = |n| {
            let SignInTold::Step(mut step) =
                step(StepName::ServiceProfile, Outcome::Failed, Some(&format!("node {n} is down")))
            else {
                panic!()
            };
            step.server = Some(format!("cucm{n}.lab.example:8443"));
            SignInTold::Step(step)
        };
        (from..to).map(step_of).collect::<Vec<_>>()
    };
    tell(&mut user, nodes(10, 30));
    user.sees(&["node 29 is down"]);
    user.press("k");
    tell(&mut user, nodes(30, 40));
    user.sees(&["node 28 is down"]);
    user.sees_not(&["node 29 is down", "node 39 is down"]);
    user.press("g g");
    user.sees(&["Sign in as alice@lab.example"]);
    user.press("G");
    tell(&mut user, nodes(40, 50));
    user.sees(&["node 49 is down"]);
}

fn asked(ask: SignInAsk, words: &[&str]) -> User {
    let mut user = begun();
    tell(&mut user, [SignInTold::Asks(Some(ask))]);
    user.sees(words);
    user
}

#[test]
fn what_only_the_user_can_say_is_asked() {
    let host = SignInAsk::Host { host: "cucm.elsewhere.example".into(), purpose: "the home cluster".into() };
    asked(host, &["Connect to a host outside?", "cucm.elsewhere.example"]).shot("sign-in-host");
    let refuses = "cucm1.lab.example:6972 could not be reached for the device configuration: nobody listens there.";
    let why = Some(Problem::new(ProblemKind::Unreachable, refuses, "Check the network, and whether the server is up."));
    let clear = SignInAsk::Clear { leg: "CSFALICE.cnf.xml over TFTP from cucm1.lab.example:69".into(), why };
    let words = ["Send in clear?", "CSFALICE.cnf.xml over TFTP", "nobody listens there", "whether the server is up"];
    asked(clear, &words).shot("sign-in-clear");
    let device = |name: &str, description| DeviceChoice { name: name.into(), description: RemoteText::new(description) };
    let devices = SignInAsk::Device(vec![device("CSFALICE", "Alice's laptop"), device("CSFALICE2", "Alice at home")]);
    asked(devices, &["Which phone is yours here?", "Alice at home"]).shot("sign-in-device");
}

#[test]
fn where_nobody_signs_in_by_an_address_it_says_how_one_does() {
    let mut user = User::signed_in();
    user.press("g i");
    user.sees(&["No account signs in by its address yet", "without servers"]);
}

fn certificate() -> Certificate {
    Certificate {
        host: "cucm1.lab.example".into(),
        port: 8443,
        sha256: "AB:CD".into(),
        names: ["edge", "cucm1", "cucm2", "imp1", "cuc1"].map(|host| RemoteText::new(format!("{host}.lab.example"))).into(),
        issuer: "Lab CA".into(),
        valid: ("2026-01-01".into(), "2027-01-01".into()),
        why: "no authority that this machine trusts has issued it".into(),
        self_signed: false,
    }
}

#[test]
fn a_password_that_was_refused_is_typed_again_from_wherever_that_is_told() {
    let mut user = begun();
    link(&mut user, LinkState::NeedsPassword { address: "alice@lab.example".into(), refused: true });
    user.sees(&["Password of alice@lab.example", "Refused."]);
    user.press("esc");
    user.sees(&["The password was refused.", "Enter type the password"]);
    user.main_shot("password-was-refused");
    user.press("enter");
    user.sees(&["Password of alice@lab.example"]);
    user.press("esc g p");
    user.sees(&["Not signed in. g i shows why, r tries again."]);
    user.press("enter");
    user.sees(&["Password of alice@lab.example"]);
    user.press("esc");
    let problem = Problem::new(ProblemKind::Password, "It was not accepted.", "Type the one that is right.");
    let notice = Notice { account: Some(account()), level: NoticeLevel::Error, problem };
    user.model.apply(&Event::Notice(notice));
    user.press("g n enter");
    user.sees(&["Password of alice@lab.example"]);
    user.press("esc");
    user.palette("password");
    user.sees(&["Password of alice@lab.example"]);
}

#[test]
fn a_certificate_is_decided_on_whenever_the_user_wants() {
    let mut user = begun();
    let mut problem = Problem::new(ProblemKind::Untrusted, "Long.", "Long.");
    problem.certificate = Some(Box::new(certificate()));
    link(&mut user, LinkState::Failed(problem));
    user.sees(&["This server's certificate is not trusted", "AB:CD"]);
    user.press("esc");
    user.sees(&["cucm1.lab.example:8443 showed a certificate that is not trusted", "v view it   t trust it   O trust it once"]);
    user.main_shot("certificate-later");
    for (keys, chosen) in [("v", 2), ("t", 0), ("O", 1), ("enter", 2), ("g n t", 0)] {
        user.press(keys);
        let chosen_now = match user.model.overlays.last() {
            Some(Overlay::Question(question)) => Some(question.chosen),
            _ => None,
        };
        assert_eq!(chosen_now, Some(chosen), "{keys}");
        user.press("esc");
    }
    user.press("g i j");
    user.palette(">trust");
    user.sees(&["This server's certificate is not trusted"]);
}

#[test]
fn who_is_not_signed_in_hears_so_before_a_form_and_how_to_try_again() {
    let mut user = begun();
    user.model.apply(&Event::Account { account: account(), identity: by_address() });
    let problem = Problem::new(ProblemKind::Unreachable, "No name server answers.", "Check the network.");
    link(&mut user, LinkState::Failed(problem));
    user.sees(&["r try again", "g a set servers by hand"]);
    user.press("g p");
    user.sees(&["Not signed in. g i shows why, r tries again.", "sign-in failed (g i)"]);
    user.sees_not(&["chat", "\u{260e}"]);
    for key in ["+", "C", "c"] {
        user.press(key);
        user.sees(&["Not signed in. g i shows why, r tries again."]);
        assert!(user.model.overlays.is_empty(), "{key}");
    }
    user.shot("not-signed-in");
    user.press("enter");
    assert_eq!(user.model.screen, Screen::SignIn);
}

#[test]
fn who_is_signed_out_is_told_once_and_how_to_sign_in() {
    let mut user = User::signed_in();
    user.sees(&["alice@example.test · available"]);
    user.palette(">sign out");
    user.wait(2.0);
    user.sees(&["signed out (r signs in)"]);
    user.sees_not(&["chat signed out"]);
    user.shot("signed-out");
    user.press("/");
    user.write("bo");
    user.press("enter");
    user.write("hello");
    user.press("enter");
    user.sees(&["It goes out when you are signed in: Alt-r."]);
    user.press("esc r");
    user.wait(3.0);
    user.sees(&["alice@example.test · available"]);
    user.sees_not(&["signed out"]);
    user.press("r");
    user.sees(&["You are signed in."]);
}

#[test]
fn steps_stand_in_their_order_and_the_title_stays_in_sight() {
    let mut user = begun();
    tell(&mut user, [step(StepName::ClusterUser, Outcome::Failed, Some("cucm1 is down"))]);
    tell(&mut user, [step(StepName::Source(Source::Bootstrap), Outcome::Absent, Some("told late"))]);
    let rows = user.rows();
    let at = |words: &str| rows.iter().position(|row| row.contains(words)).unwrap();
    assert!(at("told late") < at("cucm1 is down"));
    user.size = (60, 15);
    tell(
        &mut user,
        [step(
            StepName::ServiceProfile,
            Outcome::Failed,
            Some("a long answer, and it is longer than three lines have room for, so that the first steps are out of sight"),
        )],
    );
    user.sees(&["Sign in as alice@lab.example", "k 2 more above", "of sight"]);
    user.sees_not(&["manual settings"]);
    // What lies above has keys of its own.
    user.model.overlays.push(Overlay::Question(Question::new("Sure?", Vec::new(), vec![('n', "no", Answer::Leave)])));
    user.sees(&["Sign in as alice@lab.example", "Sure?"]);
    user.sees_not(&["more above"]);
    user.press("esc ?");
    user.sees(&["Notices and sign-in"]);
}

fn by_address() -> Identity {
    Identity { address: Some("alice@lab.example".into()), ..Identity::default() }
}
