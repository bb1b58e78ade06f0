//! A user's day: signs in, adds somebody and sees them come, chats both ways, is rung and answers, holds, resumes, hangs
//! up, finds the call and a message again, leaves.

use super::people::{ALICE, BOB, bodies};
use super::terminal::{CTRL_C, CTRL_R, ENTER, F2, F3, TAB, Terminal};
use crate::Case;
use crate::baresip;
use crate::kamailio;
use crate::offhook::User;
use crate::phones::{Setup, Town};
use crate::prosody::{self, Prosody};
use crate::slixmpp::{self, Slixmpp};

pub const CASES: &[Case] = &[
    Case { name: "screen: chats with somebody who was added", needs: CHAT, run: chats },
    Case { name: "screen: a call is answered, held, taken back, ended and found again", needs: CALLS, run: calls },
];

const CHAT: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];
const CALLS: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS, kamailio::NEEDS, baresip::NEEDS];

fn chats() {
    let world = crate::world::World::new();
    let prosody = Prosody::start(&world);
    let alice = super::people::alice(&world, &prosody);
    let mut bob = Slixmpp::sign_in(&world, "bob", prosody.port);
    let mut terminal = Terminal::start(&alice, (120, 40));
    terminal.shows("· available");
    adds_bob(&mut terminal, &mut bob);

    // He goes, and comes.
    bob.shows("unavailable", "");
    terminal.shows_row(&["○ Bo Lindqvist"]);
    bob.shows("", "here");
    terminal.shows_row(&["● Bo Lindqvist", "here"]);

    talks(&mut terminal, &mut bob);
    finds(&mut terminal, "screen", "hello from the screen");
    leaves(&mut terminal);

    // All of it is there at the next start.
    terminal.start_again(&alice);
    terminal.shows_row(&["Bo Lindqvist", "here"]);
    terminal.type_keys("j");
    terminal.type_keys(ENTER);
    terminal.shows_row(&["hello from the screen", "✓✓"]);
    terminal.shows("and to you, Alice");
    leaves(&mut terminal);
}

/// By the form; he agrees, asks for the same, and is let.
fn adds_bob(terminal: &mut Terminal, bob: &mut Slixmpp) {
    terminal.type_keys("+");
    terminal.shows("Add somebody");
    terminal.type_keys(BOB);
    terminal.type_keys(TAB);
    terminal.type_keys("Bo Lindqvist");
    terminal.shows("Bo Lindqvist");
    terminal.type_keys(ENTER);
    terminal.hides("Add somebody");
    bob.process.wait_until("is asked", |bob| bob.told("presence").iter().any(|told| told["kind"] == "subscribe"));
    terminal.shows_row(&["Bo Lindqvist", "asked"]);
    bob.presence_to("subscribed", "alice");
    bob.presence_to("subscribe", "alice");
    terminal.shows("asks to see you");
    terminal.type_keys("gg");
    terminal.type_keys(ENTER);
    terminal.shows("Somebody asks to see your presence");
    terminal.type_keys("y");
    terminal.hides("asks to see you");
    terminal.shows_row(&["● Bo Lindqvist"]);
    bob.process.wait_until("is let", |bob| bob.told("presence").iter().any(|told| told["kind"] == "subscribed"));
    assert_eq!(bob.subscription("alice"), "both");
}

/// Opens the conversation; a message there, with its signs, and one back.
fn talks(terminal: &mut Terminal, bob: &mut Slixmpp) {
    terminal.type_keys(F2);
    terminal.type_keys("G");
    terminal.type_keys(ENTER);
    terminal.shows("Enter send");
    terminal.type_keys("hello from the screen");
    terminal.shows("hello from the screen");
    terminal.type_keys(ENTER);
    terminal.until("shows that the server has it", |screen| {
        let rows = super::terminal::rows(screen);
        rows.iter().any(|row| row.contains("hello from the screen") && row.contains('✓') && !row.contains("✓✓"))
    });
    bob.process.wait_until("hears it", |bob| bob.bodies().iter().any(|body| body == "hello from the screen"));
    assert_eq!(bodies(bob), ["hello from the screen"]);
    let message = bob.process.told("message").into_iter().find(|told| told["body"] != "").unwrap();
    bob.confirms(message["from"].as_str().unwrap(), message["id"].as_str().unwrap());
    terminal.shows_row(&["hello from the screen", "✓✓"]);
    bob.says(ALICE, "and to you, Alice");
    terminal.shows_row(&["Bo", "and to you, Alice"]);
}

/// The search finds the message, and leads to it.
fn finds(terminal: &mut Terminal, words: &str, message: &str) {
    terminal.type_keys(CTRL_R);
    terminal.shows("Search all messages");
    terminal.type_keys(words);
    terminal.shows_row(&["\" ", message]);
    terminal.type_keys(ENTER);
    terminal.hides("Search all messages");
    terminal.shows(message);
}

fn leaves(terminal: &mut Terminal) {
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
}

fn calls() {
    let town = Town::new();
    let prosody = Prosody::start(&town.world);
    let alice = calling(&town, &prosody);
    let mut terminal = Terminal::start(&alice, (120, 40));
    terminal.shows("☎ ready");
    let mut bob = Slixmpp::sign_in(&town.world, "bob", prosody.port);
    terminal.shows("· available");
    adds_bob(&mut terminal, &mut bob);
    talks(&mut terminal, &mut bob);

    let phone = town.baresip(Setup { encryption: "srtp-mand", answer: "manual", ..Setup::default() });
    phone.order("dial", "sip:alice@example.test");
    terminal.shows_row(&["Bo Lindqvist", "is calling you", "answer", "decline"]);
    // He is writing: letters are letters, and Alt makes a key of them.
    terminal.alt('a');
    terminal.shows("Answer without sound?");
    terminal.type_keys("s");
    terminal.shows_row(&["☎ Bo Lindqvist", "SRTP", "hang up"]);
    phone.wait_for_packets(10);

    terminal.alt('h');
    terminal.shows_row(&["☎ Bo Lindqvist", "on hold"]);
    terminal.alt('h');
    terminal.hides("on hold");
    terminal.shows_row(&["☎ Bo Lindqvist", "SRTP"]);
    let heard = phone.wait_for_packets(0);
    phone.wait_for_packets(heard + 10);
    terminal.alt('x');
    terminal.hides("SRTP");
    terminal.shows_row(&["☎", "they called, "]);

    terminal.type_keys(F3);
    terminal.shows("Past calls");
    terminal.shows_row(&["← Bo Lindqvist", "talked "]);
    leaves(&mut terminal);
}

/// Alice with one account for chat and calls.
fn calling<'a>(town: &'a Town, prosody: &Prosody) -> User<'a> {
    let user = User::new(&town.world, "alice");
    let (ca, proxy) = (town.world.file("ca.crt").display().to_string(), town.kamailio.proxy("tls"));
    let fixed = ["account", "add", "alice", "--jid", ALICE, "--sip", "sip:alice@example.test", "--ca", &ca];
    let found = ["--xmpp-server", &prosody.server(), "--sip-proxy", &proxy, "--password-command", "echo pw-alice"];
    user.run("account", &[&fixed[..], &found].concat()).expect(0);
    user
}
