//! Ana's engine, her link, her disk and her headset, in the town.

use super::reach::Reach;
use super::told::Told;
use super::transcript::{Of, Sent, in_words, in_xml, of_answer};
use offhook::engine::Engine;
use offhook::engine::ask::{Answer, AskId, Question};
use offhook::engine::command::{Command, Services, VoicemailWish};
use offhook::engine::event::{AccountName, CallId, Figures, LinkState, Playing, Problem, ProblemKind, Sound, Ticket};
use offhook::engine::input::{Input, MediaIn, PlayerIn, SipIn, SoundIn, StanzaId, XmppIn};
use offhook::engine::output::{MediaOut, Output, PlayerOut, SipOut, SoundOut, XmppOut};
use offhook::engine::settings::{Account, ByAddress, ChatAccount, PhoneAccount, XmppServer};
use offhook::engine::signin::{self, Launch, Manual};
use offhook::engine::state::{AccountState, State};
use offhook::io::store::Store;
use offhook::lab::deployment::Deployment;
use offhook::lab::sip::b2bua;
use offhook::lab::site::Site;
use offhook::lab::town::{Town, TownIn, TownOut};
use offhook::lab::wire::Places;
use offhook::lab::xmpp::{Trouble, Wire, WireIn, WireOut};
use offhook::machine::stamp::WallClock;
use offhook::machine::{Chance, Machine, Moment, Secret, Stamp};
use offhook::media::tone::Sine;
use offhook::media::wav::Clip;
use offhook::media::{Leg, RATE, SILENCE};
use offhook::protocol::cisco::connection::{Messages, VoiceMessage};
use offhook::protocol::http::{Credentials, Request};
use offhook::protocol::sip::flow::{Flow, FlowId, Transport};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// What the wall says at the start.
pub const BEGIN: Stamp = Stamp::from_micros(1_763_802_720_000_000);

/// What Ana's headset hears.
pub const TONE: f64 = 700.0;

/// Her port for sound.
const SOUND: u16 = 30_000;

pub fn account() -> AccountName {
    AccountName("lab".into())
}

pub struct User {
    now: Moment,
    engine: Engine,
    link: Wire,
    town: Town,
    store: Store,
    state: State,
    flows: BTreeMap<FlowId, Flow>,
    legs: BTreeMap<CallId, Leg>,
    beat: Moment,
    tone: Sine,
    played: Vec<i16>,
    pub told: Told,
    /// What is asked is answered in order.
    asked: VecDeque<(AskId, Answer)>,
    /// Answers that are on their way.
    late: BTreeMap<(Moment, u64), (AskId, Answer)>,
    deployment: Deployment,
    /// What was asked of Unity Connection.
    pub mail: Vec<Request>,
    /// What was asked of all other web servers.
    pub web: Vec<Request>,
    /// Photos that were kept.
    photos: BTreeMap<String, Vec<u8>>,
    /// What was handed on to be played: how long each file is.
    pub tapes: Vec<Duration>,
    pub orders: Vec<PlayerOut>,
    number: u64,
    /// How chat and phone are reached.
    reach: Reach,
    launch: Launch,
    /// What was asked and sent, and what came of it.
    pub wire: Vec<Sent>,
    _folder: TempDir,
}

fn here(port: u16) -> SocketAddr {
    SocketAddr::new("127.0.0.200".parse().unwrap(), port)
}

impl User {
    /// In this site; both links are up.
    pub fn signed_in(site: &str) -> User {
        User::seeded(1, site)
    }

