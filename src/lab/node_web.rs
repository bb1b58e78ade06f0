//! What a node says over HTTPS on 8443, whoever says it: user data services, EPAS of IM and Presence, CCMCIP and the photos of
//! people share the port, here as there.
#![deny(clippy::indexing_slicing)]

use super::ccmcip::Ccmcip;
use super::epas::Epas;
use super::http::{Delivery, Service, Visit};
use super::photos::Photos;
use super::site::{Answers, Certificate, PresenceProduct, Site};
use super::tokens::Tokens;
use super::uds::Uds;
use super::wire::{Node, Places};
use crate::machine::Moment;
use crate::protocol::http::Request;

/// The services of the port.
#[derive(Debug)]
pub struct NodeWeb {
    uds: Uds,
    epas: Epas,
    ccmcip: Ccmcip,
    photos: Photos,
}

impl NodeWeb {
    /// Of this site, whose servers are here. One-time passwords are shared with whoever takes them.
    #[must_use]
    pub fn new(site: &Site, places: &Places, tokens: Tokens, seed: u64) -> NodeWeb {
        NodeWeb {
            uds: Uds::new(site.clone(), places.clone(), seed),
            epas: Epas::new(site.clone(), tokens, seed),
            ccmcip: Ccmcip::new(site.clone()),
            photos: Photos::new(site),
        }
    }

    /// How the service that is asked answers.
    #[must_use]
    pub fn answers<'a>(site: &'a Site, request: &Request) -> &'a Answers {
        if Epas::is_asked(request) {
            &site.epas.answers
        } else if Ccmcip::is_asked(request) {
            &site.ccmcip.answers
        } else if Photos::is_asked(request) {
            &site.photos.answers
        } else {
            Uds::answers(site, request)
        }
    }

    /// What the port shows at a node, over sockets: one certificate for all that share it, the first that is not good.
    #[must_use]
    pub fn certificate(site: &Site, node: Node) -> Certificate {
        let all = [&site.uds.answers, &site.epas.answers, &site.ccmcip.answers];
        let here = all.into_iter().zip([node != Node::Backup, has_epas(site), node != Node::Backup]);
        let shown = here.filter(|(answers, here)| *here && answers.is_there()).map(|(answers, _)| answers.certificate);
        shown.max().unwrap_or_default()
    }

    /// Whether anybody listens at the port of a node.
    #[must_use]
    pub fn is_at(site: &Site, node: Node) -> bool {
        let epas = has_epas(site) && site.epas.answers.is_there();
        match node {
            Node::Backup => epas && !site.epas.down.contains(&2),
            Node::First => epas || site.uds.answers.is_there() || site.ccmcip.answers.is_there(),
            Node::Second | Node::Other => site.uds.answers.is_there() || site.ccmcip.answers.is_there(),
        }
    }
}

fn has_epas(site: &Site) -> bool {
    site.profile.presence == PresenceProduct::UnifiedCm
}

impl Service for NodeWeb {
    fn answer(&mut self, now: Moment, visit: Visit<'_>) -> Delivery {
        if Epas::is_asked(visit.request) {
            self.epas.answer(now, visit)
        } else if Ccmcip::is_asked(visit.request) {
            self.ccmcip.answer(now, visit)
        } else if Photos::is_asked(visit.request) {
            self.photos.answer(now, visit)
        } else {
            self.uds.answer(now, visit)
        }
    }
}
