//! Streams written by hand, against the codec and the server behind it.

use super::{Mechanism, Settings, StartTls, Stream, StreamIn, StreamOut};
use crate::lab::xmpp::{Server, ServerIn};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Secret, Stamp};
use crate::protocol::xmpp::sasl::scram::{Binding, Hash, Scram};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                    xmlns:stream='http://etherx.jabber.org/streams' to='lab.example' version='1.0'>";

/// A server and the streams to it.
struct Town {
    server: Server,
    streams: Vec<Stream>,
    settings: Arc<Settings>,
}

/// What a client sees of what happened.
#[derive(Debug, Default)]
struct Seen {
    text: String,
    tls: bool,
    closed: bool,
}

fn settings() -> Settings {
    let mut settings = Settings::new("lab.example");
    for name in ["ana", "bob"] {
        settings.passwords.insert(name.into(), format!("pw-{name}"));
        settings.tokens.insert(name.into(), format!("token-{name}"));
    }
    settings.mechanisms.push(Mechanism::CiscoVtgToken);
    settings
}

impl Town {
    fn new(settings: Settings) -> Town {
        let mut server = Server::new("lab.example", WallClock::new(Moment::START, Stamp::from_micros(1_000_000)));
        let jids: Vec<_> = settings.passwords.keys().map(|name| format!("{name}@lab.example").parse().unwrap()).collect();
        for (jid, password) in jids.iter().zip(settings.passwords.values()) {
            server.add(jid, password);
        }
        server.befriend(&jids[0], &jids[1]);
        server.add_room(&"demo@rooms.lab.example".parse().unwrap(), "Demo", "Welcome");
        Town { server, streams: vec![], settings: Arc::new(settings) }
    }

    fn connect(&mut self, encrypted: bool) -> usize {
        let chance = Chance::seeded(self.streams.len() as u64);
        self.streams.push(Stream::new(Moment::START, self.settings.clone(), encrypted, chance));
        self.streams.len() - 1
    }

    fn say(&mut self, at: usize, text: &str) -> Seen {
        self.tell(at, StreamIn::Received(text.as_bytes().to_vec()))
    }

    fn tell(&mut self, at: usize, input: StreamIn) -> Seen {
        self.streams[at].handle(Moment::START, input);
        self.settle(at)
    }

    /// What the stream `at` sends.
    fn settle(&mut self, at: usize) -> Seen {
        let mut seen = Seen::default();
        loop {
            let mut quiet = true;
            for index in 0..self.streams.len() {
                while let Some(out) = self.streams[index].poll() {
                    quiet = false;
                    match out {
                        StreamOut::Send(bytes) if index == at => seen.text += std::str::from_utf8(&bytes).unwrap(),
                        StreamOut::Server(to) => self.server.handle(Moment::START, ServerIn::Heard(index, 0, to)),
                        StreamOut::BeginTls => seen.tls |= index == at,
                        StreamOut::Close => {
                            self.server.handle(Moment::START, ServerIn::Broken(index, 0));
                            seen.closed |= index == at;
                        }
                        StreamOut::Send(_) => {}
                    }
                }
            }
            while let Some((client, _, told)) = self.server.poll() {
                quiet = false;
                self.streams[client].handle(Moment::START, StreamIn::Server(told));
            }
            if quiet {
                return seen;
            }
        }
    }

    /// Signed in by PLAIN, with this resource and stream management.
    fn signed_in(&mut self, name: &str, resource: &str) -> usize {
        let at = self.connect(true);
        self.say(at, OPEN);
        let plain = STANDARD.encode(format!("\0{name}\0pw-{name}"));
        let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>");
        assert!(self.say(at, &auth).text.contains("<success"));
        self.say(at, OPEN);
        let bound = self.say(at, &bind(resource));
        assert!(bound.text.contains(&format!("<jid>{name}@lab.example/{resource}</jid>")), "{bound:?}");
        at
    }
}

fn bind(resource: &str) -> String {
    format!("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>")
}

fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    text.split(&format!("{name}='")).nth(1).unwrap().split('\'').next().unwrap()
}

