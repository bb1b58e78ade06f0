//! What each answer means for the sign-in, and what comes next.

use super::gather::device;
use super::interface::Way;
use super::requests::{soap, with_faults};
use super::sign_in::CupSignIn;
use super::stage::{Session, Stage};
use crate::engine::ask::AskId;
use crate::engine::event::{NoticeLevel, Outcome, Problem, ProblemKind};
use crate::engine::signin::server::HTTPS_PORT;
use crate::engine::signin::uds::judge::{Fault, FaultKind, Parse, shown};
use crate::engine::signin::uds::names::qualified;
use crate::engine::signin::uds::questions::{About, Open};
use crate::engine::signin::uds::steps::Told;
use crate::engine::signin::{Answer, Server};
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::ccmcip::{ListedDevice, Listing};
use crate::protocol::cisco::epas::{Call, Config, Login, OneTimePassword, Refusal, Reply};
use crate::protocol::cisco::{ClientConfig, DeviceConfig};

impl CupSignIn {
    /// An answer of EPAS, of which a refusal is a fault like any other.
    fn hear_soap<T>(&mut self, now: Moment, open: Open, answer: Answer, parse: Parse<Reply<T>>) -> Result<T, Fault>
    where
        Reply<T>: Told,
    {
        let (server, what) = (open.server.clone(), open.about.what());
        match self.asking.hear(now, open, with_faults(answer), parse)? {
            Reply::Success(value) => Ok(value),
            Reply::Refused(refusal) => Err(refused(&server, what, &refusal)),
        }
    }

    pub(super) fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        let Some(open) = self.asking.questions.answered(id) else { return };
        let (about, server) = (open.about, open.server.clone());
        match about {
            About::Login => {
                let result = self.hear_soap(now, open, answer, Login::parse);
                if let Stage::Serving(_) = self.stage {
                    return self.renewed_login(now, server, result);
                }
                match result {
                    Ok(login) => self.logged_in(now, server, login),
                    Err(Fault { kind: FaultKind::Password, .. }) => self.password_refused(now),
                    Err(fault) => self.node_failed(fault),
                }
            }
            About::PresenceConfig => {
                let result = self.hear_soap(now, open, answer, Config::parse);
                if let Stage::Serving(_) = self.stage {
                    return self.renewed_config(result.ok());
                }
                let config = self.or_notice(result);
                if let Stage::Asking(mut asked) = std::mem::replace(&mut self.stage, Stage::Over) {
                    asked.config = Some(config);
                    self.asked(asked);
                }
            }
            About::OneTimePassword => {
                let result = self.hear_soap(now, open, answer, OneTimePassword::parse);
                if let Stage::Serving(_) = self.stage {
                    return self.renewed_token(result.map(|OneTimePassword(token)| token));
                }
                let token = self.or_notice(result).map(|OneTimePassword(token)| token);
                if let Stage::Asking(mut asked) = std::mem::replace(&mut self.stage, Stage::Over) {
                    asked.token = Some(token);
                    self.asked(asked);
                }
            }
            About::ListedDevices => {
                let result = match self.asking.hear(now, open, answer, Listing::parse) {
                    Ok(Listing::Devices(devices)) => Ok(devices),
                    Ok(Listing::Refused) => Err(password_fault(&server)),
                    Err(fault) => Err(fault),
                };
                self.devices_listed(now, result);
            }
            About::ClientConfig => {
                let result = self.asking.hear_file(now, open, answer, ClientConfig::parse);
                if let Stage::Gathering(gathering) = &mut self.stage {
                    gathering.client_config.heard(result);
                }
            }
            About::DeviceConfig => {
                let result = self.asking.hear_file(now, open, answer, DeviceConfig::parse);
                if let Stage::Fetching(_, file) = &mut self.stage {
                    file.heard(result);
                }
            }
            // Of Communications Manager 9 and later.
            About::Home | About::Servers | About::User | About::Devices | About::Device | About::Profile => {}
        }
        self.advance(now);
    }

    fn or_notice<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.asking.notice(NoticeLevel::Warning, fault.problem)).ok()
    }

    /// A node could not answer: the user should know, and the next is asked.
    fn node_failed(&mut self, fault: Fault) {
        self.asking.notice(NoticeLevel::Warning, fault.problem.clone());
        match &mut self.stage {
            Stage::Login(nodes) => nodes.failed(fault),
            Stage::Gathering(gathering) => gathering.devices.failed(fault),
            _ => {}
        }
    }

    fn devices_listed(&mut self, now: Moment, result: Result<Vec<ListedDevice>, Fault>) {
        let phone_mode = matches!(self.start.way, Way::Phone { .. });
        match (&mut self.stage, result) {
            (Stage::Gathering(gathering), Ok(listed)) => {
                gathering.listed = Some(listed.into_iter().map(device).collect());
                if phone_mode {
                    self.password_step(now, "accepted", Outcome::Found);
                }
            }
            (Stage::Gathering(_), Err(Fault { kind: FaultKind::Password, .. })) if phone_mode => self.password_refused(now),
            // What was refused once is not sent to the next node.
            (Stage::Gathering(gathering), Err(Fault { kind: FaultKind::Password, problem })) => {
                gathering.listed = Some(Vec::new());
                self.asking.notice(NoticeLevel::Warning, problem);
            }
            (_, Err(fault)) => self.node_failed(fault),
            (_, Ok(_)) => {}
        }
    }

    /// The password is accepted: what the site is configured with and a one-time password are asked for side by side.
    fn logged_in(&mut self, now: Moment, node: Server, login: Login) {
        let backup = login.backup.as_deref().and_then(|host| Server::parse(&qualified(host, &node), HTTPS_PORT));
        let others = self.start.way.targets().into_iter().map(|target| target.server);
        self.logins = vec![node.clone()];
        if let Some(other) = backup.into_iter().chain(others).find(|other| other.host != node.host) {
            self.logins.push(other);
        }
        self.password_step(now, "accepted", Outcome::Found);
        self.session = Some(Session { key: login.session, node: node.clone() });
        self.stage = Stage::Asking(Box::default());
        self.ask_by_session(now, &node);
    }

    /// Asks `node` what needs no password but the session.
    pub(super) fn ask_by_session(&mut self, now: Moment, node: &Server) {
        self.ask_config(now, node);
        self.ask_token(now, node);
    }

    pub(super) fn ask_config(&mut self, now: Moment, node: &Server) {
        self.call(now, About::PresenceConfig, node, |session| Call::Config { session });
    }

    pub(super) fn ask_token(&mut self, now: Moment, node: &Server) {
        self.call(now, About::OneTimePassword, node, |session| Call::OneTimePassword { session });
    }

    fn call(&mut self, now: Moment, about: About, node: &Server, call: fn(Secret) -> Call) {
        let key = self.session.as_ref().map(|session| session.key.clone());
        if let Some(question) = key.and_then(|key| soap(node, &call(key))) {
            self.asking.ask(now, about, node.clone(), question);
        }
    }
}

