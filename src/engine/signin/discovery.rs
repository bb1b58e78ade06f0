//! The decision: a machine that asks everything at once, decides by the order as soon as no answer that is awaited can change
//! it, and afterwards checks what was taken from a cache or was not answered in time.
//!
//! It knows no password and connects to nobody: whoever acts on [`DiscoveryOut::Decided`] does.

use super::cache::{CacheChange, Organisation, SrvAnswer};
use super::found::Found;
use super::launch::Launch;
use super::line::Finding;
use super::order::{Verdict, before, decision, order};
use super::question::{Answer, Question};
use super::round::{Asker, Caches, Round, dropped, is_left_out};
use super::server::{Server, Target};
use crate::engine::ask::AskId;
use crate::engine::event::{Decision, Source, Step};
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::cisco::cas;
use std::collections::VecDeque;
use std::time::Duration;

/// So long after a start from a cache its questions are asked; connections have started by then.
const BESIDE: Duration = Duration::from_secs(1);
/// What was not answered is asked again after this time; each time in vain doubles it, up to the guides' five minutes.
const AGAIN: Duration = Duration::from_secs(30);
const SELDOM: Duration = Duration::from_secs(300);

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in: a start from a warm cache waits for nothing, and is checked afterwards.
    SignIn,
    /// To report (`discover`): the order is waited for strictly, and nothing is asked after the decision.
    Report,
}

/// What may happen to it.
#[derive(Clone, Debug)]
pub enum DiscoveryIn {
    /// Begin.
    Start,
    /// A question was answered.
    Answered(AskId, Answer),
    /// The machine has another network: cached SRV answers do not hold any more.
    NetworkChanged,
    /// None of the decided servers could be connected to: a cached SRV answer does not hold any more.
    Unreachable,
    /// Nobody wants to know any more.
    Cancel,
}

/// What it wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryOut {
    /// Ask this.
    Ask(AskId, Question),
    /// How a source stands now. Told again when that changes.
    Step(Step),
    /// `_cisco-uds` will decide unless the CAS says otherwise: what needs no credential may begin.
    Provisional(Vec<Target>),
    /// It is decided. Told again after [`DiscoveryIn::Unreachable`], where a cached answer has led nowhere.
    Decided(Decision, Found),
    /// What was decided is not what would be decided now: "configuration changes detected".
    Changed(Decision, Found),
    /// Keep this for later launches.
    Keep(CacheChange),
}

/// The decision machine of one start.
#[derive(Debug)]
pub struct Discovery {
    launch: Launch,
    purpose: Purpose,
    chance: Chance,
    next: u64,
    phase: Phase,
    trace: Vec<Step>,
    presence_server: Option<Server>,
    /// What has decided is what an earlier sign-in on open standards has found.
    remembered: bool,
    out: VecDeque<DiscoveryOut>,
}

#[derive(Debug)]
enum Phase {
    New,
    Deciding { round: Round, told: bool },
    Decided { by: Verdict, found: Found, check: Check },
    Ended,
}

/// Whether what was decided is checked.
#[derive(Debug)]
enum Check {
    /// Everything that mattered was answered.
    No,
    /// At this moment; in vain, it is done again after `then`.
    Due { at: Moment, then: Duration },
    /// Now.
    Asking { round: Round, then: Duration },
}

impl Discovery {
    /// One that numbers its questions from `first_ask`.
    #[must_use]
    pub fn new(launch: Launch, purpose: Purpose, chance: Chance, first_ask: u64) -> Discovery {
        let (phase, trace, presence_server, out) = (Phase::New, Vec::new(), None, VecDeque::new());
        Discovery { launch, purpose, chance, next: first_ask, phase, trace, presence_server, remembered: false, out }
    }

