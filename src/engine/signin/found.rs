//! What a source of the order has found, and what that decides.

use super::bootstrap::{Bootstrap, BootstrapAuthenticator};
use super::cache::Organisation;
use super::launch::{Launch, Manual};
use super::server::{HTTPS_PORT, Server, Target};
use crate::engine::event::{Authenticator, ProductMode};

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Settings made by hand.
    Manual(Manual),
    /// A Webex organisation.
    Webex(Organisation),
    /// `_cisco-uds`: inside. The service profile, read after sign-in, names the authenticator.
    Uds(Vec<Target>),
    /// `_cuplogin`: inside, the presence server itself.
    CupLogin(Vec<Target>),
    /// `_collab-edge`: outside.
    Edge(Vec<Target>),
    /// The bootstrap file.
    Bootstrap(Bootstrap),
    /// A server of open standards. Its targets are never asked about: its certificate names the domain, not the target.
    Standard {
        /// XMPP, in the order to try.
        chat: Vec<Target>,
        /// SIP, in the order to try.
        phone: Vec<Target>,
    },
    /// Nothing: the user is asked.
    Nothing,
}

impl Found {
    /// Who will be asked who the user is.
    #[must_use]
    pub fn authenticator(&self) -> Authenticator {
        match self {
            Found::Manual(Manual::Cup { .. }) | Found::CupLogin(_) => Authenticator::Cup,
            Found::Manual(Manual::Cucm { .. } | Manual::Cucm8 { .. }) | Found::Uds(_) | Found::Edge(_) => Authenticator::Cucm,
            Found::Manual(Manual::Webex { .. }) | Found::Webex(_) => Authenticator::WebexMessenger,
            Found::Manual(Manual::Standard) | Found::Standard { .. } => Authenticator::Standard,
            Found::Bootstrap(bootstrap) => match bootstrap.authenticator {
                Some(BootstrapAuthenticator::Cup) => Authenticator::Cup,
                Some(BootstrapAuthenticator::Cucm) => Authenticator::Cucm,
                Some(BootstrapAuthenticator::Webex) => Authenticator::WebexMessenger,
                None => Authenticator::Ask,
            },
            Found::Nothing => Authenticator::Ask,
        }
    }

    /// The product mode that a start begins in: phone mode when the settings made by hand, else the bootstrap file, say so.
    #[must_use]
    pub fn product_mode(&self, launch: &Launch) -> ProductMode {
        let is_phone = match self {
            Found::Manual(manual) => matches!(manual, Manual::Cucm8 { .. }),
            _ => launch.bootstrap().is_some_and(|bootstrap| bootstrap.phone_mode),
        };
        if is_phone { ProductMode::Phone } else { ProductMode::Default }
    }

    /// Its servers, in the order in which they will be tried.
    #[must_use]
    pub fn servers(&self, launch: &Launch) -> Vec<Server> {
        let cas = || launch.cas_server().into_iter().collect();
        match self {
            Found::Manual(Manual::Cup { server } | Manual::Cucm { server }) => vec![server.clone()],
            Found::Manual(Manual::Cucm8 { tftp, ccmcip, .. }) => phone_mode(tftp, ccmcip.as_ref()),
            Found::Manual(Manual::Webex { .. }) | Found::Webex(_) => cas(),
            Found::Uds(targets) | Found::CupLogin(targets) | Found::Edge(targets) => servers(targets).collect(),
            Found::Bootstrap(bootstrap) => match (bootstrap.authenticator, &bootstrap.cup, &bootstrap.tftp) {
                (Some(BootstrapAuthenticator::Cup), Some(cup), _) => vec![cup.clone()],
                (Some(BootstrapAuthenticator::Cucm), _, Some(tftp)) => phone_mode(tftp, bootstrap.ccmcip.as_ref()),
                (Some(BootstrapAuthenticator::Webex), ..) => cas(),
                _ => Vec::new(),
            },
            Found::Standard { chat, phone } => {
                let mut all: Vec<Server> = Vec::new();
                for server in servers(chat).chain(servers(phone)) {
                    if !all.contains(&server) {
                        all.push(server);
                    }
                }
                all
            }
            Found::Manual(Manual::Standard) | Found::Nothing => Vec::new(),
        }
    }

    /// Whether it says the same: weights and draws change nothing.
    #[must_use]
    pub fn is_same(&self, other: &Found) -> bool {
        self.sorted() == other.sorted()
    }

    fn sorted(&self) -> Found {
        let sorted = |targets: &[Target]| {
            let mut targets = targets.to_vec();
            targets.sort();
            targets
        };
        match self {
            Found::Uds(targets) => Found::Uds(sorted(targets)),
            Found::CupLogin(targets) => Found::CupLogin(sorted(targets)),
            Found::Edge(targets) => Found::Edge(sorted(targets)),
            Found::Standard { chat, phone } => Found::Standard { chat: sorted(chat), phone: sorted(phone) },
            Found::Manual(_) | Found::Webex(_) | Found::Bootstrap(_) | Found::Nothing => self.clone(),
        }
    }
}

fn servers(targets: &[Target]) -> impl Iterator<Item = Server> {
    targets.iter().map(|target| target.server.clone())
}

/// Phone mode of 8.x: first the device list over CCMCIP, from the TFTP server's host where no other is named, then TFTP.
fn phone_mode(tftp: &Server, ccmcip: Option<&Server>) -> Vec<Server> {
    let ccmcip = ccmcip.cloned().unwrap_or_else(|| Server::new(&tftp.host, HTTPS_PORT));
    vec![ccmcip, tftp.clone()]
}

/// Why what a bootstrap file says decides nothing; none where it decides.
#[must_use]
pub fn lacks(bootstrap: &Bootstrap) -> Option<&'static str> {
    match (bootstrap.authenticator, &bootstrap.cup, &bootstrap.tftp) {
        (None, ..) => Some("it names no authenticator"),
        (Some(BootstrapAuthenticator::Cup), None, _) => Some("it names CUP and no CUP_ADDRESS"),
        (Some(BootstrapAuthenticator::Cucm), _, None) => Some("it names CUCM and no TFTP"),
        _ => None,
    }
}
