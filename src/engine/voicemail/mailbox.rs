//! The mailbox of one account: it is read when the account has signed in, when the telephone says that something has changed
//! there, and when the user asks; only where no telephone says anything, now and then. Nothing that was refused is tried
//! again by itself.

use super::answers::{Trouble, TroubleKind, judge};
use super::questions::{Owner, Wanted};
use super::sweep::{Found, Sweep, Swept};
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::command::VoicemailWish;
use crate::engine::event::{
    AccountName, Event, Lamp, LinkState, Problem, ProblemKind, Service, Ticket, Voicemail, VoicemailId, VoicemailTold,
};
use crate::engine::output::Output;
use crate::engine::signin::uds::VoicemailService;
use crate::engine::signin::{self, Server};
use crate::machine::{Machine, Moment, Secret, Wake, visible_line};
use crate::protocol::http::Response;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// After so many seconds a mailbox that could not be read is tried again: the first time, the second, and so on.
const AGAIN: [u64; 5] = [15, 30, 60, 120, 300];

/// So often a mailbox is read where no telephone tells of it.
const POLL: Duration = Duration::from_secs(600);

/// Words of the credentials sources whose password is the one that signed in; others are "Web conferencing" and "Not set".
const SOURCES: [&str; 2] = ["unified cm", "presence"];

/// What may happen to it.
#[derive(Clone, Debug)]
pub enum MailboxIn {
    /// The user is signed in, with this password.
    SignIn(Option<Secret>),
    /// The user wants nothing more.
    SignOut,
    /// The user wants something.
    Wish(VoicemailWish),
    /// The call manager says what waits.
    Lamp(Lamp),
    /// A question of ours is answered.
    Answered(AskId, Answer),
    /// The machine has another network.
    NetworkChanged,
}

/// Where it is.
#[derive(Debug)]
pub(super) enum Phase {
    /// Not wanted.
    Out,
    /// It is being read.
    Reading(Sweep),
    /// It has been read, and is read again at this time.
    Resting(Option<Moment>),
    /// It could not be read, and is tried again then.
    Waiting(Moment),
    /// It cannot be read until somebody acts.
    Failed,
}

/// What was asked.
#[derive(Debug)]
pub(super) enum Asked {
    Reading,
    Sound(VoicemailId, For),
    Mark(VoicemailId, bool),
    Delete(VoicemailId),
    Undelete(VoicemailId),
}

/// For whom a sound is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Player,
    Ticket(Ticket),
}

/// The mailbox.
#[derive(Debug)]
pub struct Mailbox {
    account: AccountName,
    owner: Owner,
    /// Those that may have the password, in the order to try; where there is none, why.
    servers: Result<Vec<Server>, Problem>,
    /// Which of them is asked.
    current: usize,
    base: u64,
    made: u64,
    pub(super) password: Option<Secret>,
    pub(super) phase: Phase,
    /// Readings that have failed, one after the other.
    failures: usize,
    is_online: bool,
    pub(super) keeps_deleted: Option<bool>,
    pub(super) known: Option<Vec<Voicemail>>,
    lamp: Option<Lamp>,
    /// The lamp has changed while we were changing something: it may be for that.
    unsure: bool,
    asked: BTreeMap<AskId, (Server, Asked)>,
    pub(super) sounds: VecDeque<(VoicemailId, Option<Arc<[u8]>>)>,
    out: VecDeque<Output>,
}

impl Mailbox {
    /// The mailbox of `user` at this service, where that lies within these domains. Its questions are numbered from `base`
    /// on.
    #[must_use]
    pub fn new(account: AccountName, user: String, domains: Vec<String>, service: &VoicemailService, base: u64) -> Mailbox {
        Mailbox {
            account,
            servers: allowed(service, &domains),
            owner: Owner { user, domains },
            current: 0,
            base,
            made: 0,
            password: None,
            phase: Phase::Out,
            failures: 0,
            is_online: false,
            keeps_deleted: None,
            known: None,
            lamp: None,
            unsure: false,
            asked: BTreeMap::new(),
            sounds: VecDeque::new(),
            out: VecDeque::new(),
        }
    }

