//! A server, and people with a chat, a link and a disk each, in virtual time.

use crate::disk::Disk;
use offhook::engine::ask::{Answer, AskId, Question};
use offhook::engine::chat::{Chat, ChatIn};
use offhook::engine::command::Attendance;
use offhook::engine::event::{AccountName, Delivery, Event, LinkState, Message, Problem, ProblemKind, Ticket};
use offhook::engine::input::{StanzaId, XmppIn};
use offhook::engine::output::{Output, XmppOut};
use offhook::engine::settings::{Account, ChatAccount};
use offhook::engine::state::State;
use offhook::lab::world::{Post, Route, World};
use offhook::lab::xmpp::{Reach, Server, ServerIn, ServerOut, Trouble, Wire, WireIn, WireOut};
use offhook::machine::stamp::WallClock;
use offhook::machine::{Chance, Machine, Moment, Stamp, Wake};
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// One way through the network.
pub const DELAY: Duration = Duration::from_millis(10);

/// A write to disk.
pub const WRITE: Duration = Duration::from_millis(1);

/// What the wall says at the start.
pub const BEGIN: Stamp = Stamp::from_micros(1_763_802_720_000_000);

pub enum Actor {
    Server(Box<Server>),
    Chat(Option<Box<Chat>>),
    Wire(Box<Wire>),
    Disk(Box<Disk>),
}

#[derive(Clone, Debug)]
pub enum In {
    Server(ServerIn),
    Chat(ChatIn),
    Wire(WireIn),
    Disk(AskId, Question),
}

#[derive(Debug)]
pub enum Out {
    Server(ServerOut),
    Chat(Output),
    Wire(WireOut),
    Disk(AskId, Answer),
}

impl Machine for Actor {
    type Input = In;
    type Output = Out;

    fn handle(&mut self, now: Moment, input: In) {
        match (self, input) {
            (Actor::Server(server), In::Server(input)) => server.handle(now, input),
            (Actor::Chat(Some(chat)), In::Chat(input)) => chat.handle(now, input),
            (Actor::Chat(None), In::Chat(_)) => {}
            (Actor::Wire(wire), In::Wire(input)) => wire.handle(now, input),
            (Actor::Disk(disk), In::Disk(id, question)) => disk.handle(now, (id, question)),
            (_, input) => panic!("this is for somebody else: {input:?}"),
        }
    }

    fn expire(&mut self, now: Moment) {
        match self {
            Actor::Server(server) => server.expire(now),
            Actor::Chat(Some(chat)) => chat.expire(now),
            Actor::Wire(_) | Actor::Disk(_) | Actor::Chat(None) => {}
        }
    }

    fn poll(&mut self) -> Option<Out> {
        match self {
            Actor::Server(server) => server.poll().map(Out::Server),
            Actor::Chat(chat) => chat.as_mut()?.poll().map(Out::Chat),
            Actor::Wire(wire) => wire.poll().map(Out::Wire),
            Actor::Disk(disk) => disk.poll().map(|(id, answer)| Out::Disk(id, answer)),
        }
    }

    fn wake(&self) -> Option<Wake> {
        match self {
            Actor::Server(server) => server.wake(),
            Actor::Chat(chat) => chat.as_ref()?.wake(),
            Actor::Wire(_) | Actor::Disk(_) => None,
        }
    }
}

/// The server is machine 0; person `n` has a chat, a link and a disk behind it.
const fn chat(person: usize) -> usize {
    1 + 3 * person
}

const fn wire(person: usize) -> usize {
    2 + 3 * person
}

const fn disk(person: usize) -> usize {
    3 + 3 * person
}

/// Who hears what, and what was told.
#[derive(Default)]
pub struct Roads {
    /// The disk that a person's questions go to: their own, or that of the account that they share.
    disks: Vec<usize>,
    /// What is in flight when a link is cut is lost; else it arrives before the server notices.
    pub lossy: bool,
    events: Vec<Vec<(Moment, Event)>>,
    states: Vec<State>,
}

