//! Getting online and staying there: find the server, get the password, try one address after the other, wait longer and
//! longer. A refused password or an untrusted certificate is final until the user acts (no password is tried twice).
//! At a redundancy group of presence servers [`Ha`] says which node is next, and when.

mod group;

use super::outgoing::Outgoing;
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::event::{AccountName, Event, LinkState, Problem, ProblemKind, Service};
use crate::engine::output::{Lasts, XmppConnect, XmppOut, XmppTls};
use crate::engine::settings::{Account, ChatAccount};
use crate::engine::signin::Server;
use crate::engine::signin::cup::{Ha, HaIn};
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::dns;
use crate::protocol::xmpp::locate::{Endpoint, Locate, NotFound, Sought, Start};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// How long the link may take to answer a `Connect`.
pub(super) const CONNECT_PATIENCE: Duration = Duration::from_secs(90);

/// The first wait lies between half of this and all of it; each later one is twice as long (RFC 6120 §3.3).
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A link that held this long was good: the next wait is the first again.
const GOOD_LINK: Duration = Duration::from_secs(30);

/// So often in a row servers may send us to others.
const MOST_HOPS: u8 = 3;

/// The link's state. Exactly one.
#[derive(Debug)]
enum Step {
    /// Signed out.
    Offline,
    /// A one-time password is asked for.
    Login { ask: AskId },
    /// The DNS is asked.
    Finding { locate: Locate, open: BTreeMap<AskId, dns::Question> },
    /// The places are known, the password is asked.
    Password { ask: AskId },
    /// An attempt is under way.
    Connecting { deadline: Moment },
    /// Signed in.
    Online { since: Moment },
    /// Down, and tried again at `until`.
    Waiting { until: Moment },
    /// Down until the user acts.
    Failed,
}

/// The link of one account.
#[derive(Debug)]
pub(super) struct Link {
    name: AccountName,
    step: Step,
    resource: String,
    cleartext: bool,
    chat: Option<ChatAccount>,
    password: Option<Secret>,
    /// Where to connect, next first. Kept while online, so that a lost stream is resumed where it was.
    endpoints: VecDeque<Endpoint>,
    /// Those that have failed since the last success.
    tried: VecDeque<Endpoint>,
    waits: u32,
    /// The redundancy group, where the account is signed in at one.
    ha: Option<Ha>,
    /// Why the last attempt has failed.
    trouble: Option<Problem>,
    /// Servers have sent us on so often, and a node of the group has failed, since the stream was up last.
    hops: u8,
    node_failed: bool,
}

impl Link {
    pub(super) fn new(account: &Account, chance: &mut Chance) -> Link {
        Link {
            name: account.name.clone(),
            step: Step::Offline,
            // Several of our processes may share an account; nobody can guess where to find one.
            resource: format!("offhook-{}", chance.hex(4)),
            cleartext: account.allow_cleartext,
            chat: account.chat.clone(),
            password: None,
            endpoints: VecDeque::new(),
            tried: VecDeque::new(),
            waits: 0,
            ha: None,
            trouble: None,
            hops: 0,
            node_failed: false,
        }
    }

    /// Whether stanzas can be handed to the link.
    pub(super) fn is_online(&self) -> bool {
        matches!(self.step, Step::Online { .. })
    }

    /// Our bare JID, where the account has a good one.
    pub(super) fn account(&self) -> Option<BareJid> {
        self.chat.as_ref().and_then(|chat| BareJid::new(&chat.jid).ok())
    }

    /// The account's server is another one now: the next sign-in begins there.
    pub(super) fn moved(&mut self, account: &Account, out: &mut Outgoing) {
        if matches!(self.step, Step::Connecting { .. } | Step::Online { .. }) {
            out.link(XmppOut::Close);
        }
        (self.chat, self.cleartext, self.step) = (account.chat.clone(), account.allow_cleartext, Step::Offline);
        self.endpoints.clear();
        self.tried.clear();
    }

