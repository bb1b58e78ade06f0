//! A server and people around it, each with an engine of their own.

use super::actor::{Actor, In};
use super::roads::{Desk, Person, Reach, Roads, SERVER, Script};
use super::sound::At;
use offhook::engine::Engine;
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{AccountName, CallChange, CallId, Event, LinkState, Problem, ProblemKind, Service, Ticket};
use offhook::engine::input::{Input, SipIn};
use offhook::engine::settings::{Account, ChatAccount, PhoneAccount};
use offhook::engine::state::CallPhase;
use offhook::lab::sip::{Server, ServerIn};
use offhook::lab::world::World;
use offhook::lab::xmpp;
use offhook::machine::stamp::WallClock;
use offhook::machine::{Chance, Machine, Moment, Stamp};
use offhook::protocol::sip::flow::{FlowId, Transport};
use offhook::protocol::sip::message::{Message, Request, Uri};
use offhook::protocol::sip::user_agent::{self, Config, UserAgent};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// What the wall says at the start.
pub const BEGIN: Stamp = Stamp::from_micros(1_763_802_720_000_000);

/// The name of everybody's account: each engine is a machine of its own.
pub fn account() -> AccountName {
    AccountName("work".into())
}

/// How a town is built.
#[derive(Clone)]
pub struct Plan {
    pub transport: Transport,
    pub ipv6: bool,
    pub allow_cleartext: bool,
    /// There is an XMPP server too, and everybody has an account there.
    pub chat: bool,
    /// People look at a screen, which asks them for passwords that nobody has stored.
    pub screen: bool,
    pub seed: u64,
}

impl Plan {
    /// In clear where the transport is.
    pub fn over(transport: Transport) -> Plan {
        let allow_cleartext = !transport.is_encrypted();
        Plan { transport, ipv6: false, allow_cleartext, chat: false, screen: false, seed: 1 }
    }

    fn address(&self, actor: usize) -> IpAddr {
        let text = if self.ipv6 { format!("2001:db8::{actor:x}") } else { format!("10.0.0.{actor}") };
        text.parse().unwrap()
    }

    /// The account of this name at the town's servers.
    pub fn account(&self, name: &str) -> Account {
        let server = SocketAddr::new(self.address(1), 5060);
        let proxy = format!("sip:{server};transport={}", self.transport.uri_token());
        Account {
            name: account(),
            address: None,
            chat: self.chat.then(|| ChatAccount { jid: format!("{name}@example.test"), server: None }),
            phone: Some(PhoneAccount { address: format!("sip:{name}@example.test"), proxy: Some(proxy) }),
            allow_cleartext: self.allow_cleartext,
        }
    }

    /// People by name; who has a name twice has two engines. `phone:` before a name is somebody else's phone.
    pub fn town(&self, names: &[&str]) -> Town {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.town_of(&names, |_, account| account)
    }

    /// As `town`, with accounts that are changed.
    pub fn town_of(&self, names: &[String], change: impl Fn(usize, Account) -> Account) -> Town {
        let addresses = (0..=names.len()).map(|actor| self.address(actor + 1)).collect();
        let mut roads = Roads::new(addresses);
        roads.link.chance = Chance::seeded(self.seed);
        let mut server = Server::new("example.test", roads.server(), Chance::seeded(self.seed + 1));
        let mut machines = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let actor = at + 1;
            let chance = Chance::seeded(self.seed * 100 + actor as u64);
            if let Some(name) = name.strip_prefix("phone:") {
                server.add(name, "secret");
                machines.push(Actor::Phone(Box::new(UserAgent::new(self.config(actor, name), chance))));
            } else {
                server.add(name, "secret");
                let account = change(actor, self.account(name));
                let engine = Engine::new(vec![account], chance, Moment::START, BEGIN);
                machines.push(Actor::Engine(Box::new(if self.screen { engine.with_screen() } else { engine })));
                let desk = Desk { screen: self.screen, ..Desk::default() };
                roads.people.insert(actor, Person { password: Some("secret".into()), desk, ..Person::default() });
            }
        }
        machines.insert(SERVER, Actor::Sip(Box::new(server)));
        if self.chat {
            let mut server = xmpp::Server::new("example.test", WallClock::new(Moment::START, BEGIN));
            let people = names.iter().filter(|name| !name.starts_with("phone:"));
            let jids: Vec<BareJid> = people.map(|name| BareJid::new(&format!("{name}@example.test")).unwrap()).collect();
            jids.iter().for_each(|jid| server.add(jid, "secret"));
            for one in &jids {
                jids.iter().filter(|other| *other != one).for_each(|other| server.befriend(one, other));
            }
            roads.chat = Some(machines.len());
            machines.push(Actor::Xmpp(Box::new(server)));
            machines.extend(names.iter().map(|_| Actor::Wire(Box::new(xmpp::Wire::new(0)))));
        }
        Town { world: World::new(machines), roads }
    }

    fn config(&self, actor: usize, name: &str) -> Config {
        let account = self.account(name);
        let phone = account.phone.unwrap();
        Config {
            address: Uri::parse(&phone.address).unwrap(),
            proxies: phone.proxy.iter().map(|proxy| Uri::parse(proxy).unwrap()).collect(),
            digest_user: None,
            device: None,
            allow_cleartext: true,
            instance: format!("urn:uuid:{actor}"),
            product: "another phone".into(),
            display_name: None,
            first_flow: FlowId(1),
        }
    }
}

