//! A lab that is far away: a relay in front of each of its services, at addresses of its own and the documented ports, that
//! lets every direction take its time and counts what goes by.
//!
//! How round trips are counted: one for a connection of TCP itself; then one for each time that the client has sent
//! something and the server's answer, or the first piece of it, has come back (of TLS 1.3: one, until the first question
//! leaves). A datagram and its answer are one. "In sequence" is the longest chain of them over all connections: a question
//! stands behind every answer that had come when it left.

use super::lab::Lab;
use super::relay::{Habits, Passing, Relay, datagrams};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The nodes of a lab: each has an address of its own.
const NODES: u32 = 4;

/// The services of a lab, as the columns of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Dns,
    Cas,
    /// User data services, EPAS and CCMCIP.
    Web,
    Files,
    Tftp,
    Xmpp,
    Sip,
    Voicemail,
}

/// What has happened, in its order.
#[derive(Default)]
pub struct Record(Vec<Entry>);

struct Entry {
    at: Instant,
    line: u64,
    service: Service,
    /// From 0.
    node: u32,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Opened,
    Asked { hello: bool },
    Answered,
}

type Book = Arc<Mutex<Vec<Entry>>>;

/// A lab that is far away.
pub struct Far {
    first: Ipv4Addr,
    lab: Ipv4Addr,
    cas: u16,
    book: Book,
    streams: Vec<(Service, u32, Relay)>,
    pub delay: Duration,
}

/// What was counted of one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Connections, or whoever has sent datagrams.
    pub lines: usize,
    /// Handshakes of TLS that were begun.
    pub hellos: usize,
    /// Round trips.
    pub trips: usize,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub of: BTreeMap<Service, Count>,
    /// The longest chain of round trips.
    pub in_sequence: usize,
    /// From the first question to the last answer, in seconds: for people.
    pub took: f64,
    /// What was asked before the first connection for chat or calls.
    pub before: BTreeMap<Service, usize>,
    /// Which connections for chat and calls were the first, by how long after the very first question.
    pub began: BTreeMap<Service, Duration>,
}

#[derive(Default)]
struct Line {
    waits: bool,
    depth: usize,
}

impl Far {
    /// This lab, at this distance each way.
    pub fn of(lab: &Lab<'_>, delay: Duration) -> Far {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let drawn = std::process::id().wrapping_mul(40_503).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (1 << 16);
        let first = Ipv4Addr::from_bits(Ipv4Addr::new(127, 248, 0, 0).to_bits() + drawn * NODES + 1);
        let SocketAddr::V4(dns) = lab.at("dns") else { panic!("a lab is on IPv4") };
        let cas = lab.facts["cas"].as_str().unwrap().split(['/', ':']).nth(4).unwrap().parse().unwrap();
        let mut far = Far { first, lab: *dns.ip(), cas, book: Book::default(), streams: Vec::new(), delay };
        let port = |what: &str| lab.facts[what].as_str().map(|_| lab.at(what).port());
        let streams = [
            (Service::Dns, Some(dns.port())),
            (Service::Cas, Some(cas)),
            (Service::Web, Some(8443)),
            (Service::Files, Some(6972)),
            (Service::Files, Some(6970)),
            (Service::Xmpp, port("xmpp")),
            (Service::Sip, port("sip")),
            (Service::Voicemail, port("voicemail")),
        ];
        for (service, port) in streams.into_iter().filter_map(|(service, port)| Some((service, port?))) {
            for node in 0..NODES {
                far.stream(service, node, port);
            }
        }
        datagrams(far.near(0, dns.port()), dns.into(), far.habits(Service::Dns, 0));
        if let Some(port) = port("tftp") {
            datagrams(far.near(0, port), (far.lab, port).into(), far.habits(Service::Tftp, 0));
        }
        far
    }

    fn near(&self, node: u32, port: u16) -> SocketAddr {
        (Ipv4Addr::from_bits(self.first.to_bits() + node), port).into()
    }

    /// Relays what is there.
    fn stream(&mut self, service: Service, node: u32, port: u16) {
        let there = (Ipv4Addr::from_bits(self.lab.to_bits() + node), port).into();
        if TcpStream::connect(there).is_ok() {
            let relay = Relay::between(self.near(node, port), there, self.habits(service, node));
            self.streams.push((service, node, relay));
        }
    }

