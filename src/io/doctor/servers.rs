//! Finds the accounts' servers as sign-in would, and looks at the certificate of each: no further than TLS, and nobody is
//! signed in. A server that speaks HTTP is asked for its clock.

use super::names::Asking;
use super::plan::Plan;
use crate::engine::doctor::clock::Told;
use crate::engine::doctor::names::{Asked, Edge, Sought};
use crate::engine::doctor::servers::{Authorities, Seen, Server};
use crate::engine::event::Problem;
use crate::engine::output::{TlsNames, XmppTls};
use crate::engine::settings::{ChatAccount, PhoneAccount};
use crate::engine::signin::{Found, Manual, Server as Node};
use crate::io::accounts::StoredAccount;
use crate::io::entropy;
use crate::io::private;
use crate::io::tls::certificate::Certificate;
use crate::io::tls::{Alpn, Roots, TlsSettings, Trust, connect_tls, names};
use crate::io::xmpp::connector::{Begun, begin_tls};
use crate::io::xmpp::tcp;
use crate::machine::{Machine, Moment, Stamp};
use crate::protocol::dns::{Answer, Question, Srv, in_order};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::locate as sip;
use crate::protocol::sip::message::Uri;
use crate::protocol::xmpp::locate as xmpp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// Servers of one service that are looked at.
const LOOKED_AT: usize = 2;

/// One server gets this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of an answer over HTTP, this much is looked at.
const HEAD: usize = 8 << 10;

/// What came of an account.
#[derive(Debug, Default)]
pub struct Looked {
    /// Where its servers are looked for.
    pub sought: Option<Sought>,
    /// What was asked of the DNS.
    pub asked: Vec<Asked>,
    /// The edge before its services, where they are seen from outside.
    pub edge: Option<Edge>,
    /// Its own file of authorities.
    pub file: Option<Authorities>,
    /// Its servers.
    pub servers: Vec<Server>,
    /// What they said of the time.
    pub told: Vec<Told>,
}

/// Looks at the servers of one account; `plan` is that of one by address.
pub async fn look(stored: &StoredAccount, plan: Option<Plan>, trust: &Trust) -> Looked {
    let account = &stored.account;
    let mut looked = Looked::default();
    let roots = Roots::load(stored.ca.as_deref());
    if let Some(path) = &stored.ca {
        let valid = roots.as_ref().map_err(Clone::clone).and_then(|_| valid_until(path));
        looked.file = Some(Authorities { account: account.name.0.clone(), path: path.display().to_string(), valid });
    }
    let Ok(roots) = roots else { return looked };
    let settings = TlsSettings { account: Some(account.name.clone()), roots, trust: trust.clone() };
    let mut asking = Asking::of(account.address.as_ref().and_then(|address| address.dns));
    let mut look = Look { stored, settings, looked, clear: account.allow_cleartext };
    if let Some(chat) = &account.chat {
        look.chat(&mut asking, chat).await;
    }
    if let Some(phone) = &account.phone {
        look.phone(&mut asking, phone).await;
    }
    if let Some(plan) = plan {
        look.looked.sought = plan.sought();
        look.by_address(&mut asking, &plan).await;
    }
    look.looked.asked = asking.asked;
    look.looked
}

struct Look<'a> {
    stored: &'a StoredAccount,
    settings: TlsSettings,
    looked: Looked,
    clear: bool,
}

