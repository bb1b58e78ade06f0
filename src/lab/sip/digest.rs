//! The server's side of digest authentication (RFC 7616 §3.3 to §3.5, RFC 3261 §22): it challenges, and checks answers
//! against the passwords that it knows. It is written from the RFC alone, so that a client cannot agree with itself.

use crate::machine::{Chance, Moment};
use crate::protocol::sip::digest::Algorithm;
use crate::protocol::sip::message::grammar::{split, unquote};
use crate::protocol::sip::message::{Method, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What an answer to a challenge is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Right,
    /// There is none, or it is wrong.
    Wrong,
    /// The password is right, the nonce too old or its count used before.
    Stale,
}

/// Challenges, and what became of them.
#[derive(Debug)]
pub struct Guard {
    realm: String,
    /// The user of an answer need not be that of From.
    lines: bool,
    nonces: BTreeMap<String, Nonce>,
    chance: Chance,
    pub(super) challenges: usize,
    pub(super) wrong: usize,
}

#[derive(Debug)]
struct Nonce {
    issued: Moment,
    counts: BTreeSet<String>,
}

impl Guard {
    /// For one realm.
    pub fn new(realm: &str, chance: Chance) -> Guard {
        Guard { realm: realm.to_owned(), lines: false, nonces: BTreeMap::new(), chance, challenges: 0, wrong: 0 }
    }

    /// The same, for lines of telephones: From has their number, and the user of the answer is whose they are.
    pub fn of_lines(realm: &str, chance: Chance) -> Guard {
        Guard { lines: true, ..Guard::new(realm, chance) }
    }

    /// A challenge, as the value of its header field.
    pub fn challenge(&mut self, now: Moment, algorithm: Algorithm, stale: bool) -> String {
        self.challenges += 1;
        let nonce = self.chance.hex(12);
        self.nonces.insert(nonce.clone(), Nonce { issued: now, counts: BTreeSet::new() });
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{}\", nonce=\"{nonce}\", qop=\"auth\", algorithm={}{stale}", self.realm, algorithm.token())
    }

    /// Judges the answer in the header field `name`. `password` is that of a user, where there is one; nonces live for
    /// `lifetime`.
    pub fn judge(
        &mut self,
        now: Moment,
        request: &Request,
        name: &str,
        password: impl Fn(&str) -> Option<String>,
        lifetime: Duration,
    ) -> Verdict {
        let Some(answer) = request.headers.all(name).filter_map(parameters).find(|answer| self.is_for_us(answer)) else {
            return Verdict::Wrong;
        };
        let verdict = self.weigh(now, &answer, request, password, lifetime).unwrap_or(Verdict::Wrong);
        self.wrong += usize::from(verdict == Verdict::Wrong);
        verdict
    }

    fn is_for_us(&self, answer: &BTreeMap<String, String>) -> bool {
        answer.get("realm") == Some(&self.realm)
    }

    fn weigh(
        &mut self,
        now: Moment,
        answer: &BTreeMap<String, String>,
        request: &Request,
        password: impl Fn(&str) -> Option<String>,
        lifetime: Duration,
    ) -> Option<Verdict> {
        let get = |name: &str| answer.get(name).map(String::as_str);
        let (user, nonce, uri) = (get("username")?, get("nonce")?, get("uri")?);
        let (count, client, quality) = (get("nc")?, get("cnonce")?, get("qop")?);
        let named = request.headers.from().ok()?.uri.user_text()?;
        if (user != named && !self.lines) || uri != request.uri.to_string() || quality != "auth" || count.len() != 8 {
            return None;
        }
        let algorithm = get("algorithm").map_or(Some(Algorithm::MD5), Algorithm::parse)?;
        let password = password(user)?;
        let secret = algorithm.hash(&[user.as_bytes(), self.realm.as_bytes(), password.as_bytes()]);
        let asked = algorithm.hash(&[method(request).as_bytes(), uri.as_bytes()]);
        let expected = algorithm.hash(&[&secret, nonce, count, client, quality, &asked].map(str::as_bytes));
        if get("response") != Some(expected.as_str()) {
            return None;
        }
        let Some(known) = self.nonces.get_mut(nonce) else { return Some(Verdict::Stale) };
        let fresh = now.since(known.issued) < lifetime && known.counts.insert(count.to_owned());
        Some(if fresh { Verdict::Right } else { Verdict::Stale })
    }
}

fn method(request: &Request) -> &str {
    match &request.method {
        Method::Other(name) => name,
        known => known.as_str(),
    }
}

/// The parameters of `Digest name=value, …`, unquoted, names in lower case.
fn parameters(value: &str) -> Option<BTreeMap<String, String>> {
    let rest = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Digest"))?.1;
    let pairs = split(rest, ',').ok()?;
    let pairs = pairs.into_iter().filter_map(|pair| pair.split_once('='));
    Some(
        pairs
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), unquote(value).unwrap_or_else(|| value.to_owned())))
            .collect(),
    )
}
