//! The SHA-256 fingerprint of a certificate, as people compare it.

#![deny(clippy::indexing_slicing)]

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};

/// SHA-256 over the DER of one certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of this certificate.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Fingerprint {
        Fingerprint(Sha256::digest(certificate.as_ref()).into())
    }

    /// Reads 64 hexadecimal digits, in any case, with or without colons between the bytes. `None` when it is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Fingerprint> {
        let digits: Vec<u8> = text
            .trim()
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
            .collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        if rest.is_empty() { Some(Fingerprint(bytes.try_into().ok()?)) } else { None }
    }
}

impl std::fmt::Display for Fingerprint {
    /// As `openssl x509 -fingerprint -sha256` prints it: upper case, with colons.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(out, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_in_every_common_form() {
        let print = Fingerprint::of(&CertificateDer::from(b"abc".to_vec()));
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Fingerprint::parse(hex), Some(print));
        assert_eq!(Fingerprint::parse(&hex.to_uppercase()), Some(print));
        assert_eq!(Fingerprint::parse(&print.to_string()), Some(print));
        assert!(print.to_string().starts_with("BA:78:16:"));
        for bad in ["", "ba78", &hex[1..], &format!("{hex}00"), "zz", &hex.replace('b', "é")] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }
}
