//! The file of sealed passwords ⇄ its values: TOML, version 1. A key comes from the passphrase by Argon2id (RFC 9106) with the
//! salt and the costs in the file; each password is sealed by itself with ChaCha20-Poly1305 (RFC 8439), over which file and
//! which name it is for, so that one can be taken out without the passphrase and none can be put in another's place.
//!
//! A file that was damaged tells it by its checksum before anybody is asked for a passphrase; against those who can write it,
//! the seals stand. It refuses to know where the file is, and where randomness comes from.
#![deny(clippy::indexing_slicing)]

use crate::machine::Secret;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

const KDF: &str = "argon2id";
const CIPHER: &str = "chacha20poly1305";

/// What stands above it.
const TITLE: &str = "# Passwords of offhook, sealed with a passphrase. Nothing in it is to be changed by hand.\n";

/// Bytes of a salt.
pub const SALT: usize = 16;
/// Bytes of a nonce.
pub const NONCE: usize = 12;

/// A password is sealed in pieces of so many bytes, so that its length is not told.
const PIECE: usize = 64;

/// More than these were not asked for by us: whoever wants them wants to use up this machine.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;
const MOST_ENTRIES: usize = 1000;

/// What it costs to try one passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// The second recommended choice of RFC 9106 section 4.
pub const COSTS: Costs = Costs { memory_kib: 64 << 10, passes: 3, lanes: 4 };

/// What the passphrase becomes.
pub type Key = Zeroizing<[u8; 32]>;

/// One sealed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    nonce: [u8; NONCE],
    bytes: Vec<u8>,
}