    pub(super) fn sign_in(&mut self, now: Moment, out: &mut Outgoing) {
        match self.step {
            Step::Offline | Step::Failed | Step::Waiting { .. } => {
                self.waits = 0;
                self.afresh();
                self.step = Step::Offline;
                tell(out, LinkState::Connecting);
                self.begin(now, out);
            }
            Step::Login { .. }
            | Step::Finding { .. }
            | Step::Password { .. }
            | Step::Connecting { .. }
            | Step::Online { .. } => {}
        }
    }

    pub(super) fn sign_out(&mut self, out: &mut Outgoing) {
        if !matches!(self.step, Step::Offline) {
            out.link(XmppOut::Close);
        }
        self.step = Step::Offline;
        self.password = None;
        self.endpoints.clear();
        self.tried.clear();
        self.afresh();
        if let Some(ha) = &mut self.ha {
            ha.stop();
        }
        tell(out, LinkState::Offline);
    }

    /// What servers have sent us to, and which have failed, counts no more.
    fn afresh(&mut self) {
        (self.hops, self.node_failed) = (0, false);
    }

    /// Whether the answer was to a question of the link.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        id: AskId,
        answer: &Answer,
        chance: &mut Chance,
        out: &mut Outgoing,
    ) -> bool {
        match (&mut self.step, answer) {
            (Step::Login { ask }, Answer::Token(answer)) if *ask == id => {
                match answer.clone() {
                    Ok(token) => {
                        self.password = Some(token.secret);
                        self.tell_ha(now, HaIn::LoggedIn(token.nodes, token.window), None, out);
                    }
                    // What was refused at one node is shown to no other.
                    Err(why) if why.kind == ProblemKind::Password => self.fail(why, out),
                    Err(why) => self.tell_ha(now, HaIn::LoginFailed, Some(why), out),
                }
                true
            }
            (Step::Finding { locate, open }, Answer::Dns(answer)) => {
                let Some(question) = open.remove(&id) else { return false };
                locate.handle(&question, answer.clone(), chance);
                self.find(now, chance, out);
                true
            }
            (Step::Password { ask }, Answer::Password(answer)) if *ask == id => {
                match answer {
                    Ok(password) => {
                        self.password = Some(password.clone());
                        self.connect(now, out);
                    }
                    Err(why) => {
                        // What it says is whole: which account, why, and what to do.
                        self.fail(Problem::local(why.to_string(), ""), out);
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// The stream is up.
    pub(super) fn up(&mut self, now: Moment, jid: &str, resumed: bool, out: &mut Outgoing) {
        self.step = Step::Online { since: now };
        self.afresh();
        if let Some(ha) = &mut self.ha {
            ha.handle(now, HaIn::Up);
        }
        // The server kept the stream for us: what failed is the way to it, and that may fail often.
        if resumed {
            self.waits = 0;
        }
        while let Some(endpoint) = self.tried.pop_front() {
            self.endpoints.push_back(endpoint);
        }
        tell(out, LinkState::Online { address: jid.to_owned() });
    }

    /// The stream is down, or an attempt has failed.
    pub(super) fn down(&mut self, now: Moment, why: Problem, chance: &mut Chance, out: &mut Outgoing) {
        match self.step {
            Step::Connecting { .. } | Step::Online { .. } => {}
            _ => return,
        }
        match why.kind {
            ProblemKind::Password | ProblemKind::Refused | ProblemKind::Untrusted | ProblemKind::Clear | ProblemKind::Local => {
                self.fail(why, out)
            }
            ProblemKind::Unreachable | ProblemKind::Protocol => {
                if self.ha.is_some() {
                    let is_online = self.is_online();
                    self.node_failed |= !is_online;
                    let input = if is_online { HaIn::Lost } else { HaIn::Failed };
                    return self.tell_ha(now, input, Some(why), out);
                }
                if let Step::Online { since } = self.step {
                    if now.since(since) >= GOOD_LINK {
                        self.waits = 0;
                    }
                    return self.wait(now, why, chance, out);
                }
                if let Some(failed) = self.endpoints.pop_front() {
                    self.tried.push_back(failed);
                }
                if self.endpoints.is_empty() { self.wait(now, why, chance, out) } else { self.connect(now, out) }
            }
        }
    }

    /// Interfaces have changed: whoever waits need not wait longer.
    pub(super) fn network_changed(&mut self, now: Moment, out: &mut Outgoing) {
        if self.ha.is_some() {
            if matches!(self.step, Step::Waiting { .. } | Step::Failed) {
                self.tell_ha(now, HaIn::NetworkChanged, None, out);
            }
            return;
        }
        if matches!(self.step, Step::Waiting { .. }) {
            self.again(now, out);
        }
    }

    pub(super) fn expire(&mut self, now: Moment, chance: &mut Chance, out: &mut Outgoing) {
        match self.step {
            Step::Waiting { until } if until <= now => match &mut self.ha {
                Some(ha) => {
                    ha.expire(now);
                    self.follow(now, out);
                }
                None => self.again(now, out),
            },
            Step::Connecting { deadline } if deadline <= now => {
                let (what, next) = ("The server does not answer.", "Check the network, and whether the server is up.");
                self.down(now, Problem::new(ProblemKind::Unreachable, what, next), chance, out);
            }
            _ => {}
        }
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        match self.step {
            Step::Waiting { until } => Some(Wake { at: until, why: "next attempt to connect" }),
            Step::Connecting { deadline } => Some(Wake { at: deadline, why: "the link's answer" }),
            _ => None,
        }
    }

    /// Another attempt: where it was, while a place is left, else from the DNS on.
    fn again(&mut self, now: Moment, out: &mut Outgoing) {
        tell(out, LinkState::Connecting);
        if self.endpoints.is_empty() || self.password.is_none() { self.begin(now, out) } else { self.connect(now, out) }
    }

    fn begin(&mut self, now: Moment, out: &mut Outgoing) {
        self.endpoints.clear();
        self.tried.clear();
        let Some((chat, account)) = self.chat.as_ref().zip(self.account()) else {
            let what = "This account has no JID that can be used.";
            let next = "Remove the account and add it anew, with an address as in alice@example.test (--jid).";
            return self.fail(Problem::new(ProblemKind::Local, what, next), out);
        };
        if self.ha.is_some() {
            return self.tell_ha(now, HaIn::SignIn, None, out);
        }
        let sought = match &chat.server {
            Some(server) => Sought::Server {
                host: server.host.clone(),
                port: server.port,
                tls: if server.direct_tls { Start::Direct } else { Start::StartTls },
            },
            None => Sought::Domain(account.domain().as_str().to_owned()),
        };
        self.step = Step::Finding { locate: Locate::new(sought), open: BTreeMap::new() };
        self.ask_dns(now, out);
    }

    /// Looks for this server, to connect to it.
    fn seek(&mut self, now: Moment, server: &Server, out: &mut Outgoing) {
        self.endpoints.clear();
        self.tried.clear();
        let sought = Sought::Server { host: server.host.clone(), port: server.port, tls: Start::StartTls };
        self.step = Step::Finding { locate: Locate::new(sought), open: BTreeMap::new() };
        self.ask_dns(now, out);
    }

    fn ask_dns(&mut self, now: Moment, out: &mut Outgoing) {
        if let Step::Finding { locate, open } = &mut self.step {
            while let Some(question) = locate.poll() {
                open.insert(out.ask(Question::Dns(self.name.clone(), question.clone())), question);
            }
            // A literal address needs no DNS.
            if locate.outcome().is_some() {
                self.found(now, out);
            }
        }
    }

    fn find(&mut self, now: Moment, chance: &mut Chance, out: &mut Outgoing) {
        let Step::Finding { locate, .. } = &self.step else { return };
        match locate.outcome() {
            None => self.ask_dns(now, out),
            Some(Ok(_)) => self.found(now, out),
            Some(Err(why)) => {
                let kind = ProblemKind::Unreachable;
                let what = format!("No XMPP server was found: {}.", crate::machine::visible_line(&why.to_string()));
                let lasting = !matches!(why, NotFound::Failed { .. });
                let next = if lasting {
                    "Check the address, or add the account anew and name its chat server (--xmpp-server HOST:PORT)."
                } else {
                    ""
                };
                let problem = Problem::new(kind, what, next);
                if self.ha.is_some() {
                    self.node_failed = true;
                    return self.tell_ha(now, HaIn::Failed, Some(problem), out);
                }
                if lasting { self.fail(problem, out) } else { self.wait(now, problem, chance, out) }
            }
        }
    }

    /// Takes the places that were found; asks the password where it is not known yet.
    fn found(&mut self, now: Moment, out: &mut Outgoing) {
        let Step::Finding { locate, .. } = &self.step else { return };
        if let Some(Ok(endpoints)) = locate.outcome() {
            self.endpoints = endpoints.iter().cloned().collect();
        }
        // The password of this sign-in serves its later attempts too.
        if self.password.is_none() {
            let ask = out.ask(Question::Password { account: out.account(), service: Service::Chat });
            self.step = Step::Password { ask };
        } else {
            self.connect(now, out);
        }
    }

    fn connect(&mut self, now: Moment, out: &mut Outgoing) {
        let (Some(password), Some(endpoint)) = (&self.password, self.endpoints.front()) else {
            return if self.ha.is_some() { self.tell_ha(now, HaIn::Failed, None, out) } else { self.begin(now, out) };
        };
        let tls = match (endpoint.tls, self.cleartext) {
            (Start::Direct, _) => XmppTls::Direct,
            (Start::StartTls, false) => XmppTls::Required,
            (Start::StartTls, true) => XmppTls::Optional,
        };
        let connect = XmppConnect {
            jid: self.account().map(|jid| jid.to_string()).unwrap_or_default(),
            resource: self.resource.clone(),
            password: password.clone(),
            lasts: if self.ha.as_ref().is_some_and(|ha| !ha.group().logins.is_empty()) { Lasts::Once } else { Lasts::Long },
            // Home nodes are for groups; where one of them has failed, whichever has us is home.
            stay: self.ha.is_none() || self.node_failed || self.hops >= MOST_HOPS,
            host: endpoint.host.clone(),
            addresses: endpoint.addresses.clone(),
            tls,
        };
        self.step = Step::Connecting { deadline: now + CONNECT_PATIENCE };
        out.link(XmppOut::Connect(connect));
    }

    fn wait(&mut self, now: Moment, why: Problem, chance: &mut Chance, out: &mut Outgoing) {
        let longest = LONGEST_WAIT.min(FIRST_WAIT.saturating_mul(1 << self.waits.min(16)));
        self.waits += 1;
        let half = longest / 2;
        let jitter = chance.below(u64::try_from(half.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
        let retry_in = half + Duration::from_millis(jitter);
        self.step = Step::Waiting { until: now + retry_in };
        tell(out, LinkState::Waiting { why, retry_in });
    }

    fn fail(&mut self, why: Problem, out: &mut Outgoing) {
        if matches!(self.step, Step::Connecting { .. } | Step::Online { .. }) {
            out.link(XmppOut::Close);
        }
        self.password = None;
        self.step = Step::Failed;
        if let Some(ha) = &mut self.ha {
            ha.stop();
        }
        tell(out, LinkState::Failed(why));
    }
}

fn tell(out: &mut Outgoing, state: LinkState) {
    let account = out.account();
    out.tell(Event::Link { account, service: Service::Chat, state });
}
