//! What the user has agreed to: hosts that lie outside the domains of the services, and legs that go in clear. Each is asked
//! about once.

use crate::engine::signin::{Server, Target};
use crate::protocol::http::Names;
use std::collections::BTreeSet;

/// Whether something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Yes,
    /// It may not.
    No,
    /// Nobody was asked yet: ask now. It is answered once.
    Ask,
    /// It was asked about, and is not answered yet.
    Wait,
}

/// What the user has agreed to.
#[derive(Debug)]
pub struct Consent {
    domains: Vec<String>,
    agreed: BTreeSet<String>,
    refused: BTreeSet<String>,
    asked: BTreeSet<String>,
    clear: Verdict,
}

impl Consent {
    /// Hosts within `domains` and those of `agreed` need no question; nor does anything in clear, where that is allowed.
    #[must_use]
    pub fn new(domains: &[&str], agreed: BTreeSet<String>, allow_cleartext: bool) -> Consent {
        Consent {
            domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            agreed,
            refused: BTreeSet::new(),
            asked: BTreeSet::new(),
            clear: if allow_cleartext { Verdict::Yes } else { Verdict::Ask },
        }
    }

    /// Targets that need no question are agreed to, wherever they lie.
    pub fn trust(&mut self, targets: &[Target]) {
        self.agreed.extend(targets.iter().filter(|target| !target.ask_first).map(|target| target.server.host.clone()));
    }

    /// May `host` be connected to?
    pub fn host(&mut self, host: &str) -> Verdict {
        let server = Server::new(host, 0);
        let within = self.domains.iter().any(|domain| server.is_within(domain));
        let host = server.host;
        if within || self.agreed.contains(&host) {
            Verdict::Yes
        } else if self.refused.contains(&host) {
            Verdict::No
        } else if self.asked.insert(host) {
            Verdict::Ask
        } else {
            Verdict::Wait
        }
    }

    /// Which names the certificate of `host` may show: the domains', and its own where it lies within or the user has agreed to
    /// it by name.
    #[must_use]
    pub fn names(&self, host: &str) -> Names {
        let server = Server::new(host, 0);
        match self.domains.iter().any(|domain| server.is_within(domain)) {
            true => Names::Domains(self.domains.clone()),
            false => Names::Host,
        }
    }

    /// Whether it is agreed that something goes in clear.
    #[must_use]
    pub fn allows_clear(&self) -> bool {
        self.clear == Verdict::Yes
    }

    /// The user has answered about `host`.
    pub fn answer_host(&mut self, host: &str, allowed: bool) {
        let host = Server::new(host, 0).host;
        if self.asked.contains(&host) {
            if allowed { &mut self.agreed } else { &mut self.refused }.insert(host);
        }
    }

    /// May anything go in clear?
    pub fn clear(&mut self) -> Verdict {
        let verdict = self.clear;
        if verdict == Verdict::Ask {
            self.clear = Verdict::Wait;
        }
        verdict
    }

    /// The user has answered whether anything may go in clear.
    pub fn answer_clear(&mut self, allowed: bool) {
        if self.clear == Verdict::Wait {
            self.clear = if allowed { Verdict::Yes } else { Verdict::No };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_outside_is_asked_about_once_and_only_what_was_asked_can_be_answered() {
        let mut consent = Consent::new(&["lab.example", "voice.example"], BTreeSet::from(["old.test".to_owned()]), false);
        for host in ["lab.example", "CUCM1.lab.example.", "a.voice.example", "old.test"] {
            assert_eq!(consent.host(host), Verdict::Yes, "{host}");
        }
        consent.answer_host("evil.test", true);
        assert_eq!(consent.host("evil.test"), Verdict::Ask);
        assert_eq!(consent.host("EVIL.test"), Verdict::Wait);
        consent.answer_host("evil.TEST", false);
        assert_eq!(consent.host("evil.test"), Verdict::No);
        assert_eq!(consent.host("192.0.2.1"), Verdict::Ask);
        consent.answer_host("192.0.2.1", true);
        assert_eq!(consent.host("192.0.2.1"), Verdict::Yes);
    }

    #[test]
    fn clear_is_asked_about_once() {
        let mut consent = Consent::new(&[], BTreeSet::new(), false);
        consent.answer_clear(true);
        assert_eq!([consent.clear(), consent.clear()], [Verdict::Ask, Verdict::Wait]);
        consent.answer_clear(false);
        assert_eq!(consent.clear(), Verdict::No);
        assert_eq!(Consent::new(&[], BTreeSet::new(), true).clear(), Verdict::Yes);
    }
}
