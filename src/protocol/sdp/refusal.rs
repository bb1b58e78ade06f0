//! How much encryption a session demands, and why an offer or an answer cannot be agreed to.

use super::parse::Fault;

/// What a session demands of its media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// `RTP/SAVP` with keys (RFC 4568); whatever would end in clear is refused.
    Required,
    /// Keys under `RTP/AVP` (RFC 8643): encrypted where the far side can, else in clear.
    Opportunistic,
    /// Offers no keys; an offer that brings keys is answered with keys all the same.
    Clear,
}

/// Why there is no plan. To SIP it is a 488 (for our offer: an ACK and a BYE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body cannot be read, or breaks the rules of offer and answer.
    #[error("the far side's session description is not usable: {0}")]
    Malformed(#[from] Fault),
    /// There is no audio stream over RTP.
    #[error("the far side offers no audio")]
    NoAudio,
    /// None of the codecs is one of ours.
    #[error("the far side speaks none of our codecs")]
    NoCommonCodec,
    /// Security is [`Security::Required`], and the media would be in clear.
    #[error("the call would not be encrypted; an account made with --allow-cleartext may do that")]
    WouldBeClear,
    /// It is to be encrypted, but not by keys that we can use: DTLS-SRTP, other ciphers, key identifiers, broken keys.
    #[error("the far side encrypts the call in a way that we cannot (we know SDES with AES_CM_128_HMAC_SHA1_80)")]
    NoUsableKeys,
}
