//! What the presence server says of the user's services, as the profile that every sign-in draws its conclusion from.
//! It stands in for the service profile of Communications Manager, which is not read on this way.

use super::window::Window;
use crate::engine::event::AdvancedSettings;
use crate::engine::signin::Server;
use crate::engine::signin::server::{HTTPS_PORT, TFTP_PORT};
use crate::engine::signin::uds::names::qualified;
use crate::protocol::cisco::ServiceProfile;
use crate::protocol::cisco::epas::Config;
use crate::protocol::cisco::service_profile::{UcAddress, UcService};

/// The port of XMPP, and of CTI.
const XMPP: u16 = 5222;
const CTI: u16 = 2748;

/// What the presence server says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// What it says in the words of a service profile, without presence itself.
    pub services: ServiceProfile,
    /// Where XMPP is now, the home node first; empty where it is not said.
    pub xmpp: Vec<Server>,
    /// TFTP.
    pub tftp: Vec<Server>,
    /// CCMCIP.
    pub ccmcip: Vec<Server>,
    /// CTI: kept, and not used yet.
    pub cti: Vec<Server>,
    /// User data services.
    pub uds: Vec<Server>,
    /// The re-login window, where it is said.
    pub window: Option<Window>,
}

impl Profile {
    /// What `config` says, which `node` gave: names without a dot are meant as the node means them.
    #[must_use]
    pub fn of(config: &Config, node: &Server) -> Profile {
        let servers = |service: &str, port: u16| -> Vec<Server> {
            let named = config.servers(service).into_iter();
            named.filter_map(|host| Server::parse(&qualified(host.trim(), node), port)).collect()
        };
        let service = |name: &str| {
            let hosts = config.servers(name).into_iter().map(|host| qualified(host.trim(), node));
            let server = |host: String| match Server::parse(&host, 0) {
                Some(Server { host, port }) if port != 0 => UcAddress { host, port: Some(port), protocol: None },
                _ => UcAddress { host, port: None, protocol: None },
            };
            let servers: Vec<UcAddress> = hosts.map(server).collect();
            (!servers.is_empty()).then_some(UcService { product: None, servers })
        };
        let mut services = ServiceProfile {
            voicemail: service("voicemail"),
            mail_store: service("mailstore"),
            conferencing: service("conferencing"),
            cti: service("cti"),
            ..ServiceProfile::default()
        };
        const FLAGS: [&str; 4] = ["IM_Enabled", "Telephony_Enabled", "Voicemail_Enabled", "VoicemailServiceCredentialsSource"];
        for name in FLAGS {
            if let Some(value) = config.property(name) {
                services.parameters.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(domain) = config.presence_domain() {
            services.parameters.insert("PresenceDomain".to_owned(), domain.to_owned());
        }
        let tftp = servers("tftp", TFTP_PORT);
        // Where no other is named, the list of devices is on the host of the files.
        let beside = || tftp.iter().map(|tftp| Server::new(&tftp.host, HTTPS_PORT)).collect();
        let ccmcip = Some(servers("ccmcip", HTTPS_PORT)).filter(|named| !named.is_empty()).unwrap_or_else(beside);
        let (lower, upper) = config.relogin_limits();
        Profile {
            xmpp: servers("xmpp", XMPP),
            ccmcip,
            cti: servers("cti", CTI),
            uds: servers("uds", HTTPS_PORT),
            window: Window::said(lower, upper),
            services,
            tftp,
        }
    }

    /// What stands ready in Advanced Settings, beside the presence server `cup`.
    #[must_use]
    pub fn advanced(&self, cup: &Server) -> AdvancedSettings {
        let first = |servers: &[Server]| servers.first().map(ToString::to_string);
        AdvancedSettings {
            cup: Some(cup.to_string()),
            tftp: first(&self.tftp),
            ccmcip: first(&self.ccmcip),
            cti: first(&self.cti),
        }
    }
}

/// The presence service itself, at these XMPP servers.
#[must_use]
pub fn presence(nodes: &[Server]) -> UcService {
    let server = |node: &Server| UcAddress { host: node.host.clone(), port: Some(node.port), protocol: None };
    UcService { product: None, servers: nodes.iter().map(server).collect() }
}

/// XMPP at the nodes that run EPAS, in their order.
#[must_use]
pub fn xmpp_of(nodes: &[Server]) -> Vec<Server> {
    nodes.iter().map(|node| Server::new(&node.host, XMPP)).collect()
}