    /// A sound that was fetched to be played, or not.
    pub fn take_sound(&mut self) -> Option<(VoicemailId, Option<Arc<[u8]>>)> {
        self.sounds.pop_front()
    }

    /// The message of that id.
    #[must_use]
    pub fn message(&self, id: &VoicemailId) -> Option<&Voicemail> {
        self.known.as_ref()?.iter().find(|message| message.id == *id)
    }

    pub(super) fn sign_in(&mut self, password: Option<Secret>) {
        self.password = password;
        match (&self.servers, &self.password) {
            (Err(problem), _) => {
                let problem = problem.clone();
                self.fail(problem);
            }
            (Ok(_), None) => {
                let what = "Voicemail: the password that signed you in is not known any more.";
                self.fail(Problem::new(ProblemKind::Refused, what, "Sign out and in again."));
            }
            (Ok(_), Some(_)) => {
                self.link(LinkState::Connecting);
                self.sweep();
            }
        }
    }

    fn sign_out(&mut self) {
        let was = !matches!(self.phase, Phase::Out);
        (self.phase, self.password, self.failures) = (Phase::Out, None, 0);
        for (_, asked) in std::mem::take(&mut self.asked).into_values() {
            match asked {
                Asked::Reading => {}
                Asked::Sound(id, For::Player) => {
                    self.sounds.push_back((id.clone(), None));
                    self.tell(VoicemailTold::Doing(id, None));
                }
                Asked::Sound(id, _) | Asked::Mark(id, _) | Asked::Delete(id) | Asked::Undelete(id) => {
                    self.tell(VoicemailTold::Doing(id, None));
                }
            }
        }
        if was {
            self.link(LinkState::Offline);
        }
    }

    /// Begins to read, unless it is being read.
    pub(super) fn sweep(&mut self) {
        if let Phase::Reading(sweep) = &mut self.phase {
            sweep.overtaken = true;
            return;
        }
        self.phase = Phase::Reading(Sweep::new(self.keeps_deleted));
        self.go_on();
    }

    /// Asks for what the reading wants.
    fn go_on(&mut self) {
        if !self.ask(Asked::Reading) {
            let what = "Voicemail: the service profile names a host that cannot be one.";
            self.fail(Problem::new(ProblemKind::Protocol, what, "The administrator must correct the service profile."));
        }
    }

    /// Asks for something; whether that could be written as a request.
    pub(super) fn ask(&mut self, asked: Asked) -> bool {
        let wanted = match (&asked, &self.phase) {
            (Asked::Reading, Phase::Reading(sweep)) => sweep.wants(),
            (Asked::Reading, _) => return false,
            (Asked::Sound(id, _), _) => Wanted::Sound(&id.0),
            (Asked::Mark(id, read), _) => Wanted::Mark(&id.0, *read),
            (Asked::Delete(id), _) => Wanted::Delete(&id.0),
            (Asked::Undelete(id), _) => Wanted::Undelete(&id.0),
        };
        let (Some(server), Some(password)) = (self.server(), &self.password) else { return false };
        let Some(request) = self.owner.request(&server, password, wanted) else { return false };
        self.made += 1;
        let id = AskId(self.base + self.made);
        self.asked.insert(id, (server, asked));
        let (account, question) = (self.account.clone(), signin::Question::Http(request));
        self.out.push_back(Output::Ask(id, Question::SignIn { account, question }));
        true
    }

    fn server(&self) -> Option<Server> {
        self.servers.as_ref().ok()?.get(self.current).cloned()
    }

    fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        let Some((server, asked)) = self.asked.remove(&id) else { return };
        let judged = judge(&server, answer);
        match asked {
            Asked::Reading => self.heard_reading(now, &server, judged),
            Asked::Sound(id, whose) => match self.done(&id, judged) {
                Some(response) => self.heard_sound(id, whose, response.body),
                None if whose == For::Player => self.sounds.push_back((id, None)),
                None => {}
            },
            Asked::Mark(id, read) => {
                if self.done(&id, judged).is_some() {
                    self.change(&id, |message| message.read = read);
                }
            }
            Asked::Delete(id) => {
                if self.done(&id, judged).is_some() {
                    if self.keeps_deleted == Some(false) {
                        self.gone(&id);
                    } else {
                        self.change(&id, |message| message.deleted = true);
                    }
                }
            }
            Asked::Undelete(id) => {
                if self.done(&id, judged).is_some() {
                    self.change(&id, |message| message.deleted = false);
                }
            }
        }
        self.make_sure();
    }

    /// Where the lamp has changed, and not for what we do ourselves, the mailbox is read.
    fn make_sure(&mut self) {
        let changing = |asked: &Asked| matches!(asked, Asked::Mark(..) | Asked::Delete(_) | Asked::Undelete(_));
        let settled = matches!(self.phase, Phase::Resting(_)) && !self.asked.values().any(|(_, asked)| changing(asked));
        if settled && std::mem::take(&mut self.unsure) && !self.agrees() {
            self.sweep();
        }
    }

    fn heard_reading(&mut self, now: Moment, server: &Server, judged: Result<Response, Trouble>) {
        let Phase::Reading(sweep) = &mut self.phase else { return };
        let swept = match judged {
            Ok(response) => sweep.read(&response.body).map_err(|why| Trouble::unreadable(server, &why)),
            Err(Trouble { kind: TroubleKind::Missing, .. }) if sweep.does_without() => Ok(Swept::Done(sweep.done())),
            Err(trouble) => Err(trouble),
        };
        match swept {
            Ok(Swept::Goes) => self.go_on(),
            Ok(Swept::Done(found)) => self.read(now, server, found),
            Ok(Swept::NotMounted) => {
                let what = format!("Voicemail: {} has your mailbox, but cannot use it now.", server.host);
                self.put_off(now, Problem::new(ProblemKind::Unreachable, what, ""));
            }
            Err(Trouble { kind: TroubleKind::Passing, problem }) => {
                sweep.failed += 1;
                let servers = self.servers.as_ref().map_or(0, Vec::len);
                if sweep.failed < servers {
                    let failed = sweep.failed;
                    self.current = (self.current + 1) % servers.max(1);
                    self.phase = Phase::Reading(Sweep::after(failed, self.keeps_deleted));
                    self.go_on();
                } else {
                    self.put_off(now, problem);
                }
            }
            Err(Trouble { kind: TroubleKind::Missing, .. }) => {
                let what = format!("Voicemail: {} has no mailbox for {}.", server.host, visible_line(&self.owner.user));
                self.fail(Problem::new(ProblemKind::Refused, what, "Ask the administrator for one."));
            }
            Err(Trouble { problem, .. }) => self.fail(problem),
        }
    }

    /// The mailbox has been read.
    fn read(&mut self, now: Moment, server: &Server, found: Found) {
        let Phase::Reading(Sweep { overtaken, .. }) = self.phase else { return };
        self.keeps_deleted = Some(found.keeps_deleted);
        if !self.is_online {
            self.link(LinkState::Online { address: format!("{} at {}", self.owner.user, server.host) });
        }
        self.failures = 0;
        self.known = Some(found.messages.clone());
        let Found { keeps_deleted, messages, more } = found;
        self.tell(VoicemailTold::Listed { messages, more, keeps_deleted });
        self.phase = Phase::Resting(self.lamp.is_none().then(|| now + POLL));
        if overtaken && !self.agrees() {
            self.sweep();
        }
    }

    /// What the lamp says last is what is in the list.
    fn agrees(&self) -> bool {
        let (Some(Lamp { counts: Some((new, old)), .. }), Some(known)) = (self.lamp, &self.known) else { return false };
        let count = |read| known.iter().filter(|message| !message.deleted && message.read == read).count();
        (count(false), count(true)) == (new as usize, old as usize)
    }

    /// It is tried again after a while.
    fn put_off(&mut self, now: Moment, why: Problem) {
        let seconds = AGAIN.get(self.failures).or(AGAIN.last()).copied().unwrap_or_default();
        self.failures += 1;
        let retry_in = Duration::from_secs(seconds);
        self.phase = Phase::Waiting(now + retry_in);
        self.link(LinkState::Waiting { why, retry_in });
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.phase = Phase::Failed;
        self.link(LinkState::Failed(problem));
    }

    pub(super) fn tell(&mut self, told: VoicemailTold) {
        self.out.push_back(Output::Event(Event::Voicemail { account: self.account.clone(), told }));
    }

    fn link(&mut self, state: LinkState) {
        self.is_online = matches!(state, LinkState::Online { .. });
        let (account, service) = (self.account.clone(), Service::Voicemail);
        self.out.push_back(Output::Event(Event::Link { account, service, state }));
    }

    fn lamp(&mut self, lamp: Lamp) {
        self.lamp = Some(lamp);
        match &mut self.phase {
            Phase::Resting(poll) => {
                *poll = None;
                self.unsure = true;
                self.make_sure();
            }
            Phase::Reading(sweep) => sweep.overtaken = true,
            Phase::Out | Phase::Waiting(_) | Phase::Failed => {}
        }
    }
}

