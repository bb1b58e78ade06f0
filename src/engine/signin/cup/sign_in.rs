//! [`CupSignIn`]: password → EPAS at one node after the other → what the site is configured with and a one-time password,
//! side by side → devices by CCMCIP and `jabber-config.xml` → device configuration (the third guide's "CUP SRV Record Login
//! Flow"; on the wire, fact sheet §4, §5 and §8.1). Phone mode of 8.x is the same without the presence server.
//!
//! The password goes to the node that is asked and nowhere else; a refused one is never sent again. Whatever a server names
//! outside of the domains is asked about first.

use super::interface::{CupIn, CupOut, CupStart, Resumed, Way};
use super::profile::Profile;
use super::requests;
use super::stage::{Asked, Session, Stage};
use crate::engine::event::{NoticeLevel, Outcome, Problem, Step, StepName};
use crate::engine::signin::uds::agreeing::{self, Agreeing};
use crate::engine::signin::uds::conclude::Gathered;
use crate::engine::signin::uds::consent::Consent;
use crate::engine::signin::uds::files::{self, File};
use crate::engine::signin::uds::nodes::{Next, Nodes};
use crate::engine::signin::uds::questions::{About, Questions};
use crate::engine::signin::uds::{CucmIn, CucmOut};
use crate::engine::signin::{Question, Server};
use crate::machine::{Machine, Moment, Secret, Wake};
use crate::protocol::cisco::epas::Call;
use std::collections::VecDeque;

/// The sign-in of one user at the presence server, or at Communications Manager 8.x.
#[derive(Debug)]
pub struct CupSignIn {
    pub(super) start: CupStart,
    pub(super) consent: Consent,
    pub(super) stage: Stage,
    pub(super) questions: Questions,
    pub(super) password: Option<Secret>,
    /// Never sent again.
    pub(super) refused: Option<Secret>,
    password_since: Moment,
    pub(super) session: Option<Session>,
    /// Nodes of EPAS, the one that has answered first.
    pub(super) logins: Vec<Server>,
    pub(super) profile: Profile,
    /// A one-time password that nobody has used.
    pub(super) unused: Option<Secret>,
    pub(super) gathered: Gathered,
    /// One-time passwords are given, or were: what fails then ends nothing.
    serves: bool,
    /// Where XMPP was at the last sign-in, until somebody has asked anew.
    pub(super) remembered: Option<Vec<Server>>,
    /// Whether what is remembered holds is asked once nothing else is under way.
    check_waits: bool,
    /// Chat waits for a one-time password of this node until nothing else is under way.
    pub(super) chat_waits: Option<(Server, bool)>,
    pub(super) out: VecDeque<CupOut>,
}

impl CupSignIn {
    /// Will sign in as `start` says.
    #[must_use]
    pub fn new(start: CupStart) -> CupSignIn {
        let domains = [Some(start.domain.as_str()), start.voice_domain.as_deref()];
        let domains: Vec<_> = domains.into_iter().flatten().collect();
        let mut consent = Consent::new(&domains, start.agreed_hosts.clone(), start.allow_cleartext);
        consent.trust(&start.way.targets());
        let gathered = Gathered {
            user_name: start.user.clone(),
            domain: start.domain.clone(),
            without_phone: start.without_phone,
            ..Gathered::default()
        };
        CupSignIn {
            start,
            consent,
            stage: Stage::Idle,
            questions: Questions::default(),
            password: None,
            refused: None,
            password_since: Moment::START,
            session: None,
            logins: Vec::new(),
            profile: Profile::default(),
            unused: None,
            gathered,
            serves: false,
            remembered: None,
            check_waits: false,
            chat_waits: None,
            out: VecDeque::new(),
        }
    }

