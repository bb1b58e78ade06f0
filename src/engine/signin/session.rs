//! The sign-in of one account by address, from the first question to the services that were found: the decision
//! ([`Discovery`]), beside it what needs no credential at Communications Manager, then the sign-in there ([`CucmSignIn`]).
//!
//! It starts neither chat nor phone: it says what the account has, and whoever owns the parts starts them. Without a screen
//! nobody is asked anything: what would be asked about is refused, and named.

use super::discovery::{Discovery, DiscoveryIn, DiscoveryOut, Purpose};
use super::found::Found;
use super::launch::{Launch, Manual};
use super::server::{Server, Target};
use super::uds::{CucmIn, CucmOut, CucmSignIn, CucmStart, DevicePhone, SignedIn, VoicemailService};
use super::{Answer, CacheChange, Question};
use crate::engine::ask::AskId;
use crate::engine::event::{
    Authenticator, Decision, DeviceChoice, NoticeLevel, Problem, ProblemKind, ProductMode, SignInAsk, SignInReply, Step,
};
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::http::Names;
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
    /// None of the servers that were found could be reached.
    Unreachable,
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
    /// The user should know.
    Notice(NoticeLevel, Problem),
    /// This is what the account has. What follows is only whether it still holds.
    Found(Box<Services>),
    /// It cannot go on.
    Failed(Problem),
}

/// What an account by address has.
#[derive(Clone, Debug, PartialEq)]
pub enum Services {
    /// At Communications Manager and IM and Presence.
    Deployment(SignedIn),
    /// On open standards: the address is the JID and, where there is SIP, the SIP address.
    Standard {
        /// There is SIP.
        phone: bool,
    },
}

impl Services {
    /// What the client is for this user.
    #[must_use]
    pub fn product_mode(&self) -> ProductMode {
        match self {
            Services::Deployment(signed_in) => signed_in.product_mode,
            Services::Standard { phone: true } => ProductMode::FullUc,
            Services::Standard { phone: false } => ProductMode::ImOnly,
        }
    }

    /// The device that calls go through, where there is one.
    #[must_use]
    pub fn device(&self) -> Option<&DevicePhone> {
        match self {
            Services::Deployment(signed_in) => signed_in.phone.as_ref(),
            Services::Standard { .. } => None,
        }
    }

    /// The voicemail, where there is one.
    #[must_use]
    pub fn voicemail(&self) -> Option<&VoicemailService> {
        match self {
            Services::Deployment(signed_in) => signed_in.voicemail.as_ref(),
            Services::Standard { .. } => None,
        }
    }
}

/// Which of the two has asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Discovery,
    Cucm,
}

/// The sign-in at Communications Manager, and whether it may have the password yet.
#[derive(Debug)]
struct Cucm {
    machine: CucmSignIn,
    targets: Vec<Target>,
    /// Its step after the decision waits for the decision.
    waits: Option<bool>,
}

/// One sign-in by address.
#[derive(Debug)]
pub struct Session {
    launch: Launch,
    /// Somebody looks at a screen, and can be asked.
    asks_user: bool,
    discovery: Discovery,
    cucm: Option<Cucm>,
    decided: bool,
    /// Questions are numbered from here on, for both.
    next: u64,
    askers: BTreeMap<AskId, (Asker, AskId)>,
    out: VecDeque<SessionOut>,
}

