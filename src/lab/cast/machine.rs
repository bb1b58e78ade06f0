//! The cast as a machine: what is said to them goes in, what they do comes out, each thing in its time.

use super::day::Showing;
use super::settings::{Person, Settings};
use super::talk::{Knows, Memory};
use super::voice::spoken;
use crate::lab::sip::b2bua::{Asked, Cue, Deposited, RingEnd};
use crate::lab::voices::Clip;
use crate::lab::xmpp::{FromServer, ToServer};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::xmpp::Stanza;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use xmpp_parsers::chatstates::ChatState;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::message::{Lang, Message, MessageType};
use xmpp_parsers::muc::muc::Muc;
use xmpp_parsers::ns;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::receipts::Received;
use xmpp_parsers::roster::Roster;

/// Who is not reached is tried again after this.
const AGAIN: Duration = Duration::from_secs(20);

/// Partners of one person that are remembered.
const MOST_PARTNERS: usize = 64;

/// What they say in the room from time to time.
const SMALL_TALK: [&str; 6] = [
    "The coffee machine on the second floor works again.",
    "Has anybody seen my umbrella?",
    "The slides for tomorrow are ready.",
    "I will be ten minutes late for the meeting, please begin without me.",
    "Whoever needs a test call: the echo never sleeps.",
    "Lunch at twelve?",
];

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum CastIn {
    /// The day begins.
    Begin,
    /// The chat server says this to one of them, by number.
    Heard(usize, FromServer),
    /// What became of a wish to ring.
    Rang(Asked, RingEnd),
}

/// Something they do.
#[derive(Clone, Debug, PartialEq)]
pub enum CastOut {
    /// One of them, by number, says this to the chat server.
    Say(usize, ToServer),
    /// One of them rings.
    Ring(Asked),
    /// One of them leaves a message.
    Leave(Deposited),
}

/// The people who are played.
#[derive(Debug)]
pub struct Cast {
    settings: Settings,
    people: Vec<Played>,
    /// Those who are not played, the first of whom is rung.
    guests: Vec<Person>,
    room: Option<BareJid>,
    numbers: [String; 3],
    clock: WallClock,
    chance: Chance,
    arrived: bool,
    agenda: BTreeMap<(Moment, u64), Deed>,
    numbered: u64,
    out: VecDeque<CastOut>,
}

#[derive(Debug)]
struct Played {
    person: Person,
    showing: Showing,
    there: bool,
    /// Stanzas that came.
    heard: u32,
    memories: BTreeMap<BareJid, Memory>,
}

/// Something that is to be done.
#[derive(Debug)]
enum Deed {
    Change(usize),
    Compose(usize, Jid),
    Write(usize, Jid, String),
    SmallTalk,
    WriteInRoom(usize, String),
    Ring(Asked),
    LeaveMessage(usize),
}

impl Cast {
    /// These people, who can be called by these numbers: echo, conference, voicemail. `room` is where they meet.
    #[must_use]
    pub fn new(
        settings: Settings,
        all: Vec<Person>,
        room: Option<BareJid>,
        numbers: [String; 3],
        clock: WallClock,
        chance: Chance,
    ) -> Cast {
        let first = all.first().map(|person| person.jid.clone());
        let is_played = |person: &Person| match &settings.played {
            Some(names) => person.jid.node().is_some_and(|node| names.iter().any(|name| name == node.as_str())),
            None => first.as_ref() != Some(&person.jid),
        };
        let (played, guests): (Vec<Person>, Vec<Person>) = all.into_iter().partition(is_played);
        let play = |person| Played { person, showing: Showing::Available, there: false, heard: 0, memories: BTreeMap::new() };
        Cast {
            settings,
            people: played.into_iter().map(play).collect(),
            guests,
            room,
            numbers,
            clock,
            chance,
            arrived: false,
            agenda: BTreeMap::new(),
            numbered: 0,
            out: VecDeque::new(),
        }
    }

    /// Who is played.
    #[must_use]
    pub fn played(&self) -> Vec<&Person> {
        self.people.iter().map(|played| &played.person).collect()
    }

    /// What somebody who is played says on the telephone.
    #[must_use]
    pub fn cues(voice: usize) -> Vec<Cue> {
        let voice = u8::try_from(voice % 2).unwrap_or(0);
        let listen = || Cue::Listen(Duration::from_secs(6));
        vec![Cue::Pause(Duration::from_millis(400)), Cue::Say(Clip::Answer(voice)), listen(), Cue::Say(Clip::Heard(voice))]
    }

