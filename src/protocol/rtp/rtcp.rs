//! RTCP packets (RFC 3550 §6.4–6.6): compounds of SR or RR, SDES with a CNAME, and BYE; bytes to values and back.
//!
//! Packets of other kinds are passed over, and so is a broken one inside a compound whose lengths still hold.
#![deny(clippy::indexing_slicing)]

use super::source::Reception;
use rtcp_types::prelude::*;
use rtcp_types::{Bye, Compound, CompoundBuilder, ReceiverReport, ReportBlock, Sdes, SdesChunk, SdesItem, SenderReport};

/// What one side says about the other's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// How it arrives.
    pub reception: Reception,
    /// Middle 32 bits of the NTP time in the last SR that was heard; zero when none was.
    pub last_report: u32,
    /// In 1/65536 s, how long ago that was.
    pub delay: u32,
}

/// What a sender says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Seconds since 1900 in 32.32 bits, or since whenever: only differences count here.
    pub ntp: u64,
    /// The same instant on the clock of its stream.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Octets of payload sent.
    pub octets: u32,
}

/// One packet of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// SR, or RR where nothing was sent.
    Report {
        /// Who says so.
        ssrc: u32,
        /// In an SR.
        sent: Option<Sent>,
        /// About those whom it hears.
        blocks: Vec<Block>,
    },
    /// SDES CNAME.
    Name {
        /// Whose.
        ssrc: u32,
        /// As it came.
        cname: String,
    },
    /// BYE.
    Bye {
        /// Who leaves.
        sources: Vec<u32>,
    },
}

/// Why bytes are no RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not RTCP: lengths, version or padding do not fit")]
pub struct Malformed;

/// Reads a compound.
///
/// # Errors
/// Its lengths do not add up.
pub fn parse(bytes: &[u8]) -> Result<Vec<Item>, Malformed> {
    Compound::parse(bytes).map_err(|_| Malformed)?;
    let mut items = Vec::new();
    // One that makes no sense is passed over: extended reports of others are not worth the reports behind them.
    for packet in packets(bytes).filter_map(|packet| rtcp_types::Packet::parse(packet).ok()) {
        match packet {
            rtcp_types::Packet::Sr(report) => items.push(Item::Report {
                ssrc: report.ssrc(),
                sent: Some(Sent {
                    ntp: report.ntp_timestamp(),
                    timestamp: report.rtp_timestamp(),
                    packets: report.packet_count(),
                    octets: report.octet_count(),
                }),
                blocks: report.report_blocks().map(|block| read_block(&block)).collect(),
            }),
            rtcp_types::Packet::Rr(report) => items.push(Item::Report {
                ssrc: report.ssrc(),
                sent: None,
                blocks: report.report_blocks().map(|block| read_block(&block)).collect(),
            }),
            rtcp_types::Packet::Sdes(description) => {
                for chunk in description.chunks() {
                    let names = chunk.items().filter(|item| item.type_() == SdesItem::CNAME);
                    items.extend(names.map(|item| Item::Name {
                        ssrc: chunk.ssrc(),
                        cname: String::from_utf8_lossy(item.value()).into_owned(),
                    }));
                }
            }
            rtcp_types::Packet::Bye(bye) => items.push(Item::Bye { sources: bye.ssrcs().collect() }),
            _ => {}
        }
    }
    Ok(items)
}

/// The packets of a compound, by their lengths in words less one (RFC 3550 §6.4.1).
fn packets(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let words: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
        let (packet, rest) = bytes.split_at_checked(4 * (usize::from(u16::from_be_bytes(words)) + 1))?;
        bytes = rest;
        Some(packet)
    })
}

fn read_block(block: &ReportBlock<'_>) -> Block {
    // 24 bits with a sign.
    let lost = (block.cumulative_lost() << 8) as i32 >> 8;
    Block {
        reception: Reception {
            ssrc: block.ssrc(),
            fraction_lost: block.fraction_lost(),
            cumulative_lost: i64::from(lost),
            highest: block.extended_sequence_number(),
            jitter: block.interarrival_jitter(),
        },
        last_report: block.last_sender_report_timestamp(),
        delay: block.delay_since_last_sender_report_timestamp(),
    }
}

