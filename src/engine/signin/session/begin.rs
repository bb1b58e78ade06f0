//! How what was decided is begun: at Communications Manager, at the presence server, in phone mode of 8.x, or not at all.

use super::{Asker, Session, SessionOut};
use crate::engine::event::{AdvancedSettings, Authenticator, Outcome, Problem, ProblemKind, Source, Step, StepName};
use crate::engine::signin::bootstrap::{Bootstrap, BootstrapAuthenticator};
use crate::engine::signin::cup::{CupIn, CupSignIn, CupStart, Way};
use crate::engine::signin::deployment::{At, Deployment};
use crate::engine::signin::found::Found;
use crate::engine::signin::launch::{Launch, Manual};
use crate::engine::signin::server::{HTTPS_PORT, Server, Target};
use crate::engine::signin::uds::{CucmIn, CucmSignIn, CucmStart};
use crate::engine::signin::warm::Whom;
use crate::machine::{Machine, Moment};

impl Session {
    /// What was decided is done.
    pub(super) fn follow(&mut self, now: Moment, found: Found) {
        match found {
            Found::Uds(targets) => self.start_at(now, Whom::Manager(targets)),
            Found::Manual(Manual::Cucm { server }) => self.start_at(now, Whom::Manager(vec![named(server)])),
            Found::CupLogin(targets) => {
                let cup = targets.first().map(|target| target.server.to_string());
                self.out.push_back(SessionOut::Advanced(AdvancedSettings { cup, ..AdvancedSettings::default() }));
                self.start_at(now, Whom::Presence(Way::Presence(targets)));
            }
            Found::Manual(Manual::Cup { server }) => self.start_at(now, presence(server)),
            Found::Manual(Manual::Cucm8 { tftp, cti, ccmcip }) => self.start_at(now, phone_mode(tftp, ccmcip, cti)),
            Found::Bootstrap(Bootstrap { authenticator: Some(BootstrapAuthenticator::Cup), cup: Some(cup), .. }) => {
                self.start_at(now, presence(cup));
            }
            Found::Bootstrap(Bootstrap {
                authenticator: Some(BootstrapAuthenticator::Cucm),
                tftp: Some(tftp),
                ccmcip,
                cti,
                ..
            }) => self.start_at(now, phone_mode(tftp, ccmcip, cti)),
            Found::Standard { chat, phone } => self.on_standards(&chat, &phone),
            Found::Manual(Manual::Standard) => self.standards_by_hand(now),
            Found::Nothing => self.fail(nobody(&self.launch, self.discovery.steps())),
            other => self.fail(unavailable(&self.launch, other.authenticator(), &other)),
        }
    }

    pub(super) fn begin_cucm(&mut self, now: Moment, targets: Vec<Target>) {
        let Launch { user, domain, voice_domain, allow_cleartext, tftp_port, device, agreed_hosts, .. } = self.launch.clone();
        let start = CucmStart {
            user,
            domain,
            voice_domain,
            targets: targets.clone(),
            allow_cleartext,
            tftp_port,
            device,
            agreed_hosts,
            without_phone: !self.wants.phone,
            ..CucmStart::default()
        };
        self.begin(now, At::Cucm(Box::new(CucmSignIn::new(start))), Whom::Manager(targets));
    }

    /// Begins there.
    pub(super) fn begin_at(&mut self, now: Moment, whom: Whom) {
        match whom {
            Whom::Manager(targets) => self.begin_cucm(now, targets),
            Whom::Presence(way) => {
                let at = At::Cup(Box::new(CupSignIn::new(self.cup_start(way.clone()))));
                self.begin(now, at, Whom::Presence(way));
            }
        }
    }

    /// Goes on with what has begun before the decision, where it has begun at the same nodes.
    pub(super) fn sign_in_at(&mut self, now: Moment, whom: Whom) {
        if !self.deployment.as_ref().is_some_and(|deployment| deployment.goes_on_at(&whom)) {
            self.begin_at(now, whom);
        }
        if let Some(refused) = self.deployment.as_mut().and_then(|deployment| deployment.waits.take()) {
            self.need_password(now, refused);
        }
    }

    pub(super) fn cup_start(&self, way: Way) -> CupStart {
        let Launch { user, domain, voice_domain, allow_cleartext, tftp_port, device, agreed_hosts, .. } = self.launch.clone();
        CupStart {
            user,
            domain,
            voice_domain,
            way,
            allow_cleartext,
            tftp_port,
            device,
            agreed_hosts,
            without_phone: !self.wants.phone,
        }
    }

    fn begin(&mut self, now: Moment, at: At, whom: Whom) {
        // What the former one has asked is answered to nobody.
        self.askers.retain(|_, (asker, _)| *asker != Asker::Deployment);
        self.deployment = Some(Deployment { at, whom, waits: None });
        self.tell(now, CucmIn::Start);
    }

    /// Chat wants a one-time password.
    pub(super) fn renew(&mut self, now: Moment, node: Server, fresh: bool) {
        match &mut self.deployment {
            Some(Deployment { at: At::Cup(machine), .. }) => machine.handle(now, CupIn::Renew { node, fresh }),
            _ => {
                let what = "There is no presence server that gives one-time passwords.";
                let problem = Problem::new(ProblemKind::Refused, what, "Sign out and in again.");
                self.out.push_back(SessionOut::Token(Err(problem)));
            }
        }
    }
}

/// A server that the user, or the administrator's file, has named.
fn named(server: Server) -> Target {
    Target { server, ask_first: false }
}