impl Session {
    /// One that numbers its questions from `first_ask`.
    #[must_use]
    pub fn new(launch: Launch, asks_user: bool, mut chance: Chance, first_ask: u64) -> Session {
        Session {
            discovery: Discovery::new(launch.clone(), Purpose::SignIn, chance.fork(), 1),
            launch,
            asks_user,
            cucm: None,
            decided: false,
            next: first_ask,
            askers: BTreeMap::new(),
            out: VecDeque::new(),
        }
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
            } else if let Some(said) = self.cucm.as_mut().and_then(|cucm| cucm.machine.poll()) {
                self.hear_cucm(now, said);
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
                self.decided = true;
                self.out.push_back(SessionOut::Decided(decision));
                self.follow(now, found);
            }
            DiscoveryOut::Changed(decision, _) => {
                let what = format!("Configuration changes detected: {}.", decision.rule.trim_end_matches('.'));
                let problem = Problem::local(what, "Sign out and in again to use them.");
                self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
            }
        }
    }

    /// What was decided is done.
    fn follow(&mut self, now: Moment, found: Found) {
        match found {
            Found::Uds(targets) => self.sign_in_at(now, targets),
            Found::Manual(Manual::Cucm { server }) => self.sign_in_at(now, vec![Target { server, ask_first: false }]),
            Found::Standard { phone, .. } => self.found(Services::Standard { phone: !phone.is_empty() }),
            Found::Manual(Manual::Standard) => self.found(Services::Standard { phone: false }),
            other => self.fail(unavailable(other.authenticator(), &other)),
        }
    }

    fn found(&mut self, services: Services) {
        self.out.push_back(SessionOut::Found(Box::new(services)));
    }

    fn fail(&mut self, problem: Problem) {
        self.out.push_back(SessionOut::Failed(problem));
    }

    /// Goes on with what has begun before the decision, where it has begun at the same nodes.
    fn sign_in_at(&mut self, now: Moment, targets: Vec<Target>) {
        if self.cucm.as_ref().is_none_or(|cucm| cucm.targets != targets || cucm.machine.is_over()) {
            self.begin_cucm(now, targets);
        }
        if let Some(refused) = self.cucm.as_mut().and_then(|cucm| cucm.waits.take()) {
            self.out.push_back(SessionOut::NeedPassword { refused });
        }
    }

    fn begin_cucm(&mut self, now: Moment, targets: Vec<Target>) {
        let Launch { user, domain, voice_domain, allow_cleartext, tftp_port, .. } = self.launch.clone();
        let start = CucmStart {
            user,
            domain,
            voice_domain,
            targets: targets.clone(),
            allow_cleartext,
            tftp_port,
            ..CucmStart::default()
        };
        let mut machine = CucmSignIn::new(start);
        machine.handle(now, CucmIn::Start);
        // What the former one has asked is answered to nobody.
        self.askers.retain(|_, (asker, _)| *asker != Asker::Cucm);
        self.cucm = Some(Cucm { machine, targets, waits: None });
    }

    /// The question with what its answer must prove. A host that lies outside of the domains is not asked before the user has
    /// agreed to it, and nothing goes in clear before they have agreed to that: then the host itself is what they meant.
    fn guarded(&self, question: Question) -> Question {
        let Question::Http(mut request) = question else { return question };
        let domains: Vec<String> =
            [Some(&self.launch.domain), self.launch.voice_domain.as_ref()].into_iter().flatten().cloned().collect();
        let host = Server::new(request.url.host_str().unwrap_or_default(), 0);
        request.names = if domains.iter().any(|domain| host.is_within(domain)) { Names::Domains(domains) } else { Names::Host };
        request.clear = request.url.scheme() == "http";
        Question::Http(request)
    }

    fn tell_cucm(&mut self, now: Moment, input: CucmIn) {
        if let Some(cucm) = &mut self.cucm {
            cucm.machine.handle(now, input);
        }
    }

    fn hear_cucm(&mut self, now: Moment, said: CucmOut) {
        match said {
            CucmOut::Ask(id, question) => {
                let question = self.guarded(question);
                self.ask(Asker::Cucm, id, question);
            }
            CucmOut::Step(step) => self.out.push_back(SessionOut::Step(step)),
            CucmOut::NeedPassword { refused, .. } if self.decided => {
                self.out.push_back(SessionOut::NeedPassword { refused });
            }
            CucmOut::NeedPassword { refused, .. } => {
                if let Some(cucm) = &mut self.cucm {
                    cucm.waits = Some(refused);
                }
            }
            CucmOut::AskHost { host, purpose } if self.asks_user => {
                self.out.push_back(SessionOut::AskUser(SignInAsk::Host { host, purpose: purpose.to_owned() }));
            }
            CucmOut::AskHost { host, purpose } => {
                let what = format!("{host}, named for {purpose}, lies outside the domains of the services and was not asked.");
                let problem = Problem::new(ProblemKind::Untrusted, what, "Sign in once on the screen to decide about it.");
                self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
                self.tell_cucm(now, CucmIn::Host { host, allowed: false });
            }
            CucmOut::AskClear { leg } if self.asks_user => self.out.push_back(SessionOut::AskUser(SignInAsk::Clear { leg })),
            CucmOut::AskClear { leg } => {
                let what = format!("{leg} would go in clear, and this account does not allow it.");
                let problem = Problem::new(ProblemKind::Clear, what, "Allow it with --allow-cleartext where that is right.");
                self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
                self.tell_cucm(now, CucmIn::Clear(false));
            }
            CucmOut::ChooseDevice(devices) if self.asks_user => {
                let choice =
                    |device: super::uds::DeviceChoice| DeviceChoice { name: device.name, description: device.description };
                let devices = devices.into_iter().map(choice).collect();
                self.out.push_back(SessionOut::AskUser(SignInAsk::Device(devices)));
            }
            CucmOut::ChooseDevice(devices) => {
                let Some(first) = devices.first() else { return };
                let what = format!("There are {} softphones; {} is used.", devices.len(), first.name);
                self.out.push_back(SessionOut::Notice(NoticeLevel::Info, Problem::local(what, "")));
                self.tell_cucm(now, CucmIn::Device(first.name.clone()));
            }
            CucmOut::Notice(level, problem) => self.out.push_back(SessionOut::Notice(level, problem)),
            CucmOut::SignedIn(signed_in) => self.found(Services::Deployment(*signed_in)),
            CucmOut::Failed(problem) if self.decided => self.fail(problem),
            // Nothing is decided yet: what is decided then begins anew.
            CucmOut::Failed(_) => self.cucm = None,
        }
    }
}

