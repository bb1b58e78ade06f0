//! The sign-in of an account by address as one of its parts: it turns what the [`Session`] says into what the engine wants
//! done, and keeps what was found until the engine builds the chat and the phone from it. While somebody looks at a screen,
//! one that has failed for want of a network is tried again; without a screen the command ends. No password is tried again.

use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::command::Services as Wanted;
use crate::engine::event::{
    AccountName, Event, LinkState, Notice, NoticeLevel, Problem, ProblemKind, Service, SignInReply, SignInTold,
};
use crate::engine::output::Output;
use crate::engine::settings::ByAddress;
use crate::engine::signin::cup::Token;
use crate::engine::signin::session::{Services, Session, SessionIn, SessionOut};
use crate::engine::signin::wants::Wants;
use crate::engine::signin::{Choice, Launch, Names, Server};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use std::collections::VecDeque;
use std::time::Duration;

/// Questions of our own are numbered from the second half of the span on; those of the sessions from the first.
const OWN: u64 = 1 << 31;

/// The first wait lies between half of this and all of it; each later one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// So much of what was said is remembered.
const SAID: usize = 32;

/// How far it is.
#[derive(Debug)]
enum Phase {
    /// Not wanted.
    Idle,
    /// Nobody could be reached; it is tried again then.
    Waiting(Moment),
    /// What earlier launches have found is being read.
    Launching(AskId),
    /// Under way, or found; then it checks what was found.
    Running(Box<Session>),
}

/// The sign-in part of an account.
#[derive(Debug)]
pub struct SignIn {
    account: AccountName,
    address: ByAddress,
    asks_user: bool,
    chance: Chance,
    clock: WallClock,
    /// So often in a row nobody could be reached.
    waits: u32,
    /// What was said meanwhile; it is not said again at each try.
    said: Vec<Problem>,
    base: u64,
    /// So many questions of our own were asked, and this is the next number for a session.
    own: u64,
    next: u64,
    wanted: Wanted,
    phase: Phase,
    /// The session waits for a password; with it the question to the world, while one is open.
    password: Option<AskId>,
    waits_for_password: bool,
    known: Option<Secret>,
    /// Services domain, and voice services domain.
    domains: Vec<String>,
    /// Legs may go in clear.
    allows_clear: bool,
    found: Option<Box<Services>>,
    /// Chat waits for a one-time password; then it has come.
    token: Option<AskId>,
    tokens: VecDeque<(AskId, Result<Token, Problem>)>,
    out: VecDeque<Output>,
}

impl SignIn {
    /// Not wanted yet. Its questions are numbered from `base` on.
    #[must_use]
    pub fn new(account: AccountName, address: ByAddress, base: u64, chance: Chance, clock: WallClock) -> SignIn {
        SignIn {
            account,
            address,
            asks_user: false,
            chance,
            clock,
            waits: 0,
            said: Vec::new(),
            base,
            own: 0,
            next: base,
            wanted: Wanted::ALL,
            phase: Phase::Idle,
            password: None,
            waits_for_password: false,
            known: None,
            domains: Vec::new(),
            allows_clear: false,
            found: None,
            token: None,
            tokens: VecDeque::new(),
            out: VecDeque::new(),
        }
    }

    /// The user wants these services. Where only the password is missing, it is asked for again.
    pub fn sign_in(&mut self, wanted: Wanted, asks_user: bool) {
        (self.wanted, self.asks_user) = (wanted, asks_user);
        if self.waits_for_password {
            self.ask_password();
            return;
        }
        self.anew();
        self.begin();
    }

    /// What was before is over: the next wait is the first one.
    fn anew(&mut self) {
        self.waits = 0;
        self.said.clear();
    }

    fn begin(&mut self) {
        let id = self.own(Question::Launch(self.account.clone()));
        self.phase = Phase::Launching(id);
        self.told(SignInTold::Began);
        self.tell(LinkState::Connecting);
    }

    /// The user wants nothing more.
    pub fn sign_out(&mut self) {
        let was = !matches!(self.phase, Phase::Idle);
        (self.phase, self.password, self.waits_for_password, self.found) = (Phase::Idle, None, false, None);
        (self.token, self.tokens) = (None, VecDeque::new());
        if was {
            self.tell(LinkState::Offline);
        }
    }

    /// Only these services are wanted.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// The password that was accepted: it is that of all services.
    #[must_use]
    pub fn known(&self) -> Option<&Secret> {
        self.known.as_ref()
    }

