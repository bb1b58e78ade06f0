//! One RTP packet (RFC 3550 §5.1): bytes to a value that borrows them, and a value into the caller's buffer.
//!
//! Nothing is allocated once the buffer has grown to its size. CSRCs and header extensions are checked and passed over.
#![deny(clippy::indexing_slicing)]

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// Bytes of the header that we write: no CSRC, no extension.
pub const HEADER: usize = 12;

/// A packet, as far as a phone looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What is in it.
    pub payload_type: u8,
    /// The first packet after silence (RFC 3551 §4.1), or of an event.
    pub marker: bool,
    /// Counts packets.
    pub sequence: u16,
    /// Counts samples, at the clock rate of the payload type.
    pub timestamp: u32,
    /// Whose stream it is.
    pub ssrc: u32,
    /// Without padding.
    pub payload: &'a [u8],
}

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RTP packet: too short, of another version, or its lengths do not fit")]
pub struct Malformed;

impl<'a> Packet<'a> {
    /// Reads a packet.
    ///
    /// # Errors
    /// The bytes are not one.
    pub fn parse(bytes: &'a [u8]) -> Result<Packet<'a>, Malformed> {
        let reader = RtpReader::new(bytes).map_err(|_| Malformed)?;
        Ok(Packet {
            payload_type: reader.payload_type(),
            marker: reader.mark(),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload: reader.payload(),
        })
    }

    /// Writes the packet; what was in `into` is gone.
    ///
    /// # Errors
    /// The payload type is above 127.
    pub fn write(&self, into: &mut Vec<u8>) -> Result<(), Malformed> {
        into.clear();
        into.resize(HEADER + self.payload.len(), 0);
        let builder = RtpPacketBuilder::new()
            .payload_type(self.payload_type)
            .marked(self.marker)
            .sequence(Seq::from(self.sequence))
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(self.payload);
        builder.build_into(into).map(drop).map_err(|_| Malformed)
    }
}

/// Whether a datagram on a shared port is RTCP (RFC 5761 §4).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == 2)
}

/// Where the payload of an RTP packet begins; `None` when it is not one. Unlike [`Packet::parse`] this leaves the end
/// alone, as it must where padding is still encrypted.
#[must_use]
pub fn payload_offset(bytes: &[u8]) -> Option<usize> {
    let &first = bytes.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let fixed = HEADER + 4 * usize::from(first & 0x0f);
    let offset = if first & 0x10 == 0 {
        fixed
    } else {
        let words = bytes.get(fixed + 2..fixed + 4)?;
        fixed + 4 + 4 * usize::from(u16::from_be_bytes(words.try_into().ok()?))
    };
    (offset <= bytes.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Packet<'static> =
        Packet { payload_type: 96, marker: true, sequence: 65_535, timestamp: 7, ssrc: 0xdead_beef, payload: b"sound" };

    #[test]
    fn a_packet_is_written_and_read_back() {
        let mut bytes = vec![9; 500];
        let capacity = bytes.capacity();
        PLAIN.write(&mut bytes).unwrap();
        assert_eq!(bytes.len(), HEADER + 5);
        assert_eq!(Packet::parse(&bytes), Ok(PLAIN));
        assert_eq!(payload_offset(&bytes), Some(HEADER));
        assert_eq!(bytes.capacity(), capacity);
        assert_eq!(Packet { payload_type: 128, ..PLAIN }.write(&mut bytes), Err(Malformed));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let header = |first: u8| [first, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        let with = |first: u8, rest: &[u8]| [header(first).as_slice(), rest].concat();
        assert_eq!(Packet::parse(&with(0x80, b"")).map(|packet| packet.payload), Ok(b"".as_slice()));
        let csrcs = with(0x8f, &[7; 60]);
        assert_eq!(Packet::parse(&csrcs).map(|packet| packet.payload.len()), Ok(0));
        assert_eq!(payload_offset(&csrcs), Some(72));
        let extended = with(0x90, &[0xbe, 0xde, 0, 1, 1, 2, 3, 4, 5]);
        assert_eq!(Packet::parse(&extended).map(|packet| packet.payload), Ok([5].as_slice()));
        assert_eq!(payload_offset(&extended), Some(20));
        let padded = with(0xa0, &[1, 2, 0, 2]);
        assert_eq!(Packet::parse(&padded).map(|packet| packet.payload), Ok([1, 2].as_slice()));
        let wrong = [
            vec![],
            vec![0x80],
            header(0x40).to_vec(),
            with(0x8f, &[7; 59]),
            with(0x90, &[0xbe, 0xde, 0, 2, 1, 2, 3, 4]),
            with(0x90, &[0xbe, 0xde, 0xff]),
            with(0xa0, b""),
            with(0xa0, &[0]),
            with(0xa0, &[1, 2, 3, 5]),
        ];
        for bytes in wrong {
            assert_eq!(Packet::parse(&bytes), Err(Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn rtcp_is_told_from_rtp_on_one_port() {
        assert!(is_rtcp(&[0x80, 200, 0, 6]));
        assert!(is_rtcp(&[0x81, 203]));
        assert!(!is_rtcp(&[0x80, 96, 0, 1]));
        assert!(!is_rtcp(&[0x80, 128 + 96, 0, 1]));
        assert!(!is_rtcp(&[0x00, 200]));
        assert!(!is_rtcp(&[]));
    }
}
