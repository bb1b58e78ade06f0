//! The client's side of SCRAM (RFC 5802) with SHA-1 and SHA-256 (RFC 7677): one value a step, so none can be skipped.
//!
//! The count of iterations is bounded below, because a server that asks for one wants the password cheaply, and above,
//! because one that asks for 2³¹ wants our processor. The server must prove that it knows the password too.

#![deny(clippy::indexing_slicing)]

use crate::machine::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

/// Iterations that are accepted (RFC 7677 §4 asks for 4096 at least).
pub const ITERATIONS: std::ops::RangeInclusive<u32> = 4096..=10_000_000;

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SCRAM-SHA-1.
    Sha1,
    /// SCRAM-SHA-256.
    Sha256,
}

impl Hash {
    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &digest::SHA256,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        }
    }
}

/// What is said about channel binding (RFC 5802 §6).
#[derive(Clone, PartialEq, Eq)]
pub enum Binding {
    /// We bind to this keying material of `tls-exporter` (RFC 9266).
    Exporter(Vec<u8>),
    /// We could; the server does not offer it.
    NotOffered,
    /// We cannot.
    Unsupported,
}

impl Binding {
    /// The GS2 header, without an authorization identity.
    #[must_use]
    pub const fn gs2(&self) -> &'static str {
        match self {
            Binding::Exporter(_) => "p=tls-exporter,,",
            Binding::NotOffered => "y,,",
            Binding::Unsupported => "n,,",
        }
    }

    /// The `c` attribute.
    fn input(&self) -> String {
        let keying: &[u8] = if let Binding::Exporter(keying) = self { keying } else { &[] };
        STANDARD.encode([self.gs2().as_bytes(), keying].concat())
    }
}

/// What the server did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScramError {
    /// Not the message that the RFC wants here.
    #[error("its SCRAM message cannot be read")]
    Malformed,
    /// It did not go on with our nonce.
    #[error("its SCRAM nonce does not go on from ours")]
    Nonce,
    /// Too few or too many iterations.
    #[error("it asks for {0} iterations, and only {min} to {max} are accepted", min = ITERATIONS.start(), max = ITERATIONS.end())]
    Iterations(u64),
    /// Its signature is not that of one who knows the password.
    #[error("it did not prove that it knows the password")]
    Signature,
    /// It says that the exchange failed; the value of the `e` attribute.
    #[error("it refused the exchange ({0})")]
    Refused(String),
}

/// Before the first message.
pub struct Scram {
    hash: Hash,
    binding: Binding,
    nonce: String,
    bare: String,
}

/// After the server's first message: the slow part is to come.
pub struct Challenged {
    hash: Hash,
    salt: Vec<u8>,
    iterations: NonZeroU32,
    without_proof: String,
    signed: String,
}

/// After our last message: what the server must answer.
pub struct Expected {
    key: hmac::Key,
    signed: String,
}

impl Scram {
    /// `user` is prepared already; `nonce` is fresh, printable and holds no comma.
    #[must_use]
    pub fn new(hash: Hash, binding: Binding, user: &str, nonce: String) -> Scram {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Scram { hash, binding, bare: format!("n={user},r={nonce}"), nonce }
    }

    /// The client's first message.
    #[must_use]
    pub fn first(&self) -> Vec<u8> {
        format!("{}{}", self.binding.gs2(), self.bare).into_bytes()
    }

    /// Reads the server's first message.
    ///
    /// # Errors
    /// When it is malformed, not for our nonce, or out of bounds.
    pub fn challenge(self, message: &[u8]) -> Result<Challenged, ScramError> {
        let text = std::str::from_utf8(message).map_err(|_| ScramError::Malformed)?;
        let mut parts = text.split(',');
        let mut next = |name: &str| parts.next().and_then(|part| part.strip_prefix(name)).ok_or(ScramError::Malformed);
        if let Some(error) = text.strip_prefix("e=") {
            return Err(ScramError::Refused(error.to_owned()));
        }
        // An extension that is mandatory (`m=`) stands first, and so is malformed here, as the RFC wants.
        let (nonce, salt, count) = (next("r=")?, next("s=")?, next("i=")?);
        if nonce.len() <= self.nonce.len() || !nonce.starts_with(&self.nonce) {
            return Err(ScramError::Nonce);
        }
        let salt = STANDARD.decode(salt).map_err(|_| ScramError::Malformed)?;
        let count: u64 = count.parse().map_err(|_| ScramError::Malformed)?;
        let iterations = u32::try_from(count)
            .ok()
            .filter(|count| ITERATIONS.contains(count))
            .and_then(NonZeroU32::new)
            .ok_or(ScramError::Iterations(count))?;
        let without_proof = format!("c={},r={nonce}", self.binding.input());
        let signed = format!("{},{text},{without_proof}", self.bare);
        Ok(Challenged { hash: self.hash, salt, iterations, without_proof, signed })
    }
}

