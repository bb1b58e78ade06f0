//! The sign-in of one account by address, from the first question to the services that were found: the decision
//! ([`Discovery`]), beside it what needs no credential at Communications Manager, then the sign-in there, or at the presence
//! server, which goes on giving one-time passwords.
//!
//! It starts neither chat nor phone: it says what the account has, and whoever owns the parts starts them. Without a screen
//! nobody is asked anything: what would be asked about is refused, and named.

mod again;
mod begin;
mod clear;
mod standard;
mod voice;

use super::cup::{CupOut, Token};
use super::deployment::Deployment;
use super::discovery::{Discovery, DiscoveryIn, DiscoveryOut, Purpose};
use super::found::Found;
use super::launch::Launch;
use super::remembered::Names;
use super::server::Server;
pub use super::services::Services;
use super::standards::Standards;
use super::uds::{ClearLeg, CucmIn, CucmOut};
use super::wants::{self, Wants};
use super::warm::Warm;
use super::{Answer, CacheChange, Question};
use crate::engine::ask::AskId;
use crate::engine::event::{AdvancedSettings, Decision, NoticeLevel, Problem, SignInAsk, SignInReply, Source, Step};
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::http;
use standard::OnStandards;
use std::collections::{BTreeMap, VecDeque};

/// What may happen to it.
#[derive(Clone, Debug)]
pub enum SessionIn {
    /// Begin.
    Start,
    /// A question is answered.
    Answered(AskId, Answer),
    /// The password, after [`SessionOut::NeedPassword`].
    Password(Secret),
    /// The user has answered what was asked of them.
    Reply(SignInReply),
    /// The machine has another network.
    NetworkChanged,
    /// A server that was found could not be connected to.
    Unreachable,
    /// Chat wants a one-time password of this node.
    Renew {
        /// Which.
        node: Server,
        /// By a new session.
        fresh: bool,
    },
    /// A server that was found has refused the password.
    Refused,
    /// Chat and calls on open standards have found their servers by these names.
    Named(Names),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionOut {
    /// Find out, and answer under this id.
    Ask(AskId, Question),
    /// Keep this for later launches.
    Keep(CacheChange),
    /// How a step stands now.
    Step(Step),
    /// It is decided.
    Decided(Decision),
    /// The password is wanted; the last one may have been refused.
    NeedPassword {
        /// The last one was refused.
        refused: bool,
    },
    /// The user is asked.
    AskUser(SignInAsk),
    /// Nobody could be asked, and so it was refused: this, and how to agree to it.
    Refused(Problem),
    /// The user should know.
    Notice(NoticeLevel, Problem),
    /// This is what the account has. What follows is only whether it still holds.
    Found(Box<Services>),
    /// It cannot go on.
    Failed(Problem),
    /// What stands ready in Advanced Settings from now on.
    Advanced(AdvancedSettings),
    /// The answer to [`SessionIn::Renew`].
    Token(Result<Token, Problem>),
}

/// Which of the two has asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Discovery,
    Deployment,
    Standards,
}

/// What the user has said of legs in clear, beside what the account allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clear {
    /// Nothing yet.
    Unsaid,
    /// They were asked before anything else; nothing has begun.
    Asked,
    /// They do not want any, and are not asked again.
    Refused,
}

/// One sign-in by address.
#[derive(Debug)]
pub struct Session {
    launch: Launch,
    wants: Wants,
    discovery: Discovery,
    deployment: Option<Deployment>,
    decided: bool,
    /// The source that has decided.
    source: Option<Source>,
    /// What the last sign-in has found is used, and checked beside.
    warm: Option<Warm>,
    /// What was found on open standards, and who asks for their records.
    standard: Option<OnStandards>,
    standards: Option<Standards>,
    chance: Chance,
    /// The password, for the check.
    password: Option<Secret>,
    /// The last one was refused.
    refused: bool,
    /// What the user has said of legs in clear.
    clear: Clear,
    /// Something was refused: what is found is not all that there is, and is not kept.
    partial: bool,
    /// Questions are numbered from here on, for both.
    next: u64,
    askers: BTreeMap<AskId, (Asker, AskId)>,
    out: VecDeque<SessionOut>,
}

