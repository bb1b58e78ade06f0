//! The questions that EPAS answers, and who may ask them.

use super::super::hosts;
use super::super::http::{Delivery, How, Service, Visit, page};
use super::super::site::{EpasRefusal, Person, PresenceProduct, Site};
use super::super::tokens::Tokens;
use super::super::wire::Node;
use super::pages;
use crate::machine::{Chance, Moment};
use crate::protocol::cisco::epas::Call;
use crate::protocol::http::{Method, Request, Response};
use std::collections::BTreeMap;

/// Where it is; `/service`, `/service/v70`, `/service/v105` and `/service/latest`, too.
const PATH: &str = "/EPASSoap/service";
/// Sessions that are remembered; beyond that all are forgotten.
const MOST: usize = 10_000;

/// EPAS of both nodes.
#[derive(Debug)]
pub struct Epas {
    site: Site,
    chance: Chance,
    tokens: Tokens,
    /// By key: whose it is, and which node gave it.
    sessions: BTreeMap<String, (String, Node)>,
}

impl Epas {
    /// Of this site. What it hands out is known to whoever shares the tokens.
    #[must_use]
    pub fn new(site: Site, tokens: Tokens, seed: u64) -> Epas {
        Epas { site, chance: Chance::seeded(seed ^ 0x4550_4153), tokens, sessions: BTreeMap::new() }
    }

    /// Whether a request is for it.
    #[must_use]
    pub fn is_asked(request: &Request) -> bool {
        request.url.path().starts_with(PATH)
    }

    /// Whether there is one at this node.
    fn is_at(&self, node: Node) -> bool {
        let nodes = hosts::presence_nodes(&self.site);
        self.site.profile.presence == PresenceProduct::UnifiedCm && nodes.iter().any(|(_, known)| *known == node)
    }

    fn say(&mut self, node: Node, request: &Request) -> Response {
        if request.method != Method::Post {
            return page(405, "EPAS hears questions by POST.");
        }
        let kind = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        if !kind.is_some_and(|(_, kind)| kind.trim().starts_with("application/soap+xml")) {
            return page(415, "EPAS speaks SOAP 1.2: application/soap+xml.");
        }
        let text = String::from_utf8_lossy(&request.body);
        if !text.contains("http://www.w3.org/2003/05/soap-envelope") || !text.contains("urn:cisco:epas:soap") {
            return soap(500, pages::fault("VersionMismatch", "Invalid request"));
        }
        match Call::parse(&request.body) {
            Err(_) => soap(500, pages::fault("Sender", "Invalid request")),
            Ok(Call::Login { user, password, force }) => self.login(node, &user, password.expose(), force),
            Ok(Call::Config { session }) => match self.user(node, session.expose()) {
                Some(_) => soap(200, pages::config(&self.site)),
                None => soap(500, pages::fault("Sender", "Invalid session key")),
            },
            Ok(Call::OneTimePassword { session }) => match self.user(node, session.expose()) {
                Some(user) => {
                    let token = self.chance.hex(16);
                    self.tokens.insert(user, token.clone());
                    soap(200, pages::one_time_password(&token))
                }
                None => soap(500, pages::fault("Sender", "Invalid session key")),
            },
        }
    }

    fn login(&mut self, node: Node, user: &str, password: &str, force: bool) -> Response {
        let right = |person: &&Person| person.password == password && person.chat;
        let Some(user) = self.site.person(user).filter(right).map(|person| person.user().to_owned()) else {
            let text = "User authentication failed";
            return match self.site.epas.refusal {
                EpasRefusal::Fault => soap(500, pages::fault("Sender", text)),
                EpasRefusal::Failure => soap(200, pages::failure(text)),
                EpasRefusal::Status => page(401, text),
            };
        };
        let known = self.sessions.iter().find(|(_, (whose, _))| *whose == user).map(|(key, _)| key.clone());
        let key = match known.filter(|_| !force) {
            Some(key) => key,
            None => {
                if self.sessions.len() >= MOST {
                    self.sessions.clear();
                }
                if self.site.epas.force_takes_over {
                    self.sessions.retain(|_, (whose, _)| *whose != user);
                }
                self.chance.hex(16)
            }
        };
        self.sessions.insert(key.clone(), (user, node));
        soap(200, pages::login(&self.site, node, &key))
    }

    fn user(&self, node: Node, key: &str) -> Option<String> {
        let (user, from) = self.sessions.get(key)?;
        (self.site.epas.shared_sessions || *from == node).then(|| user.clone())
    }
}

fn soap(status: u16, body: String) -> Response {
    let headers = vec![("Content-Type".to_owned(), "application/soap+xml;charset=UTF-8".to_owned())];
    Response { status, headers, body: body.into_bytes() }
}

impl Service for Epas {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let request = visit.request;
        let node = request.url.host_str().and_then(|host| hosts::node_of(&self.site, host)).unwrap_or(visit.node);
        let number = if node == Node::Backup { 2 } else { 1 };
        if self.site.epas.down.contains(&number) {
            return Delivery { how: How::Nobody, ..Delivery::whole(Response::default()) };
        }
        let said = if !self.is_at(node) {
            page(404, "There is nothing here.")
        } else if self.site.epas.busy.contains(&number) {
            page(503, "The server is busy.")
        } else {
            self.say(node, request)
        };
        Delivery::of(&self.site.epas.answers, request, said)
    }
}
