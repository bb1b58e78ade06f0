//! SRTP and SRTCP (RFC 3711) under keys from the description (RFC 4568): seals what we send, opens what we hear.
//!
//! On `rtc-srtp`, with what it leaves to its caller: a window against replay, no state for packets that are not
//! authentic, no SRTCP without encryption, and never two packets under one piece of keystream.
#![deny(clippy::indexing_slicing)]

use super::packet::{HEADER, payload_offset};
use super::plan::{Cipher, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rtc_rtp::Header;
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use zeroize::Zeroizing;

/// Packets that may come late and are still told from replays (RFC 3711 §3.3.2 wants 64 at least).
pub const WINDOW: usize = 1024;
/// Sources that one key is believed for. A far side has one, and a new one after each transfer or change of codec.
pub const MOST_SOURCES: usize = 32;
/// Bytes of key and of salt.
const KEY: usize = 16;
const SALT: usize = 14;
/// Of an SRTCP packet: index word and tag.
const INDEX: usize = 4;
const TAG: usize = 10;

/// Why a packet was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// The keys are not what their cipher wants.
    #[error("the keys do not fit their cipher")]
    Keys,
    /// Too short, or not RTP or RTCP at all.
    #[error("not a packet")]
    Malformed,
    /// The tag is wrong: forged, damaged, under another key, or seen before.
    #[error("not authentic, or a replay")]
    Refused,
    /// SRTCP that says that it is not encrypted; nobody has agreed to that.
    #[error("not encrypted")]
    Clear,
    /// More than [`MOST_SOURCES`].
    #[error("too many sources under one key")]
    TooManySources,
    /// The sequence number was sealed before: the keystream would be used twice.
    #[error("this sequence number was sealed before")]
    Used,
}

/// Seals the packets that we send.
pub struct Sealer {
    context: Context,
    /// Of each source of ours the last number sealed.
    last: Vec<(u32, u16)>,
}

/// Opens the packets that we hear.
pub struct Opener {
    keys: Keys,
    /// Of each source that has proven itself.
    contexts: Vec<(u32, Context)>,
}

impl Sealer {
    /// Under our keys.
    ///
    /// # Errors
    /// They do not fit.
    pub fn new(keys: &Keys) -> Result<Sealer, SrtpError> {
        Ok(Sealer { context: context(keys)?, last: Vec::new() })
    }

    /// Seals an RTP packet. Numbers of one source must go forward.
    ///
    /// # Errors
    /// Nothing is written then.
    pub fn seal_rtp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), SrtpError> {
        let header = header_of(packet)?;
        let (ssrc, sequence) = (header.ssrc, header.sequence_number);
        let known = self.last.len();
        match self.last.iter_mut().find(|(known, _)| *known == ssrc) {
            Some((_, last)) => match sequence.wrapping_sub(*last) {
                1..0x8000 => *last = sequence,
                _ => return Err(SrtpError::Used),
            },
            None if known >= MOST_SOURCES => return Err(SrtpError::TooManySources),
            None => self.last.push((ssrc, sequence)),
        }
        let sealed = self.context.encrypt_rtp_with_header(packet, &header).map_err(|_| SrtpError::Malformed)?;
        replace(into, &sealed);
        Ok(())
    }

    /// Seals an RTCP compound.
    ///
    /// # Errors
    /// Nothing is written then.
    pub fn seal_rtcp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), SrtpError> {
        let sealed = self.context.encrypt_rtcp(packet).map_err(|_| SrtpError::Malformed)?;
        replace(into, &sealed);
        Ok(())
    }
}

impl Opener {
    /// Under the far side's keys.
    ///
    /// # Errors
    /// They do not fit.
    pub fn new(keys: &Keys) -> Result<Opener, SrtpError> {
        context(keys)?;
        Ok(Opener { keys: keys.clone(), contexts: Vec::new() })
    }

