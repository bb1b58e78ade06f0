//! How many connections and round trips a sign-in costs, counted on the wire: the real program on a terminal, and relays in
//! front of every service of a lab in another process. `docs/sign-in.md` has the table, and is held to it.

use super::by_address::built_in;
use super::distance::{Count, Counted, Far, Record, Service};
use super::lab::Lab;
use super::offhook::User;
use super::screen::{CTRL_C, Terminal};
use super::world::World;
use super::{Case, checkout};
use std::time::Duration;

pub const CASES: &[Case] = &[
    Case { name: "round trips: a sign-in that is encrypted", needs: &[], run: encrypted },
    Case { name: "round trips: a sign-in with phones in clear", needs: &[], run: clear },
];

/// Each way. What one side does between two questions takes far less.
const DELAY: Duration = Duration::from_millis(100);

/// What is remembered is asked for so long after the connections have begun (`engine/signin/warm.rs`).
const BESIDE: Duration = Duration::from_secs(1);

/// The columns of the table.
const COLUMNS: [Service; 7] =
    [Service::Dns, Service::Cas, Service::Web, Service::Files, Service::Tftp, Service::Xmpp, Service::Sip];

/// A row of the table.
fn row(start: &str, counted: &Counted) -> String {
    let cell = |service: &Service| match counted.of.get(service) {
        None => "–".to_owned(),
        Some(Count { trips, .. }) if *service == Service::Dns => trips.to_string(),
        Some(Count { lines, trips, .. }) => format!("{lines} · {trips}"),
    };
    let cells: Vec<String> = COLUMNS.iter().map(cell).collect();
    format!("| {start} | {} | {} |", cells.join(" | "), counted.in_sequence)
}

/// The documentation has this row.
fn is_documented(row: &str, counted: &Counted) {
    let docs = std::fs::read_to_string(checkout("docs/sign-in.md")).unwrap();
    assert!(docs.lines().any(|line| line == row), "docs/sign-in.md does not have\n{row}\n{counted:#?}");
}

/// An account of Ana's at a lab that is far away.
pub fn account(user: &User<'_>, lab: &Lab<'_>, far: &Far, more: &[&str]) {
    let (dns, ca) = (far.at(lab.at("dns")).to_string(), lab.ca().display().to_string());
    let (cas, tftp) = (far.cas("https"), lab.at("tftp").port().to_string());
    let fixed = ["account", "add", "work", "--address", "ana@lab.example"];
    let found = ["--dns", &dns, "--cas", &cas, "--ca", &ca, "--tftp-port", &tftp];
    let says_it = ["--password-command", "echo ana-demo"];
    let says_it = if more.contains(&says_it[0]) { &[][..] } else { &says_it };
    user.run("account", &[&fixed[..], &found, says_it, more].concat()).expect(0);
}

/// What has gone by until chat and phone stood.
fn until_ready(terminal: &Terminal, far: &Far) -> Record {
    terminal.shows("· available");
    terminal.shows("☎ ready");
    far.taken()
}

fn starts(site: &str, kind: &str, more: &[&str]) {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in(site));
    let far = Far::of(&lab, DELAY);
    let ana = User::new(&world, "ana");
    account(&ana, &lab, &far, more);
    far.taken();
    let mut terminal = Terminal::start(&ana, (100, 30));
    let first = until_ready(&terminal, &far).counted();
    let web = first.of[&Service::Web];
    assert_eq!((web.lines, web.hellos), (1, 1), "one connection of TLS carries the chain of UDS: {first:#?}");
    is_documented(&row(&format!("the first, {kind}"), &first), &first);

    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    far.taken();
    terminal.start_again(&ana);
    let second = until_ready(&terminal, &far).on_the_way().counted();
    // Nothing is asked before both have begun, but for where their hosts are; and they begin side by side.
    assert!(second.before.keys().all(|service| *service == Service::Dns), "{second:#?}");
    let began = [Service::Xmpp, Service::Sip].map(|service| second.began[&service]);
    assert!(began.iter().all(|at| *at < BESIDE), "{second:#?}");
    is_documented(&row(&format!("the second, {kind}"), &second), &second);
}

fn encrypted() {
    starts("default", "encrypted", &[]);
}

fn clear() {
    starts("clear", "phones in clear", &["--allow-cleartext"]);
}