impl Route<Actor> for Roads {
    fn route(&mut self, post: &mut Post<'_, In>, from: usize, output: Out) {
        let now = post.now();
        let person = (from.max(1) - 1) / 3;
        match output {
            Out::Server((to, connection, what)) => {
                post.deliver(now + DELAY, wire(to), In::Wire(WireIn::Heard(connection, what)))
            }
            Out::Chat(Output::Event(event)) => {
                self.states[person].apply(&event);
                self.events[person].push((now, event));
            }
            Out::Chat(Output::Ask(id, question)) => post.deliver(now + WRITE, self.disks[person], In::Disk(id, question)),
            Out::Chat(Output::Xmpp(_, wanted)) => {
                let input = match wanted {
                    XmppOut::Connect(connect) => {
                        let password = connect.password.expose().to_owned();
                        WireIn::Connect { jid: connect.jid, resource: connect.resource, password }
                    }
                    XmppOut::Send(id, stanza) => WireIn::Send(id.map(|id| id.0), stanza),
                    XmppOut::Close => WireIn::Close,
                };
                post.deliver(now, wire(person), In::Wire(input));
            }
            Out::Chat(other) => panic!("a chat does not want {other:?}"),
            Out::Wire(WireOut::Send(connection, what)) => {
                post.deliver(now + DELAY, 0, In::Server(ServerIn::Heard(person, connection, what)));
            }
            Out::Wire(WireOut::Broken(connection)) => {
                let at = if self.lossy { now } else { now + DELAY };
                post.deliver(at, 0, In::Server(ServerIn::Broken(person, connection)));
            }
            Out::Wire(told) => {
                let input = match told {
                    WireOut::Up { jid, resumed } => XmppIn::Up { jid, resumed },
                    WireOut::Down(trouble) => XmppIn::Down(problem(trouble)),
                    WireOut::Stanza(stanza) => XmppIn::Stanza(stanza),
                    WireOut::Acknowledged(id) => XmppIn::Acknowledged(StanzaId(id)),
                    WireOut::Lost(id) => XmppIn::Lost(StanzaId(id)),
                    WireOut::Send(..) | WireOut::Broken(_) => return,
                };
                post.deliver(now, chat(person), In::Chat(ChatIn::Link(input)));
            }
            Out::Disk(id, answer) => {
                // The number of a question begins with whose it is.
                let asker = usize::try_from(id.0 >> 48).expect("few people");
                post.deliver(now, chat(asker), In::Chat(ChatIn::Answered(id, answer)));
            }
        }
    }
}

fn problem(trouble: Trouble) -> Problem {
    let kind = match trouble {
        Trouble::Unreachable => ProblemKind::Unreachable,
        Trouble::Refused => ProblemKind::Password,
        Trouble::Untrusted => ProblemKind::Untrusted,
    };
    Problem::new(kind, format!("{trouble:?}"), "")
}

pub struct Town {
    pub world: World<Actor>,
    pub roads: Roads,
    jids: Vec<BareJid>,
    lives: Vec<u64>,
    seed: u64,
}

impl Town {
    /// A town whose people have an account each, know each other, and are not signed in.
    pub fn new(names: &[&str], seed: u64) -> Town {
        let mut town = Town::strangers(names, seed);
        let jids = town.jids.clone();
        for (at, one) in jids.iter().enumerate() {
            for other in jids.iter().skip(at + 1).filter(|other| *other != one) {
                town.server().befriend(one, other);
            }
        }
        town
    }

    /// The same, and nobody knows anybody.
    pub fn strangers(names: &[&str], seed: u64) -> Town {
        let clock = WallClock::new(Moment::START, BEGIN);
        let mut server = Server::new("example.test", clock);
        let jids: Vec<BareJid> = names.iter().map(|name| jid(name)).collect();
        for jid in &jids {
            server.add(jid, "secret");
        }
        let mut machines = vec![Actor::Server(Box::new(server))];
        let mut roads = Roads::default();
        for person in 0..names.len() {
            machines.push(Actor::Chat(None));
            machines.push(Actor::Wire(Box::new(Wire::new(0))));
            machines.push(Actor::Disk(Box::default()));
            let owner = names.iter().position(|name| *name == names[person]).expect("it is there");
            roads.disks.push(disk(owner));
            roads.events.push(Vec::new());
            roads.states.push(State::default());
        }
        let lives = vec![0; names.len()];
        let mut town = Town { world: World::new(machines), roads, jids, lives, seed };
        for person in 0..names.len() {
            town.live(person);
        }
        town
    }

    /// A new process for this person: new chat, new link, the old disk.
    pub fn live(&mut self, person: usize) {
        self.lives[person] += 1;
        let life = self.lives[person];
        let account = Account {
            name: name(person),
            address: None,
            chat: Some(ChatAccount { jid: self.jids[person].to_string(), server: None }),
            phone: None,
            allow_cleartext: false,
        };
        let base = (u64::try_from(person).unwrap() << 48) + (life << 32);
        let chance = Chance::seeded(self.seed + 1000 * u64::try_from(person).unwrap() + life);
        let new = Chat::new(account, base, chance, WallClock::new(Moment::START, BEGIN));
        *self.world.machine(chat(person)).unwrap() = Actor::Chat(Some(Box::new(new)));
        *self.world.machine(wire(person)).unwrap() = Actor::Wire(Box::new(Wire::new(1_000_000 * life)));
        self.roads.events[person].clear();
        self.roads.states[person] = State::default();
    }

