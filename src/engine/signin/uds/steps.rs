//! What was answered, each in a sentence for the trace. No secret stands in any.

use super::judge::shown;
use crate::engine::event::Outcome;
use crate::protocol::cisco::uds::{ClusterUser, Device, DeviceList, Servers, User};
use crate::protocol::cisco::{ClientConfig, DeviceConfig, ServiceProfile};

/// Names beyond this many are counted only.
const NAMED: usize = 4;

/// A value that can be told in a sentence.
pub trait Told {
    /// It, in a sentence.
    fn told(&self) -> String;

    /// How the step ended that has found it.
    fn outcome(&self) -> Outcome {
        Outcome::Found
    }
}

impl Told for ClusterUser {
    fn told(&self) -> String {
        match (self.found, &self.home) {
            (false, _) => "the user is not known".into(),
            (true, Some(home)) => format!("the home cluster is {}", shown(home)),
            (true, None) => "the user is known, the home cluster is not named".into(),
        }
    }

    fn outcome(&self) -> Outcome {
        if self.found { Outcome::Found } else { Outcome::Absent }
    }
}

impl Told for Servers {
    fn told(&self) -> String {
        if self.hosts.is_empty() {
            "no nodes".into()
        } else {
            format!("nodes: {}", named(self.hosts.iter().map(String::as_str)))
        }
    }
}

impl Told for User {
    fn told(&self) -> String {
        let name = self
            .display_name
            .as_ref()
            .or(self.user_name.as_ref())
            .map_or_else(|| "a user without a name".into(), |name| shown(name));
        let chat = match self.im_and_presence {
            Some(false) => ", without IM and Presence",
            Some(true) | None => "",
        };
        format!("{name}{chat}")
    }
}

impl Told for ServiceProfile {
    fn told(&self) -> String {
        let services = [
            ("IM and Presence", &self.presence),
            ("voicemail", &self.voicemail),
            ("CTI", &self.cti),
            ("meetings", &self.conferencing),
        ];
        let told = services.into_iter().filter_map(|(name, service)| {
            let hosts = service.as_ref()?.servers.iter().map(|server| server.host.as_str());
            Some(format!("{name} at {}", named(hosts)))
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() { "no services".into() } else { told.join("; ") }
    }
}

impl Told for ClientConfig {
    fn told(&self) -> String {
        let keys: usize = self.sections.values().map(std::collections::BTreeMap::len).sum();
        format!("{keys} parameters")
    }
}

impl Told for DeviceList {
    fn told(&self) -> String {
        if self.devices.is_empty() {
            "no devices".into()
        } else {
            format!("devices: {}", named(self.devices.iter().map(|device| device.name.as_str())))
        }
    }
}

impl Told for Device {
    fn told(&self) -> String {
        match &self.provision {
            Some(uri) => format!("its configuration is at {}", shown(uri)),
            None => "it does not say where its configuration is".into(),
        }
    }
}

impl Told for DeviceConfig {
    fn told(&self) -> String {
        let nodes = named(self.call_managers.iter().map(|node| node.host.as_str()));
        let line = self
            .lines
            .first()
            .and_then(|line| line.number.as_deref())
            .map_or_else(|| "no line".into(), |number| format!("line {}", shown(number)));
        let secure = match (self.security.is_tls(), self.security.is_srtp()) {
            (true, true) => "encrypted",
            (true, false) => "authenticated",
            (false, _) => "in clear",
        };
        format!("{line}, registers at {nodes}, {secure}")
    }
}

fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<_> = names.collect();
    if all.is_empty() {
        return "nowhere".into();
    }
    let first: Vec<_> = all.iter().take(NAMED).map(|name| shown(name)).collect();
    let more = all.len().saturating_sub(NAMED);
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}
