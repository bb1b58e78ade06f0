//! The cast and the chat server in virtual time, with a guest who writes by hand.

use super::{Cast, CastIn, CastOut, Person, Settings, spoken};
use crate::lab::sip::b2bua::{Asked, RingEnd};
use crate::lab::voices::Clip;
use crate::lab::xmpp::{FromServer, Server, ServerIn, ToServer};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Stamp};
use crate::protocol::xmpp::Stanza;
use std::time::Duration;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::message::{Lang, Message, MessageType};
use xmpp_parsers::presence::Presence;

const GUEST: usize = 100;

struct Town {
    now: Moment,
    server: Server,
    cast: Cast,
    /// All that the guest hears.
    heard: Vec<(Moment, Stanza)>,
    done: Vec<(Moment, CastOut)>,
}

fn person(user: &str, number: &str, department: &str) -> Person {
    let first_name = format!("{}{}", user[..1].to_uppercase(), &user[1..]);
    let name = format!("{first_name} Test");
    let jid: BareJid = format!("{user}@lab.example").parse().unwrap();
    Person { jid, first_name, name, number: number.into(), department: department.into(), password: "pw".into() }
}

impl Town {
    fn new(seed: u64, settings: Settings) -> Town {
        // 2023-11-14T22:13:20Z
        let clock = WallClock::new(Moment::START, Stamp::from_micros(1_700_000_000_000_000));
        let mut server = Server::new("lab.example", clock);
        let all = vec![
            person("ana", "1001", "Support"),
            person("bob", "1002", "Sales"),
            person("chen", "1003", "Engineering"),
            person("dora", "1004", "Reception"),
        ];
        all.iter().for_each(|person| server.add(&person.jid, "pw"));
        for other in &all[1..] {
            server.befriend(&all[0].jid, &other.jid);
        }
        let room: BareJid = "demo@rooms.lab.example".parse().unwrap();
        server.add_room(&room, "Demo", "Welcome");
        let numbers = ["9000".to_owned(), "8000".to_owned(), "5000".to_owned()];
        let cast = Cast::new(settings, all, Some(room), numbers, clock, Chance::seeded(seed));
        let mut town = Town { now: Moment::START, server, cast, heard: vec![], done: vec![] };
        town.cast.handle(Moment::START, CastIn::Begin);
        let open = ToServer::Open { jid: "ana@lab.example".into(), resource: "a".into(), password: "pw".into(), resume: None };
        town.server.handle(Moment::START, ServerIn::Heard(GUEST, 0, open));
        town.say(Presence::available());
        town
    }