    fn habits(&self, service: Service, node: u32) -> Habits {
        let book = Arc::clone(&self.book);
        let note = move |passing: Passing<'_>| {
            let (line, what) = match passing {
                Passing::Opened(line) => (line, What::Opened),
                // A record of a handshake that holds a ClientHello (RFC 8446 §4, §5.1).
                Passing::There(line, octets) => {
                    (line, What::Asked { hello: octets.len() > 5 && octets[0] == 22 && octets[5] == 1 })
                }
                Passing::Back(line) => (line, What::Answered),
            };
            book.lock().unwrap().push(Entry { at: Instant::now(), line, service, node, what });
        };
        // Whoever asks the lab where its hosts are is told where the relays are. Records hold 4 octets, and say so.
        let record = |first: Ipv4Addr, node| {
            let address = Ipv4Addr::from_bits(first.to_bits() + node).octets();
            [&[0, 4][..], &address].concat()
        };
        let rewrites = (0..NODES).map(|node| (record(self.lab, node), record(self.first, node)));
        let rewrites = if service == Service::Dns { rewrites.collect() } else { Vec::new() };
        Habits { delay: self.delay, rewrites, told: Arc::new(note) }
    }

    /// Where a service is, of which the lab says that it is at `there`.
    pub fn at(&self, there: SocketAddr) -> SocketAddr {
        self.near(0, there.port())
    }

    /// The CAS, by a name that its certificate shows and nobody else has.
    pub fn cas(&self, scheme: &str) -> String {
        format!("{scheme}://edge.lab.example:{}/cas/FederatedSSO", self.cas)
    }

    /// So many connections of a service at a node, from 0, were begun since it was counted last.
    pub fn opened(&self, service: Service, node: u32) -> usize {
        let book = self.book.lock().unwrap();
        book.iter().filter(|entry| (entry.service, entry.node, entry.what) == (service, node, What::Opened)).count()
    }

    /// Whether a node can be reached from now on; where not, all its connections end.
    pub fn reach(&self, node: u32, reachable: bool) {
        for (_, _, relay) in self.streams.iter().filter(|(_, at, _)| *at == node) {
            relay.refuse(!reachable);
            if !reachable {
                relay.cut();
            }
        }
    }

    /// What has gone by until now since this was asked last.
    pub fn taken(&self) -> Record {
        Record(std::mem::take(&mut *self.book.lock().unwrap()))
    }
}

fn of_services(service: Service) -> bool {
    matches!(service, Service::Xmpp | Service::Sip)
}

impl Record {
    /// Without what chat and calls did not wait for: all that came before their first connection, and then they alone.
    pub fn on_the_way(mut self) -> Record {
        let begins = self.0.iter().position(|entry| of_services(entry.service)).unwrap_or(self.0.len());
        let rest = self.0.split_off(begins);
        let asked: Vec<u64> = self.0.iter().map(|entry| entry.line).collect();
        let waited = |entry: &Entry| of_services(entry.service) || asked.contains(&entry.line);
        self.0.extend(rest.into_iter().filter(waited));
        self
    }

    /// It, counted.
    pub fn counted(&self) -> Counted {
        let mut counted = Counted::default();
        let mut lines: BTreeMap<u64, Line> = BTreeMap::new();
        let Some(begin) = self.0.first().map(|entry| entry.at) else { return counted };
        let mut last = begin;
        for Entry { at, line, service, what, .. } in &self.0 {
            let count = counted.of.entry(*service).or_default();
            let is_new = !lines.contains_key(line);
            let line = lines.entry(*line).or_default();
            count.lines += usize::from(is_new);
            if of_services(*service) && is_new {
                counted.began.entry(*service).or_insert(*at - begin);
            }
            match what {
                What::Opened => {
                    count.trips += 1;
                    line.depth = counted.in_sequence + 1;
                }
                What::Asked { hello } => {
                    count.hellos += usize::from(*hello);
                    if !line.waits {
                        (line.waits, line.depth) = (true, line.depth.max(counted.in_sequence) + 1);
                        if counted.began.is_empty() {
                            *counted.before.entry(*service).or_default() += 1;
                        }
                    }
                }
                What::Answered if line.waits => {
                    line.waits = false;
                    count.trips += 1;
                    counted.in_sequence = counted.in_sequence.max(line.depth);
                    last = *at;
                }
                What::Answered => {}
            }
        }
        counted.took = (last - begin).as_secs_f64();
        counted
    }
}
