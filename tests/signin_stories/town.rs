//! An engine with one account by address, and a deployment that answers what it asks.

use offhook::engine::Engine;
use offhook::engine::ask::{Answer, AskId, Question, StoreAnswer, StoreQuestion};
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{AccountName, Event, LinkState, Outcome, Service, SignInReply, Step};
use offhook::engine::input::Input;
use offhook::engine::output::{Output, SipOut, XmppConnect, XmppOut};
use offhook::engine::settings::{Account, ByAddress};
use offhook::engine::signin::{self, Cache, CacheChange, Choice, Launch};
use offhook::engine::state::AccountState;
use offhook::lab::Site;
use offhook::lab::deployment::Deployment;
use offhook::lab::wire::Places;
use offhook::machine::{Chance, Machine, Moment, Secret, Stamp};
use offhook::protocol::dns;
use offhook::protocol::http::Failure;
use std::collections::BTreeMap;
use std::time::Duration;

/// A fixed hour.
const BEGIN: Stamp = Stamp::from_micros(1_763_802_720_000_000);

pub struct Town {
    pub now: Moment,
    pub engine: Engine,
    pub deployment: Deployment,
    pub launch: Launch,
    pub password: String,
    /// Passwords that the user types when asked, in this order.
    pub typed: Vec<String>,
    pub replies: Vec<SignInReply>,
    pub cache: Cache,
    /// How it has changed.
    pub changes: Vec<CacheChange>,
    pub choices: Vec<Choice>,
    pub events: Vec<(Moment, Event)>,
    /// What was asked, as `METHOD URL` or the name that was looked up, with when.
    pub asked: Vec<(Moment, String)>,
    /// Names that chat and phone have looked up.
    pub looked: Vec<String>,
    pub connects: Vec<(Moment, XmppConnect)>,
    pub flows: Vec<(Moment, String)>,
    /// Nobody can be reached.
    pub cut_off: bool,
    due: BTreeMap<(Moment, u64), Input>,
    count: u64,
}

pub fn name() -> AccountName {
    AccountName("work".into())
}

impl Town {
    /// The first person of a site, about to sign in for the first time.
    pub fn new(site: &Site) -> Town {
        let person = &site.people[0];
        let address = site.address(person);
        let (user, domain) = address.split_once('@').unwrap();
        let by_address = ByAddress { user: user.into(), domain: domain.into(), dns: None, cas: None, tftp_port: None };
        let account = Account { name: name(), address: Some(by_address), chat: None, phone: None, allow_cleartext: false };
        let engine = Engine::new(vec![account], Chance::seeded(7), Moment::START, BEGIN).with_screen();
        let launch = Launch { user: user.into(), domain: domain.into(), first: true, ..Launch::default() };
        Town {
            now: Moment::START,
            engine,
            deployment: Deployment::new(site, &Places::default(), 1),
            launch,
            password: person.password.clone(),
            typed: Vec::new(),
            replies: Vec::new(),
            cache: Cache::default(),
            changes: Vec::new(),
            choices: Vec::new(),
            events: Vec::new(),
            asked: Vec::new(),
            looked: Vec::new(),
            connects: Vec::new(),
            flows: Vec::new(),
            cut_off: false,
            due: BTreeMap::new(),
            count: 0,
        }
    }

    pub fn sign_in(&mut self) {
        let command = Command::SignIn { account: name(), services: Services::ALL };
        self.engine.handle(self.now, Input::Command(command));
        self.settle();
    }

    /// Lets time pass.
    pub fn run(&mut self, seconds: f64) {
        let until = self.now + Duration::from_secs_f64(seconds);
        self.settle();
        loop {
            let due = self.due.keys().next().map(|(at, _)| *at);
            let wake = self.engine.wake().map(|wake| wake.at);
            let Some(next) = due.into_iter().chain(wake).min().filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            match self.due.first_entry().filter(|entry| entry.key().0 <= self.now) {
                Some(entry) => {
                    let input = entry.remove();
                    self.engine.handle(self.now, input);
                }
                None => self.engine.expire(self.now),
            }
            self.settle();
        }
        self.now = until;
    }

    pub fn account(&self) -> &AccountState {
        &self.engine.state().accounts[&name()]
    }

    pub fn link(&self, service: Service) -> Option<&LinkState> {
        self.account().links.get(&service)
    }

    /// Sign-in has found everything.
    pub fn is_online(&self) -> bool {
        matches!(self.link(Service::SignIn), Some(LinkState::Online { .. }))
    }

    /// What was told by notices.
    pub fn notices(&self) -> Vec<String> {
        let told = self.events.iter();
        told.filter_map(|(_, event)| if let Event::Notice(notice) = event { Some(notice.problem.to_string()) } else { None })
            .collect()
    }

    /// It was told that what is found now is not what was remembered.
    pub fn is_changed(&self) -> bool {
        self.notices().iter().any(|notice| notice.starts_with("Configuration changes detected"))
    }

    /// The steps as `name outcome`.
    pub fn steps(&self) -> Vec<String> {
        let line = |step: &Step| format!("{} {}", step.name.name(), step.outcome.name());
        self.account().sign_in.steps.iter().filter(|step| step.outcome != Outcome::Skipped).map(line).collect()
    }

