//! Settings and notices.

use super::town::account;
use super::user::{ALICE, User};
use offhook::engine::ask::Question;
use offhook::engine::event::{
    Event, LinkState, Notice, NoticeLevel, Problem, ProblemKind, Refusal, Service, Setting, SettingValue, Sound, SoundPath,
};
use offhook::tui::model::Screen;
use offhook::tui::preferences::{NotifyText, Signs};

/// Goes down the settings to the row of that label.
#[track_caller]
fn to(user: &mut User, label: &str) {
    user.press("g g");
    for _ in 0..40 {
        let rows = user.rows();
        let buffer = user.draw();
        let selected = (0..buffer.area.height)
            .find(|y| buffer[(5, *y)].bg != buffer[(5, 0)].bg && buffer[(40, *y)].bg == buffer[(5, *y)].bg);
        if selected.is_some_and(|y| rows[usize::from(y)].contains(label)) {
            return;
        }
        user.press("j");
    }
    panic!("{label} is not to be reached");
}

#[test]
fn settings_are_changed_by_key_and_kept() {
    let mut user = User::signed_in();
    user.press("g s");
    user.wait(0.5);
    user.sees(&["Settings", "Microphone", "system default", "Theme", "auto: dark"]);
    user.main_shot("settings");
    let why = "You hear but are not heard: there is no microphone (the device is in use by another program; close it, and \
               look again).";
    let sound = Sound { path: SoundPath::Silent(why.into()), ..Sound::default() };
    user.model.apply(&Event::Sound(sound));
    user.sees(&["close it, and look", "again)."]);
    user.press("f2 g s");
    user.wait(0.5);
    to(&mut user, "Microphone");
    user.press("space");
    user.wait(0.5);
    user.sees(&["Headset"]);
    user.press("space space");
    user.wait(0.5);
    user.sees(&["system default"]);
    to(&mut user, "Signs");
    user.press("space");
    assert_eq!(user.kept.last().unwrap().signs, Signs::Ascii);
    user.shot("settings-ascii");
    user.press("space");
    to(&mut user, "Bell");
    user.press("space");
    assert!(!user.kept.last().unwrap().bell);
    to(&mut user, "Notification says");
    user.press("space");
    assert_eq!(user.kept.last().unwrap().notify, NotifyText::Nothing);
    to(&mut user, "Theme");
    user.press("space");
    assert_eq!(user.kept.last().unwrap().theme, "dark");
    to(&mut user, "Keys");
    user.press("space");
    assert_eq!(user.kept.last().unwrap().keymap, "vim");
}

#[test]
fn an_account_is_signed_out_or_removed_from_the_settings() {
    let mut user = User::signed_in();
    user.press("g s");
    to(&mut user, "work");
    user.press("enter");
    user.sees(&["Account work", "sign out", "remove the account"]);
    user.shot("account");
    user.press("o");
    user.wait(3.0);
    user.sees(&["signed out"]);
    user.press("enter");
    user.wait(3.0);
    user.sees_not(&["signed out", "signed in as"]);
    user.press("space");
    user.sees(&["signed in as"]);
    user.press("space");
    user.sees_not(&["signed in as"]);
    user.press("enter r");
    user.wait(3.0);
    assert!(user.model.state.accounts.is_empty());
    let asked = &user.town.roads.people[&ALICE].desk.asked;
    assert!(asked.iter().any(|question| matches!(question, Question::RemoveAccount(name) if *name == account())));
}

#[test]
fn notices_are_counted_until_they_are_looked_at() {
    let mut user = User::signed_in();
    user.press("g n");
    user.sees(&["Nothing went wrong so far."]);
    user.press("esc");
    for (level, what, next) in [
        (NoticeLevel::Info, "The history was made smaller.", ""),
        (
            NoticeLevel::Warning,
            "imp.lab.example presented a certificate for \"imp1.lab.example\": not trusted for lab.example.",
            "Look at it: offhook trust list",
        ),
        (NoticeLevel::Error, "The history cannot be written: the disk is full.", "Make room, then start offhook again."),
    ] {
        let problem = Problem::new(ProblemKind::Local, what, next);
        user.model.apply(&Event::Notice(Notice { account: Some(account()), level, problem }));
    }
    user.sees(&["3 notices", "the disk is full"]);
    user.shot("notice");
    user.press("g n");
    assert_eq!(user.model.screen, Screen::Notices);
    user.sees(&["Make room"]);
    user.sees_not(&["3 notices"]);
    user.press("k");
    user.sees(&["offhook trust list"]);
    user.main_shot("notices");
}

/// The settings of sign-in, as the files would say them.
fn of_sign_in(authenticator: &str, server: Option<&str>) -> Vec<Setting> {
    let row = |name: &str, value, source| Setting { name: name.into(), value, source };
    let source = if authenticator == "automatic" { "built-in" } else { "account" };
    let mut all = vec![row("authenticator", SettingValue::Text(authenticator.into()), source)];
    all.extend(server.map(|server| row("server", SettingValue::Text(server.into()), source)));
    all.push(row("excluded_services", SettingValue::List(vec!["WEBEX".into()]), "bootstrap"));
    all.push(row("services_domain", SettingValue::Text("lab.example".into()), "address"));
    all.push(row("dns", SettingValue::Text("127.5.0.1:5353".into()), "account"));
    all.push(row("cas", SettingValue::Text("https://loginp.webexconnect.com/cas/FederatedSSO".into()), "built-in"));
    all.push(row("ca", SettingValue::Unset, "built-in"));
    all.push(row("tftp_port", SettingValue::Number(69), "built-in"));
    all.push(row("device", SettingValue::Unset, "built-in"));
    all.push(row("allow_cleartext", SettingValue::Switch(false), "built-in"));
    all
}

