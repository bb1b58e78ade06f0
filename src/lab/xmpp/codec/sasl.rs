//! The server's side of SASL (RFC 6120 §6): PLAIN (RFC 4616), SCRAM (RFC 5802, RFC 7677) and `CISCO-VTG-TOKEN`. It is written
//! from the RFCs alone, so that a client cannot agree with itself.

use super::settings::{Mechanism, Settings};
use crate::machine::Chance;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

/// What SCRAM asks for (RFC 7677 §4).
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// What comes of a message of the client's.
#[derive(Debug)]
pub(super) enum Step {
    /// To be answered with this.
    Challenge(Vec<u8>, Box<Challenged>),
    /// It is who it says: the user name, and what goes with the success.
    Success(String, Option<Vec<u8>>),
    /// It is not, by this condition (RFC 6120 §6.5).
    Failure(&'static str),
}

/// SCRAM waits for the client's proof.
#[derive(Debug)]
pub(super) struct Challenged {
    hash: Hash,
    user: String,
    /// Nobody has this name; the proof is asked for all the same.
    unknown: bool,
    salted: Vec<u8>,
    header: String,
    nonce: String,
    signed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), data).as_ref().to_vec()
    }

    fn digest(self, data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, data).as_ref().to_vec()
    }

    fn salted(self, password: &str, salt: &[u8]) -> Vec<u8> {
        let (algorithm, length) = match self {
            Hash::Sha1 => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
            Hash::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(algorithm, ITERATIONS, salt, password.as_bytes(), &mut salted);
        salted
    }
}

/// The text of `<auth/>`, which names this mechanism.
pub(super) fn begin(settings: &Settings, name: &str, text: &str, encrypted: bool, chance: &mut Chance) -> Step {
    let Some(mechanism) = settings.offered(encrypted).find(|mechanism| mechanism.name() == name) else {
        return Step::Failure("invalid-mechanism");
    };
    let Some(message) = decode(text) else { return Step::Failure("incorrect-encoding") };
    let Ok(message) = String::from_utf8(message) else { return Step::Failure("malformed-request") };
    match mechanism {
        Mechanism::Plain => plain(settings, &message),
        Mechanism::CiscoVtgToken => token(settings, &message),
        Mechanism::ScramSha1 => first(settings, Hash::Sha1, &message, chance),
        Mechanism::ScramSha256 => first(settings, Hash::Sha256, &message, chance),
    }
}

/// The text of a message of SASL; `=` is an empty one (RFC 6120 §6.4.2).
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.trim() == "=" { Some(Vec::new()) } else { STANDARD.decode(text.trim()).ok() }
}

/// A message of SASL as text.
pub(super) fn encode(message: &[u8]) -> String {
    STANDARD.encode(message)
}

/// `ana` or `ana@lab.example`: the user name.
fn user_name<'a>(settings: &Settings, name: &'a str) -> Option<&'a str> {
    match name.split_once('@') {
        None => Some(name),
        Some((user, domain)) if domain.eq_ignore_ascii_case(&settings.domain) => Some(user),
        Some(_) => None,
    }
}

fn plain(settings: &Settings, message: &str) -> Step {
    let mut parts = message.split('\0');
    let (Some(acting), Some(name), Some(password), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Step::Failure("malformed-request");
    };
    let Some(user) = user_name(settings, name) else { return Step::Failure("not-authorized") };
    if settings.passwords.get(user).is_none_or(|right| right != password) {
        return Step::Failure("not-authorized");
    }
    if !acting.is_empty() && user_name(settings, acting) != Some(user) {
        return Step::Failure("invalid-authzid");
    }
    Step::Success(user.to_owned(), None)
}

fn token(settings: &Settings, message: &str) -> Step {
    let parts = message.split_once('\0').and_then(|(name, token)| {
        let token = token.strip_prefix("token=")?.trim_end_matches('\0');
        Some((name.strip_prefix("userid=")?, token))
    });
    let Some((name, token)) = parts else { return Step::Failure("malformed-request") };
    match user_name(settings, name).filter(|user| settings.tokens.spend(user, token)) {
        Some(user) => Step::Success(user.to_owned(), None),
        None => Step::Failure("not-authorized"),
    }
}

/// The client's first message of SCRAM (RFC 5802 §7).
fn first(settings: &Settings, hash: Hash, message: &str, chance: &mut Chance) -> Step {
    let Some((header, bare)) = header(message) else { return Step::Failure("malformed-request") };
    let mut parts = bare.split(',');
    let name = parts.next().and_then(|part| part.strip_prefix("n=")).and_then(unescape);
    let nonce = parts.next().and_then(|part| part.strip_prefix("r=")).filter(|nonce| !nonce.is_empty());
    let (Some(name), Some(nonce)) = (name, nonce) else { return Step::Failure("malformed-request") };
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    let nonce = format!("{nonce}{}", chance.hex(16));
    let user = user_name(settings, &name).unwrap_or_default().to_owned();
    let password = settings.passwords.get(&user);
    let challenge = format!("r={nonce},s={},i={ITERATIONS}", encode(&salt));
    let challenged = Challenged {
        hash,
        unknown: password.is_none(),
        salted: hash.salted(password.map_or("", String::as_str), &salt),
        header: header.to_owned(),
        signed: format!("{bare},{challenge}"),
        user,
        nonce,
    };
    Step::Challenge(challenge.into_bytes(), Box::new(challenged))
}

/// The GS2 header and what follows. We offer no channel binding, so that nobody may ask for it.
fn header(message: &str) -> Option<(&str, &str)> {
    let flag = message.split(',').next()?;
    let rest = message.get(flag.len() + 1..)?;
    let end = flag.len() + 1 + rest.find(',')? + 1;
    (flag == "n" || flag == "y").then(|| message.split_at_checked(end)).flatten()
}

fn unescape(name: &str) -> Option<String> {
    let plain = name.replace("=2C", ",").replace("=3D", "=");
    let escapes = name.matches('=').count();
    let known = name.matches("=2C").count() + name.matches("=3D").count();
    (escapes == known && !plain.is_empty()).then_some(plain)
}

/// The client's last message of SCRAM.
pub(super) fn proven(challenged: &Challenged, text: &str) -> Step {
    let Some(message) = decode(text) else { return Step::Failure("incorrect-encoding") };
    let Ok(message) = String::from_utf8(message) else { return Step::Failure("malformed-request") };
    let Some((without_proof, proof)) = message.rsplit_once(",p=") else { return Step::Failure("malformed-request") };
    let Some(proof) = decode(proof) else { return Step::Failure("malformed-request") };
    let expected = format!("c={},r={}", encode(challenged.header.as_bytes()), challenged.nonce);
    if without_proof != expected || challenged.unknown {
        return Step::Failure("not-authorized");
    }
    let hash = challenged.hash;
    let signed = format!("{},{without_proof}", challenged.signed);
    let stored = hash.digest(&hash.hmac(&challenged.salted, b"Client Key"));
    let signature = hash.hmac(&stored, signed.as_bytes());
    let key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
    if proof.len() != signature.len() || hash.digest(&key) != stored {
        return Step::Failure("not-authorized");
    }
    let server = hash.hmac(&hash.hmac(&challenged.salted, b"Server Key"), signed.as_bytes());
    Step::Success(challenged.user.clone(), Some(format!("v={}", encode(&server)).into_bytes()))
}
