//! Challenges (RFC 7235 §2.1 for their shape, RFC 7616 §3.3 for digest).
#![deny(clippy::indexing_slicing)]

use super::algorithm::Algorithm;
use crate::protocol::sip::message::grammar::{find_unquoted, is_token, trim, unquote};

/// A digest challenge that we can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What the password is for. Hostile text.
    pub realm: String,
    /// The server's number used once.
    pub nonce: String,
    /// To be sent back as it came.
    pub opaque: Option<String>,
    /// The algorithm; MD5 where none is named.
    pub algorithm: Algorithm,
    /// Whether the algorithm was named, and so is named in the answer.
    pub algorithm_named: bool,
    /// What the answer protects.
    pub qop: Qop,
    /// The nonce was too old, the password was right.
    pub stale: bool,
}

/// Quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// None: the form of RFC 2069.
    None,
    /// `auth`: method and URI.
    Auth,
    /// `auth-int`: the body too.
    AuthInt,
}

impl Challenge {
    /// The digest challenges of one header value that we can answer, in their order. Other schemes, unknown algorithms
    /// and malformed challenges are skipped.
    #[must_use]
    pub fn parse_all(value: &str) -> Vec<Challenge> {
        let mut challenges: Vec<(&str, Parameters)> = Vec::new();
        for item in items(value) {
            let (scheme, parameter) = split_scheme(item);
            if let Some(scheme) = scheme {
                challenges.push((scheme, Vec::new()));
            }
            if let (Some((_, parameters)), Some(parameter)) = (challenges.last_mut(), parse_parameter(parameter)) {
                parameters.push(parameter);
            }
        }
        let digests = challenges.into_iter().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Digest"));
        digests.filter_map(|(_, parameters)| Challenge::from_parameters(&parameters)).collect()
    }

    fn from_parameters(parameters: &Parameters) -> Option<Challenge> {
        let get = |name: &str| find(parameters, name).map(str::to_owned);
        let algorithm = get("algorithm");
        Some(Challenge {
            realm: get("realm")?,
            nonce: get("nonce").filter(|nonce| !nonce.is_empty())?,
            opaque: get("opaque"),
            algorithm: algorithm.as_deref().map_or(Some(Algorithm::MD5), Algorithm::parse)?,
            algorithm_named: algorithm.is_some(),
            qop: get("qop").as_deref().map_or(Some(Qop::None), Qop::choose)?,
            stale: get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// A number that grows with what an answer is worth: the hash first, then whether a client nonce protects it.
    #[must_use]
    pub fn strength(&self) -> (u8, bool) {
        (self.algorithm.strength(), self.qop != Qop::None)
    }
}

impl Qop {
    /// `auth` where it is offered, `auth-int` where it stands alone, `None` where neither is offered. An empty list is
    /// what RFC 2069 servers send.
    fn choose(offered: &str) -> Option<Qop> {
        let offers = |wanted: &str| offered.split(',').any(|qop| trim(qop).eq_ignore_ascii_case(wanted));
        match () {
            () if trim(offered).is_empty() => Some(Qop::None),
            () if offers("auth") => Some(Qop::Auth),
            () if offers("auth-int") => Some(Qop::AuthInt),
            () => None,
        }
    }

    /// The token on the wire, where there is one.
    #[must_use]
    pub const fn token(self) -> Option<&'static str> {
        match self {
            Qop::None => None,
            Qop::Auth => Some("auth"),
            Qop::AuthInt => Some("auth-int"),
        }
    }
}

/// Names in lower case with their values, unquoted.
pub(super) type Parameters = Vec<(String, String)>;

/// The first value of `name`.
pub(super) fn find<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The parameters of a header value that is not a list of challenges: an authorization, or Authentication-Info.
pub(super) fn parameters(value: &str) -> Parameters {
    items(value).filter_map(|item| parse_parameter(split_scheme(item).1)).collect()
}

/// What stands between the commas outside quotes.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let item = find_unquoted(text, ',').and_then(|at| text.split_at_checked(at));
        rest = item.map(|(_, tail)| tail.strip_prefix(',').unwrap_or(tail));
        Some(trim(item.map_or(text, |(item, _)| item)))
    })
}

/// `Scheme name=value` is a scheme and a parameter, `Scheme` alone a scheme, `name = value` a parameter.
fn split_scheme(item: &str) -> (Option<&str>, &str) {
    match item.split_once([' ', '\t']) {
        Some((scheme, rest)) if is_token(scheme) && !trim(rest).starts_with('=') => (Some(scheme), trim(rest)),
        None if is_token(item) => (Some(item), ""),
        _ => (None, item),
    }
}

fn parse_parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (trim(name), trim(value));
    let value = if value.starts_with('"') { unquote(value)? } else { value.to_owned() };
    is_token(name).then(|| (name.to_ascii_lowercase(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_one_value_are_told_apart() {
        let value = r#"Negotiate, Digest realm="a, b", nonce = "n1" , qop="auth-int,auth", algorithm=SHA-256, Basic realm="x",
            Digest realm=plain,nonce="n2",stale=TRUE,opaque="",algorithm=md5"#;
        let challenges = Challenge::parse_all(&value.replace('\n', " "));
        assert_eq!(challenges.len(), 2, "{challenges:?}");
        let [first, second] = &challenges[..] else { panic!() };
        assert_eq!((first.realm.as_str(), first.nonce.as_str(), first.qop), ("a, b", "n1", Qop::Auth));
        assert_eq!((second.realm.as_str(), second.stale, second.qop), ("plain", true, Qop::None));
        assert_eq!(second.opaque.as_deref(), Some(""));
        assert!(first.strength() > second.strength());
    }

    #[test]
    fn what_we_cannot_answer_is_skipped() {
        for value in [
            "",
            "Digest",
            "Digest realm=\"a\"",
            "Digest nonce=\"a\"",
            "Digest realm=\"a\", nonce=\"\"",
            "Digest realm=\"a\", nonce=\"n\", algorithm=AKAv1-MD5",
            "Digest realm=\"a\", nonce=\"n\", qop=\"token\"",
            "Digest realm=\"a\", nonce=\"n",
            "NTLM realm=\"a\", nonce=\"n\"",
            "realm=\"a\", nonce=\"n\"",
        ] {
            assert_eq!(Challenge::parse_all(value), [], "{value:?}");
        }
        assert_eq!(Challenge::parse_all("Digest realm=a,nonce=b,qop=\"auth-int\"").first().map(|c| c.qop), Some(Qop::AuthInt));
    }
}
