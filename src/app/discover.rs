//! Discovery alone, for `offhook discover`: the decision machine, then the two steps of UDS that need no password, driven by
//! the very hands that sign-in has. It signs nobody in.

use crate::engine::ask::AskId;
use crate::engine::event::{Decision, Outcome, Problem, Step};
use crate::engine::settings::ByAddress;
use crate::engine::signin::uds::{CucmIn, CucmOut, CucmSignIn, CucmStart};
use crate::engine::signin::{Answer, Discovery, DiscoveryIn, DiscoveryOut, Found, Launch, Purpose, Question, Target};
use crate::io::accounts::Accounts;
use crate::io::carrier::Carrier;
use crate::io::discovery::DiscoveryFiles;
use crate::io::dns::Dns;
use crate::io::driver::looping::Clocks;
use crate::io::entropy;
use crate::io::http::SystemProxy;
use crate::io::paths::Paths;
use crate::io::tls::{Roots, TlsSettings, Trust};
use crate::machine::{Machine, Wake};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Answers that may wait.
const WAITING: usize = 64;

/// What is to be discovered.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of whom, and whom to ask.
    pub address: ByAddress,
    /// Authorities besides the system's.
    pub ca: Option<PathBuf>,
    /// As if nothing had been found before.
    pub fresh: bool,
    /// Questions may go in clear.
    pub allow_cleartext: bool,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The sources of the order, then the steps of UDS that ran.
    pub steps: Vec<Step>,
    /// What was decided.
    pub decision: Decision,
    /// What the user should know besides.
    pub notices: Vec<Problem>,
}

/// Discovers. It counts as a launch, and reads and fills the caches.
///
/// # Errors
/// Files of ours cannot be read.
pub async fn discover(wish: Wish) -> Result<Report, Problem> {
    let paths = Paths::from_environment()?;
    let files = DiscoveryFiles::open(&paths)?;
    let mut launch = files.launch(None, &wish.address, wish.allow_cleartext)?;
    if wish.fresh {
        launch.cache.webex.clear();
        launch.cache.srv.clear();
        launch.cache.voice.clear();
        files.forget_services(&format!("{}@{}", launch.user, launch.domain))?;
    }
    let carrier = carrier(&paths, &wish)?;
    let mut errand = Errand::new(files, carrier, launch)?;
    errand.run().await;
    Ok(errand.report())
}

/// Where an account has this address, the certificates count that are trusted for it.
fn carrier(paths: &Paths, wish: &Wish) -> Result<Carrier, Problem> {
    let accounts = Accounts::open(paths)?;
    let is_same = |address: &ByAddress| (&address.user, &address.domain) == (&wish.address.user, &wish.address.domain);
    let account = accounts.names()?.into_iter().find(|name| {
        let known = accounts.load(name).ok().and_then(|(stored, _)| stored.account.address);
        known.is_some_and(|address| is_same(&address))
    });
    let trust = Trust::new(&paths.config()?, paths.runtime());
    let tls = TlsSettings { account, roots: Roots::load(wish.ca.as_deref())?, trust };
    Ok(Carrier::new(Arc::new(tls), Dns::new(wish.address.dns), SystemProxy::from_environment()))
}

/// Whose question was answered.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Decision,
    Uds,
}

struct Errand {
    files: DiscoveryFiles,
    carrier: Carrier,
    clocks: Clocks,
    discovery: Discovery,
    uds: Option<CucmSignIn>,
    uds_steps: Vec<Step>,
    decision: Option<Decision>,
    notices: Vec<Problem>,
    tell: mpsc::Sender<(Whose, AskId, Answer)>,
    told: mpsc::Receiver<(Whose, AskId, Answer)>,
}

impl Errand {
    fn new(files: DiscoveryFiles, carrier: Carrier, launch: Launch) -> Result<Errand, Problem> {
        let (tell, told) = mpsc::channel(WAITING);
        Ok(Errand {
            notices: files.take_notices(),
            files,
            carrier,
            clocks: Clocks::start(),
            discovery: Discovery::new(launch, Purpose::Report, entropy::chance()?, 1),
            uds: None,
            uds_steps: Vec::new(),
            decision: None,
            tell,
            told,
        })
    }