    fn say(&mut self, stanza: impl Into<Stanza>) {
        self.server.handle(self.now, ServerIn::Heard(GUEST, 0, ToServer::Stanza(stanza.into())));
        self.settle();
    }

    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(out) = self.cast.poll() {
                quiet = false;
                match out {
                    CastOut::Say(who, what) => self.server.handle(self.now, ServerIn::Heard(who, 0, what)),
                    done => self.done.push((self.now, done)),
                }
            }
            while let Some((client, _, told)) = self.server.poll() {
                quiet = false;
                match told {
                    FromServer::Stanza(stanza) if client == GUEST => self.heard.push((self.now, stanza)),
                    _ if client == GUEST => {}
                    told => self.cast.handle(self.now, CastIn::Heard(client, told)),
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn run(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        self.settle();
        while let Some(wake) = self.cast.wake().filter(|wake| wake.at <= until) {
            self.now = wake.at.max(self.now);
            self.cast.expire(self.now);
            self.settle();
        }
        self.now = until;
    }

    /// What `who` answers to a text.
    fn asks(&mut self, who: &str, text: &str) -> String {
        let before = self.heard.len();
        let to: BareJid = format!("{who}@lab.example").parse().unwrap();
        self.say(Message::chat(Some(to.into())).with_body(Lang::new(), text.into()));
        self.run(4);
        let mut texts = self.heard[before..].iter().filter_map(|(_, stanza)| match stanza {
            Stanza::Message(message) if message.type_ == MessageType::Chat => message.bodies.values().next().cloned(),
            _ => None,
        });
        texts.next_back().unwrap_or_else(|| panic!("{who} says nothing to {text:?}"))
    }
}

#[test]
fn bob_answers_what_he_was_asked() {
    let mut town = Town::new(1, Settings { rings: Some("nobody".into()), ..Settings::default() });
    let cases = [
        ("Hello Bob", "Ana"),
        ("How are you?", "how are you?"),
        ("Fine!", "Good to hear"),
        ("what is 12*7?", "12 * 7 is 84."),
        ("17 / 5", "3 and 2 over 5"),
        ("1 / 0", "zero"),
        ("9223372036 * 9999999999", ""),
        ("who is 1003?", "Chen Test"),
        ("and 4711?", "Nobody here has the number 4711"),
        ("Where is Dora?", "1004"),
        ("What's your number?", "1002"),
        ("what time is it", "22:1"),
        ("is there an echo?", "9000"),
        ("are you a robot?", "small program"),
        ("colourless green ideas sleep furiously", "colourless"),
        ("are you free?", "I am "),
        ("thank you", "welcome"),
        ("please don't call me", ""),
        ("bye", "Good-bye"),
        ("🦀", "not sure"),
    ];
    for (text, part) in cases {
        let answer = town.asks("bob", text);
        assert!(answer.contains(part), "{text:?}: {answer:?}");
    }
    assert_eq!(town.done.iter().filter(|(_, done)| matches!(done, CastOut::Ring(_))).count(), 0, "nobody asked for a call");
}

#[test]
fn whoever_asks_for_a_call_is_rung_and_hears_why_not() {
    let mut town = Town::new(2, Settings { rings: Some("nobody".into()), ..Settings::default() });
    let answer = town.asks("bob", "Hi, could you call me please?");
    assert!(answer.contains("ringing you now"), "{answer}");
    town.run(3);
    let asked = town.done.iter().find_map(|(_, done)| match done {
        CastOut::Ring(asked) => Some(asked.clone()),
        _ => None,
    });
    let asked: Asked = asked.unwrap();
    assert_eq!((asked.from.as_str(), asked.to.as_str()), ("1002", "1001"));
    town.cast.handle(town.now, CastIn::Rang(asked, RingEnd::Nobody));
    town.settle();
    let (_, Stanza::Message(last)) = town.heard.last().unwrap() else { panic!() };
    assert!(last.bodies.values().next().unwrap().contains("no telephone of yours"));
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_one_another() {
    let day = |seed| {
        let mut town = Town::new(seed, Settings::default());
        town.run(3600);
        town.heard.iter().map(|(at, stanza)| format!("{at:?} {stanza:?}")).collect::<Vec<_>>()
    };
    let (one, again, other) = (day(7), day(7), day(8));
    assert_eq!(one, again);
    assert_ne!(one, other);
    let shown = one.iter().filter(|line| line.contains("Presence(")).count();
    assert!(shown > 10, "{shown} changes of presence in an hour");
}

#[test]
fn one_leaves_a_message_and_one_rings_until_a_telephone_is_there() {
    let mut town = Town::new(3, Settings::default());
    town.run(34);
    assert!(town.done.is_empty(), "{:?}", town.done);
    town.run(45);
    let [(_, CastOut::Leave(message)), (_, CastOut::Ring(asked))] = &town.done[..] else { panic!("{:?}", town.done) };
    assert_eq!((message.mailbox.as_str(), message.caller.as_str()), ("1001", "1003"));
    assert!((20_000..200_000).contains(&message.sound.len()), "{} octets", message.sound.len());
    assert_eq!((asked.from.as_str(), asked.to.as_str()), ("1004", "1001"));
    let asked = asked.clone();
    town.cast.handle(town.now, CastIn::Rang(asked.clone(), RingEnd::Nobody));
    town.run(25);
    assert_eq!(town.done.len(), 3, "tried again");
    town.cast.handle(town.now, CastIn::Rang(asked, RingEnd::Spoke));
    town.run(600);
    assert_eq!(town.done.len(), 3, "and no more");
}

#[test]
fn in_the_room_who_is_named_answers() {
    let mut town = Town::new(4, Settings::default());
    town.run(5);
    let inside: BareJid = "demo@rooms.lab.example".parse().unwrap();
    assert_eq!(town.server.in_room(&inside), ["Bob", "Chen", "Dora"]);
    let join = Presence::available().with_to(inside.with_resource_str("Ana").unwrap());
    town.say(join);
    let text = "Chen, what is 2 + 2?";
    town.say(Message::groupchat(Some(inside.into())).with_body(Lang::new(), text.into()));
    town.run(5);
    let said: Vec<String> = town
        .heard
        .iter()
        .filter_map(|(_, stanza)| match stanza {
            Stanza::Message(message) if message.type_ == MessageType::Groupchat => {
                Some(format!("{} {:?}", message.from.as_ref().unwrap(), message.bodies.values().next()))
            }
            _ => None,
        })
        .collect();
    assert!(said.iter().any(|line| line.contains("/Bob") && line.contains("Good morning")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("/Chen") && line.contains("Ana: 2 + 2 is 4.")), "{said:?}");
    assert_eq!(said.iter().filter(|line| line.contains("is 4")).count(), 1, "{said:?}");
}

#[test]
fn nobody_who_is_not_played_does_anything() {
    let mut town = Town::new(5, Settings { played: Some(vec!["dora".into()]), ..Settings::default() });
    assert_eq!(town.cast.played().iter().map(|person| person.first_name.as_str()).collect::<Vec<_>>(), ["Dora"]);
    town.run(100);
    assert!(town.heard.iter().all(|(_, stanza)| !format!("{stanza:?}").contains("bob@")), "{:?}", town.heard);
    assert!(spoken(Clip::Goodbye).len() > 8_000);
}
