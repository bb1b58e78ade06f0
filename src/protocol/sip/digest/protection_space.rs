//! One protection space: a realm, the nonce it gave us, and how often we used that (RFC 7616 §3.4).

use super::algorithm::Algorithm;
use super::challenge::{Challenge, Qop};
use super::credentials::Credentials;
use crate::machine::Chance;
use crate::protocol::sip::message::grammar::quote;

/// Who asks for the password: the server of the resource, or a proxy on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// 401: WWW-Authenticate and Authorization.
    Server,
    /// 407: Proxy-Authenticate and Proxy-Authorization.
    Proxy,
}

impl Asker {
    pub(super) const BOTH: [Asker; 2] = [Asker::Server, Asker::Proxy];

    pub(super) const fn challenge_header(self) -> &'static str {
        match self {
            Asker::Server => "WWW-Authenticate",
            Asker::Proxy => "Proxy-Authenticate",
        }
    }

    pub(super) const fn answer_header(self) -> &'static str {
        match self {
            Asker::Server => "Authorization",
            Asker::Proxy => "Proxy-Authorization",
        }
    }

    pub(super) const fn info_header(self) -> &'static str {
        match self {
            Asker::Server => "Authentication-Info",
            Asker::Proxy => "Proxy-Authentication-Info",
        }
    }
}

/// A challenge that we answer, again and again.
#[derive(Debug)]
pub(super) struct ProtectionSpace {
    pub(super) asker: Asker,
    pub(super) challenge: Challenge,
    /// How many requests carried the nonce: the last `nc`.
    pub(super) uses: u32,
    /// How often in a row a nonce that was used once only was called stale.
    pub(super) stale_in_a_row: u8,
    /// Ours; kept as long as the nonce, because a `-sess` key is bound to both.
    cnonce: Option<String>,
}

/// What is protected: the parts of the request that go into the hash.
pub(super) struct Protected<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) body: &'a [u8],
}

impl ProtectionSpace {
    pub(super) const fn new(asker: Asker, challenge: Challenge, stale_in_a_row: u8) -> ProtectionSpace {
        ProtectionSpace { asker, challenge, uses: 0, stale_in_a_row, cnonce: None }
    }

    /// From now on `nonce`, which nobody used yet.
    pub(super) fn renew(&mut self, nonce: &str) {
        nonce.clone_into(&mut self.challenge.nonce);
        self.uses = 0;
        self.cnonce = None;
    }

    /// The header value that answers the challenge for the next request.
    pub(super) fn answer(&mut self, request: &Protected<'_>, credentials: &Credentials, chance: &mut Chance) -> String {
        self.uses = self.uses.saturating_add(1);
        let cnonce = self.cnonce.get_or_insert_with(|| chance.hex(16)).as_str();
        answer(&self.challenge, request, credentials, cnonce, self.uses)
    }
}

/// RFC 7616 §3.4.1; without qop RFC 2069 §2.1.2.
pub(super) fn answer(
    challenge: &Challenge,
    request: &Protected<'_>,
    credentials: &Credentials,
    cnonce: &str,
    uses: u32,
) -> String {
    let Challenge { realm, nonce, algorithm, qop, .. } = challenge;
    let count = format!("{uses:08x}");
    let key = key(*algorithm, realm, nonce, cnonce, credentials);
    let mut protected = vec![request.method.as_bytes(), request.uri.as_bytes()];
    let body = algorithm.hash(&[request.body]);
    if *qop == Qop::AuthInt {
        protected.push(body.as_bytes());
    }
    let protected = algorithm.hash(&protected);
    let mut parts = vec![key.as_bytes(), nonce.as_bytes()];
    if let Some(qop) = qop.token() {
        parts.extend([count.as_bytes(), cnonce.as_bytes(), qop.as_bytes()]);
    }
    parts.push(protected.as_bytes());
    let response = algorithm.hash(&parts);

    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
        quote(&credentials.user),
        quote(realm),
        quote(nonce),
        quote(request.uri)
    );
    if challenge.algorithm_named {
        value.push_str(&format!(", algorithm={}", algorithm.token()));
    }
    if let Some(opaque) = &challenge.opaque {
        value.push_str(&format!(", opaque={}", quote(opaque)));
    }
    if let Some(qop) = qop.token() {
        value.push_str(&format!(", qop={qop}, nc={count}, cnonce=\"{cnonce}\""));
    } else if algorithm.is_session() {
        value.push_str(&format!(", cnonce=\"{cnonce}\""));
    }
    value
}

/// The hash of A1.
fn key(algorithm: Algorithm, realm: &str, nonce: &str, cnonce: &str, credentials: &Credentials) -> String {
    let key = algorithm.hash(&[credentials.user.as_bytes(), realm.as_bytes(), credentials.password.expose().as_bytes()]);
    if algorithm.is_session() { algorithm.hash(&[key.as_bytes(), nonce.as_bytes(), cnonce.as_bytes()]) } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Secret;

    fn response(challenge: &str, password: &str, uri: &str, cnonce: &str, uses: u32) -> String {
        let challenge = Challenge::parse_all(challenge).remove(0);
        let credentials = Credentials { user: "Mufasa".into(), password: Secret::new(password.into()) };
        let request = Protected { method: "GET", uri, body: b"" };
        let value = answer(&challenge, &request, &credentials, cnonce, uses);
        value.split_once("response=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    }

    #[test]
    fn the_example_of_rfc_2617_3_5() {
        let challenge = r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        assert_eq!(response(challenge, "Circle Of Life", "/dir/index.html", "0a4f113b", 1), "6629fae49393a05397450978507c4ef1");
    }

    #[test]
    fn the_examples_of_rfc_7616_3_9_1() {
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = format!(
                r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
            );
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            assert_eq!(response(&challenge, "Circle of Life", "/dir/index.html", cnonce, 1), expected, "{algorithm}");
        }
    }

    #[test]
    fn without_qop_and_with_sess_the_formulas_are_those_of_the_standards() {
        let hash = |parts: &[&str]| Algorithm::MD5.hash(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>());
        let (key, protected) = (hash(&["Mufasa", "r", "p"]), hash(&["GET", "/"]));
        assert_eq!(response(r#"Digest realm="r", nonce="n""#, "p", "/", "c", 1), hash(&[&key, "n", &protected]));
        let session = hash(&[&key, "n", "c"]);
        assert_eq!(
            response(r#"Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth""#, "p", "/", "c", 10),
            hash(&[&session, "n", "0000000a", "c", "auth", &protected])
        );
        let with_body = hash(&["GET", "/", &hash(&[""])]);
        assert_eq!(
            response(r#"Digest realm="r", nonce="n", qop="auth-int""#, "p", "/", "c", 1),
            hash(&[&key, "n", "00000001", "c", "auth-int", &with_body])
        );
    }
}