    /// Whether what has decided is what an earlier sign-in on open standards has found: nobody was asked.
    #[must_use]
    pub fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// The steps so far, in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.trace
    }

    /// The presence server that `_cuplogin` names, whatever has decided: it stands in the Advanced Settings beforehand.
    #[must_use]
    pub fn presence_server(&self) -> Option<&Server> {
        self.presence_server.as_ref()
    }

    /// What is known of this start.
    #[must_use]
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    fn start(&mut self, now: Moment) {
        if let Some(file) = self.launch.bootstrap_file.as_ref().filter(|_| self.launch.reads_bootstrap()) {
            self.keep(CacheChange::KeepBootstrap(file.says.clone()));
        }
        if self.launch.excluded.webex && self.launch.cache.webex.contains_key(&self.launch.domain) {
            self.keep(CacheChange::ForgetWebex { domain: self.launch.domain.clone() });
        }
        let key = self.launch.srv_key();
        let drops = self.launch.cache.srv.get(&key).is_some_and(|cached| dropped(cached, &self.launch).is_some());
        let caches = if self.purpose == Purpose::SignIn { Caches::Warm } else { Caches::InOrder };
        let round = self.ask(now, caches);
        for source in order(&self.launch) {
            self.tell(&round, source);
        }
        if drops {
            self.keep(CacheChange::ForgetSrv { key });
        }
        self.phase = Phase::Deciding { round, told: false };
        self.decide(now);
    }

    fn ask(&mut self, now: Moment, caches: Caches) -> Round {
        let mut asker = Asker { now, next: &mut self.next, asks: Vec::new() };
        let round = Round::begin(&self.launch, caches, &mut self.chance, &mut asker);
        let asks = asker.asks.into_iter();
        self.out.extend(asks.map(|(id, question)| DiscoveryOut::Ask(id, question)));
        round
    }

    fn tell(&mut self, round: &Round, source: Source) {
        let Some(line) = round.line(source) else { return };
        if let Finding::Found(Found::CupLogin(targets), _) = &line.finding {
            let ours = targets.iter().find(|target| !target.ask_first);
            self.presence_server = ours.map(|target| target.server.clone());
        }
        let step = line.step();
        match self.trace.iter_mut().find(|known| known.name == step.name) {
            Some(known) => *known = step.clone(),
            None => self.trace.push(step.clone()),
        }
        self.out.push_back(DiscoveryOut::Step(step));
    }

    fn keep(&mut self, change: CacheChange) {
        self.launch.cache.apply(&change);
        self.out.push_back(DiscoveryOut::Keep(change));
    }

    /// Decides, if that can be done now.
    fn decide(&mut self, now: Moment) {
        let Phase::Deciding { mut round, told } = std::mem::replace(&mut self.phase, Phase::Ended) else { return };
        let by = round.verdict();
        if by == Verdict::Open {
            let provisional = provisional(&round).filter(|_| !told);
            let told = told || provisional.is_some();
            self.out.extend(provisional.map(DiscoveryOut::Provisional));
            self.phase = Phase::Deciding { round, told };
            return;
        }
        for source in round.close(now, by) {
            self.tell(&round, source);
        }
        let (decision, found) = self.decided(&round, by);
        self.out.push_back(DiscoveryOut::Decided(decision, found.clone()));
        self.remember(&round);
        let from_cache = matches!(by, Verdict::By(Source::WebexCache | Source::SrvCache)) || is_remembered(&round, by);
        self.remembered = is_remembered(&round, by);
        let unanswered = before(round.lines(), by).any(|line| line.finding.is_unanswered());
        let check = match self.purpose {
            Purpose::SignIn if from_cache => Check::Due { at: now + BESIDE, then: AGAIN },
            Purpose::SignIn if unanswered => Check::Due { at: now + AGAIN, then: AGAIN * 2 },
            Purpose::SignIn | Purpose::Report => Check::No,
        };
        self.phase = Phase::Decided { by, found, check };
    }

    fn decided(&self, round: &Round, by: Verdict) -> (Decision, Found) {
        let source = if let Verdict::By(source) = by { Some(source) } else { None };
        let found = match source.and_then(|source| round.line(source)).map(|line| &line.finding) {
            Some(Finding::Found(found, _)) => found.clone(),
            _ => Found::Nothing,
        };
        (decision(&self.launch, source, &found), found)
    }

    /// Brings the caches to what a round has heard. What was not heard changes nothing.
    fn remember(&mut self, round: &Round) {
        let domain = self.launch.domain.clone();
        let known = self.launch.cache.webex.get(&domain).copied();
        let organisation = |sso| CacheChange::KeepWebex { domain: domain.clone(), organisation: Organisation { sso } };
        match round.organisation {
            Some(cas::Organisation::WithSso) if known != Some(Organisation { sso: true }) => self.keep(organisation(true)),
            Some(cas::Organisation::WithoutSso) if known != Some(Organisation { sso: false }) => self.keep(organisation(false)),
            Some(cas::Organisation::None) if known.is_some() => self.keep(CacheChange::ForgetWebex { domain }),
            _ => {}
        }
        let key = self.launch.srv_key();
        let known = self.launch.cache.srv.get(&key);
        match self.srv_answer(round) {
            Some(Some(answer)) if known != Some(&answer) => self.keep(CacheChange::KeepSrv { key, answer }),
            Some(None) if known.is_some() => self.keep(CacheChange::ForgetSrv { key }),
            _ => {}
        }
    }

    /// What the SRV query has found in this round, where no record that stands before it is in doubt.
    fn srv_answer(&self, round: &Round) -> Option<Option<SrvAnswer>> {
        for source in [Source::CiscoUds, Source::CupLogin, Source::CollabEdge] {
            match round.line(source).map(|line| &line.finding)? {
                Finding::Found(..) => {
                    return Some(Some(SrvAnswer { source, records: round.records.get(&source)?.clone() }));
                }
                Finding::Absent(_) => {}
                Finding::Skipped(_) if is_left_out(source, &self.launch) => {}
                Finding::Skipped(_) | Finding::Failed(_) | Finding::Timeout(_) | Finding::Pending => return None,
            }
        }
        Some(None)
    }

    /// Begins to check what was decided.
    fn check(&mut self, now: Moment, wait: Duration) {
        if !matches!(self.phase, Phase::Decided { .. }) {
            return;
        }
        let asked = self.ask(now, Caches::Checked);
        if let Phase::Decided { check, .. } = &mut self.phase {
            *check = Check::Asking { round: asked, then: wait };
        }
        self.compare(now);
    }

    /// Compares what was decided with what would be decided now, if that is known.
    fn compare(&mut self, now: Moment) {
        let Phase::Decided { found, check: Check::Asking { round, then }, .. } = &mut self.phase else { return };
        let by = round.verdict();
        if by == Verdict::Open {
            return;
        }
        // A source that is not heard of leaves what stands on it, or below it, as it is; one above it counts as absent.
        let order = order(&self.launch);
        let own = source_of(found).and_then(|own| order.iter().position(|source| *source == own)).unwrap_or(order.len());
        let above = |source: Source| order.iter().position(|other| *other == source) < Some(own);
        let unanswered: Vec<Source> =
            before(round.lines(), by).filter(|line| line.finding.is_unanswered()).map(|line| line.source).collect();
        let in_doubt = unanswered.iter().any(|source| !above(*source));
        let again = Check::Due { at: now + *then, then: (*then * 2).min(SELDOM) };
        let next = if unanswered.is_empty() { Check::No } else { again };
        let Phase::Decided { by: decided_by, found, check } = std::mem::replace(&mut self.phase, Phase::Ended) else { return };
        let Check::Asking { mut round, .. } = check else { return };
        round.close(now, by);
        self.remember(&round);
        let (decision, now_found) = self.decided(&round, by);
        self.phase = if in_doubt || now_found.is_same(&found) {
            Phase::Decided { by: decided_by, found, check: next }
        } else {
            self.out.push_back(DiscoveryOut::Changed(decision, now_found.clone()));
            Phase::Decided { by, found: now_found, check: next }
        };
    }

    fn network_changed(&mut self, now: Moment) {
        match &self.phase {
            Phase::New | Phase::Ended => return,
            Phase::Decided { by: Verdict::By(Source::Manual), .. } => return,
            Phase::Deciding { .. } | Phase::Decided { .. } => self.forget_srv(),
        }
        match (&self.phase, self.purpose) {
            (Phase::Deciding { .. }, _) => self.start(now),
            (Phase::Decided { .. }, Purpose::SignIn) => self.check(now, AGAIN),
            _ => {}
        }
    }

    fn unreachable(&mut self, now: Moment) {
        if std::mem::take(&mut self.remembered) {
            // Whoever keeps it has forgotten it.
            self.launch.account.as_ref().and_then(|account| self.launch.cache.services.remove(account));
            return self.start(now);
        }
        let Phase::Decided { by, found: Found::Uds(_) | Found::CupLogin(_) | Found::Edge(_), .. } = &self.phase else { return };
        let from_cache = *by == Verdict::By(Source::SrvCache);
        self.forget_srv();
        if from_cache {
            self.start(now);
        }
    }

    fn forget_srv(&mut self) {
        let key = self.launch.srv_key();
        if self.launch.cache.srv.contains_key(&key) {
            self.keep(CacheChange::ForgetSrv { key });
        }
    }

    fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        let (launch, chance) = (&self.launch, &mut self.chance);
        let ended = match &mut self.phase {
            Phase::Deciding { round, .. } | Phase::Decided { check: Check::Asking { round, .. }, .. } => {
                round.answered(now, id, answer, launch, chance)
            }
            _ => None,
        };
        self.ended(now, ended);
    }

    /// Tells of lines that have ended, and goes on.
    fn ended(&mut self, now: Moment, sources: impl IntoIterator<Item = Source>) {
        let steps: Vec<Source> = sources.into_iter().collect();
        if steps.is_empty() {
            return;
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        if let Phase::Deciding { round, .. } | Phase::Decided { check: Check::Asking { round, .. }, .. } = &phase {
            steps.into_iter().for_each(|source| self.tell(round, source));
        }
        self.phase = phase;
        match self.phase {
            Phase::Deciding { .. } => self.decide(now),
            _ => self.compare(now),
        }
    }
}

