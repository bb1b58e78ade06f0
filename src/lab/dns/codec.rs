//! Bytes ⇄ the zone's words (RFC 1035 §4), on hickory-proto. EDNS is answered with EDNS and used for nothing but the size
//! of datagrams (RFC 6891 §6.1.1, §6.2.5).

use super::super::site::Fault;
use super::zone::{Told, Zone};
use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, SOA, SRV};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::net::IpAddr;

/// What we say we take, and the most that goes into one datagram.
const LARGEST: u16 = 1232;

/// How the question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// In a datagram.
    Udp,
    /// In a stream, where only 65,535 bytes are too many.
    Tcp,
}

/// The answer to a question; none where there is none, or nothing to be made of it.
#[must_use]
pub fn answer(zone: &Zone, asked: &[u8], over: Over) -> Option<Vec<u8>> {
    let fault = zone.site().dns.answers.fault;
    if fault == Fault::Silent || fault == Fault::Absent {
        return None;
    }
    let Ok(asked) = Message::from_vec(asked) else { return broken(asked) };
    if asked.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut said = Message::new(0, MessageType::Response, asked.metadata.op_code);
    said.metadata = Metadata::response_from_request(&asked.metadata);
    said.add_queries(asked.queries.iter().cloned());
    let room = match (over, &asked.edns) {
        (Over::Tcp, _) => usize::from(u16::MAX),
        (Over::Udp, None) => 512,
        (Over::Udp, Some(edns)) => usize::from(edns.max_payload().clamp(512, LARGEST)),
    };
    if let Some(theirs) = &asked.edns {
        let mut ours = Edns::new();
        ours.set_max_payload(LARGEST);
        if theirs.version() > 0 {
            said.metadata.response_code = ResponseCode::BADVERS;
        }
        said.set_edns(ours);
    }
    match asked.queries.as_slice() {
        _ if said.metadata.response_code != ResponseCode::NoError => {}
        _ if asked.metadata.op_code != OpCode::Query => said.metadata.response_code = ResponseCode::NotImp,
        [query] if query.query_class() == DNSClass::IN => fill(&mut said, zone, query)?,
        [_] => said.metadata.response_code = ResponseCode::Refused,
        _ => said.metadata.response_code = ResponseCode::FormErr,
    }
    let whole = said.to_vec().ok();
    let mut bytes = match whole {
        Some(bytes) if bytes.len() <= room && !(fault == Fault::Truncated && over == Over::Udp) => bytes,
        _ => said.truncate().to_vec().ok()?,
    };
    match fault {
        // The counts say that there is more than there is.
        Fault::Malformed => bytes.truncate(bytes.len().saturating_sub(5)),
        Fault::Noise => bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
        _ => {}
    }
    Some(bytes)
}

/// Puts what the zone tells into the message; none where it tells nothing.
fn fill(said: &mut Message, zone: &Zone, query: &Query) -> Option<()> {
    let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let wanted = query.query_type();
    let services = matches!(wanted, RecordType::SRV | RecordType::ANY);
    let told = match zone.look(&name, services) {
        Told::Addresses(_) if !matches!(wanted, RecordType::A | RecordType::AAAA) => Told::Empty,
        told => told,
    };
    let ttl = zone.site().dns.ttl;
    let record = |data: RData| Record::from_rdata(query.name().clone(), ttl, data);
    said.metadata.authoritative = true;
    match told {
        Told::Silent => return None,
        Told::Srv(records) => {
            for found in records {
                let target = Name::from_ascii(format!("{}.", found.target)).unwrap_or_else(|_| Name::root());
                said.add_answer(record(RData::SRV(SRV::new(found.priority, found.weight, found.port, target))));
            }
        }
        Told::Addresses(addresses) => {
            for address in addresses {
                match (address, wanted) {
                    (IpAddr::V4(four), RecordType::A) => drop(said.add_answer(record(RData::A(A(four))))),
                    (IpAddr::V6(six), RecordType::AAAA) => drop(said.add_answer(record(RData::AAAA(AAAA(six))))),
                    _ => {}
                }
            }
        }
        Told::Refused => {
            said.metadata.authoritative = false;
            said.metadata.response_code = ResponseCode::Refused;
        }
        Told::Servfail => {
            said.metadata.authoritative = false;
            said.metadata.response_code = ResponseCode::ServFail;
        }
        Told::Absent => said.metadata.response_code = ResponseCode::NXDomain,
        Told::Empty => {}
    }
    let negative = matches!(said.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
    if said.answers.is_empty() && negative {
        said.add_authority(authority(zone, &name, ttl)?);
    }
    Some(())
}

/// The SOA record of the domain that a name is in (RFC 2308 §3).
fn authority(zone: &Zone, name: &str, ttl: u32) -> Option<Record> {
    let apex = zone.apex(name)?;
    let at = |name: String| Name::from_ascii(format!("{name}.")).ok();
    let soa = SOA::new(at(apex.host("ns"))?, at(apex.host("hostmaster"))?, 1, 3600, 600, 86_400, ttl);
    Some(Record::from_rdata(at(apex.as_str().to_owned())?, ttl, RData::SOA(soa)))
}

/// What is no message is answered with FORMERR, if at least it has an identity and is no answer itself.
fn broken(asked: &[u8]) -> Option<Vec<u8>> {
    let [high, low, flags, ..] = asked else { return None };
    if asked.len() < 12 || flags & 0x80 != 0 {
        return None;
    }
    Message::error_msg(u16::from_be_bytes([*high, *low]), OpCode::Query, ResponseCode::FormErr).to_vec().ok()
}
