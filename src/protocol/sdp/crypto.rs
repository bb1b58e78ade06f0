//! `a=crypto` (RFC 4568 §9): keys for SRTP inside the description. Knows one suite and refuses what it cannot honour:
//! several keys, key identifiers (MKI), and session parameters that change how packets are made.
#![deny(clippy::indexing_slicing)]

use crate::machine::{Chance, Secret};
use crate::protocol::rtp::{Cipher, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Bytes of master key and salt of `AES_CM_128_HMAC_SHA1_80` (RFC 4568 §6.2).
pub const KEY_AND_SALT: usize = 30;
const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";

/// One usable `a=crypto` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// Which of the lines it is; an answer repeats the tag that it has chosen.
    pub tag: u32,
    /// Keys of whoever wrote the line: those that it seals with.
    pub keys: Keys,
}

impl Crypto {
    /// Reads the value of a line; `None` when it is not usable.
    #[must_use]
    pub fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let (tag, suite, parameters) = (words.next()?, words.next()?, words.next()?);
        if tag.is_empty() || tag.len() > 9 || !tag.bytes().all(|letter| letter.is_ascii_digit()) || suite != SUITE {
            return None;
        }
        if !words.all(may_be_ignored) {
            return None;
        }
        let mut parts = parameters.strip_prefix("inline:")?.split('|');
        let inline = parts.next()?;
        match (parts.next(), parts.next()) {
            (None, _) => {}
            (Some(lifetime), None) if is_lifetime(lifetime) => {}
            _ => return None,
        }
        let raw = Zeroizing::new(STANDARD.decode(inline).ok()?);
        (raw.len() == KEY_AND_SALT).then(|| Crypto {
            tag: tag.parse().unwrap_or_default(),
            keys: Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(inline.to_owned()) },
        })
    }

    /// The value of the line.
    #[must_use]
    pub fn write(&self) -> String {
        format!("{} {SUITE} inline:{}", self.tag, self.keys.inline.expose())
    }
}

/// New keys.
#[must_use]
pub fn draw_keys(chance: &mut Chance) -> Keys {
    let mut raw = Zeroizing::new([0; KEY_AND_SALT]);
    chance.fill(raw.as_mut_slice());
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(STANDARD.encode(raw.as_slice())) }
}

/// A window size hint needs no obedience, and parameters with a hyphen are optional (RFC 4568 §6.3.6, §6.3.7).
fn may_be_ignored(parameter: &str) -> bool {
    parameter.starts_with("WSH=") || parameter.starts_with('-')
}

/// How many packets whoever wrote the line will seal: `2^31` or a number. Theirs to keep.
fn is_lifetime(text: &str) -> bool {
    let digits = text.strip_prefix("2^").unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    #[test]
    fn usable_lines_are_read() {
        let lines = [
            (format!("1 {SUITE} inline:{KEY}"), 1),
            (format!("42 {SUITE} inline:{KEY}|2^31"), 42),
            (format!("1 {SUITE} inline:{KEY}|1048576 WSH=128"), 1),
            (format!("  7   {SUITE}  inline:{KEY}  -later=1 "), 7),
        ];
        for (line, tag) in lines {
            let crypto = Crypto::parse(&line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((crypto.tag, crypto.keys.inline.expose()), (tag, KEY));
        }
    }

    #[test]
    fn lines_that_we_could_not_honour_are_not_usable() {
        let lines = [
            String::new(),
            "1".into(),
            format!("1 {SUITE}"),
            format!("1 {SUITE} inline:"),
            format!("1 {SUITE} {KEY}"),
            format!("x {SUITE} inline:{KEY}"),
            format!("1234567890 {SUITE} inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"),
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 {SUITE} inline:{KEY}|2^20|1:4"),
            format!("1 {SUITE} inline:{KEY}|1:4"),
            format!("1 {SUITE} inline:{KEY};inline:{KEY}"),
            format!("1 {SUITE} inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 {SUITE} inline:{KEY} KDR=1"),
            format!("1 {SUITE} inline:{KEY} NEW=1"),
            format!("1 {SUITE} inline:{}", &KEY[..36]),
            format!("1 {SUITE} inline:{KEY}AAAA"),
            format!("1 {SUITE} inline:{}*", &KEY[..39]),
        ];
        for line in lines {
            assert_eq!(Crypto::parse(&line), None, "{line}");
        }
    }

    #[test]
    fn our_keys_are_read_back_and_never_twice_the_same() {
        let mut chance = Chance::seeded(1);
        let crypto = Crypto { tag: 1, keys: draw_keys(&mut chance) };
        assert_eq!(Crypto::parse(&crypto.write()), Some(crypto.clone()));
        assert_ne!(draw_keys(&mut chance), crypto.keys);
        assert!(!format!("{crypto:?}").contains(crypto.keys.inline.expose()));
    }
}
