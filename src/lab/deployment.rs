//! The deployment as a whole: its services over values, for those who ask without a network; and its servers over bytes,
//! with the doors that they are reached by.
#![deny(clippy::indexing_slicing)]

use super::cas::{self, Cas};
use super::dns::{self, Zone};
use super::files::{Files, TftpServer, WebFiles};
use super::hosts;
use super::http::{self, Service, Visit};
use super::node_web::NodeWeb;
use super::sip::b2bua;
use super::site::{Answers, Certificate, PresenceProduct, Site};
use super::tokens::Tokens;
use super::town;
use super::wire::{Carrier, Door, Node, Opening, Places, Server};
use super::xmpp::codec::StartTls;
use crate::machine::Moment;
use crate::machine::stamp::WallClock;
use crate::protocol::dns::{Answer, Question};
use crate::protocol::http::{Failure, Names, Request, Response};
use std::collections::BTreeSet;
use std::time::Duration;

/// All services of a site, over values. Each answer comes with how late it is.
#[derive(Debug)]
pub struct Deployment {
    site: Site,
    places: Places,
    zone: Zone,
    cas: Cas,
    web: NodeWeb,
    tokens: Tokens,
    files: Files,
}

impl Deployment {
    /// Of this site, whose servers are here. With the same seed, it says the same.
    #[must_use]
    pub fn new(site: &Site, places: &Places, seed: u64) -> Deployment {
        let tokens = Tokens::new();
        Deployment {
            zone: Zone::new(site.clone(), places.clone()),
            cas: Cas::new(site.clone()),
            web: NodeWeb::new(site, places, tokens.clone(), seed),
            tokens,
            files: Files::new(site.clone(), places.clone(), seed),
            site: site.clone(),
            places: places.clone(),
        }
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The one-time passwords that were handed out.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What the name server says.
    #[must_use]
    pub fn dns(&self, question: &Question) -> (Duration, Answer) {
        self.zone.answer(question)
    }

    /// What the web server that the URL names says, or why there is no answer; as whoever carries requests over sockets, it
    /// sends nothing in clear that may not go so, and hears nobody whose certificate shows none of the names that will do.
    /// Whoever has the path of the CAS is the CAS, whatever it is called, and its certificate shows that.
    pub fn http(&mut self, now: Moment, request: &Request) -> (Duration, Result<Response, Failure>) {
        let nobody = |why: &str| (Duration::ZERO, Err(Failure::Unreachable(why.to_owned())));
        if request.url.scheme() == "http" && !request.clear {
            return (Duration::ZERO, Err(Failure::Clear));
        }
        let host = request.url.host_str().unwrap_or_default();
        if request.url.scheme() == "https" && !self.is_shown(host, request) {
            return (Duration::ZERO, Err(Failure::Untrusted("the certificate is for another name".into())));
        }
        if request.url.path() == cas::PATH {
            let visit = Visit { door: Door::Cas, node: Node::First, request };
            return self.cas.answer(now, visit).declared(request, self.site.cas.answers.certificate);
        }
        let by_address = Node::ALL.into_iter().find(|node| self.places.address(*node).to_string() == host);
        let Some(node) = hosts::node_of(&self.site, host).or(by_address) else {
            return nobody("the host has no address");
        };
        let port = request.url.port_or_known_default().unwrap_or_default();
        let doors = [Door::Uds, Door::FilesSecure, Door::FilesClear];
        let Some(door) = doors.into_iter().find(|door| self.places.port(*door) == port) else {
            return nobody("nobody listens there (connection refused)");
        };
        let visit = Visit { door, node, request };
        if door == Door::Uds {
            if !NodeWeb::is_at(&self.site, node) {
                return nobody("nobody listens there (connection refused)");
            }
            let certificate = NodeWeb::answers(&self.site, request).certificate;
            return self.web.answer(now, visit).declared(request, certificate);
        }
        let certificate = self.files.answers(door).certificate;
        WebFiles(self.files.clone()).answer(now, visit).declared(request, certificate)
    }

    /// Whether a good certificate of the site shows a name that will do for this request.
    fn is_shown(&self, host: &str, request: &Request) -> bool {
        let shown = hosts::certified(&self.site, &self.places);
        let shows = |name: &str| shown.iter().any(|known| known.eq_ignore_ascii_case(name));
        match &request.names {
            Names::Host => shows(host) || request.url.path() == cas::PATH || hosts::node_of(&self.site, host).is_none(),
            Names::Domains(domains) => domains.iter().any(|domain| {
                let under = host.strip_suffix(domain.as_str()).is_some_and(|before| before.ends_with('.'));
                shows(domain) || under && shows(host)
            }),
        }
    }

    /// What a client of TFTP makes of a question for a file.
    ///
    /// # Errors
    /// There is no such file, it is too long, or no answer comes in time: the reason, for people.
    pub fn tftp(&self, file: &str, deadline: Duration, limit: usize) -> (Duration, Result<Vec<u8>, String>) {
        self.files.declared(file, deadline, limit)
    }
}

/// The doors of a site: of what is there, nothing else.
#[must_use]
pub fn openings(site: &Site) -> Vec<Opening> {
    let mut openings = Vec::new();
    let mut open = |answers: &Answers, door: Door, node: Node, carrier: Carrier, port: u16, movable: bool| {
        if answers.is_there() {
            openings.push(Opening { door, node, carrier, port, movable });
        }
    };
    let dns = &site.dns.answers;
    open(dns, Door::Dns, Node::First, Carrier::Datagrams, Door::Dns.documented(), true);
    open(dns, Door::DnsStream, Node::First, Carrier::Stream, Door::DnsStream.documented(), true);
    let always = Answers::default();
    let web = |node| Carrier::Secure(NodeWeb::certificate(site, node));
    let presence = hosts::presence_nodes(site).into_iter().map(|(_, node)| node);
    for node in nodes(site).into_iter().chain(presence).collect::<BTreeSet<_>>() {
        if NodeWeb::is_at(site, node) {
            open(&always, Door::Uds, node, web(node), Door::Uds.documented(), false);
        }
    }
    for node in nodes(site) {
        let mut own = |answers, door: Door, carrier, movable| open(answers, door, node, carrier, door.documented(), movable);
        let files = &site.files;
        own(&files.https, Door::FilesSecure, Carrier::Secure(files.https.certificate), false);
        own(&files.http, Door::FilesClear, Carrier::Stream, false);
        own(&files.tftp, Door::Tftp, Carrier::Datagrams, true);
    }
    // Its documented port is left to Unity Connection: nobody finds the lab's CAS but by its URL.
    open(&site.cas.answers, Door::Cas, Node::First, cas_carrier(site), 0, true);
    people(site, &mut openings);
    openings
}

/// All nodes of a site.
fn nodes(site: &Site) -> Vec<Node> {
    let other = site.has_second_cluster().then_some(Node::Other);
    hosts::first_cluster(site).iter().copied().chain(other).collect()
}

/// The doors of the town: chat, telephones with their row of ports for sound, and voicemail. Telephones register at every
/// node, by streams; behind all of them is one call manager.
fn people(site: &Site, openings: &mut Vec<Opening>) {
    let mut open_at = |node: Node, door: Door, carrier: Carrier, movable: bool| {
        openings.push(Opening { door, node, carrier, port: door.documented(), movable });
    };
    if site.phones.answers.is_there() && site.people.iter().any(|person| !person.devices().is_empty()) {
        let secure = Carrier::Secure(site.phones.answers.certificate);
        let (door, carrier) = if site.encrypted { (Door::SipSecure, secure) } else { (Door::SipStream, Carrier::Stream) };
        nodes(site).into_iter().for_each(|node| open_at(node, door, carrier, false));
    }
    let chat = &site.chat;
    if chat.answers.is_there() && site.profile.presence != PresenceProduct::None {
        let clear = chat.starttls == StartTls::Absent;
        let carrier = if clear { Carrier::Stream } else { Carrier::Upgraded(chat.answers.certificate) };
        for (_, node) in hosts::presence_nodes(site).into_iter().filter(|(_, node)| !hosts::is_down(site, *node)) {
            open_at(node, Door::Xmpp, carrier, false);
        }
    }
    let mut open = |door, carrier, movable| open_at(Node::First, door, carrier, movable);
    if site.phones.answers.is_there() && site.people.iter().any(|person| !person.devices().is_empty()) {
        if !site.encrypted {
            open(Door::SipDatagram, Carrier::Datagrams, false);
        }
        b2bua::PORTS.for_each(|port| open(Door::Media(port), Carrier::Datagrams, false));
    }
    if site.voicemail.answers.is_there() && site.profile.voicemail {
        open(Door::Voicemail, Carrier::Secure(site.voicemail.answers.certificate), true);
    }
}

fn cas_carrier(site: &Site) -> Carrier {
    if site.cas.clear { Carrier::Stream } else { Carrier::Secure(site.cas.answers.certificate) }
}

/// The servers of a site, over bytes, each with the doors that lead to it.
#[must_use]
pub fn servers(now: Moment, site: &Site, places: &Places, clock: WallClock, seed: u64) -> Vec<(Vec<Door>, Server)> {
    let files = Files::new(site.clone(), places.clone(), seed);
    let zone = Zone::new(site.clone(), places.clone());
    let tokens = Tokens::new();
    let web = NodeWeb::new(site, places, tokens.clone(), seed);
    let town = town::Doors::new(now, site, places, clock, seed).with_tokens(site, &tokens);
    let web_files = |carrier| http::Server::new(WebFiles(files.clone()), carrier, places.clone());
    vec![
        (vec![Door::Dns, Door::DnsStream], Box::new(dns::Server::new(zone))),
        (vec![Door::Cas], Box::new(http::Server::new(Cas::new(site.clone()), cas_carrier(site), places.clone()))),
        (vec![Door::Uds], Box::new(http::Server::new(web, Carrier::Secure(Certificate::Good), places.clone()))),
        (vec![Door::FilesSecure], Box::new(web_files(Carrier::Secure(site.files.https.certificate)))),
        (vec![Door::FilesClear], Box::new(web_files(Carrier::Stream))),
        (vec![Door::Tftp], Box::new(TftpServer::new(files))),
        (town::DOORS.into_iter().chain(b2bua::PORTS.map(Door::Media)).collect(), Box::new(town)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::http::Failure;
    use url::Url;

    fn ask(text: &str, url: &str) -> (Duration, Result<Response, Failure>) {
        let mut deployment = Deployment::new(&Site::parse(text).unwrap(), &Places::default(), 1);
        let request = Request::get(Url::parse(url).unwrap(), Duration::from_secs(3));
        let clear = url.ends_with("CSFANA.cnf.xml");
        deployment.http(Moment::START, &Request { clear, names: Names::Host, ..request })
    }

    fn status(text: &str, url: &str) -> u16 {
        ask(text, url).1.unwrap().status
    }

    #[test]
    fn a_url_finds_its_server() {
        assert_eq!(status("", "https://cucm1.lab.example:8443/cucm-uds/version"), 200);
        assert_eq!(status("", "https://127.0.0.1:8443/cucm-uds/version"), 200);
        assert_eq!(status("", "https://127.0.0.1:6972/CSFANA.cnf.xml"), 200);
        assert_eq!(status("", "http://cucm1.lab.example:6970/CSFANA.cnf.xml"), 200);
        assert_eq!(status("", "https://loginp.webexconnect.com/cas/FederatedSSO?org=lab.example"), 200);
        let nobody = |url| matches!(ask("", url).1, Err(Failure::Unreachable(_)));
        assert!(nobody("https://cucm2.lab.example:8443/cucm-uds/version"), "one node");
        assert!(nobody("https://cucm1.lab.example/cucm-uds/version"), "another port");
        assert_eq!(ask("", "http://cucm1.lab.example:6970/SPDefault.cnf.xml").1, Err(Failure::Clear), "nobody has agreed");
        assert_eq!(status("nodes = 2\nuds.busy = [1]", "https://cucm1.lab.example:8443/cucm-uds/servers"), 503);
        assert_eq!(status("nodes = 2\nuds.busy = [1]", "https://cucm2.lab.example:8443/cucm-uds/servers"), 200);
    }

    #[test]
    fn whose_certificate_shows_no_name_that_will_do_is_not_trusted() {
        let mut deployment = Deployment::new(&Site::default(), &Places::default(), 1);
        let mut ask = |names: Names| {
            let url = Url::parse("https://cucm1.lab.example:8443/cucm-uds/version").unwrap();
            let request = Request { names, ..Request::get(url, Duration::from_secs(3)) };
            deployment.http(Moment::START, &request).1.map(|response| response.status)
        };
        let domains = |domain: &str| Names::Domains(vec![domain.to_owned()]);
        assert_eq!((ask(Names::Host), ask(domains("lab.example"))), (Ok(200), Ok(200)));
        for names in [Names::Domains(vec![]), domains("evil.example"), domains("ab.example")] {
            assert!(matches!(ask(names.clone()), Err(Failure::Untrusted(_))), "{names:?}");
        }
    }

    #[test]
    fn what_fails_fails_as_the_site_says() {
        let uds = "https://cucm1.lab.example:8443/cucm-uds/servers";
        let failure = |text: &str| ask(text, uds).1.unwrap_err();
        assert!(matches!(failure("uds.answers.fault = \"absent\""), Failure::Unreachable(_)));
        assert!(matches!(failure("uds.answers.fault = \"truncated\""), Failure::Unreachable(_)));
        assert_eq!(failure("uds.answers.fault = \"endless\""), Failure::TooLong);
        assert!(matches!(failure("uds.answers.fault = \"noise\""), Failure::Malformed(_)));
        for certificate in ["wrong-name", "expired", "not-yet", "foreign", "self-signed"] {
            assert!(matches!(failure(&format!("uds.answers.certificate = {certificate:?}")), Failure::Untrusted(_)));
        }
        let silent = ask("uds.answers.fault = \"silent\"", uds);
        assert_eq!(silent, (Duration::from_secs(3), Err(Failure::Timeout)));
        assert_eq!(ask("uds.answers = { fault = \"trickle\", trickle-ms = 100 }", uds), silent);
        let late = ask("uds.answers = { delay-ms = 70, status = 503 }", uds);
        assert_eq!((late.0, late.1.unwrap().status), (Duration::from_millis(70), 503));
        assert_eq!(status("uds.answers.fault = \"redirect\"", uds), 302);
    }

    #[test]
    fn only_what_is_there_has_a_door() {
        let doors = |text: &str| -> Vec<(Door, Node)> {
            openings(&Site::parse(text).unwrap()).iter().map(|opening| (opening.door, opening.node)).collect()
        };
        assert!(doors("").contains(&(Door::Uds, Node::First)));
        // Three services share that port.
        let absent = "uds.answers.fault = \"absent\"\nccmcip.answers.fault = \"absent\"\n";
        assert!(doors(absent).contains(&(Door::Uds, Node::First)), "EPAS");
        assert!(!doors(&format!("{absent}epas.answers.fault = \"absent\"")).contains(&(Door::Uds, Node::First)));
        assert!(doors("chat.nodes = 2").contains(&(Door::Uds, Node::Backup)));
        assert!(doors("chat.nodes = 2").contains(&(Door::Xmpp, Node::Backup)));
        let down = doors("chat.nodes = 2\nchat.down = [1]\nepas.down = [2]");
        assert!(!down.contains(&(Door::Xmpp, Node::First)) && !down.contains(&(Door::Uds, Node::Backup)));
        assert!(doors("nodes = 2").contains(&(Door::FilesSecure, Node::Second)));
        assert!(!doors("nodes = 2").contains(&(Door::Uds, Node::Other)));
        let clock = WallClock::new(Moment::START, crate::machine::Stamp::from_micros(0));
        let served: Vec<Door> = servers(Moment::START, &Site::default(), &Places::default(), clock, 1)
            .into_iter()
            .flat_map(|(doors, _)| doors)
            .collect();
        assert!(doors("").iter().all(|(door, _)| served.contains(door)), "a door that leads nowhere");
    }
}