/// Whether what has decided was remembered, and not asked.
fn is_remembered(round: &Round, by: Verdict) -> bool {
    by == Verdict::By(Source::XmppClient) && round.line(Source::XmppClient).is_some_and(|line| line.asked.is_none())
}

/// Where in the order it stands, whether it was asked or cached.
fn source_of(found: &Found) -> Option<Source> {
    Some(match found {
        Found::Manual(_) => Source::Manual,
        Found::Webex(_) => Source::Cas,
        Found::Uds(_) => Source::CiscoUds,
        Found::CupLogin(_) => Source::CupLogin,
        Found::Edge(_) => Source::CollabEdge,
        Found::Bootstrap(_) => Source::Bootstrap,
        Found::Standard { .. } => Source::XmppClient,
        Found::Nothing => return None,
    })
}

/// The servers of `_cisco-uds`, where only the CAS is awaited before them.
fn provisional(round: &Round) -> Option<Vec<Target>> {
    let found = round.lines().iter().find_map(|line| match &line.finding {
        Finding::Found(found, _) => Some(found),
        _ => None,
    });
    match found {
        Some(Found::Uds(targets)) => Some(targets.clone()),
        _ => None,
    }
}

impl Machine for Discovery {
    type Input = DiscoveryIn;
    type Output = DiscoveryOut;