    fn say(&mut self, who: usize, what: ToServer) {
        self.out.push_back(CastOut::Say(who, what));
    }

    fn send(&mut self, who: usize, stanza: impl Into<Stanza>) {
        self.say(who, ToServer::Stanza(stanza.into()));
    }

    fn at(&mut self, when: Moment, deed: Deed) {
        self.numbered += 1;
        self.agenda.insert((when, self.numbered), deed);
    }

    fn in_seconds(&mut self, now: Moment, least: u64, spread: u64, deed: Deed) {
        let after = Duration::from_millis(least * 1000 + self.chance.below(spread * 1000 + 1));
        self.at(now + after, deed);
    }

    fn begin(&mut self, now: Moment) {
        for who in 0..self.people.len() {
            let Some(played) = self.people.get(who) else { continue };
            let (jid, password) = (played.person.jid.to_string(), played.person.password.clone());
            self.say(who, ToServer::Open { jid, resource: self.settings.resource.clone(), password, resume: None });
            self.in_seconds(now, 20 + 15 * who as u64, 120, Deed::Change(who));
        }
        if self.room.is_some() && !self.people.is_empty() {
            self.in_seconds(now, 1, 2, Deed::WriteInRoom(0, "Good morning, everybody.".into()));
            self.in_seconds(now, 150, 300, Deed::SmallTalk);
        }
    }

    fn heard(&mut self, now: Moment, who: usize, what: FromServer) {
        let Some(played) = self.people.get_mut(who) else { return };
        match what {
            FromServer::Opened { .. } => {
                played.there = true;
                played.heard = 0;
                let presence = played.showing.presence(&self.settings);
                self.send(who, Iq::from_get("roster", Roster { ver: None, items: vec![] }));
                self.send(who, presence);
                self.enter(who);
            }
            FromServer::Stanza(stanza) => {
                played.heard = played.heard.wrapping_add(1);
                let count = played.heard;
                self.say(who, ToServer::Ack(count));
                match stanza {
                    Stanza::Message(message) => self.read(now, who, message),
                    Stanza::Presence(presence) => self.seen(now, who, &presence),
                    Stanza::Iq(_) => {}
                }
            }
            FromServer::Refused | FromServer::Replaced => played.there = false,
            FromServer::Ack(_) => {}
        }
    }

    /// Goes into the room.
    fn enter(&mut self, who: usize) {
        let (Some(room), Some(played)) = (self.room.clone(), self.people.get(who)) else { return };
        if let Ok(inside) = room.with_resource_str(&played.person.first_name) {
            let presence = Presence::available().with_to(inside).with_payload(Muc::new());
            self.send(who, presence);
        }
    }

    fn seen(&mut self, now: Moment, who: usize, presence: &Presence) {
        let Some(from) = presence.from.as_ref().map(Jid::to_bare) else { return };
        match presence.type_ {
            Type::Subscribe => {
                self.send(who, Presence::subscribed().with_to(from.clone()));
                self.send(who, Presence::subscribe().with_to(from));
            }
            Type::None if !self.arrived && self.guests.first().is_some_and(|guest| guest.jid == from) => {
                self.arrived = true;
                self.expect(now);
            }
            _ => {}
        }
    }

    /// The first guest has come: somebody will leave a message, and somebody ring.
    fn expect(&mut self, now: Moment) {
        let named = |wanted: &Option<String>, otherwise: usize| match wanted {
            Some(name) => {
                self.people.iter().position(|played| played.person.jid.node().is_some_and(|node| node.as_str() == name))
            }
            None => Some(otherwise.min(self.people.len().saturating_sub(1))).filter(|_| !self.people.is_empty()),
        };
        let (writes, rings) = (named(&self.settings.leaves_voicemail, 1), named(&self.settings.rings, 2));
        if let Some(who) = writes {
            self.at(now + self.settings.voicemail_after(), Deed::LeaveMessage(who));
        }
        let number = rings.and_then(|who| self.people.get(who)).map(|played| played.person.number.clone());
        if let Some((from, to)) = number.zip(self.guests.first().map(|guest| guest.number.clone())) {
            self.at(now + self.settings.rings_after(), Deed::Ring(Asked { from, to, cues: Cast::call() }));
        }
    }

