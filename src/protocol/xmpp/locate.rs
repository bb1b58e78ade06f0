//! Where an account's server is: RFC 6120 §3.2 with XEP-0368, as a machine over DNS questions and answers.
//!
//! It refuses to know resolvers, sockets and TLS: what comes out is an ordered list of places to connect to.

#![deny(clippy::indexing_slicing)]

use crate::machine::Chance;
use crate::protocol::dns::{self, Answer, Question, Srv};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// The port of XMPP where nobody names one (RFC 6120 §14.7).
const PORT: u16 = 5222;

/// Places tried at most: a zone with a thousand records does not keep us busy for an hour.
const PLACES: usize = 12;

/// Addresses tried at most for one host.
const ADDRESSES: usize = 8;

/// What to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The servers of this domain.
    Domain(String),
    /// The addresses of this server, which the user has named.
    Server {
        /// A name or an address, IPv6 without brackets.
        host: String,
        /// Port.
        port: u16,
        /// How TLS begins there.
        tls: Start,
    },
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Start {
    /// From the first byte (XEP-0368).
    Direct,
    /// By STARTTLS.
    StartTls,
}

/// A place to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name of the host as the record, the domain or the user named it.
    pub host: String,
    /// Its addresses in the order to try; never empty.
    pub addresses: Vec<SocketAddr>,
    /// How TLS begins.
    pub tls: Start,
}

/// Why there is no place to connect to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The SRV target is `.` (RFC 2782).
    #[error("the domain {0} says that it offers no XMPP service")]
    NotOffered(String),
    /// DNS says definitely that there is no address.
    #[error("no address is known for {0}")]
    NoAddress(String),
    /// DNS did not answer: another attempt may succeed.
    #[error("the DNS could not be asked for {host}: {why}")]
    Failed {
        /// What was looked for.
        host: String,
        /// In the resolver's words.
        why: String,
    },
}

/// A candidate before its addresses are known.
#[derive(Clone, Debug)]
struct Place {
    host: String,
    port: u16,
    tls: Start,
}

#[derive(Debug)]
enum Step {
    /// Both SRV questions are out (XEP-0368 §3: asked at once).
    Records {
        direct: Option<Answer>,
        start: Option<Answer>,
    },
    /// The hosts' addresses are asked.
    Addresses {
        places: Vec<Place>,
        missing: BTreeSet<String>,
        known: BTreeMap<String, Vec<IpAddr>>,
        failed: Option<String>,
    },
    Done(Result<Vec<Endpoint>, NotFound>),
}

/// The search. Ask what [`Locate::poll`] gives, hand in what comes, until [`Locate::outcome`] answers.
#[derive(Debug)]
pub struct Locate {
    domain: String,
    questions: Vec<Question>,
    step: Step,
}

impl Locate {
    /// Begins a search.
    #[must_use]
    pub fn new(sought: Sought) -> Locate {
        match sought {
            Sought::Server { host, port, tls } => Locate::at(host.clone(), vec![Place { host, port, tls }]),
            Sought::Domain(domain) if domain_address(&domain).is_some() => {
                let host = domain_address(&domain).map_or_else(|| domain.clone(), |address| address.to_string());
                Locate::at(domain, vec![Place { host, port: PORT, tls: Start::StartTls }])
            }
            Sought::Domain(domain) => {
                let questions = vec![Question::Srv(direct_name(&domain)), Question::Srv(start_name(&domain))];
                Locate { domain, questions, step: Step::Records { direct: None, start: None } }
            }
        }
    }

    /// A search that only lacks addresses.
    fn at(domain: String, places: Vec<Place>) -> Locate {
        let mut locate = Locate { domain, questions: Vec::new(), step: Step::Records { direct: None, start: None } };
        locate.seek_addresses(places);
        locate
    }

    /// The next question to ask.
    pub fn poll(&mut self) -> Option<Question> {
        if self.questions.is_empty() { None } else { Some(self.questions.remove(0)) }
    }

    /// `question` was answered. An answer that nobody asked for changes nothing.
    pub fn handle(&mut self, question: &Question, answer: Answer, chance: &mut Chance) {
        match (&mut self.step, question) {
            (Step::Records { direct, start }, Question::Srv(name)) => {
                if *name == direct_name(&self.domain) {
                    *direct = Some(answer);
                } else if *name == start_name(&self.domain) {
                    *start = Some(answer);
                }
                self.merge(chance);
            }
            (Step::Addresses { missing, known, failed, .. }, Question::Addresses(host)) => {
                if missing.remove(host) {
                    match answer {
                        Answer::Addresses(found) => drop(known.insert(host.clone(), found)),
                        other => *failed = Some(other.trouble().unwrap_or("the answer is to another question").to_owned()),
                    }
                }
                self.finish();
            }
            _ => {}
        }
    }

