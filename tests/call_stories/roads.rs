//! The world around the engines: who hears what and when, and what was seen on the way.

use super::actor::{Actor, In, Out};
use super::disk::Disk;
use super::sound::Studio;
use offhook::engine::ask::{Answer, AskId, ChosenSound, NoPassword, NotKept, Question, SealedFile, StoreAnswer, StoreQuestion};
use offhook::engine::event::{CallRecord, Certificate, Event, Place, Problem, ProblemKind, Refusal, Setting, Sound};
use offhook::engine::input::{Input, SipIn, StanzaId, XmppIn};
use offhook::engine::output::{Output, SipOut, XmppOut};
use offhook::engine::settings::Account;
use offhook::engine::state::State;
use offhook::io::store::Store;
use offhook::lab::sip::{ServerIn, ServerOut};
use offhook::lab::world::{Link, Post, Route};
use offhook::lab::xmpp;
use offhook::machine::{Machine, Moment, Secret};
use offhook::protocol::dns;
use offhook::protocol::sip::flow::{Flow, FlowId, Transport};
use offhook::protocol::sip::message::Message;
use offhook::protocol::sip::user_agent;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The SIP server's index. Those behind it are engines and phones.
pub const SERVER: usize = 0;

/// One way through the network, but for datagrams, which have a link of their own.
pub const DELAY: Duration = Duration::from_millis(10);

/// Whatever the machine itself does: a write, a port, the end of a thread.
pub const LOCAL: Duration = Duration::from_millis(1);

/// What becomes of attempts to connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Open,
    Refused,
    Silent,
    Untrusted,
}

/// What the user of somebody else's phone does, and when.
pub type Script = Box<dyn FnMut(&user_agent::Output) -> Vec<(Duration, user_agent::Input)>>;

/// One of the engines, from outside.
#[derive(Default)]
pub struct Person {
    pub events: Vec<(Moment, Event)>,
    pub state: State,
    pub kept: Vec<CallRecord>,
    pub password: Option<String>,
    pub passwords_asked: usize,
    pub opens: Vec<Moment>,
    pub disk: Disk,
    /// The real history, for who looks at it.
    pub store: Option<Store>,
    pub desk: Desk,
}

/// What a person's machine does about accounts, and what it was asked.
#[derive(Default)]
pub struct Desk {
    /// Where no password is stored, the user is asked for it by a screen.
    pub screen: bool,
    /// What comes of adding an account.
    pub new: Option<Result<Account, Refusal>>,
    /// What was asked: to keep, to trust, to add, to remove.
    pub asked: Vec<Question>,
    /// It refuses to keep, trust and remove.
    pub refuses: bool,
    /// What there is for sound.
    pub sound: Sound,
    /// The settings of sign-in.
    pub settings: Vec<Setting>,
    /// What is wrong with the settings that are changed next.
    pub refusal: Option<Refusal>,
    /// The sealed file, where passwords are kept in one.
    pub seal: Option<Sealing>,
}

/// A sealed file: its passphrase where it has been made, and whether it is open.
#[derive(Clone, Default)]
pub struct Sealing {
    pub passphrase: Option<String>,
    pub is_open: bool,
}

impl Desk {
    fn sound(&mut self, chosen: Option<ChosenSound>) -> Answer {
        if let Some(ChosenSound { input, output }) = chosen {
            (self.sound.input, self.sound.output) = (input, output);
        }
        Answer::Sound(self.sound.clone())
    }

    fn answer(&mut self, question: Question) -> Answer {
        self.asked.push(question.clone());
        match question {
            Question::AddAccount(_) => return Answer::Account(self.new.clone().expect("somebody adds an account")),
            Question::Settings { change: Some(_), .. } if self.refusal.is_some() => {
                return Answer::Settings(Err(self.refusal.take().unwrap()));
            }
            Question::Settings { .. } => return Answer::Settings(Ok(self.settings.clone())),
            _ => {}
        }
        if let (Question::Unseal { passphrase, new }, Some(seal)) = (&question, &mut self.seal) {
            if *new {
                seal.passphrase = Some(passphrase.expose().to_owned());
            }
            seal.is_open = seal.passphrase.as_deref() == Some(passphrase.expose());
            return Answer::Unsealed(Ok(seal.is_open));
        }
        if let (Question::KeepPassword { .. }, Some(seal @ Sealing { is_open: false, .. })) = (&question, &self.seal) {
            let file = if seal.passphrase.is_some() { SealedFile::Locked } else { SealedFile::Absent };
            return Answer::Kept(Err(NotKept::Sealed(file)));
        }
        let is_password = matches!(self.asked.last(), Some(Question::KeepPassword { .. }));
        let done = if self.refuses { Err(Problem::local("The disk is full.", "")) } else { Ok(()) };
        if is_password { Answer::Kept(done.map(|()| "in the keyring").map_err(NotKept::Because)) } else { Answer::Done(done) }
    }
}

