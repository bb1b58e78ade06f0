//! The first start, without any account: the form, a wrong password, a certificate to decide on.

use super::terminal::{CTRL_C, ENTER, TAB, Terminal};
use crate::Case;
use crate::offhook::User;
use crate::prosody::{self, Prosody};
use crate::world::World;

pub const CASES: &[Case] = &[
    Case {
        name: "screen: the first start asks for an account and signs in",
        needs: &[prosody::NEEDS],
        run: || signs_in((80, 24)),
    },
    Case { name: "screen: the first start in a small terminal", needs: &[prosody::NEEDS], run: || signs_in((60, 15)) },
    Case {
        name: "screen: a refused password is asked for again, and tried once",
        needs: &[prosody::NEEDS],
        run: wrong_password,
    },
    Case { name: "screen: an unknown certificate is shown with its fingerprint", needs: &[prosody::NEEDS], run: untrusted },
];

/// The form as a newcomer fills it in.
fn fills_in(terminal: &mut Terminal, password: &str, server: &str, authorities: &str) {
    terminal.shows("Welcome to offhook");
    // With servers of one's own.
    terminal.type_keys("\x10");
    terminal.type_keys("open standards");
    terminal.shows("Add an account on open standards");
    terminal.type_keys(ENTER);
    terminal.shows("Chat server");
    let fields = ["alice@example.test", "", password, "", server, "", authorities];
    for (number, field) in fields.into_iter().enumerate() {
        if number > 0 {
            terminal.type_keys(TAB);
        }
        terminal.type_keys(field);
    }
    // A long path is scrolled: its end is what is seen.
    let last = if authorities.is_empty() { server } else { "ca.crt" };
    terminal.shows(last);
    assert!(!terminal.contents().contains(password), "{}", terminal.contents());
    terminal.type_keys(ENTER);
}

fn signs_in(size: (u16, u16)) {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = User::new(&world, "alice");
    let mut terminal = Terminal::start(&alice, size);
    let ca = world.file("ca.crt").display().to_string();
    fills_in(&mut terminal, "pw-alice", &prosody.server(), &ca);
    terminal.hides("Welcome to offhook");
    terminal.shows("· available");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
    // The account stays, and its password, which nobody kept, is asked for.
    terminal.start_again(&alice);
    terminal.shows("Password of alice@example.test");
    terminal.type_keys("pw-alice");
    terminal.type_keys(ENTER);
    terminal.shows("· available");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
}

/// How often somebody has tried to sign in.
fn tries(prosody: &Prosody) -> usize {
    prosody.process.log().matches("Received[c2s_unauthed]: <auth").count()
}

fn wrong_password() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = User::new(&world, "alice");
    let mut terminal = Terminal::start(&alice, (80, 24));
    let ca = world.file("ca.crt").display().to_string();
    fills_in(&mut terminal, "guess", &prosody.server(), &ca);
    terminal.shows("Password of alice@example.test");
    terminal.shows("The server has refused the last one.");
    assert_eq!(tries(&prosody), 1, "{}", prosody.process.log());
    terminal.type_keys("pw-alice");
    terminal.type_keys(ENTER);
    terminal.shows("· available");
    assert_eq!(tries(&prosody), 2, "{}", prosody.process.log());
    terminal.hides("Password of");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    terminal.is_left();
    let log = std::fs::read_to_string(alice.home().join("state/offhook/offhook.log")).unwrap();
    assert!(!log.contains("guess") && !log.contains("pw-alice"), "{log}");
}

fn untrusted() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let alice = User::new(&world, "alice");
    let mut terminal = Terminal::start(&alice, (80, 24));
    fills_in(&mut terminal, "pw-alice", &prosody.server(), "");
    terminal.shows("This server's certificate is not trusted");
    terminal.shows(&prosody.server());
    let shown = terminal.contents();
    assert_eq!(tries(&prosody), 0, "no password goes to a server that nobody vouches for:\n{}", prosody.process.log());
    terminal.type_keys("t");
    terminal.shows("· available");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.ends(), 0);
    let listed = alice.run("list", &["trust", "list", "--json"]).expect(0).json();
    let hex = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    let fingerprint = hex(listed["sha256"].as_str().unwrap());
    assert_eq!(fingerprint, fingerprint_of(&world), "what is kept is the server's");
    let after = shown.rsplit_once("SHA-256").unwrap_or_else(|| panic!("no fingerprint:\n{shown}")).1;
    assert!(hex(after).starts_with(&fingerprint), "{fingerprint}:\n{shown}");
}

/// Of the server's certificate, in hexadecimal.
fn fingerprint_of(world: &World) -> String {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    use sha2::{Digest, Sha256};
    let certificate = CertificateDer::from_pem_file(world.file("srv.crt")).unwrap();
    Sha256::digest(&certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}