impl Challenged {
    /// Our last message, and what the server must answer. Slow by design: not for a thread that must not block.
    #[must_use]
    pub fn answer(self, password: &Secret) -> (Vec<u8>, Expected) {
        let mut salted = vec![0; self.hash.digest().output_len()];
        pbkdf2::derive(self.hash.pbkdf2(), self.iterations, &self.salt, password.expose().as_bytes(), &mut salted);
        let salted = hmac::Key::new(self.hash.hmac(), &salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let server_key = hmac::sign(&salted, b"Server Key");
        let stored_key = digest::digest(self.hash.digest(), client_key.as_ref());
        let signature = hmac::sign(&hmac::Key::new(self.hash.hmac(), stored_key.as_ref()), self.signed.as_bytes());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect();
        let message = format!("{},p={}", self.without_proof, STANDARD.encode(proof));
        let key = hmac::Key::new(self.hash.hmac(), server_key.as_ref());
        (message.into_bytes(), Expected { key, signed: self.signed })
    }
}

impl Expected {
    /// Reads the server's last message.
    ///
    /// # Errors
    /// When it is not the signature of one who knows the password.
    pub fn verify(&self, message: &[u8]) -> Result<(), ScramError> {
        let text = std::str::from_utf8(message).map_err(|_| ScramError::Malformed)?;
        let first = text.split(',').next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            return Err(ScramError::Refused(error.to_owned()));
        }
        let signature = first.strip_prefix("v=").ok_or(ScramError::Malformed)?;
        let signature = STANDARD.decode(signature).map_err(|_| ScramError::Malformed)?;
        hmac::verify(&self.key, self.signed.as_bytes(), &signature).map_err(|_| ScramError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pencil(hash: Hash, nonce: &str) -> Scram {
        Scram::new(hash, Binding::Unsupported, "user", nonce.into())
    }

    /// RFC 5802 §5.
    #[test]
    fn the_exchange_of_rfc_5802() {
        let scram = pencil(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(scram.first(), b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenged = scram.challenge(b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096").unwrap();
        let (last, expected) = challenged.answer(&Secret::new("pencil".into()));
        let last = String::from_utf8(last).unwrap();
        assert_eq!(last, "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
        assert_eq!(expected.verify(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), Ok(()));
        assert_eq!(expected.verify(b"v=rmF9pqV8S7suAoZWja4dJRkFsKR="), Err(ScramError::Malformed));
        assert_eq!(expected.verify(b"v=smF9pqV8S7suAoZWja4dJRkFsKQ="), Err(ScramError::Signature));
        assert_eq!(expected.verify(b"v="), Err(ScramError::Signature));
        assert_eq!(expected.verify(b"e=other-error"), Err(ScramError::Refused("other-error".into())));
    }

    /// RFC 7677 §3.
    #[test]
    fn the_exchange_of_rfc_7677() {
        let challenged = pencil(Hash::Sha256, "rOprNGfwEbeRWgbNEkqO")
            .challenge(b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
            .unwrap();
        let (last, expected) = challenged.answer(&Secret::new("pencil".into()));
        assert_eq!(
            String::from_utf8(last).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(expected.verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
    }

    #[test]
    fn lies_of_the_server_are_refused() {
        let challenge = |text: &str| pencil(Hash::Sha256, "abc").challenge(text.as_bytes()).err();
        assert_eq!(challenge("r=abcdef,s=QQ==,i=4096"), None);
        assert_eq!(challenge("r=abcdef,s=QQ==,i=10000000"), None);
        for (text, error) in [
            ("r=abcdef,s=QQ==,i=1", ScramError::Iterations(1)),
            ("r=abcdef,s=QQ==,i=4095", ScramError::Iterations(4095)),
            ("r=abcdef,s=QQ==,i=2147483648", ScramError::Iterations(1 << 31)),
            ("r=abcdef,s=QQ==,i=99999999999", ScramError::Iterations(99_999_999_999)),
            ("r=abcdef,s=QQ==,i=-1", ScramError::Malformed),
            ("r=abcdef,s=QQ==", ScramError::Malformed),
            ("r=abcdef,s=!,i=4096", ScramError::Malformed),
            ("m=x,r=abcdef,s=QQ==,i=4096", ScramError::Malformed),
            ("r=abc,s=QQ==,i=4096", ScramError::Nonce),
            ("r=xyzabc,s=QQ==,i=4096", ScramError::Nonce),
            ("e=unknown-user", ScramError::Refused("unknown-user".into())),
        ] {
            assert_eq!(challenge(text), Some(error), "{text}");
        }
    }

    #[test]
    fn the_binding_is_part_of_what_is_signed_and_names_are_escaped() {
        let scram = Scram::new(Hash::Sha1, Binding::Exporter(vec![0xff; 3]), "a=b,c", "N".into());
        assert_eq!(scram.first(), b"p=tls-exporter,,n=a=3Db=2Cc,r=N");
        let (last, _) = scram.challenge(b"r=NM,s=QQ==,i=4096").unwrap().answer(&Secret::new("p".into()));
        let expected = STANDARD.encode(b"p=tls-exporter,,\xff\xff\xff");
        assert!(String::from_utf8(last).unwrap().starts_with(&format!("c={expected},r=NM,p=")));
    }

    proptest! {
        #[test]
        fn any_message_is_read_or_refused(message in prop::collection::vec(any::<u8>(), 0..80), tail in "(r=abc|,|s=|QQ==|i=|[0-9=]){0,12}") {
            let _either = pencil(Hash::Sha1, "abc").challenge(&message);
            let _either = pencil(Hash::Sha1, "abc").challenge(tail.as_bytes());
        }
    }
}