    /// The places to try in this order, once known.
    #[must_use]
    pub fn outcome(&self) -> Option<&Result<Vec<Endpoint>, NotFound>> {
        match &self.step {
            Step::Done(outcome) => Some(outcome),
            Step::Records { .. } | Step::Addresses { .. } => None,
        }
    }

    /// Both sets of records as one set (XEP-0368 §3), once both are there.
    fn merge(&mut self, chance: &mut Chance) {
        let Step::Records { direct: Some(direct), start: Some(start) } = &self.step else { return };
        let (direct, start) = (records(direct), records(start));
        let refused = !start.is_empty() && start.iter().all(|record| record.target.is_empty());
        let tagged = |records: Vec<Srv>, tls| records.into_iter().map(move |record| (record, tls));
        let mut tags: Vec<(Srv, Start)> = tagged(direct, Start::Direct).chain(tagged(start, Start::StartTls)).collect();
        let ordered = dns::in_order(tags.iter().map(|(record, _)| record.clone()).collect(), chance);
        let places: Vec<Place> = ordered
            .into_iter()
            .take(PLACES)
            .filter_map(|record| {
                let tag = tags.iter().position(|(tagged, _)| *tagged == record)?;
                let (record, tls) = tags.remove(tag);
                Some(Place { host: record.target, port: record.port, tls })
            })
            .collect();
        if !places.is_empty() {
            self.seek_addresses(places);
        } else if refused {
            self.step = Step::Done(Err(NotFound::NotOffered(self.domain.clone())));
        } else {
            // RFC 6120 §3.2.2: the fallback, where there are no records or nobody answered.
            let host = self.domain.clone();
            self.seek_addresses(vec![Place { host, port: PORT, tls: Start::StartTls }]);
        }
    }

    fn seek_addresses(&mut self, places: Vec<Place>) {
        let mut missing = BTreeSet::new();
        let mut known = BTreeMap::new();
        for place in &places {
            match place.host.parse::<IpAddr>() {
                Ok(address) => drop(known.insert(place.host.clone(), vec![address])),
                Err(_) => {
                    if missing.insert(place.host.clone()) {
                        self.questions.push(Question::Addresses(place.host.clone()));
                    }
                }
            }
        }
        self.step = Step::Addresses { places, missing, known, failed: None };
        self.finish();
    }

    fn finish(&mut self) {
        let Step::Addresses { places, missing, known, failed } = &self.step else { return };
        if !missing.is_empty() {
            return;
        }
        let endpoints: Vec<Endpoint> = places
            .iter()
            .filter_map(|place| {
                let found = known.get(&place.host)?.iter().take(ADDRESSES);
                let addresses: Vec<_> = found.map(|address| SocketAddr::new(*address, place.port)).collect();
                let endpoint = Endpoint { host: place.host.clone(), addresses, tls: place.tls };
                (!endpoint.addresses.is_empty()).then_some(endpoint)
            })
            .collect();
        let host = places.first().map_or_else(|| self.domain.clone(), |place| place.host.clone());
        let outcome = match (endpoints.is_empty(), failed) {
            (false, _) => Ok(endpoints),
            (true, Some(why)) => Err(NotFound::Failed { host, why: why.clone() }),
            (true, None) => Err(NotFound::NoAddress(host)),
        };
        self.step = Step::Done(outcome);
    }
}

/// The records of an answer; a failed answer has none.
fn records(answer: &Answer) -> Vec<Srv> {
    match answer {
        Answer::Srv(records) => records.clone(),
        _ => Vec::new(),
    }
}

/// A domainpart may be an address; an IPv6 one stands in brackets (RFC 7622 §3.2).
fn domain_address(domain: &str) -> Option<IpAddr> {
    let bare = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(domain);
    bare.parse().ok()
}

fn direct_name(domain: &str) -> String {
    format!("_xmpps-client._tcp.{domain}")
}

fn start_name(domain: &str) -> String {
    format!("_xmpp-client._tcp.{domain}")
}

#[cfg(test)]
mod tests;