    fn handle(&mut self, now: Moment, input: DiscoveryIn) {
        // Whoever drives it may be late: what comes after a deadline has come too late all the same.
        self.expire(now);
        match input {
            DiscoveryIn::Start if matches!(self.phase, Phase::New) => self.start(now),
            DiscoveryIn::Start => {}
            DiscoveryIn::Answered(id, answer) => self.answered(now, id, answer),
            DiscoveryIn::NetworkChanged => self.network_changed(now),
            DiscoveryIn::Unreachable => self.unreachable(now),
            DiscoveryIn::Cancel => self.phase = Phase::Ended,
        }
    }

    fn expire(&mut self, now: Moment) {
        let (launch, chance) = (&self.launch, &mut self.chance);
        match &mut self.phase {
            Phase::Decided { check: Check::Due { at, then }, .. } if *at <= now => {
                let then = *then;
                self.check(now, then);
            }
            Phase::Deciding { round, .. } | Phase::Decided { check: Check::Asking { round, .. }, .. } => {
                let late = round.expire(now, launch, chance);
                self.ended(now, late);
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Option<DiscoveryOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        match &self.phase {
            Phase::Deciding { round, .. } | Phase::Decided { check: Check::Asking { round, .. }, .. } => {
                round.wake().map(|(at, why)| Wake { at, why })
            }
            Phase::Decided { check: Check::Due { at, .. }, .. } => Some(Wake { at: *at, why: "discovery is checked" }),
            _ => None,
        }
    }
}
