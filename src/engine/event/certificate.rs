//! A certificate that is not trusted, with the facts to decide on.

use crate::machine::RemoteText;

/// What a server has shown, and where. All text in it is the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The host that we connected to, as it was named.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// SHA-256 over the whole certificate, as 32 pairs of hexadecimal digits with colons.
    pub sha256: String,
    /// Whom it names: common name and alternative names.
    pub names: Vec<RemoteText>,
    /// Who issued it.
    pub issuer: RemoteText,
    /// From when to when it holds, as RFC 3339 dates.
    pub valid: (String, String),
    /// Why it is not trusted, as the end of a sentence.
    pub why: String,
    /// It is its own issuer.
    pub self_signed: bool,
}
