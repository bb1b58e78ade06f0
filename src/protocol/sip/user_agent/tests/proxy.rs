//! A stateless proxy and registrar (RFC 3261 §16.11) that forks to every binding and, when told, asks for a password.

use crate::machine::{Machine, Moment, Wake};
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Host, Message, Method, NameAddr, Params, Request, Response, Uri, Via};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

#[derive(Clone, Debug)]
pub struct ProxyIn {
    pub transport: Transport,
    pub from: SocketAddr,
    pub bytes: Vec<u8>,
}

pub struct ProxyOut {
    pub transport: Transport,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// Where a user is.
#[derive(Clone)]
pub struct Bound {
    pub contact: Uri,
    pub transport: Transport,
    pub source: SocketAddr,
}

#[derive(Default)]
pub struct Proxy {
    pub bindings: BTreeMap<String, Vec<Bound>>,
    /// Users whose calls are redirected.
    pub redirects: BTreeMap<String, Vec<String>>,
    /// The nonce that REGISTER and INVITE must answer; `None` asks nobody.
    pub nonce: Option<String>,
    /// Nonces that were good once.
    pub old_nonces: Vec<String>,
    pub challenges: usize,
    /// 503 to everything.
    pub down: bool,
    /// Whether Record-Route is written.
    pub record_route: bool,
    /// Its address; 10.0.0.1 where it is empty.
    pub here: String,
    pub out: VecDeque<ProxyOut>,
}

impl Proxy {
    fn here(&self) -> String {
        if self.here.is_empty() { "10.0.0.1".into() } else { self.here.clone() }
    }

    fn send(&mut self, transport: Transport, to: SocketAddr, message: &Message) {
        self.out.push_back(ProxyOut { transport, to, bytes: message.write() });
    }

    fn answer(&mut self, input: &ProxyIn, response: Response) {
        self.send(input.transport, input.from, &Message::Response(response));
    }

    /// The realm's challenge, when the request does not answer it.
    fn challenge(&mut self, request: &Request) -> Option<Response> {
        let nonce = self.nonce.clone()?;
        let (status, asks, answers) = match request.method {
            Method::Register => (401, "WWW-Authenticate", "Authorization"),
            Method::Invite if request.headers.to().unwrap().tag().is_none() => {
                (407, "Proxy-Authenticate", "Proxy-Authorization")
            }
            _ => return None,
        };
        let given = request.headers.get(answers).unwrap_or_default().to_owned();
        if given.contains(&format!("nonce=\"{nonce}\"")) {
            return None;
        }
        self.challenges += 1;
        let stale = self.old_nonces.iter().any(|old| given.contains(&format!("nonce=\"{old}\"")));
        let mut response = Response::to(request, status, Some("proxy"));
        let stale = if stale { ", stale=true" } else { "" };
        response.headers.push(asks, format!("Digest realm=\"example.test\", nonce=\"{nonce}\", qop=\"auth\"{stale}"));
        Some(response)
    }