    /// What is said by who rings.
    fn call() -> Vec<Cue> {
        let pause = |milliseconds| Cue::Pause(Duration::from_millis(milliseconds));
        let listen = Cue::Listen(Duration::from_secs(8));
        vec![pause(500), Cue::Say(Clip::Ring), listen, pause(300), Cue::Say(Clip::Goodbye), pause(300), Cue::HangUp]
    }

    fn read(&mut self, now: Moment, who: usize, message: Message) {
        let Some(from) = message.from.clone() else { return };
        let Some(text) = message.bodies.get(&Lang::new()).or_else(|| message.bodies.values().next()).cloned() else { return };
        match message.type_ {
            MessageType::Groupchat => return self.read_in_room(now, who, &from, &text, &message),
            MessageType::Error => return,
            _ => {}
        }
        if self.people.iter().any(|played| played.person.jid == from.to_bare()) {
            return;
        }
        if let Some(id) = &message.id
            && message.payloads.iter().any(|payload| payload.is("request", ns::RECEIPTS))
        {
            let mut receipt = Message::new(from.clone());
            receipt.payloads.push(Received { id: id.0.clone() }.into());
            self.send(who, receipt);
        }
        let Some(reply) = self.reply(now, who, &from.to_bare(), &text) else { return };
        let reads = Duration::from_millis(300 + self.chance.below(400));
        let writes = Duration::from_millis((600 + 25 * reply.text.len() as u64).min(self.settings.answers_within));
        self.at(now + reads, Deed::Compose(who, from.clone()));
        self.at(now + reads + writes, Deed::Write(who, from.clone(), reply.text));
        if reply.rings {
            let number = |jid: &BareJid| self.guests.iter().find(|guest| guest.jid == *jid).map(|guest| guest.number.clone());
            let from_number = self.people.get(who).map(|played| played.person.number.clone());
            if let Some((from, to)) = from_number.zip(number(&from.to_bare())) {
                let asked = Asked { from, to, cues: Cast::cues(who) };
                self.at(now + reads + writes + Duration::from_secs(1), Deed::Ring(asked));
            }
        }
    }

    fn reply(&mut self, now: Moment, who: usize, from: &BareJid, text: &str) -> Option<super::talk::Reply> {
        let name = match self.guests.iter().find(|guest| guest.jid == *from) {
            Some(guest) => guest.first_name.clone(),
            None => from.node().map(ToString::to_string).unwrap_or_default(),
        };
        let played = self.people.get(who)?;
        let mut memory = played.memories.get(from).cloned().unwrap_or_default();
        let others = self.people.iter().enumerate().filter(|(other, _)| *other != who);
        let others = others.map(|(_, other)| (&other.person, Some(other.showing)));
        let guests = self.guests.iter().filter(|guest| guest.jid != *from).map(|guest| (guest, None));
        let knows = Knows {
            me: &played.person,
            others: others.chain(guests).collect(),
            showing: played.showing,
            now: self.clock.at(now),
            numbers: &self.numbers,
        };
        let reply = memory.reply(&knows, &name, text, &mut self.chance);
        let memories = &mut self.people.get_mut(who)?.memories;
        if memories.len() >= MOST_PARTNERS {
            memories.clear();
        }
        memories.insert(from.clone(), memory);
        Some(reply)
    }

    /// In the room who is named answers; to a greeting or a question of a guest, the first of them.
    fn read_in_room(&mut self, now: Moment, who: usize, from: &Jid, text: &str, message: &Message) {
        let nick = from.resource().map(ToString::to_string).unwrap_or_default();
        let old = message.payloads.iter().any(|payload| payload.is("delay", ns::DELAY));
        let Some(played) = self.people.get(who) else { return };
        let ours = self.people.iter().any(|played| played.person.first_name == nick);
        let named = |played: &Played| text.to_lowercase().contains(&played.person.first_name.to_lowercase());
        let nobody_named = !self.people.iter().any(named);
        let asked = named(played) || (nobody_named && who == 0 && text.contains('?'));
        if ours || old || nick.is_empty() || !asked {
            return;
        }
        // In company nobody is rung, and each is spoken to by their nickname.
        let Ok(partner) = BareJid::new(&format!("{}@in.room", nick.replace(' ', "-"))) else { return };
        let Some(reply) = self.reply(now, who, &partner, text) else { return };
        let text = if reply.rings { "Write to me alone for that, please.".to_owned() } else { reply.text };
        let writes = Duration::from_millis((900 + 25 * text.len() as u64).min(self.settings.answers_within));
        self.at(now + writes, Deed::WriteInRoom(who, format!("{nick}: {text}")));
    }