    /// Whether it was accepted by whoever says who the user is, and not only remembered what it was accepted for.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        matches!(&self.phase, Phase::Running(session) if session.is_proven())
    }

    /// Services domain, and voice services domain.
    #[must_use]
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Whether legs may go in clear, as this sign-in was begun.
    #[must_use]
    pub fn allows_clear(&self) -> bool {
        self.allows_clear
    }

    /// A service that was found has refused the password.
    pub fn refused(&mut self, now: Moment) {
        self.hear(now, SessionIn::Refused);
    }

    /// What was found, once.
    pub fn take_found(&mut self) -> Option<Box<Services>> {
        self.found.take()
    }

    /// Chat asks under this number for a one-time password of this node.
    pub fn renew(&mut self, now: Moment, id: AskId, node: Server, fresh: bool) {
        self.token = Some(id);
        if let Phase::Running(_) = self.phase {
            self.hear(now, SessionIn::Renew { node, fresh });
        } else {
            let what = "Nobody is signed in at the presence server.";
            self.renewed(Err(Problem::new(ProblemKind::Refused, what, "Sign in again.")));
        }
    }

    /// A one-time password, or why there is none, for the question under this number; once.
    pub fn take_token(&mut self) -> Option<(AskId, Result<Token, Problem>)> {
        self.tokens.pop_front()
    }

    fn renewed(&mut self, token: Result<Token, Problem>) {
        if let Some(id) = self.token.take() {
            self.tokens.push_back((id, token));
        }
    }

    /// A question of it is answered.
    pub fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        match answer {
            Answer::Launch(launch) if matches!(self.phase, Phase::Launching(asked) if asked == id) => match launch {
                Ok(launch) => self.launch(now, *launch),
                Err(problem) => {
                    self.phase = Phase::Idle;
                    self.tell(LinkState::Failed(problem));
                }
            },
            Answer::SignIn(answer) => self.hear(now, SessionIn::Answered(id, answer)),
            Answer::Password(password) if self.password == Some(id) => {
                self.password = None;
                match password {
                    Ok(password) => {
                        self.waits_for_password = false;
                        self.known = Some(password.clone());
                        self.hear(now, SessionIn::Password(password));
                    }
                    Err(why) => {
                        let next = "Store one, or name a command that prints it.";
                        self.tell(LinkState::Failed(Problem::new(ProblemKind::Password, why.to_string(), next)));
                    }
                }
            }
            Answer::Done(Err(problem)) => self.notice(NoticeLevel::Warning, problem),
            _ => {}
        }
    }

    /// The user has answered what was asked of them. What they agree to is kept: it is asked once.
    pub fn reply(&mut self, now: Moment, reply: SignInReply) {
        self.told(SignInTold::Asks(None));
        let choice = match &reply {
            SignInReply::Host { host, allowed: true } => Some(Choice::Host(host.clone())),
            SignInReply::Clear(true) => Some(Choice::Clear),
            SignInReply::Device(name) => Some(Choice::Device(name.clone())),
            SignInReply::Host { allowed: false, .. } | SignInReply::Clear(false) => None,
        };
        if let Some(choice) = choice {
            self.own(Question::KeepChoice { account: self.account.clone(), choice });
        }
        self.hear(now, SessionIn::Reply(reply));
    }

    /// A service that was found could not be connected to.
    pub fn unreachable(&mut self, now: Moment) {
        self.hear(now, SessionIn::Unreachable);
    }

    /// The machine has another network.
    pub fn network_changed(&mut self, now: Moment) {
        if let Phase::Waiting(_) = self.phase {
            return self.begin();
        }
        self.hear(now, SessionIn::NetworkChanged);
    }

    /// Chat and calls on open standards have found their servers by these names.
    pub fn named(&mut self, now: Moment, names: Names) {
        self.hear(now, SessionIn::Named(names));
    }

    /// Time has passed.
    pub fn expire(&mut self, now: Moment) {
        match &mut self.phase {
            Phase::Running(session) => {
                session.expire(now);
                self.listen(now);
            }
            Phase::Waiting(until) if *until <= now => self.begin(),
            Phase::Waiting(_) | Phase::Idle | Phase::Launching(_) => {}
        }
    }

    /// It has failed: what the user must mend waits for them; where nobody could be reached it is tried again.
    fn failed(&mut self, now: Moment, problem: Problem) {
        if problem.kind != ProblemKind::Unreachable || !self.asks_user {
            return self.tell(LinkState::Failed(problem));
        }
        let longest = LONGEST_WAIT.min(FIRST_WAIT.saturating_mul(1 << self.waits.min(16)));
        self.waits += 1;
        let half = longest / 2;
        let jitter = self.chance.below(u64::try_from(half.as_millis()).unwrap_or(0).saturating_add(1));
        let retry_in = half + Duration::from_millis(jitter);
        self.phase = Phase::Waiting(now + retry_in);
        self.told(SignInTold::Again(self.clock.at(now + retry_in)));
        self.tell(LinkState::Waiting { why: problem, retry_in });
    }

    /// When it has something to do.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match &self.phase {
            Phase::Running(session) => session.wake(),
            Phase::Waiting(until) => Some(Wake { at: *until, why: "sign-in is tried again" }),
            Phase::Idle | Phase::Launching(_) => None,
        }
    }

    /// What it wants next.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn launch(&mut self, now: Moment, launch: Launch) {
        self.domains = [Some(&launch.domain), launch.voice_domain.as_ref()].into_iter().flatten().cloned().collect();
        self.allows_clear = launch.allow_cleartext;
        let wants = Wants { asks_user: self.asks_user, phone: self.wanted.phone };
        let session = Session::new(launch, wants, self.chance.fork(), self.next);
        self.phase = Phase::Running(Box::new(session));
        self.hear(now, SessionIn::Start);
    }

    fn hear(&mut self, now: Moment, input: SessionIn) {
        if let Phase::Running(session) = &mut self.phase {
            session.handle(now, input);
            self.listen(now);
        }
    }

    /// Takes what the session says.
    fn listen(&mut self, now: Moment) {
        while let Phase::Running(session) = &mut self.phase
            && let Some(said) = session.poll()
        {
            self.next = session.next_ask();
            match said {
                SessionOut::Ask(id, question) => {
                    let question = Question::SignIn { account: self.account.clone(), question };
                    self.out.push_back(Output::Ask(id, question));
                }
                SessionOut::Keep(change) => {
                    self.own(Question::KeepDiscovery(change));
                }
                SessionOut::Step(step) => self.told(SignInTold::Step(step)),
                SessionOut::Decided(decision) => self.told(SignInTold::Decided(decision)),
                SessionOut::NeedPassword { refused: false } => {
                    self.waits_for_password = true;
                    self.ask_password();
                }
                SessionOut::NeedPassword { refused: true } => {
                    (self.waits_for_password, self.known) = (true, None);
                    let what = format!("{} was not accepted with this password.", self.address);
                    let problem = Problem::new(ProblemKind::Password, what, "Give the right one; it is not tried again.");
                    self.tell(LinkState::Failed(problem));
                }
                SessionOut::AskUser(ask) => self.told(SignInTold::Asks(Some(ask))),
                SessionOut::Refused(problem) => self.told(SignInTold::Refused(problem)),
                SessionOut::Notice(_, problem) if self.waits > 0 && self.said.contains(&problem) => {}
                SessionOut::Notice(level, problem) => {
                    if self.said.len() < SAID {
                        self.said.push(problem.clone());
                    }
                    self.notice(level, problem);
                }
                SessionOut::Found(services) => {
                    self.told(SignInTold::Found(services.product_mode()));
                    self.tell(LinkState::Online { address: self.address.to_string() });
                    self.found = Some(services);
                    self.anew();
                }
                SessionOut::Failed(problem) => self.failed(now, problem),
                SessionOut::Advanced(settings) => self.told(SignInTold::Advanced(settings)),
                SessionOut::Token(token) => self.renewed(token),
            }
        }
    }

    fn ask_password(&mut self) {
        let id = self.own(Question::Password { account: self.account.clone(), service: Service::SignIn });
        self.password = Some(id);
    }

    /// Asks a question of our own.
    fn own(&mut self, question: Question) -> AskId {
        let id = AskId(self.base + OWN + self.own);
        self.own += 1;
        self.out.push_back(Output::Ask(id, question));
        id
    }

    fn tell(&mut self, state: LinkState) {
        let account = self.account.clone();
        self.out.push_back(Output::Event(Event::Link { account, service: Service::SignIn, state }));
    }

    fn told(&mut self, told: SignInTold) {
        self.out.push_back(Output::Event(Event::SignIn { account: self.account.clone(), told }));
    }

    fn notice(&mut self, level: NoticeLevel, problem: Problem) {
        self.out.push_back(Output::Event(Event::Notice(Notice { account: Some(self.account.clone()), level, problem })));
    }
}