    pub fn seeded(seed: u64, site: &str) -> User {
        let site = Site::parse(site).unwrap();
        let (port, over) = if site.encrypted { (5061, "tls") } else { (5060, "tcp") };
        let server = Some(XmppServer { host: "127.0.0.1".into(), port: 5222, direct_tls: false });
        let proxy = Some(format!("sip:127.0.0.1:{port};transport={over}"));
        let account = Account {
            name: account(),
            address: None,
            chat: Some(ChatAccount { jid: "ana@lab.example".into(), server }),
            phone: Some(PhoneAccount { address: "sip:1001@cucm1.lab.example".into(), proxy }),
            allow_cleartext: !site.encrypted,
        };
        let mut user = User::of(seed, &site, account);
        user.wait(1.0);
        let links = &user.state().links;
        assert!(links.len() == 2 && links.values().all(|link| matches!(link, LinkState::Online { .. })), "{links:?}");
        user
    }

    /// She signs in by her address: all that she has is found.
    pub fn by_address(site: &str) -> User {
        let site = Site::parse(site).unwrap();
        let by_address = ByAddress { user: "ana".into(), domain: "lab.example".into(), dns: None, cas: None, tftp_port: None };
        let account =
            Account { name: account(), address: Some(by_address), chat: None, phone: None, allow_cleartext: !site.encrypted };
        User::of(1, &site, account)
    }

    /// The same, at a screen, with settings made by hand where there are some.
    pub fn watched(site: &str, manual: Option<Manual>) -> User {
        let site = Site::parse(site).unwrap();
        let by_address = ByAddress { user: "ana".into(), domain: "lab.example".into(), dns: None, cas: None, tftp_port: None };
        let account =
            Account { name: account(), address: Some(by_address), chat: None, phone: None, allow_cleartext: !site.encrypted };
        let launch = Launch { manual, allow_cleartext: !site.encrypted, ..launch() };
        User::launched(1, &site, account, launch, true)
    }

    fn of(seed: u64, site: &Site, account: Account) -> User {
        let launch = Launch { allow_cleartext: account.allow_cleartext, ..launch() };
        User::launched(seed, site, account, launch, false)
    }

    fn launched(seed: u64, site: &Site, account: Account, launch: Launch, watched: bool) -> User {
        let clock = WallClock::new(Moment::START, BEGIN);
        let town = Town::new(Moment::START, site, &Places::default(), clock, seed);
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(vec![account], Chance::seeded(9), Moment::START, BEGIN);
        let mut user = User {
            now: Moment::START,
            engine: if watched { engine.with_screen() } else { engine },
            link: Wire::new(0),
            town,
            store: Store::open(&folder.path().join("history.db")).unwrap(),
            state: State::default(),
            flows: BTreeMap::new(),
            legs: BTreeMap::new(),
            beat: Moment::START + Duration::from_millis(3),
            tone: Sine::new(TONE, 0.2, RATE),
            played: vec![],
            told: Told::default(),
            asked: VecDeque::new(),
            late: BTreeMap::new(),
            deployment: Deployment::new(site, &Places::default(), seed),
            mail: vec![],
            web: vec![],
            photos: BTreeMap::new(),
            tapes: vec![],
            orders: vec![],
            number: 0,
            reach: Reach::of(site),
            launch,
            wire: vec![],
            _folder: folder,
        };
        user.command(Command::SignIn { account: self::account(), services: Services::ALL });
        user
    }

    pub fn command(&mut self, command: Command) {
        self.engine.handle(self.now, Input::Command(command));
        self.settle();
    }

    pub fn write(&mut self, to: &str, body: &str) {
        self.command(Command::Send { account: account(), to: to.into(), body: body.into(), ticket: Ticket(1) });
    }

    pub fn call(&mut self, target: &str) {
        self.command(Command::Call { account: account(), target: target.into(), ticket: Ticket(2) });
    }

    pub fn answer(&mut self) {
        let call = *self.told.calls().last().expect("it rings");
        self.command(Command::Answer { call });
    }

    pub fn hang_up(&mut self) {
        let call = *self.told.calls().last().expect("there is a call");
        self.command(Command::HangUp { call });
    }

    pub fn town(&self) -> &Town {
        &self.town
    }

    pub fn state(&self) -> AccountState {
        self.state.accounts[&account()].clone()
    }