pub struct Roads {
    /// Each way of every datagram.
    pub link: Link,
    pub reach: Reach,
    /// The server hears nothing that comes by stream, and streams stay open.
    pub deaf: bool,
    /// Datagrams of these go nowhere.
    pub cut_off: BTreeSet<usize>,
    pub addresses: Vec<IpAddr>,
    pub people: BTreeMap<usize, Person>,
    pub scripts: BTreeMap<usize, Script>,
    pub studio: Studio,
    pub zone: BTreeMap<dns::Question, dns::Answer>,
    /// Every SIP message as it was sent: when, by whom, to whom.
    pub wire: Vec<(Moment, usize, usize, Message)>,
    /// The longest request that went by UDP.
    pub largest_datagram: usize,
    /// Keep-alives that went to the server.
    pub pings: usize,
    pub flows: BTreeMap<(usize, FlowId), Flow>,
    /// The XMPP server's index; the links of the engines stand behind it, in their order.
    pub chat: Option<usize>,
    next_port: u16,
}

impl Roads {
    pub fn new(addresses: Vec<IpAddr>) -> Roads {
        Roads {
            link: Link::clean(DELAY),
            reach: Reach::Open,
            deaf: false,
            cut_off: BTreeSet::new(),
            addresses,
            people: BTreeMap::new(),
            scripts: BTreeMap::new(),
            studio: Studio::default(),
            zone: BTreeMap::new(),
            wire: Vec::new(),
            largest_datagram: 0,
            pings: 0,
            flows: BTreeMap::new(),
            chat: None,
            next_port: 20_000,
        }
    }

    pub fn server(&self) -> SocketAddr {
        SocketAddr::new(self.addresses[SERVER], 5060)
    }

    fn wire_of(&self, engine: usize) -> Option<usize> {
        self.chat.map(|chat| chat + engine)
    }

    fn engine_wants(&mut self, post: &mut Post<'_, In>, from: usize, output: Output) {
        let now = post.now();
        match output {
            Output::Event(event) => {
                let person = self.people.get_mut(&from).unwrap();
                person.state.apply(&event);
                person.events.push((now, event));
            }
            Output::Ask(id, question) => {
                if let Some((after, answer)) = self.answer(now, from, id, question) {
                    post.deliver(now + after, from, In::Engine(Input::Answered(id, answer)));
                }
            }
            Output::Sip(SipOut::Open { flow, transport, remote, .. }) => self.open(post, from, flow, transport, remote),
            Output::Sip(SipOut::Send { flow, to, bytes }) => self.send(post, from, flow, to, bytes),
            Output::Sip(SipOut::Close { flow }) => self.close(post, from, flow),
            Output::Media(call, order) => {
                if let Some(((to, call), told)) = self.studio.order((from, call), order) {
                    let after = if to == from { LOCAL } else { DELAY };
                    post.deliver(now + after, to, In::Engine(Input::Media(call, told)));
                }
            }
            // Nobody has devices here.
            Output::Sound(_) => {}
            Output::Xmpp(_, wanted) => {
                let input = match wanted {
                    XmppOut::Connect(connect) => {
                        let password = connect.password.expose().to_owned();
                        xmpp::WireIn::Connect { jid: connect.jid, resource: connect.resource, password }
                    }
                    XmppOut::Send(id, stanza) => xmpp::WireIn::Send(id.map(|id| id.0), stanza),
                    XmppOut::Close => xmpp::WireIn::Close,
                };
                post.deliver(now, self.wire_of(from).expect("there is a chat"), In::Wire(input));
            }
        }
    }