/// All that is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFile {
    /// What a passphrase costs.
    pub costs: Costs,
    /// What makes the key this file's own.
    pub salt: [u8; SALT],
    /// Nothing, sealed: whether a key is the right one.
    check: Sealed,
    /// The passwords by name.
    entries: BTreeMap<String, Sealed>,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A newer offhook has written it.
    Newer(u32),
    /// It is not what was written.
    Damaged(String),
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    /// SHA-256 of all the rest.
    checksum: String,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Body {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    cipher: String,
    check: WrittenSeal,
    #[serde(default)]
    password: BTreeMap<String, WrittenSeal>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSeal {
    nonce: String,
    sealed: String,
}

impl SealedFile {
    /// One without passwords, and the key that opens it.
    ///
    /// # Errors
    /// This machine has not the memory for it.
    pub fn new(passphrase: &Secret, costs: Costs, salt: [u8; SALT], nonce: [u8; NONCE]) -> Result<(SealedFile, Key), String> {
        let check = Sealed { nonce, bytes: Vec::new() };
        let mut file = SealedFile { costs, salt, check, entries: BTreeMap::new() };
        let key = file.key(passphrase)?;
        file.check = file.sealed(&key, "", "", nonce)?;
        Ok((file, key))
    }

    /// The key of a passphrase, right or wrong. This takes a while, and memory, by design.
    ///
    /// # Errors
    /// This machine has not the memory for it.
    pub fn key(&self, passphrase: &Secret) -> Result<Key, String> {
        let Costs { memory_kib, passes, lanes } = self.costs;
        let mut key = Zeroizing::new([0; 32]);
        let derived = Params::new(memory_kib, passes, lanes, Some(key.len())).and_then(|params| {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_into(passphrase.expose().as_bytes(), &self.salt, &mut *key)
        });
        derived.map(|()| key).map_err(|why| format!("The passphrase cannot be used on this machine: {why}."))
    }

    /// Whether this is the key that the file was sealed with.
    #[must_use]
    pub fn is_opened_by(&self, key: &Key) -> bool {
        self.unsealed(key, "", &self.check).is_some()
    }

    /// The password under this name; none, where there is none.
    ///
    /// # Errors
    /// It was not sealed with this key under this name.
    pub fn open(&self, key: &Key, name: &str) -> Result<Option<Secret>, String> {
        let Some(sealed) = self.entries.get(name) else { return Ok(None) };
        let opened = self.unsealed(key, name, sealed).map(Some);
        opened.ok_or_else(|| format!("The sealed password {name} is not the one that was kept: somebody has changed the file."))
    }

    /// Keeps a password under this name. A nonce is never used twice.
    ///
    /// # Errors
    /// It is too long, or there are too many.
    pub fn seal(&mut self, key: &Key, name: &str, password: &Secret, nonce: [u8; NONCE]) -> Result<(), String> {
        if self.entries.len() >= MOST_ENTRIES && !self.entries.contains_key(name) {
            return Err(format!("The sealed file holds no more than {MOST_ENTRIES} passwords."));
        }
        let sealed = self.sealed(key, name, password.expose(), nonce)?;
        self.entries.insert(name.to_owned(), sealed);
        Ok(())
    }

    /// Takes a password out; whether it was there. That needs no key.
    pub fn remove(&mut self, name: &str) -> bool {
        self.entries.remove(name).is_some()
    }

    /// The names of all passwords.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn parse(text: &str) -> Result<SealedFile, Unusable> {
        let damaged = |why: &str| Unusable::Damaged(why.to_owned());
        let senseless = |_| damaged("it is not in the form in which it is written");
        let Versioned { version } = toml::from_str(text).map_err(senseless)?;
        if version > VERSION {
            return Err(Unusable::Newer(version));
        }
        let Written { version, checksum, body } = toml::from_str(text).map_err(senseless)?;
        if version != VERSION || checksum != body.checksum() {
            return Err(damaged("its checksum is another"));
        }
        let costs = Costs { memory_kib: body.memory_kib, passes: body.passes, lanes: body.lanes };
        let within = (1..=MOST_LANES).contains(&costs.lanes)
            && (8 * costs.lanes..=MOST_MEMORY_KIB).contains(&costs.memory_kib)
            && (1..=MOST_PASSES).contains(&costs.passes);
        if body.kdf != KDF || body.cipher != CIPHER || !within {
            return Err(damaged("it asks for more than offhook would ever have asked for"));
        }
        if body.password.len() > MOST_ENTRIES {
            return Err(damaged("it holds too many passwords"));
        }
        let seal = |written: WrittenSeal| {
            let bytes = BASE64.decode(&written.sealed).map_err(|_| damaged("a seal is no base64"))?;
            Ok(Sealed { nonce: exactly(&written.nonce).ok_or_else(|| damaged("a nonce has not its length"))?, bytes })
        };
        let sealed = body.password.into_iter().map(|(name, written)| Ok((name, seal(written)?)));
        Ok(SealedFile {
            costs,
            salt: exactly(&body.salt).ok_or_else(|| damaged("the salt has not its length"))?,
            check: seal(body.check)?,
            entries: sealed.collect::<Result<_, _>>()?,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn write(&self) -> Result<String, String> {
        let seal = |sealed: &Sealed| WrittenSeal { nonce: BASE64.encode(sealed.nonce), sealed: BASE64.encode(&sealed.bytes) };
        let body = Body {
            kdf: KDF.to_owned(),
            memory_kib: self.costs.memory_kib,
            passes: self.costs.passes,
            lanes: self.costs.lanes,
            salt: BASE64.encode(self.salt),
            cipher: CIPHER.to_owned(),
            check: seal(&self.check),
            password: self.entries.iter().map(|(name, sealed)| (name.clone(), seal(sealed))).collect(),
        };
        let written = Written { version: VERSION, checksum: body.checksum(), body };
        toml::to_string(&written).map(|text| format!("{TITLE}{text}")).map_err(|why| why.to_string())
    }

    /// What a seal holds for: this file, with its costs and its salt, and this name.
    fn header(&self, name: &str) -> String {
        let Costs { memory_kib, passes, lanes } = self.costs;
        format!("offhook {VERSION} {KDF} {memory_kib} {passes} {lanes} {} {CIPHER} {name}", BASE64.encode(self.salt))
    }

    fn sealed(&self, key: &Key, name: &str, text: &str, nonce: [u8; NONCE]) -> Result<Sealed, String> {
        let too_long = || "A password of more than 60,000 bytes is not kept.".to_owned();
        let length = u16::try_from(text.len()).ok().filter(|length| *length <= 60_000).ok_or_else(too_long)?;
        // Never grown, so that no copy is left behind.
        let mut plain = Zeroizing::new(Vec::with_capacity((text.len() + 2).next_multiple_of(PIECE)));
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(text.as_bytes());
        plain.resize((text.len() + 2).next_multiple_of(PIECE), 0);
        let header = self.header(name);
        let payload = Payload { msg: &plain, aad: header.as_bytes() };
        let bytes = cipher(key).encrypt(&nonce.into(), payload).map_err(|_| too_long())?;
        Ok(Sealed { nonce, bytes })
    }

    fn unsealed(&self, key: &Key, name: &str, sealed: &Sealed) -> Option<Secret> {
        let header = self.header(name);
        let payload = Payload { msg: &sealed.bytes, aad: header.as_bytes() };
        let plain = Zeroizing::new(cipher(key).decrypt(&sealed.nonce.into(), payload).ok()?);
        let (length, rest) = plain.split_first_chunk::<2>()?;
        let text = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        Some(Secret::new(std::str::from_utf8(text).ok()?.to_owned()))
    }
}

impl Body {
    fn checksum(&self) -> String {
        let text = toml::to_string(self).unwrap_or_default();
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn cipher(key: &Key) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new((&**key).into())
}

fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHEAP: Costs = Costs { memory_kib: 8, passes: 1, lanes: 1 };

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    fn file() -> (SealedFile, Key) {
        SealedFile::new(&secret("correct horse"), CHEAP, [7; SALT], [0; NONCE]).unwrap()
    }

    #[test]
    fn what_is_sealed_comes_back_under_its_name_and_passphrase_only() {
        let (mut file, key) = file();
        file.seal(&key, "work/chat", &secret("žluťoučký"), [1; NONCE]).unwrap();
        file.seal(&key, "work/phone", &secret(""), [2; NONCE]).unwrap();
        let text = file.write().unwrap();
        let read = SealedFile::parse(&text).unwrap();
        assert_eq!(read, file);
        let again = read.key(&secret("correct horse")).unwrap();
        assert!(again == key && read.is_opened_by(&again));
        assert_eq!(read.open(&again, "work/chat"), Ok(Some(secret("žluťoučký"))));
        assert_eq!(read.open(&again, "work/phone"), Ok(Some(secret(""))));
        assert_eq!(read.open(&again, "home/chat"), Ok(None));
        let wrong = read.key(&secret("correct house")).unwrap();
        assert!(!read.is_opened_by(&wrong) && read.open(&wrong, "work/chat").is_err());
        assert!(!text.contains("žluťoučký"));
    }

    #[test]
    fn a_seal_holds_for_its_name_its_salt_and_its_costs() {
        let (mut file, key) = file();
        file.seal(&key, "work/chat", &secret("x"), [1; NONCE]).unwrap();
        let mut moved = file.clone();
        let seal = moved.entries.remove("work/chat").unwrap();
        moved.entries.insert("work/phone".into(), seal);
        assert!(moved.open(&key, "work/phone").unwrap_err().contains("somebody has changed"));
        for change in [
            (|file: &mut SealedFile| file.salt[0] ^= 1) as fn(&mut SealedFile),
            |file| file.costs.passes = 2,
            |file| file.costs.memory_kib = 9,
        ] {
            let mut changed = file.clone();
            change(&mut changed);
            assert!(!changed.is_opened_by(&key) && changed.open(&key, "work/chat").is_err());
        }
        assert!(file.remove("work/chat") && !file.remove("work/chat"));
        assert_eq!(file.open(&key, "work/chat"), Ok(None));
    }

    #[test]
    fn lengths_are_not_told_and_bounded() {
        let (mut file, key) = file();
        let mut length = |text: &str| {
            file.seal(&key, "n", &secret(text), [1; NONCE]).unwrap();
            file.entries["n"].bytes.len()
        };
        assert_eq!((length("x"), length("a longer one")), (PIECE + 16, PIECE + 16));
        assert!(length(&"x".repeat(60_000)) > 60_000);
        assert!(file.seal(&key, "n", &secret(&"x".repeat(60_001)), [1; NONCE]).is_err());
    }

    #[test]
    fn a_file_that_was_changed_is_damaged_and_a_newer_one_is_left_alone() {
        let (mut file, key) = file();
        file.seal(&key, "work/chat", &secret("x"), [1; NONCE]).unwrap();
        let text = file.write().unwrap();
        let newer = text.replace("version = 1", "version = 2\nshape = \"round\"");
        assert_eq!(SealedFile::parse(&newer), Err(Unusable::Newer(2)));
        for damage in [
            text.replace("work/chat", "work/phone"),
            text.replace("passes = 1", "passes = 2"),
            text.replace("salt = \"B", "salt = \"C"),
            text.replace("version = 1", "version = 0"),
            text.replace("cipher = ", "cypher = "),
            text[..text.len() / 2].to_owned(),
            String::new(),
        ] {
            assert!(matches!(SealedFile::parse(&damage), Err(Unusable::Damaged(_))), "{damage}");
        }
    }

    #[test]
    fn costs_that_we_never_asked_for_are_not_paid() {
        let (file, _) = file();
        let most = Costs { memory_kib: MOST_MEMORY_KIB, passes: MOST_PASSES, lanes: MOST_LANES };
        let written = |costs: Costs| SealedFile { costs, ..file.clone() }.write().unwrap();
        assert!(SealedFile::parse(&written(most)).is_ok() && SealedFile::parse(&written(COSTS)).is_ok());
        for costs in [
            Costs { memory_kib: MOST_MEMORY_KIB + 1, ..most },
            Costs { memory_kib: 8 * 4 - 1, passes: 1, lanes: 4 },
            Costs { passes: MOST_PASSES + 1, ..most },
            Costs { passes: 0, ..most },
            Costs { lanes: MOST_LANES + 1, ..most },
            Costs { lanes: 0, ..most },
        ] {
            assert!(matches!(SealedFile::parse(&written(costs)), Err(Unusable::Damaged(_))), "{costs:?}");
        }
    }

    #[test]
    fn what_another_program_has_sealed_by_the_standards_is_opened() {
        // By pyca/cryptography 46 on OpenSSL: Argon2id and ChaCha20Poly1305.
        let sealed = |nonce, text: &str| Sealed { nonce, bytes: BASE64.decode(text).unwrap() };
        let check = sealed(
            [0; NONCE],
            "6vCvGcShLDkaxknh9XA8WPxcCOwxBTx1sY045lkhxsfSc4hLS7F4N/p6DhBpIYV7sIdyknUDO8744Rev7cmh9XBrzRq3l3hmICQZBqIS/sQ=",
        );
        let chat = sealed(
            [1; NONCE],
            "cR3UwXDmdRXErgT6eGxYQ82DxiVJq28gA/giHOWFRCHpyVdwXRIvZQGOXJOyupXlaVHqeVPrEbxJ1Ia79wNgRncO/lUQWqqPOZh2MzGY+jQ=",
        );
        let costs = Costs { memory_kib: 64, passes: 2, lanes: 4 };
        let salt = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let file = SealedFile { costs, salt, check, entries: [("work/chat".to_owned(), chat)].into() };
        let key = file.key(&secret("correct horse")).unwrap();
        assert!(file.is_opened_by(&key));
        assert_eq!(file.open(&key, "work/chat"), Ok(Some(secret("žluťoučký"))));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}|version = [0-9]{1,3}\n(checksum|salt|lanes) = \"?\\PC{0,9}\"?") {
            let _ = SealedFile::parse(&text);
        }

        #[test]
        fn any_flip_is_noticed(at in 0_usize..400, bit in 0_u8..7) {
            let (mut file, key) = file();
            file.seal(&key, "work/chat", &secret("x"), [1; NONCE]).unwrap();
            let mut bytes = file.write().unwrap().into_bytes();
            let at = TITLE.len() + at % (bytes.len() - TITLE.len());
            bytes[at] ^= 1 << bit;
            if let Ok(text) = String::from_utf8(bytes) {
                // What changes nothing of the values, as a space does, changes nothing.
                prop_assert!(SealedFile::parse(&text).is_err() || SealedFile::parse(&text) == Ok(file));
            }
        }
    }
}
