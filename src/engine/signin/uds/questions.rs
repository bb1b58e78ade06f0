//! The questions that are open: each is told as a step when it goes out and when it is answered, and counts as not answered
//! when whoever carries it has forgotten it.

use super::consent::Consent;
use super::judge::{Fault, FaultKind, Parse, judge};
use super::steps::Told;
use crate::engine::ask::AskId;
use crate::engine::event::{Outcome, Problem, ProblemKind, Step, StepName};
use crate::engine::signin::{Answer, Question, Server};
use crate::machine::{Moment, Wake};
use crate::protocol::http::Failure;
use std::collections::BTreeMap;
use std::time::Duration;

/// Whoever carries questions keeps their deadlines; after this much more they count as not answered.
const GRACE: Duration = Duration::from_secs(2);

/// What an open question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The home cluster.
    Home,
    /// Its nodes.
    Servers,
    /// The user.
    User,
    /// The user's devices.
    Devices,
    /// One device.
    Device,
    /// The service profile.
    Profile,
    /// `jabber-config.xml`
    ClientConfig,
    /// The device's configuration.
    DeviceConfig,
    /// The sign-in at the presence server.
    Login,
    /// What the presence server says of the site.
    PresenceConfig,
    /// A one-time password.
    OneTimePassword,
    /// The user's devices, by CCMCIP.
    ListedDevices,
}

impl About {
    /// As a sentence names it.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            About::Home => "the home cluster of the user",
            About::Servers => "the nodes of the cluster",
            About::User => "the user's own data",
            About::Devices => "the list of devices",
            About::Device => "the data of the device",
            About::Profile => "the service profile",
            About::ClientConfig => "the client configuration",
            About::DeviceConfig => "the device configuration",
            About::Login => "the sign-in at the presence server",
            About::PresenceConfig => "the profile of the presence server",
            About::OneTimePassword => "a one-time password",
            About::ListedDevices => "the list of devices",
        }
    }

    /// The user's password goes with it.
    #[must_use]
    pub const fn needs_password(self) -> bool {
        matches!(self, About::User | About::Devices | About::Device | About::Login | About::ListedDevices)
    }

    /// Who was sent no password has refused none.
    fn in_turn(self, fault: Fault) -> Fault {
        if fault.kind != FaultKind::Password || self.needs_password() {
            return fault;
        }
        let what = fault.problem.what.replace("refused the password", &format!("wants a password for {}", self.what()));
        let next = "It should need none: tell the administrator of the server.";
        Fault { kind: FaultKind::Failed, problem: Problem::new(ProblemKind::Protocol, what, next) }
    }

    const fn step(self) -> StepName {
        match self {
            About::Home => StepName::ClusterUser,
            About::Servers => StepName::Servers,
            About::User => StepName::User,
            About::Devices | About::Device => StepName::Devices,
            About::Profile => StepName::ServiceProfile,
            About::ClientConfig => StepName::ClientConfig,
            About::DeviceConfig => StepName::DeviceConfig,
            About::Login => StepName::PresenceLogin,
            About::PresenceConfig => StepName::PresenceProfile,
            About::OneTimePassword => StepName::OneTimePassword,
            About::ListedDevices => StepName::ListedDevices,
        }
    }
}

/// A question that went out.
#[derive(Debug)]
pub struct Open {
    /// What about.
    pub about: About,
    /// Of whom.
    pub server: Server,
    step: Step,
    asked: Moment,
    until: Moment,
    tftp: bool,
}

/// The questions that are open.
#[derive(Debug, Default)]
pub struct Questions {
    open: BTreeMap<AskId, Open>,
    asked: u64,
}

impl Questions {
    /// A question goes out, to whom `consent` lets it: its number, the step that tells of it, and itself.
    pub fn ask(
        &mut self,
        now: Moment,
        about: About,
        server: Server,
        mut question: Question,
        consent: &Consent,
    ) -> (AskId, Step, Question) {
        if let Question::Http(request) = &mut question {
            request.names = consent.names(&server.host);
            request.clear = consent.allows_clear();
        }
        self.asked += 1;
        let id = AskId(self.asked);
        let (asked, transport, deadline) = match &question {
            Question::Http(request) => {
                let path = request.url.path();
                let query = request.url.query().map_or_else(String::new, |query| format!("?{query}"));
                // Of several questions to one place, what is asked stands in a header field.
                let action = request.headers.iter().find(|(name, _)| name == "SOAPAction");
                let action = action.and_then(|(_, action)| action.rsplit('/').next()).map(|name| format!(" {name}"));
                let asked = format!("{} {path}{query}{}", request.method.as_str(), action.unwrap_or_default());
                (asked, request.url.scheme(), request.deadline)
            }
            Question::Tftp { file, deadline, .. } => (format!("read {file}"), "tftp", *deadline),
            Question::Dns { .. } => (String::new(), "dns", Duration::ZERO),
        };
        let step = Step {
            name: about.step(),
            asked: true,
            question: Some(super::judge::shown(&asked)),
            server: Some(server.to_string()),
            transport: Some(transport.to_owned()),
            answer: None,
            took: Duration::ZERO,
            outcome: Outcome::UnderWay,
        };
        let tftp = matches!(question, Question::Tftp { .. });
        let until = now + deadline + GRACE;
        self.open.insert(id, Open { about, server, step: step.clone(), asked: now, until, tftp });
        (id, step, question)
    }

    /// Whether one about this is open.
    #[must_use]
    pub fn is_open(&self, about: About) -> bool {
        self.open.values().any(|open| open.about == about)
    }

    /// The question that is answered; none where nobody waits for it any more.
    pub fn answered(&mut self, id: AskId) -> Option<Open> {
        self.open.remove(&id)
    }

    /// Nobody waits for any answer.
    pub fn forget(&mut self) {
        self.open.clear();
    }

    /// Questions that are not answered by `now`, with the answer that they get.
    #[must_use]
    pub fn overdue(&self, now: Moment) -> Vec<(AskId, Answer)> {
        let late = self.open.iter().filter(|(_, open)| now >= open.until);
        late.map(|(id, open)| {
            let silence = Answer::Http { answer: Err(Failure::Timeout), certificate: None };
            (*id, if open.tftp { Answer::Tftp(Err("no answer in time".into())) } else { silence })
        })
        .collect()
    }

    /// When the next of them is.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        let at = self.open.values().map(|open| open.until).min()?;
        Some(Wake { at, why: "a question of the sign-in is not answered" })
    }
}

impl Open {
    /// What the answer means, and the step that tells of it.
    pub fn judge<T: Told>(self, now: Moment, answer: Answer, parse: Parse<T>) -> (Result<T, Fault>, Step) {
        let result = judge(&self.server, self.about.what(), answer, parse).map_err(|fault| self.about.in_turn(fault));
        let (outcome, said) = match &result {
            Ok(value) => (value.outcome(), value.told()),
            Err(fault) => (fault.outcome(), fault.problem.what.clone()),
        };
        (result, Step { answer: Some(said), took: now.since(self.asked), outcome, ..self.step })
    }
}