pub struct Town {
    pub world: World<Actor>,
    pub roads: Roads,
}

impl Town {
    /// Everybody is registered.
    pub fn signed_in(transport: Transport, names: &[&str]) -> Town {
        let mut town = Plan::over(transport).town(names);
        town.sign_in_all();
        town
    }

    pub fn sign_in_all(&mut self) {
        for engine in self.engines() {
            self.sign_in(engine);
        }
        for phone in self.roads.scripts.keys().copied().collect::<Vec<_>>() {
            self.phone(phone, user_agent::Input::Register);
        }
        self.seconds(2.0);
        for engine in self.engines() {
            assert!(matches!(self.link(engine), Some(LinkState::Online { .. })), "{engine}: {:?}", self.links(engine));
        }
    }

    pub fn engines(&self) -> Vec<usize> {
        self.roads.people.keys().copied().collect()
    }

    pub fn input(&mut self, actor: usize, input: Input) {
        let now = self.world.now();
        self.world.post(now, actor, In::Engine(input));
    }

    pub fn command(&mut self, engine: usize, command: Command) {
        self.input(engine, Input::Command(command));
    }

    pub fn sign_in(&mut self, engine: usize) {
        self.command(engine, Command::SignIn { account: account(), services: Services::ALL });
    }

    pub fn sign_out(&mut self, engine: usize) {
        self.command(engine, Command::SignOut { account: account() });
    }

    pub fn phone(&mut self, actor: usize, input: user_agent::Input) {
        let now = self.world.now();
        self.world.post(now, actor, In::Phone(input));
    }

    /// What the user of a phone does from now on.
    pub fn script(&mut self, actor: usize, script: Script) {
        self.roads.scripts.insert(actor, script);
    }

    /// Calls, and runs for two seconds.
    pub fn call(&mut self, engine: usize, target: &str) {
        self.command(engine, Command::Call { account: account(), target: target.into(), ticket: Ticket(7) });
        self.seconds(2.0);
    }

    /// What the last call of an engine is told to do.
    pub fn with_call(&mut self, engine: usize, command: impl FnOnce(CallId) -> Command) {
        let call = self.last_call(engine);
        self.command(engine, command(call));
    }

    pub fn answer(&mut self, engine: usize) {
        self.with_call(engine, |call| Command::Answer { call });
        self.seconds(2.0);
    }

    pub fn hang_up(&mut self, engine: usize) {
        self.with_call(engine, |call| Command::HangUp { call });
        self.seconds(2.0);
    }

    /// `caller` and `callee` talk.
    pub fn talk(&mut self, caller: usize, callee: usize, name: &str) {
        self.call(caller, name);
        self.answer(callee);
        let (a, b) = (self.at(caller), self.at(callee));
        self.roads.studio.assert_joined(a, b);
    }

    pub fn at(&self, engine: usize) -> At {
        (engine, self.last_call(engine))
    }

    pub fn last_call(&self, engine: usize) -> CallId {
        *self.calls(engine).last().expect("there was a call")
    }

    /// Every call that began, in order.
    pub fn calls(&self, engine: usize) -> Vec<CallId> {
        let events = self.roads.people[&engine].events.iter();
        events
            .filter_map(|(_, event)| match event {
                Event::Call { call, change: CallChange::Began { .. } } => Some(*call),
                _ => None,
            })
            .collect()
    }

    pub fn phase(&self, engine: usize) -> CallPhase {
        self.roads.people[&engine].state.calls[&self.last_call(engine)].phase.clone()
    }

    /// What was told of all calls of an engine, as words.
    pub fn told(&self, engine: usize) -> Vec<String> {
        let events = self.roads.people[&engine].events.iter();
        events
            .filter_map(|(_, event)| match event {
                Event::Call { change, .. } => word(change),
                _ => None,
            })
            .collect()
    }

    /// What was told of the phone's registration.
    pub fn links(&self, engine: usize) -> Vec<LinkState> {
        let events = self.roads.people[&engine].events.iter();
        events
            .filter_map(|(_, event)| match event {
                Event::Link { state, service: Service::Phone, .. } => Some(state.clone()),
                _ => None,
            })
            .collect()
    }

    pub fn link(&self, engine: usize) -> Option<LinkState> {
        self.links(engine).pop()
    }

    /// The problem of the last state of the registration.
    pub fn problem(&self, engine: usize) -> Problem {
        match self.link(engine) {
            Some(LinkState::Failed(why) | LinkState::Waiting { why, .. }) => why,
            other => panic!("there is no problem: {other:?}"),
        }
    }

    pub fn server(&mut self) -> &mut Server {
        match self.world.machine(SERVER) {
            Some(Actor::Sip(server)) => server,
            _ => panic!("no server"),
        }
    }

