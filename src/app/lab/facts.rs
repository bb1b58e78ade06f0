//! What a lab announces: where everything is, and who may sign in.

use crate::lab::cas;
use crate::lab::site::Site;
use crate::lab::wire::{Door, Opening, Places};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A port where nothing listens.
const NOBODY: u16 = 1;

/// Where everything is. What the site does not have is null; addresses are HOST:PORT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The services domain.
    pub domain: String,
    /// The name server, over UDP and TCP.
    pub dns: Option<String>,
    /// User data services, EPAS and CCMCIP of the first node: they share a port.
    pub https: Option<String>,
    /// XMPP, with STARTTLS.
    pub xmpp: Option<String>,
    /// The registrar: over TLS, or over TCP where the site's phones are in clear.
    pub sip: Option<String>,
    /// Unity Connection.
    pub voicemail: Option<String>,
    /// TFTP.
    pub tftp: Option<String>,
    /// The Webex directory of organisations, as a URL.
    pub cas: String,
    /// The certificate of the lab's authority, a PEM file; it goes when the lab ends.
    pub ca: PathBuf,
    /// Who may sign in.
    pub accounts: Vec<Somebody>,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Somebody {
    /// `USER@DOMAIN`
    pub address: String,
    /// The password, for everything: these people are made up.
    pub password: String,
    /// Their number.
    pub number: String,
}

impl Facts {
    pub(super) fn of(site: &Site, openings: &[Opening], places: &Places, ca: PathBuf) -> Facts {
        let is_open = |door: Door| openings.iter().any(|opening| opening.door == door);
        let at = |door: Door| is_open(door).then(|| places.of(door).to_string());
        let scheme = if site.cas.clear { "http" } else { "https" };
        // A directory that is absent has a URL too, where nothing listens.
        let directory =
            if is_open(Door::Cas) { places.of(Door::Cas) } else { SocketAddr::new(places.of(Door::Cas).ip(), NOBODY) };
        let sip = if site.encrypted { Door::SipSecure } else { Door::SipStream };
        let somebody = |person: &crate::lab::site::Person| Somebody {
            address: site.address(person),
            password: person.password.clone(),
            number: person.extension().to_owned(),
        };
        Facts {
            domain: site.domain.as_str().to_owned(),
            dns: at(Door::Dns),
            https: at(Door::Uds),
            xmpp: at(Door::Xmpp),
            sip: at(sip),
            voicemail: at(Door::Voicemail),
            tftp: at(Door::Tftp),
            cas: format!("{scheme}://{directory}{}", cas::PATH),
            ca,
            accounts: site.people.iter().map(somebody).collect(),
        }
    }
}
