//! The link at a redundancy group of presence servers: what its machine says is done, and where servers send us is followed
//! within the domains of the account.

use super::{Link, MOST_HOPS, Step, tell};
use crate::engine::ask::Question;
use crate::engine::chat::outgoing::Outgoing;
use crate::engine::event::{LinkState, Problem, ProblemKind};
use crate::engine::output::XmppOut;
use crate::engine::signin::Server;
use crate::engine::signin::cup::{Group, Ha, HaIn, HaOut};
use crate::machine::{Chance, Machine, Moment, RemoteText};

/// The port of XMPP.
const XMPP: u16 = 5222;

impl Link {
    /// The account is signed in at this group, or at none.
    pub(in crate::engine::chat) fn join(&mut self, group: Option<Group>, chance: Chance) {
        self.ha = group.map(|group| Ha::new(group, chance));
    }

    /// A server sends us to another one, which is followed within the domains of the account, and not for ever.
    pub(in crate::engine::chat) fn sent_to(
        &mut self,
        now: Moment,
        to: &RemoteText,
        unused: bool,
        why: Problem,
        chance: &mut Chance,
        out: &mut Outgoing,
    ) {
        if !matches!(self.step, Step::Connecting { .. } | Step::Online { .. }) {
            return;
        }
        self.hops += 1;
        match Server::parse(to.raw(), XMPP).filter(|server| self.may_follow(server)) {
            Some(server) if self.hops <= MOST_HOPS && self.ha.is_some() => {
                self.tell_ha(now, HaIn::SentTo { node: server, unused }, Some(why), out);
            }
            Some(server) if self.hops <= MOST_HOPS => {
                tell(out, LinkState::Connecting);
                self.seek(now, &server, out);
            }
            Some(_) => {
                let what = format!("The XMPP servers send us from one to the other ({} times, at last to {to}).", self.hops);
                self.down(now, Problem::new(ProblemKind::Protocol, what, "Ask whoever runs them."), chance, out);
            }
            None => {
                let what = format!("The XMPP server sends us to {to}, which lies outside of the domain: it is not followed.");
                let next =
                    "If that is right, ask the administrator to name it within the domain, or set it as the chat server.";
                self.down(now, Problem::new(ProblemKind::Protocol, what, next), chance, out);
            }
        }
    }

    fn may_follow(&self, server: &Server) -> bool {
        let own = self.account().map(|jid| jid.domain().to_string());
        let group = self.ha.as_ref().map(Ha::group);
        let mut domains = own.iter().chain(group.iter().flat_map(|group| &group.domains));
        let is_node = |group: &&Group| group.nodes.iter().any(|node| node.host == server.host);
        domains.any(|domain| server.is_within(domain)) || group.iter().any(is_node)
    }

    /// Tells the group's machine, and does what it says.
    pub(super) fn tell_ha(&mut self, now: Moment, input: HaIn, why: Option<Problem>, out: &mut Outgoing) {
        self.trouble = why.or(self.trouble.take());
        if let Some(ha) = &mut self.ha {
            ha.handle(now, input);
        }
        self.follow(now, out);
    }

    pub(super) fn follow(&mut self, now: Moment, out: &mut Outgoing) {
        while let Some(said) = self.ha.as_mut().and_then(Machine::poll) {
            if !matches!(said, HaOut::Wait(_) | HaOut::GiveUp)
                && matches!(self.step, Step::Online { .. } | Step::Waiting { .. } | Step::Failed)
            {
                tell(out, LinkState::Connecting);
            }
            match said {
                HaOut::Login { node, fresh } => {
                    self.password = None;
                    let ask = out.ask(Question::Token { account: out.account(), node, fresh });
                    self.step = Step::Login { ask };
                }
                HaOut::Connect(node) => self.seek(now, &node, out),
                HaOut::Wait(retry_in) => {
                    self.afresh();
                    self.step = Step::Waiting { until: now + retry_in };
                    let why = self.why();
                    tell(out, LinkState::Waiting { why, retry_in });
                }
                HaOut::GiveUp => {
                    let Problem { kind, what, next, certificate } = self.why();
                    let what = format!("No node of the presence server can be signed in at. {what}");
                    let next = if next.is_empty() { "Sign in again once one is back." } else { &next };
                    let problem = Problem { certificate, ..Problem::new(kind, what, next) };
                    out.link(XmppOut::Close);
                    self.step = Step::Failed;
                    tell(out, LinkState::Failed(problem));
                }
            }
        }
    }

    fn why(&self) -> Problem {
        let unknown = || Problem::new(ProblemKind::Unreachable, "The presence server does not answer.", "");
        self.trouble.clone().unwrap_or_else(unknown)
    }
}