/// The servers that may have the password: those of the services domain, if the profile says that it is theirs.
fn allowed(service: &VoicemailService, domains: &[String]) -> Result<Vec<Server>, Problem> {
    let refused = |what: String, next: &str| Err(Problem::new(ProblemKind::Refused, what, next));
    let source = service.credentials_source.as_ref().map(|source| source.raw().to_ascii_lowercase()).unwrap_or_default();
    if !SOURCES.iter().any(|known| source.contains(known)) {
        let what = "Voicemail: the service profile does not say that it takes your password, so it was not sent.".to_owned();
        return refused(what, "The administrator may set the credentials source of the voicemail service.");
    }
    let is_ours = |server: &&Server| domains.iter().any(|domain| server.is_within(domain));
    let servers: Vec<Server> = service.servers.iter().filter(is_ours).cloned().collect();
    match service.servers.first() {
        Some(first) if servers.is_empty() => {
            let what = format!("Voicemail: {first} lies outside the domain of the services: your password was not sent there.");
            refused(what, "The administrator may name the voicemail server by its name in the domain.")
        }
        _ => Ok(servers),
    }
}

impl Machine for Mailbox {
    type Input = MailboxIn;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: MailboxIn) {
        match input {
            MailboxIn::SignIn(password) => self.sign_in(password),
            MailboxIn::SignOut => self.sign_out(),
            MailboxIn::Wish(wish) => self.wish(wish),
            MailboxIn::Lamp(lamp) => self.lamp(lamp),
            MailboxIn::Answered(id, answer) => self.answered(now, id, answer),
            MailboxIn::NetworkChanged if matches!(self.phase, Phase::Waiting(_)) => self.sweep(),
            MailboxIn::NetworkChanged => {}
        }
    }

    fn expire(&mut self, now: Moment) {
        if let Phase::Resting(Some(at)) | Phase::Waiting(at) = self.phase
            && at <= now
        {
            self.sweep();
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        match self.phase {
            Phase::Resting(Some(at)) => Some(Wake { at, why: "nobody tells of new voicemail" }),
            Phase::Waiting(at) => Some(Wake { at, why: "voicemail is tried again" }),
            _ => None,
        }
    }
}