    pub fn engine(&mut self, engine: usize) -> &mut Engine {
        match self.world.machine(engine) {
            Some(Actor::Engine(engine)) => engine,
            _ => panic!("no engine"),
        }
    }

    pub fn bound(&mut self, name: &str) -> usize {
        let now = self.world.now();
        self.server().bindings(now, name).len()
    }

    /// The streams of an engine are gone; datagrams too, until `mend`.
    pub fn cut(&mut self, engine: usize) {
        let now = self.world.now();
        self.roads.cut_off.insert(engine);
        let streams = self.roads.flows.extract_if(.., |(actor, _), flow| *actor == engine && flow.transport.is_reliable());
        for ((_, flow), open) in streams.collect::<Vec<_>>() {
            let why = Problem::new(ProblemKind::Unreachable, "connection reset by peer", "");
            self.world.post(now, engine, In::Engine(Input::Sip(SipIn::Closed { flow, why })));
            self.world.post(now, SERVER, In::Sip(ServerIn::Closed(open.local)));
        }
    }

    pub fn mend(&mut self, engine: usize) {
        self.roads.cut_off.remove(&engine);
        self.roads.reach = Reach::Open;
    }

    /// The server says this to an engine, of its own accord.
    pub fn say(&mut self, engine: usize, request: &Request) {
        let flow = self.roads.flows.keys().find(|(actor, _)| *actor == engine).map(|(_, flow)| *flow).unwrap();
        let from = self.roads.server();
        self.input(engine, Input::Sip(SipIn::Received { flow, from, bytes: request.write() }));
    }

    /// Time passes, also where nothing happens.
    pub fn run(&mut self, time: Duration) {
        let until = self.world.now() + time;
        let nobody = SocketAddr::new(IpAddr::from([0, 0, 0, 0]), 0);
        self.world.post(until, SERVER, In::Sip(ServerIn::Closed(nobody)));
        self.world.run(until, &mut self.roads);
    }

    pub fn seconds(&mut self, seconds: f64) {
        self.run(Duration::from_secs_f64(seconds));
    }

    /// The lines of the SIP messages from one to another, with `OPTIONS` for a request and `200 OPTIONS` for a response.
    pub fn lines(&self, from: usize, to: usize) -> Vec<String> {
        let wire = self.roads.wire.iter().filter(|(_, a, b, _)| (*a, *b) == (from, to));
        wire.map(|(_, _, _, message)| line(message)).collect()
    }

    pub fn count(&self, from: usize, line: &str) -> usize {
        self.lines(from, SERVER).iter().filter(|other| *other == line).count()
    }

    /// The last request of this method that an engine has sent to the server.
    pub fn last_request(&self, from: usize, method: &str) -> Request {
        let sent = self.roads.wire.iter().rev().filter(|(_, a, _, _)| *a == from);
        let mut requests = sent.filter_map(|(_, _, _, message)| match message {
            Message::Request(request) if request.method.as_str() == method => Some(request.clone()),
            _ => None,
        });
        requests.next().unwrap_or_else(|| panic!("{from} has sent no {method}"))
    }

    /// Whether an engine waits for nothing.
    pub fn is_at_rest(&mut self, engine: usize) -> bool {
        self.engine(engine).wake().is_none()
    }
}

impl Drop for Town {
    /// A story that fails shows what was said and told.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (at, from, to, message) in &self.roads.wire {
            eprintln!("{:10.3} {from} → {to} {}", at.since_start().as_secs_f64(), line(message));
        }
        for engine in self.engines() {
            eprintln!("{engine} was told {:?} and {:?}", self.links(engine), self.told(engine));
        }
    }
}

pub fn line(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => {
            format!("{} {}", response.status, response.headers.cseq().map(|cseq| cseq.method.to_string()).unwrap_or_default())
        }
    }
}

fn word(change: &CallChange) -> Option<String> {
    let sound = |codec: &str, encrypted: bool| format!("{codec} {}", if encrypted { "encrypted" } else { "clear" });
    Some(match change {
        CallChange::Began { incoming: true, peer, .. } => format!("called by {peer}"),
        CallChange::Began { incoming: false, peer, .. } => format!("calls {peer}"),
        CallChange::Progress => "works on it".into(),
        CallChange::Ringing { early_media: false } => "rings".into(),
        CallChange::Ringing { early_media: true } => "is heard".into(),
        CallChange::Answered { codec, encrypted, .. } => format!("talks {}", sound(codec, *encrypted)),
        CallChange::Changed { held_by_us, held_by_them, .. } => match (held_by_us, held_by_them) {
            (false, false) => "nobody holds".into(),
            (true, false) => "we hold".into(),
            (false, true) => "they hold".into(),
            (true, true) => "both hold".into(),
        },
        CallChange::Dtmf(key) => format!("key {key}"),
        CallChange::Ended { end, reason, .. } => format!("ended {}: {reason}", end.word()).trim_end_matches(": ").into(),
        CallChange::Muted(muted) => format!("muted: {muted}"),
        CallChange::Figures(_) | CallChange::PlayedOut | CallChange::HoldWanted(_) => return None,
    })
}