impl Session {
    /// One that numbers its questions from `first_ask`.
    #[must_use]
    pub fn new(launch: Launch, wants: Wants, mut chance: Chance, first_ask: u64) -> Session {
        Session {
            discovery: Discovery::new(launch.clone(), Purpose::SignIn, chance.fork(), 1),
            launch,
            wants,
            deployment: None,
            decided: false,
            source: None,
            warm: None,
            standard: None,
            standards: None,
            chance: chance.fork(),
            password: None,
            refused: false,
            clear: Clear::Unsaid,
            partial: !wants.phone,
            next: first_ask,
            askers: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// Whether the password was accepted by whoever says who the user is: what was remembered begins before that.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.warm.is_none()
    }

    /// The first number that no question of it has.
    #[must_use]
    pub fn next_ask(&self) -> u64 {
        self.next
    }

    fn ask(&mut self, asker: Asker, id: AskId, question: Question) {
        let ours = AskId(self.next);
        self.next += 1;
        self.askers.insert(ours, (asker, id));
        self.out.push_back(SessionOut::Ask(ours, question));
    }

    /// Hears both until neither has more to say.
    fn settle(&mut self, now: Moment) {
        loop {
            if let Some(said) = self.discovery.poll() {
                self.hear_discovery(now, said);
            } else if let Some(said) = self.deployment.as_mut().and_then(Deployment::poll) {
                match said {
                    CupOut::Sign(said) => self.hear_sign_in(now, said),
                    CupOut::Advanced(settings) => self.out.push_back(SessionOut::Advanced(settings)),
                    CupOut::Token(token) => self.out.push_back(SessionOut::Token(token)),
                }
            } else if let Some(said) = self.standards.as_mut().and_then(Machine::poll) {
                self.hear_standards(said);
            } else {
                break;
            }
        }
    }

    fn hear_discovery(&mut self, now: Moment, said: DiscoveryOut) {
        match said {
            DiscoveryOut::Ask(id, question) => self.ask(Asker::Discovery, id, question),
            DiscoveryOut::Step(step) => self.out.push_back(SessionOut::Step(step)),
            DiscoveryOut::Keep(change) => self.out.push_back(SessionOut::Keep(change)),
            DiscoveryOut::Provisional(targets) => self.begin_cucm(now, targets),
            DiscoveryOut::Decided(decision, found) => {
                (self.decided, self.source) = (true, decision.source);
                self.out.push_back(SessionOut::Decided(decision));
                self.follow(now, found);
            }
            DiscoveryOut::Changed(decision, found) => {
                match &found {
                    Found::Standard { chat, phone } => self.standards_changed(Some((chat, phone))),
                    _ => self.standards_changed(None),
                }
                self.changed(decision.rule.trim_end_matches('.'));
            }
        }
    }

    fn changed(&mut self, what: &str) {
        let problem = Problem::local(format!("Configuration changes detected: {what}."), "Sign out and in again to use them.");
        self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
    }

    fn found(&mut self, services: Services) {
        self.out.push_back(SessionOut::Found(Box::new(services)));
    }

    fn fail(&mut self, problem: Problem) {
        self.out.push_back(SessionOut::Failed(problem));
    }

    /// The question with what its answer must prove. A host that lies outside of the domains is not asked before the user has
    /// agreed to it, and nothing goes in clear before they have agreed to that: then the host itself is what they meant.
    fn guarded(&self, question: Question) -> Question {
        let Question::Http(mut request) = question else { return question };
        let domains: Vec<String> =
            [Some(&self.launch.domain), self.launch.voice_domain.as_ref()].into_iter().flatten().cloned().collect();
        let host = Server::new(request.url.host_str().unwrap_or_default(), 0);
        request.names =
            if domains.iter().any(|domain| host.is_within(domain)) { http::Names::Domains(domains) } else { http::Names::Host };
        request.clear = request.url.scheme() == "http";
        Question::Http(request)
    }

    fn tell(&mut self, now: Moment, input: CucmIn) {
        if let Some(deployment) = &mut self.deployment {
            deployment.handle(now, input);
        }
    }

    fn hear_sign_in(&mut self, now: Moment, said: CucmOut) {
        match said {
            CucmOut::Ask(id, question) => {
                let question = self.guarded(question);
                self.ask(Asker::Deployment, id, question);
            }
            CucmOut::Step(step) => self.out.push_back(SessionOut::Step(step)),
            CucmOut::NeedPassword { refused, .. } if self.decided => self.need_password(now, refused),
            CucmOut::NeedPassword { refused, .. } => {
                if let Some(deployment) = &mut self.deployment {
                    deployment.waits = Some(refused);
                }
            }
            CucmOut::AskHost { host, purpose } if self.wants.asks_user => {
                self.out.push_back(SessionOut::AskUser(SignInAsk::Host { host, purpose: purpose.to_owned() }));
            }
            CucmOut::AskHost { host, purpose } => {
                self.partial = true;
                self.out.push_back(SessionOut::Refused(wants::host_refused(&self.launch, &host, purpose)));
                self.tell(now, CucmIn::Host { host, allowed: false });
            }
            CucmOut::AskClear(ClearLeg { leg, why }) if self.wants.asks_user && self.clear != Clear::Refused => {
                self.out.push_back(SessionOut::AskUser(SignInAsk::Clear { leg, why }));
            }
            CucmOut::AskClear(ClearLeg { leg, .. }) => {
                self.partial = true;
                self.out.push_back(SessionOut::Refused(wants::clear_refused(&self.launch, &leg)));
                self.tell(now, CucmIn::Clear(false));
            }
            CucmOut::ChooseDevice(devices) if self.wants.asks_user => {
                self.out.push_back(SessionOut::AskUser(SignInAsk::Device(devices)));
            }
            CucmOut::ChooseDevice(devices) => {
                self.partial = true;
                self.out.push_back(SessionOut::Refused(wants::device_not_chosen(&self.launch, &devices)));
                self.tell(now, CucmIn::NoDevice);
            }
            CucmOut::Notice(level, problem) => self.out.push_back(SessionOut::Notice(level, problem)),
            CucmOut::SignedIn(signed_in) => self.signed_in(*signed_in),
            CucmOut::Failed(problem) if self.decided => self.sign_in_failed(now, problem),
            // Nothing is decided yet: what is decided then begins anew.
            CucmOut::Failed(_) => self.deployment = None,
        }
    }
}

impl Machine for Session {
    type Input = SessionIn;
    type Output = SessionOut;

