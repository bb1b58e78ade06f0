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
use crate::engine::event::{Outcome, Problem};
use crate::engine::signin::uds::agreeing::Agreeing;
use crate::engine::signin::uds::asking::Asking;
use crate::engine::signin::uds::conclude::Gathered;
use crate::engine::signin::uds::consent::Consent;
use crate::engine::signin::uds::nodes::Nodes;
use crate::engine::signin::uds::questions::About;
use crate::engine::signin::uds::{CucmIn, CucmOut};
use crate::engine::signin::{Question, Server};
use crate::machine::{Machine, Moment, Secret, Wake};
use crate::protocol::cisco::epas::Call;

/// The sign-in of one user at the presence server, or at Communications Manager 8.x.
#[derive(Debug)]
pub struct CupSignIn {
    pub(super) start: CupStart,
    pub(super) asking: Asking<CupOut>,
    pub(super) stage: Stage,
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
            asking: Asking::new(consent),
            stage: Stage::Idle,
            session: None,
            logins: Vec::new(),
            profile: Profile::default(),
            unused: None,
            gathered,
            serves: false,
            remembered: None,
            check_waits: false,
            chat_waits: None,
        }
    }

    /// Gives one-time passwords from the beginning, with what is remembered of an earlier sign-in.
    #[must_use]
    pub fn resumed(start: CupStart, resumed: Resumed) -> CupSignIn {
        let Resumed { logins, nodes, password } = resumed;
        let mut machine = CupSignIn::new(start);
        machine.asking.password = Some(password);
        CupSignIn { stage: Stage::Serving(None), logins, serves: true, remembered: Some(nodes), ..machine }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
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
                if self.asking.ask_place(now, About::DeviceConfig, &mut file) {
                    self.stage = Stage::Fetching(device, file);
                } else {
                    let config = self.file_or_notice(*file, Some(About::DeviceConfig));
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
            self.asking.questions.forget();
            self.stage = Stage::Serving(None);
        } else {
            self.end();
        }
        self.asking.say(CucmOut::Failed(problem));
    }

    /// Asks whether what is remembered holds: by the session that there is, else by a new one.
    fn check(&mut self, now: Moment) {
        match (&self.stage, &self.session) {
            (Stage::Serving(Some(_)), _) => self.check_waits = true,
            (Stage::Serving(None), _) if self.asking.password.is_none() => self.need_password(now, true),
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
        self.asking.end();
        (self.session, self.unused) = (None, None);
    }

    fn agree(&mut self, mut agreeing: Box<Agreeing>) {
        if !self.asking.agree(&mut agreeing) {
            self.stage = Stage::Agreeing(agreeing);
            return;
        }
        match self.start.way {
            Way::Presence(_) => (self.stage, self.serves) = (Stage::Serving(None), true),
            Way::Phone { .. } => self.end(),
        }
        self.asking.say(CucmOut::SignedIn(Box::new(agreeing.result())));
    }

    /// Whom the password is for.
    fn whom(&self) -> Option<Server> {
        self.start.way.targets().first().map(|target| target.server.clone())
    }

    pub(super) fn need_password(&mut self, now: Moment, refused: bool) {
        self.stage = Stage::Password;
        match self.whom() {
            Some(server) => self.asking.need_password(now, server, refused),
            None => self.fail(Nodes::new([]).why()),
        }
    }

    fn password_given(&mut self, now: Moment, password: Secret) {
        // What is remembered may have begun with one that was refused since.
        let awaited = matches!(self.stage, Stage::Password | Stage::Serving(None) if self.asking.password.is_none());
        if !awaited {
            return;
        }
        if !self.asking.take_password(password) {
            return self.need_password(now, true);
        }
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
        self.asking.refuse_password();
        self.password_step(now, "refused", Outcome::Failed);
        self.need_password(now, true);
    }

    pub(super) fn password_step(&mut self, now: Moment, said: &str, outcome: Outcome) {
        let server = self.logins.first().cloned().or_else(|| self.whom());
        self.asking.password_step(now, server.as_ref(), said, outcome);
    }

    /// Asks the next node unless one is being asked; false where nobody is left.
    fn ask_login(&mut self, now: Moment, nodes: &mut Nodes) -> bool {
        self.ask_node(now, About::Login, nodes, |start, server, password| {
            let (user, password) = (start.user.clone(), password.clone());
            requests::soap(server, &Call::Login { user, password, force: true })
        })
    }

    /// Asks the next node with the password, unless one is being asked; false where nobody is left.
    pub(super) fn ask_node(
        &mut self,
        now: Moment,
        about: About,
        nodes: &mut Nodes,
        question: impl Fn(&CupStart, &Server, &Secret) -> Option<Question>,
    ) -> bool {
        // A question that is open was asked with one that may be refused meanwhile.
        match self.asking.password.clone() {
            Some(password) => self.asking.ask_node(now, about, nodes, |server| question(&self.start, server, &password)),
            None => self.asking.questions.is_open(about),
        }
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
            CupIn::Sign(CucmIn::Host { host, allowed }) => self.asking.consent.answer_host(&host, allowed),
            CupIn::Sign(CucmIn::Clear(allowed)) => self.asking.consent.answer_clear(allowed),
            CupIn::Sign(CucmIn::Device(name)) => self.device_chosen(now, &name),
            CupIn::Sign(CucmIn::NoDevice) => self.no_device(now),
            CupIn::Sign(CucmIn::Cancel) => {
                self.end();
                self.asking.hush();
            }
            CupIn::Renew { node, fresh } => self.renew(now, node, fresh),
            CupIn::Check => self.check(now),
        }
        self.advance(now);
        self.serve(now);
    }

    fn expire(&mut self, now: Moment) {
        for (id, answer) in self.asking.questions.overdue(now) {
            self.answered(now, id, answer);
        }
        self.serve(now);
    }

    fn poll(&mut self) -> Option<CupOut> {
        self.asking.poll()
    }

    fn wake(&self) -> Option<Wake> {
        self.asking.questions.wake()
    }
}
