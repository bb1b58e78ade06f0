//! The screen beside those of mcabber, profanity and poezio, each with the same roster on a Prosody of its own, in a
//! terminal of 120x40: first full frame, memory, key to echo, bytes for a key, a flood of messages, and nothing at all.
//! Prints figures and ratios to mcabber's.
//!
//! `cargo bench --bench screen [-- --quick] [CLIENT...]`; needs what `tests/peers/install.sh bench` installs, and about six
//! minutes of a machine with nothing else to do. A client that is not here is left out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, dead_code, missing_docs)]

mod client;
#[path = "../../tests/peers/namespace.rs"]
mod namespace;
#[path = "../../tests/peers/offhook.rs"]
mod offhook;
#[path = "../../tests/peers/ports.rs"]
mod ports;
#[path = "../../tests/peers/process.rs"]
mod process;
#[path = "../../tests/peers/prosody.rs"]
mod prosody;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/pty/mod.rs"]
mod pty;
#[path = "../../tests/peers/slixmpp.rs"]
mod slixmpp;
mod terminal;
#[path = "../../tests/peers/world.rs"]
mod world;

use ::offhook::engine::ask::StoreQuestion;
use ::offhook::engine::event::{AccountName, Delivery, Message, MessageKey};
use ::offhook::io::store::Store;
use ::offhook::machine::{RemoteText, Stamp};
use client::Client;
use prosody::Prosody;
use slixmpp::Slixmpp;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terminal::{Echo, Terminal};
use world::World;

/// Beside bob.
const CONTACTS: usize = 500;
const GROUPS: usize = 20;
/// In our store at an offline start.
const STORED: usize = 10_000;
/// Typed before the line is emptied again.
const LINE: usize = 50;

/// How much is measured.
struct Plan {
    starts: usize,
    keys: usize,
    messages: usize,
    idle: Duration,
}

const FULL: Plan = Plan { starts: 25, keys: 200, messages: 5000, idle: Duration::from_secs(60) };
const QUICK: Plan = Plan { starts: 3, keys: 50, messages: 500, idle: Duration::from_secs(10) };

/// What was measured of one client.
struct Figures {
    client: Client,
    values: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let plan = if arguments.iter().any(|argument| argument == "--quick") { QUICK } else { FULL };
    let named = |client: &Client| arguments.iter().any(|argument| argument == client.name());
    let wanted: Vec<Client> = client::ALL.into_iter().filter(named).collect();
    let wanted = if wanted.is_empty() { client::ALL.to_vec() } else { wanted };
    let (here, missing): (Vec<Client>, Vec<Client>) = wanted.into_iter().partition(|client| client.is_here());
    for client in missing {
        println!("{} is not installed, and is left out", client.name());
    }
    // In turn, so that what else the machine does falls on all of them alike. One that fails says why, and takes nothing from
    // the others.
    let mut starts = vec![Vec::new(); here.len()];
    for _ in 0..plan.starts {
        for (client, starts) in here.iter().zip(&mut starts) {
            starts.extend(std::panic::catch_unwind(|| first_frame(*client)));
        }
    }
    let started = here.into_iter().zip(starts).filter(|(_, starts)| !starts.is_empty());
    let measured =
        |(client, starts): (Client, Vec<f64>)| std::panic::catch_unwind(|| measure(client, quantile(&starts, 50), &plan)).ok();
    let figures: Vec<Figures> = started.filter_map(measured).collect();
    print(&figures, &plan);
}

fn measure(client: Client, first_frame: f64, plan: &Plan) -> Figures {
    let mut values = vec![first_frame];
    let world = World::new();
    let server = serve(&world);
    let mut bob = Slixmpp::sign_in(&world, "bob", server.port);
    let mut terminal = Terminal::start(pty::surrounded(&client.set_up(&world, server.port)));
    terminal.wait_for(&["Person 001"]);
    terminal.settle(Duration::from_secs(2));
    values.push(terminal.resident());
    client.open_chat(&mut terminal);
    terminal.hear(Duration::from_secs(3));

    let echoes = typed(&mut terminal, plan.keys);
    let micros: Vec<f64> = echoes.iter().map(|echo| echo.after.as_secs_f64() * 1000.0).collect();
    values.extend([quantile(&micros, 50), quantile(&micros, 99)]);
    let bytes: Vec<f64> = echoes.iter().map(|echo| echo.bytes as f64).collect();
    values.extend([quantile(&bytes, 50), quantile(&bytes, 100)]);

    values.extend(flooded(&mut terminal, &mut bob, plan.messages));

    // What was begun has come to its end: typing is no news any more, drafts are kept.
    terminal.hear(Duration::from_secs(5));
    let (bytes, ticks) = (terminal.bytes, terminal.ticks());
    terminal.hear(plan.idle);
    values.extend([(terminal.bytes - bytes) as f64, f64::from(terminal.ticks() - ticks)]);
    Figures { client, values }
}

