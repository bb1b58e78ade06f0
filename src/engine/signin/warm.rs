//! A sign-in that begins with what the last one has found: it connects at once, and asks whether that still holds beside.

use super::cache::CacheChange;
use super::launch::Launch;
use super::remembered::{Remembered, bare};
use super::server::{Server, Target};
use super::uds::{DevicePhone, PhoneSecurity, SignedIn};
use crate::engine::event::{Outcome, Step, StepName};
use crate::machine::{Moment, Wake};
use std::time::Duration;

/// So long after the services were begun they are asked for; connections have started by then.
const BESIDE: Duration = Duration::from_secs(1);

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

/// It.
#[derive(Debug)]
pub struct Warm {
    remembered: Remembered,
    targets: Vec<Target>,
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
    pub fn new(remembered: Remembered, targets: Vec<Target>) -> Warm {
        Warm { remembered, targets, check: Check::Waits }
    }

    /// The password is there: what is remembered begins, once.
    pub fn begin(&mut self, now: Moment) -> Option<SignedIn> {
        if self.check != Check::Waits {
            return None;
        }
        self.check = Check::Due(now + BESIDE);
        Some(self.remembered.signed_in.clone())
    }

    /// What is remembered is used, and nobody was asked yet whether it holds.
    #[must_use]
    pub fn is_due(&self) -> bool {
        matches!(self.check, Check::Due(_))
    }

    /// Where to ask, once it is time.
    pub fn check(&mut self, now: Moment) -> Option<Vec<Target>> {
        match self.check {
            Check::Due(at) if at <= now => {
                self.check = Check::Asked;
                Some(self.targets.clone())
            }
            _ => None,
        }
    }

    /// What is remembered could not be connected to. Where to ask.
    pub fn unreachable(&mut self) -> Vec<Target> {
        self.check = Check::Needed;
        self.targets.clone()
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
pub fn keep(launch: &Launch, targets: &[Target], signed_in: &SignedIn) -> Option<CacheChange> {
    let account = launch.account.clone()?;
    let services = Remembered { address: address(launch), targets: sorted(targets), signed_in: bare(signed_in) };
    Some(CacheChange::KeepServices { account, services: Box::new(services) })
}

/// What is remembered for this start, if it holds: the same servers have been decided, and the user still agrees to all that
/// would be connected to.
#[must_use]
pub fn recall<'a>(launch: &'a Launch, targets: &[Target]) -> Option<&'a Remembered> {
    let known = launch.cache.services.get(launch.account.as_ref()?)?;
    let phone = known.signed_in.phone.as_ref();
    let agreed = targets.iter().all(|target| !target.ask_first || launch.agreed_hosts.contains(&target.server.host));
    let chosen = launch.device.is_none() || phone.is_none_or(|phone| launch.device.as_ref() == Some(&phone.device));
    let clear = launch.allow_cleartext || phone.is_none_or(|phone| phone.security == PhoneSecurity::Encrypted);
    let same = known.address == address(launch) && known.targets == sorted(targets);
    let all_agreed = known.servers().all(|server| is_agreed(launch, targets, server));
    (same && agreed && chosen && clear && all_agreed).then_some(known)
}

/// It lies within the domains, was decided on, or the user has agreed to it.
fn is_agreed(launch: &Launch, targets: &[Target], server: &Server) -> bool {
    let domains = [Some(&launch.domain), launch.voice_domain.as_ref()];
    let within = domains.into_iter().flatten().any(|domain| server.is_within(domain));
    let target = targets.iter().any(|target| target.server.host == server.host);
    within || target || launch.agreed_hosts.contains(&server.host)
}

fn address(launch: &Launch) -> String {
    format!("{}@{}", launch.user, launch.domain)
}

fn sorted(targets: &[Target]) -> Vec<Server> {
    let mut servers: Vec<Server> = targets.iter().map(|target| target.server.clone()).collect();
    servers.sort();
    servers
}

/// The step that says that it was remembered.
#[must_use]
pub fn step(remembered: &Remembered) -> Step {
    let signed_in = &remembered.signed_in;
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