    /// Gives one-time passwords from the beginning, with what is remembered of an earlier sign-in.
    #[must_use]
    pub fn resumed(start: CupStart, resumed: Resumed) -> CupSignIn {
        let Resumed { logins, nodes, password } = resumed;
        CupSignIn {
            stage: Stage::Serving(None),
            password: Some(password),
            logins,
            serves: true,
            remembered: Some(nodes),
            ..CupSignIn::new(start)
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    pub(super) fn say(&mut self, said: CucmOut) {
        self.out.push_back(CupOut::Sign(said));
    }

    pub(super) fn notice(&mut self, level: NoticeLevel, problem: Problem) {
        self.say(CucmOut::Notice(level, problem));
    }

    /// Does what can be done until something is awaited.
    pub(super) fn advance(&mut self, now: Moment) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Login(mut nodes) => {
                if self.ask_login(now, &mut nodes) {
                    self.stage = Stage::Login(nodes);
                } else {
                    self.fail(nodes.why());
                }
            }
            Stage::Gathering(gathering) => self.gather(now, gathering),
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
            stage => self.stage = stage,
        }
    }

    /// It cannot go on; but where one-time passwords are given already, that does.
    pub(super) fn fail(&mut self, problem: Problem) {
        if self.serves {
            self.questions.forget();
            self.stage = Stage::Serving(None);
        } else {
            self.end();
        }
        self.say(CucmOut::Failed(problem));
    }

    /// Asks whether what is remembered holds: by the session that there is, else by a new one.
    fn check(&mut self, now: Moment) {
        match (&self.stage, &self.session) {
            (Stage::Serving(Some(_)), _) => self.check_waits = true,
            (Stage::Serving(None), _) if self.password.is_none() => self.need_password(now, true),
            (Stage::Serving(None), Some(session)) => {
                let node = session.node.clone();
                self.stage = Stage::Asking(Box::new(Asked { config: None, token: Some(None) }));
                self.ask_config(now, &node);
            }
            (Stage::Serving(None), None) => self.stage = self.login(),
            _ => {}
        }
    }

    fn login(&self) -> Stage {
        Stage::Login(Nodes::new(self.start.way.targets().into_iter().map(|target| target.server)))
    }

    /// What has waited for one-time passwords to be given.
    fn serve(&mut self, now: Moment) {
        if !matches!(self.stage, Stage::Serving(None)) {
            return;
        }
        if let Some((node, fresh)) = self.chat_waits.take() {
            self.renew(now, node, fresh);
        } else if std::mem::take(&mut self.check_waits) {
            self.check(now);
            self.advance(now);
        }
    }

    fn end(&mut self) {
        self.stage = Stage::Over;
        self.questions.forget();
        (self.password, self.session, self.unused) = (None, None, None);
    }

    fn agree(&mut self, mut agreeing: Box<Agreeing>) {
        loop {
            match agreeing.next(&mut self.consent) {
                agreeing::Next::AskHost(host, purpose) => self.say(CucmOut::AskHost { host, purpose }),
                agreeing::Next::AskClear(leg) => self.say(CucmOut::AskClear(leg)),
                agreeing::Next::Wait => {}
                agreeing::Next::LeftOut(problem) => {
                    self.notice(NoticeLevel::Warning, problem);
                    continue;
                }
                agreeing::Next::Over => {
                    match self.start.way {
                        Way::Presence(_) => (self.stage, self.serves) = (Stage::Serving(None), true),
                        Way::Phone { .. } => self.end(),
                    }
                    self.say(CucmOut::SignedIn(Box::new(agreeing.result())));
                    return;
                }
            }
            self.stage = Stage::Agreeing(agreeing);
            return;
        }
    }

    /// Whom the password is for.
    fn whom(&self) -> Option<Server> {
        self.start.way.targets().first().map(|target| target.server.clone())
    }

    pub(super) fn need_password(&mut self, now: Moment, refused: bool) {
        self.stage = Stage::Password;
        self.password_since = now;
        match self.whom() {
            Some(server) => self.say(CucmOut::NeedPassword { server, refused }),
            None => self.fail(Nodes::new([]).why()),
        }
    }

    fn password_given(&mut self, now: Moment, password: Secret) {
        // What is remembered may have begun with one that was refused since.
        let awaited = matches!(self.stage, Stage::Password | Stage::Serving(None) if self.password.is_none());
        if !awaited {
            return;
        }
        if self.refused.as_ref() == Some(&password) {
            return self.need_password(now, true);
        }
        self.password = Some(password);
        self.stage = match &self.start.way {
            Way::Presence(_) => self.login(),
            Way::Phone { ccmcip, tftp, cti } => {
                self.profile = Profile {
                    tftp: vec![tftp.server.clone()],
                    ccmcip: vec![ccmcip.server.clone()],
                    cti: cti.iter().cloned().collect(),
                    ..Profile::default()
                };
                self.gathering()
            }
        };
    }

