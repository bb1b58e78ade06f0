//! The first start by nothing but an address, at a lab in another process.

use super::terminal::{CTRL_C, ENTER, TAB, Terminal};
use crate::Case;
use crate::by_address::{NOWHERE, user};
use crate::lab::Lab;
use crate::offhook::User;
use crate::world::World;

pub const CASES: &[Case] = &[
    Case { name: "screen: the first start needs nothing but an address", needs: &[], run: deployment },
    Case { name: "screen: an address on open standards is enough, too", needs: &[], run: standard },
    Case { name: "screen: servers chosen by hand, and found again", needs: &[], run: by_hand },
    Case { name: "screen: an account moves to other servers", needs: &[], run: moves },
];

const CTRL_O: &str = "\x0f";
const CTRL_U: &str = "\x15";
const QUIET: &str = "cast.rings-after = 100000\ncast.voicemail-after = 100000\n";

/// The form, with what a lab on loopback needs besides.
fn fills_in(terminal: &mut Terminal, lab: &Lab<'_>, webex: bool) {
    terminal.shows("Welcome to offhook");
    terminal.type_keys("ana@lab.example");
    terminal.type_keys(TAB);
    terminal.type_keys("ana-demo");
    terminal.type_keys(CTRL_O);
    terminal.shows("Ask Webex");
    // The cursor stays where it was: at the password.
    terminal.type_keys(TAB);
    terminal.type_keys(TAB);
    if !webex {
        terminal.type_keys(" ");
    }
    let (dns, cas) = (lab.at("dns").to_string(), lab.facts["cas"].as_str().unwrap_or_default());
    for field in [dns.as_str(), cas, "", &lab.ca().display().to_string()] {
        terminal.type_keys(TAB);
        terminal.type_keys(field);
    }
    terminal.type_keys(ENTER);
    terminal.hides("Welcome to offhook");
}

fn leaves(mut terminal: Terminal) {
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
}

fn deployment() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", QUIET);
    let ana = User::new(&world, "ana");
    let mut terminal = Terminal::start(&ana, (80, 24));
    fills_in(&mut terminal, &lab, true);
    terminal.shows("· available");
    terminal.shows("☎ ready");
    terminal.shows("Bob Okafor");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    // The second start connects to what the first has found.
    let found = std::fs::read_to_string(ana.home().join("config/offhook/discovery.toml")).unwrap();
    assert!(found.contains("[services.phone]") && !found.contains("ana-demo"), "{found}");
    terminal.start_again(&ana);
    terminal.shows("Password of ana@lab.example");
    terminal.type_keys("ana-demo");
    terminal.type_keys(ENTER);
    terminal.shows("· available");
    terminal.shows("☎ ready");
    leaves(terminal);
}

fn standard() {
    let world = World::new();
    let site = std::fs::read_to_string(crate::checkout("src/lab/sites/standard.toml")).unwrap();
    let lab = Lab::start(&world, "lab", &format!("{QUIET}{site}"));
    let ana = User::new(&world, "ana");
    let mut terminal = Terminal::start(&ana, (80, 24));
    fills_in(&mut terminal, &lab, false);
    terminal.shows("· available");
    let shown = ana.run("show", &["settings", "--account", "lab.example", "show", "--json"]).expect(0).json();
    assert_eq!(shown["excluded_services"], serde_json::json!({ "value": ["WEBEX"], "source": "account" }));
    leaves(terminal);
}

fn by_hand() {
    let world = World::new();
    // Nothing in the DNS says where the servers are.
    let lab = Lab::start(&world, "lab", &format!("{QUIET}dns.cisco-uds = \"absent\"\n"));
    let ana = User::new(&world, "ana");
    let mut terminal = Terminal::start(&ana, (80, 24));
    fills_in(&mut terminal, &lab, true);
    terminal.shows("set servers by hand");
    terminal.type_keys("ga");
    terminal.shows("< found by the address >");
    terminal.type_keys("\x1b[C");
    terminal.shows("< Communications Manager >");
    terminal.type_keys(TAB);
    terminal.type_keys("cucm1.lab.example");
    terminal.type_keys(ENTER);
    terminal.shows("Use the new settings now?");
    terminal.type_keys("y");
    terminal.shows("· available");
    terminal.shows("☎ ready");
    let shown = ana.run("show", &["settings", "--account", "lab.example", "show", "--json"]).expect(0).json();
    assert_eq!(shown["server"], serde_json::json!({ "value": "cucm1.lab.example:8443", "source": "account" }));
    // The first choice clears it.
    terminal.type_keys("ga");
    terminal.shows("< Communications Manager >");
    terminal.type_keys("\x1b[D");
    terminal.shows("< found by the address >");
    terminal.type_keys(ENTER);
    terminal.shows("Use the new settings now?");
    terminal.type_keys("n");
    let shown = ana.run("shown", &["settings", "--account", "lab.example", "show", "--json"]).expect(0).json();
    assert_eq!((&shown["authenticator"]["value"], &shown["server"]), (&"automatic".into(), &serde_json::Value::Null));
    leaves(terminal);
}

fn moves() {
    let world = World::new();
    let (old, new) = (Lab::start(&world, "old", NOWHERE), Lab::start(&world, "new", QUIET));
    let ana = user(&world, &old, "ana", &[]);
    let mut terminal = Terminal::start(&ana, (80, 24));
    terminal.shows("Webex");
    terminal.type_keys("ga");
    terminal.shows("< found by the address >");
    terminal.type_keys(CTRL_O);
    terminal.shows("Name server");
    // Past whom to ask.
    for _ in 0..3 {
        terminal.type_keys(TAB);
    }
    let (dns, cas) = (new.at("dns").to_string(), new.facts["cas"].as_str().unwrap().to_owned());
    let (tftp, ca) = (new.at("tftp").port().to_string(), new.ca().display().to_string());
    for field in [&dns, &cas, &tftp, &ca] {
        terminal.type_keys(TAB);
        terminal.type_keys(CTRL_U);
        terminal.type_keys(field);
    }
    terminal.type_keys(ENTER);
    terminal.shows("Use the new settings now?");
    terminal.type_keys("y");
    terminal.shows("· available");
    terminal.shows("☎ ready");
    leaves(terminal);
    // Another process reads what was kept.
    ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
}