const TYPE_AGAIN: &str = "Type it again. It is not sent a second time by itself, so that the account is not locked.";

fn password_fault(server: &Server) -> Fault {
    let problem = Problem::new(ProblemKind::Password, format!("{server} refused the password."), TYPE_AGAIN);
    Fault { kind: FaultKind::Password, problem }
}

fn refused(server: &Server, what: &str, refusal: &Refusal) -> Fault {
    if refusal.is_of_password() {
        return password_fault(server);
    }
    let next = "If that is wrong, tell the administrator of the server.";
    let problem = Problem::new(ProblemKind::Protocol, format!("{server} does not give {what}: {}.", why(refusal)), next);
    Fault { kind: FaultKind::Failed, problem }
}

fn why(refusal: &Refusal) -> String {
    let said = refusal.text.as_ref().or(refusal.code.as_ref());
    said.map_or_else(|| "it does not say why".into(), |said| shown(said.trim_end_matches('.')))
}

fn told<T>(reply: &Reply<T>, tell: impl FnOnce(&T) -> String) -> String {
    match reply {
        Reply::Success(value) => tell(value),
        Reply::Refused(refusal) => format!("refused: {}", why(refusal)),
    }
}

fn outcome<T>(reply: &Reply<T>) -> Outcome {
    if matches!(reply, Reply::Success(_)) { Outcome::Found } else { Outcome::Failed }
}

impl Told for Reply<Login> {
    fn told(&self) -> String {
        told(self, |login| match &login.backup {
            Some(backup) => format!("signed in; the backup is {}", shown(backup)),
            None => "signed in; no backup is named".into(),
        })
    }

    fn outcome(&self) -> Outcome {
        outcome(self)
    }
}

impl Told for Reply<Config> {
    fn told(&self) -> String {
        told(self, |config| {
            let domain = config.presence_domain().map_or_else(|| "not named".into(), shown);
            format!("{} properties; the presence domain is {domain}", config.properties.len())
        })
    }

    fn outcome(&self) -> Outcome {
        outcome(self)
    }
}

impl Told for Reply<OneTimePassword> {
    fn told(&self) -> String {
        told(self, |_| "a one-time password".into())
    }

    fn outcome(&self) -> Outcome {
        outcome(self)
    }
}

impl Told for Listing {
    fn told(&self) -> String {
        match self {
            Listing::Devices(devices) if devices.is_empty() => "no devices".into(),
            Listing::Devices(devices) => {
                let names: Vec<String> = devices.iter().take(4).map(|device| shown(&device.name)).collect();
                let more = devices.len().saturating_sub(names.len());
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                format!("devices: {}{more}", names.join(", "))
            }
            Listing::Refused => "the password is refused".into(),
        }
    }

    fn outcome(&self) -> Outcome {
        if matches!(self, Listing::Refused) { Outcome::Failed } else { Outcome::Found }
    }
}
