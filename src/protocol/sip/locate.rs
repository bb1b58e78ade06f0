//! Locating a SIP server (RFC 3263 §4): from a URI to the addresses to try, in order, by NAPTR, SRV (RFC 2782) and
//! address records.
//!
//! A machine that asks and hears: it refuses to know a resolver, and it never proposes a clear transport that is not
//! allowed. Transports of which it is told nothing do not exist for it.
#![deny(clippy::indexing_slicing)]

use super::flow::Transport;
use super::message::{Host, Scheme, Uri};
use crate::machine::{Chance, Machine, Moment, RemoteText, Wake};
use crate::protocol::dns::{Answer, Naptr, Question, Srv, in_order};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

/// SRV and NAPTR records beyond this many in one answer are not looked at.
const RECORDS: usize = 1000;
/// No more servers than this are looked up and tried.
const SERVERS: usize = 16;
/// No more addresses than this are tried for one server.
const ADDRESSES: usize = 8;

/// A place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// How.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
    /// The name of the server there, or its literal address: one of the names that its certificate may show.
    pub host: String,
}

/// What we can do and may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// The transports that we have, most wanted first where the DNS leaves the choice to us.
    pub transports: Vec<Transport>,
    /// `--allow-cleartext`: UDP and TCP are allowed.
    pub cleartext: bool,
}

/// Why there is nothing to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// It would have gone in clear.
    #[error("{domain} offers SIP in clear only, over {offered}, and this account allows only TLS.")]
    Clear {
        /// Whom we wanted to reach.
        domain: RemoteText,
        /// As in `UDP and TCP`.
        offered: String,
    },
    /// Not a SIP or SIPS URI: a telephone number is reached through the account's own server.
    #[error("A {scheme} URI names no SIP server.")]
    NotSip {
        /// Its scheme.
        scheme: RemoteText,
    },
    /// The URI, or the DNS, wants a transport that we do not have.
    #[error("{domain} wants SIP over {transport}, which is not supported.")]
    Unsupported {
        /// Whom we wanted to reach.
        domain: RemoteText,
        /// The transport or NAPTR service, as it came.
        transport: RemoteText,
    },
    /// SRV records say that there is no such service (RFC 2782: the target is `.`).
    #[error("{domain} declares in the DNS that it offers no SIP service.")]
    NotOffered {
        /// Whom we wanted to reach.
        domain: RemoteText,
    },
    /// No server has an address.
    #[error("The DNS knows no address for the SIP service of {domain}.")]
    NoAddress {
        /// Whom we wanted to reach.
        domain: RemoteText,
    },
    /// The DNS did not answer.
    #[error("The DNS gave no answer about {domain}: {why}.")]
    Dns {
        /// Whom we wanted to reach.
        domain: RemoteText,
        /// The resolver's words.
        why: RemoteText,
    },
}

impl NotFound {
    /// What the user can do, in a sentence.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            NotFound::Clear { .. } => {
                "Name a server that speaks TLS (--sip-proxy 'sip:HOST:PORT;transport=tls'), or allow clear text (--allow-cleartext)."
            }
            NotFound::NotSip { .. } => "Name the account's SIP server (--sip-proxy).",
            NotFound::Unsupported { .. } => "Use transport=tls, tcp or udp.",
            NotFound::NotOffered { .. } | NotFound::NoAddress { .. } => {
                "Check the domain, or name the SIP server (--sip-proxy 'sip:HOST:PORT;transport=tls')."
            }
            NotFound::Dns { .. } => "Check the network and try again.",
        }
    }
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The answer to a question that was asked; any other changes nothing.
    Answered(Question, Answer),
}

/// What is said. After `Found` or `NotFound` nothing more comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask the DNS. All that are out at one time may be asked at once.
    Ask(Question),
    /// The places to try, best first; at least one.
    Found(Vec<Target>),
    /// There is none.
    NotFound(NotFound),
}

/// One location, from a URI to its end.
#[derive(Debug)]
pub struct Locate {
    domain: String,
    secure_only: bool,
    means: Means,
    chance: Chance,
    phase: Phase,
    trouble: Option<RemoteText>,
    out: VecDeque<Output>,
}