    /// Kills the process: what it has handed to the network is still under way. Writes that are not yet on disk are
    /// lost where `with_writes`.
    pub fn kill(&mut self, person: usize, with_writes: bool) {
        *self.world.machine(chat(person)).unwrap() = Actor::Chat(None);
        let now = self.world.now();
        let Some(Actor::Wire(link)) = self.world.machine(wire(person)) else { panic!() };
        link.handle(now, WireIn::Cut);
        let mut broken = Vec::new();
        while let Some(output) = link.poll() {
            if let WireOut::Broken(connection) = output {
                broken.push(connection);
            }
        }
        for connection in broken {
            self.world.post(now + DELAY, 0, In::Server(ServerIn::Broken(person, connection)));
        }
        if with_writes {
            let below = (u64::try_from(person).unwrap() << 48) + ((self.lives[person] + 1) << 32);
            self.disk(person).forget_below(below);
        }
    }

    pub fn tell(&mut self, person: usize, input: ChatIn) {
        let now = self.world.now();
        self.world.post(now, chat(person), In::Chat(input));
    }

    pub fn sign_in(&mut self, person: usize) {
        self.tell(person, ChatIn::SignIn(Attendance::Present));
    }

    pub fn send(&mut self, person: usize, to: &str, body: &str) {
        let (to, body) = (jid(to).to_string(), body.to_owned());
        self.tell(person, ChatIn::Send { to, body, ticket: Ticket(7) });
    }

    pub fn at_wire(&mut self, person: usize, input: WireIn) {
        let now = self.world.now();
        self.world.post(now, wire(person), In::Wire(input));
    }

    pub fn cut(&mut self, person: usize) {
        self.at_wire(person, WireIn::Cut);
    }

    pub fn reach(&mut self, person: usize, reach: Reach) {
        self.at_wire(person, WireIn::Reach(reach));
    }

    pub fn at_server(&mut self, input: ServerIn) {
        let now = self.world.now();
        self.world.post(now, 0, In::Server(input));
    }

    pub fn run(&mut self, time: Duration) {
        let until = self.world.now() + time;
        // The end is an event of its own, so that time moves even where nothing happens.
        self.world.post(until, 0, In::Server(ServerIn::Broken(usize::MAX, 0)));
        self.world.run(until, &mut self.roads);
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    pub fn server(&mut self) -> &mut Server {
        let Some(Actor::Server(server)) = self.world.machine(0) else { panic!() };
        server
    }

    pub fn disk(&mut self, person: usize) -> &mut Disk {
        let at = self.roads.disks[person];
        let Some(Actor::Disk(disk)) = self.world.machine(at) else { panic!() };
        disk
    }

    pub fn attempts(&mut self, person: usize) -> Vec<Moment> {
        let Some(Actor::Wire(wire)) = self.world.machine(wire(person)) else { panic!() };
        wire.attempts().to_vec()
    }

    pub fn events(&self, person: usize) -> Vec<Event> {
        self.roads.events[person].iter().map(|(_, event)| event.clone()).collect()
    }

    pub fn state(&self, person: usize) -> &State {
        &self.roads.states[person]
    }

    /// Messages that were told, of others.
    pub fn heard(&self, person: usize) -> Vec<Message> {
        self.events(person)
            .into_iter()
            .filter_map(|event| match event {
                Event::Message { message, .. } if !message.ours => Some(message),
                _ => None,
            })
            .collect()
    }

    pub fn bodies(&self, person: usize) -> Vec<String> {
        self.heard(person).into_iter().map(|message| message.body.raw().to_owned()).collect()
    }

    /// How far each message that was written here has come, on disk.
    pub fn fates(&mut self, person: usize) -> Vec<(String, Delivery)> {
        let disk = self.disk(person);
        disk.messages()
            .filter(|message| message.ours)
            .map(|message| (message.body.raw().to_owned(), message.delivery.clone()))
            .collect()
    }

    pub fn links(&self, person: usize) -> Vec<LinkState> {
        self.events(person)
            .into_iter()
            .filter_map(|event| match event {
                Event::Link { state, .. } => Some(state),
                _ => None,
            })
            .collect()
    }

    /// Bodies in a person's archive at the server, oldest first.
    pub fn archived(&mut self, who: &str) -> Vec<String> {
        let jid = jid(who);
        let archive = self.server().archive(&jid).iter();
        archive.filter_map(|kept| kept.message.bodies.values().next().cloned()).collect()
    }
}

pub fn name(person: usize) -> AccountName {
    AccountName(format!("person-{person}"))
}

pub fn jid(name: &str) -> BareJid {
    BareJid::new(&format!("{name}@example.test")).unwrap()
}