    fn request(&mut self, input: &ProxyIn, mut request: Request) {
        let mut via = request.headers.via().unwrap();
        via.params.set("received", Some(&input.from.ip().to_string()));
        via.params.set("rport", Some(&input.from.port().to_string()));
        request.headers.replace_top("Via", Some(via.to_string()));
        if self.down && request.method != Method::Ack {
            let response = Response::to(&request, 503, Some("proxy"));
            return self.answer(input, response);
        }
        if request.method != Method::Ack
            && request.method != Method::Cancel
            && let Some(response) = self.challenge(&request)
        {
            return self.answer(input, response);
        }
        if request.method == Method::Register {
            return self.register(input, &request);
        }
        let top = request.headers.routes().unwrap().first().cloned();
        if top.is_some_and(|route| route.uri.host.to_string() == self.here()) {
            request.headers.replace_top("Route", None);
        }
        let user = request.uri.user.clone().unwrap_or_default();
        if request.uri.host.to_string() == "example.test" {
            if let Some(contacts) = self.redirects.get(&user)
                && request.method == Method::Invite
            {
                let mut response = Response::to(&request, 302, Some("proxy"));
                contacts.iter().for_each(|contact| response.headers.push("Contact", contact));
                return self.answer(input, response);
            }
            let bound = self.bindings.get(&user).cloned().unwrap_or_default();
            if bound.is_empty() && request.method != Method::Ack {
                let response = Response::to(&request, 404, Some("proxy"));
                return self.answer(input, response);
            }
            for (fork, bound) in bound.iter().enumerate() {
                let mut copy = request.clone();
                copy.uri = bound.contact.clone();
                self.forward(fork, copy, bound.transport, bound.source);
            }
            return;
        }
        let known = self.bindings.values().flatten().find(|bound| bound.contact.equivalent(&request.uri)).cloned();
        let (transport, to) = match known {
            Some(bound) => (bound.transport, bound.source),
            None => {
                let transport = request.uri.transport().and_then(Transport::parse).unwrap_or(Transport::Udp);
                let Some(ip) = request.uri.host.address() else { return };
                (transport, SocketAddr::new(ip, request.uri.port.unwrap_or(5060)))
            }
        };
        self.forward(0, request, transport, to);
    }

    fn forward(&mut self, fork: usize, mut request: Request, transport: Transport, to: SocketAddr) {
        if request.method == Method::Invite && self.record_route {
            request
                .headers
                .push_front("Record-Route", format!("<sip:{}:5060;lr;transport={}>", self.here(), transport.uri_token()));
        }
        let branch = format!("{}.{fork}", request.headers.via().unwrap().branch().unwrap());
        let mut params = Params::new();
        params.set("branch", Some(&branch));
        let via = Via { transport: transport.via_token().into(), host: Host::lenient(&self.here()), port: Some(5060), params };
        request.headers.push_front("Via", via);
        self.send(transport, to, &Message::Request(request));
    }

    fn register(&mut self, input: &ProxyIn, request: &Request) {
        let user = request.headers.to().unwrap().uri.user.unwrap_or_default();
        let mut response = Response::to(request, 200, Some("proxy"));
        let contacts = request.headers.contacts().unwrap();
        let contact: Option<&NameAddr> = contacts.first();
        let seconds = contact.and_then(|contact| contact.params.text("expires")).and_then(|text| text.parse().ok());
        let seconds = seconds.or(request.headers.expires().unwrap()).unwrap_or(3600);
        if let Some(contact) = contact {
            let bound = Bound { contact: contact.uri.clone(), transport: input.transport, source: input.from };
            let list = self.bindings.entry(user).or_default();
            list.retain(|old| old.contact != bound.contact);
            if seconds > 0 {
                let mut listed = contact.clone();
                listed.params.set("expires", Some(&seconds.to_string()));
                response.headers.push("Contact", listed);
                list.push(bound);
            }
        }
        self.answer(input, response);
    }

    fn response(&mut self, mut response: Response) {
        response.headers.replace_top("Via", None);
        let Ok(via) = response.headers.via() else { return };
        let ip = via.params.text("received").and_then(|ip| ip.parse().ok()).or(via.host.address()).unwrap();
        let port = via.params.text("rport").and_then(|port| port.parse().ok()).or(via.port).unwrap_or(5060);
        let transport = Transport::parse(&via.transport).unwrap();
        self.send(transport, SocketAddr::new(ip, port), &Message::Response(response));
    }
}

impl Machine for Proxy {
    type Input = ProxyIn;
    type Output = ProxyOut;

    fn handle(&mut self, _now: Moment, input: ProxyIn) {
        match Message::parse(&input.bytes) {
            Ok(Message::Request(request)) => self.request(&input, request),
            Ok(Message::Response(response)) => self.response(response),
            Err(_) => {}
        }
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<ProxyOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        None
    }
}