/// Phone mode of 8.x: the list of devices is on the host of the files where no other is named.
fn phone_mode(tftp: Server, ccmcip: Option<Server>, cti: Option<Server>) -> Whom {
    let ccmcip = ccmcip.unwrap_or_else(|| Server::new(&tftp.host, HTTPS_PORT));
    Whom::Presence(Way::Phone { ccmcip: named(ccmcip), tftp: named(tftp), cti })
}

/// The presence server that was named.
fn presence(server: Server) -> Whom {
    Whom::Presence(Way::Presence(vec![named(server)]))
}

/// Why what was decided cannot be done.
fn unavailable(launch: &Launch, authenticator: Authenticator, found: &Found) -> Problem {
    let (what, next) = match (authenticator, found) {
        (_, Found::Edge(_)) => {
            let what = "The services are behind an edge: sign-in from outside is not available yet.";
            (what, "Sign in from inside of that network, or over its VPN.".to_owned())
        }
        (Authenticator::WebexMessenger | Authenticator::WebexPlatform, _) => {
            ("Webex organisation: sign-in is not available yet.", choose(launch))
        }
        (Authenticator::Cup | Authenticator::Cucm | Authenticator::Standard | Authenticator::Ask, _) => {
            (NOBODY, choose(launch))
        }
    };
    Problem::new(ProblemKind::Refused, what, next)
}

/// Where the user says who signs them in.
fn choose(launch: &Launch) -> String {
    let command = launch.setting("authenticator");
    format!("Check the address, or say who signs it in: “servers” in its settings, or {command}")
}

const NOBODY: &str = "Nobody in the DNS or in the settings says where this address signs in.";

/// Nobody was found: whether there is nobody, or nobody who could be asked.
fn nobody(launch: &Launch, steps: &[Step]) -> Problem {
    let of_dns = [Source::CiscoUds, Source::CupLogin, Source::CollabEdge, Source::XmppClient].map(StepName::Source);
    let asked: Vec<&Step> = steps.iter().filter(|step| step.asked && of_dns.contains(&step.name)).collect();
    let silent = asked.iter().filter(|step| matches!(step.outcome, Outcome::Failed | Outcome::Timeout)).count();
    let of = format!("{silent} of {} questions not answered", asked.len());
    let (why, next) = match launch.dns {
        _ if silent == 0 => return nobody_there(launch),
        Some(server) => (format!("its name server {server} does not answer ({of})"), OTHER_SERVER),
        None if silent == asked.len() => (format!("no name server answers here ({of})"), NETWORK),
        None => (of, "Check the network, and the address."),
    };
    let what = format!("The DNS cannot say where {} signs in: {why}.", launch.address());
    Problem::new(ProblemKind::Unreachable, what, next)
}

/// Nobody is there; where the administrator's file has said where to look, it may be wrong.
fn nobody_there(launch: &Launch) -> Problem {
    let Some(voice) = launch.told_voice_domain() else {
        return Problem::new(ProblemKind::Refused, NOBODY, choose(launch));
    };
    let what = format!("{} It was looked for in {voice}, as jabber-config.xml said at an earlier sign-in.", NOBODY);
    let next = format!("Where that does not hold any more: offhook discover {} --fresh", launch.address());
    Problem::new(ProblemKind::Refused, what, next)
}

const OTHER_SERVER: &str =
    "Check that name server: the account can be added anew with another, or with none to ask this machine's.";
const NETWORK: &str = "Is this machine on a network?";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;
    use std::time::Duration;

    #[test]
    fn where_the_dns_is_silent_that_is_why() {
        let step = |(source, outcome): (Source, Outcome)| Step {
            name: StepName::Source(source),
            asked: true,
            question: None,
            server: None,
            transport: None,
            answer: None,
            took: Duration::ZERO,
            outcome,
        };
        let told = |outcomes: [Outcome; 3], server: Option<&str>| {
            let sources = [Source::Cas, Source::CiscoUds, Source::XmppClient];
            let steps: Vec<Step> = sources.into_iter().zip(outcomes).map(step).collect();
            let dns = server.map(|server| server.parse().unwrap());
            nobody(&Launch { user: "ana".into(), domain: "lab.example".into(), dns, ..Launch::default() }, &steps)
        };
        use Outcome::{Absent, Failed, Timeout};
        let all = told([Absent, Timeout, Timeout], Some("127.0.0.9:5353"));
        assert!(all.what.contains("127.0.0.9:5353 does not answer (2 of 2"), "{all}");
        let all = told([Failed, Failed, Timeout], None);
        assert!(all.what.contains("no name server answers here (2 of 2") && all.next.contains("on a network?"), "{all}");
        assert!(told([Absent, Absent, Timeout], None).what.contains("1 of 2"));
        assert_eq!(told([Failed, Absent, Absent], None).what, NOBODY, "who has answered knows");
    }

    #[test]
    fn who_signs_in_is_said_on_the_screen_and_at_the_command_line_in_two_lines() {
        let launch = Launch { account: Some(AccountName("work".into())), ..Launch::default() };
        for problem in [nobody(&launch, &[]), unavailable(&launch, Authenticator::WebexMessenger, &Found::Nothing)] {
            let ways = ["“servers” in its settings", "offhook settings --account work authenticator"];
            assert!(ways.iter().all(|way| problem.next.contains(way)), "{problem}");
            assert!(problem.next.chars().count() < 150, "{problem}");
        }
        let edge = unavailable(&launch, Authenticator::Cucm, &Found::Edge(Vec::new()));
        assert!(edge.what.contains("behind an edge") && edge.next.contains("VPN"), "{edge}");
    }
}
