//! How what was decided is begun: at Communications Manager, at the presence server, in phone mode of 8.x, or not at all.

use super::{Asker, Session, SessionOut};
use crate::engine::event::{AdvancedSettings, Authenticator, Problem, ProblemKind};
use crate::engine::signin::bootstrap::{Bootstrap, BootstrapAuthenticator};
use crate::engine::signin::cup::{CupIn, CupSignIn, CupStart, Way};
use crate::engine::signin::deployment::{At, Deployment};
use crate::engine::signin::found::Found;
use crate::engine::signin::launch::{Launch, Manual};
use crate::engine::signin::server::{HTTPS_PORT, Server, Target};
use crate::engine::signin::services::Services;
use crate::engine::signin::uds::{CucmIn, CucmSignIn, CucmStart};
use crate::machine::{Machine, Moment};

impl Session {
    /// What was decided is done.
    pub(super) fn follow(&mut self, now: Moment, found: Found) {
        match found {
            Found::Uds(targets) => self.start_at(now, targets),
            Found::Manual(Manual::Cucm { server }) => self.start_at(now, vec![named(server)]),
            Found::CupLogin(targets) => {
                let cup = targets.first().map(|target| target.server.to_string());
                self.out.push_back(SessionOut::Advanced(AdvancedSettings { cup, ..AdvancedSettings::default() }));
                self.begin_cup(now, Way::Presence(targets));
            }
            Found::Manual(Manual::Cup { server }) => self.begin_cup(now, Way::Presence(vec![named(server)])),
            Found::Manual(Manual::Cucm8 { tftp, cti, ccmcip }) => self.begin_cup(now, phone_mode(tftp, ccmcip, cti)),
            Found::Bootstrap(Bootstrap { authenticator: Some(BootstrapAuthenticator::Cup), cup: Some(cup), .. }) => {
                self.begin_cup(now, Way::Presence(vec![named(cup)]));
            }
            Found::Bootstrap(Bootstrap {
                authenticator: Some(BootstrapAuthenticator::Cucm),
                tftp: Some(tftp),
                ccmcip,
                cti,
                ..
            }) => self.begin_cup(now, phone_mode(tftp, ccmcip, cti)),
            Found::Standard { phone, .. } => self.found(Services::Standard { phone: !phone.is_empty() }),
            Found::Manual(Manual::Standard) => self.found(Services::Standard { phone: false }),
            other => self.fail(unavailable(other.authenticator(), &other)),
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
        self.begin(now, At::Cucm(Box::new(CucmSignIn::new(start))), targets);
    }

    fn begin_cup(&mut self, now: Moment, way: Way) {
        let Launch { user, domain, voice_domain, allow_cleartext, tftp_port, device, agreed_hosts, .. } = self.launch.clone();
        let targets = way.targets();
        let start = CupStart {
            user,
            domain,
            voice_domain,
            way,
            allow_cleartext,
            tftp_port,
            device,
            agreed_hosts,
            without_phone: !self.wants.phone,
        };
        self.begin(now, At::Cup(Box::new(CupSignIn::new(start))), targets);
    }

    fn begin(&mut self, now: Moment, at: At, targets: Vec<Target>) {
        // What the former one has asked is answered to nobody.
        self.askers.retain(|_, (asker, _)| *asker != Asker::Deployment);
        self.deployment = Some(Deployment { at, targets, waits: None });
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
fn phone_mode(tftp: Server, ccmcip: Option<Server>, cti: Option<Server>) -> Way {
    let ccmcip = ccmcip.unwrap_or_else(|| Server::new(&tftp.host, HTTPS_PORT));
    Way::Phone { ccmcip: named(ccmcip), tftp: named(tftp), cti }
}

/// Why what was decided cannot be done.
fn unavailable(authenticator: Authenticator, found: &Found) -> Problem {
    let what = match (authenticator, found) {
        (_, Found::Edge(_)) => "The services are behind an edge: sign-in from outside is not available yet.",
        (Authenticator::WebexMessenger | Authenticator::WebexPlatform, _) => {
            "Webex organisation: sign-in is not available yet."
        }
        (Authenticator::Cup | Authenticator::Cucm | Authenticator::Standard | Authenticator::Ask, _) => {
            "Nobody in the DNS or in the settings says where this address signs in."
        }
    };
    Problem::new(
        ProblemKind::Unreachable,
        what,
        "Check the address, or choose who signs it in: `offhook settings authenticator --help`.",
    )
}
