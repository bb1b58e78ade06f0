//! Signing in at Prosody with the real binary: passwords, mechanisms, certificates, and what goes in clear.

use super::Case;
use super::offhook::User;
use super::prosody::{self, Habits, Prosody};
use super::relay::Relay;
use super::slixmpp::{self, Slixmpp};
use super::world::World;

pub const CASES: &[Case] = &[
    Case { name: "sign-in: a wrong password is tried once", needs: &[prosody::NEEDS], run: wrong_password },
    Case { name: "sign-in: an untrusted certificate is refused until it is trusted", needs: &[prosody::NEEDS], run: untrusted },
    Case { name: "sign-in: a certificate for another name is refused", needs: &[prosody::NEEDS], run: other_name },
    Case { name: "sign-in: a server whose STARTTLS is taken out gets nothing", needs: &[prosody::NEEDS], run: stripped },
    Case { name: "sign-in: a server without TLS only where cleartext is allowed", needs: CHAT, run: in_clear },
    Case { name: "sign-in: SCRAM alone, PLAIN alone, TLS from the first byte", needs: CHAT, run: mechanisms },
    Case { name: "sign-in: no server, and a server that is no server", needs: &[], run: nobody_there },
];

const CHAT: &[&str] = &[prosody::NEEDS, slixmpp::NEEDS];

const TO_ALICE: &[&str] = &["send", "alice@example.test", "hello"];

/// How often somebody has tried to sign in.
fn tries(prosody: &Prosody) -> usize {
    prosody.process.log().matches("Received[c2s_unauthed]: <auth").count()
}

fn wrong_password() {
    let world = World::new();
    let mut prosody = Prosody::start(&world);
    let ca = world.file("ca.crt").display().to_string();
    let bob = User::chatting_with(&world, "bob", "guess", &["--ca", &ca, "--xmpp-server", &prosody.server()]);
    for (round, arguments) in [TO_ALICE, &["listen", "--json", "--count", "1"]].into_iter().enumerate() {
        let ended = bob.run(&format!("try-{round}"), arguments).expect(5);
        assert!(ended.said.contains("The server refused the password of bob@example.test"), "{}", ended.said);
        assert!(ended.said.contains("Check the password") && !ended.said.contains("guess"), "{}", ended.said);
        assert_eq!(ended.out, "");
        prosody.process.wait_until("has seen it go", |prosody| prosody.log().matches("Client disconnected").count() > round);
        assert_eq!(tries(&prosody), round + 1, "one try each:\n{}", prosody.process.log());
    }
    let outbox = bob.outbox();
    assert_eq!((outbox.len(), &outbox[0]["delivery"]), (1, &"unsent".into()), "what was typed is kept");
    // Nothing of the password is in any file of his but the account's own.
    let log = std::fs::read_to_string(bob.home().join("state/offhook/offhook.log")).unwrap();
    assert!(!log.contains("guess"), "{log}");
}

/// The command that a refusal names.
fn advice(said: &str) -> Vec<&str> {
    let line = said.lines().find(|line| line.contains("offhook trust ")).unwrap_or_else(|| panic!("no advice: {said}"));
    line.split_once("offhook trust ").unwrap().1.split_whitespace().collect()
}

fn untrusted() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let server = prosody.server();
    let bob = User::chatting_with(&world, "bob", "pw-bob", &["--xmpp-server", &server]);
    for lifetime in [&["--session"][..], &[]] {
        let ended = bob.run("refused", TO_ALICE).expect(5);
        assert!(ended.said.contains("no authority that this machine trusts has issued it"), "{}", ended.said);
        let advice = advice(&ended.said);
        assert_eq!((advice[0], advice[1]), (server.as_str(), "--sha256"), "{}", ended.said);
        bob.run("trust", &[&["trust"], &advice[..], lifetime].concat()).expect(0);
        bob.run("accepted", TO_ALICE).expect(0);
        let listed = bob.run("list", &["trust", "list", "--json"]).expect(0).json();
        assert_eq!((&listed["session"], &listed["sha256"]), (&(!lifetime.is_empty()).into(), &advice[2].into()));
        bob.run("forget", &["trust", "remove", &server]).expect(0);
    }
    assert_eq!(tries(&prosody), 2, "no password went where nobody was trusted");

    // Another certificate than the one that is trusted is refused, and so is the same at another port.
    let other = format!("{:064x}", 7);
    bob.run("other", &["trust", &server, "--sha256", &other]).expect(0);
    bob.run("refused-other", TO_ALICE).expect(5);
    bob.run("forget-other", &["trust", "remove", &server]).expect(0);
    let ended = bob.run("refused-once-more", TO_ALICE).expect(5);
    let print = advice(&ended.said)[2].to_owned();
    let elsewhere = format!("127.0.0.1:{}", prosody.direct_port);
    bob.run("elsewhere", &["trust", &elsewhere, "--sha256", &print]).expect(0);
    bob.run("refused-elsewhere", TO_ALICE).expect(5);

    // An account takes what it trusts with it.
    bob.run("trust-again", &["trust", &server, "--sha256", &print]).expect(0);
    bob.run("accepted-again", TO_ALICE).expect(0);
    bob.run("remove", &["account", "remove", "bob"]).expect(0);
    assert_eq!(bob.run("list-none", &["trust", "list", "--json"]).expect(0).out, "");
    let bob = User::chatting_with(&world, "bob", "pw-bob", &["--xmpp-server", &server]);
    bob.run("refused-anew", TO_ALICE).expect(5);
    assert_eq!(tries(&prosody), 3);
}