    /// All that was played.
    pub fn sound(&self) -> &[i16] {
        &self.played
    }

    /// What Unity Connection has.
    pub fn inbox(&mut self) -> Vec<VoiceMessage> {
        let url = Url::parse("https://cuc1.lab.example/vmrest/mailbox/folders/inbox/messages").unwrap();
        let credentials = Some(Credentials { user: "ana".into(), password: Secret::new("ana-demo".into()) });
        let request = Request { credentials, ..Request::get(url, Duration::from_secs(5)) };
        Messages::parse(&self.town.voicemail(self.now, &request).body).unwrap().messages
    }

    pub fn wait(&mut self, seconds: f64) {
        let until = self.now + Duration::from_secs_f64(seconds);
        self.settle();
        loop {
            let beat = (!self.legs.is_empty()).then_some(self.beat);
            let wakes = [self.engine.wake(), self.link.wake(), self.town.wake()];
            let late = self.late.keys().next().map(|(at, _)| *at);
            let Some(next) =
                wakes.into_iter().flatten().map(|wake| wake.at).chain(beat).chain(late).min().filter(|at| *at <= until)
            else {
                break;
            };
            self.now = next.max(self.now);
            while let Some(due) = self.late.first_entry().filter(|due| due.key().0 <= self.now) {
                self.asked.push_back(due.remove());
                self.settle();
            }
            self.engine.expire(self.now);
            self.town.expire(self.now);
            if self.beat <= self.now {
                self.beat = self.now + Duration::from_millis(20);
                self.play();
            }
            self.settle();
        }
        self.now = until;
    }

    fn play(&mut self) {
        let mut sent = Vec::new();
        for leg in self.legs.values_mut() {
            let mut frame = SILENCE;
            leg.play(self.now, &mut frame);
            self.played.extend(frame);
            let mut said = SILENCE;
            said.iter_mut().zip(&mut self.tone).for_each(|(place, sample)| *place = sample);
            leg.capture(self.now, &said, &mut |_, to, bytes| sent.push((to.port(), bytes.to_vec())));
        }
        for (port, bytes) in sent {
            self.town.handle(self.now, TownIn::Phone(b2bua::In::Sound { port, from: here(SOUND), bytes }));
        }
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.engine.poll() {
                self.carry_out(output);
            } else if let Some(output) = self.link.poll() {
                self.by_wire(output);
            } else if let Some(output) = self.town.poll() {
                self.by_town(output);
            } else if let Some((id, answer)) = self.asked.pop_front() {
                self.engine.handle(self.now, Input::Answered(id, answer));
            } else {
                return;
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Event(event) => {
                self.state.apply(&event);
                self.told.0.push(event);
            }
            Output::Ask(id, question) => {
                let (delay, answer) = self.find_out(question);
                match delay {
                    Duration::ZERO => self.asked.push_back((id, answer)),
                    delay => {
                        self.number += 1;
                        self.late.insert((self.now + delay, self.number), (id, answer));
                    }
                }
            }
            Output::Xmpp(_, XmppOut::Connect(connect)) => {
                self.note(Of::Chat, format!("XMPP {}", connect.jid));
                if let Some(why) = self.reach.chat.clone() {
                    self.note(Of::Chat, format!("✗ {}", why.what));
                    return self.engine.handle(self.now, Input::Xmpp(account(), XmppIn::Down(why)));
                }
                let password = connect.password.expose().to_owned();
                self.link.handle(self.now, WireIn::Connect { jid: connect.jid, resource: connect.resource, password });
            }
            Output::Xmpp(_, XmppOut::Send(id, stanza)) => {
                self.note(Of::Chat, format!("→ {}", in_xml(&stanza)));
                self.link.handle(self.now, WireIn::Send(id.map(|id| id.0), stanza));
            }
            Output::Xmpp(_, XmppOut::Close) => self.link.handle(self.now, WireIn::Close),
            Output::Sip(SipOut::Open { flow, transport, remote, .. }) => {
                self.note(Of::Phone, format!("SIP {transport:?} {remote}"));
                if let Some(why) = self.reach.phone.clone() {
                    self.note(Of::Phone, format!("✗ {}", why.what));
                    return self.engine.handle(self.now, Input::Sip(SipIn::Closed { flow, why }));
                }
                let local = here(40_000 + u16::try_from(flow.0 % 1_000).unwrap());
                let open = Flow { id: flow, transport, local, remote };
                self.flows.insert(flow, open);
                self.engine.handle(self.now, Input::Sip(SipIn::Opened(open)));
            }
            Output::Sip(SipOut::Send { flow, bytes, .. }) => {
                let Some(Flow { transport, local, .. }) = self.flows.get(&flow).copied() else { return };
                self.note(Of::Phone, format!("→ {}", String::from_utf8_lossy(&bytes)));
                if self.reach.deaf {
                    return;
                }
                self.town.handle(self.now, TownIn::Phone(b2bua::In::Received { transport, from: local, bytes }));
            }
            Output::Sip(SipOut::Close { flow }) => {
                if let Some(flow) = self.flows.remove(&flow) {
                    self.town.handle(self.now, TownIn::Phone(b2bua::In::Closed(flow.local)));
                }
            }
            Output::Media(call, MediaOut::Run(plan)) => match self.legs.get_mut(&call) {
                Some(leg) => leg.replan(self.now, *plan),
                None => drop(self.legs.insert(call, Leg::new(self.now, *plan, Chance::seeded(call.0)))),
            },
            Output::Media(call, MediaOut::Stop) => {
                self.legs.remove(&call);
                self.engine.handle(self.now, Input::Media(call, MediaIn::Stopped(Figures::default())));
            }
            Output::Sound(SoundOut::Player(order)) => self.by_player(order),
            Output::Media(..) | Output::Sound(_) => {}
        }
    }