    fn answer(&mut self, now: Moment, engine: usize, id: AskId, question: Question) -> Option<(Duration, Answer)> {
        let person = self.people.get_mut(&engine).unwrap();
        if let (Some(store), Question::Store(question)) = (&mut person.store, &question) {
            return Some((LOCAL, Answer::Store(store.answer(question.clone()))));
        }
        Some(match question {
            Question::Sound(chosen) => (LOCAL, person.desk.sound(chosen)),
            Question::Dns(_, question) => {
                let known = self.zone.get(&question).cloned();
                let answer = known.unwrap_or(match question {
                    dns::Question::Srv(_) => dns::Answer::Srv(Vec::new()),
                    dns::Question::Naptr(_) => dns::Answer::Naptr(Vec::new()),
                    dns::Question::Addresses(_) => dns::Answer::Addresses(Vec::new()),
                });
                (DELAY, Answer::Dns(answer))
            }
            Question::Password { .. } => {
                person.passwords_asked += 1;
                if matches!(&person.desk.seal, Some(Sealing { passphrase: Some(_), is_open: false })) {
                    return Some((LOCAL, Answer::Password(Err(NoPassword::Sealed))));
                }
                let nobody = match person.desk.screen {
                    true => NoPassword::AskUser,
                    false => NoPassword::Because("nobody knows it".to_owned()),
                };
                (LOCAL, Answer::Password(person.password.clone().map(Secret::new).ok_or(nobody)))
            }
            Question::KeepPassword { .. }
            | Question::Unseal { .. }
            | Question::Trust { .. }
            | Question::AddAccount(_)
            | Question::RemoveAccount(_)
            | Question::Settings { .. } => (LOCAL, person.desk.answer(question)),
            Question::MediaPort { call, local } => {
                (self.studio.binding, Answer::MediaPort(self.studio.bind((engine, call), local)))
            }
            Question::Store(StoreQuestion::KeepCall { call, .. }) => {
                let place = Place { at: call.began, row: i64::try_from(person.kept.len()).unwrap() };
                person.kept.push(call);
                (LOCAL, Answer::Store(Ok(StoreAnswer::CallKept(place))))
            }
            question => {
                person.disk.handle(now, (id, question));
                (LOCAL, person.disk.poll()?.1)
            }
        })
    }

    fn tell(&self, post: &mut Post<'_, In>, at: Moment, to: usize, told: SipIn) {
        let input = if self.people.contains_key(&to) { In::Engine(Input::Sip(told)) } else { In::Phone(of_phone(told)) };
        post.deliver(at, to, input);
    }

    fn open(&mut self, post: &mut Post<'_, In>, from: usize, id: FlowId, transport: Transport, remote: SocketAddr) {
        let now = post.now();
        if let Some(person) = self.people.get_mut(&from) {
            person.opens.push(now);
        }
        let fail = |kind, what: &str| SipIn::Closed { flow: id, why: Problem::new(kind, what, "") };
        // Nobody but the server takes streams.
        let reach = if transport.is_reliable() && remote != self.server() { Reach::Refused } else { self.reach };
        let (after, told) = match reach {
            _ if transport == Transport::Udp => (LOCAL, None),
            Reach::Open => (3 * DELAY, None),
            Reach::Refused => (2 * DELAY, Some(fail(ProblemKind::Unreachable, "connection refused"))),
            Reach::Silent => (Duration::from_secs(10), Some(fail(ProblemKind::Unreachable, "no answer within 10 s"))),
            Reach::Untrusted => {
                let why = untrusted(&remote.ip().to_string(), remote.port());
                (3 * DELAY, Some(SipIn::Closed { flow: id, why }))
            }
        };
        let told = told.unwrap_or_else(|| {
            self.next_port += 1;
            let flow = Flow { id, transport, local: SocketAddr::new(self.addresses[from], self.next_port), remote };
            self.flows.insert((from, id), flow);
            SipIn::Opened(flow)
        });
        self.tell(post, now + after, from, told);
    }

    fn send(&mut self, post: &mut Post<'_, In>, from: usize, id: FlowId, to: SocketAddr, bytes: Vec<u8>) {
        let Some(flow) = self.flows.get(&(from, id)).copied() else { return };
        let to = if flow.transport == Transport::Udp { to } else { flow.remote };
        self.carry(post, from, (flow.transport, flow.local, to), bytes);
    }

    fn carry(
        &mut self,
        post: &mut Post<'_, In>,
        from: usize,
        (transport, source, to): (Transport, SocketAddr, SocketAddr),
        bytes: Vec<u8>,
    ) {
        let ours = self.flows.iter().find(|(_, flow)| flow.local == to && flow.transport == transport);
        let (receiver, id) = match ours {
            Some(((actor, id), _)) => (*actor, Some(*id)),
            None if to == self.server() => (SERVER, None),
            None => return,
        };
        self.pings += usize::from(receiver == SERVER && bytes == b"\r\n\r\n");
        if let Ok(message) = Message::parse(&bytes) {
            if transport == Transport::Udp && from != SERVER && matches!(message, Message::Request(_)) {
                self.largest_datagram = self.largest_datagram.max(bytes.len());
            }
            self.wire.push((post.now(), from, receiver, message));
        }
        let input = match id {
            None => In::Sip(ServerIn::Received { transport, from: source, bytes }),
            Some(flow) if self.people.contains_key(&receiver) => {
                In::Engine(Input::Sip(SipIn::Received { flow, from: source, bytes }))
            }
            Some(flow) => In::Phone(user_agent::Input::Received { flow, from: source, bytes }),
        };
        if self.deaf && receiver == SERVER {
            return;
        }
        if transport.is_reliable() {
            post.deliver(post.now() + DELAY, receiver, input);
        } else if !self.cut_off.contains(&from) && !self.cut_off.contains(&receiver) {
            post.carry(&mut self.link, receiver, input);
        }
    }

