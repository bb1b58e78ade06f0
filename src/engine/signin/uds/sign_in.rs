//! [`CucmSignIn`]: home cluster → nodes → password → user → service profile, client configuration and devices → device
//! configuration (the third guide's "UDS SRV Record Login Flow"; on the wire, fact sheet §3, §5 to §7).
//!
//! The nodes of UDS are asked one after the other, the one first that has answered last, so that one connection carries
//! them all. Credentials go to the node that is asked and nowhere else; what a server names is asked about where it lies
//! outside ([`consent`](super::consent)). A refused password is never sent again.

use super::agreeing::{self, Agreeing};
use super::conclude::Gathered;
use super::consent::Consent;
use super::files::{self, File};
use super::gathering::Gathering;
use super::interface::{CucmIn, CucmOut, CucmStart};
use super::nodes::{Next, Nodes};
use super::questions::{About, Questions};
use crate::engine::event::{NoticeLevel, Problem};
use crate::engine::signin::{Question, Server};
use crate::machine::{Machine, Moment, Secret, Wake};
use crate::protocol::cisco::DeviceConfig;
use crate::protocol::cisco::uds::{Device, Resource};
use crate::protocol::http::{Credentials, Request};
use std::collections::VecDeque;
use std::time::Duration;

/// A node of UDS answers within this time, or the next is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
    Idle,
    /// Where the user is at home.
    Home(Nodes),
    /// Which nodes that cluster has.
    Cluster(Nodes),
    /// The password is awaited.
    Password,
    /// Who the user is, and whether the password is right.
    User(Nodes),
    /// What the user has, all at once.
    Gathering(Box<Gathering>),
    /// The user chooses a device.
    Choosing(Vec<Device>),
    /// Where the configuration of this device is.
    Locating(Device, Nodes),
    /// It.
    Fetching(Device, Box<File<DeviceConfig>>),
    /// What was found is agreed to, host by host.
    Agreeing(Box<Agreeing>),
    Over,
}

/// The sign-in of one user at Cisco Unified Communications Manager.
#[derive(Debug)]
pub struct CucmSignIn {
    pub(super) start: CucmStart,
    pub(super) consent: Consent,
    pub(super) stage: Stage,
    pub(super) questions: Questions,
    pub(super) password: Option<Secret>,
    /// Never sent again.
    pub(super) refused: Option<Secret>,
    pub(super) password_since: Moment,
    pub(super) gathered: Gathered,
    pub(super) out: VecDeque<CucmOut>,
}