    /// What was asked over HTTP, without the host.
    pub fn paths(&self) -> Vec<String> {
        self.asked
            .iter()
            .filter_map(|(_, asked)| asked.split_once("://")?.1.split_once('/'))
            .map(|(_, path)| path.into())
            .collect()
    }

    fn later(&mut self, delay: Duration, input: Input) {
        self.count += 1;
        self.due.insert((self.now + delay, self.count), input);
    }

    fn answer(&mut self, delay: Duration, id: AskId, answer: Answer) {
        self.later(delay, Input::Answered(id, answer));
    }

    fn settle(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Event(event) => self.hear(event),
                Output::Ask(id, question) => self.ask(id, question),
                Output::Xmpp(_, XmppOut::Connect(connect)) => self.connects.push((self.now, connect)),
                Output::Sip(SipOut::Open { transport, remote, .. }) => {
                    self.flows.push((self.now, format!("{transport:?} {remote}")))
                }
                Output::Xmpp(..) | Output::Sip(_) | Output::Media(..) | Output::Sound(_) => {}
            }
        }
    }

    fn hear(&mut self, event: Event) {
        match &event {
            Event::Link { service: Service::SignIn, state: LinkState::NeedsPassword { .. }, .. } if !self.typed.is_empty() => {
                let password = Secret::new(self.typed.remove(0));
                let command = Command::GivePassword { account: name(), password, keep: false };
                self.later(Duration::from_millis(1), Input::Command(command));
            }
            Event::SignIn { told: offhook::engine::event::SignInTold::Asks(Some(_)), .. } if !self.replies.is_empty() => {
                let reply = self.replies.remove(0);
                self.later(Duration::from_millis(1), Input::Command(Command::ReplySignIn { account: name(), reply }));
            }
            _ => {}
        }
        self.events.push((self.now, event));
    }

    fn ask(&mut self, id: AskId, question: Question) {
        match question {
            Question::Launch(_) => {
                let launch = Launch { cache: self.cache.clone(), account: Some(name()), ..self.launch.clone() };
                self.answer(Duration::ZERO, id, Answer::Launch(Ok(Box::new(launch))));
            }
            Question::SignIn { question, .. } => {
                let (delay, answer) = self.look(question);
                self.answer(delay, id, Answer::SignIn(answer));
            }
            Question::Dns(_, question) => {
                self.looked.push(format!("{question:?}"));
                let (delay, answer) = self.deployment.dns(&question);
                self.answer(delay, id, Answer::Dns(answer));
            }
            Question::KeepChoice { choice, .. } => {
                self.choices.push(choice);
                self.answer(Duration::ZERO, id, Answer::Done(Ok(())));
            }
            Question::KeepDiscovery(change) => {
                self.keep(&change);
                self.answer(Duration::ZERO, id, Answer::Done(Ok(())));
            }
            Question::Password { .. } if self.password.is_empty() => {
                let nobody = offhook::engine::ask::NoPassword::AskUser;
                self.answer(Duration::ZERO, id, Answer::Password(Err(nobody)));
            }
            Question::Password { .. } => {
                let password = Secret::new(self.password.clone());
                self.answer(Duration::ZERO, id, Answer::Password(Ok(password)));
            }
            Question::Store(question) => {
                let nothing = match question {
                    StoreQuestion::Outstanding { .. } | StoreQuestion::Undelivered { .. } => StoreAnswer::Outstanding(vec![]),
                    StoreQuestion::ArchivePosition { .. } => StoreAnswer::ArchivePosition { last: None, newest: None },
                    _ => StoreAnswer::Done,
                };
                self.answer(Duration::ZERO, id, Answer::Store(Ok(nothing)));
            }
            _ => {}
        }
    }

    fn keep(&mut self, change: &CacheChange) {
        self.cache.apply(change);
        self.changes.push(change.clone());
    }

    fn look(&mut self, question: signin::Question) -> (Duration, signin::Answer) {
        let nobody = "the network is unreachable";
        match question {
            signin::Question::Dns { question, .. } if self.cut_off => {
                self.asked.push((self.now, format!("{question:?}")));
                (Duration::ZERO, signin::Answer::Dns(dns::Answer::Failed(nobody.into())))
            }
            signin::Question::Http(request) if self.cut_off => {
                self.asked.push((self.now, format!("{} {}", request.method.as_str(), request.url)));
                let answer = Err(Failure::Unreachable(nobody.into()));
                (Duration::ZERO, signin::Answer::Http { answer, certificate: None })
            }
            signin::Question::Dns { question, .. } => {
                self.asked.push((self.now, format!("{question:?}")));
                let (delay, answer) = self.deployment.dns(&question);
                (delay, signin::Answer::Dns(answer))
            }
            signin::Question::Http(request) => {
                self.asked.push((self.now, format!("{} {}", request.method.as_str(), request.url)));
                let (delay, answer) = self.deployment.http(self.now, &request);
                (delay, signin::Answer::Http { answer, certificate: None })
            }
            signin::Question::Tftp { server, port, file, deadline, limit } => {
                self.asked.push((self.now, format!("RRQ tftp://{server}:{port}/{file}")));
                let (delay, answer) = self.deployment.tftp(&file, deadline, limit);
                (delay, signin::Answer::Tftp(answer))
            }
        }
    }
}