    fn act(&mut self, now: Moment, deed: Deed) {
        match deed {
            Deed::Change(who) => {
                let Some(played) = self.people.get_mut(who) else { return };
                let (showing, lasts) = played.showing.next(&mut self.chance);
                let comes_back = played.showing == Showing::Gone;
                played.showing = showing;
                self.send(who, showing.presence(&self.settings));
                if comes_back {
                    self.enter(who);
                }
                self.at(now + lasts, Deed::Change(who));
            }
            Deed::Compose(who, to) => {
                let mut message = Message::chat(Some(to));
                message.payloads.push(ChatState::Composing.into());
                self.send(who, message);
            }
            Deed::Write(who, to, text) => {
                let mut message = Message::chat(Some(to)).with_body(Lang::new(), text);
                message.id = Some(xmpp_parsers::message::Id(self.chance.hex(8)));
                message.payloads.push(ChatState::Active.into());
                self.send(who, message);
            }
            Deed::WriteInRoom(who, text) => {
                let Some(room) = self.room.clone() else { return };
                let mut message = Message::groupchat(Some(Jid::from(room))).with_body(Lang::new(), text);
                message.id = Some(xmpp_parsers::message::Id(self.chance.hex(8)));
                self.send(who, message);
            }
            Deed::SmallTalk => {
                let who = usize::try_from(self.chance.below(self.people.len() as u64)).unwrap_or(0);
                let which = usize::try_from(self.chance.below(SMALL_TALK.len() as u64)).unwrap_or(0);
                if let Some(text) = SMALL_TALK.get(which) {
                    self.act(now, Deed::WriteInRoom(who, (*text).to_owned()));
                }
                self.in_seconds(now, 240, 600, Deed::SmallTalk);
            }
            Deed::Ring(asked) => self.out.push_back(CastOut::Ring(asked)),
            Deed::LeaveMessage(who) => {
                let (Some(played), Some(guest)) = (self.people.get(who), self.guests.first()) else { return };
                let Person { number, name, .. } = played.person.clone();
                let message =
                    Deposited { mailbox: guest.number.clone(), caller: number, name, sound: spoken(Clip::Message(0)) };
                self.out.push_back(CastOut::Leave(message));
            }
        }
    }

    /// What became of a wish to ring.
    fn rang(&mut self, now: Moment, asked: Asked, end: RingEnd) {
        let who = self.people.iter().position(|played| played.person.number == asked.from);
        let guest = self.guests.iter().find(|guest| guest.number == asked.to).map(|guest| guest.jid.clone());
        let (Some(who), Some(guest)) = (who, guest) else { return };
        let planned = asked.cues == Cast::call();
        match end {
            RingEnd::Spoke => {}
            // Who rings of their own accord waits for a telephone to be there.
            RingEnd::Nobody if planned => self.at(now + AGAIN, Deed::Ring(asked)),
            RingEnd::Nobody => {
                let text = format!("I wanted to ring you at {}, but no telephone of yours is signed in.", asked.to);
                self.act(now, Deed::Write(who, guest.into(), text));
            }
            RingEnd::Unanswered => {
                let text = "I rang you just now. It was nothing urgent.".to_owned();
                self.act(now, Deed::Write(who, guest.into(), text));
            }
        }
    }
}

impl Machine for Cast {
    type Input = CastIn;
    type Output = CastOut;

    fn handle(&mut self, now: Moment, input: CastIn) {
        match input {
            CastIn::Begin => self.begin(now),
            CastIn::Heard(who, what) => self.heard(now, who, what),
            CastIn::Rang(asked, end) => self.rang(now, asked, end),
        }
    }

    fn expire(&mut self, now: Moment) {
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
            let deed = entry.remove();
            self.act(now, deed);
        }
    }

    fn poll(&mut self) -> Option<CastOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.agenda.keys().next().map(|(at, _)| Wake { at: *at, why: "somebody of the cast does something" })
    }
}
