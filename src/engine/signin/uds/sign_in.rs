//! [`CucmSignIn`]: home cluster → nodes → password → user → service profile, client configuration and devices → device
//! configuration (the third guide's "UDS SRV Record Login Flow"; on the wire, fact sheet §3, §5 to §7).
//!
//! The nodes of UDS are asked one after the other, the one first that has answered last, so that one connection carries
//! them all. Credentials go to the node that is asked and nowhere else; what a server names is asked about where it lies
//! outside ([`consent`](super::consent)). A refused password is never sent again.

use super::agreeing::Agreeing;
use super::asking::Asking;
use super::conclude::Gathered;
use super::consent::Consent;
use super::files::File;
use super::gathering::Gathering;
use super::interface::{CucmIn, CucmOut, CucmStart};
use super::nodes::Nodes;
use super::questions::About;
use crate::engine::event::Problem;
use crate::engine::signin::Question;
use crate::machine::{Machine, Moment, Wake};
use crate::protocol::cisco::DeviceConfig;
use crate::protocol::cisco::uds::{Device, Resource};
use crate::protocol::http::{Credentials, Request};
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
    pub(super) asking: Asking<CucmOut>,
    pub(super) stage: Stage,
    pub(super) gathered: Gathered,
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
        CucmSignIn { start, asking: Asking::new(consent), stage: Stage::Idle, gathered }
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
                if self.asking.ask_place(now, About::DeviceConfig, &mut file) {
                    self.stage = Stage::Fetching(device, file);
                } else {
                    let config = self.file_or_notice(*file, Some(About::DeviceConfig));
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
        self.asking.say(CucmOut::Failed(problem));
    }

    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
        self.asking.end();
    }

    fn agree(&mut self, mut agreeing: Box<Agreeing>) {
        if !self.asking.agree(&mut agreeing) {
            self.stage = Stage::Agreeing(agreeing);
            return;
        }
        self.end();
        self.asking.say(CucmOut::SignedIn(Box::new(agreeing.result())));
    }

    /// Asks the next node for this unless one is being asked; false where nobody is left.
    pub(super) fn ask_node(&mut self, now: Moment, about: About, resource: &Resource<'_>, nodes: &mut Nodes) -> bool {
        let password = self.asking.password.clone().filter(|_| about.needs_password());
        let credentials = password.map(|password| Credentials { user: self.start.user.clone(), password });
        self.asking.ask_node(now, about, nodes, |server| {
            let url = resource.on(&server.host, server.port)?;
            Some(Question::Http(Request { credentials: credentials.clone(), ..Request::get(url, PATIENCE) }))
        })
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
            CucmIn::Host { host, allowed } => self.asking.consent.answer_host(&host, allowed),
            CucmIn::Clear(allowed) => self.asking.consent.answer_clear(allowed),
            CucmIn::Device(name) => self.device_chosen(now, &name),
            CucmIn::NoDevice => {
                if matches!(self.stage, Stage::Choosing(_)) {
                    return self.conclude(now);
                }
            }
            CucmIn::Cancel => {
                self.end();
                self.asking.hush();
            }
        }
        self.advance(now);
    }

    fn expire(&mut self, now: Moment) {
        for (id, answer) in self.asking.questions.overdue(now) {
            self.answered(now, id, answer);
        }
    }

    fn poll(&mut self) -> Option<CucmOut> {
        self.asking.poll()
    }

    fn wake(&self) -> Option<Wake> {
        self.asking.questions.wake()
    }
}
