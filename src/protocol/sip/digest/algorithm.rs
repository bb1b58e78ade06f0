//! The hash algorithms of digest authentication (RFC 7616 §3.3, RFC 8760 §2.2).

use md5::Md5;
use sha2::digest::{Digest as Hash, Output};
use sha2::{Sha256, Sha512_256};

/// A hash, and whether its key is bound to the first nonces of a session (`-sess`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    hash: HashFunction,
    session: bool,
}

/// In the order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HashFunction {
    Md5,
    Sha256,
    Sha512_256,
}

impl Algorithm {
    /// What a challenge without `algorithm` means.
    pub const MD5: Algorithm = Algorithm { hash: HashFunction::Md5, session: false };

    /// Reads the token, in any case; `None` when we do not know it.
    #[must_use]
    pub fn parse(token: &str) -> Option<Algorithm> {
        let token = token.to_ascii_uppercase();
        let (name, session) = token.strip_suffix("-SESS").map_or((token.as_str(), false), |name| (name, true));
        let hash = match name {
            "MD5" => HashFunction::Md5,
            "SHA-256" => HashFunction::Sha256,
            "SHA-512-256" => HashFunction::Sha512_256,
            _ => return None,
        };
        Some(Algorithm { hash, session })
    }

    /// The token on the wire.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match (self.hash, self.session) {
            (HashFunction::Md5, false) => "MD5",
            (HashFunction::Md5, true) => "MD5-sess",
            (HashFunction::Sha256, false) => "SHA-256",
            (HashFunction::Sha256, true) => "SHA-256-sess",
            (HashFunction::Sha512_256, false) => "SHA-512-256",
            (HashFunction::Sha512_256, true) => "SHA-512-256-sess",
        }
    }

    /// Whether the key is bound to the session.
    #[must_use]
    pub const fn is_session(self) -> bool {
        self.session
    }

    /// A number that grows with the strength of the hash.
    #[must_use]
    pub const fn strength(self) -> u8 {
        self.hash as u8
    }

    /// The hash of `parts` with a colon between each two, in lower-case hexadecimal.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> String {
        match self.hash {
            HashFunction::Md5 => hex(&joined::<Md5>(parts)),
            HashFunction::Sha256 => hex(&joined::<Sha256>(parts)),
            HashFunction::Sha512_256 => hex(&joined::<Sha512_256>(parts)),
        }
    }
}

/// Hashed piece by piece, so that no joined copy of a password stays in memory.
fn joined<H: Hash>(parts: &[&[u8]]) -> Output<H> {
    let mut hash = H::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_in_any_case_and_hashes_are_right() {
        for token in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
            assert_eq!(Algorithm::parse(&token.to_lowercase()).map(Algorithm::token), Some(token));
        }
        assert_eq!(Algorithm::parse("AKAv1-MD5"), None);
        assert_eq!(Algorithm::MD5.hash(&[b""]), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            Algorithm::parse("SHA-512-256").map(|algorithm| algorithm.hash(&[b"abc"])).as_deref(),
            Some("53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
        );
        assert!(Algorithm::parse("SHA-256").map(Algorithm::strength) > Some(Algorithm::MD5.strength()));
    }
}
