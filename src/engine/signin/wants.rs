//! What a sign-in is wanted for, and what is said where nobody can be asked: what would have been asked about is refused, with
//! the setting that agrees to it.

use super::launch::Launch;
use crate::engine::event::{DeviceChoice, Problem, ProblemKind};

/// What a sign-in is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// Somebody looks at a screen, and can be asked.
    pub asks_user: bool,
    /// Calls are wanted; else no device is looked for.
    pub phone: bool,
}

/// A host outside of the domains was not connected to.
#[must_use]
pub fn host_refused(launch: &Launch, host: &str, purpose: &str) -> Problem {
    let what = format!("{host}, named for {purpose}, lies outside of the domains of the services and was not connected to.");
    let next = format!("If it is right: {}", launch.setting(&format!("host allow {host}")));
    Problem::new(ProblemKind::Untrusted, what, next)
}

/// Something would have gone in clear.
#[must_use]
pub fn clear_refused(launch: &Launch, leg: &str) -> Problem {
    let what = format!("{leg} would go in clear, and this account does not allow it.");
    let how = launch.setting("cleartext allow");
    let next = format!("Where others may listen: {how}; a new account takes --allow-cleartext.");
    Problem::new(ProblemKind::Clear, what, next)
}

/// There are several softphones, and nobody to choose.
#[must_use]
pub fn device_not_chosen(launch: &Launch, devices: &[DeviceChoice]) -> Problem {
    let named = devices.iter().map(|device| match device.description.is_empty() {
        true => device.name.clone(),
        false => format!("{} ({})", device.name, device.description),
    });
    let (count, named) = (devices.len(), named.collect::<Vec<_>>().join(", "));
    let what = format!("{}@{} has {count} softphones, and none is chosen: {named}.", launch.user, launch.domain);
    let first = devices.first().map_or("NAME", |device| device.name.as_str());
    Problem::new(ProblemKind::Local, what, format!("Choose one: {}", launch.setting(&format!("device {first}"))))
}