#[test]
fn tls_comes_first_and_what_came_before_it_is_dropped() {
    let mut town = Town::new(settings());
    let at = town.connect(false);
    let seen = town.say(at, OPEN);
    assert!(seen.text.contains("<required/>") && !seen.text.contains("mechanism"), "{seen:?}");
    // What is said after STARTTLS in clear would otherwise be believed to be encrypted.
    let seen = town.say(at, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><injected/>");
    assert!(seen.tls && seen.text.contains("<proceed") && !seen.closed, "{seen:?}");
    let seen = town.tell(at, StreamIn::Encrypted);
    assert_eq!(seen.text, "");
    let seen = town.say(at, OPEN);
    assert!(seen.text.contains("<mechanism>PLAIN</mechanism>") && !seen.text.contains("starttls"), "{seen:?}");
}

#[test]
fn in_clear_there_is_no_plain() {
    let mut town = Town::new(Settings { starttls: StartTls::Offered, ..settings() });
    let at = town.connect(false);
    let seen = town.say(at, OPEN);
    assert!(seen.text.contains("SCRAM-SHA-256") && !seen.text.contains("PLAIN") && !seen.text.contains("VTG"), "{seen:?}");
    let plain = STANDARD.encode("\0ana\0pw-ana");
    let seen = town.say(at, &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"));
    assert!(seen.text.contains("<invalid-mechanism/>"), "{seen:?}");
}

#[test]
fn scram_is_proven_both_ways() {
    for (hash, name) in [(Hash::Sha1, "SCRAM-SHA-1"), (Hash::Sha256, "SCRAM-SHA-256")] {
        for (password, right) in [("pw-ana", true), ("pw-bob", false)] {
            let mut town = Town::new(settings());
            let at = town.connect(true);
            town.say(at, OPEN);
            let scram = Scram::new(hash, Binding::Unsupported, "ana", "abc".into());
            let first = STANDARD.encode(scram.first());
            let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{name}'>{first}</auth>");
            let seen = town.say(at, &auth).text;
            let challenge = STANDARD.decode(seen.split(['>', '<']).nth(2).unwrap()).unwrap();
            let (last, expected) = scram.challenge(&challenge).unwrap().answer(&Secret::new(password.into()));
            let last = STANDARD.encode(last);
            let seen = town.say(at, &format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{last}</response>")).text;
            assert_eq!(seen.contains("<not-authorized/>"), !right, "{seen}");
            if right {
                let proof = STANDARD.decode(seen.split(['>', '<']).nth(2).unwrap()).unwrap();
                expected.verify(&proof).unwrap();
            }
        }
    }
}

#[test]
fn a_token_of_one_use_signs_in_and_wrong_ones_end_the_stream_after_five() {
    let mut town = Town::new(settings());
    let at = town.connect(true);
    town.say(at, OPEN);
    let auth = |token: &str| {
        let text = STANDARD.encode(format!("userid=ana@lab.example\0token={token}"));
        format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='CISCO-VTG-TOKEN'>{text}</auth>")
    };
    for _ in 0..4 {
        let seen = town.say(at, &auth("token-bob"));
        assert!(seen.text.contains("<not-authorized/>") && !seen.closed, "{seen:?}");
    }
    assert!(town.say(at, &auth("token-ana")).text.contains("<success"));
    let at = town.connect(true);
    town.say(at, OPEN);
    let last = (0..5).map(|_| town.say(at, &auth("x"))).last().unwrap();
    assert!(last.text.contains("<policy-violation") && last.closed, "{last:?}");
}

#[test]
fn a_chat_goes_from_stream_to_stream() {
    let mut town = Town::new(settings());
    let (ana, bob) = (town.signed_in("ana", "a"), town.signed_in("bob", "b"));
    let roster = town.say(ana, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>").text;
    assert!(roster.contains("bob@lab.example"), "{roster}");
    town.say(ana, "<presence/>");
    town.say(bob, "<presence/>");
    town.streams[ana].handle(
        Moment::START,
        StreamIn::Received(b"<message to='bob@lab.example' type='chat'><body>x &lt; y</body></message>".to_vec()),
    );
    let seen = town.settle(bob);
    assert!(seen.text.contains("<body>x &lt; y</body>") && seen.text.contains("from='ana@lab.example/a'"), "{seen:?}");
    let seen = town.say(bob, "</stream:stream>");
    assert!(seen.text.ends_with("</stream:stream>") && seen.closed);
}

#[test]
fn a_session_is_resumed_and_what_was_lost_comes_again() {
    let mut town = Town::new(settings());
    let ana = town.signed_in("ana", "a");
    let bob = town.signed_in("bob", "b");
    town.say(bob, "<presence/><iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    let enabled = town.say(bob, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>").text;
    let name = attribute(&enabled, "id").to_owned();
    town.say(bob, "<presence><show>away</show></presence>");
    assert!(town.say(bob, "<r xmlns='urn:xmpp:sm:3'/>").text.contains("h='1'"));
    town.say(ana, "<message to='bob@lab.example' type='chat'><body>one</body></message>");
    let h: u32 = 0;
    // The connection is lost before anything was acknowledged.
    town.server.handle(Moment::START, ServerIn::Broken(bob, 0));
    town.say(ana, "<message to='bob@lab.example' type='chat'><body>two</body></message>");
    let again = town.connect(true);
    town.say(again, OPEN);
    let plain = STANDARD.encode("\0bob\0pw-bob");
    town.say(again, &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"));
    town.say(again, OPEN);
    let seen = town.say(again, &format!("<resume xmlns='urn:xmpp:sm:3' previd='{name}' h='{h}'/>")).text;
    assert!(seen.contains("<resumed") && seen.contains("h='1'"), "{seen}");
    let (one, two) = (seen.find("<body>one").unwrap(), seen.find("<body>two").unwrap());
    assert!(one < two && seen.matches("<body>one").count() == 1, "{seen}");
    let last = town.say(again, "<a xmlns='urn:xmpp:sm:3' h='9999'/>");
    assert!(last.text.contains("<bad-format") && last.closed);
    let stale = town.connect(true);
    town.say(stale, OPEN);
    town.say(stale, &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"));
    town.say(stale, OPEN);
    for wrong in ["77-0-0-b", "x", "1-2-3-", "99999999999999999999-0-0-b"] {
        let seen = town.say(stale, &format!("<resume xmlns='urn:xmpp:sm:3' previd='{wrong}' h='0'/>")).text;
        assert!(seen.contains("<failed") && seen.contains("item-not-found"), "{wrong}: {seen}");
    }
    assert!(town.say(stale, &bind("b2")).text.contains("bob@lab.example/b2"));
}

#[test]
fn the_newer_session_of_a_resource_takes_its_place() {
    let mut town = Town::new(settings());
    let old = town.signed_in("ana", "a");
    let new = town.connect(true);
    town.say(new, OPEN);
    let plain = STANDARD.encode("\0ana\0pw-ana");
    town.say(new, &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"));
    town.say(new, OPEN);
    town.streams[new].handle(Moment::START, StreamIn::Received(bind("a").into_bytes()));
    let seen = town.settle(old);
    assert!(seen.text.contains("<conflict") && seen.closed, "{seen:?}");
}

#[test]
fn what_is_wrong_ends_the_stream_with_its_condition() {
    let deep = format!("{OPEN}{}", "<a xmlns='x'>".repeat(100));
    let long = format!("{OPEN}<message><body>{}</body></message>", "x".repeat(300_000));
    let cases = [
        (OPEN.replace("lab.example", "other.example"), "host-unknown"),
        (OPEN.replace("version='1.0'>", ">"), "unsupported-version"),
        (OPEN.replace("http://etherx.jabber.org/streams", "x"), "invalid-namespace"),
        ("<!DOCTYPE x><x/>".into(), "not-well-formed"),
        (format!("{OPEN}<!-- -->"), "restricted-xml"),
        (format!("{OPEN}<a>&unknown;</a>"), "restricted-xml"),
        (format!("{OPEN}<a></b>"), "not-well-formed"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "not-well-formed"),
        (format!("{OPEN}text"), "bad-format"),
        (format!("{OPEN}<message/>"), "not-authorized"),
        (format!("{OPEN}<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"), "not-authorized"),
        (deep, "policy-violation"),
        (long, "policy-violation"),
    ];
    for (text, condition) in cases {
        let mut town = Town::new(settings());
        let at = town.connect(true);
        let seen = town.say(at, &text);
        assert!(seen.text.contains(&format!("<{condition} ")) && seen.closed, "{condition}: {seen:?}");
        assert!(seen.text.starts_with("<?xml") && seen.text.ends_with("</stream:stream>"), "{seen:?}");
    }
    let mut town = Town::new(settings());
    let at = town.signed_in("ana", "a");
    let seen = town.say(at, "<unknown xmlns='jabber:client'/>");
    assert!(seen.text.contains("<unsupported-stanza-type ") && seen.closed);
    let at = town.signed_in("ana", "a");
    let seen = town.say(at, "<message to='@@@'/>");
    assert!(seen.text.contains("<bad-format ") && seen.closed);
}

#[test]
fn nobody_stays_unknown_for_long_and_pieces_are_put_together() {
    let mut town = Town::new(settings());
    let at = town.connect(true);
    let mut all = String::new();
    for byte in OPEN.bytes() {
        all += &town.tell(at, StreamIn::Received(vec![byte])).text;
    }
    assert_eq!(all.matches("<stream:features>").count(), 1);
    let wake = town.streams[at].wake().unwrap();
    town.streams[at].expire(wake.at);
    let seen = town.settle(at);
    assert!(seen.text.contains("<connection-timeout ") && seen.closed);
    assert_eq!(town.streams[at].wake(), None);
}

#[test]
fn a_room_shows_who_is_there_what_was_said_and_its_subject() {
    let mut town = Town::new(settings());
    let (ana, bob) = (town.signed_in("ana", "a"), town.signed_in("bob", "b"));
    let join = |nick: &str| {
        format!("<presence to='demo@rooms.lab.example/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    };
    let seen = town.say(ana, &join("ana")).text;
    assert!(seen.contains("code=\"110\"") || seen.contains("code='110'"), "{seen}");
    assert!(seen.contains("<subject>Welcome</subject>"), "{seen}");
    town.say(ana, "<message type='groupchat' to='demo@rooms.lab.example'><body>hello</body></message>");
    let taken = town.say(bob, &join("ana")).text;
    assert!(taken.contains("<conflict"), "{taken}");
    let seen = town.say(bob, &join("bob")).text;
    let places: Vec<usize> = ["demo@rooms.lab.example/ana", "110", "<body>hello", "<delay", "<subject>"]
        .map(|part| seen.find(part).unwrap())
        .to_vec();
    assert!(places.is_sorted(), "{places:?} {seen}");
    town.streams[ana].handle(
        Moment::START,
        StreamIn::Received(b"<message type='groupchat' to='demo@rooms.lab.example'><subject>New</subject></message>".to_vec()),
    );
    assert!(town.settle(bob).text.contains("<subject>New</subject>"));
    assert_eq!(town.server.in_room(&"demo@rooms.lab.example".parse().unwrap()), ["ana", "bob"]);
    town.streams[ana].handle(Moment::START, StreamIn::Received(b"<presence type='unavailable'/>".to_vec()));
    assert!(town.settle(bob).text.contains("unavailable"));
    let outside = town.say(ana, "<message type='groupchat' to='demo@rooms.lab.example'><body>x</body></message>").text;
    assert!(outside.contains("<not-acceptable"), "{outside}");
    let found = town
        .say(ana, "<iq type='get' id='d' to='rooms.lab.example'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    assert!(found.text.contains("demo@rooms.lab.example"), "{found:?}");
}

#[test]
fn bytes_of_any_kind_end_a_stream_or_wait() {
    let plain = STANDARD.encode("\0ana\0pw-ana");
    let session = [
        OPEN,
        &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"),
        OPEN,
        &bind("a"),
        "<enable xmlns='urn:xmpp:sm:3' resume='true'/><presence/><r xmlns='urn:xmpp:sm:3'/>",
        "<message to='bob@lab.example' type='chat'><body>x</body></message><a xmlns='urn:xmpp:sm:3' h='0'/>",
        "<presence to='demo@rooms.lab.example/n'><x xmlns='http://jabber.org/protocol/muc'/></presence></stream:stream>",
    ]
    .concat()
    .into_bytes();
    let mut chance = Chance::seeded(11);
    let (mut whole, mut failed) = (0, 0);
    for _ in 0..400 {
        let mut bytes = session.clone();
        for _ in 0..chance.below(4) {
            let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
            match chance.below(3) {
                0 => bytes[at] = chance.u32().to_le_bytes()[0],
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"<>&'\"/\xff"[usize::try_from(chance.below(7)).unwrap()]),
            }
        }
        let mut town = Town::new(settings());
        let at = town.connect(true);
        let seen = town.tell(at, StreamIn::Received(bytes));
        whole += usize::from(seen.text.contains("<jid>ana@lab.example/a</jid>"));
        failed += usize::from(seen.text.contains("<stream:error>"));
    }
    assert!(whole > 50 && failed > 50, "{whole} whole, {failed} failed");
}