#[test]
fn the_servers_of_an_account_are_found_or_chosen_and_say_where_they_came_from() {
    let mut user = User::signed_in();
    user.press("g a");
    user.sees(&["No account signs in by its address"]);
    // It signs in by its address.
    let online = LinkState::Online { address: "ana@lab.example".into() };
    user.model.apply(&Event::Link { account: account(), service: Service::SignIn, state: online });
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.settings = of_sign_in("automatic", None);
    user.press("g s");
    user.wait(0.5);
    user.sees(&["servers", "found by the address  (built-in)"]);
    user.sees_not(&["WEBEX  (bootstrap)"]);
    to(&mut user, "work");
    user.press("space");
    user.sees(&["WEBEX  (bootstrap)", "lab.example  (address)"]);
    user.main_shot("servers");
    user.press("g a");
    user.sees(&["Servers of work", "< found by the address >"]);
    user.press("right");
    user.sees(&["< Communications Manager >", "Server"]);
    user.press("tab");
    user.write("cucm1.lab.example");
    user.press("ctrl-o");
    user.sees(&["Ask Webex", "[ ] no", "Ask _cuplogin", "Phone", "Allow in clear"]);
    user.main_shot("servers-by-hand");
    let problem = Problem::new(ProblemKind::Local, "“cucm1.lab.example” is no server.", "Write HOST or HOST:PORT.");
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.refusal = Some(Refusal { key: Some("server"), problem });
    user.press("enter");
    user.wait(0.5);
    user.sees(&["Servers of work", "< Communications Manager >", "“cucm1.lab.example” is no server."]);
    user.sees_not(&["Use the new settings now?"]);
    user.shot("servers-refused");
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.settings = of_sign_in("cucm", Some("cucm1.lab.example:8443"));
    user.press("enter");
    user.wait(0.5);
    let wanted = |question: &Question| match question {
        Question::Settings { change: Some(change), .. } => {
            change.authenticator == "cucm" && change.server == "cucm1.lab.example" && change.excluded == ["WEBEX"]
        }
        _ => false,
    };
    assert_eq!(
        user.town.roads.people[&ALICE].desk.asked.iter().filter(|question| wanted(question)).count(),
        2,
        "as it was typed"
    );
    user.sees(&["Use the new settings now?", "sign in again"]);
    user.press("y");
    user.wait(3.0);
    user.sees(&["Communications Manager cucm1.lab.example:8443  (account)"]);
    // The first choice clears what was set by hand.
    user.press("g a");
    user.sees(&["< Communications Manager >", "cucm1.lab.example:8443"]);
    user.press("left");
    user.sees(&["< found by the address >"]);
    user.sees_not(&["Server           cucm1"]);
    user.press("enter");
    user.wait(0.5);
    let cleared = |question: &Question| match question {
        Question::Settings { change: Some(change), .. } => change.authenticator == "automatic" && change.server.is_empty(),
        _ => false,
    };
    assert_eq!(user.town.roads.people[&ALICE].desk.asked.iter().filter(|question| cleared(question)).count(), 1);
}

#[test]
fn what_an_account_was_added_with_is_changed_on_the_screen() {
    let mut user = User::signed_in();
    let online = LinkState::Online { address: "ana@lab.example".into() };
    user.model.apply(&Event::Link { account: account(), service: Service::SignIn, state: online });
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.settings = of_sign_in("automatic", None);
    user.press("g s");
    user.wait(0.5);
    to(&mut user, "work");
    user.press("space");
    user.sees(&["name server        127.5.0.1:5353  (account)", "TFTP port          69  (built-in)"]);
    user.press("g a ctrl-o");
    user.sees(&["Name server      127.5.0.1:5353", "CA file          ·", "TFTP port        ·"]);
    user.main_shot("servers-own");
    for _ in 0..4 {
        user.press("tab");
    }
    user.press("ctrl-u");
    user.write("nowhere");
    user.press("tab");
    user.write("http://cas.lab.example/");
    user.press("enter");
    user.wait(0.5);
    user.sees(&["That CAS would be asked in clear"]);
    let asked = |user: &User, count: usize| {
        let changes = user.town.roads.people[&ALICE].desk.asked.iter().filter_map(|question| match question {
            Question::Settings { change: Some(change), .. } => Some(change.clone()),
            _ => None,
        });
        let changes: Vec<_> = changes.collect();
        assert_eq!(changes.len(), count);
        changes.last().cloned()
    };
    asked(&user, 0);
    user.press("ctrl-u");
    user.write("https://cas.lab.example/");
    let problem = Problem::new(ProblemKind::Local, "“nowhere” is no address.", "");
    user.town.roads.people.get_mut(&ALICE).unwrap().desk.refusal = Some(Refusal { key: Some("dns"), problem });
    user.press("enter");
    user.wait(0.5);
    user.sees(&["Servers of work", "Name server      nowhere", "“nowhere” is no address."]);
    user.sees_not(&["Use the new settings now?"]);
    asked(&user, 1);
    user.press("ctrl-u");
    user.write("127.0.0.1");
    user.press("enter");
    user.wait(0.5);
    let change = asked(&user, 2).unwrap();
    assert_eq!((change.dns.as_str(), change.cas.as_str()), ("127.0.0.1", "https://cas.lab.example/"));
    // What nobody has set is not set by looking at it.
    assert_eq!((change.ca.as_str(), change.tftp_port.as_str(), change.authenticator.as_str()), ("", "", "automatic"));
    user.sees(&["Use the new settings now?", "They count from the next sign-in on."]);
}