fn other_name() {
    let world = World::named(&["elsewhere.test", "xmpp.example.test.evil.test"]);
    let prosody = Prosody::start(&world);
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let ended = bob.run("refused", TO_ALICE).expect(5);
    assert!(ended.said.contains("it is for another name than example.test"), "{}", ended.said);
    assert!(ended.said.contains("elsewhere.test"), "it says for whom it is: {}", ended.said);
    assert_eq!(tries(&prosody), 0);
    bob.run("trust", &[&["trust"], &advice(&ended.said)[..]].concat()).expect(0);
    bob.run("accepted", TO_ALICE).expect(0);
}

fn stripped() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let relay = Relay::rewriting(prosody.port, "starttls", "startups");
    let server = format!("127.0.0.1:{}", relay.port);
    let bob = User::chatting(&world, "bob", &server, &[]);
    let ended = bob.run("refused", TO_ALICE).expect(5);
    assert!(ended.said.contains("offers no TLS") && ended.said.contains("--allow-cleartext"), "{}", ended.said);
    assert_eq!(tries(&prosody), 0);
    assert_eq!(bob.outbox()[0]["delivery"], "unsent");
}

fn in_clear() {
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { no_tls: true, ..Habits::default() });
    let bob = User::chatting(&world, "bob", &prosody.server(), &[]);
    let ended = bob.run("refused", TO_ALICE).expect(5);
    assert!(ended.said.contains("everything would go in clear") && ended.said.contains("--allow-cleartext"), "{}", ended.said);
    assert_eq!(tries(&prosody), 0);

    let carol = User::chatting(&world, "carol", &prosody.server(), &["--allow-cleartext"]);
    let mut listener = carol.listen("listen");
    carol.run("send", &["send", "carol@example.test", "to myself"]).expect(0);
    carol.run("send-bob", &["send", "bob@example.test", "in clear"]).expect(0);
    drop(listener.log());
    listener.signal("INT");
    listener.wait_for_end(super::process::DEADLINE);
    let log = prosody.process.log();
    assert!(log.contains("mechanism='SCRAM-SHA-") && !log.contains("mechanism='PLAIN'"), "{log}");

    // A password never goes out in clear, whatever is allowed.
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { no_tls: true, plain_only: true, ..Habits::default() });
    let carol = User::chatting(&world, "carol", &prosody.server(), &["--allow-cleartext"]);
    let ended = carol.run("refused", TO_ALICE).expect(5);
    assert!(ended.said.contains("carol") || ended.said.contains("example.test"), "{}", ended.said);
    assert_eq!(tries(&prosody), 0, "{}", prosody.process.log());
}

fn mechanisms() {
    for (habits, mechanism, direct) in [
        (Habits { scram_only: true, ..Habits::default() }, "SCRAM-SHA-", false),
        (Habits { plain_only: true, ..Habits::default() }, "PLAIN", false),
        (Habits::default(), "SCRAM-SHA-", true),
    ] {
        let world = World::new();
        let prosody = Prosody::start_with(&world, habits);
        let server = match direct {
            true => format!("127.0.0.1:{};tls=direct", prosody.direct_port),
            false => prosody.server(),
        };
        let bob = User::chatting(&world, "bob", &server, &[]);
        bob.run("send", TO_ALICE).expect(0);
        let log = prosody.process.log();
        assert!(log.contains(&format!("mechanism='{mechanism}")), "{mechanism}:\n{log}");
        let mut alice = Slixmpp::sign_in(&world, "alice", prosody.port);
        assert_eq!(alice.process.wait_for_messages(1), ["hello"]);
        let mut listener = bob.listen("listen");
        alice.says("bob@example.test", "hello yourself");
        assert_eq!(listener.wait_for_messages(1), ["hello yourself"]);
        bob.stop(listener).expect(0);
    }
}

fn nobody_there() {
    let world = World::new();
    let port = super::ports::free();
    let server = format!("127.0.0.1:{port}");
    let bob = User::chatting_with(&world, "bob", "pw", &["--xmpp-server", &server]);
    let ended = bob.run("nobody", TO_ALICE).expect(5);
    assert!(ended.said.contains(&server) && ended.said.contains("refused"), "{}", ended.said);
    let listener = std::net::TcpListener::bind(&server).unwrap();
    let web = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        heard
    });
    let ended = bob.run("web", TO_ALICE).expect(5);
    assert!(ended.said.contains("The XMPP server of example.test cannot be used"), "{}", ended.said);
    assert!(!web.join().unwrap().contains("pw"));
}