    /// Opens an RTP packet.
    ///
    /// # Errors
    /// Nothing is written then, and nothing is remembered of the packet.
    pub fn open_rtp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), SrtpError> {
        let header = header_of(packet)?;
        self.open(header.ssrc, into, |context| context.decrypt_rtp_with_header(packet, &header))
    }

    /// Opens an RTCP compound.
    ///
    /// # Errors
    /// Nothing is written then, and nothing is remembered of the packet.
    pub fn open_rtcp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), SrtpError> {
        let ssrc = word(packet, 4).ok_or(SrtpError::Malformed)?;
        let tail = packet.len().checked_sub(INDEX + TAG).filter(|tail| *tail >= 8).ok_or(SrtpError::Malformed)?;
        // The crate passes what is marked as not encrypted without looking at its tag.
        if packet.get(tail).is_none_or(|first| first & 0x80 == 0) {
            return Err(SrtpError::Clear);
        }
        self.open(ssrc, into, |context| context.decrypt_rtcp(packet))
    }

    /// A source that is not known gets a context of its own, which is kept only when its packet is authentic: else
    /// forged sources would fill the memory, and a forged first number would spoil the window.
    fn open<Bytes: AsRef<[u8]>, Why>(
        &mut self,
        ssrc: u32,
        into: &mut Vec<u8>,
        open: impl Fn(&mut Context) -> Result<Bytes, Why>,
    ) -> Result<(), SrtpError> {
        if let Some((_, context)) = self.contexts.iter_mut().find(|(known, _)| *known == ssrc) {
            let opened = open(context).map_err(|_| SrtpError::Refused)?;
            replace(into, opened.as_ref());
            return Ok(());
        }
        if self.contexts.len() >= MOST_SOURCES {
            return Err(SrtpError::TooManySources);
        }
        let mut fresh = context(&self.keys)?;
        let opened = open(&mut fresh).map_err(|_| SrtpError::Refused)?;
        replace(into, opened.as_ref());
        self.contexts.push((ssrc, fresh));
        Ok(())
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sealer").field("last", &self.last).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Opener").field("sources", &self.contexts.len()).finish_non_exhaustive()
    }
}

fn context(keys: &Keys) -> Result<Context, SrtpError> {
    let profile = match keys.cipher {
        Cipher::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let raw = Zeroizing::new(STANDARD.decode(keys.inline.expose()).map_err(|_| SrtpError::Keys)?);
    let (key, salt) = raw.split_at_checked(KEY).filter(|(_, salt)| salt.len() == SALT).ok_or(SrtpError::Keys)?;
    let provider = rtc_srtp::crypto::default_provider().map_err(|_| SrtpError::Keys)?;
    let (rtp, rtcp) = (srtp_replay_protection(WINDOW), srtcp_replay_protection(WINDOW));
    Context::new(key, salt, profile, Some(rtp), Some(rtcp), provider.crypto()).map_err(|_| SrtpError::Keys)
}

/// What the crate wants to know of a header: whose, which, and where the payload begins. It computes the last from the
/// extensions that it has parsed and goes wrong where they end early (RFC 8285 §4.2, id 15), so they are not parsed:
/// all that stands before the payload is said to be padding of an extension.
fn header_of(packet: &[u8]) -> Result<Header, SrtpError> {
    let offset = payload_offset(packet).ok_or(SrtpError::Malformed)?;
    let sequence = packet.get(2..4).and_then(|bytes| bytes.try_into().ok()).map(u16::from_be_bytes);
    let beyond = offset.checked_sub(HEADER + 4);
    Ok(Header {
        ssrc: word(packet, 8).ok_or(SrtpError::Malformed)?,
        sequence_number: sequence.ok_or(SrtpError::Malformed)?,
        extension: beyond.is_some(),
        extensions_padding: beyond.unwrap_or_default(),
        ..Header::default()
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn replace(into: &mut Vec<u8>, bytes: &[u8]) {
    into.clear();
    into.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
