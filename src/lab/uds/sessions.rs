//! Sessions of a web server: who has shown a password, and the cookies that say so from then on.

use super::super::site::Sessions as Kind;
use crate::machine::Chance;
use crate::protocol::http::Request;
use std::collections::BTreeMap;

/// How many are remembered; beyond that all are forgotten.
const MOST: usize = 10_000;

/// Who has a session.
#[derive(Debug)]
pub(super) struct Sessions {
    kind: Kind,
    chance: Chance,
    users: BTreeMap<String, String>,
}

impl Sessions {
    pub(super) fn new(kind: Kind, chance: Chance) -> Sessions {
        Sessions { kind, chance, users: BTreeMap::new() }
    }

    /// A new session of this user, as the values of its Set-Cookie fields.
    pub(super) fn begin(&mut self, user: &str) -> Vec<String> {
        if self.users.len() > MOST {
            self.users.clear();
        }
        let names: &[&str] = match self.kind {
            Kind::Both => &["JSESSIONID", "JSESSIONIDSSO"],
            Kind::Jsessionid => &["JSESSIONID"],
            Kind::None => &[],
        };
        let mut cookies = Vec::new();
        for name in names {
            let cookie = format!("{name}={}", self.chance.hex(16).to_ascii_uppercase());
            self.users.insert(cookie.clone(), user.to_owned());
            let path = if *name == "JSESSIONID" { "/cucm-uds" } else { "/" };
            cookies.push(format!("{cookie}; Path={path}; Secure; HttpOnly"));
        }
        cookies
    }

    /// Whose session a request shows.
    pub(super) fn user(&self, request: &Request) -> Option<String> {
        let fields = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Cookie"));
        let mut cookies = fields.flat_map(|(_, value)| value.split(';')).map(str::trim);
        cookies.find_map(|cookie| self.users.get(cookie)).cloned()
    }
}
