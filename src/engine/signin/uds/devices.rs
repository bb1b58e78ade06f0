//! What the user has, read side by side: the service profile, the client configuration and the devices; then the
//! configuration of the one device that this client is.

use super::agreeing::Agreeing;
use super::choice::Choice;
use super::conclude::{Conclusion, conclude};
use super::files::File;
use super::gathering::Gathering;
use super::names::{qualified, qualified_address};
use super::nodes::Nodes;
use super::questions::About;
use super::sign_in::{CucmSignIn, Stage};
use crate::machine::Moment;
use crate::protocol::cisco::DeviceConfig;
use crate::protocol::cisco::precedence::chosen;
use crate::protocol::cisco::uds::{Device, Resource};

/// Files that nobody names the place of are looked for on so many nodes.
const FILE_NODES: usize = 2;

impl CucmSignIn {
    pub(super) fn at_nodes<T>(&self, file: &mut File<T>, name: &str) {
        for node in self.gathered.nodes.iter().take(FILE_NODES) {
            file.at_host(&node.host, name, self.start.tftp_port);
        }
    }

    pub(super) fn gather(&mut self, now: Moment, mut gathering: Box<Gathering>) {
        let user = self.start.user.clone();
        let profile = self.asking.ask_place(now, About::Profile, &mut gathering.profile);
        let client_config = self.asking.ask_place(now, About::ClientConfig, &mut gathering.client_config);
        let devices = gathering.listed.is_none()
            && !self.start.without_phone
            && self.ask_node(now, About::Devices, &Resource::Devices(&user), &mut gathering.devices);
        if profile || client_config || devices {
            self.stage = Stage::Gathering(gathering);
            return;
        }
        let Gathering { profile, client_config, listed, .. } = *gathering;
        self.gathered.profile = self.file_or_notice(profile, Some(About::Profile));
        self.gathered.client_config = self.asking.client_config(client_config);
        self.choose(now, listed.unwrap_or_default());
    }

    /// The file, or a notice why there is none, which is about what it is `needed` for.
    pub(super) fn file_or_notice<T>(&mut self, file: File<T>, needed: Option<About>) -> Option<T> {
        let next = "Ask the administrator to look at the user's profile and device.";
        self.asking.file_or_notice(file, needed.map(|about| (about.what(), next)))
    }

    fn choose(&mut self, now: Moment, devices: Vec<Device>) {
        let from_profile = self.gathered.profile.as_ref().and_then(|profile| profile.flag("Telephony_Enabled"));
        let config = self.gathered.config();
        let telephony = chosen(from_profile, config.flag("Telephony_Enabled"), true).value;
        if !telephony || self.start.without_phone {
            return self.conclude(now);
        }
        let excluded = config.excluded_devices();
        match self.asking.choose(devices, &excluded, self.start.device.as_deref()) {
            Choice::One(device) => self.locate(now, device),
            Choice::Several(devices) => self.stage = Stage::Choosing(devices),
            Choice::Nothing => self.conclude(now),
        }
    }

    pub(super) fn device_chosen(&mut self, now: Moment, name: &str) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Choosing(devices) if devices.iter().any(|device| device.name == name) => {
                let device = devices.into_iter().find(|device| device.name == name);
                device.into_iter().for_each(|device| self.locate(now, device));
            }
            stage => self.stage = stage,
        }
    }

    fn locate(&mut self, now: Moment, device: Device) {
        if device.provision.is_some() {
            return self.fetch(now, device);
        }
        self.stage = Stage::Locating(device, Nodes::new(self.gathered.nodes.clone()));
        self.advance(now);
    }

    pub(super) fn fetch(&mut self, now: Moment, device: Device) {
        let port = self.start.tftp_port;
        let mut file = File::new(About::DeviceConfig.what(), DeviceConfig::parse);
        if let (Some(address), Some(node)) = (&device.provision, self.gathered.nodes.first()) {
            file.at_address(&qualified_address(address, node), port);
        }
        let name = format!("{}.cnf.xml", device.name);
        let config = self.gathered.config();
        for host in config.tftp_servers() {
            let host = self.gathered.nodes.first().map_or_else(|| host.clone(), |node| qualified(&host, node));
            file.at_host(&host, &name, port);
        }
        self.at_nodes(&mut file, &name);
        self.stage = Stage::Fetching(device, Box::new(file));
        self.advance(now);
    }

    pub(super) fn conclude(&mut self, now: Moment) {
        let Conclusion { signed_in, notices } = conclude(std::mem::take(&mut self.gathered));
        notices.into_iter().for_each(|(level, problem)| self.asking.notice(level, problem));
        self.stage = Stage::Agreeing(Box::new(Agreeing::new(signed_in)));
        self.advance(now);
    }
}