    /// A loudspeaker that says how long a file is, and that it has begun; the story says the rest.
    fn by_player(&mut self, order: PlayerOut) {
        if let PlayerOut::Play { number, file } = &order {
            let told = match Clip::parse(Arc::clone(file)) {
                Ok(clip) => {
                    self.tapes.push(clip.length());
                    vec![PlayerIn::Length(clip.length()), PlayerIn::At(Duration::ZERO)]
                }
                Err(why) => vec![PlayerIn::Failed(why)],
            };
            for told in told {
                self.engine.handle(self.now, Input::Sound(SoundIn::Player(*number, told)));
            }
        }
        self.orders.push(order);
    }

    /// Whoever plays has come so far.
    pub fn played(&mut self, told: PlayerIn) {
        let number = self.tapes.len() as u64;
        self.engine.handle(self.now, Input::Sound(SoundIn::Player(number, told)));
        self.settle();
    }

    pub fn playing(&self) -> Option<&Playing> {
        self.state.playing.as_ref()
    }

    pub fn wish(&mut self, wish: VoicemailWish) {
        self.command(Command::Voicemail { account: account(), wish });
        self.wait(0.1);
    }

    /// The town, to disturb it.
    pub fn town_mut(&mut self) -> &mut Town {
        &mut self.town
    }

    fn find_out(&mut self, question: Question) -> (Duration, Answer) {
        let answer = match question {
            Question::SignIn { question, .. } => return self.carry(question),
            Question::Dns(_, question) => {
                let (delay, answer) = self.deployment.dns(&question);
                return (delay, Answer::Dns(answer));
            }
            Question::Launch(_) => Answer::Launch(Ok(Box::new(self.launch.clone()))),
            Question::KeepDiscovery(_) => Answer::Done(Ok(())),
            Question::Store(question) => Answer::Store(self.store.answer(question)),
            Question::Password { .. } => Answer::Password(Ok(Secret::new("ana-demo".into()))),
            Question::KeptPhoto { url, .. } => Answer::Photo(self.photos.get(&url).cloned()),
            Question::KeepPhoto { url, file, .. } => {
                self.photos.insert(url, file.to_vec());
                Answer::Done(Ok(()))
            }
            Question::MediaPort { .. } => Answer::MediaPort(Ok(here(SOUND))),
            Question::Sound(_) => Answer::Sound(Sound::default()),
            other => panic!("nobody asks {other:?} here"),
        };
        (Duration::ZERO, answer)
    }