impl Look<'_> {
    async fn chat(&mut self, asking: &mut Asking, chat: &ChatAccount) {
        let domain = chat.jid.split_once('@').map_or(chat.jid.as_str(), |(_, domain)| domain).to_owned();
        let sought = match &chat.server {
            Some(server) => {
                let tls = if server.direct_tls { xmpp::Start::Direct } else { xmpp::Start::StartTls };
                xmpp::Sought::Server { host: server.host.clone(), port: server.port, tls }
            }
            None => xmpp::Sought::Domain(domain.clone()),
        };
        let Ok(mut chance) = entropy::chance() else { return };
        let mut locate = xmpp::Locate::new(sought);
        while let Some(question) = locate.poll() {
            let answer = asking.ask(question.clone()).await;
            locate.handle(&question, answer, &mut chance);
        }
        match locate.outcome() {
            Some(Ok(places)) => {
                for xmpp::Endpoint { host, addresses, tls } in places.iter().take(LOOKED_AT) {
                    let start = match tls {
                        xmpp::Start::Direct => XmppTls::Direct,
                        xmpp::Start::StartTls if self.clear => XmppTls::Optional,
                        xmpp::Start::StartTls => XmppTls::Required,
                    };
                    let names = TlsNames { domain: domain.clone(), host: host.clone() };
                    let seen = self.at(addresses, async |socket, address, settings| {
                        match begin_tls(socket, address, start, settings, &names).await.map_err(|trouble| trouble.problem)? {
                            Begun::Clear(_) => Ok(Seen::Clear),
                            Begun::Tls(stream) => Ok(accepted(&stream)),
                        }
                    });
                    let seen = seen.await;
                    self.saw(host, addresses, seen);
                }
            }
            Some(Err(why)) => self.not_found(&domain, &why.to_string()),
            None => {}
        }
    }

    async fn phone(&mut self, asking: &mut Asking, phone: &PhoneAccount) {
        let Ok(uri) = Uri::parse(phone.proxy.as_ref().unwrap_or(&phone.address)) else { return };
        let domain = Uri::parse(&phone.address).map(|address| address.host.to_string()).unwrap_or_default();
        let Ok(chance) = entropy::chance() else { return };
        let means = sip::Means { transports: vec![Transport::Tls, Transport::Tcp, Transport::Udp], cleartext: self.clear };
        let mut locate = sip::Locate::new(&uri, means, chance);
        let mut targets = Vec::new();
        while let Some(output) = locate.poll() {
            match output {
                sip::Output::Ask(question) => {
                    let answer = asking.ask(question.clone()).await;
                    locate.handle(Moment::START, sip::Input::Answered(question, answer));
                }
                sip::Output::Found(found) => targets = found,
                sip::Output::NotFound(why) => self.not_found(&domain, &why.to_string()),
            }
        }
        for sip::Target { transport, address, host } in targets.into_iter().take(LOOKED_AT) {
            let addresses = [address];
            let seen = match transport {
                Transport::Tls => {
                    let names = TlsNames { domain: domain.clone(), host: host.clone() };
                    self.at(&addresses, async |socket, address, settings| {
                        connect_tls(socket, settings, &names, address.port(), Alpn::Sip).await.map(|stream| accepted(&stream))
                    })
                    .await
                }
                Transport::Tcp | Transport::Udp => Seen::Clear,
            };
            self.saw(&host, &addresses, seen);
        }
    }

    /// The servers that a sign-in by address begins with: those that are set, else those that are found.
    async fn by_address(&mut self, asking: &mut Asking, plan: &Plan) {
        let found = match plan.before_dns() {
            Some(Found::Manual(Manual::Standard)) => false,
            Some(set) => self.set(asking, plan, &set).await,
            None => self.discovered(asking, plan).await,
        };
        if !found {
            self.standard(asking, plan).await;
        }
    }

    /// What discovery finds before it comes to open standards: whether it does.
    async fn discovered(&mut self, asking: &mut Asking, plan: &Plan) -> bool {
        let (excluded, domain) = (plan.launch.excluded, plan.launch.srv_domain());
        for (service, is_excluded) in [("_cisco-uds", excluded.cucm), ("_cuplogin", excluded.cup)] {
            if !is_excluded && self.web(asking, service, domain).await {
                return true;
            }
        }
        if !excluded.all() && self.edge(asking, domain).await {
            return true;
        }
        match plan.bootstrap() {
            Some(set) => self.set(asking, plan, &set).await,
            None => false,
        }
    }

    /// The edge before the services, for whoever is outside: whether there is one. Sign-in does not connect to it, and so it is
    /// not looked at. Where nobody answers, there may be one.
    async fn edge(&mut self, asking: &mut Asking, domain: &str) -> bool {
        let Ok(mut chance) = entropy::chance() else { return true };
        let Answer::Srv(records) = asking.ask(Question::Srv(format!("_collab-edge._tls.{domain}"))).await else { return true };
        let named = in_order(records, &mut chance).into_iter().take(LOOKED_AT);
        let servers: Vec<String> = named.map(|Srv { target, port, .. }| names::host_port(&target, port)).collect();
        let any = !servers.is_empty();
        let account = self.stored.account.name.0.clone();
        self.looked.edge = any.then_some(Edge { account, servers });
        any
    }

    /// What is set was known before.
    async fn set(&mut self, asking: &mut Asking, plan: &Plan, set: &Found) -> bool {
        if let Some(server) = plan.web_server(set) {
            self.node(asking, &server).await;
        }
        true
    }

    /// Chat is there without being asked for; whether there are calls the records say.
    async fn standard(&mut self, asking: &mut Asking, plan: &Plan) {
        let address = plan.launch.address();
        self.chat(asking, &ChatAccount { jid: address.clone(), server: None }).await;
        for service in ["_sips._tcp", "_sip._tcp", "_sip._udp"] {
            let question = Question::Srv(format!("{service}.{}", plan.launch.domain));
            let Answer::Srv(records) = asking.ask(question).await else { continue };
            if records.iter().any(|record| !record.target.is_empty()) {
                return self.phone(asking, &PhoneAccount { address: format!("sip:{address}"), proxy: None }).await;
            }
        }
    }

    /// The web servers that this record names: whether it names any. Where nobody answers, it may.
    async fn web(&mut self, asking: &mut Asking, service: &str, domain: &str) -> bool {
        let Ok(mut chance) = entropy::chance() else { return true };
        let records = match asking.ask(Question::Srv(format!("{service}._tcp.{domain}"))).await {
            Answer::Srv(records) => records,
            _ => return true,
        };
        let any = records.iter().any(|record| !record.target.is_empty());
        for Srv { target, port, .. } in in_order(records, &mut chance).into_iter().take(LOOKED_AT) {
            self.node(asking, &Node::new(&target, port)).await;
        }
        any
    }

    /// One web server, and its clock.
    async fn node(&mut self, asking: &mut Asking, Node { host, port }: &Node) {
        let found = match asking.ask(Question::Addresses(host.clone())).await {
            Answer::Addresses(found) => found,
            _ => Vec::new(),
        };
        if found.is_empty() {
            return self.not_found(&names::host_port(host, *port), "the DNS has no address of it");
        }
        let addresses: Vec<SocketAddr> = found.into_iter().map(|address| SocketAddr::new(address, *port)).collect();
        let names = TlsNames { domain: host.clone(), host: host.clone() };
        let mut clock = None;
        let seen = self.at(&addresses, async |socket, address, settings| {
            let mut stream = connect_tls(socket, settings, &names, address.port(), Alpn::Sip).await?;
            clock = date(&mut stream, host).await;
            Ok(accepted(&stream))
        });
        let seen = seen.await;
        let place = names::host_port(host, *port);
        self.looked.told.extend(clock.map(|theirs| Told { place, theirs, ours: now() }));
        self.saw(host, &addresses, seen);
    }

    /// Connects to the first of the addresses that answers, and looks.
    async fn at(
        &self,
        addresses: &[SocketAddr],
        look: impl AsyncFnOnce(tokio::net::TcpStream, SocketAddr, &TlsSettings) -> Result<Seen, Problem>,
    ) -> Seen {
        let looked = timeout(PATIENCE, async {
            match tcp::connect(addresses).await {
                Ok((socket, address)) => look(socket, address, &self.settings).await.unwrap_or_else(Seen::Refused),
                Err(failures) => {
                    let tried: Vec<String> =
                        failures.iter().map(|(address, why)| format!("{address}: {}", private::said(why))).collect();
                    Seen::Unreached(format!("cannot be reached ({})", tried.join("; ")))
                }
            }
        });
        looked.await.unwrap_or_else(|_| Seen::Unreached(format!("did not answer within {} s", PATIENCE.as_secs())))
    }

    fn saw(&mut self, host: &str, addresses: &[SocketAddr], seen: Seen) {
        let port = addresses.first().map_or(0, SocketAddr::port);
        let account = self.stored.account.name.0.clone();
        self.looked.servers.push(Server { account, place: names::host_port(host, port), seen });
    }

    fn not_found(&mut self, domain: &str, why: &str) {
        let seen = Seen::Unreached(format!("no server was found ({})", why.trim_end_matches('.')));
        let account = self.stored.account.name.0.clone();
        self.looked.servers.push(Server { account, place: domain.to_owned(), seen });
    }
}