#[derive(Debug)]
enum Phase {
    /// NAPTR of the domain is awaited.
    Naptr,
    /// The SRV records of these services are awaited, most wanted first.
    Srv { services: Vec<Service>, by_naptr: bool },
    /// The addresses of these servers are awaited, in the order to try.
    Addresses { servers: Vec<Server>, known: BTreeMap<String, Option<Vec<IpAddr>>> },
    /// All is said.
    Done,
}

#[derive(Debug)]
struct Service {
    transport: Transport,
    owner: String,
    records: Option<Vec<Srv>>,
}

#[derive(Debug)]
struct Server {
    transport: Transport,
    host: String,
    port: u16,
}

impl Locate {
    /// Begins to locate the server that a request to `uri` goes to: a target, or an outbound proxy.
    #[must_use]
    pub fn new(uri: &Uri, means: Means, chance: Chance) -> Locate {
        let secure_only = uri.scheme == Scheme::Sips;
        let host = uri.params.text("maddr").map_or_else(|| uri.host.clone(), |maddr| Host::lenient(&maddr));
        let domain = match host.address() {
            Some(address) => address.to_string(),
            None => host.to_string().trim_end_matches('.').to_ascii_lowercase(),
        };
        let mut locate = Locate { domain, secure_only, means, chance, phase: Phase::Done, trouble: None, out: VecDeque::new() };
        locate.begin(uri, &host);
        locate
    }

    /// RFC 3263 §4.1: what the URI itself decides.
    fn begin(&mut self, uri: &Uri, host: &Host) {
        match &uri.scheme {
            Scheme::Sip | Scheme::Sips => {}
            Scheme::Tel => return self.fail(NotFound::NotSip { scheme: "tel".into() }),
            Scheme::Other(scheme) => return self.fail(NotFound::NotSip { scheme: scheme.as_str().into() }),
        }
        let named = uri.params.text("transport");
        let transport = match &named {
            None => None,
            Some(token) => match (Transport::parse(token), self.secure_only) {
                // `transport=tcp` in a SIPS URI means TLS over TCP (RFC 3261 §26.2.2).
                (Some(Transport::Tcp | Transport::Tls), true) => Some(Transport::Tls),
                (Some(transport), false) => Some(transport),
                (None, _) | (Some(Transport::Udp), true) => return self.fail_unsupported(token),
            },
        };
        let literal = host.address().is_some();
        match (transport, uri.port) {
            (None, None) if !literal => {
                self.phase = Phase::Naptr;
                self.out.push_back(Output::Ask(Question::Naptr(self.domain.clone())));
            }
            (Some(transport), None) if !literal => {
                if self.may_use(transport) {
                    self.ask_services(vec![(transport, service_owner(transport, &self.domain))], false);
                }
            }
            (transport, port) => {
                let transport = transport.unwrap_or_else(|| self.default_transport());
                if self.may_use(transport) {
                    let port = port.unwrap_or_else(|| transport.default_port());
                    self.ask_addresses(vec![Server { transport, host: self.domain.clone(), port }]);
                }
            }
        }
    }

    /// The transport of a URI that names none and has a port or a literal address (RFC 3263 §4.1).
    fn default_transport(&self) -> Transport {
        let wanted = [Transport::Udp, Transport::Tcp, Transport::Tls];
        let has = |transport: &Transport| self.means.transports.contains(transport);
        let found = wanted.into_iter().filter(has).find(|transport| !self.secure_only || transport.is_encrypted());
        found.unwrap_or(if self.secure_only { Transport::Tls } else { Transport::Udp })
    }

    /// Whether a transport that the URI decided on may be used; when it may not, that is the end.
    fn may_use(&mut self, transport: Transport) -> bool {
        if !self.means.transports.contains(&transport) {
            self.fail_unsupported(transport.via_token());
            false
        } else if !self.allows(transport) {
            self.fail_clear(&[transport]);
            false
        } else {
            true
        }
    }

    /// Whether policy and URI scheme allow it.
    fn allows(&self, transport: Transport) -> bool {
        transport.is_encrypted() || (self.means.cleartext && !self.secure_only)
    }