/// Writes a compound of ours: SR or RR, SDES, and BYE when we leave. What was in `into` is gone.
///
/// # Errors
/// The CNAME is longer than 255 bytes.
pub fn write(
    ssrc: u32,
    sent: Option<Sent>,
    block: Option<Block>,
    cname: &str,
    leaving: bool,
    into: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let block = block.map(write_block);
    let compound = match sent {
        Some(sent) => {
            let report = SenderReport::builder(ssrc)
                .ntp_timestamp(sent.ntp)
                .rtp_timestamp(sent.timestamp)
                .packet_count(sent.packets)
                .octet_count(sent.octets);
            add(match block {
                Some(block) => report.add_report_block(block),
                None => report,
            })
        }
        None => {
            let report = ReceiverReport::builder(ssrc);
            add(match block {
                Some(block) => report.add_report_block(block),
                None => report,
            })
        }
    };
    let chunk = SdesChunk::builder(ssrc).add_item(SdesItem::builder(SdesItem::CNAME, cname));
    let mut compound = compound.add_packet(Sdes::builder().add_chunk(chunk));
    if leaving {
        compound = compound.add_packet(Bye::builder().add_source(ssrc));
    }
    into.clear();
    into.resize(compound.calculate_size().map_err(|_| Malformed)?, 0);
    compound.write_into(into).map(drop).map_err(|_| Malformed)
}

fn add<'a>(report: impl RtcpPacketWriter + 'a) -> CompoundBuilder<'a> {
    Compound::builder().add_packet(report)
}

fn write_block(block: Block) -> rtcp_types::ReportBlockBuilder {
    let reception = block.reception;
    let lost = reception.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff);
    ReportBlock::builder(reception.ssrc)
        .fraction_lost(reception.fraction_lost)
        .cumulative_lost((lost & 0xff_ffff) as u32)
        .extended_sequence_number(reception.highest)
        .interarrival_jitter(reception.jitter)
        .last_sender_report_timestamp(block.last_report)
        .delay_since_last_sender_report_timestamp(block.delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cumulative_lost: i64) -> Block {
        let reception = Reception { ssrc: 9, fraction_lost: 12, cumulative_lost, highest: 70_000, jitter: 33 };
        Block { reception, last_report: 5, delay: 6 }
    }

    #[test]
    fn a_compound_is_written_and_read_back() {
        let sent = Sent { ntp: 0x1234_5678_9abc_def0, timestamp: 1, packets: 2, octets: 3 };
        for (sent, about, lost, leaving) in [
            (Some(sent), true, -3, false),
            (Some(sent), false, 0, true),
            (None, true, 0x7f_ffff, true),
            (None, false, 0, false),
        ] {
            let block = about.then(|| block(lost));
            let mut bytes = vec![1, 2, 3];
            write(7, sent, block, "cname", leaving, &mut bytes).unwrap();
            assert_eq!(bytes.len() % 4, 0);
            let mut expected = vec![
                Item::Report { ssrc: 7, sent, blocks: block.into_iter().collect() },
                Item::Name { ssrc: 7, cname: "cname".into() },
            ];
            if leaving {
                expected.push(Item::Bye { sources: vec![7] });
            }
            assert_eq!(parse(&bytes), Ok(expected));
        }
    }

    #[test]
    fn loss_beyond_24_bits_is_clamped() {
        let mut bytes = Vec::new();
        write(7, None, Some(block(1 << 40)), "c", false, &mut bytes).unwrap();
        let items = parse(&bytes).unwrap();
        let [Item::Report { blocks, .. }, _] = items.as_slice() else { panic!() };
        assert_eq!(blocks[0].reception.cumulative_lost, 0x7f_ffff);
    }

    #[test]
    fn what_is_not_rtcp_is_refused_and_unknown_kinds_are_passed_over() {
        for bytes in [&[][..], &[0x80], &[0x80, 200, 0, 6], &[0x40, 201, 0, 1, 0, 0, 0, 1], &[0x81, 201, 0, 1, 0, 0, 0, 9]] {
            assert_eq!(parse(bytes).unwrap_or_default(), [], "{bytes:?}");
        }
        let mut bytes = Vec::new();
        write(7, None, None, "c", false, &mut bytes).unwrap();
        // An APP, a NACK and an XR with nonsense in it, then a BYE.
        bytes.extend([0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e']);
        bytes.extend([0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1]);
        bytes.extend([0x80, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0xff, 0xff]);
        bytes.extend([0x81, 203, 0, 1, 0, 0, 0, 7]);
        assert_eq!(parse(&bytes).unwrap().last(), Some(&Item::Bye { sources: vec![7] }));
    }
}
