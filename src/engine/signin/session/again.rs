//! A start from what the last sign-in has found: it begins at once, everything is asked beside it, and what has changed is
//! told, and kept for the next time.

use super::{Session, SessionOut};
use crate::engine::event::{Problem, ProblemKind, Source};
use crate::engine::signin::cache::CacheChange;
use crate::engine::signin::cup::{CupSignIn, Resumed, Way};
use crate::engine::signin::deployment::{At, Deployment};
use crate::engine::signin::discovery::DiscoveryIn;
use crate::engine::signin::services::Services;
use crate::engine::signin::uds::{CucmIn, SignedIn};
use crate::engine::signin::warm::{self, Compared, Warm, Whom};
use crate::machine::{Machine, Moment, Secret};

impl Session {
    /// Signs in there: at once where the last sign-in there is remembered, else by asking.
    pub(super) fn start_at(&mut self, now: Moment, whom: Whom) {
        let first = self.warm.is_none() && self.deployment.is_none();
        let Some(remembered) = warm::recall(&self.launch, &whom).filter(|_| first).cloned() else {
            return self.sign_in_at(now, whom);
        };
        self.out.extend(remembered.signed_in().map(warm::step).map(SessionOut::Step));
        self.warm = Some(Warm::new(remembered, whom));
        self.out.push_back(SessionOut::NeedPassword { refused: false });
    }

    /// The password that is known already, unless it was refused; else it is asked for.
    pub(super) fn need_password(&mut self, now: Moment, refused: bool) {
        match self.password.take() {
            Some(password) if !refused => {
                self.password = Some(password.clone());
                self.tell(now, CucmIn::Password(password));
            }
            // Two have refused the same one, and the user was asked.
            None if refused && self.refused => {}
            _ => {
                self.refused |= refused;
                self.out.push_back(SessionOut::NeedPassword { refused });
            }
        }
    }

    pub(super) fn password(&mut self, now: Moment, password: Secret) {
        self.password = Some(password.clone());
        match self.warm.as_mut().and_then(|warm| warm.begin(now)) {
            Some(signed_in) => {
                self.serve(&signed_in, password);
                self.found(Services::Deployment(signed_in));
            }
            None => self.tell(now, CucmIn::Password(password)),
        }
    }

    /// The presence server gives one-time passwords from the beginning: they come first, and nothing else does.
    fn serve(&mut self, signed_in: &SignedIn, password: Secret) {
        let Some(Whom::Presence(way @ Way::Presence(_))) = self.warm.as_ref().map(Warm::whom) else { return };
        let Some(chat) = signed_in.chat.as_ref().filter(|chat| !chat.logins.is_empty()) else { return };
        let resumed = Resumed { logins: chat.logins.clone(), nodes: chat.servers.clone(), password };
        let way = way.clone();
        let machine = CupSignIn::resumed(self.cup_start(way.clone()), resumed);
        self.deployment = Some(Deployment { at: At::Cup(Box::new(machine)), whom: Whom::Presence(way), waits: None });
    }

    /// Asks whether what is remembered still holds.
    pub(super) fn check(&mut self, now: Moment, whom: Whom) {
        match &mut self.deployment {
            Some(deployment) if !deployment.is_over() => deployment.check(now),
            Some(_) | None => self.begin_at(now, whom),
        }
    }

    /// What was found: used, or compared with what is used already.
    pub(super) fn signed_in(&mut self, signed_in: SignedIn) {
        if let Some(Deployment { whom, .. }) = &self.deployment {
            let change = warm::keep(&self.launch, whom, &signed_in).filter(|_| !self.partial);
            self.out.extend(change.map(SessionOut::Keep));
        }
        let elsewhere = self.keep_voice_domain(&signed_in);
        match self.warm.take().map(|warm| warm.compare(&signed_in, self.wants.phone)) {
            // What was begun with a password that was refused begins anew.
            _ if std::mem::take(&mut self.refused) => self.found(Services::Deployment(signed_in)),
            None | Some(Compared::Replaced) => self.found(Services::Deployment(signed_in)),
            Some(Compared::Same) if elsewhere => self.changed("the administrator names another voice services domain"),
            Some(Compared::Same) => {}
            Some(Compared::Changed) => self.changed("the services of this user are others than at the last sign-in"),
        }
    }

    /// It cannot sign in at the nodes that were decided. Where a cached answer has named them, the DNS is asked again.
    pub(super) fn sign_in_failed(&mut self, now: Moment, problem: Problem) {
        if self.warm.as_ref().is_some_and(|warm| !warm.is_unreachable()) {
            // What is used goes on; why it could not be checked was told.
            return;
        }
        if self.source == Some(Source::SrvCache) && problem.kind == ProblemKind::Unreachable {
            (self.decided, self.deployment) = (false, None);
            return self.discovery.handle(now, DiscoveryIn::Unreachable);
        }
        self.fail(problem);
    }

    /// What was remembered leads nowhere: it is forgotten, and asked for.
    pub(super) fn unreachable(&mut self, now: Moment) {
        if let Some(warm) = self.warm.as_mut().filter(|warm| !warm.is_unreachable()) {
            let whom = warm.unreachable();
            self.forget_services();
            self.check(now, whom);
        } else {
            self.standards_unreachable(now);
        }
    }

    pub(super) fn forget_services(&mut self) {
        if let Some(account) = self.launch.account.clone() {
            self.launch.cache.services.remove(&account);
            self.out.push_back(SessionOut::Keep(CacheChange::ForgetServices { account }));
        }
    }
}