/// The dates of the certificate that a server has shown, and that was accepted.
fn accepted<Io>(stream: &TlsStream<Io>) -> Seen {
    let (_, connection) = stream.get_ref();
    let shown = connection.peer_certificates().and_then(<[_]>::first).and_then(Certificate::parse);
    let (from, until) = shown.map_or((now(), now()), |shown| (shown.not_before, shown.not_after));
    Seen::Accepted(from, until)
}

/// The time in the head of an answer over HTTP; nothing is asked for.
async fn date(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), host: &str) -> Option<Stamp> {
    let request = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while head.len() < HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(count @ 1..) => head.extend(piece.iter().take(count)),
            Ok(0) | Err(_) => break,
        }
    }
    date_in(&String::from_utf8_lossy(&head))
}

/// The `Date` of a head (RFC 9110 section 5.6.7, in the form that is written today).
fn date_in(head: &str) -> Option<Stamp> {
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("date").then(|| value.trim().to_owned())
    };
    let date = head.lines().take_while(|line| !line.is_empty()).find_map(field)?;
    let at = chrono::NaiveDateTime::parse_from_str(&date, "%a, %d %b %Y %H:%M:%S GMT").ok()?;
    Some(Stamp::from_utc(&at.and_utc()))
}

/// Until when the first certificate of a file to expire is valid.
fn valid_until(path: &Path) -> Result<Stamp, Problem> {
    let pem = std::fs::read(path).map_err(|why| Problem::local(format!("{} cannot be read: {why}.", path.display()), ""))?;
    let all = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
    let until = all.filter_map(|der| Certificate::parse(&der)).map(|certificate| certificate.not_after).min();
    until
        .ok_or_else(|| Problem::local(format!("{} holds no certificate that can be read.", path.display()), "Give a PEM file."))
}

fn now() -> Stamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Stamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_read_from_the_head_alone() {
        let at = |head: &str| date_in(head).map(|stamp| stamp.to_string());
        let head = "HTTP/1.1 403 Forbidden\r\nServer: x\r\ndate: Sun, 22 Nov 2026 14:45:59 GMT\r\n\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT";
        assert!(at(head).unwrap().starts_with("2026-11-22T14:45:59"), "{:?}", at(head));
        assert_eq!(at("HTTP/1.1 200 OK\r\n\r\nDate: Sun, 22 Nov 2026 14:45:59 GMT"), None);
        assert_eq!(at("HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n"), None);
    }
}
