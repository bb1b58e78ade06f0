//! Open standards: what was found there, whether discovered, chosen by hand or remembered, and how it is remembered.

use super::{Asker, Session, SessionOut};
use crate::engine::event::{Authenticator, NoticeLevel, Problem, ProblemKind};
use crate::engine::signin::cache::CacheChange;
use crate::engine::signin::discovery::DiscoveryIn;
use crate::engine::signin::remembered::{Known, Names, Remembered};
use crate::engine::signin::server::{Server, Target, sorted};
use crate::engine::signin::services::Services;
use crate::engine::signin::standards::{Standards, StandardsOut};
use crate::engine::signin::warm::BESIDE;
use crate::machine::{Machine, Moment};

/// An account on open standards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnStandards {
    /// The servers of chat and of calls, sorted.
    chat: Vec<Server>,
    phone: Vec<Server>,
    /// What was asked of the DNS to find them.
    names: Names,
    /// By hand: nobody discovers them.
    by_hand: bool,
    /// Nobody was asked for them at this start.
    remembered: bool,
}

impl Session {
    /// They were discovered, or discovery has remembered them.
    pub(super) fn on_standards(&mut self, chat: &[Target], phone: &[Target]) {
        let (chat, phone) = (sorted(chat), sorted(phone));
        let known = self.launch.standard().map(|(known_chat, known_phone, names)| (known_chat, known_phone, names.to_vec()));
        let names = known.filter(|(known_chat, known_phone, _)| (*known_chat, *known_phone) == (&chat[..], &phone[..]));
        let names = names.map(|(.., names)| names).unwrap_or_default();
        let remembered = self.discovery.is_remembered();
        self.use_standards(OnStandards { chat, phone, names, by_hand: false, remembered });
    }

    /// The user has chosen them.
    pub(super) fn standards_by_hand(&mut self, now: Moment) {
        let known = self.launch.standard().map(|(chat, phone, names)| OnStandards {
            chat: chat.to_vec(),
            phone: phone.to_vec(),
            names: names.to_vec(),
            by_hand: true,
            remembered: true,
        });
        let at = if known.is_some() { now + BESIDE } else { now };
        known.into_iter().for_each(|known| self.use_standards(known));
        self.ask_standards(now, at);
    }

    fn ask_standards(&mut self, now: Moment, at: Moment) {
        self.askers.retain(|_, (asker, _)| *asker != Asker::Standards);
        let mut standards = Standards::new(&self.launch, at, self.chance.fork());
        standards.expire(now);
        self.standards = Some(standards);
    }

    fn use_standards(&mut self, found: OnStandards) {
        let services = Services::Standard { phone: !found.phone.is_empty(), names: found.names.clone() };
        if !found.remembered {
            self.keep_standards(&found);
        }
        self.standard = Some(found);
        self.found(services);
    }

    fn keep_standards(&mut self, found: &OnStandards) {
        let Some(account) = self.launch.account.clone() else { return };
        let services = Remembered {
            address: self.launch.address(),
            decided: Authenticator::Standard,
            targets: found.chat.clone(),
            found: Known::Standard { phone: found.phone.clone(), names: found.names.clone() },
        };
        self.out.push_back(SessionOut::Keep(CacheChange::KeepServices { account, services: Box::new(services) }));
    }

    /// Chat and phone have found their servers by these names.
    pub(super) fn named(&mut self, names: Names) {
        let Some(found) = self.standard.as_mut().filter(|found| found.names != names) else { return };
        found.names = names;
        let found = found.clone();
        self.keep_standards(&found);
    }

    pub(super) fn hear_standards(&mut self, said: StandardsOut) {
        match said {
            StandardsOut::Ask(id, question) => self.ask(Asker::Standards, id, question),
            StandardsOut::Step(step) => self.out.push_back(SessionOut::Step(step)),
            StandardsOut::Found { chat, phone } => {
                let now = OnStandards { chat, phone, names: Vec::new(), by_hand: true, remembered: false };
                match &self.standard {
                    Some(used) if (&used.chat, &used.phone) == (&now.chat, &now.phone) && used.remembered => {}
                    Some(used) if used.remembered => {
                        self.keep_standards(&now);
                        self.changed("the domain's records of chat or calls are others than at the last sign-in");
                    }
                    _ => self.use_standards(now),
                }
            }
            // What is used goes on.
            StandardsOut::Unknown(_) if self.standard.as_ref().is_some_and(|used| used.remembered) => {}
            StandardsOut::Unknown(why) => {
                let what = format!("Whether {} has a SIP server is not known: {why}.", self.launch.domain);
                let problem = Problem::new(ProblemKind::Unreachable, what, "Chat goes on; for calls, sign out and in again.");
                self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
                self.found(Services::Standard { phone: false, names: Vec::new() });
            }
        }
    }

    /// What would be decided now is not what is used: what is remembered is brought up to date.
    pub(super) fn standards_changed(&mut self, found: Option<(&[Target], &[Target])>) {
        if self.standard.is_none() {
            return;
        }
        match found {
            Some((chat, phone)) => {
                let (chat, phone) = (sorted(chat), sorted(phone));
                self.keep_standards(&OnStandards { chat, phone, names: Vec::new(), by_hand: false, remembered: false });
            }
            None => self.forget_services(),
        }
    }

    /// What was remembered leads nowhere: it is forgotten, and asked for.
    pub(super) fn standards_unreachable(&mut self, now: Moment) {
        let Some(found) = self.standard.as_mut().filter(|found| found.remembered) else { return };
        found.remembered = false;
        let by_hand = found.by_hand;
        self.forget_services();
        if by_hand {
            self.ask_standards(now, now);
        } else if self.discovery.is_remembered() {
            self.decided = false;
            self.discovery.handle(now, DiscoveryIn::Unreachable);
        }
    }
}