impl CucmSignIn {
    /// Will sign in as `start` says.
    #[must_use]
    pub fn new(start: CucmStart) -> CucmSignIn {
        let domains = [Some(start.domain.as_str()), start.voice_domain.as_deref()];
        let domains: Vec<_> = domains.into_iter().flatten().collect();
        let mut consent = Consent::new(&domains, start.agreed_hosts.clone(), start.allow_cleartext);
        consent.trust(&start.targets);
        let gathered = Gathered {
            user_name: start.user.clone(),
            domain: start.domain.clone(),
            without_phone: start.without_phone,
            ..Gathered::default()
        };
        CucmSignIn {
            start,
            consent,
            stage: Stage::Idle,
            questions: Questions::default(),
            password: None,
            refused: None,
            password_since: Moment::START,
            gathered,
            out: VecDeque::new(),
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Does what can be done until something is awaited.
    pub(super) fn advance(&mut self, now: Moment) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Home(mut nodes) => {
                let user = self.start.user.clone();
                let waits = self.ask_node(now, About::Home, &Resource::ClusterUser(&user), &mut nodes);
                if waits { self.stage = Stage::Home(nodes) } else { self.fail(nodes.why()) }
            }
            Stage::Cluster(mut nodes) => {
                if self.ask_node(now, About::Servers, &Resource::Servers, &mut nodes) {
                    self.stage = Stage::Cluster(nodes);
                } else {
                    self.list_missing(now, &nodes);
                }
            }
            Stage::User(mut nodes) => {
                let user = self.start.user.clone();
                let waits = self.ask_node(now, About::User, &Resource::User(&user), &mut nodes);
                if waits { self.stage = Stage::User(nodes) } else { self.fail(nodes.why()) }
            }
            Stage::Gathering(gathering) => self.gather(now, gathering),
            Stage::Locating(device, mut nodes) => {
                let (user, id) = (self.start.user.clone(), device.id.clone().unwrap_or_default());
                if !id.is_empty() && self.ask_node(now, About::Device, &Resource::Device(&user, &id), &mut nodes) {
                    self.stage = Stage::Locating(device, nodes);
                } else {
                    self.fetch(now, device);
                }
            }
            Stage::Fetching(device, mut file) => {
                if self.ask_place(now, About::DeviceConfig, &mut file) {
                    self.stage = Stage::Fetching(device, file);
                } else {
                    let config = self.file_or_notice(*file, About::DeviceConfig, true);
                    self.gathered.device = config.map(|config| (device.name, config));
                    self.conclude(now);
                }
            }
            Stage::Agreeing(agreeing) => self.agree(agreeing),
            stage @ (Stage::Idle | Stage::Password | Stage::Choosing(_) | Stage::Over) => self.stage = stage,
        }
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.end();
        self.out.push_back(CucmOut::Failed(problem));
    }

    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
        self.questions.forget();
        self.password = None;
    }

    pub(super) fn notice(&mut self, level: NoticeLevel, problem: Problem) {
        self.out.push_back(CucmOut::Notice(level, problem));
    }

    fn agree(&mut self, mut agreeing: Box<Agreeing>) {
        loop {
            match agreeing.next(&mut self.consent) {
                agreeing::Next::AskHost(host, purpose) => self.out.push_back(CucmOut::AskHost { host, purpose }),
                agreeing::Next::AskClear(leg) => self.out.push_back(CucmOut::AskClear(leg)),
                agreeing::Next::Wait => {}
                agreeing::Next::LeftOut(problem) => {
                    self.notice(NoticeLevel::Warning, problem);
                    continue;
                }
                agreeing::Next::Over => {
                    self.end();
                    self.out.push_back(CucmOut::SignedIn(Box::new(agreeing.result())));
                    return;
                }
            }
            self.stage = Stage::Agreeing(agreeing);
            return;
        }
    }

    /// Asks the next node unless one is being asked; false where nobody is left.
    pub(super) fn ask_node(&mut self, now: Moment, about: About, resource: &Resource<'_>, nodes: &mut Nodes) -> bool {
        if self.questions.is_open(about) {
            return true;
        }
        loop {
            let server = match nodes.next(&mut self.consent) {
                Next::Ask(server) => server,
                Next::AskHost(host) => {
                    self.out.push_back(CucmOut::AskHost { host, purpose: about.what() });
                    return true;
                }
                Next::Wait => return true,
                Next::Nobody => return false,
            };
            let Some(url) = resource.on(&server.host, server.port) else { continue };
            let password = self.password.clone().filter(|_| about.needs_password());
            let credentials = password.map(|password| Credentials { user: self.start.user.clone(), password });
            let question = Question::Http(Request { credentials, ..Request::get(url, PATIENCE) });
            self.ask(now, about, server, question);
            return true;
        }
    }

    /// Asks the next place for a file unless one is being asked; false where it was had or is nowhere.
    pub(super) fn ask_place<T>(&mut self, now: Moment, about: About, file: &mut File<T>) -> bool {
        match file.next(&mut self.consent) {
            files::Next::Ask(place) => {
                let question = place.question();
                self.ask(now, about, place.server, question);
            }
            files::Next::AskHost(host) => self.out.push_back(CucmOut::AskHost { host, purpose: about.what() }),
            files::Next::AskClear(leg) => self.out.push_back(CucmOut::AskClear(leg)),
            files::Next::Wait => {}
            files::Next::Over => return false,
        }
        true
    }

    pub(super) fn ask(&mut self, now: Moment, about: About, server: Server, question: Question) {
        let (id, step, question) = self.questions.ask(now, about, server, question, &self.consent);
        self.out.push_back(CucmOut::Step(step));
        self.out.push_back(CucmOut::Ask(id, question));
    }
}

impl Machine for CucmSignIn {
    type Input = CucmIn;
    type Output = CucmOut;

    fn handle(&mut self, now: Moment, input: CucmIn) {
        match input {
            CucmIn::Start => {
                if matches!(self.stage, Stage::Idle) {
                    self.stage = Stage::Home(Nodes::new(self.start.targets.iter().map(|target| target.server.clone())));
                }
            }
            CucmIn::Answered(id, answer) => return self.answered(now, id, answer),
            CucmIn::Password(password) => self.password_given(now, password),
            CucmIn::Host { host, allowed } => self.consent.answer_host(&host, allowed),
            CucmIn::Clear(allowed) => self.consent.answer_clear(allowed),
            CucmIn::Device(name) => self.device_chosen(now, &name),
            CucmIn::NoDevice => {
                if matches!(self.stage, Stage::Choosing(_)) {
                    return self.conclude(now);
                }
            }
            CucmIn::Cancel => {
                self.end();
                self.out.clear();
            }
        }
        self.advance(now);
    }

    fn expire(&mut self, now: Moment) {
        for (id, answer) in self.questions.overdue(now) {
            self.answered(now, id, answer);
        }
    }

    fn poll(&mut self) -> Option<CucmOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.questions.wake()
    }
}