    fn hear_naptr(&mut self, mut records: Vec<Naptr>) {
        records.truncate(RECORDS);
        records.retain(|record| record.flags.eq_ignore_ascii_case("s") && !record.replacement.is_empty());
        records.sort_by_key(|record| (record.order, record.preference));
        let offered: Vec<(Option<Transport>, &Naptr)> =
            records.iter().filter_map(|record| Some((naptr_transport(&record.service)?, record))).collect();
        let known: Vec<(Transport, String)> = offered
            .iter()
            .filter_map(|(transport, record)| {
                let transport = (*transport)?;
                let has = self.means.transports.contains(&transport) && (!self.secure_only || transport.is_encrypted());
                has.then(|| (transport, record.replacement.trim_end_matches('.').to_ascii_lowercase()))
            })
            .take(SERVERS)
            .collect();
        let allowed: Vec<_> = known.iter().filter(|(transport, _)| self.allows(*transport)).cloned().collect();
        if !allowed.is_empty() {
            self.ask_services(allowed, true);
        } else if !known.is_empty() {
            let clear: Vec<Transport> = known.iter().map(|(transport, _)| *transport).collect();
            self.fail_clear(&clear);
        } else if let Some((_, record)) = offered.first() {
            let service = record.service.clone();
            self.fail_unsupported(&service);
        } else {
            self.ask_default_services();
        }
    }

    /// Without NAPTR, the SRV records of every transport that we have (RFC 3263 §4.1).
    fn ask_default_services(&mut self) {
        let transports = self.means.transports.iter().filter(|transport| !self.secure_only || transport.is_encrypted());
        let services: Vec<_> = transports.map(|transport| (*transport, service_owner(*transport, &self.domain))).collect();
        if services.is_empty() {
            self.fail_unsupported("TLS");
        } else {
            self.ask_services(services, false);
        }
    }

    fn ask_services(&mut self, services: Vec<(Transport, String)>, by_naptr: bool) {
        let mut asked: Vec<String> = Vec::new();
        for (_, owner) in &services {
            if !asked.contains(owner) {
                asked.push(owner.clone());
            }
        }
        self.out.extend(asked.into_iter().map(|owner| Output::Ask(Question::Srv(owner))));
        let services = services.into_iter().map(|(transport, owner)| Service { transport, owner, records: None }).collect();
        self.phase = Phase::Srv { services, by_naptr };
    }

    /// All SRV answers are there.
    fn choose_servers(&mut self, services: Vec<Service>, by_naptr: bool) {
        let mut declined = false;
        let mut clear = Vec::new();
        let mut servers = Vec::new();
        let wanted: Vec<Transport> = services.iter().map(|service| service.transport).collect();
        for service in services {
            let records = service.records.unwrap_or_default();
            let some = !records.is_empty();
            let ordered = in_order(records, &mut self.chance);
            declined |= some && ordered.is_empty();
            if !ordered.is_empty() && !self.allows(service.transport) {
                clear.push(service.transport);
                continue;
            }
            servers.extend(ordered.into_iter().map(|record| Server {
                transport: service.transport,
                host: record.target.trim_end_matches('.').to_ascii_lowercase(),
                port: record.port,
            }));
        }
        if !servers.is_empty() {
            servers.truncate(SERVERS);
            self.ask_addresses(servers);
        } else if !clear.is_empty() {
            self.fail_clear(&clear);
        } else if declined {
            self.fail(NotFound::NotOffered { domain: self.domain.as_str().into() });
        } else {
            self.ask_domain_itself(&wanted, by_naptr);
        }
    }

    /// No SRV records at all: the domain is its own server (RFC 3263 §4.2). The transport is the one that the URI named,
    /// else UDP, or TLS when that is all that is allowed.
    fn ask_domain_itself(&mut self, wanted: &[Transport], by_naptr: bool) {
        let transport = match wanted {
            [only] if !by_naptr => *only,
            _ => match self.default_transport() {
                transport if self.allows(transport) => transport,
                _ => Transport::Tls,
            },
        };
        if self.may_use(transport) {
            let host = self.domain.clone();
            self.ask_addresses(vec![Server { transport, host, port: transport.default_port() }]);
        }
    }