/// Milliseconds from its start to its first full frame, without a server.
fn first_frame(client: Client) -> f64 {
    let world = World::new();
    let command = client.set_up(&world, ports::free());
    if client == Client::Offhook {
        fill(&world.file("home-alice/data/offhook"));
    }
    let mut terminal = Terminal::start(pty::surrounded(&command));
    let shown = terminal.wait_for(client.first_frame());
    (shown - terminal.born).as_secs_f64() * 1000.0
}

/// A history of [`STORED`] messages with all contacts.
fn fill(folder: &Path) {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).unwrap();
    let messages = (0..STORED).map(|nth| {
        let ours = nth % 3 == 0;
        let (me, them) = ("alice@example.test/desk", format!("{}@example.test/desk", person(nth % CONTACTS)));
        let (from, to) = if ours { (me.to_owned(), them) } else { (them, me.to_owned()) };
        Message {
            key: MessageKey(format!("{nth:032x}")),
            id: RemoteText::new(format!("id-{nth}")),
            from: RemoteText::new(from),
            to: RemoteText::new(to),
            body: RemoteText::new(format!("This is the message with the number {nth}, about nothing in particular.")),
            at: Stamp::from_micros(1_700_000_000_000_000 + i64::try_from(nth).unwrap() * 60_000_000),
            ours,
            archived: true,
            delivery: if ours { Delivery::Sent } else { Delivery::Received },
        }
    });
    let mut store = Store::open(&folder.join("history.db")).unwrap();
    let account = AccountName("alice".into());
    store.answer(StoreQuestion::Receive { account, messages: messages.collect() }).unwrap();
}

/// Types so many letters, each at the end of its line.
fn typed(terminal: &mut Terminal, keys: usize) -> Vec<Echo> {
    let mut echoes = Vec::new();
    for (nth, letter) in ('a'..='z').cycle().take(keys).enumerate() {
        if nth > 0 && nth % LINE == 0 {
            empty(terminal);
        }
        echoes.push(terminal.echo(letter));
    }
    empty(terminal);
    echoes
}

/// Empties the line (Ctrl-U), as in readline.
fn empty(terminal: &mut Terminal) {
    terminal.write("\x15");
    terminal.settle(Duration::from_millis(200));
}

/// Bob says so much, with the chat in view: seconds of CPU, and on the clock.
fn flooded(terminal: &mut Terminal, bob: &mut Slixmpp, messages: usize) -> [f64; 2] {
    let (before, begun) = (terminal.ticks(), std::time::Instant::now());
    for nth in 1..=messages {
        bob.says("alice@example.test", &format!("flood {nth} of {messages}, and some more words to fill the line"));
    }
    let shown = terminal.wait_for(&[&format!("flood {messages} of {messages}")]);
    [terminal.spent_since(before), (shown - begun).as_secs_f64()]
}

/// A server where alice has her contacts, all of whom know her.
fn serve(world: &World) -> Prosody {
    let contact = |jid: &str, name: &str, group: usize| {
        format!(
            "[\"{jid}@example.test\"] = {{ subscription = \"both\"; name = \"{name}\"; \
             groups = {{ [\"Group {group:02}\"] = true }} }};\n"
        )
    };
    let roster = |owner: &str, contacts: String| {
        let text = format!("return {{ [false] = {{ version = 1 }};\n{contacts} }};\n");
        world.write(&format!("prosody-data/example%2etest/roster/{owner}.dat"), &text);
    };
    let mut contacts = contact("bob", "Bob", 0);
    for nth in 0..CONTACTS {
        let jid = person(nth);
        contacts += &contact(&jid, &format!("Person {nth:03}"), nth * GROUPS / CONTACTS);
        world.write(&format!("prosody-data/example%2etest/accounts/{jid}.dat"), "return { password = \"none\" };\n");
        roster(&jid, contact("alice", "Alice", 0));
    }
    roster("alice", contacts);
    roster("bob", contact("alice", "Alice", 0));
    Prosody::start(world)
}

fn person(nth: usize) -> String {
    format!("person-{nth:03}")
}

fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

fn print(figures: &[Figures], plan: &Plan) {
    let rows = [
        format!("first full frame offline, ms (of {})", plan.starts),
        format!("resident with {} contacts, MiB", CONTACTS + 1),
        format!("key to echo, p50 ms (of {})", plan.keys),
        "key to echo, p99 ms".into(),
        "bytes for a key, median".into(),
        "bytes for a key, most".into(),
        format!("{} messages in view, s of CPU", plan.messages),
        "the same, s on the clock".into(),
        format!("bytes in {} s of nothing", plan.idle.as_secs()),
        format!("ticks in {} s of nothing", plan.idle.as_secs()),
    ];
    let names: String = figures.iter().map(|of| format!("{:>11}", of.client.name())).collect();
    println!("{:40}{names}   to mcabber's", "");
    let of = |client| figures.iter().find(|figures| figures.client == client);
    for (nth, row) in rows.iter().enumerate() {
        let values: String = figures.iter().map(|figures| format!("{:>11.2}", figures.values[nth])).collect();
        let ratio = of(Client::Offhook).zip(of(Client::Mcabber)).map(|(ours, theirs)| ours.values[nth] / theirs.values[nth]);
        println!("{row:40}{values} {:>14}", ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")));
    }
}

/// A path in the checkout.
fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