/// Why what was decided cannot be done.
fn unavailable(authenticator: Authenticator, found: &Found) -> Problem {
    let what = match (authenticator, found) {
        (_, Found::Edge(_)) => "The services are behind an edge: sign-in from outside is not available yet.",
        (Authenticator::WebexMessenger | Authenticator::WebexPlatform, _) => {
            "Webex organisation: sign-in is not available yet."
        }
        (Authenticator::Cup, _) => "Sign-in at IM and Presence itself is not available yet.",
        (Authenticator::Cucm, _) => "Phone mode of Communications Manager 8.x is not available yet.",
        (Authenticator::Standard | Authenticator::Ask, _) => {
            "Nobody in the DNS or in the settings says where this address signs in."
        }
    };
    Problem::new(ProblemKind::Unreachable, what, "Check the address, or choose the authenticator in the settings.")
}

impl Machine for Session {
    type Input = SessionIn;
    type Output = SessionOut;

    fn handle(&mut self, now: Moment, input: SessionIn) {
        match input {
            SessionIn::Start => self.discovery.handle(now, DiscoveryIn::Start),
            SessionIn::Answered(id, answer) => match self.askers.remove(&id) {
                Some((Asker::Discovery, id)) => self.discovery.handle(now, DiscoveryIn::Answered(id, answer)),
                Some((Asker::Cucm, id)) => self.tell_cucm(now, CucmIn::Answered(id, answer)),
                None => {}
            },
            SessionIn::Password(password) => self.tell_cucm(now, CucmIn::Password(password)),
            SessionIn::Reply(SignInReply::Host { host, allowed }) => self.tell_cucm(now, CucmIn::Host { host, allowed }),
            SessionIn::Reply(SignInReply::Clear(allowed)) => self.tell_cucm(now, CucmIn::Clear(allowed)),
            SessionIn::Reply(SignInReply::Device(name)) => self.tell_cucm(now, CucmIn::Device(name)),
            SessionIn::NetworkChanged => self.discovery.handle(now, DiscoveryIn::NetworkChanged),
            SessionIn::Unreachable => self.discovery.handle(now, DiscoveryIn::Unreachable),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.discovery.expire(now);
        if let Some(cucm) = &mut self.cucm {
            cucm.machine.expire(now);
        }
        self.settle(now);
    }

    fn poll(&mut self) -> Option<SessionOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        Wake::sooner(self.discovery.wake(), self.cucm.as_ref().and_then(|cucm| cucm.machine.wake()))
    }
}
