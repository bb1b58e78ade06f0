//! What the name server knows of the site (fact sheet §2; RFC 2782, RFC 2308).

use super::super::hosts;
use super::super::site::{Domain, Fault, Record, Site};
use super::super::wire::{Door, Node, Places};
use crate::protocol::dns::{Answer, Question, Srv};
use std::net::IpAddr;
use std::time::Duration;

/// How many records a domain has that has many.
const MANY: u16 = 1000;

/// What there is of the kind that was asked for, at one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// SRV records.
    Srv(Vec<Srv>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// The name is there, and has no such record.
    Empty,
    /// There is no such name.
    Absent,
    /// The name is in none of the site's domains.
    Refused,
    /// The server has failed.
    Servfail,
    /// No answer.
    Silent,
}

/// The site's domains.
#[derive(Clone, Debug)]
pub struct Zone {
    site: Site,
    places: Places,
}

impl Zone {
    /// Of this site, whose servers are here.
    #[must_use]
    pub fn new(site: Site, places: Places) -> Zone {
        Zone { site, places }
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The domain that a name is in.
    #[must_use]
    pub fn apex(&self, name: &str) -> Option<&Domain> {
        let inside = |domain: &&Domain| {
            let before = name.strip_suffix(domain.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        // The longer one, where the one is in the other.
        let domains = self.site.voice_domain.iter().chain([&self.site.domain]);
        domains.filter(inside).max_by_key(|domain| domain.as_str().len())
    }

    /// What there is at `name`, in lower case and without its final dot: service records, or addresses of version 4.
    #[must_use]
    pub fn look(&self, name: &str, services: bool) -> Told {
        if self.apex(name).is_none() {
            return Told::Refused;
        }
        if let Some((record, servers)) = self.service(name) {
            return self.tell(name, record, &servers, services);
        }
        let address = |node: Node| vec![self.places.address(node)];
        let apexes = [Some(&self.site.domain), self.site.voice_domain.as_ref()];
        let node = if apexes.into_iter().flatten().any(|apex| apex.as_str() == name) {
            Some(Node::First)
        } else {
            hosts::node_of(&self.site, name)
        };
        match node {
            Some(node) if !services => Told::Addresses(address(node)),
            Some(_) => Told::Empty,
            // A name above one that is there is there itself (RFC 8020).
            None if matches!(name.split('.').next(), Some("_tcp" | "_udp" | "_tls")) => Told::Empty,
            None => Told::Absent,
        }
    }

    /// Which service a name stands for, and where its servers are.
    fn service(&self, name: &str) -> Option<(Record, Vec<(String, u16)>)> {
        let dns = &self.site.dns;
        let voice = self.site.voice_domain.as_ref().unwrap_or(&self.site.domain);
        let (service, transport, domain) = {
            let mut labels = name.splitn(3, '.');
            (labels.next()?, labels.next()?, labels.next()?)
        };
        let here = |wanted: &Domain| wanted.as_str() == domain;
        let own = &self.site.domain;
        let port = |door| self.places.port(door);
        let cucm = |door: Door| -> Vec<(String, u16)> {
            let nodes = hosts::first_cluster(&self.site).iter();
            nodes.map(|node| (hosts::cucm(&self.site, *node), port(door))).collect()
        };
        let presence = |door: Door| -> Vec<(String, u16)> {
            hosts::presence_nodes(&self.site).into_iter().map(|(host, _)| (host, port(door))).collect()
        };
        let one = |host: String, door: Door| vec![(host, port(door))];
        let found = match (service, transport) {
            ("_cisco-uds", "_tcp") if here(voice) => (dns.cisco_uds, cucm(Door::Uds)),
            ("_cuplogin", "_tcp") if here(voice) => (dns.cuplogin, presence(Door::Uds)),
            ("_collab-edge", "_tls") if here(voice) => (dns.collab_edge, one(hosts::edge(&self.site), Door::Uds)),
            ("_xmpp-client", "_tcp") if here(own) => (dns.xmpp_client, presence(Door::Xmpp)),
            ("_xmpps-client", "_tcp") if here(own) => (dns.xmpps_client, one(hosts::presence(&self.site), Door::Xmpp)),
            ("_sips", "_tcp") if here(own) => (dns.sips, cucm(Door::SipSecure)),
            ("_sip", "_tcp") if here(own) => (dns.sip, cucm(Door::SipStream)),
            ("_sip", "_udp") if here(own) => (dns.sip, cucm(Door::SipDatagram)),
            _ => return None,
        };
        Some(found)
    }

    fn tell(&self, name: &str, record: Record, servers: &[(String, u16)], services: bool) -> Told {
        let right = |priority: u16| {
            servers.iter().zip(1..).map(move |((target, port), rank): (_, u16)| Srv {
                priority: priority.saturating_mul(rank),
                weight: 10,
                port: *port,
                target: target.clone(),
            })
        };
        let port = servers.first().map_or(0, |(_, port)| *port);
        let one = |target: &str| Srv { priority: 10, weight: 10, port, target: target.to_owned() };
        match record {
            Record::Absent => Told::Absent,
            Record::Servfail => Told::Servfail,
            Record::Silent => Told::Silent,
            Record::Empty => Told::Empty,
            _ if !services => Told::Empty,
            Record::Present => Told::Srv(right(10).collect()),
            Record::Dot => Told::Srv(vec![Srv { priority: 0, weight: 0, port: 0, target: String::new() }]),
            Record::Foreign => Told::Srv(vec![one("cucm1.elsewhere.example")]),
            Record::Many => {
                let domain = self.apex(name).unwrap_or(&self.site.domain);
                let decoys = (1..MANY).map(|number| Srv { priority: 20, ..one(&domain.host(&format!("x{number}"))) });
                Told::Srv(decoys.chain(right(10).take(1)).collect())
            }
        }
    }

    /// What a resolver makes of it, as values; and how late. For those who ask without a network.
    #[must_use]
    pub fn answer(&self, question: &Question) -> (Duration, Answer) {
        let habit = &self.site.dns.answers;
        match habit.fault {
            Fault::Absent | Fault::Silent => return (Duration::ZERO, Answer::Timeout),
            Fault::Malformed | Fault::Noise | Fault::Portal | Fault::Bomb => return (Duration::ZERO, Answer::Timeout),
            Fault::None | Fault::Truncated | Fault::Trickle | Fault::Endless | Fault::Redirect => {}
        }
        let name = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let none = match question {
            Question::Srv(_) => Answer::Srv(Vec::new()),
            Question::Naptr(_) => Answer::Naptr(Vec::new()),
            Question::Addresses(_) => Answer::Addresses(Vec::new()),
        };
        let told = match question {
            Question::Srv(owner) => self.look(&name(owner), true),
            Question::Addresses(host) => self.look(&name(host), false),
            Question::Naptr(domain) => match self.look(&name(domain), false) {
                Told::Addresses(_) => Told::Empty,
                other => other,
            },
        };
        let answer = match told {
            Told::Srv(records) => Answer::Srv(records),
            Told::Addresses(addresses) => Answer::Addresses(addresses),
            Told::Empty | Told::Absent => none,
            Told::Refused => Answer::Failed("the name server refuses to answer".into()),
            Told::Servfail => Answer::Failed("the name server has failed".into()),
            Told::Silent => Answer::Timeout,
        };
        (habit.delay(), answer)
    }
}
