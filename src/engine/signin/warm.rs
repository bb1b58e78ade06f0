//! A sign-in that begins with what the last one has found: it connects at once, and asks whether that still holds beside.

use super::cache::CacheChange;
use super::cup::Way;
use super::launch::Launch;
use super::remembered::{Known, Remembered, bare, servers};
use super::server::{Server, Target, sorted};
use super::uds::{DevicePhone, PhoneSecurity, SignedIn};
use crate::engine::event::{Authenticator, Outcome, Step, StepName};
use crate::machine::{Moment, Wake};
use std::time::Duration;

/// So long after the services were begun they are asked for; connections have started by then.
pub(super) const BESIDE: Duration = Duration::from_secs(1);

/// How far the check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// The password is awaited, and nothing has begun.
    Waits,
    /// The services have begun; it is due then.
    Due(Moment),
    /// It is being asked, or was.
    Asked,
    /// The services could not be connected to: what it finds is used instead.
    Needed,
}

/// Whom a deployment is asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Communications Manager 9 or later, at these nodes.
    Manager(Vec<Target>),
    /// The presence server, or Communications Manager 8.x.
    Presence(Way),
}

impl Whom {
    /// Whom it begins with.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        match self {
            Whom::Manager(targets) => targets.clone(),
            Whom::Presence(way) => way.targets(),
        }
    }

    fn decided(&self) -> Authenticator {
        match self {
            Whom::Presence(Way::Presence(_)) => Authenticator::Cup,
            Whom::Manager(_) | Whom::Presence(Way::Phone { .. }) => Authenticator::Cucm,
        }
    }
}

/// It.
#[derive(Debug)]
pub struct Warm {
    remembered: Remembered,
    whom: Whom,
    check: Check,
}

/// How what was found compares with what is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It is the same.
    Same,
    /// It is not.
    Changed,
    /// What is used leads nowhere: this is used from now on.
    Replaced,
}

impl Warm {
    /// What is remembered, and where it is asked for.
    #[must_use]
    pub fn new(remembered: Remembered, whom: Whom) -> Warm {
        Warm { remembered, whom, check: Check::Waits }
    }

    /// Whom it is asked of.
    #[must_use]
    pub fn whom(&self) -> &Whom {
        &self.whom
    }

    /// The password is there: what is remembered begins, once.
    pub fn begin(&mut self, now: Moment) -> Option<SignedIn> {
        if self.check != Check::Waits {
            return None;
        }
        self.check = Check::Due(now + BESIDE);
        self.remembered.signed_in().cloned()
    }

    /// What is remembered is used, and nobody was asked yet whether it holds.
    #[must_use]
    pub fn is_due(&self) -> bool {
        matches!(self.check, Check::Due(_))
    }

    /// Whom to ask, once it is time.
    pub fn check(&mut self, now: Moment) -> Option<Whom> {
        match self.check {
            Check::Due(at) if at <= now => {
                self.check = Check::Asked;
                Some(self.whom.clone())
            }
            _ => None,
        }
    }

    /// What is remembered could not be connected to. Whom to ask.
    pub fn unreachable(&mut self) -> Whom {
        self.check = Check::Needed;
        self.whom.clone()
    }

    /// Whether it could not be connected to.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.check == Check::Needed
    }

    /// How this compares with what is used.
    #[must_use]
    pub fn compare(&self, signed_in: &SignedIn, with_phone: bool) -> Compared {
        match (self.remembered.is_same(signed_in, with_phone), self.check) {
            (true, _) => Compared::Same,
            (false, Check::Needed) => Compared::Replaced,
            (false, _) => Compared::Changed,
        }
    }

    /// When it has something to do.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        match self.check {
            Check::Due(at) => Some(Wake { at, why: "what is remembered of a sign-in is checked" }),
            Check::Waits | Check::Asked | Check::Needed => None,
        }
    }
}

/// What is to be kept of this sign-in; nothing where it is nobody's.
#[must_use]
pub fn keep(launch: &Launch, whom: &Whom, signed_in: &SignedIn) -> Option<CacheChange> {
    let account = launch.account.clone()?;
    let services = Remembered {
        address: launch.address(),
        decided: whom.decided(),
        targets: sorted(&whom.targets()),
        found: Known::Deployment(Box::new(bare(signed_in))),
    };
    Some(CacheChange::KeepServices { account, services: Box::new(services) })
}

/// What is remembered for this start, if it holds: the same servers have been decided, and the user still agrees to all that
/// would be connected to.
#[must_use]
pub fn recall<'a>(launch: &'a Launch, whom: &Whom) -> Option<&'a Remembered> {
    let known = launch.cache.services.get(launch.account.as_ref()?)?;
    let (signed_in, targets) = (known.signed_in()?, whom.targets());
    let phone = signed_in.phone.as_ref();
    let agreed = targets.iter().all(|target| !target.ask_first || launch.agreed_hosts.contains(&target.server.host));
    let chosen = launch.device.is_none() || phone.is_none_or(|phone| launch.device.as_ref() == Some(&phone.device));
    let clear = launch.allow_cleartext || phone.is_none_or(|phone| phone.security == PhoneSecurity::Encrypted);
    let same = known.address == launch.address() && known.decided == whom.decided() && known.targets == sorted(&targets);
    let all_agreed = servers(signed_in).all(|server| is_agreed(launch, &targets, server));
    (same && agreed && chosen && clear && all_agreed).then_some(known)
}

/// It lies within the domains, was decided on, or the user has agreed to it.
fn is_agreed(launch: &Launch, targets: &[Target], server: &Server) -> bool {
    let domains = [Some(&launch.domain), launch.voice_domain.as_ref()];
    let within = domains.into_iter().flatten().any(|domain| server.is_within(domain));
    let target = targets.iter().any(|target| target.server.host == server.host);
    within || target || launch.agreed_hosts.contains(&server.host)
}

/// The step that says that it was remembered.
#[must_use]
pub fn step(signed_in: &SignedIn) -> Step {
    let chat = signed_in.chat.as_ref().map(|chat| match chat.servers.first() {
        Some(server) => format!("chat at {server}"),
        None => "chat".to_owned(),
    });
    let phone = signed_in.phone.as_ref().map(|phone| format!("{} at {}", phone.device, first(phone)));
    let found = chat.into_iter().chain(phone).collect::<Vec<_>>().join("; ");
    Step {
        name: StepName::ServiceProfile,
        asked: false,
        question: None,
        server: None,
        transport: None,
        answer: Some(format!("as at the last sign-in: {found}")),
        took: Duration::ZERO,
        outcome: Outcome::Found,
    }
}

fn first(phone: &DevicePhone) -> String {
    phone.registrars.first().map(|registrar| registrar.server.to_string()).unwrap_or_default()
}