    fn close(&mut self, post: &mut Post<'_, In>, from: usize, id: FlowId) {
        if let Some(flow) = self.flows.remove(&(from, id)).filter(|flow| flow.transport.is_reliable()) {
            post.deliver(post.now() + DELAY, SERVER, In::Sip(ServerIn::Closed(flow.local)));
        }
    }

    fn phone_wants(&mut self, post: &mut Post<'_, In>, from: usize, output: user_agent::Output) {
        if let Some(script) = self.scripts.get_mut(&from) {
            for (after, input) in script(&output) {
                post.deliver(post.now() + after, from, In::Phone(input));
            }
        }
        match output {
            user_agent::Output::Open { flow, transport, remote, .. } => self.open(post, from, flow, transport, remote),
            user_agent::Output::Send { flow, to, bytes } => self.send(post, from, flow, to, bytes),
            user_agent::Output::Close { flow } => self.close(post, from, flow),
            user_agent::Output::PasswordWanted => {
                post.deliver(post.now() + LOCAL, from, In::Phone(user_agent::Input::Password(Secret::new("secret".into()))));
            }
            _ => {}
        }
    }

    fn wire_wants(&self, post: &mut Post<'_, In>, from: usize, output: xmpp::WireOut) {
        let (now, server) = (post.now(), self.chat.unwrap());
        let engine = from - server;
        let told = match output {
            xmpp::WireOut::Send(connection, what) => {
                return post.deliver(now + DELAY, server, In::Xmpp(xmpp::ServerIn::Heard(engine, connection, what)));
            }
            xmpp::WireOut::Broken(connection) => {
                return post.deliver(now + DELAY, server, In::Xmpp(xmpp::ServerIn::Broken(engine, connection)));
            }
            xmpp::WireOut::Up { jid, resumed } => XmppIn::Up { jid, resumed },
            xmpp::WireOut::Down(trouble) => XmppIn::Down(match trouble {
                xmpp::Trouble::Unreachable => Problem::new(ProblemKind::Unreachable, "No way.", ""),
                xmpp::Trouble::Refused => Problem::new(ProblemKind::Password, "The password is refused.", ""),
                xmpp::Trouble::Untrusted => untrusted("xmpp.example.test", 5222),
            }),
            xmpp::WireOut::Stanza(stanza) => XmppIn::Stanza(stanza),
            xmpp::WireOut::Acknowledged(id) => XmppIn::Acknowledged(StanzaId(id)),
            xmpp::WireOut::Lost(id) => XmppIn::Lost(StanzaId(id)),
        };
        post.deliver(now, engine, In::Engine(Input::Xmpp(super::town::account(), told)));
    }
}

impl Route<Actor> for Roads {
    fn route(&mut self, post: &mut Post<'_, In>, from: usize, output: Out) {
        match output {
            Out::Engine(output) => self.engine_wants(post, from, output),
            Out::Phone(output) => self.phone_wants(post, from, output),
            Out::Sip(ServerOut::Send { transport, to, bytes }) => {
                self.carry(post, SERVER, (transport, self.server(), to), bytes);
            }
            Out::Sip(ServerOut::Close(address)) => {
                let gone = |_: &(usize, FlowId), flow: &mut Flow| flow.local == address;
                for ((actor, flow), _) in self.flows.extract_if(.., gone).collect::<Vec<_>>() {
                    let why = Problem::new(ProblemKind::Unreachable, "closed by the server", "");
                    self.tell(post, post.now() + DELAY, actor, SipIn::Closed { flow, why });
                }
            }
            Out::Xmpp((engine, connection, what)) => {
                let wire = self.wire_of(engine).unwrap();
                post.deliver(post.now() + DELAY, wire, In::Wire(xmpp::WireIn::Heard(connection, what)));
            }
            Out::Wire(output) => self.wire_wants(post, from, output),
        }
    }
}

/// A certificate that nobody trusts.
pub fn untrusted(host: &str, port: u16) -> Problem {
    let mut problem = Problem::new(ProblemKind::Untrusted, "the certificate is not trusted", "");
    problem.certificate = Some(Box::new(Certificate {
        host: host.to_owned(),
        port,
        sha256: format!("AA:{port:04}"),
        names: vec!["example.test".into()],
        issuer: "Nobody".into(),
        valid: ("2025-01-01".into(), "2027-01-01".into()),
        why: "no authority that this machine trusts has issued it".into(),
        self_signed: true,
    }));
    problem
}

fn of_phone(told: SipIn) -> user_agent::Input {
    match told {
        SipIn::Opened(flow) => user_agent::Input::Opened(flow),
        SipIn::Closed { flow, why } => user_agent::Input::Closed { flow, why: why.what },
        SipIn::Received { flow, from, bytes } => user_agent::Input::Received { flow, from, bytes },
    }
}