    fn handle(&mut self, now: Moment, input: SessionIn) {
        match input {
            SessionIn::Start => self.start(now),
            SessionIn::Answered(id, answer) => match self.askers.remove(&id) {
                Some((Asker::Discovery, id)) => self.discovery.handle(now, DiscoveryIn::Answered(id, answer)),
                Some((Asker::Deployment, id)) => self.tell(now, CucmIn::Answered(id, answer)),
                Some((Asker::Standards, id)) => {
                    if let Some(standards) = &mut self.standards {
                        standards.handle(now, (id, answer));
                    }
                }
                None => {}
            },
            SessionIn::Password(password) => self.password(now, password),
            SessionIn::Reply(SignInReply::Host { host, allowed }) => {
                self.partial |= !allowed;
                self.tell(now, CucmIn::Host { host, allowed });
            }
            SessionIn::Reply(SignInReply::Clear(allowed)) => self.said_of_clear(now, allowed),
            SessionIn::Reply(SignInReply::Device(name)) => self.tell(now, CucmIn::Device(name)),
            SessionIn::NetworkChanged => self.discovery.handle(now, DiscoveryIn::NetworkChanged),
            SessionIn::Unreachable => self.unreachable(now),
            SessionIn::Renew { node, fresh } => self.renew(now, node, fresh),
            // It would be refused by those who are asked beside, too: each refusal brings the account nearer to its lock.
            SessionIn::Refused if self.warm.as_ref().is_some_and(Warm::is_due) => self.need_password(now, true),
            SessionIn::Refused => {}
            SessionIn::Named(names) => self.named(names),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.discovery.expire(now);
        if let Some(whom) = self.warm.as_mut().and_then(|warm| warm.check(now)) {
            self.check(now, whom);
        }
        if let Some(deployment) = &mut self.deployment {
            deployment.expire(now);
        }
        if let Some(standards) = &mut self.standards {
            standards.expire(now);
        }
        self.settle(now);
    }

    fn poll(&mut self) -> Option<SessionOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let asking = Wake::sooner(self.discovery.wake(), self.deployment.as_ref().and_then(Deployment::wake));
        let standards = self.standards.as_ref().and_then(Machine::wake);
        Wake::sooner(Wake::sooner(asking, standards), self.warm.as_ref().and_then(Warm::wake))
    }
}