    pub(super) fn password_refused(&mut self, now: Moment) {
        self.questions.forget();
        self.refused = self.password.take();
        self.password_step(now, "refused", Outcome::Failed);
        self.need_password(now, true);
    }

    pub(super) fn password_step(&mut self, now: Moment, said: &str, outcome: Outcome) {
        let step = Step {
            name: StepName::Password,
            asked: true,
            question: None,
            server: self.logins.first().cloned().or_else(|| self.whom()).map(|server| server.to_string()),
            transport: Some("https".into()),
            answer: Some(said.to_owned()),
            took: now.since(self.password_since),
            outcome,
        };
        self.say(CucmOut::Step(step));
    }

    /// Asks the next node unless one is being asked; false where nobody is left.
    fn ask_login(&mut self, now: Moment, nodes: &mut Nodes) -> bool {
        self.ask_node(now, About::Login, nodes, |start, server, password| {
            let (user, password) = (start.user.clone(), password.clone());
            requests::soap(server, &Call::Login { user, password, force: true })
        })
    }

    pub(super) fn ask_node(
        &mut self,
        now: Moment,
        about: About,
        nodes: &mut Nodes,
        question: impl Fn(&CupStart, &Server, &Secret) -> Option<Question>,
    ) -> bool {
        if self.questions.is_open(about) {
            return true;
        }
        let Some(password) = self.password.clone() else { return false };
        loop {
            let server = match nodes.next(&mut self.consent) {
                Next::Ask(server) => server,
                Next::AskHost(host) => {
                    self.say(CucmOut::AskHost { host, purpose: about.what() });
                    return true;
                }
                Next::Wait => return true,
                Next::Nobody => return false,
            };
            let Some(question) = question(&self.start, &server, &password) else { continue };
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
            files::Next::AskHost(host) => self.say(CucmOut::AskHost { host, purpose: about.what() }),
            files::Next::AskClear(leg) => self.say(CucmOut::AskClear(leg)),
            files::Next::Wait => {}
            files::Next::Over => return false,
        }
        true
    }

    pub(super) fn ask(&mut self, now: Moment, about: About, server: Server, question: Question) {
        let (id, step, question) = self.questions.ask(now, about, server, question, &self.consent);
        self.say(CucmOut::Step(step));
        self.say(CucmOut::Ask(id, question));
    }
}

impl Machine for CupSignIn {
    type Input = CupIn;
    type Output = CupOut;

    fn handle(&mut self, now: Moment, input: CupIn) {
        match input {
            CupIn::Sign(CucmIn::Start) => {
                if matches!(self.stage, Stage::Idle) {
                    self.need_password(now, false);
                }
            }
            CupIn::Sign(CucmIn::Answered(id, answer)) => {
                self.answered(now, id, answer);
                return self.serve(now);
            }
            CupIn::Sign(CucmIn::Password(password)) => self.password_given(now, password),
            CupIn::Sign(CucmIn::Host { host, allowed }) => self.consent.answer_host(&host, allowed),
            CupIn::Sign(CucmIn::Clear(allowed)) => self.consent.answer_clear(allowed),
            CupIn::Sign(CucmIn::Device(name)) => self.device_chosen(now, &name),
            CupIn::Sign(CucmIn::NoDevice) => self.no_device(now),
            CupIn::Sign(CucmIn::Cancel) => {
                self.end();
                self.out.clear();
            }
            CupIn::Renew { node, fresh } => self.renew(now, node, fresh),
            CupIn::Check => self.check(now),
        }
        self.advance(now);
        self.serve(now);
    }

    fn expire(&mut self, now: Moment) {
        for (id, answer) in self.questions.overdue(now) {
            self.answered(now, id, answer);
        }
        self.serve(now);
    }

    fn poll(&mut self) -> Option<CupOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.questions.wake()
    }
}