    fn carry(&mut self, question: signin::Question) -> (Duration, Answer) {
        let asked = in_words(&question);
        let (delay, answer) = match question {
            signin::Question::Dns { question, .. } => {
                let (delay, answer) = self.deployment.dns(&question);
                (delay, signin::Answer::Dns(answer))
            }
            signin::Question::Http(request) => {
                let is_mail = request.url.path().starts_with("/vmrest/");
                let (delay, answer) = match is_mail {
                    true => {
                        self.mail.push(request.clone());
                        self.town.mail(self.now, &request)
                    }
                    false => {
                        self.web.push(request.clone());
                        self.deployment.http(self.now, &request)
                    }
                };
                (delay, signin::Answer::Http { answer, certificate: None })
            }
            signin::Question::Tftp { file, deadline, limit, .. } => {
                let (delay, answer) = self.deployment.tftp(&file, deadline, limit);
                (delay, signin::Answer::Tftp(answer))
            }
        };
        self.note(Of::Questions, format!("{asked} → {}", of_answer(&answer)));
        (delay, Answer::SignIn(answer))
    }

    fn note(&mut self, of: Of, text: String) {
        self.wire.push(Sent { at: self.now, of, text });
    }

    fn by_wire(&mut self, output: WireOut) {
        let told = match output {
            WireOut::Send(connection, what) => {
                return self.town.handle(self.now, TownIn::Chat(0, connection, what));
            }
            WireOut::Broken(connection) => return self.town.handle(self.now, TownIn::ChatBroken(0, connection)),
            WireOut::Up { jid, resumed } => XmppIn::Up { jid, resumed },
            WireOut::Down(trouble) => {
                let kind = if trouble == Trouble::Refused { ProblemKind::Password } else { ProblemKind::Unreachable };
                XmppIn::Down(Problem::new(kind, "the link is down", ""))
            }
            WireOut::Stanza(stanza) => {
                self.note(Of::Chat, format!("← {}", in_xml(&stanza)));
                XmppIn::Stanza(stanza)
            }
            WireOut::Acknowledged(number) => XmppIn::Acknowledged(StanzaId(number)),
            WireOut::Lost(number) => XmppIn::Lost(StanzaId(number)),
        };
        self.engine.handle(self.now, Input::Xmpp(account(), told));
    }

    fn by_town(&mut self, output: TownOut) {
        match output {
            TownOut::Chat(_, connection, what) => self.link.handle(self.now, WireIn::Heard(connection, what)),
            TownOut::Phone(b2bua::Out::Send { to, bytes, transport }) => {
                assert_ne!(transport, Transport::Udp);
                let flow = self.flows.values().find(|flow| flow.local == to).copied();
                let Some(Flow { id, remote, .. }) = flow else { return };
                self.note(Of::Phone, format!("← {}", String::from_utf8_lossy(&bytes)));
                self.engine.handle(self.now, Input::Sip(SipIn::Received { flow: id, from: remote, bytes }));
            }
            TownOut::Phone(b2bua::Out::Sound { port, to, bytes }) if to == here(SOUND) => {
                let from = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
                self.legs.values_mut().for_each(|leg| leg.receive(self.now, from, &bytes));
            }
            TownOut::Phone(_) | TownOut::Web(_) => {}
        }
    }
}

fn launch() -> Launch {
    Launch { user: "ana".into(), domain: "lab.example".into(), first: true, ..Launch::default() }
}