    fn ask_addresses(&mut self, servers: Vec<Server>) {
        let mut known = BTreeMap::new();
        for server in &servers {
            if known.contains_key(&server.host) {
                continue;
            }
            let literal = server.host.parse::<IpAddr>().ok().map(|address| vec![address]);
            if literal.is_none() {
                self.out.push_back(Output::Ask(Question::Addresses(server.host.clone())));
            }
            known.insert(server.host.clone(), literal);
        }
        self.phase = Phase::Addresses { servers, known };
        self.finish_if_known();
    }

    fn finish_if_known(&mut self) {
        let Phase::Addresses { servers, known } = &self.phase else { return };
        if known.values().any(Option::is_none) {
            return;
        }
        let mut targets: Vec<Target> = Vec::new();
        for server in servers {
            let addresses = known.get(&server.host).and_then(Option::as_ref);
            for address in addresses.into_iter().flatten().take(ADDRESSES) {
                let address = SocketAddr::new(*address, server.port);
                let target = Target { transport: server.transport, address, host: server.host.clone() };
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        if targets.is_empty() {
            let domain = self.domain.as_str().into();
            match self.trouble.take() {
                Some(why) => self.fail(NotFound::Dns { domain, why }),
                None => self.fail(NotFound::NoAddress { domain }),
            }
        } else {
            self.phase = Phase::Done;
            self.out.push_back(Output::Found(targets));
        }
    }

    fn fail_unsupported(&mut self, transport: &str) {
        self.fail(NotFound::Unsupported { domain: self.domain.as_str().into(), transport: transport.into() });
    }

    fn fail_clear(&mut self, offered: &[Transport]) {
        let all = [Transport::Udp, Transport::Tcp];
        let named: Vec<_> = all.iter().filter(|transport| offered.contains(transport)).map(|t| t.via_token()).collect();
        self.fail(NotFound::Clear { domain: self.domain.as_str().into(), offered: named.join(" and ") });
    }

    fn fail(&mut self, why: NotFound) {
        self.phase = Phase::Done;
        self.out.push_back(Output::NotFound(why));
    }
}

impl Machine for Locate {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, _now: Moment, Input::Answered(question, answer): Input) {
        if let Some(why) = answer.trouble() {
            self.trouble = Some(why.into());
        }
        match (&mut self.phase, question) {
            (Phase::Naptr, Question::Naptr(domain)) if domain == self.domain => match answer {
                Answer::Naptr(records) => self.hear_naptr(records),
                _ => self.ask_default_services(),
            },
            (Phase::Srv { services, by_naptr }, Question::Srv(owner)) => {
                let mut records = if let Answer::Srv(records) = answer { records } else { Vec::new() };
                records.truncate(RECORDS);
                for service in services.iter_mut().filter(|service| service.owner == owner && service.records.is_none()) {
                    service.records = Some(records.clone());
                }
                if services.iter().all(|service| service.records.is_some()) {
                    let (services, by_naptr) = (std::mem::take(services), *by_naptr);
                    self.choose_servers(services, by_naptr);
                }
            }
            (Phase::Addresses { known, .. }, Question::Addresses(host)) => {
                let addresses = if let Answer::Addresses(addresses) = answer { addresses } else { Vec::new() };
                if let Some(slot @ None) = known.get_mut(&host) {
                    *slot = Some(addresses);
                    self.finish_if_known();
                }
            }
            _ => {}
        }
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The resolver has its own limits of time: every question is answered, if only with [`Answer::Failed`].
    fn wake(&self) -> Option<Wake> {
        None
    }
}

/// The transport of a NAPTR service field: none for a SIP service that we do not know, nothing for other services.
fn naptr_transport(service: &str) -> Option<Option<Transport>> {
    match service.to_ascii_uppercase().as_str() {
        "SIPS+D2T" => Some(Some(Transport::Tls)),
        "SIP+D2T" => Some(Some(Transport::Tcp)),
        "SIP+D2U" => Some(Some(Transport::Udp)),
        sip if sip.starts_with("SIP+") || sip.starts_with("SIPS+") => Some(None),
        _ => None,
    }
}

fn service_owner(transport: Transport, domain: &str) -> String {
    let service = match transport {
        Transport::Tls => "_sips._tcp",
        Transport::Tcp => "_sip._tcp",
        Transport::Udp => "_sip._udp",
    };
    format!("{service}.{domain}")
}

#[cfg(test)]
mod tests;
