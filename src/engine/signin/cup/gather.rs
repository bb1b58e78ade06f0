//! What the user has, after the password is accepted: what the presence server says, then the list of devices and the client
//! configuration side by side, then the configuration of the one device that this client is.

use super::interface::{CupOut, Way};
use super::profile::{Profile, presence, xmpp_of};
use super::requests;
use super::sign_in::CupSignIn;
use super::stage::{Asked, Gathering, Stage};
use crate::engine::signin::server::TFTP_PORT;
use crate::engine::signin::uds::Directory;
use crate::engine::signin::uds::agreeing::Agreeing;
use crate::engine::signin::uds::choice::Choice;
use crate::engine::signin::uds::conclude::{Conclusion, conclude};
use crate::engine::signin::uds::files::File;
use crate::engine::signin::uds::nodes::Nodes;
use crate::engine::signin::uds::questions::About;
use crate::machine::Moment;
use crate::protocol::cisco::ccmcip::ListedDevice;
use crate::protocol::cisco::precedence::chosen;
use crate::protocol::cisco::uds::Device;
use crate::protocol::cisco::{ClientConfig, DeviceConfig, ServiceProfile};

const CLIENT_CONFIG: &str = "jabber-config.xml";

impl CupSignIn {
    /// Goes on once the presence server has answered both.
    pub(super) fn asked(&mut self, mut asked: Box<Asked>) {
        let Asked { config: Some(config), token: Some(token) } = &mut *asked else {
            self.stage = Stage::Asking(asked);
            return;
        };
        self.unused = token.take();
        let Some(node) = self.logins.first().cloned() else { return };
        self.profile = Profile::of(&config.take().unwrap_or_default(), &node);
        if self.profile.xmpp.is_empty() {
            self.profile.xmpp = xmpp_of(&self.logins);
        }
        self.asking.say(CupOut::Advanced(self.profile.advanced(&node)));
        self.stage = self.gathering();
    }

    /// Begins to read what the user has, where it is known where that is.
    pub(super) fn gathering(&self) -> Stage {
        let mut client_config = File::new(About::ClientConfig.what(), ClientConfig::parse);
        self.at_files(&mut client_config, CLIENT_CONFIG);
        // In phone mode the list of devices is what the password is checked by.
        let left_out = self.start.without_phone && matches!(self.start.way, Way::Presence(_));
        let devices = Nodes::new(self.profile.ccmcip.iter().filter(|_| !left_out).cloned());
        Stage::Gathering(Box::new(Gathering { client_config, devices, listed: None }))
    }

    fn at_files<T>(&self, file: &mut File<T>, name: &str) {
        for tftp in &self.profile.tftp {
            let port = self.start.tftp_port.filter(|_| tftp.port == TFTP_PORT).unwrap_or(tftp.port);
            file.at_host(&tftp.host, name, Some(port));
        }
    }

    pub(super) fn gather(&mut self, now: Moment, mut gathering: Box<Gathering>) {
        let client_config = self.asking.ask_place(now, About::ClientConfig, &mut gathering.client_config);
        let devices = gathering.listed.is_none()
            && self.ask_node(now, About::ListedDevices, &mut gathering.devices, |start, server, password| {
                requests::devices(server, &start.user, password)
            });
        if client_config || devices {
            self.stage = Stage::Gathering(gathering);
            return;
        }
        let Gathering { client_config, listed, devices } = *gathering;
        if let (Way::Phone { .. }, None) = (&self.start.way, &listed) {
            // Nobody has said whether the password is right.
            return self.fail(devices.why());
        }
        self.gathered.client_config = self.asking.client_config(client_config);
        self.choose(now, listed.unwrap_or_default());
    }

    /// The file, or a notice why there is none, which is about what it is `needed` for.
    pub(super) fn file_or_notice<T>(&mut self, file: File<T>, needed: Option<About>) -> Option<T> {
        let next = "Ask the administrator to look at the user's device.";
        self.asking.file_or_notice(file, needed.map(|about| (about.what(), next)))
    }

    fn choose(&mut self, now: Moment, devices: Vec<Device>) {
        let from_profile = self.profile.services.flag("Telephony_Enabled");
        let config = self.gathered.config();
        let telephony = chosen(from_profile, config.flag("Telephony_Enabled"), true).value;
        if !telephony || self.start.without_phone {
            return self.conclude(now);
        }
        let excluded = config.excluded_devices();
        match self.asking.choose(devices, &excluded, self.start.device.as_deref()) {
            Choice::One(device) => self.fetch(now, device),
            Choice::Several(devices) => self.stage = Stage::Choosing(devices),
            Choice::Nothing => self.conclude(now),
        }
    }

    pub(super) fn device_chosen(&mut self, now: Moment, name: &str) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Choosing(devices) if devices.iter().any(|device| device.name == name) => {
                let device = devices.into_iter().find(|device| device.name == name);
                device.into_iter().for_each(|device| self.fetch(now, device));
            }
            stage => self.stage = stage,
        }
    }

    /// Nobody was there to choose one.
    pub(super) fn no_device(&mut self, now: Moment) {
        if matches!(self.stage, Stage::Choosing(_)) {
            self.conclude(now);
        }
    }

    fn fetch(&mut self, now: Moment, device: Device) {
        let mut file = File::new(About::DeviceConfig.what(), DeviceConfig::parse);
        self.at_files(&mut file, &format!("{}.cnf.xml", device.name));
        self.stage = Stage::Fetching(device, Box::new(file));
        self.advance(now);
    }

    pub(super) fn conclude(&mut self, now: Moment) {
        let mut gathered = std::mem::take(&mut self.gathered);
        // Where a device names nobody to register with, the servers that listed it are tried.
        gathered.nodes.clone_from(&self.profile.ccmcip);
        if let Way::Presence(_) = self.start.way {
            let services = self.profile.services.clone();
            gathered.profile = Some(ServiceProfile { presence: Some(presence(&self.profile.xmpp)), ..services });
        }
        let Conclusion { mut signed_in, notices } = conclude(gathered);
        notices.into_iter().for_each(|(level, problem)| self.asking.notice(level, problem));
        signed_in.directory = Directory { uds: self.profile.uds.clone(), is_home: false, ..signed_in.directory };
        if let Some(chat) = &mut signed_in.chat {
            chat.logins.clone_from(&self.logins);
            chat.window = self.profile.window.unwrap_or_default();
            chat.domains =
                [Some(&self.start.domain), self.start.voice_domain.as_ref()].into_iter().flatten().cloned().collect();
        }
        self.stage = Stage::Agreeing(Box::new(Agreeing::new(signed_in)));
        self.advance(now);
    }
}

/// A device of the list, as every sign-in knows devices.
pub(super) fn device(listed: ListedDevice) -> Device {
    let ListedDevice { name, description, model } = listed;
    Device { name, description, model, ..Device::default() }
}