    async fn run(&mut self) {
        self.discovery.handle(self.clocks.now(), DiscoveryIn::Start);
        loop {
            while self.decide() || self.look_for_home() {}
            if self.decision.is_some() && self.uds.is_none() {
                return;
            }
            let wake = Wake::sooner(self.discovery.wake(), self.uds.as_ref().and_then(Machine::wake));
            tokio::select! {
                Some((whose, id, answer)) = self.told.recv() => match (whose, &mut self.uds) {
                    (Whose::Decision, _) => {
                        self.discovery.handle(self.clocks.now(), DiscoveryIn::Answered(id, answer));
                    }
                    (Whose::Uds, Some(uds)) => uds.handle(self.clocks.now(), CucmIn::Answered(id, answer)),
                    (Whose::Uds, None) => {}
                },
                () = self.clocks.until(wake) => {
                    let now = self.clocks.now();
                    self.discovery.expire(now);
                    if let Some(uds) = &mut self.uds {
                        uds.expire(now);
                    }
                }
            }
        }
    }

    /// Carries out what the decision machine wants; false when that is nothing.
    fn decide(&mut self) -> bool {
        let Some(out) = self.discovery.poll() else { return false };
        match out {
            DiscoveryOut::Ask(id, question) => self.ask(Whose::Decision, id, question),
            DiscoveryOut::Provisional(targets) => self.begin_uds(targets),
            DiscoveryOut::Decided(decision, found) => {
                self.decision = Some(decision);
                match found {
                    Found::Uds(targets) => self.begin_uds(targets),
                    _ => self.uds = None,
                }
            }
            DiscoveryOut::Keep(change) => self.notices.extend(self.files.keep(&change).err()),
            DiscoveryOut::Step(_) | DiscoveryOut::Changed(..) => {}
        }
        true
    }

    fn begin_uds(&mut self, targets: Vec<Target>) {
        if self.uds.is_some() || !self.uds_steps.is_empty() {
            return;
        }
        let launch = self.discovery.launch();
        let mut uds = CucmSignIn::new(CucmStart {
            user: launch.user.clone(),
            domain: launch.domain.clone(),
            voice_domain: launch.voice_domain.clone(),
            targets,
            ..CucmStart::default()
        });
        uds.handle(self.clocks.now(), CucmIn::Start);
        self.uds = Some(uds);
    }

    /// Carries out what the sign-in after `_cisco-uds` wants, up to the password; false when that is nothing.
    fn look_for_home(&mut self) -> bool {
        let Some(uds) = &mut self.uds else { return false };
        let Some(out) = uds.poll() else { return false };
        match out {
            CucmOut::Ask(id, question) => self.ask(Whose::Uds, id, question),
            CucmOut::Step(step) if step.outcome == Outcome::UnderWay => {}
            CucmOut::Step(step) => self.uds_steps.push(step),
            // Nobody is there to be asked, and so nobody outside the domains is connected to.
            CucmOut::AskHost { host, .. } => uds.handle(self.clocks.now(), CucmIn::Host { host, allowed: false }),
            CucmOut::AskClear(_) => uds.handle(self.clocks.now(), CucmIn::Clear(false)),
            CucmOut::Notice(_, problem) => self.notices.push(problem),
            CucmOut::Failed(problem) => {
                if self.notices.last() != Some(&problem) {
                    self.notices.push(problem);
                }
                self.uds = None;
            }
            CucmOut::NeedPassword { .. } | CucmOut::ChooseDevice(_) | CucmOut::SignedIn(_) => self.uds = None,
        }
        true
    }

    fn ask(&self, whose: Whose, id: AskId, question: Question) {
        let (carrier, tell) = (self.carrier.clone(), self.tell.clone());
        tokio::spawn(async move {
            // Where it is decided, nobody wants to know any more.
            let _ = tell.send((whose, id, carrier.answer(question).await)).await;
        });
    }

    fn report(self) -> Report {
        let mut steps = self.discovery.steps().to_vec();
        steps.extend(self.uds_steps);
        let decision = self.decision.unwrap_or_else(|| Decision {
            authenticator: crate::engine::event::Authenticator::Ask,
            source: None,
            rule: String::new(),
            product_mode: crate::engine::event::ProductMode::Default,
            servers: Vec::new(),
        });
        Report { steps, decision, notices: self.notices }
    }
}
