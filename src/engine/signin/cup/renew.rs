//! One-time passwords for chat, after the sign-in: each is good for one stream. The session that there is serves at both
//! nodes of a redundancy group; where it is gone, a new one is begun with the password that was accepted.

use super::interface::CupOut;
use super::profile::{Profile, xmpp_of};
use super::requests;
use super::sign_in::CupSignIn;
use super::stage::{Renewal, Session, Stage};
use super::token::Token;
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::signin::Server;
use crate::engine::signin::uds::consent::Verdict;
use crate::engine::signin::uds::judge::{Fault, FaultKind};
use crate::engine::signin::uds::questions::About;
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::epas::{Call, Config, Login};

impl CupSignIn {
    pub(super) fn renew(&mut self, now: Moment, node: Server, fresh: bool) {
        match self.stage {
            Stage::Serving(_) => {}
            Stage::Idle | Stage::Over => {
                return self.token(Err(lost("Nobody is signed in at the presence server.".into())));
            }
            // What the user has is being asked for, by the one session that they have.
            _ => {
                self.chat_waits = Some((node, fresh));
                return;
            }
        }
        // One that chat does not wait for any more.
        self.asking.questions.forget();
        self.stage = Stage::Serving(None);
        let from_here = self.session.as_ref().is_some_and(|session| session.node == node);
        if let Some(secret) = self.unused.take().filter(|_| from_here && !fresh) {
            let (nodes, window) = (self.profile.xmpp.clone(), self.profile.window);
            return self.token(Ok(Token { secret, nodes, window }));
        }
        if self.asking.consent.host(&node.host) != Verdict::Yes {
            return self.token(Err(lost(format!("{node} lies outside of the domain, and was not agreed to."))));
        }
        let question = match (fresh || self.session.is_none(), &self.asking.password) {
            (true, Some(password)) => {
                let call = Call::Login { user: self.start.user.clone(), password: password.clone(), force: true };
                requests::soap(&node, &call)
            }
            (true, None) => return self.token(Err(lost("The password is not known any more.".into()))),
            (false, _) => None,
        };
        let nodes = self.remembered.take();
        let config = nodes.is_some().then_some(None);
        self.stage = Stage::Serving(Some(Renewal { node: node.clone(), token: None, config, nodes }));
        match question {
            Some(question) => self.asking.ask(now, About::Login, node, question),
            None => self.ask_for_renewal(now, &node),
        }
    }

    /// A one-time password and, unless it is remembered, where XMPP is now.
    fn ask_for_renewal(&mut self, now: Moment, node: &Server) {
        match &self.stage {
            Stage::Serving(Some(Renewal { nodes: Some(_), .. })) => self.ask_token(now, node),
            _ => self.ask_by_session(now, node),
        }
    }

    pub(super) fn renewed_login(&mut self, now: Moment, node: Server, result: Result<Login, Fault>) {
        match result {
            Ok(login) => {
                self.session = Some(Session { key: login.session, node: node.clone() });
                self.ask_for_renewal(now, &node);
            }
            Err(fault) => {
                if fault.kind == FaultKind::Password {
                    self.asking.refuse_password();
                }
                self.not_renewed(fault);
            }
        }
    }

    pub(super) fn renewed_config(&mut self, config: Option<Config>) {
        if let Stage::Serving(Some(renewal)) = &mut self.stage {
            renewal.config = Some(config);
        }
        self.renewed();
    }

    pub(super) fn renewed_token(&mut self, given: Result<Secret, Fault>) {
        match (given, &mut self.stage) {
            (Ok(token), Stage::Serving(Some(renewal))) => renewal.token = Some(token),
            (Err(fault), _) => return self.not_renewed(fault),
            (Ok(_), _) => {}
        }
        self.renewed();
    }

    /// Both have come.
    fn renewed(&mut self) {
        let Stage::Serving(renewal) = &mut self.stage else { return };
        if !renewal.as_ref().is_some_and(|renewal| renewal.token.is_some() && renewal.config.is_some()) {
            return;
        }
        let Some(Renewal { node, token: Some(secret), config: Some(config), nodes }) = renewal.take() else { return };
        if let Some(session) = &mut self.session {
            session.node = node.clone();
        }
        // Who answers is the one that stands; where XMPP is now they know better.
        self.logins.sort_by_key(|login| *login != node);
        let said = config.map(|config| Profile::of(&config, &node)).unwrap_or_default();
        let nodes = match nodes {
            Some(mut nodes) => {
                nodes.sort_by_key(|known| known.host != node.host);
                nodes
            }
            None if said.xmpp.is_empty() => xmpp_of(&self.logins),
            None => said.xmpp,
        };
        self.token(Ok(Token { secret, nodes, window: said.window }));
    }

    fn not_renewed(&mut self, fault: Fault) {
        self.asking.questions.forget();
        self.stage = Stage::Serving(None);
        self.token(Err(fault.problem));
    }

    fn token(&mut self, token: Result<Token, Problem>) {
        self.asking.say(CupOut::Token(token));
    }
}

fn lost(what: String) -> Problem {
    Problem::new(ProblemKind::Unreachable, what, "Sign out and in again.")
}
